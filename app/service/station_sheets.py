"""Sheets of the form read into facts, facts shown as sheets, and two people's sheets merged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.errors import ChangedMeanwhile, FieldError, InvalidInput
from app.domain.hours_sheet import hours_sheet, read_hours_sheet
from app.domain.place import Bounds
from app.domain.shared_place import read_shared
from app.domain.station_form import read
from app.domain.station_sheet import (
    GivenPlace,
    Sheet,
    columns_of,
    group_of,
    group_of_column,
    sheet_of,
    text,
)
from geo.datum import to_wgs84

SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Filled:
    """What a sheet says: columns with JSON values, what is wrong, what should be looked at."""

    fields: dict[str, Any]
    errors: tuple[FieldError, ...]
    warnings: tuple[FieldError, ...]
    place: GivenPlace | None


def shown_sheet(facts: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what the inputs show of the facts."""
    return sheet_of(facts) | hours_sheet(facts.get("hours"), str(facts.get("hours_text") or ""))


def filled(sheet: Sheet, *, bounds: Bounds | None = None) -> Filled:
    """Read a sheet; a shared text takes the place of degrees that were typed.

    Args:
        bounds: where places are expected, in WGS-84 degrees.
    """
    given, errors = _with_shared(sheet)
    reading, hours = read(given, bounds=bounds), read_hours_sheet(given)
    errors += (*reading.errors, *hours.errors)
    fields = reading.fields | hours.fields
    if reading.names_place:
        fields |= _placed(reading.place)
    return Filled(fields, errors, (*reading.warnings, *hours.warnings), reading.place)


def _with_shared(sheet: Sheet) -> tuple[Sheet, tuple[FieldError, ...]]:
    shared = text(sheet, SHARED).strip()
    if not shared:
        return sheet, ()
    try:
        found = read_shared(shared)
    except InvalidInput as error:
        return sheet, tuple(error.errors)
    place = {
        "longitude": [repr(found.longitude)], "latitude": [repr(found.latitude)],
        "datum": [found.datum or text(sheet, "datum")],
    }  # fmt: skip
    return {**sheet, **place}, ()


def _placed(place: GivenPlace | None) -> dict[str, Any]:
    if place is None:
        return dict.fromkeys(columns_of("place"))
    where = to_wgs84(place.longitude, place.latitude, datum=place.datum)
    return {
        "place": list(where), "source_datum": place.datum,
        "source_longitude": place.longitude, "source_latitude": place.latitude,
    }  # fmt: skip


def takeable(found: Filled, attempted: str, *, partly: bool) -> dict[str, Any]:
    """Return the fields that have nothing wrong, or raise if all of them are wanted."""
    if found.errors and not partly:
        raise InvalidInput(list(found.errors), attempted=attempted)
    wrong = {column for error in found.errors for column in columns_of(group_of(error.field))}
    return {name: value for name, value in found.fields.items() if name not in wrong}


def merged_sheet(sheet: Sheet, error: ChangedMeanwhile, now: Sheet) -> dict[str, list[str]]:
    """Return what was typed, with what only the other person changed taken over.

    Args:
        now: what the form shows of the facts as they are.
    """
    theirs = {
        group_of_column(change.field)
        for change in error.changes
        if change.before != change.now and change.wanted == change.before
    } - conflicts(error)
    kept = {name: list(values) for name, values in sheet.items() if group_of(name) not in theirs}
    return kept | {name: list(values) for name, values in now.items() if group_of(name) in theirs}


def conflicts(error: ChangedMeanwhile) -> set[str]:
    """Return the facts, or groups of facts, that both changed, and not to the same."""
    mine, other = set(), set()
    for change in error.changes:
        group = group_of_column(change.field)
        if change.now not in (change.before, change.wanted):
            other.add(group)
        if change.wanted not in (change.before, change.now):
            mine.add(group)
    return mine & other
