"""Stations: written one batch at a time, read as a whole for snapshots, maps and coverage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.domain.lifecycle import State
from app.domain.station import StationFacts
from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class StationRecord:
    """A station as the register has it; longitude and latitude in WGS-84, None if unplaced."""

    id: int
    code: str | None
    state: str
    verified: bool
    name: str
    name_en: str
    longitude: float | None
    latitude: float | None
    address: str
    services: tuple[str, ...]
    hours: str | None
    hours_text: str
    door: str | None
    host_name: str
    host_kind: str | None
    union_name: str
    merged_into: int | None
    last_proved: datetime | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class NewStation:
    """What is inserted: facts with a place in WGS-84, and how the record begins."""

    facts: StationFacts
    state: State
    verified: bool = False
    code: str | None = None
    union_id: int | None = None
    source_datum: str | None = None
    source_longitude: float | None = None
    source_latitude: float | None = None
    batch_id: int | None = None
    batch_row: int | None = None


_SELECT = (
    "SELECT s.id, s.code, s.state, s.verified, s.name, s.name_en, ST_X(s.place), ST_Y(s.place),"
    " s.address, s.services, s.hours, s.hours_text, s.door, s.host_name, s.host_kind,"
    " coalesce(u.name, ''), s.merged_into, s.last_proved, s.changed_at"
    " FROM station s LEFT JOIN union_body u ON u.id = s.union_id"
)

_INSERT = (
    "INSERT INTO station (code, state, verified, name, name_en, place, source_datum,"
    " source_longitude, source_latitude, address, area_name, services, hours, hours_text, door,"
    " host_name, host_kind, union_id, batch_id, batch_row) VALUES (%s, %s, %s, %s, %s,"
    " ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
    " %s) RETURNING id"
)


def insert(connection: Connection, stations: Sequence[NewStation]) -> list[int]:
    """Insert stations and their earlier numbers; return their ids in order."""
    ids: list[int] = []
    aliases: list[tuple[int, str, str]] = []
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, [_row(station) for station in stations], returning=True)
        for result, station in zip(cursor.results(), stations, strict=True):
            row = result.fetchone()
            if row is None:  # pragma: no cover - INSERT … RETURNING gives a row or raises
                continue
            ids.append(row[0])
            aliases += [(row[0], "number", number) for number in station.facts.earlier_numbers]
        cursor.executemany(
            "INSERT INTO station_alias (station_id, kind, value) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            aliases,
        )
    return ids


def _row(station: NewStation) -> tuple[Any, ...]:
    facts = station.facts
    return (
        station.code,
        station.state,
        station.verified,
        facts.name,
        facts.name_en,
        facts.longitude,
        facts.latitude,
        station.source_datum,
        station.source_longitude,
        station.source_latitude,
        facts.address,
        facts.area_name,
        list(facts.services),
        facts.hours,
        facts.hours_text,
        facts.door,
        facts.host_name,
        facts.host_kind,
        station.union_id,
        station.batch_id,
        station.batch_row,
    )


def _record(row: tuple[Any, ...]) -> StationRecord:
    values = list(row)
    values[9] = tuple(values[9])
    return StationRecord(*values)


def public(connection: Connection) -> list[StationRecord]:
    """Return all stations the public may see, by id."""
    rows = connection.execute(
        f"{_SELECT} JOIN station_state t USING (state)"
        " WHERE t.public AND s.place IS NOT NULL ORDER BY s.id"
    ).fetchall()
    return [_record(row) for row in rows]


def placed(connection: Connection) -> list[StationRecord]:
    """Return all stations with a place, in every state, by id: for the management map."""
    rows = connection.execute(f"{_SELECT} WHERE s.place IS NOT NULL ORDER BY s.id").fetchall()
    return [_record(row) for row in rows]


def every(connection: Connection) -> list[StationRecord]:
    """Return all stations that were not discarded, by id."""
    rows = connection.execute(f"{_SELECT} WHERE s.state <> 'discarded' ORDER BY s.id").fetchall()
    return [_record(row) for row in rows]


def listed_besides(connection: Connection) -> dict[int, tuple[str, tuple[str, ...]]]:
    """Return by id what only lists carry: the name of the area, and earlier numbers."""
    rows = connection.execute(
        "SELECT s.id, s.area_name, ARRAY(SELECT a.value FROM station_alias a"
        " WHERE a.station_id = s.id AND a.kind = 'number' ORDER BY a.value) FROM station s"
    ).fetchall()
    return {int(id_): (str(area), tuple(numbers)) for id_, area, numbers in rows}


def find(connection: Connection, *, code: str) -> StationRecord | None:
    """Return the station with this number, or with this earlier or foreign number.

    Of several with one earlier number, one that was approved comes before a draft.
    """
    row = connection.execute(f"{_SELECT} WHERE s.code = %s", (code,)).fetchone()
    if row is None:
        row = connection.execute(
            f"{_SELECT} JOIN station_alias a ON a.station_id = s.id"
            " WHERE a.value = %s ORDER BY s.code IS NULL, s.id LIMIT 1",
            (code,),
        ).fetchone()
    return None if row is None else _record(row)


def by_id(connection: Connection, station_id: int) -> StationRecord | None:
    """Return the station with this id."""
    row = connection.execute(f"{_SELECT} WHERE s.id = %s", (station_id,)).fetchone()
    return None if row is None else _record(row)


def search(connection: Connection, words: str, *, most: int) -> list[StationRecord]:
    """Return public stations whose name or address contains the words."""
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = connection.execute(
        f"{_SELECT} JOIN station_state t USING (state) WHERE t.public AND s.place IS NOT NULL"
        " AND (s.name ILIKE %s OR s.name_en ILIKE %s OR s.address ILIKE %s)"
        " ORDER BY s.name LIMIT %s",
        (pattern, pattern, pattern, most),
    ).fetchall()
    return [_record(row) for row in rows]


def states(connection: Connection) -> dict[str, int]:
    """Return how many stations are in each state."""
    rows = connection.execute("SELECT state, count(*) FROM station GROUP BY state").fetchall()
    return {str(state): int(count) for state, count in rows}


@dataclass(frozen=True, slots=True)
class CountedStation:
    """A station that counted for coverage at a moment; its number and version name the facts."""

    id: int
    code: str | None
    version: int
    name: str
    longitude: float
    latitude: float
    services: tuple[str, ...]
    hours: str | None


def counting(connection: Connection, *, as_of: datetime) -> list[CountedStation]:
    """Return the stations that counted at a moment, from their versions, by id."""
    rows = connection.execute(
        "SELECT v.station_id, v.facts->>'code', v.version, v.facts->>'name', ST_X(v.place),"
        " ST_Y(v.place), ARRAY(SELECT jsonb_array_elements_text(v.facts->'services')),"
        " v.facts->>'hours' FROM station_version v JOIN station_state t USING (state)"
        " WHERE t.counts AND v.place IS NOT NULL AND v.valid_from <= %(at)s"
        " AND (v.valid_to IS NULL OR v.valid_to > %(at)s) ORDER BY v.station_id",
        {"at": as_of},
    ).fetchall()
    return [
        CountedStation(id_, code, version, name, lon, lat, tuple(services), hours)
        for id_, code, version, name, lon, lat, services, hours in rows
    ]


def load_history(
    connection: Connection,
    versions: Iterable[tuple[int, int, datetime, datetime | None, str, bool]],
) -> None:
    """Replace the versions of fresh stations by a made-up past (demo only).

    Each version is station id, version number, valid from and to, state, and
    whether verified; place, union and facts are the station's own.
    """
    rows = list(versions)
    connection.execute(
        "DELETE FROM station_version WHERE station_id = ANY(%s)", ([row[0] for row in rows],)
    )
    connection.execute(
        "INSERT INTO station_version (station_id, version, valid_from, valid_to, state, verified,"
        " place, union_id, facts) SELECT v.id, v.version, v.valid_from, v.valid_to, v.state,"
        " v.verified, s.place, s.union_id, station_facts(s) FROM unnest(%s::bigint[], %s::int[],"
        " %s::timestamptz[], %s::timestamptz[], %s::text[], %s::bool[])"
        " AS v (id, version, valid_from, valid_to, state, verified) JOIN station s USING (id)",
        tuple([row[i] for row in rows] for i in range(6)),
    )


def move(connection: Connection, ids: Sequence[int], state: State) -> None:
    """Move stations to another state; the trigger refuses what the table does not allow."""
    # a merged station that is split off again has no survivor any more
    connection.execute(
        "UPDATE station SET state = %s, merged_into = NULL WHERE id = ANY(%s)",
        (state.value, list(ids)),
    )


def merge(connection: Connection, pairs: Sequence[tuple[int, int]]) -> None:
    """Merge stations (first of each pair) into their survivors (second)."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE station SET state = 'merged', merged_into = %s WHERE id = %s",
            [(survivor, merged) for merged, survivor in pairs],
        )


def start_batch(
    connection: Connection,
    *,
    file_name: str,
    file_digest: str,
    datum: str | None,
    document_number: str | None,
) -> int | None:
    """Open an import batch; return None if this very file was imported before."""
    row = connection.execute(
        "INSERT INTO import_batch (file_name, file_digest, datum, document_number)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT (file_digest) DO NOTHING RETURNING id",
        (file_name, file_digest, datum, document_number),
    ).fetchone()
    return None if row is None else int(row[0])


def close_batch(connection: Connection, batch: int, counts: Mapping[str, Any]) -> None:
    """Remember what became of a batch's rows."""
    connection.execute(
        "UPDATE import_batch SET counts = %s WHERE id = %s", (Jsonb(dict(counts)), batch)
    )


def newest_version(connection: Connection) -> datetime | None:
    """Return when the newest version of any station began."""
    row = connection.execute("SELECT max(valid_from) FROM station_version").fetchone()
    return None if row is None else row[0]


def names_and_addresses(connection: Connection) -> set[tuple[str, str]]:
    """Return name and address of every station that was not discarded."""
    rows = connection.execute(
        "SELECT name, address FROM station WHERE state <> 'discarded'"
    ).fetchall()
    return {(str(name), str(address)) for name, address in rows}
