"""The layers of a plan's map as geodata: GeoPackage and GeoJSON, in WGS-84."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyogrio.raw
import shapely
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry

from app.files.map_shapes import Collection, MapShapes

CRS = "EPSG:4326"
BEYOND = 99
# about a tenth of a metre
DEGREES = 1e-6


@dataclass(frozen=True, slots=True)
class Layer:
    """Features of one kind: their shapes and, by name, what each has."""

    name: str
    kind: str
    shapes: Sequence[BaseGeometry]
    fields: Mapping[str, Sequence[Any]]


def layers(shapes: MapShapes) -> list[Layer]:
    """Return stations, new stations, gaps, districts, scope and streets by minutes."""
    found = [
        _of("stations", "Point", shapes.stations, ("code", "name", "open"), ()),
        _of("new_stations", "Point", shapes.added, ("name",), ()),
        _of("gaps", "Point", shapes.gaps, ("name",), ("rank", "people", "minutes")),
        _of("districts", "MultiPolygon", shapes.districts, ("adcode", "name"), ("share", "people")),
        _of("scope", "MultiPolygon", shapes.scope, ("name", "part"), ()),
        _streets(shapes),
    ]
    return [layer for layer in found if len(layer.shapes)]


def _of(
    name: str, kind: str, features: Collection, texts: Sequence[str], numbers: Sequence[str]
) -> Layer:
    single = kind.removeprefix("Multi")
    kept = [f for f in features["features"] if f["geometry"]["type"].endswith(single)]
    geometries = [_multi(shape(f["geometry"]), kind) for f in kept]

    def column(key: str, *, number: bool) -> list[Any]:
        values = [f["properties"].get(key) for f in kept]
        if number:
            return [float("nan") if value is None else float(value) for value in values]
        return ["" if value is None else str(value) for value in values]

    fields = {key: column(key, number=False) for key in texts}
    fields |= {key: column(key, number=True) for key in numbers}
    return Layer(name, kind, geometries, fields)


def _multi(geometry: BaseGeometry, kind: str) -> BaseGeometry:
    if kind == "MultiPolygon" and isinstance(geometry, Polygon):
        return MultiPolygon([geometry])
    return geometry


def _streets(shapes: MapShapes) -> Layer:
    """Return all streets, each with the minutes within which a station is reached."""
    lines, minutes, widths = [], [], []
    for part in shapes.streets:
        kept = [shapely.linestrings(line) for line in part.lines if len(line) > 1]
        lines += kept
        reached = BEYOND if part.band not in (0, 1, 2) else shapes.minutes * (part.band + 1) / 3
        minutes += [float(reached)] * len(kept)
        widths += [part.width] * len(kept)
    return Layer("streets", "LineString", lines, {"within_minutes": minutes, "width": widths})


def plan_geopackage(shapes: MapShapes) -> bytes:
    """Write all layers into one GeoPackage."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plan.gpkg"
        for at, layer in enumerate(layers(shapes)):
            pyogrio.raw.write(
                path,
                geometry=shapely.to_wkb(np.array(layer.shapes, object)),
                field_data=[_array(values) for values in layer.fields.values()],
                fields=list(layer.fields),
                layer=layer.name,
                driver="GPKG",
                geometry_type=layer.kind,
                crs=CRS,
                append=at > 0,
            )
        return path.read_bytes()


def _array(values: Sequence[Any]) -> Any:
    return np.array(values, object if isinstance(values[0], str) else np.float64)


def plan_geojson(shapes: MapShapes) -> bytes:
    """Write all layers as one feature collection; each feature names its layer."""
    features = [
        {
            "type": "Feature",
            "geometry": _rounded(geometry),
            "properties": {"layer": layer.name} | {
                key: _plain(values[at]) for key, values in layer.fields.items()
            },
        }
        for layer in layers(shapes)
        for at, geometry in enumerate(layer.shapes)
    ]  # fmt: skip
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _rounded(geometry: BaseGeometry) -> Any:
    return json.loads(
        shapely.to_geojson(shapely.set_precision(geometry, DEGREES, mode="pointwise"))
    )


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value
