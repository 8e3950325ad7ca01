"""The rider's page on a phone, in a real browser."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from app.domain.search_words import reading
from tests.e2e.browser import DESK, Visit
from tests.e2e.conftest import Open
from tests.e2e.server import Server

pytestmark = pytest.mark.browser

Place = tuple[float, float]
CARDS = "#list .card:not(.skeleton)"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _codes(visit: Visit) -> list[str]:
    """The numbers of the listed stations, once the list is at rest."""
    expect(visit.page.locator("#list")).to_have_attribute("aria-busy", "false")
    cards = visit.page.locator(CARDS).all()
    return [card.get_attribute("data-code") or "" for card in cards]


@pytest.fixture
def ask(server: Server) -> Callable[..., list[dict[str, Any]]]:
    """Ask the API what the page asks it."""

    def asked(place: Place, **more: object) -> list[dict[str, Any]]:
        question = {"lon": place[0], "lat": place[1], "k": 5, "open": "arrival", **more}
        found: list[dict[str, Any]] = server.ask("/api/v1/nearest", question)["stations"]
        return found

    return asked


def test_the_list_stands_in_order_of_walking_minutes_as_the_api_answers(
    visit: Open, middle: Place, ask: Callable[..., list[dict[str, Any]]]
) -> None:
    opened = visit("/", place=middle)
    answer = ask(middle)
    assert len(answer) == 5
    assert _codes(opened) == [station["code"] for station in answer]
    seconds = [station["walk_seconds"] for station in answer]
    assert seconds == sorted(seconds)
    shown = [int(text) for text in opened.texts(f"{CARDS} .minutes b")]
    assert shown == [max(1, math.ceil(value / 60 - 1e-6)) for value in seconds]
    assert opened.texts(f"{CARDS} h2") == [station["name"] for station in answer]


def test_more_stations_are_added_below_those_already_shown(visit: Open, middle: Place) -> None:
    opened = visit("/", place=middle)
    before = _codes(opened)
    opened.page.get_by_role("button", name="再看 5 个").click()
    opened.rest()
    after = _codes(opened)
    assert len(after) == 10
    assert after[:5] == before


def test_a_need_leaves_only_stations_that_have_it(
    visit: Open, middle: Place, ask: Callable[..., list[dict[str, Any]]]
) -> None:
    plain = ask(middle)
    names = {"hot_meal": "热饭", "first_aid": "药箱", "charging": "充电", "warmth": "取暖"}
    need = next(code for code in names if any(code not in s["services"] for s in plain))
    opened = visit("/", place=middle)
    before = _codes(opened)
    chip = opened.page.get_by_role("button", name=names[need], exact=True)
    chip.click()
    opened.rest()
    expect(opened.page.get_by_role("button", name=names[need])).to_have_attribute(
        "aria-pressed", "true"
    )
    after = _codes(opened)
    assert after == [station["code"] for station in ask(middle, services=[need])]
    assert after != before
    assert opened.texts(f"{CARDS} .has .wanted") == [names[need]] * len(after)


def test_closed_stations_come_into_the_list_when_asked_for(
    visit: Open, middle: Place, ask: Callable[..., list[dict[str, Any]]]
) -> None:
    opened = visit("/", place=middle)
    opened.page.get_by_role("button", name="到时开门").click()
    opened.rest()
    assert _codes(opened) == [station["code"] for station in ask(middle, open="any")]


def test_the_other_language_replaces_every_word_and_stays(visit: Open, middle: Place) -> None:
    opened = visit("/", place=middle)
    assert CHINESE.search(opened.page.inner_text("main"))
    opened.page.click("#language")
    expect(opened.page.locator("html")).to_have_attribute("lang", "en")
    for part in ("h1", "#needs", "#list", "#go", ".demo-label", "#where", "#modes", "#map-toggle"):
        words = opened.page.inner_text(part)
        assert words.strip()
        assert not CHINESE.search(words), part
    opened.page.reload()
    opened.rest()
    assert opened.page.inner_text("h1") == "Yugong Harbor"
    assert "min" in opened.page.inner_text(f"{CARDS} >> nth=0")


def test_the_phone_s_position_stays_out_of_every_address(visit: Open, middle: Place) -> None:
    opened = visit("/", place=middle)
    assert opened.page.inner_text("#where-name") == "我的位置"
    asked = [request for request in opened.requests if request.url.endswith("/api/v1/nearest")]
    assert [request.method for request in asked] == ["POST"]
    digits = f"{middle[0]:.2f}"
    assert not [request.url for request in opened.requests if digits in request.url]
    assert digits not in opened.page.url


def test_a_tap_beside_a_sheet_closes_it(visit: Open, middle: Place) -> None:
    opened = visit("/", place=middle)
    opened.page.click("#where")
    sheet = opened.page.locator("#sheet")
    expect(sheet).to_be_visible()
    opened.page.click("#sheet-title")
    expect(sheet).to_be_visible()
    opened.page.mouse.click(180, 8)
    expect(sheet).to_be_hidden()


def test_a_refused_position_is_explained_once_and_other_ways_are_offered(visit: Open) -> None:
    opened = visit("/")
    notices = opened.visible("text=浏览器没有允许定位")
    assert len(notices) == 1
    assert "搜地名" in opened.page.inner_text("#notice")
    for name in ("用手机定位", "搜地名", "在地图上点选"):
        expect(opened.page.locator("#list").get_by_role("button", name=name)).to_be_visible()
    assert not opened.visible("#go")
    opened.page.locator("#list").get_by_role("button", name="用手机定位").click()
    opened.page.wait_for_timeout(300)
    assert len(opened.visible("text=浏览器没有允许定位")) == 1


def test_a_place_found_by_its_name_becomes_the_origin(
    visit: Open,
    server: Server,
    stations: list[dict[str, Any]],
    ask: Callable[..., list[dict[str, Any]]],
) -> None:
    name = next(one["name"] for one in stations if one["state"] == "active")
    opened = visit("/")
    opened.page.click("#where")
    opened.page.fill("#query", name)
    opened.page.press("#query", "Enter")
    choice = opened.page.locator("#places button", has_text=name).first
    choice.click()
    opened.rest()
    assert opened.page.inner_text("#where-name") == name
    codes = _codes(opened)
    place = next(one["place"] for one in stations if one["name"] == name)
    assert codes == [station["code"] for station in ask(place)]
    assert not opened.visible("#sheet")
    assert not opened.visible("#notice")


def test_places_are_listed_as_pinyin_is_typed_and_the_last_letters_win(
    visit: Open, stations: list[dict[str, Any]]
) -> None:
    name = next(one["name"] for one in stations if one["state"] == "active")
    opened = visit("/")
    opened.page.click("#where")
    expect(opened.page.locator("#query")).to_be_focused()
    opened.page.locator("#query").press_sequentially(reading(name).splitlines()[0], delay=30)
    choice = opened.page.locator("#places button", has_text=name).first
    expect(choice).to_be_visible()
    asked = [one for one in opened.requests if "/api/v1/search" in one.url]
    assert len(asked) < len(name)
    expect(choice.locator("span")).to_have_text("站点")
    opened.page.fill("#query", "")
    expect(opened.page.locator("#places li")).to_have_count(0)
    opened.page.fill("#query", reading(name).splitlines()[-1])
    opened.page.locator("#places button", has_text=name).first.click()
    opened.rest()
    assert opened.page.inner_text("#where-name") == name


def test_a_name_nobody_knows_is_answered_with_what_to_do(visit: Open) -> None:
    opened = visit("/")
    opened.page.click("#where")
    opened.page.fill("#query", "没有这种地方")
    opened.page.press("#query", "Enter")
    expect(opened.page.locator("#places")).to_contain_text("没有叫“没有这种地方”的地方")


def test_a_tap_on_the_map_sets_the_place(visit: Open) -> None:
    opened = visit("/")
    opened.page.click("#map-toggle")
    opened.page.wait_for_selector("#map.is-picking")
    opened.page.locator("#map").click(position={"x": 190, "y": 150})
    expect(opened.page.locator("#where-name")).to_have_text("地图上选的地方")
    opened.rest()
    assert _codes(opened)
    assert "is-picking" not in (opened.page.get_attribute("#map", "class") or "")


def test_a_place_outside_the_city_is_explained(visit: Open, server: Server, middle: Place) -> None:
    far = (middle[0] + 1, middle[1])
    opened = visit("/", status=422, place=far)
    problem = server.ask("/api/v1/nearest", {"lon": far[0], "lat": far[1]})
    assert problem["type"] == "urn:harbor:problem:outside-network"
    words = opened.page.inner_text("#list")
    assert "这个地方找不了" in words
    assert "也许在江里,也许不在本市" in words
    assert not opened.visible("#go")


def test_a_server_that_is_lost_leaves_place_and_needs_as_they_were(
    visit: Open, middle: Place
) -> None:
    opened = visit("/", place=middle)
    before = _codes(opened)
    # a phone that kept nothing, as after the very first visit
    opened.until("localStorage.getItem('harbor.area') !== null")
    opened.page.evaluate("localStorage.removeItem('harbor.area')")
    opened.page.context.set_offline(True)
    opened.page.get_by_role("button", name="饮水", exact=True).click()
    expect(opened.page.locator("#list .message")).to_contain_text("没有连上服务器")
    assert opened.page.inner_text("#where-name") == "我的位置"
    assert opened.visible("text=再试一次")
    opened.page.context.set_offline(False)
    # a phone that has a signal again asks by itself
    expect(opened.page.locator(CARDS)).not_to_have_count(0)
    opened.rest()
    opened.trouble.clear()
    assert _codes(opened)
    assert before
    chip = opened.page.get_by_role("button", name="饮水")
    expect(chip).to_have_attribute("aria-pressed", "true")


def test_the_keyboard_reaches_every_main_action(visit: Open, middle: Place) -> None:
    opened = visit("/", place=middle)
    expect(opened.page.locator("#go")).to_be_visible()
    wanted = {"language", "where", "chip", "station", "go"}
    reached: list[str] = []
    for _ in range(60):
        opened.page.keyboard.press("Tab")
        reached.append(
            opened.page.evaluate(
                "() => { const at = document.activeElement;"
                " if (at.closest('.card')) return 'station';"
                " return at.id || (at.classList.contains('chip') ? 'chip' : at.tagName); }"
            )
        )
        if wanted <= set(reached):
            break
    assert wanted <= set(reached)
    opened.page.focus("#where")
    opened.page.keyboard.press("Enter")
    expect(opened.page.locator("#query")).to_be_focused()
    opened.page.keyboard.press("Escape")
    expect(opened.page.locator("#sheet")).to_be_hidden()


def test_everything_to_touch_on_a_phone_is_large_enough_for_a_thumb(
    visit: Open, middle: Place
) -> None:
    opened = visit("/", place=middle, touch=True)
    small = {
        (found.get_attribute("id") or found.inner_text(), round(box["height"]))
        for found in opened.visible("button, main a, #go")
        if (box := found.bounding_box()) and (box["height"] < 47.5 or box["width"] < 44)
    }
    assert not small


def test_a_chosen_card_and_its_pin_on_the_map_belong_together(visit: Open, middle: Place) -> None:
    opened = visit("/", place=middle, size=DESK)
    assert len(opened.visible(".pin")) == 5
    opened.page.locator(f"{CARDS} .way").nth(2).click()
    expect(opened.page.locator(".card.is-chosen")).to_have_count(1)
    expect(opened.page.locator(".pin.is-chosen")).to_have_count(1)
    minutes = opened.page.inner_text(".card.is-chosen .minutes b")
    assert minutes in opened.page.inner_text(".pin.is-chosen")


def test_nothing_sticks_out_at_the_side_of_any_screen(visit: Open, middle: Place) -> None:
    opened = visit("/", place=middle)
    for width in (320, 390, 768, 1440):
        opened.page.set_viewport_size({"width": width, "height": 844})
        opened.rest()
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_station_entered_by_its_address_leads_back_to_the_list(
    visit: Open, middle: Place, ask: Callable[..., list[dict[str, Any]]]
) -> None:
    station = ask(middle)[0]
    opened = visit(f"/#s={station['code']}", place=middle)
    expect(opened.page.locator("#detail-title")).to_have_text(station["name"])
    opened.page.locator("#detail .back").click()
    expect(opened.page.locator("#detail")).to_be_hidden()
    assert opened.page.url.endswith("/")
    opened.page.locator(f"{CARDS} .way").first.click()
    expect(opened.page.locator("#detail")).to_be_visible()
    opened.page.keyboard.press("Escape")
    expect(opened.page.locator("#detail")).to_be_hidden()
    assert _codes(opened)
    assert "#s=" not in opened.page.url


def test_a_report_that_a_full_phone_cannot_keep_is_not_said_to_be_kept(
    visit: Open, middle: Place
) -> None:
    opened = visit("/", place=middle)
    opened.page.locator(f"{CARDS} .way").first.click()
    opened.page.get_by_role("button", name="报告问题").click()
    opened.page.locator("#report-sheet .choice").first.click()
    opened.page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('full'); }; }"
    )
    opened.page.context.set_offline(True)
    opened.page.get_by_role("button", name="发送").click()
    expect(opened.page.locator("#report-sheet .fault")).to_contain_text("手机也存不下")
    opened.trouble.clear()
