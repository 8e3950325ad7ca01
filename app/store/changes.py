"""Facts of stations as JSON: read, edited, asked to be changed, and as they once were.

Names of fields are columns of ``station``. A place is ``[longitude, latitude]`` outside
and the hexadecimal EWKB that the database compares inside.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from app.store.database import Connection

_POINT = "<BIIdd"
_LITTLE_ENDIAN, _POINT_WITH_SRID, _WGS84 = 1, 0x20000001, 4326


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a station: its facts and what was done then."""

    station_id: int
    version: int
    revision: int | None
    valid_from: datetime
    valid_to: datetime | None
    state: str
    actor_id: int | None
    request_id: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """A change that somebody asked for.

    Attributes:
        current: the facts as they are.
        requester: the name of who asked, empty where the acting person may not know it.
        roles: those the acting person has in the scope of the station's union.
    """

    id: int
    station_id: int
    revision: int
    changes: dict[str, Any]
    reason: str
    state: str
    requested_by: int | None
    requested_at: datetime
    decided_by: int | None
    decided_at: datetime | None
    decision: str
    current: dict[str, Any]
    code: str | None
    station_state: str
    union_id: int | None
    requester: str
    roles: frozenset[str]


def facts(connection: Connection, station_id: int) -> dict[str, Any] | None:
    """Return the facts of a station, None if the acting person does not see it."""
    row = connection.execute(
        "SELECT core_facts(s) FROM station s WHERE id = %s", (station_id,)
    ).fetchone()
    return None if row is None else outside(row[0])


def enter(connection: Connection, values: Mapping[str, Any]) -> int:
    """Enter a draft with these facts; return its id."""
    columns = [sql.Identifier(column) for column in values]
    statement = sql.SQL(
        "INSERT INTO station (state, {columns}) SELECT 'draft', {wanted}"
        " FROM jsonb_populate_record(NULL::station, %(values)s) w RETURNING id"
    ).format(
        columns=sql.SQL(", ").join(columns),
        wanted=sql.SQL(", ").join(sql.SQL("w.{}").format(column) for column in columns),
    )
    row = connection.execute(statement, {"values": Jsonb(_inside(values))}).fetchone()
    return 0 if row is None else int(row[0])


def edit(
    connection: Connection,
    station_id: int,
    changes: Mapping[str, Any],
    *,
    request_id: int | None = None,
) -> int | None:
    """Write fields of a station; return the new revision, None if it is out of scope.

    Args:
        request_id: the change request that this carries out.
    """
    columns = [sql.Identifier(column) for column in changes]
    statement = sql.SQL(
        "UPDATE station s SET ({columns}, change_request_id) = (SELECT {wanted},"
        " coalesce(%(request)s, s.change_request_id)"
        " FROM jsonb_populate_record(s, %(changes)s) w) WHERE s.id = %(id)s RETURNING s.revision"
    ).format(
        columns=sql.SQL(", ").join(columns),
        wanted=sql.SQL(", ").join(sql.SQL("w.{}").format(column) for column in columns),
    )
    values = {"request": request_id, "changes": Jsonb(_inside(changes)), "id": station_id}
    row = connection.execute(statement, values).fetchone()
    return None if row is None else int(row[0])


def ask(
    connection: Connection, station_id: int, changes: Mapping[str, Any], *, reason: str
) -> int | None:
    """Ask for a change of locked facts; return the id of the request, None if one is open."""
    row = connection.execute(
        "INSERT INTO change_request (station_id, revision, changes, reason)"
        " VALUES (%s, 0, %s, %s) ON CONFLICT (station_id) WHERE state = 'open' DO NOTHING"
        " RETURNING id",
        (station_id, Jsonb(_inside(changes)), reason),
    ).fetchone()
    return None if row is None else int(row[0])


def close(connection: Connection, request_id: int, *, state: str, decision: str) -> bool:
    """Refuse or withdraw an open request; return whether it was one."""
    done = connection.execute(
        "UPDATE change_request SET state = %s, decision = %s WHERE id = %s AND state = 'open'",
        (state, decision, request_id),
    )
    return done.rowcount == 1


def asked_by_keeper(connection: Connection, request_id: int) -> bool:
    """Whether a request is a keeper's, who has no desk at which notices are read."""
    row = connection.execute("SELECT asked_by_keeper(%s)", (request_id,)).fetchone()
    return row is not None and bool(row[0])


def lapsed(connection: Connection, station_id: int) -> list[ChangeRequest]:
    """Return the requests that ended because the station left."""
    rows = connection.execute(
        f"{_REQUEST} WHERE c.state = 'lapsed' AND c.station_id = %s ORDER BY c.id", (station_id,)
    ).fetchall()
    return [_request(row) for row in rows]


_REQUEST = (
    "SELECT c.id, c.station_id, c.revision, c.changes, c.reason, c.state, c.requested_by,"
    " c.requested_at, c.decided_by, c.decided_at, c.decision, core_facts(s), s.code, s.state,"
    " s.union_id, coalesce((SELECT p.name FROM station_people(s.id) p"
    " WHERE p.id = c.requested_by), ''), acting_roles(s.union_id)"
    " FROM change_request c JOIN station s ON s.id = c.station_id"
)


def request(connection: Connection, request_id: int) -> ChangeRequest | None:
    """Return a change request, None if the acting person does not see it."""
    row = connection.execute(f"{_REQUEST} WHERE c.id = %s", (request_id,)).fetchone()
    return None if row is None else _request(row)


def open_requests(
    connection: Connection, *, station_id: int | None = None, after_id: int = 0, most: int = 200
) -> list[ChangeRequest]:
    """Return open requests of the acting person's scope, the oldest first."""
    rows = connection.execute(
        f"{_REQUEST} WHERE c.state = 'open' AND (%(id)s::bigint IS NULL OR c.station_id = %(id)s)"
        " AND c.id > %(after)s ORDER BY c.id LIMIT %(most)s",
        {"id": station_id, "after": after_id, "most": most},
    ).fetchall()
    return [_request(row) for row in rows]


# the columns a version has beside its facts are put back among them
_VERSION = (
    "SELECT v.station_id, v.version, v.revision, v.valid_from, v.valid_to, v.state, v.actor_id,"
    " v.request_id, v.facts || jsonb_build_object('place', encode(ST_AsEWKB(v.place), 'hex'),"
    " 'union_id', v.union_id, 'verified', v.verified) FROM station_version v"
)


def versions(connection: Connection, station_id: int) -> list[Version]:
    """Return all versions of a station that the acting person may see, the oldest first."""
    rows = connection.execute(
        f"{_VERSION} WHERE v.station_id = %s ORDER BY v.version", (station_id,)
    ).fetchall()
    return [_version(row) for row in rows]


def newest_versions(
    connection: Connection, station_id: int, *, before: int | None, most: int
) -> list[Version]:
    """Return the last versions of a station before one of them, the newest first."""
    rows = connection.execute(
        f"{_VERSION} WHERE v.station_id = %(id)s"
        " AND (%(before)s::integer IS NULL OR v.version < %(before)s)"
        " ORDER BY v.version DESC LIMIT %(most)s",
        {"id": station_id, "before": before, "most": most},
    ).fetchall()
    return [_version(row) for row in rows]


def version_of(connection: Connection, station_id: int, *, revision: int) -> Version | None:
    """Return the version that a revision left."""
    row = connection.execute(
        f"{_VERSION} WHERE v.station_id = %s AND v.revision = %s ORDER BY v.version DESC LIMIT 1",
        (station_id, revision),
    ).fetchone()
    return None if row is None else _version(row)


def version_at(connection: Connection, station_id: int, *, moment: datetime) -> Version | None:
    """Return the version that held at a moment."""
    row = connection.execute(
        f"{_VERSION} WHERE v.station_id = %(id)s AND v.valid_from <= %(at)s"
        " AND (v.valid_to IS NULL OR v.valid_to > %(at)s) ORDER BY v.version DESC LIMIT 1",
        {"id": station_id, "at": moment},
    ).fetchone()
    return None if row is None else _version(row)


def versions_at(
    connection: Connection, *, moment: datetime, after_id: int = 0, most: int = 100
) -> list[Version]:
    """Return the versions that held at a moment, by station id from one on."""
    rows = connection.execute(
        f"{_VERSION} WHERE v.station_id > %(after)s AND v.valid_from <= %(at)s"
        " AND (v.valid_to IS NULL OR v.valid_to > %(at)s) ORDER BY v.station_id LIMIT %(most)s",
        {"after": after_id, "at": moment, "most": most},
    ).fetchall()
    return [_version(row) for row in rows]


def people(connection: Connection, station_id: int) -> dict[int, str]:
    """Return the names of those who had to do with a station of the person's scope, by id."""
    rows = connection.execute("SELECT id, name FROM station_people(%s)", (station_id,)).fetchall()
    return {int(id_): str(name) for id_, name in rows}


def _request(row: tuple[Any, ...]) -> ChangeRequest:
    values = list(row)
    values[3], values[11] = outside(values[3]), outside(values[11])
    values[16] = frozenset(values[16])
    return ChangeRequest(*values)


# what a version says that is older than these columns
_EMPTY: dict[str, Any] = {
    "service_details": {}, "functions": [], "venues": [], "agreement_number": "",
}  # fmt: skip


def _version(row: tuple[Any, ...]) -> Version:
    values = list(row)
    values[-1] = outside({**_EMPTY, **values[-1]})
    return Version(*values)


def _inside(values: Mapping[str, Any]) -> dict[str, Any]:
    place = values.get("place")
    if place is None:
        return dict(values)
    packed = struct.pack(_POINT, _LITTLE_ENDIAN, _POINT_WITH_SRID, _WGS84, *map(float, place))
    return {**values, "place": packed.hex()}


def outside(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts with the place as [longitude, latitude]."""
    place = values.get("place")
    if place is None:
        return dict(values)
    return {**values, "place": list(struct.unpack(_POINT, bytes.fromhex(place))[3:])}
