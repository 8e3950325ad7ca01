"""What planners' maps are drawn of: the question behind a key."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from psycopg.types.json import Jsonb

from app.store.database import Connection


def keep(
    connection: Connection, key: str, question: Mapping[str, Any], changes: Sequence[Any]
) -> None:
    """Remember a question, or that it was asked again."""
    connection.execute(
        "INSERT INTO plan_view (key, question, changes) VALUES (%s, %s, %s)"
        " ON CONFLICT (key) DO UPDATE SET asked_at = clock_timestamp()"
        " WHERE plan_view.asked_at < clock_timestamp() - interval '1 hour'",
        (key, Jsonb(dict(question)), Jsonb(list(changes))),
    )


def find(connection: Connection, key: str) -> tuple[dict[str, Any], list[Any]] | None:
    """Return the question and changes behind a key."""
    row = connection.execute(
        "SELECT question, changes FROM plan_view WHERE key = %s", (key,)
    ).fetchone()
    return None if row is None else (row[0], row[1])


def forget(connection: Connection, *, older_than: timedelta) -> int:
    """Remove what nobody asked for lately; return how many."""
    return connection.execute(
        "DELETE FROM plan_view WHERE asked_at < clock_timestamp() - %s", (older_than,)
    ).rowcount
