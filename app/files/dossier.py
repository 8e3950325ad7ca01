"""The dossier of a station as one file: a PDF to read, the record as data, scans and photos."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from app.files.typeset import pdf

# as early as the format can say
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the printed dossier.

    Attributes:
        title: Chinese and English.
        lines: label and value, or the cells of a row; the first row of a table is its head.
        table: whether the lines are rows of a table.
    """

    title: tuple[str, str]
    lines: tuple[tuple[str, ...], ...]
    table: bool = False


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with the dossier."""

    name: str
    content: bytes


def dossier(
    *,
    title: str,
    number: str,
    made_at: datetime,
    made_by: str,
    sections: Sequence[Section],
    data: Mapping[str, Any],
    enclosures: Sequence[Enclosure],
) -> bytes:
    """Pack the dossier of a station into a ZIP file.

    Args:
        title: the station's name.
        number: as it is printed, empty if it has none.
        made_by: who asked for it; every page names them.
        data: the record for a machine to read.

    Raises:
        MissingSystemPart: if the machine has no font with Chinese characters.
    """
    printed = pdf(
        "dossier",
        {
            "title": title,
            "number": number,
            "made": f"{made_at:%Y-%m-%d %H:%M} · {made_by}",
            "sections": [
                {"title": list(one.title), "table": one.table,
                 "lines": [list(line) for line in one.lines]}
                for one in sections
            ],
            "enclosures": [one.name for one in enclosures],
        },
    )  # fmt: skip
    told = json.dumps(data, ensure_ascii=False, indent=2, default=str).encode()
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        _put(archive, "dossier.pdf", printed, packed=True)
        _put(archive, "record.json", told, packed=True)
        taken: set[str] = set()
        for at, one in enumerate(enclosures, start=1):
            name = f"files/{at:02d}-{_plain(one.name)}"
            if name not in taken:
                taken.add(name)
                _put(archive, name, one.content, packed=False)
    return target.getvalue()


def _put(archive: ZipFile, name: str, content: bytes, *, packed: bool) -> None:
    info = ZipInfo(name, _NO_TIME)
    info.compress_type = ZIP_DEFLATED if packed else ZIP_STORED
    archive.writestr(info, content)


def _plain(name: str) -> str:
    """A name that every file system takes."""
    kept = _UNFIT.sub("_", unicodedata.normalize("NFC", name)).strip(" .")
    return kept[-_LONGEST:] or "file"
