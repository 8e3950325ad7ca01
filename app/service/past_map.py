"""The management map of a day of the past: stations as they were, in the sight of who asks.

Minutes, shares and people not covered are counted for today alone and have no past here;
a run of coverage as of a day is the planner's.
"""

import json
from datetime import datetime

from app.domain.actor import Actor
from app.service.map_layers import sight
from app.service.runtime import Runtime
from app.store import past_map, station_list


def stations(harbor: Runtime, actor: Actor | None, moment: datetime) -> bytes:
    """Return the placed stations of a moment as JSON, as the page unfolds them."""
    with harbor.connection() as connection, sight(connection, actor):
        listed = past_map.stations(connection, moment=moment)
        unions = station_list.union_names(connection)
    named = json.dumps({str(id_): name for id_, name in unions.items()}, ensure_ascii=False)
    return f'{{"unions":{named},"stations":{listed}}}'.encode()


def counts(harbor: Runtime, actor: Actor | None, moment: datetime) -> dict[str, int]:
    """Return how many stations were in each state at a moment, unplaced ones included."""
    with harbor.connection() as connection, sight(connection, actor):
        return past_map.states(connection, moment=moment)
