"""What a planner asks, and everything that can be wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.errors import FieldError, InvalidInput
from app.domain.services import BY_CODE
from app.service.coverage_inputs import CoverageQuestion
from app.service.question import YEARS

LEAST_MINUTES, MOST_MINUTES = 5.0, 30.0
# so many of what is wrong in one way are named
MOST_NAMED = 5
# by the name in an address: the name in figures, and what a page calls it
RULES = {
    "terrain": ("walk_terrain", "按地形步行", "on foot, by terrain"),
    "official": ("walk_official", "按 4 公里/小时步行", "on foot at 4 km/h"),
    "radius": ("radius_1km", "按直线半径", "within a straight line"),
}
PACES = {"terrain": "terrain", "official": "official"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanQuestion:
    """What a planner asks; None takes the only or the newest there is.

    Attributes:
        scope, demand: names of a scope and a demand layer.
        minutes: on foot, 5 to 30; the radius is what one walks in them on the flat.
        services: only stations with all of these count.
        at: only stations surely open at this moment count, None for whatever the hour.
        as_of: the register as it was then.
        looked_at: what is now to who asks, None for the clock's: a report looks at one moment,
            and at the register of its last change before.
        rule: of :data:`RULES`, what the map, the week, gaps and worth go by.
        depth: how many stations one is to reach, 1 to 3; the week and the gaps count whoever
            reaches fewer as left out.
    """

    scope: str | None = None
    demand: str | None = None
    minutes: float = 15.0
    services: tuple[str, ...] = ()
    at: datetime | None = None
    as_of: datetime | None = None
    looked_at: datetime | None = None
    rule: str = "terrain"
    depth: int = 1

    @property
    def coverage(self) -> CoverageQuestion:
        """The question that a run of coverage answers."""
        return CoverageQuestion(
            scope=self.scope,
            demand=self.demand,
            minutes=self.minutes,
            services=self.services,
            at=self.at,
            as_of=self.as_of,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as an address spells it; :func:`read` reads it back."""
        return {
            "scope": self.scope,
            "demand": self.demand,
            "minutes": self.minutes,
            "services": list(self.services),
            "at": None if self.at is None else self.at.isoformat(),
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "rule": self.rule,
            "depth": self.depth,
        }


def read(told: Mapping[str, Any]) -> PlanQuestion:
    """Read a question that was written as JSON."""

    def moment(text: str | None) -> datetime | None:
        return None if text is None else datetime.fromisoformat(text)

    return PlanQuestion(
        scope=told["scope"],
        demand=told["demand"],
        minutes=told["minutes"],
        services=tuple(told["services"]),
        at=moment(told["at"]),
        as_of=moment(told["as_of"]),
        rule=told["rule"],
        depth=told.get("depth", 1),
    )


def check(question: PlanQuestion) -> None:
    """Raise :class:`InvalidInput` with everything that is wrong with a question."""
    errors = []
    if not LEAST_MINUTES <= question.minutes <= MOST_MINUTES:
        errors.append(
            FieldError(
                "minutes",
                f"{question.minutes:g} is not from {LEAST_MINUTES:g} to {MOST_MINUTES:g}",
                f"步行分钟数应在 {LEAST_MINUTES:g} 到 {MOST_MINUTES:g} 之间",
            )
        )
    unknown = [code[:40] for code in question.services if code not in BY_CODE][:MOST_NAMED]
    if unknown:
        errors.append(
            FieldError(
                "services",
                f"unknown service {', '.join(unknown)}; known are {', '.join(sorted(BY_CODE))}",
                f"没有这项服务:{'、'.join(unknown)}",
            )
        )
    for field, moment in (("at", question.at), ("as_of", question.as_of)):
        if moment is not None and moment.year not in YEARS:
            errors.append(
                FieldError(
                    field,
                    f"the year {moment.year} is not from {YEARS[0]} to {YEARS[-1]}",
                    f"{moment.year} 年不在 {YEARS[0]} 到 {YEARS[-1]} 之间",
                )
            )
    if question.rule not in RULES:
        errors.append(
            FieldError(
                "rule", f"{question.rule!r} is not one of {', '.join(RULES)}", "没有这条规则"
            )
        )
    if question.depth not in (1, 2, 3):
        errors.append(FieldError("depth", f"{question.depth} is not 1, 2 or 3", "应为 1、2 或 3"))
    if errors:
        raise InvalidInput(errors, attempted="answer the planner's question")
