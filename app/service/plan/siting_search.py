"""The search for new stations of one question, from candidates to what is told of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import FieldError, InvalidInput
from app.domain.scenario import Changes
from app.service.coverage_ground import Ground
from app.service.jobs import Tell
from app.service.plan.question import PACES, PlanQuestion
from app.service.plan.siting_candidates import LEFT_OUT, Candidates, costs, gather
from app.service.plan.siting_names import site_names
from app.service.plan.siting_options import SitingOptions
from app.service.plan.siting_say import sentence
from app.service.plan.standing import Standing, stand
from app.service.runtime import Runtime
from app.store.database import Connection
from geo.catchment import Catchments, Circles, Walks, join
from geo.errors import InvalidValue
from geo.regions import holds
from geo.siting import Goal, Limits, Siting, nearest_cost, site

# places whose walks are found between two looks at whether somebody wants it to stop
_AT_A_TIME = 1_000
_PAUSE_SECONDS = 0.5
# what the engine calls a limit, by the name a page knows
_FIELDS = {"share": "target", "quota": "quotas", "cost": "costs"}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was chosen, and from what.

    Attributes:
        table: walks to each candidate.
        current: the cost from each person to the nearest existing station.
    """

    standing: Standing
    candidates: Candidates
    table: Catchments
    current: NDArray[np.float32]
    cost: NDArray[np.float64] | None
    siting: Siting

    @property
    def ground(self) -> Ground:
        """The people that count."""
        return self.standing.ground


def search(
    harbor: Runtime,
    question: PlanQuestion,
    changes: Changes,
    options: SitingOptions,
    tell: Tell,
) -> dict[str, Any]:
    """Choose new stations, and return what is told of them as JSON.

    Raises:
        InvalidInput, NotFound, Conflict, Unavailable: if the question or its limits cannot hold.
    """
    tell("整理候选地点", "Gathering candidates", 0.0)
    with harbor.connection() as connection:
        standing = stand(harbor, connection, question, changes)
        candidates = gather(connection, standing, options)
    found = _choose(standing, candidates, options, tell)
    tell("整理结果", "Naming the places", 0.97)
    with harbor.connection() as connection:
        return _told(connection, found, options)


def _choose(
    standing: Standing, candidates: Candidates, options: SitingOptions, tell: Tell
) -> Found:
    cost = costs(candidates, options)
    table = _reach(standing, candidates, tell)
    current = nearest_cost(standing.catchments.take(np.flatnonzero(standing.used)))
    group, quota = _quotas(standing, candidates, options)
    try:
        siting = site(
            table,
            standing.ground.scope_weight,
            goal=options.goal,
            current=current,
            limits=Limits(
                number=options.number,
                share=options.target,
                cost=cost,
                budget=options.budget,
                group=group,
                quota=quota,
                forced=candidates.forced,
            ),
            tell=_heard(tell, float(standing.ground.scope_weight.sum()), options.goal),
        )
    except InvalidValue as error:
        name = _FIELDS.get(error.name, error.name)
        wrong = FieldError(name, str(error), _IMPOSSIBLE.get(name, "这些条件无法同时满足"))
        raise InvalidInput([wrong], attempted="look for places of new stations") from None
    return Found(standing, candidates, table, current, cost, siting)


_IMPOSSIBLE = {
    "number": "新站点数比可选的候选地点还多",
    "quotas": "各区配额加起来放不下这么多新站点",
    "forced": "必选地点超出了站点数、预算或配额",
}


def _reach(standing: Standing, candidates: Candidates, tell: Tell) -> Catchments:
    """Return the people in reach of each candidate, some at a time; nothing of it is kept."""
    people, where, question = standing.ground.people, candidates.where, standing.question
    limit = question.minutes * standing.unit
    count = len(candidates.spots)
    cuts = [*range(0, count, _AT_A_TIME), count]
    find: Callable[[slice], Catchments]
    if question.rule == "radius":
        circles = Circles(people.longitude, people.latitude)

        def find(part: slice) -> Catchments:
            return circles.catchments(
                where.longitude[part], where.latitude[part], radius_metres=limit
            )
    else:
        streets = standing.material.streets
        walks = Walks(streets.network, streets.weights[PACES[question.rule]], people.positions)

        def find(part: slice) -> Catchments:
            places = where.positions.take(np.arange(part.start, part.stop))
            return walks.catchments(places, max_seconds=limit)

    parts = []
    for begin, end in pairwise(cuts):
        tell(
            f"计算候选地点的步行范围({begin:,} / {count:,})",
            f"Walking from the candidates ({begin:,} of {count:,})",
            0.05 + 0.3 * begin / count,
        )
        parts.append(find(slice(begin, end)))
    return join(parts)


def _quotas(
    standing: Standing, candidates: Candidates, options: SitingOptions
) -> tuple[NDArray[np.int32] | None, NDArray[np.int64] | None]:
    """Return the district of each candidate as the number of its quota, and the quotas."""
    if not options.quotas:
        return None, None
    known = {region.code: region for region in standing.material.districts}
    unknown = [code for code in options.quotas if code not in known]
    if unknown:
        raise InvalidInput(
            [FieldError(f"quotas.{code}", "is no district; a quota is one of a district's union",
                        "没有这个代码的区县,配额只能按区县(及其工会)设")
             for code in unknown],
            attempted="look for places of new stations",
        )  # fmt: skip
    group = np.full(len(candidates.spots), -1, np.int32)
    where = candidates.where
    for number, code in enumerate(options.quotas):
        inside = holds(known[code].shape, where.longitude, where.latitude)
        group[inside & (group < 0)] = number
    return group, np.array(list(options.quotas.values()), np.int64)


def _heard(tell: Tell, people: float, goal: Goal) -> Callable[[float, float, float], None]:
    """Return what hears the engine and passes it on, not more often than a person reads."""
    last = 0.0

    def hear(share: float, value: float, bound: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _PAUSE_SECONDS:
            return
        last = now
        zh, en = "选择站点", "Choosing places"
        if goal is Goal.COVER and people > 0:
            zh += f":目前多覆盖 {value:,.0f} 人,最多 {bound:,.0f} 人"
            en += f": {value:,.0f} more people so far, at most {bound:,.0f}"
        tell(zh, en, 0.35 + 0.6 * share)

    return hear


def _told(connection: Connection, found: Found, options: SitingOptions) -> dict[str, Any]:
    siting, standing, weight = found.siting, found.standing, found.ground.scope_weight
    total = float(weight.sum())
    reached = np.isfinite(found.current)
    before = people = float(weight[reached].sum())
    sites = []
    for rank, chosen in enumerate(siting.chosen.tolist(), start=1):
        new = found.table.row(chosen)[0]
        gain = float(weight[new[~reached[new]]].sum())
        reached[new] = True
        people += gain
        sites.append(
            {
                "rank": rank,
                "people": round(gain, 1),
                "share": people / total if total else None,
                "cost": None if found.cost is None else float(found.cost[chosen]),
                "forced": bool(chosen in found.candidates.forced),
            }
        )
    named = site_names(connection, standing, found.candidates, siting.chosen)
    sites = [name | site for name, site in zip(named, sites, strict=True)]
    told = {
        "goal": options.goal.value,
        "sites": sites,
        "people_total": round(total, 1),
        "people_before": round(before, 1),
        "people": round(people, 1),
        "share_before": before / total if total else None,
        "share": people / total if total else None,
        "gap": siting.more,
        "exact": siting.proven,
        "fewest": siting.fewest,
        "minutes_before": _minutes(found, siting.before, options),
        "minutes": _minutes(found, siting.after, options),
        "minutes_bound": _minutes(found, siting.bound, options),
        "cost": None if found.cost is None else float(found.cost[siting.chosen].sum()),
        "candidates": len(found.candidates.spots),
        "left_out": [
            {"why": why, "count": count, "zh": LEFT_OUT[why][0], "en": LEFT_OUT[why][1]}
            for why, count in found.candidates.left_out.items()
            if count
        ],
        "reason": siting.reason.value,
    }
    words = sentence(told, target=options.target)
    return told | words | {"words": words}


def _minutes(found: Found, value: float, options: SitingOptions) -> float | None:
    """Return the mean walk that a value stands for, in minutes; None for another goal."""
    if options.goal is not Goal.WALK:
        return None
    mean = found.siting.mean_cost(value)
    return None if mean is None else mean / found.standing.unit
