"""How many new stations, which ones and for how much; checked before anything is computed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limits:
    """What may be chosen.

    Attributes:
        number: how many new stations at most, forced ones included.
        share: instead of a number or a budget, the share of all people to be reached, 0 to 1.
        cost: of shape (candidates,), 0 or more.
        budget: what the chosen may cost together, above 0.
        group: of shape (candidates,), the number of the group each belongs to, -1 for none.
        quota: of shape (groups,), how many new stations each group may have.
        forced: candidates that are chosen whatever they do.
        forbidden: candidates that are not chosen.
    """

    number: int | None = None
    share: float | None = None
    cost: ArrayLike | None = None
    budget: float | None = None
    group: ArrayLike | None = None
    quota: ArrayLike | None = None
    forced: ArrayLike = ()
    forbidden: ArrayLike = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """The same with every gap filled: what is not limited has a limit that never holds.

    Attributes:
        open: bool of shape (candidates,), those that may be chosen freely.
    """

    number: int
    share: float | None
    cost: NDArray[np.float64]
    budget: float
    group: NDArray[np.int32]
    quota: NDArray[np.int64]
    forced: NDArray[np.int64]
    open: NDArray[np.bool_]

    @property
    def closed(self) -> bool:
        """Whether any candidate is forced or forbidden."""
        return not bool(self.open.all())


def scope(candidates: int, limits: Limits, *, share: bool) -> Scope:
    """Check limits against the number of candidates and fill their gaps.

    Args:
        share: whether a share is the goal, which is then needed and excludes number and budget.

    Raises:
        InvalidValue: if they cannot hold.
    """
    if candidates == 0:
        raise InvalidValue("candidates", 0, "at least one")
    forced = _indices("forced", limits.forced, candidates)
    forbidden = _indices("forbidden", limits.forbidden, candidates)
    both = np.intersect1d(forced, forbidden)
    if len(both):
        raise InvalidValue("forced", int(both[0]), "candidates that are not forbidden as well")
    allowed = np.ones(candidates, np.bool_)
    allowed[forbidden] = False
    group, quota = _groups(candidates, limits)
    cost, budget = _money(candidates, limits)
    number = _number(limits, share=share, allowed=int(allowed.sum()))
    _check_forced(forced, number, cost, budget, group, quota)
    if limits.number is not None:
        held = int(np.minimum(np.bincount(group[allowed], minlength=len(quota)), quota).sum())
        if held < number:
            raise InvalidValue("quota", held, f"quotas that leave room for {number} new stations")
    allowed[forced] = False
    return Scope(
        number=number,
        share=limits.share,
        cost=cost,
        budget=budget,
        group=group,
        quota=quota,
        forced=forced,
        open=allowed,
    )


def _indices(name: str, given: ArrayLike, candidates: int) -> NDArray[np.int64]:
    """Return indices without repetition, in the order given."""
    found = np.atleast_1d(np.asarray(given))
    found = found.astype(np.int64) if found.size == 0 else found
    if not np.issubdtype(found.dtype, np.integer):
        raise InvalidValue(name, found.tolist(), "whole numbers of candidates")
    wrong = found[(found < 0) | (found >= candidates)]
    if len(wrong):
        raise InvalidValue(name, int(wrong[0]), f"a candidate from 0 to {candidates - 1}")
    _, first = np.unique(found, return_index=True)
    return found[np.sort(first)].astype(np.int64)


def _number(limits: Limits, *, share: bool, allowed: int) -> int:
    number = limits.number
    if share:
        if limits.share is None or not 0 < limits.share <= 1:
            raise InvalidValue("share", limits.share, "a share above 0 and at most 1")
        if number is not None or limits.budget is not None:
            wrong = "number" if number is not None else "budget"
            raise InvalidValue(wrong, number or limits.budget, "nothing beside a share to reach")
        return allowed
    if limits.share is not None:
        raise InvalidValue("share", limits.share, "nothing unless a share is the goal")
    if number is None:
        if limits.budget is None:
            raise InvalidValue("number", None, "a number of new stations, or a budget")
        return allowed
    if not isinstance(number, int | np.integer) or number < 1:
        raise InvalidValue("number", number, "a whole number of 1 or more")
    if number > allowed:
        raise InvalidValue("number", number, f"at most the {allowed} candidates that may be chosen")
    return int(number)


def _groups(candidates: int, limits: Limits) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return groups and quotas; those in none form one more that holds everybody."""
    if limits.quota is None or limits.group is None:
        if limits.quota is not None or limits.group is not None:
            raise InvalidValue("quota", limits.quota, "groups and quotas, or neither")
        return np.zeros(candidates, np.int32), np.array([candidates])
    quota = np.asarray(limits.quota, np.int64)
    group = np.asarray(limits.group, np.int32)
    if quota.ndim != 1 or (quota < 0).any():
        raise InvalidValue("quota", quota.tolist(), "0 or more for each group")
    if group.shape != (candidates,) or ((group < -1) | (group >= len(quota))).any():
        raise InvalidValue("group", group.shape, f"-1 to {len(quota) - 1} for each candidate")
    return np.where(group < 0, len(quota), group).astype(np.int32), np.append(quota, candidates)


def _money(candidates: int, limits: Limits) -> tuple[NDArray[np.float64], float]:
    cost = np.zeros(candidates) if limits.cost is None else np.asarray(limits.cost, np.float64)
    if cost.shape != (candidates,) or not (np.isfinite(cost) & (cost >= 0)).all():
        raise InvalidValue("cost", cost.shape, "an amount of 0 or more for each candidate")
    if limits.budget is None:
        # without a budget nobody asks what it costs
        return np.zeros(candidates), np.inf
    if not (np.isfinite(limits.budget) and limits.budget > 0):
        raise InvalidValue("budget", limits.budget, "an amount above 0")
    if limits.cost is None:
        raise InvalidValue("cost", None, "an amount for each candidate, where there is a budget")
    return cost, float(limits.budget)


def _check_forced(
    forced: NDArray[np.int64],
    number: int,
    cost: NDArray[np.float64],
    budget: float,
    group: NDArray[np.int32],
    quota: NDArray[np.int64],
) -> None:
    if len(forced) > number:
        raise InvalidValue("forced", len(forced), f"at most the {number} new stations asked for")
    spent = float(cost[forced].sum())
    if spent > budget:
        raise InvalidValue("forced", spent, f"candidates that cost at most the budget, {budget:g}")
    over = np.flatnonzero(np.bincount(group[forced], minlength=len(quota)) > quota)
    if len(over):
        which = int(over[0])
        raise InvalidValue("forced", which, f"at most {quota[which]} candidates of that group")
