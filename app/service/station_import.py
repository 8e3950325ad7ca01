"""Lists of stations into the register: those with a place count, those without wait for one."""

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np

from app.domain import number
from app.domain.errors import Conflict, FieldError
from app.domain.lifecycle import State
from app.domain.station import StationFacts
from app.domain.station_row import StationRow
from app.files.rejects import check_rejects_path, write_rejects
from app.files.stations import StationFile, read_stations
from app.service.network import claim_real
from app.service.snapshot import folder_of
from app.settings import Settings
from app.store import areas, networks, numbers, register, stations
from app.store.database import Connection
from app.store.stations import NewStation
from geo.datum import parse_datum, to_wgs84
from geo.snap import snap
from geo.storage import open_network

# no administrative area has this code: the number of a station in no known district
UNKNOWN_AREA = "999999"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of every row of a list.

    Attributes:
        rows: how many rows the list has; the next four add up to it.
        active: entered as active, not yet verified: they have a place and count.
        waiting: entered as drafts that wait for a place on the map.
        rejected: not entered, with their reasons.
        present: left as they are: the register has a station of that name and address.
        far: active stations with no street of the network in use near them.
    """

    source: StationFile
    dry_run: bool
    rows: int
    active: int
    waiting: int
    rejected: tuple[StationRow, ...]
    present: tuple[StationRow, ...]
    far: tuple[StationRow, ...]
    hours_read: int
    hours_unread: int


def import_stations(
    connection: Connection,
    settings: Settings,
    path: Path,
    *,
    datum: str | None,
    dry_run: bool = False,
    rejects: Path | None = None,
    document_number: str | None = None,
    area_code: str | None = None,
) -> ImportReport:
    """Import a list, whole or not at all; a dry run says what would happen.

    Rows with a place enter as *active, not yet verified* (cut-over) with a number
    each; rows with an address alone become drafts. Rows with errors stay out and
    go to ``rejects``, if it is named, with their reasons.

    Args:
        datum: what the list's coordinates refer to; needed if it has any.
        document_number: the document that orders the cut-over.
        area_code: six digits the numbers begin with; otherwise the code of the
            district a station lies in.

    Raises:
        UnreadableFile, InvalidInput: if the list cannot be used at all.
        Conflict: if this very file was imported before, the register holds the demo, or a
            code has too few numbers left.
    """
    if rejects is not None:
        check_rejects_path(rejects)
    if area_code is not None:
        number.make(area_code, 1)
    known = None if datum is None else parse_datum(datum)
    source = read_stations(path, datum=known, bounds=_expected(connection))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with connection.transaction(force_rollback=dry_run):
        claim_real(connection, f"import {path.name}")
        batch = _open_batch(connection, path, digest, source, document_number)
        present, fresh = _divide(connection, source)
        entries = [_entry(row, source.datum, batch) for row in fresh]
        today = datetime.now(settings.zone).date()
        entries = _numbered(connection, entries, area_code, today=today)
        stations.insert(connection, entries)
        far = _far(connection, settings, fresh, entries)
        report = _report(source, fresh, present, far, dry_run=dry_run)
        stations.close_batch(connection, batch, _counts(report))
        register.record(connection, "stations.import", path.name, _counts(report))
        # before the commit: without its rejects an import cannot be taken up again
        if rejects is not None and (report.rejected or report.present):
            write_rejects(
                rejects, [*report.rejected, *map(_known, report.present)], columns=source.columns
            )
    return report


def _expected(connection: Connection) -> tuple[float, float, float, float] | None:
    """Return where places are expected: the extent of the network in use."""
    name = register.read(connection).network
    record = networks.find(connection, name) if name else None
    return None if record is None else record.bounds


def _open_batch(
    connection: Connection,
    path: Path,
    digest: str,
    source: StationFile,
    document_number: str | None,
) -> int:
    batch = stations.start_batch(
        connection,
        file_name=path.name,
        file_digest=digest,
        datum=source.datum,
        document_number=document_number,
    )
    if batch is None:
        raise Conflict(
            f"Could not import {path.name}: this very file was imported before.",
            remedy="Nothing was changed. Import a corrected file, or only its new rows.",
        )
    return batch


def _divide(
    connection: Connection, source: StationFile
) -> tuple[list[StationRow], list[StationRow]]:
    """Part the accepted rows into those the register has already and those that are new."""
    known = stations.names_and_addresses(connection)
    present: list[StationRow] = []
    fresh: list[StationRow] = []
    for row in source.accepted:
        facts = _facts(row)
        (present if (facts.name, facts.address) in known else fresh).append(row)
    return present, fresh


def _facts(row: StationRow) -> StationFacts:
    if row.facts is None:
        raise ValueError(f"row {row.number} was rejected")
    return row.facts


def _entry(row: StationRow, datum: str | None, batch: int) -> NewStation:
    facts = _facts(row)
    if facts.longitude is None or facts.latitude is None:
        return NewStation(facts, State.DRAFT, batch_id=batch, batch_row=row.number)
    longitude, latitude = to_wgs84(facts.longitude, facts.latitude, datum=str(datum))
    return NewStation(
        replace(facts, longitude=longitude, latitude=latitude),
        State.ACTIVE,
        source_datum=datum,
        source_longitude=facts.longitude,
        source_latitude=facts.latitude,
        batch_id=batch,
        batch_row=row.number,
    )


def _numbered(
    connection: Connection, entries: list[NewStation], area_code: str | None, *, today: date
) -> list[NewStation]:
    """Issue a number to every active entry, in the order of codes so that no two imports lock."""
    active = [i for i, entry in enumerate(entries) if entry.state is State.ACTIVE]
    if area_code is None:
        places = [
            (entries[i].facts.longitude or 0.0, entries[i].facts.latitude or 0.0) for i in active
        ]
        codes = [code or UNKNOWN_AREA for code in areas.codes_at(connection, places, as_of=today)]
    else:
        codes = [area_code] * len(active)
    wanted = Counter(codes)
    last = {code: numbers.issue(connection, code, wanted[code]) for code in sorted(wanted)}
    serial = {code: last[code] - wanted[code] for code in wanted}
    result = list(entries)
    for i, code in zip(active, codes, strict=True):
        serial[code] += 1
        result[i] = replace(entries[i], code=number.make(code, serial[code]))
    return result


def _far(
    connection: Connection,
    settings: Settings,
    rows: list[StationRow],
    entries: list[NewStation],
) -> tuple[StationRow, ...]:
    """Return the placed rows that no street of the network in use is near."""
    name = register.read(connection).network
    record = networks.find(connection, name) if name else None
    placed = [i for i, entry in enumerate(entries) if entry.facts.placed]
    if record is None or not placed:
        return ()
    network = open_network(folder_of(settings.networks, record.name, record.digest))
    found = snap(
        network,
        np.array([entries[i].facts.longitude for i in placed], np.float64),
        np.array([entries[i].facts.latitude for i in placed], np.float64),
        max_metres=settings.max_snap_metres,
    )
    return tuple(rows[i] for i, inside in zip(placed, found.inside, strict=True) if not inside)


def _report(
    source: StationFile,
    fresh: list[StationRow],
    present: list[StationRow],
    far: tuple[StationRow, ...],
    *,
    dry_run: bool,
) -> ImportReport:
    with_hours = [_facts(row) for row in fresh if _facts(row).hours_text or _facts(row).hours]
    active = sum(_facts(row).placed for row in fresh)
    return ImportReport(
        source=source,
        dry_run=dry_run,
        rows=len(source.rows),
        active=active,
        waiting=len(fresh) - active,
        rejected=source.rejected,
        present=tuple(present),
        far=far,
        hours_read=sum(facts.hours is not None for facts in with_hours),
        hours_unread=sum(facts.hours is None for facts in with_hours),
    )


def _counts(report: ImportReport) -> dict[str, int]:
    return {
        "rows": report.rows,
        "active": report.active,
        "waiting": report.waiting,
        "rejected": len(report.rejected),
        "present": len(report.present),
    }


def _known(row: StationRow) -> StationRow:
    error = FieldError("name", "the register has a station of this name and address")
    return replace(row, facts=None, errors=(*row.errors, error))
