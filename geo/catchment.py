"""Who can walk to a place in time: one sparse row of points for each place.

Whatever is asked of people, and of stations that open and close by hour, date or plan, is a
sum over the same pairs of place and point. They are found once, by a search outward from each
place that ends where the time ends, and kept as rows of compressed sparse storage.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo import _marginal
from geo._bounded import BoundedSearch
from geo.errors import InvalidValue
from geo.network import Network
from geo.plane import check_degrees, earth_centred
from geo.reach import along, check_limit, check_weights
from geo.snap import Positions
from geo.weights import Weights

# points in ascending order, and their costs
Row = tuple[NDArray[np.int64], NDArray[np.float32]]

# fewer places than this are not worth a second thread
_FEW = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Catchments:
    """The points within a limit of each place.

    Attributes:
        pointer: int64 of shape (places + 1,); row ``s`` stands from ``pointer[s]`` to the next.
        point: int32 of shape (entries,), ascending in each row.
        cost: float32 of shape (entries,), seconds of the walk from the point to the place, access
            legs included; metres of the straight line for a radius.
        points: how many points there are, those in no row included.
        limit: the greatest cost, in the same unit.
    """

    pointer: NDArray[np.int64]
    point: NDArray[np.int32]
    cost: NDArray[np.float32]
    points: int
    limit: float

    @property
    def places(self) -> int:
        """How many rows there are."""
        return len(self.pointer) - 1

    def row(self, place: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the points of a place, ascending, and their costs."""
        inside = slice(self.pointer[place], self.pointer[place + 1])
        return self.point[inside], self.cost[inside]

    def within(self, limit: float) -> "Catchments":
        """Return the same with what costs at most a smaller limit.

        Raises:
            InvalidValue: if it is not above 0 or beyond the limit these were found for.
        """
        if not 0 < limit <= self.limit:
            raise InvalidValue("limit", limit, f"above 0 and at most {self.limit:g}")
        if limit == self.limit:
            return self
        kept = self.cost <= limit
        before = np.zeros(len(kept) + 1, np.int64)
        np.cumsum(kept, out=before[1:])
        return Catchments(
            pointer=before[self.pointer],
            point=self.point[kept],
            cost=self.cost[kept],
            points=self.points,
            limit=limit,
        )

    def take(self, places: NDArray[np.int64]) -> "Catchments":
        """Return some rows, in the order in which they are named."""
        length = np.diff(self.pointer)[places]
        pointer = np.zeros(len(places) + 1, np.int64)
        np.cumsum(length, out=pointer[1:])
        entry = np.arange(pointer[-1]) + np.repeat(self.pointer[places] - pointer[:-1], length)
        return Catchments(
            pointer=pointer,
            point=self.point[entry],
            cost=self.cost[entry],
            points=self.points,
            limit=self.limit,
        )

    def by_point(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """Return the same by point: a pointer of shape (points + 1,), places ascending, costs."""
        order = np.argsort(self.point, kind="stable")
        place = np.repeat(np.arange(self.places, dtype=np.int32), np.diff(self.pointer))
        pointer = np.zeros(self.points + 1, np.int64)
        np.cumsum(np.bincount(self.point, minlength=self.points), out=pointer[1:])
        return pointer, place[order], self.cost[order]


def join(parts: Sequence[Catchments]) -> Catchments:
    """Put rows over the same points one after another.

    Raises:
        InvalidValue: if there is nothing to join, or it is of other points or another limit.
    """
    if not parts:
        raise InvalidValue("parts", 0, "at least one")
    first = parts[0]
    for part in parts:
        if (part.points, part.limit) != (first.points, first.limit):
            raise InvalidValue(
                "parts", (part.points, part.limit), f"{first.points} points and {first.limit:g}"
            )
    lengths = np.concatenate([np.diff(part.pointer) for part in parts])
    pointer = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=pointer[1:])
    return Catchments(
        pointer=pointer,
        point=np.concatenate([part.point for part in parts]),
        cost=np.concatenate([part.cost for part in parts]),
        points=first.points,
        limit=first.limit,
    )


class Walks:
    """Find who can walk to places, over points that are made ready once.

    Safe to share between threads.

    Args:
        network, weights: where one walks, and how fast.
        points: where people are, of shape (points,); those outside the network walk nowhere.

    Raises:
        InvalidValue: if the weights are those of another network.
    """

    def __init__(self, network: Network, weights: Weights, points: Positions) -> None:
        check_weights(network, weights)
        self._network = network
        self._weights = weights
        self._search = BoundedSearch(network, weights)
        self._by_edge = _marginal.sort_points(network.edges, along(weights, points))
        self._nowhere = np.full(len(points), np.float32(np.inf))

    def catchments(self, places: Positions, *, max_seconds: float) -> Catchments:
        """Find the points from which one walks to each place in time.

        A place outside the network has none. The times are those that
        :func:`geo.coverage.times_at` finds after a flood.

        Raises:
            InvalidValue: if the limit is not positive and finite.
        """
        check_limit(max_seconds)
        if not np.isfinite(max_seconds):
            raise InvalidValue("max_seconds", max_seconds, "a finite time above 0 s")
        max_seconds = float(max_seconds)

        def rows(part: NDArray[np.int64]) -> list[Row]:
            return [self._row(places, int(place), max_seconds) for place in part]

        return _gathered(_shared(rows, len(places)), len(self._nowhere), max_seconds)

    def _row(self, places: Positions, place: int, max_seconds: float) -> Row:
        if places.edge[place] < 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        touched, station = self._search.from_place(places.take([place]), max_seconds)
        index, seconds = _marginal.improved(
            self._network.view,
            self._weights.view,
            touched,
            station,
            self._by_edge,
            self._nowhere,
            max_seconds,
        )
        order = np.argsort(index)
        return index[order], seconds[order]


class Circles:
    """Find who is within a straight line of places, over points that are made ready once.

    Args:
        longitude, latitude: WGS-84 degrees, of shape (points,).

    Raises:
        InvalidValue, NotDegrees: if they are none.
    """

    def __init__(self, longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> None:
        check_degrees(longitude, latitude)
        self._where = earth_centred(longitude, latitude)
        self._tree = cKDTree(self._where) if len(longitude) else None

    def catchments(
        self,
        longitude: NDArray[np.float64],
        latitude: NDArray[np.float64],
        *,
        radius_metres: float,
    ) -> Catchments:
        """Find the points within a radius of each place, given in WGS-84 degrees.

        Raises:
            InvalidValue, NotDegrees: if a coordinate is no degree, or the radius is not a finite
                number above 0.
        """
        check_degrees(longitude, latitude)
        if not (np.isfinite(radius_metres) and radius_metres > 0):
            raise InvalidValue("radius_metres", radius_metres, "a finite distance above 0 m")
        if self._tree is None or len(longitude) == 0:
            empty = (np.empty(0, np.int64), np.empty(0, np.float32))
            return _gathered([empty] * len(longitude), len(self._where), radius_metres)
        centres = earth_centred(longitude, latitude)
        # a little more than the radius, so that its very edge is judged by one comparison alone
        near = self._tree.query_ball_point(centres, radius_metres * (1 + 1e-9), return_sorted=True)
        rows = []
        for centre, found in zip(centres, near, strict=True):
            index = np.asarray(found, np.int64)
            metres = np.sqrt(((self._where[index] - centre) ** 2).sum(axis=1))
            inside = metres <= radius_metres
            rows.append((index[inside], metres[inside].astype(np.float32)))
        return _gathered(rows, len(self._where), radius_metres)


def _shared(rows: Callable[[NDArray[np.int64]], list[Row]], places: int) -> list[Row]:
    """Have the processors share the places; the rows come back in their order."""
    threads = min(os.cpu_count() or 1, 8)
    if places < _FEW or threads == 1:
        return rows(np.arange(places))
    bounds = np.linspace(0, places, 4 * threads + 1).astype(np.int64)
    parts = [np.arange(begin, end) for begin, end in pairwise(bounds.tolist())]
    with ThreadPoolExecutor(threads) as pool:
        return [row for part in pool.map(rows, parts) for row in part]


def _gathered(rows: Sequence[Row], points: int, limit: float) -> Catchments:
    pointer = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(index) for index, _ in rows], out=pointer[1:])
    none = [(np.empty(0, np.int64), np.empty(0, np.float32))]
    return Catchments(
        pointer=pointer,
        point=np.concatenate([index for index, _ in rows or none]).astype(np.int32),
        cost=np.concatenate([cost for _, cost in rows or none]),
        points=points,
        limit=limit,
    )
