"""Who asks: the cookie of a session, and the guards of views.

The cookie holds a random token; the database knows its digest alone. Without
any account in the register this machine itself is trusted, so that a fresh one
shows its pages at once.
"""

from datetime import UTC, datetime, timedelta

from flask import g, request
from werkzeug.wrappers import Response

from app.domain.accounts import LONGEST_LOGIN, STAFF, Person
from app.domain.errors import ForbiddenHere, HarborError
from app.domain.roles import Role
from app.service import logins
from app.service.logins import Caller, Standing
from app.web.context import runtime
from app.web.security import client_address, is_local, neighbourhood, require_local

COOKIE = "harbor_session"
# of a device on which a person logged in before: it says nothing and opens nothing
DEVICE_COOKIE = "harbor_device"
NOWHERE = "0.0.0.0/32"
_BROWSERS = (
    ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Windows", "Windows"), ("Macintosh", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


class LoginNeeded(HarborError):
    """The page is for who is logged in, and nobody is."""


class PasswordChangeNeeded(HarborError):
    """The password is known to somebody else too, and is to be changed first."""


def standing() -> Standing:
    """Return what the cookie of this request stands for."""
    if "standing" not in g:
        g.standing = logins.standing(runtime(), token(), at=now())
    found: Standing = g.standing
    return found


def enter(token: str) -> None:
    """Make the rest of this request that of a session which has only just begun."""
    g.standing = logins.standing(runtime(), token, at=now())


def token() -> str:
    """Return the token of the session that this browser keeps, empty for none."""
    return request.cookies.get(cookie_name(), "")


def cookie_name() -> str:
    """Return what the cookie is called; over HTTPS no other host of the domain can set it."""
    return f"__Host-{COOKIE}" if is_secure() else COOKIE


def current() -> Person | None:
    """Return who is logged in."""
    return standing().person


def require(*roles: Role) -> Person | None:
    """Let in who is logged in with one of the roles, in whatever scope.

    Returns:
        The person; None stands for this machine, while there is no account at all.

    Raises:
        LoginNeeded: if nobody is logged in.
        PasswordChangeNeeded: if the password has to be changed first.
        ForbiddenHere: if none of the roles fits.
        ForeignHost: for this machine under a name that is not ours.
    """
    person = current()
    if person is None:
        if not logins.anybody(runtime()):
            require_local()
            return None
        raise LoginNeeded(
            "This page is for staff.", remedy="Log in; you come back here afterwards."
        )
    if person.must_change:
        raise PasswordChangeNeeded(
            "Your password is to be changed first.", remedy="Change it on the page /account."
        )
    if not person.roles & frozenset(roles):
        raise ForbiddenHere(
            "None of your roles lets you see this page.",
            remedy="Ask a city admin for the role; your roles stand on the page /account.",
        )
    return person


def require_staff() -> None:
    """Let in staff of whatever role: for the ``before_request`` of a blueprint."""
    require(*STAFF)


def may(*roles: Role) -> bool:
    """Whether the caller has one of the roles, without a refusal."""
    person = current()
    if person is None:
        return is_local() and not logins.anybody(runtime())
    return not person.must_change and bool(person.roles & frozenset(roles))


def keep(response: Response, token: str) -> Response:
    """Give a new session's token to the browser."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=int(LONGEST_LOGIN.total_seconds()),
        httponly=True,
        secure=is_secure(),
        samesite="Lax",
    )
    return response


def drop(response: Response) -> Response:
    """Take the token out of the browser."""
    response.delete_cookie(cookie_name(), httponly=True, secure=is_secure(), samesite="Lax")
    return response


def is_secure() -> bool:
    """Whether cookies go over HTTPS alone."""
    return runtime().settings.public_url.lower().startswith("https:")


def caller() -> Caller:
    """Return where this request comes from, as far as logins note it."""
    return Caller(
        network=neighbourhood(client_address()) or NOWHERE,
        device=_device(request.headers.get("User-Agent", "")),
        request=str(g.get("request_id", "")),
        at=now(),
        known=request.cookies.get(DEVICE_COOKIE, ""),
    )


def know(response: Response, mark: str) -> Response:
    """Let the browser show at the next login that it was here before."""
    response.set_cookie(
        DEVICE_COOKIE,
        mark,
        max_age=int(timedelta(days=400).total_seconds()),
        httponly=True,
        secure=is_secure(),
        samesite="Lax",
        path="/login",
    )
    return response


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def _device(agent: str) -> str:
    """Name browser and system in two words; the rest of what they say is of no use."""
    found = [
        next((name for sign, name in known if sign in agent), "") for known in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(part for part in found if part)
