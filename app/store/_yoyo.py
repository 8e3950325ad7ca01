"""yoyo-migrations, bent to two rules: no lock row, and a file and its entry in one transaction."""

import getpass
import hashlib
import re
import socket
import types
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import Migration, StepCollector, default_migration_table

LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "15min"

NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")

DIGESTS = """
CREATE TABLE IF NOT EXISTS migration_file (
    id text PRIMARY KEY,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


class SqlFile(Migration):  # type: ignore[misc]
    """One numbered SQL file, run as a whole: PostgreSQL itself finds the statements in it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.stem, str(path), str(path.parent))
        self.path: Path = path
        # a checkout may change line ends; the statements stay the same
        self.text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
        self.digest = hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def number(self) -> str:
        """The four digits its name begins with."""
        return self.path.name[:4]

    @property
    def well_named(self) -> bool:
        """Whether the name has a number and the text begins with a comment."""
        return bool(NAME.fullmatch(self.path.name)) and self.text.startswith("-- ")

    def load(self) -> None:
        """Make the single step that this migration is."""
        if self.loaded:
            return
        self.module = types.ModuleType(self.id)
        collector = StepCollector(migration=self)
        collector.add_step(self.text)
        self._depends: set[Migration] = set()
        self.steps = collector.create_steps(self.use_transactions)

    def line_of(self, error: psycopg.Error) -> str:
        """Return ``, line N`` if the server said where it stopped, or nothing."""
        position = error.diag.statement_position
        if position is None:
            return ""
        return f", line {self.text.count(chr(10), 0, int(position)) + 1}"


class Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """A connection in autocommit mode that applies migrations."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(DatabaseURI("", None, None, None, None, None, {}), default_migration_table)

    def connect(self, dburi: object) -> psycopg.Connection[Any]:
        """Connect by the URL itself, which may name a socket."""
        connection = psycopg.connect(self.url, autocommit=True, connect_timeout=10)
        # a statement of ours stops when our process is killed
        connection.execute("SET client_connection_check_interval = '1s'")
        return connection

    @contextmanager
    def lock(self, timeout: float = 0) -> Iterator[None]:
        """Take no lock: the caller holds one that cannot be left behind."""
        yield

    def get_log_data(
        self, migration: SqlFile | None = None, operation: str = "apply"
    ) -> dict[str, object]:
        """Say who did it, without asking a name server for this host."""
        return {
            "id": str(uuid.uuid4()),
            "migration_id": migration and migration.id,
            "migration_hash": migration and migration.hash,
            "username": getpass.getuser(),
            "hostname": socket.gethostname(),
            "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
            "operation": operation,
        }

    def prepare(self) -> None:
        """Make the tables that hold what is applied."""
        self.ensure_internal_schema_updated()
        with psycopg_notices_off(self.connection):
            self.execute(DIGESTS)

    def applied(self) -> dict[str, str]:
        """Return what is applied, as digest of the file by id."""
        return read_applied(self.connection)

    def apply_one(self, migration: SqlFile, force: bool = False, mark: bool = True) -> None:
        """Run one file and list it, both or neither."""
        with self.transaction():
            self.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            self.execute(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
            migration.process_steps(self, "apply", force=force)
            # whatever the file has set ends here
            for name in ("ROLE", "search_path"):
                self.execute(f"RESET {name}")
            self.log_migration(migration, "apply")
            self.mark_one(migration, log=False)
            self.connection.execute(
                "INSERT INTO migration_file (id, sha256) VALUES (%s, %s)",
                [migration.id, migration.digest],
            )


def read_applied(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Return what is applied, as digest of the file by id; empty before the first time."""
    found = connection.execute("SELECT to_regclass('migration_file')").fetchone()
    if found is None or found[0] is None:
        return {}
    rows = connection.execute("SELECT id, sha256 FROM migration_file ORDER BY id").fetchall()
    return dict(rows)


@contextmanager
def psycopg_notices_off(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Keep the server from saying that a table is there already."""
    connection.execute("SET client_min_messages = warning")
    try:
        yield
    finally:
        connection.execute("RESET client_min_messages")
