"""The connection pool: one owner, opened by who serves and closed at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import structlog
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from app.domain.errors import DatabaseDown

Connection = psycopg.Connection[TupleRow]
CHANNEL = "harbor_changed"

log = structlog.get_logger(__name__)


class Database:
    """Lend connections to one PostGIS database.

    Connections are in autocommit mode: only ``with connection.transaction()``
    begins and ends anything, and it nests.
    """

    def __init__(self, url: str, *, most: int = 8) -> None:
        self.url = url
        self._pool = ConnectionPool(
            url,
            min_size=0,
            max_size=most,
            timeout=5.0,
            open=False,
            kwargs={"autocommit": True, "application_name": "harbor"},
            check=ConnectionPool.check_connection,
        )

    def open(self) -> None:
        """Start lending; connections are made when they are first needed."""
        self._pool.open()

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection.

        Raises:
            DatabaseDown: if none can be had, or it is lost on the way.
        """
        try:
            with self._pool.connection() as connection:
                yield connection
        except (PoolTimeout, psycopg.OperationalError) as error:
            if isinstance(error, psycopg.errors.QueryCanceled):
                raise
            log.warning("database.down", error=type(error).__name__)
            raise DatabaseDown("The database does not answer.") from None


def connect(url: str) -> Connection:
    """Open a single connection in autocommit mode.

    Raises:
        DatabaseDown: if the server does not answer.
    """
    try:
        return psycopg.connect(url, autocommit=True, application_name="harbor", connect_timeout=5)
    except psycopg.OperationalError:
        raise DatabaseDown("The database does not answer.") from None


def listen(connection: Connection, *, timeout_seconds: float) -> bool:
    """Wait for a change to be announced; return whether one was within the time."""
    heard: list[Any] = list(connection.notifies(timeout=timeout_seconds, stop_after=1))
    return bool(heard)


def start_listening(connection: Connection) -> None:
    """Ask to be told of changes on this connection."""
    connection.execute(f"LISTEN {CHANNEL}")
