"""The offsets of GCJ-02 and BD-09 in degrees, and the areas they are applied in.

The offsets are those in general use since 2010; no authority publishes them. Places are
one-dimensional float64 arrays of degrees, longitude first.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Pair = tuple[Array, Array]
Offset = Callable[[Array, Array], Pair]
Area = Callable[[Array, Array], Mask]
Step = Callable[[Array, Array], Pair]

# outlines in WGS-84, drawn for this purpose
# fmt: off
_MAINLAND = Polygon([
    (73.2, 40.0), (74.5, 41.0), (76.5, 41.2), (79.5, 42.6), (79.4, 45.3), (82.0, 46.0),
    (82.6, 47.6), (85.0, 47.6), (85.3, 48.8), (87.3, 49.6), (88.5, 49.4), (90.4, 48.4),
    (91.6, 47.4), (91.5, 45.7), (93.6, 45.4), (95.8, 44.8), (96.8, 43.3), (101.0, 43.2),
    (104.0, 42.4), (107.5, 43.0), (110.0, 43.2), (111.0, 44.0), (110.9, 45.2), (112.0, 45.7),
    (113.6, 45.3), (115.5, 46.3), (116.3, 47.1), (115.2, 47.5), (114.9, 48.4), (116.2, 50.2),
    (118.5, 50.5), (119.5, 51.5), (120.0, 53.7), (123.5, 54.0), (126.0, 53.4), (127.8, 51.4),
    (128.3, 50.0), (131.0, 49.3), (132.5, 48.3), (135.4, 49.0), (135.2, 47.4), (134.0, 45.0),
    (131.9, 44.6), (132.0, 43.6), (131.6, 42.2), (130.2, 42.0), (129.4, 42.1), (128.6, 41.3),
    (127.2, 41.1), (126.4, 40.6), (124.5, 39.5), (123.5, 38.5), (123.2, 36.8), (122.6, 35.0),
    (122.5, 33.0), (123.3, 31.0), (123.2, 29.0), (121.8, 27.2), (120.6, 26.3), (120.3, 25.4),
    (119.2, 24.2), (118.0, 23.1), (117.0, 22.3), (114.8, 21.5), (111.5, 20.6), (111.6, 18.5),
    (110.0, 17.7), (108.0, 18.2), (108.2, 20.6), (108.0, 21.3), (106.9, 21.5), (106.1, 22.1),
    (106.2, 22.6), (105.6, 22.7), (105.2, 22.9), (104.4, 22.4), (103.4, 22.4), (102.6, 22.2),
    (101.9, 22.1), (102.0, 20.9), (101.1, 20.9), (100.3, 21.2), (99.0, 21.7), (98.8, 22.9),
    (98.4, 23.7), (97.3, 23.6), (97.3, 25.1), (98.3, 26.0), (98.2, 27.3), (96.5, 27.2),
    (93.5, 26.6), (91.6, 26.8), (91.2, 27.5), (90.0, 27.8), (89.1, 27.0), (88.6, 27.1),
    (88.4, 27.6), (86.5, 27.6), (85.0, 28.0), (84.0, 28.5), (82.0, 29.8), (81.0, 29.8),
    (79.0, 30.7), (78.2, 31.5), (78.2, 32.3), (78.3, 34.2), (77.5, 35.2), (75.8, 35.5),
    (74.9, 36.6), (74.3, 37.4), (73.6, 38.2), (73.2, 39.3),
])
_HONG_KONG = Polygon([
    (113.830, 22.140), (114.505, 22.140), (114.505, 22.360), (114.455, 22.545),
    (114.350, 22.570), (114.250, 22.557), (114.222, 22.550), (114.185, 22.556),
    (114.160, 22.559), (114.138, 22.540), (114.113, 22.533), (114.085, 22.528),
    (114.065, 22.515), (114.030, 22.505), (113.995, 22.510), (113.948, 22.472),
    (113.869, 22.429), (113.869, 22.330), (113.830, 22.230),
])
_MACAU = Polygon([
    (113.548, 22.075), (113.635, 22.075), (113.635, 22.205), (113.575, 22.213),
    (113.556, 22.215), (113.549, 22.216), (113.538, 22.213), (113.529, 22.203),
    (113.530, 22.185), (113.544, 22.165), (113.549, 22.145), (113.548, 22.120),
])
_TAIWAN = Polygon([
    (119.2, 23.0), (119.2, 23.9), (120.4, 25.0), (121.0, 25.7), (122.4, 25.7),
    (122.4, 24.0), (121.9, 21.6), (120.2, 21.6),
])
# fmt: on
_NOT_MOVED = (_HONG_KONG, _MACAU, _TAIWAN)
for _outline in (_MAINLAND, *_NOT_MOVED):
    shapely.prepare(_outline)


def in_gcj02_area(longitude: Array, latitude: Array) -> Mask:
    """Whether GCJ-02 moves each WGS-84 place: mainland China with Hainan.

    The outline is coarse and drawn up to a degree outside the land border, so that no
    place in the mainland is missed; the borders with Hong Kong and Macau are good to
    about 300 m. Kinmen and Matsu lie so close to the mainland that they count as it.
    """
    inside = shapely.contains_xy(_MAINLAND, longitude, latitude)
    for region in _NOT_MOVED:
        inside &= ~shapely.contains_xy(region, longitude, latitude)
    return inside


def in_bd09_area(longitude: Array, latitude: Array) -> Mask:
    """Whether BD-09 moves each GCJ-02 place: the mainland and the three regions.

    An assumption: the service is taken to offset Hong Kong, Macau and Taiwan as well.
    """
    inside = shapely.contains_xy(_MAINLAND, longitude, latitude)
    for region in _NOT_MOVED:
        inside |= shapely.contains_xy(region, longitude, latitude)
    return inside


# the Krasovsky 1940 ellipsoid: semi-major axis in metres, squared eccentricity
_AXIS = 6378245.0
_ECCENTRICITY = 0.00669342162296594323


def _waves(value: Array, *terms: tuple[float, float]) -> Array:
    total = np.zeros_like(value)
    for amplitude, frequency in terms:
        total += amplitude * np.sin(value * (frequency * np.pi))
    return total * (2.0 / 3.0)


def gcj02_offset(longitude: Array, latitude: Array) -> Pair:
    """Degrees east and north by which GCJ-02 moves a WGS-84 place in the mainland."""
    x, y = longitude - 105.0, latitude - 35.0
    shared = 0.1 * x * y + _waves(x, (20.0, 6.0), (20.0, 2.0))
    root = np.sqrt(np.abs(x))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * root + shared
    east += _waves(x, (20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.2 * root + shared
    north += _waves(y, (20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30))
    angle = np.radians(latitude)
    squash = 1.0 - _ECCENTRICITY * np.sin(angle) ** 2
    parallel = _AXIS / np.sqrt(squash) * np.cos(angle)
    meridian = _AXIS * (1.0 - _ECCENTRICITY) / squash**1.5
    return np.degrees(east / parallel), np.degrees(north / meridian)


def bd09_offset(longitude: Array, latitude: Array) -> Pair:
    """Degrees east and north by which BD-09 moves a GCJ-02 place."""
    turn = np.pi * 3000.0 / 180.0
    radius = np.hypot(longitude, latitude) + 0.00002 * np.sin(latitude * turn)
    angle = np.arctan2(latitude, longitude) + 0.000003 * np.cos(longitude * turn)
    return (
        radius * np.cos(angle) + 0.0065 - longitude,
        radius * np.sin(angle) + 0.006 - latitude,
    )


_TOLERANCE_DEGREES = 1e-12
_MAX_ROUNDS = 30


def forward(offset: Offset, area: Area) -> Step:
    """Make the step that adds an offset to the places that lie in an area."""

    def step(longitude: Array, latitude: Array) -> Pair:
        moved = area(longitude, latitude)
        east, north = offset(longitude, latitude)
        return longitude + np.where(moved, east, 0.0), latitude + np.where(moved, north, 0.0)

    return step


def inverse(offset: Offset, area: Area) -> Step:
    """Make the step that undoes :func:`forward`, by fixed-point iteration.

    The offsets change by less than 2 % of the way moved, so each round gains two digits.
    """

    def step(longitude: Array, latitude: Array) -> Pair:
        # far from the area the offset means nothing, and the iteration need not converge
        near = area(longitude, latitude) | area(*_minus(longitude, latitude, offset))
        x, y = np.where(near, longitude, 105.0), np.where(near, latitude, 35.0)
        goal_x, goal_y = x, y
        for _ in range(_MAX_ROUNDS):
            east, north = offset(x, y)
            error_x, error_y = goal_x - x - east, goal_y - y - north
            x, y = x + error_x, y + error_y
            if max(np.abs(error_x).max(), np.abs(error_y).max()) < _TOLERANCE_DEGREES:
                break
        origin = near & (area(x, y) | area(longitude, latitude))
        return np.where(origin, x, longitude), np.where(origin, y, latitude)

    return step


def _minus(longitude: Array, latitude: Array, offset: Offset) -> Pair:
    east, north = offset(longitude, latitude)
    return longitude - east, latitude - north


def same(longitude: Array, latitude: Array) -> Pair:
    """Change nothing."""
    return longitude.copy(), latitude.copy()


def chain(first: Step, second: Step) -> Step:
    """Take one step after another."""
    return lambda longitude, latitude: second(*first(longitude, latitude))
