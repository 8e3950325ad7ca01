"""Greedy choice of sites, each gain looked at again only when it may be the greatest.

A gain can only shrink while sites are added, so what was found for it earlier is a bound
(M. Minoux, "Accelerated greedy algorithms for maximizing submodular set functions", 1978).
"""

import heapq

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._siting_problem import Problem, value

# what costs nothing is worth more than anything that costs
_NEXT_TO_NOTHING = 1e-9


def greedy(problem: Problem, *, enough: float = np.inf) -> NDArray[np.int64]:
    """Choose sites one by one, each with the greatest gain, ties by index, while any gains.

    It ends when the number, the budget or the quotas are used up, or the value is enough.

    Without a budget, cover reaches at least 1 - 1/e of the best there is. With one, gains per
    cost are tried too and the better choice is taken, which reaches half of that (S. Khuller,
    A. Moss and J. Naor, "The budgeted maximum coverage problem", 1999).
    """
    chosen = _chosen(problem, enough, by_cost=False)
    if np.isfinite(problem.budget):
        frugal = _chosen(problem, enough, by_cost=True)
        if value(problem, frugal) > value(problem, chosen):
            chosen = frugal
    return chosen


def in_order(
    problem: Problem, chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return chosen sites in the order in which a greedy choice among them takes them, and gains.

    Those that gain nothing beside the others are left out.
    """
    free = problem._replace(
        number=len(chosen), budget=np.inf, quota=np.full_like(problem.quota, len(chosen))
    )
    found: tuple[NDArray[np.int64], NDArray[np.float64]] = _greedy(
        free, np.sort(chosen), np.inf, False
    )
    return found


def _chosen(problem: Problem, enough: float, *, by_cost: bool) -> NDArray[np.int64]:
    chosen: NDArray[np.int64] = _greedy(problem, np.arange(problem.sites), enough, by_cost)[0]
    return chosen


@njit(cache=True, nogil=True)
def _gain(problem: Problem, s: np.int64, best: NDArray[np.float32]) -> float:
    gain = 0.0
    for i in range(problem.pointer[s], problem.pointer[s + 1]):
        more = problem.benefit[i] - best[problem.point[i]]
        if more > 0:
            gain += more
    return gain


@njit(cache=True, nogil=True)
def _worth(problem: Problem, s: np.int64, gain: float, by_cost: bool) -> float:
    return gain / max(problem.cost[s], _NEXT_TO_NOTHING) if by_cost else gain


@njit(cache=True, nogil=True)
def _greedy(
    problem: Problem, among: NDArray[np.int64], enough: float, by_cost: bool
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    best = np.zeros(problem.points, np.float32)
    left = problem.quota.copy()
    budget = problem.budget
    chosen = np.empty(min(problem.number, len(among)), np.int64)
    gains = np.empty(len(chosen), np.float64)
    heap = [(0.0, np.int64(0), 0) for _ in range(0)]
    for s in among:
        gain = _gain(problem, s, best)
        if gain > 0:
            heap.append((-_worth(problem, s, gain, by_cost), s, 0))
    heapq.heapify(heap)
    count = 0
    total = 0.0
    while count < len(chosen) and len(heap) > 0 and total < enough:
        _, s, seen = heap[0]
        # what does not fit now will not fit later
        if problem.cost[s] > budget or left[problem.group[s]] <= 0:
            heapq.heappop(heap)
            continue
        gain = _gain(problem, s, best)
        if seen < count:
            if gain > 0:
                heapq.heapreplace(heap, (-_worth(problem, s, gain, by_cost), s, count))
            else:
                heapq.heappop(heap)
            continue
        heapq.heappop(heap)
        for i in range(problem.pointer[s], problem.pointer[s + 1]):
            best[problem.point[i]] = max(best[problem.point[i]], problem.benefit[i])
        budget -= problem.cost[s]
        left[problem.group[s]] -= 1
        chosen[count] = s
        gains[count] = gain
        total += gain
        count += 1
    return chosen[:count], gains[:count]
