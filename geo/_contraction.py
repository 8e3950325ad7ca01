"""Kernels that turn a street graph into junctions joined by edges."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.streets import Access

HILBERT_BITS = 16
ALL = int(Access.ALL)
AHEAD = int(Access.FORWARD | Access.RIDE_FORWARD)


@njit(cache=True, nogil=True)
def incidence(
    nodes: int, start: NDArray[np.int32], end: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return for every node the segments that touch it, as compressed rows."""
    pointer = np.zeros(nodes + 1, np.int64)
    for s in range(len(start)):
        pointer[start[s] + 1] += 1
        pointer[end[s] + 1] += 1
    for n in range(nodes):
        pointer[n + 1] += pointer[n]
    fill = pointer[:-1].copy()
    segments = np.empty(2 * len(start), np.int32)
    for s in range(len(start)):
        segments[fill[start[s]]] = s
        fill[start[s]] += 1
        segments[fill[end[s]]] = s
        fill[end[s]] += 1
    return pointer, segments


@njit(cache=True, nogil=True, inline="always")
def _turned(access: int, turn: bool) -> int:
    """Keep the directions open to walkers and riders, swapped if the segment is passed backward."""
    if not turn:
        return access & ALL
    return ((access & AHEAD) << 1) | ((access >> 1) & AHEAD)


@njit(cache=True, nogil=True)
def find_junctions(
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    access: NDArray[np.uint8],
    pointer: NDArray[np.int64],
    incident: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """Mark every node that is not a mere shape point of one chain with the same directions."""
    nodes = len(pointer) - 1
    junction = np.ones(nodes, np.bool_)
    for n in range(nodes):
        degree = pointer[n + 1] - pointer[n]
        if degree == 0:
            junction[n] = False
        if degree != 2:
            continue
        a = incident[pointer[n]]
        b = incident[pointer[n] + 1]
        if a == b:
            continue
        into = _turned(access[a], start[a] == n)
        out = _turned(access[b], end[b] == n)
        junction[n] = into != out
    return junction


@njit(cache=True, nogil=True)
def hilbert(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return positions along a Hilbert curve of cells of a 65536 by 65536 grid.

    Hilbert 1891; the bitwise form follows Warren, Hacker's Delight, ch. 16.
    """
    result = np.empty(len(x), np.int64)
    for i in range(len(x)):
        cx = x[i]
        cy = y[i]
        position = np.int64(0)
        side = np.int64(1) << (HILBERT_BITS - 1)
        while side > 0:
            rx = np.int64(1) if cx & side else np.int64(0)
            ry = np.int64(1) if cy & side else np.int64(0)
            position += side * side * ((3 * rx) ^ ry)
            if ry == 0:
                if rx == 1:
                    cx = (np.int64(1) << HILBERT_BITS) - 1 - cx
                    cy = (np.int64(1) << HILBERT_BITS) - 1 - cy
                cx, cy = cy, cx
            side >>= 1
        result[i] = position
    return result


@njit(cache=True, nogil=True)
def walk_chains(
    order: NDArray[np.int64],
    junction: NDArray[np.bool_],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    pointer: NDArray[np.int64],
    incident: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    """Walk every chain from junction to junction, in the given order of start nodes.

    ``order`` lists all junctions, then all other nodes: a ring without a
    junction is entered at its first node, which becomes one (``junction`` is
    changed in place).

    Returns:
        vertex pointers of shape (edges + 1,); and per vertex its node, the
        segment that leaves it within the edge (-1 at the last vertex) and
        whether that segment is walked against its own direction.
    """
    segments = len(start)
    used = np.zeros(segments, np.bool_)
    # an edge of s segments has s + 1 vertices and no edge has none
    vertex_node = np.empty(2 * segments, np.int32)
    vertex_segment = np.empty(2 * segments, np.int32)
    vertex_turned = np.zeros(2 * segments, np.bool_)
    edge_pointer = np.empty(segments + 1, np.int64)
    edge_pointer[0] = 0
    edges = 0
    v = 0
    for origin in order:
        for i in range(pointer[origin], pointer[origin + 1]):
            s = incident[i]
            if used[s]:
                continue
            junction[origin] = True
            node = origin
            while True:
                used[s] = True
                turned = start[s] != node
                vertex_node[v] = node
                vertex_segment[v] = s
                vertex_turned[v] = turned
                v += 1
                node = start[s] if turned else end[s]
                if junction[node]:
                    break
                first = incident[pointer[node]]
                s = incident[pointer[node] + 1] if first == s else first
            vertex_node[v] = node
            vertex_segment[v] = -1
            v += 1
            edges += 1
            edge_pointer[edges] = v
    return (
        edge_pointer[: edges + 1].copy(),
        vertex_node[:v].copy(),
        vertex_segment[:v].copy(),
        vertex_turned[:v].copy(),
    )


@njit(cache=True, nogil=True)
def arcs_of(
    junctions: int, edge_start: NDArray[np.int32], edge_end: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Return for every junction its arcs: edge number and far junction, as compressed rows.

    Arcs of one junction stand in the order of edges; a loop gives two.
    """
    pointer = np.zeros(junctions + 1, np.int64)
    edges = len(edge_start)
    for e in range(edges):
        pointer[edge_start[e] + 1] += 1
        pointer[edge_end[e] + 1] += 1
    for n in range(junctions):
        pointer[n + 1] += pointer[n]
    fill = pointer[:-1].copy()
    arc_edge = np.empty(2 * edges, np.int32)
    arc_far = np.empty(2 * edges, np.int32)
    for e in range(edges):
        # the sign tells which end of the edge the arc leaves from: ~e leaves from its end
        arc_edge[fill[edge_start[e]]] = e
        arc_far[fill[edge_start[e]]] = edge_end[e]
        fill[edge_start[e]] += 1
        arc_edge[fill[edge_end[e]]] = ~e
        arc_far[fill[edge_end[e]]] = edge_start[e]
        fill[edge_end[e]] += 1
    return pointer, arc_edge, arc_far
