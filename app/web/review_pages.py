"""Many stations at once: submit, review, approve under one document, with reasons row by row."""

from collections.abc import Mapping, Sequence
from typing import Any

from apiflask import APIBlueprint
from flask import abort, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app.domain.actor import Actor
from app.domain.errors import HarborError, InvalidInput, NotFound
from app.service import receipts, records, review
from app.service.moves import Document, Scan
from app.service.records import Connection
from app.service.review import STAGES, Bulk, Candidate, Stage
from app.web import console, desk_pages, record_words
from app.web.context import runtime
from app.web.fact_words import Words

blueprint = APIBlueprint("review", __name__, url_prefix="/manage/review", enable_openapi=False)

BIGGEST = 2**63 - 1
LONGEST_NUMBER = 100
# what stands beside a station that cannot be taken along
WHY: dict[str, Words] = {
    "submitter": ("您提交的,须由另一人办理", "You submitted it: it takes another person"),
    "reviewer": ("您审核的,须由另一人批准", "You reviewed it: it takes another person"),
    "role": ("不在您的办理范围", "Not in your scope"),
    "state": ("已经不在这一步", "Not at this step any more"),
    "place": ("还没有地图位置", "It has no place on the map yet"),
    "union": ("还没有所属工会", "No union owns it yet"),
    "keeper": ("还没有负责人", "It has no keeper yet"),
}
TITLES: dict[str, Words] = {
    "review": ("审核", "Review"),
    "approve": ("批准", "Approval"),
    "submit": ("提交", "Submission"),
}
LEFT: Words = (
    "刚才没有办成,资料可能被别人改动过;请核对后再办一次",
    "It was not done just now; somebody may have changed it. Look at it and try once more",
)
DONE: dict[str, Words] = {
    "review": ("已审核通过,等待市总工会批准。", "Passed the review; they wait for the approval."),
    "approve": ("已批准并编号。", "Approved, with their numbers."),
    "submit": ("已提交,等待审核。", "Submitted; they wait for the review."),
}


@blueprint.get("", strict_slashes=False)
def waiting() -> str:
    """Show what waits for a step, and what was just done."""
    person, stage = console.actor(), _stage(request.args.get("stage", "review"))
    with runtime().connection() as connection:
        left = _ids(request.args.get("left", ""))
        if left:
            context = _left(connection, person, stage, left)
        else:
            context = _waiting(connection, person, stage, after=request.args.get("after", ""))
        done = _ids(request.args.get("done", ""))
        if done:
            context["done"] = _done(connection, person, stage, done)
    return console.page("review.html", at="queue", **context)


@blueprint.post("", strict_slashes=False)
def do() -> Response:
    """Make the step of what was chosen; what cannot be done stays, each with its reason."""
    person, stage = console.actor(), _stage(request.form.get("action", ""))
    revisions, once = _chosen(), request.form.get("once", "")
    outcome: list[Bulk] = []
    with runtime().connection() as connection:

        def work() -> str:
            done = review.do(connection, person, stage, revisions, document=_document(stage))
            outcome.append(done)
            ids = ",".join(str(one.id) for one in done.moved)
            left = ",".join(str(id_) for id_ in sorted(done.refused))
            # the form once more leads here, and shows what was refused the first time
            return f"/manage/review?stage={stage.action}&done={ids}" + (left and f"&left={left}")

        try:
            # the bar below the list has no token: it leads here to look once more
            if not once:
                return _looked_at(connection, person, stage, revisions)
            location = receipts.once(connection, person, once, work)
        except HarborError as error:
            wrong = record_words.wrong(error)
            return _looked_at(connection, person, stage, revisions, wrong=wrong, once=once)
        refused = outcome[-1].refused if outcome else {}
        if not refused:
            return console.moved_to(location)
        moved = [one.id for one in outcome[-1].moved]
        context = _shown(connection, person, stage, sorted(refused), refused=refused)
        context |= {"wrong": _about_document(refused), "chosen": set(refused)}
        context["done"] = _done(connection, person, stage, moved) if moved else []
    return console.answer(console.page("review.html", at="queue", **context), 409)


def _stage(name: str) -> Stage:
    return STAGES[name] if name in STAGES else abort(404)


def _waiting(connection: Connection, person: Actor, stage: Stage, *, after: str) -> dict[str, Any]:
    zone = runtime().settings.zone
    found = review.candidates(connection, person, stage, zone=zone, after=after)
    context = _context(connection, person, stage, found.rows, {})
    following = f"/manage/review?stage={stage.action}&after={found.after}"
    return context | {"total": found.total, "next": following if found.after else None}


def _left(
    connection: Connection, person: Actor, stage: Stage, ids: Sequence[int]
) -> dict[str, Any]:
    """Show what was refused when the form came the first time, with what stands against it now."""
    context = _shown(connection, person, stage, ids, refused={})
    rows = [row if row["why"] else row | {"error": LEFT} for row in context["rows"]]
    return context | {"rows": rows}


def _looked_at(
    connection: Connection,
    person: Actor,
    stage: Stage,
    revisions: Mapping[int, int],
    *,
    wrong: Mapping[str, list[Words]] | None = None,
    once: str = "",
) -> Response:
    """Show what was chosen, with what is wrong and all that was typed."""
    context = _shown(connection, person, stage, sorted(revisions), refused={})
    context |= {"chosen": set(revisions), "wrong": wrong or {}, "once": once or receipts.token()}
    status = 422 if wrong else 200
    return console.answer(console.page("review.html", at="queue", **context), status)


def _shown(
    connection: Connection,
    person: Actor,
    stage: Stage,
    ids: Sequence[int],
    *,
    refused: Mapping[int, HarborError],
) -> dict[str, Any]:
    rows = review.chosen(connection, person, stage, ids)
    return _context(connection, person, stage, rows, refused)


def _context(
    connection: Connection,
    person: Actor,
    stage: Stage,
    rows: Sequence[Candidate],
    refused: Mapping[int, HarborError],
) -> dict[str, Any]:
    roles = console.me().roles
    stages = (("submit", desk_pages.ENTER), ("review", desk_pages.REVIEW))
    offered = [*stages, ("approve", desk_pages.APPROVE)]
    return {
        "stage": stage.action,
        "title": TITLES[stage.action],
        "stages": [(name, TITLES[name]) for name, who in offered if roles & who],
        "rows": [_row(one, refused.get(one.row.id)) for one in rows],
        "total": None,
        "next": None,
        "chosen": set(),
        "done": [],
        "done_words": DONE[stage.action],
        "once": receipts.token(),
        "typed": {name: request.form.get(name, "") for name in ("document", "document_union")},
        "issuers": _issuers(connection, person, rows) if stage.action == "approve" else [],
        "papers": records.known_papers(connection, person) if stage.action == "approve" else [],
    }


def _row(one: Candidate, error: HarborError | None) -> dict[str, Any]:
    return {
        **desk_pages.row_shown(one.row),
        "why": WHY.get(one.why),
        "error": record_words.refusal(error) if error is not None else None,
    }


def _done(
    connection: Connection, person: Actor, stage: Stage, ids: Sequence[int]
) -> list[dict[str, Any]]:
    return [desk_pages.row_shown(one.row) for one in review.chosen(connection, person, stage, ids)]


def _issuers(
    connection: Connection, person: Actor, rows: Sequence[Candidate]
) -> list[tuple[int | str, str, str]]:
    """Whose documents may be named: those above every union among the rows."""
    offered: list[tuple[int | None, str, str]] = []
    for union in {one.row.union_id for one in rows if not one.why}:
        station = next(one.row.id for one in rows if one.row.union_id == union)
        found = records.issuers(connection, person, station)
        offered = [one for one in offered if one in found] if offered else found
    city = ("全市", "The whole city")
    return [
        ("" if id_ is None else id_, *((name, name_en) if id_ is not None else city))
        for id_, name, name_en in reversed(offered)
    ]


def _about_document(refused: Mapping[int, HarborError]) -> Mapping[str, list[Words]]:
    """What was wrong with the document, which is wrong for all of them."""
    fields: dict[str, list[Words]] = {}
    for error in refused.values():
        if isinstance(error, InvalidInput):
            for field, words in record_words.wrong(error).items():
                if field in ("document", "document_union", "scan"):
                    fields[field] = list(words)
    return fields


# What was sent ----------------------------------------------------------------------------------


def _chosen() -> dict[int, int]:
    """Read which stations were chosen, and the revision at which each was seen."""
    found: dict[int, int] = {}
    for text in request.form.getlist("chosen"):
        id_, _, revision = text.partition(":")
        if _whole(id_) and _whole(revision):
            found[int(id_)] = int(revision)
    return found


def _ids(text: str) -> list[int]:
    return [int(part) for part in text.split(",")[: review.MOST_AT_ONCE] if _whole(part)]


def _whole(text: str) -> bool:
    plain = text.isascii() and text.isdigit() and len(text) <= 19
    return plain and int(text) <= BIGGEST


def _document(stage: Stage) -> Document | None:
    if stage.action != "approve":
        return None
    number = request.form.get("document", "").replace("\0", "").strip()[:LONGEST_NUMBER]
    union = request.form.get("document_union", "")
    if union and not _whole(union):
        raise NotFound("There is no such union.")
    return Document(number, int(union) if union else None, scan=_scan(request.files.get("scan")))


def _scan(file: FileStorage | None) -> Scan | None:
    if file is None or not file.filename:
        return None
    return Scan(file.filename, file.read())
