"""Moves of a station as forms: each asks for what the move needs, and says who else may make it."""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import abort, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app.domain.actor import Actor
from app.domain.errors import (
    ChangedMeanwhile,
    FieldError,
    ForbiddenHere,
    ForbiddenMove,
    HarborError,
    InvalidInput,
    NotFound,
    RoleMissing,
    SamePerson,
)
from app.domain.lifecycle import EXIT_NAMES, MOVES, NEED_NAMES, ExitCode, Move, Need
from app.service import moves, receipts, records
from app.service.moves import Document, Scan, With
from app.service.records import Connection, Explained, Record
from app.web import console, fact_words, record_pages, record_words
from app.web.context import runtime

blueprint = APIBlueprint("moves", __name__, url_prefix="/manage/stations", enable_openapi=False)

LONGEST_REASON, LONGEST_NUMBER, LONGEST_TITLE = 2000, 100, 300
BIGGEST_REVISION = 2**31 - 1
# what the form asks for by itself; a need beside these is named, and met elsewhere
ASKED = frozenset({Need.REASON, Need.UNTIL, Need.EXIT_CODE, Need.DOCUMENT, Need.SURVIVOR})
CITY_WIDE = ("全市", "The whole city")
LABELS: dict[str, tuple[str, str]] = {
    "return": ("退回原因(提交人会看到)", "Why it is returned; who submitted it reads this"),
    "rectify": ("要整改什么", "What is to be mended"),
    "clear": ("整改情况", "What was mended"),
    "discard": ("作废原因", "Why it is discarded"),
}
_TYPED = (
    "reason", "until", "exit_code", "document", "document_title", "document_dated",
    "document_union", "survivor",
)  # fmt: skip


@blueprint.get("/<int:station_id>/moves/<action>")
def ask(station_id: int, action: str) -> Response:
    """Show the form of a move, or why it cannot be made."""
    person = console.actor()
    _known(action)
    with runtime().connection() as connection:
        context = _context(connection, person, station_id, action)
        context |= _given(connection, person, station_id)
        refused = _refused(context)
        if refused is not None:
            context["wrong"] = record_words.wrong(refused)
    return _dialog(context, _status(refused))


@blueprint.post("/<int:station_id>/moves/<action>")
def make(station_id: int, action: str) -> Response:
    """Make a move; what is refused stands beside the fields, with all that was typed."""
    person = console.actor()
    _known(action)
    once = request.form.get("once", "")
    with runtime().connection() as connection:
        records.look(connection, person, station_id)
        try:
            revision = _revision()

            def work() -> str:
                brings = _brings(connection, person, action)
                moves.make_move(
                    connection, person, station_id, action, revision=revision, brings=brings
                )
                return f"/manage/stations/{station_id}?done={action}"

            location = receipts.once(connection, person, once, work)
        except NotFound:
            raise
        except HarborError as error:
            context = _context(connection, person, station_id, action)
            context |= _given(connection, person, station_id) | {
                "wrong": record_words.wrong(error),
                "once": once or receipts.token(),
                "changes": _changes(connection, person, error),
            }
            return _dialog(context, _status(error))
        if _in_drawer(station_id):
            return _drawer(connection, person, station_id, action)
    return console.moved_to(location)


def _known(action: str) -> None:
    if not any(move.action == action for move in MOVES):
        abort(404)


def _context(connection: Connection, person: Actor, station_id: int, action: str) -> dict[str, Any]:
    """What a form of a move shows, whether it can be made or not."""
    found = records.look(connection, person, station_id)
    explained = records.explained(connection, person, station_id)
    one = next((one for one in explained if one.move.action == action), None)
    move = one.move if one is not None else None
    named = move or next(move for move in MOVES if move.action == action)
    return {
        "record": found,
        "number": record_pages.number_of(found),
        "state": record_pages.state_words(found.state),
        "action": action,
        "title": (named.name, named.name_en),
        "move": move,
        "explained": one,
        "target": record_pages.state_words(move.target) if move else None,
        "who": record_words.who_can(one.others) if one is not None else None,
        "allowed": [each.move for each in explained if not each.why],
        "reason_label": LABELS.get(action, ("原因", "Reason")),
        "elsewhere": _elsewhere(move, found) if move else [],
        "exit_codes": [(code.value, *names) for code, names in EXIT_NAMES.items()],
        "today": datetime.now(UTC).astimezone(runtime().settings.zone).date(),
        "revision": found.revision,
        "once": receipts.token(),
        "wrong": {},
        "changes": [],
        "drawer": console.wants_fragment(),
    }


def _elsewhere(move: Move, found: Record) -> list[dict[str, Any]]:
    """What the move needs that no field of this form holds, and where it is set."""
    base = f"/manage/stations/{found.station_id}"
    met = {
        Need.PLACE: (found.facts.get("place") is not None, f"{base}/edit"),
        Need.UNION: (found.facts.get("union_id") is not None, f"{base}/edit"),
        Need.KEEPER: (found.kept, f"{base}#keepers"),
    }
    listed = []
    for need in move.needs:
        if need not in ASKED:
            is_met, where = met.get(need, (None, base))
            words = record_words.NEED_WORDS.get(need, NEED_NAMES[need])
            listed.append({"met": is_met, "where": where, "words": words})
    return listed


def _given(connection: Connection, person: Actor, station_id: int) -> dict[str, Any]:
    """What was typed, or what a link to the form proposes, and the lists that fields offer."""
    source = request.form if request.method == "POST" else request.args
    typed = {name: source.get(name, "") for name in _TYPED}
    issuers = [
        ("" if id_ is None else id_, *((name, name_en) if id_ is not None else CITY_WIDE))
        for id_, name, name_en in reversed(records.issuers(connection, person, station_id))
    ]
    return {
        "typed": typed,
        "issuers": issuers,
        "papers": records.known_papers(connection, person),
    }


def _refused(context: dict[str, Any]) -> HarborError | None:
    """Why a form would be refused whatever is filled in."""
    found, one = context["record"], context["explained"]
    title = f"{context['title'][1].lower()} ({found.facts.get('name', '')})"
    if one is None:
        return ForbiddenMove(found.state, context["action"], ())
    return _why(one, title)


def _why(one: Explained, title: str) -> HarborError | None:
    if one.why == "role":
        return RoleMissing(title, tuple(one.move.roles))
    return SamePerson(title, one.why) if one.why else None


def _status(error: HarborError | None) -> int:
    if error is None:
        return 200
    if isinstance(error, InvalidInput):
        return 422
    return 403 if isinstance(error, ForbiddenHere) else 409


def _changes(connection: Connection, person: Actor, error: HarborError) -> list[fact_words.Changed]:
    """What somebody else changed meanwhile, field by field."""
    if not isinstance(error, ChangedMeanwhile):
        return []
    return fact_words.meanwhile(error.changes, records.unions(connection, person))


def _dialog(context: dict[str, Any], status: int) -> Response:
    if not console.wants_fragment():
        return console.answer(console.page("record_move.html", at="stations", **context), status)
    answered = console.answer(console.fragment("_record_move.html", **context), status)
    # a refusal is to be read too, whatever its status
    answered.headers["HX-Reswap"] = "innerHTML"
    return answered


def _in_drawer(station_id: int) -> bool:
    """Whether the form was sent from a drawer beside some other page."""
    if not console.wants_fragment():
        return False
    from_page = urlsplit(request.headers.get("HX-Current-URL", "")).path
    return bool(from_page) and not from_page.startswith(f"/manage/stations/{station_id}")


def _drawer(connection: Connection, person: Actor, station_id: int, action: str) -> Response:
    """Show the record as it has become, in the drawer it was opened in."""
    context = record_pages.shown(connection, person, station_id)
    context["notice"] = record_pages.done_words(action)
    answered = console.answer(console.fragment("_record.html", **{**context, "drawer": True}))
    answered.headers["HX-Retarget"] = "#drawer-body"
    answered.headers["HX-Reswap"] = "innerHTML"
    answered.headers["HX-Trigger"] = "harbor:moved"
    return answered


# What was typed ---------------------------------------------------------------------------------


def _revision() -> int:
    text = request.form.get("revision", "")
    if not (text.isascii() and text.isdigit() and int(text) <= BIGGEST_REVISION):
        raise InvalidInput(
            [FieldError("revision", "the form names no revision", "表单已失效,请刷新页面后再提交")],
            attempted="make the move",
        )
    return int(text)


def _brings(connection: Connection, person: Actor, action: str) -> With:
    """Read what was typed; say everything that cannot be read at once."""
    needs = {need for move in MOVES if move.action == action for need in move.needs}
    errors: list[FieldError] = []
    brings = With(
        reason=_text("reason", LONGEST_REASON, errors),
        until=_date("until", errors) if Need.UNTIL in needs else None,
        exit_code=_exit_code(errors) if Need.EXIT_CODE in needs else None,
        document=_document(errors) if Need.DOCUMENT in needs else None,
        survivor=_survivor(connection, person, errors) if Need.SURVIVOR in needs else None,
    )
    if errors:
        raise InvalidInput(errors, attempted="make the move")
    return brings


def _text(name: str, longest: int, errors: list[FieldError]) -> str:
    text = request.form.get(name, "").replace("\x00", "").strip()
    if len(text) > longest:
        errors.append(
            FieldError(
                name, f"at most {longest} signs; these are {len(text)}",
                f"最多 {longest} 个字,现在有 {len(text)} 个",
            )
        )  # fmt: skip
    return text


def _date(name: str, errors: list[FieldError]) -> date | None:
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors.append(
            FieldError(name, "expected a date such as 2026-03-01", "日期应写成 2026-03-01")
        )
        return None


def _exit_code(errors: list[FieldError]) -> ExitCode | None:
    text = request.form.get("exit_code", "")
    if not text:
        return None
    try:
        return ExitCode(text)
    except ValueError:
        errors.append(FieldError("exit_code", "choose one of the list", "请从列表中选择"))
        return None


def _document(errors: list[FieldError]) -> Document | None:
    number = _text("document", LONGEST_NUMBER, errors)
    title = _text("document_title", LONGEST_TITLE, errors)
    dated = _date("document_dated", errors)
    scan = _scan(request.files.get("scan"))
    union = request.form.get("document_union", "")
    if union and not (union.isascii() and union.isdigit() and int(union) <= records.BIGGEST_ID):
        errors.append(FieldError("document_union", "choose one of the list", "请从列表中选择"))
        return None
    return Document(number, int(union) if union else None, title, dated, scan) if number else None


def _scan(file: FileStorage | None) -> Scan | None:
    if file is None or not file.filename:
        return None
    return Scan(file.filename, file.read())


def _survivor(connection: Connection, person: Actor, errors: list[FieldError]) -> int | None:
    text = request.form.get("survivor", "").strip()
    if not text:
        return None
    try:
        return records.numbered(connection, person, text[:100]).id
    except InvalidInput as error:
        errors.extend(error.errors)
        return None
