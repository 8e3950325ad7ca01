"""Coverage runs: what was asked, of what, and the figures."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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


@contextmanager
def computing(connection: Connection, digest: str) -> Iterator[None]:
    """Let one process compute the run of some inputs; others wait, then find it stored."""
    key = int(digest[:15], 16)
    connection.execute("SELECT pg_advisory_lock(%s)", (key,))
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (key,))


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


def latest(connection: Connection) -> CoverageRun | None:
    """Return the newest run."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM coverage_run ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return None if row is None else CoverageRun(*row)


def of_inputs(connection: Connection, digest: str) -> CoverageRun | None:
    """Return the run of these very inputs; there is at most one."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM coverage_run WHERE inputs_digest = %s", (digest,)
    ).fetchone()
    return None if row is None else CoverageRun(*row)
