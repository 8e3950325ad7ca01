"""Stations: written one batch at a time, read as a whole for snapshots, maps and coverage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.domain.closures import Closure
from app.domain.doubts import Doubt
from app.domain.lifecycle import State
from app.domain.station import StationFacts
from app.store import closures, visits
from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class StationRecord:
    """A station as the register has it; longitude and latitude in WGS-84, None if unplaced.

    Attributes:
        last_proved: when somebody got in, or staff saw it open.
        out: supplies that ran out, as its keeper said.
        closures, doubts: those that have not ended; read for the public and single stations
            alone.
    """

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
    union_built: bool | None = None
    area_square_metres: float | None = None
    seats: int | None = None
    service_details: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    functions: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    adcode: str | None = None
    confirmed_at: datetime | None = None
    out: tuple[str, ...] = ()
    closures: tuple[Closure, ...] = ()
    doubts: tuple[Doubt, ...] = ()


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
    # columns of the record that a snapshot does not have, as JSON values
    further: Mapping[str, Any] = field(default_factory=dict)


_SELECT = (
    "SELECT s.id, s.code, s.state, s.verified, s.name, s.name_en, ST_X(s.place), ST_Y(s.place),"
    " s.address, s.services, s.hours, s.hours_text, s.door, s.host_name, s.host_kind,"
    " coalesce(u.name, ''), s.merged_into, greatest(s.last_proved, p.proved_at),"
    " s.changed_at, s.union_built,"
    " s.area_square_metres::float8, s.seats, s.service_details, s.functions, s.venues, s.adcode,"
    " s.confirmed_at,"
    " ARRAY(SELECT w.supply FROM station_supply w WHERE w.station_id = s.id ORDER BY w.supply)"
    " FROM station s LEFT JOIN union_body u ON u.id = s.union_id"
    " LEFT JOIN station_proof p ON p.station_id = s.id"
)

FURTHER = (
    "union_built", "area_square_metres", "seats", "host_credit_code", "agreement_number",
    "agreement_from", "agreement_to", "service_details", "functions", "venues",
)  # fmt: skip
_COLUMNS = (
    "state", "name", "name_en", "source_datum", "source_longitude", "source_latitude", "address",
    "area_name", "services", "hours", "hours_text", "door", "host_name", "host_kind", "union_id",
    "batch_id", "batch_row", *FURTHER,
)  # fmt: skip
# what the database decides where a person enters a station
_OPERATOR_COLUMNS = ("code", "verified")


def insert(
    connection: Connection, stations: Sequence[NewStation], *, as_person: bool = False
) -> list[int]:
    """Insert stations and their earlier numbers; return their ids in order.

    Args:
        as_person: leave number and verification to the database, as it is asked of
            everybody but the operator.
    """
    columns = _COLUMNS if as_person else (*_COLUMNS, *_OPERATOR_COLUMNS)
    statement = (
        f"INSERT INTO station ({', '.join(columns)}, place) VALUES"
        f" ({', '.join(f'%({column})s' for column in columns)},"
        " ST_SetSRID(ST_MakePoint(%(longitude)s, %(latitude)s), 4326)) RETURNING id"
    )
    ids: list[int] = []
    aliases: list[tuple[int, str, str]] = []
    with connection.cursor() as cursor:
        cursor.executemany(statement, [_row(station) for station in stations], returning=True)
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


def _row(station: NewStation) -> dict[str, Any]:
    facts = station.facts
    return {
        "code": station.code,
        "state": station.state,
        "verified": station.verified,
        "name": facts.name,
        "name_en": facts.name_en,
        "longitude": facts.longitude,
        "latitude": facts.latitude,
        "source_datum": station.source_datum,
        "source_longitude": station.source_longitude,
        "source_latitude": station.source_latitude,
        "address": facts.address,
        "area_name": facts.area_name,
        "services": list(facts.services),
        "hours": facts.hours,
        "hours_text": facts.hours_text,
        "door": facts.door,
        "host_name": facts.host_name,
        "host_kind": facts.host_kind,
        "union_id": station.union_id,
        "batch_id": station.batch_id,
        "batch_row": station.batch_row,
        **{name: station.further.get(name) for name in FURTHER},
        # columns that take no null
        "agreement_number": station.further.get("agreement_number", ""),
        "service_details": Jsonb(dict(station.further.get("service_details") or {})),
        "functions": list(station.further.get("functions") or ()),
        "venues": list(station.further.get("venues") or ()),
    }


def _record(row: tuple[Any, ...]) -> StationRecord:
    values = list(row)
    for place in _LISTS:
        values[place] = tuple(values[place])
    return StationRecord(*values)


# where lists stand among what _SELECT gives: services, functions, venues, supplies that ran out
_LISTS = (9, 23, 24, 27)


def _with_times(connection: Connection, record: StationRecord) -> StationRecord:
    shut = closures.coming(connection, station_ids=[record.id])
    doubted = visits.doubts(connection, station_ids=[record.id])
    if not shut and not doubted:
        return record
    return replace(record, closures=shut.get(record.id, ()), doubts=doubted.get(record.id, ()))


def public(connection: Connection) -> list[StationRecord]:
    """Return all stations the public may see, by id."""
    rows = connection.execute(
        f"{_SELECT} JOIN station_state t USING (state)"
        " WHERE t.public AND s.place IS NOT NULL ORDER BY s.id"
    ).fetchall()
    shut, doubted = closures.coming(connection), visits.doubts(connection)
    return [
        replace(record, closures=shut.get(record.id, ()), doubts=doubted.get(record.id, ()))
        if record.id in shut or record.id in doubted
        else record
        for record in map(_record, rows)
    ]


def placed(connection: Connection) -> list[StationRecord]:
    """Return all stations with a place, in every state, by id: for the management map."""
    rows = connection.execute(f"{_SELECT} WHERE s.place IS NOT NULL ORDER BY s.id").fetchall()
    return [_record(row) for row in rows]


def on_map(connection: Connection) -> str:
    """Return what the management map draws, as JSON that the database writes itself.

    A list a station: id, number, longitude, latitude, state, whether verified, names,
    services, the id of its union.
    """
    row = connection.execute(
        "SELECT coalesce(string_agg(json_build_array(id, code, round(ST_X(place)::numeric, 6),"
        " round(ST_Y(place)::numeric, 6), state, verified, name, name_en, services,"
        " union_id)::text,"
        " ',' ORDER BY id), '') FROM station WHERE place IS NOT NULL"
    ).fetchone()
    return f"[{row[0] if row is not None else ''}]"


def revision(connection: Connection) -> str:
    """Return what changes with every change of any station or of the name of a union.

    The sum of all revisions: of the last moment of a change, two that end in another
    order than they began would leave one unseen.
    """
    row = connection.execute(
        "SELECT count(*) || '.' || coalesce(max(id), 0) || '.' || coalesce(sum(revision), 0)"
        " || '.' || (SELECT md5(coalesce(string_agg(id || name, ',' ORDER BY id), ''))"
        " FROM union_body) FROM station"
    ).fetchone()
    return "" if row is None else str(row[0])


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
    return None if row is None else _with_times(connection, _record(row))


def by_id(connection: Connection, station_id: int) -> StationRecord | None:
    """Return the station with this id."""
    row = connection.execute(f"{_SELECT} WHERE s.id = %s", (station_id,)).fetchone()
    return None if row is None else _with_times(connection, _record(row))


def states(connection: Connection) -> dict[str, int]:
    """Return how many stations are in each state."""
    rows = connection.execute("SELECT state, count(*) FROM station GROUP BY state").fetchall()
    return {str(state): int(count) for state, count in rows}


def date_back(connection: Connection, past: Iterable[tuple[int, datetime, datetime, str]]) -> None:
    """Let fresh stations be entered, and be in their state, since moments of the past (demo only).

    Each is station id, when it was entered, since when it is in its state, and why.
    """
    rows = list(past)
    connection.execute(
        "UPDATE station s SET created_at = p.entered, state_since = p.since, state_reason = p.why"
        " FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[])"
        " AS p (id, entered, since, why) WHERE s.id = p.id",
        tuple([row[i] for row in rows] for i in range(4)),
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
    union_id: int | None = None,
    cut_over: bool = False,
    document_id: int | None = None,
) -> int | None:
    """Open an import batch; return None if this very file was imported before.

    Args:
        union_id: whose stations it holds; None if each row names its own union.
        cut_over: whether it enters existing stations straight as active.
        document_id: the document that orders a cut-over.
    """
    row = connection.execute(
        "INSERT INTO import_batch (file_name, file_digest, datum, document_number, union_id,"
        " cut_over, document_id) VALUES (%s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (file_digest, union_id) WHERE undone_at IS NULL DO NOTHING RETURNING id",
        (file_name, file_digest, datum, document_number, union_id, cut_over, document_id),
    ).fetchone()
    return None if row is None else int(row[0])


def close_batch(connection: Connection, batch: int, counts: Mapping[str, Any]) -> None:
    """Remember what became of a batch's rows."""
    connection.execute(
        "UPDATE import_batch SET counts = %s WHERE id = %s", (Jsonb(dict(counts)), batch)
    )


def with_numbers(connection: Connection, *, union_code: str | None) -> list[StationRecord]:
    """Return the public stations of a union of today, or all, by number."""
    rows = connection.execute(
        f"{_SELECT} JOIN station_state t USING (state) WHERE t.public AND s.code IS NOT NULL"
        " AND (%(code)s::text IS NULL OR u.code = %(code)s AND u.valid_to IS NULL) ORDER BY s.code",
        {"code": union_code},
    ).fetchall()
    return [_record(row) for row in rows]
