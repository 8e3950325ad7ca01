"""One city with its stations, drawn at random but the same in every run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from geo.network import Network, contract
from geo.osm import read_shores
from geo.pace import TERRAIN
from geo.plane import UNITS_PER_DEGREE, metres_per_degree
from geo.reach import Sources, sources
from geo.snap import Positions
from geo.storage import open_network, save
from geo.streets import Mode, StreetGraph
from geo.weights import Weights, weigh
from tests.geo import plans

STATIONS = 1000
MAX_SECONDS = 900.0
SAMPLE = 2000
QUESTIONS = 300
# riders stand beside the street, not on its middle line
ASIDE_METRES = 25.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A city and the questions asked of it.

    Attributes:
        name: what the table calls it.
        streets: the uncontracted graph, which peers are given.
        network: the same contracted, opened memory-mapped from ``folder``.
        weights: by the terrain pace.
        vertex: a vertex of the network at each node, -1 where there is none of its own.
        station_node: nodes of ``streets``, ascending, at which the stations stand.
        sample_node: nodes at which answers are compared.
        seed: what else is drawn at random begins with it.
    """

    name: str
    streets: StreetGraph
    network: Network
    folder: Path
    weights: Weights
    vertex: NDArray[np.int64]
    station_node: NDArray[np.int64]
    sample_node: NDArray[np.int64]
    seed: int = 1
    extract: Path | None = None

    @cached_property
    def positions(self) -> Positions:
        """Places of the stations."""
        return self.at(self.station_node)

    @cached_property
    def stations(self) -> Sources:
        """Return the stations as the kernels read them."""
        return sources(self.weights, self.positions)

    @cached_property
    def sample(self) -> Positions:
        """Places at which answers are compared."""
        return self.at(self.sample_node)

    @cached_property
    def truth(self) -> "nx.DiGraph":
        """The uncontracted graph with the seconds of every direction, for peers."""
        return plans.oracle(self.streets, TERRAIN)

    @cached_property
    def arcs(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Origin, target and seconds of every arc of ``truth``."""
        listed = [(a, b, seconds) for a, b, seconds in self.truth.edges(data="seconds")]
        origin, target, seconds = zip(*listed, strict=True)
        return np.array(origin), np.array(target), np.array(seconds)

    @cached_property
    def places(self) -> NDArray[np.float64]:
        """Lon, lat of riders beside the streets, shape (n, 2)."""
        generator = np.random.default_rng(self.seed + 1)
        node = generator.choice(self.sample_node, QUESTIONS)
        lon, lat = self.streets.longitude[node], self.streets.latitude[node]
        per_longitude, per_latitude = metres_per_degree(float(lat.mean()))
        shift = generator.uniform(-ASIDE_METRES, ASIDE_METRES, (2, QUESTIONS))
        return np.column_stack((lon + shift[0] / per_longitude, lat + shift[1] / per_latitude))

    def at(self, nodes: NDArray[np.int64]) -> Positions:
        """Return the places of nodes on the network, exactly and without a search."""
        return self.places_of(self.vertex[nodes])

    def places_of(self, vertex: NDArray[np.int64]) -> Positions:
        """Return the places of vertices of the network."""
        edge = self.network.vertex_edge[vertex]
        ends = vertex == self.network.edge_vertex[edge + 1] - 1
        return Positions(
            edge=edge,
            segment=vertex - ends,
            fraction=ends.astype(np.float64),
            metres=np.zeros(len(vertex)),
        )


@contextmanager
def prepared(
    name: str, streets: StreetGraph, *, stations: int = STATIONS, extract: Path | None = None
) -> Iterator[Case]:
    """Build, save and open a network, and put stations on random nodes."""
    with TemporaryDirectory() as parent:
        folder = Path(parent) / "bench"
        shores = None if extract is None else read_shores(extract)
        save(contract(streets, shores=shores), folder)
        network = open_network(folder)
        generator = np.random.default_rng(1)
        vertex = _vertex_of(network, streets)
        usable = np.flatnonzero(vertex >= 0)
        yield Case(
            name=name,
            streets=streets,
            network=network,
            folder=folder,
            weights=weigh(network, TERRAIN),
            vertex=vertex,
            station_node=np.sort(generator.choice(usable, min(stations, len(usable)), False)),
            sample_node=np.sort(generator.choice(usable, min(SAMPLE, len(usable)), False)),
            extract=extract,
        )


def _vertex_of(network: Network, streets: StreetGraph) -> NDArray[np.int64]:
    """Return a vertex of a connected edge at each node; -1 where none is or two nodes share it."""
    walked = (network.edge_connected[network.vertex_edge] & Mode.WALK) != 0
    vertex = np.flatnonzero(walked)
    key = _key(network.vertex_longitude[vertex], network.vertex_latitude[vertex])
    order = np.argsort(key, kind="stable")
    wanted = _key(
        np.round(streets.longitude * UNITS_PER_DEGREE),
        np.round(streets.latitude * UNITS_PER_DEGREE),
    )
    index = np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)
    found = np.where(key[order][index] == wanted, vertex[order][index], -1)
    # a gate that is shut leaves two nodes at one place: neither is told by its place alone
    _, place, count = np.unique(wanted, return_inverse=True, return_counts=True)
    found[count[place] > 1] = -1
    return found


def _key(longitude: NDArray[Any], latitude: NDArray[Any]) -> NDArray[np.int64]:
    return longitude.astype(np.int64) * (1 << 32) + latitude.astype(np.int64)
