"""Street plans for tests: drawn as text, or random; and the slow obvious oracle.

A drawn plan is a grid of characters 50 m apart, north above. ``o`` and letters are nodes; other
marks join the nodes at their ends:

====== ==================================== ====== ====================================
``-|`` street                               ``.:`` path, for walkers alone
``=H`` steps                                ``*``  cycle path, for riders alone
``~!`` bridge                               ``)(`` street, riders to the east or west
``#``  tunnel                               ``%``  lift
``x``  marked crossing                      ``><^v`` escalator, the way it points
====== ==================================== ====== ====================================

Two lines pass each other at ``+`` without meeting.
"""

import collections

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from geo.network import Network
from geo.pace import Movement, Segments
from geo.plane import UNITS_PER_DEGREE, metres_per_degree, segment_metres
from geo.snap import Positions
from geo.streets import Access, Kind, Mode, Rank, StreetGraph, segment_climb, whole_waits

WEST, NORTH = 106.5, 29.5
CELL_METRES = 50.0
_STREET = {"-": Kind.STREET, "~": Kind.BRIDGE, "#": Kind.TUNNEL, "x": Kind.CROSSING}
_STREET_DOWN = {"|": Kind.STREET, "!": Kind.BRIDGE, "x": Kind.CROSSING}
# what is no street, and how it is open, walked to the east or to the south
_OTHER = {
    "=": (Kind.STEPS, Access.BOTH),
    ".": (Kind.PATH, Access.BOTH),
    "%": (Kind.LIFT, Access.BOTH),
    "*": (Kind.PATH, Access.RIDE_BOTH),
    ")": (Kind.STREET, Access.BOTH | Access.RIDE_FORWARD),
    "(": (Kind.STREET, Access.BOTH | Access.RIDE_BACKWARD),
    ">": (Kind.ESCALATOR, Access.FORWARD),
    "<": (Kind.ESCALATOR, Access.BACKWARD),
}
_OTHER_DOWN = {
    "H": (Kind.STEPS, Access.BOTH),
    ":": (Kind.PATH, Access.BOTH),
    "%": (Kind.LIFT, Access.BOTH),
    "*": (Kind.PATH, Access.RIDE_BOTH),
    "v": (Kind.ESCALATOR, Access.FORWARD),
    "^": (Kind.ESCALATOR, Access.BACKWARD),
}
_NO_NODE = "Hvx"


def place(column: float, row: float) -> tuple[float, float]:
    """Return lon, lat of a cell of a drawn plan; rows run southward."""
    per_longitude, per_latitude = metres_per_degree(NORTH)
    return (
        WEST + column * CELL_METRES / per_longitude,
        NORTH - row * CELL_METRES / per_latitude,
    )


def make(
    nodes: list[tuple[float, float, float]], links: list[tuple[int, int, int, int]]
) -> StreetGraph:
    """Build streets from nodes (lon, lat, height) and links (start, end, kind, access)."""
    table = np.array(nodes, np.float64).reshape(-1, 3)
    link = np.array(links, np.int64).reshape(-1, 4)
    return StreetGraph(
        longitude=table[:, 0].copy(),
        latitude=table[:, 1].copy(),
        height=table[:, 2].astype(np.float32),
        start=link[:, 0].astype(np.int32),
        end=link[:, 1].astype(np.int32),
        kind=link[:, 2].astype(np.uint8),
        rank=np.full(len(link), Rank.RESIDENTIAL, np.uint8),
        access=link[:, 3].astype(np.uint8),
        name=np.full(len(link), -1, np.int32),
        steps=np.zeros(len(link), np.int32),
        incline=np.full(len(link), np.nan, np.float32),
        wait=whole_waits(link[:, 2].astype(np.uint8)),
        names=(),
    )


def drawn(
    plan: str,
    *,
    heights: dict[str, float] | None = None,
    steps: dict[str, int] | None = None,
    incline: dict[str, float] | None = None,
    riding: bool = False,
) -> tuple[StreetGraph, dict[str, tuple[float, float]]]:
    """Read a drawn plan; return its streets and lon, lat of its lettered nodes.

    Args:
        plan: see the module.
        heights: metres of lettered nodes; all others lie at 0.
        steps: counted steps of links, named by the letters at their ends.
        incline: as a sign gives it, walking from the first of the two letters to the second.
        riding: whether streets, bridges, tunnels and crossings are open to riders.
    """
    rows = plan.strip("\n").splitlines()
    width = max(len(row) for row in rows)
    rows = [row.ljust(width) for row in rows]
    number: dict[tuple[int, int], int] = {}
    nodes: list[tuple[float, float, float]] = []
    letters: dict[str, tuple[float, float]] = {}
    names: dict[str, int] = {}
    for r, row in enumerate(rows):
        for c, mark in enumerate(row):
            if mark.isalnum() and mark not in _NO_NODE:
                number[r, c] = len(nodes)
                nodes.append((*place(c, r), (heights or {}).get(mark, 0.0)))
                if mark != "o":
                    letters[mark], names[mark] = place(c, r), number[r, c]
    graph = make(nodes, _drawn_links(rows, number, riding=riding))
    for pair, count in (steps or {}).items():
        graph.steps[_between(graph, names, pair)[0]] = count
    for pair, slope in (incline or {}).items():
        link, ahead = _between(graph, names, pair)
        graph.incline[link] = slope if ahead else -slope
    return graph, letters


def _drawn_links(
    rows: list[str], number: dict[tuple[int, int], int], *, riding: bool
) -> list[tuple[int, int, int, int]]:
    ways = Access.ALL if riding else Access.BOTH
    east = {mark: (kind, ways) for mark, kind in _STREET.items()} | _OTHER
    south = {mark: (kind, ways) for mark, kind in _STREET_DOWN.items()} | _OTHER_DOWN
    links: list[tuple[int, int, int, int]] = []
    for (r, c), start in number.items():
        for dr, dc, marks in ((0, 1, east), (1, 0, south)):
            y, x = r + dr, c + dc
            first = rows[y][x] if y < len(rows) and x < len(rows[0]) else " "
            if first not in marks:
                continue
            while rows[y][x] in (first, "+"):
                y, x = y + dr, x + dc
            links.append((start, number[y, x], *marks[first]))
    return links


def _between(graph: StreetGraph, names: dict[str, int], pair: str) -> tuple[int, bool]:
    """Return the link between two lettered nodes, and whether it runs from the first of them."""
    a, b = (names[letter] for letter in pair)
    for link in range(graph.segments):
        if {a, b} == {int(graph.start[link]), int(graph.end[link])}:
            return link, bool(graph.start[link] == a)
    raise KeyError(pair)


@st.composite
def streets(draw: st.DrawFn, *, most: int = 14, riding: bool = False) -> StreetGraph:
    """Draw a small street graph: heights, steps, one-way links, islets and rings included.

    With ``riding`` some ways are open to riders too, some of them one way, and some to them alone.
    """
    count = draw(st.integers(2, most))
    cells = draw(
        st.lists(
            st.tuples(st.integers(0, 8), st.integers(0, 8)),
            min_size=count,
            max_size=count,
            unique=True,
        )
    )
    nodes = [(*place(c, r), float(draw(st.integers(0, 60)))) for c, r in cells]
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    chosen = draw(
        st.lists(pairs.filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=2 * count)
    )
    kinds = st.sampled_from([Kind.STREET, Kind.STREET, Kind.STEPS, Kind.PATH])
    ways = st.sampled_from([Access.BOTH, Access.BOTH, Access.BOTH, Access.FORWARD])
    if riding:
        ways = st.sampled_from(
            [
                Access.ALL,
                Access.ALL,
                Access.BOTH,
                Access.BOTH | Access.RIDE_FORWARD,
                Access.FORWARD | Access.RIDE_BACKWARD,
                Access.RIDE_BOTH,
            ]
        )
    unique = dict.fromkeys(tuple(sorted(pair)) for pair in chosen)
    return make(nodes, [(a, b, draw(kinds), draw(ways)) for a, b in unique])


def oracle(graph: StreetGraph, pace: Movement) -> "nx.DiGraph":
    """Return the uncontracted graph with seconds on every direction."""
    metres = segment_metres(
        graph.longitude[graph.start],
        graph.latitude[graph.start],
        graph.longitude[graph.end],
        graph.latitude[graph.end],
    ).astype(np.float32)
    climb = segment_climb(graph, metres.astype(np.float64)).astype(np.float32)
    forward, backward = pace.seconds(
        Segments(
            metres,
            climb,
            graph.kind,
            graph.rank,
            np.minimum(graph.steps, 255).astype(np.uint8),
            graph.wait,
        )
    )
    riding = pace.mode is Mode.EBIKE
    ahead = Access.RIDE_FORWARD if riding else Access.FORWARD
    behind = Access.RIDE_BACKWARD if riding else Access.BACKWARD
    result = nx.DiGraph()
    result.add_nodes_from(range(graph.nodes))
    for i in range(graph.segments):
        a, b = int(graph.start[i]), int(graph.end[i])
        if graph.access[i] & ahead:
            shorter(result, a, b, float(forward[i]))
        if graph.access[i] & behind:
            shorter(result, b, a, float(backward[i]))
    return result


def shorter(graph: "nx.DiGraph", a: object, b: object, seconds: float) -> None:
    """Add an edge unless there is one that takes less."""
    if not graph.has_edge(a, b) or graph[a][b]["seconds"] > seconds:
        graph.add_edge(a, b, seconds=seconds)


def at_nodes(
    network: Network, graph: StreetGraph, nodes: list[int], *, mode: Mode = Mode.WALK
) -> Positions:
    """Return the places of some nodes on connected edges of the network, without a search."""
    unit = np.column_stack((graph.longitude, graph.latitude))[nodes] * UNITS_PER_DEGREE
    vertices = np.column_stack((network.vertex_longitude, network.vertex_latitude))
    connected = (network.edge_connected & mode)[network.vertex_edge] != 0
    last = network.edge_vertex[network.vertex_edge + 1] - 1
    edge, segment, fraction = [], [], []
    for point in np.round(unit):
        v = int(np.flatnonzero((vertices == point).all(axis=1) & connected)[0])
        ends = v == last[v]
        edge.append(network.vertex_edge[v])
        segment.append(v - ends)
        fraction.append(float(ends))
    return Positions(
        edge=np.array(edge, np.int32),
        segment=np.array(segment, np.int64),
        fraction=np.array(fraction, np.float64),
        metres=np.zeros(len(nodes)),
    )


def anywhere(network: Network, count: int, seed: int) -> Positions:
    """Return places on edges open to walkers, some at their ends, some with an access leg."""
    generator = np.random.default_rng(seed)
    last = network.edge_vertex[network.vertex_edge + 1] - 1
    walkable = (network.edge_access & Access.BOTH)[network.vertex_edge] != 0
    able = np.flatnonzero((np.arange(len(last)) != last) & walkable)
    segment = generator.choice(able, count)
    return Positions(
        edge=network.vertex_edge[segment],
        segment=segment.astype(np.int64),
        fraction=generator.choice([0.0, 1.0, 0.25, 0.7], count),
        metres=generator.choice([0.0, 0.0, 40.0], count),
    )


def connected_nodes(network: Network, graph: StreetGraph, *, mode: Mode = Mode.WALK) -> list[int]:
    """Return the nodes that lie on a connected edge."""
    unit = np.round(np.column_stack((graph.longitude, graph.latitude)) * UNITS_PER_DEGREE)
    connected = (network.edge_connected & mode)[network.vertex_edge] != 0
    on = {
        (int(lon), int(lat))
        for lon, lat in zip(
            network.vertex_longitude[connected], network.vertex_latitude[connected], strict=True
        )
    }
    # a gate that is shut leaves two nodes at one place: neither is told by its place alone
    alone = collections.Counter(map(tuple, unit.astype(np.int64).tolist()))
    places = [(int(lon), int(lat)) for lon, lat in unit]
    return [n for n, place in enumerate(places) if place in on and alone[place] == 1]


def parking_nodes(network: Network, graph: StreetGraph, stations: list[int]) -> set[int]:
    """Return the nodes where riders may stop: junctions open to them, and stations' own places."""
    ridden = (network.edge_connected & Mode.EBIKE) != 0
    ends = np.concatenate((network.edge_start[ridden], network.edge_end[ridden]))
    places = {(int(network.junction_longitude[j]), int(network.junction_latitude[j])) for j in ends}
    unit = np.round(np.column_stack((graph.longitude, graph.latitude)) * UNITS_PER_DEGREE)
    nodes = {n for n, place in enumerate(unit.astype(np.int64).tolist()) if tuple(place) in places}
    at = at_nodes(network, graph, stations)
    return nodes | {s for s, e in zip(stations, at.edge, strict=True) if ridden[e]}


def length_metres(graph: StreetGraph) -> float:
    """Return the length of all segments."""
    return float(
        segment_metres(
            graph.longitude[graph.start],
            graph.latitude[graph.start],
            graph.longitude[graph.end],
            graph.latitude[graph.end],
        ).sum()
    )
