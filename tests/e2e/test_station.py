"""A station's page, the target of its QR code, in a real browser."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from app.domain import number
from tests.e2e.conftest import Open
from tests.e2e.server import Server

pytestmark = pytest.mark.browser

Station = dict[str, Any]
DAYS = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]


def _in_state(stations: list[Station], state: str) -> Station:
    return next(one for one in stations if one["state"] == state)


def test_the_first_card_leads_to_the_page_of_its_station(
    visit: Open, server: Server, middle: tuple[float, float]
) -> None:
    opened = visit("/", place=middle)
    card = opened.page.locator("#list .card").first
    code = card.get_attribute("data-code") or ""
    name = server.ask(f"/api/v1/stations/{code}")["properties"]["name"]
    card.locator("h2 a").click()
    opened.page.wait_for_url(f"**/#s={code}")
    opened.page.get_by_role("link", name="站点页").click()
    opened.page.wait_for_url(f"**/s/{code}")
    opened.rest()
    assert opened.page.inner_text("h1 >> nth=1") == name
    assert number.display(code) in opened.page.inner_text(".number")


def test_the_page_says_the_state_the_door_and_the_hours_of_the_week(
    visit: Open, server: Server, stations: list[Station]
) -> None:
    features = server.ask("/api/v1/stations?limit=200")["features"]
    code = next(
        one["properties"]["code"]
        for one in features
        if one["properties"]["hours"] and one["properties"]["state"] == "active"
    )
    opened = visit(f"/s/{code}")
    state = opened.page.inner_text(".bigstate")
    assert re.search("开门中|已关门|情况不明", state)
    week = opened.texts(".week li")
    assert [line.split()[0] for line in week] == DAYS
    assert any(re.search(r"\d\d:\d\d-\d\d:\d\d|全天", line) for line in week)
    assert len(opened.visible(".week .today")) == 1
    assert opened.visible("text=怎么进")
    assert opened.visible("#map canvas")


def test_the_page_speaks_english_when_asked(visit: Open, stations: list[Station]) -> None:
    station = _in_state(stations, "active")
    opened = visit(f"/s/{station['code']}")
    opened.page.click("#language")
    assert opened.page.inner_text(".facts h1") == station["name_en"]
    assert re.search("Open|Closed|Not known", opened.page.inner_text(".bigstate"))
    assert opened.texts(".buttons .go") == ["Take me there"]


def test_a_suspended_station_says_so_and_is_closed(visit: Open, stations: list[Station]) -> None:
    opened = visit(f"/s/{_in_state(stations, 'suspended')['code']}")
    words = opened.page.inner_text(".bigstate")
    assert "已关门" in words
    assert "暂停开放" in words


def test_the_number_of_a_merged_station_leads_to_its_survivor(
    visit: Open, stations: list[Station]
) -> None:
    opened = visit(f"/s/{_in_state(stations, 'merged')['code']}")
    assert "此站已合并" in opened.page.inner_text(".gone")
    opened.page.click(".gone a")
    opened.rest()
    assert opened.visible(".bigstate")


def test_a_station_that_left_keeps_its_number_and_offers_others(
    visit: Open, stations: list[Station]
) -> None:
    opened = visit(f"/s/{_in_state(stations, 'exited')['code']}")
    assert "已退出" in opened.page.inner_text(".gone")
    assert not opened.visible(".bigstate")
    assert opened.texts(".buttons .go") == ["找附近的站点"]


def test_the_record_of_a_draft_is_a_page_of_staff_with_its_state(
    visit: Open, stations: list[Station]
) -> None:
    draft = _in_state(stations, "draft")
    opened = visit(str(draft["url"]))
    assert opened.page.inner_text("#record-name") == draft["name"]
    heading = opened.page.inner_text(".record-head")
    assert "尚无编号" in heading
    assert "草稿" in heading
    assert opened.visible(".move-buttons a")


def test_a_number_as_printed_on_the_plaque_finds_the_station(
    visit: Open, stations: list[Station]
) -> None:
    station = _in_state(stations, "active")
    opened = visit(f"/s/{number.display(str(station['code']))}")
    assert opened.page.inner_text(".facts h1") == station["name"]
    assert opened.page.url.endswith(f"/s/{station['code']}")


def test_a_mistyped_number_gets_a_page_that_says_what_to_do(
    visit: Open, stations: list[Station]
) -> None:
    code = str(_in_state(stations, "active")["code"])
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    opened = visit(f"/s/{wrong}", status=422)
    assert opened.texts(".status") == ["422"]
    assert "请对照牌子逐位核对" in opened.page.inner_text("main")
    opened.page.get_by_role("link", name="去找附近的站点").click()
    opened.page.wait_for_url("**/")
    opened.rest()


def test_a_number_nobody_has_gets_a_page_that_says_so_in_both_languages(visit: Open) -> None:
    opened = visit(f"/s/{number.make('990199', 99_999)}", status=404)
    assert "没有这个编号的站点" in opened.page.inner_text("main")
    opened.page.click("#language")
    assert "No station has this number" in opened.page.inner_text("main")


def test_take_me_there_opens_the_station_on_the_rider_s_page(
    visit: Open, stations: list[Station], middle: tuple[float, float]
) -> None:
    station = _in_state(stations, "active")
    opened = visit(f"/s/{station['code']}", place=middle)
    opened.page.get_by_role("link", name="带我去").click()
    opened.page.wait_for_url(f"**/#s={station['code']}")
    expect(opened.page.locator("#detail-title")).to_have_text(station["name"])
    expect(opened.page.locator("#detail .apps a").first).to_be_visible()


def test_who_scans_the_plaque_finds_the_check_in_first(
    visit: Open, stations: list[Station]
) -> None:
    code = _in_state(stations, "active")["code"]
    opened = visit(f"/s/{number.display(str(code))}?p=ABCD1234", size=(360, 640))
    assert opened.page.url.endswith(f"/s/{code}")
    for button in ("我进来了", "报告问题"):
        expect(opened.page.get_by_role("button", name=button)).to_be_in_viewport(ratio=1)
    expect(opened.page.locator("#map")).to_have_count(0)
    assert opened.page.locator("a[href='tel:12351']").count() == 1


PAGES = ["rider", "station", "mistyped", "map", "record"]


@pytest.fixture
def path_of(stations: list[Station]) -> dict[str, tuple[str, int | None]]:
    """Where each kind of page is, and the status it has if that is none of success."""
    station = _in_state(stations, "active")
    return {
        "rider": ("/", None),
        "station": (f"/s/{station['code']}", None),
        "mistyped": ("/s/123", 422),
        "map": ("/manage/map", None),
        "record": (station["url"], None),
    }


@pytest.mark.parametrize("kind", PAGES)
def test_every_page_says_that_the_city_is_made_up(
    visit: Open, path_of: dict[str, tuple[str, int | None]], kind: str
) -> None:
    path, status = path_of[kind]
    opened = visit(path, status=status)
    expect(opened.page.locator(".demo-label")).to_be_visible()
    assert "虚构" in opened.page.inner_text(".demo-label")


@pytest.mark.parametrize("kind", PAGES)
def test_every_page_is_held_to_scripts_of_our_own(
    server: Server, path_of: dict[str, tuple[str, int | None]], kind: str
) -> None:
    policy = dict(
        part.strip().split(" ", 1)
        for part in server.headers(path_of[kind][0])["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert re.fullmatch(r"'self' 'nonce-[\w-]{20,}'", policy["script-src"])
    assert "unsafe" not in " ".join(policy.values())


def test_a_script_slipped_into_a_page_does_not_run(visit: Open) -> None:
    opened = visit("/")
    opened.page.evaluate(
        "() => { const slipped = document.createElement('script');"
        " slipped.textContent = 'window.slipped = true'; document.body.append(slipped); }"
    )
    assert opened.page.evaluate("window.slipped") is None
    assert len(opened.trouble) == 1
    assert "Content Security Policy" in opened.trouble.pop()
