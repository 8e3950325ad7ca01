"""Documents (文号), their scans, and what was decided by them."""

from app.domain.actor import Actor
from app.domain.errors import Conflict, NotFound
from app.service import stored_files
from app.store import documents, records
from app.store.database import Connection
from app.store.documents import DocumentRecord
from app.store.rights import acting_as, refusals

__all__ = ["DocumentRecord", "decided", "give_scan", "listed"]

A_PAGE = 50
MOST_DECIDED = 200


def listed(
    connection: Connection, actor: Actor, *, words: str = "", after: int | None = None
) -> tuple[list[DocumentRecord], int | None]:
    """Return a page of documents, the newest first, and where the next one begins."""
    with acting_as(connection, actor):
        found = documents.listed(
            connection, words=words.replace("\0", "").strip(), after=after, most=A_PAGE + 1
        )
    more = len(found) > A_PAGE
    return found[:A_PAGE], found[A_PAGE - 1].id if more else None


def decided(
    connection: Connection, actor: Actor, document_id: int
) -> tuple[DocumentRecord, list[tuple[int, str, str]]]:
    """Return a document, and the stations that were last decided on by it.

    Raises:
        NotFound: if the person does not see the document.
    """
    with acting_as(connection, actor):
        found = documents.find(connection, document_id)
        if found is None:
            raise _unknown(document_id)
        return found, documents.decided(connection, document_id, most=MOST_DECIDED)


def give_scan(
    connection: Connection, actor: Actor, document_id: int, *, name: str, content: bytes
) -> int:
    """Give a document its scan; return the id of the file.

    Raises:
        NotFound: if the person does not see the document.
        Conflict: if it has a scan: what was decided by is not exchanged.
        InvalidInput, ForbiddenHere: as :func:`app.service.stored_files.keep_scan`.
    """
    with acting_as(connection, actor), refusals(f"give document {document_id} a scan"):
        found = documents.find(connection, document_id)
        if found is None:
            raise _unknown(document_id)
        file = stored_files.keep_scan(
            connection, field="scan", name=name, content=content,
            union_id=documents.owner(connection, document_id),
        )  # fmt: skip
        if not records.give_scan(connection, document_id, file):
            raise Conflict(
                f"Document {found.number} has its scan already, and it stays.",
                zh=f"{found.number} 已有扫描件,不能更换。",
            )
    return file


def _unknown(document_id: int) -> NotFound:
    return NotFound(
        f"There is no document {document_id} among those you may see.", zh="没有这份文件。"
    )
