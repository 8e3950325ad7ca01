"""Closures for a time: shut although the hours say open, with a reason, until they end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from app.domain.errors import FieldError, InvalidInput
from app.domain.hours import HORIZON_DAYS, OpenAnswer, OpenState, Reason, state_at
from app.domain.keepers import no_card_number

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


def state_with(
    closures: Sequence[Closure], hours: str | None, at: datetime, *, zone: tzinfo
) -> OpenAnswer:
    """Say whether a station is open at a moment, by its hours and what closes it meanwhile."""
    answer = state_at(hours, at, zone=zone)
    if not closures:
        return answer
    running = closed_at(closures, at)
    if running is None:
        return _until_the_next(closures, hours, at, answer, zone)
    end = _end_of(closures, running.ends)
    after = state_at(hours, end, zone=zone)
    until = after.until if after.state is OpenState.CLOSED else end.astimezone(zone)
    opens_at = _opens_from(closures, hours, end, zone)
    return OpenAnswer(OpenState.CLOSED, until, opens_at, Reason.CLOSURE, running.reason)


def _until_the_next(
    closures: Sequence[Closure], hours: str | None, at: datetime, answer: OpenAnswer, zone: tzinfo
) -> OpenAnswer:
    """Cut an answer at the closure that comes next."""
    begins = min((c.begins for c in closures if c.begins > at), default=None)
    if begins is not None and answer.state is not OpenState.CLOSED:
        far = at + timedelta(days=HORIZON_DAYS)
        if begins < (answer.until or far):
            answer = replace(answer, until=begins.astimezone(zone))
    if answer.opens_at is not None and closed_at(closures, answer.opens_at):
        answer = replace(answer, opens_at=_opens_from(closures, hours, answer.opens_at, zone))
    return answer


def _opens_from(
    closures: Sequence[Closure], hours: str | None, at: datetime, zone: tzinfo
) -> datetime | None:
    """Return when it surely opens, from a moment on; None if nobody knows."""
    moment: datetime = at
    # every step passes the end of a closure, so there are no more of them than closures
    for _ in range(2 * len(closures) + 2):
        moment = _end_of(closures, moment)
        answer = state_at(hours, moment, zone=zone)
        if answer.state is OpenState.OPEN:
            return moment.astimezone(zone)
        if answer.opens_at is None:
            return None
        if closed_at(closures, answer.opens_at) is None:
            return answer.opens_at
        moment = answer.opens_at
    return None


def _end_of(closures: Sequence[Closure], moment: datetime) -> datetime:
    """Return the first moment from one on that no closure holds."""
    while (running := closed_at(closures, moment)) is not None:
        moment = running.ends
    return moment
