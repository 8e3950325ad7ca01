"""Riders' reports at the desk: what is open, what was answered, and the answer itself."""

from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint
from flask import request
from werkzeug.wrappers import Response

from app.domain.errors import Conflict, InvalidInput
from app.domain.reports import LONGEST_NOTE
from app.service import receipts, reports
from app.service.reports import MOST_LISTED
from app.web import console, report_words
from app.web.console import Words
from app.web.context import runtime

blueprint = APIBlueprint("reports", __name__, url_prefix="/manage/reports", enable_openapi=False)

BIGGEST_ID = 2**63 - 1
_SAID: dict[str, Words] = {"answered": ("已答复,谢谢。", "Answered, thank you.")}


@blueprint.get("")
def show() -> Response:
    """Show the reports of the person's scope: open ones the oldest first, or answered ones."""
    return _page()


@blueprint.post("/<int:report_id>")
def answer(report_id: int) -> Response:
    """Answer a report; those of the station that say the same are answered with it."""
    actor = console.actor()
    said, note = request.form.get("answer", ""), request.form.get("note", "")
    with runtime().connection() as connection:
        try:

            def work() -> str:
                reports.answer(connection, actor, report_id, answer=said, note=note)
                return "/manage/reports?said=answered"

            location = receipts.once(connection, actor, request.form.get("once", ""), work)
        except (InvalidInput, Conflict) as error:
            return _page(error, typed={"id": report_id, "note": note})
    return console.moved_to(location)


def _page(
    error: InvalidInput | Conflict | None = None, *, typed: dict[str, Any] | None = None
) -> Response:
    actor, closed = console.actor(), request.args.get("state") == "closed"
    with runtime().connection() as connection:
        found = reports.listed(
            connection, actor, closed=closed, station_id=request.args.get("station", type=_id)
        )
    now = datetime.now(UTC)
    wrong = {} if error is None else console.wrong_of(error)
    page = console.page(
        "reports.html",
        at="reports",
        closed=closed,
        reports=[report_words.shown(row, now) for row in found],
        most=MOST_LISTED,
        longest_note=LONGEST_NOTE,
        typed=typed or {},
        # beside no form of the page, as there are many
        wrong={"": [words for all_ in wrong.values() for words in all_]} if wrong else {},
        notice=_SAID.get(request.args.get("said", "")),
    )
    status = 200 if error is None else 409 if isinstance(error, Conflict) else 422
    return console.answer(page, status)


def _id(text: str) -> int:
    """Read the id of a station; a list of one that cannot be is empty."""
    return min(int(text), BIGGEST_ID)
