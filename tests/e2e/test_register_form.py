"""Getting a station in, in a real browser: on a desk, on a phone, and with the keyboard alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Dialog, expect

from app.domain.lifecycle import State
from app.store.cluster import Cluster
from tests.e2e.browser import DESK, PHONE, Visit
from tests.e2e.server import Server, environment, free_port, serving
from tests.service import towns
from tests.service.towns import at_block
from tests.store.people import City, brought_to, one, rows, settle

pytestmark = pytest.mark.browser
OWN = "kites over jialing 41"
HERE = at_block(5.0, 5.0)


@dataclass(frozen=True, slots=True)
class Office:
    """A server with the people of a city, and their database."""

    server: Server
    city: City
    url: str
    log: Path

    def facts(self, name: str) -> dict[str, Any]:
        with psycopg.connect(self.url) as connection:
            found = one(connection, "SELECT to_jsonb(s) FROM station s WHERE name = %s", name)
        return dict(found or {})


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    with towns.opened(cluster, folder) as town:
        city = settle(town.url)
        town.run(
            "UPDATE user_account SET must_change = false, password_hash = %s",
            PasswordHasher().hash(OWN),
        )
        town.run("UPDATE union_body SET code = '500103' WHERE name = 'north'")
        settings = environment(
            town.settings.var, database_url=town.url, port=free_port(), workers=1
        )
        log = folder / "serve.log"
        with serving(settings, log=log) as server:
            yield Office(server, city, town.url, log)
        assert "Traceback" not in log.read_text("utf-8")


def at_desk(browser: Browser, office: Office, person: str, **options: Any) -> Visit:
    visit = Visit(browser, office.server.address, **options)
    visit.go("/login")
    visit.page.fill("#name", person)
    visit.page.fill("#password", OWN)
    visit.page.click("form button.main")
    visit.rest()
    return visit


def keepers_of(office: Office, station: int) -> list[str]:
    with psycopg.connect(office.url) as connection:
        found = rows(connection, "SELECT state FROM keeper WHERE station_id = %s", station)
    return [str(row[0]) for row in found]


def shown_place(visit: Visit) -> tuple[float, float]:
    page = visit.page
    return float(page.input_value("#longitude")), float(page.input_value("#latitude"))


def test_a_station_is_registered_with_a_few_clicks_and_saves_itself(
    browser: Browser, office: Office
) -> None:
    visit = at_desk(browser, office, "north_clerk", size=DESK)
    page = visit.page
    visit.go("/manage/stations/new")
    page.fill("#name", "渝工港湾·较场口")
    page.fill("#find", "磁器")
    page.click("#find-results button")
    page.fill("#find", "石桥")
    page.click("#find-results button")
    page.wait_for_timeout(400)
    box = page.locator("#form-map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#place-found")).to_contain_text("西区")
    first = shown_place(visit)
    assert first == pytest.approx(at_block(4.0, 6.0), abs=0.0005)
    page.locator(".form-pin").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    east, north = (b - a for a, b in zip(first, shown_place(visit), strict=True))
    assert east > 3 * north > 0

    page.fill("#address", "解放东路 9 号")
    page.check("input[name=services][value=water]")
    page.check("input[name=services][value=seat]")
    page.fill("#hours_text", "周一至周五 8:30-12:00,13:30-17:30")
    expect(page.locator("#hours-read")).to_contain_text("周一至周五 08:30–12:00、13:30–17:30")
    page.click("#into-week")
    assert page.input_value("[data-day=Mo] input >> nth=2") == "13:30"
    page.select_option("#hours_holidays", "closed")
    page.select_option("#door", "attended")
    expect(page.locator("#saved")).to_contain_text(re.compile(r"已自动保存 \d\d:\d\d"))
    visit.rest()
    draft = office.facts("渝工港湾·较场口")
    assert draft["state"] == "draft"
    assert page.url.endswith(f"/manage/stations/{draft['id']}/edit")

    page.click("summary:has-text('更多信息')")
    page.fill("#host_credit_code", "91350100M000100Y44")
    expect(page.locator("#host_credit_code-fault")).to_be_visible()
    page.fill("#host_credit_code", "91350100M000100Y43")
    expect(page.locator("#host_credit_code-fault")).to_have_count(0)
    # a keeper is needed to submit, and does not save itself
    visit.expect(422)
    page.click(".form-bar button[value=submit]")
    expect(page.locator("#keeper-fault")).to_contain_text("负责人")
    visit.rest()
    page.fill("#keeper_name", "诸葛明岚")
    page.fill("#keeper_phone", "139 0000 7312")
    page.fill("#keeper_employer", "磁川物流三队")
    page.check("#keeper_agreed")
    expect(page.locator("#keeper-fault")).to_have_count(0)
    page.fill("#address", "解放东路 11 号")
    expect(page.locator("#saved")).to_contain_text("负责人要点")
    assert keepers_of(office, draft["id"]) == []
    page.click(".form-bar button[value=submit]")
    page.wait_for_url("**?done=submit")
    assert keepers_of(office, draft["id"]) == ["serving"]
    assert re.search(r"1390000\s?7312|0000 7312", office.log.read_text("utf-8")) is None
    facts = office.facts("渝工港湾·较场口")
    assert facts["address"] == "解放东路 11 号"
    assert (facts["state"], facts["door"]) == ("submitted", "attended")
    assert facts["hours"] == "Mo-Fr 08:30-12:00,13:30-17:30; PH closed"
    assert facts["services"] == ["seat", "water"]
    assert facts["host_credit_code"] == "91350100M000100Y43"
    assert visit.close() == []


def test_on_a_phone_the_form_fits_and_takes_the_position_and_pasted_places(
    browser: Browser, office: Office
) -> None:
    visit = at_desk(browser, office, "south_clerk", size=PHONE, place=HERE)
    page = visit.page
    visit.go("/manage/stations/new")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.click("#here")
    expect(page.locator("#place-found")).to_contain_text("而所属工会是south")
    assert shown_place(visit) == pytest.approx(HERE, abs=1e-5)
    page.fill("#shared", "https://www.openstreetmap.org/?mlat=29.5561&mlon=106.5612")
    expect(page.locator("#longitude")).to_have_value("106.5612")
    assert page.input_value("#datum") == "wgs84"
    visit.expect(422)
    page.fill("#shared", "解放碑旁边那家")
    expect(page.locator("#shared-said")).not_to_be_empty()
    page.click(".form-bar button[value=save]")
    visit.rest()
    # all that was typed is there, with the summary on top
    assert page.locator("#summary a[href='#name']").count() == 1
    assert page.input_value("#longitude") == "106.5612"
    page.fill("#shared", "")
    page.fill("#name", "渝工港湾·南坪")
    page.click(".form-bar button[value=save]")
    page.wait_for_url("**?done=edited")
    assert office.facts("渝工港湾·南坪")["source_longitude"] == 106.5612
    assert visit.close() == []


def test_what_two_people_changed_is_shown_before_anything_is_lost(
    browser: Browser, office: Office
) -> None:
    with psycopg.connect(office.url, autocommit=True) as connection:
        draft = brought_to(
            connection, office.city.unions["north"], State.DRAFT, name="两人站", address="旧路"
        )
    visit = at_desk(browser, office, "north_clerk", size=DESK)
    page = visit.page
    visit.go(f"/manage/stations/{draft}/edit")
    with psycopg.connect(office.url, autocommit=True) as connection:
        connection.execute(
            "UPDATE station SET address = '他的路', door = 'key' WHERE id = %s", (draft,)
        )
    visit.expect(409)
    page.fill("#address", "我的路")
    expect(page.locator("#saved")).to_contain_text("别人也改了")
    page.click(".form-bar button[value=save]")
    visit.rest()
    assert page.input_value("#door") == "key"
    assert page.locator("#meanwhile input[type=radio]").count() == 2
    page.click(".form-bar button[value=save]")
    assert page.locator("#meanwhile input:invalid").count() == 2
    page.check("#meanwhile input[value=mine]")
    page.click(".form-bar button[value=save]")
    page.wait_for_url("**?done=edited")
    facts = office.facts("两人站")
    assert (facts["address"], facts["door"]) == ("我的路", "key")
    assert visit.close() == []


def test_a_change_request_is_kept_on_the_device_and_not_left_by_a_slip(
    browser: Browser, office: Office
) -> None:
    with psycopg.connect(office.url, autocommit=True) as connection:
        station = brought_to(
            connection, office.city.unions["north"], State.ACTIVE, name="已批准站", address="旧路"
        )
    visit = at_desk(browser, office, "north_clerk", size=DESK)
    page, path = visit.page, f"/manage/stations/{station}/edit"
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    visit.go(path)
    visit.go("/manage")
    assert asked == []
    visit.go(path)
    page.fill("#address", "新路 7 号")
    page.fill("#reason", "门牌改了")
    visit.go("/manage")
    assert asked == ["beforeunload"]
    kept = page.evaluate(f"localStorage.getItem('harbor.change.{station}')")
    assert "门牌改了" in kept
    assert "csrf" not in kept
    assert "keeper_" not in kept
    visit.go(path)
    assert page.input_value("#address") == "旧路"
    page.click("#kept-back")
    assert page.input_value("#address") == "新路 7 号"
    assert page.input_value("#reason") == "门牌改了"
    page.click(".form-bar button[value=preview]")
    visit.rest()
    assert page.input_value("#address") == "新路 7 号"
    page.click(".form-bar button[value=ask]")
    page.wait_for_url("**?done=asked")
    visit.rest()
    assert page.evaluate(f"localStorage.getItem('harbor.change.{station}')") is None
    assert asked == ["beforeunload"]
    assert visit.close() == []
