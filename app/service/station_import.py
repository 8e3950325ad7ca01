"""Lists of stations into the register: those with a place count, those without wait for one."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from app.domain import number
from app.domain.errors import Conflict, FieldError
from app.domain.lifecycle import State
from app.domain.station import StationFacts
from app.domain.station_row import StationRow
from app.files.rejects import check_rejects_path, write_rejects
from app.files.stations import StationFile, read_stations
from app.service import import_contacts
from app.service.import_contacts import Handled
from app.service.list_checks import far_from_streets
from app.service.network import claim_real, in_use
from app.service.vault import Vault
from app.settings import Settings
from app.store import areas, numbers, register, stations
from app.store.database import Connection
from app.store.stations import NewStation
from geo.datum import parse_datum, to_wgs84

# no administrative area has this code: the number of a station in no known district
UNKNOWN_AREA = "999999"
_REGISTERED = FieldError(
    "name", "the register has a station of this name and address", "登记册里已有同名同址的站点"
)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of every row of a list.

    Attributes:
        rows: how many rows the list has; the next four add up to it.
        active: entered as active, not yet verified: they have a place and count.
        waiting: entered as drafts: they wait for a place, or the list calls them drafts.
        rejected: not entered, with their reasons.
        present: not entered, with the reason: the register, or an earlier row, has a station
            of that name and address.
        far: active stations with no street of the network in use near them.
        people: how many people of the list wait, sealed, to be completed by staff, and how
            many were refused; all zero without a vault.
        people_notes: by row, why a phone could not be kept, without the phone.
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
    people: Handled = field(default_factory=Handled)
    people_notes: tuple[tuple[int, FieldError], ...] = ()

    @property
    def useless(self) -> bool:
        """Whether the register has, and got, nothing of the list."""
        return not (self.active or self.waiting or self.present)


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
    vault: Vault | None = None,
) -> ImportReport:
    """Import a list, whole or not at all; a dry run says what would happen.

    A list of which every row is rejected changes nothing, as a dry run does.
    Rows with a place enter as *active, not yet verified* (cut-over) with a number
    each; rows with an address alone become drafts. Rows with errors stay out and
    go to ``rejects``, if it is named, with their reasons.

    Args:
        datum: what the list's coordinates refer to; needed if it has any.
        document_number: the document that orders the cut-over.
        area_code: six digits the numbers begin with; otherwise the code of the
            district a station lies in.
        vault: seals the people of the list, who wait for staff to complete them; without
            one they are left out.

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
    network = in_use(connection)
    source = read_stations(path, datum=known, bounds=network.bounds if network else None)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with connection.transaction(force_rollback=dry_run) as work:
        claim_real(connection, f"import {path.name}")
        batch = _open_batch(connection, path, digest, source, document_number)
        present, fresh = _divide(connection, source)
        entries = [_entry(row, source.datum, batch) for row in fresh]
        today = datetime.now(settings.zone).date()
        entries = _numbered(connection, entries, area_code, today=today)
        ids = stations.insert(connection, entries)
        far = _far(connection, settings, fresh, entries)
        report = _report(source, fresh, present, far, dry_run=dry_run)
        if vault is not None:
            report = _with_people(connection, vault, report, fresh, ids, batch, today=today)
        stations.close_batch(connection, batch, _counts(report))
        register.record(connection, "stations.import", path.name, _counts(report))
        # before the commit: without its rejects an import cannot be taken up again
        if rejects is not None and (report.rejected or report.present):
            write_rejects(rejects, [*report.rejected, *report.present], columns=source.columns)
        if report.useless:
            work.force_rollback = True
    return report


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
            zh="这个文件已经导入过,没有做任何改动。请导入改正后的文件,或只导入新的行。",
        )
    return batch


def _divide(
    connection: Connection, source: StationFile
) -> tuple[list[StationRow], list[StationRow]]:
    """Part the accepted rows into those that are known already and those that are new."""
    known = dict.fromkeys(stations.names_and_addresses(connection), _REGISTERED)
    present: list[StationRow] = []
    fresh: list[StationRow] = []
    for row in source.accepted:
        key = _facts(row).name, _facts(row).address
        if key in known:
            present.append(replace(row, facts=None, errors=(known[key],)))
        else:
            known[key] = FieldError(
                "name", f"row {row.number} has the same name and address",
                f"与第 {row.number} 行同名同址",
            )  # fmt: skip
            fresh.append(row)
    return present, fresh


def _facts(row: StationRow) -> StationFacts:
    if row.facts is None:
        raise ValueError(f"row {row.number} was rejected")
    return row.facts


def _entry(row: StationRow, datum: str | None, batch: int) -> NewStation:
    facts = _facts(row)
    if facts.longitude is None or facts.latitude is None:
        return NewStation(
            facts, State.DRAFT, batch_id=batch, batch_row=row.number, further=row.further
        )
    longitude, latitude = to_wgs84(facts.longitude, facts.latitude, datum=str(datum))
    return NewStation(
        replace(facts, longitude=longitude, latitude=latitude),
        State.DRAFT if row.draft else State.ACTIVE,
        further=row.further,
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
    placed = [i for i, entry in enumerate(entries) if entry.state is State.ACTIVE]
    places = [(entries[i].facts.longitude or 0.0, entries[i].facts.latitude or 0.0) for i in placed]
    far = far_from_streets(settings, in_use(connection), places)
    return tuple(rows[i] for i, away in zip(placed, far, strict=True) if away)


def _with_people(
    connection: Connection,
    vault: Vault,
    report: ImportReport,
    rows: list[StationRow],
    ids: list[int],
    batch: int,
    *,
    today: date,
) -> ImportReport:
    """Keep the people of the rows that were entered, sealed, and say what of them is wrong."""
    found = [
        (station, row.number, person)
        for row, station in zip(rows, ids, strict=True)
        for person in report.source.contacts.get(row.number, ())
    ]
    handled = Handled()
    import_contacts.handle(
        connection, vault, None, [(station, person) for station, _, person in found],
        batch_id=batch, today=today, done=handled,
    )  # fmt: skip
    notes = tuple((row, person.problem) for _, row, person in found if person.problem)
    return replace(report, people=handled, people_notes=notes)


def _report(
    source: StationFile,
    fresh: list[StationRow],
    present: list[StationRow],
    far: tuple[StationRow, ...],
    *,
    dry_run: bool,
) -> ImportReport:
    with_hours = [_facts(row) for row in fresh if _facts(row).hours_text or _facts(row).hours]
    active = sum(_facts(row).placed and not row.draft for row in fresh)
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
