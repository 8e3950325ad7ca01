"""Which streets an OpenStreetMap extract gives, and how they meet."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.errors import NoStreets, SourceUnreadable
from geo.osm import OsmStreets, read_streets
from geo.plane import segment_metres
from geo.streets import WAIT_PARTS, Access, Kind, Rank, StreetGraph
from tests.geo.osm_files import kinds, moves, place, reached, rides, write_extract

STREET = {"highway": "residential"}
FOOTWAY = {"highway": "footway"}

#     d
#     |
# a---b---c      b is no node of the street below
#     |
#     e
CROSS = {"a": (-100.0, 0.0), "c": (100.0, 0.0), "d": (0.0, 100.0), "e": (0.0, -100.0)}


def read(folder: Path, *arguments: object, **options: object) -> OsmStreets:
    return read_streets(write_extract(folder / "plan.osm.pbf", *arguments, **options))  # type: ignore[arg-type]


def test_a_bridge_does_not_connect_to_the_street_below(tmp_path: Path) -> None:
    bridge = STREET | {"bridge": "yes", "layer": "1"}
    streets = read(tmp_path, CROSS, [("ac", bridge), ("de", STREET)]).streets
    assert reached(streets, CROSS, "a") == "ac"
    assert reached(streets, CROSS, "d") == "de"
    assert kinds(streets) == [Kind.BRIDGE, Kind.STREET]


def test_streets_connect_at_a_node_they_share(tmp_path: Path) -> None:
    nodes = CROSS | {"b": (0.0, 0.0)}
    streets = read(tmp_path, nodes, [("abc", STREET), ("dbe", STREET)]).streets
    assert streets.nodes == 5
    assert reached(streets, nodes, "a") == "abcde"


def test_arrays_have_the_types_and_places_of_the_contract(tmp_path: Path) -> None:
    named = STREET | {"name": "中山路", "highway": "primary"}
    streets = read(tmp_path, CROSS, [("ac", named), ("de", FOOTWAY), ("cd", named)]).streets
    assert np.array_equal(streets.longitude, [place(*CROSS[letter])[0] for letter in "acde"])
    assert np.array_equal(streets.latitude, [place(*CROSS[letter])[1] for letter in "acde"])
    assert np.isnan(streets.height).all()
    assert streets.height.dtype == np.float32
    assert streets.start.tolist() == [0, 2, 1]
    assert streets.end.tolist() == [1, 3, 2]
    assert streets.start.dtype == streets.end.dtype == np.int32
    assert streets.kind.dtype == streets.rank.dtype == streets.access.dtype == np.uint8
    assert streets.rank.tolist() == [Rank.PRIMARY, Rank.PATH, Rank.PRIMARY]
    assert streets.names == ("中山路",)
    assert streets.name.tolist() == [0, -1, 0]
    assert streets.name.dtype == streets.steps.dtype == np.int32


def test_a_stairway_shares_its_steps_out_by_length(tmp_path: Path) -> None:
    nodes = {"a": (0.0, 0.0), "b": (10.0, 0.0), "c": (30.0, 0.0), "d": (30.0, 40.0)}
    stairs = {"highway": "steps", "step_count": "71"}
    found = read(tmp_path, nodes, [("abcd", stairs), ("da", {"highway": "steps"})])
    assert found.streets.steps.tolist() == [10, 20, 41, 0]
    assert found.stairways == 2


GATE = {"a": (-100.0, 0.0), "g": (0.0, 0.0), "c": (100.0, 0.0)}


@pytest.mark.parametrize(
    "tags",
    [
        {"barrier": "gate", "access": "private"},
        {"barrier": "gate", "foot": "no", "bicycle": "no"},
        {"barrier": "lift_gate", "access": "no"},
        {"barrier": "gate", "locked": "yes"},
        {"barrier": "wall"},
    ],
    ids=str,
)
def test_a_shut_barrier_is_reached_from_both_sides_and_passed_from_none(
    tmp_path: Path, tags: dict[str, str]
) -> None:
    found = read(tmp_path, GATE, [("agc", STREET)], node_tags={"g": tags})
    assert reached(found.streets, GATE, "a") == "ag"
    assert reached(found.streets, GATE, "c") == "cg"
    assert found.streets.nodes == 4
    assert found.blocked_nodes == 1


@pytest.mark.parametrize(
    "tags",
    [
        {"barrier": "gate"},
        {"barrier": "bollard"},
        {"barrier": "gate", "access": "private", "foot": "yes"},
        {"barrier": "gate", "locked": "yes", "foot": "yes"},
        {"barrier": "lift_gate", "access": "customers"},
    ],
    ids=str,
)
def test_a_barrier_for_cars_lets_walkers_pass(tmp_path: Path, tags: dict[str, str]) -> None:
    found = read(tmp_path, GATE, [("agc", STREET)], node_tags={"g": tags})
    assert reached(found.streets, GATE, "a") == "acg"
    assert found.blocked_nodes == 0


@pytest.mark.parametrize(
    "tags",
    [{"bicycle": "no"}, {"vehicle": "no"}, {"barrier": "kissing_gate"}, {"access": "forestry"}],
    ids=str,
)
def test_a_barrier_for_riders_takes_the_last_metre_from_them(
    tmp_path: Path, tags: dict[str, str]
) -> None:
    found = read(tmp_path, GATE, [("agc", STREET)], node_tags={"g": {"barrier": "gate"} | tags})
    streets = found.streets
    assert reached(streets, GATE, "a") == reached(streets, GATE, "c") == "acg"
    assert "c" not in reached(streets, GATE, "a", riding=True)
    assert "a" not in reached(streets, GATE, "c", riding=True)
    assert (found.blocked_nodes, found.ride_blocked_nodes) == (0, 1)
    metres = segment_lengths(streets)
    assert streets.access.tolist() == [Access.ALL, Access.ALL, Access.BOTH, Access.BOTH]
    assert metres == pytest.approx([99, 99, 1, 1], rel=2e-3)


def test_a_barrier_for_walkers_lets_riders_pass(tmp_path: Path) -> None:
    tags = {"barrier": "cycle_barrier", "foot": "no", "bicycle": "yes"}
    found = read(tmp_path, GATE, [("agc", STREET)], node_tags={"g": tags})
    assert "c" not in reached(found.streets, GATE, "a")
    assert reached(found.streets, GATE, "a", riding=True) == "acg"
    assert (found.blocked_nodes, found.ride_blocked_nodes) == (1, 0)


def test_a_short_piece_between_two_barriers_is_walked_whole(tmp_path: Path) -> None:
    nodes = {"a": (0.0, 0.0), "g": (9.0, 0.0), "h": (10.5, 0.0), "c": (20.0, 0.0)}
    gate = {"barrier": "gate", "bicycle": "no"}
    streets = read(tmp_path, nodes, [("aghc", STREET)], node_tags={"g": gate, "h": gate}).streets
    assert reached(streets, nodes, "a") == "acgh"
    assert "c" not in reached(streets, nodes, "a", riding=True)


def test_a_way_for_riders_alone_is_there_and_counted(tmp_path: Path) -> None:
    cycleway = {"highway": "cycleway", "foot": "no", "oneway": "yes"}
    found = read(tmp_path, CROSS, [("ac", cycleway), ("de", STREET)])
    assert moves(found.streets, CROSS) == {"de", "ed"}
    assert rides(found.streets, CROSS) == {"ac", "de", "ed"}
    assert (found.ways, found.ride_only_ways) == (2, 1)


def test_streets_for_riders_alone_are_no_network_to_walk(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "f.osm.pbf", CROSS, [("ac", {"highway": "trunk"})])
    with pytest.raises(NoStreets):
        read_streets(path)


def test_every_segment_has_the_incline_of_its_way(tmp_path: Path) -> None:
    nodes = CROSS | {"b": (0.0, 0.0)}
    ways = [
        ("abc", STREET | {"incline": "-8%"}),
        ("de", STREET),
        ("ad", FOOTWAY | {"incline": "up"}),
    ]
    found = read(tmp_path, nodes, ways)
    assert found.streets.incline.dtype == np.float32
    assert np.allclose(found.streets.incline, [-0.08, -0.08, np.nan, np.inf], equal_nan=True)
    assert found.inclined_ways == 2


def test_an_area_has_no_slope_in_one_direction(tmp_path: Path) -> None:
    ways = [("abca", {}), ("be", STREET)]
    tags = {"type": "multipolygon", "highway": "pedestrian", "incline": "5%"}
    streets = read(tmp_path, SQUARE, ways, relations=[([(0, "outer")], tags)]).streets
    assert np.isnan(streets.incline).all()


def test_a_wait_is_shared_out_over_the_segments_of_its_way(tmp_path: Path) -> None:
    nodes = {"a": (0.0, 0.0), "b": (10.0, 0.0), "c": (30.0, 0.0), "d": (30.0, 40.0)}
    crossing = {"highway": "footway", "footway": "crossing"}
    streets = read(tmp_path, nodes, [("abc", crossing), ("cd", FOOTWAY)]).streets
    assert streets.wait.tolist() == [WAIT_PARTS // 3, 2 * WAIT_PARTS // 3, 0]


def segment_lengths(streets: StreetGraph) -> list[float]:
    start, end = streets.start, streets.end
    lon, lat = streets.longitude, streets.latitude
    return segment_metres(lon[start], lat[start], lon[end], lat[end]).tolist()  # type: ignore[no-any-return]


SQUARE = {"a": (0.0, 0.0), "b": (50.0, 0.0), "c": (50.0, 50.0), "d": (0.0, 50.0), "e": (99.0, 0.0)}


def test_the_outline_of_a_square_is_walkable(tmp_path: Path) -> None:
    area = {"highway": "pedestrian", "area": "yes"}
    streets = read(tmp_path, SQUARE, [("abcda", area), ("be", STREET)]).streets
    assert reached(streets, SQUARE, "e") == "abcde"
    assert streets.segments == 5


def test_the_outline_of_a_square_drawn_as_a_multipolygon_is_walkable(tmp_path: Path) -> None:
    ways = [("abc", {}), ("cda", {}), ("be", STREET)]
    tags = {"type": "multipolygon", "highway": "pedestrian", "name": "广场"}
    relations = [([(0, "outer"), (1, "outer")], tags)]
    streets = read(tmp_path, SQUARE, ways, relations=relations).streets
    assert reached(streets, SQUARE, "e") == "abcde"
    assert streets.names == ("广场",)


def test_a_lift_drawn_as_a_node_joins_floors_by_a_ride(tmp_path: Path) -> None:
    up, down = FOOTWAY | {"level": "1"}, FOOTWAY | {"level": "0"}
    ways = [("ag", down), ("gc", up)]
    streets = read(tmp_path, GATE, ways, node_tags={"g": {"highway": "elevator"}}).streets
    assert kinds(streets) == [Kind.PATH, Kind.PATH, Kind.LIFT]
    assert reached(streets, GATE, "a") == "acg"
    assert streets.nodes == 4
    lift = [streets.start[2], streets.end[2]]
    assert streets.longitude[lift[0]] != streets.longitude[lift[1]]


@pytest.mark.parametrize("tags", [{"access": "private"}, {"foot": "no"}], ids=str)
def test_a_lift_that_is_closed_joins_no_floors(tmp_path: Path, tags: dict[str, str]) -> None:
    ways = [("ag", FOOTWAY | {"level": "0"}), ("gc", FOOTWAY | {"level": "1"})]
    lift = {"g": {"highway": "elevator"} | tags}
    streets = read(tmp_path, GATE, ways, node_tags=lift).streets
    assert kinds(streets) == [Kind.PATH, Kind.PATH]
    assert reached(streets, GATE, "a") == "ag"


#   d-------c
# p-|a cabin b|-q      p and q on the ground, r above q
CABIN = {
    "a": (0.0, 0.0),
    "b": (3.0, 0.0),
    "c": (3.0, 3.0),
    "d": (0.0, 3.0),
    "p": (-50.0, 0.0),
    "q": (50.0, 0.0),
    "r": (50.0, 40.0),
}


@pytest.mark.parametrize("relation", [False, True])
def test_a_lift_drawn_as_an_area_joins_its_doors_by_one_ride_each(
    tmp_path: Path, relation: bool
) -> None:
    lift = {"highway": "elevator"}
    ways = [
        ("abcda", {} if relation else lift),
        ("pa", FOOTWAY | {"level": "0"}),
        ("bq", FOOTWAY | {"level": "0"}),
        ("br", FOOTWAY | {"level": "2"}),
    ]
    relations = [([(0, "outer")], {"type": "multipolygon"} | lift)] if relation else []
    streets = read(tmp_path, CABIN, ways, relations=relations).streets
    assert reached(streets, CABIN, "p") == "abpqr"
    # three doors, one of them above another
    assert kinds(streets).count(Kind.LIFT) == 3
    assert streets.wait.tolist() == [0, 0, 0, WAIT_PARTS, WAIT_PARTS, WAIT_PARTS]
    assert not rides(streets, CABIN)


def test_an_area_that_is_a_closed_lift_is_no_way_around_it(tmp_path: Path) -> None:
    lift = {"highway": "elevator", "access": "no"}
    ways = [("abcda", lift), ("pa", FOOTWAY), ("bq", FOOTWAY)]
    streets = read(tmp_path, CABIN, ways).streets
    assert reached(streets, CABIN, "p") == "ap"


def test_halls_above_each_other_meet_where_something_leads_up(tmp_path: Path) -> None:
    ground = {"indoor": "corridor", "level": "0"}
    above = {"indoor": "area", "level": "1"}
    ways = [("abcda", ground), ("abcda", above), ("eb", FOOTWAY)]
    # the way from outside leads to both, so that they meet there alone
    streets = read(tmp_path, SQUARE, ways).streets
    assert streets.nodes == 3 + 3 + 2
    assert reached(streets, SQUARE, "e") == "abcde"
    apart = read(tmp_path, SQUARE, ways[:2]).streets
    assert apart.nodes == 8


def test_a_lift_on_one_floor_is_passed_without_a_ride(tmp_path: Path) -> None:
    streets = read(
        tmp_path, GATE, [("agc", FOOTWAY)], node_tags={"g": {"highway": "elevator"}}
    ).streets
    assert kinds(streets) == [Kind.PATH, Kind.PATH]
    assert streets.nodes == 3


def test_a_ferry_is_kept_on_request(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "f.osm.pbf", CROSS, [("ac", {"route": "ferry"})])
    assert kinds(read_streets(path, ferries=True).streets) == [Kind.FERRY]
    with pytest.raises(NoStreets):
        read_streets(path)


def test_a_way_is_cut_where_the_extract_lacks_its_nodes(tmp_path: Path) -> None:
    nodes = {letter: (10.0 * number, 0.0) for number, letter in enumerate("abcdef")}
    found = read(tmp_path, nodes, [("abcdef", STREET), ("ca", FOOTWAY)], absent="c")
    assert moves(found.streets, nodes) == {"ab", "ba", "de", "ed", "ef", "fe"}
    assert (found.ways, found.cut_ways, found.missing_nodes) == (1, 2, 1)


def test_an_extract_without_the_nodes_of_its_ways_says_so(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "f.osm.pbf", CROSS, [("ac", STREET)], absent="ac")
    with pytest.raises(SourceUnreadable, match="does not hold the nodes"):
        read_streets(path)


def test_an_extract_without_streets_is_named(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "sea.osm.pbf", CROSS, [("ac", {"natural": "coastline"})])
    with pytest.raises(NoStreets, match=r"sea\.osm\.pbf"):
        read_streets(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"PK\x03\x04 a spreadsheet, for one" * 9, "not an OpenStreetMap extract")],
)
def test_a_file_that_is_no_extract_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "wrong.osm.pbf"
    path.write_bytes(content)
    with pytest.raises(SourceUnreadable, match=reason) as error:
        read_streets(path)
    assert error.value.path == str(path)


def test_a_file_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="no such file"):
        read_streets(tmp_path / "absent.osm.pbf")


@pytest.mark.parametrize("share", [0.05, 0.5, 0.999])
def test_a_truncated_extract_is_refused(tmp_path: Path, share: float) -> None:
    whole = write_extract(tmp_path / "f.osm.pbf", CROSS, [("ac", STREET)]).read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SourceUnreadable, match="cut"):
        read_streets(path)


def test_a_damaged_block_is_refused(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "f.osm.pbf", CROSS, [("ac", STREET)])
    content = bytearray(path.read_bytes())
    content[-30:-10] = bytes(20)
    path.write_bytes(content)
    with pytest.raises(SourceUnreadable, match="damaged"):
        read_streets(path)


def test_progress_ends_at_one(tmp_path: Path) -> None:
    path = write_extract(tmp_path / "f.osm.pbf", CROSS, [("ac", STREET), ("de", STREET)])
    told: list[tuple[str, float]] = []
    read_streets(path, progress=lambda doing, share: told.append((doing, share)))
    assert told[0] == ("reading streets", 0.0)
    assert ("reading streets", 1.0) in told
    assert told[-1] == ("connecting streets", 1.0)


def largest_component(streets: StreetGraph) -> int:
    shape = (streets.nodes, streets.nodes)
    links = coo_array((np.ones(streets.segments), (streets.start, streets.end)), shape=shape)
    return int(np.bincount(connected_components(links, directed=False)[1]).max())


def test_heidelberg_gives_its_streets_and_stairs(test_data: Path) -> None:
    found = read_streets(test_data / "osm/heidelberg.osm.pbf")
    assert found.streets.nodes > 170_000
    # of 1,546 stairways, some are private or closed
    assert 1_450 <= found.stairways <= 1_546
    assert found.missing_nodes == 0
    assert largest_component(found.streets) > 0.9 * found.streets.nodes


def test_porto_alegre_reads_the_same_twice(test_data: Path) -> None:
    path = test_data / "osm/portoalegre.osm.pbf"
    first, second = read_streets(path), read_streets(path)
    assert 38_000 < first.streets.nodes < 42_000
    assert 390 <= first.stairways <= 413
    for name in (f.name for f in fields(StreetGraph) if f.name != "names"):
        a, b = getattr(first.streets, name), getattr(second.streets, name)
        assert a.tobytes() == b.tobytes(), name
    assert first.streets.names == second.streets.names


def test_an_extract_cut_at_its_box_is_read_as_far_as_it_goes(test_data: Path) -> None:
    found = read_streets(test_data / "osm/helsinki.osm.pbf")
    assert found.cut_ways > 100
    assert found.streets.nodes > 7_000
