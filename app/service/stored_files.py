"""Files that belong to stations and documents, kept in the database under its rights."""

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput, NotFound
from app.store import stored_files
from app.store.database import Connection
from app.store.rights import acting_as, refusals
from app.store.stored_files import StoredFile

__all__ = ["StoredFile", "get", "keep", "keep_scan"]

MOST_SCAN_BYTES = 15_000_000
# what a scan may be, by how such a file begins
_SCANS = ((b"%PDF-", "application/pdf"), (b"\xff\xd8\xff", "image/jpeg"),
          (b"\x89PNG\r\n\x1a\n", "image/png"))  # fmt: skip
LONGEST_NAME = 200


def keep(
    connection: Connection,
    *,
    name: str,
    media_type: str,
    content: bytes,
    station_id: int | None = None,
    union_id: int | None = None,
    width: int | None = None,
    height: int | None = None,
) -> int:
    """Store a file inside the transaction of who acts, and return its id.

    Args:
        name: as a person would call the file; the folder it came from is cut off.
        station_id: the station it belongs to, whose union then owns it.
        union_id: the union that owns it, where it belongs to no station.
        width, height: pixels of a picture.

    Raises:
        ForbiddenHere: if the acting person may not write records of the union.
    """
    plain = name.replace("\\", "/").rsplit("/", 1)[-1].strip()[-LONGEST_NAME:] or "file"
    with refusals(f"store {plain}"):
        return stored_files.keep(
            connection, name=plain, media_type=media_type, content=content,
            station_id=station_id, union_id=union_id, width=width, height=height,
        )  # fmt: skip


def keep_scan(
    connection: Connection,
    *,
    field: str,
    name: str,
    content: bytes,
    station_id: int | None = None,
    union_id: int | None = None,
) -> int:
    """Store the scan of a document (PDF, JPEG or PNG, told by its content, not its name).

    Raises:
        InvalidInput: for another kind of file, an empty or an oversized one.
        ForbiddenHere: as :func:`keep`.
    """
    media_type = next((kind for sign, kind in _SCANS if content.startswith(sign)), None)
    if len(content) > MOST_SCAN_BYTES:
        error = FieldError(field, "the scan is larger than 15 MB", "扫描件超过 15 MB")
    elif media_type is None:
        error = FieldError(
            field, "a scan is a PDF, JPEG or PNG file", "扫描件须为 PDF、JPEG 或 PNG 文件"
        )
    else:
        return keep(
            connection, name=name, media_type=media_type, content=content,
            station_id=station_id, union_id=union_id,
        )  # fmt: skip
    raise InvalidInput([error], attempted=f"store {name}")


def get(connection: Connection, actor: Actor, file_id: int) -> StoredFile:
    """Return a file that the person may see.

    Raises:
        NotFound: if there is none.
    """
    with acting_as(connection, actor):
        found = stored_files.get(connection, file_id)
    if found is None:
        raise NotFound(
            f"There is no file {file_id} among those you may see.",
            zh="没有这个文件,或您无权查看。",
        )
    return found
