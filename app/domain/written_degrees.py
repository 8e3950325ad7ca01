"""Longitude and latitude as people write them: decimals, degrees and minutes, Chinese words."""

import re
import unicodedata
from itertools import pairwise

from app.domain.errors import FieldError, InvalidInput
from app.domain.place import place_problem

Pair = tuple[float, float]
FIELD = "shared"

_CHINA_LONGITUDE, _CHINA_LATITUDE = (73.0, 136.0), (3.0, 54.0)
# two numbers in a text are coordinates if they have so many decimals
_DECIMALS = 3
_SIGNS = str.maketrans(
    {
        "º": "°", "˚": "°", "度": "°", "′": "'", "’": "'", "‘": "'", "`": "'", "分": "'",
        "″": '"', "”": '"', "“": '"', "秒": '"', "、": ",", ";": ",", "\uff1b": ",",
        "−": "-", "–": "-",
    }
)  # fmt: skip
_EAST = r"经[度°]|东经|西经|longitude|long|lng|lon|(?<![a-z])[ew](?![a-z])"
_NORTH = r"纬[度°]|北纬|南纬|latitude|lat|(?<![a-z])[ns](?![a-z])"
_ANGLE = re.compile(
    rf"(?P<label>{_EAST}|{_NORTH})?[\"']?\s*[:=]?\s*[\"']?"
    r"(?<![\d.])(?P<degrees>[-+]?\d{1,3}(?:\.(?P<decimals>\d+))?)(?![\d.])\s*"
    r"(?:(?P<sign>°)\s*(?:(?P<minutes>\d{1,2}(?:\.\d+)?)\s*'(?!')\s*"
    r"(?:(?P<seconds>\d{1,2}(?:\.\d+)?)\s*(?:\"|'')?)?)?)?\s*(?P<side>[nsew](?![a-z]))?",
    re.IGNORECASE,
)
# 29 33 25.2 N
_SPACED = re.compile(r"(\d{1,3})\s+(\d{1,2})\s+(\d{1,2}(?:\.\d+)?)\s*(?=[nsew](?![a-z]))", re.I)
_METRES = re.compile(r"(?<![\d.])\d{6,8}(?:\.\d+)?\s*[,\s]\s*\d{6,8}(?:\.\d+)?(?![\d.])")
_BETWEEN = re.compile(r"[\s,/|()\[\]]*")
_ONLY_NUMBERS = re.compile(r"[\s,/|()\[\]]*[-+]?[\d.]+[\s,/|]+[-+]?[\d.]+[\s,/|()\[\]]*")


def plain(text: str) -> str:
    """Return a text with full-width signs, and the many signs of minutes, made one."""
    # before the normal form, which takes some of them apart
    return unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS)


def read_degrees(text: str) -> Pair | None:
    """Return longitude and latitude that stand in a text, None if none do.

    Which is which is told by labels and sides (东经, N), or else by the values.

    Raises:
        InvalidInput: if they stand there and cannot be used.
    """
    words = _SPACED.sub(r"""\1°\2'\3" """, plain(text))
    found = list(_ANGLE.finditer(words))
    marked = [angle for angle in found if _axis(angle)]
    east = next((angle for angle in marked if _axis(angle) == "east"), None)
    north = next((angle for angle in marked if _axis(angle) == "north"), None)
    if east is not None and north is not None:
        return checked(_value(east), _value(north))
    for first, second in pairwise(found):
        beside = _BETWEEN.fullmatch(words[first.end() : second.start()])
        if beside and (_is_precise(first, second) or _ONLY_NUMBERS.fullmatch(words)):
            return in_order(_value(first), _value(second))
    if _METRES.search(words):
        raise refused(
            "these are metres of a projection; copy longitude and latitude instead",
            "这是投影坐标(米),请改为复制经纬度。",
        )
    return None


def in_order(first: float, second: float) -> Pair:
    """Return two values as longitude and latitude, told apart by where China lies.

    Raises:
        InvalidInput: if they cannot be told apart, or are no place.
    """
    given = _could_be_china(first, second), _could_be_china(second, first)
    if given == (True, False) or abs(first) > 90 >= abs(second):
        return checked(first, second)
    if given == (False, True) or abs(second) > 90 >= abs(first):
        return checked(second, first)
    raise refused(
        "which of the two is the longitude? Write it as 经度 106.5 纬度 29.5",
        "分不清哪个是经度,请写成“经度 106.5 纬度 29.5”。",
    )


def checked(longitude: float, latitude: float) -> Pair:
    """Return a pair that can be a place.

    Raises:
        InvalidInput: saying why it cannot.
    """
    problem = place_problem(longitude, latitude)
    if problem is not None:
        raise refused(problem[1], "经纬度超出范围或者写反了,请核对。")
    return longitude, latitude


def refused(message: str, zh: str) -> InvalidInput:
    """Return the error of a text that gives no place."""
    return InvalidInput([FieldError(FIELD, message, zh)], attempted="read the place")


def _could_be_china(longitude: float, latitude: float) -> bool:
    west, east = _CHINA_LONGITUDE
    south, north = _CHINA_LATITUDE
    return west <= longitude <= east and south <= latitude <= north


def _axis(angle: re.Match[str]) -> str:
    for word in (angle["label"], angle["side"]):
        if word and re.fullmatch(_EAST, word, re.IGNORECASE):
            return "east"
        if word:
            return "north"
    return ""


def _is_precise(*angles: re.Match[str]) -> bool:
    return all(angle["sign"] or len(angle["decimals"] or "") >= _DECIMALS for angle in angles)


def _value(angle: re.Match[str]) -> float:
    minutes, seconds = float(angle["minutes"] or 0), float(angle["seconds"] or 0)
    if minutes >= 60 or seconds >= 60:
        raise refused("minutes and seconds end at 60", "度分秒里的分、秒应小于 60,请核对。")
    degrees = float(angle["degrees"])
    value = abs(degrees) + minutes / 60 + seconds / 3600
    words = f"{angle['label'] or ''}{angle['side'] or ''}".lower()
    back = degrees < 0 or "西" in words or "南" in words or words in ("w", "s")
    return -value if back else value
