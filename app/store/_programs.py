"""PostgreSQL's own programs on this machine: which ones fit, and where they are."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import MissingSystemPart

OLDEST = 15
DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Programs:
    """One installed PostgreSQL with PostGIS.

    Attributes:
        folder: where ``initdb``, ``pg_ctl``, ``pg_dump`` and the others are.
        major: its major version.
    """

    folder: Path
    major: int

    def path(self, name: str) -> str:
        """Return the full path of a program."""
        return str(self.folder / name)


def find(*, major: int | None = None) -> Programs:
    """Find the newest PostgreSQL that has PostGIS, or the one of a given major version.

    Raises:
        MissingSystemPart: none is installed; the remedy says what to install.
    """
    fitting = [
        programs
        for programs in _installed()
        if programs.major >= OLDEST and _has_postgis(programs) and major in (None, programs.major)
    ]
    if fitting:
        return max(fitting, key=lambda programs: programs.major)
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST} or newer"
    number = str(major) if major else "N"
    raise MissingSystemPart(
        f"{wanted} with PostGIS 3 is not installed; "
        f"looked in {DEBIAN}/*/bin and in the folders of PATH",
        remedy=(
            f"Run `make setup`, or install the packages postgresql-{number} and "
            f"postgresql-{number}-postgis-3, or set HARBOR_DATABASE_URL to a PostGIS elsewhere."
        ),
    )


def _installed() -> Iterator[Programs]:
    folders = sorted(DEBIAN.glob("*/bin"))
    on_path = shutil.which("pg_ctl")
    if on_path is not None:
        folders.append(Path(on_path).resolve().parent)
    for folder in dict.fromkeys(folders):
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            yield Programs(folder, _major(folder))


def _major(folder: Path) -> int:
    said = subprocess.run(
        [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"\b(\d+)", said)
    return int(found[1]) if found else 0


def _has_postgis(programs: Programs) -> bool:
    root = programs.folder.parent
    shares = (
        Path("/usr/share/postgresql") / str(programs.major),
        root / "share",
        root / "share" / "postgresql",
        Path("/usr/share/pgsql"),
    )
    return any((share / "extension" / "postgis.control").exists() for share in shares)
