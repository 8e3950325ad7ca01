"""Draw the 15-minute reach of one hill station in Porto Alegre, by the flat rule and by terrain.

    python -m tests.bench.portoalegre_hill [EXTRACT.osm.pbf ELEVATION.tif]

Writes ``bench/portoalegre_hill.svg`` and ``.png`` under ``HARBOR_VAR``. Without arguments the
files of the folder that ``HARBOR_TEST_DATA`` names.
"""

import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from app.settings import load
from tests.bench import hill_sheet
from tests.bench.hill import find
from tests.e2e.browser import launched
from tests.e2e.pictures import shrunk

NAME = "portoalegre_hill"


def main() -> int:
    """Find the station, draw the sheet, photograph it."""
    if len(sys.argv) == 3:
        extract, elevation = Path(sys.argv[1]), Path(sys.argv[2])
    elif folder := os.environ.get("HARBOR_TEST_DATA"):
        osm = Path(folder) / "osm"
        extract, elevation = osm / "portoalegre.osm.pbf", osm / "portoalegre_elevation.tif"
    else:
        print(__doc__, file=sys.stderr)
        return 2
    sheet = hill_sheet.draw(find(extract, elevation), elevation)
    target = load().var / "bench"
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{NAME}.svg").write_text(sheet, encoding="utf-8")
    (target / f"{NAME}.png").write_bytes(photograph(sheet))
    print(f"{target / NAME}.svg and .png")
    return 0


def photograph(sheet: str) -> bytes:
    """Return the sheet as a PNG with a small palette."""
    with sync_playwright() as playwright:
        browser = launched(playwright)
        page = browser.new_page(
            viewport={"width": hill_sheet.WIDTH, "height": hill_sheet.HEIGHT},
            device_scale_factor=1.5,
        )
        page.set_content(f'<body style="margin:0">{sheet}</body>')
        picture = page.screenshot()
        browser.close()
    return shrunk(picture)


if __name__ == "__main__":
    sys.exit(main())
