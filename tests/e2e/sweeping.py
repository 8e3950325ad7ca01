"""What every page is looked over for: width, Chinese left in English, barriers."""

import json
from typing import Any

from playwright.sync_api import Page

from app.settings import PROJECT
from tests.e2e.browser import Visit

# set-up copies it there, beside what is served
AXE = PROJECT / "tests" / "vendor" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
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


def speaks(window: Visit, language: str) -> None:
    """Let a window speak a language from its first page on, and be looked over."""
    kept = json.dumps(json.dumps(language))
    window.page.add_init_script(f"localStorage.setItem('harbor.lang', {kept})")
    window.page.add_init_script(path=AXE)


def seen(page: Page, language: str, written: list[str]) -> dict[str, Any]:
    """What is not as it should be on the page that is open."""
    found = {
        "wider than the window": page.evaluate(TOO_WIDE),
        "Chinese": page.evaluate(CHINESE_LEFT, written) if language == "en" else [],
        "barriers": page.evaluate(SCAN, RULES),
    }
    return {what: value for what, value in found.items() if value}
