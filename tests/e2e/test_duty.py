"""What people on duty use, in a real browser: the call list on paper, a keeper's report."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from app.domain.actor import Actor
from app.domain.lifecycle import State
from app.service import keeper_links, keepers, notices
from app.service.keeper_links import Issued
from app.store.cluster import Cluster
from tests.e2e.browser import DESK, PHONE, Visit
from tests.e2e.server import Server, environment, free_port, serving, staff_session
from tests.service import towns
from tests.service.towns import Town
from tests.store.people import City, brought_to, one, settle

pytestmark = pytest.mark.browser
NAMES = "甲乙丙丁戊"


@dataclass(frozen=True, slots=True)
class Office:
    """A server, its city, and the card of the first keeper."""

    server: Server
    url: str
    card: Issued


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("duty")
    with towns.opened(cluster, folder) as town:
        city = settle(town.url)
        town.run("UPDATE user_account SET must_change = false")
        card = told(town, city)
        settings = environment(
            town.settings.var, database_url=town.url, port=free_port(), workers=1
        )
        log = folder / "serve.log"
        with serving(settings, log=log) as server:
            yield Office(server, town.url, card)
        assert "Traceback" not in log.read_text("utf-8")


def told(town: Town, city: City) -> Issued:
    """Five stations whose keepers are to be told something; the card of the first."""
    chief, vault, cards = Actor(city.people["chief"]), town.runtime.vault, []
    with town.runtime.connection() as connection:
        for number, name in enumerate(NAMES):
            station = brought_to(
                connection, city.unions["north"], State.ACTIVE, name=f"渝工港湾·{name}站",
                hours="Mo-Fr 09:00-18:00", services=("water", "seat"),
            )  # fmt: skip
            keeper = keepers.add(
                connection, vault, chief, station, name=f"演示{name}",
                phone=f"1390000081{number}", employer="演示银行", consented_on=date(2026, 1, 1),
            )  # fmt: skip
            cards.append(keeper_links.issue(connection, chief, keeper))
            with connection.transaction():
                notices.announce(
                    connection, event=f"due:{station}", kind="confirmation.due",
                    station_id=station, keepers=True,
                    says={"station": f"渝工港湾·{name}站", "until": "2026-12-01"},
                )  # fmt: skip
    return cards[0]


def test_the_call_list_is_a_sheet_of_paper(browser: Browser, office: Office) -> None:
    for size in (DESK, PHONE):
        visit = Visit(browser, office.server.address, size=size)
        visit.enter(staff_session(office.url, "north_clerk"))
        visit.go("/manage/notices")
        page = visit.page
        page.get_by_role("link", name="打印电话清单").click()
        page.wait_for_url("**/manage/notices/calls")
        page.get_by_role("button", name="显示姓名和电话").click()
        expect(page.get_by_text("13900000812")).to_be_visible()
        visit.rest()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.emulate_media(media="print")
        for hidden in ("#rail", "[data-print]", ".page-head a"):
            expect(page.locator(hidden).first).to_be_hidden()
        expect(page.locator(".tick")).to_have_count(len(NAMES))
        expect(page.locator("td.remark").first).to_be_visible()
        assert visit.close() == []


def test_a_keeper_sees_how_hours_are_read_before_they_are_sent(
    browser: Browser, office: Office
) -> None:
    visit = Visit(browser, office.server.address, size=PHONE)
    visit.go(f"/k/{office.card.token}")
    page = visit.page
    page.fill("input[name=pin]", office.card.pin)
    page.click("form button.main")
    visit.rest()
    page.locator("summary", has_text="有变化").click()
    page.fill("#change-hours", "看心情")
    expect(page.locator("#change-reading")).to_contain_text("还读不懂")
    page.fill("#change-hours", "每天早上8点到晚上8点")
    expect(page.locator("#change-reading")).to_contain_text("每天 08:00–20:00")
    page.get_by_label("取暖").check()
    page.get_by_label("歇脚").uncheck()
    page.select_option("#change-door", "scan")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="报告变化").click()
    page.wait_for_url("**/k?done=asked")
    visit.rest()
    expect(page.get_by_text("等待工会审核:")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with psycopg.connect(office.url) as connection:
        asked = one(connection, "SELECT changes FROM change_request WHERE state = 'open'")
    assert asked["hours"] == "08:00-20:00"
    assert asked["services"] == ["warmth", "water"]
    assert visit.close() == []
