"""Who lives and who works outdoors in the made-up city, and the scope it answers for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.ndimage import gaussian_filter
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon

from app.service.demo.blocks import Blocks, Use
from app.service.demo.frame import Floats, Frame, Ints
from app.service.demo.rivers import Rivers
from app.service.demo.streets import Streets
from app.service.demo.terrain import Terrain
from geo.streets import Kind, Rank

CELL_METRES = 100.0
RESIDENTS_PER_JUNCTION = 34.0
WORKERS_PER_JUNCTION = 0.6
LIVE = {Use.HOMES: 1.0, Use.SHOPS: 0.85, Use.INDUSTRY: 0.14, Use.FIELD: 0.1, Use.FOREST: 0.015,
        Use.PARK: 0.03}  # fmt: skip
WORK = {Use.HOMES: 0.35, Use.SHOPS: 1.6, Use.INDUSTRY: 0.7, Use.FIELD: 0.05, Use.PARK: 0.3}
SOURCE = "made up"
SCOPE_CENTRES = 5
SCOPE_STREETS = 24
STREET_BUFFER_METRES = 150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDemand:
    """Points of people to be served; arrays of shape (points,), WGS-84 degrees."""

    name: str
    title: str
    title_en: str
    unit: str
    longitude: Floats
    latitude: Floats
    weight: Floats
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoScope:
    """What the headline figure counts: centre areas and listed main streets, WGS-84."""

    name: str
    title: str
    title_en: str
    areas: MultiPolygon
    streets: MultiLineString
    street_names: tuple[str, ...]
    street_buffer_metres: float


@dataclass(frozen=True, slots=True)
class People:
    """Counts on a grid of 100 m.

    Attributes:
        xy: middles of the cells on land, metres, shape (cells, 2).
        residents, workers: whole numbers, shape (cells,).
        pull: how many people are about, smoothed over some hundred metres, as a
            raster of shape (columns, rows) whose first cell's middle is ``origin``.
    """

    xy: Floats
    residents: Floats
    workers: Floats
    pull: Floats
    origin: Floats

    def pull_at(self, xy: Floats) -> Floats:
        """Return the pull at places, shape (n, 2)."""
        cell = np.round((xy - self.origin) / CELL_METRES).astype(np.int64)
        cell = np.clip(cell, 0, np.array(self.pull.shape) - 1)
        return np.asarray(self.pull[cell[:, 0], cell[:, 1]], dtype=np.float64)


def make_people(
    frame: Frame, terrain: Terrain, rivers: Rivers, blocks: Blocks, streets: Streets
) -> People:
    """Spread residents and outdoor workers over the land."""
    rng = frame.rng(30)
    half = np.array([frame.width, frame.depth]) / 2 + 3 * CELL_METRES
    origin = -half
    size = (2 * half / CELL_METRES).astype(np.int64) + 1
    index = np.indices(tuple(size)).reshape(2, -1).T
    xy = origin + index * CELL_METRES
    land = (frame.rim_ratio(xy) < 1.0) & (rivers.distance(xy) > 12.0)
    index, xy = index[land], xy[land]
    _, cell = blocks.tree.query(frame.plan(xy), workers=-1)
    use, urban = blocks.use[cell], np.maximum(terrain.urban(xy), 0.0)
    roads = _road_nodes(streets, origin, size)[index[:, 0], index[:, 1]]
    mood = np.exp(0.35 * rng.standard_normal(len(xy)))
    live = _share(use, LIVE) * (urban + 0.06) ** 1.25 * mood
    work = _share(use, WORK) * urban**1.5 * mood + 0.05 * roads * (urban + 0.1)
    residents = _whole_numbers(live, RESIDENTS_PER_JUNCTION * frame.junctions, rng)
    workers = _whole_numbers(work, WORKERS_PER_JUNCTION * frame.junctions, rng)
    raster = np.zeros(tuple(size))
    raster[index[:, 0], index[:, 1]] = residents + 45.0 * workers
    return People(xy, residents, workers, gaussian_filter(raster, 2.5), origin)


def _share(use: Ints, table: dict[Use, float]) -> Floats:
    share = np.zeros(len(Use))
    for one, value in table.items():
        share[one] = value
    return np.asarray(share[use], dtype=np.float64)


def _road_nodes(streets: Streets, origin: Floats, size: Ints) -> Floats:
    graph = streets.graph
    rows = (graph.rank <= Rank.SECONDARY) & (graph.kind == Kind.STREET)
    cell = np.round((streets.xy[graph.start[rows]] - origin) / CELL_METRES).astype(np.int64)
    cell = np.clip(cell, 0, size - 1)
    count = np.bincount(cell[:, 0] * size[1] + cell[:, 1], minlength=int(size[0] * size[1]))
    return np.asarray(count.reshape(tuple(size)), dtype=np.float64)


def _whole_numbers(share: Floats, total: float, rng: np.random.Generator) -> Floats:
    """Round so that the sum is kept on average."""
    return np.asarray(np.floor(share * (total / share.sum()) + rng.random(len(share))))


def make_demand(frame: Frame, people: People) -> tuple[DemoDemand, ...]:
    """Return the two layers of people to be served."""
    layers = (
        ("residents", "居民", "Residents", people.residents),
        ("outdoor_workers", "户外劳动者", "Outdoor workers", people.workers),
    )
    found = []
    for name, title, title_en, weight in layers:
        there = weight > 0
        degrees = frame.degrees(people.xy[there])
        found.append(
            DemoDemand(
                name=name,
                title=title,
                title_en=title_en,
                unit="people",
                longitude=degrees[:, 0].copy(),
                latitude=degrees[:, 1].copy(),
                weight=weight[there],
                source=SOURCE,
            )
        )
    return tuple(found)


def make_scope(frame: Frame, terrain: Terrain, streets: Streets) -> DemoScope:
    """Draw areas around the foremost centres and list the main streets near the middle."""
    first = terrain.centres[0]
    apart = np.hypot(*(terrain.centres - first).T)
    chosen = terrain.centres[np.argsort(apart, kind="stable")[:SCOPE_CENTRES]]
    reach = [0.085 * frame.width] + [0.048 * frame.width] * (len(chosen) - 1)
    blobs = [_blob(frame, at, far) for at, far in zip(chosen, reach, strict=True)]
    areas = shapely.intersection(shapely.union_all(blobs), frame.outline())
    names, lines = _main_streets(frame, streets, first)
    return DemoScope(
        name="main-urban",
        title="主城核心区与主要街道",
        title_en="City centre and main streets",
        areas=frame.to_degrees(_polygons(areas)),
        streets=frame.to_degrees(lines),
        street_names=names,
        street_buffer_metres=STREET_BUFFER_METRES,
    )


def _blob(frame: Frame, at: Floats, reach: float) -> Polygon:
    turn = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    ring = np.column_stack([1.15 * np.cos(turn), 0.9 * np.sin(turn)]) * reach
    return Polygon(frame.world(frame.plan(at[None, :]) + ring)).buffer(0)


def _polygons(shape: shapely.Geometry) -> MultiPolygon:
    return MultiPolygon([part for part in shapely.get_parts(shape) if isinstance(part, Polygon)])


def _main_streets(
    frame: Frame, streets: Streets, middle: Floats
) -> tuple[tuple[str, ...], MultiLineString]:
    """Choose the longest primary streets within a third of the city around a place."""
    graph, xy = streets.graph, streets.xy
    near = np.hypot(*(xy[graph.start] - middle).T) < 0.33 * frame.width
    rows = np.flatnonzero(
        near & (graph.rank == Rank.PRIMARY) & (graph.kind == Kind.STREET) & (graph.name >= 0)
    )
    length = np.hypot(*(xy[graph.end[rows]] - xy[graph.start[rows]]).T)
    total = np.bincount(graph.name[rows], length, minlength=len(graph.names))
    best = np.argsort(-total, kind="stable")[:SCOPE_STREETS]
    best = best[total[best] > 0]
    lines: list[LineString] = []
    for name in best:
        own = rows[graph.name[rows] == name]
        pieces = np.stack([xy[graph.start[own]], xy[graph.end[own]]], axis=1)
        merged = shapely.line_merge(MultiLineString(list(pieces)))
        lines += [part for part in shapely.get_parts(merged) if isinstance(part, LineString)]
    return _names(graph.names, best), MultiLineString(lines)


def _names(names: Sequence[str], chosen: Ints) -> tuple[str, ...]:
    return tuple(names[int(index)] for index in chosen)
