"""Files of the register in the database: photos, scans of documents, agreements."""

from dataclasses import dataclass
from datetime import datetime

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file with its content."""

    id: int
    name: str
    media_type: str
    content: bytes
    digest: bytes
    made_at: datetime
    station_id: int | None
    union_id: int | None


def keep(
    connection: Connection,
    *,
    name: str,
    media_type: str,
    content: bytes,
    station_id: int | None,
    union_id: int | None,
    width: int | None,
    height: int | None,
) -> int:
    """Store a file as the acting person and return its id."""
    row = connection.execute(
        "INSERT INTO stored_file (name, media_type, content, station_id, union_id, width, height)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (name, media_type, content, station_id, union_id, width, height),
    ).fetchone()
    return 0 if row is None else int(row[0])


def get(connection: Connection, file_id: int) -> StoredFile | None:
    """Return a file, None if the acting person does not see it."""
    row = connection.execute(
        "SELECT id, name, media_type, content, digest, made_at, station_id, union_id"
        " FROM stored_file WHERE id = %s",
        (file_id,),
    ).fetchone()
    return None if row is None else StoredFile(*row)
