"""Walking networks known to the register; their arrays lie in files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class NetworkRecord:
    """A row of table ``network``; bounds are west, south, east, north in WGS-84."""

    name: str
    digest: str
    junctions: int
    edges: int
    metres: float
    bounds: tuple[float, float, float, float]
    facts: dict[str, Any]
    built_at: datetime


_COLUMNS = "name, digest, junctions, edges, metres, bounds, facts, built_at"


def _record(row: tuple[Any, ...]) -> NetworkRecord:
    name, digest, junctions, edges, metres, bounds, facts, built_at = row
    west, south, east, north = bounds
    return NetworkRecord(
        name, digest, junctions, edges, metres, (west, south, east, north), facts, built_at
    )


def save(
    connection: Connection,
    *,
    name: str,
    digest: str,
    junctions: int,
    edges: int,
    metres: float,
    bounds: tuple[float, float, float, float],
    facts: Mapping[str, Any],
) -> None:
    """Insert or replace a network; its base map is left to :mod:`app.store.basemap`."""
    connection.execute(
        "INSERT INTO network (name, digest, junctions, edges, metres, bounds, facts)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (name) DO UPDATE SET (digest, junctions, edges, metres, bounds, facts,"
        " built_at) = (excluded.digest, excluded.junctions, excluded.edges, excluded.metres,"
        " excluded.bounds, excluded.facts, clock_timestamp())",
        (name, digest, junctions, edges, metres, list(bounds), Jsonb(dict(facts))),
    )


def every(connection: Connection) -> list[NetworkRecord]:
    """Return all networks by name."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM network ORDER BY name").fetchall()
    return [_record(row) for row in rows]


def find(connection: Connection, name: str) -> NetworkRecord | None:
    """Return one network."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM network WHERE name = %s", (name,)).fetchone()
    return None if row is None else _record(row)
