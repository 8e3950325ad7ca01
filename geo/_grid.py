"""A grid of cells over segments, so that those near a place are found without looking at all."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.plane import UNITS_PER_DEGREE, metres_per_degree

GRID_METRES = 100.0


class Grid(NamedTuple):
    """Cells of equal degrees, about :data:`GRID_METRES` wide; origin in the south-west."""

    west: float
    south: float
    cell_longitude: float
    cell_latitude: float
    columns: int
    rows: int


def index_segments(
    longitude: NDArray[np.int32], latitude: NDArray[np.int32], chain_vertex: NDArray[np.int64]
) -> tuple[Grid, NDArray[np.int32], NDArray[np.int32]]:
    """Sort segments into cells, coarser ones where segments are few and far between.

    Args:
        longitude, latitude: int32 of shape (vertices,), fixed-point degrees; at least one.
        chain_vertex: int64 of shape (chains + 1,), pointers into the vertices; a segment runs
            from each vertex to the next of its chain.

    Returns:
        the grid; int32 of shape (cells + 1,), pointers; and int32, the first vertex of every
        segment whose bounding box touches a cell, cells by rows from the south-west.
    """
    west, south = longitude.min() / UNITS_PER_DEGREE, latitude.min() / UNITS_PER_DEGREE
    east, north = longitude.max() / UNITS_PER_DEGREE, latitude.max() / UNITS_PER_DEGREE
    per_longitude, per_latitude = metres_per_degree((south + north) / 2)
    area = max((east - west) * per_longitude, 1.0) * max((north - south) * per_latitude, 1.0)
    cell = max(GRID_METRES, float(np.sqrt(area / (4 * len(longitude) + 64))))
    grid = Grid(
        west=float(west),
        south=float(south),
        cell_longitude=cell / per_longitude,
        cell_latitude=cell / per_latitude,
        columns=int((east - west) * per_longitude / cell) + 1,
        rows=int((north - south) * per_latitude / cell) + 1,
    )
    column = ((longitude / UNITS_PER_DEGREE - grid.west) / grid.cell_longitude).astype(np.int32)
    row = ((latitude / UNITS_PER_DEGREE - grid.south) / grid.cell_latitude).astype(np.int32)
    pointer, members = _fill(
        chain_vertex,
        np.minimum(column, grid.columns - 1),
        np.minimum(row, grid.rows - 1),
        grid.columns,
        grid.rows,
    )
    return grid, pointer.astype(np.int32), members


@njit(cache=True, nogil=True)
def _fill(
    chain_vertex: NDArray[np.int64],
    column: NDArray[np.int32],
    row: NDArray[np.int32],
    columns: int,
    rows: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return for every cell the segments whose bounding box touches it, as compressed rows."""
    pointer = np.zeros(columns * rows + 1, np.int64)
    for phase in range(2):
        if phase == 1:
            for c in range(columns * rows):
                pointer[c + 1] += pointer[c]
            fill = pointer[:-1].copy()
            members = np.empty(pointer[-1], np.int32)
        for e in range(len(chain_vertex) - 1):
            for v in range(chain_vertex[e], chain_vertex[e + 1] - 1):
                for r in range(min(row[v], row[v + 1]), max(row[v], row[v + 1]) + 1):
                    low = min(column[v], column[v + 1])
                    for c in range(low, max(column[v], column[v + 1]) + 1):
                        cell = r * columns + c
                        if phase == 0:
                            pointer[cell + 1] += 1
                        else:
                            members[fill[cell]] = v
                            fill[cell] += 1
    return pointer, members
