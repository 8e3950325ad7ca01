"""The connection pool: one owner, opened by who serves and closed at the end."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import structlog
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from app.domain.errors import DatabaseDown, Unavailable

Connection = psycopg.Connection[TupleRow]
CHANNEL = "harbor_changed"
# an attempt that fails is not retried for longer: the next request makes its own at once
RETRY_SECONDS = 2.0
CONNECT_SECONDS = 5
# a caller waits so long for a connection, and looks this often whether an attempt failed
PATIENCE_SECONDS = 5.0
LOOK_SECONDS = 0.2
# after a failed attempt everybody is refused at once for so long: waiting would hold the
# threads that answer riders from memory
REFUSING_SECONDS = 2.0

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
            timeout=PATIENCE_SECONDS,
            reconnect_timeout=RETRY_SECONDS,
            open=False,
            kwargs={
                "autocommit": True,
                "application_name": "harbor",
                "connect_timeout": CONNECT_SECONDS,
            },
            check=ConnectionPool.check_connection,
        )
        self._lock = threading.Lock()
        self._held = threading.local()
        self._refusing_until: float | None = None

    def open(self) -> None:
        """Start lending; connections are made when they are first needed."""
        self._pool.open()

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection; who holds one outside any transaction is lent the same again.

        As many callers as there are connections, each holding one and asking for a
        second, would wait for each other. Inside a transaction a second one is meant:
        it is not part of it.

        Raises:
            DatabaseDown: if none can be had, or it is lost on the way.
            Unavailable: if the server gives up: a full disk, a deadlock, a timeout.
        """
        try:
            with self._held_or_lent() as connection:
                yield connection
        except psycopg.OperationalError as error:
            if _lost(error):
                log.warning("database.lost", error=type(error).__name__)
                raise _down() from None
            log.error("database.gave_up", code=error.sqlstate, said=error.diag.message_primary)
            raise Unavailable(
                f"The database gave up (code {error.sqlstate}); nothing was changed.",
                remedy="Try again; if it stays, look into the log of the database.",
            ) from None

    def answers(self, *, within_seconds: float) -> bool:
        """Say whether the database answers, without waiting for long."""
        try:
            with self._lend(patience_seconds=within_seconds) as connection:
                connection.execute("SELECT 1")
        except (DatabaseDown, psycopg.OperationalError):
            return False
        return True

    @contextmanager
    def apart(self) -> Iterator[Connection]:
        """Open a connection beside the pool: who listens keeps it.

        Whether it can be had is what the next callers of the pool are told.

        Raises:
            DatabaseDown: if the server does not answer.
        """
        try:
            opened = connect(self.url)
        except DatabaseDown:
            self._failed()
            raise
        self._succeeded()
        with opened:
            yield opened

    @contextmanager
    def _held_or_lent(self) -> Iterator[Connection]:
        """Lend what this thread holds already, if it is idle, or another."""
        held: Connection | None = getattr(self._held, "connection", None)
        if held is not None and held.info.transaction_status is TransactionStatus.IDLE:
            yield held
            return
        with self._lend(patience_seconds=PATIENCE_SECONDS) as connection:
            self._held.connection = connection
            try:
                yield connection
            finally:
                self._held.connection = held

    @contextmanager
    def _lend(self, *, patience_seconds: float) -> Iterator[Connection]:
        connection = self._wait(patience_seconds=patience_seconds)
        try:
            with connection:
                yield connection
        finally:
            self._pool.putconn(connection)

    def _wait(self, *, patience_seconds: float) -> Connection:
        """Wait for a connection, no longer than until an attempt to make one fails."""
        self._admit()
        begun, failures = time.monotonic(), self._failures()
        while True:
            try:
                connection = self._pool.getconn(timeout=LOOK_SECONDS)
            except PoolTimeout:
                if self._failures() > failures:
                    self._failed()
                    raise _down() from None
                # every connection is lent, or the server is silent
                if time.monotonic() - begun >= patience_seconds:
                    raise _down() from None
            else:
                self._succeeded()
                return connection

    def _failures(self) -> int:
        """How many attempts of the pool to connect failed so far."""
        return self._pool.get_stats().get("connections_errors", 0)

    def _admit(self) -> None:
        """Refuse at once while the database is known to be down; then let one caller try."""
        with self._lock:
            if self._refusing_until is None:
                return
            now = time.monotonic()
            if now < self._refusing_until:
                raise _down()
            self._refusing_until = now + REFUSING_SECONDS

    def _failed(self) -> None:
        with self._lock:
            if self._refusing_until is None:
                log.warning("database.down")
            self._refusing_until = time.monotonic() + REFUSING_SECONDS

    def _succeeded(self) -> None:
        with self._lock:
            if self._refusing_until is not None:
                log.info("database.up")
            self._refusing_until = None


def _lost(error: psycopg.OperationalError) -> bool:
    """Whether the connection is gone, rather than one statement refused."""
    code = error.sqlstate
    return code is None or code.startswith(("08", "57P"))


def _down() -> DatabaseDown:
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
