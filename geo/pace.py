"""How long a segment takes: paces of walking, put together from named parts.

Two are ready made. ``OFFICIAL`` is the rule of the service circle: 4 km/h on
everything, so that 15 minutes are 1 km. ``TERRAIN`` is honest about slopes,
stairs, lifts and crossings. Riding is in :mod:`geo.ride`.

Every part says where its figures come from; a figure without a source is
called an assumption.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidValue
from geo.network import Network
from geo.streets import WAIT_PARTS, Kind, Mode

STEP_METRES = 0.16  # a common riser of outdoor public stairs
MAX_SLOPE = 1.0

Seconds = NDArray[np.float64]


class Segments(NamedTuple):
    """What a pace is told of segments, each of shape (n,); see :class:`geo.network.Network`."""

    metres: NDArray[np.float32]
    climb: NDArray[np.float32]
    kind: NDArray[np.uint8]
    rank: NDArray[np.uint8]
    steps: NDArray[np.uint8]
    wait: NDArray[np.uint8]


def segments_of(network: Network) -> Segments:
    """Return the segments of a network, one for each vertex; the last of an edge has no length."""
    return Segments(
        network.segment_metres,
        network.segment_climb,
        network.segment_class & np.uint8(15),
        network.segment_class >> np.uint8(4),
        network.segment_steps,
        network.segment_wait,
    )


class Movement(Protocol):
    """What :func:`geo.weights.weigh` needs of a way to move."""

    @property
    def name(self) -> str:
        """What runs and answers call it."""
        ...

    @property
    def mode(self) -> Mode:
        """Which directions are open to it."""
        ...

    @property
    def access_metres_per_second(self) -> float:
        """The speed between a point and the street it stands at."""
        ...

    def seconds(self, segments: Segments) -> tuple[Seconds, Seconds]:
        """Return seconds along each segment forward and backward, each of shape (n,)."""
        ...


class SlopeFunction(Protocol):
    """How a slope changes the speed on the flat."""

    def factor(self, slope: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return speed on slopes (climb over length, walking direction) over that on the flat."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExponentialSlope:
    """Let speed fall off exponentially on either side of one best slope.

    The factor is ``exp(-steepness * |S - best|)`` over its value on the flat.
    """

    steepness: float
    best: float
    source: str

    def __post_init__(self) -> None:
        _check("steepness", self.steepness, least=0.0, expected="a number of 0 or more")
        _check("best", self.best, least=-MAX_SLOPE, expected="a slope of -1 or more")

    def factor(self, slope: NDArray[np.float64]) -> NDArray[np.float64]:
        """See :class:`SlopeFunction`."""
        factor: NDArray[np.float64] = np.exp(
            self.steepness * (abs(self.best) - np.abs(slope - self.best))
        )
        return factor


@dataclass(frozen=True, slots=True, kw_only=True)
class TabulatedSlope:
    """Interpolate the factor linearly between measured slopes; beyond them the last one holds."""

    slopes: tuple[float, ...]
    factors: tuple[float, ...]
    source: str

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip(self.slopes, self.slopes[1:], strict=False))
        if not self.slopes or len(self.slopes) != len(self.factors) or not rising:
            raise InvalidValue("slopes", self.slopes, "ascending slopes, one for each factor")
        for value in self.slopes:
            _check("slopes", value, least=-math.inf, expected="finite slopes")
        for value in self.factors:
            _check("factors", value, above=0.0, expected="factors above 0")

    def factor(self, slope: NDArray[np.float64]) -> NDArray[np.float64]:
        """See :class:`SlopeFunction`."""
        factor: NDArray[np.float64] = np.interp(slope, self.slopes, self.factors)
        return factor


@dataclass(frozen=True, slots=True, kw_only=True)
class Stairs:
    """Horizontal speeds up and down stairs."""

    up_metres_per_second: float
    down_metres_per_second: float
    source: str

    def __post_init__(self) -> None:
        _check_speed("up_metres_per_second", self.up_metres_per_second)
        _check_speed("down_metres_per_second", self.down_metres_per_second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conveyance:
    """A lift, an escalator or a ferry: a wait once for each, then a speed along its length."""

    wait_seconds: float
    metres_per_second: float
    source: str

    def __post_init__(self) -> None:
        _check_seconds("wait_seconds", self.wait_seconds)
        _check_speed("metres_per_second", self.metres_per_second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A wait at the kerb, once for each marked crossing."""

    wait_seconds: float
    source: str

    def __post_init__(self) -> None:
        _check_seconds("wait_seconds", self.wait_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Say how fast a person walks, from named parts; a part left out is walked like a street.

    Attributes:
        name: what runs and answers call it.
        flat_metres_per_second: speed on the flat.
        source: where that speed comes from.
        slope, stairs, escalator, lift, ferry, crossing: the parts.
    """

    name: str
    flat_metres_per_second: float = 4.0 / 3.6
    source: str = ""
    slope: SlopeFunction | None = None
    stairs: Stairs | None = None
    escalator: Conveyance | None = None
    lift: Conveyance | None = None
    ferry: Conveyance | None = None
    crossing: Crossing | None = None

    def __post_init__(self) -> None:
        _check_speed("flat_metres_per_second", self.flat_metres_per_second)

    @property
    def mode(self) -> Mode:
        """Walkers' directions are open to it."""
        return Mode.WALK

    @property
    def access_metres_per_second(self) -> float:
        """The speed between a point and the street it stands at: that on the flat."""
        return self.flat_metres_per_second

    def seconds(self, segments: Segments) -> tuple[Seconds, Seconds]:
        """Return seconds to walk each segment forward and backward, each of shape (n,).

        Stairs of which nobody knows whether they go up or down take the mean of both.

        Raises:
            InvalidValue: if a slope function gives a speed that is not above 0.
        """
        slope = slopes(segments)
        ahead, behind = (
            segments.metres / self._speed(directed, segments.kind) for directed in (slope, -slope)
        )
        stairs = (segments.kind == Kind.STEPS) | (segments.steps > 0)
        unknown = stairs & (segments.climb == 0)
        mean = (ahead + behind) / 2
        wait = self._waits(segments)
        return np.where(unknown, mean, ahead) + wait, np.where(unknown, mean, behind) + wait

    def _speed(self, slope: NDArray[np.float64], kind: NDArray[np.uint8]) -> NDArray[np.float64]:
        speed = np.full(len(slope), self.flat_metres_per_second)
        if self.slope is not None:
            factor = self.slope.factor(slope)
            wrong = ~(np.isfinite(factor) & (factor > 0))
            if wrong.any():
                at = f"a factor above 0 at the slope {float(slope[wrong][0]):g}"
                raise InvalidValue("slope", float(factor[wrong][0]), at)
            speed *= factor
        if self.stairs is not None:
            stairs = kind == Kind.STEPS
            # what is flat one way, 0.0, is -0.0 the other way: up there and down here
            down = np.signbit(slope)
            speed[stairs & ~down] = self.stairs.up_metres_per_second
            speed[stairs & down] = self.stairs.down_metres_per_second
        for part, of_kind in self._conveyances():
            speed[kind == of_kind] = part.metres_per_second
        return speed

    def _waits(self, segments: Segments) -> NDArray[np.float64]:
        whole = np.zeros(len(segments.metres))
        for part, kind in self._conveyances():
            whole[segments.kind == kind] = part.wait_seconds
        if self.crossing is not None:
            whole[segments.kind == Kind.CROSSING] = self.crossing.wait_seconds
        return whole * segments.wait / WAIT_PARTS

    def _conveyances(self) -> list[tuple[Conveyance, Kind]]:
        parts = ((self.escalator, Kind.ESCALATOR), (self.lift, Kind.LIFT), (self.ferry, Kind.FERRY))
        return [(part, kind) for part, kind in parts if part is not None]


def slopes(segments: Segments) -> NDArray[np.float64]:
    """Return climb over length walking forward, within 45° either way, 0 where there is none.

    Where a stair's steps were counted, their rise stands in for a climb that a
    coarse elevation model has smoothed away; its sign is the model's.
    """
    length = segments.metres.astype(np.float64)
    rise = segments.climb.astype(np.float64)
    counted = segments.steps * STEP_METRES
    rise = np.where(counted > np.abs(rise), np.where(rise < 0, -counted, counted), rise)
    slope = np.divide(rise, length, out=np.zeros_like(rise), where=length > 0)
    return np.clip(slope, -MAX_SLOPE, MAX_SLOPE)


def _check(
    name: str,
    value: float,
    *,
    least: float | None = None,
    above: float | None = None,
    expected: str,
) -> None:
    fits = math.isfinite(value)
    fits = fits and (least is None or value >= least) and (above is None or value > above)
    if not fits:
        raise InvalidValue(name, value, expected)


def _check_speed(name: str, value: float) -> None:
    _check(name, value, above=0.0, expected="a speed above 0 m/s")


def _check_seconds(name: str, value: float) -> None:
    _check(name, value, least=0.0, expected="seconds, 0 or more")


TOBLER = ExponentialSlope(
    steepness=3.5,
    best=-0.05,
    source="Tobler 1993, Three Presentations on Geographical Analysis and Modeling, NCGIA TR 93-1",
)
WEIDMANN_STAIRS = Stairs(
    up_metres_per_second=0.61,
    down_metres_per_second=0.694,
    source="means of Weidmann 1993, Transporttechnik der Fussgänger, ETH Zürich, IVT 90",
)
OFFICIAL = Pace(
    name="official",
    source="the rule of the circle: 1 km in 15 minutes",
)
TERRAIN = Pace(
    name="terrain",
    source="the speed of the circle's rule",
    slope=TOBLER,
    stairs=WEIDMANN_STAIRS,
    escalator=Conveyance(
        wait_seconds=10.0,
        metres_per_second=0.5,
        source="the usual rated speed; the wait is an assumption",
    ),
    lift=Conveyance(
        wait_seconds=40.0, metres_per_second=1.0, source="assumption: a lift comes and opens"
    ),
)
PACES: dict[str, Pace] = {pace.name: pace for pace in (OFFICIAL, TERRAIN)}
