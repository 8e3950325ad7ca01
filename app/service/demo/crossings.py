"""Bridges over the rivers and tunnels through the ridges, with nodes of their own."""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from app.service.demo.frame import STRIKE_RADIANS, Floats, Frame, Ints
from app.service.demo.rivers import River
from app.service.demo.terrain import Terrain
from geo.streets import Kind

PIECE_METRES = 70.0
CLEARANCE_METRES = 18.0


@dataclass(frozen=True, slots=True)
class Crossing:
    """One bridge or tunnel between two nodes.

    Attributes:
        kind: :attr:`Kind.BRIDGE` or :attr:`Kind.TUNNEL`.
        tail, head: existing nodes.
        over: what it crosses, for its name.
    """

    kind: Kind
    tail: int
    head: int
    over: str


def find_crossings(frame: Frame, terrain: Terrain, xy: Floats, heads: Ints) -> list[Crossing]:
    """Choose where bridges and tunnels run.

    Args:
        xy: all nodes, metres.
        heads: nodes of larger roads that a crossing may start from.
    """
    tree = cKDTree(xy[heads])
    dry = terrain.rivers.distance(xy[heads])
    found: list[Crossing] = []
    for river, gap in ((terrain.rivers.main, 0.155), (terrain.rivers.branch, 0.115)):
        for place in _places(frame, river, gap):
            pair = _bridge(frame, terrain, river, place, heads=xy[heads], tree=tree, dry=dry)
            if pair is not None and not _meets(found, xy, heads[pair[0]], heads[pair[1]]):
                tail, head = (int(heads[end]) for end in pair)
                found.append(Crossing(Kind.BRIDGE, tail, head, river.name))
    for pair in _tunnels(frame, terrain, xy[heads], tree):
        if not _meets(found, xy, heads[pair[0]], heads[pair[1]]):
            found.append(Crossing(Kind.TUNNEL, int(heads[pair[0]]), int(heads[pair[1]]), "岭"))
    return found


def _places(frame: Frame, river: River, gap: float) -> Ints:
    """Return places along a river, within the city, some way from its ends there."""
    metres = float(np.clip(gap * frame.width, 450.0, 3_400.0))
    step = np.hypot(*np.diff(river.line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(step)])
    inside = np.flatnonzero(frame.rim_ratio(river.line) < 0.93)
    first, last = along[inside[0]], along[inside[-1]]
    count = max(int((last - first) / metres), 1)
    wanted = first + (np.arange(count) + 0.45) * (last - first) / count
    return np.asarray(np.searchsorted(along, wanted), dtype=np.int64)


def _bridge(
    frame: Frame,
    terrain: Terrain,
    river: River,
    place: int,
    *,
    heads: Floats,
    tree: cKDTree,
    dry: Floats,
) -> tuple[int, int] | None:
    """Find a node on each bank so that the deck runs straight across."""
    inland = 0.16 * frame.block + 50.0
    normal = river.normals()[place] * (river.half_width[place] + inland)
    ends = []
    for side in (1.0, -1.0):
        goal = river.line[place] + side * normal
        metres, near = tree.query(goal, k=min(24, len(heads)))
        fit = (dry[near] > 0.5 * inland) & (metres < 1.1 * frame.block)
        if not fit.any():
            return None
        best = int(near[np.argmin(np.where(fit, metres, np.inf))])
        ends.append(best)
    span = np.hypot(*(heads[ends[0]] - heads[ends[1]]))
    if span > 2.2 * (river.half_width[place] + inland) + 0.5 * frame.block:
        return None
    # a deck that runs along the water, or over the mouth, is no bridge
    deck = heads[ends[0]] + np.linspace(0, 1, 41)[:, None] * (heads[ends[1]] - heads[ends[0]])
    wet = terrain.rivers.distance(deck) < 0
    once = int(np.abs(np.diff(wet.astype(np.int8))).sum()) == 2
    return (ends[0], ends[1]) if once else None


def _meets(found: list[Crossing], xy: Floats, tail: int, head: int) -> bool:
    line = shapely.LineString([xy[tail], xy[head]])
    lines = [shapely.LineString([xy[one.tail], xy[one.head]]) for one in found]
    return any(line.distance(other) < 60.0 for other in lines)


def _tunnels(frame: Frame, terrain: Terrain, heads: Floats, tree: cKDTree) -> list[tuple[int, int]]:
    """Look along the crests every few kilometres for a straight way through."""
    across = np.array([np.cos(STRIKE_RADIANS), np.sin(STRIKE_RADIANS)])
    along = np.array([-across[1], across[0]])
    gap = float(np.clip(0.28 * frame.width, 900.0, 5_500.0))
    reach = int(frame.width / gap) + 1
    crests = int(frame.width / terrain.period) + 1
    found = []
    for crest in range(-crests, crests + 1):
        for step in range(-reach, reach + 1):
            at = (crest + 0.5) * terrain.period * across + (step + 0.3) * gap * along
            at = at - terrain.off_crest(at[None, :])[0] * across
            if frame.rim_ratio(at[None, :])[0] > 0.8 or terrain.ridge(at[None, :])[0] < 40:
                continue
            pair = _through(terrain, at, across, heads, tree)
            if pair is not None:
                found.append(pair)
    return found


def _through(
    terrain: Terrain, at: Floats, across: Floats, heads: Floats, tree: cKDTree
) -> tuple[int, int] | None:
    half = 1.65 * terrain.spread
    metres, ends = tree.query(np.stack([at - half * across, at + half * across]))
    if (metres > 0.45 * half).any() or ends[0] == ends[1]:
        return None
    way = heads[ends[0]] + np.linspace(0, 1, 31)[:, None] * (heads[ends[1]] - heads[ends[0]])
    if (terrain.rivers.distance(way) < 150.0).any():
        return None
    ground = terrain.height(way)
    bore = np.linspace(ground[0], ground[-1], len(way))
    return (int(ends[0]), int(ends[1])) if (ground - bore).max() > 25.0 else None


def draw(crossing: Crossing, xy: Floats, height: Floats, ground: Terrain) -> tuple[Floats, Floats]:
    """Return the inner nodes of a crossing and their heights: shapes (n, 2) and (n,)."""
    tail, head = xy[crossing.tail], xy[crossing.head]
    run = head - tail
    pieces = max(int(np.hypot(run[0], run[1]) / PIECE_METRES), 2)
    share = np.arange(1, pieces) / pieces
    side = np.array([-run[1], run[0]])
    bend = 0.0 if crossing.kind == Kind.BRIDGE else 0.03
    inner = tail + share[:, None] * run + (bend * np.sin(np.pi * share))[:, None] * side
    level = height[crossing.tail] + share * (height[crossing.head] - height[crossing.tail])
    if crossing.kind == Kind.BRIDGE:
        arch = np.sin(np.pi * share)
        level = level + arch * CLEARANCE_METRES * ground.frame.relief
    return inner, level
