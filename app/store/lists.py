"""Lists of stations on their way in, sealed, and what their columns meant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class StagedList:
    """A list that somebody brought; its content and rows are sealed.

    Attributes:
        plan: sheet, datum, meanings of columns and what else was decided.
        state: columns, rows, done or undone.
        counts: what became of its rows, when they were entered.
    """

    id: int
    user_id: int | None
    union_id: int | None
    file_name: str
    file_digest: str
    wrapped_key: bytes | None
    plan: Mapping[str, Any]
    state: str
    counts: Mapping[str, Any]
    batch_id: int | None
    made_at: datetime
    expires_at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A row of a list on its way in.

    Attributes:
        sealed, personal: what the row holds, and what it holds of people.
        severity: error, warning or clean.
        marks: what rows are filtered by.
        choice: enter, skip or update; None while somebody has to decide.
        hours_key: the same for rows with the same words for their hours.
        refused: why the update that was chosen was not made, in Chinese and English.
    """

    number: int
    position: int
    sealed: bytes
    personal: bytes | None
    severity: str
    marks: tuple[str, ...]
    choice: str | None
    hours_key: bytes | None
    hours_confirmed: bool
    station_id: int | None = None
    refused: tuple[str, str] = ("", "")


_LIST = (
    "SELECT i.id, i.user_id, i.union_id, i.file_name, i.file_digest, i.wrapped_key, i.plan,"
    " CASE WHEN b.undone_at IS NULL THEN i.state ELSE 'undone' END, i.counts,"
    " i.batch_id, i.made_at, i.expires_at, b.undone_at"
    " FROM staged_import i LEFT JOIN import_batch b ON b.id = i.batch_id"
)
_ROW = (
    "SELECT number, position, sealed, personal, severity, marks, choice, hours_key,"
    " hours_confirmed, station_id, refused, refused_en FROM staged_row WHERE import_id = %(list)s"
)


def stage(
    connection: Connection,
    *,
    user_id: int | None,
    union_id: int | None,
    file_name: str,
    file_digest: str,
    wrapped_key: bytes,
    content: bytes,
    plan: Mapping[str, Any],
    expires_at: datetime,
) -> int:
    """Keep a sealed list as the acting person, and return its id."""
    row = connection.execute(
        "INSERT INTO staged_import (user_id, union_id, file_name, file_digest, wrapped_key,"
        " content, plan, expires_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (user_id, union_id, file_name, file_digest, wrapped_key, content, Jsonb(dict(plan)),
         expires_at),
    ).fetchone()  # fmt: skip
    return 0 if row is None else int(row[0])


def get(connection: Connection, list_id: int, *, lock: bool = False) -> StagedList | None:
    """Return a list of the acting person; with ``lock`` nobody else changes it meanwhile."""
    row = connection.execute(
        f"{_LIST} WHERE i.id = %s{' FOR UPDATE OF i' if lock else ''}", (list_id,)
    ).fetchone()
    return None if row is None else StagedList(*row)


def every(connection: Connection, *, most: int) -> list[StagedList]:
    """Return the lists of the acting person, the newest first."""
    rows = connection.execute(f"{_LIST} ORDER BY i.id DESC LIMIT %s", (most,)).fetchall()
    return [StagedList(*row) for row in rows]


def content(connection: Connection, list_id: int) -> bytes | None:
    """Return the sealed file of a list."""
    row = connection.execute(
        "SELECT content FROM staged_import WHERE id = %s", (list_id,)
    ).fetchone()
    return None if row is None or row[0] is None else bytes(row[0])


def decide(
    connection: Connection,
    list_id: int,
    *,
    plan: Mapping[str, Any],
    state: str,
    union_id: int | None,
) -> None:
    """Write what was decided about a list."""
    connection.execute(
        "UPDATE staged_import SET plan = %s, state = %s, union_id = %s WHERE id = %s",
        (Jsonb(dict(plan)), state, union_id, list_id),
    )


def finish(
    connection: Connection, list_id: int, *, batch_id: int, counts: Mapping[str, Any]
) -> None:
    """Note that a list is entered; of it only what was not taken stays, without people."""
    connection.execute(
        "UPDATE staged_import SET state = 'done', batch_id = %s, counts = %s, content = NULL"
        " WHERE id = %s",
        (batch_id, Jsonb(dict(counts)), list_id),
    )
    connection.execute("UPDATE staged_row SET personal = NULL WHERE import_id = %s", (list_id,))


def drop(connection: Connection, list_id: int) -> bool:
    """Remove a list of the acting person with its key; return whether there was one."""
    return bool(connection.execute("DELETE FROM staged_import WHERE id = %s", (list_id,)).rowcount)


def forget(connection: Connection) -> int:
    """Remove lists whose time is over, keys and all, as the operator; return how many."""
    return connection.execute(
        "DELETE FROM staged_import WHERE expires_at < clock_timestamp()"
    ).rowcount


def write_rows(connection: Connection, list_id: int, rows: Sequence[StagedRow]) -> None:
    """Replace the rows of a list."""
    connection.execute("DELETE FROM staged_row WHERE import_id = %s", (list_id,))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO staged_row (import_id, number, position, sealed, personal, severity,"
            " marks, choice, hours_key, hours_confirmed)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (list_id, row.number, row.position, row.sealed, row.personal, row.severity,
                 list(row.marks), row.choice, row.hours_key, row.hours_confirmed)
                for row in rows
            ],
        )  # fmt: skip


_SHOWN = {
    "all": "true",
    "problems": "(severity <> 'clean' OR choice IS NULL)",
    "errors": "severity = 'error'",
    "duplicates": "marks && ARRAY['duplicate', 'present']",
    "undecided": "choice IS NULL",
    "places": "marks && ARRAY['district', 'water', 'far']",
    "people": "marks && ARRAY['people', 'people_problem']",
    "unplaced": "'unplaced' = ANY (marks)",
    "left": "severity = 'error' OR choice IS NULL OR choice = 'skip' OR refused <> ''",
}
FILTERS = tuple(_SHOWN)


def rows(
    connection: Connection, list_id: int, *, shown: str = "all", offset: int = 0, most: int | None
) -> list[StagedRow]:
    """Return rows of a list in the order of the file.

    Args:
        shown: one of :data:`FILTERS`.
        most: at most so many; None for all.
    """
    found = connection.execute(
        f"{_ROW} AND ({_SHOWN[shown]}) ORDER BY position OFFSET %(offset)s LIMIT %(most)s",
        {"list": list_id, "offset": offset, "most": most},
    ).fetchall()
    return [_row(row) for row in found]


def row(connection: Connection, list_id: int, number: int) -> StagedRow | None:
    """Return one row by its number in the file."""
    found = connection.execute(
        f"{_ROW} AND number = %(number)s", {"list": list_id, "number": number}
    ).fetchone()
    return None if found is None else _row(found)


def _row(values: tuple[Any, ...]) -> StagedRow:
    cells = [*values[:-2], values[-2:]]
    cells[5] = tuple(cells[5])
    return StagedRow(*cells)


def tallies(connection: Connection, list_id: int) -> dict[str, int]:
    """Return how many rows each filter shows, and what is still to be decided."""
    columns = ", ".join(
        f"count(*) FILTER (WHERE {rule}) AS {name}" for name, rule in _SHOWN.items()
    )
    found = connection.execute(
        f"SELECT {columns}, count(*) FILTER (WHERE severity <> 'error' AND choice = 'enter')"
        " AS entering, count(*) FILTER (WHERE choice = 'update') AS updating,"
        " count(DISTINCT hours_key) FILTER (WHERE NOT hours_confirmed) AS hours"
        " FROM staged_row WHERE import_id = %s",
        (list_id,),
    )
    names = [column.name for column in found.description or ()]
    values = found.fetchone() or ()
    return {name: int(value) for name, value in zip(names, values, strict=True)}


def hours(connection: Connection, list_id: int) -> list[tuple[bytes, int, bytes, bool]]:
    """Return each way of writing hours: its key, how many rows, one row of them, confirmed."""
    found = connection.execute(
        "SELECT hours_key, count(*), (array_agg(sealed ORDER BY position))[1],"
        " bool_and(hours_confirmed) FROM staged_row WHERE import_id = %s"
        " AND hours_key IS NOT NULL GROUP BY hours_key ORDER BY min(position)",
        (list_id,),
    ).fetchall()
    return [
        (bytes(key), int(count), bytes(sealed), bool(done)) for key, count, sealed, done in found
    ]


def rows_of_hours(connection: Connection, list_id: int, hours_key: bytes) -> list[StagedRow]:
    """Return the rows that write their hours in one way."""
    found = connection.execute(
        f"{_ROW} AND hours_key = %(key)s ORDER BY position", {"list": list_id, "key": hours_key}
    ).fetchall()
    return [_row(one) for one in found]


def confirm_hours(connection: Connection, list_id: int, hours_key: bytes | None) -> None:
    """Note that a reading of hours was confirmed, or all of them."""
    connection.execute(
        "UPDATE staged_row SET hours_confirmed = true WHERE import_id = %(list)s"
        " AND hours_key IS NOT NULL AND (%(key)s::bytea IS NULL OR hours_key = %(key)s)",
        {"list": list_id, "key": hours_key},
    )


def reseal(connection: Connection, list_id: int, rows: Sequence[StagedRow]) -> None:
    """Write rows anew whose content changed."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE staged_row SET sealed = %s, severity = %s, marks = %s, hours_confirmed = %s"
            " WHERE import_id = %s AND number = %s",
            [
                (row.sealed, row.severity, list(row.marks), row.hours_confirmed, list_id,
                 row.number)
                for row in rows
            ],
        )  # fmt: skip


def choose(
    connection: Connection, list_id: int, choice: str, *, numbers: Sequence[int] | None
) -> int:
    """Decide about rows, or about all that are undecided; return how many.

    A row with an error stays out whatever is chosen.
    """
    return connection.execute(
        "UPDATE staged_row SET choice = %(choice)s WHERE import_id = %(list)s"
        " AND severity <> 'error' AND CASE WHEN %(numbers)s::int[] IS NULL THEN choice IS NULL"
        " ELSE number = ANY(%(numbers)s) END",
        {"choice": choice, "list": list_id, "numbers": None if numbers is None else list(numbers)},
    ).rowcount


def link(connection: Connection, list_id: int, pairs: Sequence[tuple[int, int]]) -> None:
    """Note which station each row became: pairs of row number and station id."""
    connection.execute(
        "UPDATE staged_row SET station_id = v.station FROM unnest(%s::int[], %s::bigint[])"
        " AS v (number, station) WHERE import_id = %s AND staged_row.number = v.number",
        ([number for number, _ in pairs], [station for _, station in pairs], list_id),
    )


def refuse(connection: Connection, list_id: int, reasons: Sequence[tuple[int, str, str]]) -> None:
    """Note why updates were not made: row number, and the reason in Chinese and English."""
    numbers, said, said_en = zip(*reasons, strict=True) if reasons else ((), (), ())
    connection.execute(
        "UPDATE staged_row SET refused = v.zh, refused_en = v.en"
        " FROM unnest(%s::int[], %s::text[], %s::text[]) AS v (number, zh, en)"
        " WHERE import_id = %s AND staged_row.number = v.number",
        (list(numbers), list(said), list(said_en), list_id),
    )


def columns(connection: Connection, union_id: int) -> dict[str, str]:
    """Return what a union's columns meant the last time, by name."""
    found = connection.execute(
        "SELECT name, meaning FROM import_column WHERE union_id = %s", (union_id,)
    ).fetchall()
    return {str(name): str(meaning) for name, meaning in found}


def remember(connection: Connection, union_id: int, meanings: Mapping[str, str]) -> None:
    """Remember what a union's columns mean."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO import_column (union_id, name, meaning) VALUES (%s, %s, %s)"
            " ON CONFLICT (union_id, name) DO UPDATE SET meaning = excluded.meaning",
            [(union_id, name[:200], meaning) for name, meaning in meanings.items() if name],
        )
