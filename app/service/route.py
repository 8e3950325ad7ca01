"""The way to one station, part by part, as a map draws it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.domain import number
from app.domain.errors import FieldError, InvalidInput, NotFound
from app.service.nearest import finder_of, origin_of
from app.service.question import MODES, place_of
from app.service.snapshot import Snapshot
from app.settings import Settings
from geo.legs import Leg, access_leg
from geo.nearest import Finder, Walk
from geo.parking import RideFinder, Trip
from geo.snap import Positions
from geo.streets import Kind

ATTEMPTED = "find the way"
_Place = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Where a rider stands, in ``datum``, and where he wants to go."""

    longitude: float
    latitude: float
    to: str
    mode: str = "walk"
    datum: str = "wgs84"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a route; ``mode`` is walk, ride or park."""

    mode: str
    leg: Leg


@dataclass(frozen=True, slots=True)
class Route:
    """A way from a rider's place to a station; sums of ``parts`` are those of the whole.

    Attributes:
        seconds, metres, ascent, descent: as :mod:`app.service.nearest` has them.
        stairs_metres: on stairs.
        steps: of stairs; None where some were never counted.
    """

    seconds: float
    metres: float
    ascent: float
    descent: float
    stairs_metres: float
    steps: int | None
    parts: tuple[Part, ...]


def route(snapshot: Snapshot, settings: Settings, wish: Wish) -> Route:
    """Find the way to a station from memory, without the database.

    Raises:
        InvalidInput: if a part of the wish cannot be used.
        OutsideNetwork: if no street is near the place.
        NotFound: if no station has the number, or no way leads there.
        Unavailable: if there is no network.
    """
    if wish.mode not in MODES:
        wrong = FieldError("mode", f"{wish.mode!r} is not one of {', '.join(MODES)}")
        raise InvalidInput([wrong], attempted=ATTEMPTED)
    station = _station(snapshot, wish.to)
    place = place_of(
        wish.longitude, wish.latitude, datum=wish.datum, bounds=snapshot.streets.bounds,
        attempted=ATTEMPTED,
    )  # fmt: skip
    finder = finder_of(snapshot, mode=wish.mode)
    origin = origin_of(snapshot, settings, *place, mode=wish.mode)
    wanted = np.zeros(len(snapshot.stations), np.bool_)
    wanted[station] = True
    record = snapshot.stations[station]
    ends = place, (record.longitude or 0.0, record.latitude or 0.0)
    if isinstance(finder, RideFinder):
        told = [
            _told(trip, tuple(_trip_parts(finder, origin, trip, *ends)))
            for trip in finder.from_position(origin, k=1, wanted=wanted)
        ]
    else:
        told = [
            _told(walk, tuple(_walk_parts(finder, origin, walk, *ends)))
            for walk in finder.from_position(origin, k=1, wanted=wanted)
        ]
    if not told:
        raise NotFound(f"No way leads to the station {wish.to}.")
    return told[0]


def _station(snapshot: Snapshot, text: str) -> int:
    """Return the place of a public station among all of them."""
    code = number.check(text)
    for index, station in enumerate(snapshot.stations):
        if station.code == code:
            return index
    raise NotFound(f"No station has the number {text}.", remedy="Ask for the list anew.")


def _walk_parts(
    finder: Finder, origin: Positions, walk: Walk, place: _Place, end: _Place
) -> Iterator[Part]:
    street = _lon_lat(finder, origin)
    yield Part("walk", access_leg(finder.weights, float(origin.metres[0]), place, street))
    yield from (Part("walk", leg) for leg in finder.legs(origin, walk))
    door = finder.place(walk.source)
    metres, street = float(door.metres[0]), _lon_lat(finder, door)
    yield Part("walk", access_leg(finder.weights, metres, street, end))


def _trip_parts(
    finder: RideFinder, origin: Positions, trip: Trip, place: _Place, end: _Place
) -> Iterator[Part]:
    parked = origin
    if trip.ride is not None:
        ride = finder.ride
        street = _lon_lat(ride, origin)
        yield Part("ride", access_leg(ride.weights, float(origin.metres[0]), place, street))
        yield from (Part("ride", leg) for leg in ride.legs(origin, trip.ride))
        parked = ride.place(trip.ride.source)
        place = _lon_lat(ride, parked)
    yield Part("park", _standing(finder.parking_seconds, place))
    yield from _walk_parts(finder.foot, parked, trip.foot, place, end)


def _standing(seconds: float, place: _Place) -> Leg:
    return Leg(
        kind=None, name="", metres=0.0, seconds=seconds, ascent=0.0, descent=0.0, steps=0,
        coordinates=np.array([place, place], np.float64),
    )  # fmt: skip


def _lon_lat(finder: Finder, position: Positions) -> _Place:
    lon, lat = position.coordinates(finder.network)[0].tolist()
    return lon, lat


def _told(way: Walk | Trip, parts: tuple[Part, ...]) -> Route:
    stairs = [part.leg for part in parts if part.leg.kind is Kind.STEPS]
    steps = [leg.steps for leg in stairs]
    return Route(
        seconds=way.seconds,
        metres=way.metres,
        ascent=way.ascent,
        descent=way.descent,
        stairs_metres=sum(leg.metres for leg in stairs),
        steps=None if None in steps else sum(count or 0 for count in steps),
        parts=tuple(part for part in parts if part.leg.metres > 0 or part.leg.seconds > 0),
    )
