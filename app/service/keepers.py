"""Keepers of stations: named by staff or by who kept before, shown masked, erased in time.

**What erasing does, and what it cannot do.** The values of a keeper are sealed under a key of
their own, whose only copy is a row of ``keeper_key``, wrapped by the key file outside the
database. Erasing deletes that row: history, change requests, staged lists and later backups
hold nothing that opens. A backup *of before* holds the wrapped key of its day, and opens as long
as the key file holds what wrapped it; so does the fingerprint of a phone, which whoever has the
key file could find by trying numbers. Both end with ``harbor key rotate``, which wraps the keys
that are left anew, makes the fingerprints anew, and drops the old keys: after it, no older backup
opens any keeper, erased or not. Run it after erasures, at least every quarter; keep a backup made
after it; and keep copies of the key file apart from backups, and no longer than until the next
change. A backup that is restored brings back whom it knew: the erasure that is due is repeated by
the next night, or by ``harbor keepers erase``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from app.domain import contacts
from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput, NotFound
from app.domain.keepers import (
    EMPLOYER,
    FIELDS,
    NAME,
    PHONE,
    PROPOSAL_WAITS,
    EndCode,
    Masks,
    Values,
    check,
    check_changes,
)
from app.service import _keeper_seal as seals
from app.service._keeper_sight import (
    UNMASKED_AN_HOUR,
    Contact,
    FoundKeeper,
    MaskedKeeper,
    contact,
    find,
    gone,
    masked,
    powers,
    refusals_of_keepers,
    seen,
    unmask,
)
from app.service.runtime import Runtime
from app.service.vault import Vault
from app.store import keepers, moves, sealed
from app.store.database import Connection
from app.store.keepers import AlreadyKeeper, Duty, LimitReached, MaskedRow, NewKeeper, Sealed
from app.store.rights import acting_as

__all__ = [
    "UNMASKED_AN_HOUR",
    "Connection",
    "Contact",
    "FoundKeeper",
    "LimitReached",
    "MaskedKeeper",
    "add",
    "add_all",
    "change",
    "confirm",
    "contact",
    "end",
    "erase",
    "erase_due",
    "find",
    "hand_over",
    "masked",
    "powers",
    "unmask",
]

# the day has begun here when it has anywhere
_AHEAD = timedelta(hours=14)


def add(
    connection: Connection,
    vault: Vault,
    actor: Actor,
    station_id: int,
    *,
    name: str,
    phone: str,
    employer: str,
    consented_on: date | None,
    today: date | None = None,
) -> int:
    """Name a keeper of a station, who serves at once; return the id.

    Args:
        consented_on: the day on which the person agreed to be named.
        today: the day it is where the register is.

    Raises:
        NotFound: if there is no such station in the person's sight.
        InvalidInput: for values that cannot be kept, ID-card numbers among them.
        ForbiddenHere: if the person names no keepers for the station's union.
        Conflict: if the station has left.
    """
    return _enter(
        connection, vault, actor, station_id, None, name=name, phone=phone, employer=employer,
        consented_on=consented_on, today=today,
    )  # fmt: skip


def add_all(
    connection: Connection,
    vault: Vault,
    actor: Actor,
    people: Sequence[tuple[int, contacts.Contact]],
    *,
    today: date,
) -> None:
    """Name keepers of many stations that the person's own transaction has entered, all or none.

    Args:
        people: station, and somebody of whom everything is known.

    Raises:
        InvalidInput, ForbiddenHere, Conflict: as :func:`add`.
    """
    sealed.hold_keys(connection)
    new = [
        _new(
            vault, station_id, None, name=one.name, phone=one.phone, employer=one.employer,
            consented_on=one.consented_on, today=today,
        )
        for station_id, one in people
    ]  # fmt: skip
    with _known_phones(), refusals_of_keepers("name the keepers"), acting_as(connection, actor):
        keepers.enter_all(connection, new)


def hand_over(
    connection: Connection,
    vault: Vault,
    actor: Actor,
    keeper_id: int,
    *,
    name: str,
    phone: str,
    employer: str,
    consented_on: date | None,
    today: date | None = None,
) -> int:
    """Let somebody else take over a duty; return the successor's id.

    By staff it is so at once. Who keeps the station proposes by the same door, and
    the successor serves once the union has confirmed it.

    Raises:
        NotFound, InvalidInput, ForbiddenHere, Conflict: as :func:`add`; a conflict, too, if
            the duty has ended.
    """
    with acting_as(connection, actor):
        former = seen(connection, keeper_id)
    return _enter(
        connection, vault, actor, former.station_id, former.id, name=name, phone=phone,
        employer=employer, consented_on=consented_on, today=today,
    )  # fmt: skip


def confirm(connection: Connection, actor: Actor, keeper_id: int) -> None:
    """Let a proposed keeper serve; who proposed is free from now on, and the link is shut.

    Raises:
        NotFound, ForbiddenHere, Conflict: as :func:`end`.
    """
    with refusals_of_keepers("confirm the keeper"), acting_as(connection, actor):
        keepers.confirm(connection, seen(connection, keeper_id).id)


def end(
    connection: Connection, actor: Actor | None, keeper_id: int, because: EndCode = EndCode.LEFT
) -> None:
    """End a duty, or refuse a proposal, whose values are erased at once; the link is shut.

    Raises:
        NotFound: if there is no such keeper in the person's sight.
        ForbiddenHere: if the person has no say in it.
        Conflict: if the duty has ended already.
    """
    with refusals_of_keepers("end the keeper's duty"), acting_as(connection, actor):
        keepers.end(connection, seen(connection, keeper_id).id, because)


def change(
    connection: Connection, vault: Vault, actor: Actor, keeper_id: int, **given: str
) -> tuple[str, ...]:
    """Change the values that are given and not empty; return which.

    Raises:
        NotFound, InvalidInput, ForbiddenHere: as :func:`add`.
        Conflict: if the duty has ended.
    """
    values = check_changes(given)
    with refusals_of_keepers("change the keeper"), acting_as(connection, actor):
        sealed.hold_keys(connection)
        keepers.hold(connection, keeper_id)
        row = _masked_row(connection, seen(connection, keeper_id))
        key = seals.unwrap(vault, row.key_id, row.wrapped)
        new = Values(*(values.get(field, "") for field in FIELDS)).masked
        old = seals.open_masks(key, row.masks or b"")
        masks = Masks(*(getattr(new if f in values else old, f) for f in FIELDS))
        prints = seals.prints(vault, name=values.get(NAME, ""), phone=values.get(PHONE, ""))
        changed = {field: seals.seal(key, field, text) for field, text in values.items()}
        keepers.change(
            connection, keeper_id,
            Sealed(
                changed.get(NAME), changed.get(PHONE), changed.get(EMPLOYER),
                seals.seal_masks(key, masks),
                prints.name if NAME in values else None,
                prints.phone if PHONE in values else None,
            ),
        )  # fmt: skip
    return tuple(values)


def erase(runtime: Runtime) -> list[int]:
    """Erase whose time has come by the settings; for the night, and for a shell."""
    with runtime.connection() as connection:
        return erase_due(connection, days=runtime.settings.keeper_erase_days)


def erase_due(connection: Connection, *, days: int, really: bool = True) -> list[int]:
    """Erase the keepers whose duty ended, or whose station left, so many days ago.

    Args:
        really: whether to erase them, or only to name them.

    Returns:
        Their ids. Each is erased by itself: what ends in the middle is taken up the next time.
    """
    with connection.transaction():
        due = keepers.due(connection, after=timedelta(days=days), proposals_after=PROPOSAL_WAITS)
    if not really:
        return [keeper for keeper, _ in due]
    erased = []
    for keeper, because in due:
        with connection.transaction():
            if keepers.erase(connection, keeper, because):
                erased.append(keeper)
    return erased


def _enter(
    connection: Connection,
    vault: Vault,
    actor: Actor,
    station_id: int,
    replaces: int | None,
    *,
    consented_on: date | None,
    today: date | None,
    **given: str,
) -> int:
    new = _new(
        vault, station_id, replaces, consented_on=consented_on, today=today or _today(), **given
    )
    with _known_phones(), refusals_of_keepers("name the keeper"), acting_as(connection, actor):
        if replaces is None and moves.subject(connection, station_id) is None:
            raise NotFound(
                f"There is no station {station_id} in your sight.", zh="没有找到这个站点。"
            )
        # no key of the vault is dropped between sealing and keeping
        sealed.hold_keys(connection)
        return keepers.enter(connection, new)


def _today() -> date:
    return (datetime.now(UTC) + _AHEAD).date()


def _new(
    vault: Vault,
    station_id: int,
    replaces: int | None,
    *,
    consented_on: date | None,
    today: date,
    **given: str,
) -> NewKeeper:
    """Check and seal what is to be kept of somebody, under a key of their own."""
    values = check(**given, consented_on=consented_on, today=today)
    key = seals.new_key()
    return NewKeeper(
        station_id, replaces, consented_on or today, key.id, seals.wrap(vault, key),
        _sealed(vault, key, values),
    )  # fmt: skip


@contextmanager
def _known_phones() -> Iterator[None]:
    try:
        yield
    except AlreadyKeeper:
        raise InvalidInput(
            [FieldError(
                PHONE, "belongs to a keeper of this station already",
                "该号码已是本站负责人(或待确认的接任人)。",
            )],
            attempted="name the keeper",
        ) from None  # fmt: skip


def _sealed(vault: Vault, key: seals.DataKey, values: Values) -> Sealed:
    prints = seals.prints(vault, name=values.name, phone=values.phone)
    return Sealed(
        name=seals.seal(key, NAME, values.name),
        phone=seals.seal(key, PHONE, values.phone),
        employer=seals.seal(key, EMPLOYER, values.employer),
        masks=seals.seal_masks(key, values.masked),
        name_print=prints.name,
        phone_print=prints.phone,
    )


def _masked_row(connection: Connection, duty: Duty) -> MaskedRow:
    for row in keepers.masked(connection, duty.station_id):
        if row.keeper_id == duty.id and row.masks is not None:
            return row
    raise gone(duty.id)
