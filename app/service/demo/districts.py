"""Nine districts bounded by the rivers and by lines between their centres; two of them merge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import shapely
from scipy.spatial import Voronoi, cKDTree
from shapely.geometry import LineString, MultiPolygon, Polygon

from app.service.demo.blocks import Blocks, Use
from app.service.demo.frame import Floats, Frame, Ints, Shapes
from app.service.demo.rivers import Rivers

# the first three lie between the rivers, the next three in the north, the last in the south-east
NAMES: tuple[tuple[str, str], ...] = (
    ("汇澜区", "Huilan District"), ("石磴区", "Shideng District"), ("竹岭区", "Zhuling District"),
    ("云渡区", "Yundu District"), ("鹿坪区", "Luping District"), ("青嶂区", "Qingzhang District"),
    ("雾岭区", "Wuling District"), ("松浦区", "Songpu District"), ("月坝区", "Yueba District"),
)  # fmt: skip
MERGED_NAME = ("云鹿新区", "Yunlu New District")
MERGING = (3, 4)
# no real area code begins with 99
FIRST_CODE = 990_101
PER_PART = 3
ROUNDS = 25
# lines that end in one point do so to a rounding only
GRID_METRES = 0.01
MERGED_DAYS_AGO = 270


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDistrict:
    """A district: six-digit code, names, shape in WGS-84, and from and until when it exists."""

    adcode: str
    name: str
    name_en: str
    shape: MultiPolygon
    valid_from: date
    valid_to: date | None


def merge_date(today: date) -> date:
    """Return the day on which two districts became one: the first of a month."""
    return (today - timedelta(days=MERGED_DAYS_AGO)).replace(day=1)


def make_districts(
    frame: Frame, rivers: Rivers, blocks: Blocks, *, founded: date, today: date
) -> tuple[DemoDistrict, ...]:
    """Divide the city's outline; the pieces share their boundaries point by point."""
    parts = _parts(frame, rivers)
    centres = [_centres(frame, blocks, part, number) for number, part in enumerate(parts)]
    lines: list[shapely.Geometry] = [LineString(part.exterior.coords) for part in parts]
    for part, marks in zip(parts, centres, strict=True):
        # a little too long, so that they do meet the boundary; what sticks out is dropped
        reach = part.buffer(5.0)
        lines += [line.intersection(reach) for line in _between(frame, marks)]
    faces = shapely.get_parts(shapely.polygonize(_edges(lines)))
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    owner = np.full(len(faces), -1, dtype=np.int64)
    plan = frame.plan(inside)
    for number, part in enumerate(parts):
        here = shapely.contains_xy(part, inside)
        _, near = cKDTree(centres[number]).query(plan[here])
        owner[here] = near + number * PER_PART
    faces = frame.to_degrees_all(faces)
    shapes = [_whole(faces[owner == number]) for number in range(len(NAMES))]
    return _dated(_neighbours_first(shapes), founded, merge_date(today))


def _neighbours_first(shapes: list[MultiPolygon]) -> list[MultiPolygon]:
    """Order the districts of the part where two merge so that those two lie side by side."""
    part = list(range(MERGING[0], MERGING[0] + PER_PART))
    pairs = [(one, other) for one in part for other in part if one < other]
    merging = max(pairs, key=lambda pair: shapes[pair[0]].intersection(shapes[pair[1]]).length)
    rest = [number for number in part if number not in merging]
    order = [*range(part[0]), *merging, *rest, *range(part[-1] + 1, len(shapes))]
    return [shapes[number] for number in order]


def _dated(shapes: Sequence[MultiPolygon], founded: date, merged: date) -> tuple[DemoDistrict, ...]:
    found = [
        DemoDistrict(
            adcode=str(FIRST_CODE + number),
            name=NAMES[number][0],
            name_en=NAMES[number][1],
            shape=shape,
            valid_from=founded,
            valid_to=merged if number in MERGING else None,
        )
        for number, shape in enumerate(shapes)
    ]
    found.append(
        DemoDistrict(
            adcode=str(FIRST_CODE + len(NAMES)),
            name=MERGED_NAME[0],
            name_en=MERGED_NAME[1],
            shape=_whole([shapes[number] for number in MERGING]),
            valid_from=merged,
            valid_to=None,
        )
    )
    return tuple(found)


def _parts(frame: Frame, rivers: Rivers) -> list[Polygon]:
    """Cut the outline along the middle of the rivers: peninsula, north, south-east."""
    lines = [
        LineString(rivers.main.line).simplify(4.0),
        LineString(rivers.branch.line).simplify(4.0),
        LineString(frame.outline().exterior.coords),
    ]
    # the branch ends on the main river up to a rounding: lead it across
    last = rivers.branch.line[-1] + 3 * (rivers.branch.line[-1] - rivers.branch.line[-8])
    lines[1] = LineString([*lines[1].coords, tuple(last)])
    faces = shapely.get_parts(shapely.polygonize(_edges(lines)))
    half = np.array([frame.width / 2, frame.depth / 2])
    marks = np.array([[-0.1, 0.0], [0.1, 0.6], [0.1, -0.6]]) * half
    large = [next(face for face in faces if face.contains(shapely.Point(mark))) for mark in marks]
    # a sliver that a bend near the rim cuts off goes to the part it touches most
    for face in faces:
        if not any(face.equals(one) for one in large) and frame.outline().contains(
            face.representative_point()
        ):
            touch = [face.intersection(one).length for one in large]
            most = int(np.argmax(touch))
            large[most] = _polygon(large[most].union(face))
    return large


def _edges(lines: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
    return list(shapely.get_parts(shapely.union_all(list(lines), grid_size=GRID_METRES)))


def _polygon(shape: shapely.Geometry) -> Polygon:
    largest = max(shapely.get_parts(shape), key=lambda part: float(part.area))
    return Polygon(largest.exterior)


def _centres(frame: Frame, blocks: Blocks, part: Polygon, number: int) -> Floats:
    """Spread three centres over one part of the city, closer where it is dense."""
    land = np.flatnonzero(~np.isin(blocks.use, (Use.WATER, Use.OUTSIDE)))
    land = land[shapely.contains_xy(part, blocks.world[land])]
    points, weight = blocks.seeds[land], np.sqrt(blocks.area[land] * (blocks.urban[land] + 0.15))
    rng = frame.rng(20 + number)
    picked: list[Ints] = [np.array([int(np.argmax(blocks.urban[land]))])]
    marks = points[picked[0]]
    while len(marks) < PER_PART:
        gap, _ = cKDTree(marks).query(points)
        marks = np.vstack([marks, points[np.argmax(gap * rng.uniform(0.8, 1.0, len(gap)))]])
    for _ in range(ROUNDS):
        _, near = cKDTree(marks).query(points)
        total = np.bincount(near, weight, minlength=PER_PART)
        marks = (
            np.column_stack(
                [np.bincount(near, weight * points[:, axis], minlength=PER_PART) for axis in (0, 1)]
            )
            / np.maximum(total, 1e-9)[:, None]
        )
    return marks


def _between(frame: Frame, marks: Floats) -> list[LineString]:
    """Draw the lines half-way between centres, bent as the streets are."""
    far = 40 * frame.width
    ring = far * np.array([[1, 0], [-1, 0.1], [0, 1], [0.1, -1]])
    voronoi = Voronoi(np.vstack([marks, marks.mean(axis=0) + ring]))
    lines = []
    for (one, other), ends in zip(voronoi.ridge_points, voronoi.ridge_vertices, strict=True):
        if max(one, other) >= len(marks) or min(ends) < 0:
            continue
        tail, head = _clipped(voronoi.vertices[ends[0]], voronoi.vertices[ends[1]], frame.width)
        count = max(int(np.hypot(*(head - tail)) / 90.0), 2)
        plan = tail + np.linspace(0, 1, count)[:, None] * (head - tail)
        lines.append(LineString(frame.world(plan)))
    return lines


def _clipped(tail: Floats, head: Floats, reach: float) -> tuple[Floats, Floats]:
    """Shorten a line to a box around the city, far outside of the outline."""
    line = LineString([tail, head]).intersection(shapely.box(-reach, -reach, reach, reach))
    ends = np.asarray(line.coords)
    return (ends[0], ends[-1]) if len(ends) > 1 else (tail, head)


def _whole(shapes: Sequence[shapely.Geometry] | Shapes) -> MultiPolygon:
    joined = shapely.union_all(list(shapes))
    return MultiPolygon([part for part in shapely.get_parts(joined) if isinstance(part, Polygon)])
