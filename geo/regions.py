"""Polygons and what of streets and ground lies in them, in WGS-84 degrees, longitude first."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPoint
from shapely.geometry.base import BaseGeometry

from geo.errors import InvalidValue
from geo.network import Network
from geo.plane import UNITS_PER_DEGREE, check_degrees, metres_per_degree
from geo.streets import Mode

CELL_METRES = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Middles of equal squares that stand for a shape.

    Attributes:
        longitude, latitude: float64 of shape (cells,), WGS-84 degrees.
        side_metres: of one square.
        square_metres: of the shape itself, not of its squares.
    """

    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    side_metres: float
    square_metres: float


def check_shape(shape: BaseGeometry) -> None:
    """Refuse a polygon that nothing can be told to lie in.

    Raises:
        InvalidValue: if it is empty, no polygon, or not valid.
        NotDegrees: if it has coordinates that are no degrees.
    """
    if shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise InvalidValue("shape", shape.geom_type, "a polygon or multipolygon that is not empty")
    coordinates = shapely.get_coordinates(shape)
    check_degrees(coordinates[:, 0], coordinates[:, 1])
    if not shape.is_valid:
        raise InvalidValue("shape", shapely.is_valid_reason(shape), "a valid polygon")


def holds(
    shape: BaseGeometry, longitude: NDArray[np.float64], latitude: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return bool of shape (n,): which points lie inside, not on the outline."""
    shapely.prepare(shape)
    inside: NDArray[np.bool_] = shapely.contains_xy(shape, longitude, latitude)
    return inside


def hull(network: Network) -> BaseGeometry:
    """Return the convex hull of the streets that are connected for walkers.

    Streets along one line have a hull without an area: it is widened by :data:`CELL_METRES`.
    """
    walked = (network.edge_connected & Mode.WALK) != 0
    ends = np.unique(np.concatenate((network.edge_start[walked], network.edge_end[walked])))
    points = np.column_stack((network.junction_longitude[ends], network.junction_latitude[ends]))
    shape = MultiPoint(points / UNITS_PER_DEGREE).convex_hull
    if shape.is_empty or shape.area > 0:
        return shape
    _, per_latitude = metres_per_degree(shape.centroid.y)
    return shape.buffer(CELL_METRES / per_latitude)


def cells(shape: BaseGeometry, *, most: int) -> Cells:
    """Cover a shape that is not empty with squares of 50 m, larger where they would be too many."""
    west, south, east, north = shape.bounds
    per_longitude, per_latitude = metres_per_degree((south + north) / 2)
    square = float(shape.area * per_longitude * per_latitude)
    side = max(CELL_METRES, float(np.sqrt(square / most)))
    lon = np.arange(west + side / per_longitude / 2, east, side / per_longitude)
    lat = np.arange(south + side / per_latitude / 2, north, side / per_latitude)
    grid_lon, grid_lat = (axis.ravel() for axis in np.meshgrid(lon, lat))
    inside = holds(shape, grid_lon, grid_lat)
    if not inside.any():  # a sliver that no middle fell into
        point = shape.representative_point()
        return Cells(np.array([point.x]), np.array([point.y]), side, square)
    return Cells(grid_lon[inside], grid_lat[inside], side, square)


def middles(network: Network) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return lon, lat of the middle of every segment, shape (vertices,) each."""
    following = np.minimum(
        np.arange(len(network.vertex_longitude)) + 1, len(network.vertex_longitude) - 1
    )
    lon = network.vertex_longitude.astype(np.float64)
    lat = network.vertex_latitude.astype(np.float64)
    return (
        (lon + lon[following]) / (2 * UNITS_PER_DEGREE),
        (lat + lat[following]) / (2 * UNITS_PER_DEGREE),
    )
