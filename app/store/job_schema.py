"""The tables of procrastinate, made and renewed from what the installed package brings.

They lie beside ours in the schema ``public`` and belong to the role that owns the database;
nobody else has a right on them. A backup holds them like every other table, so a restored
database finds its waiting jobs again, and one from before they existed gets them at the
migration that every restore ends with.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from app.domain.errors import MissingSystemPart

VERSIONS = """
CREATE TABLE IF NOT EXISTS job_schema (
    file text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


def bring_up(connection: "psycopg.Connection[Any]") -> list[str]:
    """Make the tables, or apply what a newer package changes in them, in one transaction.

    Returns:
        The files applied by this call, in order; none if all is as the package has it.

    Raises:
        MissingSystemPart: if procrastinate is not installed.
    """
    folder = _folder()
    # pre and post of a version sort in the order they are to be applied
    files = sorted(folder.joinpath("migrations").glob("*.sql"))
    with connection.transaction():
        if _is_there(connection, "job_schema"):
            rows = connection.execute("SELECT file FROM job_schema").fetchall()
            last = max((str(row[0]) for row in rows), default="")
            due = [file for file in files if file.name > last]
        else:
            connection.execute(VERSIONS)
            due = []
            if not _is_there(connection, "procrastinate_jobs"):
                connection.execute(folder.joinpath("schema.sql").read_bytes())
            if files:
                _note(connection, files[-1].name)
        for file in due:
            connection.execute(file.read_bytes())
            _note(connection, file.name)
    return [file.name for file in due]


def _note(connection: "psycopg.Connection[Any]", name: str) -> None:
    connection.execute("INSERT INTO job_schema (file) VALUES (%s)", (name,))


def _is_there(connection: "psycopg.Connection[Any]", table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s)", (f"public.{table}",)).fetchone()
    return row is not None and row[0] is not None


def _folder() -> Path:
    """Find the package's SQL without importing the package."""
    spec = find_spec("procrastinate")
    if spec is None or not spec.submodule_search_locations:
        raise MissingSystemPart(
            "The package procrastinate is not installed.", remedy="Run `make setup`."
        )
    return Path(spec.submodule_search_locations[0]) / "sql"
