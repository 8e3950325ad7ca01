"""Where the uncovered are, by named places: how many, how far, why, and what mends it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter
from scipy.spatial import cKDTree

from app.domain.actor import Actor
from app.domain.scenario import NONE, Changes
from app.service.gaps import district_of, street_of
from app.service.plan.mends import Left, Reason, mends_of, reasons_of
from app.service.plan.question import PACES, PlanQuestion
from app.service.plan.standing import Standing, stand
from app.service.plan.uncovered import left_out
from app.service.runtime import Runtime
from app.store import basemap
from app.store.database import Connection
from geo.coverage import times_at
from geo.plane import earth_centred, metres_per_degree
from geo.reach import flood, sources

CELL_METRES = 250.0
# what one walks to in a neighbourhood
PLACE_METRES = 500.0
MOST_PLACES = 50
MOST_MENDS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The nearest counted station of each person, however far.

    Attributes:
        minutes: float64 of shape (people,), infinite where there is no way.
        station: int64 of shape (people,), index among the counted ones, -1 for none.
    """

    minutes: NDArray[np.float64]
    station: NDArray[np.int64]


def gaps(
    harbor: Runtime, actor: Actor | None, question: PlanQuestion, changes: Changes = NONE
) -> dict[str, Any]:
    """Return the places where people are left out, those with the most first.

    Each has its people and their mean walk, the nearest station that counts, why others do not
    serve (too far, closed then, lacking a service, suspended) and what would mend it; mends
    of all places are ranked together as well, by people for what each takes.
    """
    with harbor.connection() as connection:
        standing = stand(harbor, connection, question, changes)
        return gaps_of(connection, standing)


def gaps_of(connection: Connection, standing: Standing) -> dict[str, Any]:
    """Return the gaps of what stands, see :func:`gaps`."""
    missing = left_out(standing)
    left = np.where(missing > 0, standing.ground.weight, 0.0)
    groups = gather_places(standing, left)
    nearest = nearest_of(standing)
    why = reasons_of(standing, left > 0)
    places = [_place(standing, left, members, nearest, why) for members in groups]
    _name(connection, standing, places)
    near = np.where(missing == 1, left, 0.0)
    mends = mends_of(standing, Left(left, near, groups), [place["name"] for place in places])
    for rank, place in enumerate(places, start=1):
        place["rank"] = rank
        helps = [mend for mend in mends if mend.here[rank - 1] > 0]
        helps.sort(key=lambda mend: -mend.here[rank - 1] / mend.effort)
        place["mends"] = [mend.told(here=rank - 1) for mend in helps[:5]]
    listed = sum(float(left[members].sum()) for members in groups)
    everybody = np.flatnonzero(left > 0)
    return {
        "uncovered": round(float(left.sum()), 1),
        # in more places than a list is read of
        "elsewhere": round(max(float(left.sum()) - listed, 0.0), 1),
        "reasons": _reasons(left[everybody], why[everybody]),
        "places": places,
        "mends": [mend.told(here=None) for mend in mends[:MOST_MENDS]],
    }


def gather_places(standing: Standing, left: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    """Gather the uncovered into places of 500 m around, the fullest first.

    The cell of 250 m that has the most people with its neighbours is a place's middle; all
    within reach of the middle of those people belong to it, and the next place is
    sought among the rest.

    Returns:
        Numbers of people's points, int64, for each place.
    """
    index = np.flatnonzero(left > 0)
    if len(index) == 0:
        return []
    people = standing.ground.people
    per_longitude, per_latitude = metres_per_degree(float(people.latitude[index].mean()))
    x = (people.longitude[index] - people.longitude[index].min()) * per_longitude
    y = (people.latitude[index] - people.latitude[index].min()) * per_latitude
    column, row = (x / CELL_METRES).astype(np.int64) + 1, (y / CELL_METRES).astype(np.int64) + 1
    weight = left[index]
    free = np.ones(len(index), np.bool_)
    grid = np.zeros((int(row.max()) + 2, int(column.max()) + 2))
    np.add.at(grid, (row, column), weight)
    points = np.zeros(grid.shape, np.int64)
    np.add.at(points, (row, column), 1)
    around = uniform_filter(grid, 3, mode="constant")
    found: list[NDArray[np.int64]] = []
    while free.any() and len(found) < MOST_PLACES:
        top = np.unravel_index(int(np.argmax(np.where(points > 0, around, -1.0))), grid.shape)
        near = free & (np.abs(row - top[0]) <= 1) & (np.abs(column - top[1]) <= 1)
        middle = (
            np.average(x[near], weights=weight[near]),
            np.average(y[near], weights=weight[near]),
        )
        members = free & (np.hypot(x - middle[0], y - middle[1]) <= PLACE_METRES) | near
        found.append(index[members])
        free &= ~members
        np.subtract.at(points, (row[members], column[members]), 1)
        np.subtract.at(grid, (row[members], column[members]), weight[members])
        _count_anew(grid, around, row[members], column[members])
    return sorted(found, key=lambda part: -float(left[part].sum()))


def _count_anew(
    grid: NDArray[np.float64],
    around: NDArray[np.float64],
    row: NDArray[np.int64],
    column: NDArray[np.int64],
) -> None:
    """Count what lies around some cells anew, in place; the outermost cells are empty."""
    top, left = max(int(row.min()) - 2, 0), max(int(column.min()) - 2, 0)
    patch = grid[top : int(row.max()) + 3, left : int(column.max()) + 3]
    inner = uniform_filter(patch, 3, mode="constant")[1:-1, 1:-1]
    around[top + 1 : top + 1 + inner.shape[0], left + 1 : left + 1 + inner.shape[1]] = inner


def nearest_of(standing: Standing) -> Nearest:
    """Find every person's nearest counted station by the rule of the question."""
    people = standing.ground.people
    used = standing.material.stations
    nobody = Nearest(
        np.full(len(people.longitude), np.inf), np.full(len(people.longitude), -1, np.int64)
    )
    if not used:
        return nobody
    longitude = np.array([s.longitude for s in used])
    latitude = np.array([s.latitude for s in used])
    if standing.question.rule == "radius":
        tree = cKDTree(earth_centred(longitude, latitude))
        metres, station = tree.query(earth_centred(people.longitude, people.latitude))
        return Nearest(metres / standing.unit, station.astype(np.int64))
    streets = standing.material.streets
    weights = streets.weights[PACES[standing.question.rule]]
    there = sources(weights, standing.where.positions, outside="leave out")
    if there.served == 0:
        return nobody
    reach = flood(streets.network, weights, there, max_seconds=np.inf)
    found = times_at(streets.network, weights, there, reach, people.positions)
    return Nearest(
        found.seconds[:, 0].astype(np.float64) / 60.0, found.owner[:, 0].astype(np.int64)
    )


def _place(
    standing: Standing,
    left: NDArray[np.float64],
    members: NDArray[np.int64],
    nearest: Nearest,
    why: NDArray[np.int8],
) -> dict[str, Any]:
    people, weight = standing.ground.people, left[members]
    total = float(weight.sum())
    lon = float(np.average(people.longitude[members], weights=weight))
    lat = float(np.average(people.latitude[members], weights=weight))
    away = (people.longitude[members] - lon) ** 2 + (people.latitude[members] - lat) ** 2
    middle = int(members[np.argmin(away)])
    walks = np.isfinite(nearest.minutes[members])
    station = int(nearest.station[middle])
    used = standing.material.stations
    return {
        "point": middle,
        "name": "",
        "street": street_of(standing.material.streets, people, middle),
        "district": district_of(standing.material.districts, lon, lat),
        "lon": round(lon, 6),
        "lat": round(lat, 6),
        "people": round(total, 1),
        "minutes": round(
            float(np.average(nearest.minutes[members][walks], weights=weight[walks])), 1
        )
        if walks.any()
        else None,
        "nearest": None
        if station < 0
        else {
            "id": used[station].id,
            "name": used[station].name,
            "minutes": round(float(nearest.minutes[middle]), 1),
        },
        "reasons": _reasons(weight, why[members]),
    }


def _reasons(weight: NDArray[np.float64], why: NDArray[np.int8]) -> list[dict[str, Any]]:
    """Return the people by why they are left out, the most first."""
    sums = {reason: float(weight[why == reason].sum()) for reason in Reason}
    return [
        {"why": reason.name.lower(), "people": round(people, 1)}
        for reason, people in sorted(sums.items(), key=lambda pair: -pair[1])
        if people > 0
    ]


def _name(connection: Connection, standing: Standing, places: list[dict[str, Any]]) -> None:
    """Name places after the nearest place of the map, else after their street."""
    with connection.transaction():
        names = basemap.nearest_names(
            connection,
            standing.material.streets.name,
            [(place["lon"], place["lat"]) for place in places],
        )
    for place, name in zip(places, names, strict=True):
        del place["point"]
        place["name"] = name or place["street"] or place["district"]
