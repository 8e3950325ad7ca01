"""Corrections to walking networks: in, out, and applied to what a build has read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.errors import FieldError, InvalidInput, UnreadableFile
from app.files.encoding import decode
from app.files.tables import read_bytes
from app.files.written import write_whole
from app.service._correction_records import SAYS, as_record, every
from app.service._whereabouts import away_from_streets
from app.service.network import claim_real, in_use
from app.store import corrections as stored
from app.store import register
from app.store.database import Connection
from geo.corrections import Correction, parse_corrections, properties_of, to_geojson
from geo.datum import parse_datum
from geo.errors import InvalidCorrections

__all__ = ["SAYS", "CorrectionReport", "described", "every", "export", "import_corrections"]


@dataclass(frozen=True, slots=True)
class CorrectionReport:
    """What an import did, and how many corrections there are now."""

    corrections: int
    new: int
    removed: int
    total: int
    warnings: tuple[str, ...] = ()


def import_corrections(
    connection: Connection, path: Path, *, datum: str, replace_all: bool = False
) -> CorrectionReport:
    """Import corrections from GeoJSON, whole or not at all; one of a known id is replaced.

    Args:
        replace_all: remove those that the file does not hold.

    Raises:
        UnreadableFile, InvalidInput: if the file or the datum cannot be used.
        Conflict: if the register holds the demo city.
    """
    known_datum = parse_datum(datum)
    found = _read(path, datum=known_datum)
    records = [as_record(one) for one in found]
    with connection.transaction():
        claim_real(connection, f"import {path.name}")
        removed = stored.remove_except(connection, [one.id for one in found]) if replace_all else 0
        new = stored.upsert(connection, records)
        counts = {"corrections": len(records), "new": new, "removed": removed}
        register.record(connection, "network.corrections.import", path.name, counts)
        total = len(stored.every(connection))
        network = in_use(connection)
    warnings = away_from_streets([one.geometry for one in found], network)
    return CorrectionReport(len(records), new, removed, total, warnings)


def described(connection: Connection) -> list[dict[str, Any]]:
    """Return what all corrections say, by id, with where they begin in WGS-84."""
    with connection.transaction():
        found = every(connection)
    return [
        {
            **properties_of(one),
            "geometry": one.geometry.geom_type,
            "lon": one.geometry.coords[0][0],
            "lat": one.geometry.coords[0][1],
        }
        for one in found
    ]


def export(connection: Connection, path: Path, *, datum: str = "wgs84") -> int:
    """Write all corrections as GeoJSON; return how many.

    Raises:
        InvalidInput: if the file's ending or the datum is none of ours.
        UnreadableFile: if it cannot be written.
    """
    if path.suffix.lower() not in (".geojson", ".json"):
        raise InvalidInput(
            [FieldError("file", f"{path.name} must end in .geojson")],
            attempted="export the corrections",
        )
    with connection.transaction():
        found = every(connection)
    document = to_geojson(found, datum=parse_datum(datum))
    text = json.dumps(document, ensure_ascii=False, indent=1)
    write_whole(path, f"{text}\n".encode())
    return len(found)


def _read(path: Path, *, datum: str) -> Sequence[Correction]:
    text, _ = decode(read_bytes(path, file_name=path.name), file_name=path.name)
    try:
        return parse_corrections(json.loads(text), datum=datum)
    except InvalidCorrections as error:
        raise InvalidInput(
            [FieldError(which, problem) for which, problem in error.problems],
            attempted=f"read the corrections in {path.name}",
            remedy="Mend these and import the file again; nothing was taken from it.",
        ) from None
    except (ValueError, RecursionError):
        raise UnreadableFile(
            f"{path.name} is no complete JSON file.",
            remedy="Export or download it again; it may have been cut short.",
        ) from None
