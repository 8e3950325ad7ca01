"""The columns and triggers of facts: what the database takes, finds, keeps and records."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from app.domain.difference import FACT_NAMES
from app.domain.facts import FUNCTIONS, PHOTO_KINDS, VENUES
from app.domain.lifecycle import State
from app.store import changes, confirmations, stations, stored_files
from app.store.cluster import Cluster
from app.store.database import Connection
from app.store.rights import acting
from tests.store.people import PEOPLE, City, brought_to, enter, one, own_database, roles_in, settle

TENDS = {"union_staff", "inspector", "reviewer", "city_admin"}
PUBLIC = (State.ACTIVE, State.SUSPENDED, State.RECTIFYING)
REFUSED = (errors.InsufficientPrivilege, errors.CheckViolation)


@pytest.fixture(scope="module")
def city(cluster: Cluster) -> Iterator[City]:
    with own_database(cluster, "facts") as url:
        yield settle(url)


@pytest.fixture
def operator(city: City) -> Iterator[Connection]:
    with (
        psycopg.connect(city.url, autocommit=True) as opened,
        opened.transaction(force_rollback=True),
    ):
        yield opened


def set_fact(connection: Connection, station: int, column: str, value: object) -> None:
    connection.execute(
        f"UPDATE station SET {column} = %s WHERE id = %s",  # type: ignore[arg-type]
        (Jsonb(value) if isinstance(value, dict) else value, station),
    )


def test_the_words_of_the_domain_are_those_the_columns_take(connection: Connection) -> None:
    station = enter(connection, None)
    set_fact(connection, station, "functions", [one.code for one in FUNCTIONS])
    set_fact(connection, station, "venues", [one.code for one in VENUES])
    said = one(
        connection,
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conname = 'station_photo_kind_check'",
    )
    assert {kind.code for kind in PHOTO_KINDS} == set(said.split("'")[1::2])
    facts = changes.facts(connection, station)
    assert facts is not None
    assert set(facts) == set(FACT_NAMES)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("area_square_metres", 0), ("area_square_metres", -1), ("area_square_metres", 100001),
        ("seats", -1), ("seats", 10001),
        ("functions", ["karaoke"]), ("venues", ["cinema"]), ("functions", ["reading_corner"] * 11),
        ("host_credit_code", "91500000"), ("host_credit_code", "9150000020280171IP"),
        ("agreement_number", "x" * 101), ("adcode", "50010"),
        ("service_details", {"toilet": "nearest"}),
        ("service_details", {"toilet": {}}),
        ("service_details", {"toilet": {"where": "far"}}),
        ("service_details", {"toilet": {"where": "nearest", "from": "06-01"}}),
        ("service_details", {"toilet": {"where": "nearest", "from": "6-1", "to": "09-30"}}),
        ("service_details", {"toilet": {"where": "nearest", "from": "06-00", "to": "09-30"}}),
        ("service_details", {"toilet": {"where": "nearest", "note": 5}}),
        ("service_details", {"toilet": {"where": "nearest", "note": "x" * 201}}),
        ("service_details", {"toilet": {"where": "nearest", "more": "x"}}),
    ],
)  # fmt: skip
def test_what_is_no_fact_is_refused_by_the_column(
    connection: Connection, column: str, value: object
) -> None:
    station = enter(connection, None)
    with pytest.raises(errors.CheckViolation):
        set_fact(connection, station, column, value)


@pytest.mark.parametrize("value", ["[]", "3", '"toilet"', "null"])
def test_details_are_a_table_of_services(connection: Connection, value: str) -> None:
    station = enter(connection, None)
    with pytest.raises(errors.CheckViolation):
        connection.execute(
            "UPDATE station SET service_details = %s::jsonb WHERE id = %s", (value, station)
        )


def test_an_agreement_ends_after_it_begins_and_services_are_known(connection: Connection) -> None:
    station = enter(connection, None)
    with pytest.raises(errors.CheckViolation), connection.transaction():
        connection.execute(
            "UPDATE station SET agreement_from = '2026-02-01', agreement_to = '2026-01-31'"
        )
    with pytest.raises(errors.ForeignKeyViolation):
        set_fact(connection, station, "service_details", {"sauna": {"where": "nearest"}})


def test_every_fact_survives_the_way_through_json(connection: Connection) -> None:
    station = enter(connection, None)
    given = {
        "union_built": True, "area_square_metres": 32.5, "seats": 12,
        "service_details": {"toilet": {"where": "nearest", "note": "对面"},
                            "cooling": {"where": "on_site", "from": "06-01", "to": "09-30"}},
        "functions": ["reading_corner"], "venues": ["fitness"],
        "host_credit_code": "91500000202801713P", "agreement_number": "渝工〔2026〕1号",
        "agreement_from": "2026-01-01", "agreement_to": "2028-12-31",
    }  # fmt: skip
    changes.edit(connection, station, given)
    facts = changes.facts(connection, station)
    assert facts is not None
    assert {name: facts[name] for name in given} == given
    record = stations.by_id(connection, station)
    assert record is not None
    assert (record.area_square_metres, record.seats, record.union_built) == (32.5, 12, True)
    assert (record.functions, record.venues) == (("reading_corner",), ("fitness",))
    assert record.service_details == given["service_details"]


# District ----------------------------------------------------------------------------------------


def districts(connection: Connection) -> None:
    """Two districts side by side; the western one was another until yesterday."""
    for code, west, east, begins, ends in (
        ("500101", 106, 107, "2000-01-01", "current_date - 1"),
        ("500103", 106, 107, "current_date - 1", None),
        ("500105", 107, 108, "2000-01-01", None),
        ("500109", 108, 109, "current_date + 1", None),
    ):
        first, last = (begins if "current" in begins else f"'{begins}'"), ends or "NULL"
        connection.execute(
            "INSERT INTO district (adcode, name, geometry, valid_from, valid_to) VALUES"
            f" (%s, %s, ST_Multi(ST_MakeEnvelope(%s, 29, %s, 30, 4326)), {first}, {last})",
            (code, code, west, east),
        )  # type: ignore[call-overload]


def adcode(connection: Connection, station: int) -> str | None:
    found: str | None = one(connection, "SELECT adcode FROM station WHERE id = %s", station)
    return found


def test_the_district_follows_the_place_as_of_today(connection: Connection) -> None:
    districts(connection)
    station = enter(connection, None, longitude=106.5, latitude=29.5)
    assert adcode(connection, station) == "500103"
    for longitude, expected in ((107.5, "500105"), (108.5, None), (107.0, "500103"), (None, None)):
        place = None if longitude is None else [longitude, 29.5]
        changes.edit(connection, station, {"place": place})
        assert adcode(connection, station) == expected, longitude
    unplaced = enter(connection, None, longitude=None, latitude=None)
    assert adcode(connection, unplaced) is None


def test_a_district_that_is_set_stays_until_the_place_changes(connection: Connection) -> None:
    districts(connection)
    station = enter(connection, None, longitude=106.5, latitude=29.5)
    connection.execute("UPDATE station SET adcode = '500199' WHERE id = %s", (station,))
    changes.edit(connection, station, {"name": "新名", "place": [106.5, 29.5]})
    assert adcode(connection, station) == "500199"
    newest = changes.versions(connection, station)[-1]
    assert newest.facts["adcode"] == "500199"


# Names -------------------------------------------------------------------------------------------


def test_the_former_name_of_a_numbered_station_still_finds_it(connection: Connection) -> None:
    station = enter(connection, None, State.ACTIVE, name="旧名驿站")
    draft = enter(connection, None, name="草稿旧名")
    for id_, name in (
        (station, "新名驿站"),
        (station, "旧名驿站"),
        (station, "更新名"),
        (draft, "x"),
    ):
        changes.edit(connection, id_, {"name": name})
    found = connection.execute(
        "SELECT station_id, kind, value FROM station_alias WHERE kind = 'name' ORDER BY value"
    ).fetchall()
    assert found == [(station, "name", "新名驿站"), (station, "name", "旧名驿站")]
    record = stations.find(connection, code="旧名驿站")
    assert record is not None
    assert (record.id, record.name) == (station, "更新名")


# Confirmation ------------------------------------------------------------------------------------


def test_a_confirmation_is_no_version_no_revision_and_an_event(
    operator: Connection, city: City
) -> None:
    station = enter(operator, city.unions["north"], State.ACTIVE)
    before = one(operator, "SELECT to_jsonb(s) FROM station s WHERE id = %s", station)
    with acting(operator, user_id=city.people["north_clerk"]):
        moment = confirmations.confirm(operator, station)
    after = one(operator, "SELECT to_jsonb(s) FROM station s WHERE id = %s", station)
    assert {name for name in after if after[name] != before[name]} == {
        "confirmed_at", "confirmed_by",
    }  # fmt: skip
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=5)
    assert after["confirmed_by"] == city.people["north_clerk"]
    assert len(changes.versions(operator, station)) == 1
    event = operator.execute(
        "SELECT action, subject, user_id FROM audit_event ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert event == ("station.confirm", f"station {station}", city.people["north_clerk"])
    # and what comes after it is one again, without the confirmation among its facts
    changes.edit(operator, station, {"name": "改名"})
    versions = changes.versions(operator, station)
    assert [version.revision for version in versions] == [1, 2]
    assert "confirmed_at" not in versions[1].facts


@pytest.mark.parametrize("union", ["north", "west"])
def test_who_tends_a_station_confirms_closes_and_nobody_else(
    operator: Connection, city: City, union: str
) -> None:
    station = enter(operator, city.unions[union], State.ACTIVE)
    operator.execute(
        "INSERT INTO user_grant (user_id, role, station_id) VALUES (%s, 'keeper', %s)",
        (city.people["nobody"], station),
    )
    for person in PEOPLE:
        may = bool(roles_in(person, union) & TENDS) or person == "nobody"
        for statement in (
            "SELECT confirm_station(%(id)s)",
            "INSERT INTO station_closure (station_id, begins, ends, reason)"
            " VALUES (%(id)s, now(), now() + interval '1 day', '检修')",
        ):
            done = None
            with operator.transaction(force_rollback=True):
                try:
                    with acting(operator, user_id=city.people[person]):
                        operator.execute(statement, {"id": station})
                    done = True
                except errors.InsufficientPrivilege:
                    done = False
            assert done is may, (person, statement)


def test_a_keeper_of_another_station_or_of_yesterday_confirms_nothing(
    operator: Connection, city: City
) -> None:
    mine, other, former = (enter(operator, city.unions["north"], State.ACTIVE) for _ in range(3))
    operator.execute(
        "INSERT INTO user_grant (user_id, role, station_id, valid_from, valid_to) VALUES"
        " (%(who)s, 'keeper', %(mine)s, now(), NULL),"
        " (%(who)s, 'keeper', %(former)s, now() - interval '9 days', now() - interval '1 day')",
        {"who": city.people["nobody"], "mine": mine, "former": former},
    )
    with acting(operator, user_id=city.people["nobody"]):
        confirmations.confirm(operator, mine)
    for station in (other, former):
        with (
            pytest.raises(errors.InsufficientPrivilege),
            acting(operator, user_id=city.people["nobody"]),
        ):
            confirmations.confirm(operator, station)


@pytest.mark.parametrize("state", list(State))
def test_only_what_riders_see_is_confirmed_and_closed_for_a_time(
    operator: Connection, city: City, state: State
) -> None:
    if state is State.MERGED:
        survivor = enter(operator, city.unions["north"], State.ACTIVE)
        station = enter(operator, city.unions["north"], State.ACTIVE)
        operator.execute(
            "UPDATE station SET state = 'merged', merged_into = %s WHERE id = %s",
            (survivor, station),
        )
    else:
        station = brought_to(operator, city.unions["north"], state)
    for statement in (
        "SELECT confirm_station(%(id)s)",
        "INSERT INTO station_closure (station_id, begins, ends, reason)"
        " VALUES (%(id)s, now(), now() + interval '1 day', '检修')",
    ):
        try:
            with operator.transaction(), acting(operator, user_id=city.people["north_clerk"]):
                operator.execute(statement, {"id": station})
            done = True
        except errors.CheckViolation:
            done = False
        assert done is (state in PUBLIC), statement


# Closures and photos -----------------------------------------------------------------------------


def test_a_closure_is_called_off_once_and_never_rewritten(operator: Connection, city: City) -> None:
    station = enter(operator, city.unions["north"], State.ACTIVE)
    with acting(operator, user_id=city.people["north_clerk"]):
        operator.execute(
            "INSERT INTO station_closure (station_id, begins, ends, reason)"
            " VALUES (%s, now(), now() + interval '1 day', '检修')",
            (station,),
        )
        for change in ("reason = 'x'", "ends = now()", "cancelled_by = 1", "made_by = NULL"):
            with pytest.raises(REFUSED), operator.transaction():
                operator.execute(f"UPDATE station_closure SET {change}")  # type: ignore[arg-type]
        with pytest.raises(errors.InsufficientPrivilege), operator.transaction():
            operator.execute("DELETE FROM station_closure")
        call_off = "UPDATE station_closure SET cancelled_at = '1999-01-01'"
        operator.execute(call_off)
        with pytest.raises(errors.CheckViolation), operator.transaction():
            operator.execute(call_off)
    row = operator.execute(
        "SELECT made_by, cancelled_by, cancelled_at > now() - interval '1 hour'"
        " FROM station_closure"
    ).fetchone()
    assert row == (city.people["north_clerk"], city.people["north_clerk"], True)
    told = operator.execute("SELECT action FROM audit_event ORDER BY id DESC LIMIT 2").fetchall()
    assert told == [("station.call_off_closure",), ("station.close_for_a_time",)]


def picture(connection: Connection, station: int, media_type: str = "image/jpeg") -> int:
    return stored_files.keep(
        connection, name="x.jpg", media_type=media_type, content=b"\xff\xd8\xff",
        station_id=station, union_id=None, width=4, height=3,
    )  # fmt: skip


def test_a_photo_has_files_of_its_own_station_and_stays_what_it_is(
    operator: Connection, city: City
) -> None:
    north, south = (enter(operator, city.unions[u], State.ACTIVE) for u in ("north", "south"))
    foreign = [picture(operator, south) for _ in range(2)]
    insert = "INSERT INTO station_photo (station_id, file_id, thumbnail_id) VALUES (%s, %s, %s)"
    with acting(operator, user_id=city.people["north_clerk"]):
        scan = picture(operator, north, "application/pdf")
        mine = [picture(operator, north) for _ in range(2)]
        for files in (foreign, [mine[0], foreign[0]], [mine[0], scan]):
            with pytest.raises(errors.CheckViolation), operator.transaction():
                operator.execute(insert, (north, *files))
        with pytest.raises(errors.InsufficientPrivilege), operator.transaction():
            operator.execute(insert, (south, *foreign))
        operator.execute(insert, (north, *mine))
        for change in ("station_id = 1", "file_id = 1", "made_by = 1", "removed_by = 1"):
            with pytest.raises(REFUSED), operator.transaction():
                operator.execute(f"UPDATE station_photo SET {change}")  # type: ignore[arg-type]
        operator.execute("UPDATE station_photo SET caption = '门头', removed_at = '1999-01-01'")
        with pytest.raises(errors.CheckViolation), operator.transaction():
            operator.execute("UPDATE station_photo SET removed_at = NULL")
    row = operator.execute(
        "SELECT made_by, removed_by, removed_at > now() - interval '1 hour' FROM station_photo"
    ).fetchone()
    assert row == (city.people["north_clerk"], city.people["north_clerk"], True)


def test_the_public_reads_closures_of_public_stations_alone(
    operator: Connection, city: City
) -> None:
    active = enter(operator, city.unions["north"], State.ACTIVE)
    gone = enter(operator, city.unions["north"], State.ACTIVE)
    for station, begins, ends in (
        (active, "-2 days", "-1 day"), (active, "-1 day", "2 days"), (active, "1 day", "2 days"),
        (gone, "-1 day", "2 days"),
    ):  # fmt: skip
        operator.execute(
            "INSERT INTO station_closure (station_id, begins, ends, reason)"
            " VALUES (%s, now() + %s::interval, now() + %s::interval, '检修')",
            (station, begins, ends),
        )
    operator.execute("UPDATE station SET state = 'exited' WHERE id = %s", (gone,))
    operator.execute(
        "UPDATE station_closure SET cancelled_at = now() WHERE begins > now()",
    )
    with operator.transaction(force_rollback=True):
        operator.execute("SET LOCAL ROLE harbor_public")
        found = operator.execute("SELECT * FROM public_closure")
        assert [column.name for column in found.description or []] == [
            "station_id", "begins", "ends", "reason",
        ]  # fmt: skip
        assert [row[0] for row in found] == [active]
        for table in ("station_closure", "station_photo", "stored_file"):
            with pytest.raises(errors.InsufficientPrivilege), operator.transaction():
                operator.execute(f"SELECT * FROM {table}")  # type: ignore[arg-type]


def test_an_older_version_differs_by_nothing_that_was_not_there_yet(connection: Connection) -> None:
    station = enter(connection, None)
    later = ["service_details", "functions", "venues", "agreement_number"]
    connection.execute(
        "UPDATE station_version SET facts = facts - %s::text[] WHERE station_id = %s",
        (later, station),
    )
    changes.edit(connection, station, {"address": "新址"})
    old, new = changes.versions(connection, station)
    changed = {name for name in new.facts if json.dumps(new.facts[name]) != json.dumps(
        old.facts.get(name))}  # fmt: skip
    assert changed == {"address"}
