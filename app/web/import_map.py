"""The map beside the rows of a list that is being imported."""

from typing import Any
from urllib.parse import quote

from apiflask import APIBlueprint
from flask import request

from app.service import import_points
from app.service.import_points import Spot
from app.web import console
from app.web.context import runtime
from app.web.import_pages import KIND_WORDS, guard, path_of

blueprint = APIBlueprint("import_map", __name__, url_prefix="/manage/import", enable_openapi=False)
blueprint.before_request(guard)


@blueprint.get("/<int:list_id>/points")
def points(list_id: int) -> dict[str, Any]:
    """Return the places of the rows that a filter shows, and where each row stands."""
    shown = request.args.get("show", "all")
    with runtime().connection() as connection:
        found = import_points.spots(connection, runtime(), console.actor(), list_id, shown=shown)
    return {"points": [_point(list_id, one, shown) for one in found]}


def _point(list_id: int, spot: Spot, shown: str) -> dict[str, Any]:
    zh, en = KIND_WORDS[spot.kind]
    return {
        "lon": spot.longitude,
        "lat": spot.latitude,
        "kind": spot.kind,
        "zh": f"第 {spot.row} 行 {spot.name}:{zh}",
        "en": f"Row {spot.row} {spot.name}: {en.lower()}",
        "href": path_of(list_id, f"rows?show={quote(shown)}&page={spot.page}#row-{spot.row}"),
    }
