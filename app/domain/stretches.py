"""Time as stretches of one state without a gap, and what they say of a moment.

Hours, closures and the state of a record all become such stretches; one reading of
them answers every question. ``static/opening.js`` reads them in the same way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from app.domain.hours_schedule import OpenState

# how far ahead of a moment its answer looks
HORIZON = timedelta(days=60)


class Reason(StrEnum):
    """Why the state is what it is."""

    HOURS = "hours"
    NO_HOURS = "no_hours"
    UNREADABLE = "unreadable"
    HOLIDAY = "holiday"
    MAKE_UP_WORKDAY = "make_up_workday"
    NOT_ANNOUNCED = "not_announced"
    # of the record and not of its hours; see app/domain/opening.py, closures.py and doubts.py
    SUSPENDED = "suspended"
    CLOSURE = "closure"
    REPORTED_LOCKED = "reported_locked"


@dataclass(frozen=True, slots=True)
class Stretch:
    """From a moment until before another, both aware: one state, for one reason.

    Attributes:
        note: what staff wrote about a closure.
        reported_at: when riders reported the door locked last; None unless that decided.
    """

    begins: datetime
    ends: datetime
    state: OpenState
    reason: Reason
    note: str = ""
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenAnswer:
    """What is known of a moment.

    Attributes:
        state: open, closed or unknown.
        until: when the state ends; None if not within :data:`HORIZON`.
        opens_at: if not open, when it surely opens next; None if not within :data:`HORIZON`.
        reason: what decided; for an ordinary day ``hours``.
        note: what staff wrote about a closure.
        reported_at: when riders reported the door locked last; None unless that decided.
    """

    state: OpenState
    until: datetime | None
    opens_at: datetime | None
    reason: Reason
    note: str = ""
    reported_at: datetime | None = None


def answer(stretches: Iterable[Stretch]) -> OpenAnswer:
    """Say what the first of some stretches is, when its state ends and when it opens next.

    Args:
        stretches: at least one, in order, each beginning where the one before ends.
    """
    coming = iter(stretches)
    here = next(coming)
    until: datetime | None = None
    opens_at: datetime | None = None
    for stretch in coming:
        if until is None and stretch.state is not here.state:
            until = stretch.begins
            if here.state is OpenState.OPEN:
                break
        if until is not None and stretch.state is OpenState.OPEN:
            opens_at = stretch.begins
            break
    return OpenAnswer(here.state, until, opens_at, here.reason, here.note, here.reported_at)


def in_zone(at: datetime, zone: tzinfo) -> datetime:
    """Return a moment on the clock of a zone, or raise :class:`ValueError` if it has none yet."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone; give an aware datetime")
    return at.astimezone(zone)
