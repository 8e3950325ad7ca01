"""What else finds a station: earlier numbers, former names, other systems' ids."""

from dataclasses import dataclass
from datetime import datetime

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Alias:
    """One more number or name of a station."""

    kind: str
    value: str
    source: str
    added_at: datetime


def of_station(connection: Connection, station_id: int) -> list[Alias]:
    """Return the aliases of a station that the acting person sees."""
    rows = connection.execute(
        "SELECT kind, value, source, added_at FROM station_alias WHERE station_id = %s"
        " ORDER BY kind, value",
        (station_id,),
    ).fetchall()
    return [Alias(*row) for row in rows]


def names_of_public(connection: Connection) -> dict[int, tuple[str, ...]]:
    """Return former names and earlier numbers of the stations the public may see, by their ids."""
    rows = connection.execute(
        "SELECT a.station_id, array_agg(a.value ORDER BY a.kind, a.value) FROM station_alias a"
        " JOIN station s ON s.id = a.station_id JOIN station_state t USING (state)"
        " WHERE t.public AND s.place IS NOT NULL AND a.kind IN ('name', 'number')"
        " GROUP BY a.station_id"
    ).fetchall()
    return {int(station): tuple(values) for station, values in rows}


def holders(connection: Connection, kind: str, value: str) -> list[int]:
    """Return the stations that an alias leads to."""
    rows = connection.execute(
        "SELECT station_id FROM station_alias WHERE kind = %s AND value = %s ORDER BY station_id",
        (kind, value),
    ).fetchall()
    return [int(row[0]) for row in rows]


def add(connection: Connection, station_id: int, kind: str, value: str, source: str) -> bool:
    """Enter an alias; false if the station has it."""
    done = connection.execute(
        "INSERT INTO station_alias (station_id, kind, value, source) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (station_id, kind, value, source),
    )
    return done.rowcount == 1


def remove(connection: Connection, station_id: int, kind: str, value: str) -> bool:
    """Take an alias away; false if the station has none such."""
    done = connection.execute(
        "DELETE FROM station_alias WHERE station_id = %s AND kind = %s AND value = %s",
        (station_id, kind, value),
    )
    return done.rowcount == 1
