"""Opening states for many riders at once: worked out once for stations that keep the same hours."""

import threading
from datetime import datetime, timedelta, tzinfo

from app.domain.hours import OpenAnswer
from app.domain.lifecycle import State
from app.domain.opening import opening
from app.store.stations import StationRecord

# a few hundred rules by the changes of a day; more are forgotten together
MOST_KEPT = 20_000
_MINUTE = timedelta(minutes=1)
_NEVER_ENDING = (None, "24/7")


class Openings:
    """Keep what hours say for as long as it stays the same; safe to share between threads.

    Belongs to one snapshot, and so to one calendar and one time zone.
    """

    def __init__(self) -> None:
        # by hours and day: from when until before when an answer holds
        self._kept: dict[tuple[str | None, int], list[tuple[datetime, datetime, OpenAnswer]]] = {}
        self._count = 0
        self._lock = threading.Lock()

    def of(self, station: StationRecord, at: datetime, *, zone: tzinfo) -> OpenAnswer:
        """Say whether a station is open at a moment, as :func:`app.domain.opening.opening`."""
        state = State(station.state)
        if state is State.SUSPENDED or station.closures:
            return opening(state, station.hours, at, zone=zone, closures=station.closures)
        wall = at.astimezone(zone)
        key = station.hours, wall.toordinal()
        for begins, ends, answer in self._kept.get(key, ()):
            if begins <= wall < ends:
                return answer
        answer = opening(state, station.hours, at, zone=zone)
        self._keep(key, wall, answer)
        return answer

    def _keep(self, key: tuple[str | None, int], wall: datetime, answer: OpenAnswer) -> None:
        begins = wall.replace(second=0, microsecond=0)
        # reasons belong to the day, and an end beyond the horizon may come in sight
        ends = begins.replace(hour=0, minute=0) + timedelta(days=1)
        if answer.until is not None:
            ends = min(ends, answer.until)
        elif key[0] not in _NEVER_ENDING:
            ends = begins + _MINUTE
        with self._lock:
            if self._count >= MOST_KEPT:
                self._kept, self._count = {}, 0
            # a new list: readers of the old one are not disturbed
            self._kept[key] = [*self._kept.get(key, ()), (begins, ends, answer)]
            self._count += 1
