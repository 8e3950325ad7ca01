"""People of lists: keepers where everything is known, else sealed until staff complete them.

A keeper is named by a real name, a mobile number, an employing unit and the day of consent.
Lists seldom hold all four. Who lacks one waits, sealed under a key of its own, and is erased
when nobody completes it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from app.domain.actor import Actor
from app.domain.contacts import LACK_NAMES, Contact, Kind, Lack
from app.domain.errors import NotFound
from app.service import _list_seal as seals
from app.service import keepers
from app.service.vault import Vault
from app.store import import_contacts, sealed
from app.store.database import Connection
from app.store.rights import acting_as, refusals

__all__ = ["Handled", "Shown", "complete", "drop", "forget_expired", "handle", "of_batch"]

KEPT = timedelta(days=30)


@dataclass(slots=True)
class Handled:
    """What became of the people of a list."""

    keepers: int = 0
    waiting: int = 0
    refused: int = 0

    def as_json(self) -> dict[str, int]:
        """Write the counts."""
        return {
            "keepers": self.keepers,
            "people_waiting": self.waiting,
            "people_refused": self.refused,
        }


@dataclass(frozen=True, slots=True)
class Shown:
    """One who waits, as a list may show it.

    Attributes:
        shown: name and phone, masked.
        lacks: what is missing, in Chinese and English.
    """

    id: int
    station_id: int
    station_name: str
    shown: str
    kind: Kind
    lacks: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    employer: str
    expires_at: datetime


def handle(
    connection: Connection,
    vault: Vault,
    actor: Actor | None,
    found: list[tuple[int, Contact]],
    *,
    batch_id: int,
    today: date,
    done: Handled,
) -> None:
    """Make keepers of people of a list, inside the transaction that enters their stations.

    Args:
        actor: who enters them; None for the operator, who names no keepers: all wait.
        found: station and person.
        done: is added to.
    """
    waiting = []
    named = []
    sealed.hold_keys(connection)
    until = datetime.now(UTC) + KEPT
    for station_id, person in found:
        if person.problem is not None:
            done.refused += 1
            continue
        lacks = person.lacks(today=today)
        if actor is not None and not lacks:
            named.append((station_id, person))
            continue
        key = seals.new_key()
        waiting.append((
            station_id, batch_id, seals.wrap(vault, key),
            seals.seal_json(key, seals.CONTACT, _values(person)),
            person.kind.value, [lack.value for lack in lacks], until,
        ))  # fmt: skip
    if actor is not None:
        keepers.add_all(connection, vault, actor, named, today=today)
    import_contacts.keep(connection, waiting)
    done.keepers += len(named)
    done.waiting += len(waiting)


def of_batch(
    connection: Connection, vault: Vault, actor: Actor, batch_id: int
) -> tuple[Shown, ...]:
    """Return the people of a batch who wait to be completed, masked."""
    with acting_as(connection, actor):
        found = import_contacts.of_batch(connection, batch_id)
    return tuple(_shown(vault, one) for one in found)


def of_station(
    connection: Connection, vault: Vault, actor: Actor, station_id: int
) -> tuple[Shown, ...]:
    """Return the people of a station who wait to be completed, masked."""
    with acting_as(connection, actor):
        found = import_contacts.of_station(connection, station_id)
    return tuple(_shown(vault, one) for one in found)


def complete(
    connection: Connection,
    vault: Vault,
    actor: Actor,
    contact_id: int,
    *,
    name: str = "",
    phone: str = "",
    employer: str = "",
    consented_on: date | None = None,
    today: date | None = None,
) -> int:
    """Name one who waits as a keeper, and forget the waiting one; return the keeper's id.

    Args:
        name, phone, employer: what replaces that of the list; empty keeps it.

    Raises:
        NotFound: if nobody of that id waits in the person's sight.
        InvalidInput: for what is still missing or wrong.
    """
    with acting_as(connection, actor), refusals("name the keeper"):
        waiting = _found(connection, contact_id)
        values = _opened(vault, waiting)
        given = values.get("consented_on")
        keeper = keepers.add(
            connection, vault, actor, waiting.station_id,
            name=name.strip() or values["name"] or "", phone=phone.strip() or _mobile(values),
            employer=employer.strip() or values["employer"] or "",
            consented_on=consented_on or (date.fromisoformat(given) if given else None),
            today=today,
        )  # fmt: skip
        import_contacts.drop(connection, contact_id)
    return keeper


def drop(connection: Connection, actor: Actor, contact_id: int) -> None:
    """Forget one who waits, key and all.

    Raises:
        NotFound: if nobody of that id waits in the person's sight.
    """
    with acting_as(connection, actor), refusals("forget the person"):
        _found(connection, contact_id)
        import_contacts.drop(connection, contact_id)


def forget_expired(connection: Connection) -> int:
    """Erase those whom nobody completed in time, as the operator; return how many."""
    return import_contacts.forget(connection)


def _found(connection: Connection, contact_id: int) -> import_contacts.Waiting:
    found = import_contacts.get(connection, contact_id)
    if found is None:
        raise NotFound(
            f"Nobody waits under {contact_id}; it may have been completed or erased.",
            zh="没有这条待补信息,可能已补全或已清除。",
        )
    return found


def _mobile(values: dict[str, str | None]) -> str:
    return (values["phone"] or "") if values["kind"] == Kind.MOBILE else ""


def _values(person: Contact) -> dict[str, str | None]:
    return {
        "name": person.name, "phone": person.phone, "kind": person.kind,
        "employer": person.employer,
        "consented_on": person.consented_on.isoformat() if person.consented_on else None,
    }  # fmt: skip


def _opened(vault: Vault, waiting: import_contacts.Waiting) -> dict[str, str | None]:
    key = seals.unwrap(vault, waiting.wrapped_key)
    values: dict[str, str | None] = seals.open_json(key, seals.CONTACT, waiting.sealed)
    return values


def _shown(vault: Vault, waiting: import_contacts.Waiting) -> Shown:
    values = _opened(vault, waiting)
    person = Contact(values["name"] or "", values["phone"] or "", Kind(str(values["kind"])))
    return Shown(
        waiting.id, waiting.station_id, waiting.station_name, person.masked, person.kind,
        tuple(LACK_NAMES[Lack(code)] for code in waiting.lacks), waiting.lacks,
        values["employer"] or "", waiting.expires_at,
    )  # fmt: skip
