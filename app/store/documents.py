"""Documents (文号) that decisions were made by, and what was decided by each."""

from dataclasses import dataclass
from datetime import date, datetime

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document that the acting person sees.

    Attributes:
        union_name: whose it is, empty for the whole city.
        file_id: its scan, None if there is none yet.
        stations: how many stations of the person's sight were last decided on by it.
        awards: how many awards were given by it.
    """

    id: int
    number: str
    title: str
    dated: date | None
    union_name: str
    file_id: int | None
    recorded_at: datetime
    stations: int
    awards: int


_SELECT = (
    "SELECT d.id, d.number, d.title, d.dated, coalesce(u.name, ''), d.file_id, d.recorded_at,"
    " (SELECT count(*) FROM station s WHERE s.document_id = d.id),"
    " (SELECT count(*) FROM station_award a WHERE a.document_id = d.id)"
    " FROM document d LEFT JOIN union_body u ON u.id = d.union_id"
)


def listed(
    connection: Connection, *, words: str, after: int | None, most: int
) -> list[DocumentRecord]:
    """Return documents whose number or title holds the words, the newest first."""
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = connection.execute(
        f"{_SELECT} WHERE (d.number ILIKE %(like)s OR d.title ILIKE %(like)s)"
        " AND (%(after)s::bigint IS NULL OR d.id < %(after)s) ORDER BY d.id DESC LIMIT %(most)s",
        {"like": pattern, "after": after, "most": most},
    ).fetchall()
    return [DocumentRecord(*row) for row in rows]


def find(connection: Connection, document_id: int) -> DocumentRecord | None:
    """Return a document, None if the acting person does not see it."""
    row = connection.execute(f"{_SELECT} WHERE d.id = %s", (document_id,)).fetchone()
    return None if row is None else DocumentRecord(*row)


def owner(connection: Connection, document_id: int) -> int | None:
    """Return the union whose document it is."""
    row = connection.execute(
        "SELECT union_id FROM document WHERE id = %s", (document_id,)
    ).fetchone()
    return None if row is None else row[0]


def decided(connection: Connection, document_id: int, *, most: int) -> list[tuple[int, str, str]]:
    """Return id, name and state of stations that were last decided on by a document."""
    rows = connection.execute(
        "SELECT id, name, state FROM station WHERE document_id = %s ORDER BY id LIMIT %s",
        (document_id, most),
    ).fetchall()
    return [(int(id_), str(name), str(state)) for id_, name, state in rows]


def of_station(connection: Connection, station_id: int) -> list[DocumentRecord]:
    """Return every document that a station was ever decided on by, the oldest first."""
    rows = connection.execute(
        f"{_SELECT} WHERE d.id IN (SELECT (v.facts->>'document_id')::bigint"
        " FROM station_version v WHERE v.station_id = %(id)s"
        " UNION SELECT a.document_id FROM station_award a WHERE a.station_id = %(id)s)"
        " ORDER BY d.id",
        {"id": station_id},
    ).fetchall()
    return [DocumentRecord(*row) for row in rows]
