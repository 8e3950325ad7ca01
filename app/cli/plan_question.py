"""The options by which every planner's command takes its question."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from app.cli.output import MOMENT
from app.domain.errors import UnreadableFile
from app.domain.scenario import NONE, Changes, parse
from app.service.plan.question import RULES, PlanQuestion
from app.service.runtime import Runtime

OPTIONS = (
    click.option("--scope", help="Name of a scope; 'all' for everything."),
    click.option("--demand", help="Name of a demand layer."),
    click.option("--minutes", default=15.0, show_default=True, help="On foot, 5 to 30."),
    click.option("--services", default="", help="Only stations with all of these, by comma."),
    click.option("--at", type=MOMENT, help="Only stations surely open at this moment."),
    click.option("--as-of", type=MOMENT, help="The register as it was then."),
    click.option(
        "--rule", type=click.Choice(list(RULES)), default="terrain", show_default=True,
        help="What one goes by: terrain, official (4 km/h), radius.",
    ),
    click.option(
        "--depth", type=click.IntRange(1, 3), default=1, show_default=True,
        help="How many stations one is to reach.",
    ),
    click.option(
        "--changes", type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A scenario's changes, a JSON list.",
    ),
)  # fmt: skip
_NAMES = ("scope", "demand", "minutes", "services", "at", "as_of", "rule", "depth")


def asks(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a question; it is handed ``question`` and ``changes``.

    ``question`` is a function of the runtime, whose zone a moment without one is meant in.
    """

    @wraps(command)
    def asked(**given: Any) -> None:
        told = {name: given.pop(name) for name in _NAMES}
        file = given.pop("changes")
        changes = NONE if file is None else _changes(file)
        command(question=lambda harbor: _question(harbor, **told), changes=changes, **given)

    for option in reversed(OPTIONS):
        asked = option(asked)
    return asked


def _question(
    harbor: Runtime, *, services: str, at: datetime | None, as_of: datetime | None, **told: Any
) -> PlanQuestion:
    zone = harbor.settings.zone

    def zoned(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment.replace(tzinfo=moment.tzinfo or zone)

    return PlanQuestion(
        services=tuple(word.strip() for word in services.split(",") if word.strip()),
        at=zoned(at),
        as_of=zoned(as_of),
        **told,
    )


def _changes(file: Path) -> Changes:
    try:
        items = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise UnreadableFile(
            f"Could not read {file.name}: it is no JSON ({error}).",
            remedy="Write a list of changes, as the workbench saves them.",
        ) from None
    return parse(items)
