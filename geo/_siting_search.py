"""The two searches: the most value of what may be chosen, and the fewest sites for a value."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo._siting_bound import Relaxation, effort, relaxed
from geo._siting_exact import exact
from geo._siting_exchange import exchange, least_loss
from geo._siting_greedy import greedy
from geo._siting_problem import ROUNDING, Problem, most, value

# share of the value by which two are the same
SAME = 1e-6

# the share of the work that is done, the best value and the bound so far
Tell = Callable[[float, float, float], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """A choice and what proves how good it is.

    Attributes:
        chosen: ascending.
        bound: no choice of what may be chosen has a greater value.
        fewest: no choice of fewer sites reaches the value that was enough; 0 if none was asked.
        proven: whether nothing is better.
    """

    chosen: NDArray[np.int64]
    bound: float
    fewest: int
    proven: bool


def greatest(problem: Problem, *, seconds: float, tell: Tell) -> Found:
    """Choose what has the greatest value.

    Args:
        seconds: how long the exact solver may take, 0 for not at all.
        tell: what it raises ends the search.
    """
    top = most(problem)
    first = greedy(problem)
    known = value(problem, first)
    tell(0.1, known, top)
    first = exchange(problem, first, pause=lambda: tell(0.2, known, top))
    found = relaxed(
        problem, first, tell=lambda share, best, bound: tell(0.3 + 0.4 * share, best, bound)
    )
    better = exchange(
        problem, found.chosen, pause=lambda: tell(0.7, found.value, found.bound),
    )  # fmt: skip
    found.chosen, found.value = better, value(problem, better)
    if _open(found) and seconds > 0:
        _prove(problem, found, seconds, lambda: tell(0.8, found.value, found.bound))
    if not _open(found):
        found.bound = found.value
    tell(1.0, found.value, found.bound)
    return Found(chosen=found.chosen, bound=found.bound, fewest=0, proven=not _open(found))


def fewest(problem: Problem, enough: float, *, seconds: float, tell: Tell) -> Found:
    """Choose as few sites as reach a value; if none do, what has the greatest value."""
    top = most(problem)
    enough *= 1 - ROUNDING
    chosen = greedy(problem, enough=enough)
    if value(problem, chosen) < enough:
        best = greatest(problem, seconds=seconds, tell=tell)
        if value(problem, best.chosen) < enough:
            return best
        chosen = best.chosen
    done, least = 0.0, 1

    def telling(share: float, best: float, bound: float) -> None:
        tell(done + (1 - done) / 3 * share, best, bound)

    chosen = _thinned(problem, chosen, enough, lambda: telling(0.0, enough, top))
    while least < len(chosen):
        done += (1 - done) / 3
        step = _fewer(problem.with_number(len(chosen) - 1), chosen, enough, seconds, telling)
        least = max(least, step.least)
        if step.chosen is None:
            break
        chosen = _thinned(problem, step.chosen, enough, lambda: telling(0.0, enough, top))
    if least < len(chosen):
        # prices that are best for about as few raise what is known of the fewest
        about = relaxed(problem.with_number(least), chosen[:least], enough=enough, tell=telling)
        least = max(least, min(about.fewest, len(chosen)))
    return Found(chosen=chosen, bound=top, fewest=least, proven=least == len(chosen))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Step:
    """A choice of fewer sites that is enough, if one was found, and how many it takes at least."""

    chosen: NDArray[np.int64] | None
    least: int


def _fewer(
    problem: Problem, chosen: NDArray[np.int64], enough: float, seconds: float, tell: Tell
) -> _Step:
    """Look for one site less than in a choice that is enough."""
    known = _without_least(problem, chosen, lambda: tell(0.0, enough, enough))
    found = relaxed(problem, known, enough=enough, tell=tell)
    if found.value >= enough:
        return _Step(chosen=found.chosen, least=1)
    if found.bound < enough:
        return _Step(chosen=None, least=len(chosen))
    proof = None
    if seconds > 0:
        proof = exact(
            problem, found, at_least=enough, seconds=seconds,
            pause=lambda: tell(1.0, found.value, found.bound),
        )  # fmt: skip
    if proof is None:
        return _Step(chosen=None, least=min(found.fewest, len(chosen)))
    if proof.chosen is None and proof.bound <= enough:
        return _Step(chosen=None, least=len(chosen))
    return _Step(chosen=proof.chosen, least=min(found.fewest, len(chosen)))


def _without_least(
    problem: Problem, chosen: NDArray[np.int64], pause: Callable[[], None]
) -> NDArray[np.int64]:
    """Return one site less, the rest exchanged for the better."""
    left = np.delete(chosen, least_loss(problem.with_number(len(chosen)), chosen))
    return exchange(problem, left, passes=effort(problem).passes, pause=pause)


def _thinned(
    problem: Problem, chosen: NDArray[np.int64], enough: float, pause: Callable[[], None]
) -> NDArray[np.int64]:
    """Return a choice from which none can be left out and the rest made enough by exchange."""
    while len(chosen) > 1:
        left = _without_least(problem.with_number(len(chosen) - 1), chosen, pause)
        if value(problem, left) < enough:
            break
        chosen = left
    return chosen


def _open(found: Relaxation) -> bool:
    """Say whether something better than what was found is not ruled out."""
    return found.bound > found.value * (1 + SAME)


def _prove(problem: Problem, found: Relaxation, seconds: float, pause: Callable[[], None]) -> None:
    """Have the solver better what was found, or prove that nothing does, where it can."""
    at_least = found.value * (1 + ROUNDING)
    proof = exact(problem, found, at_least=at_least, seconds=seconds, pause=pause)
    if proof is None:
        return
    if proof.chosen is not None:
        found.chosen, found.value = proof.chosen, value(problem, proof.chosen)
    found.bound = min(found.bound, max(proof.bound, found.value))
