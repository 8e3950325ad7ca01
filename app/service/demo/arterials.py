"""Roads between superblocks: the edges of the cells, cut into even slots."""

from dataclasses import dataclass

import numpy as np

from app.service.demo.blocks import PRIMARY_EVERY, Blocks, Use
from app.service.demo.frame import Bools, Floats, Frame, Ints
from app.service.demo.links import Links, make_links
from geo.streets import Kind, Rank

SLOT_METRES = 36.0
LINE_LENGTH_BLOCKS = 14
# street lines of different classes are numbered apart
RIVERSIDE, PRIMARY_LINE, OTHER_LINE = 1 << 40, 2 << 40, 3 << 40


@dataclass(frozen=True, slots=True)
class Arterials:
    """All edges as chains of nodes; some are roads.

    Nodes are numbered: corners first, then the inner nodes of edge 0, of edge 1…

    Attributes:
        nodes: shape (nodes, 2), plan coordinates.
        first: of each edge, the number of its first inner node.
        slots: of each edge, how many pieces it has.
        road: which edges are roads.
        links: one per piece of a road.
    """

    nodes: Floats
    first: Ints
    slots: Ints
    road: Bools
    links: Links

    def node(self, blocks: Blocks, edge: Ints, slot: Ints) -> Ints:
        """Return the node after so many pieces of an edge."""
        inner = self.first[edge] + slot - 1
        inner = np.where(slot <= 0, blocks.edge_corners[edge, 0], inner)
        return np.asarray(
            np.where(slot >= self.slots[edge], blocks.edge_corners[edge, 1], inner), dtype=np.int64
        )


def make_arterials(frame: Frame, blocks: Blocks) -> Arterials:
    """Choose which edges are roads, of what rank, and cut them."""
    rng = frame.rng(7)
    tail = blocks.corners[blocks.edge_corners[:, 0]]
    run = blocks.corners[blocks.edge_corners[:, 1]] - tail
    length = np.hypot(run[:, 0], run[:, 1])
    real = (length > 0) & (length < 4 * frame.block) & _single(blocks.edge_corners)
    slots = np.where(real, np.maximum(np.round(length / SLOT_METRES), 1), 1).astype(np.int64)
    inner = slots - 1
    owner = np.repeat(np.arange(len(slots)), inner)
    offset = np.cumsum(inner) - inner
    share = (np.arange(len(owner)) - offset[owner] + 1) / slots[owner]
    nodes = np.vstack([blocks.corners, tail[owner] + share[:, None] * run[owner]])
    rank, line = _ranks(frame, blocks, tail + run / 2, run)
    road = real & _roads(blocks, rank, rng)
    first = len(blocks.corners) + offset
    edge = np.repeat(np.flatnonzero(road), slots[road])
    start = np.cumsum(slots[road]) - slots[road]
    piece = np.arange(len(edge)) - np.repeat(start, slots[road])
    draft = Arterials(nodes, first, slots, road, _no_links())
    wild = (blocks.use[blocks.edge_cells] == Use.FOREST).all(axis=1)[edge]
    links = make_links(
        draft.node(blocks, edge, piece),
        draft.node(blocks, edge, piece + 1),
        kind=np.where(wild, int(Kind.PATH), int(Kind.STREET)),
        rank=np.where(wild, int(Rank.PATH), rank[edge]),
        line=np.where(wild, -1, line[edge]),
        arterial=True,
    )
    return Arterials(nodes, first, slots, road, links)


def _single(corners: Ints) -> Bools:
    """Return which edges are the first between their two corners."""
    pair = np.sort(corners, axis=1)
    _, first = np.unique(pair, axis=0, return_index=True)
    single = np.zeros(len(pair), dtype=np.bool_)
    single[first] = True
    return single


def _no_links() -> Links:
    none = np.zeros(0, dtype=np.int64)
    return make_links(none, none, kind=0, rank=0, line=none, arterial=True)


def _ranks(frame: Frame, blocks: Blocks, middle: Floats, run: Floats) -> tuple[Ints, Ints]:
    """Rank an edge by the grid line it lies on; riverside roads stand apart."""
    upright = np.abs(run[:, 1]) > np.abs(run[:, 0])
    across = np.where(upright, middle[:, 0], middle[:, 1]) / frame.block - 0.5
    along = np.where(upright, middle[:, 1], middle[:, 0]) / frame.block
    number = np.round(across).astype(np.int64)
    on_line = np.abs(across - number) < 0.34
    primary = on_line & (number % PRIMARY_EVERY == 0)
    rank = np.where(on_line, int(Rank.SECONDARY), int(Rank.TERTIARY))
    rank[primary] = Rank.PRIMARY
    half = np.round(across * 2).astype(np.int64)
    stretch = np.floor(along / np.where(primary, LINE_LENGTH_BLOCKS, 5)).astype(np.int64)
    line = np.where(primary, PRIMARY_LINE, OTHER_LINE)
    line = line + ((stretch + 512) * 4096 + half + 2048) * 2 + upright
    wet = blocks.use[blocks.edge_cells] == Use.WATER
    bank = wet.any(axis=1) & ~wet.all(axis=1)
    rank[bank] = Rank.SECONDARY
    reach = np.floor(along / LINE_LENGTH_BLOCKS).astype(np.int64) + 64
    side = (blocks.world[blocks.edge_cells, 1] * wet).sum(axis=1) > blocks.world[
        blocks.edge_cells, 1
    ].sum(axis=1) / 2
    line[bank] = RIVERSIDE + (reach * 2 + side)[bank]
    return rank, line


def _roads(blocks: Blocks, rank: Ints, rng: np.random.Generator) -> Bools:
    """Choose the edges that are roads: none in the water or outside, few in the woods."""
    use = blocks.use[blocks.edge_cells]
    dice = rng.random(len(use))
    road = ~(use == Use.WATER).all(axis=1) & ~(use == Use.OUTSIDE).any(axis=1)
    road &= (dice > 0.10) | (rank <= Rank.PRIMARY) | (use == Use.WATER).any(axis=1)
    road &= (dice > 0.24) | (rank <= Rank.SECONDARY)
    wild = (use == Use.FOREST).all(axis=1)
    return np.asarray(road & (~wild | (dice > 0.72)), dtype=np.bool_)
