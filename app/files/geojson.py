"""GeoJSON feature collections (RFC 7946), read without judging what they mean."""

import json
import math
from dataclasses import dataclass
from typing import Any

from app.domain.errors import UnreadableFile
from app.files.cells import cell_text

POINT = "Point"


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature, counted from 1.

    Attributes:
        properties: text by name; lists are joined by ``;``.
        point: longitude and latitude if the geometry is a point.
        geometry_kind: its geometry's type; empty if it has none.
        geometry: the geometry as parsed.
    """

    number: int
    properties: dict[str, str]
    point: tuple[float, float] | None
    geometry_kind: str
    geometry: dict[str, Any] | None


def features(text: str, *, file_name: str) -> list[Feature]:
    """Parse a feature collection, or a feature that stands alone.

    Raises:
        UnreadableFile: if it is cut short, no JSON, or no feature collection.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableFile(
            f"{file_name} is no complete JSON file: it cannot be read{place}.",
            remedy="Export or download it again; it may have been cut short.",
            zh="文件不是完整的 JSON,读不了。可能没有下载完整,请重新导出或下载。",
        ) from None
    listed = document.get("features") if isinstance(document, dict) else None
    if isinstance(document, dict) and document.get("type") == "Feature":
        listed = [document]
    if not isinstance(listed, list):
        raise UnreadableFile(
            f"{file_name} is JSON but no GeoJSON feature collection.",
            remedy='Export it as GeoJSON; it begins with {"type": "FeatureCollection".',
            zh="文件是 JSON,但不是 GeoJSON 要素集(FeatureCollection)。请导出为 GeoJSON 再试。",
        )
    if not listed:
        raise UnreadableFile(
            f"{file_name} holds no feature.", remedy="Export it again.",
            zh="文件里没有任何要素,请重新导出。",
        )  # fmt: skip
    return [_feature(number, item, file_name) for number, item in enumerate(listed, start=1)]


def _feature(number: int, item: Any, file_name: str) -> Feature:
    properties = item.get("properties") if isinstance(item, dict) else item
    geometry = item.get("geometry") if isinstance(item, dict) else item
    if not isinstance(properties, dict | None) or not isinstance(geometry, dict | None):
        raise _malformed(number, file_name)
    try:
        texts = {str(key): cell_text(value) for key, value in (properties or {}).items()}
    except RecursionError:
        # lists within lists, deeper than anything that a map program writes
        raise _malformed(number, file_name) from None
    kind = str(geometry.get("type", "")) if geometry else ""
    return Feature(number, texts, _point(geometry), kind, geometry)


def _malformed(number: int, file_name: str) -> UnreadableFile:
    return UnreadableFile(
        f"Feature {number} of {file_name} is not written as GeoJSON asks.",
        remedy="Export the file again.",
        zh=f"第 {number} 个要素不符合 GeoJSON 的写法,请重新导出。",
    )


def _point(geometry: dict[str, Any] | None) -> tuple[float, float] | None:
    """Return where a point lies, None unless its coordinates are numbers of a sane size."""
    if not geometry or geometry.get("type") != POINT:
        return None
    numbers = geometry.get("coordinates")
    if not isinstance(numbers, list) or len(numbers) < 2:
        return None
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers[:2]):
        return None
    try:
        longitude, latitude = float(numbers[0]), float(numbers[1])
    except OverflowError:
        # a whole number of hundreds of digits is none that a float can hold
        return None
    return (longitude, latitude) if math.isfinite(longitude) and math.isfinite(latitude) else None
