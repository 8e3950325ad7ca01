"""The people whom no station reaches, for a map."""

from typing import Any

import numpy as np

from app.domain.actor import Actor
from app.domain.scenario import NONE, Changes
from app.service.map_layers import heat_cells
from app.service.plan.question import PlanQuestion
from app.service.plan.standing import Standing, stand
from app.service.runtime import Runtime
from geo.cover_table import counts


def left_out(standing: Standing, *, depth: int = 1) -> Any:
    """Return bool of shape (people,): in the scope, and in reach of fewer stations than asked."""
    reached = counts(standing.catchments, standing.used)
    return standing.ground.in_scope & (reached < depth) & (standing.ground.weight > 0)


def uncovered(
    harbor: Runtime,
    actor: Actor | None,
    question: PlanQuestion,
    changes: Changes = NONE,
    *,
    depth: int = 1,
) -> dict[str, Any]:
    """Return people in the scope that fewer than ``depth`` stations reach, by cells of 150 m."""
    with harbor.connection() as connection:
        standing = stand(harbor, connection, question, changes)
    left = left_out(standing, depth=depth)
    people = standing.ground.people
    weight = standing.ground.weight[left]
    return {
        "people": round(float(np.sum(weight)), 1),
        "points": heat_cells(people.longitude[left], people.latitude[left], weight),
    }
