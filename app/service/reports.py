"""Riders' reports: made without an account, found by ticket, answered by keepers and staff."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.domain.actor import Actor
from app.domain.errors import Conflict, NotFound
from app.domain.lifecycle import FACTS, State
from app.domain.reports import (
    OF_DEVICE,
    OF_NETWORK,
    SAME_WITHIN,
    check_answer,
    check_report,
    read_ticket,
)
from app.service import _report_writing, station_pages
from app.service._report_writing import Draft
from app.service._sources import Marker, Marks, Source, Spot
from app.service.runtime import Runtime
from app.service.stored_files import StoredFile
from app.settings import Settings
from app.store import report_sources, reports, stored_files
from app.store.database import Connection
from app.store.reports import ReportRow, Ticketed
from app.store.rights import acting_as, refusals, settled
from app.store.stations import StationRecord

__all__ = [
    "Draft", "Made", "ReportRow", "Source", "Spot", "Ticketed", "answer", "counts",
    "erase_old", "find", "forget_sources", "listed", "make", "photo_of", "reportable",
]  # fmt: skip

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Made:
    """A report, and whether it was new."""

    report: Ticketed
    fresh: bool


def reportable(harbor: Runtime, text: str) -> StationRecord:
    """Return the public station that a number leads to; of a merged one the survivor.

    Raises:
        InvalidInput, NotFound: if the number is mistyped or unknown.
        Conflict: if the station is not open to the public any more.
    """
    record, survivor = station_pages.find(harbor, text)
    for one in (record, survivor):
        if one is not None and FACTS[State(one.state)].public:
            return one
    facts = FACTS[State(record.state)]
    raise Conflict(
        f"Station {record.code} is {facts.name_en.lower()}; nothing about it is taken any more.",
        zh=f"站点 {record.code} 已是“{facts.name}”,不再受理。",
    )


def make(harbor: Runtime, draft: Draft, source: Source, *, at: datetime | None = None) -> Made:
    """Take a report; the same one sent again is answered with the ticket of the first.

    Args:
        at: the moment that counts as now; a phone's own clock never does.

    Raises:
        InvalidInput, InvalidValue: if a part of it cannot be used.
        NotFound, Conflict: as :func:`reportable`.
        TooMany: if the source has sent enough for now.
    """
    now = at or datetime.now(UTC)
    plain = replace(draft, text=" ".join(draft.text.split()))
    check_report(plain.kind, plain.text, len(plain.photo or b""))
    record = reportable(harbor, plain.station)
    with harbor.connection() as connection:

        def admitted() -> Ticketed | None:
            with connection.transaction():
                marker = Marker(connection, harbor.vault, source, now)
                known = _known(connection, plain, record, marker.marks(), now)
                if known is None:
                    marker.spend("report", network=OF_NETWORK, device=OF_DEVICE)
                return known

        known = settled(admitted)
        if known is not None:
            return Made(known, fresh=False)
        # decoding takes its time, and holds no transaction open
        photo = None if plain.photo is None else _report_writing.read(plain.photo)

        def kept() -> Made:
            with connection.transaction():
                reports.lock_station(connection, record.id)
                marks = Marker(connection, harbor.vault, source, now).marks()
                known = _known(connection, plain, record, marks, now)
                if known is not None:
                    return Made(known, fresh=False)
                ticket = _report_writing.write(
                    connection, harbor.settings, harbor.snapshot().calendar, plain, record, marks,
                    photo, now,
                )  # fmt: skip
                return Made(_by_ticket(connection, ticket), fresh=True)

        return settled(kept)


def _known(
    connection: Connection,
    draft: Draft,
    record: StationRecord,
    marks: list[Marks],
    now: datetime,
) -> Ticketed | None:
    """Return the report that this one is another copy of."""
    found = None if draft.once is None else reports.by_once(connection, draft.once)
    return found or reports.same(
        connection,
        devices=[one.device for one in marks],
        station_id=record.id,
        kind=draft.kind,
        since=now - SAME_WITHIN,
    )


def _by_ticket(connection: Connection, ticket: str) -> Ticketed:
    found = reports.by_ticket(connection, ticket)
    if found is None:
        raise NotFound(
            "No report has this ticket.",
            remedy="Compare it with what the page showed when you sent the report.",
            zh="没有这个查询码的报告,请核对。",
        )
    return found


def find(connection: Connection, ticket: str) -> Ticketed:
    """Return what became of a report; never what was written or photographed.

    Raises:
        InvalidInput, NotFound: if the ticket is none, or none of ours.
    """
    plain = read_ticket(ticket)
    with connection.transaction():
        return _by_ticket(connection, plain)


def listed(
    connection: Connection,
    actor: Actor,
    *,
    station_id: int | None = None,
    closed: bool = False,
    newest: bool = False,
    most: int = MOST_LISTED,
) -> list[ReportRow]:
    """Return the reports in a person's scope, a keeper's those of his stations.

    Args:
        station_id: of this station alone.
        closed: those that were answered, the newest answer first, rather than the open
            ones, the oldest first.
        newest: open ones the newest first.
    """
    with acting_as(connection, actor):
        return reports.listed(
            connection, station_id=station_id, closed=closed, newest=newest, most=most
        )


def counts(connection: Connection, actor: Actor, station_id: int) -> dict[str, int]:
    """Return how many reports of a station are ``open`` and ``closed``, in the person's sight."""
    with acting_as(connection, actor):
        return dict(reports.counts(connection, station_id))


def answer(
    connection: Connection, actor: Actor, report_id: int, *, answer: str, note: str = ""
) -> int:
    """Answer a report, and with it those of its station that say the same.

    That a door is open, or was not locked at all, lifts the doubts about it.

    Args:
        answer: a code of :class:`app.domain.reports.ReportAnswer`.
        note: for colleagues; the reporter never reads it.

    Returns:
        How many reports were closed by it.

    Raises:
        InvalidInput: if the answer is none, or the note too long.
        NotFound, ForbiddenHere: if the person may not see or not answer it.
        Conflict: if somebody has answered it already.
    """
    plain = " ".join(note.split())
    said = check_answer(answer, plain)
    attempted = f"answer report {report_id}"

    def once() -> int:
        with acting_as(connection, actor):
            if reports.get(connection, report_id) is None:
                raise _unseen(report_id)
            with refusals(attempted):
                return reports.answer(connection, report_id, said=said.value, note=plain)

    closed = settled(once)
    if not closed:
        raise Conflict(
            f"Could not {attempted}: somebody has answered it already.",
            zh="这条报告已有人答复。",
        )
    return closed


def photo_of(connection: Connection, actor: Actor, report_id: int) -> StoredFile:
    """Return the photo of a report, for staff of the scope and the station's keepers.

    Raises:
        NotFound: if the person may not see it, or there is none.
    """
    with acting_as(connection, actor):
        row = reports.get(connection, report_id)
        found = row and row.photo_id and stored_files.get(connection, row.photo_id)
    if not found:
        raise _unseen(report_id)
    return found


def _unseen(report_id: int) -> NotFound:
    return NotFound(
        f"There is no report {report_id} among those you may see.",
        zh="在您可见的范围内没有这条报告。",
    )


def erase_old(connection: Connection, settings: Settings, now: datetime) -> int:
    """Erase texts, photos and notes of reports closed long ago; return of how many."""
    before = now - timedelta(days=settings.report_days)
    with connection.transaction():
        return reports.erase(connection, closed_before=before)


def forget_sources(connection: Connection, now: datetime) -> int:
    """Destroy the salts whose day is over, and every mark made under them; return how many."""
    with connection.transaction():
        return report_sources.destroy_salts(connection, now)
