"""Timelines of random rules, closures and calendars against the plainest reckoning of minutes.

The slow side asks every minute by itself what its day and the day before say of it; the
timeline must say the same, without a gap, and every answer must follow from the minutes.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import hours as posted
from app.domain.calendar import Calendar, DayKind
from app.domain.closures import Closure
from app.domain.hours import OpenState, Reason
from app.domain.hours_schedule import read_rule, schedule
from app.domain.lifecycle import State
from app.domain.opening import opening, timeline
from app.domain.stretches import Stretch

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# the last days of what is announced, with a holiday and a make-up Saturday before
START = datetime(2026, 12, 24, tzinfo=ZONE)
DAYS = 14
CALENDAR = Calendar(
    {
        date(2026, 12, 26): DayKind.MAKE_UP_WORKDAY,
        **{date(2026, 12, day): DayKind.HOLIDAY for day in (28, 29, 30)},
    },
    frozenset({2026}),
)

CLOCKS = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{15 * (quarter % 4):02}")
SPANS = st.tuples(CLOCKS, CLOCKS).filter(lambda pair: pair[0] != pair[1]).map("-".join)
TIMES = st.lists(SPANS, min_size=1, max_size=2).map(",".join)
WHEN = st.sampled_from(
    ("", "Mo-Fr ", "Sa,Su ", "Mo,We,Fr ", "Dec ", "Jan 1-Jan 4 ", "2026 Dec 29 ", "Fr ")
)
SAYS = st.one_of(TIMES, st.sampled_from(("off", "unknown", "00:00-24:00", "20:00-04:00")))
HOLIDAYS = st.one_of(
    st.sampled_from(("", "; PH off", '; PH unknown "as usual"', "; PH,Su 10:00-12:00")),
    TIMES.map("; PH {}".format),
)


@st.composite
def rules(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.tuples(WHEN, SAYS).map("".join), min_size=1, max_size=3))
    return "; ".join(parts) + draw(HOLIDAYS)


HOURS = st.one_of(rules(), st.sampled_from((None, " ", "24/7", "now and then", "off")))


@st.composite
def closures(draw: st.DrawFn) -> tuple[Closure, ...]:
    found = []
    for number in range(draw(st.integers(0, 3))):
        begins = START + draw(st.integers(-2000, DAYS * 1440)) * MINUTE
        ends = begins + draw(st.integers(1, 4000)) * MINUTE
        found.append(Closure(begins, ends, f"检修 {number}"))
    return tuple(sorted(found))


def by_hours(hours: str | None, at: datetime) -> OpenState:
    """What the day of a minute and the day before it say of it."""
    rule = read_rule(hours) if hours and hours.strip() else None
    if rule is None:
        return OpenState.UNKNOWN
    day, minute = at.date(), 60 * at.hour + at.minute
    own, _ = schedule(rule, day, CALENDAR.kind(day))
    _, spilled = schedule(rule, day - DAY, CALENDAR.kind(day - DAY))
    said = {span.state for span in own + spilled if span.start <= minute < span.end}
    known = [one for one in (OpenState.OPEN, OpenState.UNKNOWN) if one in said]
    return known[0] if known else OpenState.CLOSED


def slowly(hours: str | None, shut: Sequence[Closure], at: datetime) -> OpenState:
    if any(closure.begins <= at < closure.ends for closure in shut):
        return OpenState.CLOSED
    return by_hours(hours, at)


def at_every_minute(stretches: list[Stretch]) -> list[OpenState]:
    return [
        stretch.state
        for stretch in stretches
        for _ in range((stretch.ends - stretch.begins) // MINUTE)
    ]


@given(HOURS, closures())
def test_a_timeline_says_of_every_minute_what_its_days_say(
    hours: str | None, shut: tuple[Closure, ...]
) -> None:
    ends = START + DAYS * DAY
    found = list(
        timeline(State.ACTIVE, hours, START, ends, zone=ZONE, closures=shut, calendar=CALENDAR)
    )
    assert (found[0].begins, found[-1].ends) == (START, ends)
    assert all(one.ends == other.begins for one, other in pairwise(found))
    assert all(one.begins < one.ends for one in found)
    minutes = [slowly(hours, shut, START + n * MINUTE) for n in range(DAYS * 1440)]
    assert at_every_minute(found) == minutes


@given(HOURS, closures(), st.lists(st.integers(0, 4 * 1440), min_size=1, max_size=6))
def test_an_answer_follows_from_the_minutes_after_it(
    hours: str | None, shut: tuple[Closure, ...], asked: list[int]
) -> None:
    minutes = [slowly(hours, shut, START + n * MINUTE) for n in range(DAYS * 1440)]
    for minute in asked:
        at = START + minute * MINUTE
        answer = opening(State.ACTIVE, hours, at, zone=ZONE, closures=shut, calendar=CALENDAR)
        here = minutes[minute]
        assert answer.state is here
        until = next((n for n in range(minute, len(minutes)) if minutes[n] is not here), None)
        if until is not None:
            assert answer.until == START + until * MINUTE
        opens = next((n for n in range(minute, len(minutes)) if minutes[n] is OpenState.OPEN), None)
        if here is OpenState.OPEN:
            assert answer.opens_at is None
        elif opens is not None:
            assert answer.opens_at == START + opens * MINUTE


@given(rules(), st.integers(0, 10 * 1440), st.integers(1, 4 * 1440))
def test_a_part_of_a_timeline_is_what_the_whole_says_there(
    hours: str, begins: int, minutes: int
) -> None:
    first = START + begins * MINUTE
    last = first + minutes * MINUTE
    part = list(posted.timeline(hours, first, last, zone=ZONE, calendar=CALENDAR))
    whole = posted.timeline(hours, START, START + DAYS * DAY, zone=ZONE, calendar=CALENDAR)
    cut = [
        Stretch(max(one.begins, first), min(one.ends, last), one.state, one.reason)
        for one in whole
        if one.begins < last and first < one.ends
    ]
    assert part == cut
    # neighbours differ, so nothing is told twice
    pairs = pairwise(part)
    assert all((one.state, one.reason) != (two.state, two.reason) for one, two in pairs)


def test_a_stretch_ends_where_the_reason_does() -> None:
    found = posted.timeline(
        "Mo-Su 22:00-02:00; PH off",
        datetime(2026, 12, 27, 20, tzinfo=ZONE), datetime(2026, 12, 28, 12, tzinfo=ZONE),
        zone=ZONE, calendar=CALENDAR,
    )  # fmt: skip
    assert [(f"{one.begins:%d %H:%M}", one.state.value, one.reason.value) for one in found] == [
        ("27 20:00", "closed", "hours"),
        ("27 22:00", "open", "hours"),
        ("28 00:00", "open", "holiday"),
        ("28 02:00", "closed", "holiday"),
    ]


def test_a_suspended_station_is_one_stretch_and_nothing_is_none() -> None:
    (only,) = timeline(State.SUSPENDED, "24/7", START, START + DAY, zone=ZONE)
    assert only == Stretch(START, START + DAY, OpenState.CLOSED, Reason.SUSPENDED)
    assert list(timeline(State.ACTIVE, "24/7", START, START, zone=ZONE)) == []
    with pytest.raises(ValueError, match="no time zone"):
        timeline(State.SUSPENDED, None, START.replace(tzinfo=None), START, zone=ZONE)
