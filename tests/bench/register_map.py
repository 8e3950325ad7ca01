"""The management map of a full register in a real browser, from the address to its stations."""

import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from app.web.sessions import COOKIE
from tests.bench.register_desk import Bench
from tests.e2e.browser import DESK, Visit, launched
from tests.e2e.server import environment, free_port, serving

STATIONS = ".cluster-icon, .station-icon"


def first_views(opened: Bench, runs: int) -> list[float]:
    """Return the seconds of some first views, each by a browser that has kept nothing.

    Raises:
        RuntimeError: if a page says that something is wrong.
    """
    cookie = opened.people["chief"].client.get_cookie(COOKIE)
    if cookie is None:
        raise RuntimeError("the chief is not logged in")
    with tempfile.TemporaryDirectory() as folder:
        settings = environment(
            Path(folder) / "var", database_url=opened.office.city.url, port=free_port(), workers=1
        )
        with (
            serving(settings, log=Path(folder) / "log") as server,
            sync_playwright() as playwright,
        ):
            browser = launched(playwright)
            times = [_first_view(browser, server.address, cookie.value) for _ in range(runs + 1)]
            browser.close()
    return times[1:]


def _first_view(browser: Browser, address: str, token: str) -> float:
    visit = Visit(browser, address, size=DESK)
    visit.enter(token)
    begun = time.perf_counter()
    visit.page.goto(f"{address}/manage/map", wait_until="commit")
    visit.page.locator(STATIONS).first.wait_for()
    seconds = time.perf_counter() - begun
    trouble = visit.close()
    if trouble:
        raise RuntimeError(f"the map says: {'; '.join(trouble)}")
    return seconds
