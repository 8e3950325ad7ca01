"""Whether a rider gets in: state of the record, closures, posted hours and doubts together."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from app.domain.closures import Closure, state_with
from app.domain.doubts import Doubt, doubted
from app.domain.hours import OpenAnswer, OpenState, Reason
from app.domain.lifecycle import State


def opening(
    state: State,
    hours: str | None,
    at: datetime,
    *,
    zone: tzinfo,
    closures: Sequence[Closure] = (),
    doubts: Sequence[Doubt] = (),
) -> OpenAnswer:
    """Say whether a public station is open at a moment; a suspended one is closed all the time."""
    if state is State.SUSPENDED:
        return OpenAnswer(OpenState.CLOSED, None, None, Reason.SUSPENDED)

    def plain(moment: datetime) -> OpenAnswer:
        return state_with(closures, hours, moment, zone=zone)

    return doubted(doubts, at, plain, zone=zone)
