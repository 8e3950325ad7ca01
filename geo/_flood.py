"""Kernels of the flood: shortest walks from many sources, against the arcs, a layer for each rank.

**Labels.** A label is one 64-bit number: seconds as float32 bits above, the station below.
The bits of non-negative float32 numbers order as the numbers do, so one comparison orders
labels by seconds, ties by station. The least label of a junction does not depend on the
order of the search: identical input gives identical bytes.

**Layers.** Layer 0 holds the least label of every junction, layer ``m`` the least among
stations that its junction does not hold in an earlier layer. A walk to a junction's next
station leaves, at its first arc, either to a junction that holds other stations so far, where
one of those is the answer (a seed of the layer), or to one that holds the same. So a layer is
a shortest-path forest of its own, over the arcs between junctions that hold the same stations,
and costs about as much as the first.

**Buckets.** Each layer is searched by buckets of some seconds (R. Dial, "Algorithm 360",
Communications of the ACM 12 (1969) 632-633), a junction being mended within its bucket as
often as a better label comes (U. Meyer and P. Sanders, "Delta-stepping", Journal of Algorithms
49 (2003) 114-152). What lies beyond the last bucket waits and is dealt out anew from there, so
neither the limit nor the length of an arc is bounded.

**Blocks.** Junctions near on the ground are near in memory, so the city is searched by blocks of
neighbours, each as far as it goes by itself; a label that leaves its block waits there for that
block's turn. With stations everywhere few labels are mended twice, and what a block needs stays
in the cache: without this a flood of three million junctions costs six times as much a junction
as one of a hundred thousand.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._views import NetworkView

BUCKETS = 1024
# narrow enough that few labels are mended, wide enough that few buckets are empty
BUCKETS_PER_SECOND = np.float32(1 / 8)
SHIFT = np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)
# junctions of one block and what a flood keeps of them, some 50 bytes each, fit a core's cache
BLOCK_BITS = 14
WAITING = -2
# infinite seconds and the station -1
NONE = np.uint64(0x7F800000FFFFFFFF)


class Seeds(NamedTuple):
    """Where a flood begins: junctions, seconds there, and the station."""

    junction: NDArray[np.int32]
    seconds: NDArray[np.float32]
    owner: NDArray[np.int32]


@njit(cache=True, nogil=True)
def flood_layers(
    network: NetworkView,
    arc_in: NDArray[np.float32],
    arc_out: NDArray[np.float32],
    seeds: Seeds,
    limit: np.float32,
    k: int,
    block_bits: int = BLOCK_BITS,
) -> NDArray[np.uint64]:
    """Return labels of shape (junctions, k), ascending in each row, whatever the blocks."""
    labels = np.empty((len(network.junction_arc) - 1, k), np.uint64)
    for m in range(k):
        same = np.ones(len(network.arc_far), np.bool_)
        label = _seed_layer(network, arc_out, seeds, limit, labels, m, same)
        _spread(network, arc_in, limit, label, same, block_bits)
        for j in range(len(label)):
            labels[j, m] = label[j]
    return labels


@njit(cache=True, nogil=True)
def _seed_layer(
    network: NetworkView,
    arc_out: NDArray[np.float32],
    seeds: Seeds,
    limit: np.float32,
    labels: NDArray[np.uint64],
    m: int,
    same: NDArray[np.bool_],
) -> NDArray[np.uint64]:
    """Return the labels a layer begins with; clear ``same`` of arcs it does not spread along."""
    label = np.full(len(network.junction_arc) - 1, NONE, np.uint64)
    cell = np.zeros(1, np.float32)
    bits = cell.view(np.uint32)
    for i in range(len(seeds.junction)):
        j = seeds.junction[i]
        cell[0] = seeds.seconds[i]
        station = np.uint64(seeds.owner[i])
        key = (np.uint64(bits[0]) << SHIFT) | station
        if seeds.seconds[i] <= limit and key < label[j]:
            held = False
            for q in range(m):
                held |= (labels[j, q] & LOW) == station
            if not held:
                label[j] = key
    if m == 0:
        return label
    for j in range(len(label)):
        # where there is no station of the rank before, there is none of this
        if labels[j, m - 1] == NONE:
            continue
        best = label[j]
        for a in range(network.junction_arc[j], network.junction_arc[j + 1]):
            far = network.arc_far[a]
            for i in range(m):
                station = labels[far, i] & LOW
                held = False
                for q in range(m):
                    held |= (labels[j, q] & LOW) == station
                if held:
                    continue
                # what spread along it would be no better, but rounded sums may tie with it
                same[a] = False
                bits[0] = np.uint32(labels[far, i] >> SHIFT)
                cell[0] = cell[0] + arc_out[a]
                key = (np.uint64(bits[0]) << SHIFT) | station
                if key < best and cell[0] <= limit:
                    best = key
                break
        label[j] = best
    return label


class _Waiting(NamedTuple):
    """Junctions whose label is to be spread, by block, and the blocks that have some.

    A block holds the junctions that have all but their last ``block_bits`` bits in common.
    The junctions of a block are linked from ``first`` by ``after``; ``turn`` is a ring of blocks,
    ``ring`` where it begins and how many stand in it.
    """

    first: NDArray[np.int32]
    after: NDArray[np.int32]
    turn: NDArray[np.int32]
    in_turn: NDArray[np.bool_]
    ring: NDArray[np.int64]
    block_bits: int


@njit(cache=True, nogil=True)
def _spread(
    network: NetworkView,
    arc_in: NDArray[np.float32],
    limit: np.float32,
    label: NDArray[np.uint64],
    same: NDArray[np.bool_],
    block_bits: int,
) -> None:
    """Make every label the least that walks over the chosen arcs give, in place."""
    n = len(label)
    blocks = ((n - 1) >> block_bits) + 1
    head = np.full(BUCKETS + 1, -1, np.int32)
    before = np.empty(n, np.int32)
    bucket = np.full(n, -1, np.int32)
    waiting = _Waiting(
        np.full(blocks, -1, np.int32),
        np.empty(n, np.int32),
        np.empty(blocks, np.int32),
        np.zeros(blocks, np.bool_),
        np.zeros(2, np.int64),
        block_bits,
    )
    for j in range(n):
        if label[j] != NONE:
            bucket[j] = WAITING
            _wait(waiting, j)
    while waiting.ring[1] > 0:
        block = waiting.turn[waiting.ring[0]]
        waiting.ring[0] = (waiting.ring[0] + 1) % blocks
        waiting.ring[1] -= 1
        waiting.in_turn[block] = False
        _spread_block(network, arc_in, limit, label, same, head, before, bucket, waiting, block)


@njit(cache=True, nogil=True)
def _wait(waiting: _Waiting, j: int) -> None:
    """Have a junction wait for the turn of its block."""
    block = j >> waiting.block_bits
    waiting.after[j] = waiting.first[block]
    waiting.first[block] = j
    if not waiting.in_turn[block]:
        waiting.in_turn[block] = True
        at = (waiting.ring[0] + waiting.ring[1]) % len(waiting.turn)
        waiting.turn[at] = block
        waiting.ring[1] += 1


# one long loop: a call to move a junction between buckets costs a quarter of its time
@njit(cache=True, nogil=True)
def _spread_block(
    network: NetworkView,
    arc_in: NDArray[np.float32],
    limit: np.float32,
    label: NDArray[np.uint64],
    same: NDArray[np.bool_],
    head: NDArray[np.int32],
    before: NDArray[np.int32],
    bucket: NDArray[np.int32],
    waiting: _Waiting,
    block: int,
) -> None:
    """Spread the labels that wait in a block within it; what leaves it waits elsewhere."""
    pointer, arc_far, after = network.junction_arc, network.arc_far, waiting.after
    low = block << waiting.block_bits
    high = low + (1 << waiting.block_bits)
    cell = np.zeros(1, np.float32)
    bits = cell.view(np.uint32)
    base = np.float32(0.0)
    j = waiting.first[block]
    waiting.first[block] = -1
    while j >= 0:
        following = after[j]
        bits[0] = np.uint32(label[j] >> SHIFT)
        _insert(head, after, before, bucket, j, _bucket_of(cell[0], base))
        j = following
    while True:
        for b in range(BUCKETS):
            while head[b] >= 0:
                j = head[b]
                head[b] = after[j]
                if after[j] >= 0:
                    before[after[j]] = -1
                bucket[j] = -1
                key = label[j]
                bits[0] = np.uint32(key >> SHIFT)
                here = cell[0]
                station = key & LOW
                for a in range(pointer[j], pointer[j + 1]):
                    time = here + arc_in[a]
                    far = arc_far[a]
                    cell[0] = time
                    better = (np.uint64(bits[0]) << SHIFT) | station
                    if not (better < label[far] and time <= limit and same[a]):
                        continue
                    label[far] = better
                    was = bucket[far]
                    if far < low or far >= high:
                        if was != WAITING:
                            bucket[far] = WAITING
                            _wait(waiting, far)
                        continue
                    to = _bucket_of(time, base)
                    if was != to:
                        if was >= 0:
                            previous, following = before[far], after[far]
                            if previous >= 0:
                                after[previous] = following
                            else:
                                head[was] = following
                            if following >= 0:
                                before[following] = previous
                        following = head[to]
                        bucket[far] = to
                        before[far] = -1
                        after[far] = following
                        if following >= 0:
                            before[following] = far
                        head[to] = far
        if head[BUCKETS] < 0:
            return
        base = _deal_out(label, head, after, before, bucket)


@njit(cache=True, nogil=True)
def _deal_out(
    label: NDArray[np.uint64],
    head: NDArray[np.int32],
    after: NDArray[np.int32],
    before: NDArray[np.int32],
    bucket: NDArray[np.int32],
) -> Any:
    """Give what waits beyond the last bucket buckets that begin at its least label."""
    cell = np.zeros(1, np.float32)
    bits = cell.view(np.uint32)
    least = NONE
    j = head[BUCKETS]
    while j >= 0:
        least = min(least, label[j])
        j = after[j]
    bits[0] = np.uint32(least >> SHIFT)
    base = cell[0]
    j = head[BUCKETS]
    head[BUCKETS] = -1
    while j >= 0:
        following = after[j]
        bits[0] = np.uint32(label[j] >> SHIFT)
        _insert(head, after, before, bucket, j, _bucket_of(cell[0], base))
        j = following
    return base


@njit(cache=True, nogil=True, inline="always")
def _bucket_of(seconds: np.float32, base: np.float32) -> Any:
    return min(np.int64((seconds - base) * BUCKETS_PER_SECOND), BUCKETS)


@njit(cache=True, nogil=True, inline="always")
def _insert(
    head: NDArray[np.int32],
    after: NDArray[np.int32],
    before: NDArray[np.int32],
    bucket: NDArray[np.int32],
    j: int,
    b: int,
) -> None:
    following = head[b]
    bucket[j] = b
    before[j] = -1
    after[j] = following
    if following >= 0:
        before[following] = j
    head[b] = j
