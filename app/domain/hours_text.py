"""Opening hours as people write them in Chinese, read into OpenStreetMap syntax.

What is not understood to its last sign is not read at all: a wrong "closed" is worse than
none, and the text is kept beside the station either way.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import pairwise

from app.domain.errors import InvalidInput
from app.domain.hours_clock import RANGE, UnreadableError, clock_range
from app.domain.hours_rule import WEEKDAYS, normalise

_DAYS = "一二三四五六日"
_WEEK = r"(?:周|星期|礼拜)"
_DAY = r"(?:[一二三四五六日天](?![点时])|[1-7](?![\d:.点时]))"
_MONTH = r"\d{1,2}月(?:\d{1,2}[日号]|底)?"
_HOLIDAY = r"(?:国家)?法定(?:节假日|假日|节日|假期)|节假日|公众假期"
_EXCEPTION = re.compile(rf"(?<![和及与、])(?:{_HOLIDAY})除外")
_ALL_DAY = r"(?:全天)?(?:7[x*]?)?(?:24|二十四)(?:小时|h)制?(?:[x*]7天?)?|全天候?|24/7"
_USUAL = r"(?:全年|年中)无休|365天|照常(?:开放|营业)?|正常(?:开放|营业)|不休息?"
_OFF = r"休息|不对外开放|不开放|不营业|停止开放|关闭|关门|闭馆|闭店|公休|放假|除外"
_FILLER = (
    r"(?:开放|营业|服务|办公)时间|时间|对外|服务|全年|不打烊|以及|[为是均的:,;。/()\[\]、和及与]"
)
# tried in this order at each place of the text
_TOKENS = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in (
            ("months", rf"(?:[夏冬](?:季|天|令时)?:?\(?)?{_MONTH}-(?:次年|翌年)?{_MONTH}"),
            ("days", rf"{_WEEK}{_DAY}(?:[-、,/和及与]?{_WEEK}?{_DAY})*"),
            ("workdays", "工作日"),
            ("weekend", "周末|双休日?"),
            ("daily", "每天|每日|天天|全周"),
            ("holiday", _HOLIDAY),
            ("noon", "(?:中午|午间)不(?:休息?|打烊|关门)"),
            ("usual", _USUAL),
            ("all_day", _ALL_DAY),
            ("times", RANGE),
            ("off", _OFF),
            ("filler", _FILLER),
            ("open", "开放|营业"),
        )
    ),
    re.IGNORECASE,
)
_DAY_MINUTES = 24 * 60


@dataclass
class _Group:
    """Days, and what holds on them, in the order of the text."""

    months: str = ""
    days: set[int] = field(default_factory=set)
    holiday: bool = False
    times: list[tuple[int, int]] = field(default_factory=list)
    off: bool = False
    usual: bool = False

    @property
    def filled(self) -> bool:
        return bool(self.times) or self.off or self.usual

    @property
    def selected(self) -> bool:
        return bool(self.months or self.days or self.holiday)


@dataclass
class _Reading:
    groups: list[_Group] = field(default_factory=lambda: [_Group()])
    holidays: str = ""
    says_open: bool = False

    def to_select(self) -> _Group:
        """Return the group that takes a selector read now."""
        if self.groups[-1].filled:
            self.groups.append(_Group())
        return self.groups[-1]

    def to_fill(self) -> _Group:
        """Return the group that takes times read now."""
        if self.groups[-1].off or self.groups[-1].usual:
            self.groups.append(_Group())
        return self.groups[-1]


def read_hours(text: str) -> str | None:
    """Read opening hours written in Chinese, or already in OpenStreetMap syntax.

    ``工作日`` excludes public holidays; ``周一至周五`` says nothing about them. Times
    without 上午/下午 are of the 24-hour clock. Summer and winter hours are read if their
    months are named.

    Returns:
        A rule as :func:`app.domain.hours.normalise` spells it. Days without times
        (``工作日开放``) are *unknown* on those days and closed on others. None if the text
        names neither or says anything that is not understood.
    """
    plain = _plain(text)
    try:
        if re.search(r"\b(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|off|closed)\b|^24/7", plain):
            return normalise(text)
        return normalise(_written(_read(plain)))
    except (UnreadableError, InvalidInput):
        return None


def _plain(text: str) -> str:
    """Bring dashes, digits, brackets and blanks to one form."""
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = re.sub(r"[‐‑‒–—―−ー─~∼至到]+|-{2,}", "-", plain).replace("×", "x")
    plain = re.sub(r"\s*([-:])\s*", r"\1", plain)
    plain = re.sub(r"(\d)\s+(?=[小点时月日])", r"\1", plain)
    plain = re.sub(r"\s+", ",", plain)
    # "除法定节假日外" says the same as "法定节假日除外"
    return re.sub(rf"除(?:了)?({_HOLIDAY})(?:以|之)?外", r"\1除外", plain)


def _read(plain: str) -> _Reading:
    reading = _Reading()
    # such an exception interrupts the clause it stands in: taken out first
    if _EXCEPTION.search(plain):
        reading.holidays = "off"
        plain = _EXCEPTION.sub(",", plain)
    position = 0
    while position < len(plain):
        match = _TOKENS.match(plain, position)
        if match is None:
            raise UnreadableError
        _take(reading, str(match.lastgroup), match.group())
        position = match.end()
    return reading


def _take(reading: _Reading, kind: str, text: str) -> None:
    if kind == "months":
        reading.to_select().months = _months(text)
    elif kind in ("days", "weekend", "daily", "workdays"):
        reading.to_select().days |= _weekdays(kind, text)
        if kind == "workdays":
            reading.holidays = reading.holidays or "off"
    elif kind == "holiday":
        reading.to_select().holiday = True
    elif kind == "all_day":
        group = reading.to_fill()
        if group.times not in ([], [(0, _DAY_MINUTES)]):
            raise UnreadableError
        group.times = [(0, _DAY_MINUTES)]
    elif kind == "times":
        group = reading.to_fill()
        group.times.append(clock_range(text))
    elif kind == "off":
        _take_off(reading)
    elif kind == "usual":
        _take_usual(reading)
    elif kind == "open":
        reading.says_open = True


def _take_off(reading: _Reading) -> None:
    group = reading.groups[-1]
    if group.filled or not group.selected:
        raise UnreadableError
    group.off = True


def _take_usual(reading: _Reading) -> None:
    """Take "as usual": of a holiday just named, or of the whole year."""
    group = reading.groups[-1]
    if group.selected and not group.filled:
        if group.days or group.months:
            raise UnreadableError
        group.usual = True
    reading.holidays = "usual"


def _weekdays(kind: str, text: str) -> set[int]:
    fixed = {"weekend": {5, 6}, "daily": set(range(7)), "workdays": set(range(5))}
    if kind in fixed:
        return fixed[kind]
    found: set[int] = set()
    previous = None
    signs = re.sub(rf"{_WEEK}|[、,/和及与]", "", text).replace("天", "日")
    for before, sign in pairwise(" " + signs):
        if sign == "-":
            continue
        number = int(sign) - 1 if sign.isdigit() else _DAYS.index(sign)
        if before == "-" and previous is not None:
            # Friday to Monday runs over the weekend
            found |= {(previous + step) % 7 for step in range((number - previous) % 7 + 1)}
        found.add(number)
        previous = number
    return found


_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _months(text: str) -> str:
    ends = re.findall(r"(\d{1,2})月(?:(\d{1,2})[日号])?", text)
    if any(not 1 <= int(month) <= 12 for month, _ in ends) or bool(ends[0][1]) != bool(ends[1][1]):
        raise UnreadableError
    return "-".join(f"{_MONTH_NAMES[int(month) - 1]} {day}".strip() for month, day in ends)


def _written(reading: _Reading) -> str:
    """Write what was read as rules: those for every day first, closing ones last."""
    groups = _bound([group for group in reading.groups if group.filled or group.selected])
    if reading.says_open and len(groups) == 1 and not groups[0].filled:
        return _days_alone(groups[0], reading)
    opening = _joined([group for group in groups if group.times])
    if not opening or any(group.selected and not group.filled for group in groups):
        raise UnreadableError
    opening.sort(key=lambda group: group.selected)
    rules = [_rule(group) for group in opening]
    rules += [f"{_selectors(group)} off" for group in groups if group.off]
    if not any(group.holiday for group in groups if group.times or group.off):
        rules += _holiday_rule(reading, opening)
    return "; ".join(rules)


def _days_alone(group: _Group, reading: _Reading) -> str:
    """Write 工作日开放: open on those days at hours that nobody wrote down."""
    if group.months or group.holiday or not 0 < len(group.days) < len(WEEKDAYS):
        raise UnreadableError
    return "; ".join([f"{_selectors(group)} unknown", *_holiday_rule(reading, [])])


def _bound(groups: list[_Group]) -> list[_Group]:
    """Bind days that stand behind their times: 9:00-17:00 (周一至周五)."""
    if len(groups) == 2 and groups[0].times and not groups[0].selected:
        behind = groups[1]
        if behind.selected and not behind.filled and not behind.holiday:
            behind.times = groups[0].times
            return [behind]
    return groups


def _joined(groups: list[_Group]) -> list[_Group]:
    """Join groups for the same days; refuse those that contradict each other."""
    found: list[_Group] = []
    for group in groups:
        if len(group.days) == 7 and not group.holiday:
            group.days = set()
        same = next((one for one in found if _selectors(one) == _selectors(group)), None)
        if same is not None:
            same.times += group.times
            continue
        for one in found:
            if one.days & group.days and one.months == group.months:
                raise UnreadableError
        found.append(group)
    for group in found:
        if any(later[0] < earlier[1] for earlier, later in pairwise(group.times)):
            raise UnreadableError
    return found


def _holiday_rule(reading: _Reading, opening: list[_Group]) -> list[str]:
    if reading.holidays == "off":
        return ["PH off"]
    times = {_times(group) for group in opening}
    # with several timetables nobody can say which one a holiday keeps
    if reading.holidays == "usual" and len(times) == 1 and times != {"00:00-24:00"}:
        return ["PH " + times.pop()]
    return []


def _rule(group: _Group) -> str:
    times = _times(group)
    if not group.selected and times == "00:00-24:00":
        return "24/7"
    return f"{_selectors(group)} {times}".strip()


def _times(group: _Group) -> str:
    return ",".join(f"{_clock(start)}-{_clock(end)}" for start, end in group.times)


def _selectors(group: _Group) -> str:
    days = sorted(group.days)
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][1] == day - 1:
            runs[-1][1] = day
        else:
            runs.append([day, day])
    names = [
        WEEKDAYS[first] if first == last else f"{WEEKDAYS[first]}-{WEEKDAYS[last]}"
        for first, last in runs
    ]
    names += ["PH"] if group.holiday else []
    return f"{group.months} {','.join(names)}".strip()


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
