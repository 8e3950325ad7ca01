"""Scenarios beside each other and beside what is now, by one question."""

from collections.abc import Sequence
from typing import Any

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput
from app.domain.scenario import parse
from app.service.plan import scenarios
from app.service.plan.figures import figures
from app.service.plan.question import PlanQuestion
from app.service.runtime import Runtime

MOST = 6


def compare(
    harbor: Runtime, actor: Actor | None, question: PlanQuestion, ids: Sequence[int]
) -> dict[str, Any]:
    """Return the figures of what is now, then of each scenario, all by one question.

    Args:
        ids: of saved scenarios, at most :data:`MOST`.

    Returns:
        ``compared``: of each ``id`` (0 for what is now), ``name``, and its figures.

    Raises:
        InvalidInput: for none or too many scenarios, and as :func:`figures`.
        NotFound: for one that is not there, and as :func:`figures`.
    """
    wanted = list(dict.fromkeys(ids))
    if not 1 <= len(wanted) <= MOST:
        raise InvalidInput(
            [FieldError("scenarios", f"choose from 1 to {MOST}", f"请选 1 到 {MOST} 个方案")],
            attempted="compare scenarios",
        )
    found = [scenarios.get(harbor, actor, id_) for id_ in wanted]
    now = {"id": 0, "name": "", **figures(harbor, actor, question)}
    return {
        "compared": [
            now,
            *(
                {
                    "id": one["id"], "name": one["name"],
                    **figures(harbor, actor, question, parse(one["changes"]), beside=False),
                    "base": now["rules"],
                }
                for one in found
            ),
        ]
    }  # fmt: skip
