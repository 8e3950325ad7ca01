"""Finding a place by its name: stations, neighbourhoods, streets."""

from typing import Any

from app.service.runtime import Runtime
from app.store import basemap, stations

MOST = 12


def search(harbor: Runtime, words: str) -> list[dict[str, Any]]:
    """Return name, kind, lon and lat (WGS-84) of what matches, stations first."""
    network = harbor.snapshot().streets.name if harbor.snapshot().has_streets else ""
    wanted = words.strip()
    with harbor.connection() as connection, connection.transaction():
        found = [
            (record.name, "station", record.longitude, record.latitude)
            for record in stations.search(connection, wanted, most=MOST // 2)
        ]
        found += [
            (place.name, place.kind, place.longitude, place.latitude)
            for place in basemap.search(connection, network, wanted, most=MOST)
        ]
    return [
        {"name": name, "kind": kind, "lon": round(lon or 0, 6), "lat": round(lat or 0, 6)}
        for name, kind, lon, lat in found[:MOST]
    ]
