"""Numbers and what hangs on them: plaques, earlier numbers, documents, the dossier."""

from datetime import UTC, datetime
from urllib.parse import quote

from apiflask import APIBlueprint
from flask import Response as FlaskResponse
from flask import request
from werkzeug.wrappers import Response

from app.domain.aliases import ALIAS_NAMES
from app.domain.errors import Conflict, FieldError, HarborError, InvalidInput
from app.domain.lifecycle import FACTS, State
from app.domain.roles import Role
from app.service import aliases, documents, dossiers, plaques, records
from app.web import console, dossier_words, forms
from app.web.context import runtime
from app.web.record_pages import number_of

blueprint = APIBlueprint("numbers", __name__, url_prefix="/manage", enable_openapi=False)

WRITERS = frozenset({Role.UNION_STAFF, Role.REVIEWER, Role.CITY_ADMIN})


@blueprint.get("/stations/<int:station_id>/numbers")
def of_station(station_id: int) -> Response:
    """Show number, plaque, dossier and aliases of a station."""
    return _section(station_id)


@blueprint.post("/stations/<int:station_id>/numbers")
def add_alias(station_id: int) -> Response:
    """Enter an earlier number, a former name, or another system's id."""
    actor = console.actor()
    try:
        with runtime().connection() as connection:
            aliases.add(
                connection, actor, station_id, kind=request.form.get("kind", ""),
                value=request.form.get("value", ""), source=request.form.get("source", ""),
            )  # fmt: skip
    except (InvalidInput, Conflict) as error:
        return _section(station_id, error)
    return _done(station_id)


@blueprint.post("/stations/<int:station_id>/numbers/remove")
def remove_alias(station_id: int) -> Response:
    """Take an alias away that was entered by mistake."""
    actor = console.actor()
    with runtime().connection() as connection:
        aliases.remove(
            connection, actor, station_id, kind=request.form.get("kind", ""),
            value=request.form.get("value", ""),
        )  # fmt: skip
    return _done(station_id)


@blueprint.get("/stations/<int:station_id>/plaque.pdf")
def plaque(station_id: int) -> Response:
    """Hand out a station's plaque."""
    return _plaques([station_id], f"plaque-{station_id}.pdf")


@blueprint.get("/plaques.pdf")
def many_plaques() -> Response:
    """Hand out the plaques of the stations that ``id`` names, in their order."""
    ids = [int(text) for text in request.args.getlist("id") if text.isdecimal() and len(text) < 19]
    return _plaques(ids, "plaques.pdf")


@blueprint.get("/stations/<int:station_id>/dossier.zip")
def dossier(station_id: int) -> Response:
    """Hand out everything about a station as one file."""
    actor, person, harbor = console.actor(), console.me(), runtime()
    zone = harbor.settings.zone
    with harbor.connection() as connection:
        unions = records.unions(connection, actor)
        name, content = dossiers.bundle(
            connection, harbor.vault, actor, station_id,
            words=lambda found: dossier_words.sections(found, zone=zone, unions=unions),
            at=datetime.now(UTC).astimezone(zone), by=person.shown,
        )  # fmt: skip
    return _file(content, name, "application/zip")


@blueprint.get("/documents")
def listed() -> str:
    """List documents."""
    actor = console.actor()
    words, after = request.args.get("q", ""), request.args.get("after", "")
    with runtime().connection() as connection:
        found, further = documents.listed(
            connection, actor, words=words[:100],
            after=int(after) if after.isdecimal() and len(after) < 19 else None,
        )  # fmt: skip
    return console.page("documents.html", at="documents", found=found, further=further, words=words)


@blueprint.get("/documents/<int:document_id>")
def document(document_id: int) -> Response:
    """Show a document and what was decided by it."""
    return _document(document_id)


def _too_large(document_id: int) -> Response:
    return _document(document_id, forms.too_large("scan"))


@blueprint.post("/documents/<int:document_id>/scan")
@forms.shown_if_too_large(_too_large)
def give_scan(document_id: int) -> Response:
    """Give a document its scan."""
    actor, file = console.actor(), request.files.get("scan")
    try:
        if file is None or not file.filename:
            raise InvalidInput(
                [FieldError("scan", "choose a file", "请选择文件")], attempted="store a scan"
            )
        with runtime().connection() as connection:
            documents.give_scan(
                connection, actor, document_id, name=file.filename, content=file.read()
            )
    except (InvalidInput, Conflict) as error:
        return _document(document_id, error)
    return console.moved_to(f"/manage/documents/{document_id}")


def _document(document_id: int, error: HarborError | None = None) -> Response:
    actor = console.actor()
    with runtime().connection() as connection:
        found, decided = documents.decided(connection, actor, document_id)
    stations = [
        (id_, name, state, FACTS[State(state)].name, FACTS[State(state)].name_en)
        for id_, name, state in decided
    ]
    wrong = console.wrong_of(error) if error else {}
    shown = console.page(
        "document.html", at="documents", document=found, stations=stations, wrong=wrong,
        may_write=bool(console.me().roles & WRITERS),
    )  # fmt: skip
    return console.answer(shown, 422 if error else 200)


def _section(station_id: int, error: HarborError | None = None) -> Response:
    actor = console.actor()
    with runtime().connection() as connection:
        record = records.look(connection, actor, station_id)
        found = aliases.of_station(connection, actor, station_id)
    context = {
        "record": record,
        "number": number_of(record),
        "aliases": found,
        "kinds": {kind.value: names for kind, names in ALIAS_NAMES.items()},
        "may_write": bool(record.roles & WRITERS),
        "typed": request.form,
        "wrong": console.wrong_of(error) if error else {},
    }
    status = 422 if error else 200
    if console.wants_fragment():
        return console.answer(console.fragment("_numbers.html", **context), status)
    return console.answer(console.page("numbers.html", at="stations", **context), status)


def _done(station_id: int) -> Response:
    if console.wants_fragment():
        return _section(station_id)
    return console.moved_to(f"/manage/stations/{station_id}/numbers")


def _plaques(ids: list[int], name: str) -> Response:
    actor, harbor = console.actor(), runtime()
    with harbor.connection() as connection:
        content = plaques.of_stations(connection, harbor.settings, actor, ids)
    return _file(content, name, "application/pdf")


def _file(content: bytes, name: str, media_type: str) -> Response:
    response = FlaskResponse(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
