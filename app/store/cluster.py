"""The private PostgreSQL cluster under ``var``: started, found again, stopped.

It listens on a unix socket only, lets in by the account of the operating system
(peer, with an ident map) and outlives the process that started it.
"""

import fcntl
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from app.domain.errors import DatabaseDown, MissingSystemPart, Unavailable
from app.settings import Settings
from app.store import _configuration, _place, _postmaster, _programs
from app.store._extension import ensure_postgis, postgis_version
from app.store._place import Place

DATABASE = "harbor"
LOCK_SECONDS = 180.0
CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """What is known of a private cluster without touching it.

    Attributes:
        running: whether its server is alive.
        pid: the process id of the server, None when it is stopped.
        folder: where data, log and sockets are, None before it is first started.
        account: the account of the operating system it runs as.
        major: PostgreSQL's major version of the data.
    """

    running: bool
    pid: int | None = None
    folder: Path | None = None
    account: str | None = None
    major: int | None = None


class Cluster:
    """The private cluster of one ``var`` folder. Making the object touches nothing."""

    def __init__(self, var: Path) -> None:
        self.var = var

    def ensure_running(self) -> str:
        """Bring up the cluster with database ``harbor`` and PostGIS, and return its URL.

        Makes it when there is none, starts it when it is stopped, waits for another
        process that is doing so.

        Raises:
            MissingSystemPart: PostgreSQL or PostGIS is not installed.
            ForbiddenHere: the cluster belongs to another account.
            Unavailable: it does not start, or another process has held the lock for minutes.
        """
        if self._answers():
            return self.url()
        with self._lock():
            place = _place.find(self.var) or self._initialise()
            if _postmaster.find(place) is None:
                _postmaster.start(place, _programs.find(major=_major(place)))
            self._await(place)
            self._ensure_database(place)
        return self.url()

    def stop(self) -> bool:
        """Stop the server and say whether it was running.

        Raises:
            Unavailable: it has not stopped within a minute.
        """
        with self._lock():
            place = _place.find(self.var)
            if place is None or _postmaster.find(place) is None:
                return False
            _postmaster.stop(place, _programs.find(major=_major(place)))
            if place.sockets.parent == _place.SHORT:
                shutil.rmtree(place.sockets, ignore_errors=True)
            return True

    def status(self) -> ClusterStatus:
        """Say what is there, starting nothing."""
        place = _place.find(self.var)
        if place is None:
            return ClusterStatus(False)
        pid = _postmaster.find(place)
        return ClusterStatus(pid is not None, pid, place.folder, place.account.name, _major(place))

    def url(self, database: str = DATABASE) -> str:
        """Return the connection URL of a database of this cluster, running or not.

        Raises:
            DatabaseDown: there is no cluster yet.
        """
        place = _place.find(self.var)
        if place is None:
            raise DatabaseDown(f"There is no private database under {self.var} yet")
        return _url(place, database)

    def _answers(self) -> bool:
        """Whether the database can be used as it is: the way taken nearly always."""
        place = _place.find(self.var)
        if place is None or _postmaster.find(place) is None:
            return False
        try:
            with psycopg.connect(
                _url(place, DATABASE), connect_timeout=CONNECT_SECONDS
            ) as connection:
                return postgis_version(connection) is not None
        except psycopg.OperationalError:
            return False

    def _initialise(self) -> Place:
        """Make a cluster beside its final place and rename it when it is whole."""
        programs = _programs.find()
        place = _place.choose(self.var)
        for left in place.folder.glob("half-*"):
            shutil.rmtree(left, ignore_errors=True)
        # a new name each time: the initdb of a killed process may still be at work in the last
        half = place.folder / f"half-{secrets.token_hex(4)}"
        place.account.make_private(half)
        options = {
            "--pgdata": str(half),
            "--username": _configuration.OWNER,
            "--encoding": "UTF8",
            "--locale": "C.UTF-8",
            "--auth-local": "peer",
            "--auth-host": "reject",
        }
        words = [word for option in options.items() for word in option]
        done = place.account.run(
            [programs.path("initdb"), "--data-checksums", "--no-instructions", *words]
        )
        if done.returncode != 0:
            raise _not_made(place, (done.stderr or done.stdout).strip())
        try:
            half.rename(place.data)
        except OSError as error:
            raise _not_made(place, f"{place.data} is not empty and no cluster") from error
        return place

    def _await(self, place: Place) -> None:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                psycopg.connect(_url(place, "postgres"), connect_timeout=CONNECT_SECONDS).close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline or "starting up" not in str(error):
                    raise DatabaseDown(
                        f"The private database in {place.folder} does not answer: {error}",
                        remedy=f"Look into {place.log}.",
                    ) from error
            time.sleep(0.1)

    def _ensure_database(self, place: Place) -> None:
        with psycopg.connect(_url(place, "postgres"), autocommit=True) as connection:
            known = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        with psycopg.connect(_url(place, DATABASE), autocommit=True) as connection:
            ensure_postgis(connection)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the lock of this cluster; the system lets it go with the process.

        Raises:
            Unavailable: another process has held it for three minutes.
        """
        home = self.var / "postgres"
        try:
            home.mkdir(parents=True, exist_ok=True)
            handle = (home / "lock").open("a")
        except PermissionError as error:
            raise Unavailable(
                f"Could not write into {home}: {error.strerror}",
                remedy="Run as the owner of that folder, or set HARBOR_VAR to one of your own.",
            ) from error
        except OSError as error:
            raise _place.unusable(self.var, error) from error
        with handle:
            deadline = time.monotonic() + LOCK_SECONDS
            while not _locked(handle.fileno()):
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"Another process has been starting or stopping the database of "
                        f"{self.var} for {LOCK_SECONDS:.0f} s",
                        remedy="Wait for it or end it, then try again.",
                    )
                time.sleep(0.05)
            yield


def connection_url(settings: Settings) -> str:
    """Return the URL of the database: the external one untouched, or the private one, started.

    Raises:
        MissingSystemPart, ForbiddenHere, Unavailable: as :meth:`Cluster.ensure_running`.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return Cluster(settings.var).ensure_running()


def programs_for(settings: Settings) -> _programs.Programs:
    """Return PostgreSQL's programs that fit the database: its own, or the newest installed.

    Raises:
        MissingSystemPart: there are none.
    """
    if settings.database_url is None:
        place = _place.find(settings.var)
        if place is not None:
            return _programs.find(major=_major(place))
    return _programs.find()


def _not_made(place: Place, reason: str) -> Unavailable:
    return Unavailable(
        f"Could not make a PostgreSQL cluster in {place.folder}: {reason}",
        remedy="Make room or correct what is named, then try `harbor db up` again.",
    )


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _url(place: Place, database: str) -> str:
    host = quote(str(place.sockets), safe="")
    return (
        f"postgresql://{_configuration.OWNER}@/{quote(database, safe='')}"
        f"?host={host}&port={_place.PORT}"
    )


def _major(place: Place) -> int:
    try:
        return int((place.data / "PG_VERSION").read_text().strip())
    except ValueError:
        raise MissingSystemPart(
            f"{place.data / 'PG_VERSION'} names no version; the cluster is damaged",
            remedy="Restore the folder from a copy, or move it away and restore a backup.",
        ) from None
