"""Inspections on a phone: what waits, where to begin, the sheet that is filled in, its result."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from apiflask import APIBlueprint
from flask import jsonify, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app.domain.actor import Actor
from app.domain.errors import HarborError, InvalidInput, UnreadableFile
from app.domain.lifecycle import EXIT_NAMES, FACTS, ExitCode, State
from app.domain.roles import Role
from app.domain.standard import Verdict
from app.service import inspection_photos, inspections, map_listings, receipts, rectification
from app.service.inspections import Answer, AnswersChanged, Connection, Sheet
from app.web import console, past_inspection_pages
from app.web.console import Words
from app.web.context import runtime

blueprint = APIBlueprint("inspections", __name__, url_prefix="/manage", enable_openapi=False)

VERDICTS: dict[str, Words] = {
    Verdict.FULFILLED: ("合格", "Yes"),
    Verdict.FAILED: ("不合格", "No"),
    Verdict.NOT_APPLICABLE: ("不适用", "Not applicable"),
}
NOTICES: dict[str, Words] = {
    "saved": ("已保存草稿。", "The draft is saved."),
    "submitted": ("检查已提交。", "The inspection is submitted."),
    "discarded": ("草稿已作废。", "The draft is thrown away."),
    "declined": ("已否决退出建议。", "The proposal is declined."),
    "photo": ("有照片没有保存,请看该条目。", "A photo was not kept: see its criterion."),
}
NO_FILE: Words = ("没有收到照片", "No photo came")


def today() -> date:
    """Return the day where the register is kept."""
    return datetime.now(UTC).astimezone(runtime().settings.zone).date()


def notice() -> Words | None:
    """Return what the form before this page did."""
    return NOTICES.get(request.args.get("done", ""))


def state_words(state: str) -> Words:
    """Return what a state of a station is called."""
    facts = FACTS[State(state)]
    return facts.name, facts.name_en


@blueprint.get("/inspections")
def listed() -> str | Response:
    """Show what is due, overdue, begun, proposed and done; or what was, as of a day."""
    if request.args.get("as_of"):
        return past_inspection_pages.shown(request.args["as_of"])
    actor, day = console.actor(), today()
    with runtime().connection() as connection:
        work = inspections.work(connection, actor, day=day)
        tasks = rectification.tasks(connection, actor, day=day)
    roles = console.me().roles
    return console.page(
        "inspections.html", at="inspections", work=work, tasks=tasks, day=day, notice=notice(),
        may_inspect=bool(roles & set(inspections.INSPECTORS)),
        may_decide=Role.CITY_ADMIN in roles, exits=_exits(), state_words=state_words,
    )  # fmt: skip


@blueprint.get("/stations/<int:station_id>/inspect")
def begin(station_id: int) -> Response:
    """Show what can be begun at a station, or go on with one's own draft."""
    return _beginning(station_id)


@blueprint.post("/stations/<int:station_id>/inspect")
def begun(station_id: int) -> Response:
    """Begin an inspection."""
    actor = console.actor()
    chosen = request.form.get("standard") or None
    with runtime().connection() as connection:
        try:
            id_ = inspections.begin(
                connection, actor, station_id, day=today(), standard=chosen,
                follow_up=request.form.get("kind") == "follow_up",
            )  # fmt: skip
        except HarborError as error:
            return _beginning(station_id, wrong=console.wrong_of(error))
    return console.moved_to(f"/manage/inspections/{id_}")


@blueprint.get("/inspections/<int:inspection_id>")
def shown(inspection_id: int) -> Response:
    """Show one's own draft as a form, and a submitted inspection as what it came to."""
    actor = console.actor()
    with runtime().connection() as connection:
        found = inspections.sheet(connection, actor, inspection_id)
    return _sheet(found, notice=notice())


@blueprint.post("/inspections/<int:inspection_id>")
def sent(inspection_id: int) -> Response:
    """Take what was filled in: saved first, and then submitted if that was asked."""
    actor = console.actor()
    do, _, what = request.form.get("do", "save").partition(":")
    place = f"/manage/inspections/{inspection_id}"
    with runtime().connection() as connection:
        try:
            if do == "submit" and _submitted_before(connection, actor, inspection_id):
                return console.moved_to(f"{place}?done=submitted")
            wrong = _save(connection, actor, inspection_id)
            if do == "map":
                _look(connection, actor, inspection_id, what)
            elif do == "remove" and what.isdecimal():
                inspection_photos.remove_photo(connection, actor, inspection_id, int(what))
            elif do in ("discard", "restart"):
                return _thrown_away(connection, actor, inspection_id, again=do == "restart")
            elif do == "submit" and not wrong:
                place = receipts.once(
                    connection, actor, request.form.get("once", ""),
                    lambda: _submit(connection, actor, inspection_id),
                )  # fmt: skip
                return console.moved_to(f"{place}?done=submitted")
        except HarborError as error:
            if do == "submit" and _submitted_before(connection, actor, inspection_id):
                return console.moved_to(f"{place}?done=submitted")
            wrong = dict(console.wrong_of(error))
        if wrong:
            found = inspections.sheet(connection, actor, inspection_id)
            return _sheet(found, wrong=wrong, status=422)
    return console.moved_to(f"{place}?done=saved{'#c-map' if do == 'map' else ''}")


@blueprint.post("/inspections/<int:inspection_id>/save")
def autosaved(inspection_id: int) -> Response:
    """Keep what is filled in so far, while it is being filled in.

    A phone that was away names the answers on which it builds; if others are there by now it
    gets them, and its owner chooses.
    """
    actor = console.actor()
    with runtime().connection() as connection:
        try:
            saved = inspections.save(
                connection, actor, inspection_id, _answers(), remark=_remark(),
                revision=request.form.get("revision"),
            )  # fmt: skip
        except AnswersChanged as error:
            there = jsonify(revision=error.sheet.revision, answers=_typed(error.sheet))
            there.status_code = 409
            return there
    return jsonify(revision=saved.revision)


@blueprint.post("/inspections/<int:inspection_id>/photos")
def photographed(inspection_id: int) -> Response:
    """Keep one photo of a criterion as soon as it is taken."""
    actor = console.actor()
    criterion, file = request.form.get("criterion", ""), request.files.get("photo")
    if file is None or not file.filename:
        return _refused([NO_FILE])
    with runtime().connection() as connection:
        try:
            photo = _keep(connection, actor, inspection_id, criterion, file)
        except (InvalidInput, UnreadableFile) as error:
            return _refused([words for all_ in _wrong(error).values() for words in all_])
    kept = jsonify(id=photo.id, file=photo.file_id, thumbnail=photo.thumbnail_id)
    kept.status_code = 201
    return kept


@blueprint.post("/exit-proposals/<int:proposal_id>/decline")
def declined(proposal_id: int) -> Response:
    """Decline a proposal to let a station go."""
    actor = console.actor()
    with runtime().connection() as connection:
        try:
            rectification.decline_exit(
                connection, actor, proposal_id, reason=request.form.get("reason", "")
            )
        except HarborError as error:
            markup = _refusal(connection, actor, proposal_id, error)
            return console.answer(markup, 422)
    return console.moved_to("/manage/inspections?done=declined#proposals")


def _refusal(connection: Connection, actor: Actor, proposal_id: int, error: HarborError) -> str:
    day = today()
    return console.page(
        "inspections.html", at="inspections", day=day, exits=_exits(), state_words=state_words,
        work=inspections.work(connection, actor, day=day),
        tasks=rectification.tasks(connection, actor, day=day),
        may_inspect=False, may_decide=True, wrong_proposal=proposal_id,
        wrong={"": [words for all_ in _wrong(error).values() for words in all_]},
        typed=request.form.get("reason", ""),
    )  # fmt: skip


def _exits() -> dict[str, Words]:
    return {code.value: EXIT_NAMES[code] for code in ExitCode}


def _beginning(station_id: int, wrong: Mapping[str, list[Words]] | None = None) -> Response:
    actor, day = console.actor(), today()
    with runtime().connection() as connection:
        found = inspections.beginning(connection, actor, station_id, day=day)
    if found.draft is not None and not wrong:
        return console.moved_to(f"/manage/inspections/{found.draft}")
    markup = console.page(
        "inspect_begin.html", at="inspections", found=found, wrong=wrong or {}, day=day,
        state=state_words(found.station.state),
    )  # fmt: skip
    return console.answer(markup, 422 if wrong else 200)


def _sheet(
    found: Sheet,
    *,
    wrong: Mapping[str, list[Words]] | None = None,
    notice: Words | None = None,
    status: int = 200,
) -> Response:
    context: dict[str, Any] = {
        "found": found, "verdicts": VERDICTS, "wrong": wrong or {}, "notice": notice,
        "state": state_words(found.inspection.station_state), "once": receipts.token(),
        "most_photos": inspection_photos.MOST_PHOTOS,
    }  # fmt: skip
    name = "inspection.html" if found.mine else "inspection_result.html"
    return console.answer(console.page(name, at="inspections", **context), status)


def _submitted_before(connection: Connection, actor: Actor, inspection_id: int) -> bool:
    """Whether a form that comes twice finds its work done."""
    return inspections.sheet(connection, actor, inspection_id).inspection.state == "submitted"


def _save(connection: Connection, actor: Actor, inspection_id: int) -> dict[str, list[Words]]:
    """Keep what was typed and the photos that came with it; return why photos were not kept."""
    inspections.save(connection, actor, inspection_id, _answers(), remark=_remark())
    wrong: dict[str, list[Words]] = {}
    for name, file in request.files.items(multi=True):
        if not name.startswith("photo-") or not file.filename:
            continue
        code = name.removeprefix("photo-")
        try:
            _keep(connection, actor, inspection_id, code, file)
        except (InvalidInput, UnreadableFile) as error:
            wrong.setdefault(code, []).extend(w for all_ in _wrong(error).values() for w in all_)
    return wrong


def _keep(
    connection: Connection, actor: Actor, inspection_id: int, criterion: str, file: FileStorage
) -> inspection_photos.Photo:
    return inspection_photos.add_photo(
        connection, actor, inspection_id, criterion, content=file.read(),
        name=file.filename or "", zone=runtime().settings.zone,
    )  # fmt: skip


def _submit(connection: Connection, actor: Actor, inspection_id: int) -> str:
    inspections.submit(connection, actor, inspection_id, {})
    return f"/manage/inspections/{inspection_id}"


def _thrown_away(
    connection: Connection, actor: Actor, inspection_id: int, *, again: bool
) -> Response:
    station = inspections.sheet(connection, actor, inspection_id).inspection.station_id
    inspections.discard(connection, actor, inspection_id)
    if again:
        return console.moved_to(f"/manage/stations/{station}/inspect")
    return console.moved_to("/manage/inspections?done=discarded")


def _look(connection: Connection, actor: Actor, inspection_id: int, what: str) -> None:
    """Note what the inspector saw on one company's map."""
    company, _, seen = what.partition(":")
    found = inspections.sheet(connection, actor, inspection_id)
    map_listings.check(
        connection, actor, found.inspection.station_id, company, visible=seen == "yes",
        day=today(),
    )  # fmt: skip


def _answers() -> dict[str, Answer]:
    """What the form says of each criterion that it names."""
    codes = {
        name.partition("-")[2] for name in request.form if name.startswith(("verdict-", "note-"))
    }
    return {
        code: Answer(_verdict(request.form.get(f"verdict-{code}", "")), _text(f"note-{code}"))
        for code in codes
    }


def _typed(found: Sheet) -> dict[str, str]:
    """Return the answers of a sheet by the names of their inputs."""
    typed = {"remark": found.inspection.remark}
    for criterion in found.criteria:
        one = found.findings.get(criterion.code)
        typed[f"note-{criterion.code}"] = one.note if one else ""
        if one is not None and one.verdict:
            typed[f"verdict-{criterion.code}"] = one.verdict
    return typed


def _verdict(text: str) -> Verdict | None:
    return Verdict(text) if text in VERDICTS else None


def _remark() -> str | None:
    return _text("remark") if "remark" in request.form else None


def _text(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "").replace("\r\n", "\n")


def _wrong(error: HarborError) -> Mapping[str, list[Words]]:
    return console.wrong_of(error)


def _refused(words: list[Words]) -> Response:
    refused = jsonify(wrong=words)
    refused.status_code = 422
    return refused
