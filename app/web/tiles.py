"""Vector tiles: the base map, and streets by walking minutes."""

from apiflask import APIBlueprint
from flask import request
from werkzeug.wrappers import Response

from app.service import tiles
from app.service.plan import street_layer
from app.web.context import minutes, runtime
from app.web.sessions import require_staff
from app.web.static_files import KEPT_FOR_GOOD, packed_answer

MEDIA = "application/vnd.mapbox-vector-tile"
blueprint = APIBlueprint("tiles", __name__, url_prefix="/tiles", enable_openapi=False)


@blueprint.get("/plan/<int:z>/<int:x>/<int:y>.mvt")
def plan_tile(z: int, x: int, y: int) -> Response:
    """Serve one tile of the streets as a planner's question sees them, named by its ``key``."""
    require_staff()
    found = street_layer.tile(runtime(), request.args.get("key", ""), z, x, y)
    return packed_answer(
        found.plain,
        found.packed or None,
        tag=found.tag,
        kind=MEDIA,
        # a key is a digest of all that the tile is made of; it is for who is logged in
        keeping="private, max-age=86400, immutable",
    )


@blueprint.get("/<layer>/<int:z>/<int:x>/<int:y>.mvt")
def tile(layer: str, z: int, x: int, y: int) -> Response:
    """Serve one tile of ``basemap`` or ``minutes``; ``v`` in its address lets it be kept for good.

    The base map's version begins that of everything, which changes more often.
    """
    found = tiles.tile(runtime(), minutes(), layer, z, x, y)
    current = request.args.get("v", "").startswith(found.version)
    return packed_answer(
        found.plain,
        found.packed or None,
        tag=found.tag,
        kind=MEDIA,
        keeping=KEPT_FOR_GOOD if current else "public, max-age=60",
    )
