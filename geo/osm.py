"""Read streets to walk or ride, and the water between them, from an OpenStreetMap extract."""

from array import array
from binascii import unhexlify
from pathlib import Path

import osmium
from osmium.filter import EntityFilter, IdFilter, KeyFilter, TagFilter
from osmium.geom import ALL, WKBFactory

from geo._osm_file import Progress, objects, processor
from geo._osm_graph import Collection, OsmStreets, connect
from geo._osm_ride import blocks_riders
from geo._osm_tags import Tags
from geo._osm_walk import blocks_walkers, walk_access
from geo._osm_ways import KEYS, way_of
from geo.errors import NoStreets
from geo.osm_basemap import read_water
from geo.shores import Shores, shores_of
from geo.streets import Access, Kind

__all__ = ["OsmStreets", "read_shores", "read_streets"]

# byte order, type and number of points, before the coordinates of a line in WKB
_WKB_HEAD_BYTES = 9
_TELL_EVERY = 5000
_NOWHERE = float("nan")


def read_streets(
    path: Path, *, ferries: bool = False, progress: Progress | None = None
) -> OsmStreets:
    """Read what a person may walk or ride from an OpenStreetMap extract (``.osm.pbf``).

    Which ways count, and in which direction, is decided in :mod:`geo._osm_walk` and, for the
    rider of an e-bike, in :mod:`geo._osm_ride`; a way that riders alone may use is there as
    well. Ways meet only where they share a node of OpenStreetMap, so a bridge does not meet the
    street below. The outlines of squares and halls are walkable, whether drawn as a closed way
    or as a multipolygon.

    A barrier that stops everybody ends every segment at it in a node of its own; one that stops
    riders alone takes the last metre before it from them. A lift drawn as a node or as an area
    has a node for every floor (by ``level`` of the ways that meet there) and door, half a metre
    apart, each joined to each by a segment of kind ``LIFT``; one that is closed joins nothing.
    ``step_count`` and waits are shared out over a way by length, so a very short segment may be
    given none. ``incline`` is that of the way, heights come from :mod:`geo.elevation`.

    Nodes come in the order of their OpenStreetMap ids, segments in the order of the file: the
    same file gives the same arrays.

    Args:
        path: the extract, nodes before ways, as all common tools write it.
        ferries: also keep ferries that carry walkers.
        progress: called with what is being done and the share of it that is done, 0 to 1.

    Raises:
        SourceUnreadable: the file is absent, empty, cut short, damaged, not a PBF file, or does
            not hold the nodes of its ways.
        NoStreets: it holds nothing that a person may walk.
    """
    collected = Collection(path)
    squares = _squares(path)
    source = processor(path, osmium.osm.NODE | osmium.osm.WAY).with_locations()
    keys = [*KEYS, *(["route"] if ferries else [])]
    source.with_filter(KeyFilter(*keys))
    total = _count_ways(path, keys) if progress else 0
    _collect(collected, source, ferries=ferries, total=total, progress=progress)
    _collect_squares(collected, squares, source)
    if not collected.ways:
        raise NoStreets(str(path))
    if progress:
        progress("connecting streets", 0.0)
    result = connect(collected)
    if progress:
        progress("connecting streets", 1.0)
    return result


def read_shores(path: Path, *, progress: Progress | None = None) -> Shores:
    """Read where water begins from an OpenStreetMap extract (``.osm.pbf``).

    Where the base map is read as well, :func:`geo.shores.shores_of` makes the same of it.

    Args:
        path: the extract, sorted as all common tools write it.
        progress: called with what is being done and the share of it that is done, 0 to 1.

    Raises:
        SourceUnreadable: the file is absent, empty, cut short, damaged or not PBF.
    """
    return shores_of(read_water(path, progress=progress))


def _count_ways(path: Path, keys: list[str]) -> int:
    source = processor(path, osmium.osm.WAY).with_filter(KeyFilter(*keys))
    return sum(1 for _ in objects(path, source))


def _collect(
    collected: Collection,
    source: osmium.FileProcessor,
    *,
    ferries: bool,
    total: int,
    progress: Progress | None,
) -> None:
    line = WKBFactory()
    seen = 0
    if progress:
        progress("reading streets", 0.0)
    for item in objects(collected.path, source):
        if isinstance(item, osmium.osm.Node):
            _note(collected, item)
            continue
        if not isinstance(item, osmium.osm.Way):
            continue
        seen += 1
        if progress and (seen % _TELL_EVERY == 0 or seen == total):
            progress("reading streets", seen / total)
        tags = dict(item.tags)
        if tags.get("highway") == "elevator" and item.is_closed():
            _add_lift(collected, [node.ref for node in item.nodes], tags)
            continue
        found = way_of(tags, ferries=ferries)
        if found is None or len(item.nodes) < 2:
            continue
        try:
            places = unhexlify(line.create_linestring(item, ALL))[_WKB_HEAD_BYTES:]
        except (RuntimeError, osmium.InvalidLocationError):
            places = _places(item, source)
        collected.add(item, tags, found, places)


def _note(collected: Collection, node: osmium.osm.Node) -> None:
    """Keep nodes that change how ways meet."""
    tags = dict(node.tags)
    if tags.get("highway") == "elevator":
        _add_lift(collected, [node.id], tags)
    elif "barrier" in tags:
        stopped = Access.BOTH if blocks_walkers(tags) else Access(0)
        stopped |= Access.RIDE_BOTH if blocks_riders(tags) else Access(0)
        if stopped:
            collected.barriers[node.id] = stopped


def _add_lift(collected: Collection, nodes: list[int], tags: Tags) -> None:
    collected.add_lift(nodes, shut=not walk_access(tags))


def _places(way: osmium.osm.Way, source: osmium.FileProcessor) -> bytes:
    """Look nodes up one by one; NaN where the extract does not hold one."""
    store = source.node_location_storage
    found: array[float] = array("d")
    for node in way.nodes:
        try:
            location = store.get(node.ref) if store else None
        except KeyError:
            location = None
        if location is not None and location.valid():
            found.extend((location.lon, location.lat))
        else:
            found.extend((_NOWHERE, _NOWHERE))
    return found.tobytes()


def _squares(path: Path) -> dict[int, dict[str, str]]:
    """Find ways that outline walkable multipolygons, with the tags of the whole."""
    source = processor(path, osmium.osm.RELATION)
    source.with_filter(TagFilter(("type", "multipolygon"))).with_filter(KeyFilter(*KEYS))
    outlines: dict[int, dict[str, str]] = {}
    for relation in objects(path, source):
        if not isinstance(relation, osmium.osm.Relation):
            continue
        tags = dict(relation.tags)
        if way_of(tags, area=True) is None:
            continue
        for member in relation.members:
            if member.type == "w":
                outlines.setdefault(member.ref, tags)
    return outlines


def _collect_squares(
    collected: Collection, squares: dict[int, dict[str, str]], source: osmium.FileProcessor
) -> None:
    """Add outlines that are not streets of their own."""
    wanted = sorted(squares.keys() - collected.known)
    if not wanted:
        return
    again = processor(collected.path, osmium.osm.WAY)
    again.with_filter(EntityFilter(osmium.osm.WAY)).with_filter(IdFilter(wanted))
    for way in objects(collected.path, again):
        if isinstance(way, osmium.osm.Way):
            tags = squares[way.id]
            found = way_of(tags, area=True)
            if found is not None and found.kind is Kind.LIFT:
                _add_lift(collected, [node.ref for node in way.nodes], tags)
            elif found is not None:
                collected.add(way, tags, found, _places(way, source))
