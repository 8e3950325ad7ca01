"""Changes of approved facts that wait: decided one by one on their station, or many at once."""

from typing import Any

from apiflask import APIBlueprint
from flask import request
from werkzeug.wrappers import Response

from app.domain.actor import Actor
from app.domain.errors import FieldError, HarborError, InvalidInput, NotFound
from app.service import edits, receipts, records
from app.service.edits import Decided
from app.service.records import Connection
from app.web import console, record_pages, record_words
from app.web.context import runtime
from app.web.fact_words import Words

blueprint = APIBlueprint("changes", __name__, url_prefix="/manage/changes", enable_openapi=False)

A_PAGE = 50
LONGEST_REASON = 2000


@blueprint.get("", strict_slashes=False)
def listed() -> str:
    """List the changes that wait in one's scope."""
    person = console.actor()
    with runtime().connection() as connection:
        context = _context(connection, person)
    context["notice"] = _notice()
    return console.page("changes.html", at="stations", **context)


@blueprint.post("", strict_slashes=False)
def decide() -> Response:
    """Accept or refuse the chosen ones; those that cannot be stay, with the reason."""
    person, once = console.actor(), request.form.get("once", "")
    chosen = [_id(text) for text in request.form.getlist("id")]
    outcome: list[Decided] = []
    with runtime().connection() as connection:
        try:
            reason = _reason() if request.form.get("decide") == "refuse" else None
            if not chosen:
                raise InvalidInput(
                    [FieldError("id", "choose at least one", "请至少勾选一项")],
                    attempted="decide the changes",
                )

            def work() -> str:
                done = edits.decide_all(connection, person, chosen, reason=reason)
                outcome.append(done)
                kind = "accepted" if reason is None else "refused"
                return f"/manage/changes?{kind}={len(done.done)}"

            location = receipts.once(connection, person, once, work)
        except HarborError as error:
            context = _context(connection, person, chosen=chosen)
            context |= {"wrong": record_words.wrong(error), "once": once or receipts.token()}
            return console.answer(console.page("changes.html", at="stations", **context), 422)
        refused = outcome[-1].refused if outcome else {}
        if not refused:
            return console.moved_to(location)
        context = _context(connection, person, chosen=chosen, refused=refused)
    done = len(outcome[-1].done)
    context["notice"] = (
        f"已处理 {done} 项,{len(refused)} 项没有处理,原因见下。",
        f"{done} decided, {len(refused)} not; the reasons stand below.",
    )
    return console.answer(console.page("changes.html", at="stations", **context), 409)


@blueprint.post("/<int:change_id>/<any(accept, refuse, withdraw):what>")
def decide_one(change_id: int, what: str) -> Response:
    """Accept, refuse or withdraw one change."""
    person, once = console.actor(), request.form.get("once", "")
    with runtime().connection() as connection:
        station_id = edits.station_of(connection, person, change_id)

        def work() -> str:
            if what == "accept":
                edits.accept(connection, person, change_id)
            elif what == "refuse":
                edits.refuse(connection, person, change_id, reason=_reason())
            else:
                edits.withdraw(connection, person, change_id)
            done = {"accept": "accepted", "refuse": "refused", "withdraw": "withdrawn"}[what]
            return f"/manage/stations/{station_id}?done={done}"

        try:
            return console.moved_to(receipts.once(connection, person, once, work))
        except NotFound:
            raise
        except HarborError as error:
            context = record_pages.shown(connection, person, station_id)
            words = [pair for field in record_words.wrong(error).values() for pair in field]
            context["wrong"] = {"": words}
            status = 422 if isinstance(error, InvalidInput) else 409
    return console.answer(record_pages.markup(context), status)


def _context(
    connection: Connection,
    person: Actor,
    *,
    chosen: list[int] | None = None,
    refused: Any = None,
) -> dict[str, Any]:
    after = _id(request.args.get("after", "0"))
    found = edits.open_requests(connection, person, after_id=after, most=A_PAGE + 1)
    names = records.unions(connection, person)
    return {
        "asked": [
            record_pages.request_shown(one, person, names, (refused or {}).get(one.id))
            for one in found[:A_PAGE]
        ],
        "after": found[A_PAGE - 1].id if len(found) > A_PAGE else None,
        "chosen": chosen or [],
        "reason": request.form.get("reason", ""),
        "once": receipts.token(),
        "wrong": {},
        "notice": None,
    }


def _reason() -> str:
    reason = request.form.get("reason", "").replace("\x00", "").strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise InvalidInput(
            [
                FieldError(
                    "reason",
                    f"say why, in at most {LONGEST_REASON} signs",
                    f"请填写不同意的理由,最多 {LONGEST_REASON} 个字",
                )
            ],
            attempted="refuse the change",
        )
    return reason


def _id(text: str) -> int:
    """Read an id of ours; one that is none leads to nothing."""
    small = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if small else 0


def _notice() -> Words | None:
    for kind, zh, en in (("accepted", "已同意", "accepted"), ("refused", "已拒绝", "refused")):
        count = _id(request.args.get(kind, ""))
        if count:
            return (f"{zh} {count} 项变更。", f"{count} {en}.")
    return None
