"""Paces from named parts: what each part does, and that nonsense is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


FERRY = Pace(
    name="ferried",
    slope=TabulatedSlope(slopes=(-0.3, 0.0, 0.3), factors=(0.6, 1.0, 0.4), source="a test"),
    ferry=Conveyance(wait_seconds=300, metres_per_second=3, source="a test"),
    crossing=Crossing(wait_seconds=20, source="a test"),
)
MOVEMENTS = (OFFICIAL, TERRAIN, FERRY, EBIKE)


@st.composite
def many(draw: st.DrawFn) -> Segments:
    """Draw segments of all kinds, lengths, climbs, counted steps and shares of a wait."""
    count = draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return Segments(
        rng.choice([0.0, 0.01, 1.0, 30.0, 500.0], count).astype(np.float32),
        rng.choice([0.0, 0.0, -400.0, -3.0, 0.2, 25.0], count).astype(np.float32),
        rng.integers(len(Kind), size=count).astype(np.uint8),
        rng.integers(len(Rank), size=count).astype(np.uint8),
        rng.choice([0, 0, 1, 120, 255], count).astype(np.uint8),
        rng.choice([0, WAIT_PARTS // 2, WAIT_PARTS], count).astype(np.uint8),
    )


@given(segments=many(), movement=st.sampled_from(MOVEMENTS))
def test_a_climb_turned_round_swaps_the_two_directions(
    segments: Segments, movement: Pace | Ebike
) -> None:
    # counted steps without a climb lead up walking forward, whichever way round
    segments = segments._replace(steps=np.where(segments.climb != 0, segments.steps, 0))
    # which way level stairs are walked up cannot be told either
    segments = segments._replace(
        kind=np.where(segments.climb == 0, np.uint8(Kind.STREET), segments.kind)
    )
    forward, backward = movement.seconds(segments)
    there, back = movement.seconds(segments._replace(climb=-segments.climb))
    assert forward.tolist() == back.tolist()
    assert backward.tolist() == there.tolist()


@given(segments=many(), movement=st.sampled_from(MOVEMENTS))
def test_every_segment_takes_a_finite_time_and_one_of_no_length_only_its_wait(
    segments: Segments, movement: Pace | Ebike
) -> None:
    for seconds in movement.seconds(segments):
        assert np.isfinite(seconds).all()
        assert (seconds >= 0).all()
        assert (seconds[segments.metres > 0] > 0).all()
        still = (segments.metres == 0) & (segments.wait == 0)
        assert (seconds[still] == 0).all()


@given(segments=many(), movement=st.sampled_from(MOVEMENTS))
def test_halves_of_a_segment_take_as_long_as_the_whole(
    segments: Segments, movement: Pace | Ebike
) -> None:
    # steps are whole, and a wait is shared out in parts
    segments = segments._replace(steps=segments.steps & np.uint8(254))
    half = segments._replace(
        metres=segments.metres / 2,
        climb=segments.climb / 2,
        steps=segments.steps // 2,
        wait=segments.wait // 2,
    )
    for whole, part in zip(movement.seconds(segments), movement.seconds(half), strict=True):
        assert 2 * part == pytest.approx(whole)


@given(segments=many(), movement=st.sampled_from((OFFICIAL, TERRAIN, EBIKE)))
def test_up_never_takes_less_than_down(segments: Segments, movement: Pace | Ebike) -> None:
    forward, backward = movement.seconds(segments._replace(climb=np.abs(segments.climb)))
    assert (forward >= backward).all()


def test_a_cliff_counts_as_45_degrees() -> None:
    cliff, steep = one(metres=10, climb=400), one(metres=10, climb=10)
    assert both(TERRAIN, cliff) == both(TERRAIN, steep)


def test_a_ferry_takes_its_wait_and_its_speed_and_knows_no_slope() -> None:
    crossing = one(metres=600, climb=5, kind=Kind.FERRY, wait=WAIT_PARTS)
    assert both(FERRY, crossing) == pytest.approx((500, 500))
    # a pace without the part walks it like a street
    assert both(OFFICIAL, crossing) == pytest.approx((540, 540))


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


def test_stairs_that_go_nobody_knows_where_take_the_mean_of_up_and_down() -> None:
    mean = (50 / 0.61 + 50 / 0.694) / 2
    assert both(TERRAIN, one(metres=50, kind=Kind.STEPS)) == pytest.approx((mean, mean))
    assert both(TERRAIN, one(metres=50, kind=Kind.STEPS, steps=90)) == pytest.approx((mean, mean))
