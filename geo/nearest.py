"""The nearest stations from one point, by a search outward that stops when it knows enough."""

import threading
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._heap import LOW, SHIFT, drop_first, push
from geo.errors import InvalidValue
from geo.network import Network
from geo.pace import Weights
from geo.plane import UNITS_PER_DEGREE
from geo.reach import Sources, along, check_limit, sources
from geo.snap import MAX_METRES, Positions, snap_one


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A walk from a point to a station.

    Attributes:
        station: index of the station.
        seconds: by the pace of the search, both access legs included.
        metres: along the streets, both access legs included.
        ascent, descent: metres climbed and descended, both positive.
        vertices: int64 of shape (n,), vertices of the network passed, in order.
    """

    station: int
    seconds: float
    metres: float
    ascent: float
    descent: float
    vertices: NDArray[np.int64]


@dataclass(slots=True)
class _Scratch:
    """Working memory of one thread; ``stamp`` tells which junctions this search has seen."""

    seconds: NDArray[np.float32]
    arc: NDArray[np.int64]
    stamp: NDArray[np.int32]
    heap: NDArray[np.uint64]
    turn: int = 0


class Finder:
    """Find the nearest stations on one network by one pace.

    Safe to share between threads; each keeps its own working memory.
    """

    def __init__(self, network: Network, weights: Weights, positions: Positions) -> None:
        self.network = network
        self.weights = weights
        self.stations: Sources = sources(weights, positions)
        self._local = threading.local()

    def nearest(
        self,
        longitude: float,
        latitude: float,
        *,
        k: int,
        wanted: NDArray[np.bool_] | None = None,
        max_seconds: float = np.inf,
        max_snap_metres: float = MAX_METRES,
    ) -> tuple[Positions, list[Walk]]:
        """Return where the point stands on the network and its k nearest stations.

        Args:
            longitude, latitude: WGS-84 degrees.
            k: how many; fewer come back if fewer can be reached.
            wanted: bool of shape (stations,); only these count.
            max_seconds: no walk longer than this is returned.
            max_snap_metres: how far from a street the point may lie.

        Returns:
            the origin, and walks in strict order of seconds, ties by station index.

        Raises:
            OutsideNetwork: if no street is near enough.
            InvalidValue: if k is below 1 or the limit is not positive.
        """
        if k < 1:
            raise InvalidValue("k", k, "a whole number of 1 or more")
        check_limit(max_seconds)
        origin = snap_one(self.network, longitude, latitude, max_metres=max_snap_metres)
        return origin, self.from_position(origin, k=k, wanted=wanted, max_seconds=max_seconds)

    def from_position(
        self,
        origin: Positions,
        *,
        k: int,
        wanted: NDArray[np.bool_] | None = None,
        max_seconds: float = np.inf,
    ) -> list[Walk]:
        """Return the k nearest stations from a single place on the network."""
        network, weights, stations = self.network, self.weights, self.stations
        count = len(stations.positions)
        wanted = np.ones(count, np.bool_) if wanted is None else wanted
        if wanted.shape != (count,):
            raise InvalidValue("wanted", wanted.shape, f"one flag for each of {count} stations")
        k = min(k, max(count, 1))
        forward, backward, access = along(weights, origin)
        scratch = self._scratch()
        seconds, found, entry = _search(
            int(origin.edge[0]),
            float(forward[0]),
            float(backward[0]),
            float(access[0]),
            k,
            float(max_seconds),
            wanted,
            network.junction_arc,
            network.arc_edge,
            network.arc_far,
            network.edge_start,
            network.edge_end,
            network.edge_vertex,
            weights.vertex_forward,
            weights.vertex_backward,
            weights.edge_forward,
            weights.edge_backward,
            weights.arc_out,
            stations.edge,
            stations.owner,
            stations.forward,
            stations.backward,
            stations.access,
            scratch.seconds,
            scratch.arc,
            scratch.stamp,
            scratch.heap,
            scratch.turn,
        )
        return [
            self._trace(origin, scratch, int(found[i]), float(seconds[i]), int(entry[i]))
            for i in range(k)
            if found[i] >= 0
        ]

    def path(self, origin: Positions, walk: Walk) -> NDArray[np.float64]:
        """Return lon, lat of a walk on the streets, shape (n, 2), from origin to station."""
        network = self.network
        target = self.stations.positions
        ends = np.vstack(
            (
                origin.coordinates(network)[0],
                _slice(target, walk.station).coordinates(network)[0],
            )
        )
        middle = np.column_stack(
            (
                network.vertex_longitude[walk.vertices],
                network.vertex_latitude[walk.vertices],
            )
        )
        return np.vstack((ends[:1], middle / UNITS_PER_DEGREE, ends[1:]))

    def _scratch(self) -> _Scratch:
        scratch: _Scratch | None = getattr(self._local, "scratch", None)
        if scratch is None:
            n = self.network.junctions
            scratch = _Scratch(
                seconds=np.empty(n, np.float32),
                arc=np.empty(n, np.int64),
                stamp=np.zeros(n, np.int32),
                heap=np.empty(len(self.network.arc_far) + 3, np.uint64),
            )
            self._local.scratch = scratch
        scratch.turn += 1
        return scratch

    def _trace(
        self, origin: Positions, scratch: _Scratch, station: int, seconds: float, entry: int
    ) -> Walk:
        """Follow the arcs back from a station and measure what was walked."""
        network = self.network
        target = _slice(self.stations.positions, station)
        vertices, metres, ascent, descent = _measure_walk(
            int(origin.segment[0]),
            float(origin.fraction[0]),
            int(target.segment[0]),
            float(target.fraction[0]),
            entry,
            scratch.arc,
            network.junction_arc,
            network.arc_edge,
            network.edge_start,
            network.edge_end,
            network.edge_vertex,
            network.vertex_edge,
            network.segment_metres,
            network.segment_climb,
        )
        legs = float(origin.metres[0] + target.metres[0])
        return Walk(
            station=station,
            seconds=seconds,
            metres=metres + legs,
            ascent=ascent,
            descent=descent,
            vertices=vertices,
        )


def _slice(positions: Positions, index: int) -> Positions:
    part = slice(index, index + 1)
    return Positions(
        edge=positions.edge[part],
        segment=positions.segment[part],
        fraction=positions.fraction[part],
        metres=positions.metres[part],
    )


# how a search came to a junction without an arc, and to a station without a junction
_FROM_ORIGIN_TO_START = -1
_FROM_ORIGIN_TO_END = -2
_SAME_EDGE_FORWARD = -1
_SAME_EDGE_BACKWARD = -2


@njit(cache=True, nogil=True, inline="always")
def _offer(
    seconds: NDArray[np.float64],
    found: NDArray[np.int32],
    entry: NDArray[np.int64],
    time: float,
    station: int,
    how: int,
) -> None:
    """Keep a station in the ascending list unless it stands there with less."""
    k = len(seconds)
    last = k - 1
    if time > seconds[last] or (time == seconds[last] and station >= found[last] >= 0):
        return
    at = last
    for i in range(k):
        if found[i] == station:
            if seconds[i] <= time:
                return
            at = i
            break
    while at > 0 and (
        seconds[at - 1] > time or (seconds[at - 1] == time and found[at - 1] > station)
    ):
        seconds[at] = seconds[at - 1]
        found[at] = found[at - 1]
        entry[at] = entry[at - 1]
        at -= 1
    seconds[at] = time
    found[at] = station
    entry[at] = how


@njit(cache=True, nogil=True)
def _search(
    origin_edge: int,
    origin_forward: float,
    origin_backward: float,
    origin_access: float,
    k: int,
    limit: float,
    wanted: NDArray[np.bool_],
    junction_arc: NDArray[np.int64],
    arc_edge: NDArray[np.int32],
    arc_far: NDArray[np.int32],
    edge_start: NDArray[np.int32],
    edge_end: NDArray[np.int32],
    edge_vertex: NDArray[np.int64],
    vertex_forward: NDArray[np.float32],
    vertex_backward: NDArray[np.float32],
    edge_forward: NDArray[np.float32],
    edge_backward: NDArray[np.float32],
    arc_out: NDArray[np.float32],
    station_edge: NDArray[np.int32],
    station_owner: NDArray[np.int32],
    station_forward: NDArray[np.float64],
    station_backward: NDArray[np.float64],
    station_access: NDArray[np.float64],
    seconds: NDArray[np.float32],
    arc_of: NDArray[np.int64],
    stamp: NDArray[np.int32],
    heap: NDArray[np.uint64],
    turn: int,
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int64]]:
    """Run Dijkstra's algorithm from a place on an edge until the k-th station is certain.

    ``entry`` of a station is the arc on which its edge was entered, or one of
    the two same-edge marks.
    """
    best = np.full(k, limit, np.float64)
    found = np.full(k, -1, np.int32)
    entry = np.zeros(k, np.int64)
    cell = np.zeros(1, np.float32)
    bits = cell.view(np.uint32)
    e = origin_edge
    last = edge_vertex[e + 1] - 1
    can_forward = np.isfinite(edge_forward[e])
    can_backward = np.isfinite(edge_backward[e])
    s = np.searchsorted(station_edge, e)
    while s < len(station_edge) and station_edge[s] == e:
        legs = origin_access + station_access[s]
        if wanted[station_owner[s]]:
            if can_forward and station_forward[s] >= origin_forward:
                time = legs + station_forward[s] - origin_forward
                _offer(best, found, entry, time, station_owner[s], _SAME_EDGE_FORWARD)
            if can_backward and station_backward[s] <= origin_backward:
                time = legs + origin_backward - station_backward[s]
                _offer(best, found, entry, time, station_owner[s], _SAME_EDGE_BACKWARD)
        s += 1
    size = 0
    # a point at the very end of an edge stands on the junction, whatever the edge allows
    if can_backward or origin_backward <= 0:
        cell[0] = origin_access + origin_backward
        j = edge_start[e]
        seconds[j] = cell[0]
        arc_of[j] = _FROM_ORIGIN_TO_START
        stamp[j] = turn
        size = push(heap, size, (np.uint64(bits[0]) << SHIFT) | np.uint64(j))
    if can_forward or origin_forward >= vertex_forward[last]:
        cell[0] = origin_access + vertex_forward[last] - origin_forward
        j = edge_end[e]
        if stamp[j] != turn or cell[0] < seconds[j]:
            seconds[j] = cell[0]
            arc_of[j] = _FROM_ORIGIN_TO_END
            stamp[j] = turn
            size = push(heap, size, (np.uint64(bits[0]) << SHIFT) | np.uint64(j))
    while size > 0:
        key = heap[0]
        size = drop_first(heap, size)
        j = np.int64(key & LOW)
        bits[0] = np.uint32(key >> SHIFT)
        here = cell[0]
        if here > best[k - 1]:
            break
        if here > seconds[j]:
            continue
        for a in range(junction_arc[j], junction_arc[j + 1]):
            closed = not np.isfinite(arc_out[a])
            e = arc_edge[a]
            leaves_start = e >= 0
            if not leaves_start:
                e = ~e
            s = np.searchsorted(station_edge, e)
            while s < len(station_edge) and station_edge[s] == e:
                if wanted[station_owner[s]]:
                    if leaves_start:
                        stretch = station_forward[s]
                    else:
                        stretch = vertex_backward[edge_vertex[e + 1] - 1] - station_backward[s]
                    if not closed or stretch <= 0:
                        time = here + stretch + station_access[s]
                        _offer(best, found, entry, time, station_owner[s], a)
                s += 1
            if closed:
                continue
            far = arc_far[a]
            cell[0] = here + arc_out[a]
            if cell[0] <= best[k - 1] and (stamp[far] != turn or cell[0] < seconds[far]):
                seconds[far] = cell[0]
                arc_of[far] = a
                stamp[far] = turn
                size = push(heap, size, (np.uint64(bits[0]) << SHIFT) | np.uint64(far))
    return best, found, entry


@njit(cache=True, nogil=True)
def _arc_junction(junction_arc: NDArray[np.int64], arc: int) -> int:
    """Return the junction that an arc leaves from."""
    return int(np.searchsorted(junction_arc, arc, side="right")) - 1


@njit(cache=True, nogil=True)
def _measure_walk(
    origin_segment: int,
    origin_fraction: float,
    target_segment: int,
    target_fraction: float,
    entry: int,
    arc_of: NDArray[np.int64],
    junction_arc: NDArray[np.int64],
    arc_edge: NDArray[np.int32],
    edge_start: NDArray[np.int32],
    edge_end: NDArray[np.int32],
    edge_vertex: NDArray[np.int64],
    vertex_edge: NDArray[np.int32],
    segment_metres: NDArray[np.float32],
    segment_climb: NDArray[np.float32],
) -> tuple[NDArray[np.int64], float, float, float]:
    """Return vertices in walking order, metres, ascent and descent of a found walk."""
    backwards = [np.int64(0)]
    backwards.clear()
    first_mark = entry
    if entry >= 0:
        e = arc_edge[entry]
        if e >= 0:
            for v in range(target_segment, edge_vertex[e] - 1, -1):
                backwards.append(np.int64(v))
        else:
            for v in range(target_segment + 1, edge_vertex[~e + 1]):
                backwards.append(np.int64(v))
        j = _arc_junction(junction_arc, entry)
        while arc_of[j] >= 0:
            e = arc_edge[arc_of[j]]
            if e >= 0:
                for v in range(edge_vertex[e + 1] - 1, edge_vertex[e] - 1, -1):
                    backwards.append(np.int64(v))
            else:
                for v in range(edge_vertex[~e], edge_vertex[~e + 1]):
                    backwards.append(np.int64(v))
            j = _arc_junction(junction_arc, arc_of[j])
        first_mark = arc_of[j]
    e = vertex_edge[origin_segment]
    if entry < 0:
        if first_mark == _SAME_EDGE_FORWARD:
            for v in range(target_segment, origin_segment, -1):
                backwards.append(np.int64(v))
        else:
            for v in range(target_segment + 1, origin_segment + 1):
                backwards.append(np.int64(v))
    elif first_mark == _FROM_ORIGIN_TO_START:
        for v in range(edge_vertex[e], origin_segment + 1):
            backwards.append(np.int64(v))
    else:
        for v in range(edge_vertex[e + 1] - 1, origin_segment, -1):
            backwards.append(np.int64(v))
    count = len(backwards)
    vertices = np.empty(count, np.int64)
    for i in range(count):
        vertices[i] = backwards[count - 1 - i]
    total = np.zeros(3, np.float64)
    if count == 0:
        share = target_fraction - origin_fraction
        _add(total, origin_segment, abs(share), share < 0, segment_metres, segment_climb)
        return vertices, total[0], total[1], total[2]
    first, final = vertices[0], vertices[count - 1]
    if first == origin_segment:
        _add(total, origin_segment, origin_fraction, True, segment_metres, segment_climb)
    else:
        _add(total, origin_segment, 1.0 - origin_fraction, False, segment_metres, segment_climb)
    for i in range(count - 1):
        v, w = vertices[i], vertices[i + 1]
        # between edges two vertices share one junction and nothing is walked
        if w == v + 1 and vertex_edge[v] == vertex_edge[w]:
            _add(total, v, 1.0, False, segment_metres, segment_climb)
        elif w == v - 1 and vertex_edge[v] == vertex_edge[w]:
            _add(total, w, 1.0, True, segment_metres, segment_climb)
    if final == target_segment:
        _add(total, target_segment, target_fraction, False, segment_metres, segment_climb)
    else:
        _add(total, target_segment, 1.0 - target_fraction, True, segment_metres, segment_climb)
    return vertices, total[0], total[1], total[2]


@njit(cache=True, nogil=True, inline="always")
def _add(
    total: NDArray[np.float64],
    segment: int,
    share: float,
    turned: bool,
    segment_metres: NDArray[np.float32],
    segment_climb: NDArray[np.float32],
) -> None:
    total[0] += share * segment_metres[segment]
    climb = share * segment_climb[segment]
    if turned:
        climb = -climb
    if climb > 0:
        total[1] += climb
    else:
        total[2] -= climb
