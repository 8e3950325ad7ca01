"""What the tags of an OpenStreetMap object say to a walker.

The rules follow the OpenStreetMap wiki: *Key:access*, *Key:foot*, *Key:sidewalk*, *Key:oneway*
(which does not bind walkers), *Key:oneway:foot*, *Key:conveying*, *Key:barrier*, *Simple Indoor
Tagging*, and the world-wide column "foot" of *OSM tags for routing/Access restrictions* for what
holds where nothing is tagged. Where the wiki leaves room we decide, in this order:

- ``foot`` outweighs ``access``; neither can open what is not built or not for walking at all
  (:data:`geo._osm_tags.NEVER`);
- ``access=customers``, ``delivery``, ``destination``, ``agricultural`` and other purposes stay
  open: they are meant for vehicles or for people who have business there, as couriers have;
- ``private``, ``no`` and what only a pass opens (:data:`geo._osm_tags.SHUT`) is closed;
- a trunk road and a ``motorroad`` are open only where they have a sidewalk of their own
  (``separate`` is drawn beside them) or say ``foot=yes``, motorways only by ``foot=yes``; any
  other road is open, sidewalk or not;
- a cycleway is open unless it says otherwise, a bridleway only where it says so;
- halls and corridors (``indoor=corridor``, ``area``) are walked along their outline, rooms are
  not: their outline is a wall;
- ``oneway`` binds where nobody but walkers can be meant: on moving belts, on stairs and in
  corridors, and on paths that are shut to bicycles in so many words;
- a gate, a bollard or a lift gate stops cars, so it blocks a walker only where it is tagged as
  closed or locked; a wall or a fence drawn across a way blocks.

Conditions of time (``foot:conditional``) are not read.
"""

from geo._osm_tags import (
    AGAINST,
    ALONG,
    MOTORWAYS,
    NEVER,
    RANKS,
    SHUT,
    TRUNKS,
    Tags,
    highway,
    locked,
    permission,
)
from geo.streets import Access

KEYS = ("foot", "access")

_CLOSED_UNLESS_GRANTED = MOTORWAYS | {"bridleway", "busway"}
_SIDEWALKS = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
_SIDEWALK_PRESENT = frozenset(("both", "left", "right", "yes"))
_WALKERS_ALONE = frozenset(("steps", "corridor"))
_PATHS = frozenset(("footway", "path", "pedestrian"))
_NOTHING = Access(0)


def walk_access(tags: Tags, *, ferries: bool = False) -> Access:
    """Return the directions in which a walker may pass a way, none where it is closed."""
    kind = highway(tags)
    if kind is None:
        ferry = ferries and tags.get("route") == "ferry"
        may = ferry and permission(tags, KEYS) is not False
    else:
        may = _open(tags, kind)
    return _directions(tags, kind) if may else _NOTHING


def blocks_walkers(tags: Tags) -> bool:
    """Say whether a node with a barrier stops a walker."""
    allowed = permission(tags, KEYS)
    return locked(tags) if allowed is None else not allowed


def _open(tags: Tags, kind: str) -> bool:
    if kind in NEVER:
        return False
    allowed = permission(tags, KEYS)
    if allowed is not None:
        return allowed
    if kind in _CLOSED_UNLESS_GRANTED:
        return False
    if kind in TRUNKS or tags.get("motorroad") == "yes":
        return _has_sidewalk(tags)
    return kind in RANKS


def _has_sidewalk(tags: Tags) -> bool:
    return any(not _SIDEWALK_PRESENT.isdisjoint(tags.get(key, "").split(";")) for key in _SIDEWALKS)


def _directions(tags: Tags, kind: str | None) -> Access:
    access = _belt(tags)
    own = tags.get("oneway:foot")
    oneway = tags.get("oneway") if own is None and _meant_for_walkers(tags, kind) else own
    if oneway in ALONG or tags.get("foot:backward") in SHUT:
        access &= Access.FORWARD
    if oneway in AGAINST or tags.get("foot:forward") in SHUT:
        access &= Access.BACKWARD
    return access


def _meant_for_walkers(tags: Tags, kind: str | None) -> bool:
    """Say whether nobody but walkers can be meant by ``oneway``."""
    conveying = tags.get("conveying", "no")
    if conveying != "no":
        # a belt that can be turned round is not bound to one direction
        return conveying == "yes"
    riders = permission(tags, ("bicycle", "vehicle"))
    return (kind in _WALKERS_ALONE and not riders) or (kind in _PATHS and riders is False)


def _belt(tags: Tags) -> Access:
    conveying = tags.get("conveying")
    if conveying == "forward":
        return Access.FORWARD
    return Access.BACKWARD if conveying == "backward" else Access.BOTH
