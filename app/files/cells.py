"""Single cells: values to text and back, and text that a spreadsheet must not run."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Any

# what a spreadsheet program takes for a formula at the beginning of a cell; set for Chinese, it
# reads the wide signs as the narrow ones
_SIGNS = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile("'*" + _SIGNS)
_GUARDED = re.compile("'+" + _SIGNS)


def cell_text(value: Any) -> str:
    """Write a value as a person would type it: whole numbers without a point, lists by ``;``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, date | time | timedelta):
        return _time_text(value)
    if isinstance(value, list | tuple):
        return ";".join(cell_text(item) for item in value)
    return str(value)


def _time_text(value: date | time | timedelta) -> str:
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, datetime) and value.time() != time():
        return value.isoformat(" ", "minutes")
    return value.strftime("%Y-%m-%d")


def guarded(text: str) -> str:
    """Put a quote before text that a spreadsheet program would run as a formula.

    :func:`unguarded` takes exactly that quote away again.
    """
    return "'" + text if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Undo :func:`guarded`."""
    return text[1:] if _GUARDED.match(text) else text


def printable(text: str) -> str:
    """Drop the control characters that no spreadsheet file can hold."""
    return "".join(
        sign for sign in text if sign in "\n\t\r" or unicodedata.category(sign) not in ("Cc", "Cs")
    )
