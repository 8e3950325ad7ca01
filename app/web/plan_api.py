"""The workbench's questions: each is read strictly, asked of one service, and told as JSON."""

from collections.abc import Callable
from typing import Any

from apiflask import APIBlueprint
from flask import jsonify
from werkzeug.wrappers import Response

from app.service.plan.around import catchment
from app.service.plan.figures import figures
from app.service.plan.gaps import gaps
from app.service.plan.uncovered import uncovered
from app.service.plan.week import week
from app.service.plan.worth import worth, worth_of
from app.web import console
from app.web.context import runtime
from app.web.plan_question import Reader, asked
from app.web.sessions import require_staff

blueprint = APIBlueprint("plan_api", __name__, url_prefix="/plan", enable_openapi=False)
blueprint.before_request(require_staff)

_BIGGEST_ID = 2**63 - 1


@blueprint.post("/figures")
def told_figures() -> Response:
    """The circle in figures; ``parts`` people leaves streets and area out."""
    given, person = asked(), console.actor()
    reader = Reader(given.body)
    parts = reader.choice("parts", ("all", "people"))
    reader.done()
    return jsonify(figures(runtime(), person, given.question, given.changes, parts=parts))


@blueprint.post("/uncovered")
def told_uncovered() -> Response:
    """People whom fewer stations reach than the question asks for, for the map."""
    given, person = asked(), console.actor()
    found = uncovered(runtime(), person, given.question, given.changes)
    return jsonify(found)


@blueprint.post("/week")
def told_week() -> Response:
    """The whole week by hour, by service and by district."""
    return _answer(week)


@blueprint.post("/gaps")
def told_gaps() -> Response:
    """Where people are left out, why, and what would mend it."""
    return _answer(gaps)


@blueprint.post("/worth")
def told_worth() -> Response:
    """What each station is worth."""
    return _answer(worth)


@blueprint.post("/worth/<int(signed=True):station_id>")
def told_worth_of(station_id: int) -> Response:
    """What one station is worth by hour, and who would take over; new ones have negative ids."""
    given, person = asked(), console.actor()
    return jsonify(worth_of(runtime(), person, given.question, station_id, given.changes))


@blueprint.post("/catchment")
def told_catchment() -> Response:
    """What lies in reach of a station, or of a place."""
    given, person = asked(), console.actor()
    body = given.body
    station, place = body.get("station"), None
    reader = Reader(body)
    if station is None:
        place = reader.number("lon", 999.0), reader.number("lat", 999.0)
        if not (abs(place[0]) <= 180 and abs(place[1]) <= 90):
            reader.wrong("lon", "give a station, or lon and lat", "请给出站点,或经纬度")
    elif isinstance(station, bool) or not isinstance(station, int) or abs(station) > _BIGGEST_ID:
        reader.wrong("station", "is no id of a station", "不是站点的编号")
    reader.done()
    found = catchment(
        runtime(), person, given.question, given.changes, station=station, place=place
    )
    return jsonify(found)


def _answer(ask: Callable[..., dict[str, Any]]) -> Response:
    given, person = asked(), console.actor()
    return jsonify(ask(runtime(), person, given.question, given.changes))
