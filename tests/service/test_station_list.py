"""The list under several people: what is theirs, whole, once, however it is narrowed and paged."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.actor import Actor
from app.domain.errors import ForbiddenHere, InvalidInput, NotFound
from app.domain.lifecycle import State
from app.domain.station import HostKind
from app.domain.station_list import (
    COLUMNS,
    SORTS,
    Filters,
    View,
    query_of,
    read_view,
)
from app.service import audit, history, queue, review, station_list
from app.service.moves import Document
from app.store import search
from app.store.cluster import Cluster
from app.store.rights import acting_as
from tests.service.inspecting import inspect
from tests.service.town_hall import Hall, open_hall
from tests.store.people import PEOPLE, enter, one, roles_in, rows, sees_whole

ZONE = ZoneInfo("Asia/Shanghai")
PUBLIC = {State.ACTIVE, State.SUSPENDED, State.RECTIFYING}
KITS = ((), ("water",), ("toilet", "water"), ("seat", "toilet", "water"))
NAMES = ("解放碑建行站", "朝天门码头站", "观音桥步行街站", "解放碑邮政站", "绿地广场站")
STATES = tuple(State)


@pytest.fixture(scope="module")
def hall(cluster: Cluster) -> Iterator[Hall]:
    """Three stations of every union in every state, and some without a union."""
    with open_hall(cluster, "station_list") as opened:
        for at, union in enumerate([*opened.city.unions, None]):
            for i, state in enumerate(STATES):
                if union is None and state not in (State.DRAFT, State.ACTIVE):
                    continue
                for n in range(3):
                    k = at * 7 + i * 3 + n
                    facts: dict[str, Any] = {
                        "name": f"{NAMES[k % 5]}{k % 4}", "services": KITS[k % 4],
                        "address": f"{'新民街' if k % 2 else '滨江路'}{k}号",
                        "host_kind": tuple(HostKind)[k % 4],
                    }  # fmt: skip
                    _enter(opened, union, state, facts)
        yield opened


def _enter(hall: Hall, union: str | None, state: State, facts: dict[str, Any]) -> None:
    if union is None:
        enter(hall.connection, None, state, **facts)
    else:
        hall.station(union, state, **facts)


def listed(hall: Hall, person: str, most: int = 10_000, **narrowed: Any) -> set[int]:
    view = View(filters=Filters(**{"whose": "all", **narrowed}))
    found = station_list.listing(hall.connection, hall.actor(person), view, zone=ZONE, most=most)
    assert found.total == len(found.rows)
    return {row.id for row in found.rows}


def seen(hall: Hall, person: str, *, whole: bool = False) -> set[int]:
    """What a person may see, by the tables of the city alone."""
    found = rows(
        hall.connection, "SELECT id, union_id, state FROM station WHERE state <> 'discarded'"
    )
    return {
        id_
        for id_, union, state in found
        if sees_whole(person, hall.city.name_of(union)) or (not whole and State(state) in PUBLIC)
    }


# Who sees what ----------------------------------------------------------------------------------


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_is_listed_exactly_what_they_may_see(hall: Hall, person: str) -> None:
    assert listed(hall, person) == seen(hall, person)
    assert listed(hall, person, whose="mine") == seen(hall, person, whole=True)


@pytest.mark.parametrize("person", PEOPLE)
def test_a_search_finds_nothing_that_the_list_does_not_show(hall: Hall, person: str) -> None:
    named = {
        id_
        for (id_,) in rows(
            hall.connection, "SELECT id FROM station WHERE strpos(name, '解放碑') > 0"
        )
    }
    for words in ("解放碑", "jiefangbei", "jfb", "放碑"):
        assert listed(hall, person, q=words) == seen(hall, person) & named
    with acting_as(hall.connection, hall.actor(person)):
        asked = set(search.matching(hall.connection, "解放碑") or [])
    gone = {
        id_ for (id_,) in rows(hall.connection, "SELECT id FROM station WHERE state = 'discarded'")
    }
    assert asked - gone == seen(hall, person) & named


@pytest.mark.parametrize("person", ["north_clerk", "south_judge", "planner", "auditor", "deputy"])
def test_a_file_holds_what_the_list_shows(hall: Hall, person: str) -> None:
    view = View(filters=Filters(whose="all", service=("toilet",)))
    content, count = station_list.export(
        hall.connection, hall.actor(person), view, format="csv", zone=ZONE
    )
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(lines) == count == len(listed(hall, person, service=("toilet",)))


@pytest.mark.parametrize("person", PEOPLE)
def test_the_past_shows_whole_records_alone(hall: Hall, person: str) -> None:
    view = View(filters=Filters(whose="all", as_of=datetime.now(ZONE).date()))
    found = station_list.listing(hall.connection, hall.actor(person), view, zone=ZONE, most=10_000)
    assert {row.id for row in found.rows} == seen(hall, person, whole=True)
    assert found.total is None


def test_the_search_text_is_nobodys_to_read(hall: Hall) -> None:
    granted = rows(
        hall.connection,
        "SELECT r FROM unnest('{harbor_public,harbor_staff,harbor_admin}'::text[]) r"
        " WHERE has_table_privilege(r, 'station_search', 'SELECT')"
        " OR has_function_privilege(r, 'write_search(bigint)', 'EXECUTE')",
    )
    assert granted == []
    assert not one(
        hall.connection,
        "SELECT has_function_privilege('harbor_public', 'staff_search(text[])', 'EXECUTE')",
    )


# Filters and pages ------------------------------------------------------------------------------

CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "q": st.sampled_from(["解放碑", "jie", "站", "滨江 站", "没有这样的站", "3", "%", "_"]),
        "whose": st.sampled_from(["mine", "all"]),
        "state": st.lists(st.sampled_from(STATES), max_size=3, unique=True).map(tuple),
        "service": st.lists(st.sampled_from(["water", "toilet"]), unique=True).map(tuple),
        "host": st.lists(st.sampled_from(tuple(HostKind)[:4]), max_size=2, unique=True).map(tuple),
        "verified": st.sampled_from([None, True, False]),
        "placed": st.sampled_from([None, True, False]),
        "standing": st.sampled_from([None, "passed", "never"]),
        "unconfirmed": st.sampled_from([None, date(2020, 1, 1), date(2100, 1, 1)]),
    },
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    narrowed=CHOICES,
    person=st.sampled_from(["chief", "north_clerk", "south_judge", "planner"]),
    sort=st.sampled_from(SORTS),
    down=st.booleans(),
    most=st.integers(1, 40),
)
def test_pages_hold_every_row_once_in_order(
    hall: Hall, narrowed: dict[str, Any], person: str, sort: Any, down: bool, most: int
) -> None:
    view = View(filters=Filters(**narrowed), sort=sort, down=down)
    actor = hall.actor(person)
    whole = station_list.listing(hall.connection, actor, view, zone=ZONE, most=10_000)
    marks = [(row.mark, row.id) for row in whole.rows]
    assert marks == sorted(marks, reverse=down)
    paged: list[int] = []
    after = ""
    while True:
        found = station_list.listing(
            hall.connection, actor, view, zone=ZONE, most=most, after=after
        )
        assert found.total == whole.total == len(whole.rows)
        paged += [row.id for row in found.rows]
        if found.after is None:
            break
        assert len(found.rows) == most
        after = found.after
    assert paged == [row.id for row in whole.rows]


def test_filters_agree_with_what_the_records_say(hall: Hall) -> None:
    everything = listed(hall, "chief")
    open_to_riders = "state IN ('active', 'suspended', 'rectifying')"
    for narrowed, condition in (
        ({"state": (State.DRAFT, State.EXITED)}, "state IN ('draft', 'exited')"),
        ({"service": ("toilet", "water")}, "services @> '{toilet,water}'"),
        ({"host": (HostKind.BANK,)}, "host_kind = 'bank'"),
        ({"union": (hall.city.unions["west"],)}, f"union_id = {hall.city.unions['west']}"),
        ({"q": "滨江"}, "strpos(address, '滨江') > 0"),
        ({"placed": False}, "place IS NULL"),
        ({"standing": "never"}, "true"),
        ({"unconfirmed": date.today() + timedelta(days=2)}, open_to_riders),
        ({"unconfirmed": date(2020, 1, 1)}, "false"),
    ):  # fmt: skip
        told = {id_ for (id_,) in rows(
            hall.connection, f"SELECT id FROM station WHERE {condition}"
        )}  # fmt: skip
        assert listed(hall, "chief", **narrowed) == everything & told, narrowed


@pytest.mark.parametrize("after", ["", "x", "W10", "WyJuYW1lIiwxLDJd", "%", "é", "a" * 5000])
def test_a_page_that_nobody_wrote_begins_anew(hall: Hall, after: str) -> None:
    view = View(filters=Filters(whose="all"))
    actor = hall.actor("chief")
    first = station_list.listing(hall.connection, actor, view, zone=ZONE)
    assert station_list.listing(hall.connection, actor, view, zone=ZONE, after=after) == first


@given(
    narrowed=CHOICES,
    sort=st.sampled_from(SORTS),
    down=st.booleans(),
    columns=st.lists(st.sampled_from([c.key for c in COLUMNS]), min_size=1, unique=True),
)
def test_a_view_is_its_address(
    narrowed: dict[str, Any], sort: Any, down: bool, columns: list[str]
) -> None:
    ordered = tuple(column.key for column in COLUMNS if column.key in columns)
    filters = Filters(**{**narrowed, "q": " ".join(narrowed.get("q", "").split())})
    view = View(filters=filters, sort=sort, down=down, columns=ordered)
    assert read_view(parse_qsl(urlencode(query_of(view)))) == view


@given(st.lists(st.tuples(st.sampled_from([*Filters.__dataclass_fields__, "sort", "columns"]),
                          st.text(max_size=30))))  # fmt: skip
def test_whatever_stands_in_an_address_is_a_view(pairs: list[tuple[str, str]]) -> None:
    view = read_view(pairs)
    assert read_view(query_of(view)) == view


# The search text --------------------------------------------------------------------------------


def test_what_is_written_by_whatever_door_is_found_at_once(hall: Hall) -> None:
    station = hall.station("rail", State.ACTIVE, name="重庆北站东广场", earlier_numbers=("T-7/8",))
    for words in ("重庆北站", "chongqingbeizhan", "cqbz", "T-7/8", "t7/8"):
        assert station in listed(hall, "chief", q=words), words
    hall.connection.execute(
        "UPDATE station SET name = '绿洲驿站', address = '人和街9号' WHERE id = %s", (station,)
    )
    for words in ("绿洲", "lvzhou", "luzhou", "人和街9", "重庆北站", "cqbz"):
        assert station in listed(hall, "chief", q=words), words
    hall.connection.execute("DELETE FROM station_alias WHERE station_id = %s", (station,))
    assert station not in listed(hall, "chief", q="cqbz")
    hall.connection.execute("DELETE FROM station WHERE id = %s", (station,))
    assert one(
        hall.connection, "SELECT count(*) FROM station_search WHERE station_id = %s", station
    ) == 0  # fmt: skip


def test_names_are_read_once(hall: Hall) -> None:
    search.read_names(hall.connection)
    assert search.is_all_read(hall.connection)
    assert search.read_names(hall.connection) == 0


# Views, queue, review, audit --------------------------------------------------------------------


def test_views_are_of_one_person(hall: Hall) -> None:
    mine, other = hall.actor("north_clerk"), hall.actor("north_second")
    view = View(filters=Filters(state=(State.RETURNED,)))
    station_list.keep_view(hall.connection, mine, name=" 退回 的 ", view=view)
    station_list.keep_view(hall.connection, mine, name="退回 的", view=View())
    (kept,) = station_list.kept_views(hall.connection, mine)
    assert (kept.name, kept.query) == ("退回 的", "")
    assert station_list.kept_views(hall.connection, other) == []
    with pytest.raises(NotFound):
        station_list.remove_view(hall.connection, other, kept.id)
    with pytest.raises(InvalidInput):
        station_list.keep_view(hall.connection, mine, name="长" * 61, view=view)
    station_list.remove_view(hall.connection, mine, kept.id)
    assert station_list.kept_views(hall.connection, mine) == []


def cards(hall: Hall, person: str) -> dict[str, set[int]]:
    filled = queue.cards(
        hall.connection, hall.actor(person), zone=ZONE, confirm_days=90, first=1000
    )
    for one_ in filled:
        assert one_.total == len(one_.first)
    return {f.card.key: {row.station_id for row in f.first} for f in filled}


@pytest.mark.parametrize("person", PEOPLE)
def test_the_queue_holds_what_the_persons_roles_are_for(hall: Hall, person: str) -> None:
    found = cards(hall, person)
    records = rows(hall.connection, "SELECT id, union_id, state FROM station")
    for key, state, roles in (
        ("review", State.SUBMITTED, {"reviewer", "city_admin"}),
        ("approval", State.REVIEWED, {"city_admin"}),
        ("returned", State.RETURNED, {"union_staff", "city_admin"}),
    ):
        wanted = {
            id_
            for id_, union, is_ in records
            if is_ == state and union is not None
            and roles_in(person, hall.city.name_of(union)) & roles
        }  # fmt: skip
        assert found.get(key, set()) == wanted, key


def test_counts_of_the_rail_agree_with_the_cards(hall: Hall) -> None:
    for person in ("chief", "north_judge", "planner"):
        counted = queue.counts(hall.connection, hall.actor(person), zone=ZONE, confirm_days=90)
        found = cards(hall, person)
        urgent = sum(len(found.get(card.key, ())) for card in queue.CARDS if card.urgent)
        assert counted["queue"] == urgent


def test_ones_own_steps_are_not_ones_own_work(hall: Hall) -> None:
    station = hall.station("north", State.DRAFT, name="自己的站")
    alone = hall.actor("north_alone")
    review.do(hall.connection, alone, review.STAGES["submit"], {station: hall.revision(station)})
    assert station not in cards(hall, "north_alone").get("review", set())
    assert station in cards(hall, "north_judge")["review"]
    (candidate,) = review.chosen(hall.connection, alone, review.STAGES["review"], [station])
    assert candidate.why == "submitter"
    refused = review.do(
        hall.connection, alone, review.STAGES["review"], {station: hall.revision(station)}
    )
    assert list(refused.refused) == [station]


def test_candidates_are_those_of_ones_scope_and_state(hall: Hall) -> None:
    for person in ("north_judge", "chief", "planner", "north_clerk"):
        for stage in review.STAGES.values():
            found = review.candidates(hall.connection, hall.actor(person), stage, zone=ZONE)
            for candidate in found.rows:
                assert candidate.row.state in stage.states
                assert sees_whole(person, hall.city.name_of(candidate.row.union_id))
            if person == "planner":
                assert found.rows == ()


def test_approval_of_many_needs_a_document(hall: Hall) -> None:
    actor, stage = hall.actor("chief"), review.STAGES["approve"]
    station = hall.station("south", State.REVIEWED)
    for revisions, document in (({}, Document("文1")), ({station: 1}, None),
                                ({station: 1}, Document(" "))):  # fmt: skip
        with pytest.raises(InvalidInput):
            review.do(hall.connection, actor, stage, revisions, document=document)
    done = review.do(
        hall.connection, actor, stage,
        {station: hall.revision(station), station + 10**6: 1}, document=Document("文1"),
    )  # fmt: skip
    assert [moved.id for moved in done.moved] == [station]
    assert isinstance(done.refused[station + 10**6], NotFound)


@pytest.mark.parametrize("person", PEOPLE)
def test_the_audit_opens_to_who_has_the_role_for_every_union(hall: Hall, person: str) -> None:
    may = bool(roles_in(person, None) & {"auditor", "city_admin"})
    question = audit.Question(action="station")
    try:
        found = audit.search(hall.connection, hall.actor(person), question, zone=ZONE)
    except ForbiddenHere:
        assert not may
        with pytest.raises(ForbiddenHere):
            audit.export(hall.connection, hall.actor(person), question, zone=ZONE)
    else:
        assert may
        assert all(event.action.startswith("station.") for event in found.events)


def test_pages_of_the_audit_hold_every_event_once(hall: Hall) -> None:
    actor = hall.actor("auditor")
    clerk = hall.actor("north_clerk", request_id="audit-pages")
    for _ in range(7):
        station_list.export(hall.connection, clerk, View(), format="csv", zone=ZONE)
    question = audit.Question(request_id="audit-pages")
    found: list[int] = []
    before = None
    while True:
        page = audit.search(hall.connection, actor, question, zone=ZONE, before=before, most=3)
        found += [event.id for event in page.events]
        before = page.before
        if before is None:
            break
    assert len(found) == 7
    assert found == sorted(set(found), reverse=True)
    assert "stations.export" in page.actions


def test_a_listing_of_the_past_agrees_with_history(hall: Hall) -> None:
    now = datetime.now(UTC)
    told = history.listing(hall.connection, hall.actor("chief"), now, most=100_000)
    view = View(filters=Filters(whose="all", as_of=now.astimezone(ZONE).date()))
    found = station_list.listing(
        hall.connection, hall.actor("chief"), view, zone=ZONE, most=100_000
    )
    kept = {v.station_id: v.facts["name"] for v in told if v.state != State.DISCARDED}
    assert {row.id: row.name for row in found.rows} == kept


def test_an_actor_without_any_grant_sees_the_public_alone(hall: Hall) -> None:
    stranger = Actor(hall.city.people["nobody"])
    found = station_list.listing(
        hall.connection, stranger, View(filters=Filters(whose="all")), zone=ZONE, most=10_000
    )
    assert {State(row.state) for row in found.rows} == PUBLIC


def test_standing_and_stars_of_the_past_are_those_of_its_last_inspection(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE, name="昔日之星")
    yesterday = datetime.now(ZONE).date() - timedelta(days=1)
    connection = hall.connection
    with connection.transaction(force_rollback=True):
        inspect(hall, "north_inspector", station)
        stars = one(connection, "SELECT stars FROM inspection WHERE station_id = %s", station)
        inspect(hall, "north_inspector", station, failing={"facilities": "饮水机不出水"})
        connection.execute("ALTER TABLE inspection DISABLE TRIGGER USER")
        connection.execute(
            "UPDATE inspection SET submitted_at = submitted_at - interval '2 days'"
            " WHERE station_id = %s AND passed", (station,),
        )  # fmt: skip
        connection.execute(
            "UPDATE station_version SET valid_from = valid_from - interval '3 days'"
            " WHERE station_id = %s AND version = 1", (station,),
        )  # fmt: skip

        def shown(**filters: Any) -> list[tuple[int, bool | None, int | None]]:
            view = View(filters=Filters(as_of=yesterday, **filters))
            found = station_list.listing(
                connection, hall.actor("north_clerk"), view, zone=ZONE, most=10_000
            )
            return [(row.id, row.passed, row.stars) for row in found.rows if row.id == station]

        assert stars
        was = [(station, True, stars)]
        assert shown(standing="passed") == shown(stars=stars) == shown() == was
        assert shown(standing="failed") == shown(standing="never") == []
