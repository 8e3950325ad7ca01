"""Whether a door was open lately: visits by the hour, proofs, doubts, supplies that ran out."""

from collections.abc import Sequence
from datetime import datetime

from app.domain.doubts import Doubt
from app.store.database import Connection


def count(connection: Connection, station_id: int, at: datetime) -> None:
    """Count one visit of a station in its hour."""
    connection.execute(
        "INSERT INTO station_visit AS v (station_id, hour, visits)"
        " VALUES (%s, date_trunc('hour', %s::timestamptz), 1)"
        " ON CONFLICT (station_id, hour) DO UPDATE SET visits = v.visits + 1",
        (station_id, at),
    )


def prove(connection: Connection, station_id: int, at: datetime) -> None:
    """Note as the operator that somebody got in."""
    connection.execute("SELECT prove_open(%s, %s)", (station_id, at))


def say_open(connection: Connection, station_id: int) -> datetime:
    """Say as the acting person that a station is open."""
    row = connection.execute("SELECT say_open(%s)", (station_id,)).fetchone()
    if row is None:  # pragma: no cover - a function call gives a row or raises
        raise LookupError(station_id)
    moment: datetime = row[0]
    return moment


def ran_out(connection: Connection, station_id: int) -> frozenset[str]:
    """Return the codes of what ran out at a station."""
    rows = connection.execute(
        "SELECT supply FROM station_supply WHERE station_id = %s", (station_id,)
    ).fetchall()
    return frozenset(str(supply) for (supply,) in rows)


def say_supplies(connection: Connection, station_id: int, ran_out: Sequence[str]) -> bool:
    """Say as the acting person what ran out, and that all else is there; return if it is news."""
    row = connection.execute(
        "SELECT say_supplies(%s, %s::text[])", (station_id, list(ran_out))
    ).fetchone()
    return row is not None and bool(row[0])


def doubts(
    connection: Connection, *, station_ids: Sequence[int] | None = None
) -> dict[int, tuple[Doubt, ...]]:
    """Return doubts that have not ended by station, in order; of all stations if none is named."""
    rows = connection.execute(
        "SELECT station_id, begins, ends, reported_at FROM public_doubt"
        " WHERE %(ids)s::bigint[] IS NULL OR station_id = ANY(%(ids)s)"
        " ORDER BY station_id, begins, ends",
        {"ids": None if station_ids is None else list(station_ids)},
    ).fetchall()
    found: dict[int, list[Doubt]] = {}
    for station_id, *times in rows:
        found.setdefault(int(station_id), []).append(Doubt(*times))
    return {station_id: tuple(raised) for station_id, raised in found.items()}
