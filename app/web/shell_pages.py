"""What makes the rider's page an app: its manifest, its service worker, and the privacy notice."""

import json
from typing import Any

from apiflask import APIBlueprint
from flask import Response, current_app, render_template, url_for

from app.web.context import page_context, runtime
from app.web.static_files import asset, static_files

blueprint = APIBlueprint("shell", __name__, enable_openapi=False)

# what the page needs before anybody taps, and what is fetched on a tap: with no signal
# there is no second chance
MODULES = ("rider.js", "offline.js", "detail.js", "sheet.js", "report.js", "map.js")
STYLES = ("tokens.css", "rider.css", "sheet.css", "detail.css", "vendor/leaflet/leaflet.css")
LIBRARIES = ("vendor/leaflet/leaflet.js", "vendor/protomaps-leaflet/protomaps-leaflet.js")
ICONS = ((192, "harbor-192.png"), (512, "harbor-512.png"))


@blueprint.get("/sw.js")
def service_worker() -> Response:
    """Hand out the service worker: the file, told which release it keeps."""
    files = static_files()
    head = {"release": files.digest, "shell": shell()}
    text = f"self.HARBOR = {json.dumps(head)};\n" + files.files["sw.js"].plain.decode()
    response = Response(text, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


def shell() -> list[str]:
    """Return the addresses of everything the page needs with no signal."""
    files = static_files()
    modules = {name: None for first in MODULES for name in files.modules_of(first)}
    libraries = LIBRARIES if runtime().settings.map_profile == "internal" else LIBRARIES[:1]
    return ["/", *(asset(name) for name in (*modules, *STYLES, *libraries))]


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """Say what is installed on a phone."""
    told: dict[str, Any] = {
        "name": "渝工港湾 Yugong Harbor",
        "short_name": "渝工港湾",
        "lang": "zh-CN",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f3f6f6",
        "theme_color": "#0f766e",
        "icons": [
            {
                "src": asset(f"icons/{name}"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": "any maskable",
            }
            for size, name in ICONS
        ],
    }
    text = current_app.json.dumps(told)
    response = Response(text, mimetype="application/manifest+json")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/privacy")
def privacy() -> str:
    """Say what is kept of whom: of a rider, nothing that names one."""
    return render_template("privacy.html", home=url_for("pages.rider"), **page_context())
