"""Confirmations: one tap says that a record still holds, and its expiry makes work."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain.actor import Actor
from app.domain.lifecycle import FACTS, State
from app.service import _tending
from app.store import confirmations
from app.store.database import Connection
from app.store.rights import acting_as, refusals, settled

__all__ = ["Confirmation", "Expiring", "confirm", "count_expiring", "expiring", "of_station"]

# what comes due so soon is shown as work already
AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How a station stands.

    Attributes:
        confirmed_at: when somebody last confirmed it, None if nobody did.
        due_at: when it is to be confirmed again; None for a station riders do not see.
        may_confirm: whether the person may.
    """

    station_id: int
    name: str
    confirmed_at: datetime | None
    due_at: datetime | None
    may_confirm: bool


@dataclass(frozen=True, slots=True)
class Expiring:
    """A station whose confirmation expires or has expired."""

    station_id: int
    code: str | None
    name: str
    union_id: int | None
    confirmed_at: datetime | None
    due_at: datetime
    overdue: bool


def confirm(connection: Connection, actor: Actor, station_id: int) -> datetime:
    """Say that a record holds as it is; return when that was.

    It is no change: the revision stays, so nobody who has the record open is overtaken.

    Raises:
        NotFound, ForbiddenHere: if the person may not see or not tend the station.
        Conflict: if riders do not see the station.
    """
    attempted = f"confirm station {station_id}"

    def once() -> datetime:
        with acting_as(connection, actor):
            _tending.tended(connection, station_id, attempted, public=True)
            with refusals(attempted):
                return confirmations.confirm(connection, station_id)

    return settled(once)


def of_station(connection: Connection, actor: Actor, station_id: int, *, days: int) -> Confirmation:
    """Return how a station stands.

    Args:
        days: after how many days a confirmation expires.

    Raises:
        NotFound: if the person may not see it.
    """
    with acting_as(connection, actor):
        found = _tending.seen(connection, station_id)
    public = FACTS[State(found.state)].public
    return Confirmation(
        station_id,
        found.name,
        found.confirmed_at,
        found.since + timedelta(days=days) if public else None,
        public and found.may_tend,
    )


def expiring(
    connection: Connection,
    actor: Actor,
    *,
    days: int,
    at: datetime | None = None,
    most: int = confirmations.MOST,
) -> list[Expiring]:
    """Return the stations that the person may confirm and that are due soon, the oldest first.

    Args:
        days: after how many days a confirmation expires.
        at: the moment that counts as now.
    """
    now = at or datetime.now(UTC)
    lasting = timedelta(days=days)
    with acting_as(connection, actor):
        found = confirmations.due(connection, before=now + AHEAD - lasting, most=most)
    return [
        Expiring(
            one.station_id, one.code, one.name, one.union_id, one.confirmed_at,
            one.since + lasting, one.since + lasting <= now,
        )
        for one in found
    ]  # fmt: skip


def count_expiring(
    connection: Connection, actor: Actor, *, days: int, at: datetime | None = None
) -> int:
    """Return how many stations of the person's scope are due soon."""
    now = at or datetime.now(UTC)
    with acting_as(connection, actor):
        return confirmations.count_due(connection, before=now + AHEAD - timedelta(days=days))
