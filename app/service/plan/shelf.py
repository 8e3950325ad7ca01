"""What a process keeps between a planner's questions: grounds, catchments, open hours."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from app.domain.calendar import Calendar
from app.domain.hours import open_intervals
from app.service.coverage_ground import Ground, Grounds, on_streets
from app.service.coverage_inputs import METRES_PER_MINUTE
from app.service.plan.question import PACES
from app.service.snapshot import Streets
from app.settings import Settings
from geo.catchment import Catchments, Circles, Walks, join

# catchments are found for the first of these minutes that is enough, and cut for a question
STEPS_MINUTES = (15.0, 30.0)
# rows of one kind; a city of thousands of stations and as many thoughts of new ones
MOST_ROWS = 30_000
MOST_KINDS = 12
MOST_WEEKS = 5_000
HOURS = 168

Place = tuple[float, float]


class Shelf:
    """Keep what is slow to find and never out of date; safe to share between threads.

    Everything is known by all it is made of: another network, another layer of people or other
    hours are other entries. What was not asked for lately makes room.
    """

    def __init__(self) -> None:
        self.grounds = Grounds()
        self._lock = threading.Lock()
        self._rows: dict[tuple[object, ...], _Rows] = {}
        self._weeks: dict[tuple[object, ...], NDArray[np.bool_]] = {}

    def catchments(
        self,
        ground: Ground,
        streets: Streets,
        settings: Settings,
        places: Sequence[Place],
        *,
        rule: str,
        minutes: float,
    ) -> Catchments:
        """Return the people within some minutes of each place, given as lon, lat in WGS-84."""
        step = next(most for most in STEPS_MINUTES if minutes <= most)
        key = (id(ground), rule, step)
        with self._lock:
            rows = self._rows.pop(key, None) or _Rows(ground, rule, step)
            self._rows[key] = rows
            if len(self._rows) > MOST_KINDS:
                self._rows.pop(next(iter(self._rows)))
        found = rows.of(places, streets, settings)
        return found.within(minutes * (METRES_PER_MINUTE if rule == "radius" else 60.0))

    def week(
        self, hours: Sequence[str | None], monday: datetime, zone: tzinfo, calendar: Calendar
    ) -> NDArray[np.bool_]:
        """Return bool of shape (168, stations): whether each is surely open as an hour begins.

        Args:
            hours: of each station, in OpenStreetMap syntax.
            monday: midnight, in the zone.
        """
        table = np.zeros((HOURS, len(hours)), np.bool_)
        known = {rule: self._open(rule, monday, zone, calendar) for rule in set(hours)}
        for number, rule in enumerate(hours):
            table[:, number] = known[rule]
        return table

    def _open(
        self, rule: str | None, monday: datetime, zone: tzinfo, calendar: Calendar
    ) -> NDArray[np.bool_]:
        key = (rule, monday, calendar.digest)
        found = self._weeks.get(key)
        if found is None:
            found = _open_hours(rule, monday, zone, calendar)
            with self._lock:
                if len(self._weeks) >= MOST_WEEKS:
                    self._weeks.clear()
                self._weeks[key] = found
        return found


def week_hours(monday: datetime) -> list[datetime]:
    """Return the 168 moments at which an hour of a week begins, Monday's midnight first."""
    first = monday.replace(tzinfo=None)
    return [
        (first + timedelta(hours=number)).replace(tzinfo=monday.tzinfo) for number in range(HOURS)
    ]


def _open_hours(
    rule: str | None, monday: datetime, zone: tzinfo, calendar: Calendar
) -> NDArray[np.bool_]:
    moments = week_hours(monday)
    stretches = open_intervals(
        rule, moments[0], moments[-1] + timedelta(hours=1), zone=zone, calendar=calendar
    )
    return np.array(
        [any(begins <= moment < ends for begins, ends in stretches) for moment in moments]
    )


class _Rows:
    """Catchments of one kind over one ground, a row for each place that was ever asked for."""

    def __init__(self, ground: Ground, rule: str, minutes: float) -> None:
        # kept, so that its identity is nobody else's
        self._ground = ground
        self._rule = rule
        self._minutes = minutes
        self._lock = threading.Lock()
        self._index: dict[Place, int] = {}
        self._found: Catchments | None = None
        self._walks: Walks | None = None
        self._circles: Circles | None = None

    def of(self, places: Sequence[Place], streets: Streets, settings: Settings) -> Catchments:
        with self._lock:
            if len(self._index) > MOST_ROWS:
                self._index, self._found = {}, None
            missing = [place for place in dict.fromkeys(places) if place not in self._index]
            if missing or self._found is None:
                new = self._find(missing, streets, settings)
                self._index |= {
                    place: len(self._index) + number for number, place in enumerate(missing)
                }
                self._found = new if self._found is None else join([self._found, new])
            return self._found.take(np.array([self._index[place] for place in places], np.int64))

    def _find(self, places: list[Place], streets: Streets, settings: Settings) -> Catchments:
        longitude = np.array([lon for lon, _ in places], np.float64)
        latitude = np.array([lat for _, lat in places], np.float64)
        people = self._ground.people
        if self._rule == "radius":
            if self._circles is None:
                self._circles = Circles(people.longitude, people.latitude)
            return self._circles.catchments(
                longitude, latitude, radius_metres=self._minutes * METRES_PER_MINUTE
            )
        if self._walks is None:
            weights = streets.weights[PACES[self._rule]]
            self._walks = Walks(streets.network, weights, people.positions)
        where = on_streets(streets, settings, longitude, latitude)
        return self._walks.catchments(where.positions, max_seconds=self._minutes * 60)
