"""The sheet the made-up city is drawn on: its size, its plane, its noise.

Everything is drawn in metres on a plane whose origin is the city's centre
(``x`` east, ``y`` north) and turned into WGS-84 by one linear scale, so that
what is straight or touches stays so.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Index = NDArray[np.int32] | Ints
Bools = NDArray[np.bool_]
Shapes = NDArray[np.object_]
Shape = TypeVar("Shape", bound=shapely.Geometry)

# empty mountains, far from every city: no real place is meant
CENTRE_LONGITUDE = 100.0
CENTRE_LATITUDE = 29.6
METRES_PER_DEGREE = 111_319.49
JUNCTIONS_PER_SQUARE_KILOMETRE = 160.0
ASPECT = 1.25
OUTLINE_POWER = 2.7
# share of its bounding box that the outline fills
OUTLINE_FILL = 0.865
DEFAULT_WIDTH_METRES = 16_400.0
STRIKE_RADIANS = np.radians(-17.0)
WAVES = 10


@dataclass(frozen=True, slots=True)
class Noise:
    """Smooth random field of zero mean and unit variance: a sum of plane waves."""

    waves: Floats
    phases: Floats

    @classmethod
    def make(cls, rng: np.random.Generator, *, wavelength_metres: float) -> "Noise":
        """Draw waves in every direction, lengths within a third of the one given."""
        turn = (np.arange(WAVES) + rng.uniform(0, 1, WAVES)) * (2 * np.pi / WAVES)
        number = 2 * np.pi / (wavelength_metres * rng.uniform(0.72, 1.4, WAVES))
        waves = np.column_stack([np.cos(turn), np.sin(turn)]) * number[:, None]
        return cls(waves, rng.uniform(0, 2 * np.pi, WAVES))

    def at(self, xy: Floats) -> Floats:
        """Evaluate at ``xy`` of shape (n, 2), metres; returns shape (n,)."""
        total = np.zeros(len(xy))
        for (kx, ky), phase in zip(self.waves, self.phases, strict=True):
            total += np.sin(kx * xy[:, 0] + ky * xy[:, 1] + phase)
        return total * float(np.sqrt(2.0 / WAVES))


@dataclass(frozen=True, slots=True)
class Frame:
    """Size of the city and the two maps: plan to world and world to degrees.

    ``plan`` coordinates are those of an even grid of blocks; the world bends it.

    Attributes:
        junctions: how many junctions are wanted.
        width, depth: of the bounding box, metres, east-west and north-south.
        block: side of a superblock, metres.
        relief: vertical scale, 1 for a city of the default size.
    """

    seed: int
    junctions: int
    width: float
    depth: float
    block: float
    relief: float
    bends: tuple[Noise, Noise, Noise, Noise]
    rim: Noise

    @classmethod
    def make(cls, *, seed: int, junctions: int) -> "Frame":
        """Size the sheet so that the wanted junctions lie at a city's density."""
        area = junctions / JUNCTIONS_PER_SQUARE_KILOMETRE * 1e6
        width = float(np.sqrt(area * ASPECT / OUTLINE_FILL))
        block = float(np.clip(width / 13, 260, 560))
        rng = np.random.default_rng([seed, 1])
        long, short = block * 7.0, block * 1.7
        bends = (
            Noise.make(rng, wavelength_metres=long),
            Noise.make(rng, wavelength_metres=long),
            Noise.make(rng, wavelength_metres=short),
            Noise.make(rng, wavelength_metres=short),
        )
        return cls(
            seed=seed,
            junctions=junctions,
            width=width,
            depth=width / ASPECT,
            block=block,
            relief=float(np.clip(width / DEFAULT_WIDTH_METRES, 0.3, 1.0)),
            bends=bends,
            rim=Noise.make(rng, wavelength_metres=1.3),
        )

    def rng(self, stream: int) -> np.random.Generator:
        """Return the random stream of one part of the work."""
        return np.random.default_rng([self.seed, stream])

    def world(self, plan: Floats) -> Floats:
        """Map plan coordinates, shape (n, 2), to the world's metres."""
        far, near = 0.36 * self.block, 0.045 * self.block
        shift = np.column_stack(
            [
                far * self.bends[0].at(plan) + near * self.bends[2].at(plan),
                far * self.bends[1].at(plan) + near * self.bends[3].at(plan),
            ]
        )
        return _turn(plan + shift, STRIKE_RADIANS)

    def plan(self, world: Floats) -> Floats:
        """Invert :meth:`world` by fixed-point iteration, to a centimetre or so."""
        plan = _turn(world, -STRIKE_RADIANS)
        for _ in range(40):
            plan = plan + _turn(world - self.world(plan), -STRIKE_RADIANS)
        return plan

    def rim_ratio(self, xy: Floats) -> Floats:
        """Return the distance from the centre, 1 on the city's outline."""
        angle = np.arctan2(xy[:, 1], xy[:, 0])
        wobble = 1 + 0.05 * self.rim.at(np.column_stack([np.cos(angle), np.sin(angle)]))
        power = OUTLINE_POWER
        ratio = (
            np.abs(xy[:, 0] / (self.width / 2)) ** power
            + np.abs(xy[:, 1] / (self.depth / 2)) ** power
        ) ** (1 / power)
        return np.asarray(ratio / wobble, dtype=np.float64)

    def outline(self) -> Polygon:
        """Draw the city's outline, metres."""
        angle = np.linspace(0, 2 * np.pi, 360, endpoint=False)
        ray = np.column_stack([np.cos(angle), np.sin(angle)])
        return Polygon(ray / self.rim_ratio(ray)[:, None])

    def degrees(self, xy: Floats) -> Floats:
        """Map metres, shape (n, 2), to longitude and latitude in WGS-84."""
        scale = METRES_PER_DEGREE * np.array([np.cos(np.radians(CENTRE_LATITUDE)), 1.0])
        return np.asarray(xy / scale + [CENTRE_LONGITUDE, CENTRE_LATITUDE], dtype=np.float64)

    def to_degrees(self, shape: Shape) -> Shape:
        """Map a geometry from metres to WGS-84."""
        return shapely.transform(shape, self.degrees)

    def to_degrees_all(self, shapes: Shapes) -> Shapes:
        """Map an array of geometries from metres to WGS-84."""
        return np.asarray(shapely.transform(shapes, self.degrees))


def _turn(xy: Floats, radians: float) -> Floats:
    cos, sin = np.cos(radians), np.sin(radians)
    return np.column_stack([cos * xy[:, 0] - sin * xy[:, 1], sin * xy[:, 0] + cos * xy[:, 1]])
