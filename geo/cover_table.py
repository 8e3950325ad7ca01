"""How many people are covered at many moments, when places are open at some and not at others.

A table says which place is active at which moment: the hours of a week, days of the past, or
plans beside each other. The catchments stay the same, so a moment costs one look at each entry
of the places that are active then, and what does not change from one moment to the next is
counted once.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.catchment import Catchments
from geo.errors import InvalidValue

DEPTH = 3


def counts(catchments: Catchments, active: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return how many active places reach each point, up to three: int8 of shape (points,).

    Args:
        active: bool of shape (places,).

    Raises:
        InvalidValue: if there is not one flag a place.
    """
    _check(catchments, active[np.newaxis])
    found = np.zeros(catchments.points, np.int32)
    _turn_to(catchments.pointer, catchments.point, active[np.newaxis], 0, found)
    return np.minimum(found, DEPTH).astype(np.int8)


def covered(
    catchments: Catchments,
    active: NDArray[np.bool_],
    weight: NDArray[np.float64],
    *,
    group: NDArray[np.int16] | None = None,
    groups: int = 1,
) -> NDArray[np.float64]:
    """Sum the weight of points that at least one, two, three active places reach.

    Args:
        active: bool of shape (moments, places).
        weight: float64 of shape (points,).
        group: int16 of shape (points,), the group that a point is summed in, -1 for none;
            all are in one group if not given.

    Returns:
        float64 of shape (moments, groups, 3).

    Raises:
        InvalidValue: if shapes do not fit, or a group is not there.
    """
    _check(catchments, active, weight)
    if group is None:
        group = np.zeros(catchments.points, np.int16)
    if group.shape != weight.shape or (group >= groups).any() or (group < -1).any():
        raise InvalidValue("group", group.shape, f"for each point -1 to {groups - 1}")
    moments, alike = _moments(active)
    sums: NDArray[np.float64] = _covered(
        catchments.pointer, catchments.point, moments, weight, group.astype(np.int16), groups
    )
    return sums[alike]


def sole(
    catchments: Catchments, active: NDArray[np.bool_], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weight that each place alone covers at each moment, shape (moments, places).

    It is what would be lost if the place closed; nothing where it is not active.

    Args:
        active: bool of shape (moments, places).
        weight: float64 of shape (points,).

    Raises:
        InvalidValue: if shapes do not fit.
    """
    _check(catchments, active, weight)
    moments, alike = _moments(active)
    alone: NDArray[np.float64] = _sole(catchments.pointer, catchments.point, moments, weight)
    return alone[alike]


def _check(
    catchments: Catchments,
    active: NDArray[np.bool_],
    weight: NDArray[np.float64] | None = None,
) -> None:
    if active.ndim != 2 or active.shape[1] != catchments.places or active.dtype != np.bool_:
        raise InvalidValue(
            "active", active.shape, f"bool of shape (moments, {catchments.places} places)"
        )
    if weight is not None and weight.shape != (catchments.points,):
        raise InvalidValue(
            "weight", weight.shape, f"a number for each of {catchments.points} points"
        )


def _moments(active: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Return the moments that differ, in their order, and which of them each moment is like."""
    if len(active) == 0:
        return active, np.zeros(0, np.intp)
    _, first, alike = np.unique(
        np.packbits(active, axis=1), axis=0, return_index=True, return_inverse=True
    )
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return active[first[order]], rank[alike.reshape(-1)]


@njit(cache=True, nogil=True)
def _turn_to(
    pointer: NDArray[np.int64],
    point: NDArray[np.int32],
    active: NDArray[np.bool_],
    moment: int,
    found: NDArray[np.int32],
) -> None:
    """Bring the counts of the moment before to those of a moment."""
    for place in range(active.shape[1]):
        now = active[moment, place]
        before = moment > 0 and active[moment - 1, place]
        if now == before:
            continue
        step = 1 if now else -1
        for i in range(pointer[place], pointer[place + 1]):
            found[point[i]] += step


@njit(cache=True, nogil=True)
def _covered(
    pointer: NDArray[np.int64],
    point: NDArray[np.int32],
    active: NDArray[np.bool_],
    weight: NDArray[np.float64],
    group: NDArray[np.int16],
    groups: int,
) -> Any:
    sums = np.zeros((len(active), groups, DEPTH))
    found = np.zeros(len(weight), np.int32)
    for moment in range(len(active)):
        _turn_to(pointer, point, active, moment, found)
        for p in range(len(weight)):
            if group[p] >= 0:
                for depth in range(min(found[p], DEPTH)):
                    sums[moment, group[p], depth] += weight[p]
    return sums


@njit(cache=True, nogil=True)
def _sole(
    pointer: NDArray[np.int64],
    point: NDArray[np.int32],
    active: NDArray[np.bool_],
    weight: NDArray[np.float64],
) -> Any:
    alone = np.zeros(active.shape)
    found = np.zeros(len(weight), np.int32)
    for moment in range(len(active)):
        _turn_to(pointer, point, active, moment, found)
        for place in range(active.shape[1]):
            if not active[moment, place]:
                continue
            total = 0.0
            for i in range(pointer[place], pointer[place + 1]):
                if found[point[i]] == 1:
                    total += weight[point[i]]
            alone[moment, place] = total
    return alone
