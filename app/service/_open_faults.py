"""Faults that an inspection found, which keep a station from being called mended by hand."""

from app.domain.errors import Conflict
from app.domain.lifecycle import Move, State
from app.store import rectifications
from app.store.database import Connection


def check_mended(connection: Connection, station_id: int, move: Move, attempted: str) -> None:
    """Say what is open before the database refuses to make a station active again.

    Raises:
        Conflict: if faults that an inspection found have not been looked at again.
    """
    if move.target is not State.ACTIVE or move.origin not in (State.RECTIFYING, State.SUSPENDED):
        return
    faults = rectifications.open_of(connection, station_id)
    open_now = [item for item in faults.items if item.mended_by is None] if faults else []
    if open_now:
        named = "、".join(item.name for item in open_now)
        raise Conflict(
            f"Could not {attempted}: faults that an inspection found are open ({named}).",
            remedy="A follow-up inspection that passes makes the move by itself.",
            zh=f"检查发现的问题还没有复查({named})。复查合格后会自动恢复。",
        )
