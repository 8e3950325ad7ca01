"""Contour lines of an elevation model, for the picture."""

from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from geo.elevation import sample
from geo.plane import metres_per_degree

CELL_METRES = 12.0
SMOOTH_CELLS = 2.0


def contours(
    model: Path, bounds: tuple[float, float, float, float], *, step_metres: float
) -> dict[float, NDArray[np.object_]]:
    """Return lines in WGS-84 by height, over west, south, east, north in degrees."""
    west, south, east, north = bounds
    per_longitude, per_latitude = metres_per_degree((south + north) / 2)
    lon = np.arange(west, east, CELL_METRES / per_longitude)
    lat = np.arange(south, north, CELL_METRES / per_latitude)
    x, y = np.meshgrid(lon, lat)
    sampled = sample([model], longitude=x.ravel(), latitude=y.ravel()).reshape(x.shape)
    heights = gaussian_filter(np.nan_to_num(sampled.astype(np.float64)), SMOOTH_CELLS)
    levels = np.arange(
        np.ceil(heights.min() / step_metres) * step_metres, heights.max(), step_metres
    )
    return {float(level): _at(x, y, heights - level) for level in levels if level > 0}


def _at(
    x: NDArray[np.float64], y: NDArray[np.float64], height: NDArray[np.float64]
) -> NDArray[np.object_]:
    """Join where the sides of triangles cross height 0; two triangles a cell."""
    height = np.where(height == 0.0, 1e-9, height)
    points = np.stack((x, y, height), axis=-1)
    corner = points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]
    pieces = []
    for a, b, c in ((0, 1, 2), (0, 2, 3)):
        triangle = np.stack([corner[i].reshape(-1, 3) for i in (a, b, c)], axis=1)
        above = triangle[:, :, 2] > 0
        mixed = triangle[above.any(axis=1) & ~above.all(axis=1)]
        sides = np.stack((mixed, np.roll(mixed, -1, axis=1)), axis=2)
        crossed = (sides[:, :, 0, 2] > 0) != (sides[:, :, 1, 2] > 0)
        start, end = sides[crossed][:, 0], sides[crossed][:, 1]
        share = start[:, 2:] / (start[:, 2:] - end[:, 2:])
        pieces.append((start[:, :2] + share * (end[:, :2] - start[:, :2])).reshape(-1, 2, 2))
    lines = np.concatenate(pieces)
    if not len(lines):
        return np.array([], object)
    merged = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(lines)))
    return np.asarray(shapely.get_parts(merged))
