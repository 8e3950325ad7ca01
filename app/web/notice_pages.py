"""Notices of staff: what they are told, and whom they are to ring up."""

from apiflask import APIBlueprint
from flask import request
from werkzeug.wrappers import Response

from app.domain.accounts import STAFF
from app.domain.roles import Role
from app.service import notices
from app.web import console
from app.web.context import runtime

blueprint = APIBlueprint("notices", __name__, url_prefix="/manage/notices", enable_openapi=False)

CALLERS = frozenset({Role.UNION_STAFF, Role.REVIEWER, Role.INSPECTOR, Role.CITY_ADMIN}) & STAFF


@blueprint.get("", strict_slashes=False)
def listed() -> str:
    """Show one's own notices, and the calls to be made."""
    actor = console.actor()
    calls = console.me().roles & CALLERS
    with runtime().connection() as connection:
        own = notices.mine(connection, actor)
        to_call = notices.to_call(connection, actor) if calls else []
    return console.page("notices.html", at="notices", own=own, to_call=to_call)


@blueprint.post("/seen")
def seen() -> Response:
    """Mark notices as seen."""
    actor = console.actor()
    ids = [int(text) for text in request.form.getlist("id") if text.isdecimal()]
    with runtime().connection() as connection:
        notices.see(connection, actor, ids)
    return console.moved_to("/manage/notices")


@blueprint.post("/<int:notice_id>/called")
def called(notice_id: int) -> Response:
    """Note that the keeper was told by telephone."""
    actor = console.actor()
    with runtime().connection() as connection:
        notices.note_call(connection, actor, notice_id)
    return console.moved_to("/manage/notices")
