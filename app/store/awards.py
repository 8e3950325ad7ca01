"""Stars and awards of stations, with what they were given by and why they were withdrawn."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Award:
    """An award of a year; a withdrawn one stays in the record."""

    id: int
    station_id: int
    station_name: str
    station_code: str | None
    year: int
    kind: str
    stars: int | None
    document: str
    subsidy_yuan: Decimal
    inspection_id: int | None
    note: str
    given_by: int | None
    given_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a station stands by the last time somebody looked."""

    inspection_id: int
    inspected_on: date
    passed: bool
    score: Decimal | None
    stars: int
    due_on: date


_SELECT = (
    "SELECT a.id, a.station_id, s.name, s.code, a.year, a.kind, a.stars, d.number, a.subsidy_yuan,"
    " a.inspection_id, a.note, a.given_by, a.given_at, a.withdrawn_at, a.withdrawn_reason"
    " FROM station_award a JOIN station s ON s.id = a.station_id"
    " LEFT JOIN document d ON d.id = a.document_id"
)


def give(
    connection: Connection,
    station_id: int,
    *,
    year: int,
    kind: str,
    stars: int | None,
    document_id: int,
    subsidy_yuan: Decimal,
    note: str,
) -> int | None:
    """Give an award; return its id, None if the station has it for that year."""
    row = connection.execute(
        "INSERT INTO station_award (station_id, year, kind, stars, document_id, subsidy_yuan, note)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (station_id, year, kind) WHERE withdrawn_at IS NULL DO NOTHING RETURNING id",
        (station_id, year, kind, stars, document_id, subsidy_yuan, note),
    ).fetchone()
    return None if row is None else int(row[0])


def withdraw(connection: Connection, award_id: int, *, reason: str) -> bool:
    """Withdraw an award; return whether it was in force."""
    done = connection.execute(
        "UPDATE station_award SET withdrawn_reason = %s WHERE id = %s AND withdrawn_at IS NULL",
        (reason, award_id),
    )
    return done.rowcount == 1


def get(connection: Connection, award_id: int) -> Award | None:
    """Return an award, None if the acting person does not see it."""
    row = connection.execute(f"{_SELECT} WHERE a.id = %s", (award_id,)).fetchone()
    return None if row is None else Award(*row)


def of_station(connection: Connection, station_id: int) -> list[Award]:
    """Return every award of a station, the newest first."""
    rows = connection.execute(
        f"{_SELECT} WHERE a.station_id = %s ORDER BY a.year DESC, a.given_at DESC", (station_id,)
    ).fetchall()
    return [Award(*row) for row in rows]


def standing(connection: Connection, station_id: int) -> Standing | None:
    """Return how a station stands, None if nobody looked yet."""
    row = connection.execute(
        "SELECT inspection_id, inspected_on, passed, score, stars, due_on FROM station_standing"
        " WHERE station_id = %s",
        (station_id,),
    ).fetchone()
    return None if row is None else Standing(*row)


def unions_above(connection: Connection, union_id: int | None) -> list[int]:
    """Return a union and those above it, the topmost first."""
    rows = connection.execute(
        "WITH RECURSIVE above AS (SELECT id, parent_id, 0 AS steps FROM union_body WHERE id = %s"
        " UNION SELECT u.id, u.parent_id, a.steps + 1 FROM union_body u"
        " JOIN above a ON u.id = a.parent_id) SELECT id FROM above ORDER BY steps DESC",
        (union_id,),
    ).fetchall()
    return [int(row[0]) for row in rows]
