"""Superblocks: the cells between the larger roads, and what each is used for.

The cells are Voronoi cells of an uneven grid of seeds, finer in the centres.
Along the rivers seeds stand in pairs mirrored at the riverside road, so that
the edge between the two of a pair *is* that road.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree

from app.service.demo.frame import Floats, Frame, Ints, Noise
from app.service.demo.rivers import River
from app.service.demo.terrain import Terrain


class Use(IntEnum):
    """What a superblock is."""

    WATER = 0
    OUTSIDE = 1
    FOREST = 2
    PARK = 3
    FIELD = 4
    INDUSTRY = 5
    HOMES = 6
    SHOPS = 7


BUILT = (Use.INDUSTRY, Use.HOMES, Use.SHOPS)
# how far from the road a mirrored seed stands, as a share of a block and of the river
MIRROR_OF_BLOCK, MIRROR_OF_RIVER = 0.4, 0.6
# every so many lines of the grid is a primary road
PRIMARY_EVERY = 4
# how much wider than in homes streets lie, by use
WIDER = {Use.FOREST: 3.4, Use.PARK: 1.45, Use.FIELD: 2.5, Use.INDUSTRY: 1.75, Use.SHOPS: 0.9}


@dataclass(frozen=True, slots=True)
class Blocks:
    """Cells and the edges between them, in plan coordinates (metres).

    Attributes:
        seeds: shape (cells, 2).
        world: the seeds in the world, shape (cells, 2).
        use: shape (cells,), a :class:`Use`.
        urban: shape (cells,).
        area: shape (cells,), square metres; infinite cells have nothing of it.
        corners: shape (corners, 2), where edges meet.
        edge_cells: shape (edges, 2), the lower cell first, sorted.
        edge_corners: shape (edges, 2).
        tree: of the seeds.
    """

    seeds: Floats
    world: Floats
    use: Ints
    urban: Floats
    area: Floats
    corners: Floats
    edge_cells: Ints
    edge_corners: Ints
    tree: cKDTree


def make_blocks(frame: Frame, terrain: Terrain) -> Blocks:
    """Cut the land into superblocks and give each its use."""
    rng = frame.rng(4)
    seeds, wet = _seeds(frame, terrain, rng)
    world = frame.world(seeds)
    voronoi = Voronoi(seeds)
    whole = (np.asarray(voronoi.ridge_vertices) >= 0).all(axis=1)
    cells = np.sort(np.asarray(voronoi.ridge_points, dtype=np.int64)[whole], axis=1)
    ends = np.asarray(voronoi.ridge_vertices, dtype=np.int64)[whole]
    corners, ends = _merge_close(voronoi.vertices, ends, 0.13 * frame.block)
    order = np.lexsort((cells[:, 1], cells[:, 0]))
    cells, ends = cells[order], ends[order]
    urban = terrain.urban(world)
    return Blocks(
        seeds=seeds,
        world=world,
        use=_uses(frame, terrain, world, urban=urban, wet=wet, rng=rng),
        urban=urban,
        area=_areas(seeds, corners, cells, ends),
        corners=corners,
        edge_cells=cells,
        edge_corners=ends,
        tree=cKDTree(seeds),
    )


def _seeds(frame: Frame, terrain: Terrain, rng: np.random.Generator) -> tuple[Floats, Ints]:
    size = frame.block
    reach = int(0.62 * np.hypot(frame.width, frame.depth) / size) + 3
    axis = np.arange(-reach, reach + 1)
    lines = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    grid: Floats = np.asarray(lines * size, dtype=np.float64)
    place = frame.world(grid)
    grid = grid[frame.rim_ratio(place) < 1.0 + 3.5 * size / (frame.depth / 2)]
    fine = terrain.urban(frame.world(grid)) > 0.62 + 0.1 * rng.standard_normal(len(grid))
    main = np.where(np.mod(np.round(grid / size), PRIMARY_EVERY) <= 1, 0.16, 1.0)
    quarter = size / 4 * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    split = (grid[fine][:, None, :] + quarter).reshape(-1, 2)
    # seeds beside the lines of primary roads keep in rank, so that those run smoothly
    whole = grid[~fine] + rng.uniform(-0.29, 0.29, (int((~fine).sum()), 2)) * size * main[~fine]
    loose = np.repeat(main[fine], 4, axis=0)
    split += rng.uniform(-0.13, 0.13, split.shape) * size * loose
    free = np.vstack([whole, split])
    road = riverside_metres(frame)
    pairs, wet = _mirrored(frame, terrain, road)
    near = terrain.rivers.distance(frame.world(free)) < road + 0.55 * size
    free = free[~near]
    gap, _ = cKDTree(pairs).query(free)
    free = free[gap > 0.42 * size]
    return np.vstack([pairs, free]), np.concatenate([wet, np.zeros(len(free), dtype=np.int64)])


def riverside_metres(frame: Frame) -> float:
    """Return how far from the bank the riverside road runs."""
    return 24.0 + 26.0 * frame.relief


def _mirrored(frame: Frame, terrain: Terrain, road: float) -> tuple[Floats, Ints]:
    """Return seeds in mirrored pairs along every riverside road, and which are in the water."""
    land, water = [], []
    for river in (terrain.rivers.main, terrain.rivers.branch):
        usual = _mirror(frame, np.array([np.median(river.half_width) + road]))[0]
        picked = _evenly(river, 2.2 * float(usual))
        line, normal = river.line[picked], river.normals()[picked]
        for side in (1.0, -1.0):
            edge = line + side * normal * (river.half_width[picked] + road)[:, None]
            gap = _mirror(frame, river.half_width[picked] + road)
            at = frame.plan(edge)
            # the bend of the plan shears: stand upright on the road in the plan itself
            ahead = frame.plan(edge + 10.0 * np.column_stack([normal[:, 1], -normal[:, 0]])) - at
            ahead /= np.hypot(ahead[:, 0], ahead[:, 1])[:, None]
            out = side * gap[:, None] * np.column_stack([-ahead[:, 1], ahead[:, 0]])
            clear = terrain.rivers.distance(edge) > 0.85 * road
            clear &= terrain.rivers.distance(frame.world(at + out)) > 0.8 * (road + gap)
            land.append((at + out)[clear])
            water.append((at - out)[clear])
    dry, wet = np.vstack(land), np.vstack(water)
    keep = np.ones(len(dry), dtype=np.bool_)
    for first, second in sorted(cKDTree(dry).query_pairs(0.15 * frame.block)):
        keep[second] &= not keep[first]
    dry, wet = dry[keep], wet[keep]
    return np.vstack([dry, wet]), np.repeat([0, 1], [len(dry), len(wet)])


def _mirror(frame: Frame, from_middle: Floats) -> Floats:
    return np.minimum(MIRROR_OF_BLOCK * frame.block, MIRROR_OF_RIVER * from_middle)


def _evenly(river: River, metres: float) -> Ints:
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(river.line, axis=0).T))])
    return np.searchsorted(along, np.arange(metres / 2, along[-1], metres))


def _merge_close(corners: Floats, ends: Ints, metres: float) -> tuple[Floats, Ints]:
    """Merge corners joined by a short edge, so that four roads meet in one place."""
    span = np.hypot(*(corners[ends[:, 0]] - corners[ends[:, 1]]).T)
    short = ends[span < metres]
    links = coo_array((np.ones(len(short)), (short[:, 0], short[:, 1])), (len(corners),) * 2)
    count, label = connected_components(links, directed=False)
    size = np.bincount(label, minlength=count)
    merged = np.column_stack(
        [np.bincount(label, corners[:, axis], minlength=count) / size for axis in (0, 1)]
    )
    return merged, label[ends].astype(np.int64)


def _areas(seeds: Floats, corners: Floats, cells: Ints, ends: Ints) -> Floats:
    length = np.hypot(*(corners[ends[:, 0]] - corners[ends[:, 1]]).T)
    apart = np.hypot(*(seeds[cells[:, 0]] - seeds[cells[:, 1]]).T)
    part = np.repeat(length * apart / 4, 2)
    return np.bincount(cells.ravel(), part, minlength=len(seeds)).astype(np.float64)


def _uses(
    frame: Frame,
    terrain: Terrain,
    world: Floats,
    *,
    urban: Floats,
    wet: Ints,
    rng: np.random.Generator,
) -> Ints:
    steep = np.zeros(len(world))
    around = 0.25 * frame.block * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])
    for shift in around:
        steep += np.hypot(*terrain.slope(world + shift).T) / len(around)
    dice, other = rng.random(len(world)), rng.random(len(world))
    industry = Noise.make(frame.rng(5), wavelength_metres=6.5 * frame.block).at(world)
    use = np.full(len(world), Use.HOMES, dtype=np.int64)
    use[dice < 0.045] = Use.PARK
    use[(industry > 1.05) & (urban < 0.5) & (steep < 0.13)] = Use.INDUSTRY
    use[(urban > 0.85) & (dice > 0.05) | (urban > 0.6) & (dice > 0.75)] = Use.SHOPS
    use[other > 0.16 + 6.5 * np.maximum(urban, 0.0)] = Use.FIELD
    high = terrain.ridge(world) > 0.35 * 0.031 * terrain.period
    use[(steep > 0.2) | high] = Use.FOREST
    use[~terrain.inside(world)] = Use.OUTSIDE
    use[(wet == 1) | (terrain.rivers.distance(world) < 0)] = Use.WATER
    return use
