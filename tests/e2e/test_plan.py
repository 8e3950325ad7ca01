"""The planner's workbench as a planner uses it: on a desk and on a phone, by hand and by link."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from app.store.cluster import Cluster
from app.web.sessions import COOKIE
from tests.e2e.browser import DESK, PHONE, Visit
from tests.e2e.server import Server, staff_session
from tests.e2e.sweeping import seen, speaks

pytestmark = pytest.mark.browser

Open = Callable[..., Visit]
TABS = ("circle", "week", "gaps", "worth", "scenario", "siting", "curve", "report")
COUNT = "#tab-circle .headline .count b"
QUIET = "!document.querySelector('#answers[aria-busy], .tab[aria-busy]')"
SAVED = "北片补点"


def asked(page: Page) -> dict[str, str]:
    """What the address bar holds."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def settled(window: Visit) -> None:
    """Wait until the hand has rested and every answer is there."""
    window.page.wait_for_timeout(350)
    window.until(QUIET)
    window.rest()


def go_to(window: Visit, tab: str) -> None:
    """Open a tab of the answers."""
    window.page.click(f"#of-{tab}")
    settled(window)


def settings(window: Visit, size: tuple[int, int]) -> None:
    """Bring the settings into view, which stand behind a tab on a phone."""
    if size == PHONE:
        window.page.click("#of-controls")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_circle_is_set_up_and_opens_again_from_its_link(
    visit: Open, size: tuple[int, int]
) -> None:
    window = visit("/plan", size=size)
    settled(window)
    page = window.page
    first = page.inner_text(COUNT)
    settings(window, size)
    page.focus("#minutes")
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="厕所").click()
    page.get_by_role("button", name="某日某时").click()
    page.get_by_role("button", name="周五 22 时").click()
    page.get_by_role("button", name="两个", exact=True).click()
    page.locator(".set-shown .segments button").nth(1).click()
    settled(window)
    told = asked(page)
    assert (told["minutes"], told["services"], told["depth"]) == ("10", "toilet", "2")
    assert told["at"].endswith("T22:00")
    assert told["layers"].startswith("overlap")
    if size == PHONE:
        go_to(window, "circle")
    count, definition = page.inner_text(COUNT), page.inner_text("#tab-circle .definition")
    assert count != first
    assert "10 分钟" in definition
    assert "22:00" in definition
    again = visit(page.url.removeprefix(window.address), size=size)
    settled(again)
    assert again.page.inner_text(COUNT) == count
    assert asked(again.page) == told
    assert again.page.input_value("#minutes") == "10"


def test_a_step_is_taken_back_by_the_browsers_own_button(visit: Open) -> None:
    window = visit("/plan", size=DESK)
    settled(window)
    page = window.page
    first = page.inner_text(COUNT)
    page.get_by_role("button", name="某日某时").click()
    settled(window)
    assert page.inner_text(COUNT) != first
    go_to(window, "gaps")
    page.go_back()
    settled(window)
    expect(page.locator("#tab-circle")).to_be_visible()
    page.go_back()
    settled(window)
    assert page.inner_text(COUNT) == first
    assert "at" not in asked(page)


def test_what_goes_wrong_is_said_and_the_last_figures_stay(visit: Open) -> None:
    window = visit("/plan", size=DESK)
    settled(window)
    page = window.page
    before = page.inner_text(COUNT)
    window.expect(503)
    body = json.dumps({"title": "暂时不可用", "detail": "数据库没有响应。"})
    page.route("**/plan/figures", lambda route: route.fulfill(status=503, body=body))
    page.get_by_role("button", name="饮水").click()
    expect(page.locator("#fault .trouble")).to_contain_text("数据库没有响应")
    assert page.inner_text(COUNT) == before
    settled(window)
    page.unroute("**/plan/figures")
    page.click("#fault .trouble button")
    expect(page.locator("#fault")).to_be_hidden()
    settled(window)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_night_comes_first_and_a_cell_is_seen_on_the_map(
    visit: Open, size: tuple[int, int]
) -> None:
    window = visit("/plan?tab=week", size=size)
    settled(window)
    page = window.page
    assert page.locator("#tab-week h2").first.inner_text() == "夜里"
    assert page.locator(".heat-table td[data-index]").count() == 168
    page.locator("#tab-week [tabindex='0'][data-index]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    spoken = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert re.fullmatch(r"周五 13:00 \d+\.\d%", spoken)
    page.keyboard.press("Enter")
    settled(window)
    assert asked(page)["at"].endswith("T13:00")
    assert page.evaluate("document.activeElement.dataset.index") == "109"


def test_a_gap_is_read_and_its_mend_is_tried(visit: Open) -> None:
    window = visit("/plan?tab=gaps", size=DESK)
    settled(window)
    page = window.page
    page.locator(".gap-head").first.click()
    settled(window)
    assert page.locator(".gap .reason").count() >= 1
    assert page.locator(".number-pin.is-on").inner_text() == "1"
    page.locator(".gap .mend .small").first.click()
    settled(window)
    assert asked(page)["tab"] == "scenario"
    assert "#changes=" in page.url
    gained = page.inner_text("#tab-scenario .figure")
    assert int(re.sub(r"\D", "", gained)) > 0
    assert gained.startswith("+")


def test_a_station_is_dragged_in_saved_compared_and_reopened(
    visit: Open, server: Server, cluster: Cluster
) -> None:
    window = visit("/plan?tab=scenario", size=DESK)
    settled(window)
    page = window.page
    box = page.locator("#put-station").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(800, 500, steps=5)
    page.mouse.move(620, 470, steps=5)
    page.mouse.up()
    settled(window)
    assert page.locator(".plan-station.is-new").count() == 1
    before = page.locator("#tab-scenario .count").inner_text()
    mark = page.locator(".plan-station.is-new").bounding_box()
    assert mark is not None
    page.mouse.move(mark["x"] + 15, mark["y"] + 15)
    page.mouse.down()
    page.mouse.move(mark["x"] + 15, mark["y"] - 110, steps=6)
    page.mouse.up()
    settled(window)
    assert page.locator("#tab-scenario .count").inner_text() != before
    assert len(page.locator(".changes > li").all()) == 1
    page.fill("#scenario-name", SAVED)
    page.locator(".save button").first.click()
    expect(page.locator(".saved .name").first).to_contain_text(SAVED)
    settled(window)
    assert int(asked(page)["scenario"]) > 0
    assert "#" not in page.url
    moved = page.locator("#tab-scenario .count").inner_text()
    page.get_by_label(f"对比 {SAVED}").check()
    page.get_by_role("button", name="对比 1 个与现状").click()
    settled(window)
    assert page.locator(".compare thead th").all_inner_texts() == ["现状", SAVED]
    expect(page.locator(".split-frame")).to_be_visible()
    page.locator(".splitter").focus()
    page.keyboard.press("Home")
    cut = page.evaluate("document.querySelector('.leaflet-streets-pane').style.clipPath")
    assert cut.startswith("polygon(")
    page.get_by_role("button", name="结束对比").click()
    expect(page.locator(".split-frame")).to_have_count(0)
    again = visit(page.url.removeprefix(window.address), size=DESK)
    settled(again)
    assert again.page.locator(".plan-station.is-new").count() == 1
    assert again.page.locator("#tab-scenario .count").inner_text() == moved


def test_a_change_is_undone_by_button_and_by_key(visit: Open) -> None:
    window = visit("/plan?tab=scenario", size=DESK)
    settled(window)
    page = window.page
    for _ in range(2):
        page.click("#put-station")
        page.get_by_role("button", name="放在地图中间").click()
        settled(window)
    assert page.locator(".changes > li").count() == 2
    page.get_by_role("button", name="撤回一步").click()
    settled(window)
    assert page.locator(".changes > li").count() == 1
    page.locator("#tab-scenario").focus()
    page.keyboard.press("Control+z")
    settled(window)
    assert page.locator(".changes > li").count() == 0
    assert "#" not in page.url


def test_a_station_that_was_dropped_leaves_its_key_to_nobody(visit: Open) -> None:
    window = visit("/plan?tab=scenario", size=DESK)
    settled(window)
    page = window.page
    for number in (1, 2):
        page.click("#put-station")
        page.get_by_role("button", name="放在地图中间").click()
        settled(window)
        kept = json.loads(parse_qs(urlsplit(page.url).fragment)["changes"][0])
        assert [one["key"] for one in kept] == [f"n{number}"]
        if number == 1:
            page.locator(".changes > li .close").first.click()
            settled(window)


def test_a_long_scenario_is_turned_while_the_page_tells_how_far_it_is(
    visit: Open, cluster: Cluster, middle: tuple[float, float]
) -> None:
    many = [
        {"kind": "open", "key": f"n{number}", "name": f"长方案{number}", "lon": middle[0],
         "lat": middle[1], "services": ["toilet"], "hours": None}
        for number in range(51)
    ]  # fmt: skip
    with psycopg.connect(cluster.url("browsed"), autocommit=True) as connection:
        row = connection.execute(
            "INSERT INTO scenario (name, changes) VALUES ('长方案', %s) RETURNING id",
            (json.dumps(many),),
        ).fetchone()
        assert row is not None
        window = visit(f"/plan?tab=scenario&scenario={row[0]}", size=DESK)
        settled(window)
        page = window.page
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="写成登记草稿").click()
        told = page.locator(
            "#tab-scenario [role=status]", has_text="51 项已在登记册中,0 项没有转入"
        )
        expect(told).to_be_visible(timeout=60_000)
        connection.execute("UPDATE station SET state = 'discarded' WHERE name ~ '^长方案[0-9]'")
        connection.execute("UPDATE scenario SET deleted_at = now() WHERE id = %s", row)


def test_frozen_figures_get_todays_beside_them_as_they_come_into_view(
    visit: Open, server: Server, cluster: Cluster
) -> None:
    run = server.ask("/api/v1/coverage?minutes=13", headers={"Cookie": f"{COOKIE}={server.staff}"})
    with psycopg.connect(cluster.url("browsed"), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO frozen_figure (title, run) VALUES ('年报', %s)", (run["run"],)
        )
    window = visit("/plan/frozen", size=DESK)
    section = window.page.locator(".frozen").first
    expect(section).to_contain_text("输入和方法都没有变", timeout=30_000)
    assert "…" not in section.inner_text()


def test_a_list_is_pasted_and_what_cannot_be_read_is_said(
    visit: Open, middle: tuple[float, float]
) -> None:
    window = visit("/plan?tab=scenario", size=DESK)
    settled(window)
    page = window.page
    page.get_by_text("一次加一批").click()
    page.fill(
        "#list-text", f"甲,{middle[0]},{middle[1]}\n乙,{middle[0] + 0.01},{middle[1]}\n丙,,\n"
    )
    page.get_by_role("button", name="加进方案").click()
    settled(window)
    assert page.locator(".changes > li").count() == 2
    expect(page.locator("#tab-scenario .warning").first).to_contain_text("第 4 行")


def test_a_station_shows_its_own_circle(visit: Open, stations: list[dict[str, Any]]) -> None:
    window = visit("/plan?tab=worth", size=DESK)
    settled(window)
    page = window.page
    row = page.locator("#tab-worth tbody tr").first
    row.locator("button").click()
    settled(window)
    name = row.locator("button").inner_text()
    assert page.inner_text("#card h2") == name
    assert (
        page.locator("#card .facts dd").nth(1).inner_text() == row.locator("td").first.inner_text()
    )
    assert page.locator(".leaflet-reach-pane path").count() == 2
    assert int(asked(page)["station"]) in [one["id"] for one in stations]
    page.get_by_text("在方案里改动").click()
    page.get_by_role("button", name="撤销站点").click()
    settled(window)
    assert '"close"' in page.evaluate("decodeURIComponent(location.hash)")
    page.click("#card .close")
    expect(page.locator("#card")).to_be_hidden()
    assert "station" not in asked(page)


def test_an_area_is_drawn_and_becomes_the_scope(visit: Open) -> None:
    window = visit("/plan", size=DESK)
    settled(window)
    page = window.page
    page.click("#new-area")
    page.fill("#area-name", "试画的片区")
    page.get_by_role("button", name="画", exact=True).or_(
        page.get_by_role("button", name="开始画")
    ).click()
    for x, y in ((560, 360), (760, 360), (760, 560), (560, 560)):
        page.mouse.click(x, y)
        page.wait_for_timeout(300)
    page.get_by_role("button", name="画好了").click()
    assert page.input_value("#area-name") == "试画的片区"
    page.get_by_role("button", name="保存").click()
    settled(window)
    assert asked(page)["scope"]
    assert "试画的片区" in page.inner_text("#tab-circle .definition")
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("#drop-area")
    settled(window)
    assert "scope" not in asked(page)
    assert "试画的片区" not in page.inner_text("#controls")


def test_the_best_places_are_found_and_become_a_scenario(visit: Open) -> None:
    window = visit("/plan?tab=siting", size=DESK)
    settled(window)
    page = window.page
    page.fill("#siting-number", "3")
    page.get_by_label("任何路口").check()
    page.get_by_role("button", name="开始选址").click()
    expect(page.locator(".sites li")).to_have_count(3, timeout=60_000)
    settled(window)
    assert page.locator(".number-pin.is-new").count() == 3
    assert re.search(r"已证明最好|最多还能提高 \d+\.\d%", page.inner_text("#tab-siting .headline"))
    page.get_by_role("button", name="变成方案").click()
    settled(window)
    assert page.locator(".changes > li").count() == 3
    assert page.inner_text("#tab-scenario .figure").startswith("+")


def test_a_budget_asks_for_costs_and_a_quota_for_districts(visit: Open) -> None:
    window = visit("/plan?tab=siting", size=DESK)
    settled(window)
    page = window.page
    page.fill("#siting-number", "9")
    page.get_by_label("任何路口").check()
    page.locator(".siting summary", has_text="预算").click()
    costs = page.locator("#siting-costs input")
    assert costs.count() == 0
    page.fill("#siting-budget", "5")
    expect(page.get_by_label("路口", exact=True)).to_have_count(1)
    for cost in costs.all():
        cost.fill("2")
    expect(page.locator("details .quotas").last.locator("input").first).to_have_attribute(
        "name", re.compile(r"^\d{6}$")
    )
    page.locator("details .quotas").last.locator("input").first.fill("1")
    # what redraws the form leaves it open, with what was written
    page.get_by_role("button", name=re.compile("^药店")).click()
    expect(costs.first).to_have_value("2")
    page.get_by_label("药店", exact=True).fill("2")
    page.get_by_role("button", name="开始选址").click()
    expect(page.locator(".sites li")).to_have_count(2, timeout=60_000)
    go_to(window, "report")
    page.click("#make-report")
    page.wait_for_url("**/plan/reports/*")


def test_more_than_one_station_is_refused_before_the_button_is_pressed(visit: Open) -> None:
    window = visit("/plan?tab=siting&depth=2", size=PHONE)
    settled(window)
    page = window.page
    search = page.get_by_role("button", name="开始选址")
    expect(search).to_be_disabled()
    expect(page.locator(".siting .warning")).to_contain_text("选址只按走得到一个站点来算")
    page.get_by_role("button", name="改为一重").click()
    expect(search).to_be_enabled()
    assert "depth" not in asked(page)


def test_a_report_is_asked_for_and_taken_along(visit: Open) -> None:
    window = visit("/plan?tab=report&minutes=12", size=DESK)
    settled(window)
    page = window.page
    page.click("#make-report")
    page.wait_for_url("**/plan/reports/*")
    link = page.locator("a[href*='.docx']").first
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as waiting:
        link.click()
    assert waiting.value.suggested_filename.endswith(".docx")
    page.go_back()
    window.until("document.querySelector('#minutes')")
    assert asked(page)["minutes"] == "12"
    settled(window)


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def bench(
    request: pytest.FixtureRequest, browser: Browser, server: Server, cluster: Cluster,
    language: str,
) -> Iterator[Visit]:  # fmt: skip
    """A planner's window in one of the languages; nothing went wrong in it."""
    window = Visit(browser, server.address, size=request.param)
    window.enter(staff_session(cluster.url("browsed"), "demo-planner"))
    speaks(window, language)
    yield window
    assert window.close() == []


@pytest.fixture(scope="module")
def named(cluster: Cluster) -> list[str]:
    """Names that the map bears."""
    with psycopg.connect(cluster.url("browsed")) as connection:
        found = connection.execute("SELECT DISTINCT name FROM basemap_feature WHERE name <> ''")
        return [name for (name,) in found.fetchall()]


def test_every_tab_is_readable_fits_and_has_no_barrier(
    bench: Visit, language: str, written: list[str], named: list[str]
) -> None:
    written = [*written, *named, SAVED, "试画的片区"]
    wrong = {}
    for tab in TABS:
        bench.go(f"/plan?tab={tab}&at=2026-12-04T22:00&layers=streets,uncovered,districts,scopes")
        settled(bench)
        wrong[tab] = seen(bench.page, language, written)
    first = bench.page.locator("#of-controls")
    if first.is_visible():
        first.click()
        wrong["settings"] = seen(bench.page, language, written)
    assert {name: found for name, found in wrong.items() if found} == {}
