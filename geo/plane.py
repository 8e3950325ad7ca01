"""Metres on the WGS-84 ellipsoid, near enough to the point of interest.

Within some kilometres of a point a degree of longitude and one of latitude
have fixed lengths to better than 1 in 10,000; that is what street segments
and access legs use. Distances between any two points use the chord of
earth-centred coordinates, which for 1 km differs from the geodesic by less
than 0.1 mm.
"""

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidValue, NotDegrees

SEMI_MAJOR_METRES = 6_378_137.0
ECCENTRICITY_SQUARED = 6.69437999014e-3
RADIANS = math.radians(1.0)

# fixed-point degrees, as OpenStreetMap stores them: 1.1 cm on the ground
UNITS_PER_DEGREE = 10_000_000


def _metres_per_degree(latitude: Any) -> tuple[Any, Any]:
    """Return metres of a degree of longitude and of latitude, for a number or an array.

    From the radii of curvature in the prime vertical and in the meridian
    (Snyder 1987, Map Projections: A Working Manual, eq. 4-18 to 4-21).
    """
    phi = np.radians(latitude)
    w = 1.0 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    prime_vertical = SEMI_MAJOR_METRES / np.sqrt(w)
    meridian = SEMI_MAJOR_METRES * (1.0 - ECCENTRICITY_SQUARED) / (w * np.sqrt(w))
    return RADIANS * prime_vertical * np.cos(phi), RADIANS * meridian


@njit(cache=True, nogil=True)
def metres_per_degree(latitude: float) -> tuple[float, float]:
    """Return the metres of one degree of longitude and of latitude at ``latitude`` degrees."""
    east, north = _compiled_metres_per_degree(latitude)
    return east, north


_compiled_metres_per_degree = njit(cache=True, nogil=True, inline="always")(_metres_per_degree)


def segment_metres(
    longitude_a: NDArray[np.float64],
    latitude_a: NDArray[np.float64],
    longitude_b: NDArray[np.float64],
    latitude_b: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return lengths in metres, shape (n,), of short segments given in WGS-84 degrees."""
    per_longitude, per_latitude = _metres_per_degree((latitude_a + latitude_b) / 2)
    metres: NDArray[np.float64] = np.hypot(
        (longitude_b - longitude_a) * per_longitude, (latitude_b - latitude_a) * per_latitude
    )
    return metres


def check_degrees(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> None:
    """Refuse arrays of two shapes, and values that are no degrees.

    Raises:
        InvalidValue: if the shapes differ.
        NotDegrees: naming the first wrong value.
    """
    one = longitude.shape == latitude.shape == (1,)
    # what riders ask about: in plain numbers a tenth of the time
    if one and abs(float(longitude[0])) <= 180 and abs(float(latitude[0])) <= 90:
        return
    if longitude.shape != latitude.shape:
        raise InvalidValue("latitude", latitude.shape, f"the shape of longitude, {longitude.shape}")
    for name, values, limit in (("longitude", longitude, 180.0), ("latitude", latitude, 90.0)):
        wrong = ~(np.abs(values) <= limit)
        if wrong.any():
            raise NotDegrees(name, float(values[wrong][0]), limit=limit)


def earth_centred(longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.float64]:
    """Return earth-centred coordinates in metres, shape (n, 3), of WGS-84 degrees."""
    lam = np.radians(np.asarray(longitude, dtype=np.float64))
    phi = np.radians(np.asarray(latitude, dtype=np.float64))
    prime_vertical = SEMI_MAJOR_METRES / np.sqrt(1.0 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2)
    return np.column_stack(
        (
            prime_vertical * np.cos(phi) * np.cos(lam),
            prime_vertical * np.cos(phi) * np.sin(lam),
            prime_vertical * (1.0 - ECCENTRICITY_SQUARED) * np.sin(phi),
        )
    )


def earth_centred_point(longitude: float, latitude: float) -> tuple[float, float, float]:
    """Return what :func:`earth_centred` says of one place, in a tenth of its time."""
    lam, phi = math.radians(longitude), math.radians(latitude)
    prime_vertical = SEMI_MAJOR_METRES / math.sqrt(1.0 - ECCENTRICITY_SQUARED * math.sin(phi) ** 2)
    return (
        prime_vertical * math.cos(phi) * math.cos(lam),
        prime_vertical * math.cos(phi) * math.sin(lam),
        prime_vertical * (1.0 - ECCENTRICITY_SQUARED) * math.sin(phi),
    )


def straight_metres(
    longitude: float, latitude: float, longitudes: ArrayLike, latitudes: ArrayLike
) -> NDArray[np.float64]:
    """Return straight-line metres, shape (n,), from one WGS-84 point to many."""
    origin = earth_centred([longitude], [latitude])
    distances: NDArray[np.float64] = np.linalg.norm(
        earth_centred(longitudes, latitudes) - origin, axis=1
    )
    return distances
