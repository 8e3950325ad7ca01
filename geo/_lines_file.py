"""Open a layer of lines (GeoPackage, Shapefile, GeoJSON) and bring it to WGS-84 degrees."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from geo._lines_crs import check_declared, check_degrees_of, check_near
from geo.datum import Datum, parse_datum, to_wgs84
from geo.errors import CrsUnusable, InvalidValue, SourceUnreadable

_SHAPEFILE_HEADER_BYTES = 100
_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING)
# the datums that are taken as WGS-84; see geo.datum
_SAME_AS_WGS84 = ("world geodetic system 1984", "china 2000", "cgcs2000", "wgs 84", "wgs_1984")


class Layer(NamedTuple):
    """A layer as the file has it.

    ``geometry`` holds shapely geometries or None, shape (rows,); ``values`` one array of shape
    (rows,) a column; ``broken`` counts geometries that are no geometry.
    """

    path: Path
    geometry: NDArray[np.object_]
    values: dict[str, NDArray[Any]]
    crs: str | None
    broken: int


class Parts(NamedTuple):
    """Lines of a layer taken apart; one entry a vertex, but for the counts.

    ``row`` is the row of a vertex, ``part`` numbers the lines, ``height`` is NaN where there is
    none. ``empty`` rows have no geometry, ``invalid`` ones something else than lines of numbers.
    """

    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    height: NDArray[np.float64]
    row: NDArray[np.int64]
    part: NDArray[np.int64]
    rows: int
    empty: int
    invalid: int


def open_layer(path: Path, *, layer: str | None, encoding: str | None) -> Layer:
    """Read a layer whole.

    Raises:
        SourceUnreadable: the file is absent, damaged, cut short or of another kind.
        InvalidValue: there is no such layer, or several to choose from.
    """
    _refuse_cut(path)
    try:
        with warnings.catch_warnings():
            # what the driver merely remarks on is no reason to fail or to speak
            warnings.simplefilter("ignore", RuntimeWarning)
            chosen = _choose(path, layer)
            meta, _, blobs, columns = pyogrio.raw.read(
                path, layer=chosen, encoding=encoding or _table_encoding(path)
            )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        if isinstance(error, InvalidValue):
            raise
        raise SourceUnreadable(str(path), _first_clause(error)) from None
    if blobs is None:
        raise SourceUnreadable(str(path), "it is a table without geometry")
    with np.errstate(invalid="ignore"):  # coordinates may be no numbers
        geometry = shapely.from_wkb(blobs, on_invalid="ignore")
    broken = sum(blob is not None for blob in blobs) - int((~shapely.is_missing(geometry)).sum())
    values = dict(zip((str(name) for name in meta["fields"]), columns, strict=True))
    return Layer(path, np.asarray(geometry), values, meta["crs"], broken)


def take_apart(layer: Layer, *, crs: str | None, datum: Datum | str | None) -> Parts:
    """Bring the lines of a layer to WGS-84 and take multi-part ones apart.

    Args:
        crs: the reference system it is really in, in place of what the file says.
        datum: what its degrees refer to, where no reference system can say so (GCJ-02, BD-09).

    Raises:
        CrsUnusable, InvalidValue: where it lies is not said, or cannot be true.
    """
    kind = shapely.get_type_id(layer.geometry)
    missing = (kind < 0) | shapely.is_empty(layer.geometry)
    lines, row = shapely.get_parts(layer.geometry, return_index=True)
    lines, inner = shapely.get_parts(lines, return_index=True)
    row = row[inner]
    drawn = np.isin(shapely.get_type_id(lines), _LINES) & ~shapely.is_empty(lines)
    coordinates, part = shapely.get_coordinates(lines[drawn], include_z=True, return_index=True)
    numbers = np.isfinite(coordinates[:, :2]).all(axis=1)
    whole = np.ones(int(drawn.sum()), np.bool_)
    whole[part[~numbers]] = False
    kept = whole[part]
    coordinates, part = coordinates[kept], part[kept]
    row = row[drawn][part]
    longitude, latitude = to_degrees(layer, coordinates[:, 0], coordinates[:, 1], crs, datum)
    height = coordinates[:, 2]
    if not np.any(height[np.isfinite(height)]):
        # exporters write 0 where nobody measured
        height = np.full(len(height), np.nan)
    return Parts(
        longitude,
        latitude,
        height,
        row,
        np.unique(part, return_inverse=True)[1],
        len(kind),
        int(missing.sum()) - layer.broken,
        len(kind) - int(missing.sum()) + layer.broken - len(np.unique(row)),
    )


def join_parts(read: Sequence[Parts]) -> Parts:
    """Lay the parts of several files one after the other; parts and rows are numbered on."""
    return Parts(
        np.concatenate([parts.longitude for parts in read]),
        np.concatenate([parts.latitude for parts in read]),
        np.concatenate([parts.height for parts in read]),
        _numbered_on([parts.row for parts in read], [parts.rows for parts in read]),
        _numbered_on(
            [parts.part for parts in read],
            [int(parts.part.max(initial=-1)) + 1 for parts in read],
        ),
        sum(parts.rows for parts in read),
        sum(parts.empty for parts in read),
        sum(parts.invalid for parts in read),
    )


def _numbered_on(numbers: Sequence[NDArray[np.int64]], counts: Sequence[int]) -> NDArray[np.int64]:
    before = np.cumsum([0, *counts])
    return np.concatenate([one + before[i] for i, one in enumerate(numbers)])


def to_degrees(
    layer: Layer,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    given: str | None,
    datum: Datum | str | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bring coordinates of a layer to WGS-84 degrees, both of shape (n,).

    Raises:
        CrsUnusable, InvalidValue: where it lies is not said, or cannot be true.
    """
    path = str(layer.path)
    stated = given or layer.crs
    if stated is None:
        raise CrsUnusable(
            path,
            None,
            "it does not name its reference system; state it, for example EPSG:4490 for degrees"
            " in CGCS2000, or EPSG:4544 or EPSG:4545 for Gauss-Krüger zones at 105 or 108 degrees"
            " east",
        )
    try:
        source = CRS.from_user_input(stated)
    except CRSError:
        raise CrsUnusable(path, stated, f"the reference system {stated} is not known") from None
    if not len(x):
        return x, y
    check_declared(path, source, x, y)
    known = parse_datum(datum) if datum is not None else None
    longitude, latitude = _degrees(path, source, x, y, shifted=known in (Datum.GCJ02, Datum.BD09))
    check_degrees_of(path, source, x, y, longitude, latitude)
    check_near(path, source, longitude, latitude)
    return to_wgs84(longitude, latitude, datum=known) if known else (longitude, latitude)


def _degrees(
    path: str,
    source: CRS,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    *,
    shifted: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Go to degrees of the layer's own datum, and on to WGS-84 if that is another one."""
    geodetic = source.geodetic_crs
    if geodetic is None:
        raise CrsUnusable(path, source.name, f"{source.name} has no degrees")
    if not source.is_geographic:
        x, y = Transformer.from_crs(source, geodetic, always_xy=True).transform(x, y)
    name = (geodetic.datum.name if geodetic.datum else geodetic.name).lower().replace("_", " ")
    # only the old national datums are really elsewhere; offsets of the map services come later
    if shifted or any(word.replace("_", " ") in name for word in _SAME_AS_WGS84):
        return np.asarray(x), np.asarray(y)
    try:
        change = Transformer.from_crs(geodetic, 4326, always_xy=True, allow_ballpark=False)
        x, y = change.transform(x, y)
    except ProjError:
        raise CrsUnusable(
            path,
            source.name,
            f"no transformation from {source.name} to WGS-84 is known here, and without one it"
            " would lie some hundred metres off; have it converted to CGCS2000",
        ) from None
    return np.asarray(x), np.asarray(y)


def _choose(path: Path, layer: str | None) -> str:
    listed = [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    names = ", ".join(name for name, _ in listed)
    if layer is not None:
        if layer not in (name for name, _ in listed):
            raise InvalidValue("layer", layer, f"a layer of {path.name}: {names}")
        return layer
    # a layer of mixed geometry may hold lines as well
    lines = [name for name, kind in listed if kind in (None, "Unknown") or "Line" in str(kind)]
    curves = [name for name, kind in listed if "Curve" in str(kind)]
    if len(lines + curves) != 1:
        expected = f"one of the layers of {path.name}: {names}"
        if not lines + curves:
            raise SourceUnreadable(str(path), f"it holds no layer of lines, only {names}")
        raise InvalidValue("layer", None, expected)
    return (lines + curves)[0]


def _refuse_cut(path: Path) -> None:
    """Refuse what is not there, and a Shapefile shorter than its own header says."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            header = stream.read(_SHAPEFILE_HEADER_BYTES)
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise SourceUnreadable(str(path), reason) from None
    if not header:
        raise SourceUnreadable(str(path), "the file is empty")
    if path.suffix.lower() == ".shp":
        stated = 2 * int.from_bytes(header[24:28], "big")
        if len(header) < _SHAPEFILE_HEADER_BYTES or size < stated:
            reason = f"it is cut short: {size:,} bytes of {stated:,}"
            raise SourceUnreadable(str(path), reason)
        for part in (".shx", ".dbf"):
            if not _beside(path, part):
                raise SourceUnreadable(str(path), f"its {part} file is not beside it")


def _beside(path: Path, ending: str) -> Path | None:
    found = (path.with_suffix(ending), path.with_suffix(ending.upper()))
    return next((file for file in found if file.exists()), None)


def _table_encoding(path: Path) -> str | None:
    """Guess the encoding of a Shapefile's table where no .cpg file names it."""
    table = _beside(path, ".dbf") if path.suffix.lower() == ".shp" else None
    if table is None or _beside(path, ".cpg"):
        return None
    content = table.read_bytes()
    records = content[int.from_bytes(content[8:10], "little") :]
    try:
        records.decode("utf-8")
    except UnicodeDecodeError:
        return "GB18030"
    return "UTF-8"


def _first_clause(error: Exception) -> str:
    if "malformed" in str(error):
        return "it is damaged or cut short"
    return str(error).splitlines()[0].split(";")[0].rstrip(".")
