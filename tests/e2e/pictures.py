"""Take the README's pictures of a default demo city: ``python -m tests.e2e.pictures``."""

import itertools
import statistics
import struct
import tempfile
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, sync_playwright
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from scipy.spatial import cKDTree

from app.settings import Settings
from app.store.cluster import connection_url
from tests.e2e.browser import DESK, PHONE, Visit, launched
from tests.e2e.server import Server, environment, free_port, harbor, serving, staff_session

FOLDER = Path(__file__).with_name("pictures")
# a palette of this many colours, which differ by this much over the three parts
COLOURS, LEAST_APART = 160, 16
Place = tuple[float, float]


def main() -> None:
    """Load a demo city into a throw-away database, serve it, and photograph it."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="harbor-pictures-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        settings = environment(Path(folder) / "var", port=free_port())
        try:
            harbor("demo", "load", settings=settings)
            url = connection_url(Settings(var=Path(folder) / "var"))
            token = staff_session(url, "demo-admin")
            with serving(settings, log=Path(folder) / "serve.log") as server:
                _take_all(replace(server, staff=token))
        finally:
            harbor("db", "down", settings=settings)


def _take_all(server: Server) -> None:
    place, code = _good_place(server)
    with sync_playwright() as playwright:
        browser = launched(playwright)
        phone = {"place": place, "scale": 2}
        for name, path, options, before in (
            ("management-map-1440", "/manage/map", {"size": DESK}, None),
            ("management-map-390", "/manage/map", {"size": PHONE, "scale": 2}, None),
            ("queue-1440", "/manage", {"size": DESK}, None),
            ("rider-390", "/", phone, None),
            ("rider-dark-390", "/", {**phone, "dark": True}, None),
            ("rider-route-390", "/", phone, _with_route),
            ("rider-offline-390", "/", phone, _without_signal),
            ("rider-1440", "/", {"size": DESK, "place": place}, None),
            ("station-390", f"/s/{code}", {"scale": 2}, None),
        ):
            _take(browser, server, name, path, options, before)
        browser.close()


def _with_route(visit: Visit) -> None:
    visit.page.locator("#list .card h2 a").nth(2).click()
    visit.page.wait_for_selector("#detail-map path.route")


def _without_signal(visit: Visit) -> None:
    visit.until("localStorage.getItem('harbor.area') !== null")
    visit.until("navigator.serviceWorker.controller !== null")
    visit.page.context.set_offline(True)
    visit.page.reload()
    visit.page.wait_for_selector("#list .card:not(.skeleton)")
    visit.rest()
    visit.trouble.clear()


def _take(
    browser: Browser,
    server: Server,
    name: str,
    path: str,
    options: dict[str, object],
    before: Callable[[Visit], None] | None,
) -> None:
    visit = Visit(browser, server.address, **options)  # type: ignore[arg-type]
    if path.startswith("/manage"):
        visit.enter(server.staff)
    visit.go(path)
    if before is not None:
        before(visit)
    # clusters fade in, and tiles are drawn after they have come
    visit.page.wait_for_timeout(1500)
    picture = shrunk(visit.page.screenshot())
    visit.page.context.set_offline(False)
    if trouble := visit.close():
        raise RuntimeError(f"{name}: " + "; ".join(trouble))
    file = FOLDER / f"{name}.png"
    file.write_bytes(picture)
    print(f"{file.relative_to(Path.cwd())}: {len(picture) / 1000:.0f} kB")  # noqa: T201


def _good_place(server: Server) -> tuple[Place, str]:
    """A place with stations at a few minutes each, and the number of one to look at."""
    features = server.ask("/api/v1/stations?limit=500")["features"]
    points = [feature["geometry"]["coordinates"] for feature in features]
    lon, lat = (statistics.median(point[axis] for point in points) for axis in (0, 1))
    best: tuple[float, Place, str] | None = None
    for east, north in itertools.product(range(-8, 9), repeat=2):
        place = (lon + east * 0.0025, lat + north * 0.0025)
        found = server.ask("/api/v1/nearest", {"lon": place[0], "lat": place[1], "k": 5})
        for rank, score in _score(found.get("stations", [])):
            if best is None or score < best[0]:
                best = score, place, found["stations"][rank]["code"]
    if best is None:
        raise RuntimeError("no place in the city has five stations near")
    return best[1], best[2]


def _score(stations: list[dict[str, object]]) -> Iterator[tuple[int, float]]:
    """How far walks are from a telling row of 3, 5, 7, 10 and 14 minutes; open ones first."""
    if len(stations) < 5:
        return
    minutes = [float(str(station["walk_seconds"])) / 60 for station in stations]
    apart = sum(abs(a - b) for a, b in zip(minutes, (3, 5, 7, 10, 14), strict=True))
    for rank, station in enumerate(stations[:2]):
        if station["open"] == "open" and station["open_until"]:
            yield rank, apart


def shrunk(png: bytes) -> bytes:
    """Write a picture with a small palette: the most frequent ones as they are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with MemoryFile(png) as memory, memory.open() as image:
            pixels = np.moveaxis(image.read([1, 2, 3]), 0, -1)
    height, width, _ = pixels.shape
    colours, index, count = np.unique(
        pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True
    )
    palette = _palette(colours, count)
    _, nearest = cKDTree(palette.astype(float)).query(colours.astype(float))
    return _png(palette, nearest[index.ravel()].astype(np.uint8).reshape(height, width))


def _palette(colours: NDArray[np.uint8], count: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Choose the most frequent colours that differ visibly from those chosen before."""
    ordered = colours[np.argsort(-count, kind="stable")].astype(int)
    apart = np.full(len(ordered), np.inf)
    chosen: list[int] = []
    while len(chosen) < COLOURS and (apart > LEAST_APART).any():
        chosen.append(int(np.argmax(apart > LEAST_APART)))
        apart = np.minimum(apart, np.abs(ordered - ordered[chosen[-1]]).sum(axis=1))
    return ordered[chosen].astype(np.uint8)


def _png(palette: NDArray[np.uint8], rows: NDArray[np.uint8]) -> bytes:
    """Encode rows of indices into a palette."""
    height, width = rows.shape
    filtered = np.hstack((np.zeros((height, 1), np.uint8), rows))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(filtered.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


if __name__ == "__main__":
    main()
