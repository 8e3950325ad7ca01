"""Remarks about a file, in both languages."""


class Note(str):
    """A remark in English that knows its Chinese."""

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, message: str, zh: str) -> "Note":
        """Make a remark of both."""
        made = super().__new__(cls, message)
        made.zh = zh
        return made


def chinese(note: str) -> str:
    """Return a remark in Chinese, or as it is where it knows none."""
    return note.zh if isinstance(note, Note) else note
