"""Riding, parking and the last metres on foot against a graph of two layers."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import InvalidValue
from geo.network import Network, contract
from geo.pace import TERRAIN
from geo.parking import RideFinder, doors
from geo.ride import EBIKE
from geo.streets import Access, Kind, Mode, StreetGraph
from geo.weights import weigh
from tests.geo import plans

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
RIDDEN = Access.ALL
ON_FOOT = Access.BOTH
RIDE_ONE_WAY = Access.BOTH | Access.RIDE_FORWARD


def finder(
    network: Network, graph: StreetGraph, stations: list[int], **options: float
) -> RideFinder:
    return RideFinder(
        network,
        weigh(network, EBIKE),
        weigh(network, TERRAIN),
        plans.at_nodes(network, graph, stations),
        **options,  # type: ignore[arg-type]
    )


def two_layers(graph: StreetGraph, junctions: set[int]) -> "nx.DiGraph":
    """Return riding below, walking above (``n + nodes``), joined by parking at junctions."""
    ride, walk = plans.oracle(graph, EBIKE), plans.oracle(graph, TERRAIN)
    both = nx.DiGraph()
    for a, b, seconds in ride.edges(data="seconds"):
        both.add_edge(a, b, seconds=seconds)
    for a, b, seconds in walk.edges(data="seconds"):
        both.add_edge(a + graph.nodes, b + graph.nodes, seconds=seconds)
    for junction in junctions:
        both.add_edge(junction, junction + graph.nodes, seconds=EBIKE.parking_seconds)
    return both


@relaxed
@given(graph=plans.streets(riding=True) | plans.streets(most=40, riding=True), data=st.data())
def test_trips_equal_the_shortest_ways_of_two_layers(
    graph: StreetGraph, data: st.DataObject
) -> None:
    network = contract(graph)
    walkable = plans.connected_nodes(network, graph)
    ridable = plans.connected_nodes(network, graph, mode=Mode.EBIKE)
    if not walkable or not ridable:
        return
    stations = data.draw(st.lists(st.sampled_from(walkable), min_size=1, max_size=3, unique=True))
    start = data.draw(st.sampled_from(ridable))
    # far enough on foot that the limit never binds
    found = finder(network, graph, stations, max_foot_seconds=1e5).from_position(
        plans.at_nodes(network, graph, [start], mode=Mode.EBIKE), k=len(stations)
    )
    # a rider may also park where he stands
    parking = plans.parking_nodes(network, graph, stations) | {start}
    truth = nx.single_source_dijkstra_path_length(
        two_layers(graph, parking), start, weight="seconds"
    )
    expected = sorted(truth[s + graph.nodes] for s in stations if s + graph.nodes in truth)
    assert [trip.seconds for trip in found] == pytest.approx(expected, abs=0.1)
    for trip in found:
        assert trip.seconds >= EBIKE.parking_seconds
        rise = graph.height[stations[trip.station]] - graph.height[start]
        assert trip.ascent - trip.descent == pytest.approx(rise, abs=0.1)


def test_a_rider_leaves_the_ebike_at_the_foot_of_the_stairs() -> None:
    # a street of 200 m, then stairs of 100 m to the station
    a, b, c = plans.place(0, 0), plans.place(4, 0), plans.place(6, 0)
    graph = plans.make(
        [(*a, 0.0), (*b, 0.0), (*c, 30.0)],
        [(0, 1, Kind.STREET, RIDDEN), (1, 2, Kind.STEPS, ON_FOOT)],
    )
    network = contract(graph)
    (trip,) = finder(network, graph, [2]).from_position(
        plans.at_nodes(network, graph, [0], mode=Mode.EBIKE), k=1
    )
    riding, climbing = 200 / (20 / 3.6), 100 / 0.61
    assert trip.seconds == pytest.approx(riding + 60 + climbing, abs=0.5)
    assert trip.foot.metres == pytest.approx(100, abs=0.1)
    assert trip.metres == pytest.approx(300, abs=0.2)
    assert trip.ascent == pytest.approx(30, abs=0.1)


def test_a_rider_just_past_the_station_on_a_one_way_street_parks_and_walks_back() -> None:
    # riding round takes 590 m at 20 km/h, 106 s; walking back 10 m takes 9 s
    corners = [plans.place(x, y) for x, y in ((0, 0), (3, 0), (3, 3), (0, 3))]
    graph = plans.make(
        [(*corner, 0.0) for corner in corners],
        [(i, (i + 1) % 4, Kind.STREET, RIDE_ONE_WAY) for i in range(4)],
    )
    network = contract(graph)
    search = finder(network, graph, [0], max_foot_seconds=60)
    per_metre = (plans.place(1, 0)[0] - plans.place(0, 0)[0]) / plans.CELL_METRES
    origin, (trip,) = search.nearest(plans.place(0, 0)[0] + 10 * per_metre, plans.NORTH, k=1)
    assert trip.seconds == pytest.approx(60 + 9, abs=0.2)
    assert trip.ride is None
    ride, foot = search.path(origin, trip)
    assert ride.shape == (1, 2)
    assert foot[-1] == pytest.approx(corners[0], abs=1e-6)


def test_a_one_way_street_binds_riders_and_not_walkers() -> None:
    # the direct street of 200 m leads from B to A; the way round takes 600 m
    corners = [plans.place(x, y) for x, y in ((0, 0), (4, 0), (4, 4), (0, 4))]
    graph = plans.make(
        [(*corner, 0.0) for corner in corners],
        [
            (1, 0, Kind.STREET, RIDE_ONE_WAY),
            (1, 2, Kind.STREET, RIDDEN),
            (2, 3, Kind.STREET, RIDDEN),
            (3, 0, Kind.STREET, RIDDEN),
        ],
    )
    network = contract(graph)
    at = plans.at_nodes(network, graph, [0], mode=Mode.EBIKE)
    (round_about,) = finder(network, graph, [1], max_foot_seconds=0).from_position(at, k=1)
    assert round_about.seconds == pytest.approx(600 / (20 / 3.6) + 60, abs=0.5)
    (on_foot,) = finder(network, graph, [1]).from_position(at, k=1)
    # parking at once and walking 200 m is slower than riding round
    assert on_foot.seconds == pytest.approx(round_about.seconds, abs=0.5)
    (back,) = finder(network, graph, [0]).from_position(
        plans.at_nodes(network, graph, [1], mode=Mode.EBIKE), k=1
    )
    assert back.seconds == pytest.approx(200 / (20 / 3.6) + 60, abs=0.5)


def test_a_trip_has_a_path_of_two_parts_that_meet() -> None:
    a, b, c = plans.place(0, 0), plans.place(4, 0), plans.place(6, 0)
    graph = plans.make(
        [(*a, 0.0), (*b, 0.0), (*c, 0.0)],
        [(0, 1, Kind.STREET, RIDDEN), (1, 2, Kind.PATH, ON_FOOT)],
    )
    network = contract(graph)
    search = finder(network, graph, [2])
    origin, (trip,) = search.nearest(*a, k=1)
    ride, foot = search.path(origin, trip)
    assert ride[0] == pytest.approx(a, abs=1e-6)
    assert ride[-1] == pytest.approx(b, abs=1e-6)
    assert foot[0] == pytest.approx(b, abs=1e-6)
    assert foot[-1] == pytest.approx(c, abs=1e-6)


def test_weights_of_the_wrong_mode_are_refused() -> None:
    graph, _ = plans.drawn("A---B")
    network = contract(graph)
    walking = weigh(network, TERRAIN)
    places = plans.at_nodes(network, graph, [0])
    with pytest.raises(InvalidValue, match="weights"):
        doors(network, walking, walking, places, parking_seconds=60)
    with pytest.raises(InvalidValue, match="parking_seconds"):
        doors(network, weigh(network, EBIKE), walking, places, parking_seconds=np.nan)
