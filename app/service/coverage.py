"""Who is covered: people, streets and area within the circle, by three rules at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain.errors import Conflict, ForbiddenHere, NotFound
from app.domain.scenario import NONE, Changes, parse
from app.service.coverage_figures import compute
from app.service.coverage_inputs import CoverageQuestion, check, digest_of, gather
from app.service.snapshot import Streets
from app.settings import Settings
from app.store import runs
from app.store.database import Connection
from app.store.runs import CoverageRun

__all__ = ["CoverageQuestion", "anew", "asked", "find", "latest", "measure", "repeat"]


def measure(
    connection: Connection,
    streets: Streets,
    settings: Settings,
    question: CoverageQuestion,
    changes: Changes = NONE,
    *,
    may_compute: bool = True,
) -> CoverageRun:
    """Return the run that answers a question, computing it unless these inputs stand already.

    Args:
        changes: of a scenario, made to the stations that are there.
        may_compute: whether a new run may be made; otherwise only a stored one answers.

    Raises:
        InvalidInput, NotFound: if a part of the question cannot be used.
        ForbiddenHere: if there is no such run and none may be made.
    """
    check(question)
    with connection.transaction():
        material = gather(connection, streets, settings, question, changes)
    digest = digest_of(material.inputs)
    known = runs.of_inputs(connection, digest)
    if known is not None:
        return known
    if not may_compute:
        raise ForbiddenHere(
            "Nobody has measured this coverage yet, and new runs are made on this machine alone.",
            remedy="Run `harbor coverage` with the same question there; it is then shown here.",
        )
    with runs.computing(connection, digest):
        known = runs.of_inputs(connection, digest)
        if known is not None:
            return known
        result = compute(connection, material, settings)
        with connection.transaction():
            run = runs.save(connection, material.inputs, digest, result)
        return find(connection, run)


def repeat(
    connection: Connection, streets: Streets, settings: Settings, run: int
) -> tuple[CoverageRun, bool]:
    """Compute a stored run again from its inputs; return it and whether every figure is the same.

    Raises:
        NotFound: if there is no such run.
        Conflict: if an input (network, layer, scope, districts) is no longer what it was.
    """
    stored = find(connection, run)
    inputs = stored.inputs
    question, changes = asked(inputs, as_of=_moment(inputs["as_of"]))
    with connection.transaction():
        material = gather(connection, streets, settings, question, changes)
    changed = sorted(key for key, value in inputs.items() if material.inputs.get(key) != value)
    if changed:
        raise Conflict(
            f"Run {run} cannot be repeated: {', '.join(changed)} changed since.",
            remedy="Restore these inputs, or make a new run with `harbor coverage`.",
        )
    again = compute(connection, material, settings)
    return stored, _figures(again) == _figures(stored.result)


def asked(inputs: Mapping[str, Any], *, as_of: datetime | None) -> tuple[CoverageQuestion, Changes]:
    """Return the question of a run's inputs, and its scenario, as of another moment."""
    question = CoverageQuestion(
        scope=inputs["scope"],
        demand=inputs["demand"],
        minutes=inputs["minutes"],
        services=tuple(inputs["services"]),
        at=_moment(inputs["at"]),
        as_of=as_of,
    )
    return question, parse(inputs.get("changes", []))


def anew(
    connection: Connection, streets: Streets, settings: Settings, run: CoverageRun
) -> CoverageRun:
    """Return a run with the figures that today's way of computing finds, storing nothing."""
    question, changes = asked(run.inputs, as_of=_moment(run.inputs["as_of"]))
    with connection.transaction():
        material = gather(connection, streets, settings, question, changes)
    return replace(run, result=compute(connection, material, settings))


def latest(connection: Connection) -> CoverageRun:
    """Return the newest run, or raise :class:`NotFound`."""
    with connection.transaction():
        run = runs.latest(connection)
    if run is None:
        raise NotFound("No coverage was computed yet.", remedy="Run `harbor coverage`.")
    return run


def find(connection: Connection, run: int) -> CoverageRun:
    """Return a stored run, or raise :class:`NotFound`."""
    with connection.transaction():
        found = runs.find(connection, run)
    if found is None:
        raise NotFound(f"There is no coverage run {run}.")
    return found


def _figures(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result without the names of places, which come from the base map."""
    worst = [
        {key: value for key, value in place.items() if key != "name"} for place in result["worst"]
    ]
    return {**result, "worst": worst}


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
