"""Read the streets a person may walk from an OpenStreetMap extract."""

from array import array
from binascii import unhexlify
from pathlib import Path

import osmium
from osmium.filter import EntityFilter, IdFilter, KeyFilter, TagFilter
from osmium.geom import ALL, WKBFactory

from geo._osm_file import Progress, objects, processor
from geo._osm_graph import Collection, OsmStreets, connect
from geo._osm_tags import blocks, walk
from geo.errors import NoStreets

__all__ = ["OsmStreets", "read_streets"]

# byte order, type and number of points, before the coordinates of a line in WKB
_WKB_HEAD_BYTES = 9
_TELL_EVERY = 5000
_NOWHERE = float("nan")


def read_streets(
    path: Path, *, ferries: bool = False, progress: Progress | None = None
) -> OsmStreets:
    """Read what a person may walk from an OpenStreetMap extract (``.osm.pbf``).

    Which ways count, and in which direction, is decided in :mod:`geo._osm_tags`. Ways meet only
    where they share a node of OpenStreetMap, so a bridge does not meet the street below. The
    outlines of squares are walkable, whether drawn as a closed way or as a multipolygon. A
    barrier that stops walkers ends every segment at it in a node of its own. A lift drawn as a
    node becomes one node a floor (by ``level`` of the ways that meet there), half a metre apart,
    each joined to each by a segment of kind ``LIFT``. ``step_count`` is shared out over a
    stairway by length, so a very short segment may be given none. ``incline`` is not used:
    heights come from :mod:`geo.elevation`.

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
    keys = ["highway", "railway", "public_transport", "barrier", *(["route"] if ferries else [])]
    source.with_filter(KeyFilter(*keys))
    total = _count_ways(path, keys) if progress else 0
    _collect(collected, source, ferries=ferries, total=total, progress=progress)
    _collect_squares(collected, squares, source)
    if not collected.walks:
        raise NoStreets(str(path))
    if progress:
        progress("connecting streets", 0.0)
    result = connect(collected)
    if progress:
        progress("connecting streets", 1.0)
    return result


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
        found = walk(tags, ferries=ferries)
        if found is None or len(item.nodes) < 2:
            continue
        try:
            places = unhexlify(line.create_linestring(item, ALL))[_WKB_HEAD_BYTES:]
        except (RuntimeError, osmium.InvalidLocationError):
            places = _places(item, source)
        collected.add(item, tags, found, places)


def _note(collected: Collection, node: osmium.osm.Node) -> None:
    """Keep nodes that change how ways meet."""
    if node.tags.get("highway") == "elevator":
        collected.lifts.add(node.id)
    elif node.tags.get("barrier") is not None and blocks(dict(node.tags)):
        collected.blocked.add(node.id)


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
    source.with_filter(TagFilter(("type", "multipolygon"))).with_filter(KeyFilter("highway"))
    outlines: dict[int, dict[str, str]] = {}
    for relation in objects(path, source):
        if not isinstance(relation, osmium.osm.Relation):
            continue
        tags = dict(relation.tags)
        if walk(tags) is None:
            continue
        for member in relation.members:
            if member.type == "w":
                outlines.setdefault(member.ref, tags)
    return outlines


def _collect_squares(
    collected: Collection, squares: dict[int, dict[str, str]], source: osmium.FileProcessor
) -> None:
    """Add outlines that are not streets of their own."""
    wanted = sorted(squares.keys() - collected.ways)
    if not wanted:
        return
    again = processor(collected.path, osmium.osm.WAY)
    again.with_filter(EntityFilter(osmium.osm.WAY)).with_filter(IdFilter(wanted))
    for way in objects(collected.path, again):
        if isinstance(way, osmium.osm.Way):
            tags = squares[way.id]
            found = walk(tags)
            if found is not None:
                collected.add(way, tags, found, _places(way, source))
