"""What a planner may choose from: scopes, people to be counted, unions."""

from datetime import datetime
from typing import Any

from app.service import unions
from app.service.coverage_inputs import default_layer, default_scope
from app.service.regions import EVERYTHING
from app.service.runtime import Runtime
from app.store import areas, demand


def choices(harbor: Runtime) -> dict[str, Any]:
    """Return the scopes, demand layers and unions of today, and what stands where none is said.

    Returns:
        ``scopes`` (``code``, ``name``, ``name_en``, ``drawn`` by planners), ``scope`` (the code
        that is meant where none is named), ``demands`` (``name``, ``title``, ``title_en``,
        ``unit``), ``demand``, ``unions`` (``code``, ``name``, ``name_en``) and ``today``.
    """
    today = datetime.now(harbor.settings.zone).date()
    with harbor.connection() as connection, connection.transaction():
        scopes = areas.scopes(connection)
        layers = demand.layers(connection)
        bodies = unions.listing(connection, as_of=today)
    declared = [
        {
            "code": one.name,
            "name": one.title,
            "name_en": one.title_en or one.title,
            "drawn": one.drawn,
        }
        for one in scopes
    ]
    everything = {
        "code": EVERYTHING,
        "name": "全部区县",
        "name_en": "All districts",
        "drawn": False,
    }
    return {
        "scopes": [*declared, everything],
        "scope": default_scope(scopes),
        "demands": [
            {
                "name": one.name, "title": one.title, "title_en": one.title_en or one.title,
                "unit": one.unit,
            }
            for one in layers
        ],
        "demand": default_layer([one.name for one in layers]),
        "unions": [
            {"code": one.code, "name": one.name, "name_en": one.name_en or one.name}
            for one in bodies
        ],
        "today": today.isoformat(),
    }  # fmt: skip
