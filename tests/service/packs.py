"""Stations and snapshots that exist in memory alone, to ask for their schedules."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from app.domain.calendar import Calendar
from app.domain.closures import Closure
from app.domain.lifecycle import State
from app.service.cards import cards_of
from app.service.offers import offers_of
from app.service.openings import Openings
from app.service.snapshot import Snapshot
from app.store.stations import StationRecord
from geo.plane import earth_centred

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def station(
    hours: str | None, *, state: State = State.ACTIVE, closures: Sequence[Closure] = ()
) -> StationRecord:
    return StationRecord(
        id=1, code=None, state=state.value, verified=True, name="站", name_en="", longitude=106.5,
        latitude=29.5, address="", services=(), hours=hours, hours_text="", door=None,
        host_name="", host_kind=None, union_name="", merged_into=None, last_proved=None,
        changed_at=_NOW, closures=tuple(closures),
    )  # fmt: skip


def snapshot(calendar: Calendar, stations: Sequence[StationRecord] = ()) -> Snapshot:
    return Snapshot(
        kind="real", stations=tuple(stations), by_code={},
        counts=np.ones(len(stations), np.bool_), offers=offers_of(stations), calendar=calendar,
        cards=cards_of(stations), openings=Openings(stations, calendar),
        centred=earth_centred([s.longitude for s in stations], [s.latitude for s in stations]),
        finders={}, riders=None, bounds=None, taken_at=_NOW, version="", _streets=None,
    )  # fmt: skip
