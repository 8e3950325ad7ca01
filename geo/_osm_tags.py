"""What the tags of an OpenStreetMap object say to a walker.

The rules follow the OpenStreetMap wiki: *Key:access*, *Key:foot*, *Key:oneway*
(which does not bind walkers), *Key:conveying*, *Key:barrier*, *Key:step_count*, and the
world-wide column "foot" of *OSM tags for routing/Access restrictions* for what holds where
nothing is tagged. Where the wiki leaves room we decide, in this order:

- ``foot`` outweighs ``access``; neither can open what is not built or not for walking at all
  (:data:`NEVER`);
- ``access=customers``, ``delivery``, ``destination``, ``agricultural`` and other purposes stay
  open: they are meant for vehicles or for people who have business there, as couriers have;
- ``private``, ``no`` and what only a pass opens (:data:`SHUT`) is closed;
- a trunk road is open only where it has a sidewalk or says ``foot=yes``;
- a cycleway is open unless it says otherwise, a bridleway only where it says so;
- a gate, a bollard or a lift gate stops cars, so it blocks a walker only where it is tagged as
  closed or locked; a wall or a fence drawn across a way blocks.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from geo.streets import Access, Kind, Rank

Tags = Mapping[str, str]

RANKS: Mapping[str, Rank] = {
    "motorway": Rank.MOTORWAY,
    "motorway_link": Rank.MOTORWAY,
    "trunk": Rank.TRUNK,
    "trunk_link": Rank.TRUNK,
    "primary": Rank.PRIMARY,
    "primary_link": Rank.PRIMARY,
    "secondary": Rank.SECONDARY,
    "secondary_link": Rank.SECONDARY,
    "tertiary": Rank.TERTIARY,
    "tertiary_link": Rank.TERTIARY,
    "unclassified": Rank.RESIDENTIAL,
    "residential": Rank.RESIDENTIAL,
    "living_street": Rank.RESIDENTIAL,
    "road": Rank.RESIDENTIAL,
    "service": Rank.SERVICE,
    "busway": Rank.SERVICE,
    "pedestrian": Rank.PEDESTRIAN,
    "platform": Rank.PEDESTRIAN,
    "footway": Rank.PATH,
    "path": Rank.PATH,
    "track": Rank.PATH,
    "cycleway": Rank.PATH,
    "bridleway": Rank.PATH,
    "corridor": Rank.PATH,
    "crossing": Rank.PATH,
    "elevator": Rank.PATH,
    "steps": Rank.STEPS,
}

NEVER = frozenset(
    (
        "construction",
        "proposed",
        "planned",
        "raceway",
        "bus_guideway",
        "abandoned",
        "razed",
        "demolished",
        "disused",
        "escape",
        "emergency_bay",
        "rest_area",
        "services",
        "no",
    )
)
CLOSED_UNLESS_GRANTED = frozenset(
    ("motorway", "motorway_link", "trunk", "trunk_link", "bridleway", "busway")
)
GRANTED = frozenset(("yes", "designated", "permissive", "official", "public"))
SHUT = frozenset(
    (
        "no",
        "private",
        "restricted",
        "permit",
        "residents",
        "employees",
        "employee",
        "staff",
        "military",
        "emergency",
        "psv",
        "bus",
        "never",
        "closed",
        "use_sidepath",
    )
)
SIDEWALKS = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
SIDEWALK_PRESENT = frozenset(("both", "left", "right", "yes"))
WALLS = frozenset(("wall", "fence", "hedge", "retaining_wall", "city_wall"))

_NOT_A_BRIDGE = frozenset(("no", "low_water_crossing"))
_NOT_A_TUNNEL = frozenset(("no", "building_passage", "passage", "culvert", "covered"))
_PATHS = frozenset(("footway", "path", "track", "cycleway", "bridleway", "corridor"))
_NUMBER = re.compile(r"\d{1,4}")
_FORWARD = frozenset(("yes", "1", "true"))
_BACKWARD = frozenset(("-1", "reverse"))


class Walk(NamedTuple):
    """How a way is walked; ``steps`` is its number of stair steps, 0 where not known."""

    kind: Kind
    rank: Rank
    access: Access
    steps: int


def walk(tags: Tags, *, ferries: bool = False) -> Walk | None:
    """Say how a walker uses a way, or None where a walker may not or cannot."""
    highway = _highway(tags)
    access = direction(tags)
    if not access:
        return None
    if highway is None:
        if not (ferries and tags.get("route") == "ferry") or permission(tags) is False:
            return None
        return Walk(Kind.FERRY, Rank.PATH, access, 0)
    if not _open(tags, highway):
        return None
    kind = _kind(tags, highway)
    steps = step_count(tags) if kind is Kind.STEPS else 0
    return Walk(kind, RANKS.get(highway, Rank.PATH), access, steps)


def permission(tags: Tags) -> bool | None:
    """Say whether tags grant a walker passage, refuse it, or say nothing."""
    for key in ("foot", "access"):
        value = tags.get(key)
        if value in GRANTED:
            # access=yes speaks of everybody at large, foot=yes of walkers
            return True if key == "foot" else None
        if value is not None:
            return False if value in SHUT else None
    return None


def direction(tags: Tags) -> Access:
    """Give the directions a walker may take; ``oneway`` binds on moving belts alone."""
    access = _conveying(tags)
    oneway = tags.get("oneway:foot")
    if oneway in _FORWARD or tags.get("foot:backward") in SHUT:
        access &= Access.FORWARD
    if oneway in _BACKWARD or tags.get("foot:forward") in SHUT:
        access &= Access.BACKWARD
    return access


def blocks(tags: Tags) -> bool:
    """Say whether a node with a barrier stops a walker."""
    barrier = tags.get("barrier")
    if barrier is None:
        return False
    allowed = permission(tags)
    if allowed is not None:
        return not allowed
    if tags.get("locked") == "yes":
        return True
    return barrier in WALLS and "access" not in tags


def step_count(tags: Tags) -> int:
    """Read the number of stair steps, 0 where it is absent or not a plain number."""
    value = tags.get("step_count", "").strip()
    return int(value) if _NUMBER.fullmatch(value) else 0


def level(tags: Tags) -> str:
    """Name the floor a way lies on, the ground floor where nothing is said."""
    return tags.get("level") or tags.get("layer") or "0"


def _highway(tags: Tags) -> str | None:
    highway = tags.get("highway")
    if highway is not None:
        return highway
    if tags.get("railway") == "platform" or tags.get("public_transport") == "platform":
        return "platform"
    return None


def _open(tags: Tags, highway: str) -> bool:
    if highway in NEVER:
        return False
    allowed = permission(tags)
    if allowed is not None:
        return allowed
    if highway in ("trunk", "trunk_link"):
        return any(tags.get(key) in SIDEWALK_PRESENT for key in SIDEWALKS)
    return highway in RANKS and highway not in CLOSED_UNLESS_GRANTED


def _kind(tags: Tags, highway: str) -> Kind:
    moving = tags.get("conveying", "no") != "no"
    if moving or highway in ("elevator", "steps"):
        return Kind.ESCALATOR if moving else Kind.LIFT if highway == "elevator" else Kind.STEPS
    if tags.get("bridge", "no") not in _NOT_A_BRIDGE:
        return Kind.BRIDGE
    if tags.get("tunnel", "no") not in _NOT_A_TUNNEL:
        return Kind.TUNNEL
    if highway == "crossing" or tags.get(highway) == "crossing":
        return Kind.CROSSING
    return Kind.PATH if highway in _PATHS or highway not in RANKS else Kind.STREET


def _conveying(tags: Tags) -> Access:
    conveying = tags.get("conveying")
    if conveying == "forward":
        return Access.FORWARD
    if conveying == "backward":
        return Access.BACKWARD
    if conveying == "yes":
        # nobody but walkers is on a moving belt, so here oneway means them
        oneway = tags.get("oneway")
        if oneway in _FORWARD:
            return Access.FORWARD
        if oneway in _BACKWARD:
            return Access.BACKWARD
    return Access.BOTH
