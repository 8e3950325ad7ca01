"""Who is covered: people, streets and area within the circle, by three rules at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.errors import Conflict, ForbiddenHere, NotFound
from app.domain.scenario import NONE, Changes, parse
from app.service.coverage_figures import compute
from app.service.coverage_ground import Grounds
from app.service.coverage_inputs import CoverageQuestion, check, digest_of, gather
from app.service.snapshot import Streets
from app.settings import Settings
from app.store import runs
from app.store.database import Connection
from app.store.runs import CoverageRun

__all__ = ["CoverageQuestion", "Told", "asked", "find", "latest", "measure", "repeat", "tell"]


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that need not be a run.

    Attributes:
        run: the number of the run that has it, None if it is none.
    """

    inputs: dict[str, Any]
    result: dict[str, Any]
    run: int | None


def measure(
    connection: Connection,
    streets: Streets,
    settings: Settings,
    question: CoverageQuestion,
    changes: Changes = NONE,
    *,
    grounds: Grounds | None = None,
    may_compute: bool = True,
) -> CoverageRun:
    """Return the run that answers a question, computing it unless these inputs stand already.

    Args:
        changes: of a scenario, made to the stations that are there.
        grounds: of this process, where people and streets that were asked for lately are found.
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
            "Nobody has measured this coverage yet, and new runs are made by staff alone.",
            remedy="Log in as staff, or have `harbor coverage` run on the server with the same"
            " question; it is then shown here.",
            zh="这个问题还没有算过,只有工作人员能算新的。请登录后再试。",
        )
    with runs.computing(connection, digest):
        known = runs.of_inputs(connection, digest)
        if known is not None:
            return known
        ground = None if grounds is None else grounds.of(material, settings)
        result = compute(connection, material, settings, ground)
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
            zh=f"第 {run} 次运行不能重算:{'、'.join(changed)} 已经变了。",
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


def tell(
    connection: Connection,
    streets: Streets,
    settings: Settings,
    question: CoverageQuestion,
    changes: Changes = NONE,
    *,
    grounds: Grounds,
) -> Told:
    """Return what :func:`measure` would, storing nothing.

    Raises:
        InvalidInput, NotFound, Conflict: if a part of the question cannot be used.
    """
    check(question)
    with connection.transaction():
        material = gather(connection, streets, settings, question, changes)
        known = runs.of_inputs(connection, digest_of(material.inputs))
    if known is not None:
        return Told(known.inputs, known.result, known.id)
    ground = grounds.of(material, settings)
    return Told(material.inputs, compute(connection, material, settings, ground), None)


def latest(connection: Connection) -> CoverageRun:
    """Return the newest run, or raise :class:`NotFound`."""
    with connection.transaction():
        run = runs.latest(connection)
    if run is None:
        raise NotFound(
            "No coverage was computed yet.",
            remedy="Ask for a report in the workbench, or run `harbor coverage`.",
            zh="还没有算过覆盖。请在规划工作台做一份报告,或在服务器上运行 harbor coverage。",
        )
    return run


def find(connection: Connection, run: int) -> CoverageRun:
    """Return a stored run, or raise :class:`NotFound`."""
    with connection.transaction():
        found = runs.find(connection, run)
    if found is None:
        raise NotFound(f"There is no coverage run {run}.", zh=f"没有编号为 {run} 的运行。")
    return found


def _figures(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result without the names of places, which come from the base map."""
    worst = [
        {key: value for key, value in place.items() if key != "name"} for place in result["worst"]
    ]
    return {**result, "worst": worst}


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
