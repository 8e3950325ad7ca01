"""Riders' reports at the desk, in a real browser."""

import uuid
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import DESK, PHONE
from tests.e2e.conftest import Open
from tests.e2e.server import Server

pytestmark = pytest.mark.browser


def sent(server: Server, station: dict[str, Any], kind: str, **more: object) -> str:
    made = server.ask(
        "/api/v1/reports",
        {"station": station["code"], "kind": kind, "device": uuid.uuid4().hex, **more},
    )
    return str(made["ticket"])


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_report_is_answered_by_one_button_and_the_ticket_says_so(
    visit: Open, server: Server, stations: list[dict[str, Any]], size: tuple[int, int]
) -> None:
    station = [one for one in stations if one["state"] == "active"][1]
    ticket = sent(server, station, "other", text="<b>门口</b>没有灯")
    desk = visit("/manage/reports", size=size)
    report = desk.page.locator(".report", has_text=ticket)
    expect(report.locator(".words")).to_have_text("<b>门口</b>没有灯")
    wide = desk.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= size[0]
    assert all(box["height"] >= 44 for box in (
        button.bounding_box() or {"height": 0} for button in report.locator("button").all()
    ))  # fmt: skip
    report.locator("input[name=note]").fill("已报修")
    report.get_by_role("button", name="已解决").click()
    desk.page.wait_for_url("**?said=answered")
    desk.rest()
    expect(desk.page.locator(".report", has_text=ticket)).to_have_count(0)
    found = server.ask(f"/api/v1/reports/{ticket}")
    assert (found["state"], found["answer"]) == ("closed", "mended")
    desk.page.get_by_role("link", name="已答复").click()
    expect(desk.page.locator(".report", has_text=ticket)).to_contain_text("已报修")
    desk.rest()


def test_the_desk_speaks_english(
    visit: Open, server: Server, stations: list[dict[str, Any]]
) -> None:
    station = [one for one in stations if one["state"] == "active"][2]
    ticket = sent(server, station, "no_water")
    desk = visit("/manage/reports", size=DESK)
    desk.page.locator("#language").click()
    report = desk.page.locator(".report", has_text=ticket)
    expect(report.locator("h2 .en")).to_be_visible()
    expect(report.locator("h2 .zh")).to_be_hidden()
    report.get_by_role("button", name="Looked into; it was not so").click()
    desk.page.wait_for_url("**?said=answered")
    desk.rest()
