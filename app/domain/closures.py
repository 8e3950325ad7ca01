"""Closures for a time: shut although the hours say open, with a reason, until they end."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from app.domain.errors import FieldError, InvalidInput
from app.domain.hours_schedule import OpenState
from app.domain.keepers import no_card_number
from app.domain.stretches import Reason, Stretch

LONGEST_REASON = 200
LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True, order=True)
class Closure:
    """From a moment until before another, with the reason riders read."""

    begins: datetime
    ends: datetime
    reason: str


def check_closure(closure: Closure, *, now: datetime) -> None:
    """Raise :class:`InvalidInput` with everything that is wrong with a closure to be made."""
    errors = []
    if closure.ends <= closure.begins:
        errors.append(
            FieldError("ends", "the end is not after the beginning", "结束时间须晚于开始时间")
        )
    elif closure.ends <= now:
        errors.append(FieldError("ends", "the end has passed already", "结束时间已经过去"))
    elif closure.ends - closure.begins > timedelta(days=LONGEST_DAYS):
        errors.append(FieldError(
            "ends",
            f"a closure ends within {LONGEST_DAYS} days; suspend the station for longer",
            f"临时关闭最长 {LONGEST_DAYS} 天;更久请办理暂停",
        ))  # fmt: skip
    if not closure.reason.strip():
        errors.append(FieldError("reason", "a reason is needed", "请填写原因,站点页会显示"))
    elif len(closure.reason) > LONGEST_REASON:
        errors.append(FieldError(
            "reason", f"is longer than {LONGEST_REASON} characters", f"超过 {LONGEST_REASON} 字"
        ))  # fmt: skip
    errors += no_card_number("reason", closure.reason)
    if errors:
        raise InvalidInput(errors, attempted="close the station for a time")


def closed_at(closures: Sequence[Closure], at: datetime) -> Closure | None:
    """Return the closure that holds at a moment; of several the one that ends last."""
    running = [closure for closure in closures if closure.begins <= at < closure.ends]
    return max(running, key=lambda closure: closure.ends, default=None)


def shut(
    stretches: Iterable[Stretch], closures: Sequence[Closure], zone: tzinfo
) -> Iterator[Stretch]:
    """Let closures take the place of what they cover, whatever the hours say meanwhile.

    Args:
        stretches: in order and in ``zone``.
    """
    edges = sorted({edge.astimezone(zone) for one in closures for edge in (one.begins, one.ends)})
    for stretch in stretches:
        within = [edge for edge in edges if stretch.begins < edge < stretch.ends]
        for begins, ends in pairwise([stretch.begins, *within, stretch.ends]):
            running = closed_at(closures, begins)
            if running is not None:
                yield Stretch(begins, ends, OpenState.CLOSED, Reason.CLOSURE, running.reason)
            else:
                yield Stretch(begins, ends, stretch.state, stretch.reason, stretch.note)
