"""Follow a drawn line along streets: at each sample the segment that is meant."""

import numpy as np
from numpy.typing import NDArray

# what it costs, in metres times samples, to go on along a street that does not join
JUMP_COST = 200.0
_HOPS = 4

Costs = NDArray[np.float64]
Index = NDArray[np.int64]


def follow(
    costs: Costs, start: Index, end: Index, short: NDArray[np.bool_], *, none: float
) -> Index:
    """Return the segment at every sample, -1 for none, so that the sum of costs is least.

    Going on from a segment to one that shares a node costs nothing, also across a few short
    ones; to any other costs :data:`JUMP_COST`. So a line drawn between two streets side by side
    keeps to one of them.
    This is the Viterbi algorithm (A. Viterbi, "Error bounds for
    convolutional codes", IEEE Transactions on Information Theory 13 (1967) 260-269), as it is
    used to match positions to streets; of two equal ways the one by lower numbers is taken.

    Args:
        costs: shape (samples, segments), infinite where a segment cannot be meant.
        start, end: nodes of the segments, numbered from 0.
        short: whether a segment is so short that samples may step over it.
        none: what a sample without a segment costs.
    """
    samples, segments = costs.shape
    total = np.append(costs[0], none)
    came = np.empty((samples, segments + 1), np.int64)
    nodes = int(max(start.max(initial=-1), end.max(initial=-1))) + 1
    for i in range(1, samples):
        before, origin = _joined(total, start, end, short, nodes)
        leap = int(np.argmin(total))
        jump = total[leap] + JUMP_COST
        came[i, :segments] = np.where(before <= jump, origin, leap)
        # giving up is free: only taking up again costs
        came[i, segments] = leap
        total = np.append(np.minimum(before, jump) + costs[i], total[leap] + none)
    found = np.empty(samples, np.int64)
    found[-1] = np.argmin(total)
    for i in range(samples - 1, 0, -1):
        found[i - 1] = came[i, found[i]]
    return np.where(found == segments, -1, found)


def _joined(
    total: Costs, start: Index, end: Index, short: NDArray[np.bool_], nodes: int
) -> tuple[Costs, Index]:
    """Return the least total from which each segment is reached along streets, and from where."""
    cost = total[:-1].copy()
    origin = np.arange(len(cost))
    ends = np.concatenate((start, end))
    passing = np.ones(len(cost), np.bool_)
    for _ in range(_HOPS if short.any() else 1):
        # the last write to a node counts: the least cost, of equal ones the lowest number
        order = np.lexsort((-np.concatenate((origin, origin)), -np.concatenate((cost, cost))))
        order = order[np.concatenate((passing, passing))[order]]
        at_node = np.full(nodes, np.inf)
        by_node = np.full(nodes, -1, np.int64)
        at_node[ends[order]] = np.concatenate((cost, cost))[order]
        by_node[ends[order]] = np.concatenate((origin, origin))[order]
        via = np.where(at_node[start] <= at_node[end], start, end)
        better = at_node[via] < cost
        cost = np.where(better, at_node[via], cost)
        origin = np.where(better, by_node[via], origin)
        passing = short
    return cost, origin
