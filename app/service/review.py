"""Many stations at once: what may be submitted, reviewed or approved, and doing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput
from app.domain.lifecycle import MOVES, Need, State
from app.domain.station_list import SORT_BY_KEY, Filters, View
from app.service import moves, station_list
from app.service.moves import Bulk, Document
from app.store import moves as subjects
from app.store import queue
from app.store import station_list as stored
from app.store.database import Connection
from app.store.rights import acting_as
from app.store.station_list import Row

__all__ = ["STAGES", "Bulk", "Candidate", "Candidates", "Stage", "candidates", "chosen", "do"]

MOST_AT_ONCE = 300
PAGE = 100


@dataclass(frozen=True, slots=True)
class Stage:
    """A step that is made of many at once.

    Attributes:
        action: the action of the move.
        states: what the stations are in before.
        scope: the part of :class:`app.store.queue.Scope` whose unions it is for.
    """

    action: str
    states: tuple[State, ...]
    scope: str


STAGES: dict[str, Stage] = {
    "review": Stage("review", (State.SUBMITTED,), "review"),
    "approve": Stage("approve", (State.REVIEWED,), "approve"),
    "submit": Stage("submit", (State.DRAFT, State.RETURNED), "staff"),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A station that waits for the step.

    Attributes:
        why: why the person cannot make it, empty if they can: ``submitter``,
            ``reviewer``, ``role``, ``state``, or a need that is not met: ``place``, ``union``,
            ``keeper``.
    """

    row: Row
    why: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """A page of them, those that wait longest first; ``after`` leads to the next one."""

    rows: tuple[Candidate, ...]
    total: int
    after: str | None


def candidates(
    connection: Connection, actor: Actor, stage: Stage, *, zone: tzinfo, after: str = ""
) -> Candidates:
    """Return the stations that wait for a step the person has the role for."""
    with acting_as(connection, actor):
        unions: list[int] = getattr(queue.scope(connection, actor.user_id), stage.scope)
    if not unions:
        return Candidates((), 0, None)
    narrowed = Filters(whose="all", state=stage.states, union=tuple(unions))
    view = View(filters=narrowed, sort=SORT_BY_KEY["since"], down=False)
    found = station_list.listing(connection, actor, view, zone=zone, after=after, most=PAGE)
    with acting_as(connection, actor):
        judged = _judged(connection, found.rows, stage, unions, actor)
    return Candidates(judged, found.total or 0, found.after)


def chosen(
    connection: Connection, actor: Actor, stage: Stage, ids: Sequence[int]
) -> tuple[Candidate, ...]:
    """Return the stations of some ids that the person sees, each with whether it can be done."""
    with acting_as(connection, actor):
        unions: list[int] = getattr(queue.scope(connection, actor.user_id), stage.scope)
        rows = stored.by_ids(connection, ids)
        return _judged(connection, rows, stage, unions, actor)


def do(
    connection: Connection,
    actor: Actor,
    stage: Stage,
    revisions: Mapping[int, int],
    *,
    document: Document | None = None,
) -> Bulk:
    """Make the step of many stations; those that cannot be made stay, each with its reason.

    Args:
        revisions: station id to the revision that the person looked at.
        document: what approving needs.

    Raises:
        InvalidInput: if none, or too many, are chosen, or the document is missing.
    """
    errors = []
    if not revisions:
        errors.append(FieldError("chosen", "choose at least one", "请至少勾选一个站点"))
    if len(revisions) > MOST_AT_ONCE:
        errors.append(FieldError(
            "chosen", f"at most {MOST_AT_ONCE} at once", f"一次最多 {MOST_AT_ONCE} 个"
        ))  # fmt: skip
    if stage.action == "approve" and (document is None or not document.number.strip()):
        errors.append(FieldError("document", "the approval needs its number", "请填写文号"))
    if errors:
        raise InvalidInput(errors, attempted=stage.action)
    if stage.action == "approve" and document is not None:
        return moves.approve_all(connection, actor, revisions, document=document, keep_going=True)
    make = moves.review_all if stage.action == "review" else moves.submit_all
    return make(connection, actor, revisions, keep_going=True)


def _judged(
    connection: Connection, rows: Sequence[Row], stage: Stage, unions: Sequence[int], actor: Actor
) -> tuple[Candidate, ...]:
    kept: frozenset[int] | None = None
    if any(Need.KEEPER in move.needs for move in MOVES if move.action == stage.action):
        kept = subjects.with_keeper(connection, [row.id for row in rows])
    return tuple(
        Candidate(
            row,
            _why(row, stage, unions, actor)
            or ("keeper" if kept is not None and row.id not in kept else ""),
        )
        for row in rows
    )


def _why(row: Row, stage: Stage, unions: Sequence[int], actor: Actor) -> str:
    if row.state not in stage.states:
        return "state"
    if row.union_id is None:
        return "union"
    if row.union_id not in unions:
        return "role"
    move = next(m for m in MOVES if m.origin == row.state and m.action == stage.action)
    steps = {"submitter": row.submitted_by, "reviewer": row.reviewed_by}
    same = next((step for step in move.not_by if steps[step] == actor.user_id), "")
    return same or ("place" if Need.PLACE in move.needs and not row.placed else "")
