"""Join lines to a street graph: which of their vertices are one node."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.plane import earth_centred, segment_metres

# vertices that two lines share are written alike, but for what a transformation rounds off
SAME_METRES = 0.01
# levels lie so far apart that no tolerance reaches across
_LEVEL_METRES = 10_000.0
# a ring's ends may be joined, a short link's may not
_RING_TIMES = 4.0
_PER_DEGREE = 1e9

Index = NDArray[np.int64]
Numbers = NDArray[np.float64]


class Nodes(NamedTuple):
    """What became of vertices.

    ``node`` is of shape (vertices,); ``first`` of shape (nodes,) names the vertex whose place
    a node has; ``joined`` counts line ends that were moved onto something else.
    """

    node: Index
    first: Index
    joined: int


def number_nodes(
    longitude: Numbers,
    latitude: Numbers,
    part: Index,
    level_start: Index,
    level_end: Index,
    *,
    join_metres: float,
) -> Nodes:
    """Number the nodes of lines in the order of their vertices.

    Vertices of one level and one place (to 1 cm) are one node. An end joins every end, and every
    vertex of another line, within ``join_metres`` on its level. Vertices inside a line that
    changes its level lie on no level and join nothing. Two vertices of one line are joined only
    where they share a place, or where the ends of a ring of more than four times ``join_metres``
    nearly meet.

    Args:
        longitude, latitude: WGS-84 degrees of the vertices, shape (vertices,).
        part: the line of each vertex, ascending from 0.
        level_start, level_end: levels as numbers from 0, shape (lines,).
    """
    ends = np.flatnonzero(np.diff(part, prepend=-1, append=part[-1] + 1))
    first, last = ends[:-1], ends[1:] - 1
    is_end = np.zeros(len(part), np.bool_)
    is_end[first] = is_end[last] = True
    level = np.where(level_start == level_end, level_start, -1)[part]
    level[first], level[last] = level_start, level_end
    level = np.where(level < 0, -1 - np.arange(len(part)), level)
    point, of_point = _distinct(longitude, latitude, level)
    end_point = np.zeros(len(of_point), np.bool_)
    end_point[point[is_end]] = True
    xyz = earth_centred(longitude[of_point], latitude[of_point])
    on_level = np.flatnonzero(level[of_point] >= 0)
    tree = cKDTree(np.column_stack((xyz, level[of_point] * _LEVEL_METRES))[on_level])
    pairs = on_level[tree.query_pairs(max(join_metres, SAME_METRES), output_type="ndarray")]
    a, b = pairs[:, 0], pairs[:, 1]
    metres = np.linalg.norm(xyz[a] - xyz[b], axis=1)
    chosen = (metres <= SAME_METRES) | (
        (end_point[a] | end_point[b]) & (metres <= join_metres) & ~_share_a_line(a, b, point, part)
    )
    rings = _rings(longitude, latitude, part, point, first, last, xyz, join_metres)
    a, b = np.concatenate((a[chosen], rings[0])), np.concatenate((b[chosen], rings[1]))
    links = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(len(of_point), len(of_point)))
    label = connected_components(links, directed=False)[1][point]
    return _in_order(label, is_end, point)


def _distinct(longitude: Numbers, latitude: Numbers, level: Index) -> tuple[Index, Index]:
    """Return the number of each vertex' place and level, and one vertex of each."""
    x = np.round(longitude * _PER_DEGREE).astype(np.int64)
    y = np.round(latitude * _PER_DEGREE).astype(np.int64)
    order = np.lexsort((y, x, level))
    x, y, z = x[order], y[order], level[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (x[1:] != x[:-1]) | (y[1:] != y[:-1]) | (z[1:] != z[:-1])
    point = np.empty(len(order), np.int64)
    point[order] = np.cumsum(new) - 1
    return point, order[new]


def _share_a_line(a: Index, b: Index, point: Index, part: Index) -> NDArray[np.bool_]:
    """Say of pairs of points whether one line runs through both."""
    lines = int(part[-1]) + 1
    keys = np.unique(point * lines + part)
    owner, line = keys // lines, keys % lines
    begin, stop = np.searchsorted(owner, a), np.searchsorted(owner, a, side="right")
    counts = stop - begin
    pair = np.repeat(np.arange(len(a)), counts)
    inner = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts)
    common = np.isin(b[pair] * lines + line[begin[pair] + inner], keys)
    shared = np.zeros(len(a), np.bool_)
    shared[pair[common]] = True
    return shared


def _rings(
    longitude: Numbers,
    latitude: Numbers,
    part: Index,
    point: Index,
    first: Index,
    last: Index,
    xyz: Numbers,
    join_metres: float,
) -> tuple[Index, Index]:
    """Return the pairs of ends of lines that nearly close, and are long enough to mean it."""
    metres = np.zeros(len(part))
    metres[1:] = segment_metres(longitude[:-1], latitude[:-1], longitude[1:], latitude[1:])
    metres[first] = 0.0
    length = np.bincount(part, metres)
    gap = np.linalg.norm(xyz[point[first]] - xyz[point[last]], axis=1)
    closes = (gap <= join_metres) & (length > _RING_TIMES * join_metres)
    return point[first[closes]], point[last[closes]]


def _in_order(label: Index, is_end: NDArray[np.bool_], point: Index) -> Nodes:
    """Number by first appearance; a node lies where its first inner vertex does, if it has one."""
    _, appears, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(appears), np.int64)
    rank[np.argsort(appears, kind="stable")] = np.arange(len(appears))
    node = rank[inverse]
    order = np.lexsort((np.arange(len(node)), is_end, node))
    first = order[np.searchsorted(node[order], np.arange(len(appears)))]
    moved = is_end & (point != point[first][node])
    return Nodes(node, first, int(moved.sum()))
