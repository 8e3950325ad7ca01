"""What of OpenStreetMap is drawn on the base map, and from which zoom on."""

import math
import re
from collections.abc import Mapping

from geo._osm_tags import RANKS, Tags
from geo.basemap import Layer
from geo.streets import Rank

# every object that is drawn has one of these keys
KEYS = (
    "amenity",
    "building",
    "highway",
    "landuse",
    "leisure",
    "natural",
    "office",
    "place",
    "railway",
    "shop",
    "tourism",
    "waterway",
)

# every object that may be water has one of these tags
WATER = (
    ("natural", "water"),
    ("natural", "coastline"),
    ("landuse", "reservoir"),
    ("landuse", "basin"),
    ("waterway", "riverbank"),
    ("waterway", "river"),
    ("waterway", "canal"),
)

BUILDING_ZOOM = 15
PREMISES_ZOOM = 16
# an area is drawn from the zoom on at which it is this many pixels wide
AREA_PIXELS = 4.0
AREA_ZOOMS = {Layer.WATER: (8, 14), Layer.LANDUSE: (10, 14)}
_EQUATOR_METRES_PER_PIXEL = 156_543.034

STREET_ZOOMS = {
    Rank.MOTORWAY: 8,
    Rank.TRUNK: 8,
    Rank.PRIMARY: 9,
    Rank.SECONDARY: 11,
    Rank.TERTIARY: 12,
    Rank.RESIDENTIAL: 13,
    Rank.SERVICE: 14,
    Rank.PEDESTRIAN: 14,
    Rank.PATH: 15,
    Rank.STEPS: 15,
}
_NOT_DRAWN = frozenset(("platform", "corridor", "elevator", "crossing"))
_WATERWAY_ZOOMS = {"river": 8, "canal": 11, "stream": 13}
_METRES = re.compile(r"(\d{1,4}(?:\.\d+)?) ?m?")
_NARROW_METRES = 3.0
_RAILWAY_ZOOMS = {"rail": 10, "subway": 12, "light_rail": 12, "tram": 14}
_RAILWAY_KINDS = {"narrow_gauge": "rail", "monorail": "light_rail", "funicular": "tram"}
_SIDING_ZOOM = 14
_PLACE_ZOOMS = {
    "city": 6,
    "town": 9,
    "borough": 11,
    "suburb": 12,
    "village": 12,
    "quarter": 13,
    "hamlet": 13,
    "neighbourhood": 14,
    "isolated_dwelling": 15,
    "locality": 15,
    "square": 15,
}
_LANDUSE: Mapping[str, Mapping[str, str]] = {
    "leisure": {
        "park": "park",
        "garden": "park",
        "playground": "park",
        "dog_park": "park",
        "golf_course": "grass",
        "pitch": "grass",
    },
    "natural": {"wood": "wood", "scrub": "wood", "grassland": "grass", "heath": "grass"},
    "landuse": {
        "forest": "wood",
        "grass": "grass",
        "meadow": "grass",
        "recreation_ground": "park",
        "village_green": "park",
        "farmland": "farmland",
        "farmyard": "farmland",
        "farm": "farmland",
        "orchard": "farmland",
        "vineyard": "farmland",
        "allotments": "farmland",
        "residential": "residential",
        "commercial": "commercial",
        "retail": "commercial",
        "industrial": "industrial",
        "port": "industrial",
        "railway": "industrial",
        "cemetery": "cemetery",
    },
    "amenity": {"grave_yard": "cemetery"},
}
# hosts a station may have, and places people find their way by
_PREMISES: Mapping[str, frozenset[str]] = {
    "amenity": frozenset(
        (
            "bank",
            "bus_station",
            "charging_station",
            "clinic",
            "community_centre",
            "courthouse",
            "drinking_water",
            "fire_station",
            "fuel",
            "hospital",
            "library",
            "marketplace",
            "pharmacy",
            "police",
            "post_office",
            "social_centre",
            "social_facility",
            "toilets",
            "townhall",
        )
    ),
    "shop": frozenset(("convenience", "department_store", "mall", "supermarket")),
    "office": frozenset(("government", "political_party", "union")),
    "tourism": frozenset(("museum",)),
    "railway": frozenset(("station", "halt", "subway_entrance")),
}


def street(tags: Tags) -> tuple[str, int] | None:
    """Return kind and first zoom of a street line, walkable or not."""
    highway = tags.get("highway", "")
    rank = RANKS.get(highway)
    if rank is None or highway in _NOT_DRAWN:
        return None
    return rank.name.lower(), STREET_ZOOMS[rank] + highway.endswith("_link")


def waterway(tags: Tags) -> tuple[str, int] | None:
    """Return kind and first zoom of a water line that flows in the open."""
    kind = tags.get("waterway", "")
    if kind in _WATERWAY_ZOOMS and _is_narrow(tags):
        kind = "stream"
    zoom = _WATERWAY_ZOOMS.get(kind)
    return None if zoom is None or _is_covered(tags) else (kind, zoom)


def _is_narrow(tags: Tags) -> bool:
    """Say whether water is tagged as so narrow that one steps over it."""
    width = _METRES.fullmatch(tags.get("width", ""))
    return width is not None and float(width[1]) < _NARROW_METRES


def _is_covered(tags: Tags) -> bool:
    return tags.get("tunnel", "no") != "no" or tags.get("location") == "underground"


def railway(tags: Tags) -> tuple[str, int] | None:
    """Return kind and first zoom of a line in use that trains or trams run on."""
    kind = tags.get("railway", "")
    kind = _RAILWAY_KINDS.get(kind, kind)
    if kind not in _RAILWAY_ZOOMS:
        return None
    return kind, max(_RAILWAY_ZOOMS[kind], _SIDING_ZOOM if "service" in tags else 0)


def place(tags: Tags) -> tuple[str, int] | None:
    """Return kind and first zoom of a named place."""
    kind = tags.get("place", "")
    zoom = _PLACE_ZOOMS.get(kind)
    return None if zoom is None or not tags.get("name") else (kind, zoom)


def premises(tags: Tags) -> str | None:
    """Return the kind of premises, if any."""
    for key, kinds in _PREMISES.items():
        value = tags.get(key)
        if value in kinds:
            return value
    return None


def water_area(tags: Tags) -> str | None:
    """Return the kind of an area of water in the open, if it is one."""
    if _is_covered(tags):
        return None
    water = tags.get("water")
    if tags.get("waterway") == "riverbank" or (
        tags.get("natural") == "water" and water in ("river", "stream", "canal")
    ):
        return "river"
    landuse = tags.get("landuse")
    if landuse in ("reservoir", "basin"):
        return landuse
    if tags.get("natural") == "water":
        return water if water in ("reservoir", "basin", "pond") else "lake"
    return None


def land_area(tags: Tags) -> str | None:
    """Return the kind of land use, if it is drawn."""
    for key, kinds in _LANDUSE.items():
        kind = kinds.get(tags.get(key, ""))
        if kind is not None:
            return kind
    return None


def is_building(tags: Tags) -> bool:
    """Say whether an area is the outline of a building."""
    return tags.get("building", "no") != "no"


def area_zoom(layer: Layer, square_metres: float, latitude: float) -> int:
    """Return the first zoom at which an area is some pixels wide in Web Mercator."""
    least, most = AREA_ZOOMS[layer]
    width = math.sqrt(max(square_metres, 1.0))
    metres_per_pixel = _EQUATOR_METRES_PER_PIXEL * math.cos(math.radians(latitude))
    return min(most, max(least, math.ceil(math.log2(AREA_PIXELS * metres_per_pixel / width))))
