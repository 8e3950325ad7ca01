"""The outbox: what must reach a person, written with what happened and sent afterwards.

A notice is written in the transaction of its event, one for a person and event,
and so exists exactly if the event does. A worker sends it after the commit: at
least once, with a key by which the carrier drops what it has seen.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.domain.actor import Actor
from app.domain.errors import HarborError
from app.domain.notices import AFTER_MOVE, NOTICE_KINDS
from app.domain.roles import Role
from app.service.carriers import Carrier, CarrierDown, CarrierRefused, Message
from app.store import notices
from app.store.database import Connection
from app.store.notices import Notice
from app.store.rights import acting_as

__all__ = [
    "Delivered", "Notice", "Shown", "after_move", "announce", "deliver", "mine", "see", "shown",
    "unseen",
]  # fmt: skip

MOST_AT_ONCE = 100
MOST_SHOWN = 200
# whoever holds one for many times as long as an answer may take has died
STALE = timedelta(minutes=10)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
MOST_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice in words."""

    notice: Notice
    name: str
    name_en: str
    text: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the notices of one round."""

    desks: int = 0
    sent: int = 0
    later: int = 0
    failed: int = 0


def announce(
    connection: Connection,
    *,
    event: str,
    kind: str,
    station_id: int | None = None,
    union_id: int | None = None,
    roles: Sequence[Role] = (),
    user_ids: Sequence[int] = (),
    keepers: bool = False,
    says: Mapping[str, Any] | None = None,
) -> int:
    """Write notices of an event inside the transaction in which it happens.

    Args:
        event: the event itself; a second notice of it to the same person is none.
        kind: a code of :data:`app.domain.notices.NOTICE_KINDS`.
        station_id: the station it is about.
        union_id: whose people are told; otherwise the station's union.
        roles: all who hold one of them in the scope of the union.
        user_ids: people who are told whatever their roles.
        keepers: whether the station's keepers are told.
        says: what the text of the kind fills in; nothing personal.

    Returns:
        How many people were told now.

    Raises:
        KeyError: for a kind that does not exist.
    """
    return notices.announce(
        connection, event=event, kind=NOTICE_KINDS[kind].code, station_id=station_id,
        union_id=union_id, roles=[str(role) for role in roles], user_ids=user_ids,
        keepers=keepers, says=_plain(says or {}),
    )  # fmt: skip


def after_move(
    connection: Connection,
    *,
    action: str,
    station_id: int,
    revision: int,
    submitter: int | None,
    says: Mapping[str, Any],
) -> int:
    """Tell whom a move concerns, by the table of the domain."""
    told = AFTER_MOVE.get(action)
    if told is None:
        return 0
    return announce(
        connection,
        event=f"station.{action}:{station_id}:{revision}",
        kind=told.kind,
        station_id=station_id,
        roles=told.roles,
        user_ids=[submitter] if told.submitter and submitter is not None else [],
        keepers=told.keepers,
        says=says,
    )


def mine(connection: Connection, actor: Actor) -> list[Shown]:
    """Return a person's own notices, the newest first."""
    with acting_as(connection, actor):
        return shown(notices.of_person(connection, user_id=actor.user_id, most=MOST_SHOWN))


def unseen(connection: Connection, actor: Actor) -> int:
    """Return how many notices a person has not seen."""
    with acting_as(connection, actor):
        return notices.unseen(connection, user_id=actor.user_id)


def see(connection: Connection, actor: Actor, ids: Sequence[int]) -> int:
    """Mark own notices as seen."""
    with acting_as(connection, actor):
        return notices.see(connection, ids)


def deliver(
    connection: Connection, carrier: Carrier | None, phone_of: Callable[[int], str | None]
) -> Delivered:
    """Send what waits; to be called again and again by a worker.

    Staff find theirs on their own page. A keeper's goes through the carrier;
    without one it stays on the call list.

    Each is taken by itself and settled before the next one, so that none is held for longer
    than one answer takes, however slow the carrier is and however many workers there are.
    A round ends with the first that the carrier cannot take: the others would not fare better.

    Args:
        phone_of: the phone of a keeper by id, None for one that is erased.
    """
    with connection.transaction():
        desks = notices.deliver_to_desks(connection)
    states: Counter[str] = Counter()
    while carrier is not None and states.total() < MOST_AT_ONCE:
        with connection.transaction():
            taken = notices.claim(connection, prefix="keeper", stale=STALE)
        if taken is None:
            break
        state, down = _send(connection, carrier, phone_of, taken)
        states[state] += 1
        if down:
            break
    return Delivered(
        desks=desks, sent=states["sent"], later=states["waiting"], failed=states["failed"]
    )


def _send(
    connection: Connection,
    carrier: Carrier,
    phone_of: Callable[[int], str | None],
    notice: Notice,
) -> tuple[str, bool]:
    """Send one and settle it by itself; return its state, and whether the carrier is down."""
    wait, down = None, False
    try:
        phone = phone_of(int(notice.recipient.partition(":")[2]))
        if phone is None:
            raise CarrierRefused("the keeper has no phone any more")
        kind = NOTICE_KINDS.get(notice.kind)
        if kind is None:
            raise CarrierRefused(f"nothing is known of the kind {notice.kind}")
        text, text_en = kind.say(notice.says)
        key = f"{notice.event}|{notice.recipient}"
        answer, state = carrier.carry(Message(key, phone, text, text_en)), "sent"
    except CarrierRefused as error:
        answer, state = str(error), "failed"
    except (CarrierDown, HarborError) as error:
        answer, down = str(error), isinstance(error, CarrierDown)
        state = "waiting" if notice.attempts < MOST_ATTEMPTS else "failed"
        wait = min(FIRST_WAIT * 2 ** (notice.attempts - 1), LONGEST_WAIT)
    with connection.transaction():
        notices.settle(
            connection, notice.id, state=state, carrier=carrier.name, answer=answer, wait=wait
        )
    return state, down


def shown(found: Sequence[Notice]) -> list[Shown]:
    """Put notices into words; what another release made of a kind unknown here is left out."""
    kinds = ((notice, NOTICE_KINDS.get(notice.kind)) for notice in found)
    return [
        Shown(notice, kind.name, kind.name_en, *kind.say(notice.says))
        for notice, kind in kinds
        if kind is not None
    ]


def _plain(says: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is empty, and write the rest so that JSON takes it."""
    return {
        name: value if isinstance(value, int | float) else str(value)
        for name, value in says.items()
        if value is not None and value != ""
    }
