"""Keepers as people see them: masked in lists, their values for a reason, and looked up blindly."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.domain.actor import Actor
from app.domain.errors import FieldError, ForbiddenHere, HarborError, InvalidInput, NotFound
from app.domain.keepers import (
    EMPLOYER,
    NAME,
    PHONE,
    STATE_NAMES,
    KeeperState,
    Masks,
    Values,
    check_reason,
    is_phone,
    name_key,
    plain_phone,
)
from app.domain.roles import Role
from app.service import _keeper_seal as seals
from app.service.vault import Vault, VaultError
from app.store import audit, keepers, moves, rights, sealed
from app.store.database import Connection
from app.store.keepers import Duty, LimitReached, MaskedRow, Opened
from app.store.rights import acting_as

UNMASKED_AN_HOUR = 10
LOOKED_UP_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class MaskedKeeper:
    """A keeper as lists show one.

    Attributes:
        duty: who it is without any personal value, with the state and dates of the link.
        masks: 张** and so on; empty for one who is erased, or whose key is gone.
        readable: whether the masks could be opened.
    """

    duty: Duty
    masks: Masks = field(default_factory=Masks)
    readable: bool = False

    @property
    def state(self) -> tuple[str, str]:
        """What the state of the duty is called."""
        return STATE_NAMES[KeeperState(self.duty.state)]


@dataclass(frozen=True, slots=True)
class FoundKeeper:
    """A keeper that was looked up, masked."""

    keeper_id: int
    station_id: int
    station_name: str
    masks: Masks


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """How a keeper is reached; for the outbox alone."""

    name: str
    phone: str


def powers(connection: Connection, actor: Actor, station_id: int) -> tuple[str, frozenset[Role]]:
    """Return the name of a station, and the roles of a person in the scope of its union.

    Raises:
        NotFound: if there is no such station in the person's sight.
    """
    with acting_as(connection, actor):
        station = moves.subject(connection, station_id)
        if station is None:
            raise NotFound(
                f"There is no station {station_id} in your sight.", zh="没有找到这个站点。"
            )
        held = rights.roles(connection, union_id=station.union_id)
    return station.name, frozenset(Role(role) for role in held)


def masked(
    connection: Connection, actor: Actor, station_id: int, *, vault: Vault | None = None
) -> tuple[MaskedKeeper, ...]:
    """Return the keepers of a station as lists show them; no value itself is opened for it.

    Masks are personal too, and sealed: without the vault there are duties and dates alone.
    Who may not see the record whole gets nobody.
    """
    with acting_as(connection, actor):
        duties = keepers.of_station(connection, station_id)
        if vault is None:
            return tuple(MaskedKeeper(duty) for duty in duties)
        # what is read now is opened before its key can be dropped
        sealed.hold_keys(connection)
        rows = {row.keeper_id: row for row in keepers.masked(connection, station_id)}
        return tuple(_masked(vault, duty, rows.get(duty.id)) for duty in duties)


def unmask(
    connection: Connection,
    vault: Vault,
    actor: Actor,
    keeper_id: int,
    *,
    reason: str,
    most: int = UNMASKED_AN_HOUR,
) -> Values:
    """Return the values of a keeper; who saw them and why is in the audit, which holds none.

    Args:
        most: how many one person may see within an hour.

    Raises:
        InvalidInput: for a reason that is missing, or that holds a personal value itself.
        NotFound: if there is no such keeper in the person's sight, or the values are erased.
        ForbiddenHere: if the person may not see values for the station's union.
        LimitReached: if the person has seen so many within the hour; that is noted, too.
    """
    why = check_reason(reason)
    try:
        with refusals_of_keepers("show the keeper's values"), acting_as(connection, actor):
            duty = seen(connection, keeper_id)
            sealed.hold_keys(connection)
            opened = keepers.unmask(connection, duty.id, reason=why, most=most)
            if opened is None:
                raise gone(keeper_id)
            values = open_values(vault, opened)
            # the event is undone together with the look
            if values.name in why or plain_phone(values.phone) in why:
                raise InvalidInput(
                    [FieldError(
                        "reason", "the reason is kept in the audit: leave the person out",
                        "原因会写入审计,请不要写出姓名或电话。",
                    )],
                    attempted="show the keeper's values",
                )  # fmt: skip
    except LimitReached:
        with acting_as(connection, actor):
            audit.record(
                connection, "keeper.unmask_refused", f"station {duty.station_id}",
                {"keeper": keeper_id},
            )  # fmt: skip
        raise
    return values


def find(
    connection: Connection,
    vault: Vault,
    actor: Actor,
    text: str,
    *,
    most: int = LOOKED_UP_AN_HOUR,
) -> tuple[FoundKeeper, ...]:
    """Return the keepers of the person's scope with this very phone or name, masked.

    Each look-up stands in the audit, without what was looked for.

    Raises:
        LookUpLimit: if the person has looked up too many within the hour.
    """
    with acting_as(connection, actor):
        sealed.hold_keys(connection)
        prints = _prints(vault, text)
        found = keepers.find(connection, prints, most=most)
        # a change of keys that began just then has made what is stored anew
        if not found and (newer := _prints(vault, text)) != prints:
            found = keepers.find(connection, newer, most=most)
        return tuple(
            FoundKeeper(one.row.keeper_id, one.station_id, one.station_name,
                        _masks(vault, one.row) or Masks())
            for one in found
        )  # fmt: skip


def _prints(vault: Vault, text: str) -> list[bytes]:
    """Return what a phone or a name is looked up by."""
    if is_phone(text):
        return vault.fingerprints(seals.PHONE_PRINT, plain_phone(text).encode())
    return vault.fingerprints(seals.NAME_PRINT, name_key(text).encode())


def contact(connection: Connection, vault: Vault, keeper_id: int) -> Contact | None:
    """Return how a serving keeper is reached, None for one who is erased; the operator's alone."""
    with connection.transaction():
        sealed.hold_keys(connection)
        opened = keepers.values(connection, keeper_id)
        if opened is None:
            return None
        values = open_values(vault, opened)
    return Contact(values.name, values.phone)


def seen(connection: Connection, keeper_id: int) -> Duty:
    """Return a keeper in the acting person's sight, or raise :class:`NotFound`."""
    duty = keepers.duty(connection, keeper_id)
    if duty is None:
        raise NotFound(f"There is no keeper {keeper_id} in your sight.", zh="没有找到这位负责人。")
    return duty


def gone(keeper_id: int) -> NotFound:
    """Return what to raise where the values are erased."""
    return NotFound(
        f"The values of the keeper {keeper_id} are erased.", zh="这位负责人的个人信息已清除。"
    )


def _masked(vault: Vault, duty: Duty, row: MaskedRow | None) -> MaskedKeeper:
    masks = None if row is None else _masks(vault, row)
    return MaskedKeeper(duty, masks or Masks(), masks is not None)


def _masks(vault: Vault, row: MaskedRow) -> Masks | None:
    """Return the masks, or None where the key of another day would be wanted."""
    try:
        return seals.open_masks(seals.unwrap(vault, row.key_id, row.wrapped), row.masks or b"")
    except VaultError:
        return None


def open_values(vault: Vault, opened: Opened) -> Values:
    """Return the values that the database gave out sealed."""
    key = seals.unwrap(vault, opened.key_id, opened.wrapped)
    return seals.open_values(
        key, {NAME: opened.name, PHONE: opened.phone, EMPLOYER: opened.employer}
    )


@contextmanager
def refusals_of_keepers(attempted: str) -> Iterator[None]:
    """Turn what the database refuses into errors, in Chinese too."""
    try:
        with rights.refusals(attempted):
            yield
    except ForbiddenHere as error:
        error.zh = error.zh or "您的角色不能在这个站点所属工会的范围内做这一步。"
        raise
    except HarborError as error:
        error.zh = error.zh or "与站点或负责人目前的状态不符,没有做任何更改。"
        raise
