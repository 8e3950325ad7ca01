"""A rider's question: the nearest five from a point, ours and by whole-graph searches."""

from collections.abc import Callable, Iterator

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geo.nearest import Finder
from tests.bench.case import MAX_SECONDS, Case
from tests.bench.floods import spoken
from tests.bench.machine import version
from tests.bench.measure import Row, Target, median_over
from tests.bench.peers import difference, matrix

WORK = "nearest 5 from a point, snapping included"
NEAREST = 5
_FEW = 10

Ask = Callable[[float, float], NDArray[np.float64]]


def rows(case: Case) -> Iterator[Row]:
    """Ask for the nearest five from places beside the street."""
    finder = Finder(case.network, case.weights, case.positions)
    places = case.places.tolist()

    def ours(lon: float, lat: float) -> object:
        return finder.nearest(lon, lat, k=NEAREST, max_seconds=MAX_SECONDS)

    seconds = _median(ours, places)
    yield Row(
        work=WORK,
        size=case.network.junctions,
        seconds=seconds,
        target=Target(bound=0.15, unit="ms"),
        value=seconds * 1e3,
        note=f"{len(places)} riders within 25 m of a street; walks with metres, climb and path",
    )
    nodes = case.sample_node[:_FEW].tolist()
    answer = np.array([_ours_at(finder, case, node) for node in nodes])
    for name, how, ask, few in _peers(case):
        some = places[:_FEW] if few else places
        at = [(case.streets.longitude[n], case.streets.latitude[n]) for n in nodes]
        apart = difference(answer, np.array([ask(*place) for place in at]))
        yield Row(
            work=WORK,
            size=case.network.junctions,
            seconds=_median(ours, places),
            peer=name,
            peer_seconds=_median(ask, some),
            note=f"{how}; from {len(nodes)} nodes, {spoken(apart)}",
            facts=apart,
        )


def _median(ask: Callable[[float, float], object], places: list[list[float]]) -> float:
    return median_over([lambda place=place: ask(*place) for place in places])


def _ours_at(finder: Finder, case: Case, node: int) -> NDArray[np.float64]:
    walks = finder.from_position(case.at(np.array([node])), k=NEAREST, max_seconds=MAX_SECONDS)
    return _padded(np.array([walk.seconds for walk in walks]))


def _padded(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the five least, ascending, infinite where there are fewer."""
    least = np.full(NEAREST, np.inf)
    ordered = np.sort(seconds)[:NEAREST]
    least[: len(ordered)] = ordered
    return least


def _peers(case: Case) -> Iterator[tuple[str, str, Ask, bool]]:
    """Yield name, method, question, and whether it is asked only a few times."""
    # the nearest node stands for the nearest street; good enough for a comparison of time
    tree = cKDTree(np.column_stack((case.streets.longitude, case.streets.latitude)))
    graph = matrix(case, reverse=False)

    def by_scipy(lon: float, lat: float) -> NDArray[np.float64]:
        node = tree.query((lon, lat))[1]
        seconds = dijkstra(graph, indices=node, limit=MAX_SECONDS)
        return _padded(seconds[case.station_node])

    yield f"scipy {version('scipy')}", "cKDTree, csgraph.dijkstra with limit", by_scipy, False
    stations = set(case.station_node.tolist())

    def by_networkx(lon: float, lat: float) -> NDArray[np.float64]:
        node = int(tree.query((lon, lat))[1])
        found = nx.single_source_dijkstra_path_length(
            case.truth, node, cutoff=MAX_SECONDS, weight="seconds"
        )
        return _padded(np.array([seconds for n, seconds in found.items() if n in stations]))

    how = "cKDTree, single_source_dijkstra_path_length with cutoff"
    yield f"networkx {version('networkx')}", how, by_networkx, True
