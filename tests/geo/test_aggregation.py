"""Sums by polygon, worked out by hand on one straight street."""

import numpy as np
import pytest
import shapely

from geo.aggregation import Aggregation
from geo.circle import Points, RadiusRule, WalkRule
from geo.errors import InvalidValue, NotDegrees
from geo.network import Network, contract
from geo.pace import OFFICIAL
from geo.regions import hull
from geo.snap import snap
from geo.weights import weigh
from tests.geo import plans


def at(network: Network, *places: tuple[float, float]) -> Points:
    lon, lat = np.array(places).T
    return Points(longitude=lon, latitude=lat, positions=snap(network, lon, lat))


def street() -> tuple[Network, Points, Points]:
    """Return 2 km of street from west to east, stations at 0 and 200 m, people every 500 m."""
    graph = plans.make([(*plans.place(0, 0), 0.0), (*plans.place(40, 0), 0.0)], [(0, 1, 0, 3)])
    network = contract(graph)
    stations = at(network, plans.place(0, 0), plans.place(4, 0))
    people = at(network, *[plans.place(c, 0) for c in (1, 10, 20, 30, 39)])
    return network, stations, people


def box(first: float, last: float) -> shapely.Polygon:
    return shapely.box(*plans.place(first, 2), *plans.place(last, -2))


def test_each_polygon_counts_its_own_people_and_metres_once_twice_and_thrice() -> None:
    network, stations, people = street()
    weight = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    # 400 seconds at 4 km/h are 444.4 m: from 0 to 444.4 and from 0 to 644.4
    rule = WalkRule(network, weigh(network, OFFICIAL), stations, max_seconds=400)
    sums = Aggregation(network, [box(-1, 41), box(5, 15), box(25, 41)], people, weight)
    whole, middle, east = sums.tally(rule)
    assert whole.people.whole == 31
    assert whole.people.reached == (3, 1, 0)
    assert whole.street_metres.whole == pytest.approx(2000, abs=0.5)
    assert whole.street_metres.reached == pytest.approx((644.4, 444.4, 0), abs=1)
    assert middle.people.shares == (1, 0, 0)
    assert east.people.reached == (0, 0, 0)
    # the street is one segment, whose middle lies in neither of the smaller boxes
    assert middle.street_metres.whole == 0
    assert middle.street_metres.shares == (None, None, None)


def test_area_is_that_of_the_polygon_and_reached_within_access_legs_and_walk() -> None:
    network, stations, people = street()
    rule = RadiusRule(network, stations, radius_metres=1000)
    (whole,) = Aggregation(network, [box(0, 40)], people, np.ones(5)).tally(rule)
    assert whole.square_metres.whole == pytest.approx(2000 * 200, rel=1e-3)
    # circles of 1 km around 0 and 200 m, cut by a strip of 200 m: 1,200 m and 1,000 m of 2,000
    assert whole.square_metres.shares[:2] == pytest.approx((0.6, 0.5), abs=0.01)


def test_streets_along_one_line_have_an_extent_with_an_area() -> None:
    network, stations, people = street()
    shape = hull(network)
    weights = weigh(network, OFFICIAL)
    (tally,) = Aggregation(network, [shape], people, np.ones(5)).tally(
        WalkRule(network, weights, stations, max_seconds=900)
    )
    assert tally.people.whole == 5
    assert tally.street_metres.whole == pytest.approx(2000, abs=1)
    # 50 m on either side, and round ends
    assert tally.square_metres.whole == pytest.approx(2000 * 100 + np.pi * 50**2, rel=0.2)


def test_shapes_that_nothing_can_lie_in_are_refused_by_name() -> None:
    network, _, people = street()
    with pytest.raises(InvalidValue, match="shapes"):
        Aggregation(network, [], people, np.ones(5))
    with pytest.raises(InvalidValue, match="shape is 'LineString'"):
        Aggregation(network, [shapely.LineString([(0, 0), (1, 1)])], people, np.ones(5))
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    with pytest.raises(InvalidValue, match="Self-intersection"):
        Aggregation(network, [bow], people, np.ones(5))
    with pytest.raises(NotDegrees, match="longitude is 500100"):
        Aggregation(
            network, [shapely.box(500_000, 3_000_000, 500_100, 3_000_100)], people, np.ones(5)
        )
    with pytest.raises(InvalidValue, match="weight"):
        Aggregation(network, [box(0, 1)], people, np.ones(3))
