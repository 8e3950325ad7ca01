"""Make areas of sea from coastlines, within the box an extract was cut to.

A coastline has land on its left and sea on its right (OpenStreetMap wiki, *Tag:natural=coastline*),
and an extract's header states its box. Together they say on which side of a line the sea lies.
"""

import math
from collections import Counter
from collections.abc import Sequence, Set
from itertools import pairwise

import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

# the grid OpenStreetMap stores degrees on
_GRID_DEGREES = 1e-7
# how far within the box a coastline may end whose next way lies outside, of its diagonal
_LOST_SHARE = 0.02

_Point = tuple[int, int]


def sea_areas(
    coastlines: Sequence[LineString], box: Polygon, *, lost: Set[tuple[float, float]]
) -> list[Polygon] | None:
    """Return the areas of sea within a box.

    Some tools drop the nodes outside the box, so that a coastline ends within it: such an end is
    led straight to the box, and so is one that ends just short of it.

    Args:
        coastlines: lines with the land on their left, x east and y north; any order.
        box: the area that the coastlines are complete in.
        lost: ends after which the next node is known to lie outside.

    Returns:
        Polygons, none if no coastline meets the box; or None where a coastline ends far within
        the box or two contradict each other, so that drawing a sea would be guessing.
    """
    pieces = shapely.get_parts([line.intersection(box) for line in coastlines]).tolist()
    lines = [piece for piece in pieces if isinstance(piece, LineString) and not piece.is_empty]
    if not lines:
        return []
    border = box.exterior
    network = shapely.union_all(
        [*lines, *_led_out(lines, border, lost), border], grid_size=_GRID_DEGREES
    )
    faces, *rest = shapely.polygonize_full(shapely.get_parts(network))
    if not shapely.is_empty(rest).all():
        return None
    drawn = {step for line in lines for step in pairwise(_points(line))}
    seas: list[Polygon] = []
    for face in shapely.get_parts(faces):
        sides = _sides(face, drawn)
        if sides == {True, False}:
            return None
        if sides == {False}:
            seas.append(face)
    return seas


def _led_out(
    lines: Sequence[LineString], border: BaseGeometry, lost: Set[tuple[float, float]]
) -> list[LineString]:
    """Return links from loose ends of lines to the border."""
    west, south, east, north = border.bounds
    near = _LOST_SHARE * math.hypot(east - west, north - south)
    ends = [end for line in lines for end in (line.coords[0], line.coords[-1])]
    links: list[LineString] = []
    for end, times in Counter(ends).items():
        link = shapely.shortest_line(shapely.Point(end), border)
        if times == 1 and (end in lost or 0 < link.length <= near):
            links.append(link)
    return links


def _sides(face: Polygon, drawn: set[tuple[_Point, _Point]]) -> set[bool]:
    """Return True if a coastline has the face on its left, False if one has it on its right."""
    sides: set[bool] = set()
    # oriented so, rings run with the inside of the face on their left
    oriented = shapely.orient_polygons(face)
    for ring in (oriented.exterior, *oriented.interiors):
        for a, b in pairwise(_points(ring)):
            if (a, b) in drawn:
                sides.add(True)
            if (b, a) in drawn:
                sides.add(False)
    return sides


def _points(line: BaseGeometry) -> list[_Point]:
    return [(round(x / _GRID_DEGREES), round(y / _GRID_DEGREES)) for x, y in line.coords]
