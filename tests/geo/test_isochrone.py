"""Isochrones against fine sampling of the uncontracted graph, and what their polygons promise."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo import _isochrone_polygons
from geo._isochrone_polygons import plan_lattice
from geo.errors import InvalidValue, SourcesOutside
from geo.isochrone import Isochrones, Streets, union_polygons, union_streets
from geo.network import Network, contract
from geo.osm import read_streets
from geo.pace import OFFICIAL, TERRAIN
from geo.plane import metres_per_degree
from geo.reach import flood, sources
from geo.snap import Positions
from geo.storage import open_network, save
from geo.streets import Access, Kind, StreetGraph
from geo.weights import weigh
from tests.geo import plans

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
times = st.lists(
    st.sampled_from([20.0, 45.0, 90.0, 200.0, 500.0]), min_size=1, max_size=3, unique=True
).map(sorted)
HALF_DIAGONAL = np.sqrt(0.5)
# nearest streets are spread from cell to cell: a distance may be off by a part of a cell
SPREAD_CELLS = 0.2
Samples = tuple[NDArray[np.int64], NDArray[np.float64]]


def at(network: Network, segment: int, fraction: float, *, metres: float = 0.0) -> Positions:
    return Positions(
        edge=network.vertex_edge[[segment]],
        segment=np.array([segment], np.int64),
        fraction=np.array([fraction]),
        metres=np.array([metres]),
    )


def together(positions: list[Positions]) -> Positions:
    return Positions(
        **{
            name: np.concatenate([getattr(position, name) for position in positions])
            for name in ("edge", "segment", "fraction", "metres")
        }
    )


@st.composite
def places(draw: st.DrawFn, network: Network) -> Positions:
    """Draw a place on any street, on its own edge or at the end of it, beside it or not."""
    segment = draw(st.sampled_from(np.flatnonzero(network.segment_metres > 0).tolist()))
    fraction = draw(st.sampled_from([0.125, 0.3, 0.5, 0.9]))
    return at(network, segment, fraction, metres=draw(st.sampled_from([0.0, 0.0, 15.0, 60.0])))


def samples(network: Network, *, pieces: int = 16) -> Samples:
    """Return places along every segment: the vertex left, and the fraction."""
    streets = np.flatnonzero(network.segment_metres > 0)
    fraction = (np.arange(pieces) + 0.5) / pieces
    return np.repeat(streets, pieces), np.tile(fraction, len(streets))


def points(network: Network, where: Samples) -> NDArray[np.object_]:
    segment, fraction = where
    positions = Positions(
        edge=network.vertex_edge[segment],
        segment=segment,
        fraction=fraction,
        metres=np.zeros(len(segment)),
    )
    return shapely.points(positions.coordinates(network))


def reached(network: Network, streets: Streets, where: Samples) -> NDArray[np.bool_]:
    """Say which samples lie on the stretches."""
    segment, low, high = streets.segments(network)
    found = np.zeros(len(where[0]), np.bool_)
    for s, a, b in zip(segment, low, high, strict=True):
        found |= (where[0] == s) & (a <= where[1]) & (where[1] <= b)
    return found


def oracle_seconds(
    graph: StreetGraph, network: Network, place: Positions, where: Samples, *, outward: bool
) -> NDArray[np.float64]:
    """Return the time between each sample and a place, by networkx on the uncontracted graph."""
    unit = np.round(np.column_stack((graph.longitude, graph.latitude)) * 1e7).astype(int)
    node = {(lon, lat): n for n, (lon, lat) in enumerate(unit.tolist())}
    vertex = zip(network.vertex_longitude.tolist(), network.vertex_latitude.tolist(), strict=True)
    node_of = [node[place] for place in vertex]
    walks = plans.oracle(graph, TERRAIN)
    # times outward on a graph are times inward on its reverse
    walks = walks.reverse() if outward else walks
    v, fraction = int(place.segment[0]), float(place.fraction[0])

    def seconds(a: int, b: int) -> float:
        return float(walks[a][b]["seconds"]) if walks.has_edge(a, b) else np.inf

    a, b = node_of[v], node_of[v + 1]
    ahead, behind = seconds(a, b), seconds(b, a)
    split = walks.copy()
    for end, leg in ((a, fraction * ahead), (b, (1 - fraction) * behind)):
        if np.isfinite(leg):
            split.add_edge(end, "place", seconds=leg)
    until = nx.single_source_dijkstra_path_length(split.reverse(), "place", weight="seconds")
    result = np.full(len(where[0]), np.inf)
    for i, (s, f) in enumerate(zip(*where, strict=True)):
        start, end = node_of[s], node_of[s + 1]
        options = [
            (1 - f) * seconds(start, end) + until.get(end, np.inf),
            f * seconds(end, start) + until.get(start, np.inf),
        ]
        if s == v:
            options.append((fraction - f) * ahead if f <= fraction else (f - fraction) * behind)
        result[i] = min(options)
    return result + place.metres[0] / TERRAIN.flat_metres_per_second


@relaxed
@given(graph=plans.streets(), data=st.data(), limits=times, outward=st.booleans())
def test_streets_are_cut_where_the_oracle_says_that_the_time_ends(
    graph: StreetGraph, data: st.DataObject, limits: list[float], outward: bool
) -> None:
    network = contract(graph)
    place = data.draw(places(network))
    isochrones = Isochrones(network, weigh(network, TERRAIN), outward=outward)
    where = samples(network)
    truth = oracle_seconds(graph, network, place, where, outward=outward)
    for streets in isochrones.streets(place, limits_seconds=limits):
        certain = np.abs(truth - streets.limit_seconds) > 0.05
        expected = truth <= streets.limit_seconds
        assert (reached(network, streets, where) == expected)[certain].all()
        assert (streets.begin < streets.end).all()
        same = streets.edge[1:] == streets.edge[:-1]
        assert (streets.end[:-1] < streets.begin[1:])[same].all()
        lines = streets.lines(network)
        assert len(lines) == len(streets)
        assert in_metres(network)(lines).sum() == pytest.approx(streets.metres(network), rel=1e-3)


def in_metres(network: Network) -> Callable[[NDArray[np.object_]], NDArray[np.float64]]:
    return lambda lines: shapely.length(flat(network, lines))


def flat(network: Network, shapes: object) -> NDArray[np.object_]:
    """Lay shapes into a plane of metres, as square as the lattice of the network."""
    _, south, _, north = network.bounds
    scale = metres_per_degree((south + north) / 2)
    west = network.bounds[0]
    return shapely.transform(
        np.asarray(shapes, dtype=object), lambda degrees: (degrees - (west, south)) * scale
    )


def check_promise(
    network: Network, streets: Streets, polygon: shapely.Geometry, *, cell: float, off: float
) -> None:
    """Sample every street, and look at every cell, for what the class promises of a polygon."""
    assert polygon.is_valid
    assert polygon.is_empty == (len(streets) == 0)
    if polygon.is_empty:
        return
    for part in shapely.get_parts(polygon):
        assert part.exterior.is_ccw
        assert not any(hole.is_ccw for hole in part.interiors)
    where = samples(network)
    on = reached(network, streets, where)
    area = flat(network, polygon)[()]
    dots = flat(network, points(network, where))
    lines = shapely.union_all(flat(network, streets.lines(network)))
    slack = 0.01
    assert (shapely.distance(dots[on], area) <= HALF_DIAGONAL * cell + slack).all()
    held = dots[~on][shapely.contains(area, dots[~on])]
    near_outline = shapely.distance(held, area.boundary) <= HALF_DIAGONAL * cell + slack
    near_reached = shapely.distance(held, lines) <= 2 * HALF_DIAGONAL * cell + slack
    assert (near_outline | near_reached).all()
    # no place of the polygon is farther from the streets than it may be
    outline = shapely.points(shapely.get_coordinates(area))
    assert (shapely.distance(outline, lines) <= off + 2 * HALF_DIAGONAL * cell).all()
    check_cells(network, streets, polygon, cell=cell, off=off)


def unreached_lines(network: Network, streets: Streets) -> shapely.Geometry:
    """Return the rest of all streets: segment by segment what no stretch holds."""
    every = Streets(
        limit_seconds=np.inf,
        edge=np.arange(network.edges, dtype=np.int32),
        begin=np.zeros(network.edges),
        end=(np.diff(network.edge_vertex) - 1).astype(np.float64),
    )
    rest = []
    segment, low, high = streets.segments(network)
    for s in every.segments(network)[0].tolist():
        cuts = [0.0]
        for a, b in sorted(zip(low[segment == s], high[segment == s], strict=True)):
            cuts += [a, b]
        cuts.append(1.0)
        first = s - network.edge_vertex[network.vertex_edge[s]]
        rest += [
            (network.vertex_edge[s], first + a, first + b)
            for a, b in zip(cuts[::2], cuts[1::2], strict=True)
            if a < b
        ]
    edge, begin, end = np.array(rest, np.float64).reshape(-1, 3).T
    gone = Streets(limit_seconds=0.0, edge=edge.astype(np.int32), begin=begin, end=end)
    return shapely.union_all(flat(network, gone.lines(network)))


def check_cells(
    network: Network, streets: Streets, polygon: shapely.Geometry, *, cell: float, off: float
) -> None:
    """Give each cell to its nearest street the slow way and compare."""
    plan = plan_lattice(network, cell, off)
    west, south, east, north = polygon.bounds
    column = np.arange(
        np.floor((west - plan.west) / plan.cell_longitude) - 2,
        np.ceil((east - plan.west) / plan.cell_longitude) + 3,
    )
    row = np.arange(
        np.floor((south - plan.south) / plan.cell_latitude) - 2,
        np.ceil((north - plan.south) / plan.cell_latitude) + 3,
    )
    columns, rows = (grid.ravel() for grid in np.meshgrid(column, row))
    degrees = np.column_stack(
        (plan.west + columns * plan.cell_longitude, plan.south + rows * plan.cell_latitude)
    )
    inside = shapely.contains_xy(polygon, degrees)
    centres = flat(network, shapely.points(degrees))
    x, y = shapely.get_x(centres), shapely.get_y(centres)
    yes = shapely.union_all(flat(network, streets.lines(network)))
    no = unreached_lines(network, streets)
    half = cell / 2 * (1 - 1e-4)
    crossed = shapely.intersects(shapely.box(x - half, y - half, x + half, y + half), yes)
    assert inside[crossed].all()
    touched = shapely.intersects(shapely.box(x - half, y - half, x + half, y + half), no)
    half = cell / 2 * (1 + 1e-4)
    near_cells = shapely.box(x - half, y - half, x + half, y + half)
    never = touched & ~shapely.intersects(near_cells, yes)
    assert not inside[never].any()
    free = ~shapely.intersects(near_cells, yes) & ~shapely.intersects(near_cells, no)
    other = np.full(len(x), np.inf) if no.is_empty else shapely.distance(centres, no)
    ahead = np.minimum(other, off) - shapely.distance(centres, yes)
    clear = free & (np.abs(ahead) > SPREAD_CELLS * cell)
    assert (inside == (ahead > 0))[clear].all()


@relaxed
@given(
    graph=plans.streets(most=10),
    data=st.data(),
    limits=times,
    cell=st.sampled_from([8.0, 20.0, 45.0]),
    off=st.sampled_from([15.0, 100.0]),
)
def test_polygons_hold_what_is_reached_and_nothing_that_is_not_within_a_cell(
    graph: StreetGraph, data: st.DataObject, limits: list[float], cell: float, off: float
) -> None:
    network = contract(graph)
    place = data.draw(places(network))
    isochrones = Isochrones(network, weigh(network, TERRAIN))
    streets = isochrones.streets(place, limits_seconds=limits)
    polygons = isochrones.polygons(
        place, limits_seconds=limits, cell_metres=cell, off_street_metres=off
    )
    assert polygons.shape == (len(limits),)
    for reach, polygon in zip(streets, polygons, strict=True):
        check_promise(network, reach, polygon, cell=cell, off=off)
    for smaller, larger in itertools.pairwise(polygons):
        assert larger.covers(smaller) or smaller.is_empty


@relaxed
@given(graph=plans.streets(), data=st.data(), limits=times)
def test_identical_input_gives_identical_bytes(
    graph: StreetGraph, data: st.DataObject, limits: list[float]
) -> None:
    network = contract(graph)
    place = data.draw(places(network))
    weights = weigh(network, TERRAIN)
    used = Isochrones(network, weights)
    used.polygons(data.draw(places(network)), limits_seconds=[300.0])
    fresh = Isochrones(network, weights)
    once, again = (i.polygons(place, limits_seconds=limits) for i in (used, fresh))
    assert shapely.to_wkb(once).tolist() == shapely.to_wkb(again).tolist()


@relaxed
@given(graph=plans.streets(), data=st.data(), limits=times, count=st.integers(1, 4))
def test_the_union_is_that_of_the_single_stations_within_a_cells_diagonal(
    graph: StreetGraph, data: st.DataObject, limits: list[float], count: int
) -> None:
    network = contract(graph)
    stations = together([data.draw(places(network)) for _ in range(count)])
    weights = weigh(network, TERRAIN)
    prepared = sources(weights, stations)
    reach = flood(network, weights, prepared, max_seconds=limits[-1])
    united = union_polygons(network, weights, prepared, reach, limits_seconds=limits)
    joined = union_streets(network, weights, prepared, reach, limits_seconds=limits)
    isochrones = Isochrones(network, weights)
    each = isochrones.many(stations, limits_seconds=limits)
    where = samples(network)
    for i, (streets, polygon) in enumerate(zip(joined, united, strict=True)):
        singly = np.zeros(len(where[0]), np.bool_)
        for n in range(count):
            place = at(
                network,
                int(stations.segment[n]),
                float(stations.fraction[n]),
                metres=float(stations.metres[n]),
            )
            one = isochrones.streets(place, limits_seconds=limits)[i]
            singly |= reached(network, one, where)
        # where a time ends exactly at a sample, rounding may tell them apart
        assert (reached(network, streets, where) != singly).sum() <= 1
        check_promise(network, streets, polygon, cell=20.0, off=100.0)
        whole, parts = flat(network, polygon)[()], shapely.union_all(flat(network, each[:, i]))
        assert whole.is_empty == parts.is_empty
        diagonal = 2 * HALF_DIAGONAL * 20.0 * 1.01
        assert whole.buffer(diagonal).contains(parts) or parts.is_empty
        assert parts.buffer(diagonal).contains(whole) or parts.is_empty


@relaxed
@given(graph=plans.streets(), data=st.data(), limits=times)
def test_strips_leave_no_seam(graph: StreetGraph, data: st.DataObject, limits: list[float]) -> None:
    network = contract(graph)
    place = data.draw(places(network))
    isochrones = Isochrones(network, weigh(network, TERRAIN))
    at_once = isochrones.polygons(place, limits_seconds=limits, off_street_metres=30.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_isochrone_polygons, "STRIP_CELLS", 1)
        in_strips = isochrones.polygons(place, limits_seconds=limits, off_street_metres=30.0)
    for whole, strips in zip(at_once, in_strips, strict=True):
        assert strips.is_valid
        assert strips.symmetric_difference(whole).area <= 1e-3 * whole.area


def walked(
    graph: StreetGraph, place: Positions | None = None, *, node: int = 0, outward: bool = False
) -> tuple[Network, Isochrones, Positions]:
    network = contract(graph)
    place = plans.at_nodes(network, graph, [node]) if place is None else place
    return network, Isochrones(network, weigh(network, OFFICIAL), outward=outward), place


def holds(polygon: shapely.Geometry, column: float, row: float) -> bool:
    return bool(polygon.contains(shapely.Point(plans.place(column, row))))


def test_the_far_bank_of_a_river_stays_outside_until_its_one_bridge_is_crossed() -> None:
    graph, _ = plans.drawn("""
A---o---o---o---o
                |
o---o---o---o---o
""")
    _, isochrones, place = walked(graph)
    # 16 cells of 50 m east, 2 south, 16 west: at 4 km/h the bridge is 720 s away
    near, far = isochrones.polygons(place, limits_seconds=[630.0, 1200.0])
    for column in range(13):
        # the banks are 100 m apart; the river's middle is where the outline runs
        assert holds(near, column, 0)
        assert holds(near, column, 0.8)
        assert not holds(near, column, 1.2)
        assert not holds(near, column, 2)
    # 1,333 m: 800 to the bridge, 100 over it, 433 back along the far bank
    assert holds(far, 8.5, 2)
    assert not holds(far, 6, 2)


def test_a_road_under_a_bridge_is_not_reached_from_it() -> None:
    corners = [(0, 4), (8, 4), (4, 0), (4, 8)]
    graph = plans.make(
        [(*plans.place(*corner), 0.0) for corner in corners],
        [(0, 1, Kind.BRIDGE, Access.BOTH), (2, 3, Kind.STREET, Access.BOTH)],
    )
    network, isochrones, place = walked(graph)
    (streets,) = isochrones.streets(place, limits_seconds=[900.0])
    (polygon,) = isochrones.polygons(place, limits_seconds=[900.0])
    assert streets.metres(network) == pytest.approx(400, abs=0.5)
    for step in np.arange(0, 8.01, 0.25):
        assert holds(polygon, step, 4) or abs(step - 4) < 0.5 or step in {0, 8}
        if abs(step - 4) > 0.5:
            assert not holds(polygon, 4, step)


def test_a_station_on_an_islet_reaches_the_islet_alone() -> None:
    mainland = "\n".join(["o" + "-o" * 20, "| " * 21] * 6)
    graph, _ = plans.drawn(mainland + "\n" + "o" + "-o" * 20 + "\n\nB-o-o")
    network = contract(graph)
    south = network.vertex_latitude.min()
    vertex = int(np.flatnonzero(network.vertex_latitude == south)[0])
    network, isochrones, place = walked(graph, at(network, vertex, 0.5))
    (streets,) = isochrones.streets(place, limits_seconds=[900.0])
    (polygon,) = isochrones.polygons(place, limits_seconds=[900.0])
    assert streets.metres(network) == pytest.approx(200, abs=0.5)
    assert holds(polygon, 1, 14.9)
    # the mainland is 100 m north: half of the water is the islet's
    assert holds(polygon, 2, 13.2)
    assert not holds(polygon, 2, 12.8)


def test_an_escalator_belongs_to_walks_from_its_foot_and_not_to_walks_there() -> None:
    graph, _ = plans.drawn("A>>>>>>B")
    network, inward, place = walked(graph, at(contract(graph), 0, 0.0))
    _, outward, _ = walked(graph, place, outward=True)
    (there,) = inward.streets(place, limits_seconds=[90.0])
    (thence,) = outward.streets(place, limits_seconds=[90.0])
    assert len(there) == 0
    assert inward.polygons(place, limits_seconds=[90.0])[0].is_empty
    assert thence.metres(network) == pytest.approx(100, abs=0.5)
    (polygon,) = outward.polygons(place, limits_seconds=[90.0])
    assert holds(polygon, 1, 0)
    assert not holds(polygon, 3, 0)


def test_a_ring_is_reached_from_both_sides_with_a_gap_in_the_middle() -> None:
    graph, _ = plans.drawn("""
A-o-o-o
  |   |
  o-o-o
""")
    network, isochrones, place = walked(graph)
    # 200 m: 100 to the ring and 100 either way round its 600
    (streets,) = isochrones.streets(place, limits_seconds=[180.0])
    assert streets.metres(network) == pytest.approx(300, abs=0.5)
    assert len(streets) == 3
    sides = sorted(in_metres(network)(streets.lines(network)))
    assert sides == pytest.approx([100, 100, 100], abs=0.5)


def test_a_place_in_a_one_way_street_is_walked_to_from_behind() -> None:
    graph, _ = plans.drawn("A>>>>>>>>B")
    network = contract(graph)
    network, isochrones, place = walked(graph, at(network, 0, 0.5))
    (streets,) = isochrones.streets(place, limits_seconds=[90.0])
    assert streets.metres(network) == pytest.approx(100, abs=0.5)
    assert (streets.begin[0], streets.end[0]) == pytest.approx((0.5 - 100 / 450, 0.5), abs=1e-3)


def test_the_access_leg_is_counted_and_may_take_all_the_time() -> None:
    graph, _ = plans.drawn("A------B")
    network = contract(graph)
    network, isochrones, place = walked(graph, at(network, 0, 0.5, metres=100.0))
    # 100 m take 90 s; the rest of 135 s goes 50 m either way
    short, long = isochrones.streets(place, limits_seconds=[90.0, 135.0])
    assert len(short) == 0
    assert long.metres(network) == pytest.approx(100, abs=0.5)
    empty, filled = isochrones.polygons(place, limits_seconds=[90.0, 135.0])
    assert empty.is_empty
    assert filled.area > 0


def test_streets_shut_to_walkers_do_not_bound_what_is_reached() -> None:
    nodes = [(*plans.place(*corner), 0.0) for corner in [(0, 0), (8, 0), (0, 1), (8, 1)]]
    open_way = (0, 1, Kind.STREET, Access.ALL)
    shapes = []
    for access in (Access.BOTH, Access.RIDE_BOTH):
        graph = plans.make(nodes, [open_way, (2, 3, Kind.PATH, access)])
        _, isochrones, place = walked(graph)
        shapes.append(isochrones.polygons(place, limits_seconds=[900.0])[0])
    footway, cycleway = shapes
    assert not holds(footway, 4, 0.8)
    assert holds(cycleway, 4, 1)


def test_many_keeps_order_and_leaves_out_what_lies_outside() -> None:
    graph, _ = plans.drawn("A---o---B")
    network, isochrones, place = walked(graph)
    outside = Positions(
        edge=np.array([-1], np.int32),
        segment=np.zeros(1, np.int64),
        fraction=np.zeros(1),
        metres=np.array([np.inf]),
    )
    other = plans.at_nodes(network, graph, [2])
    told: list[tuple[int, int]] = []
    shapes = isochrones.many(
        together([other, outside, place]),
        limits_seconds=[60.0, 120.0],
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert shapes.shape == (3, 2)
    assert shapes[1].tolist() == [None, None]
    for index, one in ((0, other), (2, place)):
        assert shapes[index].tolist() == isochrones.polygons(one, limits_seconds=[60, 120]).tolist()


def test_threads_share_isochrones_of_an_opened_network(tmp_path: Path) -> None:
    graph, _ = plans.drawn("\n".join(["o---o---o---o", "|   |   |   |"] * 5 + ["o---o---o---o"]))
    network = contract(graph)
    save(network, tmp_path / "grid")
    opened = open_network(tmp_path / "grid")
    isochrones = Isochrones(opened, weigh(opened, OFFICIAL))
    spots = [at(network, int(v), 0.5) for v in np.flatnonzero(network.segment_metres > 0)]
    with ThreadPoolExecutor(2) as pool:
        shared = list(pool.map(lambda p: isochrones.polygons(p, limits_seconds=[200])[0], spots))
    alone = Isochrones(network, weigh(network, OFFICIAL)).many(
        together(spots), limits_seconds=[200]
    )
    assert shared == alone[:, 0].tolist()


@pytest.mark.parametrize(
    "limits", [[], [0.0], [-1.0], [float("nan")], [float("inf")], [60.0, 60.0], [90.0, 60.0]]
)
def test_limits_that_are_none_or_do_not_ascend_are_refused(limits: list[float]) -> None:
    graph, _ = plans.drawn("A---B")
    _, isochrones, place = walked(graph)
    with pytest.raises(InvalidValue, match="limits_seconds"):
        isochrones.streets(place, limits_seconds=limits)
    with pytest.raises(InvalidValue, match="limits_seconds"):
        isochrones.many(place, limits_seconds=limits)


@pytest.mark.parametrize("metres", [0.0, -5.0, 1e-300, 1e308, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["cell_metres", "off_street_metres"])
def test_lengths_that_are_none_are_refused(name: str, metres: float) -> None:
    graph, _ = plans.drawn("A---B")
    _, isochrones, place = walked(graph)
    with pytest.raises(InvalidValue, match=name):
        isochrones.polygons(place, limits_seconds=[60.0], **{name: metres})


def test_cells_too_small_for_the_reach_are_refused_with_a_size_that_is_not() -> None:
    graph, _ = plans.drawn("A---B")
    _, isochrones, place = walked(graph)
    with pytest.raises(InvalidValue, match=r"cell_metres is 0.001; expected at least 0\.0"):
        isochrones.polygons(place, limits_seconds=[60.0], cell_metres=0.001)


def test_a_place_that_is_none_or_outside_is_refused() -> None:
    graph, _ = plans.drawn("A---B")
    network, isochrones, place = walked(graph)
    with pytest.raises(InvalidValue, match="2 places"):
        isochrones.streets(together([place, place]), limits_seconds=[60.0])
    outside = at(network, 0, 0.0)
    outside.edge[0] = -1
    with pytest.raises(SourcesOutside):
        isochrones.streets(outside, limits_seconds=[60.0])


def test_a_limit_beyond_the_flood_is_refused() -> None:
    graph, _ = plans.drawn("A---B")
    network, isochrones, place = walked(graph)
    stations = sources(isochrones.weights, place)
    reach = flood(network, isochrones.weights, stations, max_seconds=60.0)
    with pytest.raises(InvalidValue, match="at most the flood's 60 s"):
        union_streets(network, isochrones.weights, stations, reach, limits_seconds=[61.0])


def test_a_real_city_keeps_the_promise_and_nests(test_data: Path) -> None:
    network = contract(read_streets(test_data / "osm" / "portoalegre.osm.pbf").streets)
    isochrones = Isochrones(network, weigh(network, OFFICIAL))
    open_segments = np.flatnonzero(
        (network.segment_metres > 0)
        & ((network.edge_access & Access.BOTH) != 0)[network.vertex_edge]
    )
    chosen = np.random.default_rng(3).choice(open_segments, 12, replace=False)
    for v in chosen.tolist():
        place = at(network, v, 0.4, metres=5.0)
        polygons = isochrones.polygons(place, limits_seconds=[300, 600, 900])
        assert shapely.is_valid(polygons).all()
        assert polygons[1].covers(polygons[0])
        assert polygons[2].covers(polygons[1])
        for streets, polygon in zip(
            isochrones.streets(place, limits_seconds=[300, 600, 900]), polygons, strict=True
        ):
            metres = shapely.distance(
                flat(network, streets.lines(network)), flat(network, polygon)[()]
            )
            assert (metres <= HALF_DIAGONAL * 20 + 0.1).all()
