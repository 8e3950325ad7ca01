"""Batches of stations that were entered together, and what rows are compared with before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Spot:
    """What lies at a place: the district of a day, and whether it is in water."""

    adcode: str | None
    district: str | None
    in_water: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Stations that were entered together."""

    id: int
    union_id: int | None
    file_name: str
    cut_over: bool
    document_number: str
    made_by: int | None
    imported_at: datetime
    undone_at: datetime | None
    counts: Mapping[str, Any]
    union_name: str
    maker: str


@dataclass(frozen=True, slots=True)
class Entered:
    """A station of a batch as it is now.

    Attributes:
        added_to: whether somebody has put a keeper or a photo beside it since.
    """

    id: int
    row: int | None
    name: str
    state: str
    revision: int
    union_code: str
    added_to: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """A station that a batch changed and did not enter, as it is now.

    Attributes:
        left_at: the revision that an edit of a draft left; None for a change request.
        request_id, request_state, requested_by: of the change request; None for an edit.
    """

    id: int
    row: int
    name: str
    state: str
    revision: int
    left_at: int | None
    request_id: int | None
    request_state: str | None
    requested_by: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Why, and by which document, a batch is to be undone."""

    reason: str
    document: str


def spots(
    connection: Connection,
    places: Sequence[tuple[float, float]],
    *,
    day: date,
    network: str,
) -> list[Spot]:
    """Return what lies at each lon, lat: the district of a day, and water of a base map."""
    found = connection.execute(
        "SELECT d.adcode, d.name, EXISTS (SELECT FROM basemap_feature w WHERE w.network ="
        " %(network)s AND w.layer = 'water' AND ST_Dimension(w.geometry) = 2"
        " AND ST_Intersects(w.geometry, ST_Transform(p.spot, 3857)))"
        " FROM (SELECT n, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS spot"
        " FROM unnest(%(lon)s::float8[], %(lat)s::float8[]) WITH ORDINALITY AS v (lon, lat, n)) p"
        " LEFT JOIN LATERAL (SELECT adcode, name FROM district d WHERE d.valid_from <= %(day)s"
        " AND (d.valid_to IS NULL OR d.valid_to > %(day)s) AND ST_Intersects(d.geometry, p.spot)"
        " ORDER BY adcode LIMIT 1) d ON true ORDER BY p.n",
        {"network": network, "day": day, "lon": [lon for lon, _ in places],
         "lat": [lat for _, lat in places]},
    ).fetchall()  # fmt: skip
    return [Spot(*row) for row in found]


def has_districts(connection: Connection, day: date) -> bool:
    """Whether any district is known on a day."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM district WHERE valid_from <= %(day)s"
        " AND (valid_to IS NULL OR valid_to > %(day)s))",
        {"day": day},
    ).fetchone()
    return row is not None and bool(row[0])


def known_stations(
    connection: Connection,
) -> list[tuple[int, str, str, str, str | None, str, int | None, float | None, float | None]]:
    """Return what rows are compared with, of every station in sight that was not let go.

    Each is id, name, address, state, code, name of its union, union, longitude, latitude.
    """
    return connection.execute(
        "SELECT s.id, s.name, s.address, s.state, s.code, coalesce(u.name, ''), s.union_id,"
        " ST_X(s.place), ST_Y(s.place) FROM station s LEFT JOIN union_body u ON u.id = s.union_id"
        " WHERE s.state NOT IN ('discarded', 'exited', 'merged') ORDER BY s.id"
    ).fetchall()


def claim(connection: Connection) -> str:
    """Make an empty register a real one, and return what it is."""
    row = connection.execute("SELECT claim_register()").fetchone()
    return "" if row is None else str(row[0])


def batch(connection: Connection, batch_id: int, *, lock: bool = False) -> Batch | None:
    """Return a batch in the scope of the acting person."""
    row = connection.execute(
        f"{_BATCH} WHERE b.id = %s{' FOR UPDATE OF b' if lock else ''}", (batch_id,)
    ).fetchone()
    return None if row is None else Batch(*row)


_BATCH = (
    "SELECT b.id, b.union_id, b.file_name, b.cut_over, coalesce(b.document_number, ''), b.made_by,"
    " b.imported_at, b.undone_at, b.counts, coalesce(u.name, ''),"
    " coalesce(nullif(p.full_name, ''), p.name, '')"
    " FROM import_batch b LEFT JOIN union_body u ON u.id = b.union_id"
    " LEFT JOIN user_account p ON p.id = b.made_by"
)


def newest(connection: Connection, *, most: int) -> list[Batch]:
    """Return the batches in the scope of the acting person, the newest first."""
    rows = connection.execute(f"{_BATCH} ORDER BY b.id DESC LIMIT %s", (most,)).fetchall()
    return [Batch(*row) for row in rows]


def batch_of_digest(connection: Connection, digest: str, union_id: int | None) -> int | None:
    """Return the batch that this very list was imported as, by whomever; None if it was not."""
    row = connection.execute("SELECT batch_of_digest(%s, %s)", (digest, union_id)).fetchone()
    return None if row is None else row[0]


def entered(connection: Connection, batch_id: int) -> list[Entered]:
    """Return the stations of a batch, in the order in which counters are locked."""
    found = connection.execute(
        "SELECT s.id, s.batch_row, s.name, s.state, s.revision, coalesce(u.code, ''),"
        " s.id IN (SELECT batch_stations_added_to(%(batch)s))"
        " FROM station s LEFT JOIN union_body u ON u.id = s.union_id WHERE s.batch_id = %(batch)s"
        " ORDER BY u.code NULLS FIRST, s.batch_row",
        {"batch": batch_id},
    ).fetchall()
    return [Entered(*row) for row in found]


def keepers_of_batch(connection: Connection, batch_id: int) -> list[int]:
    """Return the ids of the keepers who serve at the stations of a batch."""
    rows = connection.execute(
        "SELECT k.id FROM keeper k JOIN station s ON s.id = k.station_id"
        " WHERE s.batch_id = %s AND k.state = 'serving' ORDER BY k.id",
        (batch_id,),
    ).fetchall()
    return [int(row[0]) for row in rows]


def discard_drafts(connection: Connection, ids: Sequence[int], *, reason: str) -> int:
    """Discard drafts, each by the state machine as the acting person; return how many."""
    return connection.execute(
        "UPDATE station SET state = 'discarded', state_reason = %s WHERE id = ANY(%s)",
        (reason, list(ids)),
    ).rowcount


def note_change(
    connection: Connection,
    batch_id: int,
    station_id: int,
    row: int,
    *,
    request_id: int | None = None,
    revision: int | None = None,
) -> None:
    """Note that a batch changed a station: by a request, or by an edit that left a revision."""
    connection.execute(
        "INSERT INTO import_change (batch_id, station_id, batch_row, request_id, revision)"
        " VALUES (%s, %s, %s, %s, %s)",
        (batch_id, station_id, row, request_id, revision),
    )


def changed(connection: Connection, batch_id: int) -> list[Changed]:
    """Return the stations that a batch changed and did not enter, by row."""
    rows = connection.execute(
        "SELECT s.id, c.batch_row, s.name, s.state, s.revision, c.revision, c.request_id, r.state,"
        " r.requested_by FROM import_change c JOIN station s ON s.id = c.station_id"
        " LEFT JOIN change_request r ON r.id = c.request_id WHERE c.batch_id = %s"
        " ORDER BY c.batch_row",
        (batch_id,),
    ).fetchall()
    return [Changed(*row) for row in rows]


def may_undo(connection: Connection, batch_id: int) -> bool:
    """Whether the acting person may undo a batch."""
    row = connection.execute("SELECT may_undo(%s)", (batch_id,)).fetchone()
    return row is not None and bool(row[0])


def want_undone(connection: Connection, batch_id: int, *, reason: str, document: str) -> None:
    """Note why, and by which document, the acting person wants a batch undone."""
    connection.execute(
        "INSERT INTO import_undo (batch_id, reason, document) VALUES (%s, %s, %s)"
        " ON CONFLICT (batch_id) DO UPDATE SET reason = excluded.reason,"
        " document = excluded.document",
        (batch_id, reason, document),
    )


def begin_undo(connection: Connection, batch_id: int) -> Wanted | None:
    """Begin to undo what the acting person asked for; None if they did not, or may not."""
    begun = connection.execute("SELECT begin_undo(%s)", (batch_id,)).fetchone()
    if begun is None or not begun[0]:
        return None
    row = connection.execute(
        "SELECT reason, document FROM import_undo WHERE batch_id = %s", (batch_id,)
    ).fetchone()
    return None if row is None else Wanted(*row)


def mark_undone(connection: Connection, batch_id: int) -> None:
    """Note that a batch was undone, also for who has its list still."""
    connection.execute(
        "UPDATE import_batch SET undone_at = clock_timestamp() WHERE id = %s", (batch_id,)
    )
    connection.execute("SELECT end_undo(%s)", (batch_id,))


def unions(connection: Connection, *, on: date) -> list[tuple[int, str, str, str, str]]:
    """Return the unions for which the acting person, or the operator, may enter stations, by code.

    Each is id, code, name, English name, kind.
    """
    return connection.execute(
        "SELECT id, code, name, name_en, kind FROM union_body WHERE valid_from <= %(on)s"
        " AND (valid_to IS NULL OR valid_to > %(on)s)"
        " AND (acts_as_operator() OR acting_roles(id) && ARRAY['union_staff', 'city_admin'])"
        " ORDER BY code",
        {"on": on},
    ).fetchall()


def union_names(connection: Connection, *, on: date) -> list[str]:
    """Return the names of the unions of a day, by code, for the operator."""
    rows = connection.execute(
        "SELECT name FROM union_body WHERE valid_from <= %(on)s"
        " AND (valid_to IS NULL OR valid_to > %(on)s) ORDER BY code",
        {"on": on},
    ).fetchall()
    return [str(row[0]) for row in rows]


def record(connection: Connection, action: str, subject: str, details: Mapping[str, Any]) -> None:
    """Write an event of the acting person into the audit."""
    connection.execute("SELECT record_event(%s, %s, %s)", (action, subject, Jsonb(dict(details))))
