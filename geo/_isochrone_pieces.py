"""Kernels that cut the streets of a part of the plane into pieces, by the limit that reaches them.

Coordinates are counted in cells from the network's south-western corner, so that every box
of one network sees the same numbers.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._isochrone_streets import Stretches
from geo._views import NetworkView, WeightsView


class Lattice(NamedTuple):
    """Cells of a network: fixed-point degrees of the origin, cells per unit, reach in cells."""

    longitude: float
    latitude: float
    per_longitude: float
    per_latitude: float
    off_street: float


class Box(NamedTuple):
    """A part of the lattice: its first column and row, and how many."""

    column: int
    row: int
    columns: int
    rows: int


class Reached(NamedTuple):
    """Touched edges, the stretches reached on them, and how to find them.

    An edge stamped with ``turn`` was touched; ``slot`` is its index in ``edge``.
    """

    edge: NDArray[np.int32]
    stretches: Stretches
    limits: int
    stamp: NDArray[np.int32]
    slot: NDArray[np.int32]
    turn: int


class Pieces(NamedTuple):
    """Straight pieces of street: start, vector, one over its squared length, class."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    dx: NDArray[np.float64]
    dy: NDArray[np.float64]
    inverse: NDArray[np.float64]
    limit: NDArray[np.uint8]


@njit(cache=True, nogil=True)
def bounds(network: NetworkView, reached: Reached) -> tuple[int, int, int, int]:
    """Return west, south, east and north of the largest reach, fixed-point; west > east if none."""
    west, south = np.int64(2**40), np.int64(2**40)
    east, north = -west, -south
    edges, stretches = len(reached.edge), reached.stretches
    for t in range(edges):
        first = network.edge_vertex[reached.edge[t]]
        at = (reached.limits - 1) * edges + t
        for i in range(stretches.pointer[at], stretches.pointer[at + 1]):
            v0 = first + np.int64(np.floor(stretches.low[i]))
            v1 = first + np.int64(np.ceil(stretches.high[i]))
            for v in range(v0, v1 + 1):
                west = min(west, network.vertex_longitude[v])
                east = max(east, network.vertex_longitude[v])
                south = min(south, network.vertex_latitude[v])
                north = max(north, network.vertex_latitude[v])
    return int(west), int(south), int(east), int(north)


@njit(cache=True, nogil=True, inline="always")
def _first_limit(
    pointer: NDArray[np.int64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    edges: int,
    limits: int,
    slot: int,
    offset: float,
) -> int:
    """Return the first limit that reaches an offset of an edge, ``limits`` if none does."""
    for i in range(limits):
        at = i * edges + slot
        for s in range(pointer[at], pointer[at + 1]):
            if low[s] <= offset <= high[s]:
                return i
    return limits


@njit(cache=True, nogil=True)
def _grid_cells(
    grid: tuple[float, float, float, float, int, int], lattice: Lattice, box: Box
) -> tuple[int, int, int, int]:
    """Return the columns and rows of the network's grid near a box: first and last of each."""
    west, south, cell_longitude, cell_latitude, columns, rows = grid
    # a street up to ``off_street`` beyond the box can be the nearest of a cell inside
    margin = lattice.off_street + 1
    origin_x = lattice.longitude / 1e7 - west
    origin_y = lattice.latitude / 1e7 - south
    to_columns = 1e-7 / lattice.per_longitude / cell_longitude
    to_rows = 1e-7 / lattice.per_latitude / cell_latitude
    x = origin_x / cell_longitude
    y = origin_y / cell_latitude
    return (
        max(int(np.floor(x + (box.column - margin) * to_columns)) - 1, 0),
        min(int(np.floor(x + (box.column + box.columns + margin) * to_columns)) + 1, columns - 1),
        max(int(np.floor(y + (box.row - margin) * to_rows)) - 1, 0),
        min(int(np.floor(y + (box.row + box.rows + margin) * to_rows)) + 1, rows - 1),
    )


@njit(cache=True, nogil=True)
def collect_pieces(
    network: NetworkView,
    weights: WeightsView,
    grid: tuple[float, float, float, float, int, int],
    reached: Reached,
    lattice: Lattice,
    box: Box,
) -> Pieces:
    """Return the streets near a box, cut where each limit ends, in the order of the grid."""
    west, south, cell_longitude, cell_latitude, columns, rows = grid
    stamp, slot_of, turn = reached.stamp, reached.slot, reached.turn
    edges, limits = len(reached.edge), reached.limits
    pointer, low, high = reached.stretches
    lon, lat = network.vertex_longitude, network.vertex_latitude
    c0, c1, r0, r1 = _grid_cells(grid, lattice, box)
    x0, x1 = box.column - lattice.off_street - 1, box.column + box.columns + lattice.off_street
    y0, y1 = box.row - lattice.off_street - 1, box.row + box.rows + lattice.off_street
    room = 2 * len(low)
    for r in range(r0, r1 + 1 if c0 <= c1 else r0):
        row = r * columns
        room += network.grid_pointer[row + c1 + 1] - network.grid_pointer[row + c0]
    x = np.empty(room, np.float64)
    y = np.empty(room, np.float64)
    dx = np.empty(room, np.float64)
    dy = np.empty(room, np.float64)
    inverse = np.empty(room, np.float64)
    limit = np.empty(room, np.uint8)
    cuts = np.empty(2 * len(low) + 2, np.float64)
    count = 0
    for cell in range((r1 - r0 + 1) * (c1 - c0 + 1) if c0 <= c1 and r0 <= r1 else 0):
        r = r0 + cell // (c1 - c0 + 1)
        c = c0 + cell % (c1 - c0 + 1)
        index = r * columns + c
        for g in range(network.grid_pointer[index], network.grid_pointer[index + 1]):
            v = np.int64(network.grid_segment[g])
            e = network.vertex_edge[v]
            if not (np.isfinite(weights.edge_forward[e]) or np.isfinite(weights.edge_backward[e])):
                continue
            # a segment stands in every grid cell of its box: take it in the first
            corner = min(lon[v], lon[v + 1]) / 1e7 - west, min(lat[v], lat[v + 1]) / 1e7 - south
            first_c = min(int(corner[0] / cell_longitude), columns - 1)
            first_r = min(int(corner[1] / cell_latitude), rows - 1)
            if max(first_c, c0) != c or max(first_r, r0) != r:
                continue
            ax = (lon[v] - lattice.longitude) * lattice.per_longitude
            ay = (lat[v] - lattice.latitude) * lattice.per_latitude
            vx = (lon[v + 1] - lattice.longitude) * lattice.per_longitude - ax
            vy = (lat[v + 1] - lattice.latitude) * lattice.per_latitude - ay
            if (
                max(ax, ax + vx) < x0
                or min(ax, ax + vx) > x1
                or max(ay, ay + vy) < y0
                or min(ay, ay + vy) > y1
            ):
                continue
            slot = slot_of[e] if stamp[e] == turn else -1
            offset = np.float64(v - network.edge_vertex[e])
            parts = 1
            if slot >= 0:
                parts = _cuts(pointer, low, high, edges, limits, slot, offset, cuts)
            f1 = 0.0
            for part in range(parts):
                f0 = f1
                f1 = cuts[part] if part + 1 < parts else 1.0
                if f1 <= f0:
                    continue
                x[count] = ax + f0 * vx
                y[count] = ay + f0 * vy
                dx[count] = (f1 - f0) * vx
                dy[count] = (f1 - f0) * vy
                squared = dx[count] ** 2 + dy[count] ** 2
                inverse[count] = 1.0 / squared if squared > 0.0 else 0.0
                limit[count] = limits
                if slot >= 0:
                    middle = offset + (f0 + f1) / 2
                    limit[count] = _first_limit(pointer, low, high, edges, limits, slot, middle)
                count += 1
    return Pieces(x[:count], y[:count], dx[:count], dy[:count], inverse[:count], limit[:count])


@njit(cache=True, nogil=True, inline="always")
def _cuts(
    pointer: NDArray[np.int64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    edges: int,
    limits: int,
    slot: int,
    offset: float,
    cuts: NDArray[np.float64],
) -> int:
    """Write where stretches begin or end inside a segment, ascending; return the parts."""
    count = 0
    for i in range(limits):
        at = i * edges + slot
        for s in range(pointer[at], pointer[at + 1]):
            for cut in (low[s] - offset, high[s] - offset):
                if 0.0 < cut < 1.0:
                    cuts[count] = cut
                    count += 1
    if count > 1:
        cuts[:count].sort()
    return count + 1
