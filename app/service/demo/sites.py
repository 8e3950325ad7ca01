"""Where stations stand: beside streets where many people are about, in clumps."""

import numpy as np
from scipy.spatial import cKDTree

from app.service.demo.frame import Bools, Floats, Frame, Ints, Noise
from app.service.demo.places import beside
from app.service.demo.streets import Streets
from geo.streets import Kind, Rank

APART_METRES = 100.0
FROM_STREET_METRES = 9.0
# how strongly stations clump: some parts of the city have none
CLUMPING = 0.9
NEGLECTED_BELOW = 0.1
# every station lies in a district: none at the very rim
INSIDE = 0.985
# so many candidates are looked at for each station wanted
CANDIDATES = 8


def choose_sites(
    frame: Frame, streets: Streets, pull: Floats, *, count: int
) -> tuple[Floats, Ints]:
    """Choose places for stations.

    Args:
        pull: how many people are about at each node of the graph.

    Returns:
        Places, metres, shape (count, 2), and the segment each stands at; fewer
        if the streets do not offer so many.
    """
    rng = frame.rng(41)
    graph, xy = streets.graph, streets.xy
    rows = np.flatnonzero((graph.kind == Kind.STREET) & (graph.rank <= Rank.RESIDENTIAL))
    middle = (xy[graph.start[rows]] + xy[graph.end[rows]]) / 2
    inside = frame.rim_ratio(middle) < INSIDE
    rows, middle = rows[inside], middle[inside]
    care = Noise.make(rng, wavelength_metres=5.5 * frame.block).at(middle)
    weight = pull[graph.start[rows]] * np.where(graph.rank[rows] <= Rank.TERTIARY, 3.0, 1.0)
    weight = weight * np.exp(CLUMPING * care) * np.where(care < NEGLECTED_BELOW, 0.0015, 1.0)
    # the smallest of exponential draws: a weighted choice without putting back
    order = np.argsort(rng.exponential(size=len(rows)) / np.maximum(weight, 1e-12), kind="stable")
    order = order[: CANDIDATES * count]
    chosen = order[_apart(middle[order], APART_METRES * frame.relief)][:count]
    segments = rows[chosen]
    places = beside(xy, graph.start[segments], graph.end[segments], FROM_STREET_METRES, rng)
    return places, segments


def _apart(xy: Floats, metres: float) -> Bools:
    """Return which points stay if each drops those after it that are too near."""
    keep = np.ones(len(xy), dtype=np.bool_)
    pairs = cKDTree(xy).query_pairs(metres, output_type="ndarray")
    for first, second in pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]:
        if keep[first]:
            keep[second] = False
    return keep
