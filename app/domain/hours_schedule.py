"""What a rule says about one day: the spans that begin on it, and what holidays make of them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from opening_hours import OpeningHours
from opening_hours import State as RuleState

from app.domain import hours_rule
from app.domain.calendar import DayKind
from app.domain.errors import InvalidInput

_DAY = timedelta(days=1)
_SATURDAY = 6


class OpenState(StrEnum):
    """Whether one may get in."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a day that is open or unknown, in minutes from midnight on the wall clock."""

    start: int
    end: int
    state: OpenState


def merged(spans: tuple[Span, ...]) -> list[Span]:
    """Join one day's spans into disjoint ones in order; open has precedence over unknown."""
    if len(spans) <= 1:
        return list(spans)
    cuts = sorted({edge for span in spans for edge in (span.start, span.end)})
    found: list[Span] = []
    for start, end in pairwise(cuts):
        states = {span.state for span in spans if span.start <= start < span.end}
        if not states:
            continue
        state = OpenState.OPEN if OpenState.OPEN in states else OpenState.UNKNOWN
        if found and found[-1].end == start and found[-1].state is state:
            found[-1] = Span(found[-1].start, end, state)
        else:
            found.append(Span(start, end, state))
    return found


@dataclass(frozen=True, slots=True)
class Rule:
    """A readable rule, split at midnight.

    Attributes:
        dated: open on the days that the rule names with their year, closed on all others.
        usual: whether holidays keep the hours of their weekday.
    """

    text: str
    own: str
    spill: str
    has_holiday: bool
    always: bool
    dated: str = ""
    usual: bool = False


@lru_cache(maxsize=4096)
def read_rule(hours: str) -> Rule | None:
    """Prepare a rule for evaluation; None if it cannot be read."""
    try:
        text = hours_rule.normalise(hours)
    except InvalidInput:
        return None
    plain, usual = hours_rule.without_usual(text)
    own, spill = hours_rule.split_at_midnight(plain)
    always = str(OpeningHours(plain).normalize()) == "24/7"
    has_holiday = usual or hours_rule.names_holidays(plain)
    return Rule(text, own, spill, has_holiday, always, hours_rule.dated_days(plain), usual)


@lru_cache(maxsize=131_072)
def schedule(rule: Rule, day: date, kind: DayKind) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """What begins on a day: until its midnight, and what spills over, in the next day's minutes."""
    if kind is DayKind.MAKE_UP_WORKDAY:
        if _spans(rule.dated, day):
            return _plain(rule, day)
        return _plain(rule, _stands_for(rule, day))
    if kind is DayKind.HOLIDAY:
        if rule.has_holiday:
            return _holiday(rule, day)
        own, spill = _plain(rule, day)
        sure = rule.always or bool(_spans(rule.dated, day))
        return (own, spill) if sure else (_doubted(own), _doubted(spill))
    if kind is DayKind.NOT_ANNOUNCED and rule.has_holiday:
        plain, holiday = _plain(rule, day), _holiday(rule, day)
        return _agreed(plain[0], holiday[0]), _agreed(plain[1], holiday[1])
    return _plain(rule, day)


def _stands_for(rule: Rule, day: date) -> date:
    """Return the workday that a make-up day follows, one that no dated rule makes an exception."""
    workday = day + (-1 if day.isoweekday() == _SATURDAY else 1) * _DAY
    weeks = (0, -1, 1, -2, 2, -3, 3)
    days = (workday + 7 * week * _DAY for week in weeks)
    return next((one for one in days if not _spans(rule.dated, one)), workday)


def _plain(rule: Rule, day: date) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    return _spans(rule.own, day), _spans(rule.spill, day)


def _holiday(rule: Rule, day: date) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    if rule.usual:
        return _plain(rule, day)
    weekday = hours_rule.WEEKDAYS[day.weekday()]
    own = hours_rule.holiday_as(rule.own, weekday)
    spill = hours_rule.holiday_as(rule.spill, weekday)
    return _spans(own, day), _spans(spill, day)


def _doubted(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    return tuple(Span(span.start, span.end, OpenState.UNKNOWN) for span in spans)


def _agreed(first: tuple[Span, ...], second: tuple[Span, ...]) -> tuple[Span, ...]:
    """Keep what two schedules share; where they differ nobody knows."""
    cuts = sorted({edge for span in first + second for edge in (span.start, span.end)})
    found = []
    for start, end in pairwise(cuts):
        states = {_within(spans, start) for spans in (first, second)}
        if states != {OpenState.CLOSED}:
            found.append(Span(start, end, states.pop() if len(states) == 1 else OpenState.UNKNOWN))
    return tuple(merged(tuple(found)))


def _within(spans: tuple[Span, ...], minute: int) -> OpenState:
    return next((s.state for s in spans if s.start <= minute < s.end), OpenState.CLOSED)


@lru_cache(maxsize=8192)
def _evaluator(text: str) -> OpeningHours:
    return OpeningHours(text)


def _spans(text: str, day: date) -> tuple[Span, ...]:
    if not text:
        return ()
    midnight = datetime.combine(day, time())
    found = []
    for start, end, state, _ in _evaluator(text).intervals(midnight, midnight + _DAY):
        if state != RuleState.CLOSED:
            now = OpenState.OPEN if state == RuleState.OPEN else OpenState.UNKNOWN
            found.append(Span(_minutes(start - midnight), _minutes(end - midnight), now))
    return tuple(found)


def _minutes(time_since: timedelta) -> int:
    return time_since.days * 24 * 60 + time_since.seconds // 60
