"""A page as a file that works without any server."""

from pathlib import Path

from app.files.written import write_whole


def save_page(path: Path, page: str) -> int:
    """Write a page in UTF-8, whole or not at all, and return its size in bytes.

    Raises:
        UnreadableFile: if it cannot be written.
    """
    content = page.encode()
    write_whole(path, content)
    return len(content)
