"""Closures for a time: a station that is shut for a while, with a reason and an end."""

from datetime import UTC, datetime

from app.domain.actor import Actor
from app.domain.closures import Closure, check_closure
from app.domain.errors import Conflict
from app.service import _tending
from app.store import closures
from app.store.closures import ClosureRecord
from app.store.confirmations import Standing
from app.store.database import Connection
from app.store.rights import acting_as, refusals

__all__ = ["Closure", "ClosureRecord", "cancel", "close", "of_station"]


def of_station(
    connection: Connection, actor: Actor, station_id: int
) -> tuple[Standing, list[ClosureRecord]]:
    """Return a station and its closures, the newest beginning first.

    Raises:
        NotFound: if the person may not see it.
    """
    with acting_as(connection, actor):
        standing = _tending.seen(connection, station_id)
        return standing, closures.of_station(connection, station_id)


def close(connection: Connection, actor: Actor, station_id: int, closure: Closure) -> int:
    """Close a station for a time; return the closure's id.

    Raises:
        InvalidInput: if the times or the reason cannot be used.
        NotFound, ForbiddenHere: if the person may not see or not tend the station.
        Conflict: if riders do not see the station anyway.
    """
    check_closure(closure, now=datetime.now(UTC))
    attempted = f"close station {station_id} for a time"
    with acting_as(connection, actor):
        _tending.tended(connection, station_id, attempted, public=True)
        with refusals(attempted):
            return closures.add(connection, station_id, closure)


def cancel(connection: Connection, actor: Actor, station_id: int, closure_id: int) -> None:
    """Call a closure off, before it begins or while it lasts.

    Raises:
        NotFound, ForbiddenHere: if the person may not see or not tend the station.
        Conflict: if it has ended or was called off already.
    """
    attempted = f"call off closure {closure_id} of station {station_id}"
    with acting_as(connection, actor):
        _tending.tended(connection, station_id, attempted)
        with refusals(attempted):
            done = closures.cancel(connection, station_id, closure_id)
        if not done:
            raise Conflict(
                f"Could not {attempted}: it has ended, or was called off already.",
                zh="该临时关闭已结束或已取消。",
            )
