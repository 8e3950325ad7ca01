"""Stations as they were: the versions that a trigger writes, read as of a moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from app.store.database import Connection


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
    union_id: int | None = None


def counting(connection: Connection, *, as_of: datetime) -> list[CountedStation]:
    """Return the stations that counted at a moment, from their versions, by id."""
    return _of_versions(connection, "t.counts", as_of)


def once_counted(
    connection: Connection, ids: Sequence[int]
) -> list[tuple[int, str | None, str, str, str]]:
    """Return id, number, name, state and survivor's name of those that ever counted."""
    return connection.execute(
        "SELECT s.id, s.code, s.name, s.state, coalesce(i.name, '') FROM station s"
        " LEFT JOIN station i ON i.id = s.merged_into WHERE s.id = ANY(%s) AND EXISTS ("
        " SELECT FROM station_version v JOIN station_state t USING (state)"
        " WHERE v.station_id = s.id AND t.counts) ORDER BY s.id",
        (list(ids),),
    ).fetchall()


def suspended(connection: Connection, *, as_of: datetime) -> list[CountedStation]:
    """Return the stations that were suspended at a moment, from their versions, by id."""
    return _of_versions(connection, "v.state = 'suspended'", as_of)


def _of_versions(
    connection: Connection, condition: LiteralString, as_of: datetime
) -> list[CountedStation]:
    rows = connection.execute(
        "SELECT v.station_id, v.facts->>'code', v.version, v.facts->>'name', ST_X(v.place),"
        " ST_Y(v.place), ARRAY(SELECT jsonb_array_elements_text(v.facts->'services')),"
        " v.facts->>'hours', v.union_id FROM station_version v JOIN station_state t USING (state)"
        f" WHERE {condition} AND v.place IS NOT NULL AND v.valid_from <= %(at)s"
        " AND (v.valid_to IS NULL OR v.valid_to > %(at)s) ORDER BY v.station_id",
        {"at": as_of},
    ).fetchall()
    return [
        CountedStation(id_, code, version, name, lon, lat, tuple(services), hours, union_id)
        for id_, code, version, name, lon, lat, services, hours, union_id in rows
    ]


@dataclass(frozen=True, slots=True)
class CountedStretch:
    """A stretch of time in which a station counted, its facts unchanged; no end if it does now."""

    id: int
    valid_from: datetime
    valid_to: datetime | None
    name: str
    longitude: float
    latitude: float
    services: tuple[str, ...]
    hours: str | None


def counted_stretches(
    connection: Connection, *, since: datetime, until: datetime
) -> list[CountedStretch]:
    """Return when stations counted between two moments, from their versions, by id and time."""
    rows = connection.execute(
        "SELECT v.station_id, v.valid_from, v.valid_to, v.facts->>'name', ST_X(v.place),"
        " ST_Y(v.place), ARRAY(SELECT jsonb_array_elements_text(v.facts->'services')),"
        " v.facts->>'hours' FROM station_version v JOIN station_state t USING (state)"
        " WHERE t.counts AND v.place IS NOT NULL AND v.valid_from <= %(until)s"
        " AND (v.valid_to IS NULL OR v.valid_to > %(since)s) ORDER BY v.station_id, v.version",
        {"since": since, "until": until},
    ).fetchall()
    return [
        CountedStretch(id_, begins, ends, name, lon, lat, tuple(services), hours)
        for id_, begins, ends, name, lon, lat, services, hours in rows
    ]


def first_version(connection: Connection) -> datetime | None:
    """Return when the first version of any station began."""
    row = connection.execute("SELECT min(valid_from) FROM station_version").fetchone()
    return None if row is None else row[0]


def newest_version(connection: Connection) -> datetime | None:
    """Return when the newest version of any station began."""
    row = connection.execute("SELECT max(valid_from) FROM station_version").fetchone()
    return None if row is None else row[0]


def load_history(
    connection: Connection,
    versions: Iterable[tuple[int, int, datetime, datetime | None, str, bool]],
) -> None:
    """Replace the versions of fresh stations by a made-up past (demo only).

    Each version is station id, version number, valid from and to, state, and
    whether verified; place, union and facts are the station's own, but for the reason,
    which is that of the newest. The newest
    version is that of the station's revision, as if it had been edited so often.
    """
    rows = list(versions)
    connection.execute(
        "DELETE FROM station_version WHERE station_id = ANY(%s)", ([row[0] for row in rows],)
    )
    connection.execute(
        "INSERT INTO station_version (station_id, version, valid_from, valid_to, state, verified,"
        " place, union_id, facts, revision) SELECT v.id, v.version, v.valid_from, v.valid_to,"
        " v.state, v.verified, s.place, s.union_id, station_facts(s)"
        " || CASE WHEN v.valid_to IS NULL THEN '{}' ELSE '{\"state_reason\": \"\"}' END::jsonb,"
        " s.revision - max(v.version) OVER (PARTITION BY v.id) + v.version"
        " FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[], %s::timestamptz[], %s::text[],"
        " %s::bool[])"
        " AS v (id, version, valid_from, valid_to, state, verified) JOIN station s USING (id)",
        tuple([row[i] for row in rows] for i in range(6)),
    )
