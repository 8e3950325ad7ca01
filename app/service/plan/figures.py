"""The circle, stated: one figure with its definition, by three rules, by district."""

from dataclasses import replace
from typing import Any

import numpy as np

from app.domain.actor import Actor
from app.domain.scenario import NONE, Changes
from app.service.coverage_figures import by_rules
from app.service.coverage_inputs import digest_of
from app.service.plan import lapsed
from app.service.plan.question import RULES, PlanQuestion
from app.service.plan.standing import Standing, stand
from app.service.plan.wording import definition
from app.service.regions import Region
from app.service.runtime import Runtime
from app.store import plan_views, runs
from geo.cover_table import covered

PEOPLE = ("people", "people_share", "twice_share", "thrice_share", "people_total")


def figures(
    harbor: Runtime,
    actor: Actor | None,
    question: PlanQuestion,
    changes: Changes = NONE,
    *,
    parts: str = "all",
    beside: bool = True,
) -> dict[str, Any]:
    """Answer a question in figures, beside those without a scenario's changes.

    Args:
        parts: ``people`` for the figures of people alone, which follow a hand that drags;
            ``all`` for streets and area too.
        beside: whether to tell the figures without the changes as well.

    Raises:
        InvalidInput, NotFound, Conflict, Unavailable: if a part of the question cannot be used.
    """
    with harbor.connection() as connection:
        standing = stand(harbor, connection, question, changes)
        before = standing.without_changes if changes and beside else None
        key = _key(standing)
        inputs = standing.material.inputs
        with connection.transaction():
            if parts == "all":
                # nobody draws a map of every step of a hand that drags
                plan_views.keep(connection, key, _asked(standing), changes.to_json())
            run = runs.of_inputs(connection, digest_of(inputs))
        gone = lapsed.told(connection, standing.material.lapsed)
    tell = people_figures if parts == "people" else _all_figures
    return {
        "key": key,
        "run": None if run is None else run.id,
        "as_of": inputs["as_of"],
        "at": inputs["at"],
        "minutes": inputs["minutes"],
        "rule": question.rule,
        "network": inputs["network"],
        "definition": definition(standing),
        "scope": _named(standing.material.scope),
        "scope_beyond_streets": inputs["scope_beyond_streets"],
        "demand": _demand(standing),
        "stations": _stations(standing),
        "off_streets": _off_streets(standing),
        **tell(standing),
        "base": None if before is None else tell(before)["rules"],
        "lapsed": gone,
    }


def people_figures(standing: Standing) -> dict[str, Any]:
    """Return the figures of people by the three rules, of the scope and of its districts."""
    ground = standing.ground
    districts = standing.material.districts
    places = [(s.longitude, s.latitude) for s in standing.material.stations]
    active = np.ones((1, len(places)), np.bool_)
    totals = ground.people_by_district(len(districts))
    scope: dict[str, Any] = {}
    by_district: dict[str, list[dict[str, float | None]]] = {}
    for rule, (name, _, _) in RULES.items():
        reach = standing.reach(places, rule=rule)
        whole = float(ground.scope_weight.sum())
        scope[name] = _people(covered(reach, active, ground.scope_weight)[0, 0], whole)
        sums = covered(
            reach, active, ground.weight, group=ground.district, groups=max(len(districts), 1)
        )[0]
        by_district[name] = [_people(sums[i], float(totals[i])) for i in range(len(districts))]
    return {
        "rules": scope,
        "districts": [
            {**_district(region), "rules": {name: by_district[name][i] for name in by_district}}
            for i, region in enumerate(districts)
            if ground.sums.touched(i + 1)
        ],
    }


def _people(reached: Any, whole: float) -> dict[str, float | None]:
    shares = [round(float(part) / whole, 6) if whole > 0 else None for part in reached]
    people = None if whole <= 0 else round(float(reached[0]), 1)
    return dict(zip(PEOPLE, (people, *shares, round(whole, 1)), strict=True))


def _all_figures(standing: Standing) -> dict[str, Any]:
    return by_rules(standing.material, standing.ground, standing.where)


def _district(region: Region) -> dict[str, str]:
    return {"adcode": region.code, "name": region.name, "name_en": region.name_en}


def _named(region: Region) -> dict[str, Any]:
    west, south, east, north = region.shape.bounds
    return {
        "code": region.code,
        "name": region.name,
        "name_en": region.name_en or region.name,
        "bounds": [[round(south, 5), round(west, 5)], [round(north, 5), round(east, 5)]],
    }


def _demand(standing: Standing) -> dict[str, Any]:
    facts = standing.material.demand.facts
    return {
        "name": facts.name,
        "title": facts.title,
        "title_en": facts.title_en or facts.title,
        "unit": facts.unit,
        "source": facts.source,
        "total": round(float(standing.ground.scope_weight.sum()), 1),
    }


def _stations(standing: Standing) -> dict[str, int]:
    """Count the stations that the question uses, and why it leaves others out."""
    inputs, used = standing.material.inputs, standing.used
    return {
        "there": len(standing.stations),
        "used": int(used.sum()),
        "closed": inputs["stations_closed"],
        "unknown": inputs["stations_unknown"],
        "lacking": int((~standing.serves).sum()),
        "suspended": len(standing.suspended),
    }


def _off_streets(standing: Standing) -> list[dict[str, Any]]:
    """Return the counted stations that have no street near, and so serve nobody on foot."""
    inside = standing.where.positions.inside
    return [
        {"id": station.id, "name": station.name}
        for station, near in zip(standing.material.stations, inside.tolist(), strict=True)
        if not near
    ]


def _asked(standing: Standing) -> dict[str, Any]:
    """Return the question with all that it left open filled in, as an address would spell it."""
    material = standing.material
    filled = replace(
        standing.question,
        scope=material.scope.code,
        demand=material.demand.facts.name,
        as_of=material.as_of,
    )
    return filled.to_json()


def _key(standing: Standing) -> str:
    return digest_of([standing.question.rule, standing.material.inputs])
