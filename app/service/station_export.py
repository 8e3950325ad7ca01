"""The register's stations as a list that can be read in again."""

from pathlib import Path

from app.domain.errors import FieldError, InvalidInput
from app.domain.station import Door, HostKind, StationFacts
from app.files.station_export import FORMATS, export_row, export_stations
from app.files.written import write_whole
from app.store import stations
from app.store.database import Connection
from app.store.stations import StationRecord
from geo.datum import from_wgs84, parse_datum


def export(connection: Connection, path: Path, *, datum: str) -> int:
    """Write every station to a file named by its ending; return how many.

    Raises:
        InvalidInput: for an unknown datum or ending.
        UnreadableFile: if the file cannot be written.
    """
    known_datum = parse_datum(datum)
    ending = path.suffix.lower().lstrip(".")
    if ending not in FORMATS:
        raise InvalidInput(
            [FieldError("file", f"ends in {path.suffix!r}; use .{', .'.join(FORMATS)}")],
            attempted="export the stations",
        )
    with connection.transaction():
        records = stations.every(connection)
        besides = stations.listed_besides(connection)
    rows = [
        export_row(
            _facts(record, *besides[record.id], datum=known_datum),
            code=record.code or "",
            state=record.state,
            service_details=record.service_details,
            functions=record.functions,
            venues=record.venues,
        )
        for record in records
    ]
    write_whole(path, export_stations(rows, format=ending))
    return len(records)


def _facts(
    record: StationRecord, area_name: str, earlier_numbers: tuple[str, ...], *, datum: str
) -> StationFacts:
    longitude, latitude = record.longitude, record.latitude
    if longitude is not None and latitude is not None:
        longitude, latitude = from_wgs84(longitude, latitude, datum=datum)
    return StationFacts(
        name=record.name,
        name_en=record.name_en,
        longitude=longitude,
        latitude=latitude,
        address=record.address,
        services=record.services,
        hours=record.hours,
        hours_text=record.hours_text,
        door=Door(record.door) if record.door else None,
        host_name=record.host_name,
        host_kind=HostKind(record.host_kind) if record.host_kind else None,
        area_name=area_name,
        earlier_numbers=earlier_numbers,
    )
