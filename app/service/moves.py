"""Moves of stations from state to state: explained before the database refuses them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from app.domain.actor import Actor
from app.domain.difference import FACT_NAMES, meanwhile
from app.domain.errors import (
    ChangedMeanwhile,
    FieldError,
    ForbiddenHere,
    ForbiddenMove,
    HarborError,
    InvalidInput,
    NotFound,
    RoleMissing,
    SamePerson,
)
from app.domain.keepers import no_card_number
from app.domain.lifecycle import (
    FACTS,
    NEED_NAMES,
    ExitCode,
    Move,
    Need,
    State,
    allowed_moves,
    check_move,
    moves_from,
)
from app.domain.roles import Role
from app.service import _change_notices, notices, stored_files
from app.service._open_faults import check_mended
from app.store import changes, moves, records, rights
from app.store.database import Connection
from app.store.moves import Moved, Subject
from app.store.rights import acting_as, refusals

__all__ = [
    "Bulk", "Choices", "Document", "Moved", "Scan", "With", "approve_all", "choices", "make_move",
    "review_all", "submit_all",
]  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class Scan:
    """A file as it was chosen."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """A document number (文号), of a union, or of the whole city if that is None."""

    number: str
    union_id: int | None = None
    title: str = ""
    dated: date | None = None
    scan: Scan | None = None


@dataclass(frozen=True, slots=True)
class With:
    """What a move brings along; each is asked for by the moves whose needs name it."""

    reason: str = ""
    until: date | None = None
    exit_code: ExitCode | None = None
    document: Document | None = None
    survivor: int | None = None


NOTHING = With()


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person may do with a station, for the buttons of its page."""

    station: Subject
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Bulk:
    """What became of many: moved ones in the order they were taken, and why others were not."""

    moved: tuple[Moved, ...]
    refused: Mapping[int, HarborError] = field(default_factory=dict)


def choices(connection: Connection, actor: Actor, station_id: int) -> Choices:
    """Return the moves that a person may make of a station now.

    Raises:
        NotFound: if there is no such station in the person's sight.
    """
    with acting_as(connection, actor):
        station = _seen(connection, station_id, lock=False)
        has = {Role(r) for r in rights.roles(connection, union_id=station.union_id)}
    return Choices(
        station, allowed_moves(State(station.state), roles=has, was=_was(station, actor))
    )


def make_move(
    connection: Connection,
    actor: Actor | None,
    station_id: int,
    target: State | str,
    *,
    revision: int,
    brings: With = NOTHING,
) -> Moved:
    """Move a station to another state, if it is still as the person saw it.

    Args:
        actor: who moves it; None for the operator of the server.
        target: the state, or the action of the move: two actions may lead to one state.
        revision: the revision that the person looked at.
        brings: reason, dates, document and what else the move needs.

    Raises:
        NotFound: if there is no such station in the person's sight.
        ChangedMeanwhile: if somebody else was faster; it carries the differences.
        ForbiddenMove: if the state machine has no such move; it names the allowed ones.
        RoleMissing, SamePerson: if it takes a role, or another person.
        InvalidInput: for what is missing, field by field.
    """

    def once() -> Moved:
        with acting_as(connection, actor):
            return _move(connection, actor, station_id, target, revision, brings)

    return rights.settled(once)


def approve_all(
    connection: Connection,
    actor: Actor,
    revisions: Mapping[int, int],
    *,
    document: Document,
    keep_going: bool = False,
) -> Bulk:
    """Approve many stations under one document and give them their numbers, all or none.

    Counters are locked in the order of their codes, so two that approve at once
    wait for each other instead of for ever.

    Args:
        revisions: station id to the revision that the person looked at.
        keep_going: approve those that can be, and say why the others cannot.

    Raises:
        HarborError: as :func:`make_move`, for the first that cannot be approved.
    """
    brings = With(document=document)
    return _move_all(connection, actor, "approve", revisions, brings, keep_going=keep_going)


def review_all(
    connection: Connection,
    actor: Actor,
    revisions: Mapping[int, int],
    *,
    keep_going: bool = False,
) -> Bulk:
    """Pass many stations on to the city union; arguments and errors as :func:`approve_all`."""
    return _move_all(connection, actor, "review", revisions, NOTHING, keep_going=keep_going)


def submit_all(
    connection: Connection,
    actor: Actor,
    revisions: Mapping[int, int],
    *,
    keep_going: bool = False,
) -> Bulk:
    """Submit many drafts; arguments and errors as :func:`approve_all`."""
    return _move_all(connection, actor, "submit", revisions, NOTHING, keep_going=keep_going)


def _move_all(
    connection: Connection,
    actor: Actor,
    action: str,
    revisions: Mapping[int, int],
    brings: With,
    *,
    keep_going: bool,
) -> Bulk:
    # a scan comes with the first one
    document = brings.document and replace(brings.document, scan=None)
    without = replace(brings, document=document)

    def once() -> Bulk:
        moved: list[Moved] = []
        refused: dict[int, HarborError] = {}
        with acting_as(connection, actor):
            ordered = moves.in_counter_order(connection, list(revisions))
            for id_ in [*sorted(set(revisions) - set(ordered)), *ordered]:
                try:
                    with connection.transaction():
                        brought = without if moved else brings
                        moved.append(_move(connection, actor, id_, action, revisions[id_], brought))
                except HarborError as error:
                    if not keep_going:
                        raise
                    refused[id_] = error
        return Bulk(tuple(moved), refused)

    return rights.settled(once)


def _move(
    connection: Connection,
    actor: Actor | None,
    station_id: int,
    to: State | str,
    revision: int,
    brings: With,
) -> Moved:
    """Make a move to a state, or the one that an action names, as the acting person."""
    station = _seen(connection, station_id, lock=True)
    origin = State(station.state)
    attempted = f"move {station.name} from {origin} to {to}"
    if station.revision != revision:
        raise _changed(connection, station, revision, attempted)
    move = check_move(origin, to) if isinstance(to, State) else _named(origin, to)
    if actor is not None:
        _check_person(connection, actor, station, move)
    _check_needs(connection, station, move, brings)
    check_mended(connection, station.id, move, attempted)
    with refusals(attempted):
        moved = moves.make(
            connection, station.id, target=move.target.value, reason=brings.reason.strip() or None,
            until=brings.until, exit_code=brings.exit_code, survivor=brings.survivor,
            document_id=_document_id(connection, brings.document),
        )  # fmt: skip
    if moved is None:
        raise _unknown(station_id)
    notices.after_move(
        connection, action=move.action, station_id=station.id, revision=moved.revision,
        submitter=station.submitted_by,
        says={"station": station.name, "code": moved.code, "reason": brings.reason.strip(),
              "until": brings.until},
    )  # fmt: skip
    if move.target in (State.EXITED, State.MERGED):
        _change_notices.lapsed(connection, station.id)
    return moved


def _seen(connection: Connection, station_id: int, *, lock: bool) -> Subject:
    station = moves.subject(connection, station_id, lock=lock)
    if station is not None:
        return station
    if lock and moves.subject(connection, station_id) is not None:
        raise ForbiddenHere(
            f"Could not change station {station_id}: it belongs to another union.",
            remedy="Ask the union that owns it.",
        )
    raise _unknown(station_id)


def _unknown(station_id: int) -> NotFound:
    return NotFound(f"There is no station {station_id} among those you may see.")


def _was(station: Subject, actor: Actor) -> set[str]:
    """What the person was in earlier steps of this station."""
    steps = {"submitter": station.submitted_by, "reviewer": station.reviewed_by}
    return {step for step, person in steps.items() if person == actor.user_id}


def _check_person(connection: Connection, actor: Actor, station: Subject, move: Move) -> None:
    attempted = f"{move.name_en.lower()} ({station.name})"
    has = {Role(role) for role in rights.roles(connection, union_id=station.union_id)}
    if not has & set(move.roles):
        raise RoleMissing(attempted, tuple(move.roles))
    same = sorted(_was(station, actor) & set(move.not_by))
    if same:
        raise SamePerson(attempted, same[0])


def _named(origin: State, action: str) -> Move:
    """The move of a name; from another state a like one is not meant."""
    allowed = moves_from(origin)
    for move in allowed:
        if move.action == action:
            return move
    raise ForbiddenMove(origin, action, tuple(move.action for move in allowed))


def _check_needs(connection: Connection, station: Subject, move: Move, brings: With) -> None:
    """Say everything that is missing at once, each beside its field."""
    brought = {
        Need.PLACE: station.placed,
        Need.UNION: station.union_id is not None,
        Need.KEEPER: Need.KEEPER not in move.needs or moves.has_keeper(connection, station.id),
        Need.REASON: bool(brings.reason.strip()),
        Need.UNTIL: brings.until is not None and brings.until >= moves.today(connection),
        Need.EXIT_CODE: brings.exit_code is not None,
        Need.DOCUMENT: brings.document is not None and bool(brings.document.number.strip()),
        Need.SURVIVOR: _survives(connection, station, brings.survivor),
    }
    wrong = [
        FieldError(need, f"the move needs {NEED_NAMES[need][1]}", f"需要{NEED_NAMES[need][0]}")
        for need in move.needs
        if not brought[need]
    ] + no_card_number(Need.REASON, brings.reason)
    if wrong:
        raise InvalidInput(
            wrong,
            attempted=f"{move.name_en.lower()} ({station.name})",
            remedy="Fill in what is named, and try again.",
        )


def _survives(connection: Connection, station: Subject, survivor: int | None) -> bool:
    """Whether a number may lead there: to another station that is open to the public."""
    if survivor is None or survivor == station.id:
        return False
    found = moves.subject(connection, survivor)
    return found is not None and FACTS[State(found.state)].public


def _document_id(connection: Connection, document: Document | None) -> int | None:
    if document is None:
        return None
    known = moves.document(
        connection, number=document.number.strip(), union_id=document.union_id,
        title=document.title, dated=document.dated,
    )  # fmt: skip
    if document.scan is not None:
        _keep_scan(connection, known, document, document.scan)
    return known


def _keep_scan(connection: Connection, known: int, document: Document, scan: Scan) -> None:
    kept = stored_files.keep_scan(
        connection, field="scan", name=scan.name, content=scan.content, union_id=document.union_id
    )
    if not records.give_scan(connection, known, kept):
        raise InvalidInput(
            [FieldError("scan", "the document has its scan already", "该文号已有扫描件,不必再传")],
            attempted=f"keep the scan of {document.number}",
        )


def _changed(
    connection: Connection, station: Subject, revision: int, attempted: str
) -> ChangedMeanwhile:
    read = changes.version_of(connection, station.id, revision=revision)
    now = changes.version_of(connection, station.id, revision=station.revision)
    before = {"state": read.state, **read.facts} if read else {}
    after = {"state": now.state, **now.facts} if now else {}
    seen = ("state", *FACT_NAMES)
    return ChangedMeanwhile(
        attempted=attempted, expected=revision, revision=station.revision,
        changes=meanwhile(
            {name: before.get(name) for name in seen}, {name: after.get(name) for name in seen}, {}
        ),
    )  # fmt: skip
