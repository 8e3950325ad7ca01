"""What is to be mended and by when: put off with a reason, overdue, proposed to be let go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.actor import Actor
from app.domain.errors import Conflict, FieldError, ForbiddenHere, InvalidInput, NotFound
from app.domain.lifecycle import MOVES, ExitCode, State
from app.domain.roles import Role
from app.service import notices
from app.store import inspections, moves, rectifications, rights
from app.store.database import Connection
from app.store.moves import Subject
from app.store.rectifications import Extension, Item, Proposal, Rectification, RunOut, Step
from app.store.rights import acting_as, refusals

__all__ = [
    "Extension", "Item", "Past", "Proposal", "Rectification", "RunOut", "Step", "Tasks",
    "decline_exit", "escalation", "extend", "of_station", "overdue_count", "propose_exit",
    "set_escalation", "tasks",
]  # fmt: skip

LONGEST_REASON = 2000
MOST_SHOWN = 100
EXTENSIBLE = (State.SUSPENDED, State.RECTIFYING)
PROPOSERS = (Role.UNION_STAFF, Role.REVIEWER, Role.INSPECTOR, Role.CITY_ADMIN)
MOST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Tasks:
    """What presses in a person's scope on a day."""

    overdue: tuple[Rectification, ...]
    open: tuple[Rectification, ...]
    proposals: tuple[Proposal, ...]
    run_out: tuple[RunOut, ...]
    people: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Past:
    """Everything of this kind at one station, the newest first.

    Attributes:
        may_extend: whether the person may put off the last day of what the station is in.
        may_propose: whether the person may propose to let it go.
        may_decide: whether the person may decline a proposal.
        until: the last day of what the station is in.
    """

    station: Subject
    until: date | None
    rectifications: tuple[Rectification, ...]
    extensions: tuple[Extension, ...]
    proposals: tuple[Proposal, ...]
    may_extend: bool
    may_propose: bool
    may_decide: bool


def tasks(connection: Connection, actor: Actor, *, day: date, most: int = MOST_SHOWN) -> Tasks:
    """Return what is overdue, open, proposed and run out in the person's scope."""
    with acting_as(connection, actor):
        overdue = rectifications.every_open(connection, overdue_on=day, most=most)
        every = rectifications.every_open(connection, most=most)
        proposals = rectifications.proposals(connection, most=most)
        late = {one.id for one in overdue}
        return Tasks(
            overdue=tuple(overdue),
            open=tuple(one for one in every if one.id not in late),
            proposals=tuple(proposals),
            run_out=tuple(rectifications.run_out(connection, day, most=most)),
            people=inspections.people(connection, [one.station_id for one in proposals]),
        )


def overdue_count(connection: Connection, actor: Actor, *, day: date) -> int:
    """Return how many rectifications of the person's scope are overdue on a day."""
    with acting_as(connection, actor):
        return rectifications.count_overdue(connection, day)


def of_station(connection: Connection, actor: Actor, station_id: int) -> Past:
    """Return what a station had and has to mend, and what the person may do about it.

    Raises:
        NotFound: if there is no such station in the person's sight.
    """
    with acting_as(connection, actor):
        station = _seen(connection, station_id)
        has = rights.roles(connection, union_id=station.union_id)
        state = State(station.state)
        leaves = any(move.origin is state and move.action == "exit" for move in MOVES)
        return Past(
            station=station,
            until=rectifications.last_day(connection, station_id),
            rectifications=tuple(rectifications.of_station(connection, station_id)),
            extensions=tuple(rectifications.extensions(connection, station_id)),
            proposals=tuple(rectifications.proposals(connection, station_id=station_id)),
            may_extend=state in EXTENSIBLE and bool(has & _may_order(state)),
            may_propose=leaves and bool(has & set(PROPOSERS)),
            may_decide=Role.CITY_ADMIN in has,
        )


def extend(
    connection: Connection, actor: Actor, station_id: int, *, until: date | None, reason: str
) -> int:
    """Put off the last day of a suspension or a rectification; return the extension's id.

    Whoever may order a state may let it last longer. What an overdue rectification
    sets off begins anew with the new deadline.

    Raises:
        NotFound: if there is no such station in the person's sight.
        ForbiddenHere: without a role that may order it.
        Conflict: if the station is neither suspended nor under rectification.
        InvalidInput: without a reason, or with a day that is not later.
    """
    attempted = f"extend the state of station {station_id}"
    with acting_as(connection, actor):
        station = _locked(connection, station_id, attempted)
        state = State(station.state)
        if state not in EXTENSIBLE:
            raise Conflict(
                f"Could not {attempted}: a station that is {state} has no last day.",
                zh="只有暂停或整改中的站点可以延期。",
            )
        if not rights.roles(connection, union_id=station.union_id) & _may_order(state):
            raise ForbiddenHere(
                f"Could not {attempted}: it takes one of the roles that may order it.",
                zh="您的角色不能延长这个期限。",
            )
        errors = _extension_faults(
            until, reason, was=rectifications.last_day(connection, station_id)
        )
        if errors or until is None:
            raise InvalidInput(errors, attempted=attempted)
        with refusals(attempted):
            return rectifications.extend(connection, station_id, until=until, reason=reason.strip())


def propose_exit(
    connection: Connection, actor: Actor, station_id: int, *, exit_code: ExitCode, reason: str
) -> int:
    """Propose to let a station go; the city decides.

    Raises:
        NotFound, ForbiddenHere: if the person may not see it, or not propose.
        Conflict: if it is proposed already, or cannot leave from its state.
        InvalidInput: without a reason.
    """
    attempted = f"propose to let station {station_id} go"
    _check_reason(reason, attempted)

    def once() -> int:
        with acting_as(connection, actor):
            station = _locked(connection, station_id, attempted)
            with refusals(attempted):
                made = rectifications.propose_exit(
                    connection, station_id, exit_code=exit_code.value, reason=reason.strip()
                )
            if made is None:
                raise Conflict(
                    f"Could not {attempted}: that is proposed already.",
                    zh="该站点已有待处理的退出建议。",
                )
            announce_proposal(connection, station.id, station.name, made, reason.strip())
            return made

    return rights.settled(once)


def announce_proposal(
    connection: Connection, station_id: int, name: str, proposal_id: int, reason: str
) -> int:
    """Tell the city's admins of a proposal; return how many were told."""
    return notices.announce(
        connection, event=f"exit.proposed:{proposal_id}", kind="exit.proposed",
        station_id=station_id, roles=(Role.CITY_ADMIN,),
        says={"station": name, "reason": reason},
    )  # fmt: skip


def decline_exit(connection: Connection, actor: Actor, proposal_id: int, *, reason: str) -> int:
    """Decline a proposal to exit with a reason; return its station.

    Raises:
        NotFound, ForbiddenHere: if the person may not see it, or not decide.
        Conflict: if it is decided already.
        InvalidInput: without a reason.
    """
    attempted = f"decline proposal {proposal_id}"
    _check_reason(reason, attempted)
    with acting_as(connection, actor):
        found = rectifications.proposal(connection, proposal_id)
        if found is None:
            raise NotFound(
                f"There is no proposal {proposal_id} among those you may see.",
                zh="没有这条退出建议。",
            )
        with refusals(attempted):
            if not rectifications.decline(connection, proposal_id, decision=reason.strip()):
                raise Conflict(
                    f"Could not {attempted}: it is {found.state} already.", zh="该建议已处理。"
                )
    return found.station_id


def escalation(connection: Connection, actor: Actor) -> list[Step]:
    """Return what is done about overdue rectifications, in the order in which it is done."""
    with acting_as(connection, actor):
        return rectifications.steps(connection)


def set_escalation(
    connection: Connection, actor: Actor, after_days: Mapping[str, int], *, suspend_days: int
) -> None:
    """Change when the steps are taken, for the whole city.

    Args:
        after_days: action to days after the deadline; before it, if negative.
        suspend_days: how long the suspension lasts at first.

    Raises:
        ForbiddenHere: to who is no admin of the city.
        InvalidInput: for days that a step does not take.
    """
    attempted = "change the steps of escalation"
    errors = [
        FieldError(action, "expected -60 to 365", "应在 -60 到 365 之间")
        for action, days in after_days.items()
        if not -60 <= days <= MOST_DAYS
    ]
    errors += [
        FieldError(action, "comes after the deadline", "须在期限之后")
        for action in ("suspend", "propose_exit")
        if after_days.get(action, 1) < 1
    ]
    if not 1 <= suspend_days <= MOST_DAYS:
        errors.append(FieldError("for_days", "expected 1 to 365", "应在 1 到 365 之间"))
    if errors:
        raise InvalidInput(errors, attempted=attempted)
    with acting_as(connection, actor), refusals(attempted):
        for action, days in after_days.items():
            lasts = suspend_days if action == "suspend" else None
            rectifications.set_step(connection, action, after_days=days, for_days=lasts)


def _may_order(state: State) -> set[str]:
    """The roles that may move an active station to a state."""
    return {
        role.value
        for move in MOVES
        if move.origin is State.ACTIVE and move.target is state
        for role in move.roles
    }


def _extension_faults(until: date | None, reason: str, *, was: date | None) -> list[FieldError]:
    errors = []
    if until is None:
        errors.append(FieldError("until", "a day is needed", "请填写新的期限"))
    elif was is not None and until <= was:
        errors.append(FieldError("until", f"expected a day after {was}", f"须晚于 {was}"))
    if not reason.strip():
        errors.append(FieldError("reason", "a reason is needed", "请填写理由"))
    elif len(reason) > LONGEST_REASON:
        errors.append(
            FieldError("reason", f"at most {LONGEST_REASON} signs", f"最多 {LONGEST_REASON} 字")
        )
    return errors


def _check_reason(reason: str, attempted: str) -> None:
    if not reason.strip():
        error = FieldError("reason", "a reason is needed", "请填写理由")
    elif len(reason) > LONGEST_REASON:
        error = FieldError("reason", f"at most {LONGEST_REASON} signs", f"最多 {LONGEST_REASON} 字")
    else:
        return
    raise InvalidInput([error], attempted=attempted)


def _seen(connection: Connection, station_id: int) -> Subject:
    station = moves.subject(connection, station_id)
    if station is None:
        raise NotFound(
            f"There is no station {station_id} among those you may see.",
            zh="没有这个站点,或您无权查看。",
        )
    return station


def _locked(connection: Connection, station_id: int, attempted: str) -> Subject:
    station = moves.subject(connection, station_id, lock=True)
    if station is None:
        _seen(connection, station_id)
        raise ForbiddenHere(
            f"Could not {attempted}: it belongs to another union.",
            remedy="Ask the union that owns it.",
            zh="该站点属于其他工会。",
        )
    return station
