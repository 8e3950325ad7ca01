"""Every page of the desk in English, on a phone and on a desk, read by eye and by a scanner."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser

from app.settings import PROJECT
from app.store.cluster import Cluster
from tests.e2e.browser import DESK, PHONE, Visit
from tests.e2e.server import Server, staff_session
from tests.e2e.test_life_of_a_station import ROW, spreadsheet

pytestmark = pytest.mark.browser

# set-up copies it there, beside what is served
AXE = PROJECT / "tests" / "vendor" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
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
# what people wrote: names, addresses, reasons; unions and districts only where they have no
# English name, for there the Chinese one is all there is
WRITTEN = """
    SELECT DISTINCT text FROM (
        SELECT unnest(ARRAY[name, address, host_name, area_name, state_reason, hours_text]) AS text
            FROM station
        UNION ALL SELECT value FROM station_alias
        UNION ALL SELECT name FROM union_body WHERE name_en = ''
        UNION ALL SELECT name FROM district WHERE name_en = ''
        UNION ALL SELECT full_name FROM user_account
        UNION ALL SELECT unnest(ARRAY[number, title]) FROM document
        UNION ALL SELECT file_name FROM import_batch
        UNION ALL SELECT unnest(ARRAY[reason, decision]) FROM change_request
        UNION ALL SELECT remark FROM inspection
        UNION ALL SELECT note FROM inspection_finding
    ) AS written WHERE text ~ '[一-龥]' ORDER BY text
"""
# texts a person sees, and options one may choose, in Chinese although nobody wrote them
CHINESE_LEFT = """
(written) => {
  const chinese = /[\\u4e00-\\u9fff]/;
  // the switch of languages, what the map names and says of itself
  const besides = 'script, style, template, datalist, #language, .candidates b,'
    + ' .leaflet-control-attribution';
  const longest = [...written].sort((a, b) => b.length - a.length);
  const left = (text) => {
    // a keeper's values are masked: 秦**
    let rest = text.replace(/[\\u4e00-\\u9fff]+\\*+/g, '');
    for (const one of longest) rest = rest.split(one).join('');
    return chinese.test(rest);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!chinese.test(node.data) || parent.closest(besides)) continue;
    const shown = parent.closest('option') || parent.checkVisibility({ visibilityProperty: true });
    if (shown && left(node.data)) found.push(node.data.trim());
  }
  for (const box of document.querySelectorAll('[placeholder]')) {
    if (box.checkVisibility() && left(box.placeholder)) found.push(box.placeholder);
  }
  return found;
}
"""
TOO_WIDE = "Math.max(0, document.documentElement.scrollWidth - innerWidth)"
SCAN = """
async (rules) => {
  const { violations } = await window.axe.run(document, { runOnly: rules });
  return violations.flatMap((one) => one.nodes.map(
    (node) => `${one.id}: ${node.html.slice(0, 160)}`,
  ));
}
"""


@pytest.fixture(scope="module")
def written(server: Server, cluster: Cluster) -> list[str]:
    """What people wrote into the register in Chinese."""
    with psycopg.connect(cluster.url("browsed")) as connection:
        found = [text for (text,) in connection.execute(WRITTEN).fetchall()]
    # how a number is printed, what one of a document looks like, and the list that is brought
    return [*found, "渝港", "渝工〔2026〕3号", "台账.xlsx", *ROW, *ROW.values()]


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def desk(
    request: pytest.FixtureRequest, browser: Browser, server: Server, cluster: Cluster,
    language: str,
) -> Iterator[Visit]:  # fmt: skip
    """An admin's window in one of the languages; nothing went wrong in it."""
    window = Visit(browser, server.address, size=request.param)
    window.enter(staff_session(cluster.url("browsed"), "demo-admin"))
    kept = json.dumps(json.dumps(language))
    window.page.add_init_script(f"localStorage.setItem('harbor.lang', {kept})")
    window.page.add_init_script(path=AXE)
    yield window
    assert window.close() == []


def seen(window: Visit, language: str, written: list[str]) -> dict[str, Any]:
    """What is not as it should be on the page that is open."""
    page = window.page
    found = {
        "wider than the window": page.evaluate(TOO_WIDE),
        "Chinese": page.evaluate(CHINESE_LEFT, written) if language == "en" else [],
        "barriers": page.evaluate(SCAN, RULES),
    }
    return {what: value for what, value in found.items() if value}


def test_every_page_is_readable_fits_and_has_no_barrier(
    desk: Visit, language: str, written: list[str], stations: list[dict[str, Any]]
) -> None:
    record = next(one["url"] for one in stations if one["state"] == "active")
    wrong = {}
    for name, path in {**PAGES, "record": record, "editing": f"{record}/edit"}.items():
        desk.go(path)
        wrong[name] = seen(desk, language, written)
    desk.go("/manage/import")
    desk.page.set_input_files("#file", spreadsheet())
    desk.page.select_option("#union", index=1)
    desk.page.locator("form:has(#file) button.btn-primary").click()
    desk.page.wait_for_url("**/columns")
    desk.rest()
    wrong["columns"] = seen(desk, language, written)
    assert {name: found for name, found in wrong.items() if found} == {}
