"""Ways told part by part: their sums are the way's own, and their line has no gap."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.legs import Leg
from geo.nearest import Finder
from geo.network import Network, contract
from geo.pace import TERRAIN
from geo.plane import segment_metres
from geo.streets import Kind, StreetGraph
from geo.weights import weigh
from tests.geo import plans

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(legs: list[Leg], network: Network) -> None:
    """Every line is as long as its part, bends where streets do, and follows the one before."""
    vertices = {
        (round(lon / 1e7, 9), round(lat / 1e7, 9))
        for lon, lat in zip(
            network.vertex_longitude.tolist(), network.vertex_latitude.tolist(), strict=True
        )
    }
    for leg, onward in itertools.pairwise(legs):
        assert leg.coordinates[-1] == pytest.approx(onward.coordinates[0], abs=1e-9)
    for leg in legs:
        line = leg.coordinates
        assert len(line) >= 2
        drawn = segment_metres(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1]).sum()
        assert drawn == pytest.approx(leg.metres, rel=1e-3, abs=0.05)
        assert all((round(x, 9), round(y, 9)) in vertices for x, y in line[1:-1].tolist())


@relaxed
@given(graph=plans.streets(), seed=st.integers(0, 2**31))
def test_parts_add_up_to_the_walk(graph: StreetGraph, seed: int) -> None:
    network = contract(graph)
    places = plans.anywhere(network, 6, seed)
    weights = weigh(network, TERRAIN)
    finder = Finder(network, weights, places.take([1, 2, 3, 4, 5]))
    origin = places.take([0])
    for walk in finder.from_position(origin, k=5):
        legs, door = finder.legs(origin, walk), finder.place(walk.source)
        beside = float(origin.metres[0] + door.metres[0])
        assert sum(leg.metres for leg in legs) + beside == pytest.approx(walk.metres, abs=0.01)
        seconds = sum(leg.seconds for leg in legs) + beside / weights.access_metres_per_second
        assert seconds == pytest.approx(walk.seconds, rel=1e-5, abs=0.02)
        assert sum(leg.ascent for leg in legs) == pytest.approx(walk.ascent, abs=0.01)
        assert sum(leg.descent for leg in legs) == pytest.approx(walk.descent, abs=0.01)
        check(legs, network)
        if legs:
            ends = np.vstack((origin.coordinates(network), door.coordinates(network)))
            assert legs[0].coordinates[0] == pytest.approx(ends[0], abs=1e-9)
            assert legs[-1].coordinates[-1] == pytest.approx(ends[1], abs=1e-9)


def test_stairs_and_bridges_are_parts_of_their_own_with_their_steps() -> None:
    graph, spots = plans.drawn("A---B==C~~D==E", heights={"C": 16.0, "D": 16.0}, steps={"BC": 100})
    network = contract(graph)
    finder = Finder(network, weigh(network, TERRAIN), plans.at_nodes(network, graph, [4]))
    origin = plans.at_nodes(network, graph, [0])
    (walk,) = finder.from_position(origin, k=1)
    legs = finder.legs(origin, walk)
    kinds = [leg.kind for leg in legs]
    assert kinds == [Kind.STREET, Kind.STEPS, Kind.BRIDGE, Kind.STEPS]
    assert [leg.steps for leg in legs] == [0, 100, 0, None]
    assert [leg.ascent for leg in legs] == pytest.approx([0, 16, 0, 0], abs=0.01)
    assert legs[-1].descent == pytest.approx(16, abs=0.01)
    assert legs[1].coordinates[0] == pytest.approx(spots["B"], abs=1e-6)
    assert legs[1].coordinates[-1] == pytest.approx(spots["C"], abs=1e-6)
