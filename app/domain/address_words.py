"""What in an address may be the name of something on the map."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# names on the map are rarely longer, and one sign is none
SHORTEST, LONGEST = 2, 16
_MOST_SIGNS = 120

_RUNS = re.compile(r"[^\W_]+")
_ROAD = re.compile(r"(?<![A-Z0-9])([GSXY]\d{1,4})(?!\d)", re.IGNORECASE)
_NAMED_ROAD = re.compile(r"([国省县乡])道\s*(\d{1,4})|(\d{1,4})\s*([国省县乡])道")
_LETTERS = {"国": "G", "省": "S", "县": "X", "乡": "Y"}
_KILOMETRE = re.compile(r"(?<![A-Z0-9])K\s?(\d{1,4})(?:\s*\+\s*(\d{1,3}))?", re.IGNORECASE)
_HOUSE = re.compile(
    r"(?P<street>[^\W\d_]{1,8}(?:大道|路|街|巷|(?<![国省县乡])道|弄|村))"
    r"\s*(?P<number>\d{1,5})(?=[-号])"
)
_ONLY_COUNT = re.compile(r"\d+[号栋幢楼层室米]?|[号栋幢楼层室米]+\d*")
_ENDS = ("自治县", "区", "县", "市")


@dataclass(frozen=True, slots=True)
class AddressWords:
    """An address taken apart.

    Attributes:
        parts: every run of signs in it that may be a name, the longest first.
        road: the number of a highway, ``G353``, empty if none.
        kilometre: the mark along it, ``K2112+400``, empty if none.
        street, house: a street and the number of a house in it, empty and None if none.
    """

    parts: tuple[str, ...]
    road: str = ""
    kilometre: str = ""
    street: str = ""
    house: int | None = None


def read_address(address: str) -> AddressWords:
    """Take an address apart."""
    text = unicodedata.normalize("NFKC", address)[:_MOST_SIGNS]
    road, kilometre = _road(text), _KILOMETRE.search(text)
    mark = ""
    if kilometre:
        mark = f"K{kilometre[1]}" + (f"+{kilometre[2]}" if kilometre[2] else "")
    house = _HOUSE.search(text)
    return AddressWords(
        parts=_parts(text, road),
        road=road,
        kilometre=mark,
        street=_short_street(house["street"]) if house else "",
        house=int(house["number"]) if house else None,
    )


def _road(text: str) -> str:
    found = _ROAD.search(text)
    if found:
        return found[1].upper()
    named = _NAMED_ROAD.search(text)
    if named is None:
        return ""
    return _LETTERS[named[1] or named[4]] + (named[2] or named[3])


def _parts(text: str, road: str) -> tuple[str, ...]:
    parts: dict[str, None] = {}
    if road:
        parts[road] = None
    for run in _RUNS.findall(text):
        for length in range(min(LONGEST, len(run)), SHORTEST - 1, -1):
            for start in range(len(run) - length + 1):
                part = run[start : start + length]
                if not _ONLY_COUNT.fullmatch(part):
                    parts[part] = None
    return tuple(sorted(parts, key=lambda part: (-len(part), part)))


def _short_street(street: str) -> str:
    """Leave out what stands before a street: a city, a district, a town."""
    for end in ("街道", "镇", "乡", "区", "县", "市"):
        street = street.rpartition(end)[2] or street
    return street


def district_named(text: str, names: Iterable[str]) -> str | None:
    """Return the one district that a text names, None if it names none or several.

    A name counts without its ending, too, where it is all the text says.
    """
    wanted = text.strip()
    found = [name for name in names if name and (name in wanted or _stem(name) == wanted)]
    # 南岸区 is no part of another, and 江北区 is meant before 江北
    longest = [name for name in found if not any(name != o and name in o for o in found)]
    return longest[0] if len(longest) == 1 else None


def _stem(name: str) -> str:
    for end in _ENDS:
        if name.endswith(end) and len(name) > len(end) + 1:
            return name[: -len(end)]
    return name
