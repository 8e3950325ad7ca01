"""The calendar that opening hours follow: imported years over the seed, dated and audited."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.domain.calendar import Calendar, DayKind, SpecialDay, china
from app.files.calendar_days import read_days
from app.store import audit, calendars
from app.store.calendars import CalendarYear
from app.store.database import Connection

__all__ = ["CalendarYear", "ImportedYear", "SpecialDay", "import_file", "known", "listing"]


@dataclass(frozen=True, slots=True)
class ImportedYear:
    """What an import did with a year: ``new``, ``replaced`` or ``unchanged``."""

    year: int
    outcome: str
    holidays: int
    make_up_workdays: int


def known(connection: Connection, *, as_of: datetime | None = None) -> Calendar:
    """Return the calendar as it is known now, or was at a moment; a transaction is open."""
    imported = calendars.years(connection, as_of=as_of)
    if not imported:
        return china()
    return china().with_years(
        {one.year for one in imported}, [day for one in imported for day in one.days]
    )


def import_file(connection: Connection, path: Path) -> list[ImportedYear]:
    """Take a file's years in place of what was known of them, as the server's operator.

    Raises:
        UnreadableFile, InvalidInput: if the file cannot be used; every fault is named.
    """
    stated = read_days(path)
    with connection.transaction():
        before = {one.year: one.days for one in calendars.years(connection)}
        return [
            _import_year(connection, year, days, before.get(year), path.name)
            for year, days in stated.items()
        ]


def _import_year(
    connection: Connection,
    year: int,
    days: tuple[SpecialDay, ...],
    before: tuple[SpecialDay, ...] | None,
    file_name: str,
) -> ImportedYear:
    free, worked = (
        sum(one.kind is kind for one in days) for kind in (DayKind.HOLIDAY, DayKind.MAKE_UP_WORKDAY)
    )
    if days == before:
        return ImportedYear(year, "unchanged", free, worked)
    replaced = calendars.enter(connection, year, days, file_name=file_name)
    audit.record(
        connection, "calendar.import", f"calendar {year}",
        {"file": file_name, "holidays": free, "make_up_workdays": worked, "replaced": replaced},
    )  # fmt: skip
    return ImportedYear(year, "replaced" if replaced else "new", free, worked)


def listing(connection: Connection) -> tuple[list[CalendarYear], Calendar]:
    """Return the imported years in order, and the calendar that they and the seed make."""
    with connection.transaction():
        return calendars.years(connection), known(connection)
