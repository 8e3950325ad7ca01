"""The figures of a coverage run: people, streets and area, by three rules, by region."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.service import gaps
from app.service.coverage_inputs import METRES_PER_MINUTE, Material
from app.service.regions import (
    MOST_DISTRICT_CELLS,
    MOST_SCOPE_CELLS,
    Cells,
    cells,
    middles,
)
from app.service.snapshot import Streets
from app.settings import Settings
from app.store.database import Connection
from geo.circle import DEPTH, Points, RadiusRule, Rule, WalkRule
from geo.snap import snap


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
    grounds = _grounds(material)
    spots = _points(
        streets,
        settings,
        np.concatenate([ground.longitude for ground in grounds]),
        np.concatenate([ground.latitude for ground in grounds]),
    )
    parts = _Parts(material, people, grounds)
    counts = {name: rule.count(people) for name, rule in rules.items()}
    figures = {
        name: parts.figures(counts[name], rule.metres(), rule.count(spots))
        for name, rule in rules.items()
    }
    left_out = parts.people[0] & (counts["walk_terrain"] == 0)
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
            if parts.touched(i + 1)
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
        "cell_metres": round(grounds[0].side_metres, 1),
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


def _grounds(material: Material) -> list[Cells]:
    """Return the area of the scope, then of each district, each as squares of its own."""
    return [
        cells(material.scope.shape, most=MOST_SCOPE_CELLS),
        *(cells(district.shape, most=MOST_DISTRICT_CELLS) for district in material.districts),
    ]


class _Parts:
    """Which points, segments and squares lie in the scope and in each district.

    Index 0 is the scope; district ``i`` of the material is index ``i + 1``.
    """

    def __init__(self, material: Material, people: Points, grounds: list[Cells]) -> None:
        regions = [material.scope, *material.districts]
        longitude, latitude = middles(material.streets.network)
        self.weight = material.demand.weight
        self.segment_metres = material.streets.network.walkable_metres
        self.people = [r.holds(people.longitude, people.latitude) for r in regions]
        self.segments = [r.holds(longitude, latitude) for r in regions]
        self.square_metres = [ground.square_metres for ground in grounds]
        ends = np.cumsum([len(ground.longitude) for ground in grounds]).tolist()
        self.squares = [slice(*pair) for pair in pairwise([0, *ends])]

    def touched(self, index: int) -> bool:
        """Whether anything of a region has people or streets."""
        return bool(self.people[index].any() or self.segments[index].any())

    def figures(
        self,
        people: NDArray[np.int8],
        metres: NDArray[np.float32],
        spots: NDArray[np.int8],
    ) -> list[dict[str, float | None]]:
        """Return the figures of one rule for the scope and for every district."""
        return [
            _figures(
                _shares(people[self.people[i]], self.weight[self.people[i]]),
                _street_shares(metres[self.segments[i]], self.segment_metres[self.segments[i]]),
                self._area_shares(spots[self.squares[i]], self.square_metres[i]),
            )
            for i in range(len(self.people))
        ]

    @staticmethod
    def _area_shares(
        spots: NDArray[np.int8], square_metres: float
    ) -> tuple[float, list[float | None]]:
        return _shares(spots, np.full(len(spots), square_metres / len(spots)))


def _shares(
    count: NDArray[np.int8], weight: NDArray[np.float64]
) -> tuple[float, list[float | None]]:
    """Return the whole weight, and the share counted at least once, twice, three times."""
    whole = float(weight.sum())
    reached = [float(weight[count >= depth].sum()) for depth in range(1, DEPTH + 1)]
    return whole, [value / whole if whole > 0 else None for value in reached]


def _street_shares(
    metres: NDArray[np.float32], length: NDArray[np.float32]
) -> tuple[float, list[float | None]]:
    whole = float(length.sum(dtype=np.float64))
    reached = metres.sum(axis=0, dtype=np.float64)
    return whole, [float(value) / whole if whole > 0 else None for value in reached]


def _figures(
    people: tuple[float, list[float | None]],
    street: tuple[float, list[float | None]],
    area: tuple[float, list[float | None]],
) -> dict[str, float | None]:
    """Lay out figures under their names, rounded so that they repeat and compare."""
    figures: Mapping[str, float | None] = {
        "people": None if people[1][0] is None else round(people[0] * people[1][0], 1),
        "people_share": people[1][0],
        "street_share": street[1][0],
        "area_share": area[1][0],
        "twice_share": people[1][1],
        "thrice_share": people[1][2],
        "street_twice_share": street[1][1],
        "street_thrice_share": street[1][2],
        "area_twice_share": area[1][1],
        "area_thrice_share": area[1][2],
        "people_total": round(people[0], 1),
        "street_km": round(street[0] / 1000, 3),
        "area_km2": round(area[0] / 1e6, 3),
    }
    return {name: None if v is None else round(float(v), 6) for name, v in figures.items()}
