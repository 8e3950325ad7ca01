"""The form of opening hours: written and read back, and what it says against the evaluator."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar import Calendar, DayKind
from app.domain.errors import InvalidInput
from app.domain.hours import OpenState, Reason, normalise, open_intervals, state_at
from app.domain.hours_fields import DAY_FIELDS, fields_of, form_of, read_spans
from app.domain.hours_form import (
    ALL_DAY,
    CLOSED,
    FULL_DAY,
    DayHours,
    Exceptional,
    Holidays,
    HoursForm,
    check_day,
    on_day,
    read,
    tidied,
    without_past,
    write,
)

ZONE = ZoneInfo("Asia/Shanghai")
WORK = DayHours(((510, 720), (780, 1050)))
# the second half of 2026: holidays in a row, a make-up Saturday and a make-up Sunday
CALENDAR = Calendar(
    {
        **{date(2026, 10, day): DayKind.HOLIDAY for day in range(1, 8)},
        date(2026, 9, 20): DayKind.MAKE_UP_WORKDAY,
        date(2026, 10, 10): DayKind.MAKE_UP_WORKDAY,
    },
    frozenset({2026}),
)
START = date(2026, 9, 14)


@st.composite
def day_hours(draw: st.DrawFn) -> DayHours:
    edges = sorted(draw(st.sets(st.integers(0, 95), max_size=6)))
    spans = [(a * 15, b * 15) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    if spans and draw(st.booleans()):
        # past midnight, into the small hours
        spans[-1] = (spans[-1][0], FULL_DAY + draw(st.integers(1, 12)) * 15)
    if spans and spans[-1][1] - spans[-1][0] >= FULL_DAY:
        return ALL_DAY
    return draw(st.sampled_from([CLOSED, ALL_DAY, check_day(spans, named="day")]))


@st.composite
def forms(draw: st.DrawFn) -> HoursForm:
    palette = draw(st.lists(day_hours(), min_size=1, max_size=3))
    days = tuple(draw(st.sampled_from(palette)) for _ in range(7))
    exceptions = []
    first = START
    for _ in range(draw(st.integers(0, 3))):
        first += timedelta(days=draw(st.integers(1, 9)))
        last = first + timedelta(days=draw(st.integers(0, 4)))
        exceptions.append(Exceptional(first, last, draw(day_hours())))
        first = last
    return HoursForm(
        days,
        draw(st.sampled_from(Holidays)),
        draw(st.one_of(day_hours(), st.sampled_from(palette))),
        tuple(exceptions),
    )


@given(forms())
def test_what_is_written_is_read_back_as_the_same_form(form: HoursForm) -> None:
    text = write(form)
    assert normalise(text) == text
    assert read(text) == tidied(form)


@given(forms())
def test_the_fields_of_a_page_show_the_form_and_give_it_back(form: HoursForm) -> None:
    assert tidied(form_of(fields_of(form))) == tidied(form)


@given(forms())
def test_the_evaluator_opens_exactly_when_the_form_says(form: HoursForm) -> None:
    text = write(form)
    first, last = START, START + timedelta(days=34)
    expected: set[datetime] = set()
    doubtful: set[datetime] = set()
    for number in range(-1, (last - first).days):
        day = first + timedelta(days=number)
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE)
        kind = CALENDAR.kind(day)
        hours = on_day(tidied(form), day, kind)
        minutes = {
            midnight + timedelta(minutes=m)
            for span in (hours if hours is not None else form.days[day.weekday()]).spans
            for m in range(span[0], span[1], 15)
        }
        (expected if hours is not None else doubtful).update(minutes)
    begin = datetime(first.year, first.month, first.day, tzinfo=ZONE)
    end = datetime(last.year, last.month, last.day, tzinfo=ZONE)
    found = {
        low + timedelta(minutes=m)
        for low, high in open_intervals(text, begin, end, zone=ZONE, calendar=CALENDAR)
        for m in range(0, int((high - low).total_seconds()) // 60, 15)
    }
    assert found == {moment for moment in expected if begin <= moment < end}
    for moment in list(doubtful - expected)[:5]:
        if begin <= moment < end:
            answer = state_at(text, moment, zone=ZONE, calendar=CALENDAR)
            assert answer.state is OpenState.UNKNOWN


@pytest.mark.parametrize(
    ("text", "holidays"),
    [
        ("24/7", Holidays.USUAL),
        ("Mo-Fr 08:30-12:00,13:00-17:30; PH off", Holidays.CLOSED),
        ("Mo-Su 09:00-17:00; PH 09:00-17:00", Holidays.USUAL),
        ("Mo-Su 09:00-17:00; PH 10:00-12:00", Holidays.OWN),
        ("Mo-Fr 09:00-17:00", Holidays.UNSAID),
        # the later rule replaces the holiday's
        ("PH off; Mo-Fr 09:00-12:00", Holidays.USUAL),
    ],
)
def test_rules_of_lists_are_shown(text: str, holidays: Holidays) -> None:
    form = read(text)
    assert form is not None
    assert form.holidays is holidays


@pytest.mark.parametrize(
    "text",
    ["Mo-Fr unknown; PH off", "May-Sep 08:00-20:00", "Mo 10:00+", 'Mo-Fr 09:00-17:00 "bell"',
     "Mo-Fr 09:00-17:00 || 10:00-11:00", "2026 Oct 1-2026 Oct 9 Mo-Fr 09:00-12:00",
     "week 1-10 09:00-12:00", "PH,Su 10:00-12:00; Mo-Fr 09:00-17:00", "Mo[1] 09:00-12:00",
     "no rule at all"],
)  # fmt: skip
def test_what_the_form_has_no_words_for_stays_a_text(text: str) -> None:
    assert read(text) is None


def test_holidays_as_usual_keep_the_hours_of_their_weekday_even_unannounced() -> None:
    form = HoursForm((WORK,) * 5 + (DayHours(((600, 720),)), CLOSED), Holidays.USUAL)
    text = write(form)
    thursday = datetime(2026, 10, 1, 9, tzinfo=ZONE)
    assert state_at(text, thursday, zone=ZONE, calendar=CALENDAR).state is OpenState.OPEN
    sunday = datetime(2026, 10, 4, 10, tzinfo=ZONE)
    assert state_at(text, sunday, zone=ZONE, calendar=CALENDAR).state is OpenState.CLOSED
    later = datetime(2031, 10, 1, 9, tzinfo=ZONE)
    assert state_at(text, later, zone=ZONE, calendar=CALENDAR).state is OpenState.OPEN


def test_an_exception_holds_on_a_make_up_workday_and_does_not_leak_to_it() -> None:
    saturday = date(2026, 10, 10)
    closed = write(HoursForm((WORK,) * 5 + (CLOSED,) * 2, Holidays.CLOSED, CLOSED,
                             (Exceptional(saturday, saturday, CLOSED),)))  # fmt: skip
    morning = datetime(2026, 10, 10, 9, tzinfo=ZONE)
    answer = state_at(closed, morning, zone=ZONE, calendar=CALENDAR)
    assert (answer.state, answer.reason) == (OpenState.CLOSED, Reason.MAKE_UP_WORKDAY)
    plain = write(HoursForm((WORK,) * 5 + (CLOSED,) * 2, Holidays.CLOSED))
    assert state_at(plain, morning, zone=ZONE, calendar=CALENDAR).state is OpenState.OPEN


def test_a_season_with_years_stays_doubtful_on_a_holiday_it_closes() -> None:
    text = "2026 Jun 1-2026 Oct 31 08:00-20:00; PH off"
    holiday = datetime(2026, 10, 2, 10, tzinfo=ZONE)
    assert state_at(text, holiday, zone=ZONE, calendar=CALENDAR).state is OpenState.CLOSED


def test_exceptions_that_have_passed_are_left_out() -> None:
    past = Exceptional(date(2026, 1, 1), date(2026, 1, 3), CLOSED)
    coming = Exceptional(date(2026, 10, 1), date(2026, 10, 1), CLOSED)
    form = HoursForm((WORK,) * 7, Holidays.CLOSED, CLOSED, (past, coming))
    assert without_past(form, date(2026, 1, 3)).exceptions == (past, coming)
    assert without_past(form, date(2026, 1, 4)).exceptions == (coming,)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("08:30-12:00,13:00-17:30", ((510, 720), (780, 1050))),
        ("8:30－12:00 13：00—17：30", ((510, 720), (780, 1050))),
        ("8-12、13至17", ((480, 720), (780, 1020))),
        ("22:00-次日2:00", ((1320, 1560),)),
        ("00:00-24:00", ((0, 1440),)),
        ("09:00-12:00,12:00-18:00", ((540, 1080),)),
    ],
)
def test_spans_are_read_as_people_type_them(text: str, spans: tuple[tuple[int, int], ...]) -> None:
    assert read_spans(text, named="hours_mo_spans").spans == spans


@pytest.mark.parametrize(
    "text", ["", "9", "09:00-25:00", "09:75-10:00", "09:00-12:00,11:00-13:00", "09:00-09:00",
             "09:00-12:00 lunch", "0-1,2-3,4-5,6-7,8-9,10-11,12-13"]
)  # fmt: skip
def test_wrong_spans_are_told_beside_their_field_in_both_languages(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        form_of({"hours_mo": "spans", "hours_mo_spans": text})
    (error,) = refused.value.errors
    assert error.field == "hours_mo_spans"
    assert error.message
    assert error.zh


def test_everything_wrong_with_the_form_is_told_at_once() -> None:
    fields = {
        "hours_tu": "sometimes",
        "hours_we": "spans",
        "hours_ph": "spans",
        "hours_ph_spans": "9-x",
        "hours_x0_from": "2026-13-01",
        "hours_x0": "closed",
        "hours_x3_from": "2026-10-03",
        "hours_x3_to": "2026-10-01",
    }
    with pytest.raises(InvalidInput) as refused:
        form_of(fields)
    assert {error.field for error in refused.value.errors} == {
        "hours_tu", "hours_we_spans", "hours_ph_spans", "hours_x0_from", "hours_x0_to",
        "hours_x3_to",
    }  # fmt: skip
    assert all(error.zh for error in refused.value.errors)


def test_overlapping_and_overlong_exceptions_are_refused() -> None:
    day = date(2026, 10, 1)
    two = (Exceptional(day, day, CLOSED), Exceptional(day, day, ALL_DAY))
    many = tuple(
        Exceptional(day + timedelta(days=3 * n), day + timedelta(days=3 * n + 1), CLOSED)
        for n in range(20)
    )
    long = (Exceptional(day, day + timedelta(days=400), CLOSED),)
    for exceptions in (two, many, long):
        with pytest.raises(InvalidInput) as refused:
            write(HoursForm((WORK,) * 7, Holidays.CLOSED, CLOSED, exceptions))
        assert {error.field for error in refused.value.errors} == {"hours_exceptions"}
        assert all(error.zh for error in refused.value.errors)


def test_a_page_without_any_choice_takes_what_is_typed() -> None:
    form = form_of({f"{DAY_FIELDS[0]}_spans": "9:00-17:00"})
    assert form.days == (DayHours(((540, 1020),)), *(CLOSED,) * 6)
    assert write(form) == "Mo 09:00-17:00"
