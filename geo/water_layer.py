"""Water from a city's own layer of areas or lines, for streets that bring none."""

from pathlib import Path

import numpy as np
import shapely

from geo._lines_file import open_layer, to_degrees
from geo.datum import Datum
from geo.errors import SourceUnreadable
from geo.shores import Shores, make_shores

_AREAS = (shapely.GeometryType.POLYGON,)
_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING)


def read_water(
    path: Path,
    *,
    layer: str | None = None,
    crs: str | None = None,
    datum: Datum | str | None = None,
) -> Shores:
    """Read the shores of a layer of water (GeoPackage, Shapefile, GeoJSON).

    Areas are lakes and rivers with a width, lines are rivers without one: no access leg enters
    the former or crosses the latter.

    Args:
        path: the file.
        layer: its layer, needed where it has several.
        crs: the reference system it is really in, in place of what the file says.
        datum: what its degrees refer to, where no reference system can say so.

    Raises:
        SourceUnreadable: it cannot be read, or holds neither areas nor lines.
        CrsUnusable, InvalidValue: where it lies is not said, or cannot be true.
    """
    read = open_layer(path, layer=layer, encoding=None)
    parts = shapely.get_parts(shapely.get_parts(read.geometry))
    kind = shapely.get_type_id(parts)
    drawn = np.isin(kind, (*_AREAS, *_LINES)) & ~shapely.is_empty(parts)
    if not drawn.any():
        raise SourceUnreadable(str(path), "it holds neither areas nor lines")
    parts, kind = parts[drawn], kind[drawn]
    x, y = shapely.get_coordinates(parts).T
    degrees = np.column_stack(to_degrees(read, x, y, crs, datum))
    shapes = shapely.set_coordinates(shapely.force_2d(parts), degrees)
    areas = shapely.make_valid(shapes[np.isin(kind, _AREAS)])
    return make_shores(list(areas), list(shapes[np.isin(kind, _LINES)]))
