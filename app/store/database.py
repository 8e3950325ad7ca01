"""The connection pool: one owner, opened by who serves and closed at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import structlog
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from app.domain.errors import DatabaseDown, Unavailable

Connection = psycopg.Connection[TupleRow]
CHANNEL = "harbor_changed"
# an attempt that fails is not retried for longer: the next request makes its own at once
RETRY_SECONDS = 2.0
CONNECT_SECONDS = 5

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
            reconnect_timeout=RETRY_SECONDS,
            open=False,
            kwargs={
                "autocommit": True,
                "application_name": "harbor",
                "connect_timeout": CONNECT_SECONDS,
            },
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
            Unavailable: if the server gives up: a full disk, a deadlock, a timeout.
        """
        try:
            with self._pool.connection() as connection:
                yield connection
        except PoolTimeout as error:
            raise _down(error) from None
        except psycopg.OperationalError as error:
            if _lost(error):
                raise _down(error) from None
            log.error("database.gave_up", code=error.sqlstate, said=error.diag.message_primary)
            raise Unavailable(
                f"The database gave up (code {error.sqlstate}); nothing was changed.",
                remedy="Try again; if it stays, look into the log of the database.",
            ) from None

    def answers(self, *, within_seconds: float) -> bool:
        """Say whether the database answers, without waiting for long."""
        try:
            with self._pool.connection(timeout=within_seconds) as connection:
                connection.execute("SELECT 1")
        except (PoolTimeout, psycopg.OperationalError):
            return False
        return True


def _lost(error: psycopg.OperationalError) -> bool:
    """Whether the connection is gone, rather than one statement refused."""
    code = error.sqlstate
    return code is None or code.startswith(("08", "57P"))


def _down(error: Exception) -> DatabaseDown:
    log.warning("database.down", error=type(error).__name__)
    return DatabaseDown("The database does not answer.")


def connect(url: str) -> Connection:
    """Open a single connection in autocommit mode.

    Raises:
        DatabaseDown: if the server does not answer.
    """
    try:
        return psycopg.connect(
            url, autocommit=True, application_name="harbor", connect_timeout=CONNECT_SECONDS
        )
    except psycopg.OperationalError:
        raise DatabaseDown("The database does not answer.") from None


def listen(connection: Connection, *, timeout_seconds: float) -> bool:
    """Wait for a change to be announced; return whether one was within the time."""
    heard: list[Any] = list(connection.notifies(timeout=timeout_seconds, stop_after=1))
    return bool(heard)


def start_listening(connection: Connection) -> None:
    """Ask to be told of changes on this connection."""
    connection.execute(f"LISTEN {CHANNEL}")
