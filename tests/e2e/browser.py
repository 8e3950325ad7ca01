"""A person's visit in a real Chromium, which notes everything that is not as it should be."""

import time
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    ProxySettings,
    Request,
    Response,
)
from playwright.sync_api import Error as PlaywrightError

from app.web.sessions import COOKIE

SYSTEM_CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# a way to nowhere for whatever is not on this machine
NOWHERE: ProxySettings = {"server": "http://127.0.0.1:9", "bypass": "127.0.0.1"}

PHONE = (390, 844)
DESK = (1440, 900)

REST_SECONDS, QUIET_SECONDS = 20.0, 0.15


def launched(playwright: Playwright) -> Browser:
    """Start the system's Chromium, or playwright's own where the system has none."""
    path = str(SYSTEM_CHROMIUM) if SYSTEM_CHROMIUM.exists() else None
    return playwright.chromium.launch(executable_path=path, args=OPTIONS, proxy=NOWHERE)


class Visit:
    """One browser window with a memory of its own.

    It notes requests to anyone but the server (which lead nowhere), failed
    requests, answers of 400 and above, and every word on the console.

    Args:
        size: width and height of the window in CSS pixels.
        place: longitude and latitude the phone reports; None refuses to say.
        dark: whether the person prefers dark pages.
        scale: pixels of the screen to a CSS pixel.
    """

    def __init__(
        self,
        browser: Browser,
        address: str,
        *,
        size: tuple[int, int] = PHONE,
        place: tuple[float, float] | None = None,
        dark: bool = False,
        scale: float = 1,
        touch: bool = False,
    ) -> None:
        self.address = address
        self.trouble: list[str] = []
        self.requests: list[Request] = []
        self._waiting: set[Request] = set()
        self._expected: set[int] = set()
        self._context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light",
            device_scale_factor=scale,
            has_touch=touch,
            accept_downloads=True,
            permissions=[] if place is None else ["geolocation"],
            geolocation=None
            if place is None
            else {"longitude": place[0], "latitude": place[1], "accuracy": 10},
        )
        self._context.set_default_timeout(15_000)
        self.page: Page = self._context.new_page()
        self.page.on("request", self._asked)
        self.page.on("requestfinished", self._finished)
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.trouble.append(f"uncaught: {error}"))

    def enter(self, token: str) -> None:
        """Log in as whose session a token is."""
        self._context.add_cookies([{"name": COOKIE, "value": token, "url": self.address}])

    def go(self, path: str, *, status: int | None = None) -> Response | None:
        """Open a page and wait until it is at rest; a status of 400 or more must be announced."""
        if status is not None:
            self.expect(status)
        response = self.page.goto(self.address + path)
        self.rest()
        return response

    def expect(self, status: int) -> None:
        """Announce that an answer with this status is meant to come."""
        self._expected.add(status)

    def rest(self) -> None:
        """Wait until the page is loaded, idle, and has asked nothing of the server for a while."""
        self.page.wait_for_load_state("load")
        deadline = time.monotonic() + REST_SECONDS
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET_SECONDS:
            if time.monotonic() > deadline:
                raise TimeoutError(f"still asking: {[request.url for request in self._waiting]}")
            if not self._idle() or self._waiting:
                quiet_since = time.monotonic()

    def _idle(self) -> bool:
        """Wait until the page's scripts pause; false if the page gave way to another."""
        try:
            self.page.evaluate("0")
            self.page.wait_for_timeout(20)
        except PlaywrightError:
            return False
        return True

    def until(self, expression: str) -> None:
        """Wait until an expression of the page's scripts holds.

        Playwright's own waiting evaluates text within the page, which our policy forbids.
        """
        deadline = time.monotonic() + REST_SECONDS
        while not self.page.evaluate(expression):
            if time.monotonic() > deadline:
                raise TimeoutError(f"still not: {expression}")
            self.page.wait_for_timeout(50)

    def texts(self, selector: str) -> list[str]:
        """The visible texts of the elements a selector finds."""
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]

    def visible(self, selector: str) -> list[Locator]:
        """The elements a selector finds that a person can see."""
        return [found for found in self.page.locator(selector).all() if found.is_visible()]

    def close(self) -> list[str]:
        """End the visit; return what was not as it should be."""
        self.rest()
        self._context.close()
        return self.trouble

    def _ours(self, url: str) -> bool:
        if self.address.startswith("file:"):
            return url == self.address
        inside = url.startswith(("data:", "blob:"))
        return inside or urlsplit(url)[:2] == urlsplit(self.address)[:2]

    def _asked(self, request: Request) -> None:
        self.requests.append(request)
        self._waiting.add(request)
        if not self._ours(request.url):
            self.trouble.append(f"foreign request: {request.url}")

    def _finished(self, request: Request) -> None:
        self._waiting.discard(request)

    def _failed(self, request: Request) -> None:
        self._waiting.discard(request)
        # a question is taken back when the next one is asked before its answer came
        # an answer that is no longer waited for, and tiles of a page that was left
        aborted = request.failure == "net::ERR_ABORTED"
        asked = request.url.endswith(("/nearest", "/route"))
        taken_back = aborted and (asked or "/tiles/" in request.url or "/plan/" in request.url)
        if self._ours(request.url) and not taken_back:
            self.trouble.append(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected:
            self.trouble.append(f"status {response.status}: {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        # the browser repeats on the console what the answer's status said
        repeated = any(f"status of {status}" in message.text for status in self._expected)
        if not repeated:
            self.trouble.append(f"console {message.type}: {message.text}")
