"""The sheet of an inspection on a phone: kept as it is filled in, with and without a network."""

import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.browser import PHONE
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
