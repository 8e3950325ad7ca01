"""Earlier numbers, former names and other systems' ids, entered and taken away by staff."""

from app.domain.actor import Actor
from app.domain.aliases import AliasKind, check_alias
from app.domain.errors import Conflict, NotFound
from app.store import aliases, moves
from app.store.aliases import Alias
from app.store.database import Connection
from app.store.rights import acting_as, refusals

__all__ = ["Alias", "add", "of_station", "remove"]


def of_station(connection: Connection, actor: Actor, station_id: int) -> list[Alias]:
    """Return what else finds a station.

    Raises:
        NotFound: if the person does not see the station.
    """
    with acting_as(connection, actor):
        _seen(connection, station_id)
        return aliases.of_station(connection, station_id)


def add(
    connection: Connection, actor: Actor, station_id: int, *, kind: str, value: str, source: str
) -> None:
    """Let one more number or name lead to a station.

    Raises:
        InvalidInput: if it cannot be one.
        Conflict: if an earlier number leads to another station already.
        NotFound, ForbiddenHere: if the person may not see or not write the station.
    """
    known, kept, whose = check_alias(kind, value, source)
    attempted = f"enter {kept} for station {station_id}"
    with acting_as(connection, actor), refusals(attempted):
        _seen(connection, station_id)
        others = [one for one in aliases.holders(connection, known, kept) if one != station_id]
        if others and known is not AliasKind.NAME:
            raise Conflict(
                f"Could not {attempted}: it leads to station {others[0]} already.",
                remedy="Compare the plaques; take it away there first if it is wrong there.",
                zh=f"“{kept}”已经对应站点 {others[0]}。请核对牌子;如有误,先在那里删除。",
            )
        aliases.add(connection, station_id, known, kept, whose)


def remove(connection: Connection, actor: Actor, station_id: int, *, kind: str, value: str) -> None:
    """Take a number or name away that was entered by mistake.

    Raises:
        NotFound: if the station has none such, or the person may not take it away.
    """
    with acting_as(connection, actor), refusals(f"take {value} away"):
        _seen(connection, station_id)
        if not aliases.remove(connection, station_id, kind, value):
            raise NotFound(
                f"Station {station_id} has no {kind} {value} that you may take away.",
                zh="没有这个编号或名称,或者您无权删除。",
            )


def _seen(connection: Connection, station_id: int) -> None:
    if moves.subject(connection, station_id) is None:
        raise NotFound(f"There is no station {station_id} among those you may see.")
