"""Where a point stands on the streets: the nearest place, on this side of the water."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, box

from geo.errors import InvalidValue, OutsideNetwork
from geo.network import Network, contract
from geo.osm import read_shores, read_streets
from geo.plane import UNITS_PER_DEGREE, metres_per_degree
from geo.shores import make_shores
from geo.snap import ENTERED_AT_ENDS, Positions, snap, snap_one
from geo.storage import open_network, save
from geo.streets import Access, Kind, Mode, StreetGraph
from tests.geo import plans
from tests.geo.waters import lakes, leg_is_dry, plane, rivers

LIMIT_METRES = 500.0


def square(west: float, north: float, east: float, south: float) -> Polygon:
    """Return a rectangle by cells of a drawn plan, rows running southward."""
    return box(*plans.place(west, south), *plans.place(east, north))


def at(network: Network, column: float, row: float, **options: object) -> Positions:
    longitude, latitude = plans.place(column, row)
    return snap(network, longitude, latitude, **options)  # type: ignore[arg-type]


def column_of(network: Network, positions: Positions) -> float:
    """Return the column of a drawn plan that a place lies in, NaN outside."""
    per_longitude, _ = metres_per_degree(plans.NORTH)
    longitude = positions.coordinates(network)[0, 0]
    return float((longitude - plans.WEST) * per_longitude / plans.CELL_METRES)


# two banks 400 m apart, joined by one bridge
BANKS = """
A       D
|       |
o~~~~~~~o
|       |
B       C
"""
# the water runs along columns 5 to 6, from beyond the plan to beyond it
RIVER = square(5, -20, 6, 25)


def banks(*areas: Polygon, lines: tuple[LineString, ...] = ()) -> Network:
    return contract(plans.drawn(BANKS)[0], shores=make_shores(areas, lines))


def test_without_water_the_nearest_street_is_taken() -> None:
    # 240 m to the west bank, 160 m to the east bank
    network = banks()
    found = at(network, 4.8, 1)
    assert column_of(network, found) == pytest.approx(8, abs=1e-3)
    assert found.metres[0] == pytest.approx(160, rel=1e-3)


@pytest.mark.parametrize("line", [False, True])
def test_a_point_on_a_bank_stays_on_its_side_of_the_river(line: bool) -> None:
    middle = LineString([plans.place(5.5, -20), plans.place(5.5, 25)])
    network = banks(lines=(middle,)) if line else banks(RIVER)
    found = at(network, 4.8, 1)
    assert column_of(network, found) == pytest.approx(0, abs=1e-3)
    assert found.metres[0] == pytest.approx(240, rel=1e-3)
    beyond = at(network, 6.2, 1)
    assert column_of(network, beyond) == pytest.approx(8, abs=1e-3)


def test_a_bad_fix_in_the_river_leaves_it_to_the_nearest_bank() -> None:
    network = banks(RIVER)
    assert column_of(network, at(network, 5.2, 1)) == pytest.approx(8, abs=1e-3)
    # with its middle drawn as well, each half belongs to its own bank
    middle = LineString([plans.place(5.5, -20), plans.place(5.5, 25)])
    network = banks(RIVER, lines=(middle,))
    assert column_of(network, at(network, 5.2, 1)) == pytest.approx(0, abs=1e-3)
    assert column_of(network, at(network, 5.8, 1)) == pytest.approx(8, abs=1e-3)


def test_a_bad_fix_in_one_water_does_not_cross_another() -> None:
    network = banks(RIVER, square(7, -20, 7.5, 25))
    assert column_of(network, at(network, 5.2, 1)) == pytest.approx(0, abs=1e-3)


def test_where_every_street_lies_across_water_the_point_lies_outside() -> None:
    network = banks(RIVER, square(1, -20, 2, 25))
    assert not at(network, 4.5, 1).inside[0]
    with pytest.raises(OutsideNetwork, match="175 m away, lies across water") as error:
        snap_one(network, *plans.place(4.5, 1))
    assert error.value.nearest_metres == pytest.approx(175, rel=1e-3)


def test_beyond_the_limit_the_near_side_is_no_nearer() -> None:
    network = banks(RIVER)
    assert not at(network, 4.8, 1, max_metres=200).inside[0]
    assert at(network, 4.8, 1, max_metres=250).inside[0]


def test_a_jetty_is_stepped_on_from_the_water_alone() -> None:
    # columns 5 to 6 of the street from west to east lie over the lake
    graph, _ = plans.drawn("A\n|\no---o---B")
    network = contract(graph, shores=make_shores([square(5, 0.5, 6, 5)]))
    wet, dry = at(network, 5.5, 2.6), at(network, 4.9, 2.6)
    assert column_of(network, wet) == pytest.approx(5.5, abs=1e-3)
    assert column_of(network, dry) == pytest.approx(4.9, abs=1e-3)
    # from the north bank the nearest place of the eastern piece of street is over the water,
    # and so is the way to the middle node: what is left is the street in the west
    north = at(network, 5.5, 0.4)
    assert column_of(network, north) == pytest.approx(0, abs=1e-3)
    assert north.metres[0] == pytest.approx(275, rel=1e-3)


def test_bridges_are_entered_at_their_ends() -> None:
    network = banks()
    assert column_of(network, at(network, 3, 2.1)) == pytest.approx(0, abs=1e-3)


def two_streets() -> Network:
    """Return a footway for walkers alone, and 100 m south of it a cycleway for riders alone."""
    nodes = [(*plans.place(c, r), 0.0) for r in (0, 2) for c in (0, 4, 8)]
    links = [(a, a + 1, Kind.STREET, Access.BOTH) for a in (0, 1)]
    links += [(a, a + 1, Kind.STREET, Access.RIDE_BOTH) for a in (3, 4)]
    return contract(plans.make(nodes, links))


def test_riders_and_walkers_stand_on_streets_of_their_own() -> None:
    network = two_streets()
    walker, rider = (at(network, 2, 1.2, mode=mode) for mode in (Mode.WALK, Mode.EBIKE))
    assert walker.metres[0] == pytest.approx(60, rel=1e-3)
    assert rider.metres[0] == pytest.approx(40, rel=1e-3)
    with pytest.raises(OutsideNetwork, match="nearest street is 60 m away"):
        snap_one(network, *plans.place(2, -1.2 + 2.4), max_metres=50)
    assert snap_one(network, *plans.place(2, 1.2), max_metres=50, mode=Mode.EBIKE).inside[0]


@pytest.mark.parametrize("mode", [0, 3, 4])
def test_a_mode_that_is_none_is_refused(mode: int) -> None:
    with pytest.raises(InvalidValue, match="mode"):
        snap(two_streets(), 106.5, 29.5, mode=Mode(mode))


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan"), float("inf")])
def test_a_limit_that_is_no_distance_is_refused(limit: float) -> None:
    with pytest.raises(InvalidValue, match="max_metres"):
        snap(two_streets(), 106.5, 29.5, max_metres=limit)


@pytest.mark.parametrize("latitude", [90.0, 89.9999999, -90.0])
def test_at_a_pole_where_cells_have_no_width_the_search_ends(latitude: float) -> None:
    with pytest.raises(OutsideNetwork, match="more than"):
        snap_one(banks(), plans.WEST, latitude)


def test_an_opened_network_gives_the_same_places(tmp_path: Path) -> None:
    network = banks(RIVER)
    save(network, tmp_path / "banks")
    cells = np.random.default_rng(3).uniform((-1, -1), (9, 5), (50, 2))
    lonlat = np.array([plans.place(*cell) for cell in cells]).T
    one, two = snap(network, *lonlat), snap(open_network(tmp_path / "banks"), *lonlat)
    assert np.array_equal(one.segment, two.segment)
    assert np.array_equal(one.metres, two.metres)


def candidates(network: Network, point: Point) -> list[tuple[float, LineString]]:
    """Return the distance of every segment that may be entered, and the leg to it."""
    unit = np.column_stack((network.vertex_longitude, network.vertex_latitude))
    result = []
    for e in range(network.edges):
        if not network.edge_connected[e] & Mode.WALK:
            continue
        for v in range(network.edge_vertex[e], network.edge_vertex[e + 1] - 1):
            if (network.segment_class[v] & 15) in ENTERED_AT_ENDS:
                continue
            street = plane(LineString(unit[v : v + 2] / UNITS_PER_DEGREE))
            leg = shapely.shortest_line(point, street)
            result.append((leg.length, leg))
    return sorted(result, key=lambda found: found[0])


@given(
    graph=plans.streets(),
    waters=st.lists(lakes(), max_size=3),
    lines=st.lists(rivers(), max_size=1),
    cells=st.lists(st.tuples(st.floats(-2, 10), st.floats(-2, 10)), min_size=1, max_size=5),
)
def test_places_are_the_nearest_that_shapely_reaches_without_crossing_water(
    graph: StreetGraph,
    waters: list[Polygon],
    lines: list[LineString],
    cells: list[tuple[float, float]],
) -> None:
    network = contract(graph, shores=make_shores(waters, lines))
    water, river = plane(shapely.union_all(waters)), plane(shapely.union_all(lines))
    for cell in cells:
        found = at(network, *cell, max_metres=LIMIT_METRES)
        here = plane(Point(plans.place(*cell)))
        said = [
            (metres, leg_is_dry(leg, water, river)) for metres, leg in candidates(network, here)
        ]
        sure = min((metres for metres, dry in said if dry), default=np.inf)
        perhaps = min((metres for metres, dry in said if dry is not False), default=np.inf)
        metres = found.metres[0]
        if found.inside[0]:
            # both planes are flat, one at the corner of the plan and one at the point
            assert perhaps - 0.1 <= metres <= sure + 0.1
        else:
            assert sure > LIMIT_METRES - 0.1


@pytest.mark.parametrize("extract", ["liechtenstein", "helsinki"])
def test_no_leg_on_real_banks_enters_water(test_data: Path, extract: str) -> None:
    path = test_data / f"osm/{extract}.osm.pbf"
    streets, shores = read_streets(path).streets, read_shores(path)
    network = contract(streets, shores=shores)
    on = np.random.default_rng(7).choice(np.flatnonzero(shores.kind), 300)
    longitude = shores.longitude[on] / UNITS_PER_DEGREE + 3e-4
    latitude = shores.latitude[on] / UNITS_PER_DEGREE
    found, blind = (snap(each, longitude, latitude) for each in (network, contract(streets)))
    changed = found.inside & (found.segment != blind.segment)
    assert changed.any()
    assert (found.metres[found.inside] >= blind.metres[found.inside]).all()
    outline = shores_polygons(shores)
    ends = found.coordinates(network)
    for i in np.flatnonzero(changed):
        leg = LineString([(longitude[i], latitude[i]), ends[i]])
        wet = leg.intersection(outline)
        # at most the beginning of the leg, to the centimetre that shores are stored to
        assert wet.length < 1e-6 or wet.distance(shapely.get_point(leg, 0)) < 1e-6


def shores_polygons(shores: object) -> shapely.geometry.base.BaseGeometry:
    """Return the areas whose outlines are stored."""
    lon, lat, kind = shores.longitude, shores.latitude, shores.kind  # type: ignore[attr-defined]
    unit = np.column_stack((lon, lat)) / UNITS_PER_DEGREE
    ends = np.flatnonzero(kind == 0)
    rings = [
        unit[a : b + 1] for a, b in zip([0, *(ends[:-1] + 1)], ends, strict=True) if kind[a] == 1
    ]
    return shapely.build_area(shapely.MultiLineString([LineString(ring) for ring in rings]))
