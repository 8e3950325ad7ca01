"""What a pair of degrees in any datum must be to pass for a place."""

Bounds = tuple[float, float, float, float]

_CHINA_BOX: Bounds = (73.0, 3.0, 136.0, 54.0)


def place_problem(
    longitude: float, latitude: float, *, bounds: Bounds | None = None
) -> tuple[str, str] | None:
    """Name the field and what is wrong with a pair of degrees, in any datum; None if fine."""
    exchanged = f"longitude and latitude look swapped: {longitude:g}, {latitude:g}"
    if abs(latitude) > 90 and abs(longitude) <= 90 and abs(latitude) <= 180:
        return "latitude", exchanged
    for name, value, limit in (("longitude", longitude, 180), ("latitude", latitude, 90)):
        if abs(value) > limit:
            return name, f"is {value:g}; expected degrees from -{limit} to {limit}"
    if longitude == 0 and latitude == 0:
        return "longitude", "0, 0 is no station's place; leave both empty if it is not known"
    for box in filter(None, (_CHINA_BOX, bounds)):
        if not _within(longitude, latitude, box) and _within(latitude, longitude, box):
            return "latitude", exchanged
    return None


def _within(longitude: float, latitude: float, box: Bounds) -> bool:
    west, south, east, north = box
    return west <= longitude <= east and south <= latitude <= north
