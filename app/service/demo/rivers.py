"""Two rivers that meet at a peninsula, and how far everything is from them."""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from app.service.demo.frame import Bools, Floats, Frame, Noise

# bends as shares of the half width and half depth; the branch ends on the main river
MAIN = np.array(
    [
        [-0.50, -1.45], [-0.46, -1.05], [-0.60, -0.74], [-0.70, -0.44], [-0.52, -0.22],
        [-0.27, -0.22], [-0.04, -0.19], [0.14, -0.11], [0.25, 0.07], [0.42, 0.21],
        [0.60, 0.10], [0.78, 0.13], [0.92, 0.38], [1.30, 0.52],
    ]
)  # fmt: skip
BRANCH = np.array(
    [
        [-0.98, 1.40], [-0.80, 1.02], [-0.55, 0.82], [-0.48, 0.56], [-0.60, 0.34],
        [-0.42, 0.12], [-0.20, 0.16], [0.00, 0.19], [0.13, 0.14], [0.25, 0.07],
    ]
)  # fmt: skip
JUNCTION_OF_MAIN = 8


@dataclass(frozen=True, slots=True)
class River:
    """One river: its middle line, downstream, and half its width along it, metres."""

    name: str
    name_en: str
    line: Floats
    half_width: Floats

    def normals(self) -> Floats:
        """Return unit normals to the left of the middle line, shape (n, 2)."""
        along = np.gradient(self.line, axis=0)
        along /= np.hypot(along[:, 0], along[:, 1])[:, None]
        return np.column_stack([-along[:, 1], along[:, 0]])

    def polygon(self) -> BaseGeometry:
        """Draw its water surface as overlapping discs, smoothed."""
        discs = shapely.buffer(shapely.points(self.line), self.half_width, quad_segs=16)
        return shapely.union_all(discs).simplify(1.5)


@dataclass(frozen=True, slots=True)
class Rivers:
    """Both rivers, an island, and the distance from their water."""

    main: River
    branch: River
    island: BaseGeometry
    tree: cKDTree
    half_width: Floats

    @property
    def water(self) -> MultiPolygon:
        """The water surface of both, without the island."""
        both = shapely.union_all([self.main.polygon(), self.branch.polygon()])
        return _multi(shapely.difference(both, self.island))

    @property
    def surface(self) -> MultiPolygon:
        """The water surface of both, the island filled in."""
        return _multi(shapely.union_all([self.main.polygon(), self.branch.polygon()]))

    def distance(self, xy: Floats) -> Floats:
        """Return metres from the nearest bank, negative in the water; the island is water."""
        metres, nearest = self.tree.query(xy, workers=-1)
        return np.asarray(metres - self.half_width[nearest], dtype=np.float64)


def make_rivers(frame: Frame) -> Rivers:
    """Draw the rivers of a city."""
    rng = frame.rng(2)
    length = min(0.42 * frame.width, 9_000.0)
    bends = Noise.make(rng, wavelength_metres=length), Noise.make(rng, wavelength_metres=length)
    swell = Noise.make(rng, wavelength_metres=length / 3)
    half = float(np.clip(0.0142 * frame.width, 30, 450))
    main_line, met = _course(frame, MAIN, bends, half, JUNCTION_OF_MAIN)
    main_half = half * (1 + 0.13 * swell.at(main_line)) * np.where(met, 1.2, 1.0)
    main_half = np.convolve(np.pad(main_half, 20, mode="edge"), np.full(41, 1 / 41), "valid")
    branch_line, _ = _course(frame, BRANCH, bends, half, len(BRANCH))
    branch_half = 0.56 * half * (1 + 0.13 * swell.at(branch_line))
    main = River("岚江", "Lan River", main_line, main_half)
    branch = River("石溪河", "Shixi River", branch_line, branch_half)
    return Rivers(
        main,
        branch,
        _island(main, half),
        cKDTree(np.vstack([main_line, branch_line])),
        np.concatenate([main_half, branch_half]),
    )


def _course(
    frame: Frame, marks: Floats, bends: tuple[Noise, Noise], half: float, met_at: int
) -> tuple[Floats, Bools]:
    points = marks * [frame.width / 2, frame.depth / 2]
    step = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(step)])
    wanted = np.linspace(0, along[-1], int(along[-1] / (half / 8)) + 2)
    line = CubicSpline(along, points)(wanted)
    sway = 0.035 * min(0.42 * frame.width, 9_000.0)
    line = line + sway * np.column_stack([bends[0].at(line), bends[1].at(line)])
    met = wanted > along[met_at] if met_at < len(along) else np.zeros(len(wanted), dtype=np.bool_)
    return line, met


def _island(main: River, half: float) -> BaseGeometry:
    at = int(0.30 * len(main.line))
    middle = LineString(main.line[at - 9 : at + 10])
    taper = middle.buffer(0.16 * half)
    return taper.union(middle.centroid.buffer(0.3 * half)).convex_hull


def _multi(shape: BaseGeometry) -> MultiPolygon:
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]
    return MultiPolygon(parts)


def crosses(water: BaseGeometry, tails: Floats, heads: Floats) -> Bools:
    """Return which straight pieces touch the water; shapes (n, 2), (n, 2), (n,)."""
    shapely.prepare(water)
    return np.asarray(
        shapely.intersects(water, shapely.linestrings(np.stack([tails, heads], axis=1))),
        dtype=np.bool_,
    )
