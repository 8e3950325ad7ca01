"""Drafts that have an address and wait for a place, and notes on those nobody could find."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.store.database import Connection

# whose drafts the acting person may edit; functions in sub-selects are called once a statement
_MINE = (
    " FROM station s WHERE s.place IS NULL AND s.state IN ('draft', 'returned') AND s.address <> ''"
    " AND (s.union_id = ANY ((SELECT placing_unions())::bigint[]) OR (s.union_id IS NULL"
    " AND (SELECT acting_roles(NULL)) && ARRAY['union_staff', 'city_admin']))"
)
_NOTED = "EXISTS (SELECT FROM placing_note n WHERE n.station_id = s.id AND n.withdrawn_at IS NULL)"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A draft that waits for a place.

    Attributes:
        union: id, code, name, English name and kind of the owner, None without one.
        note: why somebody did not find it, empty if nobody said so.
    """

    id: int
    name: str
    address: str
    area_name: str
    host_name: str
    state: str
    revision: int
    placed: bool
    note: str
    noted_at: datetime | None
    union: tuple[int, str, str, str, str] | None


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is: the draft, its position from 1, and how many there are in all."""

    station_id: int | None
    position: int
    total: int
    noted: int


def turn(connection: Connection, *, after_id: int, noted: bool) -> Turn:
    """Return the next draft after one, from the beginning again where there is none.

    Args:
        noted: among those that somebody could not find, instead of the others.
    """
    wanted = _NOTED if noted else f"NOT {_NOTED}"
    row = connection.execute(
        f"SELECT coalesce(min(s.id) FILTER (WHERE {wanted} AND s.id > %(after)s),"
        f" min(s.id) FILTER (WHERE {wanted})), count(*) FILTER (WHERE {wanted}),"
        f" count(*) FILTER (WHERE {_NOTED}){_MINE}",
        {"after": after_id},
    ).fetchone()
    if row is None or row[0] is None:
        return Turn(None, 0, 0, 0 if row is None else int(row[2]))
    return Turn(int(row[0]), _position(connection, row[0], noted=noted), int(row[1]), int(row[2]))


def turn_of(connection: Connection, station_id: int) -> Turn:
    """Return the turn of one draft."""
    noted = connection.execute(
        f"SELECT {_NOTED} FROM station s WHERE s.id = %s", (station_id,)
    ).fetchone()
    is_noted = noted is not None and bool(noted[0])
    other = turn(connection, after_id=station_id - 1, noted=is_noted)
    if other.station_id != station_id:
        return Turn(station_id, 0, other.total, other.noted)
    return other


def _position(connection: Connection, station_id: int, *, noted: bool) -> int:
    wanted = _NOTED if noted else f"NOT {_NOTED}"
    row = connection.execute(
        f"SELECT count(*){_MINE} AND s.id <= %s AND {wanted}", (station_id,)
    ).fetchone()
    return 0 if row is None else int(row[0])


def unplaced(connection: Connection, station_id: int) -> Unplaced | None:
    """Return a record as the queue shows it, None if the acting person does not see it."""
    row = connection.execute(
        "SELECT s.id, s.name, s.address, s.area_name, s.host_name, s.state, s.revision,"
        " s.place IS NOT NULL, coalesce(n.note, ''), n.made_at, u.id, u.code, u.name, u.name_en,"
        " u.kind FROM station s LEFT JOIN union_body u ON u.id = s.union_id"
        " LEFT JOIN placing_note n ON n.station_id = s.id AND n.withdrawn_at IS NULL"
        " WHERE s.id = %s",
        (station_id,),
    ).fetchone()
    if row is None:
        return None
    values = [*row[:10], None if row[10] is None else tuple(row[10:])]
    return Unplaced(*values)


def place_of(connection: Connection, station_id: int) -> tuple[float, float] | None:
    """Return the longitude and latitude of a record, None if it has no place."""
    row = connection.execute(
        "SELECT ST_X(place), ST_Y(place) FROM station WHERE id = %s AND place IS NOT NULL",
        (station_id,),
    ).fetchone()
    return None if row is None else (float(row[0]), float(row[1]))


def take_note(connection: Connection, station_id: int, note: str) -> None:
    """Remember that a place was not found; a newer note takes the place of an older."""
    withdraw_note(connection, station_id)
    connection.execute(
        "INSERT INTO placing_note (station_id, note) VALUES (%s, %s)", (station_id, note)
    )


def withdraw_note(connection: Connection, station_id: int) -> bool:
    """Let a draft be looked for again; return whether it had been given up."""
    done = connection.execute(
        "UPDATE placing_note SET withdrawn_at = clock_timestamp()"
        " WHERE station_id = %s AND withdrawn_at IS NULL",
        (station_id,),
    )
    return done.rowcount == 1


@dataclass(frozen=True, slots=True)
class Along:
    """A placed station whose address names a street."""

    name: str
    address: str
    longitude: float
    latitude: float


def along(connection: Connection, street: str, *, most: int = 200) -> list[Along]:
    """Return placed stations of the person's sight whose address names a street."""
    pattern = "%" + street.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = connection.execute(
        "SELECT s.name, s.address, ST_X(s.place), ST_Y(s.place) FROM station s"
        " WHERE s.place IS NOT NULL AND s.address LIKE %s AND s.state <> 'discarded'"
        " ORDER BY s.id LIMIT %s",
        (pattern, most),
    ).fetchall()
    return [Along(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class OnMap:
    """A name on the base map with a place of it, WGS-84 degrees."""

    name: str
    layer: str
    kind: str
    longitude: float
    latitude: float


def on_map(connection: Connection, network: str, names: Sequence[str], *, most: int) -> list[OnMap]:
    """Return what is called by one of the names on a base map, each connected piece once."""
    rows = connection.execute(
        "WITH hit AS (SELECT layer, kind, name, geometry, ST_ClusterDBSCAN(geometry, 800, 1)"
        " OVER (PARTITION BY layer, name) AS piece FROM basemap_feature WHERE network = %s"
        " AND layer IN ('place', 'street', 'premises') AND name <> '' AND name = ANY(%s))"
        ", middle AS (SELECT name, layer, min(kind) AS kind, count(*) AS parts,"
        " ST_Transform(ST_PointOnSurface(ST_Collect(geometry)), 4326) AS point"
        " FROM hit GROUP BY layer, name, piece)"
        " SELECT name, layer, kind, ST_X(point), ST_Y(point) FROM middle"
        " ORDER BY length(name) DESC, parts DESC, name, layer LIMIT %s",
        (network, list(names), most),
    ).fetchall()
    return [OnMap(*row) for row in rows]
