"""Hours said in words, and rows of a list beside what is known."""

import random

import pytest

from app.domain.alike import NEAR_METRES
from app.domain.hours_text import read_hours
from app.domain.hours_words import spoken
from app.domain.list_likeness import Known, Likenesses

UNSAID = ";节假日是否开放没有写明"


@pytest.mark.parametrize(
    ("rule", "zh"),
    [
        ("24/7", "全年全天 24 小时开放"),
        ("Mo-Fr 08:30-12:00,13:00-17:30", "周一至周五 08:30–12:00、13:00–17:30" + UNSAID),
        ("07:30-22:30", "每天 07:30–22:30" + UNSAID),
        ("Mo,We,Fr 09:00-12:00; Sa-Su off",
         "周一、周三、周五 09:00–12:00;周六至周日不开放" + UNSAID),
        ("Mo-Fr unknown; PH closed", "周一至周五开放,钟点没有写明;法定节假日不开放"),
        ("May 1-Sep 30 08:00-20:00; Oct 1-Apr 30 09:00-18:00",
         "5月1日至9月30日 08:00–20:00;10月1日至4月30日 09:00–18:00" + UNSAID),
        (None, "读不懂,仅保留原文,开放时间记为不明"),
    ],
)  # fmt: skip
def test_a_rule_is_said_as_a_person_reads_it(rule: str | None, zh: str) -> None:
    assert spoken(rule)[0] == zh


def test_what_was_written_comes_back_in_the_words_of_its_reading() -> None:
    assert spoken(read_hours("工作日9点到17点"))[0] == "周一至周五 09:00–17:00;法定节假日不开放"
    assert spoken(read_hours("工作日9点到17点"))[1] == (
        "Monday to Friday 09:00–17:00; public holidays: closed"
    )


def metres_east(metres: float) -> float:
    return 106.5 + metres / 96_600


def test_a_station_nearby_of_a_like_name_is_found_and_one_far_away_is_not() -> None:
    known = Likenesses([
        Known(1, "较场口工会驿站", "较场口1号", 106.5, 29.5),
        Known(2, "较场口工会驿站", "较场口1号", metres_east(5_000), 29.5),
    ])  # fmt: skip
    row = Known(-2, "较场口驿站", "较场口路口", metres_east(40), 29.5)
    assert [one.key for one in known.likely(row)] == [1]


def test_rows_without_a_place_are_compared_by_name_and_address() -> None:
    known = Likenesses([
        Known(1, "中国建设银行解放碑支行劳动者港湾", "民权路28号", 106.5, 29.5),
        Known(2, "观音桥步行街驿站", "观音桥1号"),
    ])  # fmt: skip
    assert [one.key for one in known.likely(Known(-2, "建行解放碑支行工会驿站", "民权路28号"))] == [
        1
    ]
    assert known.likely(Known(-3, "七星岗驿站", "七星岗2号")) == ()


def test_numbered_branches_without_a_place_are_not_one() -> None:
    known = Likenesses([Known(1, "滨江公园1号驿站", "滨江路")])
    assert known.likely(Known(-2, "滨江公园2号驿站", "滨江路")) == ()


def test_the_same_name_and_address_is_the_first_that_had_them() -> None:
    known = Likenesses([Known(7, "甲", "一路")])
    known.add(Known(-2, "甲", "一路"))
    assert known.same(Known(-3, "甲", "一路")) == 7
    assert known.same(Known(-3, "甲", "二路")) is None


def test_a_name_alone_is_the_same_on_one_spot_and_nowhere_else() -> None:
    known = Likenesses([Known(1, "工会驿站", "", 106.5, 29.5), Known(2, "爱心驿站", "")])
    assert known.same(Known(-2, "工会驿站", "", 106.5, 29.5)) == 1
    far = Known(-3, "工会驿站", "", metres_east(3_000), 29.5)
    assert (known.same(far), known.likely(far)) == (None, ())
    # where nothing tells them apart somebody has to decide
    for row in (Known(-4, "工会驿站", ""), Known(-5, "爱心驿站", "", 106.5, 29.5)):
        assert known.same(row) is None
        assert known.likely(row)[0].name == 1.0
    assert known.likely(Known(-6, "工会驿站", "一路")) != ()


def test_no_near_one_is_missed_wherever_the_lines_of_the_grid_run() -> None:
    chance = random.Random(5)
    for _ in range(300):
        longitude, latitude = chance.uniform(105.3, 110.2), chance.uniform(28.2, 32.2)
        known = Likenesses([Known(1, "较场口驿站", "x", longitude, latitude)])
        off = chance.uniform(-0.8, 0.8) * NEAR_METRES / 111_320
        side = chance.uniform(-0.5, 0.5) * NEAR_METRES / 111_320
        row = Known(-2, "较场口驿站", "y", longitude + side, latitude + off)
        assert [one.key for one in known.likely(row)] == [1]
