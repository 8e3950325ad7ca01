"""Reports of riders: made, found by ticket, listed for who answers them, erased."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.store.database import Connection

_STATION_LOCK = 0x72657074


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NewReport:
    """What is inserted.

    Attributes:
        words: what the rider wrote, for staff and keepers.
        salt_id, network, device: marks of the source.
        doubts_until: when the posted hours of the day end; None if they do not say open.
        decides: whether it raises a doubt.
    """

    ticket: str
    station_id: int
    kind: str
    words: str
    photo_id: int | None
    made_at: datetime
    strong: bool
    once: UUID | None
    salt_id: int
    network: bytes
    device: bytes
    doubts_until: datetime | None
    decides: bool


@dataclass(frozen=True, slots=True)
class Ticketed:
    """What a ticket opens: nothing that the reporter wrote or photographed."""

    ticket: str
    station_id: int
    code: str
    name: str
    name_en: str
    kind: str
    made_at: datetime
    closed_at: datetime | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report as staff and keepers see it.

    Attributes:
        may_answer: whether the acting person may answer it.
    """

    id: int
    ticket: str
    station_id: int
    code: str | None
    name: str
    kind: str
    words: str
    photo_id: int | None
    made_at: datetime
    strong: bool
    closed_at: datetime | None
    answer: str | None
    note: str
    may_answer: bool


@dataclass(frozen=True, slots=True)
class LockedRow:
    """A report of a locked door, to be compared with the next one."""

    made_at: datetime
    doubts_until: datetime
    strong: bool
    salt_id: int
    network: bytes
    device: bytes


_TICKETED = (
    "SELECT r.ticket, s.id, s.code, s.name, s.name_en, r.kind, r.made_at, r.closed_at, r.answer"
    " FROM report r JOIN station s ON s.id = r.station_id"
)
_ROW = (
    "SELECT r.id, r.ticket, s.id, s.code, s.name, r.kind, r.words, r.photo_id, r.made_at,"
    " r.strong, r.closed_at, r.answer, r.note, tends_station(s.id)"
    " FROM report r JOIN station s ON s.id = r.station_id"
)


def lock_station(connection: Connection, station_id: int) -> None:
    """Let no other report or proof of a station come between until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_STATION_LOCK, station_id))


def add(connection: Connection, report: NewReport) -> int:
    """Insert a report as the operator; return its id."""
    row = connection.execute(
        "INSERT INTO report (ticket, station_id, kind, words, photo_id, made_at, strong, once,"
        " salt_id, source_network, source_device, doubts_until, decides)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (report.ticket, report.station_id, report.kind, report.words, report.photo_id,
         report.made_at, report.strong, report.once, report.salt_id, report.network,
         report.device, report.doubts_until, report.decides),
    ).fetchone()  # fmt: skip
    return 0 if row is None else int(row[0])


def by_ticket(connection: Connection, ticket: str) -> Ticketed | None:
    """Return what a ticket opens."""
    row = connection.execute(f"{_TICKETED} WHERE r.ticket = %s", (ticket,)).fetchone()
    return None if row is None else Ticketed(*row)


def by_once(connection: Connection, once: UUID) -> Ticketed | None:
    """Return the report that was sent with this token before."""
    row = connection.execute(f"{_TICKETED} WHERE r.once = %s", (once,)).fetchone()
    return None if row is None else Ticketed(*row)


def same(
    connection: Connection,
    *,
    devices: Sequence[bytes],
    station_id: int,
    kind: str,
    since: datetime,
) -> Ticketed | None:
    """Return the newest open report of one device, station and kind since a moment.

    Args:
        devices: the marks of the device under every salt that lives.
    """
    row = connection.execute(
        f"{_TICKETED} WHERE r.source_device = ANY(%s) AND r.station_id = %s AND r.kind = %s"
        " AND r.made_at > %s AND r.closed_at IS NULL ORDER BY r.made_at DESC, r.id DESC LIMIT 1",
        (list(devices), station_id, kind, since),
    ).fetchone()
    return None if row is None else Ticketed(*row)


def locked(
    connection: Connection, station_id: int, *, at: datetime
) -> tuple[list[LockedRow], datetime | None]:
    """Return the reports of a locked door in force at a moment, and when it was proved open."""
    rows = connection.execute(
        "SELECT made_at, doubts_until, strong, salt_id, source_network, source_device FROM report"
        " WHERE station_id = %s AND doubts_until > %s AND salt_id IS NOT NULL",
        (station_id, at),
    ).fetchall()
    proof = connection.execute(
        "SELECT proved_at FROM station_proof WHERE station_id = %s", (station_id,)
    ).fetchone()
    return [LockedRow(*row) for row in rows], None if proof is None else proof[0]


def oldest_open(connection: Connection, station_id: int, kind: str) -> int:
    """Return the id of the oldest open report of a station and kind, 0 if there is none."""
    row = connection.execute(
        "SELECT coalesce(min(id), 0) FROM report"
        " WHERE station_id = %s AND kind = %s AND closed_at IS NULL",
        (station_id, kind),
    ).fetchone()
    return 0 if row is None else int(row[0])


# reports of the acting person's own work; the rights of rows have the last word
def listed(
    connection: Connection, *, station_id: int | None, closed: bool, newest: bool, most: int
) -> list[ReportRow]:
    """Return reports in the acting person's sight: open ones, or closed ones.

    Args:
        closed: whether those that were answered are wanted, the newest answer first.
        newest: whether open ones begin with the newest, rather than the oldest.
    """
    order = "r.closed_at DESC" if closed else "r.made_at DESC" if newest else "r.made_at"
    rows = connection.execute(
        f"{_ROW} WHERE (%(station)s::bigint IS NULL OR r.station_id = %(station)s)"
        f" AND r.closed_at IS {'NOT ' if closed else ''}NULL"
        f" ORDER BY {order}, r.id LIMIT %(most)s",
        {"station": station_id, "most": most},
    ).fetchall()
    return [ReportRow(*row) for row in rows]


def get(connection: Connection, report_id: int) -> ReportRow | None:
    """Return a report, None if the acting person does not see it."""
    row = connection.execute(f"{_ROW} WHERE r.id = %s", (report_id,)).fetchone()
    return None if row is None else ReportRow(*row)


def counts(connection: Connection, station_id: int) -> Mapping[str, int]:
    """Return how many reports of a station are ``open`` and ``closed``, in one's sight."""
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE closed_at IS NULL),"
        " count(*) FILTER (WHERE closed_at IS NOT NULL) FROM report WHERE station_id = %s",
        (station_id,),
    ).fetchone()
    return dict(zip(("open", "closed"), row or (0, 0), strict=True))


def answer(connection: Connection, report_id: int, *, said: str, note: str) -> int:
    """Answer a report as the acting person, and those alike; return how many were closed."""
    row = connection.execute("SELECT answer_report(%s, %s, %s)", (report_id, said, note)).fetchone()
    return 0 if row is None else int(row[0])


def erase(connection: Connection, *, closed_before: datetime) -> int:
    """Erase words, photos and notes of reports that were closed before a moment.

    Returns:
        Of how many reports.
    """
    row = connection.execute(
        "WITH old AS (SELECT id, photo_id FROM report"
        " WHERE closed_at < %s AND erased_at IS NULL FOR UPDATE),"
        " emptied AS (UPDATE report r SET words = '', note = '', photo_id = NULL, once = NULL,"
        " erased_at = clock_timestamp() FROM old WHERE r.id = old.id RETURNING r.id)"
        " SELECT (SELECT count(*) FROM emptied),"
        " ARRAY(SELECT photo_id FROM old WHERE photo_id IS NOT NULL)",
        (closed_before,),
    ).fetchone()
    erased, photos = row if row is not None else (0, [])
    connection.execute("DELETE FROM stored_file WHERE id = ANY(%s)", (photos,))
    return int(erased)
