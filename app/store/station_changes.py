"""What became of public stations, version by version, in an order that never changes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.store.database import Connection

EARLIEST = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place among all versions; the next one is after it."""

    at: datetime = EARLIEST
    station_id: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class PublicFacts:
    """What the public was told of a station by one version; place in WGS-84."""

    code: str
    state: str
    verified: bool
    longitude: float
    latitude: float
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One version beside the one before; None where the station was not public.

    Attributes:
        state: of the record now.
        survivor: the number of the station that it was merged into.
    """

    mark: Mark
    state: str
    before: PublicFacts | None
    now: PublicFacts | None
    survivor: str | None


_PUBLIC = (
    "CASE WHEN {0}t.public AND {0}.place IS NOT NULL AND {0}.facts->>'code' IS NOT NULL THEN"
    " json_build_array({0}.facts->>'code', {0}.state, {0}.verified, ST_X({0}.place),"
    " ST_Y({0}.place), (SELECT json_object_agg(key, value) FROM jsonb_each({0}.facts)"
    " WHERE key = ANY(%(keys)s))) END"
)


def settled_until(connection: Connection) -> datetime:
    """Return before when every version is there to be read.

    A version has the time at which it was written, within a transaction that may end later:
    what began is waited for. To be asked in a statement of its own, before the versions.
    """
    row = connection.execute(
        "SELECT coalesce(min(xact_start), clock_timestamp()) FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend'"
        " AND pid <> pg_backend_pid()"
    ).fetchone()
    return EARLIEST if row is None else row[0]


def after(
    connection: Connection, mark: Mark, *, until: datetime, keys: list[str], most: int
) -> list[Step]:
    """Return the versions after a mark and before a moment, in order.

    Args:
        keys: the facts that the public is told.
        most: how many versions at most.
    """
    rows = connection.execute(
        "SELECT v.valid_from, v.station_id, v.version, v.state,"
        f" {_PUBLIC.format('p')}, {_PUBLIC.format('v')}, m.code"
        " FROM station_version v JOIN station_state vt ON vt.state = v.state"
        " LEFT JOIN station_version p ON p.station_id = v.station_id AND p.version = v.version - 1"
        " LEFT JOIN station_state pt ON pt.state = p.state"
        " LEFT JOIN station m ON m.id = (v.facts->>'merged_into')::bigint"
        " WHERE (v.valid_from, v.station_id, v.version) > (%(at)s, %(station)s, %(version)s)"
        " AND v.valid_from < %(until)s"
        " ORDER BY v.valid_from, v.station_id, v.version LIMIT %(most)s",
        {"at": mark.at, "station": mark.station_id, "version": mark.version, "until": until,
         "keys": keys, "most": most},
    ).fetchall()  # fmt: skip
    return [
        Step(Mark(at, station, version), state, _facts(before), _facts(now), survivor)
        for at, station, version, state, before, now, survivor in rows
    ]


def _facts(told: list[Any] | None) -> PublicFacts | None:
    if told is None:
        return None
    code, state, verified, longitude, latitude, facts = told
    return PublicFacts(code, state, verified, longitude, latitude, facts or {})
