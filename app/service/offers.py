"""What public stations offer, as arrays: who has a service, and who has it in season."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from app.domain.facts import Season, provisions
from app.store.stations import StationRecord

_ONE_DAY = timedelta(days=1)
# stations with a season, and its first and last day as month * 100 + day
Edges = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True, eq=False)
class Offers:
    """The services of the stations of a snapshot, in its order.

    Attributes:
        stations: how many there are.
        on_site: by service, bool of shape (stations,): on site, in season or not.
        seasons: by service and then by station, for those that have one.
    """

    stations: int
    on_site: dict[str, NDArray[np.bool_]]
    seasons: dict[str, dict[int, Season]]
    _edges: dict[str, Edges]

    def wanted(self, services: Collection[str], day: date) -> NDArray[np.bool_] | None:
        """Return the stations to search for: those that have all of it on a day or the next.

        The next day counts because a way may end after midnight; who arrives is asked again
        by :meth:`holds`. None stands for every station.
        """
        if not services:
            return None
        found = np.ones(self.stations, np.bool_)
        for code in services:
            found &= self._of(code, day)
        return found

    def holds(self, station: int, services: Collection[str], day: date) -> bool:
        """Whether a station has all of it in season on a day."""
        for code in services:
            if code not in self.on_site or not self.on_site[code][station]:
                return False
            season = self.seasons[code].get(station)
            if season is not None and not season.holds(day):
                return False
        return True

    def _of(self, code: str, day: date) -> NDArray[np.bool_]:
        if code not in self.on_site:
            return np.zeros(self.stations, np.bool_)
        if not self.seasons[code]:
            return self.on_site[code]
        found = self.on_site[code].copy()
        out = ~(_held(self._edges[code], day) | _held(self._edges[code], day + _ONE_DAY))
        found[self._edges[code][0][out]] = False
        return found


def _held(edges: Edges, day: date) -> NDArray[np.bool_]:
    """Which seasons hold on a day; as :meth:`Season.holds` has it."""
    _, first, last = edges
    key = 100 * day.month + day.day
    within, wraps = (first <= key) & (key <= last), first > last
    return np.where(wraps, (key >= first) | (key <= last), within)


def _edges_of(seasons: dict[int, Season]) -> Edges:
    def keys(days: list[str]) -> NDArray[np.int64]:
        return np.array([int(day[:2]) * 100 + int(day[3:]) for day in days], np.int64)

    return (
        np.array(list(seasons), np.int64),
        keys([season.first for season in seasons.values()]),
        keys([season.last for season in seasons.values()]),
    )


def offers_of(stations: Sequence[StationRecord]) -> Offers:
    """Read what stations offer, once for a snapshot."""
    on_site: dict[str, NDArray[np.bool_]] = {}
    seasons: dict[str, dict[int, Season]] = {}
    for number, station in enumerate(stations):
        for code in station.services:
            if code not in on_site:
                on_site[code] = np.zeros(len(stations), np.bool_)
                seasons[code] = {}
            on_site[code][number] = True
        if station.service_details:
            for provision in provisions(station.services, station.service_details):
                if provision.on_site and provision.season is not None:
                    seasons[provision.code][number] = provision.season
    edges = {code: _edges_of(found) for code, found in seasons.items()}
    return Offers(len(stations), on_site, seasons, edges)


def in_season(station: StationRecord, day: date) -> tuple[str, ...]:
    """Return what a station has on site on a day, in the order of its record."""
    if not station.service_details:
        return station.services
    holding = {
        provision.code
        for provision in provisions(station.services, station.service_details)
        if provision.holds(day)
    }
    return tuple(code for code in station.services if code in holding)
