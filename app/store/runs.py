"""Coverage runs: what was asked, of what, and the figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class CoverageRun:
    """A row of table ``coverage_run``."""

    id: int
    inputs: dict[str, Any]
    inputs_digest: str
    result: dict[str, Any]
    made_at: datetime


_COLUMNS = "id, inputs, inputs_digest, result, made_at"


def save(
    connection: Connection, inputs: Mapping[str, Any], digest: str, result: Mapping[str, Any]
) -> int:
    """Store a run and return its number."""
    row = connection.execute(
        "INSERT INTO coverage_run (inputs, inputs_digest, result) VALUES (%s, %s, %s) RETURNING id",
        (Jsonb(dict(inputs)), digest, Jsonb(dict(result))),
    ).fetchone()
    return 0 if row is None else int(row[0])


def find(connection: Connection, run: int) -> CoverageRun | None:
    """Return one run."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM coverage_run WHERE id = %s", (run,)
    ).fetchone()
    return None if row is None else CoverageRun(*row)


def latest(connection: Connection, *, inputs_digest: str | None = None) -> CoverageRun | None:
    """Return the newest run, or the newest with these very inputs."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM coverage_run WHERE %(digest)s::text IS NULL"
        " OR inputs_digest = %(digest)s ORDER BY id DESC LIMIT 1",
        {"digest": inputs_digest},
    ).fetchone()
    return None if row is None else CoverageRun(*row)
