"""The keys of sealed values: what lies under which, and their change.

A change of keys (``harbor key rotate``) adds a new key to the key file, seals everything in the
database anew under it, and drops the old keys when nothing is left under them. What a step did
shows in the file and in the values themselves, so a change that was cut short at any point goes
on with the next call. Meanwhile everybody goes on working: old values open, new ones are sealed
under the new key, keepers are looked up by the fingerprints of both.

After it, a backup from before opens no keeper and no second factor any more: that is how erased
keepers fall silent in backups, too. Make a backup afterwards.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from app.domain.errors import Conflict
from app.domain.keepers import NAME, PHONE
from app.service import _keeper_seal as seals
from app.service.vault import SealBroken, Vault
from app.store import audit, sealed
from app.store.database import Connection
from app.store.sealed import COLUMNS, KEEPER_KEYS, Column, Row

Progress = Callable[[str, float], None]

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a change of keys did.

    Attributes:
        resumed: whether one that was cut short was taken up.
        resealed: how many values were sealed anew.
        lost: how many lie under keys that the file has not got, and stay as they are.
        broken: how many could not be opened though their key is there.
        dropped: the ids of the keys that are gone from the file.
    """

    resumed: bool
    resealed: int
    lost: int
    broken: int
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyUse:
    """How many values of a table lie under a key.

    Attributes:
        known: whether the key file holds the key.
        current: whether it is the one that seals.
    """

    table: str
    key: str
    values: int
    known: bool
    current: bool


def use(connection: Connection, vault: Vault) -> list[KeyUse]:
    """Return what lies under which key; for the operator."""
    with connection.transaction():
        return [
            KeyUse(column.table, key.hex(), count, key in vault.key_ids, key == vault.current_key)
            for column in COLUMNS
            for key, count in sorted(sealed.counts(connection, column).items())
        ]


def check(connection: Connection, vault: Vault) -> int:
    """Open every value whose key is there; return how many do not open. Nothing is shown."""
    return sum(_broken(connection, vault, column) for column in COLUMNS)


def rotate(
    connection: Connection,
    vault: Vault,
    progress: Progress = lambda doing, share: None,
    *,
    at_once: int = AT_ONCE,
) -> Rotated:
    """Change the keys, or go on with a change that was cut short.

    Args:
        progress: told what is being done, and the share of it that is.
        at_once: values that are sealed anew in one transaction.

    Raises:
        Conflict: if another session is changing them.
        KeyUnusable: if there is no key file, or it cannot be written.
    """
    if not sealed.begin_rotation(connection):
        raise Conflict(
            "Could not change the keys: another session is doing it.",
            remedy="Wait for it to end; if it was killed, call again.",
        )
    try:
        resumed = not vault.begin_rotation()
        resealed, dropped = 0, None
        # somebody may still seal under the old key while the last value is looked at
        while dropped is None:
            for column in COLUMNS:
                resealed += _reseal(connection, vault, column, progress, at_once)
            dropped = _drop(connection, vault)
        with connection.transaction():
            audit.record(
                connection, "key.rotate", "key",
                {"resealed": resealed, "dropped": [key.hex() for key in dropped],
                 "resumed": resumed},
            )  # fmt: skip
    finally:
        sealed.end_rotation(connection)
    found = use(connection, vault)
    return Rotated(
        resumed=resumed,
        resealed=resealed,
        lost=sum(one.values for one in found if not one.known),
        broken=sum(one.values for one in found if one.known and not one.current),
        dropped=tuple(key.hex() for key in dropped),
    )


def _reseal(
    connection: Connection, vault: Vault, column: Column, progress: Progress, at_once: int
) -> int:
    """Seal the values of a column anew, so many in a transaction; return how many."""
    old = [key for key in vault.key_ids if key != vault.current_key]
    with connection.transaction():
        found = sealed.counts(connection, column)
    total = sum(found.get(key, 0) for key in old)
    done, after = 0, None
    while True:
        with connection.transaction():
            rows = sealed.under(connection, column, old, after=after, most=at_once)
            done += sum(_reseal_one(connection, vault, column, row) for row in rows)
        if not rows:
            return done
        after = rows[-1].key
        progress(f"seal {column.table} anew", done / max(total, done, 1))


def _reseal_one(connection: Connection, vault: Vault, column: Column, row: Row) -> bool:
    """Seal one value anew; false if it does not open, or was changed meanwhile."""
    purpose = column.purpose.format(row.key)
    try:
        plain = vault.open_(purpose, row.value)
    except SealBroken:
        return False
    if column is KEEPER_KEYS and isinstance(row.key, UUID):
        # values that their own key does not open are nobody's to look up
        with suppress(SealBroken):
            _fingerprint(connection, vault, seals.DataKey(row.key, plain))
    return sealed.put(connection, column, row, vault.seal(purpose, plain))


def _fingerprint(connection: Connection, vault: Vault, key: seals.DataKey) -> None:
    """Make a keeper's fingerprints anew; whose key is wrapped anew has new ones."""
    personal = sealed.personal(connection, key.id)
    if personal is None:
        return
    prints = seals.prints(
        vault,
        name=seals.open_(key, NAME, personal.name),
        phone=seals.open_(key, PHONE, personal.phone),
    )
    sealed.put_prints(connection, key.id, name=prints.name, phone=prints.phone)


def _drop(connection: Connection, vault: Vault) -> tuple[bytes, ...] | None:
    """Drop the old keys if nothing that opens is left under them; None if something is."""
    with connection.transaction():
        sealed.keep_keys_alone(connection)
        old = [key for key in vault.key_ids if key != vault.current_key]
        for column in COLUMNS:
            left = sealed.counts(connection, column)
            if any(left.get(key) for key in old) and _opens(connection, vault, column, old):
                return None
            if any(left.get(key) for key in old):
                # a value that its own key does not open is a fault to look into, not to bury
                return ()
        return vault.drop_old()


def _opens(connection: Connection, vault: Vault, column: Column, keys: list[bytes]) -> bool:
    """Whether any value under some keys opens."""
    after: object = None
    while rows := sealed.under(connection, column, keys, after=after, most=AT_ONCE):
        if any(_is_whole(vault, column, row) for row in rows):
            return True
        after = rows[-1].key
    return False


def _broken(connection: Connection, vault: Vault, column: Column) -> int:
    broken, after = 0, None
    with connection.transaction():
        while rows := sealed.under(connection, column, vault.key_ids, after=after, most=AT_ONCE):
            broken += sum(not _is_whole(vault, column, row) for row in rows)
            after = rows[-1].key
    return broken


def _is_whole(vault: Vault, column: Column, row: Row) -> bool:
    try:
        vault.open_(column.purpose.format(row.key), row.value)
    except SealBroken:
        return False
    return True
