"""Siting at the sizes a city has: exact where it is small, with its bound where it is large.

On the streets of a made-up city of some 70,000 junctions; people stand where streets are, as
many more of them in the middle as there are streets. ``python -m tests.bench.siting``.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.settings import load
from geo.catchment import Catchments, Walks
from geo.network import Network
from geo.pace import TERRAIN
from geo.plane import UNITS_PER_DEGREE
from geo.siting import Goal, Limits, Siting, site
from geo.snap import snap
from geo.storage import open_network
from geo.weights import Weights
from geo.weights_storage import open_weights
from tests.bench.cities import city_network
from tests.bench.measure import Row, Target, clock, table

# nodes before contraction: 70,000 junctions
NODES = 175_000
MAX_SECONDS = 900.0
PROOF = Target(bound=30, unit="s")
LARGE = Target(bound=300, unit="s")
GAP = Target(bound=3, unit="%")


def rows(shelf: Path) -> Iterator[Row]:
    """Measure both questions for each goal that the targets speak of."""
    folder, _ = city_network(NODES, shelf)
    network = open_network(folder)
    weights = open_weights(folder, network, TERRAIN)
    small = _Question(network, weights, candidates=2_000, points=20_000)
    yield from small.rows(20, Goal.COVER, PROOF, proof=True)
    yield from small.rows(20, Goal.WALK, PROOF, proof=True)
    large = _Question(network, weights, candidates=50_000, points=100_000)
    yield from large.rows(2_000, Goal.COVER, LARGE)
    yield from large.rows(2_000, Goal.WALK, LARGE)
    yield from large.rows(500, Goal.COVER, LARGE)


class _Question:
    """Candidates, people and who walks where."""

    def __init__(self, network: Network, weights: Weights, *, candidates: int, points: int) -> None:
        self.size = network.junctions
        self.table: Catchments
        self.weight = np.random.default_rng(points).gamma(1.5, 40.0, points).round()
        places = snap(network, *_scattered(network, candidates, seed=1))
        people = snap(network, *_scattered(network, points, seed=2))

        def find() -> None:
            walks = Walks(network, weights, people)
            self.table = walks.catchments(places, max_seconds=MAX_SECONDS)

        self.seconds = clock(find)

    def rows(
        self, number: int, goal: Goal, target: Target, *, proof: bool = False
    ) -> Iterator[Row]:
        found: list[Siting] = []
        seconds = clock(
            lambda: found.append(
                site(self.table, self.weight, goal=goal, limits=Limits(number=number))
            )
        )
        answer = found[0]
        gap = 100 * (answer.bound / answer.after - 1)
        work = f"siting: {number:,} of {self.table.places:,} candidates, {goal}"
        note = (
            f"{self.table.points:,} points, {len(self.table.point) / 1e6:.1f} million walks found"
            f" in {self.seconds:.1f} s; {100 * (answer.share or 0):.1f} % reached, the bound"
            f" {gap:.3f} % above, {'proven' if answer.proven else 'not proven'}"
        )
        met = seconds if answer.proven or not proof else np.inf
        yield Row(work=work, size=self.size, seconds=seconds, target=target, value=met, note=note)
        if not proof:
            yield Row(work=work, size=self.size, seconds=None, target=GAP, value=gap,
                      note="the bound above what was found")  # fmt: skip


def _scattered(
    network: Network, count: int, *, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return lon, lat of places some metres beside vertices of the streets."""
    random = np.random.default_rng(seed)
    vertex = random.integers(0, len(network.vertex_longitude), count)
    beside = random.normal(0, 3e-4, (2, count))
    return (
        network.vertex_longitude[vertex] / UNITS_PER_DEGREE + beside[0],
        network.vertex_latitude[vertex] / UNITS_PER_DEGREE + beside[1],
    )


if __name__ == "__main__":
    print(table(list(rows(load().var / "bench"))))
