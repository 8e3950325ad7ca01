"""What is drawn under the map of the made-up city: water, land use, railways, names, premises."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from app.service.demo.blocks import Blocks, Use
from app.service.demo.frame import Floats, Frame, Index, Ints, Shapes
from app.service.demo.naming import stems
from app.service.demo.rivers import Rivers
from app.service.demo.streets import Streets
from geo.basemap import Feature, Layer
from geo.streets import Kind, Rank

CITY_NAME, CITY_NAME_EN = "岚江市", "Lanjiang"
LAND_USES: dict[Use, tuple[str, int]] = {
    Use.FOREST: ("forest", 9),
    Use.PARK: ("park", 11),
    Use.FIELD: ("farmland", 11),
    Use.INDUSTRY: ("industrial", 11),
    Use.HOMES: ("residential", 11),
    Use.SHOPS: ("commercial", 11),
}
NEIGHBOURHOOD_METRES = 1_150.0
PREMISES_PER_JUNCTION = 0.06
PREMISES: tuple[tuple[str, str, int], ...] = (
    ("bank", "岚江银行{}支行", 3), ("post_office", "{}邮政所", 1), ("fuel", "{}加油站", 1),
    ("pharmacy", "百草堂{}店", 3), ("library", "{}图书馆", 1), ("toilets", "{}公厕", 2),
    ("community_centre", "{}社区服务中心", 2), ("supermarket", "{}便民超市", 4),
    ("restaurant", "{}小面馆", 8), ("school", "{}小学", 2), ("hospital", "{}医院", 1),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A named part of the city and its middle, metres."""

    name: str
    name_en: str
    xy: Floats


def make_lakes(frame: Frame, blocks: Blocks) -> list[Polygon]:
    """Draw a lake in a few of the larger parks."""
    rng = frame.rng(12)
    parks = np.flatnonzero((blocks.use == Use.PARK) & (blocks.area > 0.3 * frame.block**2))
    count = min(len(parks), max(2, int(frame.width / 8_000)))
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    lakes = []
    for cell in rng.permutation(parks)[:count]:
        radius = 0.2 * np.sqrt(blocks.area[cell]) * np.ones(len(turn))
        for wave in (2, 3, 4):
            radius *= 1 + 0.12 * np.sin(wave * turn + rng.uniform(0, 2 * np.pi))
        shore = np.column_stack([1.25 * np.cos(turn), 0.85 * np.sin(turn)]) * radius[:, None]
        lakes.append(Polygon(blocks.world[cell] + shore))
    return lakes


def neighbourhoods(frame: Frame, blocks: Blocks) -> tuple[Neighbourhood, ...]:
    """Name the parts of the city, one to each square of the plan that has homes or shops."""
    built = np.flatnonzero(np.isin(blocks.use, (Use.HOMES, Use.SHOPS)))
    size = max(NEIGHBOURHOOD_METRES * frame.relief, NEIGHBOURHOOD_METRES / 2)
    square = np.floor(blocks.seeds[built] / size).astype(np.int64)
    _, first = np.unique(square[:, 0] * 100_000 + square[:, 1], return_index=True)
    pool = stems(frame.rng(13))
    return tuple(
        Neighbourhood(*pool[number % len(pool)], blocks.world[cell])
        for number, cell in enumerate(built[np.sort(first)])
    )


def water(frame: Frame, rivers: Rivers, *, lakes: Sequence[Polygon]) -> Iterator[Feature]:
    """Yield rivers and lakes, in WGS-84."""
    outline = frame.outline().buffer(0.6 * frame.block)
    for river in (rivers.main, rivers.branch):
        shape = shapely.intersection(river.polygon(), outline).difference(rivers.island)
        yield from _drawn(frame, Layer.WATER, "river", name=river.name, min_zoom=0, shape=shape)
    for lake in lakes:
        yield from _drawn(frame, Layer.WATER, "lake", min_zoom=11, shape=lake)


def features(
    frame: Frame,
    rivers: Rivers,
    blocks: Blocks,
    streets: Streets,
    *,
    lakes: Sequence[Polygon],
    named: Sequence[Neighbourhood],
) -> Iterator[Feature]:
    """Yield everything but streets, districts and buildings, in WGS-84."""
    yield from water(frame, rivers, lakes=lakes)
    yield from _drawn(frame, Layer.LANDUSE, "grass", min_zoom=11, shape=rivers.island)
    yield from _land_use(frame, rivers, blocks, streets, lakes)
    yield from _railways(frame, blocks)
    middle = shapely.Point(0.0, 0.0)
    yield from _drawn(frame, Layer.PLACE, "city", name=CITY_NAME, min_zoom=4, shape=middle)
    for one in named:
        at = shapely.Point(one.xy)
        yield from _drawn(frame, Layer.PLACE, "neighbourhood", name=one.name, min_zoom=13, shape=at)
    yield from _premises(frame, streets, named)


def district_label(name: str, shape: MultiPolygon) -> Feature:
    """Return the place name of a district whose shape is in WGS-84."""
    largest = max(shape.geoms, key=lambda part: part.area)
    point = largest.representative_point()
    return Feature(layer=Layer.PLACE, kind="suburb", name=name, min_zoom=9, geometry=point.wkb)


def _drawn(
    frame: Frame, layer: Layer, kind: str, *, name: str = "", min_zoom: int, shape: BaseGeometry
) -> Iterator[Feature]:
    """Yield a shape given in metres, mended, unless nothing of it is left."""
    placed = shapely.make_valid(frame.to_degrees(shape))
    if not placed.is_empty:
        yield Feature(layer=layer, kind=kind, name=name, min_zoom=min_zoom, geometry=placed.wkb)


def block_shapes(frame: Frame, blocks: Blocks, streets: Streets) -> tuple[Shapes, Ints]:
    """Return the outline of each block in metres (an array of polygons), and its number."""
    edges = streets.edges
    tail, head = (blocks.corners[blocks.edge_corners[:, end]] for end in (0, 1))
    real = np.flatnonzero(
        (np.hypot(*(head - tail).T) < 4 * frame.block)
        & (blocks.edge_corners[:, 0] != blocks.edge_corners[:, 1])
        & (blocks.use[blocks.edge_cells] != Use.OUTSIDE).any(axis=1)
    )
    points = edges.slots[real] + 1
    edge = np.repeat(real, points)
    slot = np.arange(len(edge)) - np.repeat(np.cumsum(points) - points, points)
    chain = streets.edge_xy[edges.node(blocks, edge, slot)]
    lines = shapely.linestrings(chain, indices=np.repeat(np.arange(len(real)), points))
    shapes = shapely.get_parts(shapely.polygonize(np.asarray(lines)))
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes))
    _, cell = blocks.tree.query(frame.plan(middle))
    return shapes, np.asarray(cell, dtype=np.int64)


def _land_use(
    frame: Frame, rivers: Rivers, blocks: Blocks, streets: Streets, lakes: Sequence[Polygon]
) -> Iterator[Feature]:
    shapes, cell = block_shapes(frame, blocks, streets)
    water = shapely.union_all([rivers.surface, *lakes])
    shapely.prepare(water)
    wet = shapely.intersects(water, shapes)
    shapes[wet] = shapely.difference(shapes[wet], water)
    pool = stems(frame.rng(14))
    for use, (kind, min_zoom) in LAND_USES.items():
        chosen = shapes[blocks.use[cell] == use]
        if use in (Use.FOREST, Use.FIELD):
            whole = shapely.union_all(shapely.buffer(chosen, 6.0))
            chosen = shapely.get_parts(whole.buffer(-40.0).buffer(34.0))
        for number, shape in enumerate(chosen):
            name = f"{pool[number % len(pool)][0]}公园" if use == Use.PARK else ""
            yield from _drawn(frame, Layer.LANDUSE, kind, name=name, min_zoom=min_zoom, shape=shape)


def _railways(frame: Frame, blocks: Blocks) -> Iterator[Feature]:
    """Lay a few lines along and across the plan, between the larger roads."""
    reach = 0.7 * frame.width
    run = np.arange(-reach, reach, 50.0)
    outline = frame.outline()
    count = max(1, int(frame.width / 14_000))
    for number in range(count):
        for upright in (True, False):
            offset = ((number + 1) // 2 * (-1) ** number * 10 + 1.25) * frame.block
            still = np.full(len(run), offset if upright else -offset)
            plan = np.column_stack([still, run] if upright else [run, still])
            line = LineString(frame.world(plan)).intersection(outline)
            yield from _drawn(frame, Layer.RAILWAY, "rail", min_zoom=10, shape=line)


def _premises(frame: Frame, streets: Streets, named: Sequence[Neighbourhood]) -> Iterator[Feature]:
    """Put premises beside larger streets, named after the neighbourhood they are in."""
    rng = frame.rng(15)
    graph = streets.graph
    busy = (graph.kind == Kind.STREET) & (graph.rank <= Rank.RESIDENTIAL)
    weight = np.where(graph.rank <= Rank.TERTIARY, 3.0, 1.0)[busy]
    count = int(PREMISES_PER_JUNCTION * frame.junctions)
    key = rng.exponential(size=len(weight)) / weight
    chosen = np.flatnonzero(busy)[np.argsort(key, kind="stable")[:count]]
    spot = beside(streets.xy, graph.start[chosen], graph.end[chosen], 11.0, rng)
    centres = np.array([one.xy for one in named])
    _, near = cKDTree(centres).query(spot)
    share = np.array([one[2] for one in PREMISES], dtype=np.float64)
    pick = rng.choice(len(PREMISES), size=len(chosen), p=share / share.sum())
    for at, where, which in zip(spot, near, pick, strict=True):
        kind, form, _ = PREMISES[which]
        name = form.format(named[where].name)
        point = shapely.Point(at)
        yield from _drawn(frame, Layer.PREMISES, kind, name=name, min_zoom=16, shape=point)


def beside(xy: Floats, tail: Index, head: Index, metres: float, rng: np.random.Generator) -> Floats:
    """Return a point to one side of the middle of each segment, shape (n, 2)."""
    run = xy[head] - xy[tail]
    side = np.column_stack([-run[:, 1], run[:, 0]]) / np.hypot(run[:, 0], run[:, 1])[:, None]
    way = rng.choice([-1.0, 1.0], len(run))[:, None]
    return np.asarray((xy[head] + xy[tail]) / 2 + way * metres * side)
