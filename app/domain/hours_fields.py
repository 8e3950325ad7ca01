"""The form of opening hours as flat fields of a page, with errors beside each of them.

For each weekday ``hours_mo`` … ``hours_su`` say ``closed``, ``all_day`` or ``spans``, and
``hours_mo_spans`` has the spans as typed. Holidays are ``hours_ph`` (also ``usual`` and
``unsaid``) with ``hours_ph_spans``; exceptions ``hours_x0_from``, ``hours_x0_to``, ``hours_x0``
and ``hours_x0_spans``, then ``hours_x1_…``, with or without gaps.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

from app.domain.errors import FieldError, InvalidInput
from app.domain.hours_form import (
    ALL_DAY,
    CLOSED,
    FULL_DAY,
    MOST_EXCEPTIONS,
    DayHours,
    Exceptional,
    Holidays,
    HoursForm,
    check_day,
    write,
)
from app.domain.hours_rule import WEEKDAYS

DAY_FIELDS = tuple(f"hours_{day.lower()}" for day in WEEKDAYS)
HOLIDAY_FIELD = "hours_ph"
DAY_NAMES = (
    ("周一", "Monday"), ("周二", "Tuesday"), ("周三", "Wednesday"), ("周四", "Thursday"),
    ("周五", "Friday"), ("周六", "Saturday"), ("周日", "Sunday"),
)  # fmt: skip
# what a day may be, and what holidays may be
DAY_CHOICES = (("spans", "按时段", "Hours"), ("all_day", "全天", "All day"),
               ("closed", "不开放", "Closed"))  # fmt: skip
HOLIDAY_CHOICES = (
    ("unsaid", "未说明", "Not known"), ("closed", "不开放", "Closed"),
    ("usual", "照常", "As usual"), ("spans", "按时段", "Hours"), ("all_day", "全天", "All day"),
)  # fmt: skip

_SPAN = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?-(?:次日)?(\d{1,2})(?:[:.](\d{2}))?")


def form_of(fields: Mapping[str, str]) -> HoursForm:
    """Read the fields of a page; what stands in it can be written as a rule.

    Raises:
        InvalidInput: with everything that is wrong, each under its field's name.
    """
    errors: list[FieldError] = []
    days = tuple(_day(fields, name, errors) for name in DAY_FIELDS)
    said = fields.get(HOLIDAY_FIELD, "").strip() or Holidays.UNSAID.value
    if said in (Holidays.UNSAID, Holidays.CLOSED, Holidays.USUAL):
        holidays, holiday = Holidays(said), CLOSED
    else:
        holidays, holiday = Holidays.OWN, _day(fields, HOLIDAY_FIELD, errors)
    exceptions = [_exception(fields, number, errors) for number in range(MOST_EXCEPTIONS)]
    form = HoursForm(days, holidays, holiday, tuple(one for one in exceptions if one is not None))
    if not errors:
        write(form)
        return form
    raise InvalidInput(errors, attempted="read the opening hours")


def fields_of(form: HoursForm) -> dict[str, str]:
    """Return the fields that show a form."""
    found: dict[str, str] = {}
    for name, day in zip(DAY_FIELDS, form.days, strict=True):
        found |= _shown(name, day)
    if form.holidays is Holidays.OWN:
        found |= _shown(HOLIDAY_FIELD, form.holiday)
    else:
        found |= {HOLIDAY_FIELD: form.holidays.value, f"{HOLIDAY_FIELD}_spans": ""}
    for number, one in enumerate(form.exceptions):
        name = f"hours_x{number}"
        found |= {f"{name}_from": one.first.isoformat(), f"{name}_to": one.last.isoformat()}
        found |= _shown(name, one.hours)
    return found


def read_spans(text: str, *, named: str) -> DayHours:
    """Read the spans of a day: ``08:30-12:00,13:00-17:30``, ``8-12 13-17``, ``22:00-次日2:00``.

    An end that is not after its start is on the next day.

    Raises:
        InvalidInput: on the field ``named``.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = re.sub(r"\s*(?:[‐‑‒–—―−ー─~∼至到]+|-+)\s*", "-", plain)
    plain = re.sub(r"\s*[::]\s*", ":", plain)
    parts = [part for part in re.split(r"[\s,、;和及]+", plain) if part]
    spans = []
    for part in parts:
        match = _SPAN.fullmatch(part)
        start = _minutes(match[1], match[2]) if match else None
        end = _minutes(match[3], match[4]) if match else None
        if start is None or end is None:
            raise _wrong(named, f"{part!r} is no span such as 08:30-12:00",
                         f"“{part}”不是时段,例:08:30-12:00,13:00-17:30")  # fmt: skip
        spans.append((start, end if end > start else end + FULL_DAY))
    if not spans:
        raise _wrong(named, "hours are missing, such as 08:30-12:00,13:00-17:30",
                     "请填写时段,例:08:30-12:00,13:00-17:30")  # fmt: skip
    return check_day(spans, named=named)


def _day(fields: Mapping[str, str], name: str, errors: list[FieldError]) -> DayHours:
    kind, text = fields.get(name, "").strip(), fields.get(f"{name}_spans", "").strip()
    # without a choice, as where no script ran, what is typed decides
    kind = kind or ("spans" if text else "closed")
    if kind == "closed":
        return CLOSED
    if kind == "all_day":
        return ALL_DAY
    try:
        if kind != "spans":
            raise _wrong(name, f"{kind!r} is not closed, all_day or spans", "请选择开放方式")
        return read_spans(text, named=f"{name}_spans")
    except InvalidInput as error:
        errors += error.errors
        return CLOSED


def _exception(
    fields: Mapping[str, str], number: int, errors: list[FieldError]
) -> Exceptional | None:
    name = f"hours_x{number}"
    first_text = fields.get(f"{name}_from", "").strip()
    last_text = fields.get(f"{name}_to", "").strip() or first_text
    if not first_text and not last_text and not fields.get(f"{name}_spans", "").strip():
        return None
    days = []
    for end, text in (("from", first_text), ("to", last_text)):
        try:
            days.append(date.fromisoformat(text))
        except ValueError:
            errors.append(FieldError(
                f"{name}_{end}", f"{text!r} is no date, such as 2026-10-01",
                f"“{text}”不是有效日期" if text else "请填写日期",
            ))  # fmt: skip
    hours = _day(fields, name, errors)
    if len(days) != 2:
        return None
    if days[1] < days[0]:
        errors.append(
            FieldError(f"{name}_to", "the last day is before the first", "结束日期早于开始日期")
        )
        return None
    return Exceptional(days[0], days[1], hours)


def _shown(name: str, day: DayHours) -> dict[str, str]:
    kind = "all_day" if day.all_day else "spans" if day.spans else "closed"
    return {name: kind, f"{name}_spans": day.text if kind == "spans" else ""}


def _minutes(hour: str, minute: str | None) -> int | None:
    value = int(hour) * 60 + int(minute or 0)
    return value if int(minute or 0) < 60 and value <= FULL_DAY else None


def _wrong(named: str, message: str, zh: str) -> InvalidInput:
    return InvalidInput([FieldError(named, message, zh)], attempted="read the opening hours")
