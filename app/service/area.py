"""The stations around a place with their hours, for a phone that will have no signal.

Columns of small numbers, places counted from the middle: a thousand stations have to fit
into some tens of kilobytes. The version is that of what is told alone, so that the same
facts are not sent twice, whenever they were read.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.services import SERVICES
from app.domain.station import Door
from app.service.offers import in_season
from app.service.question import place_of
from app.service.schedules import schedules
from app.service.snapshot import Snapshot
from app.store.stations import StationRecord
from geo.plane import earth_centred_point

# ten kilometres from a place that the page rounded to a hundredth of a degree
RADIUS_METRES = 11_000
# from the midnight before: two weeks of any moment of the first day
DAYS = 15
# so many of the nearest, where a city has more
MOST = 3_000
DOORS = tuple(door.value for door in Door)
_ANYWHERE = (-180.0, -90.0, 180.0, 90.0)
_CODES = tuple(service.code for service in SERVICES)
_BIT = {code: 1 << index for index, code in enumerate(_CODES)}
# a decimetre
_DIGITS = 6
STEP_DEGREES = 10.0**-_DIGITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A place, in ``datum``, and the version of what is known of its surroundings."""

    longitude: float
    latitude: float
    datum: str = "wgs84"
    known: str = ""


def area(snapshot: Snapshot, where: Where, *, now: datetime, zone: tzinfo) -> dict[str, Any]:
    """Return the stations around a place with their hours of two weeks, as JSON has it.

    Raises:
        InvalidInput, InvalidValue: if the place cannot be one.
    """
    centre = place_of(
        where.longitude, where.latitude, datum=where.datum, bounds=snapshot.bounds or _ANYWHERE,
        attempted="list the stations around",
    )  # fmt: skip
    # whole days, so that one day's answers are the same
    begins = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    numbers = _around(snapshot, centre)
    stations = [snapshot.stations[number] for number in numbers]
    hours = schedules(snapshot, stations, begins, DAYS, zone)
    middle = (round(centre[0], _DIGITS), round(centre[1], _DIGITS))
    content = {
        "begins": int(begins.timestamp()) // 60,
        "days": DAYS,
        "radius_metres": RADIUS_METRES,
        "centre": middle,
        "schedules": hours.schedules,
        "reasons": hours.reasons,
        "stations": _columns(
            stations,
            [snapshot.cards[number].facts for number in numbers],
            hours.of_station,
            middle,
            begins.date(),
        ),
        "services": _CODES,
        "doors": DOORS,
    }
    # lists and tuples are written alike
    version = sha256(json.dumps(content).encode()).hexdigest()[:16]
    told = {"version": version, "as_of": snapshot.taken_at.isoformat(timespec="seconds")}
    return {**told, "unchanged": True} if where.known == version else {**told, **content}


def _around(snapshot: Snapshot, centre: tuple[float, float]) -> list[int]:
    """Return the stations within the radius, nearest first."""
    if not snapshot.stations:
        return []
    metres = np.linalg.norm(snapshot.centred - earth_centred_point(*centre), axis=1)
    near = np.flatnonzero(metres <= RADIUS_METRES)
    ordered: list[int] = near[np.argsort(metres[near], kind="stable")][:MOST].tolist()
    return ordered


def _columns(
    stations: Sequence[StationRecord],
    facts: Sequence[Mapping[str, Any]],
    of_station: Sequence[int],
    centre: tuple[float, float],
    day: date,
) -> dict[str, list[Any]]:
    """Return what is told of stations, column by column: what is alike stands together."""
    places = np.array([(card["lon"], card["lat"]) for card in facts]).reshape(-1, 2)
    shifted = np.array([card["gcj02"] for card in facts]).reshape(-1, 2)
    east, north = _steps(places - np.array(centre))
    east_shift, north_shift = _steps(shifted - places)
    return {
        "code": [station.code for station in stations],
        "name": [station.name for station in stations],
        "name_en": [station.name_en for station in stations],
        "east": east,
        "north": north,
        "gcj02_east": east_shift,
        "gcj02_north": north_shift,
        "services": [sum(_BIT[code] for code in in_season(one, day)) for one in stations],
        "door": [DOORS.index(one.door) if one.door in DOORS else -1 for one in stations],
        "schedule": list(of_station),
        "proved": [_minute(station.last_proved) for station in stations],
        "verified": [int(station.verified) for station in stations],
    }


def _steps(degrees: NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """Return both columns in whole steps."""
    east, north = np.rint(degrees / STEP_DEGREES).astype(np.int64).T.tolist()
    return east, north


def _minute(moment: datetime | None) -> int:
    return 0 if moment is None else int(moment.timestamp()) // 60
