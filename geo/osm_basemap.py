"""Read what is drawn under our maps from an OpenStreetMap extract."""

from binascii import unhexlify
from collections.abc import Iterator
from pathlib import Path

import osmium
import shapely
from osmium.filter import KeyFilter, TagFilter
from osmium.geom import WKBFactory
from osmium.osm.types import OSMEntity
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from geo import _osm_kinds as kinds
from geo._osm_file import Progress, objects, processor
from geo._osm_sea import sea_areas
from geo._osm_tags import Tags
from geo.basemap import Feature, Layer
from geo.plane import metres_per_degree

_TELL_EVERY = 5000
_SEA_ZOOM = 0


class Features(Iterator[Feature]):
    """Features in the order of the file; sea comes last.

    Attributes:
        broken: areas and lines left out so far, because their outline does not close, crosses
            itself beyond repair, or runs out of the extract.
    """

    def __init__(
        self, path: Path, *, water_only: bool = False, progress: Progress | None = None
    ) -> None:
        self.broken = 0
        self._path = path
        self._progress = progress
        self._wkb = WKBFactory()
        self._coastlines: list[LineString] = []
        self._lost: set[tuple[float, float]] = set()
        self._filter = TagFilter(*kinds.WATER) if water_only else KeyFilter(*kinds.KEYS)
        self._doing = "reading water" if water_only else "reading the base map"
        # a file that is cut short is named before the first feature is out
        self._total = self._count()
        self._features = self._read()

    def __next__(self) -> Feature:
        return next(self._features)

    def _read(self) -> Iterator[Feature]:
        source = processor(self._path, osmium.osm.ALL)
        source = source.with_areas(self._filter).with_filter(self._filter)
        seen = 0
        for item in objects(self._path, source):
            if self._progress and not isinstance(item, osmium.osm.Area):
                seen += 1
                if seen % _TELL_EVERY == 0:
                    self._progress(self._doing, seen / self._total)
            yield from self._features_of(item)
        yield from self._sea()
        if self._progress:
            self._progress(self._doing, 1.0)

    def _count(self) -> int:
        source = processor(self._path, osmium.osm.ALL).with_filter(self._filter)
        return sum(1 for _ in objects(self._path, source))

    def _features_of(self, item: OSMEntity) -> Iterator[Feature]:
        tags = dict(item.tags)
        try:
            if isinstance(item, osmium.osm.Node):
                yield from self._points(item, tags)
            elif isinstance(item, osmium.osm.Way):
                yield from self._lines(item, tags)
            elif isinstance(item, osmium.osm.Area):
                yield from self._areas(item, tags)
        except (RuntimeError, osmium.InvalidLocationError, shapely.errors.GEOSException):
            # pyosmium's word for a ring that does not close or a node that is not there
            self.broken += 1

    def _points(self, node: osmium.osm.Node, tags: Tags) -> Iterator[Feature]:
        place, premises = kinds.place(tags), kinds.premises(tags)
        if place or premises:
            geometry = unhexlify(self._wkb.create_point(node))
            if place:
                yield _feature(Layer.PLACE, *place, tags, geometry)
            if premises:
                yield _feature(Layer.PREMISES, premises, kinds.PREMISES_ZOOM, tags, geometry)

    def _lines(self, way: osmium.osm.Way, tags: Tags) -> Iterator[Feature]:
        drawn = [
            (layer, found)
            for layer, found in (
                (Layer.STREET, kinds.street(tags)),
                (Layer.WATER, kinds.waterway(tags)),
                (Layer.RAILWAY, kinds.railway(tags)),
            )
            if found is not None
        ]
        coastline = tags.get("natural") == "coastline"
        if not drawn and not coastline:
            return
        try:
            geometry = unhexlify(self._wkb.create_linestring(way))
        except osmium.InvalidLocationError:
            geometry = _known_parts(way)
        if coastline:
            self._keep_coast(way, geometry)
        for layer, found in drawn:
            yield _feature(layer, *found, tags, geometry)

    def _keep_coast(self, way: osmium.osm.Way, geometry: bytes) -> None:
        parts = shapely.get_parts(shapely.from_wkb(geometry)).tolist()
        whole = {
            (node.lon, node.lat)
            for node in (way.nodes[0], way.nodes[len(way.nodes) - 1])
            if node.location.valid()
        }
        for part in parts:
            self._lost.update({part.coords[0], part.coords[-1]} - whole)
        self._coastlines.extend(parts)

    def _areas(self, area: osmium.osm.Area, tags: Tags) -> Iterator[Feature]:
        water, land = kinds.water_area(tags), kinds.land_area(tags)
        building, premises = kinds.is_building(tags), kinds.premises(tags)
        if not (water or land or building or premises):
            return
        shape = _polygonal(shapely.from_wkb(unhexlify(self._wkb.create_multipolygon(area))))
        if shape is None:
            self.broken += 1
            return
        geometry = shapely.to_wkb(shape)
        for layer, kind in ((Layer.WATER, water), (Layer.LANDUSE, None if water else land)):
            if kind:
                yield _feature(layer, kind, _zoom(layer, shape), tags, geometry)
        if building:
            yield _feature(Layer.BUILDING, "building", kinds.BUILDING_ZOOM, tags, geometry)
        if premises:
            point = shapely.to_wkb(shapely.point_on_surface(shape))
            yield _feature(Layer.PREMISES, premises, kinds.PREMISES_ZOOM, tags, point)

    def _sea(self) -> Iterator[Feature]:
        if not self._coastlines:
            return
        box = processor(self._path, osmium.osm.NOTHING).header.box()
        if not box.valid():
            self.broken += 1
            return
        corners = (box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)
        seas = sea_areas(self._coastlines, shapely.box(*corners), lost=self._lost)
        if seas is None:
            self.broken += 1
        for sea in seas or ():
            yield _feature(Layer.WATER, "sea", _SEA_ZOOM, {}, shapely.to_wkb(sea))


def read_features(path: Path, *, progress: Progress | None = None) -> Features:
    """Stream the base map of an OpenStreetMap extract (``.osm.pbf``).

    Areas are assembled from closed ways and from multipolygons. A closed way may give several
    features: a building that holds a bank gives both. Streets come as one line a way, walkable
    or not. Sea is assembled from coastlines where the extract's header states the box it was cut
    to, and left out where a coastline ends within that box.

    Args:
        path: the extract, sorted as all common tools write it.
        progress: called with what is being done and the share of it that is done, 0 to 1.

    Returns:
        An iterator that reads as it goes and counts in ``broken`` what had to be left out.

    Raises:
        SourceUnreadable: at once, if the file is absent, empty, cut short, damaged or not PBF.
    """
    return Features(path, progress=progress)


def read_water(path: Path, *, progress: Progress | None = None) -> Features:
    """Stream what has to do with water alone: much faster, for whoever needs no map.

    As :func:`read_features`; a feature of another layer that is tagged as water too comes along.
    """
    return Features(path, water_only=True, progress=progress)


def _feature(layer: Layer, kind: str, min_zoom: int, tags: Tags, geometry: bytes) -> Feature:
    return Feature(
        layer=layer,
        kind=kind,
        name=tags.get("name", ""),
        min_zoom=min_zoom,
        geometry=geometry,
    )


def _known_parts(way: osmium.osm.Way) -> bytes:
    """Return what the extract holds of a line that leaves it.

    Raises:
        RuntimeError: no two neighbouring nodes are there.
    """
    parts: list[list[tuple[float, float]]] = [[]]
    for node in way.nodes:
        if node.location.valid():
            parts[-1].append((node.lon, node.lat))
        elif parts[-1]:
            parts.append([])
    lines = [LineString(part) for part in parts if len(set(part)) > 1]
    if not lines:
        raise RuntimeError("a line of fewer than two nodes")
    return shapely.to_wkb(lines[0] if len(lines) == 1 else shapely.MultiLineString(lines))


def _polygonal(shape: BaseGeometry) -> BaseGeometry | None:
    """Return a valid polygon or multipolygon, or None where nothing of it has an area."""
    if not shape.is_valid:
        # repair may leave lines beside the areas, and these within a collection
        repaired = shapely.get_parts(shapely.get_parts(shapely.make_valid(shape)))
        shape = shapely.union_all(repaired[shapely.get_dimensions(repaired) == 2])
    if shape.is_empty:
        return None
    parts = shapely.get_parts(shape).tolist()
    return parts[0] if len(parts) == 1 else shape


def _zoom(layer: Layer, shape: BaseGeometry) -> int:
    south, north = shape.bounds[1], shape.bounds[3]
    latitude = (south + north) / 2
    east_metres, north_metres = metres_per_degree(latitude)
    return kinds.area_zoom(layer, shape.area * east_metres * north_metres, latitude)
