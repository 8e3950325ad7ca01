"""Inspections and rectifications as they stood at a moment, in the acting person's sight."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Looked:
    """An inspection that was submitted by then."""

    id: int
    station_id: int
    station_name: str
    kind: str
    inspected_on: date
    inspector_id: int
    passed: bool
    score: Decimal | None
    stars: int | None


@dataclass(frozen=True, slots=True)
class Ordered:
    """A rectification that was open then; ``deadline`` is that of then."""

    station_id: int
    station_name: str
    station_code: str | None
    reason: str
    opened_at: datetime
    deadline: date


def latest(connection: Connection, *, moment: datetime, most: int) -> list[Looked]:
    """Return the inspections that were submitted last, the newest first."""
    rows = connection.execute(
        "SELECT i.id, i.station_id, s.name, i.kind, i.inspected_on, i.inspector_id, i.passed,"
        " i.score, i.stars FROM inspection i JOIN station s ON s.id = i.station_id"
        " WHERE i.state = 'submitted' AND i.submitted_at <= %s"
        " ORDER BY i.submitted_at DESC, i.id DESC LIMIT %s",
        (moment, most),
    ).fetchall()
    return [Looked(*row) for row in rows]


def open_orders(connection: Connection, *, moment: datetime, most: int) -> list[Ordered]:
    """Return the rectifications that were open, the most urgent first.

    A deadline that was put off since is told as it was before.
    """
    rows = connection.execute(
        "SELECT r.station_id, s.name, s.code, r.reason, r.opened_at, coalesce((SELECT e.was"
        " FROM station_extension e WHERE e.station_id = r.station_id AND e.state = 'rectifying'"
        " AND e.made_at > %(moment)s AND e.made_at <= coalesce(r.closed_at, 'infinity')"
        " ORDER BY e.made_at, e.id LIMIT 1), r.deadline) AS deadline"
        " FROM rectification r JOIN station s ON s.id = r.station_id"
        " WHERE r.opened_at <= %(moment)s AND (r.closed_at IS NULL OR r.closed_at > %(moment)s)"
        " ORDER BY deadline, r.id LIMIT %(most)s",
        {"moment": moment, "most": most},
    ).fetchall()
    return [Ordered(*row) for row in rows]
