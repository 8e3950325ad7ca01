"""The best choice with proof, by integer programming, where little enough is left to decide.

What the Lagrangian bound rules out is fixed first. Benefits then become cover: each step
between two benefits of a point is an element that every site at least as good covers (G.
Cornuéjols, G. L. Nemhauser and L. A. Wolsey, "A canonical representation of simple plant
location problems", 1980). Elements with the same sites are merged, and sites that do no more
than another at no less cost are dropped. HiGHS decides about the rest.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from geo._siting_bound import Relaxation
from geo._siting_problem import Problem, reduced, value

# what is larger would take the solver longer than anybody waits
MOST_SITES = 3_000
MOST_ENTRIES = 3_000_000
_GAP = 1e-7
_INFEASIBLE = 2
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proof:
    """What the solver found.

    Attributes:
        chosen: the best choice it met whose value is at least what was asked; None if none.
        bound: no choice has a greater value, unless it is less than what was asked.
    """

    chosen: NDArray[np.int64] | None
    bound: float


@dataclass(frozen=True, slots=True, eq=False)
class _Cover:
    """Elements with weights, and who covers them: a matrix of elements by sites, of ones."""

    matrix: sparse.csr_matrix
    weight: NDArray[np.float64]
    sites: NDArray[np.int64]

    def of(self, column: NDArray[np.bool_]) -> "_Cover":
        """Return the same with some of the sites alone."""
        return _Cover(self.matrix[:, column], self.weight, self.sites[column])


def exact(
    problem: Problem,
    relaxation: Relaxation,
    *,
    at_least: float,
    seconds: float,
    pause: Callable[[], None],
) -> Proof | None:
    """Find the best choice of at least a value, or prove that there is none.

    Args:
        relaxation: of the same problem.
        at_least: choices of less value are not looked for.
        seconds: how long the solver may take.
        pause: called several times a second; what it raises ends the work.

    Returns:
        None if too much is left to decide.
    """
    certain, kept = fixed(problem, relaxation, at_least)
    rest = reduced(problem, certain, kept)
    if rest.number < 0 or rest.budget < 0 or (rest.quota < 0).any():
        return Proof(chosen=None, bound=at_least)
    base = value(problem, certain)
    alive = np.flatnonzero(np.diff(rest.pointer) > 0)
    if not len(alive) or rest.number == 0:
        return Proof(chosen=certain if base >= at_least else None, bound=base)
    few = len(alive) <= MOST_SITES and len(rest.point) <= MOST_ENTRIES
    cover = _elements(rest, alive) if few else None
    if cover is None:
        return None
    found = _patiently(lambda: _solved(cover, rest, seconds), pause)
    if found.status == _INFEASIBLE:
        return Proof(chosen=None, bound=at_least)
    chosen = None
    if found.x is not None:
        new = cover.sites[found.x[: len(cover.sites)] > 0.5]
        chosen = np.sort(np.concatenate((certain, new)))
        chosen = chosen if value(problem, chosen) >= at_least else None
    bound = np.inf if found.mip_dual_bound is None else base - float(found.mip_dual_bound)
    return Proof(chosen=chosen, bound=bound)


def fixed(
    problem: Problem, relaxation: Relaxation, at_least: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the sites that every choice of at least a value holds, and those that one may hold.

    A site that is not among the best by score costs the difference to what it displaces, one
    that is costs the difference to what replaces it.
    """
    score, spare = relaxation.score, relaxation.bound - at_least
    if not np.isfinite(score).all():
        return np.empty(0, np.int64), np.ones(problem.sites, np.bool_)
    taken = np.zeros(problem.sites, np.bool_)
    order = np.argsort(-score, kind="stable")
    used = np.zeros(len(problem.quota), np.int64)
    for s in order[: np.count_nonzero(score > 0)].tolist():
        group = problem.group[s]
        if taken.sum() < problem.number and used[group] < problem.quota[group]:
            taken[s] = True
            used[group] += 1
    full = used >= problem.quota
    weakest = np.full(len(problem.quota), np.inf)
    np.minimum.at(weakest, problem.group[taken], score[taken])
    overall = weakest.min() if taken.sum() >= problem.number and taken.any() else 0.0
    displaced = np.where(full, weakest, overall)[problem.group]
    strongest = np.zeros(len(problem.quota))
    np.maximum.at(strongest, problem.group[~taken], score[~taken])
    anywhere = strongest[~full].max(initial=0.0)
    replaced = np.where(full, np.maximum(strongest, anywhere), anywhere)[problem.group]
    kept = taken | (displaced - score <= spare)
    return np.flatnonzero(taken & (score - replaced > spare)), kept


def _elements(problem: Problem, alive: NDArray[np.int64]) -> _Cover | None:
    """Return the steps between benefits and who covers them, None if they are too many."""
    number = np.full(problem.sites, -1, np.int64)
    number[alive] = np.arange(len(alive))
    site = number[np.repeat(np.arange(problem.sites), np.diff(problem.pointer))]
    order = np.lexsort((-problem.benefit, problem.point))
    begin, end, weight = _steps(problem.point[order], problem.benefit[order])
    pointer = np.concatenate(([0], np.cumsum(end - begin)))
    if pointer[-1] > MOST_ENTRIES:
        return None
    entry = np.arange(pointer[-1]) + np.repeat(begin - pointer[:-1], end - begin)
    matrix = sparse.csr_matrix(
        (np.ones(len(entry), np.uint64), site[order][entry], pointer),
        shape=(len(begin), len(alive)),
    )
    cover = _merged(_Cover(matrix, weight, alive))
    return _merged(cover.of(_undominated(problem, cover)))


def _merged(cover: _Cover) -> _Cover:
    """Return the elements with those that the same sites cover put together."""
    keys = np.random.default_rng(0).integers(1, 2**64 - 1, (len(cover.sites), 2), np.uint64)
    sums = cover.matrix @ keys
    _, first, which = np.unique(sums[:, 0], return_index=True, return_inverse=True)
    if (sums[first][which, 1] != sums[:, 1]).any():
        return cover
    weight = np.bincount(which, weights=cover.weight, minlength=len(first)).astype(np.float64)
    return _Cover(cover.matrix[first], weight, cover.sites)


def _undominated(problem: Problem, cover: _Cover) -> NDArray[np.bool_]:
    """Return the columns of sites that no other one makes needless, ties by index."""
    ones = cover.matrix.astype(np.int32)
    shared = (ones.T @ ones).tocoo()
    size = np.asarray(ones.sum(axis=0)).ravel()
    cost, group = problem.cost[cover.sites], problem.group[cover.sites]
    plenty = np.bincount(group, minlength=len(problem.quota)) <= problem.quota
    s, t = shared.row, shared.col
    within = (s != t) & (shared.data == size[s]) & (cost[t] <= cost[s])
    within &= (group[s] == group[t]) | plenty[group[t]]
    # of two that make each other needless the first stays
    alike = (size[s] == size[t]) & (cost[s] == cost[t])
    alike &= (group[s] == group[t]) | plenty[group[s]]
    kept = np.ones(len(size), np.bool_)
    kept[s[within & (~alike | (t < s))]] = False
    return kept


def _solved(cover: _Cover, problem: Problem, seconds: float) -> OptimizeResult:
    """Have the solver choose among the sites: one variable for each, then one an element."""
    sites = len(cover.sites)
    alone = np.diff(cover.matrix.indptr) == 1
    worth = np.zeros(sites)
    np.add.at(worth, cover.matrix[alone].indices, cover.weight[alone])
    shared, weight = cover.matrix[~alone].astype(np.float64), cover.weight[~alone]
    limits, most = _limits(cover, problem)
    rows = [sparse.hstack((-shared, sparse.eye(len(weight)))),
            sparse.hstack((limits, sparse.csr_matrix((len(most), len(weight)))))]  # fmt: skip
    return milp(
        -np.concatenate((worth, weight)),
        constraints=LinearConstraint(
            sparse.vstack(rows).tocsr(), -np.inf, np.concatenate((np.zeros(len(weight)), most))
        ),
        bounds=Bounds(0, 1),
        integrality=np.concatenate((np.ones(sites), np.zeros(len(weight)))),
        options={"time_limit": seconds, "mip_rel_gap": _GAP},
    )


def _limits(cover: _Cover, problem: Problem) -> tuple[sparse.csr_matrix, NDArray[np.float64]]:
    """Return rows over the sites, and what each may sum up to: number, quotas and budget."""
    group = problem.group[cover.sites]
    many = np.bincount(group, minlength=len(problem.quota))
    tight = np.flatnonzero(many > problem.quota)
    rows, most = [np.ones(len(group))], [float(problem.number)]
    rows += [(group == g).astype(np.float64) for g in tight]
    most += problem.quota[tight].astype(np.float64).tolist()
    if np.isfinite(problem.budget):
        rows.append(problem.cost[cover.sites])
        most.append(problem.budget)
    return sparse.csr_matrix(np.array(rows)), np.array(most)


def _patiently(work: Callable[[], OptimizeResult], pause: Callable[[], None]) -> OptimizeResult:
    """Work in another thread, so that somebody may end it; then it goes on to its time limit."""
    pool = ThreadPoolExecutor(1)
    try:
        running = pool.submit(work)
        while not wait((running,), timeout=_PAUSE_SECONDS).done:
            pause()
        return running.result()
    finally:
        pool.shutdown(wait=False)


@njit(cache=True, nogil=True)
def _steps(
    point: NDArray[np.int32], benefit: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return where each element's sites begin and end, and its weight.

    Entries come by point, the greatest benefit first.
    """
    begin = np.empty(len(point), np.int64)
    end = np.empty(len(point), np.int64)
    weight = np.empty(len(point), np.float64)
    count = 0
    first = 0
    for i in range(len(point)):
        if i > 0 and point[i] != point[i - 1]:
            first = i
        last = i + 1 == len(point) or point[i + 1] != point[i]
        below = np.float64(0.0) if last else np.float64(benefit[i + 1])
        if benefit[i] > below:
            begin[count] = first
            end[count] = i + 1
            weight[count] = benefit[i] - below
            count += 1
    return begin[:count], end[:count], weight[:count]
