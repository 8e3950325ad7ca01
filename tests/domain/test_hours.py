"""Opening hours: three answers, holidays, make-up workdays, past midnight."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import Calendar, DayKind, china
from app.domain.errors import InvalidInput
from app.domain.hours import OpenState, Reason, normalise, open_intervals, state_at

ZONE = ZoneInfo("Asia/Shanghai")
OPEN, CLOSED, UNKNOWN = OpenState.OPEN, OpenState.CLOSED, OpenState.UNKNOWN
OFFICE = "Mo-Fr 08:30-12:00,13:00-17:30"


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]


def test_an_ordinary_day_is_open_until_the_lunch_break() -> None:
    answer = state_at(OFFICE, at(2026, 3, 11, 10), zone=ZONE)
    assert (answer.state, answer.until, answer.reason) == (OPEN, at(2026, 3, 11, 12), Reason.HOURS)
    assert answer.opens_at is None


def test_the_lunch_break_ends_when_it_opens_again() -> None:
    answer = state_at(OFFICE, at(2026, 3, 11, 12), zone=ZONE)
    assert answer.state is CLOSED
    assert answer.until == answer.opens_at == at(2026, 3, 11, 13)


def test_friday_evening_opens_on_monday() -> None:
    answer = state_at(OFFICE, at(2026, 3, 13, 18), zone=ZONE)
    assert (answer.state, answer.opens_at) == (CLOSED, at(2026, 3, 16, 8, 30))


def test_the_moment_of_opening_is_open_and_that_of_closing_is_closed() -> None:
    assert state_at(OFFICE, at(2026, 3, 11, 8, 30), zone=ZONE).state is OPEN
    assert state_at(OFFICE, at(2026, 3, 11, 17, 30), zone=ZONE).state is CLOSED


@pytest.mark.parametrize("hours", [None, "", "  "])
def test_no_hours_are_unknown_not_closed(hours: str | None) -> None:
    answer = state_at(hours, at(2026, 3, 11, 10), zone=ZONE)
    assert (answer.state, answer.reason) == (UNKNOWN, Reason.NO_HOURS)


def test_unreadable_hours_are_unknown() -> None:
    answer = state_at("every now and then", at(2026, 3, 11, 10), zone=ZONE)
    assert (answer.state, answer.reason) == (UNKNOWN, Reason.UNREADABLE)
    day = at(2026, 3, 11)
    assert open_intervals("every now", day, day + timedelta(1), zone=ZONE) == []


def test_a_station_that_never_closes_is_open_with_no_end_on_a_holiday_too() -> None:
    for hours in ("24/7", "Mo-Su 00:00-24:00", "00:00-24:00"):
        answer = state_at(hours, at(2026, 2, 18, 3), zone=ZONE)
        assert (answer.state, answer.until) == (OPEN, None)


def test_on_spring_festival_a_rule_silent_about_holidays_is_unknown_in_its_hours() -> None:
    answer = state_at("Mo-Fr 09:00-17:00", at(2026, 2, 18, 10), zone=ZONE)
    assert (answer.state, answer.reason) == (UNKNOWN, Reason.HOLIDAY)
    assert answer.until == at(2026, 2, 18, 17)
    # the first day after the holidays
    assert answer.opens_at == at(2026, 2, 24, 9)


def test_on_a_holiday_nobody_stays_open_at_night() -> None:
    assert state_at("Mo-Fr 09:00-17:00", at(2026, 2, 18, 3), zone=ZONE).state is CLOSED


def test_a_rule_for_holidays_is_followed_on_holidays_and_only_there() -> None:
    closed = state_at("Mo-Fr 09:00-17:00; PH off", at(2026, 2, 18, 10), zone=ZONE)
    assert (closed.state, closed.reason) == (CLOSED, Reason.HOLIDAY)
    short = "09:00-17:00; PH 10:00-12:00"
    assert state_at(short, at(2026, 2, 18, 11), zone=ZONE).until == at(2026, 2, 18, 12)
    assert state_at(short, at(2026, 2, 18, 14), zone=ZONE).state is CLOSED
    assert state_at(short, at(2026, 3, 11, 14), zone=ZONE).state is OPEN
    with_sunday = "Mo-Fr 09:00-17:00; Su,PH 10:00-12:00"
    assert state_at(with_sunday, at(2026, 2, 18, 11), zone=ZONE).state is OPEN
    assert state_at(with_sunday, at(2026, 2, 18, 15), zone=ZONE).state is CLOSED


def test_a_make_up_saturday_follows_the_friday_rule() -> None:
    answer = state_at("Mo-Fr 09:00-17:00; Sa off", at(2026, 2, 14, 10), zone=ZONE)
    assert (answer.state, answer.reason) == (OPEN, Reason.MAKE_UP_WORKDAY)
    friday = "Mo-Th 09:00-17:00; Fr 09:00-15:00"
    assert state_at(friday, at(2026, 2, 14, 16), zone=ZONE).state is CLOSED


def test_a_make_up_sunday_follows_the_monday_rule() -> None:
    assert state_at("Mo 09:00-17:00", at(2026, 1, 4, 10), zone=ZONE).state is OPEN
    assert state_at("Su 09:00-17:00", at(2026, 1, 4, 10), zone=ZONE).state is CLOSED


def test_an_unannounced_year_is_unknown_only_where_holidays_would_matter() -> None:
    year = max(china().years) + 3
    day = date(year, 3, 15)
    while day.weekday() != 2:
        day += timedelta(1)
    noon = at(day.year, day.month, day.day, 12)
    with_holidays = state_at("Mo-Fr 09:00-17:00; PH off", noon, zone=ZONE)
    assert (with_holidays.state, with_holidays.reason) == (UNKNOWN, Reason.NOT_ANNOUNCED)
    night = noon + timedelta(hours=8)
    assert state_at("Mo-Fr 09:00-17:00; PH off", night, zone=ZONE).state is CLOSED
    assert state_at("Mo-Fr 09:00-17:00", noon, zone=ZONE).state is OPEN
    assert state_at("Mo-Su,PH 09:00-17:00", noon, zone=ZONE).state is OPEN


def test_hours_past_midnight_belong_to_the_day_they_begin_on() -> None:
    hours = "Mo-Sa 20:00-02:00; Su off"
    # Saturday's night runs into Sunday, although Sunday is off
    answer = state_at(hours, at(2026, 3, 15, 1), zone=ZONE)
    assert (answer.state, answer.until) == (OPEN, at(2026, 3, 15, 2))
    # and Sunday spills nothing into Monday
    assert state_at(hours, at(2026, 3, 16, 1), zone=ZONE).state is CLOSED
    joined = state_at(hours, at(2026, 3, 11, 23), zone=ZONE)
    assert joined.until == at(2026, 3, 12, 2)


def test_a_night_that_begins_before_a_holiday_runs_to_its_end() -> None:
    hours = "Mo-Su 20:00-02:00; PH off"
    # 15 February is the first day of the holidays, 14 February is worked
    assert state_at(hours, at(2026, 2, 15, 1), zone=ZONE).state is OPEN
    assert state_at(hours, at(2026, 2, 16, 1), zone=ZONE).state is CLOSED


def test_days_without_times_are_unknown_and_other_days_closed() -> None:
    assert state_at("Mo-Fr unknown", at(2026, 3, 11, 10), zone=ZONE).state is UNKNOWN
    assert state_at("Mo-Fr unknown", at(2026, 3, 14, 10), zone=ZONE).state is CLOSED


def test_a_station_that_never_opens_has_no_next_opening() -> None:
    answer = state_at("off", at(2026, 3, 11, 10), zone=ZONE)
    assert (answer.state, answer.until, answer.opens_at) == (CLOSED, None, None)


def test_the_moment_counts_in_the_stations_zone() -> None:
    # 01:30 UTC is 09:30 in Chongqing
    answer = state_at(OFFICE, datetime(2026, 3, 11, 1, 30, tzinfo=UTC), zone=ZONE)
    assert answer.state is OPEN
    assert answer.until is not None
    assert answer.until.utcoffset() == timedelta(hours=8)
    with pytest.raises(ValueError, match="no time zone"):
        state_at(OFFICE, datetime(2026, 3, 11, 1, 30), zone=ZONE)


def test_intervals_are_cut_to_the_bounds_and_leave_out_what_is_unknown() -> None:
    found = open_intervals(OFFICE, at(2026, 3, 13, 9), at(2026, 3, 16, 10), zone=ZONE)
    assert found == [
        (at(2026, 3, 13, 9), at(2026, 3, 13, 12)),
        (at(2026, 3, 13, 13), at(2026, 3, 13, 17, 30)),
        (at(2026, 3, 16, 8, 30), at(2026, 3, 16, 10)),
    ]
    assert open_intervals(OFFICE, at(2026, 2, 16), at(2026, 2, 18), zone=ZONE) == []
    assert open_intervals(None, at(2026, 3, 1), at(2026, 3, 9), zone=ZONE) == []
    whole = open_intervals("24/7", at(2026, 2, 16), at(2026, 3, 2), zone=ZONE)
    assert whole == [(at(2026, 2, 16), at(2026, 3, 2))]
    assert open_intervals("24/7", at(2026, 3, 2), at(2026, 3, 2), zone=ZONE) == []


def test_another_calendar_may_be_handed_in() -> None:
    own = Calendar({date(2026, 3, 11): DayKind.HOLIDAY}, frozenset({2026}))
    answer = state_at("Mo-Fr 09:00-17:00; PH off", at(2026, 3, 11, 10), zone=ZONE, calendar=own)
    assert answer.state is CLOSED


RULES = st.sampled_from(
    ["24/7", OFFICE, "09:00-17:00; PH off", "Mo-Sa 20:00-02:00; Su off", "Mo-Fr unknown; PH off",
     "22:00-06:00; PH 10:00-12:00", "Sa-Su,PH 10:00-16:00", "Mo-Fr 09:00-17:00, Fr 20:00-03:00"]
)  # fmt: skip


@given(RULES, st.integers(0, 2 * 365 * 24 * 60))
@settings(max_examples=300, deadline=None)
def test_state_and_intervals_never_disagree(hours: str, minutes: int) -> None:
    moment = at(2025, 6, 1) + timedelta(minutes=minutes)
    answer = state_at(hours, moment, zone=ZONE)
    within = open_intervals(hours, moment, moment + timedelta(days=3), zone=ZONE)
    assert (answer.state is OPEN) == bool(within and within[0][0] == moment)
    if answer.state is not OPEN and within:
        assert answer.opens_at == within[0][0]
    if answer.until is not None:
        before, after = answer.until - timedelta(minutes=1), answer.until
        assert answer.until > moment
        assert state_at(hours, max(before, moment), zone=ZONE).state is answer.state
        assert state_at(hours, after, zone=ZONE).state is not answer.state


def test_a_rule_is_brought_to_the_usual_spelling() -> None:
    assert normalise(" Mo-Fr  9:00-17:00 ; PH off; ") == "Mo-Fr 09:00-17:00; PH closed"
    assert normalise("24/7") == "24/7"


@pytest.mark.parametrize(
    ("hours", "says"),
    [("", "empty"), ("foo", "'foo'"), ("Mo-Fr 9-17", "'9-17'"), ("Mo-Fr 25:00-26:00", "25:00"),
     ("SH off", "school holidays"), ("sunrise-sunset", "sun"), ("PH +1 day off", "offset"),
     ("easter off", "easter"), ("x" * 501, "500 characters")],
)  # fmt: skip
def test_a_wrong_rule_is_refused_with_its_place(hours: str, says: str) -> None:
    with pytest.raises(InvalidInput, match="Could not read the opening hours") as caught:
        normalise(hours)
    assert says in caught.value.errors[0].message
    assert "Mo-Fr 08:30-12:00" in caught.value.remedy


def test_a_comment_is_not_taken_for_a_rule() -> None:
    hours = '09:00-17:00 open "no PH; SH by call"'
    assert normalise(hours) == '09:00-17:00 "no PH; SH by call"'
    # it says nothing about holidays, its comment does
    assert state_at(hours, at(2026, 2, 18, 10), zone=ZONE).state is UNKNOWN
