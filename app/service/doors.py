"""A station's door as riders see it at this moment, for who has just changed something about it."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.actor import Actor
from app.domain.errors import NotFound
from app.service import opening_words
from app.service.opening_words import Said
from app.service.runtime import Runtime
from app.store import stations
from app.store.database import Connection
from app.store.rights import acting_as

__all__ = ["Door", "Said", "of_station"]


@dataclass(frozen=True, slots=True)
class Door:
    """What riders see.

    Attributes:
        said: whether it is open, and why.
        out: codes of supplies that ran out.
    """

    said: Said
    out: frozenset[str]


def of_station(
    harbor: Runtime, connection: Connection, actor: Actor, station_id: int, now: datetime
) -> Door:
    """Read a public station's door from the database: the snapshot may be a moment behind.

    Raises:
        NotFound: if the person may not see the station.
    """
    with acting_as(connection, actor):
        record = stations.by_id(connection, station_id)
    if record is None:
        raise NotFound(f"There is no station {station_id} among those you may see.")
    said = opening_words.said(
        record, now, zone=harbor.settings.zone, calendar=harbor.snapshot().calendar
    )
    return Door(said, frozenset(record.out))
