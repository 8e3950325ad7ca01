"""The list of stations by keyboard: rows, the drawer and its focus, columns; heads that stay."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import DESK, Visit
from tests.e2e.conftest import Open

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.textContent.trim()"


@pytest.fixture
def listed(visit: Open) -> Visit:
    return visit("/manage/stations?sort=number", size=DESK)


def names(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#sheet .row-link").all_inner_texts()]


def heads(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#sheet thead th").all_inner_texts() if text]


def test_rows_are_walked_with_arrows_and_opened_beside_the_list(listed: Visit) -> None:
    page = listed.page
    first, second, third = names(page)[:3]
    page.locator("#sheet .row-link").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate(FOCUSED) == second
    page.keyboard.press("ArrowUp")
    assert page.evaluate(FOCUSED) == first
    page.keyboard.press("ArrowDown")
    expect(page.locator("#drawer")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#drawer #record-name")).to_contain_text(second)
    listed.rest()
    assert "/manage/stations?" in page.url
    # the focus goes in, and comes back to the row
    assert page.evaluate("document.activeElement.id") == "drawer-close"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#drawer') !== null")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    assert page.evaluate(FOCUSED) == second
    # with the drawer open, the arrows walk on and it follows
    page.keyboard.press("Enter")
    expect(page.locator("#drawer #record-name")).to_contain_text(second)
    listed.rest()
    page.locator("#sheet .row-link").nth(1).focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#drawer #record-name")).to_contain_text(third)
    listed.rest()
    assert page.evaluate(FOCUSED) == third
    expect(page.locator("tr.is-open .row-link")).to_have_text(third)
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUSED) == third


def test_a_row_is_chosen_by_a_key_and_counted(listed: Visit) -> None:
    page = listed.page
    expect(page.locator("#bulk-bar")).to_be_hidden()
    page.locator("#sheet .row-link").first.focus()
    page.keyboard.press("x")
    expect(page.locator("#bulk-count")).to_have_text("已选 1 个")
    page.keyboard.press("x")
    expect(page.locator("#bulk-bar")).to_be_hidden()


def test_the_columns_are_those_that_were_chosen(listed: Visit) -> None:
    page = listed.page
    assert "开放时间" not in heads(page)
    page.locator(".more-filters > summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="开放时间").focus()
    page.keyboard.press("Space")
    expect(page.locator("#sheet thead")).to_contain_text("开放时间")
    listed.rest()
    page.get_by_role("checkbox", name="地址").focus()
    page.keyboard.press("Space")
    expect(page.locator("#sheet thead")).not_to_contain_text("地址")
    listed.rest()
    assert re.search(r"columns=[a-z_%2C]*hours", page.url)
    shown = heads(page)
    page.reload()
    listed.rest()
    assert heads(page) == shown


def test_another_day_offers_its_own_choices(listed: Visit) -> None:
    page = listed.page
    page.locator(".more-filters > summary").click()
    page.fill("#f-as_of", "2026-01-01")
    page.dispatch_event("#f-as_of", "change")
    page.wait_for_url("**as_of=2026-01-01**")
    listed.rest()
    assert page.is_disabled("#f-sort")
    assert page.is_disabled("#f-unconfirmed")


def test_the_heads_of_a_long_list_stay_in_sight(listed: Visit) -> None:
    page = listed.page
    box = page.locator(".table-wrap")
    box.evaluate("box => { box.scrollIntoView(); box.scrollTop = 600; }")
    assert box.evaluate("box => box.scrollTop") == 600
    # measured at one moment: the page may still be moving
    above = box.evaluate(
        "box => { const { x, y } = box.querySelector('thead th:nth-child(2)')"
        ".getBoundingClientRect(); const edge = box.getBoundingClientRect().y;"
        " return [y - edge, document.elementFromPoint(x + 8, y + 8)?.closest('thead') !== null]; }"
    )
    assert above[0] == pytest.approx(0, abs=2)
    assert above[1]
