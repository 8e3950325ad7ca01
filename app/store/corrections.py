"""Corrections to walking networks, as they are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.types.json import Jsonb

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class CorrectionRecord:
    """A row of table ``network_correction``; geometry is WKB in WGS-84."""

    id: str
    action: str
    geometry: bytes
    says: dict[str, Any]
    note: str
    since: date | None


def every(connection: Connection) -> list[CorrectionRecord]:
    """Return all corrections by id."""
    rows = connection.execute(
        "SELECT id, action, ST_AsBinary(geometry), says, note, since FROM network_correction"
        ' ORDER BY id COLLATE "C"'
    ).fetchall()
    return [CorrectionRecord(*row) for row in rows]


def upsert(connection: Connection, records: Sequence[CorrectionRecord]) -> int:
    """Write corrections, each in place of one of its id; return how many were new."""
    new = 0
    for record in records:
        row = connection.execute(
            "INSERT INTO network_correction (id, action, geometry, says, note, since)"
            " VALUES (%s, %s, ST_GeomFromWKB(%s, 4326), %s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET (action, geometry, says, note, since, changed_at)"
            " = (excluded.action, excluded.geometry, excluded.says, excluded.note,"
            " excluded.since, clock_timestamp()) RETURNING xmax = 0",
            (
                record.id,
                record.action,
                record.geometry,
                Jsonb(record.says),
                record.note,
                record.since,
            ),
        ).fetchone()
        new += bool(row is not None and row[0])
    return new


def remove_except(connection: Connection, ids: Sequence[str]) -> int:
    """Remove all corrections but some; return how many were removed."""
    return connection.execute(
        "DELETE FROM network_correction WHERE NOT id = ANY(%s)", (list(ids),)
    ).rowcount
