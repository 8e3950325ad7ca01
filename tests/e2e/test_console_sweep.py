"""Every page of the desk in English, on a phone and on a desk, read by eye and by a scanner."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from app.store.cluster import Cluster
from tests.e2e.browser import DESK, PHONE, Visit
from tests.e2e.server import Server, staff_session
from tests.e2e.sweeping import seen, speaks
from tests.e2e.test_life_of_a_station import ROW, spreadsheet

pytestmark = pytest.mark.browser

PAGES = {
    "queue": "/manage",
    "list": "/manage/stations",
    "list of a past day": "/manage/stations?as_of=2026-01-01&unconfirmed=2025-01-01&sort=name",
    "form": "/manage/stations/new",
    "wizard": "/manage/import",
    "review": "/manage/review",
    "approval": "/manage/review?stage=approve",
    "changes": "/manage/changes",
    "placing": "/manage/placing",
    "inspections": "/manage/inspections",
    "inspections of a past day": "/manage/inspections?as_of=2026-06-01",
    "standards": "/manage/standards",
    "duplicates": "/manage/duplicates",
    "documents": "/manage/documents",
    "notices": "/manage/notices",
    "users": "/manage/users",
    "audit": "/manage/audit",
    "rights": "/manage/rights",
    "account": "/account",
}


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def desk(
    request: pytest.FixtureRequest, browser: Browser, server: Server, cluster: Cluster,
    language: str,
) -> Iterator[Visit]:  # fmt: skip
    """An admin's window in one of the languages; nothing went wrong in it."""
    window = Visit(browser, server.address, size=request.param)
    window.enter(staff_session(cluster.url("browsed"), "demo-admin"))
    speaks(window, language)
    yield window
    assert window.close() == []


def test_every_page_is_readable_fits_and_has_no_barrier(
    desk: Visit, language: str, written: list[str], stations: list[dict[str, Any]]
) -> None:
    # and what the list says that is brought
    written = [*written, "台账.xlsx", *ROW, *ROW.values()]
    record = next(one["url"] for one in stations if one["state"] == "active")
    wrong = {}
    for name, path in {**PAGES, "record": record, "editing": f"{record}/edit"}.items():
        desk.go(path)
        wrong[name] = seen(desk.page, language, written)
    desk.go("/manage/import")
    desk.page.set_input_files("#file", spreadsheet())
    desk.page.select_option("#union", index=1)
    desk.page.locator("form:has(#file) button.btn-primary").click()
    desk.page.wait_for_url("**/columns")
    desk.rest()
    wrong["columns"] = seen(desk.page, language, written)
    assert {name: found for name, found in wrong.items() if found} == {}
