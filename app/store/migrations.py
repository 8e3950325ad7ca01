"""The migration runner: numbered plain SQL files, forward only, each in one transaction.

yoyo keeps the list of what is applied. Its lock row is not used, because it outlives
a killed process; an advisory lock on a connection of its own goes with that connection.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from app.domain.errors import DatabaseDown, HarborError, MissingSystemPart, Unavailable
from app.settings import PROJECT
from app.store import _yoyo
from app.store._extension import ensure_postgis
from app.store._yoyo import Backend, SqlFile

FOLDER = PROJECT / "migrations"
OLDEST_SERVER = 150000
LOCK_SECONDS = 900.0

# "harbor" as a number: the same for every version, so that they exclude each other
LOCK_KEY = 0x686172626F72

Hook = Callable[[psycopg.Connection[Any]], None]


class MigrationError(HarborError):
    """The migration files and the database do not fit each other, or a file fails."""


def migrate(url: str, *, folder: Path = FOLDER, synchronise: Hook | None = None) -> list[str]:
    """Apply every pending migration and bring the reference tables up to the code.

    Each file runs in one transaction together with its entry in the list. Several
    processes may call this at once: one works, the others wait and find nothing to do.

    Args:
        url: connection URL of a role that owns the database.
        folder: where the numbered files are.
        synchronise: called in a transaction at the end, also when nothing was
            pending; :func:`app.store.reference.synchronise` if None.

    Returns:
        The ids applied by this call, in order.

    Raises:
        MigrationError: a file is misnamed, was changed after it was applied, comes
            before one that is applied, or fails; or the database is newer than the files.
        MissingSystemPart: the server is too old or has no PostGIS.
        DatabaseDown: it cannot be reached.
        Unavailable: another process has been migrating for a quarter of an hour.
    """
    files = _read(folder)
    with _locked(url), Backend(url) as backend:
        ensure_postgis(backend.connection)
        backend.prepare()
        due = _due(files, backend.applied())
        for file in due:
            _apply(backend, file)
        with backend.connection.transaction():
            (synchronise or _reference())(backend.connection)
    return [file.id for file in due]


def current(url: str) -> str | None:
    """Return the id of the last migration applied, or None for an empty database."""
    with _connected(url) as connection:
        applied = _yoyo.read_applied(connection)
    return max(applied, default=None)


def pending(url: str, *, folder: Path = FOLDER) -> list[str]:
    """Return the ids not yet applied, in order; changes nothing.

    Raises:
        MigrationError: as :func:`migrate`.
    """
    with _connected(url) as connection:
        applied = _yoyo.read_applied(connection)
    return [file.id for file in _due(_read(folder), applied)]


def _read(folder: Path) -> list[SqlFile]:
    files = [SqlFile(path) for path in sorted(folder.glob("*.sql"))]
    numbers: set[str] = set()
    for file in files:
        if not file.well_named:
            raise MigrationError(
                f"The migration {file.path} must be named like 0001_short_name.sql "
                "and begin with a comment that says what it is for"
            )
        if file.number in numbers:
            raise MigrationError(f"Two migrations in {folder} have the number {file.number}")
        numbers.add(file.number)
    return files


def _due(files: list[SqlFile], applied: dict[str, str]) -> list[SqlFile]:
    """Return what is left to apply, after checking that the rest is what it was."""
    known = {file.id: file for file in files}
    newer = sorted(set(applied) - set(known))
    if newer:
        raise MigrationError(
            f"The database holds migrations that this version of Harbor does not know: "
            f"{', '.join(newer)}",
            remedy="Run the version that made it, or a newer one.",
        )
    changed = [name for name, digest in applied.items() if known[name].digest != digest]
    if changed:
        raise MigrationError(
            f"Migrations were changed after they had been applied: {', '.join(sorted(changed))}",
            remedy="Put the files back as they were and write the change as a new migration.",
        )
    last = max(applied, default="")
    late = [file.id for file in files if file.id not in applied and file.id < last]
    if late:
        raise MigrationError(
            f"Migrations come before {last}, which is applied already: {', '.join(late)}",
            remedy="Give them the next free numbers.",
        )
    return [file for file in files if file.id not in applied]


def _apply(backend: Backend, file: SqlFile) -> None:
    try:
        backend.apply_one(file)
    except psycopg.Error as error:
        text = error.diag.message_primary or str(error)
        detail = f" ({error.diag.message_detail})" if error.diag.message_detail else ""
        raise MigrationError(
            f"The migration {file.path.name}{file.line_of(error)} failed and was undone: "
            f"{text}{detail}",
            remedy="Nothing of this file was kept; those before it are applied.",
        ) from error


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        host = conninfo_to_dict(url).get("host") or "the default host"
        raise DatabaseDown(f"Could not connect to the database on {host}: {error}") from error
    with connection:
        yield connection


@contextmanager
def _locked(url: str) -> Iterator[None]:
    """Hold the advisory lock on a connection of its own.

    Asks again and again instead of waiting inside one statement, whose snapshot
    would hold up an index that is built concurrently.
    """
    deadline = time.monotonic() + LOCK_SECONDS
    with _connected(url) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            raise MissingSystemPart(
                f"The database server is PostgreSQL {connection.info.server_version // 10000}; "
                f"Harbor needs {OLDEST_SERVER // 10000} or newer"
            )
        while not _taken(connection):
            if time.monotonic() > deadline:
                raise Unavailable(
                    "Another process has been migrating the database for "
                    f"{LOCK_SECONDS / 60:.0f} minutes",
                    remedy="Wait for it or end it, then try again.",
                )
            time.sleep(0.1)
        yield


def _taken(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY]).fetchone()
    return row is not None and row[0]


def _reference() -> Hook:
    # it needs the tables that migrations make, so it is looked up only now
    from app.store import reference  # noqa: PLC0415

    return reference.synchronise
