"""Doubts about opening: riders found a door locked in posted hours, so nobody knows.

One report made at the place, or two whose network and device both differ, turn *open* into
*not known*: from the report that decides until the posted hours of that day end, and for
twelve hours at most. Somebody who gets in later lifts the doubt.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from itertools import pairwise

from app.domain.calendar import Calendar
from app.domain.hours import open_intervals
from app.domain.hours_schedule import OpenState
from app.domain.stretches import Reason, Stretch

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
    stretches: Iterable[Stretch], doubts: Sequence[Doubt], zone: tzinfo
) -> Iterator[Stretch]:
    """Let doubts take the place of what they cover of open stretches; closed stays closed.

    Args:
        stretches: in order and in ``zone``.
    """
    edges = sorted({edge.astimezone(zone) for one in doubts for edge in (one.begins, one.ends)})
    for stretch in stretches:
        if stretch.state is not OpenState.OPEN:
            yield stretch
            continue
        within = [edge for edge in edges if stretch.begins < edge < stretch.ends]
        for begins, ends in pairwise([stretch.begins, *within, stretch.ends]):
            reports = [one.reported_at for one in doubts if one.begins <= begins < one.ends]
            if reports:
                yield Stretch(
                    begins, ends, OpenState.UNKNOWN, Reason.REPORTED_LOCKED,
                    reported_at=max(reports),
                )  # fmt: skip
            else:
                yield replace(stretch, begins=begins, ends=ends)
