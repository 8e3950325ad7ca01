"""Heights of the made-up city: valleys, parallel ridges, banks, and where people gather."""

from dataclasses import dataclass

import numpy as np

from app.service.demo.frame import STRIKE_RADIANS, Bools, Floats, Frame, Noise
from app.service.demo.rivers import Rivers

WATER_LEVEL_METRES = 165.0


@dataclass(frozen=True, slots=True)
class Terrain:
    """Height above the sea and how urban a place is, as functions of the place.

    Attributes:
        centres: shape (k, 2), metres; the first is the old town.
        period: metres between two ridges.
    """

    frame: Frame
    rivers: Rivers
    hills: Noise
    knolls: Noise
    calm: Noise
    wander: Noise
    crest: Noise
    bank: Noise
    period: float
    centres: Floats

    def height(self, xy: Floats) -> Floats:
        """Return metres above the sea at ``xy``, shape (n, 2)."""
        relief = self.frame.relief
        away = np.maximum(self.rivers.distance(xy), 0.0)
        reach = 430.0 * relief
        rise = 62.0 * relief * (1 + 0.3 * self.bank.at(xy)) * (1 - np.exp(-away / reach))
        freedom = 1 - np.exp(-away / (1.6 * reach))
        calm = np.clip(0.75 + 0.5 * self.calm.at(xy), 0.25, 1.5)
        hills = relief * calm * (22.0 * self.hills.at(xy) + 5.5 * self.knolls.at(xy))
        ground = rise + freedom * (hills + self.ridge(xy))
        return np.asarray(WATER_LEVEL_METRES + 9.0 * relief + np.maximum(ground, 0.0))

    def ridge(self, xy: Floats) -> Floats:
        """Return how many metres a ridge adds at ``xy``."""
        away = self.off_crest(xy)
        top = 0.031 * self.period * np.clip(0.85 + 0.25 * self.crest.at(xy), 0.3, 1.3)
        return np.asarray(top * np.exp(-0.5 * (away / self.spread) ** 2), dtype=np.float64)

    def off_crest(self, xy: Floats) -> Floats:
        """Return metres across the strike from the nearest crest, positive to the east."""
        cos, sin = np.cos(STRIKE_RADIANS), np.sin(STRIKE_RADIANS)
        across = cos * xy[:, 0] + sin * xy[:, 1] + 0.055 * self.period * self.wander.at(xy)
        return np.asarray((np.mod(across / self.period, 1.0) - 0.5) * self.period)

    @property
    def spread(self) -> float:
        """Half the breadth of a ridge (one standard deviation), metres."""
        return 0.078 * self.period

    def slope(self, xy: Floats) -> Floats:
        """Return the gradient, shape (n, 2), metres of climb a metre east and north."""
        step = 35.0 * self.frame.relief
        east, north = np.array([step, 0.0]), np.array([0.0, step])
        return np.column_stack(
            [
                (self.height(xy + east) - self.height(xy - east)) / (2 * step),
                (self.height(xy + north) - self.height(xy - north)) / (2 * step),
            ]
        )

    def urban(self, xy: Floats) -> Floats:
        """Return how urban a place is: over 1 in the old town, towards 0 at the rim."""
        total = np.zeros(len(xy))
        first, other = min(0.17 * self.frame.width, 6_000.0), min(0.075 * self.frame.width, 1_700)
        for number, centre in enumerate(self.centres):
            metres = np.hypot(xy[:, 0] - centre[0], xy[:, 1] - centre[1])
            strength, reach = (1.0, first) if number == 0 else (0.62, other)
            total += strength * np.exp(-((metres / reach) ** 1.3))
        fade = np.clip((1.04 - self.frame.rim_ratio(xy)) / 0.35, 0.0, 1.0)
        return np.asarray(total * fade + 0.22 * fade, dtype=np.float64)

    def inside(self, xy: Floats) -> Bools:
        """Return which places lie within the city's outline."""
        return self.frame.rim_ratio(xy) < 1.0


def make_terrain(frame: Frame, rivers: Rivers) -> Terrain:
    """Raise the ground of a city."""
    rng = frame.rng(3)
    period = float(np.clip(0.53 * frame.width, 1_300, 10_000))

    def noise(wavelength: float) -> Noise:
        return Noise.make(rng, wavelength_metres=wavelength)

    relief = frame.relief
    draft = Terrain(
        frame=frame,
        rivers=rivers,
        hills=noise(1_500 * relief),
        knolls=noise(460 * relief),
        calm=noise(5_000 * relief),
        wander=noise(0.8 * period),
        crest=noise(0.6 * period),
        bank=noise(1_800 * relief),
        period=period,
        centres=np.zeros((1, 2)),
    )
    places = _centres(draft, rng)
    return Terrain(
        **{name: getattr(draft, name) for name in Terrain.__slots__ if name != "centres"},
        centres=places,
    )


def _centres(terrain: Terrain, rng: np.random.Generator) -> Floats:
    """Choose the old town on the peninsula and centres far from each other on low land."""
    frame = terrain.frame
    half = np.array([frame.width / 2, frame.depth / 2])
    count = int(np.clip(4 + frame.width / 2_300, 4, 70))
    trial = rng.uniform(-0.9, 0.9, (count * 120, 2)) * half
    dry = terrain.rivers.distance(trial) > 0.02 * frame.width
    low = terrain.ridge(trial) < 0.006 * terrain.period
    trial = trial[dry & low & (frame.rim_ratio(trial) < 0.82)]
    chosen = [np.array([0.06, 0.02]) * half]
    gap = np.hypot(*(trial - chosen[0]).T)
    for _ in range(min(count, len(trial))):
        # the farthest of a random few: spread out, yet not a pattern
        few = rng.integers(0, len(trial), 12)
        chosen.append(trial[few[np.argmax(gap[few])]])
        gap = np.minimum(gap, np.hypot(*(trial - chosen[-1]).T))
    return np.array(chosen)
