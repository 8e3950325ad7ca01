"""Take the README's pictures of the workbench on Porto Alegre: ``python -m tests.e2e.portoalegre``.

It reads the extract, the heights and the hexagons of people from the folder that
``HARBOR_TEST_DATA`` names, puts 150 stations among them, asks the planner's questions in a shell
and in a browser, and has ten new stations sited among all street corners.
"""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import psycopg
from playwright.sync_api import Browser, sync_playwright

from app.settings import Settings
from app.store.cluster import connection_url
from tests.bench.portoalegre_stations import make
from tests.e2e.browser import DESK, PHONE, Visit, launched
from tests.e2e.pictures import FOLDER, shrunk
from tests.e2e.server import HARBOR, Server, environment, free_port, harbor, serving, staff_session

NIGHT = "2026-12-02T22:00"
PERSON = "planner"


def main() -> None:
    """Build the city in a throw-away register, ask, serve, and photograph."""
    data = Path(os.environ["HARBOR_TEST_DATA"]) / "osm"
    with tempfile.TemporaryDirectory(prefix="harbor-porto-alegre-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        settings = environment(Path(folder) / "var", port=free_port())
        try:
            _fill(data, Path(folder), settings)
            _ask_in_a_shell(settings)
            token = _session(Path(folder) / "var")
            with serving(settings, log=Path(folder) / "serve.log") as server:
                _take_all(replace(server, staff=token))
        finally:
            harbor("db", "down", settings=settings)


def _fill(data: Path, folder: Path, settings: Mapping[str, str]) -> None:
    hexagons = data / "portoalegre_population_h3.csv"
    stations = folder / "stations.csv"
    make(hexagons, stations)
    for arguments in (
        ("network", "build", data / "portoalegre.osm.pbf", "--dem",
         data / "portoalegre_elevation.tif", "--name", "porto-alegre"),
        ("population", "import", hexagons, "--source", "H3 hexagons, census-derived"),
        ("stations", "import", stations, "--datum", "wgs84", "--as", "cut-over",
         "--document", "2020-1", "--likely", "enter"),
        ("users", "add", PERSON, "--role", "city_admin", "--everywhere"),
    ):  # fmt: skip
        harbor(*arguments, settings=settings)


def _ask_in_a_shell(settings: Mapping[str, str]) -> None:
    """Print what the README quotes."""
    for arguments in (
        ("coverage",),
        ("plan", "week"),
        ("plan", "gaps", "--at", NIGHT),
        ("plan", "sites", "--number", "10", "--from", "corners", "--at", NIGHT),
    ):
        print(f"\n$ harbor {' '.join(arguments)}", flush=True)  # noqa: T201
        subprocess.run([str(HARBOR), *arguments], env=dict(settings), check=True)


def _session(var: Path) -> str:
    url = connection_url(Settings(var=var))
    with psycopg.connect(url, autocommit=True) as connection:
        # the password that was made up is nobody's to change here
        connection.execute("UPDATE user_account SET must_change = false")
    return staff_session(url, PERSON)


def _take_all(server: Server) -> None:
    question = f"/plan?at={NIGHT}&layers=streets,uncovered,stations"
    with sync_playwright() as playwright:
        browser = launched(playwright)
        for name, path, options in (
            ("plan-1440", f"{question}&tab=gaps", {"size": DESK}),
            ("plan-week-1440", f"{question}&tab=week", {"size": DESK}),
            ("plan-390", question, {"size": PHONE, "scale": 2}),
        ):
            _take(browser, server, name, path, options)
        _siting_and_report(browser, server, question)
        browser.close()


def _take(
    browser: Browser, server: Server, name: str, path: str, options: Mapping[str, object]
) -> None:
    visit = Visit(browser, server.address, **options)  # type: ignore[arg-type]
    visit.enter(server.staff)
    visit.go(path)
    visit.page.wait_for_timeout(4_000)
    _keep(visit, name, visit.page.screenshot())


def _siting_and_report(browser: Browser, server: Server, question: str) -> None:
    """Have ten stations sited and a report made of it, waiting as a person does."""
    visit = Visit(browser, server.address, size=DESK)
    visit.enter(server.staff)
    visit.go(f"{question}&tab=siting")
    page = visit.page
    page.fill("#siting-number", "10")
    page.get_by_label("任何路口").check()
    page.get_by_role("button", name="开始选址").click()
    page.wait_for_selector(".sites li", timeout=120_000)
    page.wait_for_timeout(3_000)
    _write("plan-siting-1440", page.screenshot())
    page.get_by_role("tab", name="报告").click()
    page.click("#make-report")
    page.wait_for_selector("article.paper.zh", timeout=120_000)
    page.set_viewport_size({"width": 1180, "height": 1500})
    _keep(visit, "plan-report", page.screenshot())


def _keep(visit: Visit, name: str, png: bytes) -> None:
    if trouble := visit.close():
        raise RuntimeError(f"{name}: " + "; ".join(trouble))
    _write(name, png)


def _write(name: str, png: bytes) -> None:
    file = FOLDER / f"{name}.png"
    file.write_bytes(shrunk(png))
    print(f"{file.relative_to(Path.cwd())}: {file.stat().st_size / 1000:.0f} kB")  # noqa: T201


if __name__ == "__main__":
    main()
