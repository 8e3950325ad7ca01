"""Placing drafts one after another, in a real browser, on a desk and on a phone."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, expect

from app.domain.lifecycle import State
from app.store.cluster import Cluster
from geo.datum import from_wgs84
from tests.e2e.browser import DESK, PHONE, Visit
from tests.e2e.server import Server, environment, free_port, serving
from tests.service import towns
from tests.service.towns import at_block
from tests.store.people import City, brought_to, rows, settle

pytestmark = pytest.mark.browser
OWN = "kites over jialing 41"
HERE = at_block(5.0, 5.0)


@dataclass(frozen=True, slots=True)
class Office:
    """A server with drafts that wait for a place."""

    server: Server
    city: City
    url: str

    def draft(self, name: str, address: str, **more: Any) -> int:
        facts = {"longitude": None, "latitude": None, **more}
        with psycopg.connect(self.url, autocommit=True) as connection:
            return brought_to(
                connection, self.city.unions["north"], State.DRAFT, name=name, address=address,
                **facts,
            )  # fmt: skip

    def place(self, station: int) -> tuple[Any, ...]:
        with psycopg.connect(self.url) as connection:
            return rows(
                connection,
                "SELECT ST_X(place), ST_Y(place), source_datum FROM station WHERE id = %s",
                station,
            )[0]


@pytest.fixture
def office(cluster: Cluster, tmp_path: Path) -> Iterator[Office]:
    with towns.opened(cluster, tmp_path) as town:
        city = settle(town.url)
        town.run(
            "UPDATE user_account SET must_change = false, password_hash = %s",
            PasswordHasher().hash(OWN),
        )
        town.run("UPDATE union_body SET code = '500103' WHERE name = 'north'")
        settings = environment(
            town.settings.var, database_url=town.url, port=free_port(), workers=1
        )
        log = tmp_path / "serve.log"
        with serving(settings, log=log) as server:
            yield Office(server, city, town.url)
        said = log.read_text("utf-8")
        assert "Traceback" not in said
        # where somebody is stands in no log
        assert f"{HERE[0]:.4f}" not in said


def at_desk(browser: Browser, office: Office, **options: Any) -> Visit:
    visit = Visit(browser, office.server.address, **options)
    visit.go("/login")
    visit.page.fill("#name", "north_clerk")
    visit.page.fill("#password", OWN)
    visit.page.click("form button.main")
    visit.rest()
    return visit


def test_two_drafts_in_a_row_are_placed_with_a_click_a_paste_and_the_keyboard(
    browser: Browser, office: Office
) -> None:
    first = office.draft("磁器口驿站", "西区磁器口正街18号")
    second = office.draft("民权路驿站", "西区民权路28号", area_name="西区")
    third = office.draft("第三站", "某处")
    visit = at_desk(browser, office, size=DESK)
    page = visit.page
    visit.go("/manage/placing")
    expect(page.locator("#address")).to_have_text("西区磁器口正街18号")
    assert "第 1 个,共 3 个" in page.inner_text("#counter")
    # the address names a place of the map
    page.click(".candidate >> text=磁器口")
    expect(page.locator("#chosen .mono")).to_be_visible()
    # another district than the address says: warned, and saved nevertheless
    expect(page.locator(".warning").first).to_contain_text("东区")
    page.click("#address")
    page.keyboard.press("Enter")
    expect(page.locator("#address")).to_have_text("西区民权路28号")
    assert office.place(first)[:2] == pytest.approx(at_block(13.0, 12.0), abs=1e-6)

    # the next one came up by itself: what a map app shares is pasted, and Enter saves
    gcj = from_wgs84(*HERE, datum="gcj02")
    page.fill("#shared", f"https://uri.amap.com/marker?position={gcj[0]:.6f},{gcj[1]:.6f}")
    page.keyboard.press("Enter")
    expect(page.locator("#chosen")).to_contain_text("高德地图")
    expect(page.locator(".place-pin")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#address")).to_have_text("某处")
    lon, lat, datum = office.place(second)
    assert (lon, lat) == pytest.approx(HERE, abs=3e-6)
    assert datum == "gcj02"

    # N goes on, around to the same one when it is the last
    page.click("#address")
    page.keyboard.press("n")
    visit.rest()
    assert page.get_attribute("#placing", "data-station") == str(third)
    assert "第 1 个,共 1 个" in page.inner_text("#counter")
    assert visit.close() == []


def test_on_a_phone_ones_own_position_is_a_place_and_nothing_is_too_wide(
    browser: Browser, office: Office
) -> None:
    draft = office.draft("路边站", "西区解放路" + "很长的地址" * 12)
    visit = at_desk(browser, office, size=PHONE, place=HERE, touch=True)
    page = visit.page
    visit.go("/manage/placing")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.click("#here")
    expect(page.locator("#chosen")).to_contain_text("误差约 10 米")
    page.tap("#save-button")
    expect(page.locator(".empty")).to_contain_text("都定好位了")
    assert office.place(draft)[:2] == pytest.approx(HERE, abs=1e-6)
    assert visit.close() == []
