"""Whether a rider gets in: the state of the record and the posted hours together."""

from datetime import datetime, tzinfo

from app.domain.hours import OpenAnswer, OpenState, Reason, state_at
from app.domain.lifecycle import State


def opening(state: State, hours: str | None, at: datetime, *, zone: tzinfo) -> OpenAnswer:
    """Say whether a public station is open at a moment; a suspended one is closed all the time."""
    if state is State.SUSPENDED:
        return OpenAnswer(OpenState.CLOSED, None, None, Reason.SUSPENDED)
    return state_at(hours, at, zone=zone)
