"""Where new stations do the most: the best N, the fewest for a share, the shortest mean walk.

Existing stations stay; candidates and points come as catchments. A goal says what counts:

- ``cover``: people within the limit of the catchments (R. Church and C. ReVelle, "The maximal
  covering location problem", 1974);
- ``share``: as few new stations as bring a share of the people within the limit;
- ``walk``: the shortest mean walk, where a walk beyond the limit counts as long as the limit:
  how much farther it is no catchment says, and nobody is sent that far. With an infinite limit
  this would be the p-median problem.

A greedy choice is bettered by exchange, a Lagrangian relaxation says what no choice exceeds,
and where that leaves little to decide an integer program proves the best. All is deterministic
but for the time that the exact solver is given: ties are broken by index.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from geo._siting_greedy import in_order
from geo._siting_limits import Limits, Scope, scope
from geo._siting_problem import (
    Problem,
    covering,
    most,
    reduced,
    remaining,
    shortening,
    value,
)
from geo._siting_search import SAME, Found, Tell, fewest, greatest
from geo.catchment import Catchments
from geo.errors import InvalidValue

__all__ = ["EXACT_SECONDS", "Goal", "Limits", "Reason", "Siting", "Tell", "nearest_cost", "site"]

EXACT_SECONDS = 20.0


class Goal(StrEnum):
    """What is to be best."""

    COVER = "cover"
    SHARE = "share"
    WALK = "walk"


class Reason(StrEnum):
    """Why there are fewer new stations than allowed, or the share is not reached."""

    NONE = ""
    ALREADY = "already"
    NOTHING_LEFT = "nothing left"
    OUT_OF_REACH = "out of reach"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Siting:
    """Chosen sites and how good they are.

    Values are people within the limit, for the goal ``walk`` people times the cost they are
    spared of the limit.

    Attributes:
        chosen: int64 of shape (n,), candidates, forced ones first, then as a greedy choice
            takes them: the greatest gain first.
        gains: float64 of shape (n,), what each adds to those before it.
        before, after: value with the existing stations, and with the chosen ones too.
        bound: no choice that the limits allow has a greater value.
        total: value if everybody had a station at no distance.
        fewest: for the goal ``share``, no choice of fewer sites reaches it; else 0.
        proven: whether no other choice is better.
        reason: why not more was done.
        limit: the greatest cost of the catchments.
    """

    chosen: NDArray[np.int64]
    gains: NDArray[np.float64]
    before: float
    after: float
    bound: float
    total: float
    fewest: int
    proven: bool
    reason: Reason
    limit: float

    @property
    def share(self) -> float | None:
        """Share of the total that is reached, 0 to 1; None where there is nobody."""
        return self.after / self.total if self.total > 0 else None

    @property
    def share_before(self) -> float | None:
        """Share of the total that the existing stations reach."""
        return self.before / self.total if self.total > 0 else None

    @property
    def more(self) -> float | None:
        """Share of the total by which another choice might reach more at most.

        It is 0 if a choice of the goals ``cover`` and ``walk`` is proven. For the goal ``share``
        it is what all candidates together would add: there the best is not to reach more, but to
        need fewer, and :attr:`fewest` says how good that is.
        """
        return max(self.bound - self.after, 0.0) / self.total if self.total > 0 else None

    def mean_cost(self, value: float) -> float | None:
        """Return the mean walk that a value of the goal ``walk`` stands for, in its cost."""
        return self.limit * (1 - value / self.total) if self.total > 0 else None


def nearest_cost(catchments: Catchments) -> NDArray[np.float32]:
    """Return the least cost from each point to any place, infinite where none is in reach."""
    cost = np.full(catchments.points, np.float32(np.inf))
    _lower(catchments.point, catchments.cost, cost)
    return cost


def site(
    candidates: Catchments,
    weight: NDArray[np.float64],
    *,
    goal: Goal,
    limits: Limits,
    current: NDArray[np.float32] | None = None,
    exact_seconds: float = EXACT_SECONDS,
    tell: Tell = lambda share, value, bound: None,
) -> Siting:
    """Choose among candidates where new stations are to stand.

    Args:
        candidates: a row of points for each.
        weight: float64 of shape (points,), how many people are at each point.
        limits: how many, which, and for how much.
        current: float32 of shape (points,), the cost from each point to its nearest existing
            station, infinite where none is in reach; see :func:`nearest_cost`.
        exact_seconds: how long the exact solver may take for one question, 0 for not at all.
        tell: is handed, some times a second, the share of the work that is done, the value
            found and the bound, both of new stations alone; what it raises ends the work.

    Raises:
        InvalidValue: if shapes do not fit, there is no candidate, or the limits cannot hold.
    """
    people, costs = _checked(candidates, weight, current)
    allowed = scope(candidates.places, limits, share=goal is Goal.SHARE)
    whole = _problem(candidates, people, costs, goal, allowed)
    total, before = _standing(candidates, people, costs, goal)
    forced = allowed.forced
    rest = reduced(whole, forced, allowed.open) if allowed.closed else whole
    base = before + value(whole, forced)
    found = _searched(rest, allowed, total, base, exact_seconds, tell)
    kept, gains = in_order(rest, found.chosen)
    settled = [_gains(whole, forced), gains]
    return Siting(
        chosen=np.concatenate((forced, kept)),
        gains=np.concatenate(settled),
        before=before,
        after=before + float(sum(part.sum() for part in settled)),
        bound=base + found.bound,
        total=total,
        fewest=found.fewest + len(forced) if goal is Goal.SHARE else 0,
        proven=found.proven,
        reason=_reason(rest, found, allowed, total, base),
        limit=candidates.limit,
    )


def _searched(
    rest: Problem, allowed: Scope, total: float, base: float, seconds: float, tell: Tell
) -> Found:
    if allowed.share is None:
        return greatest(rest, seconds=seconds, tell=tell)
    wanted = allowed.share * total - base
    if wanted <= SAME * total:
        nothing = np.empty(0, np.int64)
        return Found(chosen=nothing, bound=most(rest), fewest=0, proven=True)
    return fewest(rest, wanted, seconds=seconds, tell=tell)


def _reason(rest: Problem, found: Found, allowed: Scope, total: float, base: float) -> Reason:
    reached = base + value(rest, found.chosen)
    if allowed.share is not None:
        if reached < (allowed.share - SAME) * total:
            return Reason.OUT_OF_REACH
        return Reason.NONE if len(found.chosen) or len(allowed.forced) else Reason.ALREADY
    if rest.number and not len(found.chosen) and _unpayable(rest):
        return Reason.BUDGET
    left = most(rest) - value(rest, found.chosen)
    fewer = len(found.chosen) < rest.number
    return Reason.NOTHING_LEFT if fewer and left <= SAME * total else Reason.NONE


def _unpayable(rest: Problem) -> bool:
    """Say whether there are sites that would do something, and the budget pays for none."""
    useful = np.diff(rest.pointer) > 0
    return bool(useful.any() and rest.cost[useful].min() > rest.budget)


def _problem(
    candidates: Catchments,
    weight: NDArray[np.float32],
    current: NDArray[np.float32],
    goal: Goal,
    allowed: Scope,
) -> Problem:
    """Return what each candidate does for each point beyond the existing stations."""
    if goal is Goal.WALK:
        benefit = shortening(candidates.point, candidates.cost, weight, current, candidates.limit)
    else:
        benefit = covering(candidates.point, weight, current)
    everywhere = np.zeros(candidates.points, np.float32)
    pointer, point, benefit = remaining(
        candidates.pointer, candidates.point, benefit, everywhere,
        np.ones(candidates.places, np.bool_),
    )  # fmt: skip
    return Problem(
        pointer, point, benefit, candidates.points,
        allowed.cost, allowed.group, allowed.quota, allowed.number, allowed.budget,
    )  # fmt: skip


def _standing(
    candidates: Catchments,
    weight: NDArray[np.float32],
    current: NDArray[np.float32],
    goal: Goal,
) -> tuple[float, float]:
    """Return the total, and the value of the existing stations."""
    people = weight.astype(np.float64)
    if goal is Goal.WALK:
        spared = candidates.limit - np.minimum(current, candidates.limit)
        return float(people.sum()) * candidates.limit, float((people * spared).sum())
    return float(people.sum()), float(people[np.isfinite(current)].sum())


def _gains(problem: Problem, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what each adds to those before it, in the order given."""
    values = [value(problem, chosen[:count]) for count in range(len(chosen) + 1)]
    return np.diff(values)


def _checked(
    candidates: Catchments, weight: ArrayLike, current: ArrayLike | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    people = np.asarray(weight, np.float32)
    if people.shape != (candidates.points,):
        raise InvalidValue("weight", people.shape, f"a number for each of {candidates.points}")
    wrong = ~(np.isfinite(people) & (people >= 0))
    if wrong.any():
        raise InvalidValue("weight", float(people[wrong][0]), "finite numbers of 0 or more")
    if current is None:
        return people, np.full(candidates.points, np.float32(np.inf))
    costs = np.asarray(current, np.float32)
    if costs.shape != people.shape:
        raise InvalidValue("current", costs.shape, f"a cost for each of {candidates.points}")
    if not (costs >= 0).all():
        raise InvalidValue("current", float(costs.min()), "costs of 0 or more, or infinity")
    # a station beyond the limit serves as little as none
    return people, np.where(costs <= candidates.limit, costs, np.float32(np.inf))


@njit(cache=True, nogil=True)
def _lower(point: NDArray[np.int32], cost: NDArray[np.float32], least: NDArray[np.float32]) -> None:
    for i in range(len(point)):
        least[point[i]] = min(least[point[i]], cost[i])
