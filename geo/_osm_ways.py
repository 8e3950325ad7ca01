"""What a way of OpenStreetMap is to whoever walks or rides it."""

import math
import re
from typing import NamedTuple

from geo._osm_ride import ride_access
from geo._osm_slope import incline, step_count
from geo._osm_tags import RANKS, Tags, highway
from geo._osm_walk import walk_access
from geo.streets import Access, Kind, Rank

# ways and nodes without one of these keys are no street and change none
KEYS = ("highway", "railway", "public_transport", "indoor", "barrier")

_NOT_A_BRIDGE = frozenset(("no", "low_water_crossing"))
_NOT_A_TUNNEL = frozenset(("no", "building_passage", "passage", "culvert", "covered"))
_PATHS = frozenset(("footway", "path", "track", "cycleway", "bridleway", "corridor"))
_BELOW = re.compile(r"-\d+(\.\d+)?(;-\d+(\.\d+)?)*")


class Way(NamedTuple):
    """How a way is passed.

    ``access`` has the directions of walkers and of riders; ``steps`` is the number of stair
    steps, 0 where not known; ``incline`` as in :class:`geo.streets.StreetGraph`.
    """

    kind: Kind
    rank: Rank
    access: Access
    steps: int
    incline: float


def way_of(tags: Tags, *, ferries: bool = False, area: bool = False) -> Way | None:
    """Say how a way is passed, or None where neither walker nor rider may or can.

    Args:
        tags: of the way.
        ferries: whether ferries count.
        area: whether the way outlines an area, which has no slope in one direction.
    """
    access = walk_access(tags, ferries=ferries) | ride_access(tags, ferries=ferries)
    if not access:
        return None
    named = highway(tags)
    if named is None:
        return Way(Kind.FERRY, Rank.PATH, access, 0, math.nan)
    kind = _kind(tags, named)
    steps = step_count(tags) if kind is Kind.STEPS else 0
    slope = math.nan if area or tags.get("area") == "yes" or kind is Kind.LIFT else incline(tags)
    return Way(kind, RANKS.get(named, Rank.PATH), access, steps, slope)


def _kind(tags: Tags, named: str) -> Kind:
    moving = tags.get("conveying", "no") != "no"
    if moving or named in ("elevator", "steps"):
        return Kind.ESCALATOR if moving else Kind.LIFT if named == "elevator" else Kind.STEPS
    if tags.get("bridge", "no") not in _NOT_A_BRIDGE:
        return Kind.BRIDGE
    if tags.get("tunnel", "no") not in _NOT_A_TUNNEL or _is_below_ground(tags):
        return Kind.TUNNEL
    if named == "crossing" or tags.get(named) == "crossing":
        return Kind.CROSSING
    return Kind.PATH if named in _PATHS or named not in RANKS else Kind.STREET


def _is_below_ground(tags: Tags) -> bool:
    """Say whether a way in a building or underground cannot be entered from the street above."""
    if tags.get("location") == "underground":
        return True
    # a layer alone orders what crosses, and says nothing of the ground
    return tags.get("indoor", "no") != "no" and bool(_BELOW.fullmatch(tags.get("level", "")))
