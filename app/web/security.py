"""Headers of every answer, the log line of every request, and who may see staff pages."""

import ipaddress
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, request

from app.domain.errors import ForbiddenHere, HarborError
from app.service import logs
from app.settings import Network, Settings
from app.web.context import runtime

# whatever a proxy says of who it speaks for
_FORWARDED = ("forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip")


LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
# the document changes with a release alone
DOCUMENT_SECONDS = 300
HTTPS_SECONDS = 31_536_000
NO_SNIFFING = ("X-Content-Type-Options", "nosniff")


class ForeignHost(HarborError):
    """A staff page was asked for under a name that is not ours."""


def init_app(app: Flask) -> None:
    """Name and time every request, and put the security headers on every answer."""
    app.before_request(_begin)
    app.after_request(_finish)


def new_request_id() -> str:
    """Return a name for a request in the logs."""
    return secrets.token_hex(6)


def _begin() -> None:
    g.request_id = new_request_id()
    g.begun = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.request_id)


def _finish(response: Response) -> Response:
    settings = runtime().settings
    request_id = str(g.get("request_id", ""))
    if request.endpoint == "static":
        # a script or a style is no document: what a page may do, the page says
        response.headers.setdefault(*NO_SNIFFING)
    else:
        for name, value in standing_headers(settings, g.get("nonce", "")):
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = request_id
    _say_how_long_it_keeps(response)
    log_request(
        method=request.method,
        path=_logged_path(),
        address=client_address(),
        status=response.status_code,
        begun=g.get("begun", time.perf_counter()),
        request_id=request_id,
    )
    return response


def standing_headers(settings: Settings, nonce: str = "") -> list[tuple[str, str]]:
    """Return what every answer carries; without markup of its own it has no nonce."""
    headers = [
        ("Content-Security-Policy", _policy(settings.tile_url, nonce)),
        NO_SNIFFING,
        ("Referrer-Policy", "same-origin"),
        ("Permissions-Policy", "geolocation=(self)"),
    ]
    if settings.public_url.lower().startswith("https:"):
        headers.append(("Strict-Transport-Security", f"max-age={HTTPS_SECONDS}"))
    return headers


def log_request(
    *, method: str, path: str, address: str, status: int, begun: float, request_id: str
) -> None:
    """Write the line of a request: the path alone, a query string may hold where a rider is."""
    logs.say(
        "request",
        method=method,
        path=path,
        client=neighbourhood(address),
        status=status,
        ms=round((time.perf_counter() - begun) * 1000, 1),
        request=request_id,
    )


def _logged_path() -> str:
    """The path of a request without a keeper's link, which is half of what lets him in."""
    return "/k/…" if request.path.startswith("/k/") else request.path


def _say_how_long_it_keeps(response: Response) -> None:
    """Let nobody keep what names no time of its own; what staff see, never."""
    if request.path.startswith("/manage"):
        response.headers["Cache-Control"] = "no-store"
    elif request.endpoint == "openapi.spec":
        response.headers["Cache-Control"] = f"public, max-age={DOCUMENT_SECONDS}"
    else:
        # a page carries a nonce, which is for one answer alone
        response.headers.setdefault("Cache-Control", "no-store")


def client_address() -> str:
    """Return who asks: behind a trusted proxy, the last address it names that is not one itself."""
    return client_of(request.environ, runtime().settings)


def client_of(environ: Mapping[str, Any], settings: Settings) -> str:
    """Return who asks by a WSGI environment, as :func:`client_address`."""
    peer, trusted = str(environ.get("REMOTE_ADDR") or ""), settings.proxies
    if not trusted or not _is_among(peer, trusted):
        return peer
    named = str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    for address in reversed([part.strip() for part in named]):
        try:
            ipaddress.ip_address(address)
        except ValueError:
            return peer
        if not _is_among(address, trusted):
            return address
        peer = address
    return peer


def neighbourhood(address: str) -> str:
    """Return the network an address lies in: enough to see an attack, too little to see a rider."""
    octets = address.split(".")
    if len(octets) == 4 and all(
        octet.isdecimal() and int(octet) < 256 for octet in octets
    ):  # what most of them are
        return f"{'.'.join(octets[:3])}.0/24"
    try:
        bits = 24 if ipaddress.ip_address(address).version == 4 else 48
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))


def _is_among(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)


def _is_our_host() -> bool:
    """Whether the name asked for is ours: a stranger's name may be made to lead to loopback."""
    settings = runtime().settings
    ours = LOOPBACK_NAMES | {settings.host.lower(), urlsplit(settings.public_url).hostname}
    try:
        asked = urlsplit(f"//{request.headers.get('Host', '')}")
    except ValueError:
        return False
    return asked.hostname in ours and asked.username is None


def _policy(tile_url: str, nonce: str) -> str:
    """Return what a page may load; an answer without any markup of its own has no nonce."""
    images = "'self' data:"
    if tile_url:
        images += f" {tile_url.split('{', maxsplit=1)[0].rsplit('/', 1)[0]}/"
    ours = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    return (
        f"default-src 'self'; img-src {images}; script-src {ours}; style-src {ours};"
        " object-src 'none'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'"
    )


def is_local() -> bool:
    """Whether a request comes from this machine and asks for it by a name of ours."""
    return _is_from_here() and _is_our_host()


def _is_from_here() -> bool:
    """Whether a request comes from this machine; one through a proxy never does.

    A proxy on this machine may leave no header, so where one is configured, or the
    public address is another than this machine's, nobody counts as local.
    """
    settings = runtime().settings
    if settings.proxies or urlsplit(settings.public_url).hostname not in LOOPBACK_NAMES:
        return False
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104 - not a bind
    return address.is_loopback and not any(map(_forwards, request.headers.keys()))


def require_local() -> None:
    """Let in only who sits at this machine: for a register that has no account yet.

    Raises:
        ForbiddenHere: for everyone else.
        ForeignHost: for a name that is not ours.
    """
    if not _is_from_here():
        raise ForbiddenHere(
            "Staff pages answer on this machine alone, until there is an account.",
            remedy="Add one on the server, harbor users add NAME --role city_admin, or come through"
            " a tunnel: ssh -L 8080:127.0.0.1:8080 SERVER.",
        )
    if not _is_our_host():
        raise ForeignHost(
            "Staff pages do not answer under this host name.",
            remedy="Open them under 127.0.0.1 or localhost, or set HARBOR_PUBLIC_URL.",
        )


def _forwards(header: str) -> bool:
    name = header.lower()
    return name in _FORWARDED or name.startswith("x-forwarded")
