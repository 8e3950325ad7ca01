"""Call lists: who is to be rung up, on paper, with numbers that are shown for a reason."""

from collections.abc import Iterator
from datetime import date

import pytest

from app.domain.lifecycle import State
from app.service import call_lists, keepers, notices
from app.settings import Settings
from app.store.cluster import Cluster
from tests.web.desks import Office, open_office

CALLS = "/manage/notices/calls"
NUMERALS = "零一二三四五六七"
WHY = {"reason": "电话通知确认信息"}


@pytest.fixture(scope="module")
def opened(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("calls"), "office_calls") as office:
        yield office


@pytest.fixture
def office(opened: Office) -> Office:
    """An office in which nobody is to be rung up, and nobody looked at a list."""
    for statement in ("DELETE FROM notice", "DELETE FROM keeper", "TRUNCATE audit_event"):
        with opened.runtime.connection() as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement)
            connection.execute("SET session_replication_role = DEFAULT")
    return opened


def to_be_told(office: Office, number: int, union: str = "north", event: str = "due") -> int:
    """A station whose keeper is to be told something; the id of the keeper."""
    station = office.station(union, State.ACTIVE, name=f"第{number}站")
    with office.runtime.connection() as connection:
        keeper = keepers.add(
            connection,
            office.runtime.vault,
            office.desk("chief").actor,
            station,
            name=f"演示{NUMERALS[number]}",
            phone=f"1390000{number:04}",
            employer="演示银行",
            consented_on=date(2026, 1, 1),
        )
        with connection.transaction():
            notices.announce(
                connection,
                event=f"{event}:{number}",
                kind="confirmation.due",
                station_id=station,
                keepers=True,
                says={"station": f"第{number}站", "until": "2026-12-01"},
            )
    return keeper  # fmt: skip


def looks(office: Office) -> list[tuple[object, ...]]:
    return office.rows(
        "SELECT user_id, details -> 'keepers', details ->> 'reason' FROM audit_event"
        " WHERE action = 'keeper.unmask_calls' ORDER BY id"
    )


def test_a_list_shows_numbers_for_a_reason_and_is_one_event_that_names_all(office: Office) -> None:
    first, second = to_be_told(office, 1), to_be_told(office, 2)
    clerk = office.desk("north_clerk")
    plain = clerk.get(CALLS).get_data(as_text=True)
    assert "第1站" in plain
    assert "13900000001" not in plain
    assert looks(office) == []
    page = clerk.post(CALLS, WHY)
    shown = page.get_data(as_text=True)
    for words in ("第1站", "演示一", "13900000001", "13900000002", "data-print"):
        assert words in shown
    assert shown.count('class="tick"') == 2
    assert page.headers["Cache-Control"] == "no-store"
    user = office.city.people["north_clerk"]
    assert looks(office) == [(user, [first, second], WHY["reason"])]
    assert "139" not in str(office.rows("SELECT details FROM audit_event"))


@pytest.mark.parametrize("reason", ["", "打", "打给 13900000001", "找演示一本人"])
def test_without_a_reason_or_with_a_person_in_it_nothing_is_shown(
    office: Office, reason: str
) -> None:
    to_be_told(office, 1)
    refused = office.desk("north_clerk").post(CALLS, {"reason": reason})
    assert refused.status_code == 422
    assert '<span class="mono">13900000001' not in refused.get_data(as_text=True)
    assert looks(office) == []


def test_so_many_lists_an_hour_and_a_refusal_is_noted(office: Office) -> None:
    to_be_told(office, 1)
    clerk = office.desk("north_clerk")
    for _ in range(call_lists.LISTS_AN_HOUR):
        assert clerk.post(CALLS, WHY).status_code == 200
    refused = clerk.post(CALLS, WHY)
    assert refused.status_code == 429
    assert "13900000001" not in refused.get_data(as_text=True)
    assert "已达上限" in refused.get_data(as_text=True)
    assert office.one(
        "SELECT count(*) FROM audit_event WHERE action = 'keeper.unmask_refused'"
    ) == 1  # fmt: skip
    assert office.desk("north_judge").post(CALLS, WHY).status_code == 200, "everybody's own bound"


def test_a_list_is_of_ones_own_scope(office: Office) -> None:
    to_be_told(office, 1)
    to_be_told(office, 2, union="south")
    shown = office.desk("south_clerk").post(CALLS, WHY).get_data(as_text=True)
    assert "13900000002" in shown
    assert "13900000001" not in shown
    assert "13900000002" not in office.desk("planner").post(CALLS, WHY).get_data(as_text=True)


def test_nothing_is_cut_off_in_silence(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_lists, "MOST_ON_LIST", 2)
    for number in range(1, 6):
        to_be_told(office, number)
    clerk = office.desk("north_clerk")
    seen, page = [], clerk.get(CALLS).get_data(as_text=True)
    assert "后面还有 3 条" in page
    assert '<span class="count">5</span>' in clerk.get("/manage/notices").get_data(as_text=True)
    path: str | None = CALLS
    while path:
        page = clerk.get(path).get_data(as_text=True)
        seen += [n for n in range(1, 6) if f"第{n}站" in page]
        _, found, rest = page.partition(f'href="{CALLS}?')
        path = f"{CALLS}?{rest.split(chr(34))[0]}" if found else None
    assert seen == [1, 2, 3, 4, 5]


def test_with_a_gateway_only_what_it_failed_to_deliver_is_called(office: Office) -> None:
    to_be_told(office, 1)
    to_be_told(office, 2)
    office.rows("UPDATE notice SET state = 'failed' WHERE event = 'due:2' RETURNING 1")
    gateway = Settings(notice_gateway_url="http://127.0.0.1:9/notices")
    actor = office.desk("north_clerk").actor
    with office.runtime.connection() as connection:
        without = call_lists.waiting(connection, actor, Settings())
        with_one = call_lists.numbered(
            connection, office.runtime.vault, actor, gateway, reason=WHY["reason"]
        )
    assert [row.told.notice.event for row in without.rows] == ["due:1", "due:2"]
    assert [row.keeper and row.keeper.phone for row in with_one.rows] == ["13900000002"]


def test_who_serves_no_more_is_named_no_more(office: Office) -> None:
    keeper = to_be_told(office, 1)
    with office.runtime.connection() as connection:
        keepers.end(connection, office.desk("chief").actor, keeper)
    shown = office.desk("north_clerk").post(CALLS, WHY).get_data(as_text=True)
    assert "13900000001" not in shown
    assert "已不再负责" in shown
