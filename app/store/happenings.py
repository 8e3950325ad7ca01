"""What happened to a station beside its versions: looked at, honoured, closed, confirmed."""

from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any

from app.store.database import Connection

_HAPPENINGS = resources.files("app.store").joinpath("sql/station_happenings.sql").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Happened:
    """One happening; ``told`` is what its sentence needs, by kind as the SQL file has it."""

    at: datetime
    actor_id: int | None
    kind: str
    reason: str
    told: dict[str, Any]


def of_station(
    connection: Connection,
    station_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Happened]:
    """Return what happened to a station in the acting person's sight, the oldest first.

    Args:
        since, until: from the one moment on, and before the other.
    """
    rows = connection.execute(
        _HAPPENINGS, {"station": station_id, "since": since, "until": until}
    ).fetchall()
    return [Happened(*row) for row in rows]
