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
    """A change that has no effect any more, and why.

    Attributes:
        station: the station's id.
        zh, en: a sentence that says why.
    """

    station: int
    zh: str
    en: str


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
        order of them; and a line for every change of a station that does not count any more,
        and every new one that is in the register and counts by now.
    """
    there = {station.id: station for station in stations}
    opened: list[_S] = []
    lapsed: list[Lapsed] = []
    for number, opening in enumerate(changes.opened(), start=1):
        if opening.draft in there:
            lapsed.append(_opened_meanwhile(opening))
        else:
            opened.append(new(-number, opening))
    of_stations = [item for item in changes.items if not isinstance(item, Open)]
    for item in of_stations:
        if item.station in there:
            there[item.station] = _changed(there[item.station], item)
        else:
            lapsed.append(_left(item))
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


_DOINGS = {
    Move: ("移动", "move"),
    Close: ("关闭", "closing"),
    Hours: ("改时间", "new hours"),
    Services: ("改服务", "new services"),
}


def _left(item: OfStation) -> Lapsed:
    zh, en = _DOINGS[type(item)]
    return Lapsed(
        item.station,
        f"站点 {item.station} 已不计入覆盖(退出、合并、暂停或尚未启用),“{zh}”不再生效。",
        f"Station {item.station} does not count (it left, was merged, is suspended or not active),"
        f" so its {en} has no effect.",
    )


def _opened_meanwhile(item: Open) -> Lapsed:
    return Lapsed(
        item.draft or 0,
        f"新站“{item.name}”已在登记册启用(站点 {item.draft}),按登记册计算。",
        f"The new station {item.name} is active in the register by now (station {item.draft}),"
        " and counts as it stands there.",
    )
