"""The four datums that coordinates in China arrive in, and the way between them.

All coordinates are degrees, longitude before latitude. GCJ-02 moves a place in mainland
China by up to a kilometre; BD-09 moves the moved place by up to another. No
authority publishes either transformation: the constants are the ones in general use since
2010 and agree with the two map services to about a metre. Hong Kong, Macau, Taiwan and
everything abroad are not moved in GCJ-02 data.

CGCS2000 differs from WGS-84 by less than a metre and is treated as the same.
"""

from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar, overload

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo._offsets import (
    Array,
    Step,
    bd09_offset,
    chain,
    forward,
    gcj02_offset,
    in_bd09_area,
    in_gcj02_area,
    inverse,
    same,
)
from geo.errors import InvalidValue, UnknownDatum

Geometry = TypeVar("Geometry", bound=BaseGeometry)
Bounds = tuple[float, float, float, float]

_CHINA_BOX: Bounds = (73.0, 3.0, 136.0, 54.0)


class Datum(StrEnum):
    """What a pair of degrees refers to."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


_ALIASES: dict[str, Datum] = {
    **{datum.value: datum for datum in Datum},
    "wgs": Datum.WGS84,
    "wgs1984": Datum.WGS84,
    "gps": Datum.WGS84,
    "epsg4326": Datum.WGS84,
    "crs84": Datum.WGS84,
    "地球坐标": Datum.WGS84,
    "cgcs": Datum.CGCS2000,
    "epsg4490": Datum.CGCS2000,
    "国家2000": Datum.CGCS2000,
    "2000国家大地坐标系": Datum.CGCS2000,
    "gcj": Datum.GCJ02,
    "火星": Datum.GCJ02,
    "火星坐标": Datum.GCJ02,
    "火星坐标系": Datum.GCJ02,
    "国测局坐标": Datum.GCJ02,
    "高德": Datum.GCJ02,
    "高德坐标": Datum.GCJ02,
    "腾讯": Datum.GCJ02,
    "amap": Datum.GCJ02,
    "bd": Datum.BD09,
    "bd09ll": Datum.BD09,
    "百度": Datum.BD09,
    "百度坐标": Datum.BD09,
    "baidu": Datum.BD09,
}


@lru_cache(maxsize=256)
def parse_datum(text: str) -> Datum:
    """Read a datum's name, in any spelling that is usual in China.

    Upper or lower case, ``-``, ``_``, ``:`` and blanks do not matter: ``GCJ-02``,
    ``EPSG:4490``, ``火星坐标`` and ``bd09ll`` are all read.

    Raises:
        UnknownDatum: naming the four that are known.
    """
    key = "".join(sign for sign in str(text).lower() if sign.isalnum())
    found = _ALIASES.get(key)
    if found is None:
        raise UnknownDatum("datum", text, "one of " + ", ".join(Datum))
    return found


@overload
def to_wgs84(longitude: float, latitude: float, *, datum: Datum | str) -> tuple[float, float]: ...
@overload
def to_wgs84(
    longitude: npt.ArrayLike, latitude: npt.ArrayLike, *, datum: Datum | str
) -> tuple[Array, Array]: ...
def to_wgs84(longitude: Any, latitude: Any, *, datum: Datum | str) -> tuple[Any, Any]:
    """Convert places given in ``datum`` to WGS-84.

    The exact inverse of :func:`from_wgs84`, found by iteration: there and back again
    returns within 1e-9 degrees (0.1 mm), except within 2 km of the edge of the area
    that is moved, where two places share one GCJ-02 coordinate; there the answer is the
    place inside the area.

    Args:
        longitude, latitude: degrees; scalars or arrays that broadcast together.
        datum: what they refer to.

    Returns:
        ``(longitude, latitude)`` in WGS-84: floats for scalars, else new float64 arrays.

    Raises:
        InvalidValue: for NaN, infinity or degrees out of range.
        UnknownDatum: for an unknown datum.
    """
    return _convert(longitude, latitude, parse_datum(datum), _INVERSE)


@overload
def from_wgs84(longitude: float, latitude: float, *, datum: Datum | str) -> tuple[float, float]: ...
@overload
def from_wgs84(
    longitude: npt.ArrayLike, latitude: npt.ArrayLike, *, datum: Datum | str
) -> tuple[Array, Array]: ...
def from_wgs84(longitude: Any, latitude: Any, *, datum: Datum | str) -> tuple[Any, Any]:
    """Convert places given in WGS-84 to ``datum``.

    Arguments, results and errors are those of :func:`to_wgs84`.
    """
    return _convert(longitude, latitude, parse_datum(datum), _FORWARD)


def geometry_to_wgs84(geometry: Geometry, *, datum: Datum | str) -> Geometry:
    """Convert every vertex of a geometry given in ``datum`` to WGS-84.

    Heights are kept. Raises as :func:`to_wgs84` does.
    """
    return _convert_geometry(geometry, parse_datum(datum), _INVERSE)


def geometry_from_wgs84(geometry: Geometry, *, datum: Datum | str) -> Geometry:
    """Convert every vertex of a geometry given in WGS-84 to ``datum``."""
    return _convert_geometry(geometry, parse_datum(datum), _FORWARD)


def swapped(longitude: float, latitude: float, *, bounds: Bounds | None = None) -> str | None:
    """Say why a pair looks as if latitude had been given first, or return None.

    A pair looks swapped if the latitude is beyond 90 degrees and the longitude is not, or
    if only the exchanged pair lies in China, or, given ``bounds``, only the exchanged pair
    lies in them.

    Args:
        bounds: where places are expected: west, south, east, north in degrees.
    """
    exchanged = f"swap them: longitude {latitude:g}, latitude {longitude:g}"
    if abs(latitude) > 90 and abs(longitude) <= 90 and abs(latitude) <= 180:
        return f"latitude {latitude:g} is beyond 90 degrees; {exchanged}"
    for name, box in (("China", _CHINA_BOX), ("the expected area", bounds)):
        if box is None or _in_box(longitude, latitude, box):
            continue
        if _in_box(latitude, longitude, box):
            pair = f"{longitude:g}, {latitude:g}"
            return f"{pair} lies in {name} only the other way round; {exchanged}"
    return None


_TO_GCJ02, _OF_GCJ02 = (make(gcj02_offset, in_gcj02_area) for make in (forward, inverse))
_TO_BD09, _OF_BD09 = (make(bd09_offset, in_bd09_area) for make in (forward, inverse))
_FORWARD: dict[Datum, Step] = {
    Datum.WGS84: same,
    Datum.CGCS2000: same,
    Datum.GCJ02: _TO_GCJ02,
    Datum.BD09: chain(_TO_GCJ02, _TO_BD09),
}
_INVERSE: dict[Datum, Step] = {
    Datum.WGS84: same,
    Datum.CGCS2000: same,
    Datum.GCJ02: _OF_GCJ02,
    Datum.BD09: chain(_OF_BD09, _OF_GCJ02),
}


def _convert(
    longitude: Any, latitude: Any, datum: Datum, steps: dict[Datum, Step]
) -> tuple[Any, Any]:
    # what riders ask by, one place at a time; what is wrong is told below
    plain = steps[datum] is same and type(longitude) is float and type(latitude) is float
    if plain and abs(longitude) <= 180 and abs(latitude) <= 90:
        return longitude, latitude
    x, y = np.broadcast_arrays(_degrees(longitude, "longitude"), _degrees(latitude, "latitude"))
    _check(x, y)
    east, north = steps[datum](np.atleast_1d(x), np.atleast_1d(y)) if x.size else (x, y)
    if x.ndim == 0:
        return float(east[0]), float(north[0])
    return east, north


def _convert_geometry(geometry: Geometry, datum: Datum, steps: dict[Datum, Step]) -> Geometry:
    def vertices(points: Array) -> Array:
        longitude, latitude = _convert(points[:, 0], points[:, 1], datum, steps)
        return np.column_stack([longitude, latitude, points[:, 2:]])

    return shapely.transform(geometry, vertices, include_z=geometry.has_z)


def _degrees(value: Any, name: str) -> Array:
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidValue(name, value, "degrees as a number") from None


def _check(longitude: Array, latitude: Array) -> None:
    for name, values, limit in (("longitude", longitude, 180.0), ("latitude", latitude, 90.0)):
        wrong = np.flatnonzero(~(np.abs(values) <= limit))
        if wrong.size:
            at = int(wrong[0])
            x, y = float(longitude.flat[at]), float(latitude.flat[at])
            expected = f"degrees from {-limit:g} to {limit:g}"
            hint = swapped(x, y)
            raise InvalidValue(
                name, float(values.flat[at]), f"{expected} ({hint})" if hint else expected
            )


def _in_box(longitude: float, latitude: float, box: Bounds) -> bool:
    west, south, east, north = box
    return west <= longitude <= east and south <= latitude <= north
