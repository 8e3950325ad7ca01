"""Pages for riders."""

from apiflask import APIBlueprint
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.service import station_pages
from app.web.context import page_context, runtime

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
        # what the plaque proves goes along
        return redirect(url_for("pages.station", code=record.code, p=request.args.get("p")))
    photos, former = station_pages.besides(runtime(), record)
    shown = station_pages.page(
        record,
        survivor,
        zone=runtime().settings.zone,
        calendar=runtime().snapshot().calendar,
        photos=photos,
        former_names=former,
    )
    return render_template("station.html", station=shown, **page_context())
