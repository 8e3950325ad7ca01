"""Sample one elevation raster at points."""

import warnings
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from geo.errors import SourceUnreadable

Heights = NDArray[np.float32]
Degrees = NDArray[np.float64]

# what a shuttle-mission tile writes where it saw nothing, declared or not
VOID = -32768
# the shore of the Dead Sea lies at -430 m, the top of Everest at 8,849 m
LOWEST_METRES, HIGHEST_METRES = -500.0, 9000.0
# a strip of a one-degree tile of one arc second takes some 30 MB
_STRIP_ROWS = 2048
_WGS84 = 4326


def sample_raster(path: Path, longitude: Degrees, latitude: Degrees) -> Heights:
    """Interpolate bilinearly between the four nearest pixel centres of the first band.

    Args:
        path: a GeoTIFF in any coordinate system, an ``.hgt`` tile, or what else GDAL reads.
        longitude, latitude: float64 of shape (n,), WGS-84 degrees.

    Returns:
        float32 of shape (n,), metres; NaN outside, and where a pixel that counts has no value.
        In the outer half pixel, the nearest centre stands for the missing neighbour.

    Raises:
        SourceUnreadable: the file cannot be read, or does not say where on earth it lies.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as raster:
                return _sample(raster, path, longitude, latitude)
    except (RasterioError, OSError) as error:
        raise SourceUnreadable(str(path), _reason(path, error)) from None


def _sample(
    raster: rasterio.DatasetReader, path: Path, longitude: Degrees, latitude: Degrees
) -> Heights:
    if raster.crs is None:
        raise SourceUnreadable(str(path), "it does not say in which coordinate system it is")
    column, row = _pixels(raster, longitude, latitude)
    heights = np.full(len(longitude), np.nan, dtype=np.float32)
    edge = 0.5
    inside = (
        (column >= -edge)
        & (row >= -edge)
        & (column <= raster.width - edge)
        & (row <= raster.height - edge)
    )
    at = np.flatnonzero(inside)
    if not len(at):
        return heights
    column = np.clip(column[at], 0, raster.width - 1)
    row = np.clip(row[at], 0, raster.height - 1)
    strip = row.astype(np.int64) // _STRIP_ROWS
    for part in np.unique(strip):
        chosen = np.flatnonzero(strip == part)
        heights[at[chosen]] = _interpolate(raster, column[chosen], row[chosen])
    return heights


def _pixels(
    raster: rasterio.DatasetReader, longitude: Degrees, latitude: Degrees
) -> tuple[Degrees, Degrees]:
    """Return fractional columns and rows, 0 at the centre of the first pixel."""
    to_raster = Transformer.from_crs(_WGS84, raster.crs.to_wkt(), always_xy=True)
    x, y = to_raster.transform(longitude, latitude)
    inverse = ~raster.transform
    # whatever the file calls its registration, GDAL's transform speaks of pixel corners
    column = inverse.a * x + inverse.b * y + inverse.c - 0.5
    row = inverse.d * x + inverse.e * y + inverse.f - 0.5
    return column, row


def _interpolate(raster: rasterio.DatasetReader, column: Degrees, row: Degrees) -> Heights:
    left, top = int(column.min()), int(row.min())
    right = min(int(column.max()) + 2, raster.width)
    bottom = min(int(row.max()) + 2, raster.height)
    grid = _read(raster, Window(left, top, right - left, bottom - top))
    column, row = column - left, row - top
    # the last pixel has no neighbour: it is paired with the one before, at full weight
    west = np.clip(column.astype(np.int64), 0, max(grid.shape[1] - 2, 0))
    north = np.clip(row.astype(np.int64), 0, max(grid.shape[0] - 2, 0))
    east = np.minimum(west + 1, grid.shape[1] - 1)
    south = np.minimum(north + 1, grid.shape[0] - 1)
    to_east, to_south = column - west, row - north
    total = np.zeros(len(column))
    for y, weight_y in ((north, 1 - to_south), (south, to_south)):
        for x, weight_x in ((west, 1 - to_east), (east, to_east)):
            weight = weight_x * weight_y
            # a pixel of no weight may be void without spoiling the sum
            total += np.where(weight > 0, weight * grid[y, x], 0.0)
    return total.astype(np.float32)


def _read(raster: rasterio.DatasetReader, window: Window) -> Degrees:
    band = raster.read(1, window=window, masked=True)
    raw = band.astype(np.float64).filled(np.nan)
    grid: Degrees = raw * raster.scales[0] + raster.offsets[0]
    impossible = (raw == VOID) | ~((grid > LOWEST_METRES) & (grid < HIGHEST_METRES))
    grid[impossible] = np.nan
    return grid


def _reason(path: Path, error: Exception) -> str:
    if not path.exists():
        return "no such file or directory"
    if "not recognized" in str(error):
        return (
            "it is not an elevation raster: give a GeoTIFF, or a whole .hgt tile that keeps its "
            "name (such as N29E106.hgt)"
        )
    return "it is damaged or cut short; fetch it again"
