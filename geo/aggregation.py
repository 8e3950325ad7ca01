"""Coverage in numbers: people, metres of street and area within reach, summed by polygons."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.circle import DEPTH, Points, Rule
from geo.errors import InvalidValue
from geo.network import Network
from geo.regions import Cells, cells, check_shape, holds, middles
from geo.snap import MAX_METRES, snap

MOST_CELLS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """An amount, and how much of it is within reach of at least 1, 2, 3 stations."""

    whole: float
    reached: tuple[float, ...]

    @property
    def shares(self) -> tuple[float | None, ...]:
        """Shares of the whole, 0 to 1; None where there is nothing to share."""
        return tuple(part / self.whole if self.whole > 0 else None for part in self.reached)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionTally:
    """What lies in one polygon: people (or what else points weigh), metres, square metres."""

    people: Tally
    street_metres: Tally
    square_metres: Tally


class Aggregation:
    """Sum coverage by polygons, which may overlap and need not cover everything.

    A point or the middle of a segment counts for every polygon it lies in; area is measured on
    squares of 50 m, larger ones where they would be more than ``most_cells``.

    Args:
        network: whose streets count, as far as they are walkable.
        shapes: polygons or multipolygons in WGS-84 degrees.
        points: where people are.
        weight: float64 of shape (points,), how many.
        most_cells: for each shape, or one number for all.
        max_snap_metres: how far ground may lie from a street and still be reached.

    Raises:
        InvalidValue: if there is no shape, a shape is no valid polygon, or the weights do not fit.
        NotDegrees: if a shape is not in degrees.
    """

    def __init__(
        self,
        network: Network,
        shapes: Sequence[BaseGeometry],
        points: Points,
        weight: NDArray[np.float64],
        *,
        most_cells: int | Sequence[int] = MOST_CELLS,
        max_snap_metres: float = MAX_METRES,
    ) -> None:
        if not len(shapes):
            raise InvalidValue("shapes", 0, "at least one polygon")
        for shape in shapes:
            check_shape(shape)
        if weight.shape != points.longitude.shape:
            raise InvalidValue("weight", weight.shape, "one number for each point")
        most = [most_cells] * len(shapes) if isinstance(most_cells, int) else most_cells
        self._weight = weight
        self._points = points
        self._metres = network.walkable_metres
        longitude, latitude = middles(network)
        self.people_in = [holds(s, points.longitude, points.latitude) for s in shapes]
        self._segments_in = [np.flatnonzero(holds(s, longitude, latitude)) for s in shapes]
        self._whole_metres = [
            float(self._metres[inside].sum(dtype=np.float64)) for inside in self._segments_in
        ]
        self.ground: list[Cells] = [
            cells(shape, most=number) for shape, number in zip(shapes, most, strict=True)
        ]
        lon = np.concatenate([ground.longitude for ground in self.ground])
        lat = np.concatenate([ground.latitude for ground in self.ground])
        self._spots = Points(
            longitude=lon,
            latitude=lat,
            positions=snap(network, lon, lat, max_metres=max_snap_metres),
        )
        ends = np.cumsum([len(ground.longitude) for ground in self.ground]).tolist()
        self._squares = [slice(*pair) for pair in pairwise([0, *ends])]

    def touched(self, index: int) -> bool:
        """Say whether any point or street lies in a polygon."""
        return bool(self.people_in[index].any() or len(self._segments_in[index]))

    def tally(self, rule: Rule) -> list[RegionTally]:
        """Return the sums by one rule, in the order of the shapes."""
        people, metres = rule.count(self._points), rule.metres()
        spots = rule.count(self._spots)
        return [
            RegionTally(
                people=_counted(people[self.people_in[i]], self._weight[self.people_in[i]]),
                street_metres=Tally(whole=whole, reached=tuple(_sum_rows(metres, inside).tolist())),
                square_metres=self._area(spots[self._squares[i]], self.ground[i]),
            )
            for i, (inside, whole) in enumerate(
                zip(self._segments_in, self._whole_metres, strict=True)
            )
        ]

    @staticmethod
    def _area(spots: NDArray[np.int8], ground: Cells) -> Tally:
        return _counted(spots, np.full(len(spots), ground.square_metres / len(spots)))


def _counted(count: NDArray[np.int8], weight: NDArray[np.float64]) -> Tally:
    by_count = np.bincount(count, weights=weight, minlength=DEPTH + 1)
    return Tally(
        whole=float(by_count.sum()),
        reached=tuple(float(by_count[depth:].sum()) for depth in range(1, DEPTH + 1)),
    )


@njit(cache=True, nogil=True)
def _sum_rows(metres: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    sums = np.zeros(metres.shape[1], np.float64)
    for row in rows:
        for column in range(metres.shape[1]):
            sums[column] += metres[row, column]
    return sums
