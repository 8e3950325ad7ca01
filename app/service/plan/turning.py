"""Turning scenarios into drafts and requests: a few items at once, a long scenario as a job."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput
from app.domain.scenario import parse
from app.service import jobs, station_forms
from app.service.jobs import Job, Tell
from app.service.plan.drafts import to_drafts
from app.service.plan.scenarios import known, standing_entry
from app.service.runtime import Runtime
from app.store import scenarios
from app.store.rights import acting_as, refusals

KIND = "plan.drafts"
# what a request turns while a person waits for its answer
MOST_AT_ONCE = 50


def turn(
    harbor: Runtime, actor: Actor, scenario_id: int, keys: Sequence[str] | None = None
) -> dict[str, Any]:
    """Turn items into drafts and change requests; a long scenario is left to a worker.

    Args:
        keys: of the items, None for all.

    Returns:
        ``items`` as :func:`app.service.plan.drafts.to_drafts`, or ``job`` as :func:`look`.

    Raises:
        NotFound, InvalidInput, ForbiddenHere: as ``to_drafts``.
        Conflict: if somebody else's worker is turning the same scenario.
    """
    if keys is not None and len(keys) > MOST_AT_ONCE:
        raise InvalidInput(
            [FieldError("keys", f"names {len(keys)} items; name at most {MOST_AT_ONCE}, or none"
                        " for all", f"一次最多选 {MOST_AT_ONCE} 项,不选则转入全部")],
            attempted="turn items into drafts",
        )  # fmt: skip
    with harbor.connection() as connection, acting_as(connection, actor):
        stored = known(connection, scenario_id)
    if keys is not None or len(stored.changes) <= MOST_AT_ONCE:
        return to_drafts(harbor, actor, scenario_id, keys)
    _ask(harbor, actor, scenario_id)
    return {"job": look(harbor, actor, scenario_id)}


def _ask(harbor: Runtime, actor: Actor, scenario_id: int) -> None:
    job = _job(harbor, actor, scenario_id)
    if job is not None and not job.over:
        return
    with harbor.connection() as connection:
        # who may enter nothing is told so here
        station_forms.begin(connection, actor, day=datetime.now(harbor.settings.zone).date())
        with acting_as(connection, actor), refusals("turn the scenario into drafts"):
            jobs.ask(connection, KIND, scenario_id)


def look(harbor: Runtime, actor: Actor, scenario_id: int) -> dict[str, Any]:
    """Return how far one's own turning of a scenario is.

    Returns:
        ``state`` (none, waiting, working, done, failed, cancelled), ``share`` done, ``problem``
        (``zh``, ``en``, or None), ``turned``, how many items are in the register, and ``left``,
        the keys of the others.

    Raises:
        NotFound: if there is no such scenario.
    """
    with harbor.connection() as connection, acting_as(connection, actor):
        changes = parse(known(connection, scenario_id).changes)
        entries = scenarios.entries(connection, scenario_id)
    left = [item.key for item in changes.items if not standing_entry(item, entries.get(item.key))]
    job = _job(harbor, actor, scenario_id)
    problem = None
    if job is not None and job.problem_en:
        problem = {"zh": job.problem, "en": job.problem_en}
    return {
        "state": "none" if job is None else job.state,
        "share": 0.0 if job is None else job.share,
        "problem": problem,
        "turned": len(changes.items) - len(left),
        "left": left,
    }


def make(harbor: Runtime, actor: Actor, scenario_id: int, tell: Tell) -> None:
    """Turn a whole scenario, item by item; what is turned stays, whatever becomes of the rest."""
    with harbor.connection() as connection, acting_as(connection, actor):
        total = len(known(connection, scenario_id).changes)

    def count(done: int) -> None:
        tell(f"已转 {done} 项,共 {total} 项", f"{done} of {total} items", done / total)

    to_drafts(harbor, actor, scenario_id, tell=count)


def _job(harbor: Runtime, actor: Actor, scenario_id: int) -> Job | None:
    with harbor.connection() as connection:
        return jobs.look(connection, actor, [KIND], scenario_id)
