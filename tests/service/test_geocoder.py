"""The optional geocoder, asked over real HTTP on this machine."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.domain.errors import InvalidInput, Unavailable
from app.service import geocoder
from app.settings import Settings, load
from geo.datum import from_wgs84

LON, LAT = 106.577, 29.557
GCJ = from_wgs84(LON, LAT, datum="gcj02")

Serve = Callable[..., Settings]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Answer in the way a test wants, on a port of its own."""
    servers: list[ThreadingHTTPServer] = []

    def started(
        content: bytes = b"", *, status: int = 200, wait_seconds: float = 0, **more: Any
    ) -> Settings:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                time.sleep(wait_seconds)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/find?q={{words}}"
        return Settings(geocoder_url=address, **more)

    asked: list[str] = []
    started.asked = asked  # type: ignore[attr-defined]
    yield started
    for server in servers:
        server.shutdown()
        server.server_close()


def answer(*places: dict[str, Any]) -> bytes:
    return json.dumps({"places": places}).encode()


def test_its_places_come_in_order_with_their_datum_and_where_that_is(serve: Serve) -> None:
    settings = serve(
        answer(
            {"name": "较场口", "address": "民权路", "lon": GCJ[0], "lat": GCJ[1]},
            {"lon": "106.5", "lat": "29.5"},
        ),
        geocoder_datum="gcj02",
    )
    first, second = geocoder.ask(settings, "渝中区 民权路28号&x=1")
    assert (first.name, first.address, first.datum) == ("较场口", "民权路", "gcj02")
    assert first.wgs84 == pytest.approx((LON, LAT), abs=1e-8)
    assert (second.name, second.longitude) == ("", 106.5)
    [asked] = serve.asked  # type: ignore[attr-defined]
    assert parse_qs(urlsplit(asked).query) == {"q": ["渝中区 民权路28号&x=1"]}


def test_places_that_are_none_are_left_out(serve: Serve) -> None:
    settings = serve(answer({"lon": 999, "lat": 29.5}, {"lon": 106.5, "lat": 29.5}))
    assert len(geocoder.ask(settings, "x")) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"[]", b'{"places": 3}', b'{"places": [{"lon": "x"}]}', b'{"places": [3]}',
     b'{"places": [{"lon": NaN, "lat": 3}]}x', b"[" * 100_000, b" " * 600_000],
)  # fmt: skip
def test_an_answer_that_is_none_is_said(serve: Serve, content: bytes) -> None:
    with pytest.raises(Unavailable, match="cannot be read"):
        geocoder.ask(serve(content), "x")


@pytest.mark.parametrize("status", [302, 404, 500])
def test_it_is_silent_if_it_fails_or_sends_elsewhere(serve: Serve, status: int) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        geocoder.ask(serve(answer(), status=status), "x")
    assert len(serve.asked) == 1  # type: ignore[attr-defined]


def test_it_is_not_waited_for_longer_than_is_set(serve: Serve) -> None:
    settings = serve(answer(), wait_seconds=2, geocoder_seconds=0.1)
    with pytest.raises(Unavailable, match="does not answer") as raised:
        geocoder.ask(settings, "x")
    assert raised.value.zh


def test_nobody_is_asked_unless_one_is_configured() -> None:
    assert geocoder.host(Settings()) == ""
    with pytest.raises(Unavailable, match="No geocoder"):
        geocoder.ask(Settings(), "x")


def test_the_page_can_say_who_would_be_asked_without_a_password() -> None:
    settings = Settings(geocoder_url="http://who:secret@maps.local:81/f?q={words}")
    assert geocoder.host(settings) == "maps.local:81"


@pytest.mark.parametrize("address", ["file:///etc/passwd?{words}", "http://maps.local/find"])
def test_an_address_that_is_no_question_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        load({"HARBOR_GEOCODER_URL": address}, env_file=None)
    assert raised.value.errors[0].field == "HARBOR_GEOCODER_URL"
