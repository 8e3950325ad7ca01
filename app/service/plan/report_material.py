"""The one material of a report, put together once: every kind of document is written from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from typing import Any

from app.domain.actor import Actor
from app.domain.scenario import NONE, Changes, OfStation
from app.files.map_shapes import MapShapes
from app.service import coverage
from app.service.plan.curve import curve
from app.service.plan.figures import figures
from app.service.plan.gaps import gaps
from app.service.plan.question import PlanQuestion
from app.service.plan.report_shapes import map_shapes
from app.service.plan.standing import Standing, stand
from app.service.plan.week import night_hours, week
from app.service.plan.worth import worth
from app.service.runtime import Runtime
from app.store.runs import CoverageRun

Tell = Callable[[str, str, float], None]

MOST_GAPS = 10
# of the material: what reads it knows by it what there is
FORM = 1


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What a report says, as JSON, and what its map draws; ``run`` names its figures."""

    run: int
    told: dict[str, Any]
    shapes: MapShapes


def collect(
    harbor: Runtime,
    actor: Actor | None,
    question: PlanQuestion,
    changes: Changes,
    *,
    siting: Mapping[str, Any] | None,
    tell: Tell,
) -> Material:
    """Gather everything a report says.

    The figures are those of a stored coverage run, which is named and can be repeated.

    Args:
        siting: a result of siting that the report tells of.
        tell: told what is being done and how much of it; whoever stops the work raises there.

    Raises:
        InvalidInput, NotFound, Conflict, Unavailable: if the question cannot be answered.
    """
    tell("计算三种口径", "Measuring by the three rules", 0.05)
    run = _run(harbor, question, changes)
    # all parts hold for one moment of the register, whatever changes while they are made
    now = None if question.as_of is not None else datetime.now(harbor.settings.zone)
    question = replace(
        question,
        as_of=datetime.fromisoformat(run.inputs["as_of"]),
        looked_at=question.looked_at or now,
    )
    asked = figures(harbor, actor, question, changes)
    tell("计算一周 168 小时", "Working through the 168 hours of a week", 0.25)
    hours = week(harbor, actor, question, changes)
    tell("归并缺口", "Gathering the gaps", 0.4)
    left = gaps(harbor, actor, question, changes)
    tell("计算各站点的作用", "Weighing each station", 0.55)
    weighed = worth(harbor, actor, question, changes)
    tell("回看以往各月", "Looking back month by month", 0.7)
    past = curve(harbor, actor, question, changes)
    tell("绘制地图", "Drawing the map", 0.85)
    with harbor.connection() as connection:
        standing = stand(harbor, connection, question, changes)
    told = {
        "form": FORM,
        "harbor": version("harbor"),
        "kind": harbor.snapshot().kind,
        "made_at": datetime.now(harbor.settings.zone).isoformat(timespec="minutes"),
        "run": run.id,
        "inputs": run.inputs,
        "dates": _dates(standing),
        "names": _names(harbor, question, changes),
        "services": list(question.services),
        "depth": question.depth,
        "title": _title(standing, changes),
        "figures": asked,
        "week": {**hours, "night": night_hours().tolist()},
        "gaps": {**left, "places": left["places"][:MOST_GAPS], "mends": left["mends"][:MOST_GAPS]},
        "worth": weighed["stations"],
        "curve": past,
        "changes": changes.to_json(),
        "siting": None if siting is None else dict(siting),
    }
    with harbor.connection() as connection:
        shapes = map_shapes(
            connection, standing, places=told["gaps"]["places"], districts=asked["districts"],
            sites=siting["sites"] if siting else (),
        )  # fmt: skip
    return Material(run.id, told, shapes)


def _run(harbor: Runtime, question: PlanQuestion, changes: Changes) -> CoverageRun:
    streets = harbor.snapshot().streets
    with harbor.connection() as connection:
        return coverage.measure(
            connection, streets, harbor.settings, question.coverage, changes,
            grounds=harbor.shelf.grounds,
        )  # fmt: skip


def _dates(standing: Standing) -> dict[str, Any]:
    """Return the moments of a report on the register's own clock, and what streets were made of."""
    streets, zone = standing.material.streets, standing.harbor.settings.zone
    at = standing.question.at

    def told(moment: datetime) -> str:
        return moment.astimezone(zone).isoformat(timespec="minutes")

    return {
        "as_of": told(standing.material.as_of),
        "at": None if at is None else told(at),
        "demand": told(standing.material.demand.facts.imported_at),
        "network": told(streets.built_at),
        "network_source": str(streets.facts.get("source", "")),
    }


def _names(harbor: Runtime, question: PlanQuestion, changes: Changes) -> dict[str, str]:
    """Return the names of stations that a scenario changes, by their ids as JSON has them."""
    wanted = {item.station for item in changes.items if isinstance(item, OfStation)}
    if not wanted:
        return {}
    with harbor.connection() as connection:
        there = stand(harbor, connection, question).stations
    return {str(station.id): station.name for station in there if station.id in wanted}


def _title(standing: Standing, changes: Changes) -> dict[str, str]:
    scope, minutes = standing.material.scope, f"{standing.question.minutes:g}"
    return {
        "zh": f"{scope.name} {minutes} 分钟服务圈" + ("(方案)" if changes != NONE else ""),
        "en": f"The {minutes}-minute circle: {scope.name_en or scope.name}"
        + (" (scenario)" if changes != NONE else ""),
    }
