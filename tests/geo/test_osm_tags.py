"""What tags of OpenStreetMap say to walkers, to riders, and of slopes."""

import math
from pathlib import Path

import pytest

from geo._osm_slope import incline
from geo.osm import OsmStreets, read_streets
from geo.streets import Kind, Rank
from tests.geo.osm_files import moves, reached, rides, write_extract

STREET = {"highway": "residential"}
FOOTWAY = {"highway": "footway"}

#     d
#     |
# a---|---c      no node is shared
#     |
#     e
CROSS = {"a": (-100.0, 0.0), "c": (100.0, 0.0), "d": (0.0, 100.0), "e": (0.0, -100.0)}


def read(folder: Path, *arguments: object, **options: object) -> OsmStreets:
    return read_streets(write_extract(folder / "plan.osm.pbf", *arguments, **options))  # type: ignore[arg-type]


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
        {"highway": "trunk", "sidewalk": "right;no"},
        {"highway": "trunk", "foot": "permissive"},
        {"highway": "primary", "motorroad": "yes", "sidewalk:both": "yes"},
        {"highway": "primary", "sidewalk": "no"},
        {"highway": "primary", "sidewalk": "separate"},
        {"highway": "residential", "foot": "destination", "access": "no"},
        {"highway": "service", "access": "agricultural;forestry"},
        {"highway": "cycleway"},
        {"highway": "bridleway", "foot": "yes"},
        {"highway": "track"},
        {"highway": "corridor", "indoor": "yes"},
        {"highway": "footway", "indoor": "yes", "level": "3"},
        {"indoor": "corridor", "level": "1"},
        {"indoor": "area"},
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
        {"highway": "trunk", "sidewalk": "no"},
        {"highway": "trunk", "sidewalk:both": "separate"},
        {"highway": "secondary", "motorroad": "yes"},
        {"highway": "motorway", "sidewalk": "right"},
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
        {"highway": "service", "access": "private;no"},
        {"indoor": "room"},
        {"indoor": "wall"},
        {"indoor": "corridor", "access": "private"},
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
        ({"highway": "path", "oneway": "yes", "bicycle": "yes"}, {"ac", "ca"}),
        ({"highway": "path", "oneway": "yes", "bicycle": "no"}, {"ac"}),
        ({"highway": "pedestrian", "oneway": "-1", "vehicle": "no"}, {"ca"}),
        ({"highway": "steps", "oneway": "yes"}, {"ac"}),
        ({"highway": "steps", "oneway": "yes", "oneway:foot": "no"}, {"ac", "ca"}),
        ({"highway": "residential", "oneway": "yes", "vehicle": "no"}, {"ac", "ca"}),
        ({"highway": "residential", "junction": "roundabout"}, {"ac", "ca"}),
        ({"highway": "footway", "conveying": "yes", "oneway": "yes"}, {"ac"}),
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
        ({"highway": "footway", "conveying": "yes"}, Kind.ESCALATOR, Rank.PATH),
        ({"highway": "footway", "indoor": "yes", "level": "-1"}, Kind.TUNNEL, Rank.PATH),
        ({"highway": "footway", "indoor": "yes", "level": "-2;-1"}, Kind.TUNNEL, Rank.PATH),
        ({"highway": "footway", "indoor": "yes", "level": "-1;0"}, Kind.PATH, Rank.PATH),
        ({"highway": "footway", "location": "underground"}, Kind.TUNNEL, Rank.PATH),
        ({"highway": "footway", "layer": "-1"}, Kind.PATH, Rank.PATH),
        ({"indoor": "corridor", "level": "2"}, Kind.PATH, Rank.PATH),
        ({"highway": "cycleway", "cycleway": "crossing"}, Kind.CROSSING, Rank.PATH),
    ],
    ids=str,
)
def test_kind_and_rank_follow_the_tags(
    tmp_path: Path, tags: dict[str, str], kind: Kind, rank: Rank
) -> None:
    streets = read(tmp_path, CROSS, [("ac", tags)]).streets
    assert (streets.kind.tolist(), streets.rank.tolist()) == ([kind], [rank])


@pytest.mark.parametrize("count", ["viele", "-5", "12.5", "99999", ""])
def test_a_step_count_that_is_no_count_is_unknown(tmp_path: Path, count: str) -> None:
    stairs = {"highway": "steps", "step_count": count}
    assert read(tmp_path, CROSS, [("ac", stairs)]).streets.steps.tolist() == [0]


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "residential"},
        {"highway": "trunk"},
        {"highway": "primary_link"},
        {"highway": "track"},
        {"highway": "cycleway", "foot": "no"},
        {"highway": "path", "bicycle": "yes"},
        {"highway": "footway", "bicycle": "designated"},
        {"highway": "pedestrian", "bicycle": "permissive"},
        {"highway": "primary", "motorroad": "yes", "bicycle": "yes"},
        {"highway": "residential", "access": "private", "bicycle": "yes"},
        {"highway": "residential", "vehicle": "no", "bicycle": "yes"},
        {"highway": "residential", "access": "no", "vehicle": "destination"},
        {"highway": "residential", "motor_vehicle": "no"},
        {"highway": "residential", "bicycle": "no", "electric_bicycle": "yes"},
        {"highway": "service", "access": "delivery"},
    ],
    ids=str,
)
def test_what_is_open_to_riders_is_ridden_both_ways(tmp_path: Path, tags: dict[str, str]) -> None:
    streets = read(tmp_path, CROSS, [("ac", tags), ("de", FOOTWAY)]).streets
    assert rides(streets, CROSS) == {"ac", "ca"}


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "motorway"},
        {"highway": "primary", "motorroad": "yes"},
        {"highway": "trunk", "bicycle": "no"},
        {"highway": "busway"},
        {"highway": "bridleway"},
        {"highway": "construction", "bicycle": "yes"},
        {"highway": "path"},
        {"highway": "footway"},
        {"highway": "pedestrian"},
        {"highway": "pedestrian", "bicycle": "dismount"},
        {"highway": "footway", "access": "yes"},
        {"highway": "steps", "bicycle": "yes"},
        {"highway": "elevator", "bicycle": "yes"},
        {"highway": "corridor", "bicycle": "yes"},
        {"highway": "platform"},
        {"highway": "cycleway", "indoor": "yes"},
        {"highway": "cycleway", "conveying": "yes"},
        {"highway": "residential", "access": "private"},
        {"highway": "residential", "vehicle": "private"},
        {"highway": "residential", "vehicle": "no", "access": "yes"},
        {"highway": "residential", "electric_bicycle": "no", "bicycle": "yes"},
        {"highway": "primary", "bicycle": "use_sidepath"},
        {"highway": "track", "vehicle": "agricultural; forestry"},
        {"highway": "residential", "oneway": "reversible"},
        {"route": "ferry", "bicycle": "yes"},
    ],
    ids=str,
)
def test_what_is_closed_to_riders_is_not_ridden(tmp_path: Path, tags: dict[str, str]) -> None:
    streets = read(tmp_path, CROSS, [("ac", tags), ("de", FOOTWAY)]).streets
    assert rides(streets, CROSS) == set()


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"oneway": "yes"}, {"ac"}),
        ({"oneway": "-1"}, {"ca"}),
        ({"oneway": "no"}, {"ac", "ca"}),
        ({"oneway": "alternating"}, {"ac", "ca"}),
        ({"junction": "roundabout"}, {"ac"}),
        ({"junction": "circular"}, {"ac"}),
        ({"junction": "roundabout", "oneway": "no"}, {"ac", "ca"}),
        ({"highway": "motorway_link", "bicycle": "yes"}, {"ac"}),
        ({"oneway": "yes", "oneway:bicycle": "no"}, {"ac", "ca"}),
        ({"oneway": "yes", "oneway:bicycle": "-1"}, {"ca"}),
        ({"oneway:bicycle": "yes"}, {"ac"}),
        ({"oneway": "yes", "cycleway": "opposite"}, {"ac", "ca"}),
        ({"oneway": "yes", "cycleway:left": "opposite_lane"}, {"ac", "ca"}),
        ({"oneway": "yes", "cycleway:left": "lane", "cycleway:left:oneway": "-1"}, {"ac", "ca"}),
        ({"oneway": "yes", "cycleway:left": "lane"}, {"ac"}),
        ({"oneway": "yes", "cycleway:left": "no", "cycleway:left:oneway": "-1"}, {"ac"}),
        ({"oneway": "yes", "bicycle:backward": "yes"}, {"ac", "ca"}),
        ({"bicycle:backward": "no"}, {"ac"}),
        ({"bicycle:forward": "use_sidepath"}, {"ca"}),
        ({"vehicle:backward": "no"}, {"ac"}),
        ({"vehicle:backward": "no", "bicycle": "yes"}, {"ac", "ca"}),
        ({"highway": "footway", "bicycle": "yes", "oneway": "yes"}, {"ac"}),
    ],
    ids=str,
)
def test_one_way_binds_riders(tmp_path: Path, tags: dict[str, str], expected: set[str]) -> None:
    streets = read(tmp_path, CROSS, [("ac", STREET | tags), ("de", FOOTWAY)]).streets
    assert rides(streets, CROSS) == expected


def test_a_ferry_is_ridden_where_it_takes_bicycles(tmp_path: Path) -> None:
    ferry = {"route": "ferry"}
    path = write_extract(
        tmp_path / "f.osm.pbf", CROSS, [("ac", ferry), ("de", ferry | {"bicycle": "yes"})]
    )
    streets = read_streets(path, ferries=True).streets
    assert moves(streets, CROSS) == {"ac", "ca", "de", "ed"}
    assert rides(streets, CROSS) == {"de", "ed"}


GATE = {"a": (-100.0, 0.0), "g": (0.0, 0.0), "c": (100.0, 0.0)}


@pytest.mark.parametrize(
    ("tags", "passes"),
    [
        ({"barrier": "gate"}, True),
        ({"barrier": "bollard"}, True),
        ({"barrier": "cycle_barrier"}, True),
        ({"barrier": "lift_gate", "bicycle": "dismount"}, True),
        ({"barrier": "stile", "bicycle": "yes"}, True),
        ({"barrier": "gate", "access": "private", "bicycle": "yes"}, True),
        ({"barrier": "gate", "vehicle": "no", "electric_bicycle": "yes"}, True),
        ({"barrier": "stile"}, False),
        ({"barrier": "full-height_turnstile"}, False),
        ({"barrier": "gate", "bicycle": "no"}, False),
        ({"barrier": "gate", "vehicle": "no"}, False),
        ({"barrier": "gate", "access": "no"}, False),
        ({"barrier": "gate", "locked": "yes"}, False),
        ({"barrier": "wall"}, False),
    ],
    ids=str,
)
def test_tags_of_a_barrier_say_whether_riders_pass(
    tmp_path: Path, tags: dict[str, str], passes: bool
) -> None:
    streets = read(tmp_path, GATE, [("agc", STREET)], node_tags={"g": tags}).streets
    assert ("c" in reached(streets, GATE, "a", riding=True)) is passes


@pytest.mark.parametrize(
    ("value", "slope"),
    [
        ("up", math.inf),
        ("down", -math.inf),
        ("Up", math.inf),
        ("10%", 0.10),
        ("-5 %", -0.05),
        ("+3.5%", 0.035),
        ("5,5%", 0.055),
        ("0", 0.0),
        ("0%", 0.0),
        ("-8", -0.08),
        ("−7％", -0.07),
        ("10°", 0.17633),
        ("-5°", -0.08749),
        ("15 º", 0.26795),
        ("1:12", 1 / 12),
        ("-1 : 20", -1 / 20),
        ("100%", 1.0),
    ],
)
def test_an_incline_is_read_as_rise_over_length(value: str, slope: float) -> None:
    assert incline({"incline": value}) == pytest.approx(slope, abs=1e-5)


@pytest.mark.parametrize(
    "value",
    ["", "yes", "steep", "up/down", "5-10%", "10%;up", "250%", "80°", "1:0", "12 m", "--5%"],
)
def test_an_incline_that_says_nothing_or_nonsense_is_unknown(value: str) -> None:
    assert math.isnan(incline({"incline": value}))
