"""Further facts of a station: read as people type them, seasons, where a service is."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.credit_code import check_character
from app.domain.difference import FACT_NAMES
from app.domain.errors import InvalidInput
from app.domain.facts import Season, check_facts, day_of_year, provisions

CODE = "91500000202801713"
CODE += check_character(CODE)


def read(**values: object) -> dict[str, object]:
    return check_facts(values, attempted="read the form")


def wrong(**values: object) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        read(**values)
    assert all(error.zh and error.message for error in refused.value.errors)
    return {error.field: error.zh for error in refused.value.errors}


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        ("union_built", "是", True), ("union_built", "共建", False), ("union_built", "", None),
        ("union_built", True, True),
        ("area_square_metres", "32.5 ㎡", 32.5), ("area_square_metres", "1,200平方米", 1200.0),
        ("area_square_metres", "３０", 30.0), ("area_square_metres", "", None),
        ("area_square_metres", 18, 18.0),
        ("seats", "20个", 20), ("seats", "0", 0), ("seats", 8.0, 8), ("seats", None, None),
        ("functions", "便利型职工阅读站点", ["reading_corner"]),
        ("venues", "健身站、爱心托管班", ["child_care", "fitness"]),
        ("functions", "", []), ("functions", None, []),
        ("venues", "职工健康食堂", ["health_canteen"]),
        ("host_credit_code", f" {CODE[:8]} {CODE[8:].lower()}", CODE),
        ("host_credit_code", "", None),
        ("agreement_number", "  渝工 〔2026〕 12 号 ", "渝工 〔2026〕 12 号"),
        ("agreement_number", None, ""),
        ("agreement_from", "2026年6月1日", "2026-06-01"),
        ("agreement_to", date(2027, 5, 31), "2027-05-31"),
        ("agreement_to", "", None),
        ("service_details", {}, {}),
        ("service_details", {"toilet": {"where": "on_site"}}, {}),
        ("service_details", {"toilet": {"where": "nearest", "note": " 对面 公厕 "}},
         {"toilet": {"where": "nearest", "note": "对面 公厕"}}),
        ("service_details", {"cooling": {"from": "6月1日", "to": "9/30"}},
         {"cooling": {"where": "on_site", "from": "06-01", "to": "09-30"}}),
    ],
)  # fmt: skip
def test_facts_are_read_as_people_type_them(field: str, typed: object, value: object) -> None:
    assert read(**{field: typed}) == {field: value}
    assert field in FACT_NAMES


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("union_built", "maybe"),
        ("area_square_metres", "0"), ("area_square_metres", "-3"), ("area_square_metres", "big"),
        ("area_square_metres", "1e9"), ("area_square_metres", "nan"),
        ("seats", "-1"), ("seats", "2.5"), ("seats", "20000"), ("seats", "many"),
        ("functions", "karaoke"), ("venues", ["fitness", "cinema"]),
        ("host_credit_code", CODE[:-1] + ("1" if CODE[-1] != "1" else "2")),
        ("host_credit_code", "91500000"), ("host_credit_code", "O" * 18),
        ("agreement_number", "号" * 101),
        ("agreement_from", "2026-02-30"), ("agreement_from", "soon"),
        ("agreement_to", "0001-01-01"),
        ("service_details", "toilet"), ("service_details", {"sauna": {"where": "on_site"}}),
        ("service_details", {"toilet": "yes"}), ("service_details", {"toilet": {"where": "far"}}),
        ("service_details", {"toilet": {"from": "06-01"}}),
        ("service_details", {"toilet": {"from": "06-31", "to": "13-01"}}),
        ("service_details", {"toilet": {"note": "长" * 201}}),
        ("service_details", {"toilet": {"where": "on_site", "extra": 1}}),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_under_its_field_in_both_languages(
    field: str, typed: object
) -> None:
    assert set(wrong(**{field: typed})) == {field}


def test_everything_wrong_is_told_at_once_and_other_fields_are_left_out() -> None:
    assert set(wrong(seats="x", area_square_metres="x", functions="x", name=7)) == {
        "seats", "area_square_metres", "functions",
    }  # fmt: skip
    assert read(name="较场口", seats="4") == {"seats": 4}


def test_facts_that_contradict_each_other_are_told() -> None:
    assert set(wrong(agreement_from="2026-02-01", agreement_to="2026-01-31")) == {"agreement_to"}
    near = {"toilet": {"where": "nearest"}}
    assert "厕所" in wrong(service_details=near, services=["toilet"])["service_details"]
    here = {"cooling": {"where": "on_site", "from": "06-01", "to": "09-30"}}
    assert "纳凉" in wrong(service_details=here, services=["toilet"])["service_details"]
    assert read(service_details=near | here, services=["cooling"]) == {
        "service_details": near | here
    }


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.dates(), st.dates())
def test_a_season_holds_on_exactly_the_days_from_its_first_to_its_last(
    day: date, first: date, last: date
) -> None:
    season = Season(f"{first:%m-%d}", f"{last:%m-%d}")
    # walk on from the first day until the last one is passed
    year = day.year - 2
    held = set()
    for start in (year, year + 1, year + 2):
        try:
            at = date(start, first.month, first.day)
        except ValueError:
            at = date(start, 3, 1)
        if season.first <= season.last and f"{at:%m-%d}" > season.last:
            continue  # a season of 29 February alone
        for _ in range(367):
            held.add(at)
            nearer = f"{at + timedelta(days=1):%m-%d}"
            past = (
                nearer > season.last
                if season.first <= season.last
                else (season.last < nearer < season.first)
            )
            if past or ((at.month, at.day) == (12, 31) and season.first <= season.last):
                break
            at += timedelta(days=1)
    assert season.holds(day) == (day in held)


@pytest.mark.parametrize(
    ("season", "inside", "outside"),
    [
        (Season("06-01", "09-30"), [(6, 1), (9, 30)], [(5, 31), (10, 1)]),
        (Season("11-15", "03-15"), [(11, 15), (12, 31), (1, 1), (3, 15)], [(3, 16), (11, 14)]),
        (Season("02-28", "02-29"), [(2, 28)], [(3, 1), (2, 27)]),
    ],
)
def test_a_season_may_wrap_the_new_year(
    season: Season, inside: list[tuple[int, int]], outside: list[tuple[int, int]]
) -> None:
    assert all(season.holds(date(2026, *day)) for day in inside)
    assert not any(season.holds(date(2026, *day)) for day in outside)


@pytest.mark.parametrize(
    ("typed", "day"),
    [("06-01", "06-01"), ("6-1", "06-01"), ("6月1日", "06-01"), ("2/29", "02-29"), ("2-30", None),
     ("0-1", None), ("2026-06-01", None), ("", None)],
)  # fmt: skip
def test_days_of_a_year_are_read(typed: str, day: str | None) -> None:
    assert day_of_year(typed) == day


def test_a_service_is_on_site_by_the_services_alone_and_elsewhere_by_its_details() -> None:
    found = provisions(
        ("water", "cooling"),
        {
            "cooling": {"where": "on_site", "from": "06-01", "to": "09-30"},
            "toilet": {"where": "nearest", "note": "地铁站内"},
            # neither among the services nor elsewhere
            "aed": {"where": "on_site", "note": "gone"},
        },
    )
    assert [(p.code, p.on_site, p.note) for p in found] == [
        ("toilet", False, "地铁站内"), ("water", True, ""), ("cooling", True, ""),
    ]  # fmt: skip
    by_code = {p.code: p for p in found}
    winter, summer = date(2026, 1, 5), date(2026, 7, 5)
    assert [by_code["cooling"].holds(day) for day in (winter, summer)] == [False, True]
    assert [by_code["water"].holds(day) for day in (winter, summer)] == [True, True]
    assert not by_code["toilet"].holds(summer)
