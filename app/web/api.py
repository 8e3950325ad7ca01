"""The public API under ``/api/v1``."""

from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import UnsupportedMediaType

from app.domain.accounts import STAFF
from app.domain.errors import FieldError, InvalidInput
from app.service import area, coverage, places, route, station_changes, station_pages
from app.service.present import coverage_json, route_json
from app.web.context import runtime
from app.web.packing import best_packed
from app.web.riders import nearest_text, written
from app.web.schemas import (
    AreaAnswer,
    AreaQuery,
    ChangesAnswer,
    ChangesQuery,
    CoverageAnswer,
    CoverageQuery,
    DatumQuery,
    NearestAnswer,
    NearestQuery,
    RouteAnswer,
    RouteQuery,
    SearchAnswer,
    SearchQuery,
    StationsQuery,
)
from app.web.sessions import may

blueprint = APIBlueprint("api", __name__, url_prefix="/api/v1", tag="Harbor")
# parameters that may be written once with commas, or several times
LISTS = ("services",)


@blueprint.before_request
def _take_nothing_in_silence() -> None:
    """Join what is a list, and refuse what is not but was given twice, or a body not in JSON."""
    if request.method == "POST" and not request.is_json:
        raise UnsupportedMediaType
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    wrong = [name for name in repeated if name not in LISTS]
    if wrong:
        raise InvalidInput([FieldError(name, "is given more than once") for name in wrong])
    if repeated:
        joined = {name: ",".join(request.args.getlist(name)) for name in repeated}
        request.args = ImmutableMultiDict({**request.args.to_dict(), **joined})


@blueprint.get("/nearest")
@blueprint.input(NearestQuery, location="query")
@blueprint.output(NearestAnswer)
def nearest_by_query(query_data: NearestQuery) -> Response:
    """Find the nearest stations by walking time.

    The position stands in the address and so in the logs of proxies: for
    integrators; pages of our own use the POST form.
    """
    return _nearest(query_data)


@blueprint.post("/nearest")
@blueprint.input(NearestQuery, location="json")
@blueprint.output(NearestAnswer)
def nearest_by_body(json_data: NearestQuery) -> Response:
    """Find the nearest stations by walking time; the position stays out of logs."""
    return _nearest(json_data)


def _nearest(query: NearestQuery) -> Response:
    return _json(nearest_text(runtime(), query))


@blueprint.post("/route")
@blueprint.input(RouteQuery, location="json")
@blueprint.output(RouteAnswer)
def route_by_body(json_data: RouteQuery) -> Response:
    """Find the way to one station, part by part; the position stays out of logs."""
    harbor = runtime()
    wish = route.Wish(
        longitude=json_data.lon,
        latitude=json_data.lat,
        to=json_data.to,
        mode=json_data.mode,
        datum=json_data.datum,
    )
    found = route.route(harbor.snapshot(), harbor.settings, wish)
    return _json(written(route_json(found, datum=json_data.datum)))


@blueprint.post("/area")
@blueprint.input(AreaQuery, location="json")
@blueprint.output(AreaAnswer)
def area_around(json_data: AreaQuery) -> Response:
    """List the stations around with their hours of two weeks, for when there is no signal."""
    harbor = runtime()
    where = area.Where(
        longitude=json_data.lon,
        latitude=json_data.lat,
        datum=json_data.datum,
        known=json_data.known,
    )
    now = datetime.now(UTC)
    told = area.area(harbor.snapshot(), where, now=now, zone=harbor.settings.zone)
    # asked once a day: here the best packing is worth its time
    return best_packed(_json(written(told)))


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")


@blueprint.get("/search")
@blueprint.input(SearchQuery, location="query")
@blueprint.output(SearchAnswer)
def search(query_data: SearchQuery) -> dict[str, Any]:
    """Find stations, places, streets and landmarks by a part of a name, by pinyin or initials."""
    return places.search(runtime(), query_data.q)


@blueprint.get("/stations")
@blueprint.input(StationsQuery, location="query")
def stations(query_data: StationsQuery) -> dict[str, Any]:
    """List public stations as GeoJSON, page by page."""
    return station_pages.collection(
        runtime().snapshot(),
        services=tuple(query_data.services),
        bbox=query_data.bbox,
        limit=query_data.limit,
        offset=query_data.offset,
        datum=query_data.datum,
    )


@blueprint.get("/stations/changes")
@blueprint.input(ChangesQuery, location="query")
@blueprint.output(ChangesAnswer)
def changes(query_data: ChangesQuery) -> dict[str, Any]:
    """Follow additions, changes and removals of public stations, oldest first."""
    return station_changes.changes(
        runtime(), since=query_data.since, limit=query_data.limit, datum=query_data.datum
    )


@blueprint.get("/stations/<code>")
@blueprint.input(DatumQuery, location="query")
def station(code: str, query_data: DatumQuery) -> dict[str, Any]:
    """Show one station by its number, or by an earlier one."""
    return station_pages.feature(runtime(), code, datum=query_data.datum)


@blueprint.get("/coverage")
@blueprint.input(CoverageQuery, location="query")
@blueprint.output(CoverageAnswer)
def coverage_now(query_data: CoverageQuery) -> dict[str, Any]:
    """Measure who is within the circle, by three rules; a run with these inputs is reused.

    New runs are made for staff who are logged in; everybody else is shown stored ones.
    """
    harbor = runtime()
    zone = harbor.settings.zone
    at, as_of = query_data.at, query_data.as_of
    question = coverage.CoverageQuestion(
        scope=query_data.scope,
        demand=query_data.demand,
        minutes=query_data.minutes,
        services=tuple(query_data.services),
        at=at and at.replace(tzinfo=at.tzinfo or zone),
        as_of=as_of and as_of.replace(tzinfo=as_of.tzinfo or zone),
    )
    streets = harbor.snapshot().streets
    with harbor.connection() as connection:
        run = coverage.measure(
            connection,
            streets,
            harbor.settings,
            question,
            grounds=harbor.shelf.grounds,
            may_compute=not _cross_site() and may(*STAFF),
        )
    return coverage_json(run)


def _cross_site() -> bool:
    """Whether another site's page asks: it shall not make this one work."""
    return request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")


@blueprint.get("/coverage/latest")
@blueprint.output(CoverageAnswer)
def coverage_latest() -> dict[str, Any]:
    """Show the newest run."""
    with runtime().connection() as connection:
        return coverage_json(coverage.latest(connection))


@blueprint.get("/coverage/runs/<int:run>")
@blueprint.output(CoverageAnswer)
def coverage_run(run: int) -> dict[str, Any]:
    """Show a stored run."""
    with runtime().connection() as connection:
        return coverage_json(coverage.find(connection, run))


@blueprint.after_request
def _fresh(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response
