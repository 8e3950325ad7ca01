"""The audit: events that are appended and never changed, and a search of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Event:
    """One event; ``login`` is what the session logged in as, ``user_id`` the person."""

    id: int
    at: datetime
    login: str
    user_id: int | None
    request_id: str | None
    action: str
    subject: str
    details: dict[str, Any]


def record(
    connection: Connection, action: str, subject: str, details: Mapping[str, Any] | None = None
) -> int:
    """Append an event in the name of the acting person and request; return its id."""
    row = connection.execute(
        "SELECT record_event(%s, %s, %s)", (action, subject, Jsonb(dict(details or {})))
    ).fetchone()
    return 0 if row is None else int(row[0])


def search(
    connection: Connection,
    *,
    subject: str | None = None,
    user_id: int | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before_id: int | None = None,
    most: int = 100,
) -> list[Event]:
    """Return events, newest first; who may not read the audit gets none.

    Args:
        action: its name, or the beginning of it up to a dot: ``station``.
        since, until: from the one moment on, and before the other.
        before_id: older ones than this, for the next page.
    """
    conditions = {
        "subject = %(subject)s": subject,
        "user_id = %(user_id)s": user_id,
        "(action = %(action)s OR starts_with(action, %(action)s || '.'))": action,
        "at >= %(since)s": since,
        "at < %(until)s": until,
        "id < %(before_id)s": before_id,
    }
    chosen = [condition for condition, value in conditions.items() if value is not None]
    rows = connection.execute(
        "SELECT id, at, actor, user_id, request_id, action, subject, details FROM audit_event"
        f" WHERE {' AND '.join(chosen) or 'true'} ORDER BY id DESC LIMIT %(most)s",
        {
            "subject": subject, "user_id": user_id, "action": action, "since": since,
            "until": until, "before_id": before_id, "most": most,
        },
    ).fetchall()  # fmt: skip
    return [Event(*row) for row in rows]
