"""A made-up elevation model for cities that bring none."""

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

from geo.plane import metres_per_degree
from geo.streets import StreetGraph

CELL_METRES = 30.0
MARGIN_CELLS = 10
# hills of several widths, each with its height, as a real ground has them
_WAVES_METRES = ((5000.0, 80.0), (1700.0, 30.0), (600.0, 8.0), (110.0, 1.0))


def made_up_heights(streets: StreetGraph, path: Path) -> Path:
    """Write a GeoTIFF of rolling hills under all streets, cells of 30 m, WGS-84 (EPSG:4326)."""
    west, east = float(streets.longitude.min()), float(streets.longitude.max())
    south, north = float(streets.latitude.min()), float(streets.latitude.max())
    per_longitude, per_latitude = metres_per_degree((south + north) / 2)
    step = CELL_METRES / per_longitude, CELL_METRES / per_latitude
    columns = int((east - west) / step[0]) + 2 * MARGIN_CELLS
    rows = int((north - south) / step[1]) + 2 * MARGIN_CELLS
    x = np.arange(columns) * CELL_METRES
    y = np.arange(rows)[:, None] * CELL_METRES
    heights = sum(
        height * (np.sin(2 * np.pi * x / wave) + np.sin(2 * np.pi * y / wave + 1.0))
        for wave, height in _WAVES_METRES
    )
    profile = {
        "driver": "GTiff",
        "width": columns,
        "height": rows,
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "transform": from_origin(
            west - MARGIN_CELLS * step[0], north + MARGIN_CELLS * step[1], *step
        ),
    }
    with rasterio.open(path, "w", **profile) as file:
        file.write(np.asarray(heights, np.float32), 1)
    return path
