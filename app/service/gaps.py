"""Where the people are whom no station reaches: the worst-served places, by name."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.service.regions import Region
from app.service.snapshot import Streets
from app.store import basemap
from app.store.database import Connection
from geo.circle import Points
from geo.plane import metres_per_degree
from geo.regions import holds

CELL_METRES = 500.0
MOST = 10


def worst(
    connection: Connection,
    streets: Streets,
    people: Points,
    *,
    weight: NDArray[np.float64],
    seconds: NDArray[np.float32],
    districts: list[Region],
) -> list[dict[str, Any]]:
    """Gather uncovered people into cells of 500 m and name the ten with the most.

    Args:
        weight: people at each point that are not covered, 0 where they are.
        seconds: the walk from each point to its nearest station, infinite if there is none.

    Returns:
        name, street, district, lon, lat, people and minutes (None: no way there) of each.
    """
    index = np.flatnonzero(weight > 0)
    if len(index) == 0:
        return []
    cell = _cells(people, index)
    _, of = np.unique(cell, return_inverse=True)
    total = np.bincount(of, weights=weight[index])
    best = np.argsort(-total, kind="stable")[:MOST]
    places = []
    for group in best:
        members = index[of == group]
        share = weight[members] / weight[members].sum()
        lon = float((people.longitude[members] * share).sum())
        lat = float((people.latitude[members] * share).sum())
        nearest = int(
            members[
                np.argmin(
                    (people.longitude[members] - lon) ** 2 + (people.latitude[members] - lat) ** 2
                )
            ]
        )
        places.append((nearest, lon, lat, float(total[group]), _minutes(seconds[members], share)))
    names = basemap.nearest_names(
        connection, streets.name, [(lon, lat) for _, lon, lat, _, _ in places]
    )
    return [
        {
            "name": name or street_of(streets, people, point),
            "street": street_of(streets, people, point),
            "district": district_of(districts, lon, lat),
            "lon": round(lon, 6),
            "lat": round(lat, 6),
            "people": round(count, 1),
            "minutes": minutes,
        }
        for (point, lon, lat, count, minutes), name in zip(places, names, strict=True)
    ]


def _cells(people: Points, index: NDArray[np.int64]) -> NDArray[np.int64]:
    per_longitude, per_latitude = metres_per_degree(float(people.latitude[index].mean()))
    column = np.floor(people.longitude[index] * per_longitude / CELL_METRES).astype(np.int64)
    row = np.floor(people.latitude[index] * per_latitude / CELL_METRES).astype(np.int64)
    return row * 1_000_000 + column


def _minutes(seconds: NDArray[np.float32], share: NDArray[np.float64]) -> float | None:
    """Return the mean walk of those who have a way at all, None if nobody has."""
    walks = np.isfinite(seconds)
    if not walks.any():
        return None
    return round(float((seconds[walks] * share[walks]).sum() / share[walks].sum()) / 60, 1)


def street_of(streets: Streets, people: Points, point: int) -> str:
    """Return the name of the street that a point stands at, empty if there is none."""
    edge = int(people.positions.edge[point])
    if edge < 0 or streets.network.edge_name[edge] < 0:
        return ""
    return streets.network.names[int(streets.network.edge_name[edge])]


def district_of(districts: list[Region], lon: float, lat: float) -> str:
    """Return the name of the district that holds a place in WGS-84, empty if there is none."""
    district = region_of(districts, lon, lat)
    return "" if district is None else district.name


def region_of(districts: list[Region], lon: float, lat: float) -> Region | None:
    """Return the district that holds a place in WGS-84, None if there is none."""
    where = np.array([lon]), np.array([lat])
    return next((one for one in districts if holds(one.shape, *where)[0]), None)
