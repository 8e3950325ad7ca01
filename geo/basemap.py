"""What is drawn under our maps: water, green, railways, buildings, streets, names."""

from dataclasses import dataclass
from enum import StrEnum


class Layer(StrEnum):
    """Layers of the base map, in the order they are painted."""

    LANDUSE = "landuse"
    WATER = "water"
    BUILDING = "building"
    STREET = "street"
    RAILWAY = "railway"
    PLACE = "place"
    PREMISES = "premises"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One thing on the base map.

    Attributes:
        layer: the layer it is painted in.
        kind: what it is within the layer: ``river``, ``park``, ``primary``, ``suburb``, ``bank``…
        name: its local name, or an empty string.
        min_zoom: the first zoom at which it is worth drawing.
        geometry: two-dimensional WKB in WGS-84 (EPSG:4326), valid and not empty.
    """

    layer: Layer
    kind: str
    name: str
    min_zoom: int
    geometry: bytes
