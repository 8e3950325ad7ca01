"""People of lists who cannot be keepers yet, sealed until staff complete or drop them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Waiting:
    """A person of a list, sealed.

    Attributes:
        kind: what the phone is: mobile, landline or none.
        lacks: what is missing before this can be a keeper.
    """

    id: int
    station_id: int
    station_name: str
    batch_id: int | None
    wrapped_key: bytes
    sealed: bytes
    kind: str
    lacks: tuple[str, ...]
    expires_at: datetime


_SELECT = (
    "SELECT c.id, c.station_id, s.name, c.batch_id, c.wrapped_key, c.sealed, c.kind, c.lacks,"
    " c.expires_at FROM import_contact c JOIN station s ON s.id = c.station_id"
)


def keep(
    connection: Connection,
    contacts: Sequence[tuple[int, int | None, bytes, bytes, str, list[str], datetime]],
) -> None:
    """Keep people: station, batch, wrapped key, sealed values, kind, what they lack, until when."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO import_contact (station_id, batch_id, wrapped_key, sealed, kind, lacks,"
            " expires_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            contacts,
        )


def of_batch(connection: Connection, batch_id: int) -> list[Waiting]:
    """Return the people of a batch who still wait."""
    rows = connection.execute(f"{_SELECT} WHERE c.batch_id = %s ORDER BY c.id", (batch_id,))
    return [_waiting(row) for row in rows.fetchall()]


def of_station(connection: Connection, station_id: int) -> list[Waiting]:
    """Return the people of a station who still wait."""
    rows = connection.execute(f"{_SELECT} WHERE c.station_id = %s ORDER BY c.id", (station_id,))
    return [_waiting(row) for row in rows.fetchall()]


def get(connection: Connection, contact_id: int) -> Waiting | None:
    """Return one who waits, locked until the transaction ends."""
    row = connection.execute(f"{_SELECT} WHERE c.id = %s", (contact_id,)).fetchone()
    return None if row is None else _waiting(row)


def drop(connection: Connection, contact_id: int) -> bool:
    """Remove one with the key; return whether there was one."""
    return bool(
        connection.execute("DELETE FROM import_contact WHERE id = %s", (contact_id,)).rowcount
    )


def drop_batch(connection: Connection, batch_id: int) -> int:
    """Remove all of a batch with their keys; return how many."""
    return connection.execute(
        "DELETE FROM import_contact WHERE batch_id = %s", (batch_id,)
    ).rowcount


def forget(connection: Connection) -> int:
    """Remove those whose time is over, as the operator; return how many."""
    return connection.execute(
        "DELETE FROM import_contact WHERE expires_at < clock_timestamp()"
    ).rowcount


def _waiting(row: tuple[object, ...]) -> Waiting:
    values = list(row)
    values[7] = tuple(values[7])  # type: ignore[arg-type]
    return Waiting(*values)  # type: ignore[arg-type]
