"""Opening hours as a form that a person understands, written in OpenStreetMap syntax and back.

Every weekday is closed, open all day, or open in one or more spans; public holidays are closed,
as usual, of their own, or not spoken of (then nobody knows); dated exceptions come on top. What
a rule says beyond that (months, comments, unknown times) has no form, and stays a text.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from app.domain.calendar import DayKind
from app.domain.errors import FieldError, InvalidInput
from app.domain.hours_rule import MAX_LENGTH, USUAL, WEEKDAYS, normalise, rule_parts, split_rules
from app.domain.hours_schedule import OpenState, Rule, Span, merged, read_rule, schedule

FULL_DAY = 24 * 60
MOST_SPANS = 6
MOST_EXCEPTIONS = 20
YEARS = range(2015, 2100)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# a Monday before every exception, whose week shows what an ordinary one is
_MONDAY = date(2001, 1, 1)
_ONE_DAY = timedelta(days=1)
_LONGEST_EXCEPTION = 366

Times = tuple[int, int]


class Holidays(StrEnum):
    """What holds on public holidays."""

    UNSAID = "unsaid"
    CLOSED = "closed"
    USUAL = "usual"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class DayHours:
    """When one day is open: spans in minutes from its midnight, in order and apart.

    An end may lie after the next midnight, less than 24 hours after its start. No span at all
    is a closed day, ``(0, 1440)`` alone one that is open all day.
    """

    spans: tuple[Times, ...] = ()

    @property
    def all_day(self) -> bool:
        """Whether it is open from midnight to midnight."""
        return self.spans == ((0, FULL_DAY),)

    @property
    def text(self) -> str:
        """The spans as staff and OpenStreetMap write them, empty for a closed day."""
        return ",".join(f"{_clock(start)}-{_end_clock(end)}" for start, end in self.spans)


CLOSED = DayHours()
ALL_DAY = DayHours(((0, FULL_DAY),))


@dataclass(frozen=True, slots=True)
class Exceptional:
    """Days from ``first`` to ``last`` that keep hours of their own, whatever they are else."""

    first: date
    last: date
    hours: DayHours


@dataclass(frozen=True, slots=True)
class HoursForm:
    """The whole form; ``days`` are seven from Monday on, ``holiday`` counts for ``OWN`` alone."""

    days: tuple[DayHours, ...]
    holidays: Holidays = Holidays.UNSAID
    holiday: DayHours = field(default=CLOSED)
    exceptions: tuple[Exceptional, ...] = ()


def check_day(spans: Iterable[Times], *, named: str) -> DayHours:
    """Bring the spans of a day into order, touching ones joined.

    Raises:
        InvalidInput: on the field ``named``, if they overlap, are too long or too many.
    """
    found: list[Times] = []
    for start, end in sorted(spans):
        if not 0 <= start < end or start >= FULL_DAY or end - start > _longest(start):
            raise _wrong(named, "a span is shorter than 24 hours and begins within the day",
                         "每段时间须短于 24 小时,并在当天开始")  # fmt: skip
        before = found[-1] if found else None
        if before and start < before[1]:
            raise _wrong(named, f"{_clock(start)} lies within the span before",
                         f"{_clock(start)} 与前一段时间重叠")  # fmt: skip
        if before and start == before[1] and end - before[0] <= _longest(before[0]):
            found[-1] = (before[0], end)
        else:
            found.append((start, end))
    if len(found) > MOST_SPANS:
        raise _wrong(named, f"more than {MOST_SPANS} spans", f"一天最多 {MOST_SPANS} 段")
    return DayHours(tuple(found))


def tidied(form: HoursForm) -> HoursForm:
    """Return the same hours said in one way only, which writing and reading keep."""
    holidays, holiday = form.holidays, CLOSED
    uniform = len(set(form.days)) == 1
    if holidays is Holidays.OWN:
        holiday = form.holiday
        if not holiday.spans:
            holidays = Holidays.CLOSED
        elif uniform and holiday == form.days[0]:
            holidays, holiday = Holidays.USUAL, CLOSED
    if uniform and form.days[0].all_day and not form.exceptions and holidays is Holidays.UNSAID:
        holidays = Holidays.USUAL
    # closed on every day leaves nothing to doubt
    if uniform and not form.days[0].spans and holidays in (Holidays.UNSAID, Holidays.USUAL):
        holidays = Holidays.CLOSED
    exceptions = tuple(sorted(form.exceptions, key=lambda one: (one.first, one.last)))
    return HoursForm(form.days, holidays, holiday, exceptions)


def write(form: HoursForm) -> str:
    """Write the form in OpenStreetMap syntax, as :func:`normalise` spells it.

    Raises:
        InvalidInput: if exceptions overlap or the rule is too long to be kept.
    """
    form = tidied(form)
    _check_exceptions(form.exceptions)
    rules = _week_rules(form.days)
    always = form.days[0].all_day and len(set(form.days)) == 1 and not form.exceptions
    if form.holidays is Holidays.CLOSED and any(day.spans for day in form.days):
        rules.append("PH off")
    elif form.holidays is Holidays.OWN:
        rules.append(f"PH {form.holiday.text}")
    elif form.holidays is Holidays.USUAL and not always:
        uniform = len(set(form.days)) == 1
        rules.append(f"PH {form.days[0].text}" if uniform else USUAL)
    rules += [f"{_dates(one)} {one.hours.text or 'off'}" for one in form.exceptions]
    text = "; ".join(rules)
    if len(text) > MAX_LENGTH:
        raise _wrong("hours_exceptions", f"the hours have more than {MAX_LENGTH} characters;"
                     " leave out exceptions that have passed",
                     "时间规则太长,请删去已过去的例外日期")  # fmt: skip
    return normalise(text)


def read(hours: str) -> HoursForm | None:
    """Show a rule as the form; None if it says more than the form can, or cannot be read."""
    rule = read_rule(hours)
    if rule is None:
        return None
    ranges = _ranges(rule.text)
    if ranges is None:
        return None
    days = [_day(rule, _MONDAY + step * _ONE_DAY, DayKind.ORDINARY) for step in range(7)]
    exceptions = [_exception(rule, first, last) for first, last in ranges]
    if None in days or None in exceptions:
        return None
    known = tuple(day for day in days if day is not None)
    said = _holidays(rule, known)
    if said is None:
        return None
    form = tidied(HoursForm(known, *said, tuple(one for one in exceptions if one is not None)))
    try:
        same = read_rule(write(form))
    except InvalidInput:
        return None
    # whatever was overlooked shows itself here
    return form if same is not None and _agree(rule, same, form) else None


def without_past(form: HoursForm, today: date) -> HoursForm:
    """Return the form without the exceptions that have passed."""
    kept = tuple(one for one in form.exceptions if one.last >= today)
    return HoursForm(form.days, form.holidays, form.holiday, kept)


def on_day(form: HoursForm, day: date, kind: DayKind) -> DayHours | None:
    """Return what begins on a day of some kind; None if the form leaves it open."""
    for one in form.exceptions:
        if one.first <= day <= one.last:
            return one.hours
    weekday = day.weekday()
    if kind is DayKind.MAKE_UP_WORKDAY:
        # a Saturday follows the Friday before, any other day the one after
        weekday = weekday - 1 if weekday == len(WEEKDAYS) - 2 else (weekday + 1) % len(WEEKDAYS)
    usual = form.days[weekday]
    if kind in (DayKind.ORDINARY, DayKind.MAKE_UP_WORKDAY) or form.holidays is Holidays.USUAL:
        return usual
    if form.holidays is Holidays.UNSAID:
        return usual if kind is DayKind.NOT_ANNOUNCED or not usual.spans else None
    holiday = form.holiday if form.holidays is Holidays.OWN else CLOSED
    if kind is DayKind.NOT_ANNOUNCED and holiday != usual:
        return None
    return holiday


def _week_rules(days: Sequence[DayHours]) -> list[str]:
    """Write the week, days of equal hours together, closed ones left out."""
    rules = []
    for hours in dict.fromkeys(days):
        if not hours.spans:
            continue
        chosen = [number for number, one in enumerate(days) if one == hours]
        if len(chosen) == len(WEEKDAYS):
            return ["24/7" if hours.all_day else f"Mo-Su {hours.text}"]
        rules.append(f"{_weekdays(chosen)} {hours.text}")
    return rules or ["off"]


def _weekdays(chosen: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for number in chosen:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(
        WEEKDAYS[run[0]] if len(run) == 1 else f"{WEEKDAYS[run[0]]}-{WEEKDAYS[run[-1]]}"
        for run in runs
    )


def _dates(one: Exceptional) -> str:
    first, last = (f"{d.year} {_MONTHS[d.month - 1]} {d.day}" for d in (one.first, one.last))
    return first if one.first == one.last else f"{first}-{last}"


def _check_exceptions(exceptions: Sequence[Exceptional]) -> None:
    errors = []
    for number, one in enumerate(exceptions):
        if one.last < one.first or one.first.year not in YEARS or one.last.year not in YEARS:
            errors.append(FieldError(
                "hours_exceptions", f"{one.first} to {one.last} are no dates in order",
                f"{one.first} 至 {one.last} 日期有误",
            ))  # fmt: skip
        elif (one.last - one.first).days >= _LONGEST_EXCEPTION:
            errors.append(FieldError(
                "hours_exceptions", f"{one.first} to {one.last} is longer than a year",
                f"{one.first} 至 {one.last} 超过一年",
            ))  # fmt: skip
        elif number and one.first <= exceptions[number - 1].last:
            errors.append(FieldError(
                "hours_exceptions", f"two exceptions hold on {one.first}",
                f"{one.first} 有两条例外",
            ))  # fmt: skip
    if len(exceptions) > MOST_EXCEPTIONS:
        errors.append(FieldError(
            "hours_exceptions", f"more than {MOST_EXCEPTIONS} exceptions",
            f"例外日期最多 {MOST_EXCEPTIONS} 条",
        ))  # fmt: skip
    if errors:
        raise InvalidInput(errors, attempted="write the opening hours")


_DATE = r"(\d{4}) ([A-Z][a-z]{2}) (\d{1,2})"
_SELECTED = re.compile(
    rf"(?P<dated>{_DATE}(?:-{_DATE})?)|(?:24/7|[A-Za-z]{{2}}(?:[-,][A-Za-z]{{2}})*)?"
)
_TIMES = re.compile(r"(?:\d\d:\d\d-\d\d:\d\d(?:,|$))*")


def _ranges(text: str) -> list[tuple[date, date]] | None:
    """Return the dates that exceptions name, None if a rule is none that a form writes."""
    found: dict[tuple[date, date], None] = {}
    for separator, rule in split_rules(text):
        if separator == " || ":
            return None
        if rule == USUAL:
            continue
        selectors, times, rest = rule_parts(rule)
        match = _SELECTED.fullmatch(selectors)
        if match is None or not _TIMES.fullmatch(times) or rest not in ("", "closed", "open"):
            return None
        if match["dated"]:
            try:
                first = _date(*match.group(2, 3, 4))
                last = _date(*match.group(5, 6, 7)) if match[5] else first
            except ValueError:
                return None
            if not first <= last < first + _LONGEST_EXCEPTION * _ONE_DAY:
                return None
            found[first, last] = None
    return sorted(found)


def _date(year: str, month: str, day: str) -> date:
    return date(int(year), _MONTHS.index(month) + 1, int(day))


def _exception(rule: Rule, first: date, last: date) -> Exceptional | None:
    hours = {
        _day(rule, first + step * _ONE_DAY, DayKind.ORDINARY)
        for step in range((last - first).days + 1)
    }
    found = hours.pop() if len(hours) == 1 else None
    return None if found is None else Exceptional(first, last, found)


def _holidays(rule: Rule, days: tuple[DayHours, ...]) -> tuple[Holidays, DayHours] | None:
    if rule.usual or rule.always:
        return Holidays.USUAL, CLOSED
    if not rule.has_holiday:
        return Holidays.UNSAID, CLOSED
    found = [_day(rule, _MONDAY + step * _ONE_DAY, DayKind.HOLIDAY) for step in range(7)]
    if None in found:
        return None
    if tuple(found) == days:
        return Holidays.USUAL, CLOSED
    own = found[0] if len(set(found)) == 1 else None
    return None if own is None else (Holidays.OWN, own)


def _day(rule: Rule, day: date, kind: DayKind) -> DayHours | None:
    """Return what a rule keeps on a day; None where a form has no words for it."""
    own, spill = schedule(rule, day, kind)
    if any(span.state is not OpenState.OPEN for span in own + spill):
        return None
    spans = [(span.start, span.end) for span in own]
    if spill:
        # the part after midnight belongs to the span that reaches midnight
        if len(spill) > 1 or spill[0].start or not spans or spans[-1][1] != FULL_DAY:
            return None
        spans[-1] = (spans[-1][0], FULL_DAY + spill[0].end)
    try:
        return check_day(spans, named="hours")
    except InvalidInput:
        return None


def _agree(one: Rule, other: Rule, form: HoursForm) -> bool:
    """Whether two rules keep the same hours in an ordinary week and around every exception."""
    days = {_MONDAY + step * _ONE_DAY for step in range(-1, 8)}
    for exception in form.exceptions:
        span = (exception.last - exception.first).days
        days |= {exception.first + step * _ONE_DAY for step in range(-2, span + 3)}
    return all(
        _plain(schedule(one, day, kind)) == _plain(schedule(other, day, kind))
        for day in days
        for kind in DayKind
        if kind is not DayKind.MAKE_UP_WORKDAY or day.weekday() > 4
    )


def _plain(found: tuple[tuple[Span, ...], tuple[Span, ...]]) -> tuple[list[Span], list[Span]]:
    return merged(found[0]), merged(found[1])


def _longest(start: int) -> int:
    """Minutes that a span may have: only from midnight on can it fill a day."""
    return FULL_DAY if start == 0 else FULL_DAY - 1


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _end_clock(minutes: int) -> str:
    return _clock(minutes if minutes <= FULL_DAY else minutes - FULL_DAY)


def _wrong(named: str, message: str, zh: str) -> InvalidInput:
    return InvalidInput([FieldError(named, message, zh)], attempted="read the opening hours")
