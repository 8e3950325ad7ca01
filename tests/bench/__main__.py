"""Benchmark tables: ``make bench``. Ratios hold within one run; machines are noisy.

On the extracts that ``HARBOR_TEST_DATA`` names where it is set, on the demo
city otherwise.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import networkx as nx
import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from app.service.demo.city import make_city
from geo.circle import Points, RadiusRule, WalkRule
from geo.nearest import Finder
from geo.network import Network, contract
from geo.osm import read_streets
from geo.pace import TERRAIN, weigh
from geo.reach import flood, sources
from geo.snap import snap
from geo.storage import open_network, save
from geo.streets import StreetGraph
from tests.geo import plans

STATIONS = 1000
SECONDS = 900.0


def median_ms(work: Callable[[], object], *, runs: int) -> float:
    """Run once to warm up, then return the median of the runs in milliseconds."""
    work()
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def row(name: str, milliseconds: float, note: str = "") -> None:
    """Print one row of the table."""
    print(f"{name:<58}{milliseconds:>11.3f} ms  {note}")


def demo_streets() -> tuple[str, StreetGraph]:
    """Return the streets of the default demo city."""
    city = make_city(today=date(2026, 1, 1), stations=0)
    return "demo city of 30,000 junctions", city.streets


def extract_streets(extract: Path) -> tuple[str, StreetGraph]:
    """Read an extract and print how fast that was."""
    begun = time.perf_counter()
    streets = read_streets(extract).streets
    seconds = time.perf_counter() - begun
    size = extract.stat().st_size / 1e6
    row(f"read {extract.name}", seconds * 1000, f"{size / seconds:.1f} MB of extract a second")
    return extract.name, streets


def scipy_flood(network: Network, seconds: np.ndarray, seeds: np.ndarray) -> Callable[[], object]:
    """Return the same city-wide flood by scipy on the contracted graph."""
    degree = np.diff(network.junction_arc)
    origin = np.repeat(np.arange(network.junctions), degree)
    graph = csr_matrix(
        (seconds.astype(np.float64), (origin, network.arc_far)),
        (network.junctions, network.junctions),
    )
    return lambda: dijkstra(graph, indices=seeds, min_only=True, limit=SECONDS)


def table(name: str, streets: StreetGraph) -> None:
    """Measure the kernels on one city."""
    begun = time.perf_counter()
    network = contract(streets)
    row("contract chains, order junctions", (time.perf_counter() - begun) * 1000)
    with tempfile.TemporaryDirectory() as folder:
        save(network, Path(folder) / "bench")
        network = open_network(Path(folder) / "bench")
        row("open, memory-mapped", median_ms(lambda: open_network(Path(folder) / "bench"), runs=20))
        print(
            f"  {name}: {streets.nodes:,} nodes, {network.junctions:,} junctions,"
            f" {network.edges:,} edges, {network.metres / 1000:,.0f} km"
        )
        kernels(network, streets)


def kernels(network: Network, streets: StreetGraph) -> None:
    """Measure flood, search and coverage."""
    generator = np.random.default_rng(1)
    weights = weigh(network, TERRAIN)
    row("weigh every segment by terrain", median_ms(lambda: weigh(network, TERRAIN), runs=3))
    junction = generator.integers(0, network.junctions, STATIONS)
    lon, lat = network.junction_longitude[junction] / 1e7, network.junction_latitude[junction] / 1e7
    positions = snap(network, lon, lat)
    stations = sources(weights, positions)
    one = median_ms(lambda: flood(network, weights, stations, max_seconds=SECONDS), runs=15)
    row(f"flood from {STATIONS} stations, {SECONDS:g} s, k = 1", one)
    three = median_ms(lambda: flood(network, weights, stations, max_seconds=SECONDS, k=3), runs=7)
    row("flood, k = 3", three, f"{three / one:.1f} times k = 1")
    scipy_ms = median_ms(scipy_flood(network, weights.arc_in, np.unique(junction)), runs=7)
    row("the same k = 1 by scipy, contracted graph", scipy_ms, f"{scipy_ms / one:.1f} times ours")
    truth = plans.oracle(streets, TERRAIN).reverse(copy=False)
    seeds = set(generator.choice(streets.nodes, STATIONS, replace=False).tolist())
    slow = median_ms(
        lambda: nx.multi_source_dijkstra_path_length(
            truth, seeds, cutoff=SECONDS, weight="seconds"
        ),
        runs=1,
    )
    row("the same by networkx, uncontracted graph", slow, f"{slow / one:.0f} times ours")
    finder = Finder(network, weights, positions)
    spot = generator.integers(0, len(network.vertex_longitude), 500)
    asked = [
        (network.vertex_longitude[v] / 1e7, network.vertex_latitude[v] / 1e7)
        for v in spot
        if network.edge_connected[network.vertex_edge[v]]
    ]
    taken = []
    for place in asked:
        begun = time.perf_counter()
        finder.nearest(*place, k=5)
        taken.append((time.perf_counter() - begun) * 1000)
    row("nearest 5 from a point, snapping included", statistics.median(taken))
    points = Points(
        longitude=network.junction_longitude / 1e7,
        latitude=network.junction_latitude / 1e7,
        positions=snap(network, network.junction_longitude / 1e7, network.junction_latitude / 1e7),
    )
    at = Points(longitude=lon, latitude=lat, positions=positions)
    walk = WalkRule(network, weights, at, max_seconds=SECONDS)
    row(
        f"times of {network.junctions:,} points to 3 stations",
        median_ms(lambda: walk.count(points), runs=3),
    )
    row("street metres within the walk, exact", median_ms(walk.metres, runs=3))
    radius = RadiusRule(network, at, radius_metres=1000)
    row("street metres within the radius", median_ms(radius.metres, runs=3))


def main() -> None:
    """Print every table."""
    folder = os.environ.get("HARBOR_TEST_DATA")
    if folder:
        for extract in ("heidelberg", "portoalegre"):
            table(*extract_streets(Path(folder) / "osm" / f"{extract}.osm.pbf"))
            print()
    table(*demo_streets())


if __name__ == "__main__":
    main()
