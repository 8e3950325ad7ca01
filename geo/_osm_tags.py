"""The words of OpenStreetMap that walkers' and riders' rules share.

What they say is decided in :mod:`geo._osm_walk`, :mod:`geo._osm_ride` and :mod:`geo._osm_slope`.
"""

from collections.abc import Mapping, Sequence

from geo.streets import Rank

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

# not built, or for nobody who walks or rides
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
MOTORWAYS = frozenset(("motorway", "motorway_link"))
TRUNKS = frozenset(("trunk", "trunk_link"))
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
        "locked",
        "use_sidepath",
    )
)
# drawn across a way, these end it
WALLS = frozenset(("wall", "fence", "hedge", "retaining_wall", "city_wall"))
ALONG = frozenset(("yes", "1", "true"))
AGAINST = frozenset(("-1", "reverse"))

# what these say of everybody or of all vehicles grants nobody in particular anything
_AT_LARGE = frozenset(("access", "vehicle"))
_WALKED_INDOORS = frozenset(("corridor", "area"))


def highway(tags: Tags) -> str | None:
    """Return the class of a way, also of platforms and of halls that are drawn without one."""
    value = tags.get("highway")
    if value is not None:
        return value
    if tags.get("railway") == "platform" or tags.get("public_transport") == "platform":
        return "platform"
    # the outline of a room is a wall, that of a hall is not
    return "corridor" if tags.get("indoor") in _WALKED_INDOORS else None


def permission(
    tags: Tags, keys: Sequence[str], *, shut: frozenset[str] = SHUT, suffix: str = ""
) -> bool | None:
    """Say whether tags grant passage, refuse it, or say nothing.

    Args:
        tags: of a way or a node.
        keys: from the most special to the most general; the first that is there decides.
        shut: values that refuse; of several, parted by semicolons, all have to.
        suffix: ``":forward"`` or ``":backward"`` for one direction; a key without it decides
            before a more general one with it.
    """
    for key in keys:
        value = tags.get(key + suffix)
        if value is None:
            if suffix and key in tags:
                return None
            continue
        if value in GRANTED:
            return None if key in _AT_LARGE else True
        parts = value.replace(" ", "").split(";")
        return False if shut.issuperset(parts) else None
    return None


def locked(tags: Tags) -> bool:
    """Say whether a barrier without further tags stops whoever comes."""
    return tags.get("locked") == "yes" or (tags.get("barrier") in WALLS and "access" not in tags)


def level(tags: Tags) -> str:
    """Name the floor a way lies on, the ground floor where nothing is said."""
    return tags.get("level") or tags.get("layer") or "0"
