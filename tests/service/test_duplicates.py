"""The search for duplicates, what people decide about them, merging and splitting."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import Conflict, ForbiddenHere, InvalidInput, NotFound
from app.domain.lifecycle import State
from app.domain.merging import GROUPS
from app.service import duplicates, edits, history, merging, moves
from app.store import merges
from app.store.cluster import Cluster
from app.store.rights import acting_as
from tests.service.town_hall import Hall, open_hall
from tests.store.people import one, rows

HERE = {"longitude": 106.5770, "latitude": 29.5570}
# some 40 m east
BESIDE = {"longitude": 106.5774, "latitude": 29.5570}
FAR = {"longitude": 106.70, "latitude": 29.60}
WHY = "同一处,重复登记"


@pytest.fixture(scope="module")
def hall(cluster: Cluster) -> Iterator[Hall]:
    with open_hall(cluster, "hall_duplicates") as opened:
        yield opened


@pytest.fixture(autouse=True)
def _alone(hall: Hall) -> Iterator[None]:
    """Every test has a register of its own."""
    yield
    # a TRUNCATE would take the grants of keepers, and so all grants, along
    for statement in (
        "ALTER TABLE station DISABLE TRIGGER USER",
        "UPDATE station SET change_request_id = NULL",
        "DELETE FROM change_request",
        "DELETE FROM station",
        "ALTER TABLE station ENABLE TRIGGER USER",
    ):
        hall.connection.execute(statement)  # type: ignore[arg-type]


def pair(hall: Hall, union: str = "north", other_union: str | None = None) -> tuple[int, int]:
    """Two open stations beside each other."""
    first = hall.station(
        union, State.ACTIVE, name="较场口建设银行渝工港湾", address="渝中区民权路28号", **HERE
    )
    second = hall.station(
        other_union or union, State.ACTIVE, name="劳动者港湾(较场口建行)", address="民权路28号",
        hours="24/7", services=("toilet", "water"), host_name="建设银行", **BESIDE,
    )  # fmt: skip
    return first, second


def state_of(hall: Hall, station: int) -> str:
    return str(one(hall.connection, "SELECT state FROM station WHERE id = %s", station))


def facts_of(hall: Hall, station: int) -> Any:
    return one(hall.connection, "SELECT core_facts(s) FROM station s WHERE id = %s", station)


def merged(hall: Hall, survivor: int, other: int, *groups: str, person: str = "north_judge") -> int:
    return merging.merge(
        hall.connection, hall.actor(person), survivor=survivor, other=other, groups=groups,
        reason=WHY, revisions={id_: hall.revision(id_) for id_ in (survivor, other)},
    )  # fmt: skip


def split(hall: Hall, station: int, *back: str, person: str = "north_judge") -> int:
    return merging.split(
        hall.connection, hall.actor(person), station, reason="是两个站点",
        revision=hall.revision(station), also_back=back,
    )  # fmt: skip


def proposals(hall: Hall, person: str = "chief", state: str = "proposed") -> list[tuple[int, int]]:
    found = duplicates.listing(hall.connection, hall.actor(person), state=state).pairs
    return [(one.first_id, one.second_id) for one, _, _ in found]


# The search -------------------------------------------------------------------------------------


def test_stations_near_each_other_with_names_alike_are_proposed_with_the_reasons(
    hall: Hall,
) -> None:
    first, second = pair(hall)
    hall.station("north", State.ACTIVE, name="较场口建设银行渝工港湾", **FAR)
    hall.station("north", State.ACTIVE, name="解放碑邮局", **BESIDE | {"latitude": 29.5578})
    found = duplicates.search(hall.connection)
    assert (found.compared, found.proposed, found.new) == (4, 1, 1)
    assert proposals(hall) == [(first, second)]
    [(shown, _, _)] = duplicates.listing(
        hall.connection, hall.actor("chief"), state="proposed"
    ).pairs
    assert shown.reasons["metres"] == 39
    assert shown.reasons["name"] > 0.4
    assert 0.4 < shown.score < 1


def test_a_second_search_changes_nothing_and_what_no_longer_holds_goes(hall: Hall) -> None:
    first, second = pair(hall)
    duplicates.search(hall.connection)
    before = rows(hall.connection, "SELECT * FROM duplicate_pair")
    again = duplicates.search(hall.connection)
    assert (again.new, again.gone) == (0, 0)
    assert rows(hall.connection, "SELECT * FROM duplicate_pair") == before
    hall.connection.execute(
        "UPDATE station SET place = ST_SetSRID(ST_MakePoint(106.8, 29.7), 4326) WHERE id = %s",
        (second,),
    )
    assert duplicates.search(hall.connection).gone == 1
    assert proposals(hall) == []
    assert first < second


def test_drafts_without_a_place_are_compared_by_name_and_address_together(hall: Hall) -> None:
    placed = hall.station(
        "north", State.ACTIVE, name="石楠路乐恩阅读中心驿站", address="石楠路藤松里路口", **FAR
    )
    nowhere = {"longitude": None, "latitude": None}
    draft = hall.station(
        "north", State.DRAFT, name="工会驿站(石楠路乐恩阅读中心)", address="石楠路藤松里路口北",
        **nowhere,
    )  # fmt: skip
    hall.station("north", State.DRAFT, name="石楠路乐恩阅读中心", address="别处大道1号", **nowhere)
    duplicates.search(hall.connection)
    assert proposals(hall) == [(placed, draft)]


def test_one_earlier_number_proposes_two_wherever_they_lie(hall: Hall) -> None:
    first = hall.station("north", State.ACTIVE, name="甲", earlier_numbers=("A-17",), **HERE)
    second = hall.station("south", State.ACTIVE, name="乙", earlier_numbers=("A-17",), **FAR)
    for i in range(40):
        far = {"longitude": 106.1 + i / 100, "latitude": 29.9}
        hall.station("west", State.ACTIVE, name=f"丙{i}", earlier_numbers=("无",), **far)
    duplicates.search(hall.connection)
    assert proposals(hall) == [(first, second)]


def test_one_phone_counts_by_its_blind_index_and_is_never_said(hall: Hall) -> None:
    first = hall.station("north", State.ACTIVE, name="南桥头驿站", **HERE)
    second = hall.station("north", State.ACTIVE, name="南桥头港湾", **FAR)
    for station in (first, second):
        hall.connection.execute(
            "ALTER TABLE keeper DISABLE TRIGGER USER",
        )
        hall.connection.execute(
            "INSERT INTO keeper (station_id, phone_print) VALUES (%s, sha256('p'))", (station,)
        )
        hall.connection.execute("ALTER TABLE keeper ENABLE TRIGGER USER")
    duplicates.search(hall.connection)
    assert proposals(hall) == [(first, second)]
    reasons = one(hall.connection, "SELECT reasons FROM duplicate_pair")
    assert reasons["same_phone"] is True
    assert set(reasons) <= {"metres", "name", "address", "same_phone", "same_number"}


def test_a_thousand_at_one_spot_give_few_proposals_each(hall: Hall) -> None:
    for i in range(40):
        hall.station("north", State.ACTIVE, name=chr(0x4E00 + 97 * i), **HERE)
    duplicates.search(hall.connection)
    most = one(
        hall.connection,
        "SELECT max(c) FROM (SELECT count(*) AS c FROM (SELECT first_id AS s FROM duplicate_pair"
        " UNION ALL SELECT second_id FROM duplicate_pair) x GROUP BY s) y",
    )
    assert most == duplicates.MOST_OF_ONE


@pytest.mark.parametrize("state", [State.DISCARDED, State.EXITED, State.MERGED])
def test_what_has_left_is_not_proposed(hall: Hall, state: State) -> None:
    hall.station("north", State.ACTIVE, name="较场口", **HERE)
    hall.station("north", state, name="较场口", **HERE)
    assert duplicates.search(hall.connection).proposed == 0


# What people decide -----------------------------------------------------------------------------


def test_a_dismissal_is_remembered_by_the_next_search_and_can_be_taken_up(hall: Hall) -> None:
    pair(hall)
    duplicates.search(hall.connection)
    found = one(hall.connection, "SELECT id FROM duplicate_pair")
    clerk = hall.actor("north_clerk", "r-1")
    duplicates.decide(hall.connection, clerk, found, state="dismissed", note="隔壁两家")
    assert duplicates.search(hall.connection).new == 0
    assert proposals(hall) == []
    assert len(proposals(hall, state="dismissed")) == 1
    duplicates.decide(hall.connection, clerk, found, state="proposed", note="")
    assert len(proposals(hall)) == 1
    told = rows(
        hall.connection,
        "SELECT action, user_id, request_id FROM audit_event WHERE action LIKE 'duplicate.%%'"
        " ORDER BY id",
    )
    assert told == [
        ("duplicate.dismiss", clerk.user_id, "r-1"),
        ("duplicate.take_up", clerk.user_id, "r-1"),
    ]


def test_a_dismissal_says_why(hall: Hall) -> None:
    pair(hall)
    duplicates.search(hall.connection)
    found = one(hall.connection, "SELECT id FROM duplicate_pair")
    for note in (" ", "长" * 501):
        with pytest.raises(InvalidInput) as raised:
            duplicates.decide(
                hall.connection, hall.actor("chief"), found, state="dismissed", note=note
            )
        assert raised.value.errors[0].field == "note"


def test_a_pair_is_seen_by_who_sees_both_and_keeps_one(hall: Hall) -> None:
    mine = pair(hall)
    other = {"longitude": 106.3, "latitude": 29.3}
    hall.station("south", State.ACTIVE, name="南坪", **other)
    hall.station("north", State.DRAFT, name="南坪", **other)
    duplicates.search(hall.connection)
    assert len(proposals(hall)) == 2
    assert proposals(hall, "north_clerk") != [mine]
    # a draft of the north is nothing the south may see
    assert proposals(hall, "south_clerk") == []
    assert proposals(hall, "planner") == []
    assert len(proposals(hall, "auditor")) == 2
    found = one(hall.connection, "SELECT min(id) FROM duplicate_pair")
    with pytest.raises(NotFound):
        duplicates.decide(
            hall.connection, hall.actor("south_clerk"), found, state="dismissed", note="x"
        )
    with pytest.raises(ForbiddenHere):
        duplicates.decide(
            hall.connection, hall.actor("auditor"), found, state="dismissed", note="x"
        )


def test_what_is_about_to_be_entered_is_compared_with_its_neighbours(hall: Hall) -> None:
    first, second = pair(hall)
    found = duplicates.likely(
        hall.connection, hall.actor("north_clerk"), name="较场口建行爱心驿站", address="民权路28号",
        place=(106.5770, 29.5570),
    )  # fmt: skip
    # the name is the second's, though the first is nearer
    assert [(one.id, one.metres) for one in found] == [(second, 39), (first, 0)]
    assert found[0].score > found[1].score


# Merging ----------------------------------------------------------------------------------------


def test_a_merge_takes_over_what_was_chosen_and_the_other_leads_to_the_survivor(
    hall: Hall,
) -> None:
    first, second = pair(hall)
    duplicates.search(hall.connection)
    had = facts_of(hall, second)
    judge = hall.actor("north_judge", "r-7")
    merging.merge(
        hall.connection, judge, survivor=first, other=second, groups=["hours", "services"],
        reason=WHY, revisions={first: 1, second: 1},
    )  # fmt: skip
    now = facts_of(hall, first)
    assert (now["hours"], now["services"]) == ("24/7", had["services"])
    assert now["name"] == "较场口建设银行渝工港湾"
    assert rows(
        hall.connection,
        "SELECT state, merged_into, state_reason FROM station WHERE id = %s",
        second,
    ) == [("merged", first, WHY)]
    assert facts_of(hall, second) == had
    assert proposals(hall) == []
    assert len(proposals(hall, state="merged")) == 1
    told = rows(
        hall.connection,
        "SELECT action, subject FROM audit_event WHERE request_id = 'r-7' ORDER BY id",
    )
    assert told == [
        ("station.merge", f"station {second}"),
        ("station.edit", f"station {first}"),
        ("station.take_over", f"station {first}"),
    ]
    # every version is kept
    past = history.timeline(hall.connection, hall.actor("chief"), first)
    assert past[-1].actor_id == judge.user_id


def test_no_number_is_lost_through_a_chain_of_merges(hall: Hall) -> None:
    first, second = pair(hall)
    third = hall.station("north", State.ACTIVE, name="第三", **BESIDE)
    merged(hall, second, third)
    merged(hall, first, second)
    assert merges.end_of_chain(hall.connection, third) == first
    assert merges.end_of_chain(hall.connection, first) is None


def test_a_draft_is_discarded_and_what_found_it_finds_the_survivor(hall: Hall) -> None:
    first, _ = pair(hall)
    draft = hall.station(
        "north", State.DRAFT, name="旧名驿站", earlier_numbers=("OLD-9",), hours="Mo-Fr 09:00-17:00"
    )
    merged(hall, first, draft, "hours", person="north_alone")
    assert state_of(hall, draft) == "discarded"
    assert facts_of(hall, first)["hours"] == "Mo-Fr 09:00-17:00"
    assert set(
        rows(hall.connection, "SELECT kind, value FROM station_alias WHERE station_id = %s", first)
    ) >= {("number", "OLD-9"), ("name", "旧名驿站")}


def test_two_drafts_are_merged_by_staff(hall: Hall) -> None:
    one_, other = (hall.station("north", State.DRAFT, name=name) for name in ("甲", "乙"))
    merged(hall, one_, other, "name", person="north_clerk")
    assert facts_of(hall, one_)["name"] == "乙"
    assert state_of(hall, other) == "discarded"


@pytest.mark.parametrize(
    ("person", "refusal"),
    [
        ("north_clerk", ForbiddenHere),
        ("north_inspector", ForbiddenHere),
        ("auditor", ForbiddenHere),
        ("south_judge", ForbiddenHere),
        ("planner", ForbiddenHere),
    ],
)
def test_to_merge_open_stations_takes_a_reviewer_of_both(
    hall: Hall, person: str, refusal: type[Exception]
) -> None:
    first, second = pair(hall)
    before = facts_of(hall, first)
    with pytest.raises(refusal):
        merged(hall, first, second, "hours", person=person)
    assert (state_of(hall, second), facts_of(hall, first)) == ("active", before)


def test_a_station_of_another_union_takes_somebody_with_rights_on_both(hall: Hall) -> None:
    first, second = pair(hall, "north", "south")
    with pytest.raises(ForbiddenHere) as raised:
        merged(hall, first, second, "hours", person="north_judge")
    assert "市总工会" in raised.value.zh
    merged(hall, first, second, "hours", person="city_judge")
    assert state_of(hall, second) == "merged"


@pytest.mark.parametrize(
    ("kept", "gone"),
    [
        (State.DRAFT, State.ACTIVE),
        (State.SUBMITTED, State.ACTIVE),
        (State.EXITED, State.ACTIVE),
        (State.ACTIVE, State.SUSPENDED),
        (State.ACTIVE, State.SUBMITTED),
        (State.ACTIVE, State.EXITED),
        (State.DISCARDED, State.DRAFT),
    ],
)
def test_states_that_do_not_merge_are_named(hall: Hall, kept: State, gone: State) -> None:
    survivor, other = hall.station("north", kept), hall.station("north", gone)
    with pytest.raises(Conflict) as raised:
        merged(hall, survivor, other, person="north_alone")
    assert raised.value.zh
    assert state_of(hall, other) == gone


def test_two_who_looked_at_an_older_revision_are_told(hall: Hall) -> None:
    first, second = pair(hall)
    with pytest.raises(Conflict, match="changed meanwhile"):
        merging.merge(
            hall.connection, hall.actor("north_judge"), survivor=first, other=second, groups=[],
            reason=WHY, revisions={first: 1, second: 7},
        )  # fmt: skip


def test_a_merge_needs_a_reason_two_stations_and_known_groups(hall: Hall) -> None:
    first, second = pair(hall)
    revisions = {first: 1, second: 1}
    judge = hall.actor("north_judge")
    for survivor, groups, reason, field in (
        (first, [], " ", "reason"),
        (first, ["union_id"], WHY, "union_id"),
        (second, [], WHY, "survivor"),
    ):
        with pytest.raises(InvalidInput) as raised:
            merging.merge(
                hall.connection, judge, survivor=survivor, other=second, groups=groups,
                reason=reason, revisions=revisions,
            )  # fmt: skip
        assert raised.value.errors[0].field == field


def test_the_database_lets_nobody_use_a_merge_for_other_facts(hall: Hall) -> None:
    first, second = pair(hall)
    merged(hall, first, second, "hours")
    judge = hall.actor("north_judge")
    for statement in (
        "UPDATE station SET name = '别的' WHERE id = %(id)s",
        "INSERT INTO station_merge (survivor_id, merged_id) VALUES (%(id)s, %(id)s)",
        'UPDATE station_merge SET pending = \'{"name": "别的"}\' WHERE survivor_id = %(id)s',
        "UPDATE duplicate_pair SET state = 'dismissed'",
        "SELECT write_merged(1)",
        "SELECT merge_stations(%(id)s, %(id)s, '{name}', 'x')",
        "SELECT merge_stations(%(id)s, 0, '{}', 'x')",
    ):
        with (
            pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation)),
            acting_as(hall.connection, judge),
        ):
            hall.connection.execute(statement, {"id": first})


# Splitting --------------------------------------------------------------------------------------

SOME_GROUPS = st.sets(st.sampled_from(sorted(GROUPS)))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(groups=SOME_GROUPS, swapped=st.booleans())
def test_merged_and_split_again_both_are_as_they_were(
    hall: Hall, groups: set[str], swapped: bool
) -> None:
    survivor, other = pair(hall)[:: -1 if swapped else 1]
    aliases = "SELECT station_id, kind, value FROM station_alias ORDER BY 1, 2, 3"
    before = facts_of(hall, survivor), facts_of(hall, other), rows(hall.connection, aliases)
    code = one(hall.connection, "SELECT code FROM station WHERE id = %s", other)
    merged(hall, survivor, other, *groups)
    split(hall, other)
    now = facts_of(hall, survivor), facts_of(hall, other)
    assert now == before[:2]
    assert rows(
        hall.connection, "SELECT state, code, merged_into FROM station WHERE id = %s", other
    ) == [("active", code, None)]
    kept = {row for row in rows(hall.connection, aliases) if row[0] == survivor}
    own = {row for row in before[2] if row[0] == survivor}
    # a name that was its own for a while is a former name; the other's is not
    assert {row[2] for row in kept - own} <= {before[0]["name"]}


def test_a_change_that_was_asked_of_a_merged_station_leaves_the_queue(hall: Hall) -> None:
    first, second = pair(hall)
    clerk, judge = hall.actor("north_clerk"), hall.actor("north_judge")
    asked = edits.ask_for_change(
        hall.connection, clerk, second, {"hours": "Mo-Su 08:00-20:00"},
        revision=hall.revision(second), reason="改了时间",
    )  # fmt: skip
    merged(hall, first, second)
    assert edits.open_requests(hall.connection, judge, station_id=second) == []
    assert rows(
        hall.connection, "SELECT c.state, says ->> 'outcome' FROM change_request c JOIN notice n"
        " ON n.event = 'change.decided:' || c.id WHERE c.id = %s", asked.id,
    ) == [("lapsed", "已失效")]  # fmt: skip


def test_what_was_changed_since_stays_unless_it_is_chosen(hall: Hall) -> None:
    first, second = pair(hall)
    merged(hall, first, second, "hours", "services")
    asked = edits.ask_for_change(
        hall.connection, hall.actor("north_clerk"), first, {"hours": "Mo-Su 08:00-20:00"},
        revision=hall.revision(first), reason="改了时间",
    )  # fmt: skip
    edits.accept(hall.connection, hall.actor("north_judge"), asked.id)
    plan = merging.plan_split(hall.connection, hall.actor("north_judge"), second)
    assert {one.field for one in plan.changed} == {"hours"}
    assert {one.field for one in plan.unchanged} == {"services"}
    split(hall, second)
    now = facts_of(hall, first)
    assert (now["hours"], now["services"]) == ("Mo-Su 08:00-20:00", [])


def test_what_was_changed_since_goes_back_where_it_is_chosen(hall: Hall) -> None:
    first, second = pair(hall)
    merged(hall, first, second, "hours")
    asked = edits.ask_for_change(
        hall.connection, hall.actor("north_clerk"), first, {"hours": "Mo-Su 08:00-20:00"},
        revision=hall.revision(first), reason="改了时间",
    )  # fmt: skip
    edits.accept(hall.connection, hall.actor("north_judge"), asked.id)
    split(hall, second, "hours")
    assert facts_of(hall, first)["hours"] is None


def test_a_survivor_that_left_keeps_what_it_got(hall: Hall) -> None:
    first, second = pair(hall)
    merged(hall, first, second, "hours")
    hall.connection.execute("UPDATE station SET state = 'exited' WHERE id = %s", (first,))
    assert merging.plan_split(hall.connection, hall.actor("chief"), second).locked_out
    split(hall, second)
    assert facts_of(hall, first)["hours"] == "24/7"
    assert state_of(hall, second) == "active"


def test_a_split_puts_the_pair_aside_and_is_said_in_both_records(hall: Hall) -> None:
    first, second = pair(hall)
    duplicates.search(hall.connection)
    merged(hall, first, second, "hours")
    around = duplicates.around(hall.connection, hall.actor("north_judge"), first)
    assert [other.id for _, other in around.taken_over] == [second]
    gone = duplicates.around(hall.connection, hall.actor("north_judge"), second).merged_by
    assert gone is not None
    assert gone[1].id == first
    split(hall, second)
    assert duplicates.search(hall.connection).new == 0
    assert len(proposals(hall, state="dismissed")) == 1
    told = [
        row[0]
        for row in rows(hall.connection, "SELECT action FROM audit_event ORDER BY id DESC LIMIT 3")
    ]
    assert set(told) == {"station.give_back", "station.split", "station.edit"}
    with pytest.raises(Conflict):
        split(hall, second)


def test_a_merge_and_a_split_by_the_moves_alone_are_remembered_too(hall: Hall) -> None:
    first, second = pair(hall)
    judge = hall.actor("north_judge")
    moves.make_move(
        hall.connection, judge, second, State.MERGED, revision=1,
        brings=moves.With(survivor=first, reason=WHY),
    )  # fmt: skip
    assert merging.plan_split(hall.connection, judge, second).survivor.id == first
    moves.make_move(
        hall.connection, judge, second, State.ACTIVE, revision=2, brings=moves.With(reason="两个")
    )
    with pytest.raises(Conflict):
        merging.plan_split(hall.connection, judge, second)
