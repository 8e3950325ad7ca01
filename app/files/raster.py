"""GeoTIFF rasters of people: every cell with somebody in it becomes a point."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import Transformer

from app.domain.errors import FieldError, InvalidInput, UnreadableFile

Array = npt.NDArray[np.float64]

MAX_POINTS = 5_000_000
# of one point: more than any place on earth holds, and sums of it stay exact enough
MAX_WEIGHT = 1e9
_ENDINGS = (".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class Cells:
    """Centres of cells in WGS-84 degrees, and the weight of each, greater than zero."""

    longitude: Array
    latitude: Array
    weight: Array
    dropped: dict[str, int]


def is_raster(path: Path) -> bool:
    """Whether a file is named like a GeoTIFF."""
    return path.suffix.lower() in _ENDINGS


def read_cells(path: Path) -> Cells:
    """Read band 1 of a GeoTIFF, window by window.

    Cells without data and empty cells make no point; negative and absurd ones are counted as
    dropped.

    Raises:
        UnreadableFile: if it is absent, cut short or no raster.
        InvalidInput: if it states no reference system, or holds too many points.
    """
    if not path.is_file():
        raise UnreadableFile(f"Could not open {path.name}: no such file.", remedy="Check the path.")
    try:
        with rasterio.open(path) as raster:
            if raster.crs is None:
                raise _invalid("reference system", "the raster states none", path)
            return _cells(raster, path)
    except (rasterio.errors.RasterioError, rasterio.errors.CRSError) as error:
        raise UnreadableFile(
            f"{path.name} is not a GeoTIFF that can be read: {error}.",
            remedy="Copy or download it again.",
        ) from None


def _cells(raster: Any, path: Path) -> Cells:
    parts: list[tuple[Array, Array, Array]] = []
    dropped: Counter[str] = Counter()
    count = 0
    grid = raster.transform
    for _, window in raster.block_windows(1):
        block = raster.read(1, window=window, masked=True)
        values = np.ma.filled(block.astype(np.float64), np.nan)
        dropped["no data"] += int(np.isnan(values).sum())
        dropped["negative weight"] += int((values < 0).sum())
        dropped[f"weight above {MAX_WEIGHT:,.0f}"] += int((values > MAX_WEIGHT).sum())
        rows, columns = np.nonzero((values > 0) & (values <= MAX_WEIGHT))
        count += len(rows)
        if count > MAX_POINTS:
            message = f"more than {MAX_POINTS:,} cells hold people; cut the raster to the city"
            raise _invalid("size", message, path)
        # a cell's centre lies half a cell inside its corner
        right, down = columns + (window.col_off + 0.5), rows + (window.row_off + 0.5)
        x = grid.a * right + grid.b * down + grid.c
        y = grid.d * right + grid.e * down + grid.f
        parts.append((x, y, values[rows, columns]))
    x, y, weight = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    change = Transformer.from_crs(raster.crs.to_wkt(), "EPSG:4326", always_xy=True)
    longitude, latitude = change.transform(x, y)
    return Cells(
        np.asarray(longitude, dtype=np.float64),
        np.asarray(latitude, dtype=np.float64),
        weight,
        {reason: number for reason, number in dropped.items() if number},
    )


def _invalid(field: str, message: str, path: Path) -> InvalidInput:
    return InvalidInput(
        [FieldError(field, message)],
        attempted=f"read the people to be served from {path.name}",
        remedy="Export the raster again with a reference system, cut to the city.",
    )
