"""What lies within a walk of a station: points, and metres of street."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo import _circles, _cover
from geo.errors import InvalidValue
from geo.network import Network
from geo.plane import check_degrees, earth_centred, metres_per_degree
from geo.reach import Reach, Sources, along, check_count, check_limit, check_weights, flood
from geo.snap import Positions
from geo.weights import Weights

RADIUS_METRES = 1000.0


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

    A point on the same edge as a station walks straight to it. Of equally near stations the
    one with the smaller index comes first. Points outside the network reach nothing. Answers
    beyond the limit of ``reach`` are absent but for stations on the point's own edge.

    Raises:
        InvalidValue: if the weights or the reach are those of another network.
    """
    check_weights(network, weights)
    _check_reach(network, reach)
    seconds, owner = _cover.times_at(
        network.view, weights.view, stations.view, reach.view, along(weights, points)
    )
    return Nearest(seconds=seconds, owner=owner)


def nearest_seconds(
    network: Network,
    weights: Weights,
    stations: Sources,
    points: Positions,
    *,
    max_seconds: float = np.inf,
) -> NDArray[np.float32]:
    """Return the way from each point to its nearest station, shape (n,), infinite beyond the limit.

    Where there is no station at all it is infinite everywhere.

    Raises:
        InvalidValue: if the limit is not positive.
    """
    check_limit(max_seconds)
    if stations.served == 0:
        return np.full(len(points), np.inf, np.float32)
    reach = flood(network, weights, stations, max_seconds=max_seconds)
    seconds = times_at(network, weights, stations, reach, points).seconds[:, 0]
    return np.where(seconds <= max_seconds, seconds, np.float32(np.inf))


def street_metres(
    network: Network, weights: Weights, stations: Sources, reach: Reach, *, max_seconds: float
) -> NDArray[np.float32]:
    """Return the metres of each segment from which a station is within ``max_seconds``.

    Exact: segments are cut where the time ends.

    Returns:
        float32 of shape (vertices, k): metres reached by at least 1, 2, … k stations.

    Raises:
        InvalidValue: if the flood ended before ``max_seconds``, or the weights or the reach
            are those of another network.
    """
    check_weights(network, weights)
    _check_reach(network, reach)
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
    centred: NDArray[np.float64] | None = None,
) -> NDArray[np.int8]:
    """Count, up to k, the stations within a straight-line radius of each WGS-84 point.

    Args:
        centred: what :func:`geo.plane.earth_centred` says of the points, where it is known.

    Returns:
        int8 of shape (n,).

    Raises:
        InvalidValue: if a coordinate is no degree, the radius is not a finite number above 0,
            or k is not a whole number above 0.
    """
    check_degrees(longitude, latitude)
    _check_circles(station_longitude, station_latitude, k, radius_metres)
    if len(station_longitude) == 0 or len(longitude) == 0:
        return np.zeros(len(longitude), np.int8)
    if centred is None:
        centred = earth_centred(longitude, latitude)
    order, cells = _station_cells(station_longitude, station_latitude, radius_metres)
    there = earth_centred(station_longitude[order], station_latitude[order])
    counts: NDArray[np.int8] = _circles.radius_counts(
        longitude, latitude, centred, there, cells, float(radius_metres), k
    )
    return counts


def street_metres_within_radius(
    network: Network,
    station_longitude: NDArray[np.float64],
    station_latitude: NDArray[np.float64],
    *,
    k: int,
    radius_metres: float = RADIUS_METRES,
) -> NDArray[np.float32]:
    """Return the metres of walkable segments within a straight radius of 1, 2, … k stations.

    Exact: segments are cut where they enter and leave a circle. Circles are drawn in the
    plane that touches the ellipsoid at the segment, off by less than 1 in 10,000.

    Returns:
        float32 of shape (vertices, k).

    Raises:
        InvalidValue: if a coordinate is no degree, the radius is not a finite number above 0,
            or k is not a whole number above 0.
    """
    _check_circles(station_longitude, station_latitude, k, radius_metres)
    if len(station_longitude) == 0:
        return np.zeros((len(network.segment_metres), k), np.float32)
    order, cells = _station_cells(station_longitude, station_latitude, radius_metres)
    metres: NDArray[np.float32] = _circles.radius_metres(
        network.view,
        station_longitude[order],
        station_latitude[order],
        cells,
        float(radius_metres),
        k,
    )
    metres[network.walkable_metres == 0] = 0.0
    return metres


def _check_circles(
    longitude: NDArray[np.float64], latitude: NDArray[np.float64], k: int, radius_metres: float
) -> None:
    check_degrees(longitude, latitude)
    check_count("k", k, most=np.iinfo(np.int8).max)
    if not (np.isfinite(radius_metres) and radius_metres > 0):
        raise InvalidValue("radius_metres", radius_metres, "a finite distance above 0 m")


def _check_reach(network: Network, reach: Reach) -> None:
    if len(reach.seconds) != network.junctions:
        raise InvalidValue(
            "reach", reach.seconds.shape, f"one row for each of {network.junctions} junctions"
        )


def _station_cells(
    longitude: NDArray[np.float64], latitude: NDArray[np.float64], radius_metres: float
) -> tuple[NDArray[np.intp], _circles.StationCells]:
    """Sort stations into cells no narrower than the radius, anywhere between them."""
    narrowest = float(np.abs(latitude).max())
    per_longitude, _ = metres_per_degree(min(narrowest + 1.0, 89.0))
    _, per_latitude = metres_per_degree(0.0)
    west, south = float(longitude.min()), float(latitude.min())
    width, height = radius_metres / per_longitude, radius_metres / per_latitude
    # few stations far apart: wider cells, so that there are not more cells than needed
    most = 4 * len(longitude) + 1024
    while (np.ptp(longitude) / width + 1) * (np.ptp(latitude) / height + 1) > most:
        width, height = 2 * width, 2 * height
    column = ((longitude - west) / width).astype(np.int64)
    row = ((latitude - south) / height).astype(np.int64)
    columns, rows = int(column.max()) + 1, int(row.max()) + 1
    cell = row * columns + column
    pointer = np.zeros(columns * rows + 1, np.int64)
    np.cumsum(np.bincount(cell, minlength=columns * rows), out=pointer[1:])
    cells = _circles.StationCells(west, south, width, height, columns, rows, pointer)
    return np.argsort(cell, kind="stable"), cells
