"""What each station is worth: the people whom it alone covers, by hour, and who would take over."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.actor import Actor
from app.domain.errors import NotFound
from app.domain.scenario import NONE, Changes
from app.service.plan.question import PlanQuestion
from app.service.plan.standing import Standing, stand
from app.service.plan.week import night_hours
from app.service.runtime import Runtime
from app.store import station_list
from geo.cover_table import sole

# the hours that stand for the day
DAYTIME = range(9, 18)
MOST_HEIRS = 8


def worth(
    harbor: Runtime, actor: Actor | None, question: PlanQuestion, changes: Changes = NONE
) -> dict[str, Any]:
    """Return every counted station with the people it covers, and those it alone covers.

    ``sole`` is what closing it would cost by the question; ``night`` the mean over the hours
    from ten to six of a week, counting what is open then. The most needed come first.
    """
    with harbor.connection() as connection:
        standing = stand(harbor, connection, question, changes)
        with connection.transaction():
            unions = station_list.union_names(connection)
    return worth_of_all(standing, unions)


def worth_of_all(standing: Standing, unions: dict[int, str]) -> dict[str, Any]:
    """Return the worth of every station of what stands, see :func:`worth`."""
    weight = standing.ground.scope_weight
    alone = sole(standing.catchments, standing.used[np.newaxis], weight)[0]
    by_hour = sole(standing.catchments, standing.open_week() & standing.serves, weight)
    night = by_hour[night_hours()].mean(axis=0)
    covers = _covers(standing, weight)
    counted = np.flatnonzero(standing.used)
    order = counted[np.lexsort((counted, -covers[counted], -alone[counted]))]
    return {
        "stations": [
            {
                "id": standing.stations[i].id,
                "code": standing.stations[i].code,
                "name": standing.stations[i].name,
                "lon": round(standing.stations[i].longitude, 6),
                "lat": round(standing.stations[i].latitude, 6),
                "union": unions.get(standing.stations[i].union_id or 0, ""),
                "covers": round(float(covers[i]), 1),
                "sole": round(float(alone[i]), 1),
                "night": round(float(night[i]), 1),
            }
            for i in order.tolist()
        ],
        "nothing": int((alone[counted] + by_hour[:, counted].sum(axis=0) == 0).sum()),
    }


def worth_of(
    harbor: Runtime,
    actor: Actor | None,
    question: PlanQuestion,
    station_id: int,
    changes: Changes = NONE,
) -> dict[str, Any]:
    """Return what one station is worth by hour, and where its people would go without it.

    Returns:
        people it covers and alone covers whatever the hour, those it alone covers in each hour
        of the week, the stations that people would walk to instead, and by how many minutes
        farther, on average, of those who have another within the limit.

    Raises:
        NotFound: if no station of that id counts.
    """
    with harbor.connection() as connection:
        standing = stand(harbor, connection, question, changes)
    return worth_of_one(standing, station_id)


def worth_of_one(standing: Standing, station_id: int) -> dict[str, Any]:
    """Return the worth of one station of what stands, see :func:`worth_of`."""
    index = _index(standing, station_id)
    weight = standing.ground.scope_weight
    by_hour = sole(standing.catchments, standing.open_week() & standing.serves, weight)[:, index]
    station = standing.stations[index]
    there = standing.used.copy()
    there[index] = True
    heirs, minutes = _heirs(standing, index, there, weight)
    night = by_hour[night_hours()]
    return {
        "id": station.id,
        "name": station.name,
        "covers": round(float(_covers(standing, weight)[index]), 1),
        "sole": round(float(sole(standing.catchments, there[np.newaxis], weight)[0, index]), 1),
        "day": round(float(by_hour[np.isin(np.arange(168) % 24, DAYTIME)].mean()), 1),
        "night": round(float(night.mean()), 1),
        "hours": [round(float(value), 1) for value in by_hour],
        "falls_to": heirs,
        "extra_minutes": minutes,
    }


def _index(standing: Standing, station_id: int) -> int:
    for index, station in enumerate(standing.stations):
        if station.id == station_id:
            return index
    raise NotFound(
        f"Station {station_id} does not count for coverage.",
        remedy="Only stations that are active or under rectification, and have a place, count.",
        zh="这个站点不计入覆盖:只有在用或整改中、已定位的站点才计入。",
    )


def _covers(standing: Standing, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the people in reach of each station, whether or not others reach them too."""
    reach = standing.catchments
    running = np.concatenate(([0.0], np.cumsum(weight[reach.point])))
    return running[reach.pointer[1:]] - running[reach.pointer[:-1]]


def _heirs(
    standing: Standing, index: int, there: NDArray[np.bool_], weight: NDArray[np.float64]
) -> tuple[list[dict[str, Any]], float | None]:
    """Return who would take over the people nearest to a station, and the mean way farther."""
    reach = standing.catchments
    pointer, place, cost = reach.by_point()
    taken: dict[int, float] = {}
    farther = people = 0.0
    for point, own in zip(*(part.tolist() for part in reach.row(index)), strict=True):
        inside = slice(pointer[point], pointer[point + 1])
        others, costs = place[inside], cost[inside]
        kept = there[others] & (others != index)
        # of those it serves first; others walk elsewhere already
        if not kept.any() or costs[kept].min() < own:
            continue
        best = int(np.argmin(costs[kept]))
        heir = int(others[kept][best])
        taken[heir] = taken.get(heir, 0.0) + float(weight[point])
        farther += float(costs[kept][best] - own) * float(weight[point])
        people += float(weight[point])
    most = sorted(taken.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_HEIRS]
    heirs = [
        {
            "id": standing.stations[heir].id,
            "name": standing.stations[heir].name,
            "people": round(count, 1),
        }
        for heir, count in most
        if count > 0
    ]
    return heirs, round(farther / people / standing.unit, 1) if people > 0 else None
