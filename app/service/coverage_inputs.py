"""What a coverage run is computed from, gathered and named so that it can be repeated."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from typing import Any

import shapely

from app.domain.calendar import Calendar
from app.domain.errors import Conflict, FieldError, InvalidInput
from app.domain.hours import OpenState, state_at
from app.domain.scenario import NONE, Changes, Lapsed, Open, apply
from app.service import calendars
from app.service.coverage_sources import districts_of, named_demand, named_scope
from app.service.question import check_moment, check_services
from app.service.regions import Region
from app.service.snapshot import Streets
from app.settings import Settings
from app.store import areas, station_versions
from app.store import calendars as stored_calendars
from app.store.database import Connection
from app.store.demand import Demand
from app.store.station_versions import CountedStation

METRES_PER_MINUTE = 1000 / 15
# how figures are computed; another way of computing is another line, and older runs keep theirs
METHOD = (
    "1: walks on the network by segment; terrain by Tobler 1993 at 4 km/h on the flat, stairs by"
    " Weidmann 1993; streets cut where the time ends, area by squares"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageQuestion:
    """What a planner asks; None takes the only or the newest there is."""

    scope: str | None = None
    demand: str | None = None
    minutes: float = 15.0
    services: tuple[str, ...] = ()
    at: datetime | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Everything a run is computed from, gathered in one transaction.

    Attributes:
        stations: those that the question counts.
        every: all that are there, whatever they offer and whenever they open.
        lapsed: changes of a scenario that have no effect any more.
        calendar: what the hours follow.
    """

    inputs: dict[str, Any]
    streets: Streets
    stations: list[CountedStation]
    demand: Demand
    scope: Region
    districts: list[Region]
    minutes: float
    every: list[CountedStation]
    lapsed: tuple[Lapsed, ...]
    calendar: Calendar

    @property
    def as_of(self) -> datetime:
        """The moment that the register is seen at."""
        return datetime.fromisoformat(self.inputs["as_of"])


def check(question: CoverageQuestion) -> None:
    """Raise :class:`InvalidInput` with everything that is wrong with a question."""
    errors = [
        *check_services(question.services),
        *check_moment("at", question.at),
        *check_moment("as_of", question.as_of),
    ]
    if not 1 <= question.minutes <= 120:
        errors.append(FieldError("minutes", f"{question.minutes:g} is not from 1 to 120"))
    if errors:
        raise InvalidInput(errors, attempted="measure coverage")


def _newest(connection: Connection, settings: Settings) -> datetime:
    """Return when the register last became what it is: its stations, districts or calendar.

    So the same question gives the same run until something changes. An empty register is
    that of this morning.
    """
    now = datetime.now(settings.zone)
    morning = now.replace(hour=0, minute=0, second=0, microsecond=0)
    day = areas.newest_change(connection, until=now.date())
    moments = [
        station_versions.newest_version(connection),
        stored_calendars.newest_change(connection),
        None if day is None else datetime.combine(day, time(), settings.zone),
    ]
    return max((moment for moment in moments if moment is not None), default=morning)


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """What a question takes from the register, before a scenario changes anything."""

    question: CoverageQuestion
    settings: Settings
    streets: Streets
    as_of: datetime
    counting: list[CountedStation]
    calendar: Calendar
    demand: Demand
    scope: Region
    districts: list[Region]

    def material(self, changes: Changes = NONE) -> Material:
        """Name every input, so that a run of them can be repeated.

        Args:
            changes: of a scenario, made to the stations that are there.

        Raises:
            Conflict: if the scope and the streets do not touch.
        """
        question = self.question
        every, lapsed = apply(self.counting, changes, new=_thought_of)
        offering = [s for s in every if set(question.services).issubset(s.services)]
        states = opening_states(
            offering, question.at, zone=self.settings.zone, calendar=self.calendar
        )
        used = [s for s in offering if states.get(s.id, OpenState.OPEN) is OpenState.OPEN]
        inputs = {
            "method": METHOD,
            **self._facts(),
            "minutes": question.minutes,
            "radius_metres": round(question.minutes * METRES_PER_MINUTE, 1),
            "max_snap_metres": self.settings.max_snap_metres,
            "services": sorted(question.services),
            "at": None if question.at is None else question.at.isoformat(),
            # hours at no moment follow no calendar
            "calendar_digest": None if question.at is None else self.calendar.digest,
            "as_of": self.as_of.isoformat(),
            "stations": len(used),
            "stations_closed": sum(s is OpenState.CLOSED for s in states.values()),
            "stations_unknown": sum(s is OpenState.UNKNOWN for s in states.values()),
            "stations_digest": digest_of([[s.id, s.version] for s in used]),
        }
        if changes:
            inputs["changes"] = changes.to_json()
            inputs["changes_digest"] = changes.digest()
        return Material(
            inputs, self.streets, used, self.demand, self.scope, self.districts,
            question.minutes, every, lapsed, self.calendar,
        )  # fmt: skip

    def _facts(self) -> dict[str, Any]:
        """Name scope, people and streets."""
        facts, network = self.demand.facts, self.streets.network
        return {
            "scope": self.scope.code,
            "scope_title": self.scope.name,
            "scope_digest": _shape_digest([self.scope]),
            "districts_digest": _shape_digest(self.districts),
            "demand": facts.name,
            "demand_title": facts.title,
            "demand_source": facts.source,
            "demand_digest": facts.digest,
            "network": self.streets.name,
            "network_digest": network.digest,
            "height_share": round(network.height_share, 4),
            "scope_beyond_streets": _beyond(self.scope, self.streets),
        }


def collect(
    connection: Connection, streets: Streets, settings: Settings, question: CoverageQuestion
) -> Gathered:
    """Take from the register what answers a question; a transaction is open.

    Raises:
        NotFound: if a scope or layer is not known.
    """
    as_of = question.as_of or _newest(connection, settings)
    districts = districts_of(connection, as_of.astimezone(settings.zone).date())
    return Gathered(
        question,
        settings,
        streets,
        as_of,
        station_versions.counting(connection, as_of=as_of),
        calendars.known(connection, as_of=as_of),
        named_demand(connection, question.demand),
        named_scope(connection, question.scope, districts, streets),
        districts,
    )


def gather(
    connection: Connection,
    streets: Streets,
    settings: Settings,
    question: CoverageQuestion,
    changes: Changes = NONE,
) -> Material:
    """Gather what answers a question, and name every input so that a run can be repeated.

    Args:
        changes: of a scenario, made to the stations that are there.

    Raises:
        NotFound: if a scope or layer is not known.
        Conflict: if the scope and the streets do not touch.
    """
    return collect(connection, streets, settings, question).material(changes)


def _thought_of(id_: int, item: Open) -> CountedStation:
    """Return a scenario's new station as one that counts."""
    return CountedStation(
        id_, None, 0, item.name, item.longitude, item.latitude, item.services, item.hours
    )


def opening_states(
    counted: Sequence[CountedStation], at: datetime | None, *, zone: tzinfo, calendar: Calendar
) -> dict[int, OpenState]:
    """Say by station whether it is open at a moment; at none, nothing."""
    if at is None:
        return {}
    # many stations keep the same hours
    known = {
        hours: state_at(hours, at, zone=zone, calendar=calendar).state
        for hours in {station.hours for station in counted}
    }
    return {station.id: known[station.hours] for station in counted}


def _beyond(scope: Region, streets: Streets) -> float:
    """Return the share of a scope's area that lies beyond the extent of the streets.

    Raises:
        Conflict: if all of it does.
    """
    extent = shapely.box(*streets.network.bounds).buffer(0.005)
    if not scope.shape.intersects(extent):
        raise Conflict(
            f"Could not measure coverage: no street of the network {streets.name} lies in the scope"
            f" {scope.code}.",
            remedy="Choose another scope, or bring this one again in the right datum. If the"
            " streets are those of another city, an operator puts others in use"
            " (`harbor network use`).",
            zh=f"统计范围“{scope.name}”里没有路网“{streets.name}”的街道,算不了。请另选范围,"
            "或按正确的坐标系重新导入;如果路网是别的城市的,请管理员换用本市路网。",
        )
    inside = scope.shape.intersection(extent).area / scope.shape.area
    return round(max(1.0 - float(inside), 0.0), 4)


def _shape_digest(regions: list[Region]) -> str:
    digest = hashlib.sha256()
    for region in regions:
        digest.update(region.code.encode() + shapely.to_wkb(region.shape))
    return digest.hexdigest()[:16]


def digest_of(value: object) -> str:
    """Return a short digest of a JSON value; equal values have equal digests."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
