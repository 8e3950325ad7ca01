"""What the tags of an OpenStreetMap way say of its slope and its steps.

After the OpenStreetMap wiki, *Key:incline* and *Key:step_count*.
"""

import math
import re

from geo._osm_tags import Tags

# steeper than a ladder leans is a slip of the pen
MAX_SLOPE = 1.0
UNKNOWN = math.nan

_COUNT = re.compile(r"\d{1,4}")
_MINUS = str.maketrans({"−": "-", "－": "-", "–": "-", "％": "%", "：": ":", "º": "°", ",": "."})
_SLOPE = re.compile(r"([+-]?)(\d{1,3}(?:\.\d+)?)\s*(%|°|:\s*(\d{1,4}(?:\.\d+)?))?")


def step_count(tags: Tags) -> int:
    """Read the number of stair steps, 0 where it is absent or not a plain number."""
    value = tags.get("step_count", "").strip()
    return int(value) if _COUNT.fullmatch(value) else 0


def incline(tags: Tags) -> float:
    """Read the slope of a way, rise over length in the direction it is drawn.

    Percent (``10%``, also a number without a unit), degrees (``-5°``) and ratios (``1:12``).
    The wiki asks for the greatest slope on the way, so that the mean may be gentler.

    Returns:
        infinite, with its sign, for ``up`` and ``down``; NaN where nothing is said, where it
        cannot be read, and beyond 100 %.
    """
    value = tags.get("incline", "").strip().lower().translate(_MINUS)
    if value in ("up", "down"):
        return math.inf if value == "up" else -math.inf
    read = _SLOPE.fullmatch(value)
    if read is None:
        return UNKNOWN
    sign, number, unit, length = read.groups()
    slope = float(number) / 100.0
    if unit == "°":
        slope = math.tan(math.radians(min(float(number), 89.0)))
    elif length is not None:
        slope = float(number) / float(length) if float(length) else math.inf
    if slope > MAX_SLOPE:
        return UNKNOWN
    return -slope if sign == "-" else slope
