"""What the database itself refuses and records, by whatever door somebody comes in."""

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
import shapely
from psycopg import errors

from app.domain import number
from app.domain.errors import Conflict
from app.domain.lifecycle import INITIAL, STATES, State
from app.domain.lifecycle import MOVES as TABLE
from app.domain.services import SERVICES
from app.domain.station import StationFacts
from app.store import areas, migrations, numbers, register, station_versions, stations
from app.store.cluster import Cluster
from app.store.database import Connection
from app.store.rights import refusals
from app.store.stations import NewStation

SERIAL = itertools.count(1)
PLACE = (106.577, 29.557)
MOVES = [(move.origin, move.target) for move in TABLE]
FORBIDDEN = [(a, b) for a in State for b in State if a != b and (a, b) not in MOVES]


def enter(connection: Connection, state: State = State.ACTIVE, **facts: Any) -> int:
    """Insert one station, placed and numbered, and return its id."""
    lon, lat = facts.pop("place", PLACE)
    values: dict[str, Any] = {"name": "较场口驿站", "longitude": lon, "latitude": lat, **facts}
    code = number.make("500103", next(SERIAL))
    return stations.insert(connection, [NewStation(StationFacts(**values), state, code=code)])[0]


def path_to(state: State) -> list[State]:
    """Return the legal moves from an initial state to a state."""
    paths: dict[State, list[State]] = {initial: [initial] for initial in INITIAL}
    while state not in paths:
        for origin, target in MOVES:
            if origin in paths:
                paths.setdefault(target, [*paths[origin], target])
    return paths[state]


def brought_to(connection: Connection, state: State) -> int:
    """Insert a station and move it to a state by plain SQL."""
    first, *rest = path_to(state)
    station = enter(connection, first)
    for step in rest:
        connection.execute("UPDATE station SET state = %s WHERE id = %s", (step, station))
    return station


def rows(connection: Connection, statement: str, *values: object) -> list[tuple[Any, ...]]:
    return connection.execute(statement, values).fetchall()  # type: ignore[arg-type]


@pytest.mark.parametrize(("origin", "target"), MOVES)
def test_every_move_of_the_state_machine_is_taken_by_the_database(
    connection: Connection, origin: State, target: State
) -> None:
    station = brought_to(connection, origin)
    stations.move(connection, [station], target)
    assert rows(connection, "SELECT state FROM station WHERE id = %s", station) == [(target,)]


@pytest.mark.parametrize("origin", list(State))
def test_every_other_move_is_refused_even_by_plain_sql(
    connection: Connection, origin: State
) -> None:
    station = brought_to(connection, origin)
    for target in [b for a, b in FORBIDDEN if a == origin]:
        with pytest.raises(errors.CheckViolation, match="cannot become"), connection.transaction():
            connection.execute("UPDATE station SET state = %s WHERE id = %s", (target, station))
    assert rows(connection, "SELECT state FROM station WHERE id = %s", station) == [(origin,)]


@pytest.mark.parametrize("state", [state for state in State if state not in INITIAL])
def test_a_station_begins_only_as_a_draft_or_active(connection: Connection, state: State) -> None:
    with pytest.raises(errors.CheckViolation, match="cannot begin"), connection.transaction():
        enter(connection, state)


def test_states_moves_and_services_in_the_database_are_the_domains(connection: Connection) -> None:
    assert set(rows(connection, "SELECT state, public, counts, initial FROM station_state")) == {
        (f.state.value, f.public, f.counts, f.state in INITIAL) for f in STATES
    }
    assert set(rows(connection, "SELECT origin, target FROM station_move")) == {
        (origin.value, target.value) for origin, target in MOVES
    }
    listed = rows(connection, "SELECT code, name, core FROM service ORDER BY position")
    assert listed == [(s.code, s.name, s.core) for s in SERVICES]


def test_a_migration_takes_away_moves_that_the_domain_does_not_have(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as opened:
        opened.execute("INSERT INTO station_move VALUES ('exited', 'active')")
        opened.execute("DELETE FROM station_move WHERE origin = 'draft'")
    migrations.migrate(database_url)
    with psycopg.connect(database_url) as opened:
        kept = set(opened.execute("SELECT origin, target FROM station_move").fetchall())
    assert kept == {(origin.value, target.value) for origin, target in MOVES}


def test_a_number_is_issued_once_and_never_changes(connection: Connection) -> None:
    station = enter(connection)
    for change in ("'500103000428'", "NULL"):
        with pytest.raises(errors.CheckViolation, match="issued once"), connection.transaction():
            connection.execute(f"UPDATE station SET code = {change} WHERE id = %s", (station,))


def test_two_stations_cannot_have_one_number(connection: Connection) -> None:
    enter(connection)
    code = number.make("500103", next(SERIAL) - 1)
    facts = StationFacts(name="另一个", longitude=PLACE[0], latitude=PLACE[1])
    with pytest.raises(errors.UniqueViolation), connection.transaction():
        stations.insert(connection, [NewStation(facts, State.ACTIVE, code=code)])


def test_an_active_station_has_a_number_and_a_place_and_a_draft_may_lack_both(
    connection: Connection,
) -> None:
    waiting = StationFacts(name="待定站", address="某路")
    draft = stations.insert(connection, [NewStation(waiting, State.DRAFT)])[0]
    assert rows(connection, "SELECT place, code FROM station WHERE id = %s", draft) == [
        (None, None)
    ]
    numbered = NewStation(waiting, State.ACTIVE, code=number.make("500103", next(SERIAL)))
    with pytest.raises(errors.CheckViolation), connection.transaction():
        stations.insert(connection, [numbered])
    placed = StationFacts(name="在地图上", longitude=PLACE[0], latitude=PLACE[1])
    with pytest.raises(errors.CheckViolation), connection.transaction():
        stations.insert(connection, [NewStation(placed, State.ACTIVE)])
    stations.move(connection, [draft], State.SUBMITTED)
    with pytest.raises(errors.CheckViolation), connection.transaction():
        stations.move(connection, [draft], State.REVIEWED)


def test_an_unknown_service_is_refused(connection: Connection) -> None:
    with pytest.raises(errors.ForeignKeyViolation, match="unknown service sauna"):
        enter(connection, services=("toilet", "sauna"))


def test_a_split_station_has_no_survivor_any_more(connection: Connection) -> None:
    survivor, merged = enter(connection), enter(connection)
    stations.merge(connection, [(merged, survivor)])
    record = stations.by_id(connection, merged)
    assert record is not None
    assert record.merged_into == survivor
    stations.move(connection, [merged], State.ACTIVE)
    again = stations.by_id(connection, merged)
    assert again is not None
    assert (again.state, again.merged_into) == ("active", None)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'nobody'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "UPDATE audit_event SET actor = 'nobody' WHERE false",
    ],
)
def test_the_audit_can_only_grow(connection: Connection, statement: str) -> None:
    told = "SELECT action, details FROM audit_event ORDER BY id"
    before = rows(connection, told)
    register.record(connection, "test.happened", "something", {"n": 1})
    with (
        pytest.raises(errors.InsufficientPrivilege, match="append-only"),
        connection.transaction(),
    ):
        connection.execute(statement)  # type: ignore[arg-type]
    assert rows(connection, told) == [*before, ("test.happened", {"n": 1})]


def versions(connection: Connection, station: int) -> list[tuple[Any, ...]]:
    return rows(
        connection,
        "SELECT version, valid_from, valid_to, state, facts->>'name', ST_X(place)"
        " FROM station_version WHERE station_id = %s ORDER BY version",
        station,
    )


def test_every_change_leaves_a_version_and_their_times_meet(connection: Connection) -> None:
    station = enter(connection, place=(106.5, 29.5))
    connection.execute("UPDATE station SET name = '新名' WHERE id = %s", (station,))
    stations.move(connection, [station], State.SUSPENDED)
    connection.execute(
        "UPDATE station SET place = ST_SetSRID(ST_MakePoint(106.6, 29.5), 4326) WHERE id = %s",
        (station,),
    )
    found = versions(connection, station)
    assert [(v[0], v[3], v[4], v[5]) for v in found] == [
        (1, "active", "较场口驿站", 106.5),
        (2, "active", "新名", 106.5),
        (3, "suspended", "新名", 106.5),
        (4, "suspended", "新名", 106.6),
    ]
    for earlier, later in itertools.pairwise(found):
        assert earlier[1] < earlier[2] == later[1]
    assert found[-1][2] is None


def test_a_clock_set_back_does_not_tear_the_history(connection: Connection) -> None:
    station = enter(connection)
    later = datetime.now(UTC) + timedelta(hours=3)
    station_versions.load_history(connection, [(station, 1, later, None, "active", True)])
    connection.execute("UPDATE station SET name = '新名' WHERE id = %s", (station,))
    first, second = versions(connection, station)
    assert first[2] == second[1] == later
    assert second[2] is None


def test_the_past_is_read_from_versions(connection: Connection) -> None:
    station = enter(connection, services=("toilet",), hours="24/7")
    created = versions(connection, station)[0][1]
    stations.move(connection, [station], State.EXITED)
    exited = versions(connection, station)[1][1]
    tick = timedelta(microseconds=1)
    counted = {
        moment: [s.id for s in station_versions.counting(connection, as_of=moment)]
        for moment in (created - tick, created, exited - tick, exited)
    }
    assert list(counted.values()) == [[], [station], [station], []]
    then = station_versions.counting(connection, as_of=created)[0]
    assert (then.services, then.hours, then.version) == (("toilet",), "24/7", 1)


def test_the_geometry_is_a_wgs84_point_found_by_distance(connection: Connection) -> None:
    station = enter(connection, place=PLACE)
    kind = rows(
        connection, "SELECT GeometryType(place), ST_SRID(place) FROM station WHERE id = %s", station
    )
    assert kind == [("POINT", 4326)]
    column = rows(
        connection,
        "SELECT type, srid FROM geometry_columns WHERE f_table_name = 'station'"
        " AND f_geometry_column = 'place'",
    )
    assert column == [("POINT", 4326)]
    # 0.001 degree of longitude here is some 97 m
    within = (
        "SELECT id FROM station WHERE ST_DWithin(place::geography,"
        " ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography, %s)"
    )
    assert rows(connection, within, PLACE[0] + 0.001, PLACE[1], 100) == [(station,)]
    assert rows(connection, within, PLACE[0] + 0.001, PLACE[1], 90) == []


@pytest.fixture(scope="module")
def migrated(cluster: Cluster) -> str:
    """A database that was migrated itself: a clone does not inherit its rights."""
    with psycopg.connect(cluster.url(), autocommit=True) as server:
        server.execute("CREATE DATABASE migrated")
    migrations.migrate(cluster.url("migrated"))
    return cluster.url("migrated")


@pytest.fixture
def as_public(migrated: str) -> Iterator[Connection]:
    """One station of each state and a secret of each kind, read as the public."""
    with (
        psycopg.connect(migrated, autocommit=True) as opened,
        opened.transaction(force_rollback=True),
    ):
        for state in State:
            brought_to(opened, state)
        stations.insert(opened, [NewStation(StationFacts(name="秘密草稿"), State.DRAFT)])
        opened.execute("INSERT INTO keeper (station_id) SELECT min(id) FROM station")
        opened.execute("SET LOCAL ROLE harbor_public")
        yield opened


def test_the_public_sees_stations_of_public_states_alone(as_public: Connection) -> None:
    found = rows(as_public, "SELECT state FROM public_station ORDER BY state")
    assert found == [(s,) for s in sorted(f.state.value for f in STATES if f.public)]


def test_the_public_sees_open_facts_alone(as_public: Connection) -> None:
    columns = {
        row[0]
        for row in rows(
            as_public,
            "SELECT attname FROM pg_attribute WHERE attrelid = 'public_station'::regclass"
            " AND attnum > 0",
        )
    }
    assert {"code", "name", "place", "services", "hours"} <= columns
    assert not columns & {
        "batch_id",
        "batch_row",
        "source_longitude",
        "source_latitude",
        "merged_into",
        "created_at",
    }


@pytest.mark.parametrize(
    "table",
    [
        "station",
        "station_version",
        "station_alias",
        "keeper",
        "audit_event",
        "user_account",
        "import_batch",
        "number_counter",
        "register",
        "demand_layer",
        "coverage_run",
    ],
)
def test_the_public_reads_no_table_behind_the_view(as_public: Connection, table: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege), as_public.transaction():
        as_public.execute(f"SELECT * FROM {table}")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE public_station SET name = 'x'",
        "DELETE FROM public_station",
        "CREATE TEMPORARY TABLE leak (x int)",
        "CREATE TABLE leak (x int)",
        "CREATE FUNCTION pg_temp.leak(text) RETURNS bool LANGUAGE sql AS 'SELECT true'",
    ],
)
def test_the_public_changes_and_makes_nothing(as_public: Connection, statement: str) -> None:
    refusals = (errors.InsufficientPrivilege, errors.ObjectNotInPrerequisiteState)
    with pytest.raises(refusals), as_public.transaction():
        as_public.execute(statement)  # type: ignore[arg-type]


def test_a_number_is_found_however_old_and_an_approved_station_before_a_draft(
    connection: Connection,
) -> None:
    draft = StationFacts(name="草稿", earlier_numbers=("A-7",))
    stations.insert(connection, [NewStation(draft, State.DRAFT)])
    approved = enter(connection, earlier_numbers=("A-7", "B-9"))
    for alias in ("A-7", "B-9"):
        found = stations.find(connection, code=alias)
        assert found is not None
        assert found.id == approved


def test_used_up_numbers_are_said_to_be_used_up(connection: Connection) -> None:
    numbers.raise_to(connection, "500199", 99_998)
    issue = "SELECT issue_area_number('500199')"
    assert connection.execute(issue).fetchone() == (number.make("500199", 99_999),)
    with (
        pytest.raises(Conflict, match="every number under"),
        refusals("enter it"),
        connection.transaction(),
    ):
        connection.execute(issue)


def test_a_register_is_claimed_once_and_for_one_kind(connection: Connection) -> None:
    assert register.claim(connection, "demo", seed=3)
    assert register.claim(connection, "demo")
    assert not register.claim(connection, "real")
    assert register.read(connection) == register.Register("demo", 3, None)
    register.empty(connection)
    assert register.claim(connection, "real")


def district(code: str, *, start: date, end: date | None = None) -> tuple[Any, ...]:
    return (code, f"区{code}", "", shapely.to_wkb(shapely.box(106, 29, 107, 30)), start, end)


def test_an_earlier_version_of_a_district_ends_where_a_later_one_begins(
    connection: Connection,
) -> None:
    later, earlier = date(2025, 11, 6), date(1997, 6, 18)
    assert areas.upsert_districts(connection, [district("500112", start=later)], source="a") == 1
    assert areas.upsert_districts(connection, [district("500112", start=earlier)], source="b") == 1
    for day, start in ((date(2020, 1, 1), earlier), (later, later)):
        found = areas.districts(connection, as_of=day)
        assert [(d.adcode, d.valid_from) for d in found] == [("500112", start)]


def test_a_district_that_ended_stays_ended_when_it_is_corrected(connection: Connection) -> None:
    start, end = date(1997, 6, 18), date(2025, 11, 6)
    areas.upsert_districts(connection, [district("500105", start=start)], source="a")
    areas.end_districts(connection, before=end, keep=[])
    assert areas.upsert_districts(connection, [district("500105", start=start)], source="b") == 0
    assert areas.districts(connection, as_of=end) == []
    assert [d.valid_to for d in areas.districts(connection, as_of=start)] == [end]
