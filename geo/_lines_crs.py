"""Whether a layer can lie where its reference system says."""

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from geo.datum import swapped
from geo.errors import CrsUnusable

# how far beyond its area of use a city may stretch a zone
MAX_BEYOND_DEGREES = 6.0

Coordinates = NDArray[np.float64]


def check_declared(path: str, source: CRS, x: Coordinates, y: Coordinates) -> None:
    """Raise :class:`CrsUnusable` if metres are declared as degrees, or degrees as metres."""
    degrees = (np.abs(x) <= 180) & (np.abs(y) <= 180)
    if source.is_geographic and not degrees.all():
        at = int(np.flatnonzero(~degrees)[0])
        raise CrsUnusable(
            path,
            source.name,
            f"it is said to be in {source.name}, in degrees, but holds"
            f" {x[at]:.2f}, {y[at]:.2f}; {_zone_hint(float(x[at]), float(y[at]))}",
        )
    if source.is_projected and degrees.all():
        raise CrsUnusable(
            path,
            source.name,
            f"it is said to be in {source.name}, in metres, but holds degrees"
            f" ({x[0]:.6f}, {y[0]:.6f}); state what they are, for example EPSG:4490",
        )


def check_degrees_of(
    path: str,
    source: CRS,
    x: Coordinates,
    y: Coordinates,
    longitude: Coordinates,
    latitude: Coordinates,
) -> None:
    """Raise :class:`CrsUnusable` if a coordinate is no degree after the transformation."""
    wrong = np.flatnonzero(~((np.abs(longitude) <= 180) & (np.abs(latitude) <= 90)))
    if not len(wrong):
        return
    at = int(wrong[0])
    hint = _zone_hint(float(x[at]), float(y[at]))
    if source.is_geographic:
        hint = swapped(float(x[at]), float(y[at])) or hint
    raise CrsUnusable(
        path, source.name, f"{x[at]:.2f}, {y[at]:.2f} is no place in {source.name}; {hint}"
    )


def check_near(path: str, source: CRS, longitude: Coordinates, latitude: Coordinates) -> None:
    """Raise :class:`CrsUnusable` if all of a layer is far from where its system is used."""
    area = source.area_of_use
    if area is None or source.is_geographic:
        return
    west, east = area.west - MAX_BEYOND_DEGREES, area.east + MAX_BEYOND_DEGREES
    south, north = area.south - MAX_BEYOND_DEGREES, area.north + MAX_BEYOND_DEGREES
    inside = (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
    if west < east and not inside.any():
        raise CrsUnusable(
            path,
            source.name,
            f"in {source.name} it would lie at {longitude[0]:.4f}, {latitude[0]:.4f}, far from"
            f" where that system is used ({area.west:g} to {area.east:g} degrees east,"
            f" {area.south:g} to {area.north:g} north); state the zone it is really in, or give"
            " easting before northing if its axes are swapped",
        )


def _zone_hint(x: float, y: float) -> str:
    """Guess the Gauss-Krüger zone of CGCS2000 from an easting that carries its number."""
    for east, north in ((x, y), (y, x)):
        zone = int(east // 1e6)
        if not (0 < north < 6e6):
            continue
        order = "" if east == x else ", with its axes swapped"
        # zones 25 to 45 are three degrees wide, 13 to 23 six
        if 25 <= zone <= 45:
            return f"this looks like zone {zone} of CGCS2000 (EPSG:{4488 + zone}){order}"
        if 13 <= zone <= 23:
            return f"this looks like zone {zone} of CGCS2000 (EPSG:{4478 + zone}){order}"
    return (
        "state the projection it is in, for example EPSG:4544 or EPSG:4545 (CGCS2000,"
        " Gauss-Krüger at 105 or 108 degrees east)"
    )
