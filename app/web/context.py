"""What handlers find: the runtime, the page's context, the nonce."""

import secrets
from typing import Any, cast

from flask import current_app, g, request

from app.domain.services import SERVICES
from app.domain.station import DOOR_NAMES
from app.service import map_sources
from app.service.errors import GeoError, HarborError
from app.service.minutes import MinutesCache
from app.service.question import in_wgs84
from app.service.runtime import Runtime
from app.service.snapshot import Snapshot
from app.service.station_layer import StationLayers


def runtime() -> Runtime:
    """Return the runtime that the factory was handed."""
    return cast(Runtime, current_app.extensions["harbor"])


def minutes() -> MinutesCache:
    """Return the street minutes kept by this process."""
    return cast(MinutesCache, current_app.extensions["harbor_minutes"])


def layers() -> StationLayers:
    """Return the layers of stations kept by this process."""
    return cast(StationLayers, current_app.extensions["harbor_layers"])


def nonce() -> str:
    """Return this answer's nonce for inline scripts and styles."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def demo_label(snapshot: Snapshot) -> str:
    """Return the label every page of a demo carries, empty for a real register."""
    return " / ".join(map_sources.demo_label(snapshot.kind)) if snapshot.kind == "demo" else ""


def attribution(snapshot: Snapshot) -> str:
    """Return who made what lies under our maps."""
    return map_sources.attribution(snapshot.kind)


def map_config() -> dict[str, Any]:
    """Return what the map modules in the browser need to know."""
    harbor = runtime()
    snapshot, settings = harbor.snapshot(), harbor.settings
    west, south, east, north = snapshot.bounds or (106.4, 29.4, 106.7, 29.7)
    return {
        "centre": list(snapshot.centre or ((south + north) / 2, (west + east) / 2)),
        "bounds": [[south, west], [north, east]],
        "profile": settings.map_profile,
        "tile_url": settings.tile_url,
        "tile_attribution": settings.tile_attribution,
        # of the base map alone: a change of a station leaves its tiles as they are
        "tiles_version": snapshot.streets.build if snapshot.has_streets else "",
        "basemap_attribution": attribution(snapshot),
        "services": [{"code": s.code, "name": s.name, "name_en": s.name_en} for s in SERVICES],
        "doors": {door.value: list(names) for door, names in DOOR_NAMES.items()},
        "origin": asked_origin(),
        "site": {"join_url": harbor.settings.join_url, "hotline": harbor.settings.hotline},
    }


def asked_origin() -> dict[str, float] | None:
    """Return the place an embedding app put into the address, in WGS-84.

    Only another datum needs us; the page reads WGS-84 by itself.
    """
    datum = request.args.get("datum", "wgs84")
    if datum == "wgs84" or not {"lon", "lat"} <= set(request.args):
        return None
    try:
        lon, lat = in_wgs84(request.args["lon"], request.args["lat"], datum=datum)
    except (HarborError, GeoError):
        return None
    return {"lon": lon, "lat": lat}


def site() -> dict[str, Any]:
    """Return what a public site says of itself, from the settings."""
    settings = runtime().settings
    notice = settings.privacy_notice
    paragraphs = notice.read_text("utf-8").split("\n\n") if notice is not None else []
    return {
        "icp_number": settings.icp_number,
        "police_number": settings.police_number,
        "map_review_number": settings.map_review_number,
        "privacy_notice": [part.strip() for part in paragraphs if part.strip()],
        "join_url": settings.join_url,
        "hotline": settings.hotline,
    }


def page_frame() -> dict[str, Any]:
    """Return what the frame of every page needs, whatever else is out of order."""
    try:
        label = demo_label(runtime().snapshot())
    except (HarborError, GeoError):
        label = ""
    return {"demo": bool(label), "demo_label": label, "csp_nonce": nonce()}


def page_context() -> dict[str, Any]:
    """Return what every template finds."""
    return {**page_frame(), "map_config": map_config(), "site": site()}
