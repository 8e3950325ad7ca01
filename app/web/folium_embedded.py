"""The data of the one-file map: what is handed in, and the compact form it is written in.

Lines become runs of integers in units of 1e-5 degrees (about a metre): the first point,
then differences, longitude before latitude.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

UNITS_PER_DEGREE = 100_000

Line = Sequence[Sequence[float]]
FeatureCollection = Mapping[str, Any]

_POINT, _LINE, _POLYGON = 1, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetBand:
    """Streets of one band of walking minutes and one width.

    Attributes:
        band: 5, 10, 15, or 99 for those farther away or not reached.
        lines: lines of (longitude, latitude) in WGS-84.
        width: 0 for main streets, 1 for local ones, 2 for paths, steps and the like.
    """

    band: int
    lines: Sequence[Line]
    width: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineData:
    """Everything a map without a server shows, in WGS-84.

    Attributes:
        stations, scope, districts: GeoJSON feature collections, as the server's routes give them.
        uncovered: ``{"layer": name, "points": [[latitude, longitude, weight], …]}``.
        streets: streets by band, simplified to what is worth drawing.
        basemap: feature collections under ``landuse``, ``water``, ``street`` and ``place``;
            each feature's properties hold ``kind`` and may hold ``name``.
        gaps: numbered places where people are left out; on a map of a plan alone.
    """

    stations: FeatureCollection
    scope: FeatureCollection
    districts: FeatureCollection
    uncovered: Mapping[str, Any]
    streets: Sequence[StreetBand]
    basemap: Mapping[str, FeatureCollection]
    gaps: FeatureCollection | None = None


def encode(data: InlineData) -> dict[str, object]:
    """Write inline data in the form ``static/manage_file.js`` reads."""
    return {
        "stations": data.stations,
        "scope": data.scope,
        "districts": data.districts,
        "uncovered": data.uncovered,
        "gaps": data.gaps,
        "streets": [
            {"band": band.band, "width": band.width, "lines": _runs(band.lines)}
            for band in data.streets
            if band.lines
        ],
        "basemap": {
            layer: [
                encoded
                for feature in collection["features"]
                if (encoded := _feature(feature)) is not None
            ]
            for layer, collection in data.basemap.items()
        },
    }


def run(line: Line) -> list[int]:
    """Write a line as one run of integers; points that fall on the one before are left out."""
    numbers: list[int] = []
    last = (0, 0)
    for point in line:
        here = (round(point[0] * UNITS_PER_DEGREE), round(point[1] * UNITS_PER_DEGREE))
        if numbers and here == last:
            continue
        numbers += (here[0] - last[0], here[1] - last[1])
        last = here
    return numbers


def _runs(lines: Iterable[Line]) -> list[list[int]]:
    shortest = 4  # two points
    return [numbers for numbers in map(run, lines) if len(numbers) >= shortest]


def _feature(feature: Mapping[str, Any]) -> list[object] | None:
    """Write a feature as kind, name, type and runs; None for what is too small to draw."""
    kind, paths = _paths(feature["geometry"])
    properties = feature["properties"]
    runs = [run(path) for path in paths] if kind == _POINT else _runs(paths)
    return [properties["kind"], properties.get("name") or "", kind, runs] if runs else None


def _paths(geometry: Mapping[str, Any]) -> tuple[int, list[Line]]:
    """The paths of a geometry; all rings of a polygon together, for the even-odd rule."""
    coordinates = geometry["coordinates"]
    match geometry["type"]:
        case "Point":
            return _POINT, [[coordinates]]
        case "LineString":
            return _LINE, [coordinates]
        case "MultiLineString":
            return _LINE, list(coordinates)
        case "Polygon":
            return _POLYGON, list(coordinates)
        case "MultiPolygon":
            return _POLYGON, [ring for polygon in coordinates for ring in polygon]
        case other:
            raise ValueError(
                f"a feature of the base map is a {other}; expected points, lines, areas"
            )
