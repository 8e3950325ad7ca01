"""What people type to find a station, and the readings that it is found by."""

import re
import unicodedata

from app.domain import number

MOST_WORDS = 8
LONGEST_WORD = 60
# what stands between the digits of a number, and between the syllables of a reading
_BETWEEN = re.compile(r"[\s.·_−―‐‑‒–—-]+")
_APOSTROPHE = re.compile(r"(?<=[a-z])['’](?=[a-z])")
_TONES = re.compile("[\u0300-\u036f]")
# one digit, however it is written: 一号桥, 壹号桥 and 1号桥 are one name
_DIGITS = str.maketrans("〇零一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖", "00123456789122334566789")
_CHINESE = re.compile("([〇\u3400-\u9fff\U00020000-\U0003ffff]+)")


def words(text: str) -> tuple[str, ...]:
    """Return the words of a search in the form that search texts have; all have to be found.

    A number counts as one word with or without its prefix, blanks and dashes.
    Readings may carry tones and apostrophes: ``Jiěfàngbēi``, ``xi'an``.
    """
    plain = _plain(text)
    digits = _BETWEEN.sub("", plain.removeprefix(number.PREFIX))
    if digits.isascii() and digits.isdigit():
        return (digits[:LONGEST_WORD],)
    found = dict.fromkeys(_APOSTROPHE.sub("", word)[:LONGEST_WORD] for word in plain.split())
    return tuple(found)[:MOST_WORDS]


def patterns(text: str) -> list[str]:
    """Return the words of a search as patterns of LIKE."""
    return [f"%{_escaped(word)}%" for word in words(text)]


def needles(text: str) -> tuple[str, ...]:
    """Return the words of a search in the form that :func:`forms` has; all have to be found."""
    return tuple(dict.fromkeys(word.translate(_DIGITS) for word in words(text)))


def forms(name: str, *, read: bool = True) -> tuple[str, ...]:
    """Return what a name is found by: as written, without what stands between, as it is read.

    Args:
        read: whether to read it, which takes a tenth of a millisecond.
    """
    plain = _plain(name).translate(_DIGITS)
    lines = reading(name).splitlines() if read else []
    return tuple(dict.fromkeys((plain, _BETWEEN.sub("", plain), *lines)))


def sounds_like(text: str) -> tuple[str, ...]:
    """Return how the words of a search are read in full, for signs that no name is written with.

    Traditional signs are read as simplified ones are: 鵝嶺 as 鹅岭.
    """
    return tuple(reading(word).partition("\n")[0] for word in words(text))


def reading(named: str) -> str:
    """Return how names are read, a line each: in full, and by initials.

    Args:
        named: names, a line each.
    """
    # its dictionary takes a fifth of a second and 20 MB: only for who reads names
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    lines: dict[str, None] = {}
    for name in named.splitlines():
        parts = _CHINESE.split("".join(_plain(name).split()))
        read = [
            # what the pattern caught comes at every other place
            lazy_pinyin(part, v_to_u=True) if place % 2 else [part]
            for place, part in enumerate(parts)
        ]
        full = "".join(syllable for syllables in read for syllable in syllables)
        initials = "".join(
            syllable[:1] if place % 2 else syllable
            for place, syllables in enumerate(read)
            for syllable in syllables
        )
        # ü is typed as v or as u
        lines |= {full.replace("ü", "v"): None, full.replace("ü", "u"): None, initials: None}
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Lower case in one form, with the tones of Latin letters taken off."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    whole = unicodedata.normalize("NFKC", shown).strip().lower()
    if whole.isascii():
        return whole
    return unicodedata.normalize("NFC", _TONES.sub("", unicodedata.normalize("NFD", whole)))


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
