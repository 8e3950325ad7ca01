"""The account of the operating system that PostgreSQL runs as."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import ForbiddenHere, MissingSystemPart

# nothing of the caller's PG* variables may leak into the server
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class Account:
    """An account that commands are run as; never root, which PostgreSQL refuses."""

    name: str
    uid: int
    gid: int

    @property
    def is_caller(self) -> bool:
        """Whether it is the account of this very process."""
        return self.uid == os.geteuid()

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command as this account, from ``/`` and with a clean environment."""
        other = None if self.is_caller else self.uid
        return subprocess.run(
            command,
            cwd="/",
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            umask=0o077,
            check=False,
            user=other,
            group=None if other is None else self.gid,
            extra_groups=None if other is None else [],
        )

    def may_enter(self, folder: Path) -> bool:
        """Whether the account can reach a folder through all those above it."""
        return self.is_caller or self.run(["/bin/sh", "-c", 'cd "$0"', str(folder)]).returncode == 0

    def make_private(self, folder: Path) -> None:
        """Make a folder that this account alone may enter, if it does not exist yet.

        Raises:
            ForbiddenHere: something of that name belongs to somebody else or is open to others.
        """
        try:
            folder.mkdir(mode=0o700)
            os.chown(folder, self.uid, self.gid)
        except FileExistsError:
            pass
        found = folder.lstat()
        # 0o40700: a folder, no symbolic link, closed to group and others
        if found.st_mode & 0o170077 != 0o040000 or found.st_uid != self.uid:
            raise ForbiddenHere(
                f"Could not use the folder {folder}: it must belong to {self.name} alone",
                remedy=f"Look at it, then remove it or run `chmod 700 {folder}`.",
            )


def of_new_cluster() -> Account:
    """Return the account a new cluster is made as: the caller's, or ``postgres`` for root.

    Raises:
        MissingSystemPart: the account has no entry in the password database.
    """
    if os.geteuid() == 0:
        try:
            return _account(pwd.getpwnam("postgres"))
        except KeyError:
            raise MissingSystemPart(
                "PostgreSQL does not run as root and there is no account named postgres",
                remedy="Run `make setup`, or `adduser --system --group postgres`.",
            ) from None
    return of_uid(os.geteuid())


def of_uid(uid: int) -> Account:
    """Return the account with a number.

    Raises:
        MissingSystemPart: it has no entry in the password database, as peer
            authentication needs.
    """
    try:
        return _account(pwd.getpwuid(uid))
    except KeyError:
        raise MissingSystemPart(
            f"The account number {uid} has no name, and PostgreSQL needs one",
            remedy="Run as an account of /etc/passwd, or set HARBOR_DATABASE_URL.",
        ) from None


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
