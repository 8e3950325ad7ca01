"""Closures for a time: made, called off, and read for the snapshot, a page or staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.closures import Closure
from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class ClosureRecord:
    """A closure as staff see it."""

    id: int
    station_id: int
    closure: Closure
    made_at: datetime
    cancelled_at: datetime | None


def coming(
    connection: Connection, *, station_ids: Sequence[int] | None = None
) -> dict[int, tuple[Closure, ...]]:
    """Return closures that have not ended by station, in order; of all stations if none is named.

    Only the public's view is read, so stations that are not public have none.
    """
    rows = connection.execute(
        "SELECT station_id, begins, ends, reason FROM public_closure"
        " WHERE %(ids)s::bigint[] IS NULL OR station_id = ANY(%(ids)s)"
        " ORDER BY station_id, begins, ends",
        {"ids": None if station_ids is None else list(station_ids)},
    ).fetchall()
    found: dict[int, list[Closure]] = {}
    for station_id, begins, ends, reason in rows:
        found.setdefault(int(station_id), []).append(Closure(begins, ends, str(reason)))
    return {station_id: tuple(closures) for station_id, closures in found.items()}


def of_station(connection: Connection, station_id: int, *, most: int = 20) -> list[ClosureRecord]:
    """Return the closures of a station, the newest beginning first."""
    rows = connection.execute(
        "SELECT id, station_id, begins, ends, reason, made_at, cancelled_at FROM station_closure"
        " WHERE station_id = %s ORDER BY begins DESC, id DESC LIMIT %s",
        (station_id, most),
    ).fetchall()
    return [
        ClosureRecord(id_, station, Closure(begins, ends, reason), made_at, cancelled_at)
        for id_, station, begins, ends, reason, made_at, cancelled_at in rows
    ]


def add(connection: Connection, station_id: int, closure: Closure) -> int:
    """Close a station for a time as the acting person; return the closure's id."""
    row = connection.execute(
        "INSERT INTO station_closure (station_id, begins, ends, reason) VALUES (%s, %s, %s, %s)"
        " RETURNING id",
        (station_id, closure.begins, closure.ends, closure.reason),
    ).fetchone()
    return 0 if row is None else int(row[0])


def cancel(connection: Connection, station_id: int, closure_id: int) -> bool:
    """Call a closure off; return whether there was one to call off."""
    done = connection.execute(
        "UPDATE station_closure SET cancelled_at = clock_timestamp()"
        " WHERE id = %s AND station_id = %s AND cancelled_at IS NULL AND ends > clock_timestamp()",
        (closure_id, station_id),
    )
    return done.rowcount == 1


def end_own(connection: Connection, station_id: int) -> int:
    """Call off the running closures that the acting person made; return how many."""
    done = connection.execute(
        "UPDATE station_closure SET cancelled_at = clock_timestamp()"
        " WHERE station_id = %s AND made_by = acting_user() AND cancelled_at IS NULL"
        " AND begins <= clock_timestamp() AND ends > clock_timestamp()",
        (station_id,),
    )
    return done.rowcount
