"""Opening states for many riders at once: worked out once for stations that keep the same hours."""

import threading
from collections import defaultdict
from collections.abc import Hashable, Sequence
from datetime import datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from app.domain.calendar import Calendar
from app.domain.hours import OpenAnswer, OpenState
from app.domain.lifecycle import State
from app.domain.opening import opening
from app.store.stations import StationRecord

# a few hundred rules by the changes of a day; more are forgotten together
MOST_KEPT = 20_000
# how long a look ahead serves, and how far it sees beyond
SLOT_MINUTES = 5
AHEAD = timedelta(hours=2)
_MINUTE = timedelta(minutes=1)
_NEVER_ENDING = (None, "24/7")


class Openings:
    """Keep what hours say for as long as it stays the same; safe to share between threads.

    Belongs to one snapshot, and so to one calendar and one time zone.
    """

    def __init__(self, stations: Sequence[StationRecord], calendar: Calendar) -> None:
        self._calendar = calendar
        self._groups = [
            (stations[numbers[0]], np.array(numbers, np.intp))
            for numbers in _alike(stations).values()
        ]
        self._stations = len(stations)
        self._ahead: tuple[datetime, NDArray[np.bool_]] | None = None
        # by hours and day: from when until before when an answer holds
        self._kept: dict[tuple[str | None, int], list[tuple[datetime, datetime, OpenAnswer]]] = {}
        self._count = 0
        self._lock = threading.Lock()

    def of(self, station: StationRecord, at: datetime, *, zone: tzinfo) -> OpenAnswer:
        """Say whether a station is open at a moment, as :func:`app.domain.opening.opening`."""
        if station.state == State.SUSPENDED or station.closures or station.doubts:
            return opening(
                State(station.state), station.hours, at, zone=zone, closures=station.closures,
                calendar=self._calendar, doubts=station.doubts,
            )  # fmt: skip
        wall = at.astimezone(zone)
        key = station.hours, wall.toordinal()
        for begins, ends, answer in self._kept.get(key, ()):
            if begins <= wall < ends:
                return answer
        answer = opening(
            State(station.state), station.hours, at, zone=zone, calendar=self._calendar
        )
        self._keep(key, wall, answer)
        return answer

    def not_shut(self, at: datetime, *, zone: tzinfo) -> NDArray[np.bool_]:
        """Return which stations are not surely closed from a moment until :data:`AHEAD` later.

        Some that are may be among them; whoever arrives is asked again by :meth:`of`.
        """
        wall = at.astimezone(zone)
        slot = wall.replace(
            minute=wall.minute // SLOT_MINUTES * SLOT_MINUTES, second=0, microsecond=0
        )
        known = self._ahead
        if known is not None and known[0] == slot:
            return known[1]
        end = slot + SLOT_MINUTES * _MINUTE + AHEAD
        found = np.ones(self._stations, np.bool_)
        for station, numbers in self._groups:
            answer = self.of(station, slot, zone=zone)
            shut = answer.state is OpenState.CLOSED
            found[numbers] = not (shut and (answer.until is None or answer.until >= end))
        self._ahead = slot, found
        return found

    def _keep(self, key: tuple[str | None, int], wall: datetime, answer: OpenAnswer) -> None:
        begins = wall.replace(second=0, microsecond=0)
        # reasons belong to the day
        ends = begins.replace(hour=0, minute=0) + timedelta(days=1)
        if answer.until is not None:
            ends = min(ends, answer.until)
        # what lies beyond the horizon may come in sight
        beyond = answer.opens_at if answer.state is not OpenState.OPEN else answer.until
        if beyond is None and key[0] not in _NEVER_ENDING:
            ends = begins + _MINUTE
        with self._lock:
            if self._count >= MOST_KEPT:
                self._kept, self._count = {}, 0
            # a new list: readers of the old one are not disturbed
            self._kept[key] = [*self._kept.get(key, ()), (begins, ends, answer)]
            self._count += 1


def _alike(stations: Sequence[StationRecord]) -> dict[Hashable, list[int]]:
    """Gather the stations that are always open together; closures and doubts stand alone."""
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for number, station in enumerate(stations):
        alone = station.id if station.closures or station.doubts else None
        groups[station.state == State.SUSPENDED, station.hours, alone].append(number)
    return groups
