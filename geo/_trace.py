"""The kernel that follows a found walk back and measures it."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numba.typed import List
from numpy.typing import NDArray

from geo._search import FROM_ORIGIN_TO_START, Origin, Scratch, search
from geo._views import NetworkView, SourcesView, WeightsView


class Place(NamedTuple):
    """A place on a segment."""

    segment: int
    fraction: float


@njit(cache=True, nogil=True)
def trace(
    network: NetworkView, arc_of: NDArray[np.int64], entry: int, origin: Place, target: Place
) -> tuple[NDArray[np.int64], float, float, float]:
    """Return vertices in walking order, metres, ascent and descent of a found walk.

    ``entry`` is the arc on which the station's edge was entered or one of the
    same-edge marks, ``arc_of`` the arc on which each junction was reached.
    """
    backwards = List.empty_list(np.int64)
    if entry >= 0:
        mark = _cross_edges(network, arc_of, entry, target, backwards)
        _leave_origin(network, mark, origin, backwards)
    # on one edge the places tell the way: where no time passes the mark may be either
    elif target.segment > origin.segment:
        _append(backwards, target.segment, origin.segment + 1)
    elif target.segment < origin.segment:
        _append(backwards, target.segment + 1, origin.segment)
    vertices = np.empty(len(backwards), np.int64)
    for i in range(len(backwards)):
        vertices[i] = backwards[len(backwards) - 1 - i]
    total = _measure(network, vertices, origin, target)
    return vertices, total[0], total[1], total[2]


@njit(cache=True, nogil=True)
def trace_all(
    network: NetworkView,
    arc_of: NDArray[np.int64],
    entry: NDArray[np.int64],
    origin: Place,
    segment: NDArray[np.int64],
    fraction: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Trace several walks of one search, as :func:`trace`.

    Returns:
        all vertices one walk after another, where those of each end, and metres, ascent and
        descent of each, shape (n, 3). Handing the network to a kernel takes longer than one walk.
    """
    n = len(entry)
    ends = np.empty(n, np.int64)
    measures = np.empty((n, 3), np.float64)
    joined = List.empty_list(np.int64)
    for i in range(n):
        target = Place(segment[i], fraction[i])
        vertices, metres, ascent, descent = trace(network, arc_of, entry[i], origin, target)
        for v in vertices:
            joined.append(v)
        ends[i] = len(joined)
        measures[i, 0], measures[i, 1], measures[i, 2] = metres, ascent, descent
    every = np.empty(len(joined), np.int64)
    for i in range(len(joined)):
        every[i] = joined[i]
    return every, ends, measures


@njit(cache=True)
def search_and_trace(
    network: NetworkView,
    weights: WeightsView,
    stations: SourcesView,
    places: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]],
    origin: Origin,
    stands: Place,
    scratch: Scratch,
    wanted: NDArray[np.bool_],
    limit: float,
    k: int,
) -> tuple[
    NDArray[np.int32],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.float64],
]:
    """Search, and trace what is found; the interpreter's lock is held meanwhile.

    Who lets go of it for the tenth of a millisecond that this takes waits for it much longer.

    ``places`` are segment and fraction of every way in, and whether one lies on an edge.

    Returns:
        owner, source and seconds of each walk, then what :func:`trace_all` does.
    """
    segment, fraction, occupied = places
    found = search(network, weights, stations, occupied, origin, scratch, wanted, limit, k)
    count = 0
    while count < k and found.owner[count] >= 0:
        count += 1
    source = found.source[:count]
    vertices, ends, measures = trace_all(
        network, scratch.arc, found.entry[:count], stands, segment[source], fraction[source]
    )
    return found.owner[:count], source, found.seconds[:count], vertices, ends, measures


@njit(cache=True, nogil=True)
def _append(backwards: "List[np.int64]", begin: int, end: int) -> None:
    """Append the vertices from one to another, both included, in either direction."""
    step = 1 if end >= begin else -1
    for v in range(begin, end + step, step):
        backwards.append(np.int64(v))


@njit(cache=True, nogil=True)
def _junction_of(network: NetworkView, arc: int) -> int:
    """Return the junction that an arc leaves from."""
    return int(np.searchsorted(network.junction_arc, arc, side="right")) - 1


@njit(cache=True, nogil=True)
def _cross_edges(
    network: NetworkView,
    arc_of: NDArray[np.int64],
    entry: int,
    target: Place,
    backwards: "List[np.int64]",
) -> int:
    """Append the station's edge as far as it was walked, and every whole edge before it.

    Returns the mark that says to which end of its edge the walk left the origin.
    """
    e = network.arc_edge[entry]
    if e >= 0:
        _append(backwards, target.segment, network.edge_vertex[e])
    else:
        _append(backwards, target.segment + 1, network.edge_vertex[~e + 1] - 1)
    arc = arc_of[_junction_of(network, entry)]
    while arc >= 0:
        e = network.arc_edge[arc]
        if e >= 0:
            _append(backwards, network.edge_vertex[e + 1] - 1, network.edge_vertex[e])
        else:
            _append(backwards, network.edge_vertex[~e], network.edge_vertex[~e + 1] - 1)
        arc = arc_of[_junction_of(network, arc)]
    return int(arc)


@njit(cache=True, nogil=True)
def _leave_origin(
    network: NetworkView, mark: int, origin: Place, backwards: "List[np.int64]"
) -> None:
    """Append the origin's edge as far as it was walked, to its start or to its end."""
    e = network.vertex_edge[origin.segment]
    if mark == FROM_ORIGIN_TO_START:
        _append(backwards, network.edge_vertex[e], origin.segment)
    else:
        _append(backwards, network.edge_vertex[e + 1] - 1, origin.segment + 1)


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
