"""The engine on real streets against networkx on the uncontracted graph of the same streets."""

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from geo.elevation import with_heights
from geo.nearest import Finder
from geo.network import contract
from geo.osm import read_streets
from geo.pace import OFFICIAL, TERRAIN, Pace
from geo.storage import open_network, save
from geo.streets import StreetGraph
from geo.weights import weigh
from tests.geo import plans

TOLERANCE_SECONDS = 0.1


def read(extract: Path, elevation: Path | None) -> StreetGraph:
    streets = read_streets(extract).streets
    return streets if elevation is None else with_heights(streets, [elevation])[0]


@pytest.mark.parametrize(
    ("extract", "elevation", "pace", "origins", "targets"),
    [
        ("portoalegre", "portoalegre_elevation.tif", TERRAIN, 20, 25),
        ("portoalegre", "portoalegre_elevation.tif", OFFICIAL, 4, 25),
        ("heidelberg", None, OFFICIAL, 4, 50),
        ("liechtenstein", None, TERRAIN, 5, 20),
    ],
)
def test_walks_between_random_pairs_agree_with_networkx_to_a_tenth_of_a_second(
    test_data: Path,
    tmp_path: Path,
    extract: str,
    elevation: str | None,
    pace: Pace,
    origins: int,
    targets: int,
) -> None:
    folder = test_data / "osm"
    graph = read(folder / f"{extract}.osm.pbf", folder / elevation if elevation else None)
    save(contract(graph), tmp_path / extract)
    network = open_network(tmp_path / extract)
    on_streets = plans.connected_nodes(network, graph)
    chosen = np.random.default_rng(5).choice(on_streets, origins + targets, replace=False)
    starts, ends = chosen[:origins].tolist(), chosen[origins:].tolist()
    finder = Finder(network, weigh(network, pace), plans.at_nodes(network, graph, ends))
    truth = plans.oracle(graph, pace)
    compared = 0
    for start in starts:
        times = nx.single_source_dijkstra_path_length(truth, start, weight="seconds")
        origin = plans.at_nodes(network, graph, [start])
        walks = finder.from_position(origin, k=targets)
        assert {walk.station for walk in walks} == {i for i, n in enumerate(ends) if n in times}
        assert [walk.seconds for walk in walks] == sorted(walk.seconds for walk in walks)
        for walk in walks:
            assert walk.seconds == pytest.approx(times[ends[walk.station]], abs=TOLERANCE_SECONDS)
            compared += 1
    assert compared >= origins * targets * 0.9


def test_heidelberg_keeps_more_than_170_000_nodes_and_contracts_them(test_data: Path) -> None:
    graph = read(test_data / "osm" / "heidelberg.osm.pbf", None)
    network = contract(graph)
    assert graph.nodes > 170_000
    assert network.junctions < graph.nodes / 4
    assert network.metres == pytest.approx(plans.length_metres(graph), rel=1e-4)
