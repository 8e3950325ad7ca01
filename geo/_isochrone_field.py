"""Kernels that give every cell of the plane to its nearest street, reached or not.

Lattice points are the centres of square cells. Nearest pieces of street spread
from the cells they cross to their neighbours in sweeps (Danielsson 1980,
Euclidean Distance Mapping, Computer Graphics and Image Processing 14), by
their distance itself, not that of the cells they cross.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._isochrone_pieces import Box, Lattice, Pieces

# the field in whole numbers: steps of a cell. Odd numbers only, so that none is 0
STEPS = 1024
# beyond this many cells the difference of two distances no longer moves the outline
MOST = 3.0
# what a cell that a street crosses is worth at least to the side of that street
CROSSED = 0.25
# streets that lie on each other are equally near whatever rounding says: the reached one counts
TIE = 1e-4
NO_STREET = 255
OUTSIDE = np.int16(-2 * int(MOST) * STEPS + 1)


@njit(cache=True, nogil=True, inline="always")
def _squared(
    px: NDArray[np.float64],
    py: NDArray[np.float64],
    pdx: NDArray[np.float64],
    pdy: NDArray[np.float64],
    inverse: NDArray[np.float64],
    p: int,
    x: float,
    y: float,
) -> float:
    """Return the squared distance of a point from a piece."""
    ex = x - px[p]
    ey = y - py[p]
    t = min(max((ex * pdx[p] + ey * pdy[p]) * inverse[p], 0.0), 1.0)
    ex = ex - t * pdx[p]
    ey = ey - t * pdy[p]
    return float(ex * ex + ey * ey)


@njit(cache=True, nogil=True)
def draw(
    pieces: Pieces,
    limit: int,
    box: Box,
    squared: NDArray[np.float64],
    nearest: NDArray[np.int32],
    crossed: NDArray[np.uint8],
) -> None:
    """Offer the pieces of one limit to the cells they cross and to those around them.

    Pieces beyond the box are offered to its nearest cells.
    """
    px, py, pdx, pdy, inverse = pieces.x, pieces.y, pieces.dx, pieces.dy, pieces.inverse
    columns, rows = box.columns, box.rows
    for p in range(len(px)):
        if pieces.limit[p] != limit:
            continue
        # cells are bounded by whole numbers, and the piece runs north
        u0 = px[p] + 0.5 - box.column
        v0 = py[p] + 0.5 - box.row
        u1 = u0 + pdx[p]
        v1 = v0 + pdy[p]
        if v0 > v1:
            u0, u1 = u1, u0
            v0, v1 = v1, v0
        j0 = int(np.floor(v0))
        j1 = int(np.floor(v1))
        slope = (u1 - u0) / (v1 - v0) if j1 > j0 else 0.0
        for j in range(j0 - 1, j1 + 2):
            # where the piece enters and leaves the row, or beyond its ends the next row
            row = min(max(j, j0), j1)
            ua = u0 + (row - v0) * slope if row > j0 else u0
            ub = u0 + (row + 1 - v0) * slope if row < j1 else u1
            i0 = int(np.floor(min(ua, ub)))
            i1 = int(np.floor(max(ua, ub)))
            jj = min(max(j, 0), rows - 1)
            crosses_row = j0 <= j <= j1 and j == jj
            y = np.float64(box.row + jj)
            for i in range(i0 - 1, i1 + 2):
                ii = min(max(i, 0), columns - 1)
                d = _squared(px, py, pdx, pdy, inverse, p, np.float64(box.column + ii), y)
                if d < squared[jj, ii]:
                    squared[jj, ii] = d
                    nearest[jj, ii] = p
                if crosses_row and i0 <= i <= i1 and i == ii and crossed[jj, ii] > limit:
                    crossed[jj, ii] = limit


@njit(cache=True, nogil=True)
def spread(
    pieces: Pieces,
    box: Box,
    farthest: float,
    squared: NDArray[np.float64],
    nearest: NDArray[np.int32],
) -> None:
    """Offer every cell the nearest pieces of its eight neighbours, in sweeps north and south."""
    px, py, pdx, pdy, inverse = pieces.x, pieces.y, pieces.dx, pieces.dy, pieces.inverse
    rows, columns = box.rows, box.columns
    most = farthest * farthest
    for step in (1, -1):
        for k in range(rows):
            j = k if step == 1 else rows - 1 - k
            y = np.float64(box.row + j)
            # the row before, then the row itself eastward and westward
            for shift in range(-1, 2 if k > 0 else -1):
                before = j - step
                for i in range(max(-shift, 0), min(columns - shift, columns)):
                    p = nearest[before, i + shift]
                    if p >= 0 and p != nearest[j, i] and squared[before, i + shift] <= most:
                        d = _squared(px, py, pdx, pdy, inverse, p, np.float64(box.column + i), y)
                        if d < squared[j, i]:
                            squared[j, i] = d
                            nearest[j, i] = p
            for i in range(1, columns):
                p = nearest[j, i - 1]
                if p >= 0 and p != nearest[j, i] and squared[j, i - 1] <= most:
                    d = _squared(px, py, pdx, pdy, inverse, p, np.float64(box.column + i), y)
                    if d < squared[j, i]:
                        squared[j, i] = d
                        nearest[j, i] = p
            for i in range(columns - 2, -1, -1):
                p = nearest[j, i + 1]
                if p >= 0 and p != nearest[j, i] and squared[j, i + 1] <= most:
                    d = _squared(px, py, pdx, pdy, inverse, p, np.float64(box.column + i), y)
                    if d < squared[j, i]:
                        squared[j, i] = d
                        nearest[j, i] = p


@njit(cache=True, nogil=True)
def fields(pieces: Pieces, limits: int, lattice: Lattice, box: Box) -> NDArray[np.int16]:
    """Return for each limit and cell how much farther the nearest unreached street is.

    In half steps, never 0; below 0 also where no reached street is near enough.
    Fields of larger limits are nowhere smaller: distances to what is reached are
    carried on from limit to limit, those to what is not in the other direction.

    Returns:
        int16 of shape (limits, rows, columns).
    """
    shape = (box.rows, box.columns)
    farthest = lattice.off_street + 1.5
    crossed = np.full(shape, np.uint8(NO_STREET))
    reached = np.empty((limits, box.rows, box.columns), np.float32)
    field = np.empty((limits, box.rows, box.columns), np.int16)
    squared = np.full(shape, np.inf)
    nearest = np.full(shape, np.int32(-1))
    for i in range(limits):
        draw(pieces, i, box, squared, nearest, crossed)
        spread(pieces, box, farthest, squared, nearest)
        for r in range(box.rows):
            for c in range(box.columns):
                reached[i, r, c] = np.sqrt(squared[r, c])
    squared[:] = np.inf
    nearest[:] = -1
    for i in range(limits - 1, -1, -1):
        draw(pieces, i + 1, box, squared, nearest, crossed)
        spread(pieces, box, farthest, squared, nearest)
        for r in range(box.rows):
            for c in range(box.columns):
                near = float(reached[i, r, c])
                value = lattice.off_street - near
                if value > -MOST:
                    value = min(value, float(np.sqrt(squared[r, c])) - near + TIE)
                if crossed[r, c] <= i:
                    value = max(value, CROSSED)
                elif crossed[r, c] != NO_STREET:
                    value = min(value, -CROSSED)
                value = min(max(value, -MOST), MOST)
                field[i, r, c] = 2 * np.int64(np.floor(value * STEPS)) + 1
    return field
