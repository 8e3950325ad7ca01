"""The seeded calendar of holidays and make-up workdays."""

from datetime import date

import pytest

from app.domain.calendar import Calendar, DayKind, china


def test_spring_festival_2026_is_a_holiday_with_the_weekends_it_touches() -> None:
    days = [date(2026, 2, day) for day in range(15, 24)]
    assert {china().kind(day) for day in days} == {DayKind.HOLIDAY}
    assert china().kind(date(2026, 2, 24)) is DayKind.ORDINARY


@pytest.mark.parametrize(("month", "day"), [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)])
def test_the_make_up_workdays_of_2026_are_those_announced(month: int, day: int) -> None:
    assert china().kind(date(2026, month, day)) is DayKind.MAKE_UP_WORKDAY


def test_the_holidays_of_2025_count_twenty_eight_days() -> None:
    # announced: 1 + 8 + 3 + 5 + 3 + 8 days
    count = sum(kind is DayKind.HOLIDAY for day, kind in china().days.items() if day.year == 2025)
    assert count == 28


def test_a_plain_weekend_is_ordinary() -> None:
    assert china().kind(date(2026, 3, 14)) is DayKind.ORDINARY


def test_a_year_beyond_the_announcements_is_not_announced() -> None:
    after = china().last_year + 1
    assert china().last_year >= 2026
    assert china().kind(date(after, 1, 1)) is DayKind.NOT_ANNOUNCED
    assert china().kind(date(1999, 1, 1)) is DayKind.NOT_ANNOUNCED


def test_another_calendar_replaces_the_seed() -> None:
    own = Calendar({date(2030, 5, 6): DayKind.HOLIDAY}, 2030, 2030)
    assert own.kind(date(2030, 5, 6)) is DayKind.HOLIDAY
    assert own.kind(date(2030, 5, 7)) is DayKind.ORDINARY
