"""How things stand for a question: its stations, people and catchments, gathered once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.domain.hours import OpenState
from app.domain.scenario import NONE, Changes
from app.service.coverage_figures import stations_on_streets
from app.service.coverage_ground import Ground
from app.service.coverage_inputs import (
    METRES_PER_MINUTE,
    Gathered,
    Material,
    collect,
    opening_states,
)
from app.service.plan.past import check_recorded
from app.service.plan.question import PlanQuestion, check
from app.service.plan.shelf import Place
from app.service.runtime import Runtime
from app.store import station_versions
from app.store.database import Connection
from app.store.station_versions import CountedStation
from geo.catchment import Catchments
from geo.circle import Points


@dataclass(frozen=True, eq=False)
class Standing:
    """What answers a question.

    Attributes:
        gathered: what the register says.
        material: what a run of the same question is computed from.
        suspended: stations that would count if they were not suspended.
    """

    harbor: Runtime
    question: PlanQuestion
    gathered: Gathered
    material: Material
    suspended: list[CountedStation]
    ground: Ground

    @property
    def without_changes(self) -> "Standing":
        """The same without what a scenario changes."""
        return replace(self, material=self.gathered.material())

    @cached_property
    def resting(self) -> list[CountedStation]:
        """The suspended stations that the question would count."""
        needed, at = set(self.question.services), self.question.at
        zone, calendar = self.harbor.settings.zone, self.material.calendar
        states = opening_states(self.suspended, at, zone=zone, calendar=calendar)
        return [
            station
            for station in self.suspended
            if needed.issubset(station.services)
            and states.get(station.id, OpenState.OPEN) is OpenState.OPEN
        ]

    @property
    def stations(self) -> list[CountedStation]:
        """All that are there, a scenario's among them, whatever they offer and when they open."""
        return self.material.every

    @cached_property
    def serves(self) -> NDArray[np.bool_]:
        """Bool of shape (stations,): whether each has all needed services."""
        needed = set(self.question.services)
        return np.array([needed.issubset(s.services) for s in self.stations], np.bool_)

    @cached_property
    def used(self) -> NDArray[np.bool_]:
        """Bool of shape (stations,): whether the question counts it."""
        counted = {station.id for station in self.material.stations}
        return np.array([s.id in counted for s in self.stations], np.bool_)

    @cached_property
    def where(self) -> Points:
        """Where the stations that the question counts are on the streets."""
        return stations_on_streets(self.material, self.harbor.settings)

    @cached_property
    def catchments(self) -> Catchments:
        """People in reach of each station by the rule of the question."""
        return self.reach([(s.longitude, s.latitude) for s in self.stations])

    def reach(self, places: Sequence[Place], *, rule: str | None = None) -> Catchments:
        """Return the people in reach of places, by the rule of the question or another."""
        return self.harbor.shelf.catchments(
            self.ground,
            self.material.streets,
            self.harbor.settings,
            places,
            rule=rule or self.question.rule,
            minutes=self.question.minutes,
        )

    @property
    def unit(self) -> float:
        """What a minute costs in a catchment: seconds, or metres of a straight line."""
        return METRES_PER_MINUTE if self.question.rule == "radius" else 60.0

    @property
    def monday(self) -> datetime:
        """Midnight of the Monday of the week that is looked at: that of the asked hour, or now's.

        With a date of the past, and no hour, that date's.
        """
        zone, question = self.harbor.settings.zone, self.question
        moment = question.at or question.looked_at or question.as_of or datetime.now(zone)
        day = moment.astimezone(zone).replace(tzinfo=None)
        midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight - timedelta(days=midnight.weekday())).replace(tzinfo=zone)

    def open_week(self) -> NDArray[np.bool_]:
        """Return bool of shape (168, stations): whether each is open in each hour of the week."""
        return self.harbor.shelf.week(
            [station.hours for station in self.stations],
            self.monday,
            self.harbor.settings.zone,
            self.material.calendar,
        )


def stand(
    harbor: Runtime, connection: Connection, question: PlanQuestion, changes: Changes = NONE
) -> Standing:
    """Gather what answers a question.

    Raises:
        InvalidInput, NotFound, Conflict, Unavailable: if a part of it cannot be used.
    """
    check(question)
    streets = harbor.snapshot().streets
    with connection.transaction():
        check_recorded(connection, question.as_of, harbor.settings.zone)
        gathered = collect(connection, streets, harbor.settings, question.coverage)
        resting = station_versions.suspended(connection, as_of=gathered.as_of)
    material = gathered.material(changes)
    ground = harbor.shelf.grounds.of(material, harbor.settings)
    return Standing(harbor, question, gathered, material, resting, ground)
