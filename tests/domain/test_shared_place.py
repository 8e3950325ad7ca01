"""Places as people paste them, and the datum that their source tells."""

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import baidu_metres
from app.domain.errors import InvalidInput
from app.domain.shared_place import read_shared
from geo.datum import from_wgs84, to_wgs84

LON, LAT = 106.577, 29.557
WIDE_COMMA, WIDE_COLON, WIDE_SEMICOLON, STOP = "\uff0c", "\uff1a", "\uff1b", "\u3002"
WIDE_DIGITS = "".join(chr(ord(sign) - ord("0") + 0xFF10) if sign.isdigit() else sign
                      for sign in "106.577")  # fmt: skip
LEFT, RIGHT = "\u3010", "\u3011"

WRITTEN = [
    "106.577,29.557",
    "29.557, 106.577",
    "106.577 29.557",
    f"106.577{WIDE_COMMA}29.557",
    f"{WIDE_DIGITS}{WIDE_COMMA}29.557{STOP}",
    f"我在{WIDE_COLON}106.5770{WIDE_SEMICOLON}29.5570",
    "106.577、29.557",
    "(106.577;29.557)",
    "[106.577, 29.557]",
    "经度:106.577 纬度:29.557",
    f"纬度{WIDE_COLON}29.557{WIDE_COMMA}经度{WIDE_COLON}106.577",
    "东经106.577°,北纬29.557°",
    "北纬29.557°、东经106.577°",
    "E106.577 N29.557",
    "N 29.557 E 106.577",
    "29.557N,106.577E",
    '{"lng":106.577,"lat":29.557}',
    "lat=29.557&lng=106.577",
    "latitude: 29.557 longitude: 106.577",
    "位置在较场口88号 106.5770,29.5570 附近",
    "106°34'37.2\"E 29°33'25.2\"N",
    "29°33′25.2″N 106°34′37.2″E",
    "29º33’25.2”N, 106º34’37.2”E",
    "东经106度34分37.2秒,北纬29度33分25.2秒",
    "106°34'37.2'',29°33'25.2''",
    "29 33 25.2 N, 106 34 37.2 E",
    "N29°33.42' E106°34.62'",
]

LINKS = [
    ("https://uri.amap.com/marker?position=106.577,29.557&name=%E8%BE%83", "amap", "gcj02"),
    ("https://uri.amap.com/marker?position=106.577,29.557&coordinate=wgs84", "amap", "wgs84"),
    ("https://uri.amap.com/navigation?from=&to=106.577,29.557,较场口&mode=walk", "amap", "gcj02"),
    ("https://wb.amap.com/?p=B0FFABC,29.557,106.577,较场口,民权路28号", "amap", "gcj02"),
    ("https://www.amap.com/?q=29.557,106.577,较场口", "amap", "gcj02"),
    ("https://ditu.amap.com/regeo?lng=106.577&lat=29.557", "amap", "gcj02"),
    ("androidamap://viewMap?poiname=x&lat=29.557&lon=106.577&dev=0", "amap", "gcj02"),
    ("iosamap://viewMap?poiname=x&lat=29.557&lon=106.577&dev=1", "amap", "wgs84"),
    (
        f"{LEFT}较场口{RIGHT}渝中区民权路28号 https://uri.amap.com/marker?position=106.577,29.557"
        f"{WIDE_COMMA}点击查看",
        "amap",
        "gcj02",
    ),
    (
        "https://apis.map.qq.com/uri/v1/marker?marker=coord:29.557,106.577;title:x;addr:y",
        "tencent",
        "gcj02",
    ),
    ("https://map.qq.com/?pointx=106.577&pointy=29.557&name=x", "tencent", "gcj02"),
    ("https://apis.map.qq.com/uri/v1/routeplan?tocoord=29.557,106.577&to=x", "tencent", "gcj02"),
    ("https://apis.map.qq.com/uri/v1/geocoder?coord=29.557,106.577&coord_type=1", "tencent",
     "wgs84"),
    ("https://api.map.baidu.com/marker?location=29.557,106.577&title=x", "baidu", "bd09"),
    ("https://api.map.baidu.com/marker?location=29.557,106.577&coord_type=gcj02", "baidu",
     "gcj02"),
    ("baidumap://map/marker?location=29.557,106.577&coord_type=wgs84", "baidu", "wgs84"),
    ("https://maps.apple.com/?ll=29.557,106.577&q=x", "apple", None),
    ("https://maps.apple.com/place?coordinate=29.557,106.577&name=x", "apple", None),
    (
        "https://www.google.com/maps/place/X/@29.5,106.5,17z/data=!3m1!4b1!8m2!3d29.557!4d106.577",
        "google",
        "gcj02",
    ),
    ("https://www.google.com.hk/maps/@29.557,106.577,17z", "google", "gcj02"),
    ("https://maps.google.com/?q=29.557,106.577", "google", "gcj02"),
    ("https://www.google.com/maps/search/29.557,+106.577", "google", "gcj02"),
    (
        "https://www.google.com/maps/place/29%C2%B033'25.2%22N+106%C2%B034'37.2%22E/@29.5,106.5",
        "google",
        "gcj02",
    ),
    ("https://www.openstreetmap.org/?mlat=29.557&mlon=106.577#map=17/1/1", "osm", "wgs84"),
    ("https://www.openstreetmap.org/#map=17/29.557/106.577", "osm", "wgs84"),
    ("geo:29.557,106.577;u=35", "geo", "wgs84"),
    ("geo:0,0?q=29.557,106.577(较场口)", "geo", "wgs84"),
    ("https://example.org/view?lat=29.557&lon=106.577", "link", None),
]  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_coordinates_are_read_however_they_are_written_and_their_datum_is_asked(text: str) -> None:
    found = read_shared(text)
    assert (found.longitude, found.latitude) == pytest.approx((LON, LAT), abs=1e-9)
    assert (found.datum, found.source) == (None, "text")


@pytest.mark.parametrize(("text", "source", "datum"), LINKS)
def test_a_link_tells_its_place_and_by_its_source_the_datum(
    text: str, source: str, datum: str | None
) -> None:
    found = read_shared(text)
    assert (found.longitude, found.latitude) == pytest.approx((LON, LAT), abs=1e-9)
    assert (found.source, found.datum) == (source, datum)


def test_apples_degrees_are_asked_for_with_the_likely_answer_first() -> None:
    assert read_shared("https://maps.apple.com/?ll=29.557,106.577").likely == "gcj02"


@pytest.mark.parametrize(
    "link",
    [
        "https://map.baidu.com/@{x},{y},17z",
        "https://map.baidu.com/poi/%E8%BE%83%E5%9C%BA%E5%8F%A3/@{x},{y},19z?uid=abc",
        "https://map.baidu.com/search/x?c={x},{y}",
        "https://api.map.baidu.com/marker?location={y},{x}&coord_type=bd09mc",
        "map.baidu.com/@{x},{y},17z",
    ],
)
def test_the_metres_in_links_of_baidus_map_become_its_degrees(link: str) -> None:
    x, y = baidu_metres.from_degrees(106.5886, 29.5636)
    found = read_shared(link.format(x=round(x, 2), y=round(y, 2)))
    assert (found.longitude, found.latitude) == pytest.approx((106.5886, 29.5636), abs=2e-7)
    assert found.datum == "bd09"


def test_those_metres_are_what_the_map_publishes_at_the_edges_of_its_bands() -> None:
    for latitude, metres in ((15, 1678043.12), (30, 3481989.83), (45, 5591021.0), (60, 8362377.87)):
        assert baidu_metres.from_degrees(0, latitude)[1] == pytest.approx(metres, abs=0.01)


@pytest.mark.parametrize(
    "text",
    [
        f"{LEFT}较场口{RIGHT}重庆市渝中区民权路28号 https://surl.amap.com/abc12",
        "https://j.map.baidu.com/a3/xyz",
        "https://j.map.qq.com/abc",
        "https://maps.app.goo.gl/abc",
        "https://maps.apple/p/abc",
    ],
)
def test_a_short_link_is_said_to_need_the_internet(text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        read_shared(text)
    assert "短链接" in raised.value.errors[0].zh
    assert "short link" in raised.value.errors[0].message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "没有找到坐标"),
        ("较场口 88号 3楼", "没有找到坐标"),
        ("https://www.amap.com/place/B0FFF", "链接里没有坐标"),
        ("https://[broken", "链接里没有坐标"),
        ("11864094.5,3428573.2", "投影坐标"),
        ("45,30", "分不清"),
        ("200.123,29.557", "超出范围"),
        ("106°74'37\",29°33'2\"", "小于 60"),
        ("0.0001,0.0001", "分不清"),
        ("经度 29.557 纬度 106.577", "超出范围"),
        ("x" * 5000, "太长"),
    ],
)
def test_what_is_no_place_is_refused_in_words_that_help(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        read_shared(text)
    assert words in raised.value.errors[0].zh
    assert raised.value.errors[0].field == "shared"


# well within the outline of what is shifted: at its edge two places may have one shifted place
PLACES = st.tuples(st.floats(100.0, 117.5), st.floats(25.0, 39.0))


@given(PLACES)
def test_a_place_comes_back_within_two_metres_through_every_map(place: tuple[float, float]) -> None:
    gcj, bd = from_wgs84(*place, datum="gcj02"), from_wgs84(*place, datum="bd09")
    x, y = baidu_metres.from_degrees(*bd)
    for text in (
        f"https://uri.amap.com/marker?position={gcj[0]:.6f},{gcj[1]:.6f}",
        f"https://apis.map.qq.com/uri/v1/marker?marker=coord:{gcj[1]:.6f},{gcj[0]:.6f};title:x",
        f"https://www.google.com/maps/@{gcj[1]:.7f},{gcj[0]:.7f},17z",
        f"https://api.map.baidu.com/marker?location={bd[1]:.6f},{bd[0]:.6f}",
        f"https://map.baidu.com/@{x:.2f},{y:.2f},19z",
        f"geo:{place[1]:.6f},{place[0]:.6f}",
    ):
        found = read_shared(text)
        back = to_wgs84(found.longitude, found.latitude, datum=found.datum or "")
        assert _metres(place, back) < 2, text


@given(PLACES)
def test_degrees_minutes_and_seconds_come_back_within_two_metres(
    place: tuple[float, float],
) -> None:
    east, north = (_sexagesimal(value) for value in place)
    for text in (
        f"{east[0]}°{east[1]}'{east[2]:.2f}\"E {north[0]}°{north[1]}'{north[2]:.2f}\"N",
        f"北纬{north[0]}度{north[1]}分{north[2]:.2f}秒东经{east[0]}度{east[1]}分{east[2]:.2f}秒",
    ):
        found = read_shared(text)
        assert _metres(place, (found.longitude, found.latitude)) < 2, text


@given(st.text(max_size=300))
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    with suppress(InvalidInput):
        found = read_shared(text)
        assert abs(found.longitude) <= 180
        assert abs(found.latitude) <= 90


def _sexagesimal(value: float) -> tuple[int, int, float]:
    hundredths = round(value * 360_000)
    minutes, seconds = divmod(hundredths, 6000)
    return minutes // 60, minutes % 60, seconds / 100


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = (one[0] - other[0]) * 111_320 * math.cos(math.radians(one[1]))
    return math.hypot(east, (one[1] - other[1]) * 111_132)
