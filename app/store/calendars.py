"""Calendars: what is announced of holidays and make-up workdays, and what was known when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.calendar import DayKind, SpecialDay
from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """A whole year as it was imported; ``days`` are in order."""

    year: int
    file_name: str
    imported_at: datetime
    days: tuple[SpecialDay, ...]


def years(connection: Connection, *, as_of: datetime | None = None) -> list[CalendarYear]:
    """Return the imported years in order, as they are known now or were at a moment."""
    rows = connection.execute(
        "SELECT y.year, y.file_name, y.valid_from, array_agg(d.day ORDER BY d.day),"
        " array_agg(d.kind ORDER BY d.day), array_agg(d.name ORDER BY d.day)"
        " FROM calendar_year y JOIN calendar_day d ON d.year_id = y.id"
        " WHERE CASE WHEN %(as_of)s::timestamptz IS NULL THEN y.valid_to IS NULL"
        "  ELSE y.valid_from <= %(as_of)s AND (y.valid_to IS NULL OR y.valid_to > %(as_of)s) END"
        " GROUP BY y.id ORDER BY y.year",
        {"as_of": as_of},
    ).fetchall()
    return [
        CalendarYear(
            year,
            file_name,
            imported_at,
            tuple(
                SpecialDay(day, DayKind(kind), name)
                for day, kind, name in zip(days, kinds, names, strict=True)
            ),
        )
        for year, file_name, imported_at, days, kinds, names in rows
    ]


def enter(connection: Connection, year: int, days: Sequence[SpecialDay], *, file_name: str) -> bool:
    """Enter a whole year from now on; return whether it replaces what was imported of it.

    Args:
        days: at least one.
    """
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    moment = row and row[0]
    ended = connection.execute(
        "UPDATE calendar_year SET valid_to = %s WHERE year = %s AND valid_to IS NULL",
        (moment, year),
    )
    made = connection.execute(
        "INSERT INTO calendar_year (year, file_name, valid_from) VALUES (%s, %s, %s) RETURNING id",
        (year, file_name, moment),
    ).fetchone()
    connection.execute(
        "INSERT INTO calendar_day (year_id, day, kind, name)"
        " SELECT %s, * FROM unnest(%s::date[], %s::text[], %s::text[])",
        (
            made and made[0],
            [one.day for one in days],
            [one.kind.value for one in days],
            [one.name for one in days],
        ),
    )
    return ended.rowcount == 1


def newest_change(connection: Connection) -> datetime | None:
    """Return when a year was last imported."""
    row = connection.execute("SELECT max(valid_from) FROM calendar_year").fetchone()
    return None if row is None else row[0]
