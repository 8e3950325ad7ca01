"""Scenarios that planners saved, and what became of their items in the register."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class SavedScenario:
    """A scenario as it was saved; question and changes are JSON.

    Attributes:
        made_by, changed_by: names of people, empty where the acting person may not know them.
    """

    id: int
    name: str
    note: str
    question: dict[str, Any]
    changes: list[dict[str, Any]]
    revision: int
    made_by: str
    made_at: datetime
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ListedScenario:
    """A scenario as a list shows it; ``items`` counts its changes."""

    id: int
    name: str
    note: str
    items: int
    revision: int
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of an item.

    Attributes:
        station_id: the draft of a new station, or the station that a request would change.
        request_id: the request, None for a draft.
        content: the digest of what the item said when it was turned.
        state: of the request, else of the draft; None where the acting person sees neither.
    """

    item: str
    station_id: int
    request_id: int | None
    content: str
    state: str | None


_WHO = "coalesce((SELECT n.name FROM scenario_people(s.id) n WHERE n.id = s.{}), '')"
_SAVED = (
    "SELECT s.id, s.name, s.note, s.question, s.changes, s.revision,"
    f" {_WHO.format('made_by')}, s.made_at, {_WHO.format('changed_by')}, s.changed_at"
    " FROM scenario s WHERE s.deleted_at IS NULL"
)


def may_plan(connection: Connection) -> bool:
    """Whether the acting person draws up scenarios and areas; the operator may, too."""
    row = connection.execute("SELECT acts_as_planner()").fetchone()
    return row is not None and bool(row[0])


def listed(connection: Connection, *, most: int) -> list[ListedScenario]:
    """Return scenarios, the last changed first."""
    rows = connection.execute(
        "SELECT s.id, s.name, s.note, jsonb_array_length(s.changes), s.revision,"
        f" {_WHO.format('changed_by')}, s.changed_at FROM scenario s"
        " WHERE s.deleted_at IS NULL ORDER BY s.changed_at DESC, s.id DESC LIMIT %s",
        (most,),
    ).fetchall()
    return [ListedScenario(*row) for row in rows]


def find(connection: Connection, scenario_id: int, *, lock: bool = False) -> SavedScenario | None:
    """Return a scenario, None if there is none, or it was deleted.

    Args:
        lock: let nobody change it until the transaction ends; it takes the right to.
    """
    locked = " FOR UPDATE OF s" if lock else ""
    row = connection.execute(f"{_SAVED} AND s.id = %s{locked}", (scenario_id,)).fetchone()
    return None if row is None else SavedScenario(*row)


def insert(
    connection: Connection,
    *,
    name: str,
    note: str,
    question: Mapping[str, Any],
    changes: Sequence[Mapping[str, Any]],
) -> int:
    """Save a new scenario; return its id."""
    row = connection.execute(
        "INSERT INTO scenario (name, note, question, changes) VALUES (%s, %s, %s, %s) RETURNING id",
        (name, note, Jsonb(dict(question)), Jsonb(list(changes))),
    ).fetchone()
    return 0 if row is None else int(row[0])


def update(
    connection: Connection,
    scenario_id: int,
    *,
    name: str,
    note: str,
    question: Mapping[str, Any],
    changes: Sequence[Mapping[str, Any]],
) -> None:
    """Save a scenario anew; what became of items that it has no more is forgotten."""
    connection.execute(
        "UPDATE scenario SET (name, note, question, changes) = (%s, %s, %s, %s) WHERE id = %s",
        (name, note, Jsonb(dict(question)), Jsonb(list(changes)), scenario_id),
    )


def forget_entries(connection: Connection, scenario_id: int, *, but: Mapping[str, str]) -> None:
    """Forget what became of all items but these, given with the digests of what they say."""
    connection.execute(
        "DELETE FROM scenario_entry WHERE scenario_id = %s AND (item, content) NOT IN"
        " (SELECT * FROM unnest(%s::text[], %s::text[]))",
        (scenario_id, list(but), list(but.values())),
    )


def delete(connection: Connection, scenario_id: int) -> None:
    """Take a scenario out of everybody's sight."""
    connection.execute(
        "UPDATE scenario SET deleted_at = clock_timestamp() WHERE id = %s", (scenario_id,)
    )


def entries(
    connection: Connection, scenario_id: int, items: Sequence[str] | None = None
) -> dict[str, Entry]:
    """Return what became of a scenario's items, or of some of them, by item."""
    rows = connection.execute(
        "SELECT e.item, e.station_id, e.request_id, e.content,"
        " CASE WHEN e.request_id IS NULL THEN s.state ELSE c.state END FROM scenario_entry e"
        " LEFT JOIN station s ON s.id = e.station_id"
        " LEFT JOIN change_request c ON c.id = e.request_id"
        " WHERE e.scenario_id = %(id)s AND (%(items)s::text[] IS NULL OR e.item = ANY(%(items)s))"
        " ORDER BY e.item",
        {"id": scenario_id, "items": None if items is None else list(items)},
    ).fetchall()
    return {str(row[0]): Entry(*row) for row in rows}


def lock_entries(connection: Connection, scenario_id: int) -> None:
    """Let nobody else enter items of a scenario until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('scenario_entry'), %s)",
                       (scenario_id % 2**31,))  # fmt: skip


def enter(
    connection: Connection,
    scenario_id: int,
    items: Mapping[str, str],
    *,
    station_id: int,
    request_id: int | None = None,
) -> None:
    """Remember what became of items; what was remembered of them before is replaced.

    Args:
        items: with the digests of what they say.
    """
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO scenario_entry (scenario_id, item, content, station_id, request_id)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (scenario_id, item) DO UPDATE"
            " SET (content, station_id, request_id) ="
            " (excluded.content, excluded.station_id, excluded.request_id)",
            [(scenario_id, *item, station_id, request_id) for item in items.items()],
        )
