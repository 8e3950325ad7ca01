"""Merges of stations, their splitting, and where a merged number leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.store.changes import outside
from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Merge:
    """One record taken over by another; ``split_at`` is None for as long as it is."""

    id: int
    survivor_id: int
    merged_id: int
    reason: str
    made_at: datetime
    split_at: datetime | None
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brought:
    """A field that a merge brought to the survivor, as JSON values."""

    field: str
    before: object
    brought: object
    now: object


def merge(
    connection: Connection, *, survivor: int, other: int, fields: Sequence[str], reason: str
) -> int:
    """Merge a station into another, which takes over some of its fields; return the merge's id."""
    row = connection.execute(
        "SELECT merge_stations(%s, %s, %s::text[], %s)", (survivor, other, list(fields), reason)
    ).fetchone()
    return 0 if row is None else int(row[0])


def split(connection: Connection, other: int, *, reason: str, back: Sequence[str]) -> int:
    """Split a merged station off again, taking some fields back; return the merge's id."""
    row = connection.execute(
        "SELECT split_station(%s, %s, %s::text[])", (other, reason, list(back))
    ).fetchone()
    return 0 if row is None else int(row[0])


_MERGE = (
    "SELECT id, survivor_id, merged_id, reason, made_at, split_at,"
    " ARRAY(SELECT jsonb_object_keys(changes)) FROM station_merge"
)


def _made(row: tuple[Any, ...]) -> Merge:
    values = [*row[:6], tuple(sorted(row[6]))]
    return Merge(*values)


def open_merge(connection: Connection, merged_id: int) -> Merge | None:
    """Return the merge by which a station is merged now."""
    row = connection.execute(
        f"{_MERGE} WHERE merged_id = %s AND split_at IS NULL", (merged_id,)
    ).fetchone()
    return None if row is None else _made(row)


def taken_over(connection: Connection, survivor_id: int) -> list[Merge]:
    """Return what a station has taken over and not given back, the newest first."""
    rows = connection.execute(
        f"{_MERGE} WHERE survivor_id = %s AND split_at IS NULL ORDER BY id DESC", (survivor_id,)
    ).fetchall()
    return [_made(row) for row in rows]


def brought(connection: Connection, merge_id: int) -> list[Brought]:
    """Return the fields of a merge with what the survivor had, got and has now."""
    row = connection.execute(
        "SELECT m.before, m.changes, core_facts(s) FROM station_merge m JOIN station s"
        " ON s.id = m.survivor_id WHERE m.id = %s",
        (merge_id,),
    ).fetchone()
    if row is None:
        return []
    before, changed, now = (outside(values) for values in row)
    return [Brought(key, before.get(key), changed[key], now.get(key)) for key in sorted(changed)]


def end_of_chain(connection: Connection, station_id: int) -> int | None:
    """Return where a merged station leads in the end, through those merged themselves."""
    row = connection.execute(
        "WITH RECURSIVE chain AS ("
        " SELECT merged_into AS id, 1 AS step FROM station WHERE id = %s"
        " UNION ALL SELECT s.merged_into, c.step + 1 FROM station s JOIN chain c ON s.id = c.id"
        " WHERE s.merged_into IS NOT NULL AND c.step < 100)"
        " SELECT id FROM chain WHERE id IS NOT NULL ORDER BY step DESC LIMIT 1",
        (station_id,),
    ).fetchone()
    return None if row is None else int(row[0])
