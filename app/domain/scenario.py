"""Scenarios: the register's stations as they would be, if what a planner thinks of were done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar, cast

from app.domain.scenario_items import (
    NONE,
    Changes,
    Close,
    Hours,
    Item,
    Move,
    OfStation,
    Open,
    Services,
    content_digest,
)
from app.domain.scenario_reading import MOST_ITEMS, parse

__all__ = [
    "MOST_ITEMS", "NONE", "Changes", "Close", "Hours", "Item", "Lapsed", "Move", "OfStation",
    "Open", "Services", "apply", "content_digest", "parse",
]  # fmt: skip


class Counted(Protocol):
    """A station that counts; a dataclass that has these fields."""

    @property
    def id(self) -> int: ...
    @property
    def longitude(self) -> float: ...
    @property
    def latitude(self) -> float: ...
    @property
    def services(self) -> tuple[str, ...]: ...
    @property
    def hours(self) -> str | None: ...


_S = TypeVar("_S", bound=Counted)


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A change that has no effect any more: of a station that left, or that is done by now.

    Attributes:
        station: the station's id.
    """

    station: int
    item: Item


def apply(
    stations: Sequence[_S], changes: Changes, *, new: Callable[[int, Open], _S]
) -> tuple[list[_S], tuple[Lapsed, ...]]:
    """Return the stations as a scenario has them, and the changes that lapsed.

    Of changes of one station, closing it outdoes the others.

    Args:
        stations: those that count, before needed services or hours leave any out.
        new: makes a station of an id and what the scenario says of it.

    Returns:
        The stations in their order, then the new ones with ids -1, -2 … by the scenario's
        order of them; and every change of a station that does not count any more,
        and every new one that is in the register and counts by now.
    """
    there = {station.id: station for station in stations}
    opened: list[_S] = []
    lapsed: list[Lapsed] = []
    for number, opening in enumerate(changes.opened(), start=1):
        if opening.draft in there:
            lapsed.append(Lapsed(opening.draft or 0, opening))
        else:
            opened.append(new(-number, opening))
    of_stations = [item for item in changes.items if not isinstance(item, Open)]
    for item in of_stations:
        if item.station in there:
            there[item.station] = _changed(there[item.station], item)
        else:
            lapsed.append(Lapsed(item.station, item))
    closed = {item.station for item in of_stations if isinstance(item, Close)}
    return [*(s for id_, s in there.items() if id_ not in closed), *opened], tuple(lapsed)


def _changed(station: _S, item: OfStation) -> _S:
    match item:
        case Move():
            fields: dict[str, Any] = {"longitude": item.longitude, "latitude": item.latitude}
        case Hours():
            fields = {"hours": item.hours}
        case Services():
            fields = {"services": item.services}
        case Close():
            fields = {}
    return cast(_S, replace(cast(Any, station), **fields))
