"""Everything a service raises on purpose: the domain's errors, the library's, and what to do."""

from app.domain.errors import (
    Conflict,
    DatabaseDown,
    FieldError,
    ForbiddenHere,
    HarborError,
    InvalidInput,
    MissingSystemPart,
    NotFound,
    TooMany,
    Unavailable,
    UnreadableFile,
)
from geo.errors import (
    CrsUnusable,
    ElevationOutside,
    GeoError,
    InvalidValue,
    NetworkDamaged,
    NoStreets,
    NoUsableLines,
    OutsideNetwork,
    SourceUnreadable,
)

__all__ = [
    "Conflict",
    "CrsUnusable",
    "DatabaseDown",
    "ElevationOutside",
    "FieldError",
    "ForbiddenHere",
    "GeoError",
    "HarborError",
    "InvalidInput",
    "InvalidValue",
    "MissingSystemPart",
    "NetworkDamaged",
    "NoStreets",
    "NoUsableLines",
    "NotFound",
    "OutsideNetwork",
    "SourceUnreadable",
    "TooMany",
    "Unavailable",
    "UnreadableFile",
    "remedy",
]

_REMEDIES: dict[type[GeoError], str] = {
    OutsideNetwork: "Choose a place nearer to a street, and check that longitude comes first and"
    " the datum is right.",
    CrsUnusable: "Nothing was changed. State what the layer is in with --crs.",
    SourceUnreadable: "Nothing was changed. Fetch the file again and compare its size.",
    NoUsableLines: "Nothing was changed. Say with --columns what the columns and their words mean.",
    NoStreets: "Nothing was changed. Take an extract that holds highways.",
    ElevationOutside: "Nothing was changed. Take the elevation tiles of this area.",
}


def remedy(error: Exception) -> str:
    """Return what to do about an error, empty if there is nothing to add."""
    if isinstance(error, HarborError):
        return error.remedy
    return next((text for cls, text in _REMEDIES.items() if isinstance(error, cls)), "")
