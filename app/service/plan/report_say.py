"""How a report says numbers and picks its language."""

import re
from typing import Any

from app.files.map_marks import Language
from app.files.paper import Column, Kind, shown

DAYS = (
    ("周一", "Monday"), ("周二", "Tuesday"), ("周三", "Wednesday"), ("周四", "Thursday"),
    ("周五", "Friday"), ("周六", "Saturday"), ("周日", "Sunday"),
)  # fmt: skip

# what is written on paper takes the wide signs of Chinese typesetting
_CJK = "\u3400-\u9fff\u201c\u201d\u3001\u3002"
_WIDE = {",": "\uff0c", ";": "\uff1b", ":": "\uff1a", "?": "\uff1f", "!": "\uff01"}
_SIGN = re.compile(rf"(?<=[{_CJK}%)\uff09])\s?([,;:?!])\s?|([,;:?!])\s?(?=[{_CJK}])|(?<=:\d\d)(,)")
_BRACKETS = re.compile(rf"(?<=[{_CJK}])\(([^()]*)\)|\(([^()]*[{_CJK}][^()]*)\)")


class Say:
    """Picks the Chinese or the English of two texts."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, zh: str, en: str) -> str:
        """Return the one of the language; Chinese where there is no English."""
        return widened(zh) if self.language == "zh" or not en else en

    def of(self, told: dict[str, str]) -> str:
        """Return the one of the language of what is told under ``zh`` and ``en``."""
        return self(told["zh"], told["en"])


def widened(text: str) -> str:
    """Set Chinese with its own commas, colons and brackets."""
    bracketed = _BRACKETS.sub(lambda found: f"\uff08{found[1] or found[2] or ''}\uff09", text)
    return _SIGN.sub(lambda found: _WIDE[found[1] or found[2] or found[3]], bracketed)


def count(people: float | None) -> str:
    """Write people as a whole number with separators."""
    return "–" if people is None else f"{people:,.0f}"


def reached(part: dict[str, Any], depth: int) -> tuple[float | None, float | None]:
    """Return the share of people who reach so many stations, and how many they are."""
    if depth == 1:
        return part["people_share"], part["people"]
    found = part["twice_share" if depth == 2 else "thrice_share"]
    return found, None if found is None else found * part["people_total"]


def share(value: float | None) -> str:
    """Write a share of 0 to 1 as a percentage."""
    return shown(value, "share")


def heads(say: Say, *columns: tuple[str, str, Kind, float]) -> tuple[Column, ...]:
    """Return columns from Chinese and English, the kind of their cells and their width."""
    return tuple(Column(say(zh, en), kind, width) for zh, en, kind, width in columns)
