"""Whether one gets in, in words: the state, why it is so, and how old the proof is."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from app.domain.calendar import Calendar
from app.domain.hours import OpenAnswer, OpenState, Reason
from app.domain.lifecycle import State
from app.domain.opening import opening
from app.service.nearest import STAY
from app.store.stations import StationRecord

__all__ = ["Said", "Words", "ago", "said"]

Words = tuple[str, str]

# a proof older than this is told as a doubt, here as in static/words.js
STALE = timedelta(days=90)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_STATES: dict[OpenState, Words] = {
    OpenState.OPEN: ("开门中", "Open"),
    OpenState.CLOSED: ("已关门", "Closed"),
    OpenState.UNKNOWN: ("情况不明", "Not known if open"),
}
_REASONS: dict[Reason, Words] = {
    Reason.NO_HOURS: ("没有登记开放时间", "No hours on record"),
    Reason.UNREADABLE: ("登记的时间读不懂", "The hours on record cannot be read"),
    Reason.HOLIDAY: ("今天是法定节假日", "A public holiday"),
    Reason.MAKE_UP_WORKDAY: ("今天调休上班", "A make-up workday"),
    Reason.NOT_ANNOUNCED: ("当年节假日安排未公布", "Holidays of that year are not announced"),
    Reason.SUSPENDED: ("暂停开放", "Suspended"),
    Reason.CLOSURE: ("临时关闭", "Closed for a time"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A station's opening at a moment, in Chinese and English.

    Attributes:
        state: ``open``, ``closed`` or ``unknown``.
        brief: whether it is open and closes within ten minutes.
        words: the state itself.
        reasons: until when it holds, and why; empty if there is nothing to say.
        proof: when it was last seen open.
    """

    state: str
    brief: bool
    words: Words
    reasons: tuple[Words, ...]
    proof: Words


def said(record: StationRecord, now: datetime, *, zone: tzinfo, calendar: Calendar) -> Said:
    """Say whether a public station is open at a moment."""

    def at(moment: datetime) -> OpenAnswer:
        return opening(
            State(record.state), record.hours, moment, zone=zone, closures=record.closures,
            doubts=record.doubts, calendar=calendar,
        )  # fmt: skip

    answer = at(now)
    ends = answer.until if answer.state is OpenState.OPEN else None
    brief = ends is not None and ends < now + STAY and at(ends).state is OpenState.CLOSED
    reasons = (_reason(answer, now), _change(answer, now, zone, brief=brief))
    return Said(
        answer.state.value, brief, _STATES[answer.state],
        tuple(words for words in reasons if words is not None),
        _proof(record.last_proved, now, zone),
    )  # fmt: skip


def ago(moment: datetime, now: datetime) -> Words:
    """Say roughly how long ago a moment was."""
    passed = now - moment
    if passed < _HOUR:
        minutes = max(1, round(passed.total_seconds() / 60))
        return f"{minutes} 分钟前", f"{minutes} min ago"
    if passed < _DAY:
        return f"{passed // _HOUR} 小时前", f"{passed // _HOUR} h ago"
    days = passed.days
    return f"{days} 天前", "1 day ago" if days == 1 else f"{days} days ago"


def _reason(answer: OpenAnswer, now: datetime) -> Words | None:
    if answer.reported_at is None:
        return _REASONS.get(answer.reason)
    zh, en = ago(answer.reported_at, now)
    return f"{zh}有人反映锁门", f"reported locked {en}"


def _change(answer: OpenAnswer, now: datetime, zone: tzinfo, *, brief: bool) -> Words | None:
    """Say when the state ends; nothing for what is not known, and for what does not end."""
    if answer.state is OpenState.OPEN and answer.until is not None:
        zh, en = _clock(answer.until, now, zone)
        if brief:
            return f"只开到 {zh},快关门了", f"only until {en}, closing soon"
        return f"开到 {zh}", f"until {en}"
    if answer.state is OpenState.CLOSED and answer.opens_at is not None:
        zh, en = _clock(answer.opens_at, now, zone)
        return f"{zh} 开门", f"opens {en}"
    return None


def _clock(moment: datetime, now: datetime, zone: tzinfo) -> Words:
    there = moment.astimezone(zone)
    time, days = f"{there:%H:%M}", (there.date() - now.astimezone(zone).date()).days
    if days == 0:
        return time, time
    if days == 1:
        return f"明天 {time}", f"tomorrow {time}"
    if days < 7:
        return f"{_DAYS[there.weekday()]} {time}", f"{_DAYS_EN[there.weekday()]} {time}"
    return f"{there:%m-%d} {time}", f"{there:%m-%d} {time}"


def _proof(proved: datetime | None, now: datetime, zone: tzinfo) -> Words:
    if proved is None:
        return "开放时间还没有人到场证实", "nobody has seen it open yet"
    if now - proved > STALE:
        there = proved.astimezone(zone)
        return (
            f"开放时间自 {there.year} 年 {there.month} 月起未再确认",
            f"hours not confirmed since {there:%Y-%m}",
        )
    zh, en = ago(proved, now)
    return f"{zh}有人证实开门", f"seen open {en}"
