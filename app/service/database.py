"""The database as an operator handles it: up, down, migrate, status, backup, restore."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.domain.errors import Conflict
from app.settings import Settings
from app.store import backup as archive
from app.store import migrations
from app.store.cluster import Cluster, connection_url, programs_for
from app.store.server import Facts, facts, redacted


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseStatus:
    """What ``harbor db status`` says.

    Attributes:
        url: connection URL without its password.
        cluster: whether Harbor runs the server itself.
        postgres, postgis: versions; postgis is None where the extension is missing.
        migration: id of the last migration applied, None for an empty database.
        pending: ids still to be applied.
    """

    url: str
    cluster: Literal["private", "external"]
    postgres: str
    postgis: str | None
    migration: str | None
    pending: tuple[str, ...]


def up(settings: Settings) -> str:
    """Start the private cluster, or check that the external one answers; return its URL redacted.

    Raises:
        MissingSystemPart, ForbiddenHere, Unavailable: as :func:`connection_url`.
        DatabaseDown: the external database does not answer.
    """
    url = connection_url(settings)
    facts(url)
    return redacted(url)


def down(settings: Settings) -> bool:
    """Stop the private cluster and say whether it was running.

    Raises:
        Conflict: the database is external.
    """
    if settings.database_url is not None:
        raise Conflict(
            "Could not stop the database: HARBOR_DATABASE_URL names a server that is not ours",
            remedy="Stop it where it runs.",
        )
    return Cluster(settings.var).stop()


def migrate(settings: Settings) -> list[str]:
    """Start the database if need be, apply what is pending and return the ids applied."""
    return migrations.migrate(connection_url(settings))


def status(settings: Settings) -> DatabaseStatus:
    """Look at the database without starting or changing anything.

    Raises:
        DatabaseDown: it is stopped or does not answer.
    """
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
    else:
        url = Cluster(settings.var).url()
    found: Facts = facts(url)
    return DatabaseStatus(
        url=redacted(url),
        cluster="private" if settings.database_url is None else "external",
        postgres=found.postgres,
        postgis=found.postgis,
        migration=migrations.current(url),
        pending=tuple(migrations.pending(url)),
    )


def backup(settings: Settings, file: Path) -> int:
    """Write the whole database into a file and return its size in bytes.

    Raises:
        HarborError: the database cannot be read or the file not written.
    """
    archive.dump(connection_url(settings), file, programs=programs_for(settings))
    return file.stat().st_size


def restore(settings: Settings, file: Path, *, replace: bool = False) -> None:
    """Put a backup in the place of the register, wholly or not at all.

    Raises:
        UnreadableFile: the file is no backup of Harbor.
        Conflict: the register holds stations and ``replace`` is not set.
    """
    url = connection_url(settings)
    archive.restore(url, file, programs=programs_for(settings), replace=replace)
