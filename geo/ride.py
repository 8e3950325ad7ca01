"""How long a segment takes on an e-bike: a rider's own question, beside the circle's walks.

Riders keep to what is open to them, one-ways included, and take no steps. Where they leave
the bicycle and walk on is in :mod:`geo.parking`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidValue
from geo.pace import MAX_SLOPE, Seconds, Segments, slopes
from geo.streets import Mode, Rank

KILOMETRES_PER_HOUR = 1 / 3.6
_GRAVITY = 9.81
_AIR_DENSITY = 1.2
_SLOPE_STEP = 0.005
# assumption: what one rides at where others walk, park and turn in
_BY_RANK = MappingProxyType(
    {
        Rank.RESIDENTIAL: 20 * KILOMETRES_PER_HOUR,
        Rank.SERVICE: 15 * KILOMETRES_PER_HOUR,
        Rank.PEDESTRIAN: 8 * KILOMETRES_PER_HOUR,
        Rank.PATH: 15 * KILOMETRES_PER_HOUR,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ebike:
    """Say how fast a person rides: no faster than the law, the street and the motor allow.

    Uphill the motor's power bounds the speed: it overcomes gravity, rolling and air
    (D. G. Wilson and T. Schmidt, Bicycling Science, 4th ed., MIT Press 2020, ch. 4).

    Attributes:
        name: what answers call it.
        top_metres_per_second: 25 km/h, above which the motor of an electric bicycle has to
            stop helping (GB 17761-2018).
        metres_per_second_by_rank: lower speeds by importance of the street (assumptions).
        watts: at the wheel; 400 W, the most that GB 17761-2018 allows a motor, at an
            efficiency of 80 % (assumption).
        kilograms: bicycle (at most 55 kg by GB 17761-2018), rider and load (assumptions).
        rolling_resistance, drag_square_metres: coefficient of tyres, and of the air times
            the area in front of it (assumptions within the book's ranges).
        pushing_metres_per_second: what remains on the steepest ground (assumption).
        parking_seconds: to stop, lock and take off the helmet.
    """

    name: str = "ebike"
    top_metres_per_second: float = 25 * KILOMETRES_PER_HOUR
    metres_per_second_by_rank: Mapping[Rank, float] = field(default_factory=lambda: _BY_RANK)
    watts: float = 320.0
    kilograms: float = 150.0
    rolling_resistance: float = 0.010
    drag_square_metres: float = 0.6
    pushing_metres_per_second: float = 1.0
    parking_seconds: float = 60.0

    def __post_init__(self) -> None:
        speeds = {
            "top_metres_per_second": self.top_metres_per_second,
            "pushing_metres_per_second": self.pushing_metres_per_second,
            **{f"speed of {rank.name}": v for rank, v in self.metres_per_second_by_rank.items()},
        }
        for name, value in {**speeds, "watts": self.watts, "kilograms": self.kilograms}.items():
            if not (math.isfinite(value) and value > 0):
                raise InvalidValue(name, value, "a number above 0")
        for name in ("rolling_resistance", "drag_square_metres", "parking_seconds"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise InvalidValue(name, value, "a number of 0 or more")

    @property
    def mode(self) -> Mode:
        """Riders' directions are open to it."""
        return Mode.EBIKE

    @property
    def access_metres_per_second(self) -> float:
        """The speed between a point and its street, where one pushes."""
        return self.pushing_metres_per_second

    def seconds(self, segments: Segments) -> tuple[Seconds, Seconds]:
        """Return seconds to ride each segment forward and backward, each of shape (n,)."""
        most = np.full(max(Rank) + 1, self.top_metres_per_second)
        for rank, speed in self.metres_per_second_by_rank.items():
            most[rank] = min(speed, self.top_metres_per_second)
        slope = slopes(segments)
        ahead, behind = (
            segments.metres / np.minimum(self.powered(directed), most[segments.rank])
            for directed in (slope, -slope)
        )
        return ahead, behind

    def powered(self, slope: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the speed in m/s that the motor keeps up on slopes (climb over length)."""
        steps = round(MAX_SLOPE / _SLOPE_STEP)
        grid = np.arange(-steps, steps + 1) * _SLOPE_STEP
        sine = grid / np.sqrt(1 + grid * grid)
        cosine = 1 / np.sqrt(1 + grid * grid)
        force = self.kilograms * _GRAVITY * (sine + self.rolling_resistance * cosine)
        low = np.full(len(grid), self.pushing_metres_per_second)
        high = np.maximum(low, self.top_metres_per_second)
        # power rises with speed wherever it is above 0, so halving finds where it is all used
        for _ in range(50):
            middle = (low + high) / 2
            air = _AIR_DENSITY * self.drag_square_metres * middle**2 / 2
            enough = (force + air) * middle <= self.watts
            low, high = np.where(enough, middle, low), np.where(enough, high, middle)
        speed: NDArray[np.float64] = np.interp(slope, grid, low)
        return speed


EBIKE = Ebike()
