"""Services with where, when and a note in a cell of a list, and back again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.facts import NEAREST, ON_SITE, check_facts
from app.domain.service_words import written
from app.domain.services import SERVICES
from app.domain.station_row import StationRow, read_row

DAYS = st.sampled_from(("01-01", "02-29", "06-01", "09-30", "12-31"))


def read(text: str = "", **cells: str) -> StationRow:
    flags = {name: cells.pop(name) for name in list(cells) if name in ("water", "cooling")}
    return read_row(2, {"name": "甲站", "services": text, **cells}, flags=flags)


def facts(row: StationRow) -> tuple[tuple[str, ...], dict[str, Any]]:
    assert row.facts is not None, row.errors
    return row.facts.services, row.further.get("service_details", {})


@pytest.mark.parametrize(
    ("text", "services", "details"),
    [
        ("饮水(就近)", (), {"water": {"where": "nearest"}}),
        ("饮水（就近）、厕所", ("toilet",), {"water": {"where": "nearest"}}),
        ("纳凉 6/1-9/30", ("cooling",),
         {"cooling": {"where": "on_site", "from": "06-01", "to": "09-30"}}),
        ("厕所 纳凉 6月1日至9月30日/充电", ("charging", "cooling", "toilet"),
         {"cooling": {"where": "on_site", "from": "06-01", "to": "09-30"}}),
        ("取暖(就近;11/1-3/31;社区大厅)", (),
         {"warmth": {"where": "nearest", "from": "11-01", "to": "03-31", "note": "社区大厅"}}),
        ("厕所 饮水 歇脚", ("seat", "toilet", "water"), {}),
        ("Drinking water (nearest)", (), {"water": {"where": "nearest"}}),
    ],
)  # fmt: skip
def test_a_word_says_where_and_when(
    text: str, services: tuple[str, ...], details: dict[str, Any]
) -> None:
    assert facts(read(text)) == (services, details)
    assert read(text).warnings == ()


def test_a_column_of_a_service_takes_near_and_a_season() -> None:
    assert facts(read(water="就近", cooling="是 6/1-9/30")) == (
        ("cooling",),
        {"cooling": {"where": "on_site", "from": "06-01", "to": "09-30"},
         "water": {"where": "nearest"}},
    )  # fmt: skip
    assert facts(read(water="否", cooling="是")) == (("cooling",), {})
    assert [error.field for error in read(water="也许").errors] == ["water"]


def test_a_day_that_is_none_is_refused_and_an_unknown_word_left_out() -> None:
    assert [error.field for error in read("纳凉 6/31-9/30").errors] == ["service_details"]
    assert [note.field for note in read("桑拿(就近)").warnings] == ["services"]


@pytest.mark.parametrize(
    "words", ["普法角、爱心妈咪小屋、便利型职工阅读站点", "legal_corner;mother_room;reading_corner"]
)
def test_advice_on_law_and_a_room_for_mothers_are_services(words: str) -> None:
    row = read(functions=words)
    assert facts(row)[0] == ("baby_room", "legal_advice")
    assert row.further["functions"] == ["reading_corner"]
    assert [error.field for error in read(functions="卡拉OK").errors] == ["functions"]


def test_other_venues_are_read() -> None:
    assert read(venues="健身站、爱心托管班").further["venues"] == ["child_care", "fitness"]


@st.composite
def provisions(draw: st.DrawFn) -> tuple[list[str], dict[str, Any]]:
    """Services on site, and details that fit them, as the register keeps them."""
    services, details = [], {}
    for service in SERVICES:
        where = draw(st.sampled_from((None, ON_SITE, NEAREST)))
        if where is None:
            continue
        if where == ON_SITE:
            services.append(service.code)
        detail = {"where": where}
        if draw(st.booleans()):
            detail |= {"from": draw(DAYS), "to": draw(DAYS)}
        if draw(st.booleans()):
            detail["note"] = draw(st.sampled_from(("对面商场", "2 楼/电梯旁", "8:00-20:00,自取")))
        details[service.code] = detail
    kept = check_facts({"service_details": details}, attempted="draw")["service_details"]
    return sorted(services), kept


@given(provisions())
def test_what_is_written_is_read_back(known: tuple[list[str], dict[str, Any]]) -> None:
    services, details = known
    row = read(";".join(services), service_details=written(services, details))
    assert facts(row) == (tuple(services), details)
