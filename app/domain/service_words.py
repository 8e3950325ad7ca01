"""Services with where and when in one cell of a list: 饮水(就近)、纳凉 6/1-9/30、厕所(对面商场).

A word is a service's name, then in brackets 就近 or 站内, a season and a note, parted by
semicolons; a season may stand behind the name as well. What is written here is read back as it
was, but for brackets and semicolons in a note, which become square ones and commas.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.facts import NEAREST, ON_SITE, day_of_year
from app.domain.services import SERVICES

_DAY = r"\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?"
_SEASON = re.compile(rf"({_DAY})\s*[-~–—至到]+\s*({_DAY})")
_BREAK = re.compile(r"[,;、/|+\n]+")
_NEAR = frozenset({"就近", "附近", "nearest", "nearby"})
_HERE = frozenset({"站内", "onsite", "on site", "on_site"})
_PLAIN = str.maketrans("();", "[],")


@dataclass(frozen=True, slots=True)
class ServiceWord:
    """One word of a cell.

    Attributes:
        name: the service as it is called there.
        detail: where, from, to and note, as far as they are said.
    """

    name: str
    detail: Mapping[str, str]

    @property
    def nearest(self) -> bool:
        """Whether the service is not on site but near."""
        return self.detail.get("where") == NEAREST


def read_words(text: str, *, known: Callable[[str], bool]) -> Iterator[ServiceWord]:
    """Cut a cell into words.

    A blank parts two words unless it stands inside of a name; what is said is of the last.

    Args:
        known: whether a text is the name of a service.
    """
    for part in _parts(unicodedata.normalize("NFKC", text)):
        word = _word(part)
        if known(word.name):
            yield word
            continue
        *before, last = word.name.split() or [""]
        yield from (ServiceWord(name, {}) for name in before)
        yield ServiceWord(last, word.detail)


def read_answer(cell: str) -> dict[str, str] | None:
    """Read what stands in a service's own column: 就近, a season or both; None for all else."""
    detail = dict(_word(f"({cell.strip().replace(' ', ';')})").detail)
    return detail if detail and "note" not in detail else None


def written(services: Collection[str], details: Mapping[str, Any]) -> str:
    """Write what is known of services beside that they are there, to be read back."""
    words = []
    for service in SERVICES:
        detail = details.get(service.code) or {}
        if not detail or (detail.get("where") != NEAREST and service.code not in services):
            continue
        near = "就近" if detail.get("where") == NEAREST else ""
        said = ";".join(filter(None, (near, str(detail.get("note", "")).translate(_PLAIN))))
        season = f" {_short(detail['from'])}-{_short(detail['to'])}" if "from" in detail else ""
        words.append(f"{service.name}{f'({said})' if said else ''}{season}")
    return "、".join(words)


def _short(day: str) -> str:
    """Write MM-DD as people do: 6/1."""
    month, day_of_month = day.split("-")
    return f"{int(month)}/{int(day_of_month)}"


def _parts(text: str) -> Iterator[str]:
    """Cut at signs, but neither inside of brackets nor inside of a season."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\x00{len(kept) - 1}\x00"

    def back(part: str) -> str:
        while "\x00" in part:
            part = re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found[1])], part)
        return part

    whole = re.sub(r"\([^()]*\)", keep, text.replace("\x00", ""))
    for part in _BREAK.split(_SEASON.sub(keep, whole)):
        if part.strip():
            yield back(part).strip()


def _word(part: str) -> ServiceWord:
    detail: dict[str, str] = {}
    inside = ";".join(re.findall(r"\(([^()]*)\)", part))
    name = re.sub(r"\([^()]*\)", " ", part)
    season = _SEASON.search(name)
    if season is not None:
        name = _SEASON.sub(" ", name)
        detail |= _days(season)
    for bit in (bit.strip() for bit in inside.split(";")):
        season = _SEASON.fullmatch(bit)
        if bit.casefold() in _NEAR:
            detail["where"] = NEAREST
        elif season is not None:
            detail |= _days(season)
        elif bit and bit.casefold() not in _HERE:
            detail["note"] = f"{detail['note']},{bit}" if "note" in detail else bit
    if detail:
        detail.setdefault("where", ON_SITE)
    return ServiceWord(" ".join(name.split()), detail)


def _days(season: re.Match[str]) -> dict[str, str]:
    first, last = (day_of_year(re.sub(r"\s", "", text)) or text for text in season.groups())
    return {"from": first, "to": last}
