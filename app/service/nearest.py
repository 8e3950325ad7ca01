"""The rider's question: which stations, how many minutes on foot, can I get in."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.domain.hours import OpenAnswer, OpenState
from app.service.cards import Card
from app.service.offers import in_season
from app.service.openings import AHEAD
from app.service.question import Question, check, place_of
from app.service.snapshot import RIDERS_PACE, Snapshot
from app.settings import Settings
from app.store.stations import StationRecord
from geo.nearest import Finder, Walk
from geo.parking import RideFinder, Trip
from geo.plane import earth_centred_point
from geo.snap import Positions, snap_one
from geo.streets import Mode

# a door that shuts sooner than this after one arrives is not worth the walk
# who asks by day for a place that is open at night asks about these hours
NIGHT, MORNING = time(23), time(5)
STAY = timedelta(minutes=10)


class Way(NamedTuple):
    """The way to a station: on foot, or riding, parking and on foot.

    Attributes:
        seconds, metres, ascent: of all of it.
        walk_seconds, walk_metres: of the part on foot.
    """

    seconds: float
    metres: float
    ascent: float
    walk_seconds: float
    walk_metres: float


class Found(NamedTuple):
    """One station of an answer.

    Attributes:
        card: what of it is written alike in every answer, see :mod:`app.service.cards`.
        opening: at the arrival, or now, whichever was asked.
        services: on site and in season at the arrival.
        brief: whether it closes within ten minutes after the arrival.
    """

    station: StationRecord
    card: Card
    way: Way
    straight_metres: float
    opening: OpenAnswer
    services: tuple[str, ...]
    brief: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """Needs that the answer leaves unmet: the nearest station with them, however far.

    Attributes:
        services: those that the station has; without one, those that no station in reach has.
    """

    services: tuple[str, ...]
    found: Found | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Stations in strict order of the time to them; the origin in WGS-84."""

    mode: str
    longitude: float
    latitude: float
    snap_metres: float
    network: str
    as_of: datetime
    stations: tuple[Found, ...]
    missing: Missing | None = None


def nearest(snapshot: Snapshot, settings: Settings, question: Question) -> Answer:
    """Answer a rider from memory, without the database.

    Raises:
        InvalidInput: if a part of the question cannot be used.
        OutsideNetwork: if no street is near the point.
        Unavailable: if there is no network.
    """
    check(question)
    streets = snapshot.streets
    lon, lat = place_of(
        question.longitude,
        question.latitude,
        datum=question.datum,
        bounds=streets.bounds,
        attempted="find the nearest stations",
    )
    seeker = _Seeker(
        snapshot=snapshot,
        zone=settings.zone,
        finder=finder_of(snapshot, mode=question.mode, pace=question.pace),
        origin=origin_of(snapshot, settings, lon, lat, mode=question.mode),
        here=earth_centred_point(lon, lat),
        asked_at=question.at or datetime.now(UTC),
    )
    found = seeker.search(question)
    return Answer(
        mode=question.mode,
        longitude=lon,
        latitude=lat,
        snap_metres=float(seeker.origin.metres[0]),
        network=streets.name,
        as_of=snapshot.taken_at,
        stations=tuple(found),
        missing=seeker.missing(question) if question.services and not found else None,
    )


def origin_of(
    snapshot: Snapshot, settings: Settings, lon: float, lat: float, *, mode: str
) -> Positions:
    """Return where a rider stands on the network.

    Raises:
        OutsideNetwork: if no street is near.
    """
    return snap_one(
        snapshot.streets.network,
        lon,
        lat,
        max_metres=settings.max_snap_metres,
        mode=Mode.WALK if mode == "walk" else Mode.EBIKE,
    )


def finder_of(snapshot: Snapshot, *, mode: str, pace: str = RIDERS_PACE) -> Finder | RideFinder:
    """Return the search of a mode; a pace is that of walkers."""
    if mode == "walk" or snapshot.riders is None:
        return snapshot.finders[pace]
    return snapshot.riders.finder()


def way_of(found: Walk | Trip) -> Way:
    """Return what riders are told of a way."""
    foot = found if isinstance(found, Walk) else found.foot
    return Way(found.seconds, found.metres, found.ascent, foot.seconds, foot.metres)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seeker:
    """One rider at one place and moment, who may have to ask more than once."""

    snapshot: Snapshot
    zone: tzinfo
    finder: Finder | RideFinder
    origin: Positions
    here: tuple[float, float, float]
    asked_at: datetime

    def search(self, question: Question) -> list[Found]:
        """Return up to k stations that fit, nearest first.

        Who is to get in is first answered from the stations that open within the next hours,
        if the way to enough of them is no longer than that.
        """
        today = self.asked_at.astimezone(self.zone).date()
        wanted = self.snapshot.offers.wanted(question.services, today)
        limit = np.inf if question.max_minutes is None else question.max_minutes * 60
        if question.code is not None:
            only = np.array([one.code == question.code for one in self.snapshot.stations], np.bool_)
            wanted = only if wanted is None else wanted & only
        elif question.open in ("now", "arrival"):
            open_soon = self.snapshot.openings.not_shut(self.asked_at, zone=self.zone)
            both = open_soon if wanted is None else wanted & open_soon
            soon = min(limit, AHEAD.total_seconds())
            found = self._fitting(question, both, soon)
            if len(found) >= question.k or limit <= soon:
                return found
        return self._fitting(question, wanted, limit)

    def _fitting(
        self, question: Question, wanted: NDArray[np.bool_] | None, limit: float
    ) -> list[Found]:
        """Ask for ever more stations until enough can be entered and have what is wanted."""
        most = len(self.snapshot.stations)
        if most == 0:
            return []
        ask = min(question.k, most)
        while True:
            ways = self.finder.from_position(self.origin, k=ask, wanted=wanted, max_seconds=limit)
            answers = [self._answered(way, question) for way in ways]
            fitting = [item for item in answers if item is not None]
            if len(fitting) >= question.k or len(ways) < ask or ask == most:
                return fitting[: question.k]
            ask = min(4 * ask, most)

    def missing(self, question: Question) -> Missing:
        """Say where what nothing near has is to be found, or which of it is nowhere."""
        far = replace(question, k=1, max_minutes=None)
        found = self.search(far)
        if found:
            return Missing(question.services, found[0])
        alone = [code for code in question.services if self.search(replace(far, services=(code,)))]
        nowhere = tuple(code for code in question.services if code not in alone)
        return Missing(nowhere or question.services, None)

    def _answered(self, found: Walk | Trip, question: Question) -> Found | None:
        """Say how a station is when one arrives; None if it is not what was asked for."""
        snapshot, number = self.snapshot, found.station
        arrival = (self.asked_at + timedelta(seconds=found.seconds)).astimezone(self.zone)
        day = arrival.date()
        if not snapshot.offers.holds(number, question.services, day):
            return None
        station, card = snapshot.stations[number], snapshot.cards[number]
        at = self._moment(question, arrival)
        answer = snapshot.openings.of(station, at, zone=self.zone)
        brief = self._is_brief(station, answer, arrival)
        shut = answer.state is OpenState.CLOSED
        if (question.open != "any" and shut) or (question.open == "arrival" and brief):
            return None
        metres = math.dist(self.here, card.centred)
        services = in_season(station, day)
        return Found(station, card, way_of(found), metres, answer, services, brief)

    def _moment(self, question: Question, arrival: datetime) -> datetime:
        """Return the moment at which a station has to be open."""
        if question.open == "now":
            return self.asked_at
        if question.open != "night":
            return arrival
        there = arrival.astimezone(self.zone)
        if there.hour >= NIGHT.hour or there.hour < MORNING.hour:
            return there
        return datetime.combine(there.date(), NIGHT, self.zone)

    def _is_brief(self, station: StationRecord, answer: OpenAnswer, arrival: datetime) -> bool:
        """Whether it closes before one has stayed ten minutes; not known is not closed."""
        end = answer.until
        if answer.state is not OpenState.OPEN or end is None or end >= arrival + STAY:
            return False
        after = self.snapshot.openings.of(station, end, zone=self.zone)
        return after.state is OpenState.CLOSED
