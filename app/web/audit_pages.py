"""The audit: searched by who, what, to what, in which request and when; and as a file."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import Response as FlaskResponse
from flask import request
from werkzeug.wrappers import Response

from app.domain.errors import HarborError
from app.domain.station_list import FIRST_YEAR, LAST_YEAR
from app.service import audit
from app.service.audit import BIGGEST_ID, Event, Question
from app.web import audit_words, console, record_words
from app.web.context import runtime
from app.web.fact_words import Words

blueprint = APIBlueprint("audit", __name__, url_prefix="/manage/audit", enable_openapi=False)

ASKED = ("user", "action", "subject", "request", "since", "until")
LONGEST = 200


@blueprint.get("", strict_slashes=False)
def listed() -> Response:
    """Search the audit."""
    person, zone = console.actor(), runtime().settings.zone
    question, wrong = _question()
    before = _id(request.args.get("before", ""))
    with runtime().connection() as connection:
        found = audit.search(connection, person, question, zone=zone, before=before)
    asked = {name: request.args.get(name, "").strip()[:LONGEST] for name in ASKED}
    query = urlencode({name: value for name, value in asked.items() if value})
    following = f"/manage/audit?{query}{'&' if query else ''}before={found.before}"
    context = {
        "events": [_shown(event, found.people) for event in found.events],
        "people": sorted(found.people.items(), key=lambda pair: pair[1]),
        "actions": [(name, audit_words.action(name)) for name in found.actions],
        "groups": sorted({name.partition(".")[0] for name in found.actions}),
        "group_names": audit_words.GROUPS,
        "asked": asked,
        "query": query,
        "next": following if found.before else None,
        "narrowed": bool(query),
        "wrong": wrong,
    }
    status = 422 if wrong else 200
    return console.answer(console.page("audit.html", at="audit", **context), status)


@blueprint.get("/export.csv")
def export() -> Response:
    """Hand out the events as a file."""
    person, zone = console.actor(), runtime().settings.zone
    question, wrong = _question()
    if wrong:
        return listed()
    with runtime().connection() as connection:
        try:
            content, _ = audit.export(connection, person, question, zone=zone)
        except HarborError as error:
            words = record_words.wrong(error)
            context: dict[str, Any] = {
                "events": [], "people": [], "actions": (), "groups": [],
                "group_names": audit_words.GROUPS,
                "asked": dict.fromkeys(ASKED, "") | dict(request.args.items()), "query": "",
                "next": None, "narrowed": True, "wrong": words,
            }  # fmt: skip
            page = console.page("audit.html", at="audit", **context)
            return console.answer(page, 422 if "since" in words else 403)
    headers = {
        "Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store",
    }  # fmt: skip
    return FlaskResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _question() -> tuple[Question, dict[str, list[Words]]]:
    wrong: dict[str, list[Words]] = {}
    given = {name: request.args.get(name, "").replace("\0", "").strip() for name in ASKED}
    days = {name: _day(name, given[name], wrong) for name in ("since", "until")}
    return Question(
        user_id=_id(given["user"]), action=given["action"][:LONGEST],
        subject=given["subject"][:LONGEST], request_id=given["request"][:LONGEST], **days,
    ), wrong  # fmt: skip


def _day(name: str, text: str, wrong: dict[str, list[Words]]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        wrong[name] = [("日期应写成 2026-01-31", "Expected a date such as 2026-01-31")]
        return None
    return day


def _id(text: str) -> int | None:
    plain = text.isascii() and text.isdigit() and len(text) <= 19
    return int(text) if plain and int(text) <= BIGGEST_ID else None


def _shown(event: Event, people: dict[int, str]) -> dict[str, Any]:
    kind, _, identity = event.subject.partition(" ")
    return {
        "event": event,
        "who": people.get(event.user_id or 0, ""),
        "group": audit_words.GROUPS.get(event.action.partition(".")[0]),
        "action": audit_words.action(event.action),
        "subject": audit_words.subject(event.subject),
        "station": identity if kind == "station" and identity.isdigit() else None,
        "details": audit_words.details(event.details),
    }
