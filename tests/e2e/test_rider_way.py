"""From the list to the door: the way drawn, map apps in their own datum, e-bikes, the night."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from geo.datum import from_wgs84
from geo.plane import straight_metres
from tests.e2e.browser import Visit
from tests.e2e.conftest import Open
from tests.e2e.server import Server

pytestmark = pytest.mark.browser

SMALL = (360, 640)
CARDS = "#list .card:not(.skeleton)"
Place = tuple[float, float]


def metres_apart(one: Place, other: Place) -> float:
    return float(np.ravel(straight_metres(*one, *other))[0])


@pytest.fixture
def opened(visit: Open, middle: Place) -> Visit:
    """The list in the middle of the city, and the third station of it opened."""
    made = visit("/", place=(middle[0] + 0.002, middle[1]), size=SMALL)
    made.page.locator(f"{CARDS} h2 a").nth(2).click()
    expect(made.page.locator("#detail")).to_be_visible()
    made.rest()
    return made


def test_two_taps_lead_from_the_list_to_a_map_app(opened: Visit) -> None:
    assert len(opened.visible("#detail .app")) == 4
    assert all(
        link.get_attribute("href", timeout=1000).startswith("https://")  # type: ignore[union-attr]
        for link in opened.visible("#detail .app")
    )


def test_the_way_is_drawn_with_what_it_is_made_of(
    opened: Visit, server: Server, middle: Place
) -> None:
    code = opened.page.url.rpartition("#s=")[2]
    route = server.ask(
        "/api/v1/route", {"lon": middle[0] + 0.002, "lat": middle[1], "to": code, "mode": "walk"}
    )
    drawn = opened.page.locator("#detail-map path.route").count()
    assert drawn == sum(len(part["coordinates"]) > 1 for part in route["parts"])
    words = opened.page.inner_text(".way-words")
    assert ("上坡" in words) == (route["climb_metres"] >= 3)
    assert ("台阶" in words or "梯坎" in words) == (
        route["steps"] > 0 or route["stairs_metres"] >= 1
    )
    assert opened.page.inner_text("#detail-minutes").isdecimal()


def _handed_over(opened: Visit, app: str) -> tuple[str, dict[str, list[str]]]:
    href = opened.page.locator(f"[data-app={app}]").get_attribute("href") or ""
    return urlsplit(href).netloc, parse_qs(urlsplit(href).query)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_each_map_app_gets_the_station_in_its_own_datum(
    opened: Visit, server: Server, datum: str
) -> None:
    code = opened.page.url.rpartition("#s=")[2]
    feature = server.ask(f"/api/v1/stations/{code}?datum={datum}")
    known = tuple(feature["geometry"]["coordinates"])
    found: dict[str, Place] = {}
    if datum == "bd09":
        host, asked = _handed_over(opened, "baidu")
        assert host == "api.map.baidu.com"
        assert asked["coord_type"] == ["bd09ll"]
        lat, lon = asked["location"][0].split(",")
        found["baidu"] = float(lon), float(lat)
    else:
        host, asked = _handed_over(opened, "amap")
        assert host == "uri.amap.com"
        lon, lat, name = asked["to"][0].split(",")
        assert name == feature["properties"]["name"]
        found["amap"] = float(lon), float(lat)
        host, asked = _handed_over(opened, "tencent")
        assert host == "apis.map.qq.com"
        lat, lon = asked["tocoord"][0].split(",")
        found["tencent"] = float(lon), float(lat)
        host, asked = _handed_over(opened, "apple")
        assert host == "maps.apple.com"
        lat, lon = asked["daddr"][0].split(",")
        found["apple"] = float(lon), float(lat)
    for app, place in found.items():
        assert metres_apart(place, (known[0], known[1])) < 2, app


def test_a_place_in_chongqing_reaches_baidu_within_two_metres(visit: Open) -> None:
    # the city of the demo lies where Chinese datums are shifted, and so does this square
    square = (106.577, 29.557)
    given = from_wgs84(*square, datum="gcj02")
    opened = visit("/")
    lon, lat = opened.page.evaluate(
        "async (place) => (await import(document.querySelector('script[type=module]').src"
        ".replace('rider.js', 'handover.js'))).baidu(place)",
        [float(given[0]), float(given[1])],
    )
    wanted = from_wgs84(*square, datum="bd09")
    assert metres_apart((lon, lat), (float(wanted[0]), float(wanted[1]))) < 2


def test_back_closes_the_station_and_the_list_is_as_it_was(opened: Visit) -> None:
    opened.page.go_back()
    expect(opened.page.locator("#detail")).to_be_hidden()
    assert len(opened.visible(CARDS)) >= 1
    opened.page.go_forward()
    expect(opened.page.locator("#detail")).to_be_visible()


def test_escape_closes_it_too(opened: Visit) -> None:
    opened.page.keyboard.press("Escape")
    expect(opened.page.locator("#detail")).to_be_hidden()
    # the browser goes one step back, in its own time
    opened.until("!location.hash.includes('s=')")


def test_an_address_with_a_station_opens_it_wherever_it_is(
    visit: Open, stations: list[dict[str, Any]], middle: Place
) -> None:
    far = max(
        (one for one in stations if one["state"] == "active"),
        key=lambda one: metres_apart(one["place"], middle),
    )
    made = visit(f"/#s={far['code']}", place=middle, size=SMALL)
    expect(made.page.locator("#detail-title")).to_have_text(far["name"])


def test_an_e_bike_is_another_list_in_strict_order(
    visit: Open, server: Server, middle: Place
) -> None:
    made = visit("/", place=middle, size=SMALL)
    made.page.get_by_role("button", name="电动车").click()
    made.rest()
    answer = server.ask(
        "/api/v1/nearest",
        {"lon": middle[0], "lat": middle[1], "k": 5, "open": "arrival", "mode": "ebike"},
    )["stations"]
    shown = [card.get_attribute("data-code") for card in made.page.locator(CARDS).all()]
    assert shown == [one["code"] for one in answer]
    made.page.reload()
    made.rest()
    pressed = made.page.get_by_role("button", name="电动车")
    expect(pressed).to_have_attribute("aria-pressed", "true")


def test_open_at_night_leaves_what_is_open_at_eleven(
    visit: Open, server: Server, middle: Place
) -> None:
    made = visit("/", place=middle, size=SMALL)
    made.page.get_by_role("button", name="夜间开门").click()
    made.rest()
    answer = server.ask(
        "/api/v1/nearest", {"lon": middle[0], "lat": middle[1], "k": 5, "open": "night"}
    )["stations"]
    shown = [card.get_attribute("data-code") for card in made.page.locator(CARDS).all()]
    assert shown == [one["code"] for one in answer]
    for station in answer:
        hours = server.ask(f"/api/v1/stations/{station['code']}")["properties"]["hours"]
        assert hours is None or hours == "24/7" or re.search(r"-(2[3-9]|0\d|24):", hours), hours


def test_what_no_station_near_has_says_so(visit: Open, server: Server, middle: Place) -> None:
    every = server.ask("/api/v1/stations?limit=1000")["features"]
    offered = [set(one["properties"]["services"]) for one in every]
    wanted = sorted(set().union(*offered))
    # everything that is offered somewhere, and nowhere together
    assert not any(set(wanted) <= one for one in offered)
    made = visit("/", place=middle, size=SMALL)
    made.page.evaluate("needs => localStorage.setItem('harbor.needs', needs)", json.dumps(wanted))
    made.page.reload()
    made.rest()
    assert "全市都没有登记" in made.page.inner_text("#list")


def test_the_list_follows_a_rider_who_moves(visit: Open, middle: Place) -> None:
    made = visit("/", place=middle, size=SMALL)
    before = [card.get_attribute("data-code") for card in made.page.locator(CARDS).all()]
    made.page.wait_for_timeout(5_200)
    made.page.context.set_geolocation(
        {"longitude": middle[0] + 0.006, "latitude": middle[1] + 0.004, "accuracy": 10}
    )
    listed = ",".join(map(str, before))
    made.until(
        "(() => { const now = [...document.querySelectorAll('#list [data-code]')]"
        f".map(card => card.dataset.code); return now.length && String(now) !== '{listed}'; }})()"
    )
    assert made.page.inner_text("#where-name") == "我的位置"


def test_a_phone_that_finds_itself_where_it_was_does_not_ask_twice(
    visit: Open, middle: Place
) -> None:
    made = visit("/", place=middle, size=SMALL)
    made.page.context.new_cdp_session(made.page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 1_500, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    asked: list[str] = []
    made.page.on("request", lambda sent: asked.append(sent.url))
    made.page.reload()
    # found while the question of the last place is still on its way
    expect(made.page.locator("#where-name")).to_have_text("我的位置")
    assert made.page.get_attribute("#list", "aria-busy") == "true"
    made.rest()
    assert made.visible(CARDS)
    assert len([url for url in asked if url.endswith("/api/v1/nearest")]) == 1


def test_a_vague_position_widens_the_list_and_says_so(visit: Open, middle: Place) -> None:
    made = visit("/", place=middle, size=SMALL)
    made.page.context.set_geolocation(
        {"longitude": middle[0], "latitude": middle[1], "accuracy": 900}
    )
    made.page.reload()
    expect(made.page.locator("#notice")).to_contain_text("定位误差约 900 m")
    made.rest()
    assert len(made.visible(CARDS)) > 5


def test_a_clock_that_is_hours_wrong_does_not_change_what_is_said(
    visit: Open, middle: Place
) -> None:
    made = visit("/", place=middle, size=SMALL)
    said = made.texts(f"{CARDS} .state")
    made.page.add_init_script("const real = Date.now; Date.now = () => real() - 7 * 3600e3;")
    made.page.reload()
    made.rest()
    assert made.texts(f"{CARDS} .state") == said
    skew = made.page.evaluate("JSON.parse(localStorage.getItem('harbor.clock'))")
    assert abs(skew - 7 * 3600e3) < 60e3
