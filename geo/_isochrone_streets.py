"""Kernels of isochrones on streets: a bounded search from one place, and where the time ends.

They read weights of walks *to* the place; the caller turns them round for walks
outward. A place on an edge is an offset: whole segments from the edge's start
plus the fraction of the next, so that 2.25 is a quarter into the third segment.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._heap import LOW, SHIFT, drop_first, push
from geo._views import NetworkView, WeightsView


class Stations(NamedTuple):
    """Places to walk to, ascending by edge: offset, seconds along the edge and to it."""

    edge: NDArray[np.int32]
    offset: NDArray[np.float64]
    forward: NDArray[np.float64]
    backward: NDArray[np.float64]
    access: NDArray[np.float64]


class Touched(NamedTuple):
    """Edges that a flood came to, with the seconds at their ends, infinite where unreached."""

    edge: NDArray[np.int32]
    start_seconds: NDArray[np.float64]
    end_seconds: NDArray[np.float64]


class Stretches(NamedTuple):
    """Reached stretches ``low`` to ``high`` in offsets, by limit, then by touched edge.

    Those of limit ``i`` on touched edge ``t`` stand from ``pointer[i * touched + t]`` to the
    next pointer, ascending and apart.
    """

    pointer: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


class Scratch(NamedTuple):
    """Working memory of one thread; what is stamped otherwise than ``turn`` means nothing.

    ``slot`` is the index of a touched edge in the list of them.
    """

    seconds: NDArray[np.float32]
    stamp: NDArray[np.int32]
    edge_stamp: NDArray[np.int32]
    slot: NDArray[np.int32]
    heap: NDArray[np.uint64]
    settled: NDArray[np.int32]
    turn: int


@njit(cache=True, nogil=True)
def search_streets(
    network: NetworkView, weights: WeightsView, station: Stations, scratch: Scratch, limit: float
) -> Touched:
    """Run Dijkstra's algorithm against the arcs from one station until the time ends."""
    cell = np.zeros(1, np.float32)
    bits = cell.view(np.uint32)
    seconds, stamp, turn, heap = scratch.seconds, scratch.stamp, scratch.turn, scratch.heap
    settled = scratch.settled
    own = np.int64(station.edge[0])
    last = network.edge_vertex[own + 1] - 1
    size = 0
    # a station at the very end of an edge stands on the junction, whatever the edge allows
    if np.isfinite(weights.edge_forward[own]) or station.forward[0] <= 0:
        cell[0] = station.forward[0] + station.access[0]
        if cell[0] <= limit:
            j = network.edge_start[own]
            seconds[j] = cell[0]
            stamp[j] = turn
            size = push(heap, size, (np.uint64(bits[0]) << SHIFT) | np.uint64(j))
    if (
        np.isfinite(weights.edge_backward[own])
        or station.forward[0] >= weights.vertex_forward[last]
    ):
        cell[0] = weights.vertex_backward[last] - station.backward[0] + station.access[0]
        j = network.edge_end[own]
        if cell[0] <= limit and (stamp[j] != turn or cell[0] < seconds[j]):
            seconds[j] = cell[0]
            stamp[j] = turn
            size = push(heap, size, (np.uint64(bits[0]) << SHIFT) | np.uint64(j))
    count = 0
    arcs = 1
    while size > 0:
        key = heap[0]
        size = drop_first(heap, size)
        j = np.int64(key & LOW)
        bits[0] = np.uint32(key >> SHIFT)
        here = cell[0]
        if here > seconds[j]:
            continue
        settled[count] = j
        count += 1
        arcs += network.junction_arc[j + 1] - network.junction_arc[j]
        for a in range(network.junction_arc[j], network.junction_arc[j + 1]):
            cell[0] = here + weights.arc_in[a]
            if cell[0] <= limit:
                far = network.arc_far[a]
                if stamp[far] != turn or cell[0] < seconds[far]:
                    seconds[far] = cell[0]
                    stamp[far] = turn
                    size = push(heap, size, (np.uint64(bits[0]) << SHIFT) | np.uint64(far))
    edge = np.empty(arcs, np.int32)
    edge[0] = own
    scratch.edge_stamp[own] = turn
    scratch.slot[own] = 0
    touched = 1
    for i in range(count):
        j = settled[i]
        for a in range(network.junction_arc[j], network.junction_arc[j + 1]):
            e = network.arc_edge[a]
            if e < 0:
                e = ~e
            if scratch.edge_stamp[e] != turn:
                scratch.edge_stamp[e] = turn
                scratch.slot[e] = touched
                edge[touched] = e
                touched += 1
    start_seconds = np.empty(touched, np.float64)
    end_seconds = np.empty(touched, np.float64)
    for t in range(touched):
        a, b = network.edge_start[edge[t]], network.edge_end[edge[t]]
        start_seconds[t] = seconds[a] if stamp[a] == turn else np.inf
        end_seconds[t] = seconds[b] if stamp[b] == turn else np.inf
    return Touched(edge[:touched].copy(), start_seconds, end_seconds)


@njit(cache=True, nogil=True, inline="always")
def _offset_at(seconds: NDArray[np.float32], first: int, last: int, time: float) -> float:
    """Return the offset on an edge at which ascending seconds come to a time."""
    if time <= seconds[first]:
        return 0.0
    if time >= seconds[last]:
        return float(last - first)
    low, high = first, last
    while high - low > 1:
        middle = (low + high) >> 1
        if seconds[middle] <= time:
            low = middle
        else:
            high = middle
    before = np.float64(seconds[low])
    return (low - first) + (time - before) / (np.float64(seconds[high]) - before)


@njit(cache=True, nogil=True)
def cut_streets(
    network: NetworkView,
    weights: WeightsView,
    stations: Stations,
    touched: Touched,
    limits: NDArray[np.float64],
) -> Stretches:
    """Cut every touched edge where each limit ends."""
    edges = len(touched.edge)
    on_edges = len(stations.edge)
    most = len(limits) * (2 * edges + 2 * on_edges)
    pointer = np.zeros(len(limits) * edges + 1, np.int64)
    low = np.empty(most, np.float64)
    high = np.empty(most, np.float64)
    count = 0
    for i in range(len(limits)):
        limit = limits[i]
        for t in range(edges):
            begin = count
            e = touched.edge[t]
            first = network.edge_vertex[e]
            last = network.edge_vertex[e + 1] - 1
            whole = float(last - first)
            can_forward = np.isfinite(weights.edge_forward[e])
            can_backward = np.isfinite(weights.edge_backward[e])
            right, left = 0.0, whole
            if can_backward and touched.start_seconds[t] <= limit:
                time = limit - touched.start_seconds[t]
                right = _offset_at(weights.vertex_backward, first, last, time)
            if can_forward and touched.end_seconds[t] <= limit:
                time = weights.vertex_forward[last] + touched.end_seconds[t] - limit
                left = _offset_at(weights.vertex_forward, first, last, time)
            if right > 0.0:
                low[count] = 0.0
                high[count] = right
                count += 1
            s = np.searchsorted(stations.edge, e) if right < left else on_edges
            while s < on_edges and stations.edge[s] == e:
                time = limit - stations.access[s]
                here = stations.offset[s]
                if time > 0 and can_forward:
                    back = _offset_at(
                        weights.vertex_forward, first, last, stations.forward[s] - time
                    )
                    count = _insert(low, high, begin, count, min(back, here), here)
                if time > 0 and can_backward:
                    ahead = _offset_at(
                        weights.vertex_backward, first, last, stations.backward[s] + time
                    )
                    count = _insert(low, high, begin, count, here, max(ahead, here))
                s += 1
            if left < whole:
                count = _insert(low, high, begin, count, left, whole)
            count = _merge(low, high, begin, count)
            pointer[i * edges + t + 1] = count
    return Stretches(pointer, low[:count].copy(), high[:count].copy())


@njit(cache=True, nogil=True, inline="always")
def _insert(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    begin: int,
    count: int,
    left: float,
    right: float,
) -> int:
    """Put a stretch among those of its edge, ascending."""
    if right <= left:
        return count
    at = count
    while at > begin and low[at - 1] > left:
        low[at] = low[at - 1]
        high[at] = high[at - 1]
        at -= 1
    low[at] = left
    high[at] = right
    return count + 1


@njit(cache=True, nogil=True, inline="always")
def _merge(low: NDArray[np.float64], high: NDArray[np.float64], begin: int, count: int) -> int:
    """Join the stretches of an edge that meet."""
    if count - begin < 2:
        return count
    kept = begin
    for i in range(begin + 1, count):
        if low[i] <= high[kept]:
            high[kept] = max(high[kept], high[i])
        else:
            kept += 1
            low[kept] = low[i]
            high[kept] = high[i]
    return kept + 1
