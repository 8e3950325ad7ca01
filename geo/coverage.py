"""What lies within a walk of a station: points, and metres of street."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.errors import InvalidValue
from geo.network import Network
from geo.pace import Weights
from geo.plane import UNITS_PER_DEGREE, earth_centred
from geo.reach import Reach, Sources, along
from geo.snap import Positions

RADIUS_METRES = 1000.0
# a street counts by pieces of this length under the radius rule
PIECE_METRES = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nearest:
    """Times from points to their nearest distinct stations.

    Attributes:
        seconds: float32 of shape (n, k), ascending, access legs included;
            infinite where there is none.
        owner: int32 of shape (n, k), -1 where there is none.
    """

    seconds: NDArray[np.float32]
    owner: NDArray[np.int32]


def times_at(
    network: Network, weights: Weights, stations: Sources, reach: Reach, points: Positions
) -> Nearest:
    """Return the walking time from each point to its nearest stations.

    A point on the same edge as a station walks straight to it. Points outside
    the network reach nothing. Answers beyond the limit of ``reach`` are absent
    but for stations on the point's own edge.
    """
    forward, backward, access = along(weights, points)
    seconds, owner = _times_at(
        points.edge,
        forward,
        backward,
        access,
        network.edge_start,
        network.edge_end,
        network.edge_vertex,
        weights.vertex_forward,
        weights.vertex_backward,
        weights.edge_forward,
        weights.edge_backward,
        reach.seconds,
        reach.owner,
        stations.edge,
        stations.owner,
        stations.forward,
        stations.backward,
        stations.access,
    )
    return Nearest(seconds=seconds, owner=owner)


def street_metres(
    network: Network, weights: Weights, stations: Sources, reach: Reach, *, max_seconds: float
) -> NDArray[np.float32]:
    """Return the metres of each segment from which a station is within ``max_seconds``.

    Exact: segments are cut where the time ends.

    Returns:
        float32 of shape (vertices, k): metres reached by at least 1, 2, … k stations.

    Raises:
        InvalidValue: if the flood ended before ``max_seconds``.
    """
    if not 0 < max_seconds <= reach.max_seconds:
        raise InvalidValue(
            "max_seconds", max_seconds, f"above 0 and at most the flood's {reach.max_seconds:g} s"
        )
    return _street_metres(
        float(max_seconds),
        network.edge_start,
        network.edge_end,
        network.edge_vertex,
        network.segment_metres,
        weights.vertex_forward,
        weights.vertex_backward,
        weights.edge_forward,
        weights.edge_backward,
        reach.seconds,
        reach.owner,
        stations.edge,
        stations.owner,
        stations.forward,
        stations.backward,
        stations.access,
    )


def count_within_radius(
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    station_longitude: NDArray[np.float64],
    station_latitude: NDArray[np.float64],
    *,
    k: int,
    radius_metres: float = RADIUS_METRES,
) -> NDArray[np.int8]:
    """Count, up to k, the stations within a straight-line radius of each WGS-84 point.

    Returns:
        int8 of shape (n,).
    """
    if len(station_longitude) == 0 or len(longitude) == 0:
        return np.zeros(len(longitude), np.int8)
    tree = cKDTree(earth_centred(station_longitude, station_latitude))
    distance, _ = tree.query(
        earth_centred(longitude, latitude),
        k=list(range(1, k + 1)),
        distance_upper_bound=np.nextafter(radius_metres, np.inf),
    )
    return np.asarray(np.isfinite(distance).sum(axis=1), np.int8)


def street_metres_within_radius(
    network: Network,
    station_longitude: NDArray[np.float64],
    station_latitude: NDArray[np.float64],
    *,
    k: int,
    radius_metres: float = RADIUS_METRES,
) -> NDArray[np.float32]:
    """Return the metres of each segment within a straight-line radius of 1, 2, … k stations.

    Segments are counted by pieces of at most 10 m, each by its middle.

    Returns:
        float32 of shape (vertices, k).
    """
    metres = network.segment_metres
    pieces = np.ceil(metres / PIECE_METRES).astype(np.int64)
    segment = np.repeat(np.arange(len(metres)), pieces)
    first = np.cumsum(pieces) - pieces
    fraction = (np.arange(len(segment)) - first[segment] + 0.5) / pieces[segment]
    lon = network.vertex_longitude.astype(np.float64)
    lat = network.vertex_latitude.astype(np.float64)
    count = count_within_radius(
        (lon[segment] + fraction * (lon[segment + 1] - lon[segment])) / UNITS_PER_DEGREE,
        (lat[segment] + fraction * (lat[segment + 1] - lat[segment])) / UNITS_PER_DEGREE,
        station_longitude,
        station_latitude,
        k=k,
        radius_metres=radius_metres,
    )
    share = np.column_stack(
        [np.bincount(segment, weights=count >= j, minlength=len(metres)) for j in range(1, k + 1)]
    )
    covered: NDArray[np.float32] = (
        share / np.maximum(pieces, 1)[:, None] * metres[:, None]
    ).astype(np.float32)
    return covered


@njit(cache=True, nogil=True, inline="always")
def _keep(
    seconds: NDArray[np.float32], owner: NDArray[np.int32], p: int, time: float, station: int
) -> None:
    """Insert into the ascending row of a point unless the station stands there with less."""
    k = seconds.shape[1]
    if not time < seconds[p, k - 1]:
        return
    at = k - 1
    for i in range(k):
        if owner[p, i] == station:
            if seconds[p, i] <= time:
                return
            at = i
            break
    while at > 0 and seconds[p, at - 1] > time:
        seconds[p, at] = seconds[p, at - 1]
        owner[p, at] = owner[p, at - 1]
        at -= 1
    seconds[p, at] = time
    owner[p, at] = station


@njit(cache=True, nogil=True)
def _times_at(
    edge: NDArray[np.int32],
    forward: NDArray[np.float64],
    backward: NDArray[np.float64],
    access: NDArray[np.float64],
    edge_start: NDArray[np.int32],
    edge_end: NDArray[np.int32],
    edge_vertex: NDArray[np.int64],
    vertex_forward: NDArray[np.float32],
    vertex_backward: NDArray[np.float32],
    edge_forward: NDArray[np.float32],
    edge_backward: NDArray[np.float32],
    reach_seconds: NDArray[np.float32],
    reach_owner: NDArray[np.int32],
    station_edge: NDArray[np.int32],
    station_owner: NDArray[np.int32],
    station_forward: NDArray[np.float64],
    station_backward: NDArray[np.float64],
    station_access: NDArray[np.float64],
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    n = len(edge)
    k = reach_seconds.shape[1]
    seconds = np.full((n, k), np.float32(np.inf), np.float32)
    owner = np.full((n, k), np.int32(-1), np.int32)
    for p in range(n):
        e = edge[p]
        if e < 0:
            continue
        last = edge_vertex[e + 1] - 1
        can_forward = np.isfinite(edge_forward[e])
        can_backward = np.isfinite(edge_backward[e])
        # a point at the very end of an edge stands on the junction, whatever the edge allows
        leaves_forward = can_forward or forward[p] >= vertex_forward[last]
        leaves_backward = can_backward or backward[p] <= 0
        for i in range(k):
            j = edge_end[e]
            if leaves_forward and reach_owner[j, i] >= 0:
                time = access[p] + vertex_forward[last] - forward[p] + reach_seconds[j, i]
                _keep(seconds, owner, p, time, reach_owner[j, i])
            j = edge_start[e]
            if leaves_backward and reach_owner[j, i] >= 0:
                time = access[p] + backward[p] + reach_seconds[j, i]
                _keep(seconds, owner, p, time, reach_owner[j, i])
        s = np.searchsorted(station_edge, e)
        while s < len(station_edge) and station_edge[s] == e:
            legs = access[p] + station_access[s]
            if station_forward[s] >= forward[p] and can_forward:
                time = legs + station_forward[s] - forward[p]
                _keep(seconds, owner, p, time, station_owner[s])
            if station_backward[s] <= backward[p] and can_backward:
                time = legs + backward[p] - station_backward[s]
                _keep(seconds, owner, p, time, station_owner[s])
            s += 1
    return seconds, owner


@njit(cache=True, nogil=True)
def _street_metres(
    limit: float,
    edge_start: NDArray[np.int32],
    edge_end: NDArray[np.int32],
    edge_vertex: NDArray[np.int64],
    segment_metres: NDArray[np.float32],
    vertex_forward: NDArray[np.float32],
    vertex_backward: NDArray[np.float32],
    edge_forward: NDArray[np.float32],
    edge_backward: NDArray[np.float32],
    reach_seconds: NDArray[np.float32],
    reach_owner: NDArray[np.int32],
    station_edge: NDArray[np.int32],
    station_owner: NDArray[np.int32],
    station_forward: NDArray[np.float64],
    station_backward: NDArray[np.float64],
    station_access: NDArray[np.float64],
) -> NDArray[np.float32]:
    k = reach_seconds.shape[1]
    covered = np.zeros((len(segment_metres), k), np.float32)
    most = 2 * k + 2 * (len(station_edge) + 1)
    # one stretch [low, high] of fractions a candidate; an owner may have several
    low = np.empty(most, np.float64)
    high = np.empty(most, np.float64)
    who = np.empty(most, np.int32)
    cuts = np.empty(2 * most + 2, np.float64)
    for e in range(len(edge_start)):
        last = edge_vertex[e + 1] - 1
        a = edge_start[e]
        b = edge_end[e]
        can_forward = np.isfinite(edge_forward[e])
        can_backward = np.isfinite(edge_backward[e])
        if (
            can_backward
            and reach_owner[a, k - 1] >= 0
            and reach_seconds[a, k - 1] + vertex_backward[last] <= limit
        ):
            for v in range(edge_vertex[e], last):
                for i in range(k):
                    covered[v, i] = segment_metres[v]
            continue
        s0 = np.searchsorted(station_edge, e)
        s1 = s0
        while s1 < len(station_edge) and station_edge[s1] == e:
            s1 += 1
        if s0 == s1 and reach_owner[a, 0] < 0 and reach_owner[b, 0] < 0:
            continue
        for v in range(edge_vertex[e], last):
            f0 = vertex_forward[v]
            df = max(vertex_forward[v + 1] - f0, 1e-9)
            b0 = vertex_backward[v]
            db = max(vertex_backward[v + 1] - b0, 1e-9)
            count = 0
            for i in range(k):
                if can_forward and reach_owner[b, i] >= 0:
                    left = (vertex_forward[last] + reach_seconds[b, i] - limit - f0) / df
                    count = _stretch(low, high, who, count, left, 1.0, reach_owner[b, i])
                if can_backward and reach_owner[a, i] >= 0:
                    right = (limit - reach_seconds[a, i] - b0) / db
                    count = _stretch(low, high, who, count, 0.0, right, reach_owner[a, i])
            for s in range(s0, s1):
                if can_forward:
                    here = (station_forward[s] - f0) / df
                    left = here - (limit - station_access[s]) / df
                    count = _stretch(low, high, who, count, left, here, station_owner[s])
                if can_backward:
                    here = (station_backward[s] - b0) / db
                    right = here + (limit - station_access[s]) / db
                    count = _stretch(low, high, who, count, here, right, station_owner[s])
            _measure(covered, v, segment_metres[v], low, high, who, count, cuts)
    return covered


@njit(cache=True, nogil=True, inline="always")
def _stretch(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    who: NDArray[np.int32],
    count: int,
    left: float,
    right: float,
    station: int,
) -> int:
    """Add the part of a stretch that lies on the segment, if any."""
    left = max(left, 0.0)
    right = min(right, 1.0)
    if right <= left:
        return count
    low[count] = left
    high[count] = right
    who[count] = station
    return count + 1


@njit(cache=True, nogil=True)
def _measure(
    covered: NDArray[np.float32],
    v: int,
    metres: float,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    who: NDArray[np.int32],
    count: int,
    cuts: NDArray[np.float64],
) -> None:
    """Add up the metres of a segment by how many distinct stations reach them."""
    for i in range(count):
        cuts[2 * i] = low[i]
        cuts[2 * i + 1] = high[i]
    ordered = np.sort(cuts[: 2 * count])
    k = covered.shape[1]
    for c in range(len(ordered) - 1):
        width = ordered[c + 1] - ordered[c]
        if width <= 0.0:
            continue
        middle = (ordered[c] + ordered[c + 1]) / 2
        distinct = 0
        for i in range(count):
            if not low[i] <= middle <= high[i]:
                continue
            seen = False
            for other in range(i):
                if who[other] == who[i] and low[other] <= middle <= high[other]:
                    seen = True
                    break
            if not seen:
                distinct += 1
        for i in range(min(distinct, k)):
            covered[v, i] += width * metres
