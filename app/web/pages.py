"""Pages for riders."""

from apiflask import APIBlueprint
from flask import abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.service import station_pages
from app.web.context import page_context, runtime

# a page is the same for so long; its nonce is for one person all the same
PAGE_SECONDS = 30

blueprint = APIBlueprint("pages", __name__, enable_openapi=False)


@blueprint.get("/")
def rider() -> Response:
    """Show the rider's page; the service worker that keeps it need not fetch it once more."""
    response = make_response(render_template("rider.html", **page_context()))
    response.headers["Cache-Control"] = f"private, max-age={PAGE_SECONDS}"
    return response


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
