"""The kernel of the search outward from one point, and what it leaves behind to trace walks."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._heap import LOW, SHIFT, drop_first, push
from geo._views import NetworkView, SourcesView, WeightsView


class Origin(NamedTuple):
    """Where a search begins: its edge, and seconds as in :func:`geo.reach.along`."""

    edge: int
    forward: float
    backward: float
    access: float


class Scratch(NamedTuple):
    """Working memory of one thread.

    ``stamp`` equals ``turn`` at the junctions this search has seen; only there
    ``seconds`` and ``arc`` (on which the junction was reached) mean something.
    """

    seconds: NDArray[np.float32]
    arc: NDArray[np.int64]
    stamp: NDArray[np.int32]
    heap: NDArray[np.uint64]
    turn: int


class Found(NamedTuple):
    """The stations found so far, nearest first, each with the way in that is the quickest.

    ``source`` is the index of the way in, -1 where there is no station yet; ``entry`` the arc
    on which its edge was entered, or one of the same-edge marks.
    """

    seconds: NDArray[np.float64]
    owner: NDArray[np.int32]
    source: NDArray[np.int64]
    entry: NDArray[np.int64]


# how a search came to a junction without an arc, and to a station without a junction
FROM_ORIGIN_TO_START = -1
FROM_ORIGIN_TO_END = -2
SAME_EDGE_FORWARD = -1
SAME_EDGE_BACKWARD = -2


@njit(cache=True, nogil=True, inline="always")
def _offer(
    seconds: NDArray[np.float64],
    owner: NDArray[np.int32],
    source: NDArray[np.int64],
    entry: NDArray[np.int64],
    time: float,
    station: int,
    way_in: Any,
    how: Any,
) -> None:
    """Keep a station in the ascending list unless it stands there with less."""
    k = len(seconds)
    last = k - 1
    if time > seconds[last] or (time == seconds[last] and station >= owner[last] >= 0):
        return
    at = last
    for i in range(k):
        if owner[i] == station:
            if seconds[i] <= time:
                return
            at = i
            break
    # an empty place holds the limit, which a walk may take to the second
    while at > 0 and (
        seconds[at - 1] > time
        or (seconds[at - 1] == time and (owner[at - 1] > station or owner[at - 1] < 0))
    ):
        seconds[at] = seconds[at - 1]
        owner[at] = owner[at - 1]
        source[at] = source[at - 1]
        entry[at] = entry[at - 1]
        at -= 1
    seconds[at] = time
    owner[at] = station
    source[at] = way_in
    entry[at] = how


@njit(cache=True, nogil=True)
def _offer_on_own_edge(
    weights: WeightsView,
    stations: SourcesView,
    origin: Origin,
    wanted: NDArray[np.bool_],
    best: NDArray[np.float64],
    owner: NDArray[np.int32],
    source: NDArray[np.int64],
    entry: NDArray[np.int64],
) -> None:
    """Offer the stations on the origin's edge that are walked to without leaving it."""
    e = origin.edge
    can_forward = np.isfinite(weights.edge_forward[e])
    can_backward = np.isfinite(weights.edge_backward[e])
    s = np.searchsorted(stations.edge, e)
    while s < len(stations.edge) and stations.edge[s] == e:
        legs = origin.access + stations.access[s]
        if wanted[stations.owner[s]]:
            if can_forward and stations.forward[s] >= origin.forward:
                time = legs + stations.forward[s] - origin.forward
                _offer(best, owner, source, entry, time, stations.owner[s], s, SAME_EDGE_FORWARD)
            if can_backward and stations.backward[s] <= origin.backward:
                time = legs + origin.backward - stations.backward[s]
                _offer(best, owner, source, entry, time, stations.owner[s], s, SAME_EDGE_BACKWARD)
        s += 1


# one long loop: passing views to functions inside it doubles the time of a search
@njit(cache=True, nogil=True)
def search(
    network: NetworkView,
    weights: WeightsView,
    stations: SourcesView,
    occupied: NDArray[np.bool_],
    origin: Origin,
    scratch: Scratch,
    wanted: NDArray[np.bool_],
    limit: float,
    k: int,
) -> Found:
    """Run Dijkstra's algorithm from a place on an edge until the k-th station is certain.

    ``occupied`` says of every edge whether a way in lies on it: few do, and looking for those
    of each edge would take a third of the time.
    """
    best = np.full(k, limit, np.float64)
    owner = np.full(k, -1, np.int32)
    source = np.full(k, -1, np.int64)
    entry = np.zeros(k, np.int64)
    cell = np.zeros(1, np.float32)
    bits = cell.view(np.uint32)
    e = origin.edge
    last = network.edge_vertex[e + 1] - 1
    can_forward = np.isfinite(weights.edge_forward[e])
    can_backward = np.isfinite(weights.edge_backward[e])
    _offer_on_own_edge(weights, stations, origin, wanted, best, owner, source, entry)
    size = 0
    # a point at the very end of an edge stands on the junction, whatever the edge allows
    if can_backward or origin.backward <= 0:
        cell[0] = origin.access + origin.backward
        j = network.edge_start[e]
        scratch.seconds[j] = cell[0]
        scratch.arc[j] = FROM_ORIGIN_TO_START
        scratch.stamp[j] = scratch.turn
        size = push(scratch.heap, size, (np.uint64(bits[0]) << SHIFT) | np.uint64(j))
    if can_forward or origin.forward >= weights.vertex_forward[last]:
        cell[0] = origin.access + weights.vertex_forward[last] - origin.forward
        j = network.edge_end[e]
        if scratch.stamp[j] != scratch.turn or cell[0] < scratch.seconds[j]:
            scratch.seconds[j] = cell[0]
            scratch.arc[j] = FROM_ORIGIN_TO_END
            scratch.stamp[j] = scratch.turn
            size = push(scratch.heap, size, (np.uint64(bits[0]) << SHIFT) | np.uint64(j))
    while size > 0:
        key = scratch.heap[0]
        size = drop_first(scratch.heap, size)
        j = np.int64(key & LOW)
        bits[0] = np.uint32(key >> SHIFT)
        here = cell[0]
        if here > best[k - 1]:
            break
        if here > scratch.seconds[j]:
            continue
        for a in range(network.junction_arc[j], network.junction_arc[j + 1]):
            closed = not np.isfinite(weights.arc_out[a])
            e = network.arc_edge[a]
            leaves_start = e >= 0
            if not leaves_start:
                e = ~e
            s = np.searchsorted(stations.edge, e) if occupied[e] else len(stations.edge)
            while s < len(stations.edge) and stations.edge[s] == e:
                if wanted[stations.owner[s]]:
                    if leaves_start:
                        stretch = stations.forward[s]
                    else:
                        stretch = (
                            weights.vertex_backward[network.edge_vertex[e + 1] - 1]
                            - stations.backward[s]
                        )
                    if not closed or stretch <= 0:
                        time = here + stretch + stations.access[s]
                        _offer(best, owner, source, entry, time, stations.owner[s], s, a)
                s += 1
            if closed:
                continue
            far = network.arc_far[a]
            cell[0] = here + weights.arc_out[a]
            if cell[0] <= best[k - 1] and (
                scratch.stamp[far] != scratch.turn or cell[0] < scratch.seconds[far]
            ):
                scratch.seconds[far] = cell[0]
                scratch.arc[far] = a
                scratch.stamp[far] = scratch.turn
                size = push(scratch.heap, size, (np.uint64(bits[0]) << SHIFT) | np.uint64(far))
    return Found(best, owner, source, entry)
