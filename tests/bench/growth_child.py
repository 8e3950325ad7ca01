"""Measure one saved network in a process of its own: ``python -m tests.bench.growth_child``.

Prints one JSON object. Given ``opening``, it opens the network and nothing else.
"""

import argparse
import gc
import json
import time
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from geo.nearest import Finder
from geo.network import Network, contract
from geo.pace import TERRAIN
from geo.reach import flood, sources
from geo.snap import Positions
from geo.storage import open_network, save
from geo.streets import Mode
from geo.warm import cross, warm
from geo.weights import Weights
from geo.weights_storage import open_weights
from tests.bench.case import MAX_SECONDS
from tests.bench.machine import resident_bytes
from tests.bench.measure import median_over, side_by_side

JUNCTIONS_TO_A_STATION = 70
QUESTIONS = 300
_PAGE_BYTES = 4096


def opening(folder: Path) -> dict[str, float]:
    """Open a network and its pace once; their pages may lie in the system's cache already."""
    begun = time.perf_counter()
    network = open_network(folder)
    opened = time.perf_counter()
    open_weights(folder, network, TERRAIN)
    return {"open_seconds": opened - begun, "weights_seconds": time.perf_counter() - opened}


def arrays_of(holder: Network | Weights) -> dict[str, np.ndarray]:
    """Return the arrays of a network, those of its shores included, or of weights by name."""
    values = {field.name: getattr(holder, field.name) for field in fields(holder)}
    if isinstance(holder, Network):
        shores = holder.shores
        values |= {f"shores_{field.name}": getattr(shores, field.name) for field in fields(shores)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


def kernels(
    folder: Path, *, junctions_to_a_station: int = JUNCTIONS_TO_A_STATION
) -> dict[str, Any]:
    """Measure memory, then the kernels with one station to some junctions."""
    _warm()
    before = resident_bytes()
    network = open_network(folder)
    weights = open_weights(folder, network, TERRAIN)
    arrays = {**arrays_of(network), **arrays_of(weights)}
    for values in arrays.values():
        # every page is read once, as a flood over the whole city would
        values.view(np.uint8).reshape(-1)[::_PAGE_BYTES].sum()
    gc.collect()
    resident = resident_bytes() - before
    positions = scatter(network, network.junctions // junctions_to_a_station)
    stations = sources(weights, positions)
    one, three = side_by_side(
        lambda: flood(network, weights, stations, max_seconds=MAX_SECONDS),
        lambda: flood(network, weights, stations, max_seconds=MAX_SECONDS, k=3),
    )
    finder = Finder(network, weights, positions)
    lon, lat = scatter(network, QUESTIONS, seed=2).coordinates(network).T.tolist()
    return {
        "junctions": network.junctions,
        "edges": network.edges,
        "vertices": len(network.vertex_edge),
        "stations": len(positions),
        "array_bytes": {name: int(values.nbytes) for name, values in arrays.items()},
        "resident_bytes": resident,
        "flood_one_seconds": one,
        "flood_three_seconds": three,
        "nearest_seconds": median_over(
            [
                lambda x=x, y=y: finder.nearest(x, y, k=5, max_seconds=MAX_SECONDS)
                for x, y in zip(lon, lat, strict=True)
            ]
        ),
    }


def _warm() -> None:
    """Load compiled code, so that its memory is not taken for the network's."""
    with TemporaryDirectory() as parent:
        folder = Path(parent) / "cross"
        save(contract(cross()), folder)
        warm(folder)


def scatter(network: Network, most: int, *, seed: int = 1) -> Positions:
    """Return places drawn at random from the vertices of edges that walkers may use."""
    walked = (network.edge_connected[network.vertex_edge] & Mode.WALK) != 0
    count = min(most, int(walked.sum()))
    vertex = np.sort(np.random.default_rng(seed).choice(np.flatnonzero(walked), count, False))
    edge = network.vertex_edge[vertex]
    ends = vertex == network.edge_vertex[edge + 1] - 1
    return Positions(
        edge=edge,
        segment=vertex - ends,
        fraction=ends.astype(np.float64),
        metres=np.zeros(count),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["opening", "kernels"])
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    measure = opening if asked.what == "opening" else kernels
    print(json.dumps(measure(asked.folder)))


if __name__ == "__main__":
    main()
