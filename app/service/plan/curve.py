"""Coverage over time: month by month from the stations' versions, and what came and went."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput
from app.domain.hours import OpenState, state_at
from app.domain.scenario import NONE, Changes
from app.service import calendars
from app.service.plan import lapsed
from app.service.plan.past import first_day
from app.service.plan.question import PlanQuestion
from app.service.plan.standing import Standing, stand
from app.service.plan.wording import definition
from app.service.runtime import Runtime
from app.store import station_versions
from app.store.database import Connection
from app.store.station_versions import CountedStretch
from geo.cover_table import covered

MOST_MONTHS = 240
# so many names of stations are told a month; the rest is counted
MOST_NAMES = 20
_DEPTHS = ("share", "twice_share", "thrice_share")


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """The days of a curve, and when stations counted.

    Attributes:
        moments: as of which each day is seen, its last.
        active: bool of shape (days, places): whether a station that the question counts is there.
        places: lon, lat of every place that a station ever had, once for each station.
    """

    days: list[date]
    moments: list[datetime]
    stretches: list[CountedStretch]
    places: list[tuple[float, float]]
    active: NDArray[np.bool_]


def curve(
    harbor: Runtime,
    actor: Actor | None,
    question: PlanQuestion,
    changes: Changes = NONE,
    *,
    months: int | None = None,
) -> dict[str, Any]:
    """Return the people covered at the end of each month, and on the day asked for.

    Each point is what the question answers as of that day, within the scope and the districts
    of the last one. A scenario changes none of the past: ``planned`` is the last day with it.

    Args:
        months: how many month ends to go back, to the first record at most; None for all.

    Raises:
        InvalidInput: for a day before the first record, or months that are none.
        NotFound, Conflict, Unavailable: if a part of the question cannot be used.
    """
    if months is not None and not 1 <= months <= MOST_MONTHS:
        raise InvalidInput(
            [FieldError("months", f"{months} is not from 1 to {MOST_MONTHS}",
                        f"月数应在 1 到 {MOST_MONTHS} 之间")],
            attempted="draw the curve",
        )  # fmt: skip
    zone = harbor.settings.zone
    with harbor.connection() as connection:
        standing = stand(harbor, connection, question)
        planned = stand(harbor, connection, question, changes) if changes else None
        gone = [] if planned is None else lapsed.told(connection, planned.material.lapsed)
        with connection.transaction():
            first = first_day(connection, zone)
            course = _course(connection, standing, first, months)
    return {
        "days": [day.isoformat() for day in course.days],
        "first_record": None if first is None else first.isoformat(),
        "definition": definition(standing),
        **_people(standing, course),
        "stations": course.active.sum(axis=1).tolist(),
        "events": _events(course),
        "planned": None if planned is None else _planned(planned) | {"lapsed": gone},
    }


def _course(
    connection: Connection, standing: Standing, first: date | None, months: int | None
) -> _Course:
    zone = standing.harbor.settings.zone
    asked = standing.question.looked_at or standing.question.as_of
    end = (asked or datetime.now(zone)).astimezone(zone)
    days = _days(end.date(), first, months)
    # the last day is seen at the moment asked for, those before at their end
    moments = [*(_end_of(day, zone) for day in days[:-1]), end]
    stretches = station_versions.counted_stretches(connection, since=moments[0], until=end)
    columns: dict[tuple[int, float, float], int] = {}
    of_column = [
        columns.setdefault((one.id, one.longitude, one.latitude), len(columns)) for one in stretches
    ]
    active = np.zeros((len(days), len(columns)), np.bool_)
    counts = _counts(connection, standing, moments, stretches)
    for row, there in enumerate(counts):
        active[row, np.compress(there, of_column).astype(np.int64)] = True
    places = [(longitude, latitude) for _, longitude, latitude in columns]
    return _Course(days, moments, stretches, places, active)


def _days(last: date, first: date | None, months: int | None) -> list[date]:
    """Return month ends from the first record on, and the last day, ascending."""
    days = [last]
    end = last.replace(day=1) - timedelta(days=1)
    while first is not None and end >= first and len(days) <= (months or MOST_MONTHS):
        days.append(end)
        end = end.replace(day=1) - timedelta(days=1)
    return days[::-1]


def _end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.max, zone)


def _counts(
    connection: Connection,
    standing: Standing,
    moments: Sequence[datetime],
    stretches: Sequence[CountedStretch],
) -> list[list[bool]]:
    """Say for each moment of which stretches the question counts the station then."""
    needed = set(standing.question.services)
    serves = [needed.issubset(one.services) for one in stretches]
    table = []
    for moment in moments:
        is_open = _opening(connection, standing, moment, stretches)
        table.append([
            has and _holds(one, moment) and is_open.get(one.hours, True)
            for one, has in zip(stretches, serves, strict=True)
        ])  # fmt: skip
    return table


def _holds(one: CountedStretch, moment: datetime) -> bool:
    return one.valid_from <= moment and (one.valid_to is None or one.valid_to > moment)


def _opening(
    connection: Connection,
    standing: Standing,
    moment: datetime,
    stretches: Sequence[CountedStretch],
) -> dict[str | None, bool]:
    """Say which hours are surely open at the moment asked for, by the calendar known then."""
    at, zone = standing.question.at, standing.harbor.settings.zone
    if at is None:
        return {}
    calendar = calendars.known(connection, as_of=moment)
    return {
        hours: state_at(hours, at, zone=zone, calendar=calendar).state is OpenState.OPEN
        for hours in {one.hours for one in stretches}
    }


def _people(standing: Standing, course: _Course) -> dict[str, Any]:
    ground, regions = standing.ground, standing.material.districts
    reach = standing.reach(course.places)
    whole = float(ground.scope_weight.sum())
    sums = covered(reach, course.active, ground.scope_weight)[:, 0]
    inside = ground.district >= 0
    totals = np.bincount(
        ground.district[inside], weights=ground.weight[inside], minlength=len(regions)
    )
    by_district = covered(
        reach, course.active, ground.weight, group=ground.district, groups=max(len(regions), 1)
    )[:, :, 0]
    return {
        "total": round(whole, 1),
        "people": [round(float(value), 1) for value in sums[:, 0]],
        **{name: _shares(sums[:, depth], whole) for depth, name in enumerate(_DEPTHS)},
        "districts": [
            {
                "adcode": region.code,
                "name": region.name,
                "name_en": region.name_en or region.name,
                "total": round(float(totals[number]), 1),
                "share": _shares(by_district[:, number], float(totals[number])),
            }
            for number, region in enumerate(regions)
            if totals[number] > 0
        ],
    }


def _shares(people: NDArray[np.float64], whole: float) -> list[float | None]:
    return [round(float(value) / whole, 6) if whole > 0 else None for value in people]


def _planned(planned: Standing) -> dict[str, Any]:
    """Return the last day with a scenario's changes."""
    weight = planned.ground.scope_weight
    whole = float(weight.sum())
    people = covered(planned.catchments, planned.used[np.newaxis], weight)[0, 0]
    return {
        "people": round(float(people[0]), 1),
        **{name: _shares(people[depth : depth + 1], whole)[0]
           for depth, name in enumerate(_DEPTHS)},
        "stations": int(planned.used.sum()),
    }  # fmt: skip


def _events(course: _Course) -> list[dict[str, Any]]:
    """Return what began and ceased to count between one day and the next, in the whole register."""
    opened: dict[int, list[str]] = defaultdict(list)
    closed: dict[int, list[str]] = defaultdict(list)
    for one in _whole(course.stretches):
        _note(opened, course.moments, one.valid_from, one.name)
        if one.valid_to is not None:
            _note(closed, course.moments, one.valid_to, one.name)
    return [
        {
            "day": course.days[number].isoformat(),
            "opened": opened[number][:MOST_NAMES],
            "closed": closed[number][:MOST_NAMES],
            "opened_count": len(opened[number]),
            "closed_count": len(closed[number]),
        }
        for number in range(1, len(course.days))
        if opened[number] or closed[number]
    ]


def _whole(stretches: Sequence[CountedStretch]) -> list[CountedStretch]:
    """Return stretches in which a station counted, whatever facts of it changed meanwhile."""
    whole: list[CountedStretch] = []
    for one in stretches:
        last = whole[-1] if whole else None
        if last is not None and last.id == one.id and last.valid_to == one.valid_from:
            whole[-1] = replace(one, valid_from=last.valid_from)
        else:
            whole.append(one)
    return whole


def _note(
    found: dict[int, list[str]], moments: Sequence[datetime], happened: datetime, name: str
) -> None:
    """Add a name to the day by whose moment something had happened, if it was within the curve."""
    if moments[0] < happened <= moments[-1]:
        found[bisect_left(moments, happened)].append(name)
