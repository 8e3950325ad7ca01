"""Where a private cluster lies: data, log and sockets."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import ForbiddenHere, MissingSystemPart, Unavailable
from app.store import _account
from app.store._account import Account

OUTSIDE = Path("/var/lib/harbor")
SHORT = Path("/tmp")  # noqa: S108  # the folder in it is made private and checked
PORT = 5432

# sun_path of a unix socket holds 108 bytes, the last of which is zero
LONGEST_SOCKET_BYTES = 107


@dataclass(frozen=True, slots=True)
class Place:
    """Folders of one cluster and the account that owns them."""

    folder: Path
    account: Account

    @property
    def data(self) -> Path:
        """The data directory proper."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """Where the server writes its log."""
        return self.folder / "log"

    @property
    def sockets(self) -> Path:
        """Where the server listens: beside the data, or a short folder if that is too long."""
        beside = self.folder / "run"
        length_bytes = len(os.fsencode(beside / f".s.PGSQL.{PORT}"))
        # the setting is a list, so a comma or a quote would end the path
        if length_bytes <= LONGEST_SOCKET_BYTES and not set(str(beside)) & set(',"'):
            return beside
        return SHORT / f"harbor-{self.token}"

    @property
    def token(self) -> str:
        """A short name that no other cluster of this machine has."""
        return hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]

    @property
    def exists(self) -> bool:
        """Whether a complete cluster lies here."""
        return (self.data / "PG_VERSION").exists()


def find(var: Path) -> Place | None:
    """Find the cluster of a ``var`` folder, or None if there is none yet.

    Raises:
        ForbiddenHere: it belongs to another account.
        MissingSystemPart: the folder that the pointer names is gone.
        Unavailable: no folder can be there.
    """
    try:
        home = var.resolve() / "postgres"
        folder = _followed(home) or home
        data = folder / "data"
        owner = data.stat().st_uid
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise _closed(Path(error.filename or var)) from None
    except OSError as error:
        raise unusable(var, error) from error
    if os.geteuid() not in (0, owner):
        raise _closed(data)
    place = Place(folder, _account.of_uid(owner))
    return place if place.exists else None


def choose(var: Path) -> Place:
    """Choose where a new cluster goes and make its folders.

    Under ``var`` if PostgreSQL's account can get there; otherwise outside, with a
    pointer in ``var``. Call it under the lock, when :func:`find` has found nothing.

    Raises:
        Unavailable: the folders cannot be made.
    """
    account = _account.of_new_cluster()
    try:
        home = var.resolve() / "postgres"
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o755)
        folder = _followed(home) or (home if account.may_enter(home) else _outside(home))
        place = Place(folder, account)
        account.make_private(place.log)
    except OSError as error:
        raise unusable(var, error) from error
    return place


def unusable(var: Path, error: OSError) -> Unavailable:
    """Say that nothing can be kept in a ``var`` folder."""
    return Unavailable(
        f"Could not use {error.filename or var} for the private database:"
        f" {error.strerror or error}.",
        remedy="Set HARBOR_VAR to a folder of your own that can be written to and has room.",
    )


def _followed(home: Path) -> Path | None:
    """Follow the pointer, unless this checkout is the copy of one that still uses it."""
    pointer = home / "location"
    try:
        folder = Path(pointer.read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return None
    mark = folder / "checkout"
    try:
        owner = Path(mark.read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        raise MissingSystemPart(
            f"The database of {home} should be in {folder}, which is gone",
            remedy=f"Put the folder back, or remove {pointer} to begin with an empty register.",
        ) from None
    except PermissionError:
        raise _closed(folder) from None
    if owner == home:
        return folder
    if (owner / "location").exists():
        pointer.unlink()
        return None
    # the checkout was moved: the data are still its own
    _write(mark, str(home))
    return folder


def _outside(home: Path) -> Path:
    OUTSIDE.mkdir(mode=0o755, exist_ok=True)
    folder = OUTSIDE / secrets.token_hex(6)
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    _write(folder / "checkout", str(home))
    _write(home / "location", str(folder))
    return folder


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.replace(path)


def _closed(folder: Path) -> ForbiddenHere:
    return ForbiddenHere(
        f"The private database in {folder} belongs to another account",
        remedy=(
            "Run Harbor as that account or as root, "
            "or give this account its own HARBOR_VAR or HARBOR_DATABASE_URL."
        ),
    )
