"""The kernel that follows a found walk back and measures it."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._search import FROM_ORIGIN_TO_START, Origin, Scratch, search
from geo._views import NetworkView, SourcesView, WeightsView


class Place(NamedTuple):
    """A place on a segment."""

    segment: int
    fraction: float


class Stations(NamedTuple):
    """What tracing knows of the ways in beside :class:`geo._views.SourcesView`.

    ``segment``, ``fraction`` and ``metres`` are those of every way in, ``occupied`` says of
    every edge whether one lies on it.
    """

    segment: NDArray[np.int64]
    fraction: NDArray[np.float64]
    metres: NDArray[np.float64]
    occupied: NDArray[np.bool_]


# vertices that there is room for at first
_ROOM = 512


@njit(cache=True)
def search_and_trace(
    network: NetworkView,
    weights: WeightsView,
    sources: SourcesView,
    stations: Stations,
    edge: int,
    stands: Place,
    leg: tuple[float, float],
    scratch: Scratch,
    wanted: NDArray[np.bool_],
    limit: float,
    k: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Search from a place on an edge, and trace what is found; the interpreter's lock is held.

    Who lets go of it for the tenth of a millisecond that this takes waits for it much longer.

    Args:
        leg: metres and seconds of the access leg from the rider to the place.

    Returns:
        of each walk, nearest first, owner, source and the end of its vertices among all of
        them, shape (n, 3); its seconds, metres, ascent and descent, access legs included, shape
        (n, 4); and all vertices, one walk after another.
    """
    count = 0
    if np.any(wanted):
        origin = _origin(weights, edge, stands, leg[1])
        found = search(
            network, weights, sources, stations.occupied, origin, scratch, wanted, limit, k
        )
        while count < k and found.owner[count] >= 0:
            count += 1
    whole = np.empty((count, 3), np.int64)
    measured = np.empty((count, 4), np.float64)
    vertices, size = np.empty(_ROOM, np.int64), 0
    for i in range(count):
        s = found.source[i]
        target, begin = Place(stations.segment[s], stations.fraction[s]), size
        vertices, size = _follow(
            network, scratch.arc, found.entry[i], stands, target, vertices, size
        )
        total = _measure(network, vertices[begin:size], stands, target)
        whole[i, 0], whole[i, 1], whole[i, 2] = found.owner[i], s, size
        measured[i, 0], measured[i, 1] = found.seconds[i], total[0] + (stations.metres[s] + leg[0])
        measured[i, 2], measured[i, 3] = total[1], total[2]
    return whole, measured, vertices[:size]


@njit(cache=True, nogil=True)
def _origin(weights: WeightsView, edge: int, stands: Place, access: float) -> Origin:
    """Return what :func:`geo.reach.along` says of a single place."""
    v, f = stands.segment, stands.fraction
    forward = np.float64(weights.vertex_forward[v])
    backward = np.float64(weights.vertex_backward[v])
    return Origin(
        edge,
        forward + f * (np.float64(weights.vertex_forward[v + 1]) - forward),
        backward + f * (np.float64(weights.vertex_backward[v + 1]) - backward),
        access,
    )


@njit(cache=True, nogil=True)
def _follow(
    network: NetworkView,
    arc_of: NDArray[np.int64],
    entry: int,
    origin: Place,
    target: Place,
    vertices: NDArray[np.int64],
    begin: int,
) -> tuple[NDArray[np.int64], int]:
    """Write the vertices of a found walk in walking order, from ``begin`` on.

    ``entry`` is the arc on which the station's edge was entered or one of the
    same-edge marks, ``arc_of`` the arc on which each junction was reached.

    Returns:
        the array, or a larger one with the same before ``begin``, and where they end.
    """
    size = begin
    if entry >= 0:
        mark, vertices, size = _cross_edges(network, arc_of, entry, target, vertices, size)
        vertices, size = _leave_origin(network, mark, origin, vertices, size)
    # on one edge the places tell the way: where no time passes the mark may be either
    elif target.segment > origin.segment:
        vertices, size = _append(vertices, size, target.segment, origin.segment + 1)
    elif target.segment < origin.segment:
        vertices, size = _append(vertices, size, target.segment + 1, origin.segment)
    # it was followed backwards
    for i in range((size - begin) // 2):
        other = size - 1 - i
        vertices[begin + i], vertices[other] = vertices[other], vertices[begin + i]
    return vertices, size


@njit(cache=True, nogil=True)
def _append(
    vertices: NDArray[np.int64], size: int, begin: int, end: int
) -> tuple[NDArray[np.int64], int]:
    """Append the vertices from one to another, both included, in either direction."""
    step = 1 if end >= begin else -1
    after = size + abs(end - begin) + 1
    if after > len(vertices):
        larger = np.empty(2 * after, np.int64)
        larger[:size] = vertices[:size]
        vertices = larger
    for i in range(after - size):
        vertices[size + i] = begin + i * step
    return vertices, after


@njit(cache=True, nogil=True, inline="always")
def _junction_of(network: NetworkView, arc: int) -> int:
    """Return the junction that an arc leaves from."""
    e = network.arc_edge[arc]
    return int(network.edge_start[e] if e >= 0 else network.edge_end[~e])


@njit(cache=True, nogil=True)
def _cross_edges(
    network: NetworkView,
    arc_of: NDArray[np.int64],
    entry: int,
    target: Place,
    vertices: NDArray[np.int64],
    size: int,
) -> tuple[int, NDArray[np.int64], int]:
    """Append the station's edge as far as it was walked, and every whole edge before it.

    Returns the mark that says to which end of its edge the walk left the origin, too.
    """
    e = network.arc_edge[entry]
    if e >= 0:
        vertices, size = _append(vertices, size, target.segment, network.edge_vertex[e])
    else:
        last = network.edge_vertex[~e + 1] - 1
        vertices, size = _append(vertices, size, target.segment + 1, last)
    arc = arc_of[_junction_of(network, entry)]
    while arc >= 0:
        e = network.arc_edge[arc]
        turned = e < 0
        e = ~e if turned else e
        first, last = network.edge_vertex[e], network.edge_vertex[e + 1] - 1
        if turned:
            first, last = last, first
        vertices, size = _append(vertices, size, last, first)
        arc = arc_of[_junction_of(network, arc)]
    return arc, vertices, size


@njit(cache=True, nogil=True)
def _leave_origin(
    network: NetworkView, mark: int, origin: Place, vertices: NDArray[np.int64], size: int
) -> tuple[NDArray[np.int64], int]:
    """Append the origin's edge as far as it was walked, to its start or to its end."""
    e = network.vertex_edge[origin.segment]
    if mark == FROM_ORIGIN_TO_START:
        return _append(vertices, size, network.edge_vertex[e], origin.segment)
    return _append(vertices, size, network.edge_vertex[e + 1] - 1, origin.segment + 1)


@njit(cache=True, nogil=True)
def _measure(
    network: NetworkView, vertices: NDArray[np.int64], origin: Place, target: Place
) -> NDArray[np.float64]:
    """Return metres, ascent and descent from the origin by the vertices to the target."""
    total = np.zeros(3, np.float64)
    if len(vertices) == 0:
        share = target.fraction - origin.fraction
        _add(total, network, origin.segment, abs(share), share < 0)
        return total
    turned = vertices[0] == origin.segment
    share = origin.fraction if turned else 1.0 - origin.fraction
    _add(total, network, origin.segment, share, turned)
    for i in range(len(vertices) - 1):
        v, w = vertices[i], vertices[i + 1]
        # where two edges meet, two vertices share one junction and nothing is walked
        if network.vertex_edge[v] == network.vertex_edge[w] and abs(w - v) == 1:
            _add(total, network, min(v, w), 1.0, w < v)
    turned = vertices[-1] != target.segment
    share = 1.0 - target.fraction if turned else target.fraction
    _add(total, network, target.segment, share, turned)
    return total


@njit(cache=True, nogil=True, inline="always")
def _add(
    total: NDArray[np.float64], network: NetworkView, segment: int, share: float, turned: bool
) -> None:
    total[0] += share * network.segment_metres[segment]
    climb = share * network.segment_climb[segment]
    if turned:
        climb = -climb
    if climb > 0:
        total[1] += climb
    else:
        total[2] -= climb
