"""Changes of a scenario that lapsed, with the names of their stations."""

from collections.abc import Sequence
from typing import Any

from app.domain.lifecycle import State
from app.domain.scenario import Lapsed
from app.domain.scenario_lapsed import Known, said
from app.store import station_versions
from app.store.database import Connection


def told(connection: Connection, lapsed: Sequence[Lapsed]) -> list[dict[str, Any]]:
    """Return what lapsed: ``station`` and a sentence that says why as ``zh`` and ``en``."""
    if not lapsed:
        return []
    with connection.transaction():
        rows = station_versions.once_counted(connection, [one.station for one in lapsed])
    known = {id_: Known(code, name, State(state), into) for id_, code, name, state, into in rows}
    found = []
    for one in lapsed:
        zh, en = said(one, known.get(one.station))
        found.append({"station": one.station, "zh": zh, "en": en})
    return found
