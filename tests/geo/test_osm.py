"""Which streets an OpenStreetMap extract gives, and how they meet."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.errors import NoStreets, SourceUnreadable
from geo.osm import OsmStreets, read_streets
from geo.streets import Kind, Rank, StreetGraph
from tests.geo.osm_files import kinds, moves, place, reached, write_extract

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


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "primary"},
        {"highway": "living_street"},
        {"highway": "service", "access": "customers"},
        {"highway": "residential", "access": "destination"},
        {"highway": "residential", "access": "private", "foot": "yes"},
        {"highway": "residential", "access": "no", "foot": "designated"},
        {"highway": "motorway_link", "foot": "yes"},
        {"highway": "trunk", "sidewalk": "both"},
        {"highway": "trunk", "sidewalk:right": "yes"},
        {"highway": "trunk", "foot": "permissive"},
        {"highway": "cycleway"},
        {"highway": "bridleway", "foot": "yes"},
        {"highway": "track"},
        {"highway": "corridor", "indoor": "yes"},
        {"highway": "platform"},
        {"railway": "platform"},
        {"public_transport": "platform"},
        {"highway": "steps"},
    ],
    ids=str,
)
def test_what_is_open_to_walkers_is_kept(tmp_path: Path, tags: dict[str, str]) -> None:
    streets = read(tmp_path, CROSS, [("ac", tags), ("de", STREET)]).streets
    assert moves(streets, CROSS) == {"ac", "ca", "de", "ed"}


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "motorway"},
        {"highway": "motorway_link"},
        {"highway": "trunk"},
        {"highway": "trunk", "sidewalk": "separate"},
        {"highway": "construction", "foot": "yes"},
        {"highway": "proposed"},
        {"highway": "raceway"},
        {"highway": "bus_guideway"},
        {"highway": "bridleway"},
        {"highway": "cycleway", "foot": "no"},
        {"highway": "primary", "foot": "use_sidepath"},
        {"highway": "residential", "foot": "no"},
        {"highway": "residential", "foot": "private", "access": "yes"},
        {"highway": "service", "access": "private"},
        {"highway": "footway", "access": "no"},
        {"highway": "path", "foot:forward": "no", "foot:backward": "no"},
        {"highway": "no_such_class"},
        {"route": "ferry"},
        {"waterway": "river"},
        {"railway": "rail"},
    ],
    ids=str,
)
def test_what_is_closed_to_walkers_is_left_out(tmp_path: Path, tags: dict[str, str]) -> None:
    streets = read(tmp_path, CROSS, [("ac", tags), ("de", STREET)]).streets
    assert moves(streets, CROSS) == {"de", "ed"}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (STREET | {"oneway": "yes"}, {"ac", "ca"}),
        (FOOTWAY | {"oneway": "yes"}, {"ac", "ca"}),
        (FOOTWAY | {"oneway:foot": "yes"}, {"ac"}),
        (FOOTWAY | {"oneway:foot": "-1"}, {"ca"}),
        (FOOTWAY | {"foot:backward": "no"}, {"ac"}),
        ({"highway": "steps", "conveying": "forward"}, {"ac"}),
        ({"highway": "steps", "conveying": "backward"}, {"ca"}),
        ({"highway": "steps", "conveying": "reversible", "oneway": "yes"}, {"ac", "ca"}),
        ({"highway": "steps", "conveying": "yes"}, {"ac", "ca"}),
        ({"highway": "steps", "conveying": "yes", "oneway": "-1"}, {"ca"}),
    ],
    ids=str,
)
def test_one_way_binds_walkers_only_where_it_means_them(
    tmp_path: Path, tags: dict[str, str], expected: set[str]
) -> None:
    assert moves(read(tmp_path, CROSS, [("ac", tags)]).streets, CROSS) == expected


@pytest.mark.parametrize(
    ("tags", "kind", "rank"),
    [
        ({"highway": "secondary_link"}, Kind.STREET, Rank.SECONDARY),
        ({"highway": "unclassified"}, Kind.STREET, Rank.RESIDENTIAL),
        ({"highway": "pedestrian"}, Kind.STREET, Rank.PEDESTRIAN),
        ({"highway": "track"}, Kind.PATH, Rank.PATH),
        ({"highway": "steps"}, Kind.STEPS, Rank.STEPS),
        ({"highway": "steps", "bridge": "yes"}, Kind.STEPS, Rank.STEPS),
        ({"highway": "steps", "conveying": "forward"}, Kind.ESCALATOR, Rank.STEPS),
        ({"highway": "steps", "conveying": "no"}, Kind.STEPS, Rank.STEPS),
        ({"highway": "elevator"}, Kind.LIFT, Rank.PATH),
        ({"highway": "footway", "footway": "crossing"}, Kind.CROSSING, Rank.PATH),
        ({"highway": "primary", "bridge": "viaduct"}, Kind.BRIDGE, Rank.PRIMARY),
        ({"highway": "primary", "bridge": "no"}, Kind.STREET, Rank.PRIMARY),
        ({"highway": "primary", "tunnel": "yes"}, Kind.TUNNEL, Rank.PRIMARY),
        ({"highway": "service", "tunnel": "building_passage"}, Kind.STREET, Rank.SERVICE),
    ],
    ids=str,
)
def test_kind_and_rank_follow_the_tags(
    tmp_path: Path, tags: dict[str, str], kind: Kind, rank: Rank
) -> None:
    streets = read(tmp_path, CROSS, [("ac", tags)]).streets
    assert (streets.kind.tolist(), streets.rank.tolist()) == ([kind], [rank])


def test_a_stairway_shares_its_steps_out_by_length(tmp_path: Path) -> None:
    nodes = {"a": (0.0, 0.0), "b": (10.0, 0.0), "c": (30.0, 0.0), "d": (30.0, 40.0)}
    stairs = {"highway": "steps", "step_count": "71"}
    found = read(tmp_path, nodes, [("abcd", stairs), ("da", {"highway": "steps"})])
    assert found.streets.steps.tolist() == [10, 20, 41, 0]
    assert found.stairways == 2


@pytest.mark.parametrize("count", ["viele", "-5", "12.5", "99999", ""])
def test_a_step_count_that_is_no_count_is_unknown(tmp_path: Path, count: str) -> None:
    stairs = {"highway": "steps", "step_count": count}
    assert read(tmp_path, CROSS, [("ac", stairs)]).streets.steps.tolist() == [0]


GATE = {"a": (-100.0, 0.0), "g": (0.0, 0.0), "c": (100.0, 0.0)}


@pytest.mark.parametrize(
    "tags",
    [
        {"barrier": "gate", "access": "private"},
        {"barrier": "gate", "foot": "no"},
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
    for name in ("longitude", "latitude", "start", "end", "kind", "access", "name", "steps"):
        a, b = getattr(first.streets, name), getattr(second.streets, name)
        assert np.array_equal(a, b), name
    assert first.streets.names == second.streets.names


def test_an_extract_cut_at_its_box_is_read_as_far_as_it_goes(test_data: Path) -> None:
    found = read_streets(test_data / "osm/helsinki.osm.pbf")
    assert found.cut_ways > 100
    assert found.streets.nodes > 7_000
