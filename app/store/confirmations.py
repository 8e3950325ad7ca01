"""Confirmations that a record still holds, and the stations that are due for one."""

from dataclasses import dataclass
from datetime import datetime

from app.store.database import Connection

# a page of the queue, not the register
MOST = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """A station in the sight of the acting person, and when it was confirmed.

    Attributes:
        since: when it was confirmed, or came into its state if it never was.
        may_tend: whether the person may say how things are there.
    """

    station_id: int
    code: str | None
    name: str
    state: str
    confirmed_at: datetime | None
    since: datetime
    may_tend: bool


@dataclass(frozen=True, slots=True)
class Due:
    """A station that nobody has confirmed for long."""

    station_id: int
    code: str | None
    name: str
    union_id: int | None
    confirmed_at: datetime | None
    since: datetime


def confirm(connection: Connection, station_id: int) -> datetime:
    """Confirm a station as the acting person; the database has the last word on who may."""
    row = connection.execute("SELECT confirm_station(%s)", (station_id,)).fetchone()
    if row is None:  # pragma: no cover - a function call gives a row or raises
        raise LookupError(station_id)
    moment: datetime = row[0]
    return moment


def standing(connection: Connection, station_id: int) -> Standing | None:
    """Return how a station stands, None if the acting person does not see it."""
    row = connection.execute(
        "SELECT id, code, name, state, confirmed_at, coalesce(confirmed_at, state_since),"
        " tends_station(id) FROM station WHERE id = %s",
        (station_id,),
    ).fetchone()
    return None if row is None else Standing(*row)


# open stations of other unions are seen as well, and are none of one's work; the functions stand
# in sub-selects, so that they are called once a statement
_DUE = (
    " FROM station s WHERE coalesce(s.confirmed_at, s.state_since) < %(before)s"
    " AND s.state IN (SELECT t.state FROM station_state t WHERE t.public)"
    " AND (s.union_id = ANY ((SELECT acting_unions())::bigint[]) OR (SELECT acts_everywhere())"
    " OR s.id = ANY ((SELECT my_kept_stations())::bigint[]))"
)


def due(connection: Connection, *, before: datetime, most: int = MOST) -> list[Due]:
    """Return stations the acting person may confirm, last confirmed before a moment, oldest first.

    A station that never was confirmed counts from when it came into its state.
    """
    rows = connection.execute(
        "SELECT d.* FROM (SELECT s.id, s.code, s.name, s.union_id, s.confirmed_at,"
        f" coalesce(s.confirmed_at, s.state_since) AS since{_DUE}"
        " ORDER BY coalesce(s.confirmed_at, s.state_since), s.id LIMIT %(most)s) d"
        " WHERE tends_station(d.id) ORDER BY d.since, d.id",
        {"before": before, "most": most},
    ).fetchall()
    return [Due(*row) for row in rows]


def count_due(connection: Connection, *, before: datetime) -> int:
    """Return how many stations of the acting person's scope there are."""
    row = connection.execute(f"SELECT count(*){_DUE}", {"before": before}).fetchone()
    return 0 if row is None else int(row[0])


def expired(
    connection: Connection, *, before: datetime, after: tuple[datetime, int] | None, most: int
) -> list[Due]:
    """Return public stations last confirmed before a moment, the oldest first; the operator's.

    Args:
        after: since when the last one of the page before waits, and its id.
    """
    since, last = after or (None, 0)
    rows = connection.execute(
        "SELECT s.id, s.code, s.name, s.union_id, s.confirmed_at,"
        " coalesce(s.confirmed_at, s.state_since) FROM station s JOIN station_state t USING (state)"
        " WHERE t.public AND coalesce(s.confirmed_at, s.state_since) < %(before)s"
        " AND (%(since)s::timestamptz IS NULL"
        " OR (coalesce(s.confirmed_at, s.state_since), s.id) > (%(since)s, %(last)s))"
        " ORDER BY coalesce(s.confirmed_at, s.state_since), s.id LIMIT %(most)s",
        {"before": before, "since": since, "last": last, "most": most},
    ).fetchall()
    return [Due(*row) for row in rows]
