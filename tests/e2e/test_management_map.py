"""The management map on a phone and on a desk, cut off from everything but our server."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import DESK, PHONE, Visit
from tests.e2e.conftest import Open
from tests.e2e.server import Server

pytestmark = pytest.mark.browser

Station = dict[str, Any]
Place = tuple[float, float]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])

# how many pixels of the drawn map have a colour of the style sheet, nearly
PIXELS = """(name) => {
  const probe = document.createElement('i');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const want = getComputedStyle(probe).color.match(/[0-9]+/g).map(Number);
  probe.remove();
  let count = 0;
  // a copy is read, so that the browser has nothing to say about the map's own canvases
  const copy = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  for (const canvas of document.querySelectorAll('.leaflet-pane canvas')) {
    if (!canvas.width) continue;
    Object.assign(copy.canvas, { width: canvas.width, height: canvas.height });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) {
      const same = want.every((value, part) => Math.abs(value - data[i + part]) < 6);
      if (same && data[i + 3] > 200) count += 1;
    }
  }
  return count;
}"""


def drawn(page: Page, colour: str) -> int:
    """Count the pixels that are drawn in a colour of the style sheet."""
    count: int = page.evaluate(PIXELS, colour)
    return count


def eventually(holds: Callable[[], bool], page: Page) -> None:
    """Wait until something holds, as long as a person would."""
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come to hold within 5 seconds")


def at(place: Place, layers: str, zoom: float = 17) -> str:
    """The address of a view of the map."""
    return f"/manage/map#{zoom}/{place[1]}/{place[0]}/{layers}"


def switch(opened: Visit, layer: str) -> None:
    """Use a layer's switch, unfolding the panel of a phone first."""
    if not opened.visible("#panel-body"):
        opened.page.click(".panel-toggle")
    opened.page.click(f"label[for=layer-{layer}]")
    opened.rest()


@SIZES
def test_the_first_view_draws_clusters_minutes_and_the_scope(
    visit: Open, size: tuple[int, int]
) -> None:
    opened = visit("/manage/map", size=size)
    assert len(opened.visible(".cluster-icon")) >= 3
    assert re.fullmatch(r"\d+\n+\d+%", opened.page.inner_text(".cluster-icon >> nth=0").strip())
    for colour in ("min-5", "min-10", "min-99", "map-water"):
        assert drawn(opened.page, colour) > 20, colour
    assert opened.page.locator(".leaflet-scope-pane path").count() >= 2


@SIZES
def test_a_marker_opens_a_popup_that_leads_to_the_record(
    visit: Open, stations: list[Station], size: tuple[int, int]
) -> None:
    station = next(one for one in stations if one["state"] == "active")
    opened = visit(at(station["place"], "s", zoom=19), size=size)
    opened.page.locator(f".station-icon[title='{station['name']}']").first.click()
    popup = opened.page.locator(".leaflet-popup")
    expect(popup).to_contain_text(station["name"])
    expect(popup).to_contain_text(station["code"])
    expect(popup).to_contain_text("在用")
    box = popup.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size[0]
    popup.get_by_role("link", name="打开记录").click()
    opened.page.wait_for_url(f"**{station['url']}")
    opened.rest()


def test_a_cluster_opens_into_what_it_holds(visit: Open, middle: Place) -> None:
    opened = visit(at(middle, "s", zoom=13), size=DESK)
    before = opened.page.locator(".cluster-icon").count()
    opened.page.locator(".cluster-icon").nth(before // 2).click()
    opened.page.wait_for_timeout(600)
    zoom = float(opened.page.url.split("#")[1].split("/")[0])
    assert zoom > 13


def test_every_layer_can_be_switched_off_and_on(visit: Open, server: Server, middle: Place) -> None:
    opened = visit(at(middle, "smo", zoom=15), size=DESK)
    page = opened.page
    signs = ".cluster-icon, .station-icon"
    assert page.locator(signs).count() > 0
    switch(opened, "stations")
    assert page.locator(signs).count() == 0

    assert drawn(page, "min-5") > 100
    switch(opened, "minutes")
    eventually(lambda: drawn(page, "min-5") == 0, page)

    assert page.locator(".leaflet-scope-pane path").count() > 0
    switch(opened, "scope")
    assert page.locator(".leaflet-scope-pane path").count() == 0

    switch(opened, "districts")
    districts = server.ask("/manage/map/districts.geojson")["features"]
    assert page.locator(".district-label").count() == len(districts) > 3
    assert all("%" in text for text in opened.texts(".district-label"))
    switch(opened, "districts")
    assert page.locator(".district-label").count() == 0

    switch(opened, "uncovered")
    page.wait_for_selector(".leaflet-heatmap-layer")
    expect(page.locator("#uncovered-layer")).to_contain_text("居民")
    assert page.url.endswith("/u")


def test_uncovered_people_are_painted_as_heat(visit: Open, server: Server) -> None:
    points = server.ask("/manage/map/uncovered.json")["points"]
    lat, lon, _ = max(points, key=lambda point: point[2])
    opened = visit(at((lon, lat), "u", zoom=14), size=DESK)
    # the layer is drawn in its own time
    opened.until(
        "(() => { const canvas = document.querySelector('.leaflet-heatmap-layer');"
        " const size = [canvas.width, canvas.height];"
        " const { data } = canvas.getContext('2d').getImageData(0, 0, ...size);"
        " return data.filter((value, i) => i % 4 === 3 && value > 60).length > 500; })()"
    )


def test_the_legend_names_bands_and_states_in_both_languages(visit: Open) -> None:
    opened = visit("/manage/map", size=DESK)
    panel = opened.page.inner_text("#panel")
    for words in ("0–5 分钟", "5–10 分钟", "10–15 分钟", "15 分钟以上或走不到", "0–5 min"):
        assert words in panel
    for words in ("在用", "Active", "暂停开放", "Suspended", "列入的主要街道"):
        assert words in panel
    for band in ("min-5", "min-10", "min-15", "min-99"):
        assert opened.visible(f".swatch.{band}")


def test_the_other_language_comes_first_everywhere_when_asked_for(visit: Open) -> None:
    opened = visit("/manage/map", size=DESK)
    opened.page.click("#language")
    assert "management map" in opened.page.inner_text("h1")
    assert not CHINESE.search(opened.page.inner_text("h1"))
    assert not CHINESE.search(opened.page.inner_text(".demo-label"))
    sizes = opened.page.evaluate(
        "() => ['en', 'zh'].map((lang) => parseFloat(getComputedStyle("
        "document.querySelector(`.panel-toggle [lang=${lang}]`)).fontSize))"
    )
    assert sizes[0] > sizes[1]


def test_states_can_be_hidden_one_by_one(visit: Open, stations: list[Station]) -> None:
    station = next(one for one in stations if one["state"] == "suspended")
    opened = visit(at(station["place"], "s", zoom=19), size=DESK)
    marker = opened.page.locator(f".station-icon[title='{station['name']}']")
    expect(marker).to_have_count(1)
    button = opened.page.locator(".states button", has_text="暂停开放")
    button.click()
    expect(marker).to_have_count(0)
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(marker).to_have_count(1)


def test_the_legend_counts_every_record_of_a_state(visit: Open, server: Server) -> None:
    opened = visit("/manage/map", size=DESK)
    rows = opened.texts(".states button")
    counted = {row.split("\n")[1].strip(): int(row.split()[-1]) for row in rows}
    placed = server.ask("/manage/map/stations.geojson")["features"]
    active = sum(one["properties"]["state"] == "active" for one in placed)
    assert counted["在用"] == active


def test_the_address_brings_back_the_view_and_its_layers(visit: Open, middle: Place) -> None:
    opened = visit(at(middle, "sd", zoom=14), size=DESK)
    opened.page.reload()
    opened.rest()
    assert opened.page.url.endswith(at(middle, "sd", zoom=14).split("#")[1])
    ticked = opened.page.locator("#panel input:checked")
    assert [box.get_attribute("id") for box in ticked.all()] == [
        "layer-stations",
        "layer-districts",
    ]


def test_the_panel_of_a_phone_is_folded_and_opens_at_a_touch(visit: Open) -> None:
    opened = visit("/manage/map", size=PHONE, touch=True)
    assert not opened.visible("#panel-body")
    toggle = opened.page.locator(".panel-toggle")
    expect(toggle).to_have_attribute("aria-expanded", "false")
    toggle.tap()
    expect(opened.page.locator("#panel-body")).to_be_visible()
    small = {
        (found.inner_text(), round(box["height"]))
        for found in opened.visible("header a, header button, #panel label, .panel-toggle")
        if (box := found.bounding_box()) and box["height"] < 47.5
    }
    assert not small


def test_a_layer_that_cannot_be_had_says_so_and_comes_at_the_next_try(visit: Open) -> None:
    opened = visit("/manage/map", size=DESK)
    opened.page.context.set_offline(True)
    opened.page.click("label[for=layer-districts]")
    expect(opened.page.locator(".panel-notice")).to_contain_text("区县覆盖率")
    opened.page.context.set_offline(False)
    opened.trouble.clear()
    switch(opened, "districts")
    switch(opened, "districts")
    expect(opened.page.locator(".panel-notice")).to_be_hidden()
    assert opened.page.locator(".district-label").count() > 3


def test_dark_wishes_are_followed_at_once(visit: Open, middle: Place) -> None:
    opened = visit(at(middle, "m", zoom=15), size=DESK)
    light = opened.page.evaluate("getComputedStyle(document.body).color")
    opened.page.emulate_media(color_scheme="dark")
    opened.rest()
    assert opened.page.evaluate("getComputedStyle(document.body).color") != light
    eventually(lambda: drawn(opened.page, "min-5") > 100, opened.page)


def test_the_layers_are_for_who_is_logged_in_wherever_they_come_from(server: Server) -> None:
    assert server.ask("/manage/map/scope.geojson")["type"] == "FeatureCollection"
    nobody = replace(server, staff="")
    for headers in ({}, {"X-Forwarded-For": "127.0.0.1"}):
        assert nobody.ask("/manage/map/scope.geojson", headers=headers)["status"] == 401
