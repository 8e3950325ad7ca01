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
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from app.domain.calendar import Calendar, DayKind, china
from app.domain.hours_rule import normalise
from app.domain.hours_schedule import OpenState, Rule, Span, merged, read_rule, schedule
from app.domain.stretches import HORIZON, OpenAnswer, Reason, Stretch, answer, in_zone

__all__ = [
    "OpenAnswer", "OpenState", "Reason", "normalise", "open_intervals", "state_at", "timeline",
]  # fmt: skip

_DAY = timedelta(days=1)
_MIDNIGHT = Span(24 * 60, 24 * 60, OpenState.CLOSED)


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
    return answer(timeline(hours, at, at + HORIZON, zone=zone, calendar=calendar))


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
    found: list[tuple[datetime, datetime]] = []
    for stretch in timeline(hours, start, end, zone=zone, calendar=calendar):
        if stretch.state is not OpenState.OPEN:
            continue
        if found and found[-1][1] == stretch.begins:
            found[-1] = (found[-1][0], stretch.ends)
        else:
            found.append((stretch.begins, stretch.ends))
    return found


def timeline(
    hours: str | None,
    begins: datetime,
    ends: datetime,
    *,
    zone: tzinfo,
    calendar: Calendar | None = None,
) -> Iterator[Stretch]:
    """Tell what these hours say from ``begins`` to before ``ends``, stretch by stretch.

    Yields:
        Stretches in ``zone`` without a gap, cut to the two bounds, worked out as they are
        asked for; two that touch differ in state or reason. None if ``begins`` is not
        before ``ends``.

    Raises:
        ValueError: if a bound carries no zone.
    """
    first, last = in_zone(begins, zone), in_zone(ends, zone)
    if first >= last:
        return iter(())
    if hours is None or not hours.strip():
        return iter((Stretch(first, last, OpenState.UNKNOWN, Reason.NO_HOURS),))
    rule = read_rule(hours)
    if rule is None:
        return iter((Stretch(first, last, OpenState.UNKNOWN, Reason.UNREADABLE),))
    if rule.always:
        return iter((Stretch(first, last, OpenState.OPEN, Reason.HOURS),))
    return _of_rule(rule, first, last, china() if calendar is None else calendar)


def _of_rule(rule: Rule, first: datetime, last: datetime, calendar: Calendar) -> Iterator[Stretch]:
    """Yield the stretches of days, neighbours of one state and reason joined."""
    day, zone = first.date(), first.tzinfo
    before = calendar.kind(day - _DAY)
    begins, pending = first, None
    while pending is None or pending.ends < last:
        kind = calendar.kind(day)
        for stretch in _of_day(rule, day, before, kind, zone):
            if stretch.ends <= first:
                continue
            if pending and (stretch.state, stretch.reason) != (pending.state, pending.reason):
                if stretch.begins >= last:
                    break
                yield Stretch(begins, stretch.begins, pending.state, pending.reason)
                begins = stretch.begins
            pending = stretch
        before = kind
        day += _DAY
    yield Stretch(begins, last, pending.state, pending.reason)


@lru_cache(maxsize=65_536)
def _of_day(
    rule: Rule, day: date, before: DayKind, kind: DayKind, zone: tzinfo | None
) -> tuple[Stretch, ...]:
    """Return the stretches from midnight to midnight, what the day before spilled included."""
    midnight = datetime.combine(day, time(), zone)
    own, _ = schedule(rule, day, kind)
    _, carried = schedule(rule, day - _DAY, before)
    found: list[Stretch] = []
    edge, minute = midnight, 0
    # a day's own spans are in order and apart
    for span in [*(merged(own + carried) if carried else own), _MIDNIGHT]:
        if minute < span.start:
            begins = midnight + timedelta(minutes=span.start)
            reason = _reason(rule, OpenState.CLOSED, kind)
            found.append(Stretch(edge, begins, OpenState.CLOSED, reason))
            edge = begins
        if span.start < span.end:
            ends = midnight + timedelta(minutes=span.end)
            found.append(Stretch(edge, ends, span.state, _reason(rule, span.state, kind)))
            edge = ends
        minute = span.end
    return tuple(found)


def _reason(rule: Rule, state: OpenState, kind: DayKind) -> Reason:
    if kind is DayKind.HOLIDAY:
        return Reason.HOLIDAY
    if kind is DayKind.MAKE_UP_WORKDAY:
        return Reason.MAKE_UP_WORKDAY
    if kind is DayKind.NOT_ANNOUNCED and rule.has_holiday and state is OpenState.UNKNOWN:
        return Reason.NOT_ANNOUNCED
    return Reason.HOURS
