"""Forms that only our own pages can send, and that survive a login which ended meanwhile.

Every form carries a token: the hash of the session's cookie (before a login, of a
random one), which nobody else knows. It keeps no state and no key, so a token stays
good when the session is over and the cookie is not, which lets a late form be told
from a forged one, and when keys are changed. A library would bring a second session
of its own for this.
"""

import hashlib
import hmac
import json
import secrets
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from werkzeug.wrappers import Response

from app.domain.accounts import LONGEST_LOGIN
from app.domain.errors import FieldError, HarborError, InvalidInput
from app.service.vault import KeyUnknown, SealBroken
from app.web.context import runtime
from app.web.sessions import is_secure, standing
from app.web.sessions import token as session_token

FIELD, HEADER = "csrf_token", "X-CSRF-Token"
FORM_COOKIE = "harbor_form"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# public and without effect on the register
_OPEN = ("/api/",)
# where files are sent
_UPLOADS = ("/manage/", "/k/", "/plan/")
MOST_UPLOAD_BYTES = 40_000_000
# what is never carried over, whatever else a form asks
_SECRET = ("password", "secret", "one_time_code")
_OURS = ("pin", "ticket", "carried", FIELD)
# values of persons: what is carried says that they were left out
_PERSONAL = "keeper_"
LEFT_OUT = "left_out"
MOST_CARRIED = 2_000_000
View = TypeVar("View", bound=Callable[..., Any])
# by the name of a view: what shows its form again
_TOO_LARGE: dict[str, Callable[..., Any]] = {}


class FormStale(HarborError):
    """A form was sent without the token of this browser."""


@dataclass(frozen=True, slots=True, repr=False)
class Carried:
    """A form that was sent too late.

    Attributes:
        path: where it was sent.
        fields: its text fields in order, secrets left out.
        files: whether it held files, which are not carried.
        user_id: whose session had ended.
    """

    path: str
    fields: tuple[tuple[str, str], ...]
    files: bool
    user_id: int | None


def init_app(app: Flask) -> None:
    """Check the token of every request that may change something."""
    app.before_request(check)
    app.after_request(_keep_cookie)
    app.jinja_env.globals["csrf_token"] = token
    app.jinja_env.globals["most_upload_bytes"] = MOST_UPLOAD_BYTES


def token() -> str:
    """Return the token for a form of this answer."""
    return _token(_binding())


def rebind(begun: str) -> None:
    """Make the tokens of this answer for a session that has only just begun."""
    g.form_binding = begun


def shown_if_too_large(show: Callable[..., Any]) -> Callable[[View], View]:
    """Let a view that takes files show its form again when more was sent than is read.

    Args:
        show: gets what the view gets from its address, and returns the page. Nothing of the
            form was read, its token neither: it changes nothing.
    """

    def keep(view: View) -> View:
        _TOO_LARGE[f"{view.__module__}.{view.__qualname__}"] = show
        return view

    return keep


def too_large(field: str) -> InvalidInput:
    """Return the error beside the field of the files."""
    most = MOST_UPLOAD_BYTES // 1_000_000
    wrong = FieldError(
        field, f"more than {most} MB were sent at once; nothing was kept",
        f"一次上传的文件合计超过 {most} MB,没有保存。请缩小,或分几次上传。",
    )  # fmt: skip
    return InvalidInput([wrong], attempted="take the files")


def check() -> Any:
    """Refuse what may change something and does not come from a form of ours.

    Returns:
        The page of a form whose files are too large together; None lets the request pass.

    Raises:
        FormStale: if the token is missing or another browser's.
    """
    if request.method in SAFE or request.path.startswith(_OPEN) or request.routing_exception:
        return None
    if request.path.startswith(_UPLOADS) and _is_known():
        request.max_content_length = MOST_UPLOAD_BYTES
        if (request.content_length or 0) > MOST_UPLOAD_BYTES and (show := _too_large_page()):
            return show(**(request.view_args or {}))
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    cookies = [session_token(), request.cookies.get(FORM_COOKIE, "")]
    bound = next((cookie for cookie in cookies if cookie), "")
    if not bound or not hmac.compare_digest(given.encode(), _token(bound).encode()):
        raise FormStale(
            "The form is out of date.", remedy="Go back, load the page anew, and send it again."
        )
    return None


def _too_large_page() -> Callable[..., Any] | None:
    view = current_app.view_functions[request.endpoint or ""]
    return _TOO_LARGE.get(f"{view.__module__}.{view.__qualname__}")


def is_same_origin() -> bool:
    """Whether the browser itself says that a page of ours sent this."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(request.headers.get("Origin", ""))
    return bool(origin.netloc) and origin.netloc == request.host


def is_ours(path: str) -> bool:
    """Whether a path leads to a page of this server and nowhere else."""
    plain = path.isprintable() and "\\" not in path
    return plain and path.startswith("/") and not path.startswith("//")


def carry(user_id: int | None) -> str:
    """Seal the text fields of this request, to be sent again after a login."""
    path = request.full_path.rstrip("?")
    fields = [
        [name, value]
        for name, value in request.form.items(multi=True)
        if not any(secret in name.lower() for secret in _SECRET)
        and not name.lower().startswith((*_OURS, _PERSONAL))
    ]
    if any(name.lower().startswith(_PERSONAL) and value for name, value in request.form.items()):
        fields.append([LEFT_OUT, _PERSONAL])
    packed = zlib.compress(json.dumps([path, fields, has_files(), user_id]).encode())
    return urlsafe_b64encode(runtime().vault.seal("form", packed)).decode()


def has_files() -> bool:
    """Whether this request holds files, which are never carried over."""
    return any(file.filename for file in request.files.values())


def carried(sealed: str) -> Carried | None:
    """Open what was carried; None if it is not ours."""
    if not sealed:
        return None
    try:
        packed = runtime().vault.open_("form", urlsafe_b64decode(sealed.encode()))
        path, fields, files, user = json.loads(
            zlib.decompressobj().decompress(packed, MOST_CARRIED)
        )
    except (SealBroken, KeyUnknown, Base64Error, ValueError, zlib.error):
        return None
    if not is_ours(path):
        return None
    return Carried(path, tuple((name, value) for name, value in fields), files, user)


def _is_known() -> bool:
    """Whether scans, photos and lists may come: from who is logged in, or was a moment ago.

    The latter's files are not kept, but what was typed beside them is, and that is read
    from the same body. Strangers never send so much.
    """
    stands = standing()
    return stands.person is not None or stands.former_user_id is not None


def _token(binding: str) -> str:
    return hashlib.sha256(b"harbor form\0" + binding.encode()).hexdigest()


def _binding() -> str:
    if "form_binding" not in g:
        known = session_token() or request.cookies.get(FORM_COOKIE)
        if not known:
            known = g.form_cookie = secrets.token_urlsafe(32)
        g.form_binding = known
    return str(g.form_binding)


def _keep_cookie(response: Response) -> Response:
    if "form_cookie" in g:
        response.set_cookie(
            FORM_COOKIE,
            g.form_cookie,
            max_age=int(LONGEST_LOGIN.total_seconds()),
            httponly=True,
            secure=is_secure(),
            samesite="Lax",
        )
    return response
