"""The flood and the search outward against the oracle, and what must hold between them."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo._flood import flood_layers
from geo.nearest import Finder, Walk
from geo.network import contract
from geo.pace import OFFICIAL, TERRAIN, Pace
from geo.plane import segment_metres
from geo.reach import MAX_NEAREST, Reach, flood, seeds_of, sources
from geo.storage import open_network, save
from geo.streets import StreetGraph
from geo.weights import weigh
from tests.geo import plans, towns
from tests.geo.towns import Places, Town, relaxed

SEEDS = st.integers(0, 2**32 - 1)
COUNTS = st.integers(1, 7)
# some of them are exactly the time of a walk, which is then within the limit
LIMITS = st.sampled_from([np.inf, 1e7, 40.0, 84.0, 120.0, 200.0, 900.0])


def flooded(town: Town, stations: Places, *, k: int, max_seconds: float = np.inf) -> Reach:
    at = sources(town.weights, town.positions(stations))
    return flood(town.network, town.weights, at, max_seconds=max_seconds, k=k)


def searched(
    town: Town, stations: Places, point: Places, *, k: int, **options: object
) -> list[Walk]:
    finder = Finder(town.network, town.weights, town.positions(stations))
    return finder.from_position(town.positions(point), k=k, **options)  # type: ignore[arg-type]


def times_and_stations(walks: list[Walk]) -> list[tuple[float, int]]:
    return [(walk.seconds, walk.station) for walk in walks]


def expected(
    row: NDArray[np.float64], *, k: int, max_seconds: float = np.inf
) -> list[tuple[float, int]]:
    seconds, owner = towns.ranked(row[None, :], k=k, max_seconds=max_seconds)
    return [(s, o) for s, o in zip(seconds[0].tolist(), owner[0].tolist(), strict=True) if o >= 0]


@relaxed
@given(town=towns.towns(), seed=SEEDS, count=COUNTS, limit=LIMITS)
def test_the_flood_equals_the_oracle_at_every_junction_in_times_and_owners(
    town: Town, seed: int, count: int, limit: float
) -> None:
    stations = towns.scattered(town, count=count, seed=seed)
    times = towns.truth(town, stations).nodes[town.junction_node]
    for k in range(1, min(count, MAX_NEAREST) + 1):
        reach = flooded(town, stations, k=k, max_seconds=limit)
        seconds, owner = towns.ranked(times, k=k, max_seconds=limit)
        assert reach.seconds.tolist() == seconds.tolist()
        assert reach.owner.tolist() == owner.tolist()


@relaxed
@given(town=towns.towns(), seed=SEEDS, count=COUNTS, limit=LIMITS, data=st.data())
def test_the_search_equals_the_oracle_with_a_mask_and_a_limit(
    town: Town, seed: int, count: int, limit: float, data: st.DataObject
) -> None:
    stations = towns.scattered(town, count=count, seed=seed)
    points = towns.scattered(town, count=4, seed=seed + 1)
    wanted = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    k = data.draw(st.integers(1, count))
    times = towns.truth(town, stations, points).points
    for p in range(len(points)):
        walks = searched(town, stations, points.take([p]), k=k)
        assert times_and_stations(walks) == expected(times[p], k=k)
        walks = searched(town, stations, points.take([p]), k=k, wanted=wanted, max_seconds=limit)
        masked = np.where(wanted, times[p], np.inf)
        assert times_and_stations(walks) == expected(masked, k=k, max_seconds=limit)


@relaxed
@given(town=towns.towns(), seed=SEEDS, count=COUNTS)
def test_a_walk_passes_open_streets_that_add_up_to_its_seconds_and_metres(
    town: Town, seed: int, count: int
) -> None:
    stations = towns.scattered(town, count=count, seed=seed)
    point = towns.scattered(town, count=1, seed=seed + 1)
    finder = Finder(town.network, town.weights, town.positions(stations))
    origin = town.positions(point)
    for walk in finder.from_position(origin, k=count):
        station = stations.take([walk.station])
        legs = float(point.metres[0] + station.metres[0])
        seconds, metres, ascent, descent = retraced(town, point, station, walk)
        assert seconds + legs == walk.seconds
        assert metres + legs == pytest.approx(walk.metres, abs=1e-3)
        assert ascent == pytest.approx(walk.ascent, abs=1e-3)
        assert descent == pytest.approx(walk.descent, abs=1e-3)
        drawn = finder.path(origin, walk)
        length = segment_metres(*drawn[:-1].T, *drawn[1:].T).sum()
        # coordinates are kept to a centimetre
        assert length == pytest.approx(walk.metres - legs, abs=0.02 * len(drawn))


def retraced(
    town: Town, origin: Places, station: Places, walk: Walk
) -> tuple[float, float, float, float]:
    """Return seconds, metres, ascent and descent of a walk, segment by segment of the graph."""
    network, graph = town.network, town.graph
    number = {int(v): s for s, v in enumerate(town.vertex_of)}
    start, end = town.positions(origin), town.positions(station)
    first, last = int(start.segment[0]), int(end.segment[0])
    begin, finish = float(start.fraction[0]), float(end.fraction[0])
    stretches = []
    vertices = walk.vertices.tolist()
    if not vertices:
        assert first == last
        stretches.append((first, begin, finish))
    else:
        assert vertices[0] in {first, first + 1}
        assert vertices[-1] in {last, last + 1}
        stretches.append((first, begin, float(vertices[0] - first)))
        for v, w in itertools.pairwise(vertices):
            if network.vertex_edge[v] == network.vertex_edge[w] and abs(v - w) == 1:
                stretches.append((min(v, w), float(v > w), float(w > v)))
            else:
                assert node_at(town, v) == node_at(town, w)
        stretches.append((last, float(vertices[-1] - last), finish))
    total = np.zeros(4)
    metres = segment_metres(
        graph.longitude[graph.start],
        graph.latitude[graph.start],
        graph.longitude[graph.end],
        graph.latitude[graph.end],
    )
    for vertex, f, g in stretches:
        segment = number[vertex]
        forward = (g > f) == town.ahead[segment]
        there, back = town.open_seconds(segment)
        share = abs(g - f)
        rise = float(graph.height[graph.end[segment]] - graph.height[graph.start[segment]])
        rise = share * (rise if forward else -rise)
        if share > 0:
            total[0] += share * (there if forward else back)
        total[1:] += share * metres[segment], max(rise, 0.0), max(-rise, 0.0)
    assert np.isfinite(total).all(), "walks against a one-way"
    return tuple(total.tolist())


def node_at(town: Town, vertex: int) -> int:
    """Return the node of the junction that a vertex is one end of an edge at."""
    network = town.network
    edge = network.vertex_edge[vertex]
    at_start = vertex == network.edge_vertex[edge]
    assert at_start or vertex == network.edge_vertex[edge + 1] - 1
    return int(town.junction_node[(network.edge_start if at_start else network.edge_end)[edge]])


@relaxed
@given(town=towns.towns(), seed=SEEDS, count=st.integers(2, 6))
def test_one_station_more_never_makes_a_walk_longer(town: Town, seed: int, count: int) -> None:
    stations = towns.scattered(town, count=count, seed=seed)
    for k in range(1, min(count - 1, MAX_NEAREST) + 1):
        few = flooded(town, stations.take(range(count - 1)), k=k)
        assert (flooded(town, stations, k=k).seconds <= few.seconds).all()


@relaxed
@given(town=towns.towns(), seed=SEEDS, count=COUNTS, limit=st.sampled_from([40.0, 120.0, 400.0]))
def test_a_larger_limit_contains_a_smaller_one(
    town: Town, seed: int, count: int, limit: float
) -> None:
    stations = towns.scattered(town, count=count, seed=seed)
    k = min(count, MAX_NEAREST)
    small = flooded(town, stations, k=k, max_seconds=limit)
    large = flooded(town, stations, k=k, max_seconds=limit * 2)
    within = large.seconds <= limit
    assert small.seconds.tolist() == np.where(within, large.seconds, np.inf).tolist()
    assert small.owner.tolist() == np.where(within, large.owner, -1).tolist()
    point = towns.scattered(town, count=1, seed=seed + 1)
    near = searched(town, stations, point, k=count, max_seconds=limit)
    far = searched(town, stations, point, k=count, max_seconds=limit * 2)
    assert times_and_stations(near) == [
        found for found in times_and_stations(far) if found[0] <= limit
    ]


@relaxed
@given(town=towns.towns(most=60), seed=SEEDS, count=st.integers(2, 5))
def test_the_reversed_town_takes_as_long_from_b_to_a_as_the_town_from_a_to_b(
    town: Town, seed: int, count: int
) -> None:
    places = towns.scattered(town, count=count, seed=seed)
    turned = town.turned()
    # what lay ahead of the start now lies ahead of the end
    there = Places(segment=places.segment, fraction=1 - places.fraction, metres=places.metres)
    for a in range(count):
        ways = times_and_stations(searched(town, places, places.take([a]), k=count))
        back = [
            (walk.seconds, b)
            for b in range(count)
            for walk in searched(turned, there.take([a]), there.take([b]), k=1)
        ]
        assert ways == sorted(back)


@relaxed
@given(town=towns.towns(), seed=SEEDS, count=COUNTS)
def test_stations_in_another_order_are_as_far(town: Town, seed: int, count: int) -> None:
    stations = towns.scattered(town, count=count, seed=seed)
    order = np.random.default_rng(seed).permutation(count)
    k = min(count, MAX_NEAREST)
    one = flooded(town, stations, k=k)
    other = flooded(town, stations.take(order), k=k)
    assert one.seconds.tobytes() == other.seconds.tobytes()
    times = towns.truth(town, stations).nodes[town.junction_node]
    renumbered = np.where(other.owner >= 0, order[other.owner], -1)
    for j, m in zip(*np.nonzero(renumbered >= 0), strict=True):
        assert times[j, renumbered[j, m]] == other.seconds[j, m]


@relaxed
@given(
    graph=plans.streets(),
    pace=st.sampled_from([OFFICIAL, TERRAIN]),
    seed=SEEDS,
    count=st.integers(1, 5),
)
def test_identical_input_gives_identical_bytes_also_from_an_opened_network(
    graph: StreetGraph, pace: Pace, seed: int, count: int
) -> None:
    with TemporaryDirectory() as folder:
        save(contract(graph), Path(folder) / "town")
        kept = []
        for network in (contract(graph), open_network(Path(folder) / "town")):
            weights = weigh(network, pace)
            places = plans.anywhere(network, count, seed)
            at = sources(weights, places)
            reach = flood(network, weights, at, max_seconds=900, k=min(count, MAX_NEAREST))
            walks = Finder(network, weights, at).from_position(places.take(0), k=count)
            kept.append(
                (
                    reach.seconds.tobytes(),
                    reach.owner.tobytes(),
                    [(walk.station, walk.seconds, walk.vertices.tobytes()) for walk in walks],
                )
            )
    assert kept[0] == kept[1]


@relaxed
@given(graph=plans.streets(), pace=st.sampled_from([OFFICIAL, TERRAIN]), data=st.data())
def test_seconds_of_real_paces_equal_the_oracle_from_every_node(
    graph: StreetGraph, pace: Pace, data: st.DataObject
) -> None:
    network = contract(graph)
    nodes = plans.connected_nodes(network, graph)
    if not nodes:
        return
    stations = data.draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=5, unique=True))
    weights = weigh(network, pace)
    finder = Finder(network, weights, plans.at_nodes(network, graph, stations))
    truth = plans.oracle(graph, pace)
    for node in nodes:
        walks = finder.from_position(plans.at_nodes(network, graph, [node]), k=len(stations))
        times = nx.single_source_dijkstra_path_length(truth, node, weight="seconds")
        assert [walk.seconds for walk in walks] == pytest.approx(
            sorted(times[s] for s in stations if s in times), abs=0.05
        )
        for walk in walks:
            rise = graph.height[stations[walk.station]] - graph.height[node]
            assert walk.ascent - walk.descent == pytest.approx(rise, abs=0.05)
            if pace is OFFICIAL:
                assert walk.metres == pytest.approx(walk.seconds * 4 / 3.6, abs=0.05)


@relaxed
@given(town=towns.towns(), seed=SEEDS, count=COUNTS, limit=LIMITS, block_bits=st.integers(0, 7))
def test_the_flood_gives_the_same_labels_by_blocks_of_any_size(
    town: Town, seed: int, count: int, limit: float, block_bits: int
) -> None:
    stations = towns.scattered(town, count=count, seed=seed)
    k = min(count, MAX_NEAREST)
    at = sources(town.weights, town.positions(stations))
    reach = flood(town.network, town.weights, at, max_seconds=limit, k=k)
    labels = flood_layers(
        town.network.view,
        town.weights.arc_in,
        town.weights.arc_out,
        seeds_of(town.network, town.weights, at),
        np.float32(min(limit, np.finfo(np.float32).max)),
        k,
        block_bits,
    )
    # the bits of the seconds above, the station below
    assert (labels >> np.uint64(32)).astype(np.uint32).tobytes() == reach.seconds.tobytes()
    assert (labels & np.uint64(0xFFFFFFFF)).astype(np.uint32).tobytes() == reach.owner.tobytes()


def test_ways_longer_than_all_buckets_are_found_without_a_limit() -> None:
    # 1,024 buckets of 8 s hold 8,192 s; at 0.01 m/s 200 m take 20,000 s and 100 m 10,000 s
    graph, _ = plans.drawn("A---o---o---B\n    |   |\n    o   o")
    network = contract(graph)
    weights = weigh(network, Pace(name="slow", flat_metres_per_second=0.01))
    at = sources(weights, plans.at_nodes(network, graph, [0]))
    reach = flood(network, weights, at, max_seconds=np.inf)
    assert sorted(reach.seconds[:, 0].tolist()) == pytest.approx(
        [0, 20_000, 30_000, 40_000, 50_000, 60_000], rel=1e-4
    )


def test_one_finder_answers_several_threads_as_it_answers_one() -> None:
    town = towns.town(seed=5, nodes=200, style="grid")
    finder = Finder(
        town.network, town.weights, town.positions(towns.scattered(town, count=7, seed=1))
    )
    points = town.positions(towns.scattered(town, count=200, seed=2))

    def answer(p: int) -> list[tuple[float, int]]:
        return times_and_stations(finder.from_position(points.take(p), k=7))

    alone = [answer(p) for p in range(200)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(answer, range(200))) == alone
