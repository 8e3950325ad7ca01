"""Opening hours as a phone looks them up with no signal: stretches in minutes, equal ones once."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from app.domain.hours import OpenState, Reason
from app.domain.lifecycle import State
from app.domain.opening import timeline
from app.domain.stretches import HORIZON, Stretch
from app.service.snapshot import Snapshot
from app.store.stations import StationRecord

# start and end in minutes after the beginning, state, index of the reason
Schedule = tuple[tuple[int, int, int, int], ...]

REASONS = tuple(reason.value for reason in Reason)
# as static/opening.js counts them
_STATES = {OpenState.CLOSED: 0, OpenState.OPEN: 1, OpenState.UNKNOWN: 2}
_REASON = {reason: index for index, reason in enumerate(Reason)}


@dataclass(frozen=True, slots=True)
class Schedules:
    """The hours of some stations over some days.

    Attributes:
        schedules: different from each other; in each the stretches in order. Between them
            a station is closed by its ordinary hours. The last may reach beyond the days.
        of_station: index of its schedule for every station.
        reasons: what the last number of a stretch stands for.
    """

    schedules: tuple[Schedule, ...]
    of_station: tuple[int, ...]
    reasons: tuple[str, ...] = REASONS


def schedules(
    snapshot: Snapshot,
    stations: Sequence[StationRecord],
    begins: datetime,
    days: int,
    zone: tzinfo,
) -> Schedules:
    """Tell when stations are open over whole days, so that a phone answers as the server would.

    Beyond the days the next opening is told as well: for every moment within, a reader
    finds when the state ends and when it opens next, as far ahead as
    :data:`app.domain.stretches.HORIZON`.

    Args:
        begins: any aware moment; its seconds are cut off.
    """
    first = begins.replace(second=0, microsecond=0)
    last = first + timedelta(days=days)
    found: dict[Schedule, int] = {}
    known: dict[Hashable, int] = {}
    of_station = []
    for station in stations:
        state = State(station.state)
        # what the answer depends on; stations alike in it are worked out once
        key = (state is State.SUSPENDED, station.hours, station.closures, station.doubts)
        if key not in known:
            stretches = timeline(
                state, station.hours, first, last + HORIZON,
                zone=zone, closures=station.closures, calendar=snapshot.calendar,
                doubts=station.doubts,
            )  # fmt: skip
            schedule = _in_minutes(_until_decided(stretches, last), first)
            known[key] = found.setdefault(schedule, len(found))
        of_station.append(known[key])
    return Schedules(tuple(found), tuple(of_station))


def _until_decided(stretches: Iterable[Stretch], last: datetime) -> Iterator[Stretch]:
    """Yield what begins before a moment, and on until the opening after it has ended."""
    opened = False
    for stretch in stretches:
        is_open = stretch.state is OpenState.OPEN
        if opened and not is_open and stretch.begins >= last:
            return
        opened = is_open
        yield stretch


def _in_minutes(stretches: Iterable[Stretch], first: datetime) -> Schedule:
    begins = int(first.timestamp()) // 60
    found = []
    low = 0
    for stretch in stretches:
        high = int(stretch.ends.timestamp()) // 60 - begins
        ordinary = stretch.state is OpenState.CLOSED and stretch.reason is Reason.HOURS
        # a closure may begin and end within a minute
        if low < high and not ordinary:
            found.append((low, high, _STATES[stretch.state], _REASON[stretch.reason]))
        low = high
    return tuple(found)
