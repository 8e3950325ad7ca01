"""Kernels of gains and losses: points sorted by edge, and lengths of stretches."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._isochrone_streets import Stations, Stretches, Touched
from geo._views import NetworkView, PlacesView, WeightsView

__all__ = ["PointsByEdge", "Stretches", "improved", "new_metres", "sort_points", "stretch_metres"]


class PointsByEdge(NamedTuple):
    """Points sorted by edge: rows of edge ``e`` stand from ``pointer[e]`` to the next pointer.

    ``number`` is that of a point; the rest as in :func:`geo.reach.along`.
    """

    pointer: NDArray[np.int64]
    number: NDArray[np.int64]
    forward: NDArray[np.float64]
    backward: NDArray[np.float64]
    access: NDArray[np.float64]


def sort_points(edges: int, places: PlacesView) -> PointsByEdge:
    """Sort points by edge; those outside the network are left out."""
    inside = np.flatnonzero(places.edge >= 0)
    order = inside[np.argsort(places.edge[inside], kind="stable")]
    pointer = np.zeros(edges + 1, np.int64)
    np.cumsum(np.bincount(places.edge[order], minlength=edges), out=pointer[1:])
    return PointsByEdge(
        pointer, order, places.forward[order], places.backward[order], places.access[order]
    )


@njit(cache=True, nogil=True)
def improved(
    network: NetworkView,
    weights: WeightsView,
    touched: Touched,
    station: Stations,
    points: PointsByEdge,
    current: NDArray[np.float32],
    limit: float,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the points that a new station is nearer to, and their seconds to it."""
    count = 0
    most = 0
    for t in range(len(touched.edge)):
        e = touched.edge[t]
        most += points.pointer[e + 1] - points.pointer[e]
    index = np.empty(most, np.int64)
    seconds = np.empty(most, np.float32)
    for t in range(len(touched.edge)):
        e = touched.edge[t]
        last = network.edge_vertex[e + 1] - 1
        can_forward = np.isfinite(weights.edge_forward[e])
        can_backward = np.isfinite(weights.edge_backward[e])
        for p in range(points.pointer[e], points.pointer[e + 1]):
            best = np.inf
            # a point at the very end of an edge stands on the junction, whatever it allows
            if can_forward or points.forward[p] >= weights.vertex_forward[last]:
                best = weights.vertex_forward[last] - points.forward[p] + touched.end_seconds[t]
            if can_backward or points.backward[p] <= 0:
                best = min(best, points.backward[p] + touched.start_seconds[t])
            if e == station.edge[0]:
                ahead = station.forward[0] - points.forward[p]
                if can_forward and ahead >= 0:
                    best = min(best, ahead + station.access[0])
                behind = points.backward[p] - station.backward[0]
                if can_backward and behind >= 0:
                    best = min(best, behind + station.access[0])
            time = np.float32(best + points.access[p])
            i = points.number[p]
            if time <= limit and time < current[i]:
                index[count] = i
                seconds[count] = time
                count += 1
    return index[:count].copy(), seconds[:count].copy()


@njit(cache=True, nogil=True)
def stretch_metres(
    edge_vertex: NDArray[np.int32],
    segment_metres: NDArray[np.float32],
    edge: NDArray[np.int32],
    stretches: Stretches,
) -> float:
    """Return the length of all stretches."""
    total = 0.0
    for t in range(len(edge)):
        for i in range(stretches.pointer[t], stretches.pointer[t + 1]):
            total += _between(
                segment_metres, edge_vertex[edge[t]], stretches.low[i], stretches.high[i]
            )
    return total


@njit(cache=True, nogil=True)
def new_metres(
    edge_vertex: NDArray[np.int32],
    segment_metres: NDArray[np.float32],
    edge: NDArray[np.int32],
    new: Stretches,
    there: Stretches,
) -> float:
    """Return the length of what lies in new stretches and in none of those there."""
    total = 0.0
    for t in range(len(edge)):
        first = edge_vertex[edge[t]]
        for i in range(new.pointer[t], new.pointer[t + 1]):
            low = new.low[i]
            for other in range(there.pointer[t], there.pointer[t + 1]):
                if there.high[other] <= low:
                    continue
                if there.low[other] >= new.high[i]:
                    break
                if there.low[other] > low:
                    total += _between(segment_metres, first, low, there.low[other])
                low = there.high[other]
            if low < new.high[i]:
                total += _between(segment_metres, first, low, new.high[i])
    return total


@njit(cache=True, nogil=True, inline="always")
def _between(segment_metres: NDArray[np.float32], first: int, low: float, high: float) -> float:
    """Return the metres between two offsets on an edge, in segments from its first vertex."""
    total = 0.0
    for v in range(int(low), int(np.ceil(high))):
        total += (min(high, v + 1.0) - max(low, float(v))) * segment_metres[first + v]
    return total
