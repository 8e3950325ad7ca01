"""The flood, the search outward and coverage against the oracle on the uncontracted graph."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.coverage import nearest_seconds, street_metres, times_at
from geo.errors import InvalidValue, NoSources, OutsideNetwork
from geo.nearest import Finder
from geo.network import Network, contract
from geo.pace import OFFICIAL, TERRAIN
from geo.reach import Sources, flood, sources
from geo.snap import Positions, snap
from geo.streets import StreetGraph
from geo.weights import Weights, weigh
from tests.geo import plans

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def prepared(
    graph: StreetGraph, nodes: list[int], *, pace: object = TERRAIN
) -> tuple[Network, Weights, Sources]:
    network = contract(graph)
    weights = weigh(network, pace)  # type: ignore[arg-type]
    return network, weights, sources(weights, plans.at_nodes(network, graph, nodes))


@relaxed
@given(graph=plans.streets(), data=st.data())
def test_times_from_every_node_equal_the_oracle_for_the_three_nearest(
    graph: StreetGraph, data: st.DataObject
) -> None:
    nodes = plans.connected_nodes(contract(graph), graph)
    if not nodes:
        return
    stations = data.draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=5, unique=True))
    network, weights, at = prepared(graph, stations)
    k = min(3, len(stations))
    reach = flood(network, weights, at, max_seconds=1e6, k=k)
    points = plans.at_nodes(network, graph, nodes)
    found = times_at(network, weights, at, reach, points)
    truth = plans.oracle(graph, TERRAIN)
    for row, node in enumerate(nodes):
        times = nx.single_source_dijkstra_path_length(truth, node, weight="seconds")
        expected = sorted(times[s] for s in stations if s in times)[:k]
        answered = found.seconds[row][np.isfinite(found.seconds[row])]
        assert answered == pytest.approx(expected, abs=0.05)


@relaxed
@given(graph=plans.streets(), data=st.data())
def test_the_search_from_a_point_equals_the_flood_to_it(
    graph: StreetGraph, data: st.DataObject
) -> None:
    nodes = plans.connected_nodes(contract(graph), graph)
    if not nodes:
        return
    stations = data.draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=5, unique=True))
    node = data.draw(st.sampled_from(nodes))
    network, weights, at = prepared(graph, stations)
    finder = Finder(network, weights, at)
    walks = finder.from_position(plans.at_nodes(network, graph, [node]), k=len(stations))
    truth = plans.oracle(graph, TERRAIN)
    times = nx.single_source_dijkstra_path_length(truth, node, weight="seconds")
    assert [walk.seconds for walk in walks] == pytest.approx(
        sorted(times[s] for s in stations if s in times), abs=0.05
    )
    for walk in walks:
        assert walk.ascent - walk.descent == pytest.approx(
            graph.height[stations[walk.station]] - graph.height[node], abs=0.05
        )


@relaxed
@given(graph=plans.streets(), data=st.data())
def test_metres_of_a_walk_are_its_seconds_at_the_flat_pace(
    graph: StreetGraph, data: st.DataObject
) -> None:
    nodes = plans.connected_nodes(contract(graph), graph)
    if not nodes:
        return
    stations = data.draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=3, unique=True))
    node = data.draw(st.sampled_from(nodes))
    network, weights, at = prepared(graph, stations, pace=OFFICIAL)
    origin = plans.at_nodes(network, graph, [node])
    walks = Finder(network, weights, at).from_position(origin, k=len(stations))
    for walk in walks:
        assert walk.metres == pytest.approx(walk.seconds * 4 / 3.6, abs=0.05)


@relaxed
@given(graph=plans.streets(), data=st.data(), limit=st.sampled_from([60.0, 200.0, 600.0]))
def test_street_metres_equal_fine_sampling(
    graph: StreetGraph, data: st.DataObject, limit: float
) -> None:
    nodes = plans.connected_nodes(contract(graph), graph)
    if not nodes:
        return
    stations = data.draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=4, unique=True))
    network, weights, at = prepared(graph, stations)
    reach = flood(network, weights, at, max_seconds=limit, k=min(2, len(stations)))
    metres = street_metres(network, weights, at, reach, max_seconds=limit)
    pieces = 200
    segment = np.repeat(np.flatnonzero(network.segment_metres > 0), pieces)
    fraction = np.tile((np.arange(pieces) + 0.5) / pieces, len(segment) // pieces)
    points = Positions(
        edge=network.vertex_edge[segment],
        segment=segment,
        fraction=fraction,
        metres=np.zeros(len(segment)),
    )
    times = times_at(network, weights, at, reach, points)
    sampled = (times.seconds <= limit) * network.segment_metres[segment][:, None] / pieces
    assert metres.sum(axis=0) == pytest.approx(
        sampled.sum(axis=0), abs=network.metres / pieces * 2 + 0.5
    )


@relaxed
@given(graph=plans.streets(), data=st.data())
def test_more_stations_never_make_a_walk_longer(graph: StreetGraph, data: st.DataObject) -> None:
    nodes = plans.connected_nodes(contract(graph), graph)
    if not nodes:
        return
    stations = data.draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=4, unique=True))
    network, weights, few = prepared(graph, stations[:1])
    _, _, many = prepared(graph, stations)
    before = flood(network, weights, few, max_seconds=900).seconds
    after = flood(network, weights, many, max_seconds=900).seconds
    assert (after <= before).all()


def test_a_river_is_walked_around_by_its_one_bridge() -> None:
    graph, at = plans.drawn(
        """
A---o---o
    |   ~
B---o   C
""".replace("~", " ")
    )
    network, weights, stations = prepared(graph, [0], pace=OFFICIAL)
    lon, lat = at["B"]
    _, (walk,) = Finder(network, weights, stations).nearest(lon, lat, k=1)
    # 4 cells east, 2 north, 4 west: 500 m though A is 100 m away
    assert walk.metres == pytest.approx(500, abs=0.5)
    assert walk.seconds == pytest.approx(450, abs=0.5)


def test_a_stairway_is_taken_by_the_official_rule_and_walked_around_by_terrain() -> None:
    graph, at = plans.drawn("""
A====B
|    |
o----o
""")
    for pace, metres in ((OFFICIAL, 250.0), (TERRAIN, 450.0)):
        network, weights, stations = prepared(graph, [0], pace=pace)
        _, (walk,) = Finder(network, weights, stations).nearest(*at["B"], k=1)
        assert walk.metres == pytest.approx(metres, abs=0.5)


def test_an_escalator_carries_one_way_only() -> None:
    graph, at = plans.drawn("""
A>>>>B
|    |
o----o
""")
    network, weights, stations = prepared(graph, [0], pace=OFFICIAL)
    _, (walk,) = Finder(network, weights, stations).nearest(*at["B"], k=1)
    assert walk.metres == pytest.approx(450, abs=0.5)


def test_a_station_on_an_islet_is_snapped_to_the_connected_part() -> None:
    mainland = "\n".join(["o" + "-o" * 20, "| " * 21] * 12)
    graph, at = plans.drawn(mainland + "\n" + "A" + "-o" * 20 + "\n\nB-o")
    network = contract(graph)
    found = snap(network, *[[value] for value in at["B"]], max_metres=500)
    assert network.edge_connected[found.edge[0]]
    assert found.metres[0] == pytest.approx(100, abs=0.5)


def test_a_point_outside_says_how_far_the_nearest_street_is() -> None:
    graph, _ = plans.drawn("A---B")
    network, weights, stations = prepared(graph, [0])
    lon, lat = plans.place(0, 40)
    with pytest.raises(OutsideNetwork, match="2,000 m away") as caught:
        Finder(network, weights, stations).nearest(lon, lat, k=1)
    assert caught.value.nearest_metres == pytest.approx(2000, abs=1)


@pytest.mark.parametrize("k", [0, -1])
def test_fewer_than_one_station_is_refused(k: int) -> None:
    graph, at = plans.drawn("A---B")
    network, weights, stations = prepared(graph, [0])
    with pytest.raises(InvalidValue, match="k is"):
        Finder(network, weights, stations).nearest(*at["A"], k=k)


def test_no_station_at_all_is_refused_by_a_flood_and_leaves_everybody_unserved() -> None:
    graph, _ = plans.drawn("A---B")
    network, weights, stations = prepared(graph, [])
    with pytest.raises(NoSources, match="stations is 0"):
        flood(network, weights, stations, max_seconds=900)
    everybody = plans.at_nodes(network, graph, [0, 1])
    assert np.isinf(nearest_seconds(network, weights, stations, everybody)).all()


def test_a_limit_of_zero_and_a_point_that_is_no_number_are_refused() -> None:
    graph, _ = plans.drawn("A---B")
    network, weights, stations = prepared(graph, [0])
    with pytest.raises(InvalidValue, match="max_seconds"):
        flood(network, weights, stations, max_seconds=0)
    with pytest.raises(InvalidValue, match="longitude"):
        snap(network, [float("nan")], [29.5])
