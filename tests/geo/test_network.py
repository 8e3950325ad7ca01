"""Contraction and storage: what is kept, and that damage is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from geo.errors import InvalidValue, NetworkDamaged, NoStreets
from geo.network import contract
from geo.storage import META, check, open_network, save
from geo.streets import Access, Kind, StreetGraph
from tests.geo import plans


@settings(deadline=None)
@given(graph=plans.streets())
def test_contraction_keeps_every_metre_and_both_ends_of_every_edge(graph: StreetGraph) -> None:
    network = contract(graph)
    assert network.metres == pytest.approx(plans.length_metres(graph), rel=1e-4)
    first, last = network.edge_vertex[:-1], network.edge_vertex[1:] - 1
    for junction, vertex in ((network.edge_start, first), (network.edge_end, last)):
        assert (network.junction_longitude[junction] == network.vertex_longitude[vertex]).all()
        assert (network.junction_latitude[junction] == network.vertex_latitude[vertex]).all()


@settings(deadline=None)
@given(graph=plans.streets())
def test_identical_streets_give_identical_bytes(graph: StreetGraph) -> None:
    one, two = contract(graph), contract(graph)
    assert one.vertex_longitude.tobytes() == two.vertex_longitude.tobytes()
    assert one.arc_edge.tobytes() == two.arc_edge.tobytes()


def test_a_chain_becomes_one_edge_and_a_ring_without_a_junction_keeps_one() -> None:
    graph, _ = plans.drawn("""
A---o---o---B

o---o
|   |
o---o
""")
    network = contract(graph)
    assert network.edges == 2
    assert network.junctions == 3
    assert (network.edge_start == network.edge_end).sum() == 1


def test_a_bridge_over_a_street_does_not_connect_to_it() -> None:
    a, b, c, d = (plans.place(*cell) for cell in ((0, 1), (4, 1), (2, 0), (2, 2)))
    network = contract(
        plans.make(
            [(*point, 0.0) for point in (a, b, c, d)],
            [(0, 1, Kind.BRIDGE, Access.BOTH), (2, 3, Kind.STREET, Access.BOTH)],
        )
    )
    assert len(set(network.junction_component[network.edge_start].tolist())) == 2


def test_a_one_way_escalator_does_not_join_its_ends_into_one_part() -> None:
    graph, _ = plans.drawn("A>>>>B")
    network = contract(graph)
    assert len(set(network.junction_component.tolist())) == 2


def test_an_empty_graph_and_a_coordinate_that_is_no_number_are_refused() -> None:
    with pytest.raises(NoStreets):
        contract(plans.make([], []))
    with pytest.raises(InvalidValue, match="latitude"):
        contract(plans.make([(0, 0, 0), (0, float("nan"), 0)], [(0, 1, 0, 3)]))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    graph, _ = plans.drawn("A---o---B\n    |\n    o")
    save(contract(graph), tmp_path / "plan", facts={"source": "drawn"})
    return tmp_path / "plan"


def test_a_saved_network_opens_memory_mapped_and_equal(saved: Path) -> None:
    graph, _ = plans.drawn("A---o---B\n    |\n    o")
    network, opened = contract(graph), open_network(saved)
    assert isinstance(opened.vertex_longitude.base, np.memmap)
    assert (opened.vertex_longitude == network.vertex_longitude).all()
    assert opened.grid == network.grid
    assert opened.digest != ""
    check(saved)


def test_names_survive_being_saved(tmp_path: Path) -> None:
    graph, _ = plans.drawn("A---B")
    named = StreetGraph(
        longitude=graph.longitude,
        latitude=graph.latitude,
        height=graph.height,
        start=graph.start,
        end=graph.end,
        kind=graph.kind,
        rank=graph.rank,
        access=graph.access,
        name=np.zeros(1, np.int32),
        steps=graph.steps,
        incline=graph.incline,
        wait=graph.wait,
        names=("石梯巷",),
    )
    save(contract(named), tmp_path / "named")
    opened = open_network(tmp_path / "named")
    assert opened.names[opened.edge_name[0]] == "石梯巷"


def test_a_folder_that_is_not_there_or_of_another_format_is_refused(saved: Path) -> None:
    with pytest.raises(NetworkDamaged, match=r"no meta\.json"):
        open_network(saved.parent / "nothing")
    meta = json.loads((saved / META).read_text("utf-8"))
    (saved / META).write_text(json.dumps({**meta, "format": 99}), "utf-8")
    with pytest.raises(NetworkDamaged, match="format is 99"):
        open_network(saved)


def test_an_array_that_is_missing_cut_or_swapped_is_refused(saved: Path) -> None:
    target = saved / "edge_start.npy"
    whole = target.read_bytes()
    target.write_bytes(whole[:-3])
    with pytest.raises(NetworkDamaged, match="cut short"):
        open_network(saved)
    np.save(target, np.zeros(7, np.int32))
    with pytest.raises(NetworkDamaged, match="another size"):
        open_network(saved)
    target.unlink()
    with pytest.raises(NetworkDamaged, match="missing"):
        open_network(saved)


def test_a_flipped_byte_is_found_by_the_checksum(saved: Path) -> None:
    target = saved / "segment_metres.npy"
    content = bytearray(target.read_bytes())
    content[-2] ^= 1
    target.write_bytes(bytes(content))
    open_network(saved)
    with pytest.raises(NetworkDamaged, match="has changed"):
        check(saved)


def test_saving_again_replaces_the_folder_whole(saved: Path) -> None:
    old = open_network(saved)
    graph, _ = plans.drawn("A---B")
    save(contract(graph), saved)
    assert open_network(saved).edges == 1
    assert old.edges == 3
