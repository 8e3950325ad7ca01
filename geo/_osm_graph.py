"""Make a street graph of the ways read from an OpenStreetMap extract."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray

from geo._osm_nodes import COLUMNS, Segments, clear_barriers, part_floors, split_lifts
from geo._osm_tags import Tags, level
from geo._osm_ways import Way
from geo.errors import NoStreets, SourceUnreadable
from geo.plane import segment_metres
from geo.streets import Access, Kind, StreetGraph, whole_waits


@dataclass(frozen=True, slots=True, kw_only=True)
class OsmStreets:
    """The streets of an extract, and what could not be kept.

    Attributes:
        streets: what may be walked or ridden, heights NaN.
        ways: number of ways that gave at least one segment.
        ride_only_ways: how many of them are open to riders alone.
        stairways: how many of them are steps.
        inclined_ways: how many of them are tagged with an incline that can be read.
        cut_ways: ways that lost nodes, because the extract ends there.
        missing_nodes: number of nodes that ways name and the extract does not hold.
        blocked_nodes: gates and other barriers that stop a walker.
        ride_blocked_nodes: those that stop a rider alone.
    """

    streets: StreetGraph
    ways: int
    ride_only_ways: int
    stairways: int
    inclined_ways: int
    cut_ways: int
    missing_nodes: int
    blocked_nodes: int
    ride_blocked_nodes: int


@dataclass(slots=True)
class Collection:
    """Ways as they are read: flat arrays, one entry a node or one a way.

    Attributes:
        barriers: nodes that somebody cannot pass, and the directions that end there.
        lifts: nodes of lifts, and the cabin each is a door of.
        shut_lifts: cabins that nobody rides in.
        outlines: numbers of ways, in the order read, that outline halls in a building.
    """

    path: Path
    references: "array[int]" = field(default_factory=lambda: array("q"))
    places: list[bytes] = field(default_factory=list)
    lengths: "array[int]" = field(default_factory=lambda: array("i"))
    ways: list[Way] = field(default_factory=list)
    levels: list[str] = field(default_factory=list)
    name: "array[int]" = field(default_factory=lambda: array("i"))
    names: dict[str, int] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    barriers: dict[int, Access] = field(default_factory=dict)
    lifts: dict[int, int] = field(default_factory=dict)
    shut_lifts: set[int] = field(default_factory=set)
    outlines: set[int] = field(default_factory=set)

    def add(self, way: osmium.osm.Way, tags: Tags, found: Way, places: bytes) -> None:
        """Keep one way; ``places`` holds longitude and latitude of its nodes as doubles."""
        references = [node.ref for node in way.nodes]
        self.references.extend(references)
        self.lengths.append(len(references))
        self.places.append(places)
        if tags.get("indoor") and "highway" not in tags and references[0] == references[-1]:
            self.outlines.add(len(self.ways))
        self.ways.append(found)
        self.levels.append(level(tags))
        name = tags.get("name", "")
        self.name.append(self.names.setdefault(name, len(self.names)) if name else -1)
        self.known.add(way.id)

    def add_lift(self, nodes: Sequence[int], *, shut: bool) -> None:
        """Keep a lift by the nodes that may be its doors."""
        cabin = self.lifts.get(nodes[0], nodes[0])
        self.lifts.update(dict.fromkeys(nodes, cabin))
        if shut:
            self.shut_lifts.add(cabin)


def connect(collected: Collection) -> OsmStreets:
    """Make segments of ways, split nodes that cannot be passed, and number the nodes.

    Raises:
        SourceUnreadable: no way has two neighbouring nodes in the extract.
        NoStreets: nothing of it may be walked.
    """
    references = np.frombuffer(collected.references, dtype=np.int64)
    places = np.frombuffer(b"".join(collected.places), dtype=np.float64).reshape(-1, 2)
    way = np.repeat(np.arange(len(collected.ways)), np.frombuffer(collected.lengths, np.int32))
    known = ~np.isnan(places[:, 0])
    joined = (way[1:] == way[:-1]) & known[1:] & known[:-1] & (references[1:] != references[:-1])
    at = np.flatnonzero(joined)
    if not len(at):
        raise SourceUnreadable(
            str(collected.path),
            "it does not hold the nodes its streets run through; make the extract anew with "
            "complete ways, sorted by type and id",
        )
    owner = way[at]
    segments = Segments(
        np.stack([references[at], references[at + 1]]),
        np.stack([places[at], places[at + 1]]),
        _columns(collected, owner, places[at], places[at + 1]),
    )
    # floors first: they are told by the levels of whole ways, which the pieces below lack
    part_floors(segments, owner, collected.levels, collected.outlines)
    split_lifts(segments, owner, collected.levels, collected.lifts, collected.shut_lifts)
    blocked, ride_blocked = clear_barriers(segments, collected.barriers)
    streets = _number(segments, tuple(collected.names))
    if not (streets.access & np.uint8(Access.BOTH)).any():
        raise NoStreets(str(collected.path))
    kept = [collected.ways[index] for index in np.unique(owner)]
    return OsmStreets(
        streets=streets,
        ways=len(kept),
        ride_only_ways=sum(not found.access & Access.BOTH for found in kept),
        stairways=sum(found.kind is Kind.STEPS for found in kept),
        inclined_ways=sum(found.incline == found.incline for found in kept),
        cut_ways=len(np.unique(way[~known])),
        missing_nodes=len(np.unique(references[~known])),
        blocked_nodes=blocked,
        ride_blocked_nodes=ride_blocked,
    )


def _columns(
    collected: Collection,
    owner: NDArray[np.int64],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
) -> NDArray[np.void]:
    """Return what the ways say of each of their segments."""
    ways = collected.ways
    columns = np.zeros(len(owner), COLUMNS)
    for name in ("kind", "rank", "access", "incline"):
        columns[name] = np.array([getattr(found, name) for found in ways])[owner]
    columns["name"] = np.frombuffer(collected.name, dtype=np.int32)[owner]
    metres = segment_metres(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    columns["steps"] = _share(np.array([found.steps for found in ways]), owner, metres)
    waits = whole_waits(np.array([found.kind for found in ways], np.uint8))
    columns["wait"] = _share(waits.astype(np.int64), owner, metres)
    return columns


def _share(
    totals: NDArray[np.int64], owner: NDArray[np.int64], metres: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Share a whole number for each way out over its segments by length, losing none."""
    ways, first, count = np.unique(owner, return_index=True, return_counts=True)
    total = totals[ways]
    passed = np.cumsum(metres)
    before = passed[first] - metres[first]
    length = passed[first + count - 1] - before
    # where nothing has a length, segments count alike
    rank = np.arange(1, len(owner) + 1) - np.repeat(first, count)
    flat = np.repeat(length <= 0, count)
    part = np.where(flat, rank, passed - np.repeat(before, count))
    whole = np.where(flat, np.repeat(count, count), np.repeat(length, count))
    shares = np.rint(part / whole * np.repeat(total, count)).astype(np.int64)
    shares[first + count - 1] = total
    result = np.diff(shares, prepend=0)
    result[first] = shares[first]
    return result


def _number(segments: Segments, names: tuple[str, ...]) -> StreetGraph:
    """Turn ids of nodes into indices; what nobody may pass is left out."""
    open_ = segments.columns["access"] != 0
    ends, where, columns = (
        segments.ends[:, open_],
        segments.where[:, open_],
        segments.columns[open_],
    )
    _, first, index = np.unique(ends.ravel(), return_index=True, return_inverse=True)
    index = index.reshape(ends.shape).astype(np.int32)
    node = where.reshape(-1, 2)[first]
    column = {name: np.ascontiguousarray(columns[name]) for name in COLUMNS.names or ()}
    return StreetGraph(
        longitude=np.ascontiguousarray(node[:, 0]),
        latitude=np.ascontiguousarray(node[:, 1]),
        height=np.full(len(node), np.nan, dtype=np.float32),
        start=np.ascontiguousarray(index[0]),
        end=np.ascontiguousarray(index[1]),
        names=names,
        **column,
    )
