"""What a station is worth, beside its record and wherever its exit is decided.

A fragment for htmx, and a page of its own for a browser without scripts.
"""

from typing import Any

from apiflask import APIBlueprint
from werkzeug.wrappers import Response

from app.domain.errors import HarborError
from app.service import records
from app.service.plan import station_worth
from app.service.plan.week import NIGHT
from app.web import console
from app.web.console import Words
from app.web.context import runtime

blueprint = APIBlueprint("worth", __name__, url_prefix="/manage/stations", enable_openapi=False)

TITLE: Words = ("站点作用", "What it is worth")
UNKNOWN: Words = (
    "现在算不出站点作用(没有路网或人口数据,或站点不在路网附近)。",
    "What it is worth cannot be worked out now.",
)
# a bar of the day's chart, in its own units
BAR, GAP, TALL = 8, 2, 48


@blueprint.get("/<int:station_id>/worth")
def shown(station_id: int) -> Response:
    """Show the people that a station alone covers, and where they would go without it."""
    with runtime().connection() as connection:
        record = records.look(connection, console.actor(), station_id)
    context: dict[str, Any] = {
        "title": TITLE,
        "station_id": station_id,
        "station_name": record.facts.get("name"),
        "worth": None,
        "why": None,
    }
    try:
        found = station_worth.of_record(runtime(), record)
        context |= {"worth": found, "bars": _bars(found["hours"])}
    except HarborError as error:
        context["why"] = (error.zh or UNKNOWN[0], f"{UNKNOWN[1]} {error}")
    if console.wants_fragment():
        return console.answer(console.fragment("_worth.html", **context))
    context["section"] = "_worth.html"
    return console.answer(console.page("fact_section.html", at="stations", **context))


def _bars(hours: list[float]) -> list[dict[str, Any]]:
    """Return a bar for each hour of the day: the mean of the week's seven."""
    means = [sum(hours[hour::24]) / 7 for hour in range(24)]
    most = max(*means, 1e-9)
    return [
        {
            "hour": hour,
            "people": round(mean),
            "x": hour * (BAR + GAP),
            "height": round(TALL * mean / most, 1),
            "y": round(TALL * (1 - mean / most), 1),
            "night": hour in NIGHT,
        }
        for hour, mean in enumerate(means)
    ]
