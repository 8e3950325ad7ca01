"""Datums: there, back, and not in Hong Kong."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, shape

from geo.datum import (
    Datum,
    from_wgs84,
    geometry_from_wgs84,
    geometry_to_wgs84,
    in_gcj02_area,
    parse_datum,
    swapped,
    to_wgs84,
)
from geo.errors import InvalidValue, UnknownDatum

CHONGQING = (106.5516, 29.5630)


def metres(first: tuple[float, float], second: tuple[float, float]) -> float:
    east = (first[0] - second[0]) * 111_320 * np.cos(np.radians(first[1]))
    return float(np.hypot(east, (first[1] - second[1]) * 110_900))


def test_published_pairs_of_coordinates_agree_to_a_centimetre() -> None:
    gcj02 = from_wgs84(116.404, 39.915, datum=Datum.GCJ02)
    assert gcj02 == pytest.approx((116.4102445, 39.9164043), abs=1e-7)
    bd09 = from_wgs84(116.404, 39.915, datum=Datum.BD09)
    assert bd09 == pytest.approx((116.4166272, 39.9226996), abs=1e-7)


def test_gcj02_moves_chongqing_by_some_five_hundred_metres() -> None:
    moved = from_wgs84(*CHONGQING, datum="gcj02")
    assert 350 < metres(moved, CHONGQING) < 650
    assert 700 < metres(from_wgs84(*CHONGQING, datum="bd09"), CHONGQING) < 1_600


@pytest.mark.parametrize("datum", list(Datum))
# well within the outline: at its edge two places may have one shifted place
@given(longitude=st.floats(100, 117.5), latitude=st.floats(25, 39))
@settings(max_examples=200)
def test_there_and_back_is_within_a_tenth_of_a_millimetre(
    datum: Datum, longitude: float, latitude: float
) -> None:
    there = from_wgs84(longitude, latitude, datum=datum)
    assert to_wgs84(*there, datum=datum) == pytest.approx((longitude, latitude), abs=1e-9)


@pytest.mark.parametrize("datum", list(Datum))
@given(longitude=st.floats(-179, 60), latitude=st.floats(-89, 89))
def test_a_place_abroad_is_not_moved(datum: Datum, longitude: float, latitude: float) -> None:
    assert from_wgs84(longitude, latitude, datum=datum) == (longitude, latitude)
    assert to_wgs84(longitude, latitude, datum=datum) == (longitude, latitude)


@pytest.mark.parametrize(
    "place",
    [(114.158, 22.281), (113.914, 22.309), (114.128, 22.501), (113.5401, 22.1937),
     (113.561, 22.148), (121.565, 25.033), (119.57, 23.57)],
    ids=["Central", "Chek Lap Kok", "Sheung Shui", "Senado Square", "Cotai", "Taipei", "Penghu"],
)  # fmt: skip
def test_hong_kong_macau_and_taiwan_are_not_moved(place: tuple[float, float]) -> None:
    assert from_wgs84(*place, datum="gcj02") == place
    assert to_wgs84(*place, datum="gcj02") == place


@pytest.mark.parametrize(
    "place",
    [(114.057, 22.543), (113.912, 22.485), (114.27, 22.59), (113.5487, 22.2205),
     (113.535, 22.135), (118.09, 24.48), (109.5, 18.25), (75.99, 39.47), (134.3, 48.3)],
    ids=["Shenzhen", "Shekou", "Yantian", "Gongbei", "Hengqin", "Xiamen", "Sanya", "Kashgar",
         "Fuyuan"],
)  # fmt: skip
def test_the_neighbours_in_the_mainland_are_moved(place: tuple[float, float]) -> None:
    moved = from_wgs84(*place, datum="gcj02")
    assert 50 < metres(moved, place) < 1_100
    assert to_wgs84(*moved, datum="gcj02") == pytest.approx(place, abs=1e-9)


def test_arrays_are_converted_as_their_members_are_and_left_as_they_were() -> None:
    longitude = np.array([106.55, 114.158, -51.2, 116.4])
    latitude = np.array([29.56, 22.281, -30.0, 39.9])
    before = longitude.copy()
    east, north = from_wgs84(longitude, latitude, datum="bd09")
    for index in range(4):
        alone = from_wgs84(float(longitude[index]), float(latitude[index]), datum="bd09")
        assert (east[index], north[index]) == alone
    assert np.array_equal(longitude, before)
    assert np.array_equal(from_wgs84(longitude, latitude, datum="wgs84")[0], longitude)


def test_empty_arrays_stay_empty() -> None:
    east, north = to_wgs84(np.array([]), np.array([]), datum="gcj02")
    assert east.shape == north.shape == (0,)


def test_cgcs2000_is_wgs84() -> None:
    assert to_wgs84(*CHONGQING, datum="cgcs2000") == CHONGQING


@pytest.mark.parametrize(
    ("text", "datum"),
    [("GCJ-02", "gcj02"), ("gcj02", "gcj02"), ("火星坐标", "gcj02"), ("BD-09", "bd09"),
     ("bd09ll", "bd09"), ("百度坐标", "bd09"), ("EPSG:4490", "cgcs2000"), ("CGCS2000", "cgcs2000"),
     ("EPSG:4326", "wgs84"), ("WGS 84", "wgs84")],
)  # fmt: skip
def test_a_datum_is_known_by_its_usual_names(text: str, datum: str) -> None:
    assert parse_datum(text) is Datum(datum)


@pytest.mark.parametrize("text", ["", "mars", "epsg:3857", "xian80"])
def test_an_unknown_datum_is_refused_and_the_four_are_named(text: str) -> None:
    with pytest.raises(UnknownDatum, match="wgs84, cgcs2000, gcj02, bd09"):
        parse_datum(text)


@pytest.mark.parametrize(
    ("longitude", "latitude", "name"),
    [(np.nan, 29, "longitude"), (106, np.inf, "latitude"), (181, 29, "longitude"),
     (106, -91, "latitude")],
)  # fmt: skip
def test_what_is_no_place_is_refused(longitude: float, latitude: float, name: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        to_wgs84(longitude, latitude, datum="wgs84")
    assert caught.value.name == name


def test_one_bad_place_among_many_is_named() -> None:
    with pytest.raises(InvalidValue, match=r"200\.0"):
        from_wgs84([106.5, 200.0], [29.5, 29.5], datum="gcj02")


def test_text_is_no_degrees() -> None:
    with pytest.raises(InvalidValue, match="degrees as a number"):
        to_wgs84("east", 29.0, datum="wgs84")


def test_exchanged_coordinates_are_told_from_right_ones() -> None:
    assert swapped(*CHONGQING) is None
    assert "swap them: longitude 106.55" in str(swapped(29.563, 106.55))
    # both orders are possible degrees here, and only one of them lies in China
    assert "only the other way round" in str(swapped(39.5, 76.0))
    assert swapped(-51.2, -30.0) is None
    assert "expected area" in str(swapped(-30.0, -51.2, bounds=(-52, -31, -50, -29)))
    with pytest.raises(InvalidValue, match="swap them"):
        to_wgs84(29.563, 106.55, datum="gcj02")


def test_a_geometry_is_converted_vertex_by_vertex_and_keeps_its_heights() -> None:
    square = Polygon([(106.5, 29.5), (106.6, 29.5), (106.6, 29.6), (106.5, 29.6)])
    moved = geometry_from_wgs84(square, datum="gcj02")
    assert moved.exterior.coords[1] == from_wgs84(106.6, 29.5, datum="gcj02")
    assert shapely.equals_exact(geometry_to_wgs84(moved, datum="gcj02"), square, tolerance=1e-9)
    line = geometry_to_wgs84(LineString([(106.5, 29.5, 240), (106.6, 29.5, 310)]), datum="gcj02")
    assert [height for _, _, height in line.coords] == [240, 310]
    assert geometry_to_wgs84(Point(), datum="gcj02").is_empty


def test_the_moved_area_holds_the_mainland_and_not_its_neighbours() -> None:
    longitude = np.array([91.1, 122.5, 106.9, 105.85, 127.0, 114.158])
    latitude = np.array([29.65, 53.4, 47.9, 21.03, 37.5, 22.281])
    expected = [True, True, False, False, False, False]
    assert in_gcj02_area(longitude, latitude).tolist() == expected


def test_known_points_fall_into_their_districts(test_data: Path) -> None:
    document = json.loads((test_data / "chongqing/districts_gcj02.geojson").read_text("utf-8"))
    areas = {
        item["properties"]["name"]: geometry_to_wgs84(
            shapely.make_valid(shape(item["geometry"])), datum="gcj02"
        )
        for item in document["features"]
    }
    # Jiefangbei, Guanyinqiao and Ciqikou, in WGS-84
    known = {"渝中区": (106.5731, 29.5595), "江北区": (106.5283, 29.5757),
             "沙坪坝区": (106.4455, 29.5806)}  # fmt: skip
    for name, place in known.items():
        inside = [district for district, area in areas.items() if area.contains(Point(place))]
        assert inside == [name]
