"""The people whom no station reaches, for a map."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.actor import Actor
from app.domain.scenario import NONE, Changes
from app.service.map_layers import heat_cells
from app.service.plan.question import PlanQuestion
from app.service.plan.standing import Standing, stand
from app.service.runtime import Runtime
from geo.cover_table import counts


def left_out(standing: Standing) -> NDArray[np.int8]:
    """Return int8 of shape (people,): how many stations more each would have to reach.

    Nothing for who reaches as many as the question asks for, or is out of the scope.
    """
    reached = counts(standing.catchments, standing.used)
    counted = standing.ground.in_scope & (standing.ground.weight > 0)
    missing = np.maximum(standing.question.depth - reached, 0)
    return np.where(counted, missing, 0).astype(np.int8)


def uncovered(
    harbor: Runtime, actor: Actor | None, question: PlanQuestion, changes: Changes = NONE
) -> dict[str, Any]:
    """Return people in the scope that reach fewer stations than asked, by cells of 150 m."""
    with harbor.connection() as connection:
        standing = stand(harbor, connection, question, changes)
    left = left_out(standing) > 0
    people = standing.ground.people
    weight = standing.ground.weight[left]
    return {
        "people": round(float(np.sum(weight)), 1),
        "points": heat_cells(people.longitude[left], people.latitude[left], weight),
    }
