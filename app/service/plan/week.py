"""The whole week by hour: people covered in each of its 168 hours, by service, by district."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.actor import Actor
from app.domain.scenario import NONE, Changes
from app.domain.services import SERVICES
from app.service.plan.question import PlanQuestion
from app.service.plan.standing import Standing, stand
from app.service.plan.wording import WEEKDAYS
from app.service.runtime import Runtime
from geo.cover_table import covered

NIGHT = (22, 23, 0, 1, 2, 3, 4, 5)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def week(
    harbor: Runtime, actor: Actor | None, question: PlanQuestion, changes: Changes = NONE
) -> dict[str, Any]:
    """Return people covered as each hour of a week begins, by stations surely open then.

    Covered is who reaches as many of them as the question asks for.

    The hour of the question chooses the week alone. Hours run from Monday's midnight.
    """
    with harbor.connection() as connection:
        standing = stand(harbor, connection, question, changes)
    return week_of(standing)


def week_of(standing: Standing) -> dict[str, Any]:
    """Return the week of what stands, see :func:`week`."""
    ground = standing.ground
    is_open = standing.open_week()
    active = is_open & standing.serves
    people = covered(standing.catchments, active, ground.scope_weight)[
        :, 0, standing.question.depth - 1
    ]
    total = float(ground.scope_weight.sum())
    return {
        "start": f"{standing.monday:%Y-%m-%d}",
        "total": round(total, 1),
        "hours": _rounded(people),
        "open": active.sum(axis=1).tolist(),
        "services": _services(standing, is_open),
        "districts": _districts(standing, active),
        "finding": _finding(people, active, total),
    }


def night_hours() -> NDArray[np.intp]:
    """Return which of the 168 hours are of the night, from ten to six."""
    return np.flatnonzero(np.isin(np.arange(168) % 24, NIGHT))


def _services(standing: Standing, is_open: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Return each core service's own week: stations that have it beside what is asked for."""
    rows = []
    for service in SERVICES:
        if not service.core:
            continue
        has = np.array([service.code in s.services for s in standing.stations], np.bool_)
        active = is_open & standing.serves & has
        people = covered(standing.catchments, active, standing.ground.scope_weight)[
            :, 0, standing.question.depth - 1
        ]
        rows.append(
            {
                "code": service.code,
                "name": service.name,
                "name_en": service.name_en,
                "hours": _rounded(people),
            }
        )
    return rows


def _districts(standing: Standing, active: NDArray[np.bool_]) -> list[dict[str, Any]]:
    ground, districts = standing.ground, standing.material.districts
    if not districts:
        return []
    sums = covered(
        standing.catchments,
        active,
        ground.weight,
        group=ground.district,
        groups=len(districts),
    )[:, :, standing.question.depth - 1]
    totals = ground.people_by_district(len(districts))
    return [
        {
            "adcode": region.code,
            "name": region.name,
            "name_en": region.name_en or region.name,
            "total": round(float(totals[number]), 1),
            "hours": _rounded(sums[:, number]),
        }
        for number, region in enumerate(districts)
        if totals[number] > 0
    ]


def _finding(
    people: NDArray[np.float64], active: NDArray[np.bool_], total: float
) -> dict[str, Any] | None:
    """Say how the worst hour of the night stands beside the best of the day."""
    if total <= 0:
        return None
    night = night_hours()
    worst = int(night[np.argmin(people[night])])
    best = int(np.argmax(people))
    shares = people[worst] / total, people[best] / total
    day, hour = divmod(worst, 24)
    best_day, best_hour = divmod(best, 24)
    stations = int(active[worst].sum())
    return {
        "hour": worst,
        "share": round(float(shares[0]), 6),
        "best": best,
        "best_share": round(float(shares[1]), 6),
        "zh": f"夜里(22 点到 6 点)最少时只有 {shares[0]:.1%} 的人走得到开着门的站点:周"
        f"{WEEKDAYS[day]} {hour:02d}:00,{stations} 个站点开门。最多时是 {shares[1]:.1%}"
        f"(周{WEEKDAYS[best_day]} {best_hour:02d}:00)。",
        "en": f"At night (10 p.m. to 6 a.m.) as few as {shares[0]:.1%} of the people reach an"
        f" open station: {DAYS[day]} {hour:02d}:00, {stations} stations open. At best it is"
        f" {shares[1]:.1%} ({DAYS[best_day]} {best_hour:02d}:00).",
    }


def _rounded(people: NDArray[np.float64]) -> list[float]:
    return [round(float(value), 1) for value in people]
