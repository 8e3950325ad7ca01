"""Where water begins: what counts as water, and which straight legs cross it."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.basemap import Feature, Layer
from geo.errors import InvalidValue, SourceUnreadable
from geo.network import contract
from geo.osm import read_shores
from geo.osm_basemap import read_features
from geo.plane import UNITS_PER_DEGREE
from geo.shores import LINE, OUTLINE, Shores, crosses_water, make_shores, no_shores, shores_of
from geo.storage import open_network, save
from tests.geo import plans
from tests.geo.osm_files import write_extract
from tests.geo.waters import lake, lakes, leg_is_dry, plane, rivers


def square(west: float, north: float, east: float, south: float) -> Polygon:
    """Return a rectangle by cells of a drawn plan, rows running southward."""
    return box(*plans.place(west, south), *plans.place(east, north))


def crosses(shores: Shores, start: tuple[float, float], end: tuple[float, float]) -> bool:
    p, q = (np.array(plans.place(*cell)) * UNITS_PER_DEGREE for cell in (start, end))
    return bool(crosses_water(*p, *q, shores.view))


# a lake from column 2 to 6 with an island from 3 to 5, rows likewise
LAKE = square(2, 2, 6, 6).difference(square(3, 3, 5, 5))


@pytest.mark.parametrize(
    ("start", "end", "wet"),
    [
        ((0, 4.1), (1.9, 4.1), False),  # on one bank
        ((0, 4.1), (8, 4.1), True),  # right across, and over the island
        ((0, 4.1), (2.5, 4.1), True),  # into the water
        ((2.5, 4.1), (0, 4.1), False),  # out of it
        ((2.5, 4.1), (2.2, 5.5), False),  # within it
        ((2.5, 4.1), (4, 4.1), False),  # out of it onto the island
        ((2.5, 4.1), (8, 4.1), True),  # out, over the island, in again
        ((4, 4.1), (0, 4.1), True),  # off the island
        ((3.3, 3.3), (4.7, 4.9), False),  # on the island
        ((0, 0), (8, 0.3), False),  # past it
        ((0, 7.9), (8, 8), False),
    ],
)
def test_a_leg_may_leave_water_and_never_enter_it(
    start: tuple[float, float], end: tuple[float, float], wet: bool
) -> None:
    assert crosses(make_shores([LAKE]), start, end) is wet


def test_a_river_drawn_as_a_line_is_crossed_from_neither_side() -> None:
    river = LineString([plans.place(3, -20), plans.place(4, 9), plans.place(3, 30)])
    shores = make_shores([], [river])
    assert crosses(shores, (3, 8), (5, 8))
    assert crosses(shores, (5, 8), (3, 8))
    assert not crosses(shores, (3, 7), (3, 12))
    assert set(shores.kind.tolist()) == {0, LINE}
    assert shores.segments == 2


def test_a_leg_through_a_corner_of_the_shore_counts_once() -> None:
    # both legs run along the row of the western tip
    tip = Polygon([plans.place(*cell) for cell in [(2, 4), (5, 6), (8, 4), (5, 2)]])
    shores = make_shores([tip])
    assert crosses(shores, (0, 4), (4, 4))
    assert not crosses(shores, (4, 4), (0, 4))


def test_pieces_of_a_river_have_no_shore_at_their_seam() -> None:
    pieces = [square(0, 2, 4, 4), square(4, 2, 8, 4), square(7, 2, 12, 4)]
    shores = make_shores(pieces)
    assert not crosses(shores, (3, 3), (5, 5))
    assert not crosses(shores, (6.5, 3), (7.5, 5))
    assert crosses(shores, (3, 1), (5, 5))
    # twice the same lake is one lake
    assert make_shores([pieces[0], pieces[0]]).segments == 4


def test_a_pond_is_walked_around_and_a_lake_is_not() -> None:
    metre = 1 / plans.CELL_METRES
    pond, tarn = square(0, 0, 22 * metre, 22 * metre), square(0, 0, 23 * metre, 23 * metre)
    assert make_shores([pond]).segments == 0
    assert make_shores([tarn]).segments == 4


def test_the_water_lies_on_the_left_of_every_outline() -> None:
    shores = make_shores([LAKE.reverse()])
    at = np.flatnonzero(shores.kind == OUTLINE)
    ends = [(shores.longitude[v], shores.latitude[v]) for v in (at, at + 1)]
    (ax, ay), (bx, by) = [(x / UNITS_PER_DEGREE, y / UNITS_PER_DEGREE) for x, y in ends]
    left = shapely.points((ax + bx) / 2 - (by - ay) / 99, (ay + by) / 2 + (bx - ax) / 99)
    assert len(at) == 8
    assert shapely.contains(LAKE, left).all()


def test_a_land_without_water_has_no_shores() -> None:
    for shores in (no_shores(), make_shores([]), shores_of([])):
        assert shores.segments == 0
        assert not crosses(shores, (0, 0), (9, 9))


def test_water_in_metres_is_refused() -> None:
    with pytest.raises(InvalidValue, match="longitude"):
        make_shores([box(500_000, 3_000_000, 501_000, 3_001_000)])


def test_only_water_that_is_wide_counts_on_a_base_map() -> None:
    line = shapely.to_wkb(LineString([plans.place(0, 0), plans.place(9, 9)]))

    def feature(layer: Layer, kind: str, geometry: bytes) -> Feature:
        return Feature(layer=layer, kind=kind, name="", min_zoom=0, geometry=geometry)

    area = shapely.to_wkb(square(20, 20, 30, 30))
    assert shores_of([feature(Layer.WATER, "river", line)]).segments == 1
    assert shores_of([feature(Layer.WATER, "stream", line)]).segments == 0
    assert shores_of([feature(Layer.STREET, "river", line)]).segments == 0
    assert shores_of([feature(Layer.LANDUSE, "park", area)]).segments == 0
    assert shores_of([feature(Layer.WATER, "lake", area)]).segments == 4


@given(
    waters=st.lists(lakes(), min_size=1, max_size=3),
    lines=st.lists(rivers(), max_size=2),
    legs=st.lists(
        st.tuples(*[st.floats(-3, 11, allow_subnormal=False)] * 4), min_size=1, max_size=8
    ),
)
def test_legs_cross_water_where_shapely_says_so(
    waters: list[Polygon], lines: list[LineString], legs: list[tuple[float, ...]]
) -> None:
    shores = make_shores(waters, lines)
    water = plane(shapely.union_all(waters))
    river = plane(shapely.union_all(lines))
    for leg in legs:
        ends = plans.place(*leg[:2]), plans.place(*leg[2:])
        p, q = (np.array(end) * UNITS_PER_DEGREE for end in ends)
        said = leg_is_dry(plane(LineString(ends)), water, river)
        # what shapely cannot tell to the grid's centimetre it does not say
        if said is not None:
            assert bool(crosses_water(*p, *q, shores.view)) is not said


def test_shores_survive_being_saved(tmp_path: Path) -> None:
    graph, _ = plans.drawn("A---B")
    network = contract(graph, shores=make_shores([LAKE], [LineString([(106, 29), (107, 30)])]))
    save(network, tmp_path / "plan")
    opened = open_network(tmp_path / "plan").shores
    for name in ("longitude", "latitude", "kind", "pointer", "segment"):
        assert np.array_equal(getattr(opened, name), getattr(network.shores, name)), name
    assert opened.grid == network.shores.grid
    assert crosses(opened, (0, 4.1), (8, 4.1))


#  d---------c
#  |  h---g  |
#  |  e---f  |
#  a---------b
OUTER = {"a": (0.0, 0.0), "b": (300.0, 0.0), "c": (300.0, 300.0), "d": (0.0, 300.0)}
NODES = OUTER | {"e": (100.0, 100.0), "f": (200.0, 100.0), "g": (200.0, 200.0), "h": (100.0, 200.0)}


@pytest.mark.parametrize(
    ("tags", "outlines", "lines"),
    [
        ({"natural": "water"}, 4, 0),
        ({"waterway": "riverbank"}, 4, 0),
        ({"landuse": "reservoir"}, 4, 0),
        ({"landuse": "reservoir", "location": "underground"}, 0, 0),
        ({"natural": "wetland"}, 0, 0),
        ({"waterway": "river"}, 0, 4),
        ({"waterway": "canal", "width": "12"}, 0, 4),
        ({"waterway": "canal", "width": "1.5 m"}, 0, 0),
        ({"waterway": "river", "tunnel": "culvert"}, 0, 0),
        ({"waterway": "stream"}, 0, 0),
        ({"waterway": "ditch"}, 0, 0),
    ],
    ids=str,
)
def test_tags_say_what_is_water(
    tmp_path: Path, tags: dict[str, str], outlines: int, lines: int
) -> None:
    path = write_extract(tmp_path / "plan.osm.pbf", NODES, [("abcda", tags)])
    shores = read_shores(path)
    assert np.bincount(shores.kind, minlength=3)[1:].tolist() == [outlines, lines]


def test_an_island_of_a_multipolygon_has_a_shore(tmp_path: Path) -> None:
    relation = [(0, "outer"), (1, "inner")], {"type": "multipolygon", "natural": "water"}
    path = write_extract(
        tmp_path / "plan.osm.pbf", NODES, [("abcda", {}), ("efghe", {})], relations=[relation]
    )
    assert read_shores(path).segments == 8


def test_the_sea_has_a_shore(tmp_path: Path) -> None:
    nodes = {"a": (-500.0, 10.0), "b": (0.0, 60.0), "c": (500.0, 10.0)}
    path = write_extract(
        tmp_path / "plan.osm.pbf",
        nodes,
        [("cba", {"natural": "coastline"})],
        box=(-400.0, -400.0, 400.0, 400.0),
    )
    assert np.bincount(read_shores(path).kind)[OUTLINE] >= 4


def test_a_file_that_is_no_extract_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="no such file"):
        read_shores(tmp_path / "absent.osm.pbf")


@pytest.mark.parametrize("extract", ["liechtenstein", "helsinki"])
def test_the_base_map_and_the_water_alone_give_the_same_shores(
    test_data: Path, extract: str
) -> None:
    path = test_data / f"osm/{extract}.osm.pbf"
    alone, together = read_shores(path), shores_of(read_features(path))
    assert alone.segments > 100
    for name in ("longitude", "latitude", "kind", "pointer", "segment"):
        assert np.array_equal(getattr(alone, name), getattr(together, name)), name


def test_a_drawn_lake_is_as_wide_as_it_says() -> None:
    shape: BaseGeometry = plane(lake((4, 4), [60.0] * 8))
    assert shape.area == pytest.approx(8 * 0.5 * 60**2 * np.sin(np.pi / 4), rel=1e-3)
