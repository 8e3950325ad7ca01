"""The figures of a coverage run: people, streets and area, by three rules, by region."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from app.service import gaps
from app.service.coverage_ground import Ground, lay, on_streets
from app.service.coverage_inputs import METRES_PER_MINUTE, Material
from app.settings import Settings
from app.store.database import Connection
from geo.aggregation import RegionTally
from geo.circle import Points, RadiusRule, Rule, WalkRule


def compute(
    connection: Connection, material: Material, settings: Settings, ground: Ground | None = None
) -> dict[str, Any]:
    """Return the figures of a run, rounded, so that equal inputs give equal documents.

    Args:
        ground: of the same material, if it is known already.
    """
    ground = ground or lay(material, settings)
    where = stations_on_streets(material, settings)
    rules, terrain = _rules(material, where)
    left_out = ground.in_scope & (terrain.count(ground.people) == 0)
    return {
        **_told(material, ground, rules),
        "worst": gaps.worst(
            connection,
            material.streets,
            ground.people,
            weight=np.where(left_out, ground.weight, 0.0),
            seconds=terrain.nearest_seconds(ground.people),
            districts=material.districts,
        ),
        "demand_total": round(float(ground.weight.sum()), 1),
        "stations_outside": int((~where.positions.inside).sum()),
        "cell_metres": round(ground.sums.ground[0].side_metres, 1),
    }


def stations_on_streets(material: Material, settings: Settings) -> Points:
    """Put the stations that a question counts on the streets."""
    return on_streets(
        material.streets,
        settings,
        np.array([s.longitude for s in material.stations], np.float64),
        np.array([s.latitude for s in material.stations], np.float64),
    )


def by_rules(material: Material, ground: Ground, where: Points) -> dict[str, Any]:
    """Return the figures by the three rules, of the scope and of its districts."""
    return _told(material, ground, _rules(material, where)[0])


def _told(material: Material, ground: Ground, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """Lay out the figures of rules, of the scope and of its districts."""
    # kernels let other threads run
    with ThreadPoolExecutor(len(rules)) as pool:
        tallies = dict(zip(rules, pool.map(ground.sums.tally, rules.values()), strict=True))
    figures = {name: [_figures(tally) for tally in tallies[name]] for name in rules}
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
            if ground.sums.touched(i + 1)
        ],
    }


def _rules(material: Material, where: Points) -> tuple[dict[str, Rule], WalkRule]:
    """Return the three rules under their names, and the one by terrain once more."""
    network, weights = material.streets.network, material.streets.weights
    radius = RadiusRule(network, where, radius_metres=material.minutes * METRES_PER_MINUTE)

    def walk(pace: str) -> WalkRule:
        return WalkRule(network, weights[pace], where, max_seconds=material.minutes * 60)

    with ThreadPoolExecutor(2) as pool:
        official, terrain = pool.map(walk, ("official", "terrain"))
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
