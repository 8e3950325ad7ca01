"""Kernels that trace the outline of a field: rings, outer ones and holes.

The field is linear on triangles of lattice points, each square cut from its
south-western to its north-eastern corner; the outline is where it is 0. A point
of it lies on the side of a triangle between a value above 0 and one below,
at one of 255 places that are found by a division of whole numbers. So what lies
inside the outline of a field lies, exactly, inside that of a larger field; and
as no value is 0, every such side carries one point, every point two neighbours,
and rings are simple and apart.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

PARTS = 256
# neighbours of a lattice point, anticlockwise
_COLUMN = np.array([1, 1, 0, -1, -1, 0], np.int64)
_ROW = np.array([0, 1, 1, 0, -1, -1], np.int64)


class Rings(NamedTuple):
    """Points in parts of a cell, ring by ring without a closing point; which ring each is of.

    ``parent`` is the outer ring a hole lies in, and a ring itself where it is outer.
    """

    points: NDArray[np.int64]
    pointer: NDArray[np.int64]
    parent: NDArray[np.int32]


@njit(cache=True, nogil=True)
def trace(field: NDArray[np.int16]) -> Rings:
    """Follow every ring of the outline, what is above 0 on its left.

    All values on the border of the field are below 0. A ring starts on the side
    first met row by row: from outside to inside it is an outer ring, and a hole
    lies in the ring, or beside the hole, that was crossed last before it.
    """
    rows, columns = field.shape
    label = np.full((rows, columns), np.int32(-1))
    points = np.empty((1024, 2), np.int64)
    pointer = np.zeros(64, np.int64)
    parent = np.empty(64, np.int32)
    count = 0
    rings = 0
    for row in range(rows):
        crossed = -1
        for column in range(columns - 1):
            enters = field[row, column + 1] > 0
            if (field[row, column] > 0) == enters:
                continue
            if label[row, column] >= 0:
                crossed = label[row, column]
                continue
            if rings + 1 >= len(pointer):
                pointer = np.concatenate((pointer, np.empty_like(pointer)))
                parent = np.concatenate((parent, np.empty_like(parent)))
            parent[rings] = rings if enters else parent[crossed]
            crossed = rings
            c, r, way = column, row, 0
            if enters:
                c, way = column + 1, 3
            c0, r0, way0 = c, r, way
            while True:
                if count == len(points):
                    points = np.concatenate((points, np.empty_like(points)))
                inside = np.int64(field[r, c])
                outside = np.int64(field[r + _ROW[way], c + _COLUMN[way]])
                part = int(PARTS * inside // (inside - outside))
                part = min(max(part, 1), PARTS - 1)
                points[count, 0] = PARTS * c + part * _COLUMN[way]
                points[count, 1] = PARTS * r + part * _ROW[way]
                count += 1
                if way == 0:
                    label[r, c] = rings
                elif way == 3:
                    label[r, c - 1] = rings
                turn = way + 1 if way < 5 else 0
                if field[r + _ROW[turn], c + _COLUMN[turn]] > 0:
                    c, r = c + _COLUMN[turn], r + _ROW[turn]
                    way = way - 1 if way > 0 else 5
                else:
                    way = turn
                if c == c0 and r == r0 and way == way0:
                    break
            rings += 1
            pointer[rings] = count
    return Rings(points[:count].copy(), pointer[: rings + 1].copy(), parent[:rings].copy())
