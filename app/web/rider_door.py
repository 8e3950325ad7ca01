"""The door for riders: the one question that is asked all day, answered before Flask is asked.

Routing, hooks and schemas take longer than finding the stations. So the plain question is
answered here, by the same functions and with the same bytes as the route of
:mod:`app.web.api`; whatever is unusual about a request, and every error, is left to that
route, which also describes the question in the OpenAPI document.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from json import JSONDecodeError, loads
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask
from pydantic import ValidationError
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from app.service.errors import GeoError, HarborError
from app.service.runtime import Runtime
from app.web.packing import LEAST_BYTES, packed
from app.web.riders import nearest_text
from app.web.schemas import NearestQuery
from app.web.security import client_of, log_request, new_request_id, standing_headers

PATH = "/api/v1/nearest"
# a question is a hundred bytes long; what is longer is for the route to refuse
MOST_BODY_BYTES = 4_096
JSON = "application/json"

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]


class RiderDoor:
    """Answer plain questions for the nearest stations; hand everything else on."""

    def __init__(self, inside: Wsgi, harbor: Runtime) -> None:
        self.inside = inside
        self._harbor = harbor
        self._headers = [
            ("Content-Type", JSON), ("Cache-Control", "no-store"), ("Vary", "Accept-Encoding"),
            *standing_headers(harbor.settings),
        ]  # fmt: skip

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as WSGI has it."""
        if environ["PATH_INFO"] != PATH or environ.get("SCRIPT_NAME"):
            return self.inside(environ, start_response)
        begun = time.perf_counter()
        content = self._answer(environ)
        if content is None:
            return self.inside(environ, start_response)
        request_id = new_request_id()
        headers = [*self._headers, ("X-Request-Id", request_id)]
        if len(content) >= LEAST_BYTES and _takes_gzip(environ):
            content = packed(content)
            headers.append(("Content-Encoding", "gzip"))
        start_response("200 OK", [*headers, ("Content-Length", str(len(content)))])
        log_request(
            method=environ["REQUEST_METHOD"], path=PATH, status=200, begun=begun,
            address=client_of(environ, self._harbor.settings), request_id=request_id,
        )  # fmt: skip
        return (content,)

    def _answer(self, environ: Environ) -> bytes | None:
        """Return the answer to a plain question, None for whatever the route has to look at."""
        asked = _asked(environ)
        if asked is None:
            return None
        try:
            return nearest_text(self._harbor, NearestQuery.model_validate(asked)).encode()
        except (ValidationError, HarborError, GeoError):
            return None


def _asked(environ: Environ) -> Mapping[str, Any] | None:
    """Return the parameters of a request, None if they are not there once each."""
    if environ["REQUEST_METHOD"] == "GET":
        pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        once = dict(pairs)
        return once if len(once) == len(pairs) else None
    if environ["REQUEST_METHOD"] != "POST" or environ.get("CONTENT_TYPE") != JSON:
        return None
    if environ.get("QUERY_STRING") or not environ.get("CONTENT_LENGTH", "").isdecimal():
        return None
    length = int(environ["CONTENT_LENGTH"])
    if length > MOST_BODY_BYTES:
        return None
    body = environ["wsgi.input"].read(length)
    # the route may want to read it too
    environ["wsgi.input"] = BytesIO(body)
    try:
        asked = loads(body)
    except (JSONDecodeError, UnicodeDecodeError):
        return None
    return asked if isinstance(asked, dict) else None


def _takes_gzip(environ: Environ) -> bool:
    named = environ.get("HTTP_ACCEPT_ENCODING", "")
    return "gzip" in named and parse_accept_header(named, Accept).quality("gzip") > 0


def init_app(app: Flask, harbor: Runtime) -> None:
    """Put the door before an application."""
    app.wsgi_app = RiderDoor(app.wsgi_app, harbor)  # type: ignore[method-assign]
