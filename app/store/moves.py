"""Moves of stations from state to state, and the documents they are made by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Subject:
    """What a move looks at: a station that the acting person may change."""

    id: int
    code: str | None
    name: str
    state: str
    revision: int
    union_id: int | None
    placed: bool
    submitted_by: int | None
    reviewed_by: int | None


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a station."""

    id: int
    code: str | None
    state: str
    revision: int


def subject(connection: Connection, station_id: int, *, lock: bool = False) -> Subject | None:
    """Return a station of the acting person's scope, None for every other.

    With ``lock`` nobody else moves or edits it until the transaction ends; a
    station that may be read but not changed is then none.
    """
    row = connection.execute(
        "SELECT id, code, name, state, revision, union_id, place IS NOT NULL, submitted_by,"
        f" reviewed_by FROM station WHERE id = %s{' FOR UPDATE' if lock else ''}",
        (station_id,),
    ).fetchone()
    return None if row is None else Subject(*row)


def make(
    connection: Connection,
    station_id: int,
    *,
    target: str,
    reason: str | None = None,
    until: date | None = None,
    exit_code: str | None = None,
    document_id: int | None = None,
    survivor: int | None = None,
) -> Moved | None:
    """Move a station, with what is brought along; None if it is out of scope.

    A column that is not named counts as not brought, so only those given are named.
    """
    values: dict[str, object] = {
        "state": target, "state_reason": reason, "state_until": until, "exit_code": exit_code,
        "document_id": document_id, "merged_into": survivor,
    }  # fmt: skip
    given = {column: value for column, value in values.items() if value is not None}
    row = connection.execute(
        f"UPDATE station SET {', '.join(f'{column} = %({column})s' for column in given)}"
        " WHERE id = %(id)s RETURNING id, code, state, revision",
        {**given, "id": station_id},
    ).fetchone()
    return None if row is None else Moved(*row)


def has_keeper(connection: Connection, station_id: int) -> bool:
    """Whether somebody serves as the station's keeper, with values that are still kept."""
    row = connection.execute("SELECT station_has_keeper(%s)", (station_id,)).fetchone()
    return row is not None and bool(row[0])


def with_keeper(connection: Connection, ids: Sequence[int]) -> frozenset[int]:
    """Return those of the stations of which :func:`has_keeper` holds."""
    rows = connection.execute(
        "SELECT id FROM unnest(%s::bigint[]) AS id WHERE station_has_keeper(id)", (list(ids),)
    ).fetchall()
    return frozenset(int(row[0]) for row in rows)


def today(connection: Connection) -> date:
    """Return the day it is where the register is."""
    row = connection.execute("SELECT register_today()").fetchone()
    if row is None:  # pragma: no cover - the register has always its one row
        raise LookupError("register")
    day: date = row[0]
    return day


def in_counter_order(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Return those of the stations in scope, in the order in which counters are locked."""
    rows = connection.execute(
        "SELECT s.id FROM station s LEFT JOIN union_body u ON u.id = s.union_id"
        " WHERE s.id = ANY(%s) ORDER BY u.code NULLS FIRST, s.id",
        (list(ids),),
    ).fetchall()
    return [int(row[0]) for row in rows]


def document(
    connection: Connection,
    *,
    number: str,
    union_id: int | None,
    title: str = "",
    dated: date | None = None,
) -> int:
    """Return the id of a document, which is recorded if it is not known yet."""
    find = "SELECT id FROM document WHERE number = %s AND union_id IS NOT DISTINCT FROM %s"
    row = connection.execute(find, (number, union_id)).fetchone()
    if row is not None:
        return int(row[0])
    connection.execute(
        "INSERT INTO document (number, title, dated, union_id) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (number, union_id) DO NOTHING",
        (number, title, dated, union_id),
    )
    row = connection.execute(find, (number, union_id)).fetchone()
    return 0 if row is None else int(row[0])
