"""Times of day as people write them in Chinese: 早9点-晚6点, 下午2:30-5:30, 22:00-次日6:00."""

import re

_HALF_DAY = 12 * 60
_DAY = 24 * 60
# from here on an end before the start means the next day, not a slip
_EVENING = 17 * 60
_FIRST_PLAUSIBLE_START = 5 * 60
_LAST_NIGHT_HOUR = 4

_MORNING = ("早上", "早晨", "清晨", "上午", "早")
_NOON = ("中午", "午间")
_AFTERNOON = ("下午", "午后", "傍晚")
_NIGHT = ("晚上", "晚间", "夜间", "夜里", "深夜", "晚", "夜")
_SMALL_HOURS = ("次日凌晨", "凌晨")
_NEXT_DAY = ("次日", "第二天", "翌日")
_NUMERALS = {sign: number for number, sign in enumerate("零一二三四五六七八九十")} | {"两": 2}

_PART = "|".join((*_SMALL_HOURS, *_NEXT_DAY, *_MORNING, *_NOON, *_AFTERNOON, *_NIGHT))
_HOUR = r"(?:\d{1,2}|[零一二两三四五六七八九十]{1,3})"
_MINUTE = r"(?:[:.]\d{2}|[点时](?:半|一刻|三刻|\d{1,2}分?)?)"
_CLOCK = rf"(?:{_PART})?{_HOUR}{_MINUTE}?"
_LATER = rf"(?:{_PART}){_HOUR}{_MINUTE}?"

RANGE = rf"(?:{_CLOCK}-{_CLOCK}|{_LATER}{_LATER})(?!\d)"
_READ = re.compile(rf"({_PART})?({_HOUR})(?:[:.](\d{{2}})|[点时](半|一刻|三刻|\d{{1,2}})?分?)?")


class UnreadableError(Exception):
    """The text is not understood, or could mean two things."""


def clock_range(text: str) -> tuple[int, int]:
    """Read what :data:`RANGE` matched into minutes from midnight; the end may exceed 24 h.

    Raises:
        UnreadableError: if it is no time, or if 9:00-6:00 leaves open which half of the day.
    """
    first = _READ.match(text)
    second = _READ.match(text, first.end() + (text[first.end()] == "-")) if first else None
    if first is None or second is None or re.fullmatch(rf"{_HOUR}-{_HOUR}", text):
        raise UnreadableError
    start, end = _minutes(first), _minutes(second)
    part, end_part = first[1] or "", second[1] or ""
    if end <= start:
        end += _half_days_on(start, end, part=part, end_part=end_part)
    elif not end_part and part in (*_AFTERNOON, *_NIGHT) and end < start:
        raise UnreadableError
    if start < _FIRST_PLAUSIBLE_START and not part and end_part in (*_AFTERNOON, *_NIGHT):
        raise UnreadableError
    if not start < end <= start + _DAY or start >= _DAY:
        raise UnreadableError
    # people write the last minute of a day for its end
    return start, _DAY if (start, end) == (0, _DAY - 1) else end


def _half_days_on(start: int, end: int, *, part: str, end_part: str) -> int:
    """Minutes to add to an end that is not after its start."""
    if end_part in (*_SMALL_HOURS, *_MORNING):
        return _DAY
    if end_part:
        raise UnreadableError
    if part and end < _HALF_DAY and end + _HALF_DAY > start:
        return _HALF_DAY
    if start >= _EVENING:
        return _DAY
    raise UnreadableError


def _minutes(match: re.Match[str]) -> int:
    part, hour_text, minute_text, word = match.groups()
    hour = int(hour_text) if hour_text.isdigit() else _numeral(hour_text)
    minute = int(minute_text) if minute_text else _minute_word(word)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise UnreadableError
    return hour * 60 + minute + _shift(part or "", hour)


def _shift(part: str, hour: int) -> int:
    """Minutes that a word for the part of the day adds to an hour of the 12-hour clock."""
    night = part in _NIGHT
    if part in _NEXT_DAY or (night and hour <= _LAST_NIGHT_HOUR):
        return _DAY
    if part in _SMALL_HOURS:
        return -_HALF_DAY if hour == 12 else 0
    afternoon = (part in _AFTERNOON and hour < 12) or (part in _NOON and hour <= 2)
    return _HALF_DAY if afternoon or (night and hour <= 12) else 0


def _minute_word(word: str | None) -> int:
    fixed = {None: 0, "半": 30, "一刻": 15, "三刻": 45}
    return fixed[word] if word in fixed else int(word or 0)


def _numeral(text: str) -> int:
    """Read 一 to 二十四."""
    if "十" not in text:
        if len(text) != 1:
            raise UnreadableError
        return _NUMERALS[text]
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1:
        raise UnreadableError
    return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)
