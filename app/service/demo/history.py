"""Eighteen months in the life of a station: legal moves, one after another."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import TypeVar

import numpy as np

from app.domain.lifecycle import State

Option = TypeVar("Option")
# the made-up city keeps Beijing time
ZONE = timezone(timedelta(hours=8))
HISTORY_DAYS = 548
APPLICATION = (State.DRAFT, State.SUBMITTED, State.REVIEWED)
SECOND_TRY = (State.DRAFT, State.SUBMITTED, State.RETURNED, State.SUBMITTED, State.REVIEWED)
PENDING: dict[State, tuple[tuple[State, ...], ...]] = {
    State.DRAFT: ((State.DRAFT,),),
    State.SUBMITTED: ((State.DRAFT, State.SUBMITTED), SECOND_TRY[:4]),
    State.RETURNED: (SECOND_TRY[:3],),
    State.REVIEWED: (APPLICATION, SECOND_TRY),
    State.DISCARDED: ((State.DRAFT, State.DISCARDED), (*SECOND_TRY[:3], State.DISCARDED)),
}
# what may follow the first approval, by the state of today
LATER: dict[State, tuple[tuple[State, ...], ...]] = {
    State.ACTIVE: (
        (), (), (), (), (), (State.SUSPENDED, State.ACTIVE), (State.RECTIFYING, State.ACTIVE),
        (State.RECTIFYING, State.SUSPENDED, State.ACTIVE),
    ),
    State.SUSPENDED: ((State.SUSPENDED,), (State.RECTIFYING, State.SUSPENDED)),
    State.RECTIFYING: ((State.RECTIFYING,), (State.SUSPENDED, State.RECTIFYING)),
    State.EXITED: ((State.EXITED,), (State.RECTIFYING, State.EXITED), (State.SUSPENDED,
                   State.EXITED)),
    State.MERGED: ((State.MERGED,),),
}  # fmt: skip
REASONS: dict[State, tuple[str, ...]] = {
    State.RETURNED: ("照片不清", "开放时间未填写", "地址与位置不符"),
    State.SUSPENDED: ("装修", "停水检修", "道路施工", "人员调休"),
    State.RECTIFYING: ("未按公示时间开放", "药箱物品过期", "饮水设备故障"),
    State.EXITED: ("共建单位搬迁", "整改未完成", "场地收回"),
    State.MERGED: ("与邻近站点重复",),
    State.DISCARDED: ("重复申报", "共建单位撤回"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoVersion:
    """What a station was from one moment on.

    Attributes:
        valid_from: an aware moment; those of one station rise strictly.
        verified: whether somebody has proved that the record is true. A cut-over
            station becomes verified by a version of the same state.
        reason: why it came to this state, empty where none is asked for.
    """

    valid_from: datetime
    state: State
    verified: bool
    reason: str = ""


def first_day(today: date) -> date:
    """Return the day on which the history begins: that of the cut-over."""
    return today - timedelta(days=HISTORY_DAYS)


def make_history(
    state: State, *, today: date, cut_over: bool, rng: np.random.Generator
) -> tuple[DemoVersion, ...]:
    """Tell a history that ends in ``state`` before today.

    Args:
        cut_over: whether the station came in with the first batch, if it was ever active.
    """
    if state in PENDING:
        return _pending(state, today, rng)
    later = _pick(LATER[state], rng)
    if cut_over:
        return _with_proof([State.ACTIVE, *later], today, rng)
    path = [*_pick((APPLICATION, APPLICATION, SECOND_TRY), rng), State.ACTIVE]
    day = int(rng.integers(10, HISTORY_DAYS - 150))
    days = [day]
    for _ in path[1:]:
        day += int(rng.integers(1, 12))
        days.append(day)
    days += _spread(day + 20, HISTORY_DAYS - 2, len(later), rng)
    states = [*path, *later]
    active_at = len(path) - 1
    return tuple(
        _version(today, at, one, number >= active_at, rng)
        for number, (at, one) in enumerate(zip(days, states, strict=True))
    )


def _pending(state: State, today: date, rng: np.random.Generator) -> tuple[DemoVersion, ...]:
    path = _pick(PENDING[state], rng)
    days = [HISTORY_DAYS - int(rng.integers(2, 40))]
    for _ in path[1:]:
        days.append(days[-1] - int(rng.integers(1, 9)))
    return tuple(
        _version(today, day, one, False, rng) for day, one in zip(reversed(days), path, strict=True)
    )


def _with_proof(
    states: list[State], today: date, rng: np.random.Generator
) -> tuple[DemoVersion, ...]:
    """Tell of a cut-over station: unproved at first, most are proved some months later."""
    days = [0, *_spread(150, HISTORY_DAYS - 2, len(states) - 1, rng)]
    proved = int(rng.integers(15, 145)) if rng.random() < 0.8 else None
    versions = [_version(today, 0, State.ACTIVE, False, rng)]
    if proved is not None:
        versions.append(_version(today, proved, State.ACTIVE, True, rng))
    versions += [
        _version(today, day, one, proved is not None, rng)
        for day, one in zip(days[1:], states[1:], strict=True)
    ]
    return tuple(versions)


def _spread(low: int, high: int, count: int, rng: np.random.Generator) -> list[int]:
    return sorted(int(day) for day in rng.choice(np.arange(low, high), count, replace=False))


def _version(
    today: date, day: int, state: State, verified: bool, rng: np.random.Generator
) -> DemoVersion:
    at = time(int(rng.integers(9, 17)), int(rng.integers(0, 60)), tzinfo=ZONE)
    reasons = REASONS.get(state, ("",))
    return DemoVersion(
        valid_from=datetime.combine(first_day(today) + timedelta(days=day), at),
        state=state,
        verified=verified,
        reason=_pick(reasons, rng),
    )


def _pick(options: tuple[Option, ...], rng: np.random.Generator) -> Option:
    return options[int(rng.integers(len(options)))]
