"""The figures of a coverage run: people, streets and area, by three rules, by region."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.service import gaps
from app.service.coverage_inputs import METRES_PER_MINUTE, Material
from app.service.snapshot import Streets
from app.settings import Settings
from app.store.database import Connection
from geo.aggregation import MOST_CELLS, Aggregation, RegionTally
from geo.circle import Points, RadiusRule, Rule, WalkRule
from geo.snap import snap

# a scope is measured more finely than each of many districts
MOST_SCOPE_CELLS = 200_000


def _points(
    streets: Streets,
    settings: Settings,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
) -> Points:
    return Points(
        longitude=longitude,
        latitude=latitude,
        positions=snap(streets.network, longitude, latitude, max_metres=settings.max_snap_metres),
    )


def compute(connection: Connection, material: Material, settings: Settings) -> dict[str, Any]:
    """Return the figures of a run, rounded, so that equal inputs give equal documents."""
    streets, layer = material.streets, material.demand
    where = _points(
        streets,
        settings,
        np.array([s.longitude for s in material.stations], np.float64),
        np.array([s.latitude for s in material.stations], np.float64),
    )
    rules, terrain = _rules(material, where)
    people = _points(streets, settings, layer.longitude, layer.latitude)
    sums = Aggregation(
        streets.network,
        [region.shape for region in (material.scope, *material.districts)],
        people,
        layer.weight,
        most_cells=[MOST_SCOPE_CELLS, *[MOST_CELLS] * len(material.districts)],
        max_snap_metres=settings.max_snap_metres,
    )
    figures = {
        name: [_figures(tally) for tally in sums.tally(rule)] for name, rule in rules.items()
    }
    left_out = sums.people_in[0] & (terrain.count(people) == 0)
    return {
        "rules": {name: figures[name][0] for name in rules},
        "districts": [
            {
                "adcode": district.code,
                "name": district.name,
                "name_en": district.name_en,
                "rules": {name: figures[name][i + 1] for name in rules},
            }
            for i, district in enumerate(material.districts)
            if sums.touched(i + 1)
        ],
        "worst": gaps.worst(
            connection,
            streets,
            people,
            weight=np.where(left_out, layer.weight, 0.0),
            seconds=terrain.nearest_seconds(people),
            districts=material.districts,
        ),
        "demand_total": round(float(layer.weight.sum()), 1),
        "stations_outside": int((~where.positions.inside).sum()),
        "cell_metres": round(sums.ground[0].side_metres, 1),
    }


def _rules(material: Material, where: Points) -> tuple[dict[str, Rule], WalkRule]:
    """Return the three rules under their names, and the one by terrain once more."""
    network, weights = material.streets.network, material.streets.weights
    radius = RadiusRule(network, where, radius_metres=material.minutes * METRES_PER_MINUTE)
    official, terrain = (
        WalkRule(network, weights[pace], where, max_seconds=material.minutes * 60)
        for pace in ("official", "terrain")
    )
    return {
        "radius_1km": radius,
        "walk_official": official,
        "walk_terrain": terrain,
    }, terrain


def _figures(tally: RegionTally) -> dict[str, float | None]:
    """Lay out figures under their names, rounded so that they repeat and compare."""
    people, street, area = tally.people, tally.street_metres, tally.square_metres
    figures: Mapping[str, float | None] = {
        "people": None if people.whole <= 0 else round(people.reached[0], 1),
        "people_share": people.shares[0],
        "street_share": street.shares[0],
        "area_share": area.shares[0],
        "twice_share": people.shares[1],
        "thrice_share": people.shares[2],
        "street_twice_share": street.shares[1],
        "street_thrice_share": street.shares[2],
        "area_twice_share": area.shares[1],
        "area_thrice_share": area.shares[2],
        "people_total": round(people.whole, 1),
        "street_km": round(street.whole / 1000, 3),
        "area_km2": round(area.whole / 1e6, 3),
    }
    return {name: None if v is None else round(float(v), 6) for name, v in figures.items()}
