"""The planner's workbench: its page."""

from apiflask import APIBlueprint
from flask import render_template

from app.domain.services import SERVICES
from app.service.plan import siting
from app.service.plan.choices import choices
from app.service.plan.planners import may_plan
from app.service.plan.siting_options import OTHERS, PREMISES
from app.web import console, forms
from app.web.context import map_config, page_frame, runtime
from app.web.sessions import require_staff
from app.web.static_files import asset

# nothing of it is for a public page
_OF_THE_MAP = (
    "centre", "bounds", "profile", "tile_url", "tile_attribution", "tiles_version",
    "basemap_attribution",
)  # fmt: skip
blueprint = APIBlueprint("plan", __name__, url_prefix="/plan", enable_openapi=False)
blueprint.before_request(require_staff)


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show the workbench; its address holds everything that is asked."""
    harbor, ground, person = runtime(), map_config(), console.me()
    config = {
        **{name: ground[name] for name in _OF_THE_MAP},
        **choices(harbor),
        "bounds": harbor.snapshot().station_box or ground["bounds"],
        "services": [
            {"code": one.code, "name": one.name, "name_en": one.name_en, "core": one.core}
            for one in SERVICES
        ],
        "csrf": forms.token(),
        "drawing": asset("vendor/protomaps-leaflet/protomaps-leaflet.js"),
        "may_save": may_plan(harbor, console.actor()),
        "sources": OTHERS,
        "premises": [
            {**one, "usual": one["kind"] in PREMISES}
            for one in (siting.kinds(harbor) if harbor.snapshot().has_streets else ())
        ],
    }
    rail = [item for item in console.RAIL if item.is_for(person)]
    return render_template("plan.html", config=config, me=person, rail=rail, **page_frame())
