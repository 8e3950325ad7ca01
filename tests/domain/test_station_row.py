"""One row of a list: what it says, and what is wrong with it."""

import pytest

from app.domain.station import Door, HostKind
from app.domain.station_row import StationRow, place_problem, read_row, service_code


def read(**cells: str) -> StationRow:
    return read_row(7, {"name": "桥头驿站", **cells})


def messages(row: StationRow) -> dict[str, str]:
    return {error.field: error.message for error in row.errors}


def test_a_full_row_becomes_facts() -> None:
    row = read(
        longitude="106.5516",
        latitude="29.5630",
        address=" 民权路 1 号 ",
        services="饮水、WiFi,厕所",
        hours="周一至周五 9:00-17:00",
        door="扫码开门",
        host_name="某银行民权路支行",
        number="A-17; 0042",
    )
    assert not row.errors
    assert not row.warnings
    facts = row.facts
    assert facts is not None
    assert (facts.longitude, facts.latitude, facts.placed) == (106.5516, 29.563, True)
    assert facts.address == "民权路 1 号"
    assert facts.services == ("toilet", "water", "wifi")
    assert (facts.hours, facts.hours_text) == ("Mo-Fr 09:00-17:00", "周一至周五 9:00-17:00")
    assert (facts.door, facts.host_kind) == (Door.SCAN, HostKind.BANK)
    assert facts.earlier_numbers == ("A-17", "0042")


def test_a_row_with_an_address_alone_waits_for_a_place() -> None:
    row = read(address="G353 K2112+400")
    assert row.facts is not None
    assert not row.facts.placed


def test_a_row_without_a_name_is_refused() -> None:
    assert "needs a name" in messages(read_row(2, {"address": "民权路"}))["name"]


def test_a_name_that_is_too_long_is_refused_with_both_lengths() -> None:
    assert "201 characters; at most 200" in messages(read(name="站" * 201))["name"]


@pytest.mark.parametrize(
    ("longitude", "latitude", "field", "says"),
    [("106.5", "", "latitude", "give both, or neither"),
     ("", "29.5", "longitude", "give both, or neither"),
     ("east", "29.5", "longitude", "'east'; expected decimal degrees"),
     ("106.5", "nan", "latitude", "decimal degrees"),
     ("29.563", "106.5516", "latitude", "swapped"),
     ("39.5", "76.0", "latitude", "swapped"),
     ("206.5", "29.5", "longitude", "from -180 to 180"),
     ("106.5", "-95", "latitude", "swapped"),
     ("0", "0", "longitude", "no station's place")],
)  # fmt: skip
def test_a_wrong_place_is_refused(longitude: str, latitude: str, field: str, says: str) -> None:
    if latitude == "-95":
        longitude, says = "170", "from -90 to 90"
    row = read(longitude=longitude, latitude=latitude)
    assert row.facts is None
    assert says in messages(row)[field]


def test_full_width_digits_and_a_degree_sign_are_read() -> None:
    facts = read(longitude="１０６．５５", latitude="29.56°").facts
    assert facts is not None
    assert (facts.longitude, facts.latitude) == (106.55, 29.56)


@pytest.mark.parametrize("pair", ["106.5516,29.5630", "106.5516， 29.5630", "(106.5516 29.5630)"])
def test_a_pair_in_one_cell_is_read(pair: str) -> None:
    facts = read(place=pair).facts
    assert facts is not None
    assert (facts.longitude, facts.latitude) == (106.5516, 29.563)


def test_a_pair_that_is_none_or_is_exchanged_is_refused() -> None:
    assert "not a pair" in messages(read(place="near the bridge please"))["place"]
    assert "swapped" in messages(read(place="29.5630,106.5516"))["latitude"]


def test_outside_china_the_expected_area_tells_an_exchanged_pair() -> None:
    bounds = (-51.3, -30.3, -51.0, -29.9)
    assert place_problem(-30.03, -51.2) is None
    assert place_problem(-30.03, -51.2, bounds=bounds) is not None
    assert place_problem(-51.2, -30.03, bounds=bounds) is None


def test_an_unknown_service_is_an_error_among_codes_and_a_warning_in_free_text() -> None:
    coded = read_row(2, {"name": "站", "services": "water,sauna"}, coded_services=True)
    assert coded.facts is None
    assert "'sauna' is not known; known are toilet, water" in messages(coded)["services"]
    free = read(services="饮水、桑拿")
    assert free.facts is not None
    assert free.facts.services == ("water",)
    assert "桑拿" in free.warnings[0].message


def test_a_service_name_of_two_words_is_one_service() -> None:
    facts = read(services="Drinking water, wifi 厕所").facts
    assert facts is not None
    assert facts.services == ("toilet", "water", "wifi")
    assert service_code("急可如厕") == "toilet"


def test_a_column_for_each_service_takes_yes_and_no() -> None:
    flags = {"toilet": "是", "water": "√", "wifi": "否", "seat": "", "aed": "0"}
    row = read_row(2, {"name": "站"}, flags=flags)
    assert row.facts is not None
    assert row.facts.services == ("toilet", "water")
    wrong = read_row(2, {"name": "站"}, flags={"water": "maybe"})
    assert "expected yes or no" in messages(wrong)["water"]


def test_hours_that_cannot_be_read_stay_as_text() -> None:
    row = read(hours="看门卫心情")
    assert row.facts is not None
    assert (row.facts.hours, row.facts.hours_text) == (None, "看门卫心情")
    assert row.warnings[0].field == "hours"


def test_a_phone_number_in_a_public_text_is_pointed_out() -> None:
    row = read(address="民权路1号 13800001234")
    assert row.facts is not None
    assert "phone number" in row.warnings[0].message


def test_control_characters_are_dropped() -> None:
    facts = read(name="桥头\u200b驿站\x07").facts
    assert facts is not None
    assert facts.name == "桥头驿站"


def test_an_unknown_door_or_host_is_left_out_with_a_warning() -> None:
    row = read(door="magic", host_kind="castle")
    assert row.facts is not None
    assert (row.facts.door, row.facts.host_kind) == (None, None)
    assert [warning.field for warning in row.warnings] == ["door", "host_kind"]
