"""Demand layers: weighted points of people to be served, read and written whole."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from app.store.database import Connection

_STORED = np.dtype("<f8")


@dataclass(frozen=True, slots=True, eq=False)
class DemandFacts:
    """What a layer is, without its points."""

    name: str
    title: str
    title_en: str
    unit: str
    source: str
    points: int
    total: float
    digest: str
    imported_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """A layer with its points: float64 arrays of shape (points,), WGS-84 degrees and weights."""

    facts: DemandFacts
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    weight: NDArray[np.float64]


_FACTS = "name, title, title_en, unit, source, points, total, digest, imported_at"


def save(
    connection: Connection,
    *,
    name: str,
    title: str,
    title_en: str,
    unit: str,
    source: str,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> None:
    """Insert or replace a layer; its digest tells whether two layers have the same points."""
    connection.execute(
        "INSERT INTO demand_layer (name, title, title_en, unit, source, points, total, digest,"
        " longitude, latitude, weight) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (name) DO UPDATE SET (title, title_en, unit, source, points, total, digest,"
        " longitude, latitude, weight, imported_at) = (excluded.title, excluded.title_en,"
        " excluded.unit, excluded.source, excluded.points, excluded.total, excluded.digest,"
        " excluded.longitude, excluded.latitude, excluded.weight, clock_timestamp())",
        (
            name,
            title,
            title_en,
            unit,
            source,
            len(weight),
            float(weight.sum()),
            _digest(longitude, latitude, weight),
            *(values.astype(_STORED).tobytes() for values in (longitude, latitude, weight)),
        ),
    )


def _digest(*arrays: NDArray[np.float64]) -> str:
    digest = hashlib.sha256()
    for values in arrays:
        digest.update(values.astype(_STORED).tobytes())
    return digest.hexdigest()[:32]


def layers(connection: Connection) -> list[DemandFacts]:
    """Return what layers there are, by name."""
    rows = connection.execute(f"SELECT {_FACTS} FROM demand_layer ORDER BY name").fetchall()
    return [DemandFacts(*row) for row in rows]


def read(connection: Connection, name: str) -> Demand | None:
    """Return a layer with its points."""
    row = connection.execute(
        f"SELECT {_FACTS}, longitude, latitude, weight FROM demand_layer WHERE name = %s", (name,)
    ).fetchone()
    if row is None:
        return None
    arrays = [np.frombuffer(values, _STORED).astype(np.float64) for values in row[9:]]
    return Demand(DemandFacts(*row[:9]), *arrays)
