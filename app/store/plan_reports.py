"""Reports of the planner's workbench: asked for, made once, kept as they were made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class PlanReport:
    """A row of table ``plan_report`` without its shapes.

    Attributes:
        run: the coverage run whose figures it reports; None until it is made.
        material: everything it says; None until it is made.
        maker: the name of who asked for it, empty for the server's operator.
    """

    id: int
    question: dict[str, Any]
    changes: list[dict[str, Any]]
    run: int | None
    material: dict[str, Any] | None
    made_by: int | None
    maker: str
    made_at: datetime


_COLUMNS = (
    "r.id, r.question, r.changes, r.run, {material}, r.made_by, coalesce(p.name, ''), r.made_at"
    " FROM plan_report r LEFT JOIN plan_people() p ON p.id = r.made_by"
)


def begin(
    connection: Connection, question: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]
) -> int:
    """Note as the acting person what a report is asked about; return its number."""
    row = connection.execute(
        "INSERT INTO plan_report (question, changes) VALUES (%s, %s) RETURNING id",
        (Jsonb(dict(question)), Jsonb([dict(change) for change in changes])),
    ).fetchone()
    return 0 if row is None else int(row[0])


def finish(
    connection: Connection, report_id: int, *, run: int, material: Mapping[str, Any], shapes: bytes
) -> None:
    """Keep what a report says and what its map draws, as who asked for it; once."""
    connection.execute(
        "UPDATE plan_report SET run = %s, material = %s, shapes = %s WHERE id = %s",
        (run, Jsonb(dict(material)), shapes, report_id),
    )


def find(connection: Connection, report_id: int) -> PlanReport | None:
    """Return a report, None if there is none in sight."""
    columns = _COLUMNS.format(material="r.material")
    row = connection.execute(f"SELECT {columns} WHERE r.id = %s", (report_id,)).fetchone()
    return None if row is None else PlanReport(*row)


def shapes(connection: Connection, report_id: int) -> bytes | None:
    """Return what the map of a report draws, None if it is not made."""
    row = connection.execute(
        "SELECT shapes FROM plan_report WHERE id = %s", (report_id,)
    ).fetchone()
    return None if row is None or row[0] is None else bytes(row[0])


def latest(connection: Connection, *, most: int) -> list[PlanReport]:
    """Return the newest reports that were made, without what they say but their titles."""
    columns = _COLUMNS.format(material="jsonb_build_object('title', r.material -> 'title')")
    rows = connection.execute(
        f"SELECT {columns} WHERE r.material IS NOT NULL ORDER BY r.id DESC LIMIT %s", (most,)
    ).fetchall()
    return [PlanReport(*row) for row in rows]
