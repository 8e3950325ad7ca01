"""Figures that were reported and stand for good, with their inputs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class FrozenFigure:
    """A row of table ``frozen_figure``, with the names of people beside their ids."""

    id: int
    title: str
    run: int
    inputs: dict[str, Any]
    result: dict[str, Any]
    method: str
    frozen_by: int | None
    freezer: str
    frozen_at: datetime
    note: str
    signed_by: int | None
    signer: str
    signed_at: datetime | None


_SELECT = (
    "SELECT f.id, f.title, f.run, f.inputs, f.result, f.method, f.frozen_by,"
    " coalesce(a.name, ''), f.frozen_at, f.note, f.signed_by, coalesce(b.name, ''), f.signed_at"
    " FROM frozen_figure f LEFT JOIN plan_people() a ON a.id = f.frozen_by"
    " LEFT JOIN plan_people() b ON b.id = f.signed_by"
)


def freeze(connection: Connection, *, run: int, title: str, note: str) -> int:
    """Freeze the figures of a run as the acting person; return the frozen figure's number."""
    row = connection.execute(
        "INSERT INTO frozen_figure (title, run, note) VALUES (%s, %s, %s) RETURNING id",
        (title, run, note),
    ).fetchone()
    return 0 if row is None else int(row[0])


def sign(connection: Connection, figure_id: int, *, signed_by: int) -> None:
    """Sign a figure off as the acting person."""
    connection.execute(
        "UPDATE frozen_figure SET signed_by = %s WHERE id = %s", (signed_by, figure_id)
    )


def find(connection: Connection, figure_id: int) -> FrozenFigure | None:
    """Return a frozen figure, None if there is none in sight."""
    row = connection.execute(f"{_SELECT} WHERE f.id = %s", (figure_id,)).fetchone()
    return None if row is None else FrozenFigure(*row)


def listed(connection: Connection, *, most: int) -> list[FrozenFigure]:
    """Return the newest frozen figures."""
    rows = connection.execute(f"{_SELECT} ORDER BY f.id DESC LIMIT %s", (most,)).fetchall()
    return [FrozenFigure(*row) for row in rows]
