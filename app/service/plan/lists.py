"""A whole list of sites read as new stations of a scenario."""

import hashlib
from pathlib import Path
from typing import Any

from app.domain.errors import FieldError, InvalidInput
from app.domain.scenario import MOST_ITEMS, Open
from app.domain.station_row import StationRow
from app.files.notes import chinese
from app.files.stations import read_stations
from app.files.tables import read_bytes
from app.service.network import in_use
from app.service.runtime import Runtime
from geo.datum import Datum, parse_datum, to_wgs84

_UNPLACED = FieldError(
    "longitude", "a new station needs a longitude and a latitude", "没有经纬度,放不进方案"
)


def changes_from_list(
    harbor: Runtime, source: Path | bytes, *, datum: str, file_name: str, sheet: str | None = None
) -> dict[str, Any]:
    """Read a CSV, XLSX or GeoJSON list of stations into a scenario's new stations.

    Columns with people's data are read over; nothing of them is in what returns.

    Args:
        datum: what its coordinates refer to.

    Returns:
        ``changes`` (a scenario's ``open`` items, in WGS-84), ``rows`` (how many the list has),
        ``errors`` and ``warnings`` (``row``, ``field``, ``zh``, ``en``) and ``notes`` about the
        file (``zh``, ``en``). Rows with an error are in no change.

    Raises:
        UnreadableFile, InvalidInput: if it is no list that can be read, or too long a one.
    """
    content = read_bytes(source, file_name=file_name)
    with harbor.connection() as connection:
        network = in_use(connection)
    read = read_stations(
        content, datum=datum, file_name=file_name, sheet=sheet,
        bounds=network.bounds if network else None,
    )  # fmt: skip
    if len(read.rows) > MOST_ITEMS:
        raise InvalidInput(
            [FieldError("file", f"has {len(read.rows):,} rows; a scenario holds {MOST_ITEMS:,}",
                        f"有 {len(read.rows):,} 行,一个方案最多 {MOST_ITEMS:,} 项")],
            attempted=f"read {file_name}",
        )  # fmt: skip
    known = parse_datum(datum)
    print_ = hashlib.sha256(content).hexdigest()[:6]
    found = {row.number: _open(row, known, f"{print_}-{row.number}") for row in read.rows}
    errors = [
        _at(row, error)
        for row in read.rows
        for error in row.errors or (() if found[row.number] else (_UNPLACED,))
    ]
    return {
        "changes": [item.to_json() for item in found.values() if item is not None],
        "rows": len(read.rows),
        "errors": errors,
        "warnings": [_at(row, warning) for row in read.rows for warning in row.warnings],
        "notes": [{"zh": chinese(note), "en": str(note)} for note in read.warnings],
    }


def _open(row: StationRow, datum: Datum, key: str) -> Open | None:
    facts = row.facts
    if facts is None or facts.longitude is None or facts.latitude is None:
        return None
    longitude, latitude = to_wgs84(facts.longitude, facts.latitude, datum=datum)
    return Open(
        key=key, name=facts.name, name_en=facts.name_en,
        longitude=round(float(longitude), 7), latitude=round(float(latitude), 7),
        services=facts.services, hours=facts.hours,
        host_name=facts.host_name, host_kind=facts.host_kind,
    )  # fmt: skip


def _at(row: StationRow, error: FieldError) -> dict[str, Any]:
    return {"row": row.number, "field": error.field, "zh": error.zh, "en": error.message}
