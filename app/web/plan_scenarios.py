"""Scenarios, key areas and the course of the years, as the workbench asks for them."""

from typing import Any, TypeGuard

from apiflask import APIBlueprint
from flask import jsonify, request
from werkzeug.wrappers import Response

from app.domain.errors import FieldError, InvalidInput
from app.service.plan import areas, scenarios, turning
from app.service.plan.compare import compare
from app.service.plan.curve import curve
from app.service.plan.lists import changes_from_list
from app.web import console
from app.web.context import runtime
from app.web.plan_question import Reader, asked, body, read_question
from app.web.sessions import require_staff

blueprint = APIBlueprint("plan_scenarios", __name__, url_prefix="/plan", enable_openapi=False)
blueprint.before_request(require_staff)

_SAVE, _AREA = "save the scenario", "save the area"
_BIGGEST_ID = 2**63 - 1


@blueprint.get("/scenarios")
def listed() -> Response:
    """List all scenarios, the last changed first."""
    return jsonify(scenarios.list_(runtime(), console.actor()))


@blueprint.post("/scenarios")
def saved_new() -> tuple[Response, int]:
    """Save a new scenario."""
    person, reader = console.actor(), Reader(body())
    return jsonify(scenarios.save_new(runtime(), person, **_scenario(reader))), 201


@blueprint.get("/scenarios/<int:scenario_id>")
def one(scenario_id: int) -> Response:
    """Tell a scenario with its changes."""
    return jsonify(scenarios.get(runtime(), console.actor(), scenario_id))


@blueprint.put("/scenarios/<int:scenario_id>")
def saved(scenario_id: int) -> Response:
    """Save a scenario anew over the revision that was read."""
    person, reader = console.actor(), Reader(body())
    revision = _revision(reader)
    given = _scenario(reader)
    return jsonify(scenarios.save(runtime(), person, scenario_id, revision=revision, **given))


@blueprint.delete("/scenarios/<int:scenario_id>")
def deleted(scenario_id: int) -> tuple[str, int]:
    """Take a scenario out of everybody's sight."""
    scenarios.delete(runtime(), console.actor(), scenario_id)
    return "", 204


@blueprint.post("/scenarios/<int:scenario_id>/drafts")
def drafts(scenario_id: int) -> tuple[Response, int]:
    """Turn a scenario, or the items named by ``keys``, into drafts and change requests."""
    person, reader = console.actor(), Reader(body())
    keys = reader.words("keys") if reader.given.get("keys") is not None else None
    reader.done("turn the scenario into drafts")
    told = turning.turn(runtime(), person, scenario_id, keys)
    return jsonify(told), 202 if "job" in told else 200


@blueprint.get("/scenarios/<int:scenario_id>/drafts")
def turned(scenario_id: int) -> Response:
    """Tell how far the turning of a long scenario is."""
    return jsonify(turning.look(runtime(), console.actor(), scenario_id))


@blueprint.post("/compare")
def compared() -> Response:
    """Lay scenarios beside each other and beside what is now."""
    person, given = console.actor(), asked()
    ids = given.body.get("scenarios")
    if not isinstance(ids, list) or not all(_is_id(id_) for id_ in ids):
        raise InvalidInput(
            [FieldError("scenarios", "is not a list of ids", "应为方案编号的列表")],
            attempted="compare scenarios",
        )
    return jsonify(compare(runtime(), person, given.question, ids))


@blueprint.post("/list")
def read_list() -> Response:
    """Read a list of sites (CSV, XLSX, GeoJSON) into changes of a scenario."""
    console.actor()
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InvalidInput(
            [FieldError("file", "choose a file, or paste lines", "请选择文件,或粘贴几行")],
            attempted="read the list",
        )
    found = changes_from_list(
        runtime(), sent.read(),
        datum=request.form.get("datum", "wgs84"), file_name=sent.filename,
    )  # fmt: skip
    return jsonify(found)


@blueprint.post("/areas")
def saved_area() -> tuple[Response, int]:
    """Save an area that was drawn or brought along as a scope of its own."""
    person, reader = console.actor(), Reader(body())
    title = reader.text("title", needed=True)
    title_en, name = reader.text("title_en"), reader.text("name")
    datum = reader.text("datum") or "wgs84"
    width = reader.number("street_buffer_metres", 0.0)
    if not isinstance(reader.given.get("geojson"), dict):
        reader.wrong("geojson", "is not a GeoJSON object", "应为 GeoJSON")
    reader.done(_AREA)
    made = areas.save_area(
        runtime(), person, reader.given["geojson"],
        title=title, title_en=title_en, name=name, datum=datum, street_buffer_metres=width,
    )  # fmt: skip
    return jsonify(made), 201


@blueprint.delete("/areas/<name>")
def deleted_area(name: str) -> tuple[str, int]:
    """Delete an area that a planner drew."""
    areas.delete_area(runtime(), console.actor(), name)
    return "", 204


@blueprint.post("/curve")
def told_curve() -> Response:
    """People covered at the end of each month, and what opened and closed in between."""
    person, given = console.actor(), asked()
    return jsonify(curve(runtime(), person, given.question, given.changes))


def _revision(reader: Reader) -> int:
    """Return the revision that the planner read, 0 where it is none."""
    revision = reader.given.get("revision")
    if _is_id(revision):
        return revision
    reader.wrong("revision", "is not the number of a revision", "请给出读到的版本号")
    return 0


def _scenario(reader: Reader) -> dict[str, Any]:
    """Return name, note, question and changes; raise for all that is wrong so far."""
    name = reader.text("name", needed=True)
    note = reader.lines("note")
    question, changes = reader.given.get("question", {}), reader.given.get("changes")
    if not isinstance(changes, list):
        reader.wrong("changes", "is not a list", "应为列表")
    try:
        read_question(question)
    except InvalidInput as error:
        reader.errors += error.errors
    reader.done(_SAVE)
    return {"name": name, "note": note, "question": question, "changes": changes}


def _is_id(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _BIGGEST_ID
