"""A list that is imported in a real browser: what is looked at before it is sent, and its map."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from app.store.cluster import Cluster
from app.web.sessions import COOKIE
from tests.e2e.browser import DESK, PHONE, Visit
from tests.e2e.server import Server, environment, free_port, serving, staff_session
from tests.service import towns
from tests.service.lists import csv_of
from tests.service.towns import at_block
from tests.store.people import settle

pytestmark = pytest.mark.browser
HEADER = ("名称", "地址", "区县", "经度", "纬度")


@dataclass(frozen=True, slots=True)
class Office:
    """A server, and the session of a clerk."""

    server: Server
    url: str

    def visit(self, browser: Browser, size: tuple[int, int]) -> Visit:
        visit = Visit(browser, self.server.address, size=size)
        visit.enter(staff_session(self.url, "north_clerk"))
        return visit


@pytest.fixture
def office(cluster: Cluster, tmp_path: Path) -> Iterator[Office]:
    with towns.opened(cluster, tmp_path) as town:
        settle(town.url)
        town.run("UPDATE user_account SET must_change = false")
        settings = environment(
            town.settings.var, database_url=town.url, port=free_port(), workers=1
        )
        log = tmp_path / "serve.log"
        with serving(settings, log=log) as server:
            yield Office(server, town.url)
        assert "Traceback" not in log.read_text("utf-8")


def listed() -> bytes:
    """Sixty rows: one in another district than it says, one that may be a station, one nowhere."""
    east, near = at_block(11.0, 4.0), at_block(7.2, 7.4)
    rows = [(f"驿站{n}", f"长江路{n}号", "西区", *at_block(1.0 + n / 12, 5.0)) for n in range(57)]
    return csv_of(
        HEADER, ("东边驿站", "东路1号", "西区", *east), ("解放碑站", "解放碑", "西区", *near),
        ("无处驿站", "某处", "", "", ""), *rows,
    )  # fmt: skip


def import_list(visit: Visit) -> None:
    """Bring the list and have its rows read."""
    page = visit.page
    visit.go("/manage/import")
    page.set_input_files("#file", {"name": "名单.csv", "mimeType": "text/csv", "buffer": listed()})
    page.click("form.panel .btn-primary")
    page.wait_for_url("**/columns")
    page.select_option("#datum", "wgs84")
    page.click("form .btn-primary")
    page.wait_for_url("**/rows", timeout=60_000)
    visit.rest()


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_rows_lie_on_a_map_and_a_point_leads_to_its_row(
    browser: Browser, office: Office, size: tuple[int, int]
) -> None:
    visit = office.visit(browser, size)
    page = visit.page
    import_list(visit)
    expect(page.locator("#points-map")).to_be_visible()
    key = " ".join(visit.texts("#points-key li"))
    assert "区县不符 1" in key
    assert "疑似重复 1" in key
    assert "没有发现问题 57" in key
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    # the filter that shows one row alone puts it in the middle of the map
    visit.go(f"{urlsplit(page.url).path}?show=duplicates")
    page.locator("#points-map").scroll_into_view_if_needed()
    page.locator("#points-map").hover()
    expect(page.locator(".leaflet-tooltip")).to_contain_text("第 3 行 解放碑站:疑似重复")
    page.locator("#points-map").click()
    assert page.url.endswith("#row-3")
    expect(page.locator("#row-3")).to_be_in_viewport()
    assert visit.close() == []


def of_size(path: Path, size: int) -> Path:
    """A file of so many bytes."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def test_a_file_that_would_not_be_taken_is_said_before_it_is_sent(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    visit = office.visit(browser, PHONE)
    page = visit.page
    visit.go("/manage/import")
    fault = page.locator("[data-file-fault]")
    page.set_input_files("#file", of_size(tmp_path / "大表.csv", 16 * 2**20))
    expect(fault).to_contain_text("“大表.csv”超过 15 MB")
    assert page.input_value("#file") == ""
    page.set_input_files("#file", of_size(tmp_path / "小表.csv", 100))
    expect(fault).to_have_count(0)

    with psycopg.connect(office.url, autocommit=True) as connection:
        found = connection.execute(
            "UPDATE station SET union_id = (SELECT id FROM union_body WHERE name = 'north')"
            " WHERE name = '解放碑站' RETURNING id"
        ).fetchone()
    assert found is not None
    visit.go(f"/manage/stations/{found[0]}/photos")
    page.set_input_files("#photo_files", of_size(tmp_path / "IMG_1.HEIC", 100))
    expect(fault).to_contain_text("兼容性最佳")
    three = [of_size(tmp_path / f"{n}.jpg", 14_000_000) for n in range(3)]
    page.set_input_files("#photo_files", three)
    expect(fault).to_contain_text("合计超过 40 MB")
    assert page.input_value("#photo_files") == ""
    assert visit.close() == []


def test_without_a_script_the_rows_stay_in_their_table(browser: Browser, office: Office) -> None:
    visit = office.visit(browser, PHONE)
    import_list(visit)
    address = visit.page.url
    visit.close()
    plain = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    try:
        token = staff_session(office.url, "north_clerk")
        plain.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        page = plain.new_page()
        page.goto(address)
        assert page.locator("#points-map").is_hidden()
        assert page.locator("tr[id^=row-]").count() == 50
    finally:
        plain.close()
