"""Files out, whole or not at all."""

from pathlib import Path

from app.domain.errors import UnreadableFile


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its final place and put it there when it is whole.

    Raises:
        UnreadableFile: if it cannot be written; what stood there stays.
    """
    unfinished = path.with_name(path.name + ".part")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as error:
        _remove(unfinished)
        raise UnreadableFile(
            f"Could not write {path}: {error.strerror or error}.",
            remedy="Name a file in a folder that exists, can be written to and has room.",
        ) from None


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        # it was never made: its folder is what is wrong
        return
