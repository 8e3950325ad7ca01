"""The rider's question: which stations, how many minutes on foot, can I get in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from app.domain.errors import FieldError, InvalidInput
from app.domain.hours import OpenAnswer, OpenState
from app.domain.lifecycle import State
from app.domain.opening import opening
from app.domain.services import BY_CODE
from app.service.offers import in_season
from app.service.snapshot import Snapshot
from app.settings import Settings
from app.store.stations import StationRecord
from geo.datum import parse_datum, swapped, to_wgs84
from geo.nearest import Finder, Walk
from geo.pace import PACES
from geo.parking import RideFinder, Trip
from geo.plane import straight_metres
from geo.snap import Positions, snap_one
from geo.streets import Mode

MOST = 50
MODES = ("walk", "ebike")
OPEN_CHOICES = ("any", "now", "arrival")
# hours are evaluated some weeks around a moment, which has to exist
YEARS = range(1950, 2200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a rider asks; coordinates in ``datum``."""

    longitude: float
    latitude: float
    k: int = 5
    services: tuple[str, ...] = ()
    max_minutes: float | None = None
    open: str = "any"
    datum: str = "wgs84"
    mode: str = "walk"
    pace: str = "terrain"
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Way:
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


@dataclass(frozen=True, slots=True)
class Found:
    """One station of an answer; ``services`` are on site and in season at the arrival."""

    station: StationRecord
    way: Way
    straight_metres: float
    opening: OpenAnswer
    services: tuple[str, ...]


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


def in_wgs84(longitude: str, latitude: str, *, datum: str) -> tuple[float, float]:
    """Read a place from texts in a datum.

    Raises:
        InvalidInput, InvalidValue: if a part cannot be read.
    """
    try:
        pair = float(longitude), float(latitude)
    except ValueError:
        raise InvalidInput(
            [FieldError("lon", f"{longitude!r}, {latitude!r} are not two numbers")],
            attempted="read the place",
        ) from None
    lon, lat = to_wgs84(*pair, datum=parse_datum(datum))
    return float(lon), float(lat)


def check_services(codes: tuple[str, ...], field: str = "services") -> list[FieldError]:
    """Return an error for every code that is no service."""
    return [
        FieldError(field, f"unknown service {code!r}; known are {', '.join(sorted(BY_CODE))}")
        for code in codes
        if code not in BY_CODE
    ]


def check_moment(field: str, moment: datetime | None) -> list[FieldError]:
    """Return an error for a moment that nothing can be said about."""
    if moment is None or moment.year in YEARS:
        return []
    return [FieldError(field, f"the year {moment.year} is not from {YEARS[0]} to {YEARS[-1]}")]


def check(question: Question) -> None:
    """Raise :class:`InvalidInput` with everything that is wrong with a question."""
    errors = check_services(question.services) + check_moment("at", question.at)
    if question.pace not in PACES:
        errors.append(FieldError("pace", f"{question.pace!r} is not one of {', '.join(PACES)}"))
    if question.mode not in MODES:
        errors.append(FieldError("mode", f"{question.mode!r} is not one of {', '.join(MODES)}"))
    if not 1 <= question.k <= MOST:
        errors.append(FieldError("k", f"{question.k} is not a whole number from 1 to {MOST}"))
    if question.open not in OPEN_CHOICES:
        errors.append(
            FieldError("open", f"{question.open!r} is not one of {', '.join(OPEN_CHOICES)}")
        )
    if question.max_minutes is not None and not 0 < question.max_minutes <= 24 * 60:
        errors.append(
            FieldError("max_minutes", f"{question.max_minutes:g} is not above 0 and at most 1,440")
        )
    if errors:
        raise InvalidInput(errors, attempted="find the nearest stations")


def nearest(snapshot: Snapshot, settings: Settings, question: Question) -> Answer:
    """Answer a rider from memory, without the database.

    Raises:
        InvalidInput: if a part of the question cannot be used.
        OutsideNetwork: if no street is near the point.
        Unavailable: if there is no network.
    """
    check(question)
    if exchanged := swapped(question.longitude, question.latitude):
        raise _exchanged(exchanged)
    longitude, latitude = to_wgs84(
        question.longitude, question.latitude, datum=parse_datum(question.datum)
    )
    lon, lat = float(longitude), float(latitude)
    streets = snapshot.streets
    if exchanged := swapped(lon, lat, bounds=streets.network.bounds):
        raise _exchanged(exchanged)
    finder = _finder(snapshot, question)
    origin = snap_one(
        streets.network,
        lon,
        lat,
        max_metres=settings.max_snap_metres,
        mode=Mode.WALK if question.mode == "walk" else Mode.EBIKE,
    )
    found = _search(snapshot, finder, origin, question, settings)
    straight = straight_metres(
        lon,
        lat,
        np.array([item[0].longitude for item in found], np.float64),
        np.array([item[0].latitude for item in found], np.float64),
    )
    return Answer(
        mode=question.mode,
        longitude=lon,
        latitude=lat,
        snap_metres=float(origin.metres[0]),
        network=streets.name,
        as_of=snapshot.taken_at,
        stations=tuple(
            Found(station, way, float(metres), answer, services)
            for (station, way, answer, services), metres in zip(found, straight, strict=True)
        ),
    )


def _exchanged(message: str) -> InvalidInput:
    return InvalidInput([FieldError("lon", message)], attempted="find the nearest stations")


def _finder(snapshot: Snapshot, question: Question) -> Finder | RideFinder:
    if question.mode == "walk" or snapshot.riders is None:
        return snapshot.finders[question.pace]
    return snapshot.riders.finder()


def _way(found: Walk | Trip) -> Way:
    foot = found if isinstance(found, Walk) else found.foot
    return Way(found.seconds, found.metres, found.ascent, foot.seconds, foot.metres)


_Answered = tuple[StationRecord, Way, OpenAnswer, tuple[str, ...]]


def _search(
    snapshot: Snapshot,
    finder: Finder | RideFinder,
    origin: Positions,
    question: Question,
    settings: Settings,
) -> list[_Answered]:
    """Ask for ever more stations until enough of them can be entered and have what is wanted."""
    asked_at = question.at or datetime.now(UTC)
    wanted = snapshot.offers.wanted(question.services, asked_at.astimezone(settings.zone).date())
    limit = np.inf if question.max_minutes is None else question.max_minutes * 60
    most = len(snapshot.stations)
    if most == 0:
        return []
    ask = min(question.k, most)
    while True:
        ways = finder.from_position(origin, k=ask, wanted=wanted, max_seconds=limit)
        answers = [_answered(snapshot, found, asked_at, question, settings) for found in ways]
        fitting = [item for item in answers if item is not None]
        if len(fitting) >= question.k or len(ways) < ask or ask == most:
            return fitting[: question.k]
        ask = min(4 * ask, most)


def _answered(
    snapshot: Snapshot,
    found: Walk | Trip,
    asked_at: datetime,
    question: Question,
    settings: Settings,
) -> _Answered | None:
    """Say how a station is when one arrives; None if it is not what was asked for."""
    station, way = snapshot.stations[found.station], _way(found)
    arrival = asked_at + timedelta(seconds=way.seconds)
    day = arrival.astimezone(settings.zone).date()
    if not snapshot.offers.holds(found.station, question.services, day):
        return None
    answer = opening(
        State(station.state),
        station.hours,
        asked_at if question.open == "now" else arrival,
        zone=settings.zone,
        closures=station.closures,
        doubts=station.doubts,
    )
    if question.open != "any" and answer.state is OpenState.CLOSED:
        return None
    return station, way, answer, in_season(station, day)
