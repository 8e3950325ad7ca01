"""Announced holidays and make-up workdays, in: a list with date, kind and name."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from app.domain.calendar import DayKind, SpecialDay
from app.domain.errors import FieldError, InvalidInput
from app.files.tables import Row, read_table

YEARS = range(2000, 2200)
LONGEST_NAME = 100
_DATE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[ T]00:00(?::00)?)?")
_KINDS = {kind.value: kind for kind in (DayKind.HOLIDAY, DayKind.MAKE_UP_WORKDAY)}
# free by law in every year: a list without one of them is no whole year
_FIXED = ((1, 1), (5, 1), (10, 1))
_SATURDAY = 5


def read_days(path: Path) -> dict[int, tuple[SpecialDay, ...]]:
    """Read whole years, each with every holiday and make-up workday of it, in order.

    Raises:
        UnreadableFile: if it is no list.
        InvalidInput: naming everything that is wrong, by line.
    """
    table = read_table(path)
    errors = [
        FieldError("header", f"there is no column {name}", f"缺少“{name}”列")
        for name in ("date", "kind")
        if name not in table.columns
    ]
    days: dict[date, SpecialDay] = {}
    for row in () if errors else table.rows:
        found = _day(row, days, errors)
        if found is not None:
            days[found.day] = found
    if not errors:
        errors += _parts_of_years(list(days.values()))
    if errors:
        raise InvalidInput(
            errors,
            attempted=f"read the calendar {path.name}",
            remedy="Nothing was changed. Mend the lines, state whole years, and import it again.",
        )
    years = sorted({day.year for day in days})
    return {year: tuple(days[day] for day in sorted(days) if day.year == year) for year in years}


def _day(row: Row, known: dict[date, SpecialDay], errors: list[FieldError]) -> SpecialDay | None:
    """Read a line, or note what is wrong with it."""
    text, kind = row.values["date"].strip(), row.values["kind"].strip()
    name = row.values.get("name", "").strip()
    day = _date(text)
    before = len(errors)
    if day is None or day.year not in YEARS:
        errors.append(_wrong(row, f"{text[:40]!r} is no date like {YEARS[27]}-01-01",
                             f"“{text[:40]}”不是日期,请写成 {YEARS[27]}-01-01"))  # fmt: skip
    elif day in known:
        errors.append(_wrong(row, f"{day} is there already", f"{day} 重复"))
    elif kind == DayKind.MAKE_UP_WORKDAY and day.weekday() < _SATURDAY:
        errors.append(_wrong(row, f"{day} is no Saturday or Sunday, so it needs no make-up",
                             f"{day} 不是周六或周日,不会是调休上班日"))  # fmt: skip
    if kind not in _KINDS:
        errors.append(_wrong(row, f"{kind[:40]!r} is not one of {', '.join(_KINDS)}",
                             f"“{kind[:40]}”须为 holiday 或 make_up_workday"))  # fmt: skip
    if len(name) > LONGEST_NAME:
        errors.append(_wrong(row, f"the name is longer than {LONGEST_NAME} characters",
                             f"名称超过 {LONGEST_NAME} 字"))  # fmt: skip
    if day is None or len(errors) > before:
        return None
    return SpecialDay(day, _KINDS[kind], name)


def _date(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        return None


def _parts_of_years(days: Sequence[SpecialDay]) -> list[FieldError]:
    free = {one.day for one in days if one.kind is DayKind.HOLIDAY}
    if not days:
        return [FieldError("rows", "there is no day in it", "文件里没有日期")]
    found = []
    for year in sorted({one.day.year for one in days}):
        missing = [
            day for month, number in _FIXED if (day := date(year, month, number)) not in free
        ]
        if missing:
            listed = ", ".join(map(str, missing))
            found.append(FieldError(
                f"year {year}", f"is not whole: {listed} is missing as a holiday",
                f"{year} 年不完整:缺少放假日 {listed}",
            ))  # fmt: skip
    return found


def _wrong(row: Row, message: str, chinese: str) -> FieldError:
    return FieldError(f"line {row.number}", message, f"第 {row.number} 行:{chinese}")
