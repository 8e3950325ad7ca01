"""Local exchange: a chosen site for another one while that gains.

M. B. Teitz and P. Bart, "Heuristic methods for estimating the generalized vertex median of a
weighted graph", 1968; what a removal loses is kept for every chosen site and corrected for the
few sites that an insertion touches, as M. G. C. Resende and R. F. Werneck, "A fast swap-based
local search procedure for location problems", 2007.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._siting_problem import ROUNDING, Problem

MOST_PASSES = 30
# sites that are tried between two looks at whether somebody wants it to stop
_AT_A_TIME = 4_000


class _Table(NamedTuple):
    """Who serves each point, first and second, and what each slot's site is good for.

    A slot holds a chosen site or, as -1, none. Each point has a linked list of the entries of
    chosen sites: entry ``j`` of slot ``k`` is node ``k * stride + j``.
    """

    slot: NDArray[np.int64]
    first: NDArray[np.float32]
    first_slot: NDArray[np.int32]
    second: NDArray[np.float32]
    loss: NDArray[np.float64]
    head: NDArray[np.int64]
    following: NDArray[np.int64]
    stride: int
    chosen: NDArray[np.bool_]


def exchange(
    problem: Problem,
    chosen: NDArray[np.int64],
    *,
    passes: int = MOST_PASSES,
    pause: Callable[[], None] = lambda: None,
) -> NDArray[np.int64]:
    """Return a choice that is at least as good: no swap, and no addition, improves it.

    Args:
        passes: how often all sites are tried at most.
        pause: called now and then; what it raises ends the search.
    """
    for _ in range(passes):
        table = _table(problem, chosen)
        swaps = 0
        for begin in range(0, problem.sites, _AT_A_TIME):
            pause()
            swaps += _try(problem, table, begin, min(begin + _AT_A_TIME, problem.sites))
        chosen = np.sort(table.slot[table.slot >= 0])
        if swaps == 0:
            break
    return chosen


def two_best(
    problem: Problem, chosen: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what the best and the second best of the chosen do for each point, 0 for none."""
    table = _table(problem, chosen)
    return table.first, table.second


def least_loss(problem: Problem, chosen: NDArray[np.int64]) -> int:
    """Return the place in the choice of the site whose removal loses least, ties by place."""
    return int(np.argmin(_table(problem, chosen).loss[: len(chosen)]))


def _table(problem: Problem, chosen: NDArray[np.int64]) -> _Table:
    # one slot stays free if it may, so that an addition is a swap with nothing
    slots = min(len(chosen) + 1, problem.number)
    stride = max(int(np.diff(problem.pointer).max(initial=0)), 1)
    table = _Table(
        slot=np.full(slots, -1, np.int64),
        first=np.zeros(problem.points, np.float32),
        first_slot=np.full(problem.points, -1, np.int32),
        second=np.zeros(problem.points, np.float32),
        loss=np.zeros(slots, np.float64),
        head=np.full(problem.points, -1, np.int64),
        # memory that is never touched is never taken
        following=np.empty(slots * stride, np.int64),
        stride=stride,
        chosen=np.zeros(problem.sites, np.bool_),
    )
    for k, s in enumerate(chosen):
        _insert(problem, table, k, s)
    return table


@njit(cache=True, nogil=True)
def _refresh(problem: Problem, table: _Table, p: int) -> None:
    """Look up anew who serves a point, and correct what its first one is good for."""
    if table.first_slot[p] >= 0:
        table.loss[table.first_slot[p]] -= np.float64(table.first[p]) - table.second[p]
    first, second, slot = np.float32(0.0), np.float32(0.0), np.int32(-1)
    node = table.head[p]
    while node >= 0:
        k = node // table.stride
        offered = problem.benefit[problem.pointer[table.slot[k]] + node % table.stride]
        if offered > first or (offered == first and k < slot):
            first, second, slot = offered, first, np.int32(k)
        elif offered > second:
            second = offered
        node = table.following[node]
    table.first[p] = first
    table.second[p] = second
    table.first_slot[p] = slot
    if slot >= 0:
        table.loss[slot] += np.float64(first) - second


@njit(cache=True, nogil=True)
def _insert(problem: Problem, table: _Table, k: int, s: int) -> None:
    table.slot[k] = s
    table.chosen[s] = True
    begin = problem.pointer[s]
    for i in range(begin, problem.pointer[s + 1]):
        p = problem.point[i]
        node = k * table.stride + i - begin
        table.following[node] = table.head[p]
        table.head[p] = node
        _refresh(problem, table, p)


@njit(cache=True, nogil=True)
def _remove(problem: Problem, table: _Table, k: int) -> None:
    s = table.slot[k]
    begin = problem.pointer[s]
    for i in range(begin, problem.pointer[s + 1]):
        p = problem.point[i]
        node = k * table.stride + i - begin
        if table.head[p] == node:
            table.head[p] = table.following[node]
        else:
            before = table.head[p]
            while table.following[before] != node:
                before = table.following[before]
            table.following[before] = table.following[node]
        _refresh(problem, table, p)
    table.slot[k] = -1
    table.chosen[s] = False
    table.loss[k] = 0.0


@njit(cache=True, nogil=True)
def _try(problem: Problem, table: _Table, begin: int, end: int) -> int:
    """Try sites in turn against every slot, swap where it gains, and return how often."""
    slots = len(table.slot)
    if slots == 0:
        return 0
    extra = np.zeros(slots, np.float64)
    touched = np.empty(slots, np.int64)
    used, spent = _taken(problem, table)
    least = ROUNDING * max(table.first.sum(), 1e-30)
    smallest = table.loss.min()
    swaps = 0
    for s in range(begin, end):
        if table.chosen[s]:
            continue
        gain, count = _offer(problem, table, s, extra, touched)
        best, at = least, -1
        # a slot that is not touched loses at least what the smallest does
        every = gain - smallest > least
        for turn in range(slots if every else count):
            k = turn if every else touched[turn]
            more = gain + extra[k] - table.loss[k]
            better = more > best or (more == best and k < at)
            if better and _fits(problem, table, s, k, used, spent):
                best, at = more, k
        extra[touched[:count]] = 0.0
        if at < 0:
            continue
        gone = table.slot[at]
        if gone >= 0:
            used[problem.group[gone]] -= 1
            spent -= problem.cost[gone]
            _remove(problem, table, at)
        used[problem.group[s]] += 1
        spent += problem.cost[s]
        _insert(problem, table, at, s)
        smallest = table.loss.min()
        swaps += 1
    return swaps


@njit(cache=True, nogil=True)
def _taken(problem: Problem, table: _Table) -> tuple[NDArray[np.int64], float]:
    """Return how many of each group are chosen, and what the chosen cost."""
    used = np.zeros(len(problem.quota), np.int64)
    spent = 0.0
    for s in table.slot:
        if s >= 0:
            used[problem.group[s]] += 1
            spent += problem.cost[s]
    return used, spent


@njit(cache=True, nogil=True)
def _offer(
    problem: Problem,
    table: _Table,
    s: int,
    extra: NDArray[np.float64],
    touched: NDArray[np.int64],
) -> tuple[float, int]:
    """Return what a site adds to the chosen, and how many slots it would make good the loss of.

    How much of the loss is added to ``extra``, and these slots stand first in ``touched``.
    """
    gain = 0.0
    count = 0
    for i in range(problem.pointer[s], problem.pointer[s + 1]):
        p = problem.point[i]
        offered = problem.benefit[i]
        if offered > table.first[p]:
            gain += offered - table.first[p]
        kept = min(offered, table.first[p]) - np.float64(table.second[p])
        if kept > 0:
            k = table.first_slot[p]
            if extra[k] == 0.0:
                touched[count] = k
                count += 1
            extra[k] += kept
    return gain, count


@njit(cache=True, nogil=True)
def _fits(
    problem: Problem, table: _Table, s: int, k: int, used: NDArray[np.int64], spent: float
) -> bool:
    """Say whether a site may take the place of what a slot holds."""
    gone = table.slot[k]
    group = problem.group[s]
    places = problem.quota[group] - used[group]
    if gone >= 0:
        spent -= problem.cost[gone]
        places += problem.group[gone] == group
    return bool(places > 0 and spent + problem.cost[s] <= problem.budget)
