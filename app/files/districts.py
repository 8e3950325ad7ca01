"""District areas in: from GeoJSON, GeoPackage or Shapefile to valid multipolygons."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry

from app.domain.errors import FieldError, InvalidInput, UnreadableFile
from app.files.cells import cell_text
from app.files.encoding import decode
from app.files.geojson import features
from app.files.tables import read_bytes

_CODES = ("adcode", "code", "ad_code", "gb", "行政区划代码", "区划代码", "代码", "编码", "pac")
_NAMES = ("name", "名称", "name_zh", "区县", "地名", "name_1", "district")
_ENGLISH = ("name_en", "english_name", "英文名", "英文名称")
_MAX_CODE_LENGTH = 20


@dataclass(frozen=True, slots=True)
class DistrictRow:
    """One district.

    Attributes:
        number: its place in the file, from 1.
        adcode: its code, as text.
        geometry: valid; longitude, latitude in the datum of the file.
        problems: what was wrong with the original, and how its area changed in repair.
    """

    number: int
    adcode: str
    name: str
    name_en: str
    geometry: MultiPolygon
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Record:
    number: int
    values: Mapping[str, str]
    geometry: BaseGeometry | None


def read_districts(
    path: Path,
    *,
    code_column: str | None = None,
    name_column: str | None = None,
    name_en_column: str | None = None,
) -> list[DistrictRow]:
    """Read the districts of a file, in its order.

    A file in another reference system is brought to longitude and latitude of its own
    datum; GCJ-02 and BD-09 no file can state, so the caller converts.

    Args:
        code_column, name_column, name_en_column: where the usual names (``adcode``,
            ``name``, ``name_en``) are not the file's.

    Raises:
        UnreadableFile: if it is no file of areas that can be read.
        InvalidInput: naming every column that is missing and every row without code, name
            or area; nothing is half taken.
    """
    records = _geojson(path) if _is_json(path) else _layer(path)
    columns = tuple(dict.fromkeys(key for record in records for key in record.values))
    code = _column("adcode", code_column, _CODES, columns, path)
    name = _column("name", name_column, _NAMES, columns, path)
    english = name_en_column or _found(_ENGLISH, columns)
    rows: list[DistrictRow] = []
    errors: list[FieldError] = []
    seen: dict[str, int] = {}
    for record in records:
        found = _district(record, code, name, english)
        if isinstance(found, FieldError):
            errors.append(found)
        elif found.adcode in seen:
            message = f"{found.adcode} stands in row {seen[found.adcode]} already"
            errors.append(FieldError(f"row {record.number}", message))
        else:
            seen[found.adcode] = record.number
            rows.append(found)
    if errors:
        raise InvalidInput(
            errors,
            attempted=f"read the districts in {path.name}",
            remedy="Mend these rows and read the file again; nothing was taken from it.",
        )
    return rows


def _district(
    record: _Record, code: str, name: str, english: str | None
) -> DistrictRow | FieldError:
    place = f"row {record.number}"
    adcode, title = record.values.get(code, "").strip(), record.values.get(name, "").strip()
    if not adcode or not title:
        return FieldError(place, f"{code if not adcode else name} is empty")
    if len(adcode) > _MAX_CODE_LENGTH:
        return FieldError(place, f"{code} is longer than {_MAX_CODE_LENGTH} characters")
    if record.geometry is None or record.geometry.is_empty:
        return FieldError(place, f"{title} has no geometry")
    problem = _out_of_range(record.geometry)
    if problem:
        return FieldError(place, f"{title}: {problem}")
    geometry, problems = repaired(record.geometry)
    if geometry.is_empty:
        kind = record.geometry.geom_type
        return FieldError(place, f"{title} is a {kind} without an area; expected a Polygon")
    title_en = record.values.get(english, "").strip() if english else ""
    return DistrictRow(record.number, adcode, title, title_en, geometry, problems)


def repaired(geometry: BaseGeometry) -> tuple[MultiPolygon, tuple[str, ...]]:
    """Return a geometry's area as a valid multipolygon, and what was mended.

    Lines and points, as repair may leave behind, are dropped. The change of area is taken
    on the degrees as they stand.
    """
    if geometry.has_z:
        geometry = shapely.force_2d(geometry)
    if geometry.is_valid:
        return _polygons(geometry), ()
    reason = shapely.is_valid_reason(geometry)
    mended = _polygons(shapely.make_valid(geometry))
    before = geometry.area
    change = (mended.area - before) / before * 100 if before > 0 else math.inf
    return mended, (f"{reason}; repaired, its area changed by {change:+.4f} %",)


def _polygons(geometry: BaseGeometry) -> MultiPolygon:
    parts = [
        part
        for part in shapely.get_parts(shapely.get_parts(geometry)).tolist()
        if isinstance(part, Polygon) and part.area > 0
    ]
    return MultiPolygon(parts)


def _out_of_range(geometry: BaseGeometry) -> str | None:
    west, south, east, north = geometry.bounds
    if not all(map(math.isfinite, geometry.bounds)):
        return "holds coordinates that are no numbers"
    if max(abs(south), abs(north)) > 90 and max(abs(west), abs(east)) <= 90:
        return f"longitude and latitude look swapped ({west:g}, {south:g})"
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        return f"holds no degrees ({west:g}, {south:g}); export it in longitude and latitude"
    return None


def _column(
    field: str, given: str | None, usual: Sequence[str], columns: tuple[str, ...], path: Path
) -> str:
    found = given if given in columns else None if given else _found(usual, columns)
    if found is None:
        expected = given or " or ".join(usual[:3])
        listed = ", ".join(columns) or "no column at all"
        raise InvalidInput(
            [FieldError(field, f"no column {expected}; found {listed}")],
            attempted=f"read the districts in {path.name}",
            remedy="Name the columns that hold the code and the name.",
        )
    return found


def _found(usual: Sequence[str], columns: tuple[str, ...]) -> str | None:
    by_name = {column.casefold(): column for column in reversed(columns)}
    return next((by_name[name] for name in usual if name in by_name), None)


def _is_json(path: Path) -> bool:
    return path.suffix.lower() in (".json", ".geojson")


def _geojson(path: Path) -> list[_Record]:
    text, _ = decode(read_bytes(path, file_name=path.name), file_name=path.name)
    return [
        _Record(item.number, item.properties, _shape(item.geometry, item.number, path))
        for item in features(text, file_name=path.name)
    ]


def _shape(geometry: dict[str, Any] | None, number: int, path: Path) -> BaseGeometry | None:
    if geometry is None:
        return None
    try:
        return shape(geometry)
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise UnreadableFile(
            f"The geometry of feature {number} in {path.name} is not written as GeoJSON asks.",
            remedy="Export the file again.",
        ) from None


def _layer(path: Path) -> list[_Record]:
    """Read the first layer of a GeoPackage or Shapefile, brought to longitude and latitude."""
    if not path.exists():
        raise UnreadableFile(f"Could not open {path.name}: no such file.", remedy="Check the path.")
    try:
        first = pyogrio.list_layers(path)[0][0]
        meta, _, blobs, values = pyogrio.raw.read(
            path, layer=first, encoding=_shapefile_encoding(path)
        )
        if blobs is None:
            raise ValueError("its first layer holds no geometry")
        geometries = shapely.from_wkb(blobs)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise UnreadableFile(
            f"{path.name} is not a file of areas that can be read: {_first_clause(error)}.",
            remedy="Give GeoJSON, GeoPackage, or a Shapefile with its .shx and .dbf beside it.",
        ) from None
    geometries = _in_degrees(geometries, meta["crs"], path)
    names = [str(name) for name in meta["fields"]]
    return [
        _Record(
            index + 1,
            {name: _value(column[index]) for name, column in zip(names, values, strict=True)},
            geometry,
        )
        for index, geometry in enumerate(geometries)
    ]


def _first_clause(error: Exception) -> str:
    return str(error).splitlines()[0].split(";")[0].rstrip(".")


def _value(value: Any) -> str:
    plain = value.item() if isinstance(value, np.generic) else value
    return "" if isinstance(plain, float) and math.isnan(plain) else cell_text(plain)


def _in_degrees(geometries: Any, crs: str | None, path: Path) -> Any:
    if crs is None:
        return geometries
    try:
        source = CRS.from_user_input(crs)
    except CRSError:
        raise UnreadableFile(
            f"The reference system of {path.name} is not known.",
            remedy="Export it in EPSG:4326 or EPSG:4490.",
        ) from None
    if source.is_geographic or source.geodetic_crs is None:
        return geometries
    # to degrees of its own datum: the datum is the caller's to name
    change = Transformer.from_crs(source, source.geodetic_crs, always_xy=True)

    def degrees(points: np.ndarray[Any, np.dtype[np.float64]]) -> Any:
        return np.column_stack(change.transform(points[:, 0], points[:, 1]))

    return shapely.transform(geometries, degrees)


def _shapefile_encoding(path: Path) -> str | None:
    """Guess the encoding of a Shapefile's table where no .cpg file names it."""
    table = path.with_suffix(".dbf")
    if path.suffix.lower() != ".shp" or path.with_suffix(".cpg").exists() or not table.exists():
        return None
    content = table.read_bytes()
    records = content[int.from_bytes(content[8:10], "little") :].replace(b"\0", b" ")
    _, encoding = decode(records, file_name=table.name)
    return encoding
