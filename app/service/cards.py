"""What of a station is written alike in every answer, written once for a snapshot."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.store.stations import StationRecord
from geo.datum import Datum, from_wgs84

# 1e-7 degree is a centimetre
DIGITS = 7
Card = dict[str, Any]


def cards_of(stations: Sequence[StationRecord]) -> tuple[Card, ...]:
    """Return the lasting part of each station's JSON; ``lon`` and ``lat`` in WGS-84."""
    places = np.array([(one.longitude, one.latitude) for one in stations], np.float64)
    lon, lat = places.reshape(-1, 2).T
    gcj02 = np.column_stack(from_wgs84(lon, lat, datum=Datum.GCJ02)).round(DIGITS).tolist()
    return tuple(_card(*both) for both in zip(stations, gcj02, strict=True))


def _card(station: StationRecord, gcj02: list[float]) -> Card:
    proved = station.last_proved
    return {
        "code": station.code,
        "name": station.name,
        "name_en": station.name_en,
        "lon": round(station.longitude or 0.0, DIGITS),
        "lat": round(station.latitude or 0.0, DIGITS),
        "gcj02": gcj02,
        "door": station.door,
        "last_proved": None if proved is None else proved.isoformat(timespec="minutes"),
        "verified": station.verified,
    }
