"""Layers of the management map, as GeoJSON and lists."""

import itertools
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from app.domain.actor import Actor
from app.domain.errors import HarborError
from app.domain.lifecycle import FACTS, State
from app.service import coverage
from app.service.coverage import CoverageQuestion
from app.service.coverage_sources import default_scope
from app.service.minutes import BANDS, BEYOND, PACE, MinutesCache, StreetMinutes, counting
from app.service.runtime import Runtime
from app.store import areas, basemap, demand, stations
from app.store.database import Connection
from app.store.rights import acting_as
from app.store.runs import CoverageRun
from app.store.stations import StationRecord
from geo.coverage import nearest_seconds
from geo.plane import metres_per_degree
from geo.snap import snap
from geo.streets import Rank

CIRCLE_SECONDS = 900.0
HEAT_CELL_METRES = 150.0
MOST_HEAT = 4000
# about a kilometre
BEYOND_STREETS_DEGREES = 0.01
# a one-file map carries as many stretches of street as a mail can hold
MOST_INLINE_STRETCHES = 60_000

Collection = dict[str, Any]


def stations_layer(harbor: Runtime, actor: Actor | None = None) -> Collection:
    """Return the placed stations that a person may see, in whatever state.

    Args:
        actor: who asks; None is this machine, which sees every one.
    """
    with harbor.connection() as connection, sight(connection, actor):
        records = stations.placed(connection)
    return _collection([_station(record) for record in records])


def _station(record: StationRecord) -> Collection:
    return {
        "type": "Feature",
        "geometry": {
            "type": "Point",
            "coordinates": [round(record.longitude or 0, 6), round(record.latitude or 0, 6)],
        },
        "properties": {
            "id": record.id,
            "code": record.code,
            "name": record.name,
            "name_en": record.name_en,
            "state": record.state,
            "state_name": FACTS[State(record.state)].name,
            "verified": record.verified,
            "services": list(record.services),
            "union": record.union_name,
            "url": f"/manage/stations/{record.id}",
        },
    }


def counts(harbor: Runtime, actor: Actor | None = None) -> dict[str, int]:
    """Return how many stations a person may see are in each state, unplaced ones included."""
    with harbor.connection() as connection, sight(connection, actor):
        return stations.states(connection)


def sight(connection: Connection, actor: Actor | None) -> AbstractContextManager[object]:
    """Act as a person, or as this machine for None, for as long as the context lasts."""
    return connection.transaction() if actor is None else acting_as(connection, actor)


def scope_layer(harbor: Runtime) -> Collection:
    """Return the areas of every scope and its main streets, told apart by ``part``."""
    with harbor.connection() as connection, connection.transaction():
        scopes = areas.scopes(connection)
    features = []
    for scope in scopes:
        properties = {"name": scope.title, "name_en": scope.title_en}
        features += [
            _feature(shapely.from_wkb(shape), {**properties, "part": part})
            for part, shape in (("areas", scope.areas), ("streets", scope.streets))
            if shape is not None
        ]
    return _collection(features)


def districts_layer(harbor: Runtime, run: CoverageRun | None) -> Collection:
    """Return the districts of today, shaded by the share of people a run found covered."""
    today = datetime.now(harbor.settings.zone).date()
    with harbor.connection() as connection, connection.transaction():
        records = areas.districts(connection, as_of=today)
    figures = {} if run is None else {d["adcode"]: d["rules"] for d in run.result["districts"]}
    features = []
    for record in records:
        terrain = figures.get(record.adcode, {}).get("walk_terrain", {})
        features.append(
            _feature(
                shapely.simplify(shapely.from_wkb(record.geometry), 0.0001),
                {
                    "adcode": record.adcode,
                    "name": record.name,
                    "name_en": record.name_en,
                    "share": terrain.get("people_share"),
                    "people": terrain.get("people_total"),
                },
            )
        )
    return _collection(features)


def headline(harbor: Runtime) -> CoverageRun | None:
    """Return the run of today's default question, None where nothing can be counted yet."""
    try:
        streets = harbor.snapshot().streets
        with harbor.connection() as connection:
            return coverage.measure(
                connection, streets, harbor.settings, CoverageQuestion(),
                grounds=harbor.shelf.grounds,
            )  # fmt: skip
    except HarborError:
        return None


def uncovered_layer(harbor: Runtime) -> Collection:
    """Return people whom no station reaches in 15 minutes by terrain, by cells of 150 m.

    Of a layer that goes beyond the city, only what lies in the scope or near its streets.
    """
    snapshot = harbor.snapshot()
    with harbor.connection() as connection, connection.transaction():
        names = [layer.name for layer in demand.layers(connection)]
        chosen = "residents" if "residents" in names else next(iter(names), "")
        layer = demand.read(connection, chosen)
        scope = areas.scope(connection, default_scope(areas.scope_names(connection)))
    if layer is None or not snapshot.has_streets:
        return {"layer": "", "title": "", "title_en": "", "points": []}
    streets = snapshot.streets
    network, weights = streets.network, streets.weights[PACE]
    points = snap(
        network,
        layer.longitude,
        layer.latitude,
        max_metres=harbor.settings.max_snap_metres,
    )
    seconds = nearest_seconds(
        network, weights, counting(snapshot), points, max_seconds=CIRCLE_SECONDS
    )
    left = np.isinf(seconds) & (layer.weight > 0)
    # the only scope is the headline's; without one, people beyond the streets are no finding
    within: BaseGeometry = shapely.box(*network.bounds).buffer(
        BEYOND_STREETS_DEGREES, join_style="mitre"
    )
    if scope is not None:
        within = shapely.from_wkb(scope.region)
    shapely.prepare(within)
    left &= shapely.contains_xy(within, layer.longitude, layer.latitude)
    return {
        "layer": layer.facts.name,
        "title": layer.facts.title,
        "title_en": layer.facts.title_en,
        "points": heat_cells(layer.longitude[left], layer.latitude[left], layer.weight[left]),
    }


def heat_cells(longitude: Any, latitude: Any, weight: Any) -> list[list[float]]:
    """Gather points into cells of 150 m, the 4,000 heaviest: latitude, longitude, people."""
    if len(weight) == 0:
        return []
    per_longitude, per_latitude = metres_per_degree(float(latitude.mean()))
    column = np.floor(longitude * per_longitude / HEAT_CELL_METRES).astype(np.int64)
    row = np.floor(latitude * per_latitude / HEAT_CELL_METRES).astype(np.int64)
    _, of = np.unique(row * 10_000_000 + column, return_inverse=True)
    total = np.bincount(of, weights=weight)
    lon = np.bincount(of, weights=weight * longitude) / total
    lat = np.bincount(of, weights=weight * latitude) / total
    best = np.argsort(-total, kind="stable")[:MOST_HEAT]
    return [[round(lat[i], 5), round(lon[i], 5), round(total[i], 1)] for i in best]


@dataclass(frozen=True, slots=True)
class InlineStreets:
    """Streets of one band and width for a map that carries everything; coordinates lon, lat."""

    band: int
    width: int
    lines: list[list[list[float]]]


def inline_streets(harbor: Runtime, minutes: MinutesCache) -> list[InlineStreets]:
    """Return the streets by band, the least important ones left out where there are too many."""
    snapshot = harbor.snapshot()
    return drawn_streets(minutes.of(snapshot), (*BANDS, BEYOND)) if snapshot.has_streets else []


def drawn_streets(stretches: StreetMinutes, bands: Sequence[int]) -> list[InlineStreets]:
    """Return stretches by band and width, the least important left out where there are too many."""
    least = Rank.STEPS
    while least > Rank.TERTIARY and (stretches.rank <= least).sum() > MOST_INLINE_STRETCHES:
        least = Rank(least - 1)
    result = []
    drawn, widths = stretches.rank <= least, stretches.width
    for band, width in itertools.product(bands, np.unique(widths[drawn]).tolist()):
        chosen = np.flatnonzero(drawn & (stretches.band == band) & (widths == width))
        simple = shapely.simplify(stretches.lines(chosen), 0.00003)
        lines = [shapely.get_coordinates(line).tolist() for line in simple]
        result.append(InlineStreets(band, width, lines))
    return result


def inline_basemap(harbor: Runtime) -> dict[str, Collection]:
    """Return water, green, main streets and places, simplified, for a map without a server."""
    snapshot = harbor.snapshot()
    layers: dict[str, list[Collection]] = {
        name: [] for name in ("landuse", "water", "street", "place")
    }
    if snapshot.has_streets:
        with harbor.connection() as connection, connection.transaction():
            shapes = basemap.outline(connection, snapshot.streets.name)
        for layer, kind, name, wkb in shapes:
            layers[layer].append(_feature(shapely.from_wkb(wkb), {"kind": kind, "name": name}))
    return {name: _collection(features) for name, features in layers.items()}


def _feature(shape: BaseGeometry, properties: dict[str, Any]) -> Collection:
    rounded = shapely.set_precision(shape, 1e-6, mode="pointwise")
    return {
        "type": "Feature",
        "geometry": mapping(rounded),
        "properties": properties,
    }


def _collection(features: list[Collection]) -> Collection:
    return {"type": "FeatureCollection", "features": features}
