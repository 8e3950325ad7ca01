"""What the form of a station says while it is filled in; nothing of it is written anywhere."""

from dataclasses import dataclass
from datetime import date

from app.domain.actor import Actor
from app.domain.errors import FieldError
from app.domain.hours_sheet import said
from app.domain.shared_place import SOURCE_NAMES, read_shared
from app.domain.station_sheet import Sheet, clean, text
from app.service.place_check import PlaceCheck, check_place
from app.service.snapshot import Snapshot
from app.service.station_sheets import filled
from app.store import station_forms
from app.store.database import Connection
from app.store.rights import acting_as
from app.store.station_forms import Twin

__all__ = ["Hints", "Shared", "Twin", "hints", "shared"]

TWIN_METRES = 50.0


@dataclass(frozen=True, slots=True)
class Hints:
    """What stands beside a form as it is.

    Attributes:
        place: what was found at the place, None without one.
        twins: stations that may be the same one.
        hours: the rule as read, and what it says in Chinese and English; None if the sheet
            says nothing of the hours.
        errors, warnings: by the name of the input.
    """

    place: PlaceCheck | None
    twins: tuple[Twin, ...]
    hours: tuple[str | None, str, str] | None
    errors: tuple[FieldError, ...]
    warnings: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """A place read from a shared text.

    Attributes:
        datum: None if the person has to say; ``likely`` is offered first then.
        source: what it was read from, in Chinese and English.
    """

    longitude: float
    latitude: float
    datum: str | None
    likely: str | None
    source: tuple[str, str]


def hints(
    connection: Connection,
    actor: Actor,
    snapshot: Snapshot,
    sheet: Sheet,
    *,
    station_id: int | None,
    day: date,
    max_metres: float,
) -> Hints:
    """Look at a sheet as it is.

    Args:
        station_id: the station it is of, None for a new one.
        max_metres: how far from a street a place may lie.
    """
    found = filled(sheet, bounds=snapshot.bounds)
    where = found.fields.get("place")
    name = str(found.fields.get("name") or "")
    with acting_as(connection, actor):
        union_id = found.fields.get("union_id")
        union = None if union_id is None else station_forms.union(connection, union_id)
        checked = None
        if where is not None:
            checked = check_place(
                connection, snapshot, longitude=where[0], latitude=where[1], day=day,
                max_metres=max_metres, union=union,
                area_name=clean(text(sheet, "area_name"))[:100],
            )  # fmt: skip
        twins = []
        if name or where is not None:
            twins = station_forms.twins(
                connection, name=name, place=None if where is None else (where[0], where[1]),
                within_metres=TWIN_METRES, but=station_id,
            )  # fmt: skip
    rule = None
    if "hours" in found.fields:
        rule = (found.fields["hours"], *said(found.fields["hours"]))
    return Hints(checked, tuple(twins), rule, found.errors, found.warnings)


def shared(given: str) -> Shared:
    """Read a text that a map app shares, or a pair of degrees.

    Raises:
        InvalidInput: if it holds no place.
    """
    found = read_shared(given)
    return Shared(
        found.longitude, found.latitude, found.datum, found.likely, SOURCE_NAMES[found.source]
    )
