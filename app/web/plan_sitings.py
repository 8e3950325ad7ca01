"""Siting, as the workbench asks for it: begun, watched, stopped, made a scenario."""

from apiflask import APIBlueprint
from flask import jsonify
from werkzeug.wrappers import Response

from app.service.plan import siting
from app.web import console
from app.web.context import runtime
from app.web.plan_question import asked
from app.web.sessions import require_staff

blueprint = APIBlueprint("plan_sitings", __name__, url_prefix="/plan/sitings", enable_openapi=False)
blueprint.before_request(require_staff)


@blueprint.post("")
def begun() -> tuple[Response, int]:
    """Ask for a search, which a worker makes."""
    person, given = console.actor(), asked()
    options = siting.wanted(given.body)
    number = siting.ask(runtime(), person, given.question, given.changes, options)
    return jsonify(id=number), 202


@blueprint.get("/<int:number>")
def watched(number: int) -> Response:
    """Tell how far a search is, and what it found."""
    return jsonify({"id": number, **siting.look(runtime(), console.actor(), number)})


@blueprint.post("/<int:number>/cancel")
def stopped(number: int) -> tuple[str, int]:
    """Stop one's own search."""
    siting.cancel(runtime(), console.actor(), number)
    return "", 204


@blueprint.post("/<int:number>/scenario")
def as_scenario(number: int) -> Response:
    """Tell what was found as changes, which are saved like any others."""
    return jsonify(changes=siting.as_changes(runtime(), console.actor(), number))
