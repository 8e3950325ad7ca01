"""The stations around a place with their hours, for a phone that will have no signal.

Positions in, and rows in short form: a thousand stations have to fit into some tens of
kilobytes. The version is that of what is told alone, so that the same facts are not sent
twice, whenever they were read.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from hashlib import sha256
from typing import Any

import numpy as np

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
# of the flags that end a row
VERIFIED = 1
_ANYWHERE = (-180.0, -90.0, 180.0, 90.0)
_CODES = tuple(service.code for service in SERVICES)
_BIT = {code: 1 << index for index, code in enumerate(_CODES)}
# 1e-6 degree is a decimetre
_DIGITS = 6


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
    content = {
        "begins": int(begins.timestamp()) // 60,
        "days": DAYS,
        "radius_metres": RADIUS_METRES,
        "centre": [round(value, _DIGITS) for value in centre],
        "schedules": hours.schedules,
        "reasons": hours.reasons,
        "stations": [
            _row(station, snapshot.cards[number].facts, schedule, begins.date())
            for number, station, schedule in zip(numbers, stations, hours.of_station, strict=True)
        ],
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


def _row(station: StationRecord, facts: dict[str, Any], schedule: int, day: date) -> list[Any]:
    east, north = facts["gcj02"]
    proved = station.last_proved
    return [
        station.code,
        station.name,
        station.name_en,
        round(facts["lon"], _DIGITS),
        round(facts["lat"], _DIGITS),
        sum(_BIT[code] for code in in_season(station, day)),
        DOORS.index(station.door) if station.door in DOORS else -1,
        schedule,
        round(east, _DIGITS),
        round(north, _DIGITS),
        0 if proved is None else int(proved.timestamp()) // 60,
        VERIFIED if station.verified else 0,
    ]
