"""What a station of the register is worth, for the page of its record, whatever its state."""

from typing import Any

from app.domain.errors import Conflict
from app.domain.lifecycle import FACTS, State
from app.domain.scenario import NONE, Changes, Open
from app.service.plan.question import PlanQuestion
from app.service.plan.standing import stand
from app.service.plan.wording import definition
from app.service.plan.worth import worth_of_one
from app.service.records import Record
from app.service.runtime import Runtime

# what left comes back by no move but that of a split
_LEFT = frozenset({State.EXITED, State.MERGED, State.DISCARDED})
_NEW_ID = -1


def of_record(harbor: Runtime, record: Record) -> dict[str, Any]:
    """Return the worth of a station by the plain question: 15 minutes by terrain.

    A station that does not count now is looked at as if it did, in its place.

    Returns:
        as :func:`app.service.plan.worth.worth_of`, and ``counts``: whether it counts now;
        ``definition``, and ``unit`` of the people counted.

    Raises:
        Conflict: for a station that left, or has no place.
        NotFound, Unavailable: where there is nothing to measure by.
    """
    place = record.facts.get("place")
    if place is None:
        raise Conflict(
            "A station without a place on the map serves nobody yet.",
            zh="还没有地图位置,算不出站点作用。",
        )
    if record.state in _LEFT:
        raise Conflict(
            f"A station that is {record.state} serves nobody any more.",
            zh="这个站点已经离开,不再服务任何人。",
        )
    counts = FACTS[record.state].counts
    changes = NONE if counts else Changes((_as_if(record, place),))
    with harbor.connection() as connection:
        standing = stand(harbor, connection, PlanQuestion(), changes)
    found = worth_of_one(standing, record.station_id if counts else _NEW_ID)
    return found | {
        "id": record.station_id,
        "counts": counts,
        "definition": definition(standing),
        "unit": standing.material.demand.facts.unit,
    }


def _as_if(record: Record, place: list[float]) -> Open:
    return Open(
        key="back", name=str(record.facts.get("name") or ""),
        longitude=float(place[0]), latitude=float(place[1]),
        services=tuple(record.facts.get("services") or ()), hours=record.facts.get("hours"),
    )  # fmt: skip
