"""A keeper at 360 pixels, and the riders who reported: from a tap to a closed ticket."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect

from app.service import plaques
from app.store import report_sources
from app.store.cluster import Cluster
from tests.e2e.browser import DESK, Visit
from tests.e2e.conftest import Open
from tests.e2e.server import Server

pytestmark = pytest.mark.browser

SMALL = (360, 640)
WITHIN_MILLISECONDS = 2_000
Station = dict[str, Any]


@dataclass(frozen=True)
class Kept:
    """A station that is open all day, its keeper's phone, and what its plaque proves."""

    station: Station
    phone: Visit
    proof: str

    @property
    def code(self) -> str:
        return str(self.station["code"])


@pytest.fixture(scope="session")
def all_day(server: Server, stations: list[Station]) -> Iterator[Station]:
    """Stations open day and night, each to be taken by one test: a doubt of one is no other's."""
    hours = {
        one["properties"]["code"]: one["properties"]["hours"]
        for one in server.ask("/api/v1/stations?limit=200")["features"]
    }
    return (one for one in stations if one["state"] == "active" and hours[one["code"]] == "24/7")


@pytest.fixture
def kept(visit: Open, cluster: Cluster, all_day: Iterator[Station]) -> Kept:
    station = next(all_day)
    desk = visit(f"/manage/stations/{station['id']}/keepers", size=DESK)
    desk.page.locator("summary", has_text="二维码卡片").first.click()
    desk.page.get_by_role("button", name="发卡").click()
    address = desk.page.locator("#address").input_value()
    pin = re.sub(r"\D", "", desk.page.inner_text(".pin-digits"))
    desk.rest()
    phone = visit(f"/k/{address.rsplit('/', 1)[1]}", size=SMALL, touch=True)
    phone.page.fill("input[name=pin]", pin)
    phone.page.click("form button.main")
    phone.page.wait_for_url("**/k")
    phone.rest()
    with psycopg.connect(cluster.url("browsed")) as connection:
        proof = plaques.proof_of(report_sources.plaque_secret(connection), str(station["code"]))
    return Kept(station, phone, proof)


def tap(visit: Visit, name: str, done: str) -> None:
    """Press a button of the keeper's page, and wait for what it says then."""
    visit.page.get_by_role("button", name=name).first.click()
    visit.page.wait_for_url(f"**/k?done={done}")
    visit.rest()


def card_of(page: Page, code: str) -> Any:
    return page.locator(f"#list .card[data-code='{code}']")


@pytest.fixture
def rider_at(visit: Open) -> Callable[[Station], Visit]:
    """Open the rider's page at a station's door, with every station listed."""

    def opened(station: Station) -> Visit:
        rider = visit("/", place=station["place"], size=SMALL, touch=True)
        expect(card_of(rider.page, station["code"])).to_be_visible()
        return rider

    return opened


def test_a_report_from_the_list_comes_back_answered_under_my_reports(
    kept: Kept, rider_at: Callable[[Station], Visit]
) -> None:
    rider = rider_at(kept.station)
    card_of(rider.page, kept.code).locator("h2 a").click()
    rider.page.get_by_role("button", name="报告问题").click()
    rider.page.locator(".choice", has_text="没有饮用水").click()
    rider.page.get_by_role("button", name="发送").click()
    ticket = rider.page.locator(".ticket").inner_text()
    rider.page.get_by_role("button", name="好", exact=True).click()
    rider.rest()

    kept.phone.go("/k")
    report = kept.phone.page.locator(".report", has_text=ticket)
    expect(report).to_contain_text("没有饮用水")
    expect(report).to_contain_text("1 分钟前")
    report.get_by_role("button", name="已解决").click()
    kept.phone.page.wait_for_url("**/k?done=answered")
    expect(kept.phone.page.locator(".report", has_text=ticket)).to_have_count(0)
    kept.phone.rest()

    rider.page.get_by_role("button", name="列表").click()
    rider.page.click("#menu")
    mine = rider.page.locator(".tickets li", has_text=ticket)
    expect(mine).to_contain_text("没有饮用水")
    expect(mine).to_contain_text("已解决")
    rider.rest()


def test_a_locked_door_is_doubted_within_two_seconds_until_the_keeper_opens(
    kept: Kept, visit: Open, rider_at: Callable[[Station], Visit]
) -> None:
    rider = rider_at(kept.station)
    expect(card_of(rider.page, kept.code).locator(".state")).to_contain_text("开门中")
    plaque = visit(f"/s/{kept.code}?p={kept.proof}", size=SMALL)
    assert "p=" not in plaque.page.url
    plaque.page.click("#report")
    plaque.page.locator(".choice", has_text="开放时间内锁门").click()
    plaque.page.get_by_role("button", name="发送").click()
    expect(plaque.page.locator(".ticket")).to_be_visible()
    plaque.page.wait_for_timeout(WITHIN_MILLISECONDS)
    rider.page.reload()
    rider.rest()
    card = card_of(rider.page, kept.code)
    expect(card.locator(".state")).to_contain_text("情况不明")
    expect(card.locator(".why")).to_contain_text("1 分钟前有人反映锁门")
    plaque.go(f"/s/{kept.code}")
    expect(plaque.page.locator(".bigstate")).to_contain_text("情况不明")
    expect(plaque.page.locator(".bigstate")).to_contain_text("1 分钟前有人反映锁门")
    expect(plaque.page.locator("#my-tickets")).to_contain_text("处理中")

    kept.phone.go("/k")
    expect(kept.phone.page.locator(".keeper-state")).to_contain_text("情况不明")
    tap(kept.phone, "现在开门", "opened")
    expect(kept.phone.page.locator(".keeper-state")).to_contain_text("开门中")
    kept.phone.page.wait_for_timeout(WITHIN_MILLISECONDS)
    rider.page.reload()
    rider.rest()
    expect(card_of(rider.page, kept.code).locator(".state")).to_contain_text("开门中")


def test_i_got_in_by_the_plaque_renews_the_proof(kept: Kept, visit: Open, server: Server) -> None:
    before = server.ask(f"/api/v1/stations/{kept.code}")["properties"]["last_proved"]
    plain = visit(f"/s/{kept.code}", size=SMALL)
    plain.page.get_by_role("button", name="我进来了").click()
    expect(plain.page.locator("#visit-said")).to_contain_text("已计一次到访")
    assert server.ask(f"/api/v1/stations/{kept.code}")["properties"]["last_proved"] == before

    plaque = visit(f"/s/{kept.code}?p={kept.proof}", size=SMALL)
    plaque.page.get_by_role("button", name="我进来了").click()
    expect(plaque.page.locator("#visit-said")).to_contain_text("这里现在能进")
    plaque.page.wait_for_timeout(WITHIN_MILLISECONDS)
    proved = server.ask(f"/api/v1/stations/{kept.code}")["properties"]["last_proved"]
    assert proved != before
    plaque.go(f"/s/{kept.code}")
    expect(plaque.page.locator(".bigstate .proof")).to_contain_text("1 分钟前有人证实开门")


def test_the_three_switches_are_told_to_riders(
    kept: Kept, visit: Open, rider_at: Callable[[Station], Visit]
) -> None:
    phone = kept.phone
    tap(phone, "厕纸", "ran-out")
    expect(phone.page.get_by_role("button", name="厕纸")).to_contain_text("用完了")
    phone.page.wait_for_timeout(WITHIN_MILLISECONDS)
    card = card_of(rider_at(kept.station).page, kept.code)
    expect(card.locator(".is-out")).to_have_text("厕纸:暂缺")
    # open the switch, and say until when: that is all
    phone.page.locator("summary", has_text="今天提前关门到").click()
    tap(phone, "关 1 小时", "closed")
    expect(phone.page.locator(".keeper-state")).to_contain_text("临时关闭中")
    phone.page.wait_for_timeout(WITHIN_MILLISECONDS)
    station = visit(f"/s/{kept.code}", size=SMALL)
    expect(station.page.locator(".bigstate")).to_contain_text("已关门")
    expect(station.page.locator(".bigstate")).to_contain_text("临时关闭")
    expect(station.page.locator(".out")).to_contain_text("厕纸")
    tap(phone, "现在开门", "opened")
    tap(phone, "厕纸", "filled")
    tap(phone, "没有变化", "confirmed")
    phone.page.wait_for_timeout(WITHIN_MILLISECONDS)
    station.go(f"/s/{kept.code}")
    expect(station.page.locator(".bigstate")).to_contain_text("开门中")
    expect(station.page.locator(".out")).to_have_count(0)


def test_a_keeper_s_page_fits_a_thumb_in_both_languages(kept: Kept, server: Server) -> None:
    server.ask("/api/v1/reports", {
        "station": kept.code, "kind": "locked", "proof": kept.proof, "device": "e" * 22,
    })  # fmt: skip
    phone = kept.phone
    phone.go("/k")
    phone.page.locator("summary", has_text="今天提前关门到").click()
    phone.page.click("#language")
    for found in (phone.visible("main button, main summary, .report img"), phone.visible("main a")):
        small = [
            (one.inner_text(), box["height"])
            for one in found
            if (box := one.bounding_box()) and box["height"] < 47.5
        ]
        assert not small
    for words in ("Open now", "Close early", "Supplies", "It is open now", "it was not so"):
        expect(phone.page.get_by_text(words).first).to_be_visible()
    expect(phone.page.locator(".report .zh").first).to_be_hidden()
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= SMALL[0]
    phone.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= DESK[0]
    # the whole page works without a script
    assert not phone.page.locator("main [onclick], main [data-needs-script]").count()
