"""A four-way heap of 64-bit keys: seconds as float bits above, an index below.

The bits of non-negative float32 numbers order as the numbers do, so one
integer comparison orders both, ties by index: identical input gives identical
bytes. Four children share a cache line (LaMarca and Ladner 1996, The influence
of caches on the performance of heaps, JEA 1).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

LOW = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)
# searches stamp what they saw with an int32: before it overflows, working memory is made anew
MOST_TURNS = 2**31 - 2


@njit(cache=True, nogil=True, inline="always")
def push(heap: NDArray[np.uint64], size: int, key: np.uint64) -> int:
    """Add a key and return the new size; the array must have room."""
    i = size
    while i > 0:
        parent = (i - 1) >> 2
        if heap[parent] <= key:
            break
        heap[i] = heap[parent]
        i = parent
    heap[i] = key
    return size + 1


@njit(cache=True, nogil=True, inline="always")
def drop_first(heap: NDArray[np.uint64], size: int) -> int:
    """Remove the smallest key, which stands at index 0, and return the new size."""
    size -= 1
    key = heap[size]
    i = 0
    while True:
        child = 4 * i + 1
        if child >= size:
            break
        least = child
        for c in range(child + 1, min(child + 4, size)):
            if heap[c] < heap[least]:
                least = c
        if heap[least] >= key:
            break
        heap[i] = heap[least]
        i = least
    heap[i] = key
    return size
