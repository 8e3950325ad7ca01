"""What lies in reach of one place: its streets, its people, and those whom nobody else covers."""

from typing import Any

import numpy as np
import shapely
from shapely.geometry import Polygon, mapping
from shapely.geometry.base import BaseGeometry

from app.domain.actor import Actor
from app.domain.errors import NotFound
from app.domain.scenario import NONE, Changes
from app.service.plan.question import PACES, PlanQuestion
from app.service.plan.standing import Standing, stand
from app.service.runtime import Runtime
from geo.cover_table import counts
from geo.isochrone import Isochrones
from geo.plane import metres_per_degree
from geo.snap import snap_one

CIRCLE_CORNERS = 96


def catchment(
    harbor: Runtime,
    actor: Actor | None,
    question: PlanQuestion,
    changes: Changes = NONE,
    *,
    station: int | None = None,
    place: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """Return what lies in reach of a station, or of a place (lon, lat in WGS-84).

    ``sole`` are the people of the scope whom no other counted station reaches.

    Raises:
        NotFound: if there is no such station.
        OutsideNetwork: if the place is too far from any street.
    """
    with harbor.connection() as connection:
        standing = stand(harbor, connection, question, changes)
    there = standing.used.copy()
    name = ""
    if station is not None:
        index = next((i for i, s in enumerate(standing.stations) if s.id == station), None)
        if index is None:
            raise NotFound(f"Station {station} does not count.", zh="这个站点不计入覆盖。")
        found = standing.stations[index]
        name, place = found.name, (found.longitude, found.latitude)
        there[index] = False
    lon, lat = place or (0.0, 0.0)
    points = standing.reach([(lon, lat)]).point
    weight = standing.ground.scope_weight[points]
    others = counts(standing.catchments, there)[points]
    shape, street_metres = _drawn(standing, lon, lat)
    return {
        "name": name,
        "lon": round(lon, 6),
        "lat": round(lat, 6),
        "people": round(float(weight.sum()), 1),
        "sole": round(float(weight[others == 0].sum()), 1),
        "street_km": None if street_metres is None else round(street_metres / 1000, 3),
        "polygon": mapping(shapely.set_precision(shape, 1e-6)),
    }


def _drawn(standing: Standing, lon: float, lat: float) -> tuple[BaseGeometry, float | None]:
    limit = standing.question.minutes * standing.unit
    if standing.question.rule == "radius":
        per_longitude, per_latitude = metres_per_degree(lat)
        turn = np.linspace(0, 2 * np.pi, CIRCLE_CORNERS, endpoint=False)
        x = lon + limit * np.cos(turn) / per_longitude
        y = lat + limit * np.sin(turn) / per_latitude
        return Polygon(np.column_stack((x, y))), None
    streets = standing.material.streets
    isochrones = Isochrones(streets.network, streets.weights[PACES[standing.question.rule]])
    position = snap_one(
        streets.network, lon, lat, max_metres=standing.harbor.settings.max_snap_metres
    )
    (shape,) = isochrones.polygons(position, limits_seconds=[limit])
    (reached,) = isochrones.streets(position, limits_seconds=[limit])
    return shape, reached.metres(streets.network)
