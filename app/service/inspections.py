"""Inspections: begun at a station, saved as one goes, submitted once; the rest follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.actor import Actor
from app.domain.errors import Conflict, FieldError, ForbiddenHere, InvalidInput
from app.domain.lifecycle import State
from app.domain.standard import Verdict
from app.service import notices
from app.service._inspection_sheets import (
    INSPECTORS,
    Sheet,
    check,
    hindrance,
    known,
    own,
    seen,
    sheet_of,
)
from app.store import inspections, moves, rectifications, rights, standards
from app.store.database import Connection
from app.store.inspections import Due, Found, Inspection
from app.store.moves import Subject
from app.store.rectifications import Rectification
from app.store.rights import acting_as, refusals
from app.store.standards import StoredVersion

__all__ = [
    "INSPECTORS", "Answer", "AnswersChanged", "Beginning", "Connection", "Due", "History",
    "Inspection", "Outcome", "Sheet", "Work", "begin", "beginning", "discard", "of_station",
    "save", "sheet", "submit", "work",
]  # fmt: skip

LONGEST_NOTE = 2000
MOST_SHOWN = 30


class AnswersChanged(Conflict):
    """Answers were given since they were read, on another phone or in another window.

    Attributes:
        sheet: the inspection as it is.
    """

    def __init__(self, attempted: str, sheet: Sheet) -> None:
        self.sheet = sheet
        super().__init__(
            f"Could not {attempted}: its answers were changed meanwhile.",
            remedy="Choose between those of the server and your own.",
            zh="答案在别处改过了,请选择保留哪一份。",
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What an inspector typed about one criterion; None is no verdict yet."""

    verdict: Verdict | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What can be begun at a station.

    Attributes:
        draft: the id of one's own draft, which goes on.
        versions: the standards of the day.
        faults: what an inspection found that is open, for a follow-up.
        hindrance: why the person may not inspect here, in both languages; empty if they may.
    """

    station: Subject
    draft: int | None
    versions: tuple[StoredVersion, ...]
    faults: Rectification | None
    hindrance: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a submitted inspection came to, and what the station is now."""

    inspection: Inspection
    station_state: State


@dataclass(frozen=True, slots=True)
class History:
    """The inspections of one station, the newest first."""

    inspections: tuple[Inspection, ...]
    people: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to inspect in a person's scope, and what was inspected."""

    drafts: tuple[Inspection, ...]
    due: tuple[Due, ...]
    due_count: int
    latest: tuple[Inspection, ...]
    people: Mapping[int, str]


def beginning(connection: Connection, actor: Actor, station_id: int, *, day: date) -> Beginning:
    """Return what a person can begin at a station on a day.

    Raises:
        NotFound: if there is no such station in the person's sight.
    """
    with acting_as(connection, actor):
        station = seen(connection, station_id)
        draft = inspections.own_draft(connection, station_id=station_id, inspector_id=actor.user_id)
        faults = rectifications.open_of(connection, station_id)
        return Beginning(
            station, None if draft is None else draft.id,
            tuple(standards.in_force(connection, day)),
            faults if faults is not None and faults.inspection_id is not None else None,
            hindrance(connection, actor, station),
        )  # fmt: skip


def begin(
    connection: Connection,
    actor: Actor,
    station_id: int,
    *,
    day: date,
    standard: str | None = None,
    follow_up: bool = False,
) -> int:
    """Begin an inspection, or go on with one's own draft; return its id.

    Args:
        day: the inspector's day, which decides on the version.
        standard: which standard; needed where several are in force.
        follow_up: look again at the failed criteria that are open, and at no other.

    Raises:
        NotFound: if there is no such station in the person's sight.
        ForbiddenHere: without the role, or to who submitted the station.
        InvalidInput: if it is not clear by which standard.
        Conflict: if the station is not one to inspect, or has no open faults to follow up.
    """
    attempted = f"inspect station {station_id}"
    with acting_as(connection, actor):
        station = seen(connection, station_id)
        draft = inspections.own_draft(connection, station_id=station_id, inspector_id=actor.user_id)
        if draft is not None:
            return draft.id
        chinese, english = hindrance(connection, actor, station)
        if english:
            raise ForbiddenHere(f"Could not {attempted}: {english}", zh=chinese)
        base = _base(connection, station_id, attempted) if follow_up else None
        version_id = (
            base.version_id
            if base is not None
            else _chosen(standards.in_force(connection, day), standard, attempted).id
        )
        with refusals(attempted):
            begun = inspections.begin(
                connection, station_id=station_id, version_id=version_id,
                inspector_id=actor.user_id, on=day, base_id=None if base is None else base.id,
            )  # fmt: skip
        if begun is not None:
            return begun
    # a second click was faster
    return begin(connection, actor, station_id, day=day, standard=standard, follow_up=follow_up)


def sheet(connection: Connection, actor: Actor, inspection_id: int) -> Sheet:
    """Return an inspection with what was found.

    Raises:
        NotFound: if there is none that the person may see.
    """
    with acting_as(connection, actor):
        return sheet_of(connection, actor, known(connection, inspection_id))


def save(
    connection: Connection,
    actor: Actor,
    inspection_id: int,
    answers: Mapping[str, Answer],
    *,
    remark: str | None = None,
    revision: str | None = None,
) -> Sheet:
    """Write down what was found so far; what is not named stays as it was.

    Args:
        revision: of the answers on which these build; None takes whatever is there.

    Raises:
        NotFound, Conflict: if it is not the person's own draft.
        AnswersChanged: if other answers are there by now.
        InvalidInput: for a criterion that is not asked, or a note that is too long.
    """
    attempted = f"save inspection {inspection_id}"
    with acting_as(connection, actor):
        draft = own(connection, actor, inspection_id, attempted)
        if revision is not None:
            inspections.hold(connection, draft.id)
            now = sheet_of(connection, actor, known(connection, inspection_id))
            if now.revision != revision:
                raise AnswersChanged(attempted, now)
        _write(connection, actor, draft, answers, remark, attempted)
        return sheet_of(connection, actor, known(connection, inspection_id))


def submit(
    connection: Connection,
    actor: Actor,
    inspection_id: int,
    answers: Mapping[str, Answer],
    *,
    remark: str | None = None,
) -> Outcome:
    """Close an inspection: result, score and stars follow, and so does what is to be mended.

    A failed mandatory criterion opens a rectification and moves the station; one
    that passes removes the mark *not yet verified* and clears what was open.

    Raises:
        InvalidInput: for everything that is missing, by criterion.
        NotFound, Conflict, ForbiddenHere: as :func:`begin` and :func:`save`.
    """
    attempted = f"submit inspection {inspection_id}"

    def once() -> Outcome:
        with acting_as(connection, actor):
            draft = own(connection, actor, inspection_id, attempted)
            before = moves.subject(connection, draft.station_id, lock=True)
            if before is None:
                raise ForbiddenHere(
                    f"Could not {attempted}: the station belongs to another union.",
                    zh="该站点属于其他工会。",
                )
            _write(connection, actor, draft, answers, remark, attempted)
            check(sheet_of(connection, actor, draft))
            with refusals(attempted):
                inspections.close(connection, inspection_id, state="submitted")
            after = seen(connection, draft.station_id)
            _tell(connection, before, after)
            return Outcome(known(connection, inspection_id), State(after.state))

    return rights.settled(once)


def of_station(connection: Connection, actor: Actor, station_id: int) -> History:
    """Return the submitted inspections of a station, and the names of who did what there."""
    with acting_as(connection, actor):
        return History(
            tuple(inspections.of_station(connection, station_id)),
            inspections.people(connection, [station_id]),
        )


def discard(connection: Connection, actor: Actor, inspection_id: int) -> None:
    """Throw one's own draft away.

    Raises:
        NotFound, Conflict: if it is not the person's own draft.
    """
    attempted = f"discard inspection {inspection_id}"
    with acting_as(connection, actor):
        draft = own(connection, actor, inspection_id, attempted)
        with refusals(attempted):
            inspections.close(connection, draft.id, state="discarded")


def work(connection: Connection, actor: Actor, *, day: date) -> Work:
    """Return what waits for the person, and what was inspected last in their scope."""
    with acting_as(connection, actor):
        latest = inspections.latest(connection, most=MOST_SHOWN)
        due, count = inspections.due(connection, until=day, most=MOST_SHOWN)
        return Work(
            drafts=tuple(inspections.drafts(connection, inspector_id=actor.user_id)),
            due=tuple(due),
            due_count=count,
            latest=tuple(latest),
            people=inspections.people(connection, [one.station_id for one in latest]),
        )


def _base(connection: Connection, station_id: int, attempted: str) -> Inspection:
    faults = rectifications.open_of(connection, station_id)
    if faults is None or faults.inspection_id is None:
        raise Conflict(
            f"Could not {attempted} again: no fault that an inspection found is open.",
            remedy="Begin a full inspection.",
            zh="没有待复查的问题,请做全面检查。",
        )
    return known(connection, faults.inspection_id)


def _chosen(found: list[StoredVersion], standard: str | None, attempted: str) -> StoredVersion:
    if standard is not None:
        found = [version for version in found if version.standard == standard]
    if len(found) != 1:
        error = (
            FieldError("standard", "choose one", "请选择一项标准")
            if found
            else FieldError("standard", "none is in force", "当天没有生效的标准")
        )
        raise InvalidInput([error], attempted=attempted)
    return found[0]


def _write(
    connection: Connection,
    actor: Actor,
    draft: Inspection,
    answers: Mapping[str, Answer],
    remark: str | None,
    attempted: str,
) -> None:
    long = [code for code, answer in answers.items() if len(answer.note) > LONGEST_NOTE]
    if remark is not None and len(remark) > LONGEST_NOTE:
        long.append("remark")
    if long:
        raise InvalidInput(
            [
                FieldError(code, f"at most {LONGEST_NOTE} signs", f"最多 {LONGEST_NOTE} 字")
                for code in long
            ],
            attempted=attempted,
        )
    with refusals(attempted):
        inspections.save(
            connection, draft.id,
            {
                code: Found(answer.verdict and answer.verdict.value, answer.note.strip())
                for code, answer in answers.items()
            },
        )  # fmt: skip
        if remark is not None:
            inspections.set_remark(connection, draft.id, remark.strip())


def _tell(connection: Connection, before: Subject, after: Subject) -> None:
    """Tell whom a move concerns that followed from an inspection."""
    actions = {
        (State.ACTIVE, State.RECTIFYING): "rectify",
        (State.RECTIFYING, State.ACTIVE): "clear",
        (State.SUSPENDED, State.ACTIVE): "reopen",
    }
    action = actions.get((State(before.state), State(after.state)))
    if action is None:
        return
    faults = rectifications.open_of(connection, after.id)
    notices.after_move(
        connection, action=action, station_id=after.id, revision=after.revision,
        submitter=after.submitted_by,
        says={
            "station": after.name, "code": after.code,
            "reason": faults.reason if faults else "", "until": faults.deadline if faults else None,
        },
    )  # fmt: skip
