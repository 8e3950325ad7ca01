"""The management map: its page, its layers, its one-file copy."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask import Response, jsonify, request

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput
from app.service import map_layers, past_map
from app.service.minutes import MinutesCache
from app.service.runtime import Runtime
from app.web import console, sessions
from app.web.context import attribution, demo_label, layers, minutes, nonce, runtime
from app.web.folium_map import (
    Assets,
    InlineData,
    MapUrls,
    MapView,
    StreetBand,
    management_map,
    one_file_map,
)
from app.web.record_pages import asked_moment
from app.web.sessions import require_staff
from app.web.static_files import FOLDER, versioned_root

blueprint = APIBlueprint("map", __name__, url_prefix="/manage/map", enable_openapi=False)
blueprint.before_request(require_staff)

EXPORT_NAME = "harbor-map.html"


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show the map that fetches its layers from us."""
    harbor, person, moment = runtime(), _actor(), _moment()
    view = _view(harbor, person, csp_nonce=nonce(), export_url=f"/manage/map/{EXPORT_NAME}")
    if moment is not None:
        view = _of_the_past(view, harbor, person, moment)
    return management_map(view, assets=Assets(url=versioned_root(), folder=FOLDER))


@blueprint.get(f"/{EXPORT_NAME}")
def one_file() -> Response:
    """Hand out the map as one file that works without any server."""
    content = export_map(runtime(), minutes(), actor=_actor())
    headers = {
        "Content-Disposition": f'attachment; filename="{EXPORT_NAME}"',
        # the file carries a stricter policy of its own
        "Content-Security-Policy": "sandbox",
    }
    return Response(content, mimetype="text/html", headers=headers)


@blueprint.get("/stations.geojson")
def stations() -> Response:
    """The placed stations that one may see, in whatever state."""
    return _fresh(map_layers.stations_layer(runtime(), _actor()))


@blueprint.get("/stations.json")
def drawn() -> Response:
    """The same in few bytes, for the page; asked again, it is sent only if it changed."""
    moment = _moment()
    if moment is not None:
        content = past_map.stations(runtime(), _actor(), moment)
        headers = {"Cache-Control": "no-store"}
        return Response(content, mimetype="application/json", headers=headers)
    layer = layers().of(runtime(), _actor())
    response = Response(mimetype="application/json")
    response.vary.add("Accept-Encoding")
    response.set_etag(layer.tag, weak=True)
    if request.if_none_match.contains_weak(layer.tag):
        response.status_code = 304
        return response
    if request.accept_encodings.quality("gzip") > 0:
        response.headers["Content-Encoding"] = "gzip"
        response.set_data(layer.packed)
    else:
        response.set_data(layer.plain())
    return response


@blueprint.get("/scope.geojson")
def scope() -> Response:
    """The outline of every scope."""
    return _fresh(map_layers.scope_layer(runtime()))


@blueprint.get("/districts.geojson")
def districts() -> Response:
    """Districts by the share of people covered."""
    harbor = runtime()
    return _fresh(map_layers.districts_layer(harbor, map_layers.headline(harbor)))


@blueprint.get("/uncovered.json")
def uncovered() -> Response:
    """People whom no station reaches in time."""
    return _fresh(map_layers.uncovered_layer(runtime()))


def export_map(
    harbor: Runtime, street_minutes: MinutesCache | None = None, *, actor: Actor | None = None
) -> str:
    """Return the one-file copy of the map, with the stations that a person may see."""
    street_minutes = street_minutes or MinutesCache()
    run = map_layers.headline(harbor)
    view = _view(harbor, actor, record_base=harbor.settings.public_url)
    data = InlineData(
        stations=map_layers.stations_layer(harbor, actor),
        scope=map_layers.scope_layer(harbor),
        districts=map_layers.districts_layer(harbor, run),
        uncovered=map_layers.uncovered_layer(harbor),
        streets=[
            StreetBand(band=part.band, width=part.width, lines=part.lines)
            for part in map_layers.inline_streets(harbor, street_minutes)
        ],
        basemap=map_layers.inline_basemap(harbor),
    )
    return one_file_map(view, data, assets=Assets(url="", folder=FOLDER))


def _actor() -> Actor | None:
    """Who looks; None is this machine, while there is no account."""
    return None if sessions.current() is None else console.actor()


def _moment() -> datetime | None:
    """The moment that ``as_of`` asks for, None for now.

    Raises:
        InvalidInput: if it is none.
    """
    try:
        return asked_moment(request.args.get("as_of", ""))
    except ValueError as error:
        raise InvalidInput(
            [FieldError("as_of", "expected a date such as 2026-01-31", "日期应写成 2026-01-31")],
            attempted="show the map of a day",
        ) from error


def _of_the_past(view: MapView, harbor: Runtime, actor: Actor | None, moment: datetime) -> MapView:
    day = f"{moment.astimezone(harbor.settings.zone):%Y-%m-%d}"
    return replace(
        view,
        day=day,
        note=f"{day} 当日的登记;步行时间和覆盖率只算今天的,不在此显示",
        note_en=f"the register as of {day}; minutes and shares are today’s and not shown here",
        counts=past_map.counts(harbor, actor, moment),
        urls=MapUrls(stations=f"{MapUrls().stations}?as_of={day}"),
        export_url="",
    )


def _view(
    harbor: Runtime,
    actor: Actor | None,
    *,
    csp_nonce: str = "",
    export_url: str = "",
    record_base: str = "",
) -> MapView:
    snapshot = harbor.snapshot()
    west, south, east, north = snapshot.bounds or (106.4, 29.4, 106.7, 29.7)
    centre = snapshot.centre or ((south + north) / 2, (west + east) / 2)
    moment = snapshot.taken_at.astimezone(harbor.settings.zone)
    return MapView(
        title="渝工港湾 · 管理地图",
        title_en="Yugong Harbor · management map",
        note=f"{moment:%Y-%m-%d %H:%M} 的登记",
        note_en=f"the register of {moment:%Y-%m-%d %H:%M}",
        centre=centre,
        bounds=snapshot.station_box or ((south, west), (north, east)),
        counts=map_layers.counts(harbor, actor),
        demo_label=demo_label(snapshot),
        tiles_version=snapshot.version,
        basemap_attribution=attribution(snapshot),
        csp_nonce=csp_nonce,
        export_url=export_url,
        record_base=record_base,
        person=console.me().shown if actor is not None and export_url else "",
    )


def _fresh(layer: dict[str, Any]) -> Response:
    response = jsonify(layer)
    response.headers["Cache-Control"] = "no-store"
    return response
