"""Local streets: in each superblock a lattice that lies along the slope."""

from dataclasses import dataclass

import numpy as np

from app.service.demo.blocks import BUILT, WIDER, Blocks, Use
from app.service.demo.frame import Bools, Floats, Frame, Ints
from app.service.demo.terrain import Terrain

CELLS_AT_ONCE = 3_000
# junctions as measured: so many a lattice point, so many an edge of a block on land
JUNCTIONS_PER_POINT, JUNCTIONS_PER_EDGE = 1.02, 0.62
# lattice points that a block's free margin costs, for the first guess of the spacing
MARGIN_LOSS = 0.83
TRIALS, TOLERANCE = 4, 0.05
# spacing along the slope and across it, as shares of the mean spacing
ALONG, ACROSS = 1.2, 0.84


@dataclass(frozen=True, slots=True)
class Lattice:
    """Points of all lattices, the links among them and those out to the edges.

    Attributes:
        points: shape (points, 2), plan coordinates.
        cell: the superblock of each point.
        clear: metres from each point to the block's edge.
        tail, head: point indices of the inner links; ``row`` says which run along the
            slope, ``index`` numbers a row or a column within the block.
        exit_point, exit_other, exit_at, exit_row: a point linked out, the block on the
            other side, where the edge is crossed, whether along the slope.
    """

    points: Floats
    cell: Ints
    clear: Floats
    tail: Ints
    head: Ints
    row: Bools
    index: Ints
    exit_point: Ints
    exit_other: Ints
    exit_at: Floats
    exit_row: Bools


def spacings(blocks: Blocks, wanted: float) -> Floats:
    """Return the mean lattice spacing of each block that yields about so many points."""
    shape = np.clip(1.35 - 0.45 * blocks.urban, 0.72, 1.4)
    for use, wider in WIDER.items():
        shape[blocks.use == use] *= wider
    open_land = (blocks.use != Use.WATER) & (blocks.use != Use.OUTSIDE)
    # a strip along every edge stays free of lattice points
    usable = np.where(open_land, blocks.area, 0.0)
    wanted = wanted / MARGIN_LOSS
    unit = np.sqrt((usable / (shape**2 * ALONG * ACROSS)).sum() / wanted)
    return np.asarray(np.clip(unit * shape, 34.0, 185.0), dtype=np.float64)


def directions(frame: Frame, terrain: Terrain, blocks: Blocks, rng: np.random.Generator) -> Floats:
    """Return the angle, in plan coordinates, of each block's rows: along the contour."""
    slope = terrain.slope(blocks.world)
    contour = np.column_stack([-slope[:, 1], slope[:, 0]])
    step = 20.0
    east = (frame.world(blocks.seeds + np.array([step, 0.0])) - blocks.world) / step
    north = (frame.world(blocks.seeds + np.array([0.0, step])) - blocks.world) / step
    swap = east[:, 0] * north[:, 1] - east[:, 1] * north[:, 0]
    x = (contour[:, 0] * north[:, 1] - contour[:, 1] * north[:, 0]) / swap
    y = (east[:, 0] * contour[:, 1] - east[:, 1] * contour[:, 0]) / swap
    along = np.arctan2(y, x)
    level = np.hypot(slope[:, 0], slope[:, 1]) < 0.045
    square = rng.integers(0, 2, len(along)) * np.pi / 2 + rng.normal(0, 0.12, len(along))
    return np.where(level, square, along)


def make_lattice(frame: Frame, terrain: Terrain, blocks: Blocks) -> Lattice:
    """Lay a lattice in every superblock on land, as dense as the wanted junctions need."""
    angle = directions(frame, terrain, blocks, frame.rng(6))
    land = ~np.isin(blocks.use, (Use.WATER, Use.OUTSIDE))
    edges = float(land[blocks.edge_cells].any(axis=1).sum())
    wanted = max(
        (frame.junctions - JUNCTIONS_PER_EDGE * edges) / JUNCTIONS_PER_POINT,
        0.2 * frame.junctions,
    )
    spacing = spacings(blocks, wanted)
    lattice = _lay_all(blocks, spacing, angle, frame.rng(6))
    for _ in range(TRIALS):
        ratio = len(lattice.points) / wanted
        if abs(ratio - 1) < TOLERANCE:
            break
        spacing = spacing * np.sqrt(ratio)
        lattice = _lay_all(blocks, spacing, angle, frame.rng(6))
    return lattice


def _lay_all(blocks: Blocks, spacing: Floats, angle: Floats, rng: np.random.Generator) -> Lattice:
    count = np.ceil(_reach(blocks) / (spacing * ACROSS)).astype(np.int64)
    wanted = np.flatnonzero((blocks.use != Use.WATER) & (blocks.use != Use.OUTSIDE))
    parts: list[Lattice] = []
    start = 0
    for size in np.unique(count[wanted]):
        cells = wanted[count[wanted] == size]
        at_once = max(CELLS_AT_ONCE * 81 // (2 * int(size) + 1) ** 2, 50)
        for low in range(0, len(cells), at_once):
            few = cells[low : low + at_once]
            part = _lay(blocks, few, int(size), spacing=spacing, angle=angle, start=start, rng=rng)
            parts.append(part)
            start += len(part.points)
    return Lattice(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Lattice.__slots__)
    )


def _reach(blocks: Blocks) -> Floats:
    reach = np.zeros(len(blocks.seeds))
    for end in (0, 1):
        for side in (0, 1):
            cell = blocks.edge_cells[:, side]
            corner = blocks.corners[blocks.edge_corners[:, end]]
            np.maximum.at(reach, cell, np.hypot(*(corner - blocks.seeds[cell]).T))
    return np.minimum(reach, 900.0)


def _lay(
    blocks: Blocks,
    cells: Ints,
    size: int,
    *,
    spacing: Floats,
    angle: Floats,
    start: int,
    rng: np.random.Generator,
) -> Lattice:
    """Lay the lattices of some blocks of like size."""
    xy = _candidates(blocks, cells, size, spacing=spacing, angle=angle, rng=rng)
    metres, near = blocks.tree.query(xy, k=2, workers=-1)
    here = np.broadcast_to(cells[:, None, None], metres.shape[:-1])
    own = near[..., 0] == here
    other = np.where(own, near[..., 1], near[..., 0])
    apart = np.hypot(*np.moveaxis(blocks.seeds[near[..., 1]] - blocks.seeds[near[..., 0]], -1, 0))
    clear = (metres[..., 1] ** 2 - metres[..., 0] ** 2) / (2 * apart)
    valid = own & (clear > np.clip(0.28 * spacing[cells], 11.0, 28.0)[:, None, None])
    number = np.where(valid, np.cumsum(valid).reshape(valid.shape) - 1 + start, -1)
    inner = [_within(number, axis) for axis in (1, 2)]
    exits = []
    for axis in (1, 2):
        for one, next_one in _sides(axis):
            leaves = (number[one] >= 0) & (number[next_one] < 0)
            part = _leaving(
                blocks,
                here[one][leaves],
                other[next_one][leaves],
                inner=xy[one][leaves],
                outer=xy[next_one][leaves],
                point=number[one][leaves],
                along=axis == 1,
            )
            exits.append(part)
    # both give columns in the order of the fields
    links = (np.concatenate(columns) for columns in zip(*inner, strict=True))
    leaving = (np.concatenate(columns) for columns in zip(*exits, strict=True))
    return Lattice(xy[valid], here[valid], clear[valid], *links, *leaving)


def _sides(axis: int) -> list[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    """Return the two ways to pair each point of an array with the next one along an axis."""
    whole = [slice(None)] * 3
    lower = (*whole[:axis], slice(None, -1), *whole[axis + 1 :])
    upper = (*whole[:axis], slice(1, None), *whole[axis + 1 :])
    return [(lower, upper), (upper, lower)]


def _within(number: Ints, axis: int) -> tuple[Ints, Ints, Bools, Ints]:
    """Link neighbours along one axis; the index is that of the row or column they are in."""
    one, next_one = _sides(axis)[0]
    index = np.indices(number.shape)[3 - axis][one]
    both = (number[one] >= 0) & (number[next_one] >= 0)
    along = np.full(int(both.sum()), axis == 1)
    return number[one][both], number[next_one][both], along, index[both]


def _candidates(
    blocks: Blocks,
    cells: Ints,
    size: int,
    *,
    spacing: Floats,
    angle: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Return lattice points that cover each block, shape (cells, side, side, 2)."""
    side = 2 * size + 1
    gap = spacing[cells][:, None, None]
    step = np.arange(-size, size + 1, dtype=np.float64)
    phase = rng.uniform(-0.5, 0.5, (2, len(cells), 1, 1))
    loose = np.where(np.isin(blocks.use[cells], BUILT), 0.13, 0.24)[:, None, None]
    jitter = rng.uniform(-1, 1, (2, len(cells), side, side)) * loose
    u = (step[None, :, None] + phase[0] + jitter[0]) * gap * ALONG
    v = (step[None, None, :] + phase[1] + jitter[1]) * gap * ACROSS
    cos, sin = np.cos(angle[cells])[:, None, None], np.sin(angle[cells])[:, None, None]
    centre = blocks.seeds[cells][:, None, None, :]
    return np.asarray(centre + np.stack([cos * u - sin * v, sin * u + cos * v], axis=-1))


def _leaving(
    blocks: Blocks,
    cell: Ints,
    other: Ints,
    *,
    inner: Floats,
    outer: Floats,
    point: Ints,
    along: bool,
) -> tuple[Ints, Ints, Floats, Bools]:
    """Find where links out of a block cross the line half-way to the other seed."""
    across = blocks.seeds[other] - blocks.seeds[cell]
    across /= np.maximum(np.hypot(across[:, 0], across[:, 1]), 1e-9)[:, None]
    middle = (blocks.seeds[other] + blocks.seeds[cell]) / 2
    before = ((inner - middle) * across).sum(axis=1)
    after = ((outer - middle) * across).sum(axis=1)
    # a point too close to the edge is left out itself: go straight to the edge then
    gain = np.maximum(after - before, 1e-9)
    share = np.where(after > 0, -before / gain, 1.0)
    at = inner + np.clip(share, 0.0, 1.0)[:, None] * (outer - inner)
    # meet the road at no flat angle
    direct = np.hypot(*(at - inner).T) < 2.2 * -before + 12.0
    return point[direct], other[direct], at[direct], np.full(int(direct.sum()), along)
