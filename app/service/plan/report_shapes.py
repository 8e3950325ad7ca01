"""What the map of a report draws: the ground, streets by minutes, stations, gaps."""

from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from app.domain.hours import OpenState
from app.files.map_shapes import MapShapes, StreetBand
from app.service import map_sources
from app.service.coverage_inputs import opening_states
from app.service.map_layers import drawn_streets, inline_basemap
from app.service.minutes import stretches
from app.service.plan import street_layer
from app.service.plan.standing import Standing
from app.service.regions import Region
from app.store import areas
from app.store.database import Connection
from app.store.station_versions import CountedStation

# a tenth of a metre; areas are drawn to some ten metres
DEGREES, AREA_DEGREES = 1e-6, 1e-4
BANDS = (*range(street_layer.THIRDS), street_layer.BEYOND)

Feature = dict[str, Any]


def map_shapes(
    connection: Connection,
    standing: Standing,
    *,
    places: Sequence[Mapping[str, Any]],
    districts: Sequence[Mapping[str, Any]],
    sites: Sequence[Mapping[str, Any]] = (),
) -> MapShapes:
    """Gather what the map of a question draws.

    Args:
        places: the gaps that it numbers.
        districts: figures of the districts, whose shares a map of them shows.
        sites: proposed places of new stations, beside those of a scenario.
    """
    kind = standing.harbor.snapshot().kind
    scope = standing.material.scope
    return MapShapes(
        minutes=standing.question.minutes,
        bounds=scope.shape.bounds,
        basemap=inline_basemap(standing.harbor),
        streets=_streets(standing),
        scope=_collection(_scope(connection, scope)),
        districts=_districts(standing, districts),
        stations=_collection(_stations(standing)),
        gaps=_collection([_gap(place) for place in places]),
        added=_collection(_added(standing, sites)),
        attribution=map_sources.attribution(kind),
        label=map_sources.demo_label(kind),
    )


def _scope(connection: Connection, region: Region) -> list[Feature]:
    """Return what is counted as ``region``, and the areas and streets that a scope is made of."""
    with connection.transaction():
        declared = areas.scope(connection, region.code)
    parts = {"region": region.shape}
    if declared is not None:
        parts["areas"] = shapely.from_wkb(declared.areas)
        if declared.streets is not None:
            parts["streets"] = shapely.from_wkb(declared.streets)
    return [
        _drawn(shape, {"part": part, "name": region.name, "name_en": region.name_en})
        for part, shape in parts.items()
        if not shape.is_empty
    ]


def _streets(standing: Standing) -> list[StreetBand]:
    network = standing.material.streets.network
    joined = stretches(network, street_layer.measure(standing).band)
    return [StreetBand(part.band, part.width, part.lines) for part in drawn_streets(joined, BANDS)]


def _stations(standing: Standing) -> list[Feature]:
    """Return the stations that are there, saying whether each is open at the asked moment."""
    states = opening_states(
        standing.stations,
        standing.question.at,
        zone=standing.harbor.settings.zone,
        calendar=standing.material.calendar,
    )
    told = []
    for station, serves in zip(standing.stations, standing.serves.tolist(), strict=True):
        state = states.get(station.id, OpenState.OPEN).value if serves else "lacking"
        facts = {"id": station.id, "code": station.code or "", "name": station.name}
        if station.id > 0:
            told.append(_point(station, {**facts, "open": state}))
    return told


def _added(standing: Standing, sites: Sequence[Mapping[str, Any]]) -> list[Feature]:
    """Return the new stations of a scenario, and proposed ones that are not among them."""
    added = [_point(s, {"name": s.name}) for s in standing.stations if s.id < 0]
    there = {tuple(feature["geometry"]["coordinates"]) for feature in added}
    for site in sites:
        where = (round(site["lon"], 6), round(site["lat"], 6))
        if where not in there:
            geometry = {"type": "Point", "coordinates": list(where)}
            added.append(
                {"type": "Feature", "geometry": geometry, "properties": {"name": site["name"]}}
            )
    return added


def _districts(standing: Standing, figures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rules = {district["adcode"]: district["rules"]["walk_terrain"] for district in figures}
    return _collection([
        _drawn(
            region.shape,
            {
                "adcode": region.code, "name": region.name, "name_en": region.name_en,
                "share": rules[region.code]["people_share"],
                "people": rules[region.code]["people_total"],
            },
        )
        for region in standing.material.districts
        if region.code in rules
    ])  # fmt: skip


def _gap(place: Mapping[str, Any]) -> Feature:
    kept = ("rank", "name", "people", "minutes")
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [place["lon"], place["lat"]]},
        "properties": {key: place[key] for key in kept},
    }


def _drawn(shape: BaseGeometry, properties: dict[str, Any]) -> Feature:
    simple = shapely.simplify(shape, AREA_DEGREES)
    rounded = shapely.set_precision(simple, DEGREES, mode="pointwise")
    return {"type": "Feature", "geometry": mapping(rounded), "properties": properties}


def _point(station: CountedStation, properties: dict[str, Any]) -> Feature:
    where = [round(station.longitude, 6), round(station.latitude, 6)]
    geometry = {"type": "Point", "coordinates": where}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _collection(features: list[Feature]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}
