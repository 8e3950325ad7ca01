"""Heights of nodes: streets are cut into the slope until they can be driven, the rest is steps."""

import numpy as np

from app.service.demo.frame import Bools, Floats, Ints
from app.service.demo.links import Links, Segments
from app.service.demo.terrain import Terrain
from geo.streets import Kind, Rank

STREET_SLOPE = 0.13
STAIR_SLOPE = 0.105
STREET_LIMIT = 0.15
PATH_LIMIT = 0.26
STEPS_FROM = 0.1
STEPS_LIMIT = 0.72
RISER_METRES = 0.16
STAIRS_PER_LIFT = 1_500
ROUNDS = 60


def sort_links(
    xy: Floats, height: Floats, links: Links, rng: np.random.Generator
) -> tuple[Links, Bools]:
    """Turn local streets that are too steep into steps, and leave some of them out.

    Returns:
        The links with new kinds, and which of them stay.
    """
    length = np.hypot(*(xy[links.head] - xy[links.tail]).T)
    slope = np.abs(height[links.head] - height[links.tail]) / np.maximum(length, 1e-9)
    path = links.kind == Kind.PATH
    steep = ~links.arterial & (slope > np.where(path, PATH_LIMIT * 0.8, STAIR_SLOPE))
    kind, rank = links.kind.copy(), links.rank.copy()
    kind[steep] = Kind.STEPS
    rank[steep] = Rank.STEPS
    dice = rng.random(len(links))
    keep = ~steep | (dice < 0.72) & (slope < 0.95 * STEPS_LIMIT) & (length < 230)
    return Links(links.tail, links.head, kind, rank, links.line, links.arterial), keep


def level(
    terrain: Terrain, segments: Segments, kind: Ints, height: Floats, ends_of_links: int
) -> Floats:
    """Return heights of all nodes with streets no steeper than can be driven.

    Inner nodes of steps lie evenly between their ends; the others start from
    the ground and are moved, a little in each round, where a street is too steep.

    Args:
        kind: of each segment.
        height: of the nodes that links end at.
    """
    inner = segments.xy[ends_of_links:]
    out = np.concatenate([height, terrain.height(inner)])
    length = np.hypot(*(segments.xy[segments.head] - segments.xy[segments.tail]).T)
    stairs = kind == Kind.STEPS
    limit = np.where(kind == Kind.PATH, 0.95 * PATH_LIMIT, 0.92 * STREET_SLOPE) * length
    tail, head = segments.tail[~stairs], segments.head[~stairs]
    limit = limit[~stairs]
    degree = np.bincount(tail, minlength=len(out)) + np.bincount(head, minlength=len(out))
    share = 1.0 / np.maximum(degree, 1)
    for _ in range(ROUNDS):
        climb = out[head] - out[tail]
        excess = climb - np.clip(climb, -limit, limit)
        if np.abs(excess).max(initial=0.0) < 0.02:
            break
        move = np.bincount(tail, excess, minlength=len(out))
        move -= np.bincount(head, excess, minlength=len(out))
        out += 0.9 * share * move
    return _even_stairs(segments, out, _nodes_of(segments, stairs, len(out)))


def _nodes_of(segments: Segments, chosen: Bools, count: int) -> Bools:
    marked = np.zeros(count, dtype=np.bool_)
    marked[segments.tail[chosen]] = True
    marked[segments.head[chosen]] = True
    return marked


def _even_stairs(segments: Segments, height: Floats, marked: Bools) -> Floats:
    inner = marked & ~np.isnan(segments.share)
    low, high = height[segments.ends[inner, 0]], height[segments.ends[inner, 1]]
    height[inner] = low + segments.share[inner] * (high - low)
    return height


def final_kinds(
    xy: Floats, height: Floats, segments: tuple[Ints, Ints], kind: Ints, rank: Ints
) -> tuple[Ints, Ints, Bools]:
    """Say what each segment is now that heights stand, and which are too steep to stay.

    Steps that came out gentle are paths; streets that stayed too steep are steps.
    """
    tail, head = segments
    length = np.hypot(*(xy[head] - xy[tail]).T)
    slope = np.abs(height[head] - height[tail]) / np.maximum(length, 1e-9)
    kind, rank = kind.copy(), rank.copy()
    gentle = (kind == Kind.STEPS) & (slope < STEPS_FROM)
    kind[gentle], rank[gentle] = Kind.PATH, Rank.PEDESTRIAN
    limit = np.select([kind == Kind.STREET, kind == Kind.PATH], [STREET_LIMIT, PATH_LIMIT], np.inf)
    steep = slope > limit
    kind[steep], rank[steep] = Kind.STEPS, Rank.STEPS
    return kind, rank, ~((kind == Kind.STEPS) & (slope > STEPS_LIMIT))


def mechanise(height: Floats, tail: Ints, head: Ints, kind: Ints) -> Ints:
    """Turn the highest stairs into lifts and escalators, a few in a city."""
    stairs = np.flatnonzero(kind == Kind.STEPS)
    climb = np.abs(height[head[stairs]] - height[tail[stairs]])
    order = stairs[np.argsort(-climb, kind="stable")]
    few = min(max(1, len(stairs) // STAIRS_PER_LIFT), len(stairs) // 4)
    kind = kind.copy()
    kind[order[:few]] = Kind.LIFT
    kind[order[few : 3 * few]] = Kind.ESCALATOR
    return kind


def stair_steps(height: Floats, tail: Ints, head: Ints, kind: Ints) -> Ints:
    """Count the stair steps of each segment, 0 where there are none."""
    climb = np.abs(height[head] - height[tail])
    count = np.maximum(np.round(climb / RISER_METRES), 1).astype(np.int64)
    return np.where(kind == Kind.STEPS, count, 0)
