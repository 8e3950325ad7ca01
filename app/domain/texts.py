"""Texts that people type in several lines."""


def is_shown(text: str) -> bool:
    """Whether all of a text of several lines can be seen: it has no control or bidi signs."""
    return all(line.isprintable() for line in text.replace("\r\n", "\n").split("\n"))
