"""What the tags of an OpenStreetMap object say to the rider of an e-bike.

An e-bike that counts as a bicycle, as those up to 25 km/h do in China and in Europe: it may use
the carriageway like a bicycle. The rules follow the OpenStreetMap wiki: *Key:access* (the order
of its keys), *Key:bicycle*, *Key:electric_bicycle*, *Key:oneway*, *Key:oneway:bicycle*,
*Key:cycleway*, *Key:motorroad*, *Tag:junction=roundabout*, *Key:barrier*, and the world-wide
column "bicycle" of *OSM tags for routing/Access restrictions*. Where the wiki leaves room we
decide:

- ``electric_bicycle`` outweighs ``bicycle``, that ``vehicle``, that ``access``;
- roads, cycleways and tracks are open unless tags refuse; motorways, ``motorroad``, busways,
  bridleways, footways, paths and pedestrian streets only where ``bicycle`` grants it, a ferry
  likewise;
- nobody rides on stairs, moving belts, in lifts, corridors and buildings, or on platforms;
- ``agricultural`` and ``forestry`` are purposes no courier has; ``dismount`` closes a way, since
  pushing is walking, but opens a barrier, which is passed in a moment;
- ``oneway`` binds, also where a roundabout or a motorway implies it, unless the tags know a
  contraflow; a road whose direction changes with the hour (``reversible``) is left out.
"""

from geo._osm_tags import (
    AGAINST,
    ALONG,
    MOTORWAYS,
    NEVER,
    SHUT,
    TRUNKS,
    Tags,
    highway,
    locked,
    permission,
)
from geo.streets import Access

KEYS = ("electric_bicycle", "bicycle", "vehicle", "access")

_OPEN = TRUNKS | {
    "primary",
    "primary_link",
    "secondary",
    "secondary_link",
    "tertiary",
    "tertiary_link",
    "unclassified",
    "residential",
    "living_street",
    "road",
    "service",
    "track",
    "cycleway",
}
_NOT_RIDDEN = NEVER | {"steps", "elevator", "corridor", "platform"}
_SHUT_AT_BARRIERS = SHUT | {"agricultural", "forestry"}
_SHUT = _SHUT_AT_BARRIERS | {"dismount"}
_ROUND = frozenset(("roundabout", "circular"))
_NARROW = frozenset(
    ("kissing_gate", "stile", "horse_stile", "turnstile", "full-height_turnstile", "debris")
)
_LANES = ("cycleway", "cycleway:both", "cycleway:left", "cycleway:right")
_NO_LANE = frozenset(("no", "none", "separate"))
_NOTHING = Access(0)


def ride_access(tags: Tags, *, ferries: bool = False) -> Access:
    """Return the directions in which a rider may pass a way, none where it is closed."""
    kind = highway(tags)
    if kind in _NOT_RIDDEN or tags.get("indoor", "no") != "no":
        return _NOTHING
    if tags.get("conveying", "no") != "no":
        return _NOTHING
    if kind is None and not (ferries and tags.get("route") == "ferry"):
        return _NOTHING
    allowed = permission(tags, KEYS, shut=_SHUT)
    if allowed is None:
        allowed = kind in _OPEN and tags.get("motorroad") != "yes"
    return _directions(tags, kind) if allowed else _NOTHING


def blocks_riders(tags: Tags) -> bool:
    """Say whether a node with a barrier stops a rider."""
    allowed = permission(tags, KEYS, shut=_SHUT_AT_BARRIERS)
    if allowed is not None:
        return not allowed
    bicycle = tags.get("bicycle") == "dismount"
    return not bicycle and (locked(tags) or tags["barrier"] in _NARROW)


def _directions(tags: Tags, kind: str | None) -> Access:
    access = _oneway(tags, kind)
    for suffix, side in ((":forward", Access.RIDE_FORWARD), (":backward", Access.RIDE_BACKWARD)):
        said = permission(tags, KEYS, shut=_SHUT, suffix=suffix)
        if said is not None:
            access = access | side if said else access & ~side
    return access


def _oneway(tags: Tags, kind: str | None) -> Access:
    own = tags.get("oneway:bicycle")
    if own is None and _has_contraflow(tags):
        return Access.RIDE_BOTH
    oneway = own or tags.get("oneway")
    if oneway is None and (tags.get("junction") in _ROUND or kind in MOTORWAYS):
        return Access.RIDE_FORWARD
    if oneway in ALONG:
        return Access.RIDE_FORWARD
    if oneway in AGAINST:
        return Access.RIDE_BACKWARD
    return _NOTHING if oneway == "reversible" else Access.RIDE_BOTH


def _has_contraflow(tags: Tags) -> bool:
    """Say whether a lane for bicycles runs against a one-way street."""
    for key in _LANES:
        lane = tags.get(key, "no")
        if lane.startswith("opposite"):
            return True
        if lane not in _NO_LANE and tags.get(f"{key}:oneway") in ("-1", "no"):
            return True
    return False
