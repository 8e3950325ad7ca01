"""Whether a rider gets in: state of the record, closures, posted hours and doubts together."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from app.domain import hours as posted
from app.domain.calendar import Calendar
from app.domain.closures import Closure, shut
from app.domain.doubts import Doubt, doubted
from app.domain.hours_schedule import OpenState
from app.domain.lifecycle import State
from app.domain.stretches import HORIZON, OpenAnswer, Reason, Stretch, answer, in_zone


def opening(
    state: State,
    hours: str | None,
    at: datetime,
    *,
    zone: tzinfo,
    closures: Sequence[Closure] = (),
    calendar: Calendar | None = None,
    doubts: Sequence[Doubt] = (),
) -> OpenAnswer:
    """Say whether a public station is open at a moment; a suspended one is closed all the time."""
    return answer(
        timeline(
            state, hours, at, at + HORIZON,
            zone=zone, closures=closures, calendar=calendar, doubts=doubts,
        )
    )  # fmt: skip


def timeline(
    state: State,
    hours: str | None,
    begins: datetime,
    ends: datetime,
    *,
    zone: tzinfo,
    closures: Sequence[Closure] = (),
    calendar: Calendar | None = None,
    doubts: Sequence[Doubt] = (),
) -> Iterator[Stretch]:
    """Tell when a public station is open, closed or not known, from ``begins`` to before ``ends``.

    Each layer takes the place of what it covers of the one before: the posted hours,
    then closures, then doubts about what is left open.

    Yields:
        Stretches in ``zone`` without a gap, cut to the two bounds, worked out as they are
        asked for.

    Raises:
        ValueError: if a bound carries no zone.
    """
    if state is State.SUSPENDED:
        first, last = in_zone(begins, zone), in_zone(ends, zone)
        return iter((Stretch(first, last, OpenState.CLOSED, Reason.SUSPENDED),))
    found = posted.timeline(hours, begins, ends, zone=zone, calendar=calendar)
    if closures:
        found = shut(found, closures, zone)
    return doubted(found, doubts, zone) if doubts else found
