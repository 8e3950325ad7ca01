"""The one-file copy of the management map, opened from a disk with every request cut off."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import DESK, Visit
from tests.e2e.conftest import Open
from tests.e2e.server import Server
from tests.e2e.test_management_map import drawn

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(server: Server, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file as the map's own link hands it out."""
    from_server = Visit(browser, server.address, size=DESK)
    from_server.enter(server.staff)
    from_server.go("/manage/map")
    with from_server.page.expect_download() as handed_out:
        from_server.page.get_by_role("link", name="导出单文件").click()
    path = tmp_path_factory.mktemp("export") / handed_out.value.suggested_filename
    handed_out.value.save_as(path)
    assert from_server.close() == []
    return path


@pytest.fixture
def copy(browser: Browser, file: Path) -> Iterator[Visit]:
    """The file in a browser that lets nothing but the file itself through."""
    visit = Visit(browser, file.as_uri(), size=DESK)
    visit.go("")
    yield visit
    assert visit.close() == []


def test_the_copy_asks_nobody_for_anything(copy: Visit, file: Path) -> None:
    assert [request.url for request in copy.requests] == [file.as_uri()]


def test_the_copy_is_small_enough_for_an_e_mail(file: Path) -> None:
    assert 200_000 < file.stat().st_size < 10_000_000


def test_the_copy_draws_land_water_minutes_and_clusters(copy: Visit) -> None:
    for colour in ("map-water", "min-5", "min-10", "min-99"):
        assert drawn(copy.page, colour) > 20, colour
    assert len(copy.visible(".cluster-icon")) >= 3
    assert len(copy.visible(".place-name span")) >= 3


def test_the_copy_has_the_same_switches_and_legend(copy: Visit) -> None:
    assert "0–5 分钟" in copy.page.inner_text("#panel")
    copy.page.click("label[for=layer-minutes]")
    assert drawn(copy.page, "min-5") == 0
    copy.page.click("label[for=layer-districts]")
    assert copy.page.locator(".district-label").count() > 3
    copy.page.click("label[for=layer-uncovered]")
    expect(copy.page.locator(".leaflet-heatmap-layer")).to_be_visible()
    copy.page.click("#language")
    assert "management map" in copy.page.inner_text("h1")


def test_the_copy_says_that_the_city_is_made_up(copy: Visit) -> None:
    expect(copy.page.locator(".demo-label")).to_contain_text("虚构")


def test_a_popup_of_the_copy_shows_the_record_and_links_to_the_register(copy: Visit) -> None:
    copy.page.evaluate("() => { map_harbor.setZoom(18, { animate: false }); }")
    marker = copy.page.locator(".station-icon").first
    marker.dispatch_event("click")
    popup = copy.page.locator(".leaflet-popup")
    expect(popup).to_contain_text("编号")
    link = popup.get_by_role("link", name="打开记录").get_attribute("href") or ""
    assert link.startswith("http://127.0.0.1")
    assert "/manage/stations/" in link


def test_the_export_link_is_not_in_the_copy_itself(copy: Visit) -> None:
    assert copy.page.locator(".export").count() == 0


def test_the_copy_opens_on_a_phone(browser: Browser, file: Path) -> None:
    visit = Visit(browser, file.as_uri())
    visit.go("")
    assert drawn(visit.page, "min-5") > 20
    assert not visit.visible("#panel-body")
    assert visit.close() == []


def test_the_map_page_names_the_file_it_hands_out(visit: Open) -> None:
    opened = visit("/manage/map", size=DESK)
    assert opened.page.get_attribute(".export", "href") == "/manage/map/harbor-map.html"
