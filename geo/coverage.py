"""What lies within a walk of a station: points, and metres of street."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo import _cover
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
    seconds, owner = _cover.times_at(
        network.view, weights.view, stations.view, reach.view, along(weights, points)
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
    metres: NDArray[np.float32] = _cover.street_metres(
        network.view, weights.view, stations.view, reach.view, float(max_seconds)
    )
    return metres


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
