"""People to be served, in: weighted points from CSV, or the cells of a GeoTIFF."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.domain.errors import FieldError, InvalidInput
from app.domain.place import Bounds, place_problem
from app.files.encoding import decode
from app.files.raster import MAX_WEIGHT, is_raster, read_cells
from app.files.tables import delimiter_of, read_bytes

Array = npt.NDArray[np.float64]

_LONGITUDES = ("longitude", "lon", "lng", "long", "x", "经度")
_LATITUDES = ("latitude", "lat", "y", "纬度")
_WEIGHTS = ("population", "people", "pop", "weight", "count", "人口", "人数", "权重", "数量")

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class DemandPoints:
    """Weighted points; three arrays of one length, none with NaN.

    Attributes:
        longitude, latitude: degrees in the datum of the file; in WGS-84 if ``in_wgs84``.
        weight: people, or whatever the layer counts; from zero to a milliard.
        weight_name: the column, or band 1 of a raster.
        in_wgs84: a raster states its own reference system and has been converted.
        dropped: how many records were left out, by reason.
        numeric_columns: columns that could serve as the weight.
    """

    longitude: Array
    latitude: Array
    weight: Array
    weight_name: str
    in_wgs84: bool
    dropped: dict[str, int] = field(default_factory=dict)
    numeric_columns: tuple[str, ...] = ()


def read_points(
    path: Path,
    *,
    longitude_column: str | None = None,
    latitude_column: str | None = None,
    weight_column: str | None = None,
    unweighted: bool = False,
    bounds: Bounds | None = None,
) -> DemandPoints:
    """Read weighted points from a CSV file, or the cells of a GeoTIFF with people in them.

    A point of weight zero stays; a raster's empty cells do not become points.

    Args:
        longitude_column, latitude_column, weight_column: the columns, where they are not
            found by their usual names. A raster takes none of them.
        unweighted: every point of a CSV file counts 1.
        bounds: where points are expected (west, south, east, north), to notice exchanged
            longitude and latitude outside China.

    Raises:
        UnreadableFile: if it is neither, or damaged.
        InvalidInput: if a column is missing or could be several, if a raster states no
            reference system, or if no point is left.
    """
    if is_raster(path):
        return _raster_points(path)
    columns = _Columns(path.name, *_csv(path))
    x = columns.place("longitude", longitude_column, _LONGITUDES)
    y = columns.place("latitude", latitude_column, _LATITUDES)
    name = None if unweighted else columns.weight(weight_column, beside=(x, y))
    longitude, latitude = columns.numbers[x], columns.numbers[y]
    weight = columns.numbers[name] if name else np.ones(len(longitude))
    _refuse_swapped(longitude, latitude, bounds, path.name)
    keep, dropped = _sorted_out(longitude, latitude, weight)
    if not keep.any():
        reasons = ", ".join(f"{reason} in {count:,}" for reason, count in dropped.items())
        raise _invalid("rows", f"none of {len(keep):,} is usable: {reasons}", path.name)
    return DemandPoints(
        longitude[keep],
        latitude[keep],
        weight[keep],
        name or "each point counts 1",
        False,
        dropped,
        columns.numeric(beside=(x, y)),
    )


class _Columns:
    """The columns of a CSV file as numbers; NaN where a cell holds none."""

    def __init__(
        self, file_name: str, header: list[str], cells: list[list[str]], rows: list[int]
    ) -> None:
        self.file_name = file_name
        self.header = header
        self.rows = rows
        width = len(header)
        padded = [[*row, *[""] * (width - len(row))] for row in cells]
        self.texts = dict(zip(header, zip(*padded, strict=False), strict=False))
        self.numbers = {name: _numbers(texts) for name, texts in self.texts.items()}

    def place(self, field: str, given: str | None, usual: Sequence[str]) -> str:
        found = self._named(given) if given else self._usual(usual)
        if len(found) != 1:
            expected = given or " or ".join(usual[:3])
            listed = ", ".join(self.header)
            raise _invalid(field, f"no column {expected}; found {listed}", self.file_name)
        return found[0]

    def weight(self, given: str | None, *, beside: tuple[str, str]) -> str:
        numeric = self.numeric(beside=beside)
        listed = ", ".join(numeric) or "none"
        if given:
            if given not in numeric:
                message = (
                    f"{given} is no column of numbers{self._text_in(given)};"
                    f" such columns are: {listed}"
                )
                raise _invalid("weight", message, self.file_name)
            return given
        found = [name for name in self._usual(_WEIGHTS) if name in numeric]
        if len(found) == 1:
            return found[0]
        texts = [name for name in self._usual(_WEIGHTS) if self._text_in(name)]
        if texts and not found:
            message = f"{texts[0]} should hold it, but is no column of numbers"
            raise _invalid("weight", message + self._text_in(texts[0]), self.file_name)
        found = found or list(numeric)
        if len(found) == 1:
            return found[0]
        problem = f"could be {' or '.join(found)}" if found else "no column of numbers holds it"
        message = f"{problem}; name the column (numbers are in: {listed}), or count each point once"
        raise _invalid("weight", message, self.file_name)

    def numeric(self, *, beside: tuple[str, str]) -> tuple[str, ...]:
        """Columns in which at least half of the filled cells are numbers."""
        found = []
        for name in self.header:
            filled = sum(1 for text in self.texts[name] if text.strip())
            if name not in beside and filled and np.isfinite(self.numbers[name]).sum() * 2 > filled:
                found.append(name)
        return tuple(found)

    def _text_in(self, name: str) -> str:
        """Say which row holds the first text of a column, empty if none does."""
        for row, text in zip(self.rows, self.texts.get(name, ()), strict=False):
            if text.strip() and np.isnan(_number(text)):
                return f": row {row} holds {text.strip()[:_SHOWN]!r}"
        return ""

    def _named(self, name: str) -> list[str]:
        return [name] if name in self.header else []

    def _usual(self, names: Sequence[str]) -> list[str]:
        return [column for column in self.header if column.strip().casefold() in names]


def _numbers(texts: Sequence[str]) -> Array:
    try:
        return np.array(texts, dtype=np.float64)
    except ValueError:
        return np.array([_number(text) for text in texts], dtype=np.float64)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _csv(path: Path) -> tuple[list[str], list[list[str]], list[int]]:
    """Return the header, the cells below it, and the number of each row as a person counts."""
    text, _ = decode(read_bytes(path, file_name=path.name), file_name=path.name)
    try:
        reader = csv.reader(io.StringIO(text), delimiter=delimiter_of(text))
        cells = [(number, row) for number, row in enumerate(reader, 1) if row]
    except csv.Error as error:
        raise _invalid("file", f"is no CSV that can be read: {error}", path.name) from None
    if len(cells) < 2:
        raise _invalid("rows", "there is no row below the header", path.name)
    header = [name.strip() for name in cells[0][1]]
    return header, [row for _, row in cells[1:]], [number for number, _ in cells[1:]]


def _raster_points(path: Path) -> DemandPoints:
    cells = read_cells(path)
    if not len(cells.weight):
        raise _invalid("band 1", "no cell holds more than zero people", path.name)
    return DemandPoints(
        cells.longitude, cells.latitude, cells.weight, "band 1", True, cells.dropped, ("band 1",)
    )


def _sorted_out(
    longitude: Array, latitude: Array, weight: Array
) -> tuple[npt.NDArray[np.bool_], dict[str, int]]:
    """Tell which points are usable, and count the others by their first reason."""
    reasons = {
        "no place": ~(np.isfinite(longitude) & np.isfinite(latitude)),
        "place out of range": ~((np.abs(longitude) <= 180) & (np.abs(latitude) <= 90)),
        "no weight": ~np.isfinite(weight),
        "negative weight": ~(weight >= 0),
        f"weight above {MAX_WEIGHT:,.0f}": ~(weight <= MAX_WEIGHT),
    }
    keep = np.ones(len(weight), dtype=bool)
    dropped = {}
    for reason, wrong in reasons.items():
        count = int((wrong & keep).sum())
        if count:
            dropped[reason] = count
        keep &= ~wrong
    return keep, dropped


def _refuse_swapped(
    longitude: Array, latitude: Array, bounds: Bounds | None, file_name: str
) -> None:
    """Judge by the middle of the points, which no single bad row moves."""
    known = np.isfinite(longitude) & np.isfinite(latitude)
    if not known.any():
        return
    middle = float(np.median(longitude[known])), float(np.median(latitude[known]))
    problem = place_problem(*middle, bounds=bounds)
    if problem is not None and middle != (0.0, 0.0):
        raise _invalid(problem[0], f"most rows: {problem[1]}", file_name)


def _invalid(field: str, message: str, file_name: str) -> InvalidInput:
    return InvalidInput(
        [FieldError(field, message)],
        attempted=f"read the people to be served from {file_name}",
        remedy="Mend the file, or name its columns, and read it again.",
    )
