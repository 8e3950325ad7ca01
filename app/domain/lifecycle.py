"""The one state machine of a station, as data.

This is its only copy: ``app/store/reference.py`` writes it to the tables ``station_state`` and
``station_move`` at every migration. The trigger on ``station`` refuses every other move, and
every move by a person without the role or without what the move needs, by whatever door.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import ForbiddenMove
from app.domain.roles import Role


class State(StrEnum):
    """States of a station's record."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REVIEWED = "reviewed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    RECTIFYING = "rectifying"
    EXITED = "exited"
    MERGED = "merged"
    DISCARDED = "discarded"


class Need(StrEnum):
    """What a move has to bring along, each a column of ``station`` or a row beside it."""

    PLACE = "place"
    UNION = "union"
    KEEPER = "keeper"
    REASON = "reason"
    UNTIL = "until"
    EXIT_CODE = "exit_code"
    DOCUMENT = "document"
    SURVIVOR = "survivor"


NEED_NAMES: dict[Need, tuple[str, str]] = {
    Need.PLACE: ("地图位置", "a place on the map"),
    Need.UNION: ("所属工会", "the union that owns the record"),
    Need.KEEPER: ("站点负责人", "a keeper: a named person in charge"),
    Need.REASON: ("原因", "a reason"),
    Need.UNTIL: ("截止日期", "a date by which it ends, today or later"),
    Need.EXIT_CODE: ("退出原因代码", "a coded reason of exit"),
    Need.DOCUMENT: ("文号", "a document number"),
    Need.SURVIVOR: ("合并到的站点", "another, open station that it is merged into"),
}


class ExitCode(StrEnum):
    """Why a station left. Coded, so that exits can be counted."""

    HOST_WITHDREW = "host_withdrew"
    PREMISES_GONE = "premises_gone"
    NOT_OPEN_AS_POSTED = "not_open_as_posted"
    FAULTS_NOT_MENDED = "faults_not_mended"
    LITTLE_USED = "little_used"
    OTHER = "other"


EXIT_NAMES: dict[ExitCode, tuple[str, str]] = {
    ExitCode.HOST_WITHDREW: ("共建单位退出", "The host withdrew"),
    ExitCode.PREMISES_GONE: ("场所拆迁或关闭", "The premises closed or were pulled down"),
    ExitCode.NOT_OPEN_AS_POSTED: ("未按公示时间开放", "Not open as posted"),
    ExitCode.FAULTS_NOT_MENDED: ("逾期未整改", "Faults not mended in time"),
    ExitCode.LITTLE_USED: ("使用率低", "Little used"),
    ExitCode.OTHER: ("其他", "Other"),
}


@dataclass(frozen=True, slots=True)
class StateFacts:
    """What a state means: its names, who sees the station, whether it counts."""

    state: State
    name: str
    name_en: str
    public: bool
    counts: bool


STATES: tuple[StateFacts, ...] = (
    StateFacts(State.DRAFT, "草稿", "Draft", False, False),
    StateFacts(State.SUBMITTED, "待审核", "Submitted", False, False),
    StateFacts(State.RETURNED, "已退回", "Returned", False, False),
    StateFacts(State.REVIEWED, "待批准", "Reviewed", False, False),
    StateFacts(State.ACTIVE, "在用", "Active", True, True),
    StateFacts(State.SUSPENDED, "暂停开放", "Suspended", True, False),
    StateFacts(State.RECTIFYING, "整改中", "Under rectification", True, True),
    StateFacts(State.EXITED, "已退出", "Exited", False, False),
    StateFacts(State.MERGED, "已合并", "Merged", False, False),
    StateFacts(State.DISCARDED, "已作废", "Discarded", False, False),
)

FACTS: dict[State, StateFacts] = {facts.state: facts for facts in STATES}


@dataclass(frozen=True, slots=True)
class Move:
    """A step of the state machine.

    Attributes:
        origin, target: from which state to which.
        action: its name in addresses and in the audit, unique for an origin.
        name, name_en: as a button calls it.
        roles: who may make it, in the scope of the station's union.
        needs: what it has to bring along.
        not_by: who may not make it though the role would do: who made an earlier move.
    """

    origin: State
    target: State
    action: str
    name: str
    name_en: str
    roles: tuple[Role, ...]
    needs: tuple[Need, ...] = ()
    not_by: tuple[str, ...] = ()


_STAFF = (Role.UNION_STAFF, Role.CITY_ADMIN)
_WATCH = (Role.UNION_STAFF, Role.REVIEWER, Role.INSPECTOR, Role.CITY_ADMIN)
_JUDGE = (Role.REVIEWER, Role.CITY_ADMIN)
_CITY = (Role.CITY_ADMIN,)
_SUBMIT = (Need.PLACE, Need.UNION, Need.KEEPER)


def _move(
    origin: State,
    target: State,
    action: str,
    names: tuple[str, str],
    roles: tuple[Role, ...],
    *needs: Need,
    not_by: tuple[str, ...] = (),
) -> Move:
    return Move(origin, target, action, *names, roles, needs, not_by)


MOVES: tuple[Move, ...] = (
    _move(State.DRAFT, State.SUBMITTED, "submit", ("提交", "Submit"), _STAFF, *_SUBMIT),
    _move(State.DRAFT, State.DISCARDED, "discard", ("作废", "Discard"), _STAFF, Need.REASON),
    _move(State.RETURNED, State.SUBMITTED, "submit", ("再次提交", "Resubmit"), _STAFF, *_SUBMIT),
    _move(State.RETURNED, State.DISCARDED, "discard", ("作废", "Discard"), _STAFF, Need.REASON),
    _move(
        State.SUBMITTED, State.REVIEWED, "review", ("审核通过", "Pass the review"), _JUDGE,
        Need.PLACE, not_by=("submitter",),
    ),
    _move(State.SUBMITTED, State.RETURNED, "return", ("退回", "Return"), _JUDGE, Need.REASON),
    _move(
        State.REVIEWED, State.ACTIVE, "approve", ("批准并编号", "Approve"), _CITY,
        Need.PLACE, Need.DOCUMENT, not_by=("submitter", "reviewer"),
    ),
    _move(State.REVIEWED, State.RETURNED, "return", ("退回", "Return"), _CITY, Need.REASON),
    _move(
        State.ACTIVE, State.SUSPENDED, "suspend", ("暂停开放", "Suspend"), _WATCH,
        Need.REASON, Need.UNTIL,
    ),
    _move(
        State.ACTIVE, State.RECTIFYING, "rectify", ("责令整改", "Order rectification"),
        (Role.INSPECTOR, Role.REVIEWER, Role.CITY_ADMIN), Need.REASON, Need.UNTIL,
    ),
    _move(
        State.ACTIVE, State.EXITED, "exit", ("退出", "Let go"), _CITY,
        Need.REASON, Need.EXIT_CODE, Need.DOCUMENT,
    ),
    _move(State.ACTIVE, State.MERGED, "merge", ("合并", "Merge"), _JUDGE, Need.SURVIVOR),
    _move(State.SUSPENDED, State.ACTIVE, "reopen", ("恢复开放", "Reopen"), _WATCH, Need.REASON),
    _move(
        State.SUSPENDED, State.RECTIFYING, "rectify", ("责令整改", "Order rectification"),
        (Role.INSPECTOR, Role.REVIEWER, Role.CITY_ADMIN), Need.REASON, Need.UNTIL,
    ),
    _move(
        State.SUSPENDED, State.EXITED, "exit", ("退出", "Let go"), _CITY,
        Need.REASON, Need.EXIT_CODE, Need.DOCUMENT,
    ),
    _move(
        State.RECTIFYING, State.ACTIVE, "clear", ("整改合格", "Accept the rectification"),
        (Role.INSPECTOR, Role.REVIEWER, Role.CITY_ADMIN), Need.REASON,
    ),
    _move(
        State.RECTIFYING, State.SUSPENDED, "suspend", ("暂停开放", "Suspend"), _JUDGE,
        Need.REASON, Need.UNTIL,
    ),
    _move(
        State.RECTIFYING, State.EXITED, "exit", ("退出", "Let go"), _CITY,
        Need.REASON, Need.EXIT_CODE, Need.DOCUMENT,
    ),
    _move(State.MERGED, State.ACTIVE, "split", ("拆分恢复", "Split again"), _JUDGE, Need.REASON),
)  # fmt: skip


# A record begins as a draft; a cut-over batch enters existing stations straight as active.
INITIAL: tuple[State, ...] = (State.DRAFT, State.ACTIVE)
# what was approved is not edited but asked to be changed
LOCKED: tuple[State, ...] = (State.ACTIVE, State.SUSPENDED, State.RECTIFYING)


def moves_from(origin: State) -> tuple[Move, ...]:
    """Return the moves that the table has from a state."""
    return tuple(move for move in MOVES if move.origin is origin)


def check_move(origin: State, target: State) -> Move:
    """Return the move, or raise :class:`ForbiddenMove` with the allowed ones."""
    allowed = moves_from(origin)
    for move in allowed:
        if move.target is target:
            return move
    raise ForbiddenMove(origin, target, tuple(move.target for move in allowed))


def allowed_moves(
    origin: State, *, roles: Collection[Role], was: Collection[str] = ()
) -> tuple[Move, ...]:
    """Return the moves that a person may make.

    Args:
        origin: the state the station is in.
        roles: the person's roles in the scope of the station's union.
        was: what the person was in earlier moves: ``submitter``, ``reviewer``.
    """
    return tuple(
        move
        for move in moves_from(origin)
        if set(move.roles) & set(roles) and not set(move.not_by) & set(was)
    )
