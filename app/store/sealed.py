"""What is sealed under the key outside the database: found, and put back under another key.

A value begins with the id of its cipher (1 byte) and of its key (4), so the database can tell
what lies under which key without opening anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.store.database import Connection

# held shared by who seals, and alone by who drops keys: "keys" as a number
_KEYS_LOCK = 0x6B657973
# held by who changes the keys: "rota" as a number
_ROTATION_LOCK = 0x726F7461


@dataclass(frozen=True, slots=True)
class Column:
    """A column of values that the vault sealed.

    Attributes:
        table, key, column: where the values are, and what tells rows apart.
        purpose: what a value is sealed for, ``{}`` standing for the key of its row.
    """

    table: str
    key: str
    column: str
    purpose: str


KEEPER_KEYS = Column("keeper_key", "id", "wrapped", "keeper-key:{}")
COLUMNS: tuple[Column, ...] = (
    KEEPER_KEYS,
    Column("user_account", "id", "second_factor", "second-factor:{}"),
    # keys of lists on their way in, and of people in them who are no keepers yet
    Column("staged_import", "id", "wrapped_key", "staged-list"),
    Column("import_contact", "id", "wrapped_key", "staged-list"),
)


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A sealed value, and what tells its row apart."""

    key: object
    value: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Personal:
    """The sealed values of a keeper that fingerprints are made of."""

    name: bytes
    phone: bytes


def hold_keys(connection: Connection) -> None:
    """Let no key be dropped until this transaction ends; to be called before sealing."""
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", (_KEYS_LOCK,))


def keep_keys_alone(connection: Connection) -> None:
    """Wait until nobody seals any more, and let nobody until this transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_KEYS_LOCK,))


def begin_rotation(connection: Connection) -> bool:
    """Be the one session that changes keys; false if another is."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_ROTATION_LOCK,)).fetchone()
    return row is not None and bool(row[0])


def end_rotation(connection: Connection) -> None:
    """Let another session change keys."""
    connection.execute("SELECT pg_advisory_unlock(%s)", (_ROTATION_LOCK,))


def counts(connection: Connection, column: Column) -> dict[bytes, int]:
    """Return how many values of a column lie under which key."""
    rows = connection.execute(
        f"SELECT substr({column.column}, 2, 4), count(*) FROM {column.table}"
        f" WHERE {column.column} IS NOT NULL GROUP BY 1"
    ).fetchall()
    return {bytes(key): int(count) for key, count in rows}


def under(
    connection: Connection, column: Column, keys: Sequence[bytes], *, after: object, most: int
) -> list[Row]:
    """Return values that lie under one of some keys, in the order of their rows.

    Args:
        after: the key of the last row that was looked at; None for the first call.
    """
    beyond = "" if after is None else f"AND {column.key} > %(after)s"
    rows = connection.execute(
        f"SELECT {column.key}, {column.column} FROM {column.table}"
        f" WHERE substr({column.column}, 2, 4) = ANY (%(keys)s::bytea[]) {beyond}"
        f" ORDER BY {column.key} LIMIT %(most)s",
        {"keys": list(keys), "after": after, "most": most},
    ).fetchall()
    return [Row(key, bytes(value)) for key, value in rows]


def put(connection: Connection, column: Column, row: Row, value: bytes) -> bool:
    """Put a value in the place of another; false if somebody changed it meanwhile."""
    done = connection.execute(
        f"UPDATE {column.table} SET {column.column} = %s"
        f" WHERE {column.key} = %s AND {column.column} = %s",
        (value, row.key, row.value),
    )
    return done.rowcount == 1


def personal(connection: Connection, key_id: UUID) -> Personal | None:
    """Return what the fingerprints of a key's keeper are made of, until the transaction ends."""
    row = connection.execute(
        "SELECT name_sealed, phone_sealed FROM keeper WHERE key_id = %s"
        " AND name_sealed IS NOT NULL FOR UPDATE",
        (key_id,),
    ).fetchone()
    return None if row is None else Personal(bytes(row[0]), bytes(row[1]))


def put_prints(connection: Connection, key_id: UUID, *, name: bytes, phone: bytes) -> None:
    """Let a keeper be looked up by new fingerprints."""
    connection.execute(
        "UPDATE keeper SET name_print = %s, phone_print = %s WHERE key_id = %s",
        (name, phone, key_id),
    )
