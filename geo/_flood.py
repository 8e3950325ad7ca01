"""Kernels of the flood: Dijkstra's algorithm from many sources, against the arcs."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._heap import LOW, SHIFT, drop_first, push
from geo._views import NetworkView


class Seeds(NamedTuple):
    """Where a flood begins: junctions, seconds there, and the station, ascending by seconds."""

    junction: NDArray[np.int32]
    seconds: NDArray[np.float32]
    owner: NDArray[np.int32]


@njit(cache=True, nogil=True)
def flood_one(
    network: NetworkView,
    arc_seconds: NDArray[np.float32],
    seeds: Seeds,
    limit: np.float32,
    k: int,
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    n = len(network.junction_arc) - 1
    seconds = np.full((n, k), np.float32(np.inf), np.float32)
    owner = np.full((n, k), np.int32(-1), np.int32)
    heap = np.empty(len(network.arc_far) + len(seeds.junction) + 1, np.uint64)
    cell = np.zeros(1, np.float32)
    bits = cell.view(np.uint32)
    size = 0
    for i in range(len(seeds.junction)):
        j = seeds.junction[i]
        if seeds.seconds[i] <= limit and seeds.seconds[i] < seconds[j, 0]:
            seconds[j, 0] = seeds.seconds[i]
            owner[j, 0] = seeds.owner[i]
            cell[0] = seeds.seconds[i]
            size = push(heap, size, (np.uint64(bits[0]) << SHIFT) | np.uint64(j))
    while size > 0:
        key = heap[0]
        size = drop_first(heap, size)
        j = np.int64(key & LOW)
        bits[0] = np.uint32(key >> SHIFT)
        here = cell[0]
        if here > seconds[j, 0]:
            continue
        for a in range(network.junction_arc[j], network.junction_arc[j + 1]):
            far = network.arc_far[a]
            time = here + arc_seconds[a]
            if time < seconds[far, 0] and time <= limit:
                seconds[far, 0] = time
                owner[far, 0] = owner[j, 0]
                cell[0] = time
                size = push(heap, size, (np.uint64(bits[0]) << SHIFT) | np.uint64(far))
    return seconds, owner


@njit(cache=True, nogil=True)
def flood_many(
    network: NetworkView,
    arc_seconds: NDArray[np.float32],
    seeds: Seeds,
    limit: np.float32,
    k: int,
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    n = len(network.junction_arc) - 1
    seconds = np.full((n, k), np.float32(np.inf), np.float32)
    owner = np.full((n, k), np.int32(-1), np.int32)
    settled = np.zeros(n, np.int32)
    room = k * len(network.arc_far) + len(seeds.junction) + 1
    heap = np.empty(room, np.uint64)
    entry_junction = np.empty(room, np.int32)
    entry_owner = np.empty(room, np.int32)
    cell = np.zeros(1, np.float32)
    bits = cell.view(np.uint32)
    size = 0
    entries = 0
    for i in range(len(seeds.junction)):
        if seeds.seconds[i] <= limit:
            entry_junction[entries] = seeds.junction[i]
            entry_owner[entries] = seeds.owner[i]
            cell[0] = seeds.seconds[i]
            size = push(heap, size, (np.uint64(bits[0]) << SHIFT) | np.uint64(entries))
            entries += 1
    while size > 0:
        key = heap[0]
        size = drop_first(heap, size)
        entry = np.int64(key & LOW)
        j = entry_junction[entry]
        station = entry_owner[entry]
        if settled[j] == k or _holds(owner, j, settled[j], station):
            continue
        bits[0] = np.uint32(key >> SHIFT)
        here = cell[0]
        seconds[j, settled[j]] = here
        owner[j, settled[j]] = station
        settled[j] += 1
        for a in range(network.junction_arc[j], network.junction_arc[j + 1]):
            far = network.arc_far[a]
            time = here + arc_seconds[a]
            if time > limit or settled[far] == k or _holds(owner, far, settled[far], station):
                continue
            entry_junction[entries] = far
            entry_owner[entries] = station
            cell[0] = time
            size = push(heap, size, (np.uint64(bits[0]) << SHIFT) | np.uint64(entries))
            entries += 1
    return seconds, owner


@njit(cache=True, nogil=True, inline="always")
def _holds(owner: NDArray[np.int32], j: int, count: int, station: int) -> bool:
    found = False
    for i in range(count):
        if owner[j, i] == station:
            found = True
    return found
