"""What is typed into the form of a station, and what the form shows of the facts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.facts import FUNCTIONS, VENUES
from app.domain.hours_form import Holidays, HoursForm, check_day, write
from app.domain.hours_sheet import hours_sheet, read_hours_sheet, said, same_hours, week_sheet
from app.domain.services import SERVICES
from app.domain.station import Door, HostKind
from app.domain.station_form import read
from app.domain.station_sheet import GivenPlace, group_of, same_inputs, sheet_of

CODES = [service.code for service in SERVICES]
_days = st.sampled_from(["01-01", "02-29", "06-01", "12-31"])


@st.composite
def some_facts(draw: st.DrawFn) -> dict[str, Any]:
    """Facts as the register has them."""
    words = st.text("站点甲乙 abc<>&\"'", max_size=12).map(lambda s: " ".join(s.split()))
    here = draw(st.sets(st.sampled_from(CODES)))
    details: dict[str, dict[str, str]] = {}
    for code in draw(st.sets(st.sampled_from(CODES), max_size=4)):
        detail = {"where": "on_site" if code in here else "nearest"}
        if draw(st.booleans()):
            detail |= {"from": draw(_days), "to": draw(_days)}
        if note := draw(words):
            detail["note"] = note
        if detail != {"where": "on_site"}:
            details[code] = detail
    return {
        "name": draw(words) or "站", "name_en": draw(words), "address": draw(words),
        "area_name": draw(words), "host_name": draw(words), "agreement_number": draw(words),
        "union_id": draw(st.integers(1, 10**9)),
        "door": draw(st.none() | st.sampled_from([door.value for door in Door])),
        "host_kind": draw(st.none() | st.sampled_from([kind.value for kind in HostKind])),
        "host_credit_code": draw(st.none() | st.just("91350100M000100Y43")),
        "union_built": draw(st.none() | st.booleans()),
        "area_square_metres": draw(st.none() | st.sampled_from([1, 32.5, 100.0, 99999.99])),
        "seats": draw(st.none() | st.integers(0, 10_000)),
        "agreement_from": draw(st.none() | st.just("2026-01-01")),
        "agreement_to": draw(st.none() | st.just("2027-12-31")),
        "functions": [f.code for f in FUNCTIONS if draw(st.booleans())],
        "venues": [v.code for v in VENUES if draw(st.booleans())],
        "services": sorted(here), "service_details": details,
    }  # fmt: skip


@given(some_facts())
def test_what_the_form_shows_is_read_back_as_it_was(facts: dict[str, Any]) -> None:
    shown = sheet_of(facts)
    found = read(shown)
    assert found.errors == []
    assert found.fields == facts
    groups = {group_of(name) for name in shown}
    assert all(same_inputs(shown, shown, group) for group in groups)


def test_a_part_of_the_form_says_nothing_of_the_rest() -> None:
    assert read({"name": ["站"]}).fields == {"name": "站"}
    assert read({"services": ["", "toilet"]}).fields == {"services": ["toilet"]}
    assert read({"services": [""]}).fields == {"services": []}
    assert not read({"name": ["站"]}).names_place


def test_everything_that_is_wrong_is_said_at_once_in_both_languages() -> None:
    found = read({
        "name": ["\u200b "], "union_id": ["x"], "door": ["window"], "seats": ["many"],
        "host_credit_code": ["1"], "near": ["", "water"], "services": ["", "water"],
        "from.water": ["02-30"], "longitude": ["1e5"], "latitude": ["29.5"], "datum": ["wgs84"],
    })  # fmt: skip
    assert {error.field for error in found.errors} == {
        "name", "union_id", "door", "seats", "host_credit_code", "near.water", "from.water",
        "longitude",
    }  # fmt: skip
    assert all(error.zh and error.message for error in found.errors)


def test_a_phone_number_in_what_will_be_public_is_doubted_and_kept() -> None:
    found = read({"address": ["某路 1 号 电话 13900001234"]})
    assert [doubt.field for doubt in found.warnings] == ["address"]
    assert found.fields["address"].endswith("13900001234")


def test_the_place_is_kept_as_it_was_given() -> None:
    place = {"longitude": ["106.5516°"], "latitude": ["２９.563"], "datum": ["bd09"]}
    assert read(place).place == GivenPlace(106.5516, 29.563, "bd09")
    gone = read({"longitude": [""], "latitude": [""], "datum": [""]})
    assert gone.names_place
    assert gone.place is None
    swapped = read({"longitude": ["29.5"], "latitude": ["106.5"], "datum": ["wgs84"]})
    assert [error.field for error in swapped.errors] == ["latitude"]


# Hours ------------------------------------------------------------------------------------------

_spans = st.lists(
    st.tuples(st.integers(0, 95), st.integers(1, 40)).map(
        lambda s: (15 * s[0], 15 * (s[0] + s[1]))
    ),
    max_size=1,
)


@given(st.lists(_spans, min_size=7, max_size=7), st.sampled_from(Holidays))
def test_a_week_that_is_shown_is_read_back_as_it_was(
    spans: list[list[tuple[int, int]]], holidays: Holidays
) -> None:
    days = tuple(check_day(one, named="hours") for one in spans)
    form = HoursForm(days, holidays, days[0])
    hours = write(form)
    found = read_hours_sheet({"hours_mode": ["week"], **week_sheet(form)})
    # a week of closed days still says so
    assert found.errors == []
    assert same_hours(found.fields["hours"], hours)
    shown = hours_sheet(hours, "")
    assert shown["hours_mode"] == ["week"]
    assert same_hours(read_hours_sheet(shown).fields["hours"], hours)


@pytest.mark.parametrize(
    ("sheet", "hours", "words"),
    [
        ({"hours_mode": ["text"], "hours_text": ["每天 9-18点"]}, "09:00-18:00", "每天 9-18点"),
        ({"hours_mode": ["text"], "hours_text": ["看情况"]}, None, "看情况"),
        ({"hours_mode": ["unknown"], "hours_text": ["24小时"]}, "24/7", "24小时"),
        ({"hours_mode": ["unknown"], "hours_text": [""]}, None, ""),
        ({"hours_mode": ["unknown"], "Mo.from": ["09:00"], "Mo.to": ["17:00"]},
         "Mo 09:00-17:00", ""),
        ({"hours_mode": ["week"], "Sa.from": ["18:00"], "Sa.to": ["02:00"]}, "Sa 18:00-02:00", ""),
        ({"hours_mode": ["week"], "Mo.kind": ["all_day"], "hours_holidays": ["closed"],
          "exception.first": ["2026-02-16"], "exception.last": ["2026-02-18"],
          "exception.times": ["10:00-16:00"]},
         "Mo 00:00-24:00; PH closed; 2026 Feb 16-2026 Feb 18 10:00-16:00", ""),
    ],
)  # fmt: skip
def test_hours_are_told_in_one_of_three_ways(
    sheet: dict[str, list[str]], hours: str | None, words: str
) -> None:
    found = read_hours_sheet(sheet)
    assert found.errors == []
    assert found.fields["hours_text"] == words
    assert same_hours(found.fields["hours"], hours)


@pytest.mark.parametrize(
    ("sheet", "named"),
    [
        ({"hours_mode": ["week"]}, "Mo.from"),
        ({"hours_mode": ["week"], "Tu.kind": ["open"]}, "Tu.from"),
        ({"hours_mode": ["week"], "We.kind": ["closed"], "We.from": ["9:00"], "We.to": ["10:00"]},
         "We.from"),
        ({"hours_mode": ["week"], "Th.from": ["9:00", "9:30"], "Th.to": ["10:00", "11:00"]},
         "Th.from"),
        ({"hours_mode": ["week"], "Fr.from": ["9:00"], "Fr.to": [""]}, "Fr.from"),
        ({"hours_mode": ["week"], "Mo.kind": ["all_day"], "exception.first": [""],
          "exception.last": ["2026-01-01"], "exception.times": [""]}, "hours_exceptions"),
        ({"hours_mode": ["week"], "Mo.kind": ["all_day"], "exception.first": ["2026-01-01"],
          "exception.last": [""], "exception.times": ["早上"]}, "hours_exceptions"),
        ({"hours_mode": ["text"], "hours_text": ["x" * 501]}, "hours_text"),
    ],
)  # fmt: skip
def test_hours_that_make_no_sense_are_named(sheet: dict[str, list[str]], named: str) -> None:
    found = read_hours_sheet(sheet)
    assert [error.field for error in found.errors] == [named]
    assert found.fields == {}


def test_a_rule_beyond_the_week_editor_stays_in_words() -> None:
    rule = "May 1-Sep 30 08:00-20:00; Oct 1-Apr 30 09:00-18:00"
    shown = hours_sheet(rule, "")
    assert (shown["hours_mode"], shown["hours_text"]) == (["text"], [rule])
    assert read_hours_sheet(shown).fields["hours"] == rule
    assert said(rule) == (rule, rule)


def test_a_rule_is_said_in_a_line() -> None:
    assert said("Mo-Fr 08:30-12:00,13:30-17:30; PH closed")[0] == (
        "周一至周五 08:30–12:00、13:30–17:30;周六至周日 休息;法定节假日休息"
    )
    assert said("24/7") == ("每天 24 小时", "Daily 24 hours")
    assert said("Fr,Sa 18:00-02:00; PH off")[1] == (
        "Mon–Thu closed; Fri–Sat 18:00–02:00 next day; Sun closed; public holidays closed"
    )
    assert said(None) == ("情况不明", "Not known")
