"""The seeded calendar of holidays and make-up workdays."""

from datetime import date

import pytest

from app.domain.calendar import DayKind, SpecialDay, china


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
    after = max(china().years) + 1
    assert max(china().years) >= 2026
    assert china().kind(date(after, 1, 1)) is DayKind.NOT_ANNOUNCED
    assert china().kind(date(1999, 1, 1)) is DayKind.NOT_ANNOUNCED


def test_an_imported_year_takes_the_place_of_the_seed_s_and_leaves_the_others() -> None:
    day = SpecialDay(date(2026, 5, 6), DayKind.HOLIDAY, "某节")
    own = china().with_years({2026}, [day])
    assert own.kind(date(2026, 5, 6)) is DayKind.HOLIDAY
    assert own.kind(date(2026, 2, 17)) is DayKind.ORDINARY
    assert own.kind(date(2025, 10, 1)) is DayKind.HOLIDAY
    assert own.digest != china().digest
    assert own.digest == china().with_years({2026}, [day]).digest


def test_a_year_that_is_left_out_stays_unknown() -> None:
    after = max(china().years) + 2
    own = china().with_years({after}, [SpecialDay(date(after, 1, 1), DayKind.HOLIDAY)])
    assert own.kind(date(after, 1, 1)) is DayKind.HOLIDAY
    assert own.kind(date(after - 1, 12, 31)) is DayKind.NOT_ANNOUNCED


def test_a_weekend_that_touches_an_imported_holiday_is_part_of_it() -> None:
    days = [
        SpecialDay(date(2031, 10, 3), DayKind.HOLIDAY),  # a Friday
        SpecialDay(date(2031, 10, 5), DayKind.MAKE_UP_WORKDAY),
    ]
    own = china().with_years({2031}, days)
    assert own.kind(date(2031, 10, 4)) is DayKind.HOLIDAY
    assert own.kind(date(2031, 10, 5)) is DayKind.MAKE_UP_WORKDAY
