"""Pages for riders and the record pages of staff."""

from apiflask import APIBlueprint
from flask import abort, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.service import station_pages
from app.web.context import page_context, runtime
from app.web.sessions import require_staff

blueprint = APIBlueprint("pages", __name__, enable_openapi=False)


@blueprint.get("/")
def rider() -> str:
    """Show the rider's page."""
    return render_template("rider.html", **page_context())


@blueprint.get("/s/<code>")
def station(code: str) -> str | Response:
    """Show a station's page: the target of its QR code."""
    record, survivor = station_pages.find(runtime(), code)
    if record.code is None:
        abort(404)
    if record.code != code:
        return redirect(url_for("pages.station", code=record.code))
    shown = station_pages.page(record, survivor, zone=runtime().settings.zone)
    return render_template("station.html", station=shown, **page_context())


@blueprint.get("/manage", strict_slashes=False)
def manage() -> Response:
    """Lead staff to the map, their only page so far."""
    require_staff()
    return redirect(url_for("map.page"))


@blueprint.get("/manage/stations/<int:station_id>")
def record(station_id: int) -> str:
    """Show a record in any state."""
    require_staff()
    found = station_pages.by_id(runtime(), station_id)
    shown = station_pages.page(found, None, zone=runtime().settings.zone)
    return render_template("station.html", station=shown, **page_context())
