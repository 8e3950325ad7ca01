"""Headers of every answer, the log line of every request, and who may see staff pages."""

import ipaddress
import time
import uuid

import structlog
from flask import Flask, Response, g, request

from app.domain.errors import ForbiddenHere
from app.web.context import nonce, runtime

log = structlog.get_logger(__name__)

# whatever a proxy says of who it speaks for
_FORWARDED = ("forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip")


def init_app(app: Flask) -> None:
    """Name and time every request, and put the security headers on every answer."""
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    g.request_id = uuid.uuid4().hex[:12]
    g.begun = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.request_id)


def _finish(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _policy())
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "geolocation=(self)")
    response.headers["X-Request-Id"] = g.get("request_id", "")
    # the path alone: a query string may hold where a rider is
    log.info(
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        ms=round((time.perf_counter() - g.get("begun", time.perf_counter())) * 1000, 1),
    )
    return response


def _policy() -> str:
    images = "'self' data:"
    tiles = runtime().settings.tile_url
    if tiles:
        images += f" {tiles.split('{')[0].rsplit('/', 1)[0]}/"
    return (
        f"default-src 'self'; img-src {images}; script-src 'self' 'nonce-{nonce()}';"
        f" style-src 'self' 'nonce-{nonce()}'; object-src 'none'; base-uri 'none';"
        " frame-ancestors 'self'; form-action 'self'"
    )


def is_local() -> bool:
    """Whether a request comes from this machine; one through a proxy never does."""
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104 - not a bind
    return address.is_loopback and not any(map(_forwards, request.headers.keys()))


def require_local() -> None:
    """Let in only who sits at this machine: staff pages have no accounts yet.

    Raises:
        ForbiddenHere: for everyone else.
    """
    if not is_local():
        raise ForbiddenHere(
            "Staff pages answer on this machine alone.",
            remedy="Reach them through a tunnel: ssh -L 8080:127.0.0.1:8080 SERVER.",
        )


def _forwards(header: str) -> bool:
    name = header.lower()
    return name in _FORWARDED or name.startswith("x-forwarded")
