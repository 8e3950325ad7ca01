"""Facts and hours of a station in words."""

from datetime import UTC, date
from typing import Any

import pytest

from app.domain.difference import FACT_NAMES, Difference
from app.domain.errors import FieldChange
from app.web import fact_words, hours_words


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ("24/7", [("每天", "全天")]),
        ("Mo-Fr 09:00-12:00,14:00-18:00", [("周一至周五", "09:00-12:00、14:00-18:00"),
                                            ("周六至周日", "不开放")]),
        ("Mo-Su 22:00-02:00", [("每天", "22:00-次日02:00")]),
        ("Mo,We 08:00-10:00", [("周一", "08:00-10:00"), ("周二", "不开放"), ("周三", "08:00-10:00"),
                               ("周四至周日", "不开放")]),
        ("Mo-Su 08:00-24:00", [("每天", "08:00-24:00")]),
        ("nonsense", []), ("", []), (None, []),
    ],
)  # fmt: skip
def test_hours_are_days_of_equal_hours_together(
    hours: str | None, expected: list[tuple[str, str]]
) -> None:
    said = [(days[0], spans[0]) for days, spans in hours_words.week(hours)]
    assert said == expected


def test_the_hours_of_a_season_are_those_of_the_day_that_is_meant() -> None:
    hours = "Jun-Sep Mo-Su 08:00-22:00; Oct-May Mo-Su 09:00-18:00"
    for day, spans in ((date(2026, 7, 8), "08:00-22:00"), (date(2026, 12, 9), "09:00-18:00")):
        assert hours_words.week(hours, day=day) == [(("每天", "Every day"), (spans, spans))]


def test_a_holiday_in_the_week_changes_nothing_of_what_is_ordinary() -> None:
    ordinary = hours_words.week("Mo-Fr 09:00-17:00; PH off", day=date(2026, 2, 18))
    assert [spans[0] for _, spans in ordinary] == ["09:00-17:00", "不开放"]


def test_what_is_known_of_holidays_is_said() -> None:
    assert hours_words.holidays("24/7") is None
    assert hours_words.holidays(None) is None
    assert "不明" in (hours_words.holidays("Mo-Fr 09:00-17:00") or ("", ""))[0]
    assert "不开放" in (hours_words.holidays("Mo-Fr 09:00-17:00; PH off") or ("", ""))[0]
    assert "另有登记" in (hours_words.holidays("Mo-Fr 09:00-17:00; PH 10:00-12:00") or ("", ""))[0]


@pytest.mark.parametrize(
    ("column", "given", "expected"),
    [
        ("services", ["toilet", "unheard_of"], ("厕所、unheard_of", "Toilet, unheard_of")),
        ("door", "scan", ("扫码开门", "Scan to open")),
        ("host_kind", "bank", ("银行", "Bank")),
        ("place", [106.5, 29.5], ("29.500000, 106.500000(纬度, 经度)",
                                  "29.500000, 106.500000 (latitude, longitude)")),
        ("state", "active", ("在用", "Active")),
        ("exit_code", "little_used", ("使用率低", "Little used")),
        ("union_built", False, ("共享共建", "No, shared")),
        ("seats", 0, ("0 个", "0")),
        ("verified", True, ("是", "Yes")),
        ("service_details", {"cooling": {"where": "nearest", "from": "06-01", "to": "09-30",
                                         "note": "二楼"}},
         ("纳凉:最近处提供,6月1日至9月30日,二楼",
          "Cooling: nearest elsewhere, 1 Jun to 30 Sep, 二楼")),
        ("union_id", 7, ("工会 7", "union 7")),
        ("name", "", fact_words.NOTHING), ("services", [], fact_words.NOTHING),
        ("hours", None, fact_words.NOTHING),
    ],
)  # fmt: skip
def test_values_are_said_in_both_languages(
    column: str, given: Any, expected: tuple[str, str]
) -> None:
    assert fact_words.value(column, given) == expected


def test_a_column_that_nobody_named_is_shown_at_the_end() -> None:
    facts = dict.fromkeys(FACT_NAMES) | {"new_column": "value", "revision": 3}
    groups = fact_words.groups(facts, zone=UTC)
    lines = [line.field for group in groups for line in group.lines]
    assert groups[-1].title[1] == "Further"
    assert [line.field for line in groups[-1].lines] == ["new_column"]
    assert "revision" not in lines
    # the owner stands in the heading
    assert set(FACT_NAMES) - set(lines) == {"union_id"}


def test_differences_name_unions_and_leave_out_what_stayed() -> None:
    unions = {1: ("北区", "North"), 2: ("南区", "")}
    (said,) = fact_words.changed([Difference("union_id", "", "", 1, 2)], unions)
    assert (said.old, said.new) == (("北区", "North"), ("南区", "南区"))
    changes = [FieldChange("name", "甲", "乙", "甲"), FieldChange("address", "a", "a", "b")]
    assert [one.field for one in fact_words.meanwhile(changes, unions)] == ["name"]
