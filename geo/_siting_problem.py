"""Where new stations may go and what each would do for each point, as one sparse table.

Every goal becomes the same problem: choose sites so that the sum over points of the greatest
benefit among the chosen is largest. What a point has already is taken off its benefits, so
that sites that are certain leave a smaller problem of the same form.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

# what is smaller than this share of all that could be won is rounding
ROUNDING = 1e-9


class Problem(NamedTuple):
    """Rows of benefits by site, and what may be chosen of them.

    Attributes:
        pointer: int64 of shape (sites + 1,); row ``s`` stands from ``pointer[s]`` to the next.
        point: int32 of shape (entries,), ascending in each row.
        benefit: float32 of shape (entries,), above 0: what the site does for the point.
        points: how many points there are.
        cost: float64 of shape (sites,), 0 or more; zeros where no budget is given.
        group: int32 of shape (sites,).
        quota: int64 of shape (groups,), how many sites of each group may be chosen.
        number: how many sites may be chosen in all.
        budget: what they may cost together; infinite where none is given.
    """

    pointer: NDArray[np.int64]
    point: NDArray[np.int32]
    benefit: NDArray[np.float32]
    points: int
    cost: NDArray[np.float64]
    group: NDArray[np.int32]
    quota: NDArray[np.int64]
    number: int
    budget: float

    @property
    def sites(self) -> int:
        """How many rows there are."""
        return len(self.pointer) - 1

    def with_number(self, number: int) -> "Problem":
        """Return the same problem with another number of sites to choose."""
        return self._replace(number=number)


def reduced(
    problem: Problem, certain: NDArray[np.int64], kept: NDArray[np.bool_] | None = None
) -> Problem:
    """Return what is left to choose once some sites are certain.

    Sites keep their numbers; those that are certain, or not kept, have empty rows.

    Args:
        certain: sites that are chosen; the number, the budget and the quotas shrink by them.
        kept: bool of shape (sites,), which of the others may still be chosen.
    """
    open_rows = np.ones(problem.sites, np.bool_) if kept is None else kept.copy()
    open_rows[certain] = False
    pointer, point, benefit = remaining(
        problem.pointer, problem.point, problem.benefit, served(problem, certain), open_rows
    )
    used = np.bincount(problem.group[certain], minlength=len(problem.quota))
    return problem._replace(
        pointer=pointer,
        point=point,
        benefit=benefit,
        quota=problem.quota - used,
        number=problem.number - len(certain),
        budget=problem.budget - float(problem.cost[certain].sum()),
    )


def served(problem: Problem, chosen: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the greatest benefit among the chosen for each point, 0 where there is none."""
    best = np.zeros(problem.points, np.float32)
    raise_best(problem.pointer, problem.point, problem.benefit, chosen, best)
    return best


def value(problem: Problem, chosen: NDArray[np.int64]) -> float:
    """Return the sum over points of the greatest benefit among the chosen."""
    return float(served(problem, chosen).sum(dtype=np.float64))


def most(problem: Problem) -> float:
    """Return the value of all sites together, which nothing exceeds."""
    return value(problem, np.arange(problem.sites))


@njit(cache=True, nogil=True)
def raise_best(
    pointer: NDArray[np.int64],
    point: NDArray[np.int32],
    benefit: NDArray[np.float32],
    chosen: NDArray[np.int64],
    best: NDArray[np.float32],
) -> None:
    for s in chosen:
        for i in range(pointer[s], pointer[s + 1]):
            best[point[i]] = max(best[point[i]], benefit[i])


@njit(cache=True, nogil=True)
def remaining(
    pointer: NDArray[np.int64],
    point: NDArray[np.int32],
    benefit: NDArray[np.float32],
    floor: NDArray[np.float32],
    kept: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Return the rows that are kept, less what each point has already."""
    sites = len(pointer) - 1
    out_pointer = np.zeros(sites + 1, np.int64)
    for s in range(sites):
        count = 0
        if kept[s]:
            for i in range(pointer[s], pointer[s + 1]):
                count += benefit[i] > floor[point[i]]
        out_pointer[s + 1] = out_pointer[s] + count
    out_point = np.empty(out_pointer[sites], np.int32)
    out_benefit = np.empty(out_pointer[sites], np.float32)
    at = 0
    for s in range(sites):
        if kept[s]:
            for i in range(pointer[s], pointer[s + 1]):
                if benefit[i] > floor[point[i]]:
                    out_point[at] = point[i]
                    out_benefit[at] = benefit[i] - floor[point[i]]
                    at += 1
    return out_pointer, out_point, out_benefit


@njit(cache=True, nogil=True)
def covering(
    point: NDArray[np.int32], weight: NDArray[np.float32], current: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return as benefits the weight of points that have no station in reach, else 0."""
    benefit = np.empty(len(point), np.float32)
    for i in range(len(point)):
        benefit[i] = 0.0 if np.isfinite(current[point[i]]) else weight[point[i]]
    return benefit


@njit(cache=True, nogil=True)
def shortening(
    point: NDArray[np.int32],
    cost: NDArray[np.float32],
    weight: NDArray[np.float32],
    current: NDArray[np.float32],
    cap: float,
) -> NDArray[np.float32]:
    """Return as benefits by how much the walk of a point's people becomes shorter, else 0."""
    benefit = np.empty(len(point), np.float32)
    for i in range(len(point)):
        saved = min(np.float64(current[point[i]]), cap) - cost[i]
        benefit[i] = max(saved, 0.0) * weight[point[i]]
    return benefit
