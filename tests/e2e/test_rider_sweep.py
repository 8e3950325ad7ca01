"""The rider's pages in both languages and looks, on a small phone, read by eye and by a scanner."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import Visit
from tests.e2e.server import Server
from tests.e2e.sweeping import seen, speaks

pytestmark = pytest.mark.browser

SMALL = (360, 640)
CARD = "#list .card:not(.skeleton)"
Place = tuple[float, float]


@pytest.fixture(params=["auto", "dark", "contrast"])
def window(
    request: pytest.FixtureRequest, browser: Browser, server: Server, language: str, middle: Place
) -> Iterator[Visit]:
    """A rider's phone in one language and one look; nothing went wrong in it."""
    made = Visit(browser, server.address, size=SMALL, place=middle)
    look = json.dumps(json.dumps({"size": "normal", "theme": request.param}))
    made.page.add_init_script(f"localStorage.setItem('harbor.look', {look})")
    speaks(made, language)
    yield made
    assert made.close() == []


def test_every_page_of_a_rider_is_readable_fits_and_has_no_barrier(
    window: Visit, language: str, written: list[str], stations: list[dict[str, Any]]
) -> None:
    # a union is called what it calls itself
    every = window.page.request.get(f"{window.address}/api/v1/stations?limit=1000").json()
    written = [*written, *{one["properties"]["union"] for one in every["features"]} - {""}]
    wrong: dict[str, dict[str, Any]] = {}
    page = window.page
    window.go("/")
    expect(page.locator(CARD)).not_to_have_count(0)
    wrong["list"] = seen(page, language, written)
    page.click("#menu")
    expect(page.locator("#menu-sheet")).to_be_visible()
    wrong["menu"] = seen(page, language, written)
    page.keyboard.press("Escape")
    page.click("#where")
    expect(page.locator("#sheet")).to_be_visible()
    wrong["search"] = seen(page, language, written)
    page.keyboard.press("Escape")
    page.locator(f"{CARD} h2 a").first.click()
    expect(page.locator("#detail")).to_be_visible()
    window.rest()
    wrong["station of the list"] = seen(page, language, written)
    page.locator("#detail .report").click()
    expect(page.locator("#report-sheet")).to_be_visible()
    wrong["report"] = seen(page, language, written)
    for state in ("active", "suspended", "exited"):
        code = next(one["code"] for one in stations if one["state"] == state)
        window.go(f"/s/{code}")
        wrong[f"page of a station, {state}"] = seen(page, language, written)
    window.go("/privacy")
    wrong["privacy"] = seen(page, language, written)
    assert {name: found for name, found in wrong.items() if found} == {}


def test_text_that_was_made_very_large_still_fits(window: Visit) -> None:
    window.page.add_init_script(
        "localStorage.setItem('harbor.look', JSON.stringify({ size: 'huge', theme: 'auto' }))"
    )
    window.go("/")
    expect(window.page.locator(CARD)).not_to_have_count(0)
    assert window.page.evaluate("document.documentElement.scrollWidth") <= SMALL[0]
    size = window.page.evaluate(
        "parseFloat(getComputedStyle(document.querySelector('.minutes b')).fontSize)"
    )
    assert size > 44
