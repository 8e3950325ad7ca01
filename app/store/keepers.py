"""Keepers: their sealed values, what they are looked up by, and what becomes of them.

Nothing here opens a value. People go through the functions of the database, which check
roles and write the audit; what only the operator does says so.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import psycopg

from app.domain.errors import HarborError
from app.store.database import Connection

_KEEPER_LOCK = 0x6B656570


class LimitReached(HarborError):
    """A person has seen as many values as one may within an hour."""

    def __init__(self, wait_seconds: int) -> None:
        self.wait_seconds = wait_seconds
        minutes = max(1, -(-wait_seconds // 60))
        super().__init__(
            "Could not show the keeper's values: you have seen as many as one may within an hour.",
            remedy=f"Try again in {minutes} minutes.",
            zh=f"一小时内查看的次数已达上限,请 {minutes} 分钟后再试。",
        )


class LookUpLimit(HarborError):
    """A person has looked up as many phones and names as one may within an hour."""

    def __init__(self) -> None:
        super().__init__(
            "Could not look the keeper up: you have looked up as many as one may within an hour.",
            remedy="Go on later.",
            zh="一小时内查找的次数已达上限,请稍后再查。",
        )


class AlreadyKeeper(HarborError):
    """The phone belongs to a keeper of the same station."""


@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """The values of a keeper, sealed, and what they are looked up by."""

    name: bytes | None
    phone: bytes | None
    employer: bytes | None
    masks: bytes
    name_print: bytes | None
    phone_print: bytes | None


@dataclass(frozen=True, slots=True, repr=False)
class NewKeeper:
    """A keeper to be entered.

    Attributes:
        replaces: the keeper whose duty is taken over.
        key_id, wrapped: the keeper's own key, sealed under the vault's.
    """

    station_id: int
    replaces: int | None
    consented_on: date
    key_id: UUID
    wrapped: bytes
    sealed: Sealed


@dataclass(frozen=True, slots=True)
class Duty:
    """A keeper without any personal value."""

    id: int
    station_id: int
    state: str
    valid_from: datetime | None
    valid_to: datetime | None
    consented_on: date | None
    replaces: int | None
    added_at: datetime
    ended_because: str
    erased_at: datetime | None
    link_issued_at: datetime | None
    link_used_at: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class MaskedRow:
    """What opens the masks of a keeper."""

    keeper_id: int
    key_id: UUID
    wrapped: bytes
    masks: bytes | None


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """What opens the values of a keeper."""

    key_id: UUID
    wrapped: bytes
    name: bytes
    phone: bytes
    employer: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Begun:
    """A keeper who serves since a moment of the past."""

    station_id: int
    since: datetime
    consented_on: date
    key_id: UUID
    wrapped: bytes
    sealed: Sealed


@dataclass(frozen=True, slots=True)
class Found:
    """A keeper that was looked up."""

    row: MaskedRow
    station_id: int
    station_name: str


_DUTY = (
    "SELECT k.id, k.station_id, k.state, k.valid_from, k.valid_to, k.consented_on, k.replaces,"
    " k.added_at, k.ended_because, k.erased_at, l.issued_at, l.used_at"
    " FROM keeper k LEFT JOIN keeper_link l ON l.keeper_id = k.id AND l.revoked_at IS NULL"
)


def hold(connection: Connection, keeper_id: int) -> None:
    """Let changes of one keeper come one after the other until this transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_KEEPER_LOCK, keeper_id))


def of_station(connection: Connection, station_id: int) -> list[Duty]:
    """Return the keepers of a station in the acting person's sight, the serving ones first."""
    rows = connection.execute(
        f"{_DUTY} WHERE k.station_id = %s ORDER BY array_position("
        "ARRAY['proposed', 'serving', 'ended', 'refused'], k.state), k.valid_from DESC, k.id DESC",
        (station_id,),
    ).fetchall()
    return [Duty(*row) for row in rows]


def duty(connection: Connection, keeper_id: int) -> Duty | None:
    """Return a keeper in the acting person's sight."""
    row = connection.execute(f"{_DUTY} WHERE k.id = %s", (keeper_id,)).fetchone()
    return None if row is None else Duty(*row)


def masked(connection: Connection, station_id: int) -> list[MaskedRow]:
    """Return what opens the masks of a station's keepers, of those that have a key."""
    rows = connection.execute("SELECT * FROM keeper_masks(%s)", (station_id,)).fetchall()
    return [MaskedRow(*row) for row in rows]


def find(connection: Connection, prints: Sequence[bytes], *, most: int) -> list[Found]:
    """Return keepers of the acting person's scope by fingerprints of a phone or a name.

    Raises:
        LookUpLimit: if the acting person has asked ``most`` times within the hour.
    """
    try:
        rows = connection.execute(
            "SELECT keeper_id, key, wrapped, masks, of_station, station_name"
            " FROM find_keepers(%s::bytea[], %s)",
            (list(prints), most),
        ).fetchall()
    except psycopg.errors.CheckViolation as error:
        if error.diag.constraint_name != "keeper_look_up_limit":
            raise
        raise LookUpLimit from None
    return [Found(MaskedRow(*row[:4]), *row[4:]) for row in rows]


_ENTER = "SELECT enter_keeper(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"


def enter(connection: Connection, new: NewKeeper) -> int:
    """Enter a keeper: one who serves, or one proposed by who serves; return the id.

    Raises:
        AlreadyKeeper: if the phone is a keeper's of the station.
    """
    with _once():
        row = connection.execute(_ENTER, _values(new)).fetchone()
    return 0 if row is None else int(row[0])


def enter_all(connection: Connection, new: Sequence[NewKeeper]) -> None:
    """Enter many keepers at once.

    Raises:
        AlreadyKeeper: if the phone of one is a keeper's of the station.
    """
    with _once(), connection.cursor() as cursor:
        cursor.executemany(_ENTER, [_values(one) for one in new])


def _values(new: NewKeeper) -> tuple[object, ...]:
    sealed = new.sealed
    return (
        new.station_id, new.replaces, new.consented_on, new.key_id, new.wrapped, sealed.name,
        sealed.phone, sealed.employer, sealed.masks, sealed.name_print, sealed.phone_print,
    )  # fmt: skip


def change(connection: Connection, keeper_id: int, sealed: Sealed) -> None:
    """Change values of a keeper; those that are None stay.

    Raises:
        AlreadyKeeper: if the phone is another keeper's of the station.
    """
    with _once():
        connection.execute(
            "SELECT change_keeper(%s, %s, %s, %s, %s, %s, %s)",
            (keeper_id, sealed.name, sealed.phone, sealed.employer, sealed.masks,
             sealed.name_print, sealed.phone_print),
        )  # fmt: skip


def confirm(connection: Connection, keeper_id: int) -> None:
    """Let a proposed keeper serve, and end the duty of who proposed."""
    connection.execute("SELECT confirm_keeper(%s)", (keeper_id,))


def end(connection: Connection, keeper_id: int, because: str) -> None:
    """End a duty, or refuse a proposal."""
    connection.execute("SELECT end_keeper(%s, %s)", (keeper_id, because))


def unmask(connection: Connection, keeper_id: int, *, reason: str, most: int) -> Opened | None:
    """Return the sealed values of a keeper and note in the audit who saw them, and why.

    Raises:
        LimitReached: if the acting person has seen ``most`` within the hour.
    """
    with _limited():
        row = connection.execute(
            "SELECT * FROM unmask_keeper(%s, %s, %s)", (keeper_id, reason, most)
        ).fetchone()
    return None if row is None else Opened(*row)


def unmask_calls(
    connection: Connection,
    *,
    states: Sequence[str],
    after_id: int,
    reason: str,
    most: int,
    most_lists: int,
) -> dict[int, Opened]:
    """Return the sealed values of who is to be rung up, by notice; one event of the audit for all.

    Args:
        states, after_id, most: which notices, as :func:`app.store.notices.to_call`.
        most_lists: how many lists the acting person may see within an hour.

    Raises:
        LimitReached: if the person has seen so many.
    """
    with _limited():
        rows = connection.execute(
            "SELECT * FROM unmask_calls(%s::text[], %s, %s, %s, %s)",
            (list(states), after_id, reason, most, most_lists),
        ).fetchall()
    return {int(row[0]): Opened(*row[2:]) for row in rows}


@contextmanager
def _limited() -> Iterator[None]:
    """Tell the bound on values seen within an hour from other refusals."""
    try:
        yield
    except psycopg.errors.CheckViolation as error:
        if error.diag.constraint_name != "keeper_unmask_limit":
            raise
        raise LimitReached(int(error.diag.message_detail or 60)) from None


# The operator's own -----------------------------------------------------------------------------


def values(connection: Connection, keeper_id: int) -> Opened | None:
    """Return the sealed values of a keeper who serves; for the operator."""
    row = connection.execute(
        "SELECT d.id, d.wrapped, k.name_sealed, k.phone_sealed, k.employer_sealed"
        " FROM keeper k JOIN keeper_key d ON d.id = k.key_id"
        " WHERE k.id = %s AND k.state = 'serving' AND acts_as_operator()",
        (keeper_id,),
    ).fetchone()
    return None if row is None else Opened(*row)


def due(
    connection: Connection, *, after: timedelta, proposals_after: timedelta
) -> list[tuple[int, str]]:
    """Return the keepers whose values are to be erased by now, and why; for the operator.

    Args:
        after: how long values outlast the end of a duty, or the station itself.
        proposals_after: how long a proposal waits for its answer.
    """
    rows = connection.execute(
        "SELECT k.id, CASE WHEN k.valid_to < clock_timestamp() - %(after)s THEN 'duty ended'"
        " WHEN k.state = 'proposed' AND k.added_at < clock_timestamp() - %(proposals)s"
        " THEN 'not confirmed' ELSE 'station left' END"
        " FROM keeper k JOIN station s ON s.id = k.station_id WHERE k.erased_at IS NULL"
        " AND (k.valid_to < clock_timestamp() - %(after)s"
        " OR (k.state = 'proposed' AND k.added_at < clock_timestamp() - %(proposals)s)"
        " OR (s.state IN ('exited', 'merged', 'discarded')"
        " AND s.state_since < clock_timestamp() - %(after)s)) ORDER BY k.id",
        {"after": after, "proposals": proposals_after},
    ).fetchall()
    return [(int(keeper), str(why)) for keeper, why in rows]


def erase(connection: Connection, keeper_id: int, because: str) -> bool:
    """Destroy the key of a keeper; false if it was destroyed before. For the operator."""
    row = connection.execute("SELECT erase_keeper(%s, %s)", (keeper_id, because)).fetchone()
    return row is not None and bool(row[0])


def load(connection: Connection, begun: Iterable[Begun]) -> None:
    """Enter many keepers at once, without an event of the audit each (demo only)."""
    rows = list(begun)
    with connection.cursor() as cursor:
        with cursor.copy("COPY keeper_key (id, wrapped) FROM STDIN") as copy:
            for one in rows:
                copy.write_row((one.key_id, one.wrapped))
        with cursor.copy(
            "COPY keeper (station_id, valid_from, added_at, consented_on, key_id, name_sealed,"
            " phone_sealed, employer_sealed, masks_sealed, name_print, phone_print) FROM STDIN"
        ) as copy:
            for one in rows:
                values = one.sealed
                copy.write_row((
                    one.station_id, one.since, one.since, one.consented_on, one.key_id,
                    values.name, values.phone, values.employer, values.masks, values.name_print,
                    values.phone_print,
                ))  # fmt: skip


@contextmanager
def _once() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name != "keeper_once":
            raise
        raise AlreadyKeeper("The phone belongs to a keeper of this station already.") from None
