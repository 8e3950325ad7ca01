"""Opening hours in OpenStreetMap syntax: what they say at a moment, and between two.

``opening-hours-py`` reads and evaluates the rules. Around it, this module supplies what
it has not: a calendar of public holidays and make-up workdays, and hours past midnight
that belong to the day they begin on even where a later rule replaces that day.

- On a public holiday, a rule that says nothing about ``PH`` is *unknown* during the hours
  it would keep on that weekday, and closed outside them; ``24/7`` stays open.
- A make-up workday follows the rule for a workday: a Saturday that of the Friday before, a
  Sunday that of the Monday after.
- In a year that is not announced yet, a rule with ``PH`` is *unknown* wherever its
  ordinary and its holiday hours differ.
- ``PH unknown "as usual"`` says that holidays keep the hours of their weekday.
- A rule for dates with their year holds on a make-up workday, and, where nothing is said about
  ``PH``, on a public holiday.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from app.domain.calendar import Calendar, DayKind, china
from app.domain.hours_rule import normalise
from app.domain.hours_schedule import OpenState, Rule, Span, merged, read_rule, schedule

__all__ = ["OpenAnswer", "OpenState", "Reason", "normalise", "open_intervals", "state_at"]

HORIZON_DAYS = 60
_DAY = timedelta(days=1)


class Reason(StrEnum):
    """Why the state is what it is."""

    HOURS = "hours"
    NO_HOURS = "no_hours"
    UNREADABLE = "unreadable"
    HOLIDAY = "holiday"
    MAKE_UP_WORKDAY = "make_up_workday"
    NOT_ANNOUNCED = "not_announced"
    # of the record and not of its hours; see app/domain/opening.py, closures.py and doubts.py
    SUSPENDED = "suspended"
    CLOSURE = "closure"
    REPORTED_LOCKED = "reported_locked"


@dataclass(frozen=True, slots=True)
class OpenAnswer:
    """What the hours say at a moment.

    Attributes:
        state: open, closed or unknown.
        until: when the state ends; None if not within :data:`HORIZON_DAYS`.
        opens_at: if not open, when it surely opens next; None if not within
            :data:`HORIZON_DAYS`.
        reason: what decided; for an ordinary day ``hours``.
        note: what staff wrote about a closure.
        reported_at: when riders reported the door locked last; None unless that decided.
    """

    state: OpenState
    until: datetime | None
    opens_at: datetime | None
    reason: Reason
    note: str = ""
    reported_at: datetime | None = None


def state_at(
    hours: str | None, at: datetime, *, zone: tzinfo, calendar: Calendar | None = None
) -> OpenAnswer:
    """Say whether a station with these hours is open at a moment.

    Args:
        hours: a rule in OpenStreetMap syntax, None if nobody knows.
        at: any aware moment.
        zone: the zone the rule is meant in; answers are in it.
        calendar: holidays; None for China's announced ones.

    Raises:
        ValueError: if ``at`` carries no zone.
    """
    wall = _wall(at, zone)
    if hours is None or not hours.strip():
        return OpenAnswer(OpenState.UNKNOWN, None, None, Reason.NO_HOURS)
    rule = read_rule(hours)
    if rule is None:
        return OpenAnswer(OpenState.UNKNOWN, None, None, Reason.UNREADABLE)
    if rule.always:
        return OpenAnswer(OpenState.OPEN, None, None, Reason.HOURS)
    known = china() if calendar is None else calendar
    state, until, opens_at = OpenState.CLOSED, None, None
    for start, end, found in _timeline(rule, wall, known):
        if start <= wall < end:
            state, until = found, end
        elif start > wall:
            until = until or start
            if found is OpenState.OPEN:
                opens_at = start
                break
        if state is OpenState.OPEN:
            break
    horizon = wall + HORIZON_DAYS * _DAY
    return OpenAnswer(
        state,
        _zoned(until, zone) if until and until < horizon else None,
        _zoned(opens_at, zone) if opens_at and state is not OpenState.OPEN else None,
        _reason(rule, state, wall.date(), known),
    )


def open_intervals(
    hours: str | None,
    start: datetime,
    end: datetime,
    *,
    zone: tzinfo,
    calendar: Calendar | None = None,
) -> list[tuple[datetime, datetime]]:
    """List when a station with these hours is surely open, from ``start`` to before ``end``.

    Returns:
        Pairs of aware times in ``zone``, ascending, apart from each other, cut to the two
        bounds. Empty for unknown hours.

    Raises:
        ValueError: if a bound carries no zone.
    """
    first, last = _wall(start, zone), _wall(end, zone)
    rule = read_rule(hours) if hours else None
    if rule is None or first >= last:
        return []
    known = china() if calendar is None else calendar
    found = []
    for begin, finish, state in _timeline(rule, first, known, until=last):
        low, high = max(begin, first), min(finish, last)
        if state is OpenState.OPEN and low < high:
            found.append((_zoned(low, zone), _zoned(high, zone)))
    return found


def _timeline(
    rule: Rule, wall: datetime, calendar: Calendar, *, until: datetime | None = None
) -> Iterator[tuple[datetime, datetime, OpenState]]:
    """Yield open and unknown stretches, neighbours of one state joined, from the day before."""
    day = wall.date() - _DAY
    last = until.date() if until else wall.date() + HORIZON_DAYS * _DAY
    pending: tuple[datetime, datetime, OpenState] | None = None
    carried: tuple[Span, ...] = ()
    while day <= last:
        own, spill = schedule(rule, day, calendar.kind(day))
        midnight = datetime.combine(day, time())
        for span in merged(own + carried):
            begin = midnight + timedelta(minutes=span.start)
            finish = midnight + timedelta(minutes=span.end)
            if pending and pending[1] == begin and pending[2] is span.state:
                pending = (pending[0], finish, span.state)
                continue
            if pending:
                yield pending
            pending = (begin, finish, span.state)
        carried = spill
        day += _DAY
    if pending:
        yield pending


def _reason(rule: Rule, state: OpenState, day: date, calendar: Calendar) -> Reason:
    kind = calendar.kind(day)
    if kind is DayKind.HOLIDAY:
        return Reason.HOLIDAY
    if kind is DayKind.MAKE_UP_WORKDAY:
        return Reason.MAKE_UP_WORKDAY
    if kind is DayKind.NOT_ANNOUNCED and rule.has_holiday and state is OpenState.UNKNOWN:
        return Reason.NOT_ANNOUNCED
    return Reason.HOURS


def _wall(at: datetime, zone: tzinfo) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone; give an aware datetime")
    return at.astimezone(zone).replace(tzinfo=None)


def _zoned(wall: datetime, zone: tzinfo) -> datetime:
    return wall.replace(tzinfo=zone)
