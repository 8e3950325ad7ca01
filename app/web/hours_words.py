"""Opening hours in words: an ordinary week, days of equal hours together."""

from datetime import UTC, date, datetime, timedelta

from app.domain.calendar import DayKind
from app.domain.hours_schedule import OpenState, Rule, Span, read_rule, schedule

Words = tuple[str, str]
MIDNIGHT = 24 * 60
_DAYS: tuple[Words, ...] = (
    ("周一", "Mon"), ("周二", "Tue"), ("周三", "Wed"), ("周四", "Thu"), ("周五", "Fri"),
    ("周六", "Sat"), ("周日", "Sun"),
)  # fmt: skip


def week(hours: str | None, *, day: date | None = None) -> list[tuple[Words, Words]]:
    """Return the hours of an ordinary week, holidays left aside; empty if they cannot be read.

    Args:
        hours: in OpenStreetMap syntax.
        day: a day of the week that is meant, today if None: hours may differ by season.
    """
    rule = read_rule(hours) if hours else None
    if rule is None:
        return []
    today = day or datetime.now(UTC).date()
    monday = today - timedelta(days=today.weekday())
    said = [_day(rule, monday + timedelta(days=i)) for i in range(len(_DAYS))]
    found: list[tuple[Words, Words]] = []
    begin = 0
    for i in range(1, len(said) + 1):
        if i == len(said) or said[i] != said[begin]:
            found.append((_days(begin, i - 1), said[begin]))
            begin = i
    return found


def holidays(hours: str | None) -> Words | None:
    """Say what is known of public holidays; None where there is nothing to say."""
    rule = read_rule(hours) if hours else None
    if rule is None or rule.always:
        return None
    if rule.has_holiday:
        monday = date(2026, 3, 2)
        days = (monday + timedelta(days=i) for i in range(len(_DAYS)))
        if not any(schedule(rule, day, DayKind.HOLIDAY)[0] for day in days):
            return ("法定节假日不开放", "Closed on public holidays")
        return ("法定节假日另有登记", "Public holidays have hours of their own")
    return ("法定节假日是否开放不明", "Not known whether it opens on public holidays")


def _days(first: int, last: int) -> Words:
    if (first, last) == (0, len(_DAYS) - 1):
        return ("每天", "Every day")
    if first == last:
        return _DAYS[first]
    return (f"{_DAYS[first][0]}至{_DAYS[last][0]}", f"{_DAYS[first][1]} to {_DAYS[last][1]}")


def _day(rule: Rule, day: date) -> Words:
    own, spill = schedule(rule, day, DayKind.ORDINARY)
    said = [_span(span, spill) for span in own]
    if not said:
        return ("不开放", "closed")
    return ("、".join(zh for zh, _ in said), ", ".join(en for _, en in said))


def _span(span: Span, spill: tuple[Span, ...]) -> Words:
    doubt = ("(不明)", " (not sure)") if span.state is OpenState.UNKNOWN else ("", "")
    if (span.start, span.end) == (0, MIDNIGHT):
        return ("全天" + doubt[0], "all day" + doubt[1])
    over = next((one.end for one in spill if one.start == 0 and span.end == MIDNIGHT), None)
    if over is not None:
        return (
            f"{_clock(span.start)}-次日{_clock(over)}{doubt[0]}",
            f"{_clock(span.start)}-{_clock(over)} of the next day{doubt[1]}",
        )
    said = f"{_clock(span.start)}-{_clock(span.end)}"
    return (said + doubt[0], said + doubt[1])


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
