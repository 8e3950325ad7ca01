"""Kernels of circles: which points and metres of street lie within a straight line of stations."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._cover import measure
from geo._views import NetworkView
from geo.plane import metres_per_degree


class StationCells(NamedTuple):
    """Stations sorted into cells, row by row from the south-west."""

    west: float
    south: float
    cell_longitude: float
    cell_latitude: float
    columns: int
    rows: int
    pointer: NDArray[np.int64]


@njit(cache=True, nogil=True)
def radius_metres(
    network: NetworkView,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    cells: StationCells,
    radius: float,
    k: int,
) -> NDArray[np.float32]:
    """Measure each segment by how many circles hold it; stations in the order of their cells.

    Neighbouring segments lie in the same circles: those that held the one before are tried first.
    """
    covered = np.zeros((len(network.segment_metres), k), np.float32)
    low = np.empty(len(longitude), np.float64)
    high = np.empty(len(longitude), np.float64)
    who = np.empty(len(longitude), np.int32)
    cuts = np.empty(2 * len(longitude) + 2, np.float64)
    holders = np.empty(k, np.int64)
    held = 0
    east = north = 0.0
    band = np.int64(1) << 40
    for v in range(len(network.segment_metres)):
        metres = network.segment_metres[v]
        if metres <= 0.0:
            continue
        lon = network.vertex_longitude[v] / 1e7
        lat = network.vertex_latitude[v] / 1e7
        # a degree changes by less than one in a million over so narrow a band of latitude
        if network.vertex_latitude[v] >> 9 != band:
            band = network.vertex_latitude[v] >> 9
            east, north = metres_per_degree(lat)
        dx = (network.vertex_longitude[v + 1] / 1e7 - lon) * east
        dy = (network.vertex_latitude[v + 1] / 1e7 - lat) * north
        whole = 0
        for h in range(held):
            x = (longitude[holders[h]] - lon) * east
            y = (latitude[holders[h]] - lat) * north
            whole += (
                x * x + y * y <= radius * radius
                and (x - dx) * (x - dx) + (y - dy) * (y - dy) <= radius * radius
            )
        if whole >= k:
            for i in range(k):
                covered[v, i] = metres
            continue
        # a long segment reaches circles beyond the neighbouring cells
        reach = radius + np.hypot(dx, dy)
        left = int(np.floor((lon - reach / east - cells.west) / cells.cell_longitude))
        right = int(np.floor((lon + reach / east - cells.west) / cells.cell_longitude))
        below = int(np.floor((lat - reach / north - cells.south) / cells.cell_latitude))
        above = int(np.floor((lat + reach / north - cells.south) / cells.cell_latitude))
        count = held = 0
        for row in range(max(below, 0), min(above, cells.rows - 1) + 1):
            for column in range(max(left, 0), min(right, cells.columns - 1) + 1):
                cell = row * cells.columns + column
                s = cells.pointer[cell]
                while s < cells.pointer[cell + 1] and held < k:
                    x = (longitude[s] - lon) * east
                    y = (latitude[s] - lat) * north
                    begin, end = _chord(x, y, dx, dy, radius)
                    if end > begin:
                        if begin <= 0.0 and end >= 1.0:
                            holders[held] = s
                            held += 1
                        low[count] = begin
                        high[count] = end
                        who[count] = s
                        count += 1
                    s += 1
        if held >= k:
            for i in range(k):
                covered[v, i] = metres
        elif count > 0:
            measure(covered, v, metres, low, high, who, count, cuts)
    return covered


@njit(cache=True, nogil=True)
def radius_counts(
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    centred: NDArray[np.float64],
    station_centred: NDArray[np.float64],
    cells: StationCells,
    radius: float,
    k: int,
) -> NDArray[np.int8]:
    """Count up to k stations within a chord of each point; stations in the order of their cells."""
    counts = np.zeros(len(longitude), np.int8)
    # what lies in the neighbouring cell is nearer than a cell's width
    squared = radius * radius
    for p in range(len(longitude)):
        column = int(np.floor((longitude[p] - cells.west) / cells.cell_longitude))
        row = int(np.floor((latitude[p] - cells.south) / cells.cell_latitude))
        count = 0
        for r in range(max(row - 1, 0), min(row + 1, cells.rows - 1) + 1):
            for c in range(max(column - 1, 0), min(column + 1, cells.columns - 1) + 1):
                cell = r * cells.columns + c
                s = cells.pointer[cell]
                while s < cells.pointer[cell + 1] and count < k:
                    x = station_centred[s, 0] - centred[p, 0]
                    y = station_centred[s, 1] - centred[p, 1]
                    z = station_centred[s, 2] - centred[p, 2]
                    count += x * x + y * y + z * z <= squared
                    s += 1
        counts[p] = count
    return counts


@njit(cache=True, nogil=True, inline="always")
def _chord(x: float, y: float, dx: float, dy: float, radius: float) -> tuple[float, float]:
    """Return the fractions of a segment from the origin between which it lies in a circle."""
    squared = dx * dx + dy * dy
    outside = x * x + y * y - radius * radius
    if squared == 0.0:
        return (0.0, 1.0) if outside <= 0.0 else (1.0, 0.0)
    along = (x * dx + y * dy) / squared
    root = along * along - outside / squared
    if root < 0.0:
        return 1.0, 0.0
    half = np.sqrt(root)
    return max(along - half, 0.0), min(along + half, 1.0)
