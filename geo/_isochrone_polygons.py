"""From reached streets to polygons: boxes of the lattice, their fields, rings, shapes."""

import math
from typing import Any, NamedTuple, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from geo._isochrone_field import OUTSIDE, fields
from geo._isochrone_pieces import Box, Lattice, Reached, bounds, collect_pieces
from geo._isochrone_rings import PARTS, trace
from geo._views import NetworkView, WeightsView
from geo.errors import InvalidValue
from geo.network import Network
from geo.plane import UNITS_PER_DEGREE, metres_per_degree

# a strip's distances take some 30 bytes a cell
STRIP_CELLS = 1 << 20
MOST_CELLS = 1 << 28
LEAST_METRES, MOST_METRES = 1e-3, 1e6
# degrees of the lattice are multiples of 2**-36, so that every point of an outline, at
# 1/256 of a cell, is a float64 without rounding
_FINEST = 2.0**36


class Plan(NamedTuple):
    """A lattice over a network, and its cell in degrees."""

    lattice: Lattice
    west: float
    south: float
    cell_longitude: float
    cell_latitude: float
    cell_metres: float


def plan_lattice(network: Network, cell_metres: float, off_street_metres: float) -> Plan:
    """Lay cells over a network, square at its middle latitude.

    Raises:
        InvalidValue: if a length is below a millimetre, above 1,000 km or no number.
    """
    for name, value in (("cell_metres", cell_metres), ("off_street_metres", off_street_metres)):
        if not LEAST_METRES <= value <= MOST_METRES:
            expected = f"a length from {LEAST_METRES:g} to {MOST_METRES:g} m"
            raise InvalidValue(name, value, expected)
    grid = network.grid
    per_longitude, per_latitude = metres_per_degree(grid.south + grid.rows * grid.cell_latitude / 2)
    cell_longitude = max(round(cell_metres / per_longitude * _FINEST), 1) / _FINEST
    cell_latitude = max(round(cell_metres / per_latitude * _FINEST), 1) / _FINEST
    west = math.floor(grid.west * _FINEST) / _FINEST
    south = math.floor(grid.south * _FINEST) / _FINEST
    lattice = Lattice(
        west * UNITS_PER_DEGREE,
        south * UNITS_PER_DEGREE,
        1 / (cell_longitude * UNITS_PER_DEGREE),
        1 / (cell_latitude * UNITS_PER_DEGREE),
        off_street_metres / cell_metres,
    )
    return Plan(lattice, west, south, cell_longitude, cell_latitude, cell_metres)


def draw_polygons(
    network: NetworkView,
    weights: WeightsView,
    grid: tuple[float, float, float, float, int, int],
    plan: Plan,
    reached: Reached,
) -> NDArray[np.object_]:
    """Return a Polygon or MultiPolygon a limit, shape (limits,), empty where nothing is reached."""
    box = _box(network, plan, reached)
    if box is None:
        return np.full(reached.limits, shapely.Polygon(), dtype=object)
    field = np.empty((reached.limits, box.rows, box.columns), np.int16)
    halo = math.ceil(plan.lattice.off_street) + 2
    height = max(STRIP_CELLS // box.columns - 2 * halo, halo)
    for first in range(0, box.rows, height):
        after = min(first + height, box.rows)
        low, high = max(first - halo, 0), min(after + halo, box.rows)
        strip = Box(box.column, box.row + low, box.columns, high - low)
        pieces = collect_pieces(network, weights, grid, reached, plan.lattice, strip)
        part = fields(pieces, reached.limits, plan.lattice, strip)
        field[:, first:after] = part[:, first - low : after - low]
    field[:, [0, -1], :] = OUTSIDE
    field[:, :, [0, -1]] = OUTSIDE
    return np.array([_shape(layer, plan, box) for layer in field], dtype=object)


def _box(network: NetworkView, plan: Plan, reached: Reached) -> Box | None:
    """Return the cells within the off-street reach of the largest limit, with a rim."""
    lattice = plan.lattice
    west, south, east, north = bounds(network, reached)
    if west > east:
        return None
    margin = math.ceil(lattice.off_street) + 2
    column = math.floor((west - lattice.longitude) * lattice.per_longitude) - margin
    row = math.floor((south - lattice.latitude) * lattice.per_latitude) - margin
    last_column = math.ceil((east - lattice.longitude) * lattice.per_longitude) + margin
    last_row = math.ceil((north - lattice.latitude) * lattice.per_latitude) + margin
    box = Box(column, row, last_column - column + 1, last_row - row + 1)
    cells = box.columns * box.rows * reached.limits
    if cells > MOST_CELLS:
        least = plan.cell_metres * math.sqrt(cells / MOST_CELLS)
        raise InvalidValue(
            "cell_metres", plan.cell_metres, f"at least {least:.3g} m for so large a reach"
        )
    return box


def _shape(field: NDArray[np.int16], plan: Plan, box: Box) -> shapely.Geometry:
    """Put the rings of an outline together, outer ones with their holes."""
    rings = trace(field)
    count = len(rings.parent)
    if count == 0:
        return shapely.Polygon()
    degrees = np.empty(rings.points.shape)
    degrees[:, 0] = rings.points[:, 0] + PARTS * box.column
    degrees[:, 1] = rings.points[:, 1] + PARTS * box.row
    degrees *= (plan.cell_longitude / PARTS, plan.cell_latitude / PARTS)
    degrees += (plan.west, plan.south)
    ring = np.repeat(np.arange(count), np.diff(rings.pointer))
    shells = np.asarray(shapely.linearrings(degrees, indices=ring))
    # an outer ring is traced before its holes
    order = np.argsort(rings.parent, kind="stable")
    outer = rings.parent[order] == order
    polygons = np.asarray(shapely.polygons(shells[order], indices=np.cumsum(outer) - 1))
    shape: Any = polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)
    return cast("shapely.Geometry", shape)
