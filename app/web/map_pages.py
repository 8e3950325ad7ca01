"""The management map: its page, its layers, its one-file copy."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, jsonify

from app.service import map_layers
from app.service.minutes import MinutesCache
from app.service.runtime import Runtime
from app.settings import PROJECT
from app.web.context import attribution, demo_label, minutes, nonce, runtime
from app.web.folium_map import (
    Assets,
    InlineData,
    MapView,
    StreetBand,
    management_map,
    one_file_map,
)
from app.web.sessions import require_staff

blueprint = APIBlueprint("map", __name__, url_prefix="/manage/map", enable_openapi=False)
blueprint.before_request(require_staff)

ASSETS = Assets(url="/static", folder=PROJECT / "static")
EXPORT_NAME = "harbor-map.html"


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show the map that fetches its layers from us."""
    harbor = runtime()
    view = _view(harbor, csp_nonce=nonce(), export_url=f"/manage/map/{EXPORT_NAME}")
    return management_map(view, assets=ASSETS)


@blueprint.get(f"/{EXPORT_NAME}")
def one_file() -> Response:
    """Hand out the map as one file that works without any server."""
    content = export_map(runtime(), minutes())
    headers = {
        "Content-Disposition": f'attachment; filename="{EXPORT_NAME}"',
        # the file carries a stricter policy of its own
        "Content-Security-Policy": "sandbox",
    }
    return Response(content, mimetype="text/html", headers=headers)


@blueprint.get("/stations.geojson")
def stations() -> Response:
    """All placed stations, in whatever state."""
    return _fresh(map_layers.stations_layer(runtime()))


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


def export_map(harbor: Runtime, street_minutes: MinutesCache | None = None) -> str:
    """Return the one-file copy of the map."""
    street_minutes = street_minutes or MinutesCache()
    run = map_layers.headline(harbor)
    view = _view(harbor, record_base=harbor.settings.public_url)
    data = InlineData(
        stations=map_layers.stations_layer(harbor),
        scope=map_layers.scope_layer(harbor),
        districts=map_layers.districts_layer(harbor, run),
        uncovered=map_layers.uncovered_layer(harbor),
        streets=[
            StreetBand(band=part.band, width=part.width, lines=part.lines)
            for part in map_layers.inline_streets(harbor, street_minutes)
        ],
        basemap=map_layers.inline_basemap(harbor),
    )
    return one_file_map(view, data, assets=ASSETS)


def _view(
    harbor: Runtime, *, csp_nonce: str = "", export_url: str = "", record_base: str = ""
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
        counts=map_layers.counts(harbor),
        demo_label=demo_label(snapshot),
        tiles_version=snapshot.version,
        basemap_attribution=attribution(snapshot),
        csp_nonce=csp_nonce,
        export_url=export_url,
        record_base=record_base,
    )


def _fresh(layer: dict[str, Any]) -> Response:
    response = jsonify(layer)
    response.headers["Cache-Control"] = "no-store"
    return response
