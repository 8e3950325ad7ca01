"""Street plans drawn as text, with answers worked out by hand.

At 4 km/h, the flat speed of both paces, 50 m take 45 s. Tobler's factor over the flat is
exp(3.5 (0.05 - |S + 0.05|)) on a slope S in walking direction.
"""

from math import exp, inf, nan

import numpy as np
import pytest

from geo.coverage import count_within_radius, nearest_seconds
from geo.errors import OutsideNetwork
from geo.nearest import Finder, Walk
from geo.network import contract
from geo.pace import OFFICIAL, TERRAIN, TOBLER, Crossing, Pace
from geo.parking import RideFinder, Trip
from geo.reach import sources
from geo.ride import EBIKE
from geo.snap import snap
from geo.weights import weigh
from tests.geo import plans


def walked(
    plan: str,
    start: str,
    station: str,
    *,
    pace: Pace = TERRAIN,
    max_seconds: float = inf,
    **drawn: object,
) -> Walk | None:
    """Return the walk from one lettered place to the station at another, None if there is none."""
    graph, at = plans.drawn(plan, **drawn)  # type: ignore[arg-type]
    network = contract(graph)
    weights = weigh(network, pace)
    there = snap(network, *np.array([at[station]]).T)
    finder = Finder(network, weights, there)
    origin, walks = finder.nearest(*at[start], k=1, max_seconds=max_seconds)
    flooded = nearest_seconds(
        network, weights, sources(weights, there), origin, max_seconds=max_seconds
    )
    assert flooded[0] == pytest.approx(walks[0].seconds if walks else inf)
    return walks[0] if walks else None


def seconds_and_metres(*args: str, **options: object) -> tuple[float, float]:
    walk = walked(*args, **options)  # type: ignore[arg-type]
    assert walk is not None
    return walk.seconds, walk.metres


def ridden(plan: str, start: str, station: str) -> Trip:
    """Return the trip of a rider from one lettered place to the station at another."""
    graph, at = plans.drawn(plan, riding=True)
    network = contract(graph)
    there = snap(network, *np.array([at[station]]).T)
    finder = RideFinder(network, weigh(network, EBIKE), weigh(network, TERRAIN), there)
    _, (trip,) = finder.nearest(*at[start], k=1)
    return trip


def near(*values: float) -> object:
    """Compare seconds and metres to a tenth: coordinates are kept to a centimetre."""
    return pytest.approx(values, abs=0.1)


# 400 m to the bridge, 150 m across, 400 m back: 950 m take 19 x 45 s = 855 s
RIVER = """
A-------o
        !
        !
B-------o
"""


def test_a_river_is_walked_around_by_its_one_bridge() -> None:
    for pace in (OFFICIAL, TERRAIN):
        assert seconds_and_metres(RIVER, "B", "A", pace=pace) == near(855, 950)
    assert walked(RIVER, "B", "A", max_seconds=854.5) is None
    assert walked(RIVER, "B", "A", max_seconds=855.5) is not None
    # a radius that looks across the water sees 150 m
    _, at = plans.drawn(RIVER)
    here, there = (np.array([at[letter]]).T for letter in "BA")
    assert count_within_radius(*here, *there, k=1, radius_metres=151).tolist() == [1]


def test_a_bank_without_a_bridge_is_not_reached() -> None:
    assert walked(RIVER.replace("!", " "), "B", "A") is None


# 300 m of stairs against 100 + 300 + 100 m of street; A lies 4 m above the rest
STAIRWAY = """
A=====B
|     |
o-----o
"""


def test_a_stairway_is_taken_by_the_official_rule_in_both_directions() -> None:
    # 6 x 45 s
    for start, station in ("AB", "BA"):
        found = seconds_and_metres(STAIRWAY, start, station, pace=OFFICIAL, heights={"A": 4})
        assert found == near(270, 300)


def test_terrain_walks_around_a_stairway_up_and_takes_it_down() -> None:
    # up to the station at A the stairs take 300 / 0.61 = 491.8 s; the way round 400 m on the
    # flat, 360 s, and 100 m up 4 %, 90 / exp(3.5 (0.05 - 0.09)) = 103.5 s: 463.5 s
    up = seconds_and_metres(STAIRWAY, "B", "A", heights={"A": 4})
    assert up == near(360 + 90 / exp(-0.14), 500)
    assert up == near(463.5, 500)
    # down to the station at B the stairs take 300 / 0.694 = 432.3 s; the way round
    # 360 + 90 / exp(3.5 (0.05 - 0.01)) = 438.2 s
    assert seconds_and_metres(STAIRWAY, "A", "B", heights={"A": 4}) == near(432.3, 300)


def test_a_rider_walks_to_the_station_and_so_up_to_one_on_a_hill() -> None:
    # 200 m at 10 %: up 180 / exp(3.5 (0.05 - 0.15)) = 180 / 0.7047 = 255.4 s,
    # down 180 / exp(3.5 (0.05 - 0.05)) = 180 s
    hill = {"heights": {"B": 20.0}}
    assert seconds_and_metres("A---B", "A", "B", **hill) == near(255.4, 200)
    assert seconds_and_metres("A---B", "B", "A", **hill) == near(180, 200)
    # 5 % down is the best there is: 180 / exp(3.5 0.05) = 151.1 s
    assert seconds_and_metres("A---B", "B", "A", heights={"B": 10}) == near(151.1, 200)
    up = walked("A---B", "A", "B", **hill)
    assert up is not None
    assert (up.ascent, up.descent) == near(20, 0)


def test_the_nearest_station_is_down_the_hill_though_the_one_above_is_nearer_on_the_map() -> None:
    # up 150 m at 20 %: 135 / exp(3.5 (0.05 - 0.25)) = 271.9 s; down 200 m at 10 %: 180 s
    graph, at = plans.drawn("A--C---B", heights={"A": 30, "B": -20})
    network = contract(graph)
    finder = Finder(
        network, weigh(network, TERRAIN), snap(network, *np.array([at["A"], at["B"]]).T)
    )
    _, walks = finder.nearest(*at["C"], k=2)
    assert [walk.station for walk in walks] == [1, 0]
    assert [walk.seconds for walk in walks] == near(180, 271.9)


def test_a_bridge_passes_over_a_street_without_a_junction() -> None:
    # were they to meet, A to C would be 200 + 100 m; by o and D it is 100 + 200 + 200 m
    plan = """
    C
    |
A~~~+~~~B
|   |
o---D
"""
    assert seconds_and_metres(plan, "A", "C") == near(450, 500)
    met = plan.replace("+", "o")
    assert seconds_and_metres(met, "A", "C") == near(270, 300)


def test_a_tunnel_passes_below_a_street_without_a_junction() -> None:
    plan = """
    C
    |
A-o#+###B
    |   |
    D---o
"""
    # 100 m and 300 m through, 100 m down, 200 m back, 200 m up: 900 m, 18 x 45 s
    assert seconds_and_metres(plan, "A", "C") == near(810, 900)


@pytest.mark.parametrize(
    ("plan", "foot", "top"),
    [
        ("A>B\n| |\no-o", "A", "B"),
        ("B<A\n| |\no-o", "A", "B"),
        ("A-o\nv |\nB-o", "A", "B"),
        ("B-o\n^ |\nA-o", "A", "B"),
    ],
)
def test_an_escalator_carries_one_way_only(plan: str, foot: str, top: str) -> None:
    # along it 10 s of wait and 100 m at 0.5 m/s; against it 300 m round about, 6 x 45 s
    assert seconds_and_metres(plan, foot, top) == near(210, 100)
    assert seconds_and_metres(plan, top, foot) == near(270, 300)
    # the official rule: 2 x 45 s and 6 x 45 s
    assert seconds_and_metres(plan, foot, top, pace=OFFICIAL) == near(90, 100)
    assert seconds_and_metres(plan, top, foot, pace=OFFICIAL) == near(270, 300)


def test_a_station_on_an_islet_is_reached_from_the_street_that_all_others_reach() -> None:
    # 21 by 13 corners of streets; B-o lies 100 m south of A and joins nothing
    mainland = "\n".join(["o" + "-o" * 20, "| " * 21] * 12)
    plan = mainland + "\nA" + "-o" * 20 + "\n\nB-o"
    graph, at = plans.drawn(plan)
    network = contract(graph)
    found = snap(network, *np.array([at["B"]]).T)
    assert network.edge_connected[found.edge[0]]
    assert found.metres[0] == pytest.approx(100, abs=0.1)
    # its leg of 100 m is counted, and so is B's own if it asks: 90 s, 180 s
    assert seconds_and_metres(plan, "A", "B") == near(90, 100)
    assert seconds_and_metres(plan, "B", "B") == near(180, 200)


def test_a_point_outside_says_how_far_the_nearest_street_is() -> None:
    # 40 cells south of A
    graph, at = plans.drawn("A---B")
    network = contract(graph)
    finder = Finder(network, weigh(network, TERRAIN), snap(network, *np.array([at["A"]]).T))
    with pytest.raises(OutsideNetwork, match="2,000 m away") as caught:
        finder.nearest(*plans.place(0, 40), k=1)
    assert caught.value.nearest_metres == pytest.approx(2000, abs=1)


def test_a_lift_takes_a_wait_and_then_carries_at_its_speed() -> None:
    # 40 s and 100 m at 1 m/s either way; the official rule knows no wait
    plan = "A%B\n| |\no-o"
    for start, station in ("AB", "BA"):
        found = seconds_and_metres(plan, start, station, heights={"B": 30})
        assert found == near(140, 100)
    assert seconds_and_metres(plan, "A", "B", pace=OFFICIAL) == near(90, 100)


def test_a_crossing_delays_and_is_avoided_where_the_delay_is_too_long() -> None:
    # across 100 m, 90 s and the wait; round about 300 m, 270 s
    plan = "AxB\n| |\no-o"
    for wait, expected in ((25, near(115, 100)), (200, near(270, 300))):
        pace = Pace(name="careful", crossing=Crossing(wait_seconds=wait, source="by hand"))
        assert seconds_and_metres(plan, "A", "B", pace=pace) == expected
    # the ready-made terrain pace counts none
    assert seconds_and_metres(plan, "A", "B") == near(90, 100)


def test_counted_steps_tell_of_a_climb_that_the_heights_do_not_show() -> None:
    # 50 steps of 0.16 m are 8 m on 150 m, S = 0.0533: up 135 / exp(-0.1867) = 162.7 s,
    # down 135 / exp(0.1633) = 114.7 s; the heights' half metre says which way is up
    pace = Pace(name="sloped", slope=TOBLER)
    stair = {"pace": pace, "heights": {"B": 0.5}, "steps": {"AB": 50}}
    assert seconds_and_metres("A==B", "A", "B", **stair) == near(162.7, 150)
    assert seconds_and_metres("A==B", "B", "A", **stair) == near(114.7, 150)


def test_a_sign_says_which_way_stairs_lead_up() -> None:
    # 150 m: up at 0.61 m/s 245.9 s, down at 0.694 m/s 216.1 s, whatever the heights say
    for heights in ({}, {"A": 3.0}, {"A": nan, "B": nan}):
        for pair, up in (("AB", inf), ("BA", -inf), ("AB", 0.4)):
            told = {"heights": heights, "incline": {pair: up}}
            assert seconds_and_metres("A==B", "A", "B", **told) == near(245.9, 150)
            assert seconds_and_metres("A==B", "B", "A", **told) == near(216.1, 150)


def test_a_signed_incline_counts_where_there_are_no_heights() -> None:
    # as on the hill of 10 %; where heights are known the street is as flat as they say
    told = {"incline": {"AB": 0.1}}
    unknown = {"A": nan, "B": nan}
    assert seconds_and_metres("A---B", "A", "B", heights=unknown, **told) == near(255.4, 200)
    assert seconds_and_metres("A---B", "B", "A", heights=unknown, **told) == near(180, 200)
    assert seconds_and_metres("A---B", "A", "B", **told) == near(180, 200)
    # up, but how much? counted as flat
    steep = {"heights": unknown, "incline": {"AB": inf}}
    assert seconds_and_metres("A---B", "A", "B", **steep) == near(180, 200)


@pytest.mark.parametrize("plan", ["A))B\n|  |\no--o", "B((A\n|  |\no--o"])
def test_a_one_way_street_binds_riders_and_not_walkers(plan: str) -> None:
    # 150 m at 20 km/h, 27 s, and a minute to park
    assert ridden(plan, "A", "B").seconds == pytest.approx(87, abs=0.1)
    # back 100 + 150 + 100 m round about, 63 s; to park at once and walk takes 60 + 135 s
    back = ridden(plan, "B", "A")
    assert (back.seconds, back.metres) == near(123, 350)
    assert seconds_and_metres(plan, "B", "A") == near(135, 150)


def test_a_rider_takes_no_stairs_and_walks_the_last_metres() -> None:
    # 200 m at 20 km/h are 36 s, then 60 s to park, then 150 m of stairs that go nobody knows
    # where: 245.9 s up at 0.61 m/s, 216.1 s down at 0.694 m/s, 231.0 s in the mean
    trip = ridden("A---o==B", "A", "B")
    assert (trip.seconds, trip.metres) == near(36 + 60 + 231.0, 350)
    assert (trip.ride.metres, trip.foot.metres) == near(200, 150)


def test_a_rider_rides_round_stairs_that_a_walker_takes() -> None:
    # round about 100 + 300 + 100 m, 90 s, and a minute; the stairs from B would take 491.8 s
    trip = ridden(STAIRWAY, "A", "B")
    assert (trip.seconds, trip.metres) == near(150, 500)


def test_a_cycle_path_is_open_to_riders_alone_and_a_path_to_walkers_alone() -> None:
    # 100 m straight or 300 m round about: riding 18 or 54 s and a minute, walking 90 or 270 s
    for direct, riding, walking in (("*", 78, 270), (".", 114, 90)):
        plan = f"A{direct}B\n| |\no-o"
        assert ridden(plan, "A", "B").seconds == pytest.approx(riding, abs=0.1)
        assert seconds_and_metres(plan, "A", "B", riding=True)[0] == pytest.approx(walking, abs=0.1)
