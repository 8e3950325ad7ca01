"""The page of inspections as of a day of the past."""

from werkzeug.wrappers import Response

from app.service import past_inspections
from app.web import console
from app.web.context import runtime
from app.web.record_pages import asked_moment


def shown(as_of: str) -> Response:
    """Show inspections as they stood at the end of a day, or at a moment."""
    person, zone = console.actor(), runtime().settings.zone
    try:
        moment = asked_moment(as_of)
    except ValueError:
        moment = None
    if moment is None:
        wrong = {"as_of": [("日期应写成 2026-01-31", "Expected a date such as 2026-01-31")]}
        page = console.page("inspections_past.html", at="inspections", wrong=wrong, day=None)
        return console.answer(page, 422)
    with runtime().connection() as connection:
        found = past_inspections.then(connection, person, moment)
    day = moment.astimezone(zone).date()
    return console.answer(
        console.page("inspections_past.html", at="inspections", then=found, day=day)
    )
