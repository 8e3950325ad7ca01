"""Paces from named parts: what each part does, and that nonsense is refused."""

import numpy as np
import pytest

from geo.errors import InvalidValue
from geo.network import contract
from geo.pace import (
    OFFICIAL,
    TERRAIN,
    TOBLER,
    Conveyance,
    Crossing,
    ExponentialSlope,
    Pace,
    Segments,
    Stairs,
    TabulatedSlope,
)
from geo.ride import EBIKE, Ebike
from geo.streets import WAIT_PARTS, Kind, Rank
from geo.weights import weigh
from tests.geo import plans


def one(
    *,
    metres: float = 100.0,
    climb: float = 0.0,
    kind: Kind = Kind.STREET,
    rank: Rank = Rank.RESIDENTIAL,
    steps: int = 0,
    wait: int = 0,
) -> Segments:
    return Segments(
        np.array([metres], np.float32),
        np.array([climb], np.float32),
        np.array([kind], np.uint8),
        np.array([rank], np.uint8),
        np.array([steps], np.uint8),
        np.array([wait], np.uint8),
    )


def both(pace: Pace | Ebike, segments: Segments) -> tuple[float, float]:
    forward, backward = pace.seconds(segments)
    return float(forward[0]), float(backward[0])


def test_the_official_pace_walks_a_kilometre_in_fifteen_minutes_whatever_the_ground() -> None:
    for kind, climb in ((Kind.STREET, 0), (Kind.STEPS, 300), (Kind.LIFT, -50)):
        walk = one(metres=1000, climb=climb, kind=kind, wait=WAIT_PARTS)
        assert both(OFFICIAL, walk) == pytest.approx((900, 900))


def test_tobler_gives_its_published_speeds_scaled_to_the_flat() -> None:
    # 6 km/h at 5 % down, 5.04 km/h on the flat, 2.54 km/h... at 20 % up: 6 exp(-3.5 * 0.25)
    slope = np.array([-0.05, 0.0, 0.2])
    expected = 6 * np.exp(-3.5 * np.array([0.0, 0.05, 0.25]))
    assert TOBLER.factor(slope) * 6 * np.exp(-3.5 * 0.05) == pytest.approx(expected)


def test_uphill_takes_longer_than_downhill_and_the_direction_is_right() -> None:
    forward, backward = both(TERRAIN, one(climb=20))
    assert forward > backward
    assert both(TERRAIN, one(climb=-20)) == pytest.approx((backward, forward))


def test_stairs_are_walked_at_weidmanns_speeds_up_and_down() -> None:
    assert both(TERRAIN, one(metres=61, climb=30, kind=Kind.STEPS)) == pytest.approx(
        (100.0, 61 / 0.694)
    )


def test_counted_steps_stand_in_for_a_climb_the_model_did_not_see() -> None:
    counted = one(metres=40, climb=0.5, steps=100)
    measured = one(metres=40, climb=16.0)
    assert both(TERRAIN, counted) == pytest.approx(both(TERRAIN, measured))


def test_a_wait_is_shared_out_over_the_segments_of_one_lift() -> None:
    pace = Pace(
        name="lifts", lift=Conveyance(wait_seconds=60, metres_per_second=2, source="a test")
    )
    whole = both(pace, one(metres=20, kind=Kind.LIFT, wait=WAIT_PARTS))
    third = both(pace, one(metres=20, kind=Kind.LIFT, wait=WAIT_PARTS // 3))
    assert whole == pytest.approx((70, 70))
    assert third == pytest.approx((30, 30))


def test_a_crossing_delays_only_where_the_pace_says_so() -> None:
    delayed = Pace(name="careful", crossing=Crossing(wait_seconds=25, source="a test"))
    crossing = one(metres=10, kind=Kind.CROSSING, wait=WAIT_PARTS)
    assert both(delayed, crossing)[0] == pytest.approx(both(OFFICIAL, crossing)[0] + 25)


def test_a_tabulated_slope_interpolates_and_holds_beyond_its_ends() -> None:
    table = TabulatedSlope(slopes=(-0.2, 0.0, 0.2), factors=(0.8, 1.0, 0.5), source="a test")
    assert table.factor(np.array([-0.5, -0.1, 0.1, 0.9])) == pytest.approx([0.8, 0.9, 0.75, 0.5])


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("flat_metres_per_second", lambda: Pace(name="p", flat_metres_per_second=-1)),
        ("flat_metres_per_second", lambda: Pace(name="p", flat_metres_per_second=float("nan"))),
        ("steepness", lambda: ExponentialSlope(steepness=-1, best=0, source="")),
        ("best", lambda: ExponentialSlope(steepness=1, best=float("inf"), source="")),
        ("slopes", lambda: TabulatedSlope(slopes=(0.1, 0.0), factors=(1, 1), source="")),
        ("slopes", lambda: TabulatedSlope(slopes=(), factors=(), source="")),
        ("factors", lambda: TabulatedSlope(slopes=(0.0,), factors=(0.0,), source="")),
        (
            "up_metres_per_second",
            lambda: Stairs(up_metres_per_second=0, down_metres_per_second=1, source=""),
        ),
        (
            "wait_seconds",
            lambda: Conveyance(wait_seconds=-3, metres_per_second=1, source=""),
        ),
        ("wait_seconds", lambda: Crossing(wait_seconds=float("inf"), source="")),
        ("watts", lambda: Ebike(watts=0)),
        ("parking_seconds", lambda: Ebike(parking_seconds=-1)),
    ],
)
def test_a_part_that_makes_no_sense_is_refused_by_name(name: str, make: object) -> None:
    with pytest.raises(InvalidValue, match=name):
        make()  # type: ignore[operator]


def test_a_pace_with_negative_seconds_is_refused_when_it_weighs_a_network() -> None:
    class Backwards:
        name = "backwards"
        mode = OFFICIAL.mode
        access_metres_per_second = 1.0

        def seconds(self, segments: Segments) -> tuple[np.ndarray, np.ndarray]:
            gone = -np.ones(len(segments.metres))
            return gone, gone

    graph, _ = plans.drawn("A---B")
    with pytest.raises(InvalidValue, match="seconds of backwards"):
        weigh(contract(graph), Backwards())


def test_an_ebike_rides_no_faster_than_the_law_and_slower_uphill() -> None:
    flat = both(EBIKE, one(metres=1000, rank=Rank.PRIMARY))
    assert flat == pytest.approx((144, 144))
    up, down = both(EBIKE, one(metres=1000, climb=80, rank=Rank.PRIMARY))
    assert down == pytest.approx(144)
    # 320 W lift 150 kg at 8 % and roll them: close to 2.4 m/s, air hardly counts
    assert 1000 / up == pytest.approx(2.4, abs=0.05)


def test_an_ebike_slows_down_among_walkers() -> None:
    among = both(EBIKE, one(metres=80, rank=Rank.PEDESTRIAN))
    assert among == pytest.approx((36, 36))
