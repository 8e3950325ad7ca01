"""What a single station is worth: the gain of opening one anywhere, the loss of closing any one.

Both come from one flood that keeps the two nearest stations of every place, made once. To
close a station is to look at the second nearest where it was the first. To open one is a
search from its place that ends where the time ends. In the language of siting these are the
marginal gains and losses of maximal covering (R. Church and C. ReVelle, "The maximal covering
location problem", Papers of the Regional Science Association 32 (1974) 101-118).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo import _marginal
from geo._bounded import BoundedSearch, ways_in
from geo._isochrone_streets import Touched, cut_streets
from geo.coverage import Nearest, times_at
from geo.errors import InvalidValue
from geo.network import Network
from geo.reach import Reach, Sources, along, check_limit, check_weights, flood
from geo.snap import Positions
from geo.weights import Weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """What opening or closing one station does to points and streets.

    Attributes:
        points: int64 of shape (n,), ascending: the points whose nearest way changes.
        before, after: float32 of shape (n,), their seconds to the nearest station,
            infinite beyond the limit.
        weight: of the points that come within the limit, or negative of those that fall
            out of it.
        metres: of the streets that do.
    """

    points: NDArray[np.int64]
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    weight: float
    metres: float


class Marginal:
    """Weigh single stations against all others, on one network by one way to move.

    Safe to share between threads.

    Args:
        network, weights: what one moves on, and how fast.
        stations: those that are there; none is allowed.
        points: where people are, of shape (n,); those outside the network never change.
        weight: float64 of shape (n,), how many there are; one each if not given.
        max_seconds: the limit, finite.

    Raises:
        InvalidValue: if the limit is not positive and finite, a weight is negative or no number,
            shapes do not fit, or the weights are those of another network.
    """

    def __init__(
        self,
        network: Network,
        weights: Weights,
        stations: Sources,
        points: Positions,
        *,
        max_seconds: float,
        weight: NDArray[np.float64] | None = None,
    ) -> None:
        check_weights(network, weights)
        check_limit(max_seconds)
        if not np.isfinite(max_seconds):
            raise InvalidValue("max_seconds", max_seconds, "a finite time above 0 s")
        weight = np.ones(len(points)) if weight is None else np.asarray(weight, np.float64)
        if weight.shape != (len(points),):
            raise InvalidValue("weight", weight.shape, f"a number for each of {len(points)} points")
        wrong = ~(np.isfinite(weight) & (weight >= 0))
        if wrong.any():
            raise InvalidValue("weight", float(weight[wrong][0]), "finite numbers of 0 or more")
        self.network = network
        self.weights = weights
        self.stations = stations
        self.weight = weight
        self.max_seconds = float(max_seconds)
        self._limits = np.array([self.max_seconds])
        self._search = BoundedSearch(network, weights)
        self._reach = _two_nearest(network, weights, stations, self.max_seconds)
        self._nearest = self._times(points)
        self._points = _marginal.sort_points(network.edges, along(weights, points))
        # points and edges by the station that serves them first
        self._by_owner = np.argsort(self._nearest.owner[:, 0], kind="stable")
        self._owners = self._nearest.owner[self._by_owner, 0]
        self._edges_of = self._sort_edges()

    @property
    def seconds(self) -> NDArray[np.float32]:
        """Seconds from each point to its nearest station, shape (n,), infinite beyond the limit."""
        return self._nearest.seconds[:, 0]

    @property
    def covered(self) -> float:
        """Weight of all points within the limit."""
        return float(self.weight[np.isfinite(self.seconds)].sum())

    def loss(self, station: int) -> Change:
        """Return what closing a station would cost.

        Raises:
            InvalidValue: if there is no station of that number.
        """
        if not 0 <= station < self.stations.stations:
            raise InvalidValue("station", station, f"0 to {self.stations.stations - 1}")
        begin, end = np.searchsorted(self._owners, (station, station + 1))
        points = np.sort(self._by_owner[begin:end])
        before, after = self._nearest.seconds[points].T
        owners, edges = self._edges_of
        begin, end = np.searchsorted(owners, (station, station + 1))
        edge = np.unique(edges[begin:end])
        metres = self._metres(edge, without=None) - self._metres(edge, without=station)
        return self._change(points, before, after, -metres)

    def gain(self, position: Positions) -> Change:
        """Return what opening a station at a place on the network would bring.

        Raises:
            InvalidValue: if it is not one place on the network.
        """
        touched, station = self._search.from_place(position, self.max_seconds)
        index, after = _marginal.improved(
            self.network.view,
            self.weights.view,
            touched,
            station,
            self._points,
            self.seconds,
            self.max_seconds,
        )
        order = np.argsort(index)
        points, after = index[order], after[order]
        there = self._stretches(touched.edge, without=None)
        new = cut_streets(self.network.view, self.weights.view, station, touched, self._limits)
        metres = _marginal.new_metres(
            self.network.edge_vertex, self.network.segment_metres, touched.edge, new, there
        )
        return self._change(points, self.seconds[points], after, metres)

    def losses(self) -> NDArray[np.float64]:
        """Return the weight that closing each station would cost, shape (stations,), 0 or more."""
        seconds, owner = self._nearest.seconds, self._nearest.owner
        alone = np.isfinite(seconds[:, 0]) & ~np.isfinite(seconds[:, 1])
        lost: NDArray[np.float64] = np.bincount(
            owner[alone, 0], weights=self.weight[alone], minlength=self.stations.stations
        ).astype(np.float64)
        return lost

    def _change(
        self,
        points: NDArray[np.int64],
        before: NDArray[np.float32],
        after: NDArray[np.float32],
        metres: float,
    ) -> Change:
        within = np.isfinite(after).astype(np.float64) - np.isfinite(before)
        return Change(
            points=points,
            before=before,
            after=after,
            weight=float((self.weight[points] * within).sum()),
            metres=float(metres),
        )

    def _times(self, points: Positions) -> Nearest:
        """Return the two nearest stations of each point, absent beyond the limit."""
        found = times_at(self.network, self.weights, self.stations, self._reach, points)
        within = found.seconds <= self.max_seconds
        return Nearest(
            seconds=np.where(within, found.seconds, np.float32(np.inf)),
            owner=np.where(within, found.owner, np.int32(-1)),
        )

    def _sort_edges(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return owners in ascending order, and edges whose reach depends on each."""
        network, first = self.network, self._reach.owner[:, 0]
        edges = np.arange(network.edges, dtype=np.int32)
        owner = np.concatenate(
            (first[network.edge_start], first[network.edge_end], self.stations.owner)
        )
        edge = np.concatenate((edges, edges, self.stations.edge))
        order = np.argsort(owner, kind="stable")
        return owner[order], edge[order]

    def _stretches(self, edge: NDArray[np.int32], *, without: int | None) -> _marginal.Stretches:
        """Return what is reached of some edges today, or would be without a station."""
        seconds, owner = self._reach.seconds, self._reach.owner
        stations = self.stations
        first = seconds[:, 0]
        if without is not None:
            stations = stations.take(np.flatnonzero(stations.owner != without))
        ends = []
        for junction in (self.network.edge_start[edge], self.network.edge_end[edge]):
            time = first[junction]
            if without is not None:
                time = np.where(owner[junction, 0] == without, seconds[junction, 1], time)
            ends.append(time.astype(np.float64))
        return cut_streets(
            self.network.view,
            self.weights.view,
            ways_in(self.network, stations),
            Touched(edge, *ends),
            self._limits,
        )

    def _metres(self, edge: NDArray[np.int32], *, without: int | None) -> float:
        return float(
            _marginal.stretch_metres(
                self.network.edge_vertex,
                self.network.segment_metres,
                edge,
                self._stretches(edge, without=without),
            )
        )


def _two_nearest(
    network: Network, weights: Weights, stations: Sources, max_seconds: float
) -> Reach:
    """Return the two nearest stations of each junction, also where there are fewer than two."""
    served = stations.served
    if served >= 2:
        return flood(network, weights, stations, max_seconds=max_seconds, k=2)
    seconds = np.full((network.junctions, 2), np.inf, np.float32)
    owner = np.full((network.junctions, 2), -1, np.int32)
    if served == 1:
        one = flood(network, weights, stations, max_seconds=max_seconds)
        seconds[:, 0], owner[:, 0] = one.seconds[:, 0], one.owner[:, 0]
    return Reach(seconds=seconds, owner=owner, max_seconds=max_seconds)
