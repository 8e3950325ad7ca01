"""What stays the same while a planner turns the knobs: people, scope, districts, streets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.service.coverage_inputs import Material
from app.service.once import Once
from app.service.snapshot import Streets
from app.settings import Settings
from geo.aggregation import MOST_CELLS, Aggregation
from geo.circle import Points
from geo.snap import snap

# a scope is measured more finely than each of many districts
MOST_SCOPE_CELLS = 200_000
MOST_GROUNDS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """People on the streets, and what lies in the scope and in each district.

    Attributes:
        people: where the people of a demand layer are.
        weight: float64 of shape (people,), how many.
        sums: adds up cover, the scope first, then the districts.
        in_scope: bool of shape (people,).
        district: int16 of shape (people,), the first district that holds them, -1 for none.
    """

    people: Points
    weight: NDArray[np.float64]
    sums: Aggregation
    in_scope: NDArray[np.bool_]
    district: NDArray[np.int16]

    @property
    def scope_weight(self) -> NDArray[np.float64]:
        """Float64 of shape (people,): how many of them are in the scope."""
        return np.where(self.in_scope, self.weight, 0.0)

    def people_by_district(self, districts: int) -> NDArray[np.float64]:
        """Float64 of shape (districts,): how many live in each."""
        inside = self.district >= 0
        return np.bincount(
            self.district[inside], weights=self.weight[inside], minlength=districts
        ).astype(np.float64)


def on_streets(
    streets: Streets,
    settings: Settings,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
) -> Points:
    """Put points of WGS-84 degrees on the streets."""
    return Points(
        longitude=longitude,
        latitude=latitude,
        positions=snap(streets.network, longitude, latitude, max_metres=settings.max_snap_metres),
    )


def lay(material: Material, settings: Settings) -> Ground:
    """Work out the ground of a question."""
    streets, layer = material.streets, material.demand
    people = on_streets(streets, settings, layer.longitude, layer.latitude)
    shapes = [region.shape for region in (material.scope, *material.districts)]
    sums = Aggregation(
        streets.network,
        shapes,
        people,
        layer.weight,
        most_cells=[MOST_SCOPE_CELLS, *[MOST_CELLS] * len(material.districts)],
        max_snap_metres=settings.max_snap_metres,
    )
    district = np.full(len(layer.weight), -1, np.int16)
    for number in reversed(range(len(material.districts))):
        district[sums.people_in[number + 1]] = number
    return Ground(people, layer.weight, sums, sums.people_in[0], district)


class Grounds:
    """Keep the last grounds that were asked for; safe to share between threads.

    A ground is known by the digests of all it is made of, so it is never out of date.
    """

    def __init__(self) -> None:
        self._kept: Once[Ground] = Once(MOST_GROUNDS)

    def of(self, material: Material, settings: Settings) -> Ground:
        """Return the ground of a question, working it out once."""
        named = ("network_digest", "demand_digest", "scope_digest", "districts_digest")
        key = (*(material.inputs[name] for name in named), settings.max_snap_metres)
        return self._kept.of(key, lambda: lay(material, settings))
