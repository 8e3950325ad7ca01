"""Doubts about opening: riders found a door locked in posted hours, so nobody knows.

One report made at the place, or two whose network and device both differ, turn *open* into
*not known*: from the report that decides until the posted hours of that day end, and for
twelve hours at most. Somebody who gets in later lifts the doubt.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo

from app.domain.calendar import Calendar
from app.domain.hours import OpenAnswer, OpenState, Reason, open_intervals

LONGEST = timedelta(hours=12)


@dataclass(frozen=True, slots=True, order=True)
class Doubt:
    """Whether one gets in is not known, from a moment until before another.

    Attributes:
        reported_at: when the newest report that says so was made.
    """

    begins: datetime
    ends: datetime
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class Locked:
    """A report that a door was locked, made while the posted hours said open.

    Attributes:
        until: when the posted hours of its day end, see :func:`doubted_until`.
        strong: whether it was made at the place.
        network, device: marks of where it came from, comparable with those of another.
    """

    made_at: datetime
    until: datetime
    strong: bool
    network: bytes
    device: bytes


def doubted_until(
    hours: str | None, made_at: datetime, *, zone: tzinfo, calendar: Calendar | None = None
) -> datetime | None:
    """Return until when a report of a locked door may raise a doubt.

    Args:
        hours: the posted hours.
        made_at: when the report was made.

    Returns:
        When the hours of the day end that were running, a break at noon bridged and what
        spills past midnight included, but at most :data:`LONGEST` later. None if the hours
        did not say open.
    """
    day_before = made_at.astimezone(zone).date() - timedelta(days=1)
    spans = open_intervals(
        hours, datetime.combine(day_before, time(), zone), made_at + LONGEST,
        zone=zone, calendar=calendar,
    )  # fmt: skip
    day = next((begin.date() for begin, end in spans if begin <= made_at < end), None)
    # cut to the bound by the question itself
    return max((end for begin, end in spans if begin.date() == day), default=None)


def decides(report: Locked, before: Iterable[Locked], *, proved_at: datetime | None) -> bool:
    """Whether a report raises a doubt, alone or with an earlier one that is still in force.

    Args:
        before: reports of the same station, made earlier.
        proved_at: when somebody got in last; what was reported before that counts no more.
    """
    return report.strong or any(
        old.network != report.network
        and old.device != report.device
        and old.until > report.made_at
        and (proved_at is None or old.made_at >= proved_at)
        for old in before
    )


def doubted(
    doubts: Sequence[Doubt],
    at: datetime,
    plain: Callable[[datetime], OpenAnswer],
    *,
    zone: tzinfo,
) -> OpenAnswer:
    """Say whether a station is open at a moment, by what hours and closures say and by doubts.

    Args:
        plain: the answer at any moment without doubts.
        zone: the zone that answers are in.
    """
    answer = plain(at)
    if not doubts:
        return answer
    held = _held(doubts, at)
    if answer.state is OpenState.OPEN and held:
        end = _end_of(doubts, at)
        return OpenAnswer(
            OpenState.UNKNOWN,
            min(answer.until or end, end).astimezone(zone),
            _opens_from(doubts, at, plain, zone),
            Reason.REPORTED_LOCKED,
            reported_at=max(doubt.reported_at for doubt in held),
        )
    if answer.state is OpenState.OPEN:
        begins = min((doubt.begins for doubt in doubts if doubt.begins > at), default=None)
        if begins is not None and (answer.until is None or begins < answer.until):
            return replace(answer, until=begins.astimezone(zone))
        return answer
    if answer.opens_at is not None and _held(doubts, answer.opens_at):
        return replace(answer, opens_at=_opens_from(doubts, answer.opens_at, plain, zone))
    return answer


def _opens_from(
    doubts: Sequence[Doubt],
    at: datetime,
    plain: Callable[[datetime], OpenAnswer],
    zone: tzinfo,
) -> datetime | None:
    """Return when it surely opens, from a moment on; None if nobody knows."""
    moment = at
    # every second step passes the end of a doubt, so there are no more of them
    for _ in range(2 * len(doubts) + 2):
        moment = _end_of(doubts, moment)
        answer = plain(moment)
        if answer.state is OpenState.OPEN:
            return moment.astimezone(zone)
        if answer.opens_at is None or not _held(doubts, answer.opens_at):
            return answer.opens_at
        moment = answer.opens_at
    return None


def _held(doubts: Sequence[Doubt], at: datetime) -> list[Doubt]:
    return [doubt for doubt in doubts if doubt.begins <= at < doubt.ends]


def _end_of(doubts: Sequence[Doubt], moment: datetime) -> datetime:
    """Return the first moment from one on at which no doubt holds."""
    while held := _held(doubts, moment):
        moment = max(doubt.ends for doubt in held)
    return moment
