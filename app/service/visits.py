"""I got in: a visit counted by the hour without who, a proof of opening, supplies that ran out."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput
from app.domain.reports import Allowance
from app.domain.supplies import SUPPLY_NAMES
from app.service import _tending
from app.service._sources import Marker, Source, Spot, is_strong
from app.service.reports import reportable
from app.service.runtime import Runtime
from app.store import closures, reports, visits
from app.store.database import Connection
from app.store.rights import acting_as, refusals, settled

__all__ = ["CheckedIn", "Source", "Spot", "Visit", "check_in", "say_open", "say_supply"]

# many riders of a district leave through one address of their carrier
OF_NETWORK = Allowance(600)
OF_DEVICE = Allowance(12)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Visit:
    """A check-in as a rider sends it; parts as of :class:`app.service.reports.Draft`."""

    station: str
    once: UUID
    proof: str = ""
    spot: Spot | None = None


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """What came of a check-in.

    Attributes:
        counted: whether it is one more visit: once for a device, station and hour.
        proved: whether it proves that the door was open.
    """

    counted: bool
    proved: bool


def check_in(
    harbor: Runtime, visit: Visit, source: Source, *, at: datetime | None = None
) -> CheckedIn:
    """Count a visit, and renew the proof of opening if it was sent from the station.

    Args:
        at: the moment that counts as now.

    Raises:
        InvalidInput, NotFound, Conflict: as :func:`app.service.reports.reportable`.
        TooMany: if the source has sent enough for now.
    """
    now = at or datetime.now(UTC)
    record = reportable(harbor, visit.station)
    hour = f"{record.id} {now.astimezone(UTC):%Y-%m-%dT%H}"
    with harbor.connection() as connection:

        def once() -> CheckedIn:
            with connection.transaction():
                reports.lock_station(connection, record.id)
                marker = Marker(connection, harbor.vault, source, now)
                strong = is_strong(
                    connection, record, asked=visit.station, proof=visit.proof, spot=visit.spot
                )
                if not marker.is_first("visit", str(visit.once)):
                    return CheckedIn(counted=False, proved=strong)
                marker.spend("visit", network=OF_NETWORK, device=OF_DEVICE)
                counted = marker.is_first("visitor", hour, of_device=True)
                if counted:
                    visits.count(connection, record.id, now)
                if strong:
                    visits.prove(connection, record.id, now)
                return CheckedIn(counted, strong)

        return settled(once)


def say_open(connection: Connection, actor: Actor, station_id: int) -> datetime:
    """Say as a keeper or staff that a station is open now.

    Doubts about it are lifted, and the person's own closures that are running end.

    Raises:
        NotFound, ForbiddenHere: if the person may not see or not tend the station.
        Conflict: if riders do not see the station.
    """
    attempted = f"say that station {station_id} is open"

    def once() -> datetime:
        with acting_as(connection, actor):
            _tending.tended(connection, station_id, attempted, public=True)
            with refusals(attempted):
                closures.end_own(connection, station_id)
                return visits.say_open(connection, station_id)

    return settled(once)


def say_supply(
    connection: Connection, actor: Actor, station_id: int, supply: str, *, there: bool
) -> bool:
    """Say as a keeper or staff that a supply ran out, or is there again.

    Args:
        supply: a code of :data:`app.domain.supplies.SUPPLIES`.

    Returns:
        Whether it was news.

    Raises:
        InvalidInput: if the code is none.
        NotFound, ForbiddenHere: if the person may not see or not tend the station.
    """
    if supply not in SUPPLY_NAMES:
        raise InvalidInput(
            [FieldError("supply", f"unknown supply {supply!r}", "没有这种物资")],
            attempted="say what ran out",
        )
    attempted = f"say what ran out at station {station_id}"

    def once() -> bool:
        with acting_as(connection, actor):
            _tending.tended(connection, station_id, attempted)
            # what is said of another supply at the same moment must not be lost
            reports.lock_station(connection, station_id)
            out = visits.ran_out(connection, station_id) - {supply}
            with refusals(attempted):
                return visits.say_supplies(
                    connection, station_id, sorted(out if there else out | {supply})
                )

    return settled(once)
