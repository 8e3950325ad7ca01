"""What of a station is written alike in every answer, written once for a snapshot."""

from collections.abc import Sequence
from json import JSONEncoder
from typing import Any, NamedTuple

import numpy as np

from app.store.stations import StationRecord
from geo.datum import Datum, from_wgs84
from geo.plane import earth_centred_point

# 1e-7 degree is a centimetre
DIGITS = 7
encoded = JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class Card(NamedTuple):
    """The lasting part of a station's JSON, ``lon`` and ``lat`` in WGS-84.

    Attributes:
        facts: the part itself.
        before, place, after: its text without the last brace, cut around ``lon`` and ``lat``.
        centred: where the station stands, in earth-centred metres.
    """

    facts: dict[str, Any]
    before: str
    place: str
    after: str
    centred: tuple[float, float, float]


def cards_of(stations: Sequence[StationRecord]) -> tuple[Card, ...]:
    """Return the card of each station."""
    places = np.array([(one.longitude, one.latitude) for one in stations], np.float64)
    lon, lat = places.reshape(-1, 2).T
    gcj02 = np.column_stack(from_wgs84(lon, lat, datum=Datum.GCJ02)).round(DIGITS).tolist()
    return tuple(_card(*both) for both in zip(stations, gcj02, strict=True))


def _card(station: StationRecord, gcj02: list[float]) -> Card:
    proved = station.last_proved
    lon, lat = station.longitude or 0.0, station.latitude or 0.0
    before = {"code": station.code, "name": station.name, "name_en": station.name_en}
    place = {"lon": round(lon, DIGITS), "lat": round(lat, DIGITS)}
    after = {
        "gcj02": gcj02,
        "door": station.door,
        "last_proved": None if proved is None else proved.isoformat(timespec="minutes"),
        "verified": station.verified,
    }
    return Card(
        {**before, **place, **after},
        encoded(before)[:-1],
        "," + encoded(place)[1:-1] + ",",
        encoded(after)[1:-1],
        earth_centred_point(lon, lat),
    )
