"""What no choice of sites exceeds, by Lagrangian relaxation.

That a point counts its best site only is dropped, and a price of each point is paid instead:
the bound is the sum of the prices and of the best scores, a site's score being what it does
for its points beyond their prices. Prices are improved by subgradients (M. Held, P. Wolfe and
H. P. Crowder, "Validation of subgradient optimization", 1974; R. D. Galvão and C. ReVelle, "A
Lagrangean heuristic for the maximal covering location problem", 1996). A budget is priced as
well; quotas and the number stay, since the best scores under them are taken one by one.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._siting_exchange import exchange, two_best
from geo._siting_problem import ROUNDING, Problem, most, value

# the rounds without a better bound after which steps become half as long
_PATIENCE = 20
_SHORTEST_STEP = 0.001
_LONGEST_STEP = 1.0
# how much of the last direction stays in the next: prices swing less
_MEMORY = 0.3
# fewer entries than this are not worth a second thread
_FEW = 1_000_000
# more entries than this get a bound that is good, not one that is as good as can be
_LARGE = 2_000_000
_MOST_TANGENTS = 12


@dataclass(slots=True, kw_only=True, eq=False)
class Relaxation:
    """The best bound found, with what proves it.

    Attributes:
        bound: no choice has a greater value.
        score: float64 of shape (sites,), what each site adds beyond the prices, the price of its
            cost taken off.
        fewest: no choice of fewer sites is worth what was called enough.
        chosen: the best choice that was met on the way, ascending.
        value: of that choice.
    """

    bound: float
    score: NDArray[np.float64]
    fewest: int
    chosen: NDArray[np.int64]
    value: float

    def decided(self, close: float, enough: float) -> bool:
        """Say whether value and bound have met, or are on one side of what was called enough."""
        met = self.bound - self.value <= close * self.bound
        return met or self.value >= enough or self.bound < enough < np.inf


class Effort(NamedTuple):
    """How much is done for a bound.

    Attributes:
        rounds: how often prices are changed at most.
        close: the share of the bound that may be left between it and the best choice.
        every: after so many rounds what the prices suggest is improved by exchange.
        passes: how many passes of exchange that takes at most.
    """

    rounds: int
    close: float
    every: int
    passes: int


def effort(problem: Problem) -> Effort:
    """Return what is reasonable for a problem's size: exactness for small ones."""
    if len(problem.point) < _LARGE:
        return Effort(rounds=1_200, close=1e-7, every=10, passes=5)
    return Effort(rounds=800, close=1e-3, every=40, passes=5)


def relaxed(
    problem: Problem,
    chosen: NDArray[np.int64],
    *,
    enough: float = np.inf,
    tell: Callable[[float, float, float], None],
) -> Relaxation:
    """Lower the bound until it is close to the best choice known, or hardly moves.

    Args:
        chosen: a choice that is known; steps are as long as the bound is far from it.
        enough: a value that ends the work as soon as a choice reaches it, or none can.
        tell: is handed the share done, the best value and the bound in each round; what it
            raises ends the work.
    """
    doing = effort(problem)
    prices = _first_prices(problem, chosen)
    best = Relaxation(
        bound=most(problem),
        score=np.full(problem.sites, np.inf),
        fewest=0,
        chosen=chosen,
        value=value(problem, chosen),
    )
    direction = np.zeros(problem.points, np.float32)
    step, idle, budget_price = _LONGEST_STEP, 0, 0.0
    with ThreadPoolExecutor(_threads(problem)) as pool:
        for number in range(1, doing.rounds + 1):
            plain = _scores(problem, prices, pool)
            whole = float(prices.sum(dtype=np.float64))
            choice = _select(problem, plain, budget_price)
            budget_price, bound = choice.price, whole + choice.worth
            best.fewest = max(best.fewest, _fewest(problem, plain, enough - whole))
            idle = 0 if bound < best.bound * (1 - 1e-7) else idle + 1
            if bound < best.bound:
                best.bound, best.score = bound, plain - budget_price * problem.cost
            pause = partial(tell, number / doing.rounds, best.value, best.bound)
            affordable = choice.affordable
            if number % doing.every == 0:
                affordable = exchange(problem, affordable, passes=doing.passes, pause=pause)
            _keep(problem, best, affordable)
            pause()
            if idle >= _PATIENCE:
                step, idle = step / 2, 0
            if best.decided(doing.close, enough) or step < _SHORTEST_STEP:
                break
            _move(problem, choice.taken, prices, direction, step * (bound - best.value), _MEMORY)
    return best


def _first_prices(problem: Problem, chosen: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return prices between what the second and the best of the chosen do for each point."""
    first, second = two_best(problem, chosen)
    return (first + second) / np.float32(2)


def _keep(problem: Problem, best: Relaxation, taken: NDArray[np.int64]) -> None:
    """Keep what the prices suggest if it is better than all before."""
    found = value(problem, taken)
    if found > best.value:
        best.value, best.chosen = found, np.sort(taken)


def _threads(problem: Problem) -> int:
    return 1 if len(problem.point) < _FEW else min(os.cpu_count() or 1, 8)


def _scores(
    problem: Problem, prices: NDArray[np.float32], pool: ThreadPoolExecutor
) -> NDArray[np.float64]:
    score = np.empty(problem.sites, np.float64)
    threads = _threads(problem)
    cuts = np.searchsorted(problem.pointer, np.linspace(0, len(problem.point), threads + 1))
    cuts[0], cuts[-1] = 0, problem.sites
    parts = [
        pool.submit(
            _score, problem.pointer, problem.point, problem.benefit, prices, score, begin, end
        )
        for begin, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
    ]
    for part in parts:
        part.result()
    return score


class _Choice(NamedTuple):
    """What the prices suggest, what of it the budget can pay, and the bound without prices."""

    taken: NDArray[np.int64]
    affordable: NDArray[np.int64]
    price: float
    worth: float


def _select(problem: Problem, plain: NDArray[np.float64], price: float) -> _Choice:
    """Return the best sites under number and quotas, the price of the budget, and their worth.

    The worth is convex in the price; where two tangents meet the next price is tried, until
    nothing between the tangents is left.
    """
    dear = _Tangent(problem, plain, 0.0)
    if dear.slope >= 0:
        return _Choice(dear.taken, dear.taken, 0.0, dear.worth)
    cheap = _Tangent(problem, plain, _choking(problem, plain))
    best = min(dear, cheap, key=lambda tangent: tangent.worth)
    trial = price if 0.0 < price < cheap.price else dear.meets(cheap)
    for _ in range(_MOST_TANGENTS):
        tangent = _Tangent(problem, plain, trial)
        best = min(best, tangent, key=lambda one: one.worth)
        if tangent.slope >= 0:
            cheap = tangent
        else:
            dear = tangent
        trial = dear.meets(cheap)
        if not dear.price < trial < cheap.price:
            break
    return _Choice(best.taken, cheap.taken, best.price, best.worth)


class _Tangent:
    """What is taken at a price of the budget, and how its worth changes with the price."""

    def __init__(self, problem: Problem, plain: NDArray[np.float64], price: float) -> None:
        score = plain - price * problem.cost
        self.price = price
        self.taken = _best(problem, score)
        self.worth = float(score[self.taken].sum())
        self.slope = problem.budget - float(problem.cost[self.taken].sum())
        if price > 0:
            self.worth += price * problem.budget

    def meets(self, other: "_Tangent") -> float:
        """Return the price at which two tangents of different slopes meet."""
        if other.slope == self.slope:
            return self.price
        at = self.worth - self.slope * self.price - other.worth + other.slope * other.price
        return at / (other.slope - self.slope)


def _choking(problem: Problem, plain: NDArray[np.float64]) -> float:
    """Return a price at which no site that costs anything is worth taking."""
    costly = problem.cost > 0
    return float((plain[costly] / problem.cost[costly]).max(initial=0.0)) * (1 + 1e-9)


def _fewest(problem: Problem, plain: NDArray[np.float64], wanted: float) -> int:
    """Return the least number of sites whose scores reach a sum, all of them and one if none."""
    if not np.isfinite(wanted) or wanted <= 0:
        return 0
    everything = problem.with_number(problem.sites)
    reached = np.cumsum(plain[_best(everything, plain)])
    return int(np.searchsorted(reached, wanted * (1 - ROUNDING))) + 1


def _best(problem: Problem, score: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the sites of greatest score under number and quotas, ties by index."""
    order = np.argsort(-score, kind="stable")
    taken: NDArray[np.int64] = _take(order, score, problem.group, problem.quota, problem.number)
    return taken


@njit(cache=True, nogil=True)
def _take(
    order: NDArray[np.int64],
    score: NDArray[np.float64],
    group: NDArray[np.int32],
    quota: NDArray[np.int64],
    number: int,
) -> NDArray[np.int64]:
    left = quota.copy()
    taken = np.empty(min(number, len(order)), np.int64)
    count = 0
    for s in order:
        if count == len(taken) or score[s] <= 0:
            break
        if left[group[s]] > 0:
            left[group[s]] -= 1
            taken[count] = s
            count += 1
    return taken[:count]


@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz", "contract"})
def _score(
    pointer: NDArray[np.int64],
    point: NDArray[np.int32],
    benefit: NDArray[np.float32],
    prices: NDArray[np.float32],
    score: NDArray[np.float64],
    begin: int,
    end: int,
) -> None:
    for s in range(begin, end):
        total = 0.0
        for i in range(pointer[s], pointer[s + 1]):
            total += max(np.float64(benefit[i]) - prices[point[i]], 0.0)
        score[s] = total


@njit(cache=True, nogil=True)
def _move(
    problem: Problem,
    taken: NDArray[np.int64],
    prices: NDArray[np.float32],
    direction: NDArray[np.float32],
    length: float,
    memory: float,
) -> None:
    """Lower the prices of points that nobody serves, raise those that several serve."""
    slope = np.ones(problem.points, np.float32)
    for s in taken:
        for i in range(problem.pointer[s], problem.pointer[s + 1]):
            p = problem.point[i]
            if problem.benefit[i] > prices[p]:
                slope[p] -= 1
    squares = 0.0
    for p in range(problem.points):
        direction[p] = memory * direction[p] + (1 - memory) * slope[p]
        # a price cannot fall below nothing
        if prices[p] <= 0 and direction[p] > 0:
            direction[p] = 0
        squares += direction[p] * direction[p]
    if squares > 0:
        factor = length / squares
        for p in range(problem.points):
            prices[p] = max(prices[p] - factor * direction[p], 0.0)
