"""The metres in which addresses of Baidu's map name a place, and BD-09 degrees.

They are the Mercator projection of the Clarke 1866 ellipsoid (Snyder 1987, Map
Projections: A Working Manual, eq. 7-7 and 7-9), to within centimetres of the
polynomials by which that map computes them.
"""

import math

_SEMI_MAJOR_METRES = 6_378_206.4
_SEMI_MINOR_METRES = 6_356_583.8
_ECCENTRICITY = math.sqrt(1.0 - (_SEMI_MINOR_METRES / _SEMI_MAJOR_METRES) ** 2)
# each round gains more than two digits
_ROUNDS = 8


def to_degrees(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude in BD-09 degrees of a place in those metres."""
    longitude = math.degrees(x / _SEMI_MAJOR_METRES)
    height = y / _SEMI_MAJOR_METRES
    latitude = math.atan(math.sinh(height))
    for _ in range(_ROUNDS):
        bend = _ECCENTRICITY * math.atanh(_ECCENTRICITY * math.sin(latitude))
        latitude = math.atan(math.sinh(height + bend))
    return longitude, math.degrees(latitude)


def from_degrees(longitude: float, latitude: float) -> tuple[float, float]:
    """Return those metres of a place in BD-09 degrees between the poles."""
    sine = math.sin(math.radians(latitude))
    height = math.atanh(sine) - _ECCENTRICITY * math.atanh(_ECCENTRICITY * sine)
    return _SEMI_MAJOR_METRES * math.radians(longitude), _SEMI_MAJOR_METRES * height
