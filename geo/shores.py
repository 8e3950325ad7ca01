"""Where water begins: what no straight leg from a point to a street may cross.

Areas of water (seas, lakes, rivers drawn by their banks) count from
:data:`MIN_SQUARE_METRES` on: one walks around a pond. Rivers and canals drawn as a line count
whole. Streams and ditches are stepped over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo._grid import Grid, index_segments
from geo._views import seal
from geo.basemap import Feature, Layer
from geo.plane import UNITS_PER_DEGREE, check_degrees, metres_per_degree

MIN_SQUARE_METRES = 500.0
# what of the base map's lines is too wide to step over
WIDE = frozenset(("river", "canal"))

# what leaves a vertex: nothing, an outline with the water on its left, or a river
END, OUTLINE, LINE = 0, 1, 2


class ShoresView(NamedTuple):
    """What kernels read of :class:`Shores`."""

    longitude: NDArray[np.int32]
    latitude: NDArray[np.int32]
    kind: NDArray[np.uint8]
    pointer: NDArray[np.int32]
    segment: NDArray[np.int32]
    grid: Grid


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shores:
    """Hold the edges of water in WGS-84 (EPSG:4326), in a grid.

    Attributes:
        longitude, latitude: int32 of shape (vertices,), in units of 1e-7 degree.
        kind: uint8 of shape (vertices,), what leads from a vertex to the next: 0 nothing, 1 the
            outline of an area with the water on its left, 2 a river or canal.
        pointer: int32 of shape (cells + 1,), segment: int32; segments, each by its first vertex,
            by cell of ``grid``.
        grid: the cells.
    """

    longitude: NDArray[np.int32]
    latitude: NDArray[np.int32]
    kind: NDArray[np.uint8]
    pointer: NDArray[np.int32]
    segment: NDArray[np.int32]
    grid: Grid
    # what kernels read; put together once
    view: ShoresView = field(init=False, repr=False)

    def __post_init__(self) -> None:
        view = ShoresView(
            self.longitude, self.latitude, self.kind, self.pointer, self.segment, self.grid
        )
        object.__setattr__(self, "view", view)
        seal(self)

    @property
    def segments(self) -> int:
        """Number of segments."""
        return int((self.kind != END).sum())


def no_shores() -> Shores:
    """Return the shores of a land without water."""
    return Shores(
        longitude=np.zeros(0, np.int32),
        latitude=np.zeros(0, np.int32),
        kind=np.zeros(0, np.uint8),
        pointer=np.zeros(2, np.int32),
        segment=np.zeros(0, np.int32),
        grid=Grid(0.0, 0.0, 1.0, 1.0, 1, 1),
    )


def make_shores(areas: Sequence[BaseGeometry], lines: Sequence[BaseGeometry] = ()) -> Shores:
    """Return the shores of areas of water and of rivers drawn as lines.

    Areas that touch or overlap become one, so that the seam of two pieces of a river is no
    shore. What is smaller than :data:`MIN_SQUARE_METRES` after that does not count.

    Args:
        areas: valid polygons or multipolygons, WGS-84 degrees, longitude first.
        lines: lines or multilines likewise.

    Raises:
        InvalidValue: if a coordinate is not finite or out of range.
    """
    drawn = shapely.get_coordinates([*areas, *lines])
    check_degrees(drawn[:, 0], drawn[:, 1])
    polygons = shapely.get_parts(shapely.union_all(list(areas)))
    polygons = polygons[_square_metres(polygons) >= MIN_SQUARE_METRES]
    # oriented so, rings run with the inside of the area on their left
    rings = shapely.get_rings(shapely.orient_polygons(polygons))
    rivers = shapely.get_parts(list(lines))
    chains = np.concatenate((rings, rivers))
    count = shapely.get_num_coordinates(chains)
    if not count.sum():
        return no_shores()
    units = np.round(shapely.get_coordinates(chains) * UNITS_PER_DEGREE).astype(np.int32)
    longitude, latitude = np.ascontiguousarray(units[:, 0]), np.ascontiguousarray(units[:, 1])
    chain_vertex = np.concatenate(([0], np.cumsum(count))).astype(np.int64)
    kind = np.repeat(np.repeat([OUTLINE, LINE], [len(rings), len(rivers)]), count)
    kind[chain_vertex[1:] - 1] = END
    grid, pointer, segment = index_segments(longitude, latitude, chain_vertex)
    return Shores(
        longitude=longitude,
        latitude=latitude,
        kind=kind.astype(np.uint8),
        pointer=pointer,
        segment=segment,
        grid=grid,
    )


def shores_of(features: Iterable[Feature]) -> Shores:
    """Return the shores of what a base map shows as water; other features are passed over."""
    areas: list[BaseGeometry] = []
    lines: list[BaseGeometry] = []
    for feature in features:
        if feature.layer is Layer.WATER:
            shape = shapely.from_wkb(feature.geometry)
            if shapely.get_dimensions(shape) == 2:
                areas.append(shape)
            elif feature.kind in WIDE:
                lines.append(shape)
    return make_shores(areas, lines)


def _square_metres(polygons: NDArray[np.object_]) -> NDArray[np.float64]:
    latitudes = shapely.bounds(polygons).reshape(-1, 4)[:, [1, 3]].mean(axis=1)
    metres = np.array([np.prod(metres_per_degree(latitude)) for latitude in latitudes])
    return np.asarray(shapely.area(polygons) * metres, np.float64)


@njit(cache=True, nogil=True)
def crosses_water(px: float, py: float, qx: float, qy: float, shores: ShoresView) -> bool:
    """Say whether a straight leg from P to Q enters an area of water or crosses a river.

    A leg may leave an area that it begins in. One that ends on the very shore does not enter.
    All coordinates are in units of 1e-7 degree, in which a straight line of some kilometres is
    one on the ground.
    """
    longitude, latitude, kind, pointer, segment, grid = shores
    west, south = grid.west * UNITS_PER_DEGREE, grid.south * UNITS_PER_DEGREE
    wide = grid.cell_longitude * UNITS_PER_DEGREE
    high = grid.cell_latitude * UNITS_PER_DEGREE
    # one unit more on every side, for what is rounded
    low_row = max(int(np.floor((min(py, qy) - 1.0 - south) / high)), 0)
    top_row = min(int(np.floor((max(py, qy) + 1.0 - south) / high)), grid.rows - 1)
    dx, dy = qx - px, qy - py
    for row in range(low_row, top_row + 1):
        xa, xb = px, qx
        if low_row != top_row and dy != 0.0:
            xa = px + dx * min(max((south + row * high - 1.0 - py) / dy, 0.0), 1.0)
            xb = px + dx * min(max((south + (row + 1) * high + 1.0 - py) / dy, 0.0), 1.0)
        first = max(int(np.floor((min(xa, xb) - 1.0 - west) / wide)), 0)
        last = min(int(np.floor((max(xa, xb) + 1.0 - west) / wide)), grid.columns - 1)
        for column in range(first, last + 1):
            cell = row * grid.columns + column
            for i in range(pointer[cell], pointer[cell + 1]):
                v = segment[i]
                ax, ay = longitude[v] - px, latitude[v] - py
                bx, by = longitude[v + 1] - px, latitude[v + 1] - py
                # half open, so that a leg through a vertex meets one of its two segments
                if (dx * ay - dy * ax > 0.0) == (dx * by - dy * bx > 0.0):
                    continue
                ex, ey = bx - ax, by - ay
                at_p = ey * ax - ex * ay
                at_q = at_p + ex * dy - ey * dx
                if kind[v] == LINE:
                    if (at_p < 0.0 and at_q > 0.0) or (at_p > 0.0 and at_q < 0.0):
                        return True
                elif at_p <= 0.0 and at_q > 0.0:
                    return True
    return False
