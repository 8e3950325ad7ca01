"""The one state machine of a station, as data.

This is its only copy: ``app/store/reference.py`` writes it to the tables
``station_state`` and ``station_move`` at every migration, and the trigger on
``station`` refuses every other move by whatever door.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import ForbiddenMove


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


@dataclass(frozen=True, slots=True)
class StateFacts:
    """What a state means: its names, who sees the station, whether it counts."""

    state: State
    name: str
    name_en: str
    public: bool
    counts: bool
    may_become: tuple[State, ...]


STATES: tuple[StateFacts, ...] = (
    StateFacts(State.DRAFT, "草稿", "Draft", False, False, (State.SUBMITTED, State.DISCARDED)),
    StateFacts(
        State.SUBMITTED, "待审核", "Submitted", False, False, (State.REVIEWED, State.RETURNED)
    ),
    StateFacts(
        State.RETURNED, "已退回", "Returned", False, False, (State.SUBMITTED, State.DISCARDED)
    ),
    StateFacts(State.REVIEWED, "待批准", "Reviewed", False, False, (State.ACTIVE, State.RETURNED)),
    StateFacts(
        State.ACTIVE,
        "在用",
        "Active",
        True,
        True,
        (State.SUSPENDED, State.RECTIFYING, State.EXITED, State.MERGED),
    ),
    StateFacts(
        State.SUSPENDED,
        "暂停开放",
        "Suspended",
        True,
        False,
        (State.ACTIVE, State.RECTIFYING, State.EXITED),
    ),
    StateFacts(
        State.RECTIFYING,
        "整改中",
        "Under rectification",
        True,
        True,
        (State.ACTIVE, State.SUSPENDED, State.EXITED),
    ),
    StateFacts(State.EXITED, "已退出", "Exited", False, False, ()),
    StateFacts(State.MERGED, "已合并", "Merged", False, False, (State.ACTIVE,)),
    StateFacts(State.DISCARDED, "已作废", "Discarded", False, False, ()),
)

FACTS: dict[State, StateFacts] = {facts.state: facts for facts in STATES}

# A record begins as a draft; a cut-over batch enters existing stations straight as active.
INITIAL: tuple[State, ...] = (State.DRAFT, State.ACTIVE)


def check_move(origin: State, target: State) -> None:
    """Raise :class:`ForbiddenMove` with the allowed moves unless the table has this one."""
    allowed = FACTS[origin].may_become
    if target not in allowed:
        raise ForbiddenMove(origin, target, tuple(allowed))
