"""The sheet of an inspection on a phone: kept as it is filled in, with and without a network."""

import io
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Route, expect

from tests.e2e.browser import PHONE, Visit
from tests.e2e.conftest import Open

pytestmark = pytest.mark.browser
OFFLINE = "ERR_INTERNET_DISCONNECTED"


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(made, "JPEG")
    return made.getvalue()


def test_what_was_typed_without_a_network_is_there_after_it_came_back(
    visit: Open, stations: list[dict[str, Any]]
) -> None:
    station = [one for one in stations if one["state"] == "active"][-2]
    phone = visit(f"{station['url']}/inspect", size=PHONE)
    page = phone.page
    page.get_by_role("button", name="开始全面检查").click()
    page.wait_for_url("**/manage/inspections/*")
    phone.rest()
    page.locator('label[for="v-sign-fulfilled"]').click()
    size = page.locator('label[for="v-sign-fulfilled"]').bounding_box()
    assert size is not None
    assert size["height"] >= 48
    photo = {"name": "door.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    page.set_input_files("#p-sign", photo)  # type: ignore[arg-type]
    expect(page.locator("#c-sign .thumbs img")).to_have_count(1)
    expect(page.locator("[data-kept]")).to_have_text("已保存")
    page.context.set_offline(True)
    page.fill("#n-layout", "断网时写的")
    expect(page.locator("[data-kept]")).to_contain_text("没有网络")
    page.set_input_files("#p-layout", photo)  # type: ignore[arg-type]
    expect(page.locator("#c-layout [data-shot-state]")).to_contain_text("没有网络")
    page.context.set_offline(False)
    page.reload()
    phone.rest()
    phone.trouble[:] = [said for said in phone.trouble if OFFLINE not in said and
                        "ERR_ABORTED" not in said]  # fmt: skip
    assert page.input_value("#n-layout") == "断网时写的"
    assert page.is_checked("#v-sign-fulfilled")
    expect(page.locator("#c-sign .thumbs img")).to_have_count(1)
    phone.expect(422)
    page.get_by_role("button", name="提交", exact=True).click()
    page.wait_for_selector("#summary")
    phone.rest()
    assert page.input_value("#n-layout") == "断网时写的"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="有布局:还没有填").click()
    assert page.url.endswith("#c-layout")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="作废草稿").click()
    page.wait_for_url("**/manage/inspections?done=discarded")
    phone.rest()


def begun(visit: Open, stations: list[dict[str, Any]], which: int) -> Visit:
    """A phone with a draft of an inspection open."""
    station = [one for one in stations if one["state"] == "active"][which]
    phone = visit(f"{station['url']}/inspect", size=PHONE)
    phone.page.get_by_role("button", name="开始全面检查").click()
    phone.page.wait_for_url("**/manage/inspections/*")
    phone.rest()
    return phone


def quietened(phone: Visit) -> None:
    """Leave out what the browser says of requests that were meant to fail."""
    meant = (OFFLINE, "ERR_ABORTED", "ERR_FAILED", "409")
    phone.trouble[:] = [said for said in phone.trouble if not any(m in said for m in meant)]


def test_an_old_draft_of_a_phone_asks_before_it_takes_the_place_of_newer_answers(
    visit: Open, stations: list[dict[str, Any]]
) -> None:
    phone = begun(visit, stations, -3)
    page, place = phone.page, urlsplit(phone.page.url).path
    page.context.set_offline(True)
    page.fill("#n-layout", "手机上的旧话")
    expect(page.locator("[data-kept]")).to_contain_text("没有网络")
    desk = visit(place)
    desk.page.fill("#n-layout", "办公室里改的")
    expect(desk.page.locator("[data-kept]")).to_have_text("已保存")
    page.context.set_offline(False)
    page.reload()
    phone.rest()
    expect(page.locator("[data-older]")).to_be_visible()
    expect(page.locator("[data-older-differ]")).to_contain_text("有布局")
    assert page.input_value("#n-layout") == "办公室里改的"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator('[data-take="mine"]').click()
    expect(page.locator("[data-kept]")).to_have_text("已保存")
    # the window in the office is behind now, and is asked in its turn
    desk.page.fill("#n-sign", "还有一句")
    expect(desk.page.locator("[data-older]")).to_be_visible()
    assert desk.page.input_value("#n-layout") == "手机上的旧话"
    desk.page.locator('[data-take="theirs"]').click()
    desk.page.reload()
    desk.rest()
    assert desk.page.input_value("#n-layout") == "手机上的旧话"
    assert not desk.page.locator("[data-older]").is_visible()
    for one in (phone, desk):
        quietened(one)


def test_an_answer_that_was_lost_on_its_way_asks_nothing(
    visit: Open, stations: list[dict[str, Any]]
) -> None:
    phone = begun(visit, stations, -4)
    page = phone.page

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/save", lose)
    page.fill("#n-layout", "第一句")
    expect(page.locator("[data-kept]")).to_contain_text("没有网络")
    page.unroute("**/save")
    page.fill("#n-sign", "第二句")
    expect(page.locator("[data-kept]")).to_have_text("已保存")
    assert not page.locator("[data-older]").is_visible()
    page.reload()
    phone.rest()
    assert page.input_value("#n-layout") == "第一句"
    assert page.input_value("#n-sign") == "第二句"
    quietened(phone)
