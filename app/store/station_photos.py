"""Photos of stations: which there are, in which order, and their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """A photo that was not removed; width and height in pixels."""

    id: int
    station_id: int
    kind: str
    caption: str
    width: int
    height: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A JPEG file of a photo."""

    content: bytes
    digest: bytes


_SELECT = (
    "SELECT p.id, p.station_id, p.kind, p.caption, coalesce(f.width, 0), coalesce(f.height, 0),"
    " p.made_at FROM station_photo p JOIN stored_file f ON f.id = p.file_id"
)


def of_station(connection: Connection, station_id: int) -> list[PhotoRecord]:
    """Return the photos of a station that the acting person sees, in their order."""
    rows = connection.execute(
        f"{_SELECT} WHERE p.station_id = %s AND p.removed_at IS NULL ORDER BY p.position, p.id",
        (station_id,),
    ).fetchall()
    return [PhotoRecord(*row) for row in rows]


def add(
    connection: Connection, station_id: int, *, kind: str, file_id: int, thumbnail_id: int
) -> int:
    """Add a photo behind the others; return its id."""
    row = connection.execute(
        "INSERT INTO station_photo (station_id, kind, file_id, thumbnail_id, position)"
        " SELECT %(station)s, %(kind)s, %(file)s, %(thumbnail)s, coalesce(max(position), 0) + 1"
        " FROM station_photo WHERE station_id = %(station)s RETURNING id",
        {"station": station_id, "kind": kind, "file": file_id, "thumbnail": thumbnail_id},
    ).fetchone()
    return 0 if row is None else int(row[0])


def describe(
    connection: Connection, station_id: int, photo_id: int, *, kind: str, caption: str
) -> bool:
    """Write kind and caption of a photo; return whether it is there."""
    done = connection.execute(
        "UPDATE station_photo SET kind = %s, caption = %s"
        " WHERE id = %s AND station_id = %s AND removed_at IS NULL",
        (kind, caption, photo_id, station_id),
    )
    return done.rowcount == 1


def arrange(connection: Connection, station_id: int, photo_ids: Sequence[int]) -> None:
    """Put photos into an order."""
    connection.execute(
        "UPDATE station_photo p SET position = o.place"
        " FROM unnest(%s::bigint[]) WITH ORDINALITY AS o (id, place)"
        " WHERE p.id = o.id AND p.station_id = %s AND p.removed_at IS NULL",
        (list(photo_ids), station_id),
    )


def remove(connection: Connection, station_id: int, photo_id: int) -> bool:
    """Take a photo off the page; its file and who removed it stay on record."""
    done = connection.execute(
        "UPDATE station_photo SET removed_at = clock_timestamp()"
        " WHERE id = %s AND station_id = %s AND removed_at IS NULL",
        (photo_id, station_id),
    )
    return done.rowcount == 1


def file_of(
    connection: Connection, station_id: int, photo_id: int, *, small: bool
) -> PhotoFile | None:
    """Return a file of a photo, None if the acting person does not see it."""
    column = "thumbnail_id" if small else "file_id"
    row = connection.execute(
        f"SELECT f.content, f.digest FROM station_photo p JOIN stored_file f ON f.id = p.{column}"
        " WHERE p.id = %s AND p.station_id = %s AND p.removed_at IS NULL",
        (photo_id, station_id),
    ).fetchone()
    return None if row is None else PhotoFile(*row)


def public_file(
    connection: Connection, code: str, photo_id: int, *, small: bool
) -> PhotoFile | None:
    """Return a file of a photo of a station that riders see; for the operator's connection."""
    column = "thumbnail_id" if small else "file_id"
    row = connection.execute(
        f"SELECT f.content, f.digest FROM station_photo p JOIN stored_file f ON f.id = p.{column}"
        " JOIN public_station s ON s.id = p.station_id"
        " WHERE p.id = %s AND s.code = %s AND p.removed_at IS NULL",
        (photo_id, code),
    ).fetchone()
    return None if row is None else PhotoFile(*row)


def former_names(connection: Connection, station_id: int) -> list[str]:
    """Return the names that a station had, but not the one it has."""
    rows = connection.execute(
        "SELECT a.value FROM station_alias a JOIN station s ON s.id = a.station_id"
        " WHERE a.station_id = %s AND a.kind = 'name' AND a.value <> s.name ORDER BY a.value",
        (station_id,),
    ).fetchall()
    return [str(value) for (value,) in rows]
