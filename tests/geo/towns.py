"""Random towns whose seconds are whole numbers, and the slow obvious oracle on them.

Whole numbers add up without rounding in any order, so that answers compare exactly, the order
of equally near stations included. Towns hold what is hard: equal ways, ways of no time and of
hours, two nodes at one place, parallel streets, rings, dead ends, one-ways, islets.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import networkx as nx
import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.network import Network, contract
from geo.pace import Seconds, Segments
from geo.snap import Positions
from geo.streets import Access, Kind, Mode, StreetGraph
from geo.weights import Weights, weigh
from tests.geo import plans

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

STYLES = ("grid", "rows", "pairs")
# 40 s thrice: ways of equal time abound
_LEVEL = ((40,), (0, 4, 40, 40, 40, 80), (4, 40, 120, 400), (0, 40, 40, 16_384))


class Whole:
    """Give every segment seconds from a table; its number is written on its steps and wait."""

    name = "whole"
    mode = Mode.WALK
    access_metres_per_second = 1.0

    def __init__(self, level: NDArray[np.float64], uphill: float) -> None:
        self.level = level
        self.uphill = uphill

    def seconds(self, segments: Segments) -> tuple[Seconds, Seconds]:
        """Return seconds forward and backward, each of shape (n,)."""
        level = self.level[numbers(segments.steps, segments.wait)]
        return self.climbing(level, segments.climb), self.climbing(level, -segments.climb)

    def climbing(self, level: NDArray[np.float64], rise: NDArray[np.float32]) -> Seconds:
        """Return seconds with what is added uphill; where time stands still it does both ways."""
        return level + np.where((rise > 0) & (level > 0), self.uphill, 0.0)


def numbers(steps: NDArray[np.uint8], wait: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the numbers that segments carry."""
    return steps.astype(np.int64) + 256 * wait.astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Places on segments of a street graph, with a straight leg of whole metres to each."""

    segment: NDArray[np.int64]
    fraction: NDArray[np.float64]
    metres: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.segment)

    def take(self, indices: Sequence[int] | NDArray[np.int64]) -> "Places":
        """Return some of them, in the order of their indices."""
        return Places(
            segment=self.segment[indices],
            fraction=self.fraction[indices],
            metres=self.metres[indices],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Town:
    """A street graph, its network and weights, and which is which.

    Attributes:
        vertex_of: the vertex that each segment leaves within its edge.
        ahead: whether the edge runs along each segment as the segment itself does.
        junction_node: the node of the graph at each junction.
    """

    graph: StreetGraph
    movement: Whole
    network: Network
    weights: Weights
    vertex_of: NDArray[np.int64]
    ahead: NDArray[np.bool_]
    junction_node: NDArray[np.int64]

    def __repr__(self) -> str:
        graph = self.graph
        rows = zip(graph.start, graph.end, graph.access, self.movement.level, strict=True)
        links = ", ".join(f"{a}-{b} {Access(c).name} {int(s)} s" for a, b, c, s in rows)
        return f"Town({graph.nodes} nodes, uphill {self.movement.uphill:g} s: {links})"

    def positions(self, places: Places) -> Positions:
        """Return places as the network numbers them."""
        vertex = self.vertex_of[places.segment]
        fraction = np.where(self.ahead[places.segment], places.fraction, 1 - places.fraction)
        return Positions(
            edge=self.network.vertex_edge[vertex],
            segment=vertex,
            fraction=fraction,
            metres=places.metres,
        )

    def open_seconds(self, segment: int) -> tuple[float, float]:
        """Return seconds from start to end and back, infinite where that way is shut."""
        graph, level = self.graph, self.movement.level[segment]
        rise = graph.height[graph.end[segment]] - graph.height[graph.start[segment]]
        ways = (
            (Access.FORWARD, self.movement.climbing(level, rise)),
            (Access.BACKWARD, self.movement.climbing(level, -rise)),
        )
        there, back = (s if graph.access[segment] & way else np.inf for way, s in ways)
        return float(there), float(back)

    def turned(self) -> "Town":
        """Return the same town with every way reversed: ends swapped, and what was up is down."""
        graph = self.graph
        return _known(
            replace(graph, start=graph.end, end=graph.start, height=-graph.height), self.movement
        )


def _known(graph: StreetGraph, movement: Whole) -> Town:
    """Contract a graph and find its segments and nodes again by number and climb."""
    network = contract(graph)
    inside = np.ones(len(network.vertex_edge), np.bool_)
    inside[network.edge_vertex[1:] - 1] = False
    vertex = np.flatnonzero(inside)
    number = numbers(network.segment_steps[vertex], network.segment_wait[vertex])
    rise = graph.height[graph.end] - graph.height[graph.start]
    # all heights differ, so the sign of a climb tells which way the edge runs
    ahead = (network.segment_climb[vertex] > 0) == (rise[number] > 0)
    node = np.empty(network.junctions, np.int64)
    first = ahead[vertex.searchsorted(network.edge_vertex[:-1])]
    leaves = number[vertex.searchsorted(network.edge_vertex[:-1])]
    node[network.edge_start] = np.where(first, graph.start[leaves], graph.end[leaves])
    final = ahead[vertex.searchsorted(network.edge_vertex[1:] - 2)]
    enters = number[vertex.searchsorted(network.edge_vertex[1:] - 2)]
    node[network.edge_end] = np.where(final, graph.end[enters], graph.start[enters])
    order = np.argsort(number)
    return Town(
        graph=graph,
        movement=movement,
        network=network,
        weights=weigh(network, movement),
        vertex_of=vertex[order].astype(np.int64),
        ahead=ahead[order],
        junction_node=node,
    )


def town(*, seed: int, nodes: int, style: str) -> Town:
    """Make a town of so many nodes; identical arguments give the same town."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(nodes)))
    column, row = np.arange(nodes) % side, np.arange(nodes) // side
    pairs = _pairs(rng, nodes, side, style)
    # a street beside another between the same corners
    twins = rng.random(len(pairs)) < rng.choice([0.0, 0.1])
    pairs = np.concatenate((pairs, pairs[twins][:, ::-1]))
    access = rng.choice([Access.FORWARD, Access.BACKWARD], len(pairs))
    access[rng.random(len(pairs)) >= rng.choice([0.0, 0.1, 0.5])] = Access.BOTH
    level = rng.choice(_LEVEL[rng.integers(len(_LEVEL))], len(pairs)).astype(np.float64)
    # where a one-way takes no time one cannot tell its ends apart
    level[(level == 0) & (access != Access.BOTH)] = 4
    moved = np.flatnonzero(rng.random(nodes) < rng.choice([0.0, 0.1]))
    other = rng.integers(nodes, size=len(moved))
    column[moved], row[moved] = column[other], row[other]
    height = rng.permutation(nodes)
    graph = plans.make(
        [(*plans.place(c, r), h) for c, r, h in zip(column, row, height, strict=True)],
        [(a, b, Kind.STREET, way) for (a, b), way in zip(pairs.tolist(), access, strict=True)],
    )
    number = np.arange(len(pairs))
    graph = replace(
        graph, steps=(number % 256).astype(np.int32), wait=(number // 256).astype(np.uint8)
    )
    return _known(graph, Whole(level, float(rng.choice([0.0, 8.0]))))


def _pairs(rng: np.random.Generator, nodes: int, side: int, style: str) -> NDArray[np.int64]:
    """Return which nodes are joined, shape (n, 2), at least one."""
    number = np.arange(nodes)
    right = np.column_stack((number, number + 1))[number % side < side - 1]
    down = np.column_stack((number, number + side))
    share = {"grid": (0.9, 0.9), "rows": (0.97, 0.15), "pairs": (0.1, 0.1)}[style]
    chosen = [
        links[rng.random(len(links)) < part]
        for links, part in zip((right, down), share, strict=True)
    ]
    if style == "pairs":
        chosen.append(rng.integers(nodes, size=(nodes, 2)))
    pairs = np.concatenate([*chosen, [(0, 1)]])
    return pairs[(pairs[:, 0] != pairs[:, 1]) & (pairs < nodes).all(axis=1)]


def towns(*, most: int = 200) -> st.SearchStrategy[Town]:
    """Draw a town of 2 nodes to so many."""
    return st.builds(
        town,
        seed=st.integers(0, 2**32 - 1),
        # half of them large
        nodes=st.integers(2, min(20, most)) | st.integers(min(60, most), most),
        style=st.sampled_from(STYLES),
    )


def scattered(town: Town, *, count: int, seed: int) -> Places:
    """Return places on segments, several of them often on the same one or at the same place."""
    rng = np.random.default_rng(seed)
    few = rng.integers(town.graph.segments, size=max(1, count // 2))
    anywhere = rng.integers(town.graph.segments, size=count)
    return Places(
        segment=np.where(rng.random(count) < 0.5, rng.choice(few, count), anywhere),
        fraction=rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], count),
        metres=rng.choice([0.0, 0.0, 4.0, 20.0], count),
    )


def oracle(town: Town, places: Places) -> "nx.DiGraph":
    """Return the uncontracted graph cut at places; ``("door", i)`` is the point of a place."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(town.graph.nodes))
    for segment in range(town.graph.segments):
        a, b = int(town.graph.start[segment]), int(town.graph.end[segment])
        inner = np.unique(places.fraction[places.segment == segment])
        stops = [(f, (segment, f)) for f in inner.tolist() if 0 < f < 1]
        chain = [(0.0, a), *stops, (1.0, b)]
        there, back = town.open_seconds(segment)
        for (f, near), (g, far) in itertools.pairwise(chain):
            for one, other, seconds in ((near, far, there), (far, near, back)):
                if np.isfinite(seconds):
                    plans.shorter(graph, one, other, seconds * (g - f))
    for i in range(len(places)):
        segment, fraction = int(places.segment[i]), float(places.fraction[i])
        ends = {0.0: int(town.graph.start[segment]), 1.0: int(town.graph.end[segment])}
        stop = ends.get(fraction, (segment, fraction))
        graph.add_edge(("door", i), stop, seconds=float(places.metres[i]))
        graph.add_edge(stop, ("door", i), seconds=float(places.metres[i]))
    return graph


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """Seconds by the oracle to every station, infinite where there is no way.

    Attributes:
        nodes: shape (nodes, stations), from the nodes of the graph.
        points: shape (points, stations), from the points' doors.
    """

    nodes: NDArray[np.float64]
    points: NDArray[np.float64]


def truth(town: Town, stations: Places, points: Places | None = None) -> Truth:
    """Run Dijkstra's algorithm on the uncontracted graph, backward from every station."""
    points = points or stations.take([])
    both = Places(
        **{
            name: np.concatenate((getattr(stations, name), getattr(points, name)))
            for name in ("segment", "fraction", "metres")
        }
    )
    backward = oracle(town, both).reverse(copy=True)
    nodes = np.full((town.graph.nodes, len(stations)), np.inf)
    doors = np.full((len(points), len(stations)), np.inf)
    for i in range(len(stations)):
        times = nx.single_source_dijkstra_path_length(backward, ("door", i), weight="seconds")
        for n in range(town.graph.nodes):
            nodes[n, i] = times.get(n, np.inf)
        for p in range(len(points)):
            doors[p, i] = times.get(("door", len(stations) + p), np.inf)
    return Truth(nodes=nodes, points=doors)


def ranked(
    times: NDArray[np.float64], *, k: int, max_seconds: float = np.inf
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the k least times of each row and their columns, ties by column, absent as -1."""
    owner = np.argsort(times, axis=1, kind="stable")[:, :k]
    seconds = np.take_along_axis(times, owner, axis=1)
    there = np.isfinite(seconds) & (seconds <= max_seconds)
    return np.where(there, seconds, np.inf), np.where(there, owner, -1)
