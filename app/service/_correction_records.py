"""Corrections between the store, which keeps them, and the library, which applies them."""

import shapely

from app.store import corrections as stored
from app.store.corrections import CorrectionRecord
from app.store.database import Connection
from geo.corrections import Correction, parse_corrections, properties_of

# what a correction may say of a street
SAYS = ("kind", "steps", "direction", "ride", "name", "expects")


def every(connection: Connection) -> list[Correction]:
    """Return all corrections by id."""
    records = stored.every(connection)
    features = [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(shapely.from_wkb(record.geometry)),
            "properties": {
                **record.says,
                "id": record.id,
                "action": record.action,
                "note": record.note,
                "since": record.since and record.since.isoformat(),
            },
        }
        for record in records
    ]
    return parse_corrections({"type": "FeatureCollection", "features": features})


def as_record(correction: Correction) -> CorrectionRecord:
    """Return a correction as the store keeps it."""
    says = {key: value for key, value in properties_of(correction).items() if key in SAYS}
    return CorrectionRecord(
        correction.id,
        correction.action.value,
        shapely.to_wkb(correction.geometry),
        says,
        correction.note,
        correction.since,
    )
