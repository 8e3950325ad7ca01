"""Bad input: each case a typed error that names the value; no warning, nothing printed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest

from geo.circle import Points, RadiusRule, WalkRule
from geo.coverage import (
    count_within_radius,
    nearest_seconds,
    street_metres,
    street_metres_within_radius,
    times_at,
)
from geo.errors import (
    GeoError,
    InvalidValue,
    NoSources,
    NoStreets,
    NotDegrees,
    OutsideNetwork,
    SourcesOutside,
)
from geo.isochrone import Isochrones, union_polygons, union_streets
from geo.marginal import Marginal
from geo.nearest import Finder
from geo.network import Network, contract
from geo.pace import OFFICIAL, TERRAIN, Conveyance, ExponentialSlope, Pace, Seconds, Segments
from geo.parking import RideFinder, doors
from geo.reach import Reach, Sources, flood, sources
from geo.ride import EBIKE
from geo.snap import Positions, snap, snap_one
from geo.streets import Mode, StreetGraph
from geo.weights import Weights, weigh
from tests.geo import plans

NAN, INF = float("nan"), float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A street of 200 m with two stations and with all that is made of it; and a larger one."""

    graph: StreetGraph
    network: Network
    weights: Weights
    places: Positions
    stations: Sources
    reach: Reach
    finder: Finder
    ride_weights: Weights
    other_weights: Weights
    other_reach: Reach

    def flood(self, **options: object) -> Reach:
        """Flood with one thing changed."""
        return flood(
            self.network,
            options.pop("weights", self.weights),
            options.pop("stations", self.stations),
            **{"max_seconds": 900, **options},
        )

    def nearest(self, **options: object) -> object:
        """Search from a place on the network."""
        return self.finder.from_position(self.places.take(0), **{"k": 1, **options})

    def marginal(self, **options: object) -> Marginal:
        """Weigh stations with one thing changed."""
        weights = options.pop("weights", self.weights)
        given = {"max_seconds": 900, **options}
        return Marginal(self.network, weights, self.stations, self.places, **given)

    def rides(self, **options: object) -> Sources:
        """Look for doors with one thing changed."""
        ride = options.pop("ride", self.ride_weights)
        walk = options.pop("walk", self.weights)
        return doors(self.network, ride, walk, self.places, **{"parking_seconds": 60, **options})

    def changed(self, **arrays: object) -> Network:
        """Contract streets with some arrays changed."""
        return contract(replace(self.graph, **arrays))

    def circles(self, **options: object) -> object:
        """Measure streets in circles with one thing changed."""
        lon, lat = self.degrees()
        given = {"longitude": lon, "latitude": lat, "k": 1, "radius_metres": 100.0, **options}
        lon, lat = given.pop("longitude"), given.pop("latitude")
        return street_metres_within_radius(self.network, lon, lat, **given)

    def counted(self, **options: object) -> object:
        """Count circles with one thing changed."""
        lon, lat = self.degrees()
        given = {"longitude": lon, "latitude": lat, "k": 1, "radius_metres": 100.0, **options}
        at = given.pop("longitude"), given.pop("latitude")
        return count_within_radius(*at, lon, lat, **given)

    def degrees(self) -> tuple[np.ndarray, np.ndarray]:
        """Return lon, lat of the stations."""
        lon, lat = self.places.coordinates(self.network).T
        return lon.copy(), lat.copy()


@pytest.fixture(scope="module")
def world() -> World:
    graph, _ = plans.drawn("A---B", riding=True)
    larger, _ = plans.drawn("A---B---C\n    |\n    D")
    network, other = contract(graph), contract(larger)
    weights, other_weights = weigh(network, TERRAIN), weigh(other, TERRAIN)
    places = plans.at_nodes(network, graph, [0, 1])
    stations = sources(weights, places)
    others = sources(other_weights, plans.at_nodes(other, larger, [0]))
    return World(
        graph=graph,
        network=network,
        weights=weights,
        places=places,
        stations=stations,
        reach=flood(network, weights, stations, max_seconds=900),
        finder=Finder(network, weights, places),
        ride_weights=weigh(network, EBIKE),
        other_weights=other_weights,
        other_reach=flood(other, other_weights, others, max_seconds=900),
    )


class Told:
    """A movement that says what it is told."""

    name = "told"
    mode = Mode.WALK

    def __init__(self, seconds: float, *, speed: float = 1.0, count: int | None = None) -> None:
        self.access_metres_per_second = speed
        self._seconds = seconds
        self._count = count

    def seconds(self, segments: Segments) -> tuple[Seconds, Seconds]:
        """Return the same for all."""
        told = np.full(self._count or len(segments.metres), self._seconds)
        return told, told


def nowhere(count: int) -> Positions:
    """Return places that found no street."""
    return Positions(
        edge=np.full(count, -1, np.int32),
        segment=np.zeros(count, np.int64),
        fraction=np.zeros(count),
        metres=np.full(count, np.inf),
    )


def points(world: World) -> Points:
    lon, lat = world.degrees()
    return Points(longitude=lon, latitude=lat, positions=world.places)


def none_of(world: World) -> Sources:
    return world.stations.only(np.zeros(2, np.bool_))


Attempt = Callable[[World], object]
Case = tuple[Attempt, type[GeoError], str]
DEGREES = "degrees from"

NUMBERS: dict[str, Case] = {
    "nan longitude of a point": (
        lambda w: snap(w.network, [NAN], [29.5]), NotDegrees, "longitude is nan",
    ),
    "infinite latitude of a point": (
        lambda w: snap_one(w.network, 106.5, INF), NotDegrees, "latitude is inf",
    ),
    "nan point of a search": (
        lambda w: w.finder.nearest(106.5, NAN, k=1), NotDegrees, "latitude is nan",
    ),
    "nan longitude of a street": (
        lambda w: w.changed(longitude=np.array([106.5, NAN])), NotDegrees, "longitude is nan",
    ),
    "infinite height": (
        lambda w: w.changed(height=np.array([0, INF], np.float32)), InvalidValue, "height is inf",
    ),
    "nan station in a circle": (
        lambda w: w.circles(longitude=np.array([NAN, 106.5])), NotDegrees, "longitude is nan",
    ),
    "infinite point in a circle": (
        lambda w: w.counted(latitude=np.array([29.5, -INF])), NotDegrees, "latitude is -inf",
    ),
    "nan weight of a point": (
        lambda w: w.marginal(weight=np.array([1, NAN])), InvalidValue, "weight is nan",
    ),
    "negative weight of a point": (
        lambda w: w.marginal(weight=np.array([1, -2.0])), InvalidValue, r"weight is -2\.0",
    ),
}  # fmt: skip

# longitudes and latitudes of two shapes, and metres of a projection as degrees
CRS: dict[str, Case] = {
    "metres for a point": (
        lambda w: snap(w.network, [500_000.0], [3_262_000.0]), NotDegrees,
        rf"longitude is 500000\.0; expected {DEGREES} -180",
    ),
    "latitude and longitude exchanged": (
        lambda w: snap(w.network, [29.5], [106.5]), NotDegrees,
        rf"latitude is 106\.5; expected {DEGREES} -90",
    ),
    "metres for a search": (
        lambda w: w.finder.nearest(500_000.0, 29.5, k=1), NotDegrees, r"longitude is 500000\.0",
    ),
    "metres for streets": (
        lambda w: w.changed(latitude=np.array([3_262_000.0, 29.5])), NotDegrees,
        r"latitude is 3262000\.0",
    ),
    "metres for a station's circle": (
        lambda w: w.circles(longitude=np.array([5e5, 106.5])), NotDegrees, "longitude is 500000",
    ),
    "metres for points in a circle": (
        lambda w: w.counted(latitude=np.array([29.5, 3e6])), NotDegrees, "latitude is 3000000",
    ),
    "two longitudes and one latitude": (
        lambda w: snap(w.network, [106.5, 106.6], [29.5]), InvalidValue, r"latitude is \(1,\)",
    ),
    "a point in another city": (
        lambda w: w.finder.nearest(8.68, 49.41, k=1), OutsideNetwork, "8.680000, 49.410000",
    ),
}  # fmt: skip

SOURCES: dict[str, Case] = {
    "no station at all": (
        lambda w: w.flood(stations=sources(w.weights, w.places.take([]))), NoSources,
        "stations is 0",
    ),
    "no station left of the wanted": (
        lambda w: w.flood(stations=none_of(w)), NoSources, "stations is 0",
    ),
    "no station to search for": (
        lambda w: Finder(w.network, w.weights, nowhere(0)).nearest(106.5, 29.5, k=1), NoSources,
        "stations is 0",
    ),
    "a station off the network": (
        lambda w: sources(w.weights, nowhere(3)), SourcesOutside, r"3 of 3 .* \(number 0, 1, 2\)",
    ),
    "a flood from stations off the network": (
        lambda w: w.flood(stations=sources(w.weights, nowhere(3), outside="leave out")),
        NoSources, "stations is 0",
    ),
    "neither refused nor left out": (
        lambda w: sources(w.weights, w.places, outside="ignore"),  # type: ignore[arg-type]
        InvalidValue, "outside is 'ignore'",
    ),
    "an isochrone of a place off the network": (
        lambda w: Isochrones(w.network, w.weights).streets(nowhere(1), limits_seconds=[900]),
        SourcesOutside, "1 of 1",
    ),
    "a search from a place off the network": (
        lambda w: w.finder.from_position(nowhere(1), k=1), InvalidValue, r"origin is \[-1\]",
    ),
    "a search from two places": (
        lambda w: w.finder.from_position(w.places, k=1), InvalidValue, r"origin is \[0, 0\]",
    ),
    "a gain at a place off the network": (
        lambda w: w.marginal().gain(nowhere(1)), InvalidValue, r"position is \[-1\]",
    ),
    "the loss of a station that is not there": (
        lambda w: w.marginal().loss(2), InvalidValue, "station is 2; expected 0 to 1",
    ),
}  # fmt: skip

COUNTS: dict[str, Case] = {
    "a flood for none": (lambda w: w.flood(k=0), InvalidValue, "k is 0"),
    "a flood for fewer than none": (lambda w: w.flood(k=-1), InvalidValue, "k is -1"),
    "a flood for half a station": (lambda w: w.flood(k=1.5), InvalidValue, r"k is 1\.5"),
    "a flood for no number": (lambda w: w.flood(k=NAN), InvalidValue, "k is nan"),
    "a flood for more than there are": (
        lambda w: w.flood(k=3), InvalidValue, "k is 3; expected at most 2",
    ),
    "a flood for more than are kept": (
        lambda w: w.flood(k=6), InvalidValue, "k is 6; expected a whole number from 1 to 5",
    ),
    "a search for none": (lambda w: w.nearest(k=0), InvalidValue, "k is 0"),
    "a search for half a station": (lambda w: w.nearest(k=0.5), InvalidValue, r"k is 0\.5"),
    "a search for more than there are": (
        lambda w: w.nearest(k=3), InvalidValue, "k is 3; expected a whole number from 1 to 2",
    ),
    "circles of none": (lambda w: w.circles(k=0), InvalidValue, "k is 0"),
    "a count of none": (lambda w: w.counted(k=-2), InvalidValue, "k is -2"),
    "a mask of another length": (
        lambda w: w.nearest(wanted=np.ones(3, np.bool_)), InvalidValue,
        r"wanted is 'bool of shape \(3,\)'; expected bool of shape \(2,\)",
    ),
    "a mask of numbers": (
        lambda w: w.nearest(wanted=np.array([0, 1])), InvalidValue, "wanted is 'int64",
    ),
    "another mask for the sources": (
        lambda w: w.stations.only(np.ones(1, np.bool_)), InvalidValue, "wanted is",
    ),
    "a weight for one of two points": (
        lambda w: w.marginal(weight=np.ones(1)), InvalidValue, r"weight is \(1,\)",
    ),
}  # fmt: skip


def _limits() -> dict[str, Case]:
    """Every function that takes a limit, with every limit that means nothing."""
    attempts: dict[str, Callable[[World, float], object]] = {
        "flood": lambda w, limit: w.flood(max_seconds=limit),
        "search": lambda w, limit: w.nearest(max_seconds=limit),
        "search from a point": lambda w, limit: w.finder.nearest(
            106.5, 29.5, k=1, max_seconds=limit
        ),
        "ride": lambda w, limit: RideFinder(w.network, w.ride_weights, w.weights, w.places).nearest(
            106.5, 29.5, k=1, max_seconds=limit
        ),
        "nearest seconds": lambda w, limit: nearest_seconds(
            w.network, w.weights, w.stations, w.places, max_seconds=limit
        ),
        "nearest seconds of no station": lambda w, limit: nearest_seconds(
            w.network, w.weights, none_of(w), w.places, max_seconds=limit
        ),
        "street metres": lambda w, limit: street_metres(
            w.network, w.weights, w.stations, w.reach, max_seconds=limit
        ),
        "gains and losses": lambda w, limit: w.marginal(max_seconds=limit),
        "the circle by a walk": lambda w, limit: WalkRule(
            w.network, w.weights, points(w), max_seconds=limit
        ),
    }
    rows: dict[str, Case] = {}
    for name, attempt in attempts.items():
        for limit in (0.0, -1.0, NAN, -INF):
            rows[f"{name}: {limit}"] = (
                lambda w, attempt=attempt, limit=limit: attempt(w, limit),
                InvalidValue,
                f"max_seconds is {limit}",
            )
    return rows


def _lengths() -> dict[str, Case]:
    attempts: dict[str, tuple[Callable[[World, float], object], str]] = {
        "snap": (
            lambda w, metres: snap(w.network, [106.5], [29.5], max_metres=metres), "max_metres",
        ),
        "search": (
            lambda w, metres: w.finder.nearest(106.5, 29.5, k=1, max_snap_metres=metres),
            "max_metres",
        ),
        "circles": (lambda w, metres: w.circles(radius_metres=metres), "radius_metres"),
        "count in circles": (lambda w, metres: w.counted(radius_metres=metres), "radius_metres"),
        "the circle by a radius": (
            lambda w, metres: RadiusRule(w.network, points(w), radius_metres=metres).count(
                points(w)
            ),
            "radius_metres",
        ),
    }  # fmt: skip
    return {
        f"{name}: {metres}": (partial(_with, attempt, metres), InvalidValue, f"{what} is {metres}")
        for name, (attempt, what) in attempts.items()
        for metres in (0.0, -5.0, NAN, INF)
    }


def _with(attempt: Callable[[World, float], object], value: float, world: World) -> object:
    return attempt(world, value)


def _isochrone_limits() -> dict[str, Case]:
    rows: dict[str, Case] = {}
    for limits in ([], [0.0], [-60.0], [NAN], [INF], [900.0, 300.0], [300.0, 300.0]):
        said = ", ".join(map(str, limits))
        expected = rf"limits_seconds is \[{said}\]"
        rows[f"isochrone: {limits}"] = (
            lambda w, limits=limits: Isochrones(w.network, w.weights).polygons(
                w.places.take(0), limits_seconds=limits
            ),
            InvalidValue,
            expected,
        )
    for union in (union_streets, union_polygons):
        rows[f"{union.__name__} beyond the flood"] = (
            lambda w, union=union: union(
                w.network, w.weights, w.stations, w.reach, limits_seconds=[901]
            ),
            InvalidValue,
            r"limits_seconds is \[901\.0\]; expected at most the flood's 900 s",
        )
    return rows


PACES: dict[str, Case] = {
    "negative seconds": (
        lambda w: weigh(w.network, Told(-1.0)), InvalidValue, r"seconds of told is -1\.0",
    ),
    "seconds that are no number": (
        lambda w: weigh(w.network, Told(NAN)), InvalidValue, "seconds of told is nan",
    ),
    "seconds without end": (
        lambda w: weigh(w.network, Told(INF)), InvalidValue, "seconds of told is inf",
    ),
    "seconds of fewer segments": (
        lambda w: weigh(w.network, Told(1.0, count=1)), InvalidValue,
        r"seconds of told is \(1,\)",
    ),
    "no speed to the street": (
        lambda w: weigh(w.network, Told(1.0, speed=0.0)), InvalidValue,
        r"access speed of told is 0\.0",
    ),
    "a wait of negative seconds": (
        lambda w: Conveyance(wait_seconds=-1, metres_per_second=1, source=""), InvalidValue,
        "wait_seconds is -1",
    ),
    "a speed of zero": (
        lambda w: Pace(name="still", flat_metres_per_second=0), InvalidValue,
        "flat_metres_per_second is 0",
    ),
    "an endless speed": (
        lambda w: Pace(name="light", flat_metres_per_second=INF), InvalidValue,
        "flat_metres_per_second is inf",
    ),
    "a slope that is no number": (
        lambda w: ExponentialSlope(steepness=NAN, best=0, source=""), InvalidValue,
        "steepness is nan",
    ),
    "negative seconds to park": (
        lambda w: w.rides(parking_seconds=-60.0), InvalidValue, r"parking_seconds is -60\.0",
    ),
    "a walk from the ebike without end": (
        lambda w: w.rides(max_foot_seconds=INF), InvalidValue, "max_foot_seconds is inf",
    ),
}  # fmt: skip

EMPTY: dict[str, Case] = {
    "no streets": (lambda w: contract(plans.make([], [])), NoStreets, "the street graph holds no"),
    "nodes without streets": (
        lambda w: contract(plans.make([(106.5, 29.5, 0)], [])), NoStreets, "holds no street",
    ),
    "a street across the 180th meridian": (
        lambda w: contract(plans.make([(179.99, 10, 0), (-179.99, 10, 0)], [(0, 1, 0, 3)])),
        InvalidValue, "longitude of a segment is -359.98",
    ),
    "an array of another length": (
        lambda w: w.changed(kind=np.zeros(3, np.uint8)), InvalidValue, r"kind is \(3,\)",
    ),
    "a segment to a node that is not there": (
        lambda w: w.changed(end=np.array([7], np.int32)), InvalidValue, "end is 7",
    ),
    "a segment from nowhere": (
        lambda w: w.changed(start=np.array([-1], np.int32)), InvalidValue, "start is -1",
    ),
    "a segment from a node to itself": (
        lambda w: w.changed(end=w.graph.start), InvalidValue, "end is 0; expected another node",
    ),
    "a segment open to nobody": (
        lambda w: w.changed(access=np.array([4], np.uint8)), InvalidValue, "access is 4",
    ),
    "streets for riders alone": (
        lambda w: snap_one(w.changed(access=np.array([24], np.uint8)), 106.5, 29.5),
        OutsideNetwork, "no street of the network is near|street is",
    ),
    "a mode that is none": (
        lambda w: snap(w.network, [106.5], [29.5], mode=4),  # type: ignore[arg-type]
        InvalidValue, "mode is 4",
    ),
}  # fmt: skip

SHAPES = r"weights terrain is \(6, 6\); expected the arcs and vertices of the network itself"
OTHERS: dict[str, Case] = {
    "flood": (lambda w: w.flood(weights=w.other_weights), InvalidValue, SHAPES),
    "search": (lambda w: Finder(w.network, w.other_weights, w.places), InvalidValue, SHAPES),
    "times at points": (
        lambda w: times_at(w.network, w.other_weights, w.stations, w.reach, w.places),
        InvalidValue, SHAPES,
    ),
    "times at points by another reach": (
        lambda w: times_at(w.network, w.weights, w.stations, w.other_reach, w.places),
        InvalidValue, r"reach is \(4, 1\); expected one row for each of 2 junctions",
    ),
    "street metres": (
        lambda w: street_metres(
            w.network, w.other_weights, w.stations, w.reach, max_seconds=900
        ),
        InvalidValue, SHAPES,
    ),
    "street metres by another reach": (
        lambda w: street_metres(
            w.network, w.weights, w.stations, w.other_reach, max_seconds=900
        ),
        InvalidValue, r"reach is \(4, 1\)",
    ),
    "street metres beyond the flood": (
        lambda w: street_metres(w.network, w.weights, w.stations, w.reach, max_seconds=901),
        InvalidValue, "max_seconds is 901; expected above 0 and at most the flood's 900 s",
    ),
    "gains and losses": (lambda w: w.marginal(weights=w.other_weights), InvalidValue, SHAPES),
    "isochrones": (lambda w: Isochrones(w.network, w.other_weights), InvalidValue, SHAPES),
    "the circle by a walk": (
        lambda w: WalkRule(w.network, w.other_weights, points(w), max_seconds=900),
        InvalidValue, SHAPES,
    ),
    "last metres on foot": (lambda w: w.rides(walk=w.other_weights), InvalidValue, SHAPES),
    "walkers' weights for riders": (
        lambda w: w.rides(ride=w.weights), InvalidValue, "weights is 'terrain'",
    ),
}  # fmt: skip

TABLE = {
    f"{part}: {name}": case
    for part, cases in (
        ("numbers", NUMBERS),
        ("reference system", CRS),
        ("stations", SOURCES),
        ("counts", COUNTS),
        ("limits", _limits()),
        ("lengths", _lengths()),
        ("isochrone limits", _isochrone_limits()),
        ("paces", PACES),
        ("streets", EMPTY),
        ("another network", OTHERS),
    )
    for name, case in cases.items()
}


@pytest.mark.parametrize(("attempt", "error", "said"), TABLE.values(), ids=TABLE.keys())
def test_bad_input_is_refused_by_a_typed_error_that_names_the_value(
    world: World,
    capfd: pytest.CaptureFixture[str],
    attempt: Attempt,
    error: type[GeoError],
    said: str,
) -> None:
    with pytest.raises(error, match=said) as caught:
        attempt(world)
    assert type(caught.value) is error
    # warnings are errors in all tests
    assert capfd.readouterr() == ("", "")


def test_what_was_given_is_never_changed(world: World) -> None:
    # the good twin of every row: the same calls answer where nothing is wrong
    before = world.weights.arc_in.tobytes(), world.stations.forward.tobytes()
    assert world.flood(k=2).seconds.shape == (2, 2)
    assert world.nearest(k=2, wanted=np.array([True, False]), max_seconds=INF)
    assert world.marginal(weight=np.array([0.0, 2.0])).covered == 2
    assert world.rides().stations == 2
    assert np.asarray(world.circles()).sum() == pytest.approx(200, abs=0.1)
    assert np.asarray(world.counted()).tolist() == [1, 1]
    assert weigh(world.network, Told(0.0)).arc_in.tolist() == [0, 0]
    assert weigh(world.network, OFFICIAL).name == "official"
    assert (world.weights.arc_in.tobytes(), world.stations.forward.tobytes()) == before
