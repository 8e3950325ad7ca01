"""Gain and loss of single stations against two full runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage import nearest_seconds, street_metres
from geo.errors import InvalidValue
from geo.marginal import Change, Marginal
from geo.network import Network, contract
from geo.pace import TERRAIN
from geo.reach import Sources, flood, sources
from geo.snap import Positions
from geo.streets import StreetGraph
from geo.weights import Weights, weigh
from tests.geo import plans, towns
from tests.geo.towns import Town, relaxed


def joined(one: Positions, other: Positions) -> Positions:
    return Positions(
        **{
            name: np.concatenate((getattr(one, name), getattr(other, name)))
            for name in ("edge", "segment", "fraction", "metres")
        }
    )


def measured(
    network: Network, weights: Weights, stations: Sources, points: Positions, limit: float
) -> tuple[np.ndarray, float]:
    """Return seconds of points and metres of street by a full run."""
    seconds = nearest_seconds(network, weights, stations, points, max_seconds=limit)
    if stations.served == 0:
        return seconds, 0.0
    reach = flood(network, weights, stations, max_seconds=limit)
    metres = street_metres(network, weights, stations, reach, max_seconds=limit)
    return seconds, float(metres.sum(dtype=np.float64))


def assert_is_difference(
    change: Change,
    before: tuple[np.ndarray, float],
    after: tuple[np.ndarray, float],
    weight: np.ndarray,
) -> None:
    differs = np.flatnonzero(before[0] != after[0])
    assert set(differs.tolist()) <= set(change.points.tolist())
    assert change.before == pytest.approx(before[0][change.points])
    assert change.after == pytest.approx(after[0][change.points], abs=1e-3)
    within = np.isfinite(after[0]).astype(float) - np.isfinite(before[0])
    assert change.weight == pytest.approx((weight * within).sum())
    assert change.metres == pytest.approx(after[1] - before[1], abs=0.05)


@relaxed
@given(
    graph=plans.streets(),
    seed=st.integers(0, 10_000),
    limit=st.sampled_from([30.0, 120.0, 900.0]),
    count=st.integers(0, 4),
)
def test_gain_and_loss_equal_the_difference_of_two_full_runs(
    graph: StreetGraph, seed: int, limit: float, count: int
) -> None:
    network = contract(graph)
    weights = weigh(network, TERRAIN)
    stations, new = plans.anywhere(network, count, seed), plans.anywhere(network, 1, seed + 1)
    points = plans.anywhere(network, 12, seed + 2)
    weight = np.arange(1.0, 13.0)
    there = sources(weights, stations)
    marginal = Marginal(network, weights, there, points, weight=weight, max_seconds=limit)
    before = measured(network, weights, there, points, limit)
    more = measured(network, weights, sources(weights, joined(stations, new)), points, limit)
    assert_is_difference(marginal.gain(new), before, more, weight)
    losses = marginal.losses()
    assert losses.shape == (count,)
    for station in range(count):
        rest = there.only(np.arange(count) != station)
        loss = marginal.loss(station)
        assert_is_difference(loss, before, measured(network, weights, rest, points, limit), weight)
        assert losses[station] == pytest.approx(-loss.weight)


@relaxed
@given(
    town=towns.towns(),
    seed=st.integers(0, 2**32 - 1),
    # no walk takes just that
    limit=st.sampled_from([41.5, 121.5, 202.5, 900.5]),
    count=st.integers(0, 5),
)
def test_gain_and_loss_in_towns_equal_the_difference_of_two_full_runs_by_the_oracle(
    town: Town, seed: int, limit: float, count: int
) -> None:
    stations = towns.scattered(town, count=count + 1, seed=seed)
    points = towns.scattered(town, count=30, seed=seed + 1)
    times = towns.truth(town, stations, points).points
    times[times > limit] = np.inf
    there = sources(town.weights, town.positions(stations.take(range(count))))
    at = town.positions(points)
    marginal = Marginal(town.network, town.weights, there, at, max_seconds=limit)
    before = times[:, :count].min(axis=1, initial=np.inf)
    assert marginal.seconds.tolist() == before.tolist()
    gain = marginal.gain(town.positions(stations.take([count])))
    assert changed(gain) == differences(before, times.min(axis=1))
    for station in range(count):
        after = np.delete(times[:, :count], station, axis=1).min(axis=1, initial=np.inf)
        # a point that has another station as near does not change
        loss = marginal.loss(station)
        assert {row for row in changed(loss) if row[1] != row[2]} == differences(before, after)


def changed(change: Change) -> set[tuple[int, float, float]]:
    return set(
        zip(change.points.tolist(), change.before.tolist(), change.after.tolist(), strict=True)
    )


def differences(before: np.ndarray, after: np.ndarray) -> set[tuple[int, float, float]]:
    return {(p, before[p], after[p]) for p in np.flatnonzero(before != after).tolist()}


def test_a_station_that_stands_beside_another_adds_nothing_and_costs_nothing() -> None:
    graph, _ = plans.drawn("A---B---C")
    network = contract(graph)
    weights = weigh(network, TERRAIN)
    places = plans.at_nodes(network, graph, [0, 0])
    points = plans.at_nodes(network, graph, [0, 1, 2])
    marginal = Marginal(network, weights, sources(weights, places), points, max_seconds=900)
    assert marginal.covered == 3
    assert marginal.loss(0).weight == marginal.loss(1).weight == 0
    assert marginal.gain(places.take(0)).points.size == 0
    assert marginal.losses().tolist() == [0, 0]


def test_nonsense_is_refused_by_name() -> None:
    graph, _ = plans.drawn("A---B")
    network = contract(graph)
    weights = weigh(network, TERRAIN)
    points = plans.at_nodes(network, graph, [0, 1])
    stations = sources(weights, points)
    for limit in (0.0, float("nan"), float("inf")):
        with pytest.raises(InvalidValue, match="max_seconds"):
            Marginal(network, weights, stations, points, max_seconds=limit)
    with pytest.raises(InvalidValue, match="weight"):
        Marginal(network, weights, stations, points, max_seconds=9, weight=np.ones(3))
    marginal = Marginal(network, weights, stations, points, max_seconds=900)
    with pytest.raises(InvalidValue, match="station"):
        marginal.loss(2)
    with pytest.raises(InvalidValue, match="position"):
        marginal.gain(points)
