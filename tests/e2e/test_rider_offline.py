"""No signal: the page, the stations around, their hours, and what waits to be sent."""

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import Visit
from tests.e2e.conftest import Open
from tests.e2e.server import Server

pytestmark = pytest.mark.browser

SMALL = (360, 640)
CARDS = "#list .card:not(.skeleton)"
Place = tuple[float, float]


def _kept(opened: Visit) -> None:
    """Wait until the phone has what it needs with no signal."""
    opened.until("localStorage.getItem('harbor.area') !== null")
    opened.until("navigator.serviceWorker.controller !== null")
    opened.rest()


def _cut(opened: Visit) -> None:
    opened.page.context.set_offline(True)


@pytest.fixture
def kept(visit: Open, middle: Place) -> Visit:
    made = visit("/", place=middle, size=SMALL)
    _kept(made)
    return made


def _codes(opened: Visit) -> list[str]:
    return [card.get_attribute("data-code") or "" for card in opened.page.locator(CARDS).all()]


def test_a_reload_without_signal_shows_the_same_walks(kept: Visit) -> None:
    before, minutes = _codes(kept), kept.texts(f"{CARDS} .minutes b")
    _cut(kept)
    kept.page.reload()
    expect(kept.page.locator("#notice")).to_contain_text("没有信号")
    kept.rest()
    # walks of the last answer are known, whatever else is estimated stands among them
    known = [
        m
        for c, m in zip(_codes(kept), kept.texts(f"{CARDS} .minutes b"), strict=True)
        if c in before
    ]
    assert [m for m in known if not m.startswith("~")]
    assert set(known) <= set(minutes)
    kept.trouble.clear()


def test_a_station_opens_without_signal_and_hands_over(kept: Visit) -> None:
    _cut(kept)
    kept.page.reload()
    kept.page.locator(f"{CARDS} h2 a").first.click()
    expect(kept.page.locator("#detail")).to_be_visible()
    assert len(kept.visible("#detail .app")) == 4
    kept.trouble.clear()


def test_needs_are_filtered_without_signal(kept: Visit, server: Server) -> None:
    _cut(kept)
    kept.page.get_by_role("button", name="充电", exact=True).click()
    expect(kept.page.locator("#notice")).to_contain_text("没有信号")
    kept.rest()
    codes = _codes(kept)
    kept.page.context.set_offline(False)
    for code in codes:
        assert "charging" in server.ask(f"/api/v1/stations/{code}")["properties"]["services"]
    kept.trouble.clear()


def test_open_states_without_signal_are_the_server_s(
    kept: Visit, server: Server, middle: Place
) -> None:
    question = {"lon": middle[0], "lat": middle[1], "k": 20, "open": "any"}
    answer = {one["code"]: one for one in server.ask("/api/v1/nearest", question)["stations"]}
    said: list[dict[str, Any]] = kept.page.evaluate(
        "async (asked) => (await import(document.querySelector('script[type=module]').src"
        ".replace('rider.js', 'offline.js'))).nearestFromPack(asked).stations",
        {**question, "services": [], "mode": "walk"},
    )
    both = [one for one in said if one["code"] in answer]
    assert len(both) >= 5
    for one in both:
        theirs = answer[one["code"]]
        # an estimate arrives a little earlier or later: compare what does not turn on minutes
        if theirs["brief"] or one["brief"]:
            continue
        assert one["open"] == theirs["open"], one["code"]
        assert (one["open_until"] or "")[:16] == (theirs["open_until"] or "")[:16], one["code"]


def test_a_report_waits_for_the_signal_and_is_sent_once(kept: Visit, server: Server) -> None:
    kept.page.locator(f"{CARDS} h2 a").first.click()
    _cut(kept)
    kept.page.get_by_role("button", name="报告问题").click()
    kept.page.get_by_text("没有饮用水").click()
    kept.page.get_by_role("button", name="发送").click()
    expect(kept.page.locator("#report-sheet")).to_contain_text("有信号时自动发出")
    waiting = kept.page.evaluate("JSON.parse(localStorage.getItem('harbor.outbox'))")
    assert len(waiting) == 1
    assert not {"lon", "lat"} & set(waiting[0]["body"])
    kept.page.context.set_offline(False)
    kept.page.reload()
    kept.until("JSON.parse(localStorage.getItem('harbor.outbox')).length === 0")
    (ticket,) = kept.page.evaluate("JSON.parse(localStorage.getItem('harbor.tickets'))")
    assert server.ask(f"/api/v1/reports/{ticket['ticket']}")["kind"] == "no_water"
    kept.trouble.clear()


def test_an_embedded_browser_without_a_service_worker_still_lists(
    visit: Open, middle: Place
) -> None:
    opened = visit("/", place=middle, size=SMALL)
    opened.until("localStorage.getItem('harbor.area') !== null")
    opened.rest()
    # as where the page itself is still open or cached, and only the question finds no way out
    opened.page.route("**/api/v1/nearest", lambda route: route.abort())
    opened.page.get_by_role("button", name="饮水", exact=True).click()
    expect(opened.page.locator("#notice")).to_contain_text("没有信号")
    assert _codes(opened)
    opened.trouble.clear()


def test_the_page_can_be_installed(server: Server, visit: Open) -> None:
    opened = visit("/", size=SMALL)
    told = json.loads(opened.page.evaluate("fetch('/manifest.webmanifest').then(a => a.text())"))
    assert told["display"] == "standalone"
    for icon in told["icons"]:
        size = int(icon["sizes"].split("x")[0])
        assert (
            opened.page.evaluate(
                "src => new Promise(done => { const shown = new Image();"
                " shown.onload = () => done(shown.width); shown.src = src; })",
                icon["src"],
            )
            == size
        )
