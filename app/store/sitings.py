"""Sitings: what planners asked for, and what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class StoredSiting:
    """A row of table ``siting``; ``result`` is None until it is found."""

    id: int
    question: dict[str, Any]
    changes: list[dict[str, Any]]
    options: dict[str, Any]
    result: dict[str, Any] | None
    asked_by: int | None
    asked_at: datetime


def begin(
    connection: Connection,
    *,
    question: Mapping[str, Any],
    changes: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any],
) -> int:
    """Note as the acting person what is asked; return its number."""
    row = connection.execute(
        "INSERT INTO siting (question, changes, options) VALUES (%s, %s, %s) RETURNING id",
        (Jsonb(dict(question)), Jsonb([dict(one) for one in changes]), Jsonb(dict(options))),
    ).fetchone()
    return 0 if row is None else int(row[0])


def find(connection: Connection, siting_id: int) -> StoredSiting | None:
    """Return a siting, None if there is none in sight."""
    row = connection.execute(
        "SELECT id, question, changes, options, result, asked_by, asked_at FROM siting"
        " WHERE id = %s",
        (siting_id,),
    ).fetchone()
    return None if row is None else StoredSiting(*row)


def finish(connection: Connection, siting_id: int, result: Mapping[str, Any]) -> None:
    """Keep what was found, as who asked for it; once."""
    connection.execute(
        "UPDATE siting SET result = %s WHERE id = %s", (Jsonb(dict(result)), siting_id)
    )
