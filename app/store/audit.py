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
    request_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before_id: int | None = None,
    most: int = 100,
) -> list[Event]:
    """Return events, newest first; who may not read the audit gets none.

    Args:
        action: its name, or the beginning of it up to a dot: ``station``.
        request_id: the request that it belongs to.
        since, until: from the one moment on, and before the other.
        before_id: older ones than this, for the next page.
    """
    conditions = {
        "subject = %(subject)s": subject,
        "user_id = %(user_id)s": user_id,
        # compared as signs, which the index is, whatever the language of the database
        'action COLLATE "C" BETWEEN %(action)s AND %(last)s': action,
        "request_id = %(request_id)s": request_id,
        "at >= %(since)s": since,
        "at < %(until)s": until,
        "id < %(before_id)s": before_id,
    }
    chosen = [condition for condition, value in conditions.items() if value is not None]
    rows = connection.execute(
        "SELECT id, at, actor, user_id, request_id, action, subject, details FROM audit_event"
        f" WHERE {' AND '.join(chosen) or 'true'} ORDER BY id DESC LIMIT %(most)s",
        {
            "subject": subject, "user_id": user_id, "since": since, "until": until,
            "action": _first(action), "last": _last(action), "request_id": request_id,
            "before_id": before_id, "most": most,
        },
    ).fetchall()  # fmt: skip
    return [Event(*row) for row in rows]


def may_read(connection: Connection) -> bool:
    """Whether the acting person may read the audit: auditors and admins of the whole city."""
    row = connection.execute(
        "SELECT acting_roles(NULL) && '{auditor,city_admin}'::text[]"
    ).fetchone()
    return row is not None and bool(row[0])


def actions(connection: Connection) -> list[str]:
    """Return the names of all actions that ever were, hopping from one to the next."""
    rows = connection.execute(
        "WITH RECURSIVE hop AS ((SELECT action FROM audit_event"
        ' ORDER BY action COLLATE "C", id LIMIT 1)'
        ' UNION ALL SELECT (SELECT e.action FROM audit_event e WHERE e.action COLLATE "C"'
        ' > hop.action COLLATE "C" ORDER BY e.action COLLATE "C", e.id LIMIT 1)'
        " FROM hop WHERE hop.action IS NOT NULL)"
        " SELECT action FROM hop WHERE action IS NOT NULL"
    ).fetchall()
    return [str(row[0]) for row in rows]


def people(connection: Connection) -> dict[int, str]:
    """Return the names of all accounts that the acting person sees, by id."""
    rows = connection.execute(
        "SELECT id, coalesce(nullif(full_name, ''), name) FROM user_account ORDER BY name"
    ).fetchall()
    return {int(id_): str(name) for id_, name in rows}


def _first(action: str | None) -> str | None:
    return action if action is None or "." in action else action + "."


def _last(action: str | None) -> str | None:
    # "/" is the sign after the dot
    return action if action is None or "." in action else action + "/"
