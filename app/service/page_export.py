"""Files that commands write: pages that work without any server, and others."""

from pathlib import Path

from app.files.written import write_whole


def save(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        UnreadableFile: if it cannot be written.
    """
    write_whole(path, content)


def save_page(path: Path, page: str) -> int:
    """Write a page in UTF-8, whole or not at all, and return its size in bytes.

    Raises:
        UnreadableFile: if it cannot be written.
    """
    content = page.encode()
    write_whole(path, content)
    return len(content)
