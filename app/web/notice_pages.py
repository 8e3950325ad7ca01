"""Notices of staff: what they are told, and whom they are to ring up."""

from collections.abc import Mapping

from apiflask import APIBlueprint
from flask import request
from werkzeug.wrappers import Response

from app.domain.accounts import STAFF
from app.domain.errors import HarborError
from app.domain.roles import Role
from app.service import call_lists, notices
from app.service.call_lists import CallList, LimitReached
from app.web import console, sessions
from app.web.console import Words
from app.web.context import runtime

blueprint = APIBlueprint("notices", __name__, url_prefix="/manage/notices", enable_openapi=False)

CALLERS = frozenset({Role.UNION_STAFF, Role.REVIEWER, Role.INSPECTOR, Role.CITY_ADMIN}) & STAFF


@blueprint.get("", strict_slashes=False)
def listed() -> str:
    """Show one's own notices, and the calls to be made."""
    actor, harbor = console.actor(), runtime()
    with harbor.connection() as connection:
        own = notices.mine(connection, actor)
        calls = (
            call_lists.waiting(connection, actor, harbor.settings)
            if console.me().roles & CALLERS
            else None
        )
    return console.page(
        "notices.html", at="notices", own=own, calls=calls,
        gateway=bool(harbor.settings.notice_gateway_url),
    )  # fmt: skip


@blueprint.post("/seen")
def seen() -> Response:
    """Mark notices as seen."""
    actor = console.actor()
    ids = [int(text) for text in request.form.getlist("id") if text.isdecimal()]
    with runtime().connection() as connection:
        notices.see(connection, actor, ids)
    return console.moved_to("/manage/notices")


@blueprint.get("/calls")
def call_list() -> Response:
    """Show a part of the calls to make as a sheet to print, still without a number."""
    return _calls(_after(request.args.get("after", "")))


@blueprint.post("/calls")
def numbered_call_list() -> Response:
    """Show the same part with names and phones, for a reason."""
    actor, harbor, after = console.actor(), runtime(), _after(request.form.get("after", ""))
    try:
        with harbor.connection() as connection:
            calls = call_lists.numbered(
                connection, harbor.vault, actor, harbor.settings, after=after,
                reason=request.form.get("reason", ""),
            )  # fmt: skip
    except LimitReached as error:
        return _calls(after, {"reason": [(error.zh, f"{error} {error.remedy}")]}, 429)
    except HarborError as error:
        return _calls(after, console.wrong_of(error), 422)
    return _call_page(calls)


@blueprint.post("/<int:notice_id>/called")
def called(notice_id: int) -> Response:
    """Note that the keeper was told by telephone."""
    actor = console.actor()
    with runtime().connection() as connection:
        call_lists.done(connection, actor, notice_id)
    return console.moved_to("/manage/notices")


def _after(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _calls(
    after: int, wrong: Mapping[str, list[Words]] | None = None, status: int = 200
) -> Response:
    actor, harbor = console.actor(), runtime()
    with harbor.connection() as connection:
        calls = call_lists.waiting(connection, actor, harbor.settings, after=after)
    return _call_page(calls, wrong, status)


def _call_page(
    calls: CallList, wrong: Mapping[str, list[Words]] | None = None, status: int = 200
) -> Response:
    markup = console.page(
        "call_list.html", at="notices", calls=calls, wrong=wrong or {},
        reason=request.form.get("reason", ""), day=sessions.now(),
        lists=call_lists.LISTS_AN_HOUR,
    )  # fmt: skip
    return console.answer(markup, status)
