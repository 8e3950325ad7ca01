"""Times at points and metres of street against the oracle, cut by cut."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.circle import Points, RadiusRule
from geo.coverage import (
    Nearest,
    count_within_radius,
    nearest_seconds,
    street_metres,
    street_metres_within_radius,
    times_at,
)
from geo.errors import InvalidValue
from geo.network import Network, contract
from geo.pace import OFFICIAL
from geo.plane import UNITS_PER_DEGREE, metres_per_degree
from geo.reach import MAX_NEAREST, flood, sources
from geo.streets import StreetGraph
from geo.weights import weigh
from tests.geo import plans, towns
from tests.geo.towns import Places, Town, relaxed

SEEDS = st.integers(0, 2**32 - 1)
COUNTS = st.integers(1, 7)
LIMITS = st.sampled_from([40.0, 84.0, 120.0, 200.0, 900.0])


def timed(town: Town, stations: Places, points: Places, *, k: int, max_seconds: float) -> Nearest:
    at = sources(town.weights, town.positions(stations))
    reach = flood(town.network, town.weights, at, max_seconds=max_seconds, k=k)
    return times_at(town.network, town.weights, at, reach, town.positions(points))


@relaxed
@given(town=towns.towns(), seed=SEEDS, count=COUNTS)
def test_times_at_points_anywhere_equal_the_oracle_in_times_and_owners(
    town: Town, seed: int, count: int
) -> None:
    stations = towns.scattered(town, count=count, seed=seed)
    points = towns.scattered(town, count=20, seed=seed + 1)
    times = towns.truth(town, stations, points).points
    for k in (1, min(count, MAX_NEAREST)):
        found = timed(town, stations, points, k=k, max_seconds=np.inf)
        seconds, owner = towns.ranked(times, k=k)
        assert found.seconds.tolist() == seconds.tolist()
        assert found.owner.tolist() == owner.tolist()


@relaxed
@given(town=towns.towns(), seed=SEEDS, count=COUNTS, limit=LIMITS)
def test_a_limited_flood_is_enough_for_all_points_within_the_limit(
    town: Town, seed: int, count: int, limit: float
) -> None:
    stations = towns.scattered(town, count=count, seed=seed)
    points = towns.scattered(town, count=20, seed=seed + 1)
    times = towns.truth(town, stations, points).points
    k = min(count, MAX_NEAREST)
    found = timed(town, stations, points, k=k, max_seconds=limit)
    seconds, owner = towns.ranked(times, k=k, max_seconds=limit)
    within = found.seconds <= limit
    assert np.where(within, found.seconds, np.inf).tolist() == seconds.tolist()
    assert np.where(within, found.owner, -1).tolist() == owner.tolist()
    at = sources(town.weights, town.positions(stations))
    nearest = nearest_seconds(
        town.network, town.weights, at, town.positions(points), max_seconds=limit
    )
    assert nearest.tolist() == seconds[:, 0].tolist()


def sampled_metres(
    town: Town, stations: Places, metres: NDArray[np.float64], *, limit: float, k: int, pieces: int
) -> NDArray[np.float64]:
    """Return metres of each segment within 1 to k stations, by the oracle at many places of it."""
    graph = town.graph
    times = towns.truth(town, stations).nodes
    f = ((np.arange(pieces) + 0.5) / pieces)[:, None]
    covered = np.zeros((graph.segments, k))
    for segment in range(graph.segments):
        there, back = town.open_seconds(segment)
        ways = np.minimum(
            (1 - f) * there + times[graph.end[segment]], f * back + times[graph.start[segment]]
        )
        for s in np.flatnonzero(stations.segment == segment):
            gap = stations.fraction[s] - f[:, 0]
            # 0 s of a way that is shut would be no number
            share = np.where(gap > 0, gap, np.nan) * there, np.where(gap < 0, -gap, np.nan) * back
            straight = np.fmin(*share) + stations.metres[s]
            ways[:, s] = np.fmin(ways[:, s], straight)
        count = (ways <= limit).sum(axis=1)
        for m in range(k):
            covered[segment, m] = (count > m).mean() * metres[segment]
    return covered


@relaxed
@given(
    town=towns.towns(most=60),
    seed=SEEDS,
    count=COUNTS,
    # no walk takes just that: a way of no time would then be all or nothing
    limit=st.sampled_from([41.5, 84.5, 121.5, 202.5, 900.5]),
)
def test_metres_of_every_street_equal_fine_sampling_by_the_oracle(
    town: Town, seed: int, count: int, limit: float
) -> None:
    stations = towns.scattered(town, count=count, seed=seed)
    k = min(count, 3)
    at = sources(town.weights, town.positions(stations))
    reach = flood(town.network, town.weights, at, max_seconds=limit, k=k)
    metres = street_metres(town.network, town.weights, at, reach, max_seconds=limit)
    pieces = 256
    length = town.network.segment_metres[town.vertex_of].astype(np.float64)
    sampled = sampled_metres(town, stations, length, limit=limit, k=k, pieces=pieces)
    found = metres[town.vertex_of]
    # each cut moves a sample at most; a station has two of its own, and two from the ends
    worst = length[:, None] * (4 * count + 2) / pieces + 1e-3
    assert (np.abs(found - sampled) <= worst).all()
    # in the mean samples fall on either side
    assert found.sum() == pytest.approx(sampled.sum(), abs=length.sum() * 4 / pieces + 0.01)
    assert metres.sum() == pytest.approx(found.sum(), rel=1e-6)
    assert (np.diff(metres, axis=1) <= 0).all()


@relaxed
@given(town=towns.towns(), seed=SEEDS, count=COUNTS, limit=LIMITS)
def test_more_stations_and_more_time_never_cover_less(
    town: Town, seed: int, count: int, limit: float
) -> None:
    stations = towns.scattered(town, count=count + 1, seed=seed)
    metres = []
    for some, seconds in ((count, limit), (count + 1, limit), (count + 1, 2 * limit)):
        at = sources(town.weights, town.positions(stations.take(range(some))))
        reach = flood(town.network, town.weights, at, max_seconds=seconds)
        metres.append(street_metres(town.network, town.weights, at, reach, max_seconds=seconds))
    for less, more in itertools.pairwise(metres):
        # lengths are added up in another order of cuts
        assert (less <= more + 1e-3).all()


def somewhere(network: Network, count: int, seed: int) -> tuple[NDArray[np.float64], ...]:
    """Return lon, lat of points in and around a plan, some exactly on its vertices."""
    rng = np.random.default_rng(seed)
    west, south, east, north = network.bounds
    longitude = rng.uniform(west - 0.002, east + 0.002, count)
    latitude = rng.uniform(south - 0.002, north + 0.002, count)
    on = rng.integers(len(network.vertex_longitude), size=count // 2)
    longitude[: len(on)] = network.vertex_longitude[on] / UNITS_PER_DEGREE
    latitude[: len(on)] = network.vertex_latitude[on] / UNITS_PER_DEGREE
    return longitude, latitude


@relaxed
@given(
    graph=plans.streets(),
    seed=SEEDS,
    count=st.integers(1, 6),
    radius=st.sampled_from([20.0, 75.0, 150.0, 400.0]),
)
def test_metres_within_circles_equal_fine_sampling_and_circles_drawn_as_polygons(
    graph: StreetGraph, seed: int, count: int, radius: float
) -> None:
    network = contract(graph)
    longitude, latitude = somewhere(network, count, seed)
    metres = street_metres_within_radius(network, longitude, latitude, k=3, radius_metres=radius)
    pieces = 64
    segment = np.repeat(np.flatnonzero(network.segment_metres > 0), pieces)
    f = np.tile((np.arange(pieces) + 0.5) / pieces, len(segment) // pieces)
    lon, lat = network.vertex_longitude.astype(float), network.vertex_latitude.astype(float)
    counts = count_within_radius(
        (lon[segment] + f * (lon[segment + 1] - lon[segment])) / UNITS_PER_DEGREE,
        (lat[segment] + f * (lat[segment + 1] - lat[segment])) / UNITS_PER_DEGREE,
        longitude,
        latitude,
        k=min(3, count),
        radius_metres=radius,
    )
    share = network.segment_metres[segment] / pieces
    for m in range(3):
        expected = np.bincount(segment, share * (counts > m), len(network.segment_metres))
        allowed = network.segment_metres * (2 * count + 1) / pieces + 0.05
        assert (np.abs(metres[:, m] - expected) <= allowed).all()
    # the union of the circles, drawn with 256 corners, in a plane of metres
    east, north = metres_per_degree(float(latitude.mean()))
    centres = shapely.points(longitude * east, latitude * north)
    union = shapely.union_all(shapely.buffer(centres, radius, quad_segs=64))
    at = np.column_stack((lon * east, lat * north)) / UNITS_PER_DEGREE
    inner = np.flatnonzero(network.segment_metres > 0)
    lines = shapely.linestrings(np.stack((at[inner], at[inner + 1]), axis=1))
    drawn = shapely.length(shapely.intersection(lines, union))
    # a chord of 256 lies up to 0.008 % of the radius inside, where streets may run along it
    assert metres[:, 0].sum() == pytest.approx(drawn.sum(), rel=2e-3, abs=radius * 0.05)


def test_a_street_is_cut_where_the_time_ends() -> None:
    # 60 s at 4 km/h are 66.67 m either way from the middle of a street of 200 m
    graph, _ = plans.drawn("A---B")
    network = contract(graph)
    weights = weigh(network, OFFICIAL)
    half = plans.at_nodes(network, graph, [0])
    half.fraction[:] = 0.5
    at = sources(weights, half)
    reach = flood(network, weights, at, max_seconds=60)
    metres = street_metres(network, weights, at, reach, max_seconds=60)
    assert metres.sum() == pytest.approx(2 * 60 * 4 / 3.6, abs=0.01)
    with pytest.raises(InvalidValue, match="max_seconds is 61"):
        street_metres(network, weights, at, reach, max_seconds=61)


def test_a_street_within_two_circles_counts_once_and_twice_where_they_overlap() -> None:
    # circles of 80 m around both ends of 100 m: all within one, 60 m within two
    graph, at = plans.drawn("A-B")
    network = contract(graph)
    lon, lat = np.array([at["A"], at["B"]]).T
    here = Points(longitude=lon, latitude=lat, positions=plans.at_nodes(network, graph, [0, 1]))
    rule = RadiusRule(network, here, radius_metres=80)
    assert rule.metres().sum(axis=0) == pytest.approx([100, 60, 0], abs=0.05)
    # each end is within its own circle alone
    assert rule.count(here).tolist() == [1, 1]
    lon, lat = (np.array([value]) for value in plans.place(1, 0))
    middle = plans.at_nodes(network, graph, [0])
    assert rule.count(Points(longitude=lon, latitude=lat, positions=middle)).tolist() == [2]


def test_a_street_within_reach_of_no_circle_and_of_no_station_has_no_metres() -> None:
    graph, _ = plans.drawn("A---B")
    network = contract(graph)
    none = np.empty(0)
    assert street_metres_within_radius(network, none, none, k=2).tolist() == [[0, 0], [0, 0]]
    lon, lat = (np.array([value]) for value in plans.place(0, 30))
    assert not street_metres_within_radius(network, lon, lat, k=1).any()


def test_where_there_is_no_station_everybody_is_unserved() -> None:
    graph, _ = plans.drawn("A---B")
    network = contract(graph)
    weights = weigh(network, OFFICIAL)
    everybody = plans.at_nodes(network, graph, [0, 1])
    none = sources(weights, everybody).only(np.zeros(2, np.bool_))
    assert nearest_seconds(network, weights, none, everybody).tolist() == [np.inf, np.inf]
