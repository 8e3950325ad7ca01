"""Make a street graph of the ways read from an OpenStreetMap extract."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray

from geo._osm_tags import Walk, level
from geo.errors import SourceUnreadable
from geo.streets import Access, Kind, Rank, StreetGraph

# floors of a lift lie half a metre apart on the map: what has no length takes no time
_FLOOR_DEGREES = 5e-6
_LIFT = Walk(Kind.LIFT, Rank.PATH, Access.BOTH, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OsmStreets:
    """The streets of an extract, and what could not be kept.

    Attributes:
        streets: the walkable streets, heights NaN.
        ways: number of ways that gave at least one segment.
        stairways: how many of them are steps.
        cut_ways: walkable ways that lost nodes, because the extract ends there.
        missing_nodes: number of nodes that walkable ways name and the extract does not hold.
        blocked_nodes: gates and other barriers that stop a walker.
    """

    streets: StreetGraph
    ways: int
    stairways: int
    cut_ways: int
    missing_nodes: int
    blocked_nodes: int


@dataclass(slots=True)
class Collection:
    """Walkable ways as they are read: flat arrays, one entry a node or one a way."""

    path: Path
    references: "array[int]" = field(default_factory=lambda: array("q"))
    places: list[bytes] = field(default_factory=list)
    lengths: "array[int]" = field(default_factory=lambda: array("i"))
    walks: list[Walk] = field(default_factory=list)
    levels: list[str] = field(default_factory=list)
    name: "array[int]" = field(default_factory=lambda: array("i"))
    names: dict[str, int] = field(default_factory=dict)
    ways: set[int] = field(default_factory=set)
    blocked: set[int] = field(default_factory=set)
    lifts: set[int] = field(default_factory=set)

    def add(self, way: osmium.osm.Way, tags: dict[str, str], found: Walk, places: bytes) -> None:
        """Keep one way; ``places`` holds longitude and latitude of its nodes as doubles."""
        references = [node.ref for node in way.nodes]
        self.references.extend(references)
        self.lengths.append(len(references))
        self.places.append(places)
        self.walks.append(found)
        self.levels.append(level(tags))
        name = tags.get("name", "")
        self.name.append(self.names.setdefault(name, len(self.names)) if name else -1)
        self.ways.add(way.id)


def connect(collected: Collection) -> OsmStreets:
    """Make segments of ways, split nodes where walkers cannot pass, and number the nodes."""
    references = np.frombuffer(collected.references, dtype=np.int64)
    places = np.frombuffer(b"".join(collected.places), dtype=np.float64).reshape(-1, 2)
    way = np.repeat(np.arange(len(collected.walks)), np.frombuffer(collected.lengths, np.int32))
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
    ends = np.stack([references[at], references[at + 1]])
    where = np.stack([places[at], places[at + 1]])
    blocked = _split_barriers(ends, collected.blocked)
    lifts = _split_lifts(ends, where, owner, collected)
    columns = np.array([walk[:3] for walk in collected.walks], dtype=np.uint8)[owner]
    columns = np.concatenate([columns, np.full((len(lifts.ends[0]), 3), _LIFT[:3], np.uint8)])
    name = np.frombuffer(collected.name, dtype=np.int32)[owner]
    steps = _share_steps(collected.walks, owner, where)
    extra = (0, len(lifts.ends[0]))
    streets = _number(
        np.concatenate([ends, lifts.ends], axis=1),
        np.concatenate([where, lifts.where], axis=1),
        columns=columns,
        name=np.pad(name, extra, constant_values=-1),
        steps=np.pad(steps, extra),
        names=tuple(collected.names),
    )
    kept = np.unique(owner)
    return OsmStreets(
        streets=streets,
        ways=len(kept),
        stairways=sum(collected.walks[i].kind is Kind.STEPS for i in kept),
        cut_ways=len(np.unique(way[~known])),
        missing_nodes=len(np.unique(references[~known])),
        blocked_nodes=blocked,
    )


def _number(
    ends: NDArray[np.int64],
    where: NDArray[np.float64],
    *,
    columns: NDArray[np.uint8],
    name: NDArray[np.int32],
    steps: NDArray[np.int32],
    names: tuple[str, ...],
) -> StreetGraph:
    """Turn ids of nodes into indices; ``ends`` (2, segments), ``where`` (2, segments, 2)."""
    _, first, index = np.unique(ends.ravel(), return_index=True, return_inverse=True)
    index = index.reshape(ends.shape).astype(np.int32)
    node = where.reshape(-1, 2)[first]
    return StreetGraph(
        longitude=np.ascontiguousarray(node[:, 0]),
        latitude=np.ascontiguousarray(node[:, 1]),
        height=np.full(len(node), np.nan, dtype=np.float32),
        start=index[0],
        end=index[1],
        kind=np.ascontiguousarray(columns[:, 0]),
        rank=np.ascontiguousarray(columns[:, 1]),
        access=np.ascontiguousarray(columns[:, 2]),
        name=name,
        steps=steps,
        incline=np.full(len(name), np.nan, np.float32),
        names=names,
    )


def _split_barriers(ends: NDArray[np.int64], blocked: set[int]) -> int:
    """Give every segment that ends at a shut barrier an end of its own, in place."""
    shut = np.isin(ends, np.fromiter(sorted(blocked), dtype=np.int64))
    count = len(np.unique(ends[shut]))
    ends[shut] = ends.max() + 1 + np.arange(shut.sum())
    return count


@dataclass(frozen=True, slots=True)
class _Lifts:
    ends: NDArray[np.int64]
    where: NDArray[np.float64]


def _split_lifts(
    ends: NDArray[np.int64],
    where: NDArray[np.float64],
    owner: NDArray[np.int64],
    collected: Collection,
) -> _Lifts:
    """Give lifts a node a floor, in place, and return the segments that join the floors."""
    floors: dict[int, dict[str, list[tuple[int, int]]]] = {}
    at_lift = np.isin(ends, np.fromiter(sorted(collected.lifts), dtype=np.int64))
    for side, segment in np.argwhere(at_lift):
        of_lift = floors.setdefault(int(ends[side, segment]), {})
        of_lift.setdefault(collected.levels[owner[segment]], []).append((side, segment))
    fresh = int(ends.max()) + 1
    pairs: list[tuple[int, int]] = []
    places: list[NDArray[np.float64]] = []
    for lift in sorted(floors):
        nodes: list[tuple[int, NDArray[np.float64]]] = []
        for _, members in sorted(floors[lift].items()):
            node = lift
            if nodes:
                node, fresh = fresh, fresh + 1
            place = where[members[0]] + (len(nodes) * _FLOOR_DEGREES, 0.0)
            for side, segment in members:
                ends[side, segment] = node
                where[side, segment] = place
            # from every floor to every other: a lift is waited for once
            for other, other_place in nodes:
                pairs.append((other, node))
                places.append(np.stack([other_place, place]))
            nodes.append((node, place))
    joined = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    place = np.array(places, dtype=np.float64).reshape(-1, 2, 2)
    return _Lifts(joined, place.transpose(1, 0, 2))


def _share_steps(
    walks: list[Walk], owner: NDArray[np.int64], where: NDArray[np.float64]
) -> NDArray[np.int32]:
    """Share the steps of each stairway out over its segments by length, losing none."""
    steps = np.zeros(len(owner), dtype=np.int32)
    for way, begin, stop in _runs(owner):
        if walks[way].steps:
            delta = where[1, begin:stop] - where[0, begin:stop]
            delta[:, 0] *= np.cos(np.radians(where[0, begin:stop, 1]))
            passed = np.cumsum(np.hypot(delta[:, 0], delta[:, 1]))
            share = passed / passed[-1] if passed[-1] else np.linspace(0, 1, stop - begin)
            steps[begin:stop] = np.diff(np.rint(share * walks[way].steps), prepend=0)
    return steps


def _runs(owner: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """Yield each way with the range of its segments; ``owner`` is sorted."""
    ways, first = np.unique(owner, return_index=True)
    yield from zip(ways.tolist(), first.tolist(), [*first[1:].tolist(), len(owner)], strict=True)
