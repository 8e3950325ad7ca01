"""The inputs of the week editor: opening hours as texts by the name of the input, and back.

The hours are told in one of three ways (``hours_mode``): day by day, in the words of the
host, or not at all. What was typed for a way that is not chosen is not lost: the words are
kept beside the hours, and a week typed under "not known" counts as told.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.domain.errors import FieldError, InvalidInput
from app.domain.hours_form import (
    ALL_DAY,
    CLOSED,
    FULL_DAY,
    DayHours,
    Exceptional,
    Holidays,
    HoursForm,
    Times,
    check_day,
    read,
    write,
)
from app.domain.hours_rule import WEEKDAYS, normalise
from app.domain.hours_text import read_hours
from app.domain.station_sheet import Sheet, clean, text

WEEK, WORDS, UNKNOWN = "week", "text", "unknown"
LONGEST_WORDS = 500
HOLIDAY = "PH"
DAY_NAMES: dict[str, tuple[str, str]] = {
    "Mo": ("周一", "Mon"), "Tu": ("周二", "Tue"), "We": ("周三", "Wed"), "Th": ("周四", "Thu"),
    "Fr": ("周五", "Fri"), "Sa": ("周六", "Sat"), "Su": ("周日", "Sun"),
}  # fmt: skip
HOLIDAY_NAMES: dict[Holidays, tuple[str, str]] = {
    Holidays.UNSAID: ("没有说明", "Not said"),
    Holidays.CLOSED: ("休息", "Closed"),
    Holidays.USUAL: ("照常开放", "As usual"),
    Holidays.OWN: ("另定时间", "Hours of their own"),
}
OPEN_KIND, ALL_DAY_KIND, CLOSED_KIND = "open", "all_day", "closed"
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


@dataclass
class HoursReading:
    """What the inputs say: columns ``hours`` and ``hours_text``, and what is wrong."""

    fields: dict[str, Any] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)
    warnings: list[FieldError] = field(default_factory=list)


def hours_sheet(hours: str | None, words: str) -> dict[str, list[str]]:
    """Return what the inputs show of a rule and of the words it was told in."""
    form = None if hours is None else read(hours)
    shown = week_sheet(form or HoursForm((CLOSED,) * len(WEEKDAYS)))
    if form is None:
        # a week that nobody told is not a week of closed days
        shown |= {f"{day}.kind": [""] for day in (*WEEKDAYS, HOLIDAY)}
    if hours is None:
        mode = WORDS if words else UNKNOWN
    elif form is None:
        # said in words that mean the same, or in the syntax itself, which is read like words
        mode, words = WORDS, words if same_hours(_understood(words), hours) else hours
    else:
        mode = WEEK
    return {**shown, "hours_mode": [mode], "hours_text": [words]}


def week_sheet(form: HoursForm) -> dict[str, list[str]]:
    """Return the week, the holidays and the exceptions as the inputs show them."""
    shown: dict[str, list[str]] = {"hours_holidays": [form.holidays.value]}
    named = [*zip(WEEKDAYS, form.days, strict=True), (HOLIDAY, form.holiday)]
    for name, day in named:
        shown[f"{name}.kind"] = [_kind(day)]
        spans = () if day.all_day else day.spans
        shown[f"{name}.from"] = [_clock(start) for start, _ in spans]
        shown[f"{name}.to"] = [_clock(end % FULL_DAY) for _, end in spans]
    shown["exception.first"] = [one.first.isoformat() for one in form.exceptions]
    shown["exception.last"] = [one.last.isoformat() for one in form.exceptions]
    shown["exception.times"] = [
        "" if not one.hours.spans else "24" if one.hours.all_day else one.hours.text
        for one in form.exceptions
    ]
    return shown


def read_hours_sheet(sheet: Sheet) -> HoursReading:
    """Read the inputs; a sheet that names none of them says nothing of the hours."""
    found = HoursReading()
    if "hours_mode" not in sheet and "hours_text" not in sheet:
        return found
    words = clean(text(sheet, "hours_text"))
    if len(words) > LONGEST_WORDS:
        found.errors.append(FieldError(
            "hours_text", f"At most {LONGEST_WORDS} signs", f"最多 {LONGEST_WORDS} 个字"
        ))  # fmt: skip
        return found
    mode = text(sheet, "hours_mode")
    week_typed = any(value for day in WEEKDAYS for value in sheet.get(f"{day}.from", ())) or any(
        text(sheet, f"{day}.kind") == ALL_DAY_KIND for day in WEEKDAYS
    )
    if mode == WEEK or (mode != WORDS and week_typed):
        _read_week(found, sheet, words)
    elif words:
        _read_words(found, words)
    else:
        found.fields = {"hours": None, "hours_text": ""}
    return found


def same_hours(one: str | None, other: str | None) -> bool:
    """Whether two rules say the same, however they spell it."""
    if one == other or one is None or other is None:
        return one == other
    form = read(one)
    return form is not None and form == read(other)


def _understood(words: str) -> str | None:
    """Read words, or the syntax of rules, which tells months without any day of the week."""
    hours = read_hours(words)
    if hours is None and words and words.isascii():
        try:
            return normalise(words)
        except InvalidInput:
            return None
    return hours


def _read_words(found: HoursReading, words: str) -> None:
    hours = _understood(words)
    found.fields = {"hours": hours, "hours_text": words}
    if hours is None:
        found.warnings.append(FieldError(
            "hours_text",
            "These words could not be read: they are kept, and the station shows as not known."
            " The week editor is always understood.",
            "这段文字没能识别:原文会保留,站点显示为“情况不明”。用每周时间表填写最稳妥。",
        ))  # fmt: skip


def _read_week(found: HoursReading, sheet: Sheet, words: str) -> None:
    if not any(text(sheet, f"{day}.kind") or any(sheet.get(f"{day}.from", ())) for day in WEEKDAYS):
        found.errors.append(FieldError(
            "Mo.from", "Give the hours of the week, or choose that they are not known",
            "请填写每周时间,或选“还不清楚”",
        ))  # fmt: skip
        return
    days = [_read_day(found, sheet, name) for name in WEEKDAYS]
    holidays = text(sheet, "hours_holidays") or Holidays.UNSAID.value
    if holidays not in {one.value for one in Holidays}:
        found.errors.append(FieldError("hours_holidays", "Choose one of the list", "请选择"))
        holidays = Holidays.UNSAID.value
    own = _read_day(found, sheet, HOLIDAY) if holidays == Holidays.OWN else CLOSED
    exceptions = _read_exceptions(found, sheet)
    if found.errors:
        return
    try:
        hours = write(HoursForm(tuple(days), Holidays(holidays), own, tuple(exceptions)))
    except InvalidInput as error:
        found.errors += error.errors
        return
    # words that say something else would contradict what is shown above them
    kept = words if same_hours(_understood(words), hours) else ""
    found.fields = {"hours": hours, "hours_text": kept}


def _read_day(found: HoursReading, sheet: Sheet, name: str) -> DayHours:
    kind = text(sheet, f"{name}.kind")
    if kind == ALL_DAY_KIND:
        return ALL_DAY
    begins, ends = sheet.get(f"{name}.from", ()), sheet.get(f"{name}.to", ())
    typed = [(a.strip(), b.strip()) for a, b in zip(begins, ends, strict=False)]
    typed = [pair for pair in typed if any(pair)]
    if kind == CLOSED_KIND and typed:
        found.errors.append(FieldError(
            f"{name}.from", "It is said to be closed, and hours are given", "选了“休息”,又填了时间"
        ))  # fmt: skip
        return CLOSED
    if not typed and kind == OPEN_KIND:
        found.errors.append(FieldError(
            f"{name}.from", "Give the hours, or choose closed", "请填写时间,或选“休息”"
        ))  # fmt: skip
    try:
        return check_day([_span(name, *pair) for pair in typed], named=f"{name}.from")
    except InvalidInput as error:
        found.errors += error.errors
        return CLOSED


def _span(name: str, begins: str, ends: str) -> Times:
    start, end = _minutes(begins), _minutes(ends)
    if start is None or end is None or start == end != 0 or start == FULL_DAY:
        raise InvalidInput([FieldError(
            f"{name}.from", f"{begins}-{ends} are no hours; expected 08:30 and 17:30",
            f"“{begins}-{ends}”不是时间段,应如 08:30 到 17:30",
        )])  # fmt: skip
    return start, end if end > start else end + FULL_DAY


def _read_exceptions(found: HoursReading, sheet: Sheet) -> list[Exceptional]:
    names = ("exception.first", "exception.last", "exception.times")
    rows = zip(*(sheet.get(name, ()) for name in names), strict=False)
    read_: list[Exceptional] = []
    for first, last, times in rows:
        if not first.strip() and not last.strip() and not times.strip():
            continue
        try:
            begins = date.fromisoformat(first.strip())
            ends = date.fromisoformat(last.strip()) if last.strip() else begins
            read_.append(Exceptional(begins, ends, _times("hours_exceptions", times)))
        except ValueError:
            found.errors.append(FieldError(
                "hours_exceptions", "An exception has a first day, such as 2026-10-01",
                "每条例外要有起始日期,如 2026-10-01",
            ))  # fmt: skip
        except InvalidInput as error:
            found.errors += [FieldError("hours_exceptions", e.message, e.zh) for e in error.errors]
    return read_


def _times(name: str, typed: str) -> DayHours:
    """Read the hours of an exception: empty or 休息 is closed, 24 is all day."""
    plain = re.sub(r"[-‐‑‒–—―~至到]+", "-", unicodedata.normalize("NFKC", typed)).strip().lower()
    if plain in ("", "休息", "不开放", "关闭", "closed", "off"):
        return CLOSED
    if plain in ("24", "24小时", "全天", "24h", "00:00-24:00"):
        return ALL_DAY
    pairs = [part.strip().split("-") for part in re.split(r"[,;、\s]+(?=\d)", plain)]
    spans = [_span(name, *pair) if len(pair) == 2 else _span(name, plain, "") for pair in pairs]
    return check_day(spans, named=name)


def _minutes(clock: str) -> int | None:
    match = _CLOCK.fullmatch(unicodedata.normalize("NFKC", clock).strip())
    if match is None:
        return None
    minutes = int(match[1]) * 60 + int(match[2])
    return minutes if minutes <= FULL_DAY else None


def _kind(day: DayHours) -> str:
    return ALL_DAY_KIND if day.all_day else OPEN_KIND if day.spans else CLOSED_KIND


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def said(hours: str | None) -> tuple[str, str]:
    """Say a rule in a line, in Chinese and English; the syntax itself where there are no words."""
    if hours is None:
        return "情况不明", "Not known"
    form = read(hours)
    if form is None:
        return hours, hours
    zh, en = _week_said(form)
    if len(set(form.days)) > 1 or not form.days[0].all_day or form.holidays is not Holidays.USUAL:
        own = f" {form.holiday.text}" if form.holidays is Holidays.OWN else ""
        names = HOLIDAY_NAMES[form.holidays]
        zh.append(f"法定节假日{own or names[0]}")
        en.append(f"public holidays{own or ' ' + names[1].lower()}")
    for one in form.exceptions:
        days = f"{one.first}" + ("" if one.first == one.last else f"–{one.last}")
        hours_zh, hours_en = _day_said(one.hours)
        zh.append(f"{days} {hours_zh}")
        en.append(f"{days} {hours_en}")
    return ";".join(zh), "; ".join(en)


def _week_said(form: HoursForm) -> tuple[list[str], list[str]]:
    runs: list[tuple[int, int]] = []
    for number, day in enumerate(form.days):
        if runs and form.days[runs[-1][0]] == day:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    zh, en = [], []
    for first, last in runs:
        (zh_a, en_a), (zh_b, en_b) = DAY_NAMES[WEEKDAYS[first]], DAY_NAMES[WEEKDAYS[last]]
        hours_zh, hours_en = _day_said(form.days[first])
        whole = last - first == len(WEEKDAYS) - 1
        zh.append(f"{'每天' if whole else zh_a if first == last else f'{zh_a}至{zh_b}'} {hours_zh}")
        en.append(f"{'Daily' if whole else en_a if first == last else f'{en_a}–{en_b}'} {hours_en}")
    return zh, en


def _day_said(day: DayHours) -> tuple[str, str]:
    if day.all_day:
        return "24 小时", "24 hours"
    if not day.spans:
        return "休息", "closed"
    times = [
        (_clock(start), _clock(end % FULL_DAY) if end > FULL_DAY else _clock(end), end > FULL_DAY)
        for start, end in day.spans
    ]
    return (
        "、".join(f"{a}–{'次日 ' if over else ''}{b}" for a, b, over in times),
        ", ".join(f"{a}–{b}{' next day' if over else ''}" for a, b, over in times),
    )
