"""Moves as people make them: what is explained, what is carried along, many at once."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from app.domain import number
from app.domain.errors import (
    ChangedMeanwhile,
    Conflict,
    ForbiddenHere,
    ForbiddenMove,
    InvalidInput,
    NotFound,
    RoleMissing,
    SamePerson,
)
from app.domain.lifecycle import ExitCode, State
from app.service import history
from app.service.moves import Document, With, approve_all, choices, make_move, submit_all
from app.store import rights
from app.store.cluster import Cluster
from app.store.rights import acting_as
from tests.service.town_hall import Hall, open_hall
from tests.store.people import give_keeper, one, rows

PAPER = Document("渝工〔2026〕3号", title="关于设立站点的批复", dated=date(2026, 11, 3))
TOMORROW = datetime.now(UTC).date() + timedelta(days=1)


@pytest.fixture(scope="module")
def hall(cluster: Cluster) -> Iterator[Hall]:
    with open_hall(cluster, "hall_moves") as opened:
        yield opened


def test_a_station_goes_from_draft_to_exit_and_the_timeline_shows_every_step(hall: Hall) -> None:
    station = hall.station("north", State.DRAFT)
    steps: list[tuple[str, State, With, str]] = [
        ("north_clerk", State.SUBMITTED, With(), "submit"),
        ("north_judge", State.RETURNED, With(reason="缺照片"), "return"),
        ("north_clerk", State.SUBMITTED, With(), "submit"),
        ("north_judge", State.REVIEWED, With(), "review"),
        ("chief", State.ACTIVE, With(document=PAPER), "approve"),
        ("north_inspector", State.RECTIFYING, With(reason="无热水", until=TOMORROW), "rectify"),
        ("north_inspector", State.ACTIVE, With(reason="已修好"), "clear"),
        ("north_clerk", State.SUSPENDED, With(reason="装修", until=TOMORROW), "suspend"),
        ("north_clerk", State.ACTIVE, With(reason="装修"), "reopen"),
        (
            "chief",
            State.EXITED,
            With(reason="拆迁", exit_code=ExitCode.PREMISES_GONE, document=PAPER),
            "exit",
        ),
    ]
    for i, (person, target, brings, _) in enumerate(steps):
        actor = hall.actor(person, f"req-{i}")
        revision = hall.revision(station)
        moved = make_move(hall.connection, actor, station, target, revision=revision, brings=brings)
        assert (moved.state, moved.revision) == (target, revision + 1)
    told = history.timeline(hall.connection, hall.actor("chief"), station)[1:]
    assert [(s.action, s.actor, s.reason, s.request_id) for s in told] == [
        (action, f"Person {person}", brings.reason, f"req-{i}")
        for i, (person, _, brings, action) in enumerate(steps)
    ]
    assert number.check(moved.code or "")
    past = history.as_of(hall.connection, hall.actor("chief"), station, told[5].at)
    assert (past.state, past.facts["state_until"]) == ("rectifying", TOMORROW.isoformat())
    left = rows(
        hall.connection, "SELECT state_until, exit_code FROM station WHERE id = %s", station
    )
    assert left == [(None, "premises_gone")]


def test_a_forbidden_move_names_the_allowed_ones(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    with pytest.raises(ForbiddenMove) as raised:
        make_move(hall.connection, hall.actor("chief"), station, State.DRAFT, revision=1)
    assert set(raised.value.allowed) == {"suspended", "rectifying", "exited", "merged"}


def test_everything_missing_is_said_at_once_beside_its_field(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    brings = With(reason="  ", document=Document(" "))
    with pytest.raises(InvalidInput) as raised:
        make_move(
            hall.connection, hall.actor("chief"), station, State.EXITED, revision=1, brings=brings
        )
    assert [e.field for e in raised.value.errors] == ["reason", "exit_code", "document"]
    late = With(reason="装修", until=datetime.now(UTC).date() - timedelta(days=1))
    with pytest.raises(InvalidInput, match="today or later"):
        make_move(
            hall.connection, hall.actor("chief"), station, State.SUSPENDED, revision=1, brings=late
        )


@pytest.mark.parametrize("state", [State.DRAFT, State.RETURNED])
def test_without_a_keeper_who_serves_nothing_is_submitted(hall: Hall, state: State) -> None:
    station, bulk = (hall.station("north", state, keeper=False) for _ in range(2))
    # one whose duty has ended, and one whose values were erased, count for nothing
    ended = give_keeper(hall.connection, station)
    hall.connection.execute(
        "UPDATE keeper SET state = 'ended', valid_to = now() WHERE id = %s", (ended,)
    )
    erased = give_keeper(hall.connection, station)
    hall.connection.execute(
        "DELETE FROM keeper_key WHERE id = (SELECT key_id FROM keeper WHERE id = %s)", (erased,)
    )
    clerk = hall.actor("north_clerk")
    with pytest.raises(InvalidInput) as refused:
        make_move(hall.connection, clerk, station, State.SUBMITTED, revision=hall.revision(station))
    assert [error.field for error in refused.value.errors] == ["keeper"]
    with (
        pytest.raises(psycopg.errors.CheckViolation, match="needs: keeper"),
        acting_as(hall.connection, clerk),
    ):
        hall.connection.execute("UPDATE station SET state = 'submitted' WHERE id = %s", (station,))
    kept = hall.station("north", state)
    chosen = {one: hall.revision(one) for one in (station, bulk, kept)}
    done = submit_all(hall.connection, clerk, chosen, keep_going=True)
    assert [moved.id for moved in done.moved] == [kept]
    assert set(done.refused) == {station, bulk}
    give_keeper(hall.connection, station)
    moved = make_move(
        hall.connection, clerk, station, State.SUBMITTED, revision=hall.revision(station)
    )
    assert moved.state == "submitted"


def test_a_draft_without_a_place_is_not_submitted(hall: Hall) -> None:
    station = hall.station("north", State.DRAFT, longitude=None, latitude=None)
    with pytest.raises(InvalidInput) as raised:
        make_move(hall.connection, hall.actor("north_clerk"), station, State.SUBMITTED, revision=1)
    assert [e.field for e in raised.value.errors] == ["place"]


def test_a_missing_role_and_the_same_person_are_told_apart(hall: Hall) -> None:
    station = hall.station("north", State.DRAFT)
    alone = hall.actor("north_alone")
    make_move(hall.connection, alone, station, State.SUBMITTED, revision=1)
    with pytest.raises(SamePerson) as same:
        make_move(hall.connection, alone, station, State.REVIEWED, revision=2)
    assert same.value.was == "submitter"
    with pytest.raises(RoleMissing) as missing:
        make_move(hall.connection, hall.actor("north_clerk"), station, State.REVIEWED, revision=2)
    assert missing.value.roles == ("reviewer", "city_admin")
    # a union of one person passes it upward
    make_move(hall.connection, hall.actor("city_judge"), station, State.REVIEWED, revision=2)


def test_buttons_are_the_moves_that_will_succeed(hall: Hall) -> None:
    station = hall.station("north", State.SUBMITTED)
    hall.connection.execute(
        "UPDATE station SET submitted_by = %s WHERE id = %s",
        (hall.city.people["north_alone"], station),
    )
    for person, actions in {
        "north_alone": ["return"],
        "north_judge": ["review", "return"],
        "north_clerk": [],
        "auditor": [],
    }.items():
        found = choices(hall.connection, hall.actor(person), station)
        assert [m.action for m in found.moves] == actions, person
    with pytest.raises(NotFound):
        choices(hall.connection, hall.actor("south_clerk"), station)


def test_a_station_of_another_union_is_unknown_or_read_only(hall: Hall) -> None:
    hidden, open_one = hall.station("south", State.DRAFT), hall.station("south", State.ACTIVE)
    clerk = hall.actor("north_clerk")
    with pytest.raises(NotFound):
        make_move(hall.connection, clerk, hidden, State.SUBMITTED, revision=1)
    with pytest.raises(ForbiddenHere, match="another union"):
        make_move(hall.connection, clerk, open_one, State.SUSPENDED, revision=1)


def test_a_move_of_what_changed_meanwhile_shows_the_change(hall: Hall) -> None:
    station = hall.station("north", State.SUBMITTED, name="旧名")
    revision = hall.revision(station)
    hall.connection.execute("UPDATE station SET name = '新名' WHERE id = %s", (station,))
    with pytest.raises(ChangedMeanwhile) as raised:
        make_move(
            hall.connection, hall.actor("north_judge"), station, State.REVIEWED, revision=revision
        )
    assert [(c.field, c.before, c.now) for c in raised.value.changes] == [("name", "旧名", "新名")]


def test_the_second_of_two_clicks_is_told_that_it_is_done(hall: Hall) -> None:
    station = hall.station("north", State.DRAFT)
    clerk = hall.actor("north_clerk")
    make_move(hall.connection, clerk, station, State.SUBMITTED, revision=1)
    with pytest.raises(ChangedMeanwhile) as raised:
        make_move(hall.connection, clerk, station, State.SUBMITTED, revision=1)
    assert [(c.field, c.now) for c in raised.value.changes] == [("state", "submitted")]


def test_approving_many_takes_numbers_in_order_of_code_and_id(hall: Hall) -> None:
    wanted = [hall.station(union, State.REVIEWED) for union in ("rail", "south", "rail", "south")]
    done = approve_all(
        hall.connection, hall.actor("chief"), {id_: hall.revision(id_) for id_ in wanted},
        document=PAPER,
    )  # fmt: skip
    rail, south, rail_second, south_second = wanted
    assert [(m.id, m.code) for m in done.moved] == [
        (south, number.make("500108", 1)),
        (south_second, number.make("500108", 2)),
        (rail, number.make("500190", 1)),
        (rail_second, number.make("500190", 2)),
    ]


def test_one_that_cannot_be_approved_holds_up_all_or_is_named(hall: Hall) -> None:
    good, draft = hall.station("west", State.REVIEWED), hall.station("west", State.DRAFT)
    revisions = {good: hall.revision(good), draft: 1, 999_999: 1}
    with pytest.raises(NotFound):
        approve_all(hall.connection, hall.actor("chief"), revisions, document=PAPER)
    assert one(hall.connection, "SELECT state FROM station WHERE id = %s", good) == "reviewed"
    done = approve_all(
        hall.connection, hall.actor("chief"), revisions, document=PAPER, keep_going=True
    )
    assert [m.id for m in done.moved] == [good]
    assert {id_: type(e) for id_, e in done.refused.items()} == {
        draft: ForbiddenMove,
        999_999: NotFound,
    }
    # a suspended station would become active too, by another move
    closed = hall.station("west", State.SUSPENDED)
    with pytest.raises(ForbiddenMove, match="approve"):
        approve_all(hall.connection, hall.actor("chief"), {closed: 2}, document=PAPER)


def test_a_code_without_a_number_left_is_said_to_be_used_up(hall: Hall) -> None:
    station = hall.station("city", State.REVIEWED)
    with hall.connection.transaction(force_rollback=True):
        hall.connection.execute("INSERT INTO number_counter VALUES ('500100', 99999)")
        with pytest.raises(Conflict, match="every number"):
            approve_all(
                hall.connection, hall.actor("chief"), {station: hall.revision(station)},
                document=PAPER,
            )  # fmt: skip


def test_many_bulk_approvals_over_two_codes_at_once_all_go_through(hall: Hall) -> None:
    batches = [
        [hall.station(union, State.REVIEWED) for union in ("north", "west")[:: 1 - 2 * (i % 2)]]
        for i in range(10)
    ]
    revisions = {id_: hall.revision(id_) for batch in batches for id_ in batch}
    before = dict(rows(hall.connection, "SELECT area_code, last_serial FROM number_counter"))
    together = threading.Barrier(len(batches))
    codes: list[str] = []

    def approve(batch: list[int]) -> None:
        with psycopg.connect(hall.city.url, autocommit=True) as connection:
            together.wait()
            done = approve_all(
                connection, hall.actor("chief"), {id_: revisions[id_] for id_ in batch},
                document=PAPER,
            )  # fmt: skip
            codes.extend(m.code or "" for m in done.moved)

    threads = [threading.Thread(target=approve, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = [
        number.make(code, before.get(code, 0) + i) for code in ("500107", "500112")
        for i in range(1, 11)
    ]  # fmt: skip
    assert sorted(codes) == sorted(expected)


def test_a_deadlock_is_tried_again_and_at_last_given_up() -> None:
    tries: list[int] = []

    def twice() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise psycopg.errors.DeadlockDetected
        return "done"

    assert rights.settled(twice) == "done"
    assert len(tries) == 3


def test_two_transactions_that_block_each_other_both_end(hall: Hall) -> None:
    first, second = hall.station("north", State.DRAFT), hall.station("north", State.DRAFT)
    hall.connection.execute("ALTER DATABASE hall_moves SET deadlock_timeout = '50ms'")
    met = threading.Barrier(2)
    attempts: list[int] = []
    done: list[int] = []

    def both(order: tuple[int, int]) -> None:
        with psycopg.connect(hall.city.url, autocommit=True) as connection:
            meets = iter([met])

            def work() -> int:
                attempts.append(1)
                with rights.acting_as(connection, hall.actor("north_clerk")):
                    connection.execute("UPDATE station SET name = 'a' WHERE id = %s", order[:1])
                    for barrier in meets:
                        barrier.wait()
                    connection.execute("UPDATE station SET name = 'b' WHERE id = %s", order[1:])
                return 1

            done.append(rights.settled(work))

    threads = [
        threading.Thread(target=both, args=(order,)) for order in ((first, second), (second, first))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [1, 1]
    assert len(attempts) > 2
