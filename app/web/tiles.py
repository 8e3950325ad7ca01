"""Vector tiles: the base map, and streets by walking minutes."""

from apiflask import APIBlueprint
from flask import request
from werkzeug.wrappers import Response

from app.service import tiles
from app.web.context import minutes, runtime

MEDIA = "application/vnd.mapbox-vector-tile"
blueprint = APIBlueprint("tiles", __name__, url_prefix="/tiles", enable_openapi=False)


@blueprint.get("/<layer>/<int:z>/<int:x>/<int:y>.mvt")
def tile(layer: str, z: int, x: int, y: int) -> Response:
    """Serve one tile of ``basemap`` or ``minutes``; ``v`` in its address lets it be kept long."""
    content = tiles.tile(runtime(), minutes(), layer, z, x, y)
    response = Response(content, mimetype=MEDIA)
    version = "v" in request.args
    response.headers["Cache-Control"] = f"public, max-age={86400 if version else 60}"
    response.add_etag()
    return response.make_conditional(request)
