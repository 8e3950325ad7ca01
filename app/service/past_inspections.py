"""Inspections of a day of the past: what was found by then, and what was to be mended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.actor import Actor
from app.store import inspections, past_inspections
from app.store.database import Connection
from app.store.past_inspections import Looked, Ordered
from app.store.rights import acting_as

__all__ = ["Looked", "Ordered", "Then", "then"]

MOST = 200


@dataclass(frozen=True, slots=True)
class Then:
    """How things stood in a person's scope; ``people`` are names of inspectors by id."""

    orders: tuple[Ordered, ...]
    latest: tuple[Looked, ...]
    people: Mapping[int, str]


def then(connection: Connection, actor: Actor, moment: datetime) -> Then:
    """Return how inspections stood at a moment, at most 200 of each kind."""
    with acting_as(connection, actor):
        orders = past_inspections.open_orders(connection, moment=moment, most=MOST)
        latest = past_inspections.latest(connection, moment=moment, most=MOST)
        people = inspections.people(connection, [one.station_id for one in latest])
    return Then(tuple(orders), tuple(latest), people)
