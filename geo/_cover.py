"""Kernels of coverage: from junctions to points and to stretches of street."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._views import NetworkView, PlacesView, ReachView, SourcesView, WeightsView


@njit(cache=True, nogil=True, inline="always")
def _keep(
    seconds: NDArray[np.float32], owner: NDArray[np.int32], p: int, time: float, station: int
) -> None:
    """Insert into a point's row unless the station is there with less; ties by station."""
    k = seconds.shape[1]
    # compared as it is kept, so that what is as near to the last bit is as near
    value = np.float32(time)
    last = seconds[p, k - 1]
    if not value <= last or (value == last and station >= owner[p, k - 1]):
        return
    at = k - 1
    for i in range(k):
        if owner[p, i] == station:
            if seconds[p, i] <= value:
                return
            at = i
            break
    # a tie in the condition of the loop makes it three times as slow
    while at > 0 and seconds[p, at - 1] >= value:
        if seconds[p, at - 1] == value and owner[p, at - 1] < station:
            break
        seconds[p, at] = seconds[p, at - 1]
        owner[p, at] = owner[p, at - 1]
        at -= 1
    seconds[p, at] = value
    owner[p, at] = station


@njit(cache=True, nogil=True)
def times_at(
    network: NetworkView,
    weights: WeightsView,
    stations: SourcesView,
    reach: ReachView,
    places: PlacesView,
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    n = len(places.edge)
    k = reach.seconds.shape[1]
    seconds = np.full((n, k), np.float32(np.inf), np.float32)
    owner = np.full((n, k), np.int32(-1), np.int32)
    for p in range(n):
        e = places.edge[p]
        if e < 0:
            continue
        last = network.edge_vertex[e + 1] - 1
        can_forward = np.isfinite(weights.edge_forward[e])
        can_backward = np.isfinite(weights.edge_backward[e])
        # a point at the very end of an edge stands on the junction, whatever the edge allows
        leaves_forward = can_forward or places.forward[p] >= weights.vertex_forward[last]
        leaves_backward = can_backward or places.backward[p] <= 0
        for i in range(k):
            j = network.edge_end[e]
            if leaves_forward and reach.owner[j, i] >= 0:
                time = (
                    places.access[p]
                    + weights.vertex_forward[last]
                    - places.forward[p]
                    + reach.seconds[j, i]
                )
                _keep(seconds, owner, p, time, reach.owner[j, i])
            j = network.edge_start[e]
            if leaves_backward and reach.owner[j, i] >= 0:
                time = places.access[p] + places.backward[p] + reach.seconds[j, i]
                _keep(seconds, owner, p, time, reach.owner[j, i])
        s = np.searchsorted(stations.edge, e)
        while s < len(stations.edge) and stations.edge[s] == e:
            legs = places.access[p] + stations.access[s]
            if stations.forward[s] >= places.forward[p] and can_forward:
                time = legs + stations.forward[s] - places.forward[p]
                _keep(seconds, owner, p, time, stations.owner[s])
            if stations.backward[s] <= places.backward[p] and can_backward:
                time = legs + places.backward[p] - stations.backward[s]
                _keep(seconds, owner, p, time, stations.owner[s])
            s += 1
    return seconds, owner


@njit(cache=True, nogil=True)
def street_metres(
    network: NetworkView,
    weights: WeightsView,
    stations: SourcesView,
    reach: ReachView,
    limit: float,
) -> NDArray[np.float32]:
    k = reach.seconds.shape[1]
    covered = np.zeros((len(network.segment_metres), k), np.float32)
    most = 2 * k + 2 * (len(stations.edge) + 1)
    # one stretch [low, high] of fractions a candidate; an owner may have several
    low = np.empty(most, np.float64)
    high = np.empty(most, np.float64)
    who = np.empty(most, np.int32)
    cuts = np.empty(2 * most + 2, np.float64)
    for e in range(len(network.edge_start)):
        last = network.edge_vertex[e + 1] - 1
        a = network.edge_start[e]
        b = network.edge_end[e]
        can_forward = np.isfinite(weights.edge_forward[e])
        can_backward = np.isfinite(weights.edge_backward[e])
        if (
            can_backward
            and reach.owner[a, k - 1] >= 0
            and reach.seconds[a, k - 1] + weights.vertex_backward[last] <= limit
        ):
            for v in range(network.edge_vertex[e], last):
                for i in range(k):
                    covered[v, i] = network.segment_metres[v]
            continue
        s0 = np.searchsorted(stations.edge, e)
        s1 = s0
        while s1 < len(stations.edge) and stations.edge[s1] == e:
            s1 += 1
        if s0 == s1 and reach.owner[a, 0] < 0 and reach.owner[b, 0] < 0:
            continue
        for v in range(network.edge_vertex[e], last):
            f0 = weights.vertex_forward[v]
            df = max(weights.vertex_forward[v + 1] - f0, 1e-9)
            b0 = weights.vertex_backward[v]
            db = max(weights.vertex_backward[v + 1] - b0, 1e-9)
            count = 0
            for i in range(k):
                if can_forward and reach.owner[b, i] >= 0:
                    left = (weights.vertex_forward[last] + reach.seconds[b, i] - limit - f0) / df
                    count = _stretch(low, high, who, count, left, 1.0, reach.owner[b, i])
                if can_backward and reach.owner[a, i] >= 0:
                    right = (limit - reach.seconds[a, i] - b0) / db
                    count = _stretch(low, high, who, count, 0.0, right, reach.owner[a, i])
            for s in range(s0, s1):
                if can_forward:
                    here = (stations.forward[s] - f0) / df
                    left = here - (limit - stations.access[s]) / df
                    count = _stretch(low, high, who, count, left, here, stations.owner[s])
                if can_backward:
                    here = (stations.backward[s] - b0) / db
                    right = here + (limit - stations.access[s]) / db
                    count = _stretch(low, high, who, count, here, right, stations.owner[s])
            measure(covered, v, network.segment_metres[v], low, high, who, count, cuts)
    return covered


@njit(cache=True, nogil=True, inline="always")
def _stretch(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    who: NDArray[np.int32],
    count: int,
    left: float,
    right: float,
    station: int,
) -> int:
    """Add the part of a stretch that lies on the segment, if any."""
    left = max(left, 0.0)
    right = min(right, 1.0)
    if right <= left:
        return count
    low[count] = left
    high[count] = right
    who[count] = station
    return count + 1


@njit(cache=True, nogil=True)
def measure(
    covered: NDArray[np.float32],
    v: int,
    metres: float,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    who: NDArray[np.int32],
    count: int,
    cuts: NDArray[np.float64],
) -> None:
    """Add up the metres of a segment by how many distinct stations reach them."""
    for i in range(count):
        cuts[2 * i] = low[i]
        cuts[2 * i + 1] = high[i]
    ordered = np.sort(cuts[: 2 * count])
    k = covered.shape[1]
    for c in range(len(ordered) - 1):
        width = ordered[c + 1] - ordered[c]
        if width <= 0.0:
            continue
        middle = (ordered[c] + ordered[c + 1]) / 2
        distinct = 0
        for i in range(count):
            if not low[i] <= middle <= high[i]:
                continue
            seen = False
            for other in range(i):
                if who[other] == who[i] and low[other] <= middle <= high[other]:
                    seen = True
                    break
            if not seen:
                distinct += 1
        for i in range(min(distinct, k)):
            covered[v, i] += width * metres
