"""A station's record and the dialogs of its moves, in a real browser."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Dialog, expect

from app.service.logins import digest_of
from app.store import sessions
from app.store.cluster import Cluster
from tests.e2e.browser import DESK, Visit
from tests.e2e.conftest import Open
from tests.e2e.server import staff_session

pytestmark = pytest.mark.browser

DIALOG = "#move-dialog[open]"


@pytest.fixture
def record(visit: Open, stations: list[dict[str, Any]]) -> Visit:
    """The record of an open station, the last of them, so that others keep theirs."""
    station = [one for one in stations if one["state"] == "active"][-1]
    return visit(str(station["url"]), size=DESK)


def opened(record: Visit, name: str) -> None:
    record.page.get_by_role("link", name=name, exact=True).click()
    record.page.wait_for_selector(DIALOG)
    record.rest()


def test_a_move_is_made_in_a_dialog_with_the_keyboard_alone(record: Visit) -> None:
    opened(record, "暂停开放")
    assert record.page.evaluate("document.activeElement.id") == "until"
    record.expect(422)
    record.page.locator("#reason").fill("装修三天")
    record.page.locator(f"{DIALOG} button[type=submit]").focus()
    record.page.keyboard.press("Enter")
    record.page.wait_for_selector("#until-fault")
    assert record.page.input_value("#reason") == "装修三天"
    assert record.page.evaluate("document.activeElement.id") == "until"
    record.page.fill("#until", "2099-01-01")
    record.page.locator(f"{DIALOG} button[type=submit]").dblclick()
    record.page.wait_for_url("**?done=suspend")
    record.rest()
    assert "暂停开放" in record.page.inner_text(".record-head")
    assert "装修三天" in record.page.inner_text(".past li >> nth=0")
    opened(record, "恢复开放")
    record.page.fill("#reason", "装修完了")
    record.page.locator(f"{DIALOG} button[type=submit]").click()
    record.page.wait_for_url("**?done=reopen")
    record.rest()


def test_escape_does_not_throw_away_what_was_typed_without_asking(record: Visit) -> None:
    opened(record, "退出")
    record.page.keyboard.press("Escape")
    expect(record.page.locator(DIALOG)).to_have_count(0)
    opened(record, "退出")
    record.page.fill("#reason", "还没写完")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    record.page.on("dialog", answer)
    record.page.keyboard.press("Escape")
    assert asked == ["放弃已填写的内容?"]
    assert record.page.input_value("#reason") == "还没写完"


def test_a_login_that_ends_behind_a_dialog_asks_for_it_and_keeps_what_was_typed(
    record: Visit, cluster: Cluster
) -> None:
    database = cluster.url("browsed")
    token = staff_session(database, "demo-admin")
    record.enter(token)
    record.page.reload()
    record.rest()
    opened(record, "退出")
    record.page.fill("#reason", "拆迁")
    with psycopg.connect(database, autocommit=True) as connection:
        sessions.end_session(connection, digest_of(token), datetime.now(UTC))
    record.expect(401)
    record.page.locator(f"{DIALOG} button[type=submit]").click()
    record.page.wait_for_selector("input[name=password]")
    record.rest()
    assert "已填写的内容会保留" in record.page.inner_text("main")
    assert record.page.locator("input[name=carried]").input_value()


def test_the_page_and_its_dialog_fit_a_phone(visit: Open, stations: list[dict[str, Any]]) -> None:
    station = next(one for one in stations if one["state"] == "suspended")
    phone = visit(str(station["url"]))
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    opened(phone, "恢复开放")
    box = phone.page.locator(DIALOG).bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
