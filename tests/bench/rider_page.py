"""The rider's page over a weak signal: bytes on the wire, and seconds until a list is usable.

The bytes are counted by a relay between browser and server, so that headers, the service
worker and what is fetched for later count too; tiles of the base map do not. The weak signal
is the usual slow 3G profile, 400 ms there and back and 400 kbit/s, on a processor four times
slower, as Chromium imitates them.
"""

import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.bench.measure import Row, Target, table
from tests.e2e.browser import launched
from tests.e2e.server import Server, environment, free_port, harbor, serving

JUNCTIONS, STATIONS = 20_000, 1_000
RUNS = 5
SIZE = (360, 640)
FIRST_BYTES = Target(bound=150, unit="kB")
LATER_BYTES = Target(bound=15, unit="kB")
FIRST_LIST = Target(bound=4, unit="s")
LATER_LIST = Target(bound=1.5, unit="s")
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000,
           "uploadThroughput": 50_000}  # fmt: skip
PROCESSOR_SLOWER = 4
CARD = "#list .card:not(.skeleton)"


class Relay:
    """Pass bytes on between browsers and a server, counting those that come back.

    Attributes:
        bytes_back: what the server sent, answers to tiles left out.
    """

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.bytes_back = 0
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """Where browsers connect."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def run(self) -> None:
        """Accept until closed."""
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._server_port))
            state = {"tiles": False}
            for source, target, back in ((near, far, False), (far, near, True)):
                threading.Thread(
                    target=self._pass_on, args=(source, target, back, state), daemon=True
                ).start()

    def close(self) -> None:
        """Stop accepting."""
        self._listener.close()

    def _pass_on(
        self, source: socket.socket, target: socket.socket, back: bool, state: dict[str, bool]
    ) -> None:
        try:
            while chunk := source.recv(65_536):
                if not back:
                    # one question at a time on a connection: what comes back is its answer
                    state["tiles"] = chunk.startswith(b"GET /tiles/")
                elif not state["tiles"]:
                    with self._lock:
                        self.bytes_back += len(chunk)
                target.sendall(chunk)
        except OSError:
            pass
        finally:
            for end in (source, target):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


def rows() -> Iterator[Row]:
    """Measure a first visit and later ones."""
    with _served() as server, sync_playwright() as playwright:
        browser = launched(playwright)
        relay = Relay(int(server.address.rpartition(":")[2]))
        threading.Thread(target=relay.run, daemon=True).start()
        try:
            yield from _measured(browser, relay, _place(server))
        finally:
            relay.close()
            browser.close()


def _measured(browser: Browser, relay: Relay, place: tuple[float, float]) -> Iterator[Row]:
    first_bytes, later_bytes, first_list, later_list = [], [], [], []
    for _ in range(RUNS):
        context = _phone(browser, place)
        first_bytes.append(_counted(relay, lambda page: _with_map(relay, page), context))
        later_bytes.append(_counted(relay, lambda page: _opened(relay, page), context))
        context.close()
        context = _phone(browser, place)
        first_list.append(_slowly(relay, context))
        # what is fetched for later has come, as between two visits
        _settled(context)
        later_list.append(_slowly(relay, context))
        context.close()
    yield _weight("rider's page, first load with the map", first_bytes, FIRST_BYTES)
    yield _weight("rider's page, later load", later_bytes, LATER_BYTES)
    yield _wait("rider's page, list at the first visit", first_list, FIRST_LIST)
    yield _wait("rider's page, list at a later visit", later_list, LATER_LIST)


@contextmanager
def _served() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="harbor-page-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        settings = environment(Path(folder) / "var", port=free_port())
        try:
            harbor("demo", "load", "--junctions", JUNCTIONS, "--stations", STATIONS,
                   settings=settings)  # fmt: skip
            with serving(settings, log=Path(folder) / "serve.log") as server:
                yield server
        finally:
            harbor("db", "down", settings=settings)


def _place(server: Server) -> tuple[float, float]:
    found = server.ask("/api/v1/stations?limit=1000")["features"]
    places = [one["geometry"]["coordinates"] for one in found]
    return statistics.median(p[0] for p in places), statistics.median(p[1] for p in places)


def _phone(browser: Browser, place: tuple[float, float]) -> BrowserContext:
    return browser.new_context(
        viewport={"width": SIZE[0], "height": SIZE[1]},
        locale="zh-CN",
        permissions=["geolocation"],
        geolocation={"longitude": place[0], "latitude": place[1], "accuracy": 10},
    )


def _opened(relay: Relay, page: Page) -> None:
    page.goto(relay.address)
    page.wait_for_selector(CARD)


def _with_map(relay: Relay, page: Page) -> None:
    _opened(relay, page)
    page.click("#map-toggle")
    page.wait_for_selector("#map .pin")


def _counted(relay: Relay, visit: Callable[[Page], None], context: BrowserContext) -> float:
    """Return the kilobytes of a visit, and of what is fetched for later."""
    before = relay.bytes_back
    page = context.new_page()
    visit(page)
    _quiet(relay, page)
    page.close()
    return (relay.bytes_back - before) / 1000


def _quiet(relay: Relay, page: Page) -> None:
    """Wait until nothing has come for two seconds."""
    seen, since = relay.bytes_back, time.monotonic()
    while time.monotonic() - since < 2:
        page.wait_for_timeout(100)
        if relay.bytes_back != seen:
            seen, since = relay.bytes_back, time.monotonic()


def _settled(context: BrowserContext) -> None:
    context.pages[0].wait_for_timeout(8_000)
    context.pages[0].close()


def _slowly(relay: Relay, context: BrowserContext) -> float:
    """Return the seconds until the first station is listed, over a weak signal."""
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW_3G)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": PROCESSOR_SLOWER})
    begun = time.perf_counter()
    page.goto(relay.address, wait_until="commit")
    page.wait_for_selector(CARD)
    return time.perf_counter() - begun


def _weight(work: str, kilobytes: list[float], target: Target) -> Row:
    worst = max(kilobytes)
    return Row(
        work=work, size=JUNCTIONS, seconds=None, target=target, value=worst,
        note=f"at most {worst:.1f} kB of {len(kilobytes)} visits, tiles apart;"
        f" {STATIONS:,} stations",
        facts={"kilobytes": worst},
    )  # fmt: skip


def _wait(work: str, seconds: list[float], target: Target) -> Row:
    middle = statistics.median(seconds)
    return Row(
        work=work, size=JUNCTIONS, seconds=middle, target=target, value=middle,
        note=f"slow 3G, processor {PROCESSOR_SLOWER} times slower; worst {max(seconds):.1f} s",
    )  # fmt: skip


if __name__ == "__main__":
    print(table(list(rows())))
