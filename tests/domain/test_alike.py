"""When two records may be one station, and what an address names."""

import pytest

from app.domain.address_words import district_named, read_address
from app.domain.alike import Likeness, bare_address, bare_name, numbers_of, score
from app.domain.difference import FACT_NAMES
from app.domain.merging import GROUP_NAMES, GROUPS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("较场口建设银行渝工港湾", "劳动者港湾(较场口建设支行)"),
        ("重庆市渝中区较场口工会驿站", "较场口户外劳动者爱心驿站"),
        ("渝工港湾·大坪加油站", "大坪"),
    ],
)
def test_brand_host_and_district_tell_no_station_from_another(one: str, other: str) -> None:
    assert bare_name(one) == bare_name(other)


def test_a_name_that_is_brand_alone_stays() -> None:
    assert bare_name("劳动者港湾") == "劳动者港湾"


def test_a_supermarket_is_no_city() -> None:
    assert bare_name("永辉超市解放碑驿站") == "永辉超市解放碑"


def test_an_address_begins_at_its_street_and_keeps_its_numbers_apart() -> None:
    assert bare_address("重庆市渝中区民权路28号") == "民权路28号"
    assert bare_address("渝中区 民权路 14-7号") == bare_address("民权路14-7号")
    assert bare_address("民权路14-7号") != bare_address("民权路147号")
    assert bare_address("金兰小区3栋") == "金兰小区3栋"


def test_numbers_in_names_are_read_in_either_script() -> None:
    assert numbers_of("大坪一号站") == numbers_of("大坪1号站") == ("1",)
    assert numbers_of("大坪第二站") == ("2",)
    assert numbers_of("大坪站") == ()


def test_two_far_apart_are_two_whatever_they_are_called() -> None:
    assert score(Likeness(2000.0, 1.0, 1.0)) is None


def test_two_at_one_spot_are_looked_at_whatever_they_are_called() -> None:
    assert score(Likeness(3.0, 0.0, 0.0)) is not None


def test_the_nearer_and_the_more_alike_the_likelier() -> None:
    likely = [
        score(Likeness(80.0, 0.6, 0.0)),
        score(Likeness(20.0, 0.6, 0.0)),
        score(Likeness(20.0, 1.0, 0.0)),
        score(Likeness(20.0, 1.0, 1.0)),
    ]
    assert None not in likely
    assert likely == sorted(likely, key=lambda one: one or 0)


def test_numbered_stations_of_one_house_are_less_likely_one() -> None:
    alike = Likeness(30.0, 0.9, 1.0)
    apart = Likeness(30.0, 0.9, 1.0, numbered_apart=True)
    assert (score(apart) or 0) < (score(alike) or 0)


def test_without_a_place_name_and_address_both_have_to_be_alike() -> None:
    assert score(Likeness(None, 1.0, 0.0)) is None
    assert score(Likeness(None, 0.8, 0.8)) is not None


def test_one_number_is_enough_and_one_phone_is_not() -> None:
    assert score(Likeness(5000.0, 0.0, 0.0, same_number=True)) == 0.5
    assert score(Likeness(5000.0, 0.0, 0.0, same_phone=True)) is None
    assert score(Likeness(5000.0, 0.7, 0.0, same_phone=True)) is not None


def test_a_road_and_its_kilometre_mark_are_found_in_an_address() -> None:
    words = read_address("巩义市G353 K2112+400处")
    assert (words.road, words.kilometre) == ("G353", "K2112+400")
    assert "G353" in words.parts
    assert read_address("沿省道102线").road == "S102"
    assert read_address("国道353线 K12").kilometre == "K12"


def test_a_street_and_its_house_are_found_in_an_address() -> None:
    words = read_address("重庆市渝中区解放碑街道民权路28号附1号")
    assert (words.street, words.house) == ("民权路", 28)
    assert {"民权路", "解放碑"} <= set(words.parts)
    assert read_address("某处二楼").house is None


def test_parts_of_an_address_are_no_counts_and_the_longest_come_first() -> None:
    parts = read_address("民权路28号3楼").parts
    assert "28号" not in parts
    assert [len(part) for part in parts] == sorted((len(part) for part in parts), reverse=True)


def test_a_long_address_is_taken_apart_in_bounds() -> None:
    assert len(read_address("路" * 10_000).parts) < 2000


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("渝中区", "渝中区"),
        ("渝中", "渝中区"),
        ("重庆市渝中区民权路", "渝中区"),
        ("两江新区", "两江新区"),
        ("渝中区或南岸区", None),
        ("某处", None),
        ("", None),
    ],
)
def test_the_district_that_a_text_names_is_told(text: str, named: str | None) -> None:
    assert district_named(text, ["渝中区", "南岸区", "两江新区"]) == named


def test_a_merge_can_bring_every_fact_but_whose_record_it_is() -> None:
    assert {column for columns in GROUPS.values() for column in columns} == (
        set(FACT_NAMES) - {"union_id"}
    )
    assert set(GROUPS) == set(GROUP_NAMES)
