"""Catchments and tables of cover against the oracle of towns and plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from geo.catchment import Catchments, Circles, Walks, join
from geo.cover_table import counts, covered, sole
from geo.errors import InvalidValue
from geo.plane import straight_metres
from tests.geo import towns
from tests.geo.towns import Town, relaxed


def dense(catchments: Catchments) -> NDArray[np.float64]:
    """Return costs of shape (points, places), infinite where there is no entry."""
    table = np.full((catchments.points, catchments.places), np.inf)
    for place in range(catchments.places):
        point, cost = catchments.row(place)
        assert (np.diff(point) > 0).all()
        table[point, place] = cost
    return table


def sparse(table: NDArray[np.bool_]) -> Catchments:
    """Return catchments of shape (places, points) whose costs are all one."""
    point = np.nonzero(table)[1]
    pointer = np.concatenate(([0], np.cumsum(table.sum(axis=1)))).astype(np.int64)
    return Catchments(
        pointer=pointer,
        point=point.astype(np.int32),
        cost=np.ones(len(point), np.float32),
        points=table.shape[1],
        limit=1.0,
    )


@relaxed
@given(
    town=towns.towns(),
    seed=st.integers(0, 2**32 - 1),
    limit=st.sampled_from([41.5, 121.5, 202.5, 900.5]),
    count=st.sampled_from([0, 1, 5, 70]),
)
def test_a_catchment_is_what_the_oracle_walks_in_time(
    town: Town, seed: int, limit: float, count: int
) -> None:
    places = towns.scattered(town, count=count, seed=seed)
    points = towns.scattered(town, count=30, seed=seed + 1)
    times = towns.truth(town, places, points).points
    times[times > limit] = np.inf
    walks = Walks(town.network, town.weights, town.positions(points))
    found = walks.catchments(town.positions(places), max_seconds=limit)
    assert dense(found).tolist() == times.tolist()
    shorter = np.where(times <= 41.5, times, np.inf)
    assert dense(found.within(41.5)).tolist() == shorter.tolist()
    some = np.arange(count)[::-2]
    assert dense(found.take(some)).tolist() == times[:, some].tolist()
    if count:
        twice = join([found, found.take(some)])
        assert dense(twice).tolist() == np.hstack((times, times[:, some])).tolist()
    pointer, place, cost = found.by_point()
    for point, row in enumerate(times):
        inside = slice(pointer[point], pointer[point + 1])
        assert place[inside].tolist() == np.flatnonzero(np.isfinite(row)).tolist()
        assert cost[inside].tolist() == row[np.isfinite(row)].tolist()


def test_a_radius_holds_what_the_geodesic_chord_says() -> None:
    random = np.random.default_rng(5)
    lon, lat = 106.5 + random.random(400) / 30, 29.5 + random.random(400) / 30
    found = Circles(lon, lat).catchments(lon[:40], lat[:40], radius_metres=900.0)
    for place in range(40):
        metres = straight_metres(lon[place], lat[place], lon, lat)
        point, cost = found.row(place)
        assert point.tolist() == np.flatnonzero(metres <= 900.0).tolist()
        assert cost == pytest.approx(metres[point], abs=0.1)


tables = st.tuples(st.integers(0, 6), st.integers(1, 12), st.integers(0, 7)).flatmap(
    lambda sizes: st.tuples(
        arrays.arrays(np.bool_, (sizes[0], sizes[1])),
        arrays.arrays(np.bool_, (sizes[2], sizes[0])),
        arrays.arrays(np.int16, sizes[1], elements=st.integers(-1, 2)),
    )
)


@given(table=tables)
def test_cover_at_moments_equals_a_plain_loop(
    table: tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int16]],
) -> None:
    reach, active, group = table
    catchments = sparse(reach)
    weight = np.arange(1.0, reach.shape[1] + 1)
    sums = covered(catchments, active, weight, group=group, groups=3)
    alone = sole(catchments, active, weight)
    assert sums.shape == (len(active), 3, 3)
    assert alone.shape == active.shape
    for moment, open_ in enumerate(active):
        number = reach[open_].sum(axis=0)
        assert counts(catchments, open_).tolist() == np.minimum(number, 3).tolist()
        for one in range(3):
            for depth in (1, 2, 3):
                expected = weight[(number >= depth) & (group == one)].sum()
                assert sums[moment, one, depth - 1] == expected
        for place in range(len(reach)):
            lost = weight[reach[place] & (number == 1)].sum() if open_[place] else 0.0
            assert alone[moment, place] == lost


def test_what_does_not_fit_is_refused() -> None:
    catchments = sparse(np.ones((2, 3), np.bool_))
    with pytest.raises(InvalidValue, match="active"):
        counts(catchments, np.ones(3, np.bool_))
    with pytest.raises(InvalidValue, match="weight"):
        covered(catchments, np.ones((1, 2), np.bool_), np.ones(2))
    with pytest.raises(InvalidValue, match="group"):
        covered(catchments, np.ones((1, 2), np.bool_), np.ones(3), group=np.full(3, 4, np.int16))
    with pytest.raises(InvalidValue, match="limit"):
        catchments.within(2.0)
    with pytest.raises(InvalidValue, match="parts"):
        join([])
    none = np.empty(0)
    with pytest.raises(InvalidValue, match="radius_metres"):
        Circles(none, none).catchments(none, none, radius_metres=np.inf)
