"""For operators: is the process alive, can it answer."""

from typing import Any

from apiflask import APIBlueprint

from app.domain.errors import HarborError
from app.service.health import readiness
from app.web.context import runtime

blueprint = APIBlueprint("health", __name__, enable_openapi=False)


@blueprint.get("/healthz")
def alive() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "alive"}


@blueprint.get("/readyz")
def ready() -> tuple[dict[str, Any], int]:
    """Say whether riders can be answered, and how old the facts are; 503 if not."""
    try:
        facts = readiness(runtime())
    except HarborError as error:
        return {"status": "not ready", "detail": str(error)}, 503
    return facts, 200
