"""The kernel that pulls heights taut within a tube."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


class Links(NamedTuple):
    """Neighbours of each node as compressed rows, with weights that sum up to one half."""

    pointer: NDArray[np.int32]
    node: NDArray[np.int32]
    weight: Doubles


class Tube(NamedTuple):
    """Bounds of each height, and the weight that its change counts with."""

    low: Doubles
    high: Doubles
    degree: Doubles


class State(NamedTuple):
    """Heights now and extrapolated, both of shape (nodes,), and the momentum."""

    now: Doubles
    ahead: Doubles
    momentum: float


@njit(cache=True, nogil=True)
def descend(
    links: Links, tube: Tube, state: State, steps: int, smooth_enough: float
) -> tuple[State, bool]:
    """Take some steps, the arrays of ``state`` being changed; say whether the last was small."""
    now, ahead, momentum = state
    after = np.empty_like(now)
    for _ in range(steps):
        uphill = 0.0
        largest = 0.0
        for i in range(len(now)):
            mean = 0.5 * ahead[i]
            if links.pointer[i] == links.pointer[i + 1]:
                mean = ahead[i]
            for at in range(links.pointer[i], links.pointer[i + 1]):
                mean += links.weight[at] * ahead[links.node[at]]
            # halfway to the mean of the neighbours: the longest step that cannot overshoot
            mean = min(max(mean, tube.low[i]), tube.high[i])
            change = mean - now[i]
            uphill += (ahead[i] - mean) * tube.degree[i] * change
            largest = max(largest, abs(change))
            after[i] = mean
        if uphill > 0:
            momentum = 1.0
        following = (1.0 + np.sqrt(1.0 + 4.0 * momentum * momentum)) / 2.0
        push = (momentum - 1.0) / following
        for i in range(len(now)):
            ahead[i] = after[i] + push * (after[i] - now[i])
            now[i] = after[i]
        momentum = following
        if largest < smooth_enough:
            return State(now, ahead, momentum), True
    return State(now, ahead, momentum), False
