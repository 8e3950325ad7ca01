"""Lists of stations out: CSV, XLSX and GeoJSON."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from app.domain.errors import FieldError, InvalidInput
from app.domain.service_words import written
from app.domain.station import StationFacts
from app.files.cells import guarded, printable
from app.files.workbook import Cell, write_sheet

FORMATS = ("csv", "xlsx", "geojson")

# the names that reading a list recognises, so that an export can be read in again
COLUMNS = (
    "code",
    "state",
    "name",
    "name_en",
    "district",
    "address",
    "longitude",
    "latitude",
    "services",
    "service_details",
    "functions",
    "venues",
    "hours",
    "hours_text",
    "door",
    "host_name",
    "host_kind",
    "earlier_numbers",
)


def export_row(
    facts: StationFacts,
    *,
    code: str = "",
    state: str = "",
    service_details: Mapping[str, Any] = MappingProxyType({}),
    functions: Sequence[str] = (),
    venues: Sequence[str] = (),
) -> dict[str, Cell]:
    """Write a station as the row that :func:`export_stations` takes.

    Args:
        service_details, functions, venues: as the columns of the register hold them.
    """
    return {
        "code": code,
        "state": state,
        "name": facts.name,
        "name_en": facts.name_en,
        "district": facts.area_name,
        "address": facts.address,
        "longitude": facts.longitude,
        "latitude": facts.latitude,
        "services": ";".join(facts.services),
        "service_details": written(facts.services, service_details),
        "functions": ";".join(functions),
        "venues": ";".join(venues),
        "hours": facts.hours or "",
        "hours_text": facts.hours_text,
        "door": str(facts.door or ""),
        "host_name": facts.host_name,
        "host_kind": str(facts.host_kind or ""),
        "earlier_numbers": ";".join(facts.earlier_numbers),
    }


def export_stations(
    rows: Iterable[Mapping[str, Cell]], *, format: str, columns: Sequence[str] = COLUMNS
) -> bytes:
    """Write stations to the bytes of a file.

    Text that a spreadsheet program would run as a formula gets a quote before it, which
    reading takes away again. CSV is UTF-8 with a byte order mark, for spreadsheet programs.

    Args:
        rows: cells by column; coordinates in the datum that the file is to have.
        format: ``csv``, ``xlsx`` or ``geojson``.
        columns: what to write, in order; absent cells are empty.

    Raises:
        InvalidInput: for another format.
    """
    if format == "csv":
        return write_csv(columns, ([row.get(name) for name in columns] for row in rows))
    if format == "xlsx":
        cells = ([row.get(name) for name in columns] for row in rows)
        return write_sheet(columns, cells, title="stations")
    if format == "geojson":
        return _geojson(rows, columns)
    raise InvalidInput(
        [FieldError("format", f"{format!r} is not known; expected one of {', '.join(FORMATS)}")],
        attempted="write the stations",
    )


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write CSV in UTF-8 with a byte order mark; no text of it can run as a formula."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([guarded(name) for name in columns])
    for row in rows:
        writer.writerow([guarded(printable(c)) if isinstance(c, str) else c for c in row])
    return buffer.getvalue().encode("utf-8-sig")


def _geojson(rows: Iterable[Mapping[str, Cell]], columns: Sequence[str]) -> bytes:
    places = ("longitude", "latitude")
    features = []
    for row in rows:
        pair = [row.get(name) for name in places]
        geometry = None if None in pair else {"type": "Point", "coordinates": pair}
        properties = {name: row.get(name) for name in columns if name not in places}
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False).encode()
