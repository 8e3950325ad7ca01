"""A map drawn as SVG: ground, streets by minutes, stations, gaps, scale, legend.

Nothing is fetched: the same shapes give the same drawing, on paper as on a page.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape

from app.files import map_legend as legend
from app.files.map_marks import PAPER, SOFT, Language, added_mark, gap_mark, station_mark, text
from app.files.map_shapes import Collection, MapShapes

WIDTH = 1200.0
# a map is neither a strip nor a tower
LEAST_SHAPE, MOST_SHAPE = 0.6, 0.94
MARGIN_SHARE = 0.03
# of a pixel of the drawing: finer is not seen on paper
SIMPLE_PIXELS, SHORTEST_PIXELS = 0.35, 0.6

GROUND = "#f5f3ee"
_LANDUSE = {
    "residential": "#efede7", "commercial": "#f1ebe6", "industrial": "#eceaee",
    "farmland": "#f2f0e1", "grass": "#e5eed9", "park": "#d6e8cb", "wood": "#cfe0c5",
    "cemetery": "#dbe4d8",
}  # fmt: skip
_WATER = "#b4d5e4"
EDGE = "#0b5c56"
_MAIN = {"motorway": 3.4, "trunk": 3.2, "primary": 2.8, "secondary": 2.2}
# walking time by thirds: the nearest stands out most
BAND_COLOURS = {0: "#0a3d4d", 1: "#1d8a8c", 2: "#7ecbae", 9: "#b3babe"}
_BAND_WIDTHS = {0: 2.3, 1: 1.35, 2: 0.8}
_BEYOND_SHARE = 0.62
_PLACES = {"city": 22.0, "town": 17.0, "suburb": 16.0, "village": 14.0, "neighbourhood": 13.0}
_MOST_PLACES = 26
_DENSE = (150, 500)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The plane of a drawing: degrees to pixels, north up, sizes true at its middle."""

    west: float
    north: float
    per_longitude: float
    per_latitude: float
    width: float
    height: float

    @property
    def metres_per_pixel(self) -> float:
        return 111_320.0 / self.per_latitude

    def pixels(self, coordinates: Any) -> NDArray[np.float64]:
        """Return x and y of longitudes and latitudes, of shape (n, 2)."""
        points = np.asarray(coordinates, np.float64).reshape(-1, 2)
        x = (points[:, 0] - self.west) * self.per_longitude
        y = (self.north - points[:, 1]) * self.per_latitude
        return np.column_stack((x, y))

    def holds(self, x: float, y: float, *, within: float = 0.0) -> bool:
        """Whether a place is on the map, so far within its edge."""
        return within <= x <= self.width - within and within <= y <= self.height - within


def draw(shapes: MapShapes, language: Language = "zh", *, family: str = "Noto Sans SC") -> str:
    """Draw a map as an SVG document.

    Args:
        family: the font of its words.
    """
    frame = _frame(shapes.bounds)
    strip = legend.strip(shapes, language, width=frame.width, colours=BAND_COLOURS)
    height = frame.height + strip.height
    sheet = f'<rect width="{frame.width:g}" height="{frame.height:g}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width:g} {height:g}" '
        f'width="{frame.width:g}" height="{height:g}" role="img" '
        f'font-family="{escape(family)}, sans-serif">',
        f"<title>{escape(legend.title(shapes, language))}</title>",
        f'<rect width="{frame.width:g}" height="{height:g}" fill="{PAPER}"/>',
        f'<clipPath id="sheet">{sheet}/></clipPath>',
        '<g clip-path="url(#sheet)">',
        f'{sheet} fill="{GROUND}"/>',
        *_ground(shapes, frame),
        *_streets(shapes, frame),
        *_outlines(shapes, frame),
        *_names(shapes, frame),
        *_marks(shapes, frame),
        "</g>",
        legend.furniture(
            shapes, language, width=frame.width, height=frame.height,
            metres_per_pixel=frame.metres_per_pixel,
        ),
        f'<g transform="translate(0 {frame.height:g})">{strip.markup}</g>',
        f'<rect x="0.5" y="0.5" width="{frame.width - 1:g}" height="{frame.height - 1:g}" '
        f'fill="none" stroke="{SOFT}" stroke-opacity="0.35"/>',
        "</svg>",
    ]  # fmt: skip
    return "\n".join(part for part in parts if part)


def _frame(bounds: tuple[float, float, float, float]) -> _Frame:
    west, south, east, north = bounds
    shrink = math.cos(math.radians((south + north) / 2))
    wide, high = max((east - west) * shrink, 1e-4), max(north - south, 1e-4)
    wide, high = wide * (1 + 2 * MARGIN_SHARE), high * (1 + 2 * MARGIN_SHARE)
    form = min(max(high / wide, LEAST_SHAPE), MOST_SHAPE)
    # what the sheet is wider or higher than the scope goes to both sides
    wide, high = max(wide, high / form), max(high, wide * form)
    scale = WIDTH / wide
    return _Frame(
        west=(west + east) / 2 - wide / shrink / 2,
        north=(south + north) / 2 + high / 2,
        per_longitude=scale * shrink,
        per_latitude=scale,
        width=WIDTH,
        height=round(high * scale),
    )


# Ground -----------------------------------------------------------------------------------------


def _ground(shapes: MapShapes, frame: _Frame) -> Iterable[str]:
    for feature in shapes.basemap["landuse"]["features"]:
        colour = _LANDUSE.get(feature["properties"]["kind"])
        if colour and (path := _area(feature["geometry"], frame)):
            yield f'<path d="{path}" fill="{colour}" fill-rule="evenodd"/>'
    for feature in shapes.basemap["water"]["features"]:
        if "Polygon" in feature["geometry"]["type"]:
            if path := _area(feature["geometry"], frame):
                yield f'<path d="{path}" fill="{_WATER}" fill-rule="evenodd"/>'
        elif path := _lines(_paths(feature["geometry"]), frame):
            yield f'<path d="{path}" fill="none" stroke="{_WATER}" stroke-width="2"/>'
    yield from _main_streets(shapes.basemap["street"], frame)


def _main_streets(streets: Collection, frame: _Frame) -> Iterable[str]:
    by_kind: dict[str, list[Any]] = {}
    for feature in streets["features"]:
        kind = feature["properties"]["kind"]
        if kind in _MAIN:
            by_kind.setdefault(kind, []).extend(_paths(feature["geometry"]))
    drawn = {kind: _lines(by_kind[kind], frame) for kind in reversed(_MAIN) if kind in by_kind}
    for more, colour in ((2.4, "#e3ddcf"), (0.9, "#fffdf6")):
        for kind, path in drawn.items():
            if path:
                yield _stroke(path, colour, _MAIN[kind] + more)


def _area(geometry: Any, frame: _Frame) -> str:
    """Write the rings of an area; one that fills less than a dot is left out."""
    flat = shapely.transform(shape(geometry), frame.pixels)
    flat = shapely.simplify(flat, 2 * SIMPLE_PIXELS)
    if flat.is_empty or flat.area < 3:
        return ""
    polygons = shapely.get_parts(flat)
    rings = [ring for one in polygons for ring in (one.exterior, *one.interiors)]
    return "".join(_path(np.asarray(ring.coords)) + "Z" for ring in rings)


def _paths(geometry: Any) -> list[Any]:
    coordinates = geometry["coordinates"]
    return [coordinates] if geometry["type"] == "LineString" else list(coordinates)


# Streets ----------------------------------------------------------------------------------------


def _streets(shapes: MapShapes, frame: _Frame) -> Iterable[str]:
    """Draw the far before the near and the small before the great."""
    order = sorted(shapes.streets, key=lambda part: (-part.band, -part.width))
    for part in order:
        if path := _lines(part.lines, frame):
            wide = _BAND_WIDTHS[part.width] * (_BEYOND_SHARE if part.band not in (0, 1, 2) else 1)
            yield _stroke(path, BAND_COLOURS[part.band], wide)


def _lines(lines: Sequence[Any], frame: _Frame) -> str:
    """Write many lines as one path, cut at the sheet and without what cannot be seen."""
    kept = [line for line in lines if len(line) > 1]
    if not kept:
        return ""
    of = np.repeat(np.arange(len(kept)), [len(line) for line in kept])
    flat = frame.pixels(np.concatenate([np.asarray(line, np.float64)[:, :2] for line in kept]))
    drawn: Any = shapely.simplify(shapely.linestrings(flat, indices=of), SIMPLE_PIXELS)
    drawn = shapely.clip_by_rect(drawn, -4, -4, frame.width + 4, frame.height + 4)
    drawn = shapely.get_parts(drawn[shapely.length(drawn) > SHORTEST_PIXELS])
    return "".join(_path(shapely.get_coordinates(line)) for line in drawn)


def _path(points: NDArray[np.float64]) -> str:
    """Write points in tenths of a pixel, each as the step from the one before."""
    tenths = np.rint(points * 10).astype(np.int64)
    steps = np.diff(tenths, axis=0)
    steps = steps[(steps != 0).any(axis=1)]
    x, y = tenths[0]
    moves = "".join(f"{dx / 10:g} {dy / 10:g} " for dx, dy in steps.tolist())
    return f"M{x / 10:g} {y / 10:g}l{moves}" if len(steps) else ""


def _stroke(path: str, colour: str, width: float, more: str = "") -> str:
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
        f'stroke-linecap="round" stroke-linejoin="round"{more}/>'
    )


# Edges and names --------------------------------------------------------------------------------


def _outlines(shapes: MapShapes, frame: _Frame) -> Iterable[str]:
    for feature in shapes.districts["features"]:
        path = _area(feature["geometry"], frame)
        yield _stroke(path, SOFT, 1.1, ' stroke-dasharray="1 4" stroke-opacity="0.8"')
    parts = {f["properties"]["part"]: f["geometry"] for f in shapes.scope["features"]}
    if "region" not in parts:
        return
    region = _area(parts["region"], frame)
    sheet = f"M-9 -9H{frame.width + 9:g}V{frame.height + 9:g}H-9Z"
    # what is not asked about steps back
    yield f'<path d="{sheet}{region}" fill="{PAPER}" fill-opacity="0.5" fill-rule="evenodd"/>'
    if "streets" in parts:
        yield _stroke(_lines(_paths(parts["streets"]), frame), EDGE, 5, ' stroke-opacity="0.22"')
    outline = _area(parts["areas"], frame) if "areas" in parts else region
    yield _stroke(outline, PAPER, 5, ' stroke-opacity="0.85"')
    yield _stroke(outline, EDGE, 2.2, ' stroke-dasharray="11 5"')


def _names(shapes: MapShapes, frame: _Frame) -> Iterable[str]:
    """Write the names of places that fit beside the gaps and each other, the greater first."""
    order = list(_PLACES)
    places = [f for f in shapes.basemap["place"]["features"] if f["properties"]["kind"] in _PLACES]
    places.sort(key=lambda f: order.index(f["properties"]["kind"]))
    taken = [
        # a numbered drop stands above its place
        (x, y - 14.0, 15.0, 20.0)
        for f in (*shapes.gaps["features"], *shapes.added["features"])
        for x, y in frame.pixels(f["geometry"]["coordinates"]).tolist()
    ]
    written = 0
    for feature in places:
        name, size = feature["properties"]["name"], _PLACES[feature["properties"]["kind"]]
        x, y = frame.pixels(feature["geometry"]["coordinates"])[0].tolist()
        half = _half_width(name, size)
        free = not any(
            abs(x - a) < half + wide and abs(y - b) < size * 0.7 + high
            for a, b, wide, high in taken
        )
        if name and free and frame.holds(x, y, within=half / 2 + 12) and written < _MOST_PLACES:
            taken.append((x, y, half, size * 0.7))
            written += 1
            yield text(x, y + size * 0.35, name, size=size, fill="#2c3c44", halo=4.5, weight=500)


def _half_width(name: str, size: float) -> float:
    return sum(1.0 if ord(sign) > 255 else 0.56 for sign in name) * size / 2 + 5


# Marks ------------------------------------------------------------------------------------------


def _marks(shapes: MapShapes, frame: _Frame) -> Iterable[str]:
    stations = shapes.stations["features"]
    size = 1.0 - 0.22 * sum(len(stations) > many for many in _DENSE)
    # the open ones last: where they are dense, they are what is seen
    order = {"open": 3, "unknown": 2, "closed": 1, "lacking": 0}
    for feature in sorted(stations, key=lambda f: order[f["properties"]["open"]]):
        x, y = frame.pixels(feature["geometry"]["coordinates"])[0].tolist()
        if frame.holds(x, y):
            yield station_mark(x, y, feature["properties"]["open"], size)
    for feature in shapes.added["features"]:
        x, y = frame.pixels(feature["geometry"]["coordinates"])[0].tolist()
        yield added_mark(x, y)
    for feature in reversed(shapes.gaps["features"]):
        x, y = frame.pixels(feature["geometry"]["coordinates"])[0].tolist()
        yield gap_mark(x, y, str(feature["properties"]["rank"]))
