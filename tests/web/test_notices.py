"""Notices and stored files at people's desks, and forms that come twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.actor import Actor
from app.domain.errors import ForbiddenHere, InvalidInput, NotFound
from app.domain.lifecycle import State
from app.domain.notices import AFTER_MOVE, NOTICE_KINDS
from app.service import edits, moves, notices, receipts, stored_files
from app.service.carriers import CarrierDown, CarrierRefused, Message
from app.store.cluster import Cluster
from app.store.rights import acting_as
from tests.web.desks import AFAR, Office, hidden, open_office

PDF = b"%PDF-1.7\nmade up"


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("notices"), "office_notices") as opened:
        yield opened


@pytest.fixture(autouse=True)
def _empty(office: Office) -> None:
    office.rows("DELETE FROM notice RETURNING 1")


def recipients(office: Office, event: str) -> set[str]:
    found = office.rows("SELECT recipient FROM notice WHERE event = %s", event)
    by_id = {f"user:{id_}": name for name, id_ in office.city.people.items()}
    return {by_id.get(row[0], row[0]) for row in found}


class Wire:
    """A carrier that keeps what it is handed, and fails as it is told to."""

    name = "wire"

    def __init__(self, *failures: Exception) -> None:
        self.carried: list[Message] = []
        self.failures = list(failures)

    def carry(self, message: Message) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.carried.append(message)
        return "ok"


def keeper_of(office: Office, station: int) -> int:
    return int(office.one("INSERT INTO keeper (station_id) VALUES (%s) RETURNING id", station))


def announced(office: Office, station: int, event: str) -> None:
    with office.runtime.connection() as connection, connection.transaction():
        notices.announce(
            connection, event=event, kind="confirmation.due", station_id=station, keepers=True,
            says={"station": "较场口驿站", "until": "2026-12-01"},
        )  # fmt: skip


def test_every_move_that_is_told_has_a_kind_of_notice() -> None:
    assert {told.kind for told in AFTER_MOVE.values()} <= NOTICE_KINDS.keys()


def test_a_text_leaves_out_what_the_event_did_not_tell() -> None:
    assert NOTICE_KINDS["station.returned"].say({"station": "甲"}) == (
        "甲 被退回:", "甲 was returned:",
    )  # fmt: skip


def test_a_submitted_station_is_told_to_the_reviewers_of_its_union_alone(office: Office) -> None:
    station = office.station("north")
    clerk = office.desk("north_clerk").actor
    with office.runtime.connection() as connection:
        moves.make_move(
            connection, clerk, station, State.SUBMITTED, revision=office.revision(station)
        )
    event = f"station.submit:{station}:{office.revision(station)}"
    assert recipients(office, event) == {"north_judge", "north_alone", "city_judge"}


def test_who_submitted_reads_that_it_was_returned_and_marks_it_as_seen(office: Office) -> None:
    station = office.station("north")
    clerk, judge = office.desk("north_clerk"), office.desk("north_judge").actor
    with office.runtime.connection() as connection:
        for actor, state in ((clerk.actor, State.SUBMITTED), (judge, State.RETURNED)):
            moves.make_move(
                connection, actor, station, state, revision=office.revision(station),
                brings=moves.With(reason="门牌 <不清>"),
            )  # fmt: skip
        assert notices.unseen(connection, clerk.actor) == 1
    page = clerk.get("/manage/notices")
    assert "门牌 &lt;不清&gt;" in page.get_data(as_text=True)
    assert clerk.post("/manage/notices/seen", {"id": hidden(page, "id")}).status_code == 303
    with office.runtime.connection() as connection:
        assert notices.unseen(connection, clerk.actor) == 0


def test_nobody_is_told_of_one_event_twice(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    keeper_of(office, station)
    announced(office, station, "due:1")
    announced(office, station, "due:1")
    assert office.one("SELECT count(*) FROM notice WHERE event = 'due:1'") == 1


def test_an_event_that_is_rolled_back_is_told_nobody(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    keeper_of(office, station)
    with office.runtime.connection() as connection, connection.transaction(force_rollback=True):
        notices.announce(
            connection, event="undone", kind="confirmation.due", station_id=station, keepers=True
        )
    assert recipients(office, "undone") == set()


def test_a_keeper_is_told_through_the_carrier_once(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    keeper = keeper_of(office, station)
    announced(office, station, "due:2")
    wire = Wire()
    with office.runtime.connection() as connection:
        first = notices.deliver(connection, wire, lambda _: "13900000001")
        second = notices.deliver(connection, wire, lambda _: "13900000001")
    assert (first.sent, second.sent) == (1, 0)
    assert [message.key for message in wire.carried] == [f"due:2|keeper:{keeper}"]
    assert wire.carried[0].phone == "13900000001"
    assert "13900000001" not in str(office.rows("SELECT * FROM notice"))


def test_what_a_carrier_cannot_take_now_waits_and_what_it_refuses_fails(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    keeper_of(office, station)
    announced(office, station, "due:3")
    wire = Wire(CarrierDown("no answer"), CarrierRefused("no such number"))
    with office.runtime.connection() as connection:
        assert notices.deliver(connection, wire, lambda _: "13900000002").later == 1
        assert notices.deliver(connection, wire, lambda _: "13900000002").later == 0, "too early"
        connection.execute("UPDATE notice SET due_at = clock_timestamp()")
        assert notices.deliver(connection, wire, lambda _: "13900000002").failed == 1


def test_a_notice_whose_sender_died_is_sent_again_under_the_same_key(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    keeper = keeper_of(office, station)
    announced(office, station, "due:4")
    office.rows(
        "UPDATE notice SET state = 'sending', attempts = 1,"
        " claimed_at = clock_timestamp() - interval '1 hour' RETURNING 1"
    )
    wire = Wire()
    with office.runtime.connection() as connection:
        assert notices.deliver(connection, wire, lambda _: "13900000003").sent == 1
    assert wire.carried[0].key == f"due:4|keeper:{keeper}"


def test_a_round_ends_with_the_first_that_the_carrier_cannot_take(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    for _ in range(3):
        keeper_of(office, station)
    announced(office, station, "due:8")
    wire = Wire(CarrierDown("no answer"))
    with office.runtime.connection() as connection:
        first = notices.deliver(connection, wire, lambda _: "13900000005")
        second = notices.deliver(connection, wire, lambda _: "13900000005")
    assert (first.sent, first.later, second.sent) == (0, 1, 2)


def test_a_change_is_told_to_reviewers_when_asked_and_to_who_asked_when_decided(
    office: Office,
) -> None:
    station = office.station("north", State.ACTIVE, name="甲站")
    clerk, judge = office.desk("north_clerk"), office.desk("north_judge").actor
    with office.runtime.connection() as connection:

        def ask(name: str) -> int:
            return edits.ask_for_change(
                connection, clerk.actor, station, {"name": name}, revision=1, reason="改名"
            ).id

        refused = ask("乙站")
        edits.refuse(connection, judge, refused, reason="门牌未换")
        accepted = ask("丙站")
        edits.accept(connection, judge, accepted)
    reviewers = {"north_judge", "north_alone", "city_judge"}
    assert recipients(office, f"change.requested:{refused}") == reviewers
    for one in (refused, accepted):
        assert recipients(office, f"change.decided:{one}") == {"north_clerk"}
    page = clerk.get("/manage/notices").get_data(as_text=True)
    assert "甲站 的变更申请未被采纳。门牌未换" in page
    assert "甲站 的变更申请已采纳。" in page


def test_the_rail_counts_notices_that_were_not_seen(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    clerk = office.desk("north_clerk")

    def counted() -> str:
        page = clerk.get("/manage/documents").get_data(as_text=True)
        item = page.split('href="/manage/notices"')[1].split("</li>")[0]
        return item.partition('class="count">')[2].partition("<")[0]

    assert counted() == ""
    with office.runtime.connection() as connection, connection.transaction():
        for event in ("a", "b"):
            notices.announce(
                connection, event=event, kind="station.reopened", station_id=station,
                user_ids=[clerk.actor.user_id], says={"station": "甲站"},
            )  # fmt: skip
    assert counted() == "2"
    clerk.post("/manage/notices/seen", {"id": hidden(clerk.get("/manage/notices"), "id")})
    assert counted() == "1"


def test_two_senders_never_take_the_same_notice(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    for _ in range(20):
        keeper_of(office, station)
    announced(office, station, "due:5")
    wires = [Wire(), Wire()]

    def send(wire: Wire) -> None:
        with office.runtime.connection() as connection:
            notices.deliver(connection, wire, lambda _: "13900000004")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(send, wires))
    keys = [message.key for wire in wires for message in wire.carried]
    assert len(keys) == len(set(keys)) == 20


def test_without_a_carrier_a_call_list_is_left_to_the_union_alone(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    keeper_of(office, station)
    announced(office, station, "due:6")
    with office.runtime.connection() as connection:
        notices.deliver(connection, None, lambda _: None)
    notice = office.one("SELECT id FROM notice WHERE event = 'due:6'")
    assert "需要电话通知" in office.desk("north_clerk").get("/manage/notices").text
    assert "需要电话通知" not in office.desk("south_clerk").get("/manage/notices").text
    assert office.desk("south_clerk").post(f"/manage/notices/{notice}/called").status_code == 404
    assert office.desk("north_clerk").post(f"/manage/notices/{notice}/called").status_code == 303
    assert office.one("SELECT (state, carrier)::text FROM notice WHERE id = %s", notice) == (
        "(sent,call)"
    )


def test_a_call_that_is_noted_twice_is_noted_once(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    keeper_of(office, station)
    announced(office, station, "due:7")
    notice = office.one("SELECT id FROM notice WHERE event = 'due:7'")
    path = f"/manage/notices/{notice}/called"
    for person in ("north_clerk", "north_clerk", "north_judge"):
        assert office.desk(person).post(path).status_code == 303
    assert office.desk("south_clerk").post(path).status_code == 404
    noted = "SELECT count(*) FROM audit_event WHERE action = 'notice.call' AND subject = %s"
    assert office.one(noted, f"notice {notice}") == 1


def test_a_shell_writes_no_notices(office: Office) -> None:
    with office.runtime.connection() as connection, connection.transaction():
        connection.execute("SET LOCAL ROLE harbor_staff")
        with pytest.raises(Exception, match="permission denied"), connection.transaction():
            connection.execute(
                "INSERT INTO notice (event, kind, recipient) VALUES ('a','b','user:1')"
            )


def test_a_stored_file_is_seen_in_its_scope_alone(office: Office) -> None:
    station = office.station("north")
    clerk = office.desk("north_clerk")
    with office.runtime.connection() as connection:
        with acting_as(connection, clerk.actor):
            file = stored_files.keep_scan(
                connection, field="scan", name="C:\\批文 1.pdf", content=PDF, station_id=station
            )
        with (
            pytest.raises(ForbiddenHere),
            acting_as(connection, Actor(office.city.people["south_clerk"])),
        ):
            stored_files.keep(
                connection, name="x", media_type="image/png", content=b"x", station_id=station
            )
        with pytest.raises(NotFound):
            stored_files.get(connection, Actor(office.city.people["south_clerk"]), file)
    answer = clerk.get(f"/manage/files/{file}")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].endswith("%E6%89%B9%E6%96%87%201.pdf")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert office.desk("south_clerk").get(f"/manage/files/{file}").status_code == 404


@pytest.mark.parametrize("content", [b"MZ\x90", b"", b"<html>"])
def test_a_scan_is_told_by_its_content_and_not_by_its_name(office: Office, content: bytes) -> None:
    with office.runtime.connection() as connection, pytest.raises(InvalidInput):
        stored_files.keep_scan(connection, field="scan", name="a.pdf", content=content)


def test_a_form_that_comes_twice_is_done_once(office: Office) -> None:
    actor = office.desk("north_clerk").actor
    token, done = receipts.token(), []

    def work() -> str:
        done.append(1)
        return "/manage/stations/7"

    def send(_: int) -> str:
        with office.runtime.connection() as connection:
            return receipts.once(connection, actor, token, work)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(send, range(8))) == {"/manage/stations/7"}
    assert len(done) == 1


def test_a_form_whose_work_failed_may_be_sent_again(office: Office) -> None:
    actor, token = office.desk("north_clerk").actor, receipts.token()

    def fail() -> str:
        raise NotFound("nothing there")

    with office.runtime.connection() as connection:
        with pytest.raises(NotFound):
            receipts.once(connection, actor, token, fail)
        assert receipts.once(connection, actor, token, lambda: "/done") == "/done"


@pytest.mark.parametrize("token", ["", "short", "多" * 20, "x" * 101])
def test_a_form_without_a_token_of_ours_is_not_taken(office: Office, token: str) -> None:
    actor = office.desk("north_clerk").actor
    with office.runtime.connection() as connection, pytest.raises(InvalidInput):
        receipts.once(connection, actor, token, lambda: "/never")


def test_strangers_may_not_send_much(office: Office) -> None:
    # written by hand, because the test client leaves what it spools open
    clerk, much = office.desk("planner"), "x" * 2_000_000
    parts = {"csrf_token": clerk.csrf(), "file": much}
    names = {"file": 'file"; filename="a.bin'}
    body = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{names.get(name, name)}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    sent = {"data": f"{body}--b--\r\n", "content_type": "multipart/form-data; boundary=b"}
    path = "/manage/notices/seen"
    assert office.app.test_client().post(path, **sent).status_code == 413
    assert clerk.client.post(path, **sent, environ_base=AFAR).status_code == 303


def test_planners_see_no_calls_to_make(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    keeper_of(office, station)
    announced(office, station, "due:7")
    assert "需要电话通知" not in office.desk("planner").get("/manage/notices").text
