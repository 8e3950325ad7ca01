"""The street graph of the made-up city, put together from roads, lattices and crossings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry import MultiPolygon

from app.service.demo.arterials import PRIMARY_LINE, Arterials, make_arterials
from app.service.demo.blocks import Blocks, Use
from app.service.demo.crossings import Crossing, draw, find_crossings
from app.service.demo.frame import Bools, Floats, Frame, Ints
from app.service.demo.heights import final_kinds, level, mechanise, sort_links, stair_steps
from app.service.demo.lattice import Lattice, make_lattice
from app.service.demo.links import Links, Segments, cut, make_links
from app.service.demo.naming import StreetName, name_streets
from app.service.demo.rivers import crosses
from app.service.demo.terrain import Terrain
from geo.streets import Access, Kind, Rank, StreetGraph, whole_waits

PIECE_METRES = 62.0
LOCAL_LINE, CROSSING_LINE = 4 << 40, 5 << 40
# parts of the network cut off from the rest: so many may stay, if large enough yet small
ISLETS, ISLET_NODES, ISLET_SHARE = 3, 12, 0.004


@dataclass(frozen=True, slots=True)
class Streets:
    """The street graph, with its nodes on the plane as well.

    Attributes:
        graph: in WGS-84.
        xy: nodes in metres, shape (nodes, 2).
        names: of the streets; ``graph.name`` points here too.
        edges: all edges of the superblocks.
        edge_xy: their nodes in the world, metres.
    """

    graph: StreetGraph
    xy: Floats
    names: tuple[StreetName, ...]
    edges: Arterials
    edge_xy: Floats


@dataclass(slots=True)
class _Draft:
    xy: Floats
    height: Floats
    tail: Ints
    head: Ints
    kind: Ints
    rank: Ints
    line: Ints

    def keep(self, rows: Bools) -> None:
        for name in ("tail", "head", "kind", "rank", "line"):
            setattr(self, name, getattr(self, name)[rows])

    def extend(self, tail: Ints, head: Ints, *, kind: int, rank: int, line: int) -> None:
        self.tail, self.head = np.append(self.tail, tail), np.append(self.head, head)
        for name, value in (("kind", kind), ("rank", rank), ("line", line)):
            setattr(self, name, np.append(getattr(self, name), np.full(len(tail), value)))


def make_streets(frame: Frame, terrain: Terrain, blocks: Blocks, water: MultiPolygon) -> Streets:
    """Draw every street of the city."""
    rng = frame.rng(8)
    edges = make_arterials(frame, blocks)
    lattice = make_lattice(frame, terrain, blocks)
    shift = len(edges.nodes)
    edge_xy = frame.world(edges.nodes)
    points = _follow_contour(frame, terrain, blocks, lattice)
    links = Links.join(
        [
            edges.links,
            _inner_links(blocks, lattice, shift, rng),
            _exits(blocks, lattice, edges, rng),
        ]
    )
    xy = np.vstack([edge_xy, points])
    height = terrain.height(xy)
    links, stays = sort_links(xy, height, links, rng)
    links = links.take(stays)
    segments = cut(xy, links, piece_metres=PIECE_METRES, rng=rng)
    dry = _dry_links(terrain, segments, water, len(links))
    links = links.take(dry)
    segments = cut(xy, links, piece_metres=PIECE_METRES, rng=np.random.default_rng([frame.seed, 9]))
    kind = links.kind[segments.link]
    height = level(terrain, segments, kind, height, len(xy))
    draft = _Draft(
        segments.xy, height, segments.tail, segments.head, kind,
        links.rank[segments.link], links.line[segments.link],
    )  # fmt: skip
    return _finish(frame, terrain, draft, edges, edge_xy)


def _follow_contour(frame: Frame, terrain: Terrain, blocks: Blocks, lattice: Lattice) -> Floats:
    """Shift lattice points towards the height of their row, so that rows bend with the slope."""
    xy = frame.world(lattice.points)
    slope = terrain.slope(xy)
    grade = np.hypot(slope[:, 0], slope[:, 1])
    height = terrain.height(xy)
    inner = lattice.row
    mean, count = height.copy(), np.ones(len(xy))
    for a, b in ((lattice.tail, lattice.head), (lattice.head, lattice.tail)):
        mean += np.bincount(a[inner], height[b[inner]], minlength=len(xy))
        count += np.bincount(a[inner], minlength=len(xy))
    rise = mean / count - height
    reach = np.minimum(0.4 * lattice.clear, 12.0)
    move = np.clip(rise / np.maximum(grade, 0.05), -reach, reach)
    return xy + move[:, None] * slope / np.maximum(grade, 0.05)[:, None]


def _inner_links(blocks: Blocks, lattice: Lattice, shift: int, rng: np.random.Generator) -> Links:
    use = blocks.use[lattice.cell[lattice.tail]]
    dice = rng.random(len(use))
    wild = np.isin(use, (Use.FOREST, Use.PARK))
    loss = np.where(lattice.row, 0.11, 0.36)
    loss = np.where(np.isin(use, (Use.FOREST, Use.FIELD)), 0.36, loss)
    spine = lattice.index % 5 == 2
    keep = (dice > loss) | spine & (dice > 0.3 * loss)
    rank = np.where(lattice.row, int(Rank.RESIDENTIAL), int(Rank.SERVICE))
    rank[lattice.row & (use == Use.SHOPS) & spine] = Rank.TERTIARY
    rank[~lattice.row & (dice > 0.8)] = Rank.PEDESTRIAN
    rank[wild] = Rank.PATH
    foot = wild | (rank == Rank.PEDESTRIAN)
    cell = lattice.cell[lattice.tail]
    line = LOCAL_LINE + (cell * 128 + lattice.index) * 2 + lattice.row
    nameless = wild | (~lattice.row & (rank != Rank.RESIDENTIAL) & (dice < 0.62))
    links = make_links(
        lattice.tail + shift,
        lattice.head + shift,
        kind=np.where(foot, int(Kind.PATH), int(Kind.STREET)),
        rank=rank,
        line=np.where(nameless, -1, line),
        arterial=False,
    )
    return links.take(keep)


def _exits(blocks: Blocks, lattice: Lattice, edges: Arterials, rng: np.random.Generator) -> Links:
    """Link lattices to the roads around them, one link per block and slot."""
    cell = lattice.cell[lattice.exit_point]
    pair = np.sort(np.column_stack([cell, lattice.exit_other]), axis=1)
    count = len(blocks.seeds)
    known = blocks.edge_cells[:, 0] * count + blocks.edge_cells[:, 1]
    wanted = pair[:, 0] * count + pair[:, 1]
    edge = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    loss = np.where(lattice.exit_row, 0.2, 0.42)
    fit = (known[edge] == wanted) & edges.road[edge] & (rng.random(len(edge)) > loss)
    edge, cell, point = edge[fit], cell[fit], lattice.exit_point[fit]
    ends = blocks.corners[blocks.edge_corners[edge]]
    run = ends[:, 1] - ends[:, 0]
    along = ((lattice.exit_at[fit] - ends[:, 0]) * run).sum(axis=1) / (run**2).sum(axis=1)
    slots = edges.slots[edge]
    slot = np.clip(np.round(along * slots), np.minimum(1, slots), np.maximum(slots - 1, 0))
    node = edges.node(blocks, edge, slot.astype(np.int64))
    _, once = np.unique(cell * len(edges.nodes) + node, return_index=True)
    wild = np.isin(blocks.use[cell[once]], (Use.FOREST, Use.PARK))
    return make_links(
        point[once] + len(edges.nodes),
        node[once],
        kind=np.where(wild, int(Kind.PATH), int(Kind.STREET)),
        rank=np.where(wild, int(Rank.PATH), int(Rank.RESIDENTIAL)),
        line=np.full(len(once), -1),
        arterial=False,
    )


def _dry_links(terrain: Terrain, segments: Segments, water: MultiPolygon, count: int) -> Bools:
    """Return the links of which no piece touches the water."""
    near = terrain.rivers.distance(segments.xy) < 120.0
    ask = near[segments.tail] | near[segments.head]
    ask |= _near_lakes(segments.xy, water)[segments.tail]
    rows = np.flatnonzero(ask)
    tails, heads = segments.xy[segments.tail[rows]], segments.xy[segments.head[rows]]
    wet = rows[crosses(water, tails, heads)]
    dry = np.ones(count, dtype=np.bool_)
    dry[segments.link[wet]] = False
    return dry


def _near_lakes(xy: Floats, water: MultiPolygon) -> Bools:
    near = np.zeros(len(xy), dtype=np.bool_)
    small = [part.bounds for part in water.geoms if part.area < 4e6]
    for west, south, east, north in small:
        near |= (
            (xy[:, 0] > west - 150) & (xy[:, 0] < east + 150)
            & (xy[:, 1] > south - 150) & (xy[:, 1] < north + 150)
        )  # fmt: skip
    return near


def _finish(
    frame: Frame,
    terrain: Terrain,
    draft: _Draft,
    edges: Arterials,
    edge_xy: Floats,
) -> Streets:
    draft.kind, draft.rank, passable = final_kinds(
        draft.xy, draft.height, (draft.tail, draft.head), draft.kind, draft.rank
    )
    draft.keep(passable)
    draft.kind = mechanise(draft.height, draft.tail, draft.head, draft.kind)
    _prune(draft, islets=40)
    for number, crossing in enumerate(_crossings(frame, terrain, draft)):
        _add_crossing(terrain, draft, crossing, number)
    _prune(draft, islets=ISLETS)
    name, names = name_streets(
        draft.line, draft.kind, draft.rank, riverside_below=PRIMARY_LINE, rng=frame.rng(10)
    )
    degrees = frame.degrees(draft.xy)
    graph = StreetGraph(
        longitude=degrees[:, 0].copy(),
        latitude=degrees[:, 1].copy(),
        height=draft.height.astype(np.float32),
        start=draft.tail.astype(np.int32),
        end=draft.head.astype(np.int32),
        kind=draft.kind.astype(np.uint8),
        rank=draft.rank.astype(np.uint8),
        access=_access(draft.kind),
        name=name.astype(np.int32),
        steps=stair_steps(draft.height, draft.tail, draft.head, draft.kind).astype(np.int32),
        incline=np.full(len(draft.tail), np.nan, dtype=np.float32),
        wait=whole_waits(draft.kind.astype(np.uint8)),
        names=tuple(one.name for one in names),
    )
    return Streets(graph, draft.xy, names, edges, edge_xy)


def _access(kind: Ints) -> NDArray[np.uint8]:
    """Open everything to walkers, and to riders what has neither steps nor a machine."""
    on_foot = np.isin(kind, (Kind.STEPS, Kind.PATH, Kind.LIFT, Kind.ESCALATOR))
    return np.where(on_foot, np.uint8(Access.BOTH), np.uint8(Access.ALL))


def _crossings(frame: Frame, terrain: Terrain, draft: _Draft) -> list[Crossing]:
    count = len(draft.xy)
    degree = np.bincount(np.concatenate([draft.tail, draft.head]), minlength=count)
    large = np.zeros(count, dtype=np.bool_)
    for rank in (Rank.PRIMARY, Rank.SECONDARY):
        rows = (draft.rank == rank) & (draft.kind == Kind.STREET)
        large[draft.tail[rows]] = large[draft.head[rows]] = True
    return find_crossings(frame, terrain, draft.xy, np.flatnonzero(large & (degree >= 3)))


def _add_crossing(terrain: Terrain, draft: _Draft, crossing: Crossing, number: int) -> None:
    inner, height = draw(crossing, draft.xy, draft.height, terrain)
    first = len(draft.xy)
    chain = np.concatenate(
        [[crossing.tail], np.arange(first, first + len(inner)), [crossing.head]]
    ).astype(np.int64)
    draft.xy = np.vstack([draft.xy, inner])
    draft.height = np.concatenate([draft.height, height])
    draft.extend(
        chain[:-1], chain[1:], kind=crossing.kind, rank=Rank.PRIMARY, line=CROSSING_LINE + number
    )


def _prune(draft: _Draft, *, islets: int) -> None:
    """Drop doubles, what hangs together with nothing, and nodes of no street."""
    low, high = np.minimum(draft.tail, draft.head), np.maximum(draft.tail, draft.head)
    _, once = np.unique(low * len(draft.xy) + high, return_index=True)
    single = np.zeros(len(low), dtype=np.bool_)
    single[once] = True
    draft.keep(single & (low != high))
    count = len(draft.xy)
    links = coo_array((np.ones(len(draft.tail)), (draft.tail, draft.head)), (count, count))
    _, label = connected_components(links, directed=False)
    size = np.bincount(label)
    order = np.argsort(-size, kind="stable")[: islets + 1]
    share = 1.0 if islets > ISLETS else ISLET_SHARE
    fit = (size[order] >= ISLET_NODES) & (size[order] <= share * count)
    fit[0] = True
    draft.keep(np.isin(label, order[fit])[draft.tail])
    used = np.zeros(count, dtype=np.bool_)
    used[draft.tail] = used[draft.head] = True
    number = np.cumsum(used) - 1
    draft.xy, draft.height = draft.xy[used], draft.height[used]
    draft.tail, draft.head = number[draft.tail], number[draft.head]
