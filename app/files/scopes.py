"""Scopes in: drawn areas and listed main streets from GeoJSON."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import GeometryType
from shapely.errors import ShapelyError
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry

from app.domain.errors import FieldError, InvalidInput, UnreadableFile
from app.files.tangles import crossings

MOST_VERTICES = 200_000
# what lies beside a street is worked out corner by corner
MOST_STREET_VERTICES = 20_000
MOST_PIECES = 5_000
# a merged area has a corner wherever two of its pieces cross
MOST_CROSSINGS = 20_000
_MOST_NEAR = 5_000_000
_CROSSING = re.compile(r"Self-intersection\[(\S+) (\S+)\]")
_AREA_KINDS = frozenset({"Polygon", "MultiPolygon", "LineString", "MultiLineString"})
# what older GeoJSON calls longitude and latitude in degrees; the datum is asked for besides
_DEGREES = re.compile(r"CRS84|EPSG:{1,2}(4326|4490|4610|4214)$")


def read_scope(path: Path) -> tuple[MultiPolygon, MultiLineString | None]:
    """Read a file as :func:`scope_of` reads what it holds."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError):
        raise _unreadable(path.name) from None
    return scope_of(document, name=path.name)


def scope_of(document: Any, *, name: str) -> tuple[MultiPolygon, MultiLineString | None]:
    """Read the polygons of a GeoJSON document as areas and its lines as main streets.

    They stay in their own datum. Areas that overlap become one; a ring that touches itself is
    repaired.

    Args:
        name: what messages call the document.

    Raises:
        UnreadableFile: if it is no GeoJSON.
        InvalidInput: if it holds no polygon, something that is neither, a polygon that crosses
            itself, or other coordinates than degrees.
    """
    shapes = _shapes(document, name)
    errors = [*_wrong_reference(document), *_wrong_shapes(shapes)]
    if errors:
        raise InvalidInput(errors, attempted=f"read the scope in {name}")
    parts = shapely.get_parts(shapes).tolist()
    polygons = _polygons(
        shapely.get_parts(shapely.make_valid([p for p in parts if isinstance(p, Polygon)])).tolist()
    )
    lines = [part for part in parts if isinstance(part, LineString) and part.length > 0]
    if not polygons:
        raise InvalidInput(
            [FieldError("features", "there is no area", "没有面状区域")],
            attempted=f"read the scope in {name}",
            remedy="Draw at least one centre area as a polygon.",
        )
    merged = shapely.union_all(polygons)
    areas = merged if isinstance(merged, MultiPolygon) else MultiPolygon(_polygons([merged]))
    if shapely.get_num_coordinates(areas) > MOST_VERTICES:
        raise InvalidInput(_too_many_corners(), attempted=f"read the scope in {name}")
    return areas, MultiLineString(lines) if lines else None


def _shapes(document: Any, name: str) -> list[BaseGeometry]:
    try:
        features = document.get("features", [document])
        found = [shape(feature.get("geometry", feature)) for feature in features]
        return [one for one in shapely.force_2d(found) if not one.is_empty]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, ShapelyError):
        raise _unreadable(name) from None


def _unreadable(name: str) -> UnreadableFile:
    return UnreadableFile(
        f"Could not read {name}: it is no GeoJSON of areas and streets.",
        remedy="Export polygons and lines as a GeoJSON FeatureCollection in UTF-8.",
        zh="读不了:不是由面和线组成的 GeoJSON。请导出为 UTF-8 编码的 GeoJSON 要素集再试。",
    )


def _wrong_reference(document: Any) -> list[FieldError]:
    """Refuse what the document itself says is projected."""
    crs = document.get("crs")
    named = crs.get("properties", {}).get("name", "") if isinstance(crs, dict) else ""
    if not named or _DEGREES.search(str(named)):
        return []
    shown = str(named)[:60]
    return [FieldError("crs", f"is {shown}; export it in degrees (EPSG:4326)",
                       f"文件的坐标系是 {shown},请导出为经纬度(EPSG:4326)")]  # fmt: skip


def _wrong_shapes(shapes: list[BaseGeometry]) -> list[FieldError]:
    """Tell what is wrong, what is quick to find first: the slow rest would not end on it."""
    errors = _too_many(shapes) or _no_areas_in_degrees(shapes) or _tangled(shapes)
    if errors:
        return errors
    return [error for number, one in enumerate(shapes, 1) for error in _crossings(number, one)]


def _no_areas_in_degrees(shapes: list[BaseGeometry]) -> list[FieldError]:
    errors = []
    for number, one in enumerate(shapes, 1):
        field = f"feature {number}"
        if one.geom_type not in _AREA_KINDS:
            errors.append(FieldError(
                field, f"is a {one.geom_type}; a scope is of areas and streets; a point is neither",
                f"第 {number} 个要素是 {one.geom_type},区域只能由面和线组成",
            ))  # fmt: skip
            continue
        west, south, east, north = one.bounds
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            errors.append(FieldError(
                field, f"{west:g}, {south:g} is no longitude and latitude in degrees",
                f"第 {number} 个要素的坐标 {west:g}, {south:g} 不是经纬度(可能是投影坐标)",
            ))  # fmt: skip
    return errors


def _too_many(shapes: list[BaseGeometry]) -> list[FieldError]:
    """Refuse more than anybody draws."""
    parts = shapely.get_parts(np.array(shapes, object))
    corners = shapely.get_num_coordinates(parts)
    if corners.sum() > MOST_VERTICES:
        return _too_many_corners()
    if corners[shapely.get_type_id(parts) == GeometryType.LINESTRING].sum() > MOST_STREET_VERTICES:
        return [FieldError(
            "features", f"the streets have more than {MOST_STREET_VERTICES:,} corners; simplify"
            " them", f"街道的顶点超过 {MOST_STREET_VERTICES:,} 个,请先简化",
        )]  # fmt: skip
    if len(parts) > MOST_PIECES:
        return [FieldError(
            "features", f"{len(parts):,} pieces; at most {MOST_PIECES:,}: merge them, or leave"
            " small ones out", f"共有 {len(parts):,} 块,最多 {MOST_PIECES:,} 块,请合并或去掉小块",
        )]  # fmt: skip
    return []


def _tangled(shapes: list[BaseGeometry]) -> list[FieldError]:
    """Refuse what would take long to check and to merge."""
    if crossings(shapes, most=MOST_CROSSINGS, most_near=_MOST_NEAR) is None:
        return [FieldError(
            "features", f"its boundaries cross each other more than {MOST_CROSSINGS:,} times, or"
            " lie too close together; merge or simplify the areas",
            f"边界互相交叉超过 {MOST_CROSSINGS:,} 处,或者过于密集,请先合并或简化",
        )]  # fmt: skip
    return []


def _too_many_corners() -> list[FieldError]:
    return [FieldError("features", f"more than {MOST_VERTICES:,} corners; simplify the areas",
                       f"顶点超过 {MOST_VERTICES:,} 个,请先简化")]  # fmt: skip


def _crossings(number: int, one: BaseGeometry) -> list[FieldError]:
    """Tell where the areas of a feature cross themselves: a repair would be a guess."""
    errors = []
    for part in shapely.get_parts(one):
        found = _CROSSING.match(str(shapely.is_valid_reason(part)))
        if found is None:
            continue
        place = f"{float(found[1]):.6g}, {float(found[2]):.6g}"
        errors.append(FieldError(
            f"feature {number}", f"crosses itself at {place}; draw it without the crossing",
            f"第 {number} 个要素的边界在 {place} 处自相交,请改好再存",
        ))  # fmt: skip
    return errors


def _polygons(parts: list[BaseGeometry]) -> list[Polygon]:
    return [part for part in parts if isinstance(part, Polygon)]
