"""Scopes in: drawn areas and listed main streets from a GeoJSON file."""

import json
from pathlib import Path

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry

from app.domain.errors import FieldError, InvalidInput, UnreadableFile


def read_scope(path: Path) -> tuple[MultiPolygon, MultiLineString | None]:
    """Read the polygons of a file as areas and its lines as main streets, in its own datum.

    Invalid polygons are repaired; points are refused.

    Raises:
        UnreadableFile: if it is no GeoJSON.
        InvalidInput: if it holds no polygon, or something that is neither.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        features = document.get("features", [document])
        shapes = [shape(feature.get("geometry", feature)) for feature in features]
    except (ValueError, KeyError, TypeError, AttributeError, ShapelyError):
        raise UnreadableFile(
            f"Could not read {path.name}: it is no GeoJSON of areas and streets.",
            remedy="Export polygons and lines as a GeoJSON FeatureCollection in UTF-8.",
        ) from None
    parts = shapely.get_parts(shapely.make_valid(shapely.get_parts(shapes))).tolist()
    polygons = _polygons(parts)
    lines = [part for part in parts if isinstance(part, LineString)]
    if any(part.geom_type == "Point" for part in shapely.get_parts(shapes)):
        raise InvalidInput(
            [FieldError("features", "a scope is of areas and streets; a point is neither")],
            attempted=f"read the scope in {path.name}",
        )
    if not polygons:
        raise InvalidInput(
            [FieldError("features", "there is no area")],
            attempted=f"read the scope in {path.name}",
            remedy="Draw at least one centre area as a polygon.",
        )
    merged = shapely.union_all(polygons)
    areas = merged if isinstance(merged, MultiPolygon) else MultiPolygon(_polygons([merged]))
    return areas, MultiLineString(lines) if lines else None


def _polygons(parts: list[BaseGeometry]) -> list[Polygon]:
    return [part for part in parts if isinstance(part, Polygon)]
