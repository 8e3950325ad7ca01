"""Where public maps show a station: a record a company."""

from dataclasses import dataclass
from datetime import date, datetime

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class MapListing:
    """What is known of a station on one company's map; None where nobody said anything."""

    company: str
    name: str
    name_en: str
    submitted_on: date | None
    visible: bool | None
    checked_on: date | None
    external_id: str | None
    note: str
    changed_by: int | None
    changed_at: datetime | None


def of_station(connection: Connection, station_id: int) -> list[MapListing]:
    """Return the record of every company, whether there is one yet or not."""
    rows = connection.execute(
        "SELECT c.code, c.name, c.name_en, m.submitted_on, m.visible, m.checked_on, m.external_id,"
        " coalesce(m.note, ''), m.changed_by, m.changed_at FROM map_company c"
        " LEFT JOIN map_listing m ON m.company = c.code AND m.station_id = %s ORDER BY c.position",
        (station_id,),
    ).fetchall()
    return [MapListing(*row) for row in rows]


def write(connection: Connection, station_id: int, listing: MapListing) -> None:
    """Write the record of one company."""
    values = (
        listing.submitted_on, listing.visible, listing.checked_on, listing.external_id,
        listing.note,
    )  # fmt: skip
    updated = connection.execute(
        "UPDATE map_listing SET (submitted_on, visible, checked_on, external_id, note)"
        " = (%s, %s, %s, %s, %s) WHERE station_id = %s AND company = %s",
        (*values, station_id, listing.company),
    )
    if updated.rowcount == 0:
        connection.execute(
            "INSERT INTO map_listing (submitted_on, visible, checked_on, external_id, note,"
            " station_id, company) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (*values, station_id, listing.company),
        )
