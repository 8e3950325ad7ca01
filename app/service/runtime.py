"""What a process of Harbor holds: settings, the database, the current snapshot."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import structlog

from app.domain.errors import HarborError
from app.service import snapshot as snapshots
from app.service.names import Names
from app.service.plan.shelf import Shelf
from app.service.snapshot import Snapshot
from app.service.vault import FILE_NAME, Vault
from app.settings import Settings
from app.store import database
from app.store.database import Connection, Database

log = structlog.get_logger(__name__)

LISTEN_SECONDS = 1.0
# a change that nobody announced is seen after this long
RESYNC_SECONDS = 60.0
# a burst of changes is read once
SETTLE_SECONDS = 0.2


class Runtime:
    """Own the database pool and keep one snapshot fresh.

    While the database is up a snapshot is at most two seconds behind it;
    while it is down the last one stays.
    """

    def __init__(self, settings: Settings, url: str) -> None:
        self.settings = settings
        self.database = Database(url)
        self.vault = Vault(
            settings.key_file or settings.var / FILE_NAME,
            made_at_need=settings.key_file is None,
        )
        self.names = Names(self.database)
        self.shelf = Shelf()
        self._snapshot: Snapshot | None = None
        self._taking = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        # what the watching thread said last
        self._complaint = ""

    def start(self, *, watch: bool) -> None:
        """Open the pool; with ``watch`` a thread listens for changes."""
        self.database.open()
        if watch:
            self._thread = threading.Thread(target=self._watch, name="snapshot", daemon=True)
            self._thread.start()
            self.names.start()

    def stop(self) -> None:
        """End the watching thread and close the pool."""
        self._stop.set()
        self.names.stop()
        if self._thread is not None:
            self._thread.join(timeout=2 * LISTEN_SECONDS + 5)
        self.database.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection to the database, or raise :class:`DatabaseDown`."""
        with self.database.connection() as connection:
            yield connection

    def snapshot(self) -> Snapshot:
        """Return the current snapshot, taking the first one if need be.

        Raises:
            DatabaseDown: if none was ever taken and the database is down.
        """
        current = self._snapshot
        return current if current is not None else self.refresh()

    def refresh(self) -> Snapshot:
        """Take a new snapshot now."""
        with self._taking:
            with self.database.connection() as connection:
                taken = snapshots.take(
                    connection,
                    self.settings.networks,
                    max_snap_metres=self.settings.max_snap_metres,
                    before=self._snapshot,
                )
            self._snapshot = taken
            self.names.follow(taken)
            return taken

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except (HarborError, psycopg.Error, OSError) as error:
                self._complain(error)
            except Exception as error:  # whatever it is, the next change is to be seen
                log.error("snapshot.failed", exc_info=error)
            self._stop.wait(LISTEN_SECONDS)

    def _complain(self, error: Exception) -> None:
        """Say why the snapshot stays as it is, once for as long as the reason stays."""
        complaint = f"{type(error).__name__}: {error}"
        if complaint != self._complaint:
            self._complaint = complaint
            log.warning("snapshot.stale", error=complaint, remedy=getattr(error, "remedy", ""))

    def _follow(self) -> None:
        """Listen on one connection until it breaks; what was missed before is read first."""
        with self.database.apart() as connection:
            database.start_listening(connection)
            self.refresh()
            self._complaint = ""
            refreshed = time.monotonic()
            while not self._stop.is_set():
                heard = database.listen(connection, timeout_seconds=LISTEN_SECONDS)
                if heard:
                    self._stop.wait(SETTLE_SECONDS)
                if heard or time.monotonic() - refreshed > RESYNC_SECONDS:
                    self.refresh()
                    refreshed = time.monotonic()
