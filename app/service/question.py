"""What a rider asks, and everything that can be wrong with it."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import FieldError, InvalidInput
from app.domain.services import BY_CODE
from geo.datum import parse_datum, swapped, to_wgs84
from geo.pace import PACES

MOST = 50
MODES = ("walk", "ebike")
OPEN_CHOICES = ("any", "now", "arrival", "night")
# hours are evaluated some weeks around a moment, which has to exist
YEARS = range(1950, 2200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a rider asks; coordinates in ``datum``."""

    longitude: float
    latitude: float
    k: int = 5
    services: tuple[str, ...] = ()
    max_minutes: float | None = None
    open: str = "any"
    datum: str = "wgs84"
    mode: str = "walk"
    pace: str = "terrain"
    at: datetime | None = None
    # the number of the only station that is asked about
    code: str | None = None


def in_wgs84(longitude: str, latitude: str, *, datum: str) -> tuple[float, float]:
    """Read a place from texts in a datum.

    Raises:
        InvalidInput, InvalidValue: if a part cannot be read.
    """
    try:
        pair = float(longitude), float(latitude)
    except ValueError:
        raise InvalidInput(
            [FieldError("lon", f"{longitude!r}, {latitude!r} are not two numbers")],
            attempted="read the place",
        ) from None
    lon, lat = to_wgs84(*pair, datum=parse_datum(datum))
    return float(lon), float(lat)


def check_services(codes: tuple[str, ...], field: str = "services") -> list[FieldError]:
    """Return an error for every code that is no service."""
    return [
        FieldError(field, f"unknown service {code!r}; known are {', '.join(sorted(BY_CODE))}")
        for code in codes
        if code not in BY_CODE
    ]


def check_moment(field: str, moment: datetime | None) -> list[FieldError]:
    """Return an error for a moment that nothing can be said about."""
    if moment is None or moment.year in YEARS:
        return []
    return [FieldError(field, f"the year {moment.year} is not from {YEARS[0]} to {YEARS[-1]}")]


def check(question: Question) -> None:
    """Raise :class:`InvalidInput` with everything that is wrong with a question."""
    errors = check_services(question.services) + check_moment("at", question.at)
    if question.pace not in PACES:
        errors.append(FieldError("pace", f"{question.pace!r} is not one of {', '.join(PACES)}"))
    if question.mode not in MODES:
        errors.append(FieldError("mode", f"{question.mode!r} is not one of {', '.join(MODES)}"))
    if not 1 <= question.k <= MOST:
        errors.append(FieldError("k", f"{question.k} is not a whole number from 1 to {MOST}"))
    if question.open not in OPEN_CHOICES:
        errors.append(
            FieldError("open", f"{question.open!r} is not one of {', '.join(OPEN_CHOICES)}")
        )
    if question.max_minutes is not None and not 0 < question.max_minutes <= 24 * 60:
        errors.append(
            FieldError("max_minutes", f"{question.max_minutes:g} is not above 0 and at most 1,440")
        )
    if errors:
        raise InvalidInput(errors, attempted="find the nearest stations")


def place_of(
    longitude: float,
    latitude: float,
    *,
    datum: str,
    bounds: tuple[float, float, float, float],
    attempted: str,
) -> tuple[float, float]:
    """Return a rider's place in WGS-84.

    Args:
        bounds: west, south, east, north of where places are expected.

    Raises:
        InvalidInput, InvalidValue: if it cannot be one, or its parts are exchanged.
    """
    exchanged = swapped(longitude, latitude)
    if exchanged is None:
        lon, lat = to_wgs84(longitude, latitude, datum=parse_datum(datum))
        exchanged = swapped(lon, lat, bounds=bounds)
        if exchanged is None:
            return float(lon), float(lat)
    raise InvalidInput([FieldError("lon", exchanged)], attempted=attempted)
