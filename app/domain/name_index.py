"""Names in memory, packed, to be found by any part of what they are found by."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

# names hold neither: what cannot be printed is taken for a blank
_FIELD, _LINE = b"\t", b"\n"
# of what more names hold, those that begin with it are looked for apart; other names are found
# in one go
MANY = 500


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a name, WGS-84 degrees; ``name_en`` is empty where none is known."""

    name: str
    name_en: str
    longitude: float
    latitude: float


class NameIndex:
    """What many names are found by as one text, searched from its beginning to its end.

    100,000 names take about ten megabytes, where strings of Python would take a hundred.
    """

    def __init__(self, entries: Iterable[tuple[Named, Sequence[str]]]) -> None:
        """Pack names.

        Args:
            entries: each with the forms it is found by, lower case; the best first.
        """
        lines, shown = bytearray(_LINE), bytearray()
        self._starts, self._shown_starts = array("I"), array("I")
        self._degrees = array("d")
        for named, forms in entries:
            self._starts.append(len(lines))
            self._shown_starts.append(len(shown))
            for form in forms:
                lines += _FIELD + _packed(form)
            lines += _LINE
            shown += _packed(named.name) + _FIELD + _packed(named.name_en)
            self._degrees.extend((named.longitude, named.latitude))
        self._shown_starts.append(len(shown))
        self._lines, self._shown = bytes(lines), bytes(shown)

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._starts)

    def __iter__(self) -> Iterator[Named]:
        """Return what was packed, in its order."""
        return map(self._named, range(len(self)))

    @property
    def nbytes(self) -> int:
        """How many bytes it holds."""
        arrays = (self._starts, self._shown_starts, self._degrees)
        return len(self._lines) + len(self._shown) + sum(len(one) * one.itemsize for one in arrays)

    def find(self, needles: Sequence[str], *, most: int) -> list[Named]:
        """Return what all the needles are parts of: first what begins with the first of them.

        Otherwise the order is that in which the names were given. No needle finds nothing.

        Args:
            most: so many at most, up to ``MANY``.
        """
        wanted = [_packed(needle) for needle in needles if needle]
        if not wanted:
            return []
        begin = _FIELD + wanted[0]
        holding = list(islice(self._lines_with(wanted), MANY))
        if len(holding) < MANY:
            first = [at for at in holding if self._holds(at, begin)]
        else:
            first = list(islice(self._lines_with([begin, *wanted[1:]]), most))
        ordered = dict.fromkeys((*first, *holding))
        return [self._named(bisect_right(self._starts, at) - 1) for at in islice(ordered, most)]

    def _holds(self, start: int, needle: bytes) -> bool:
        return self._lines.find(needle, start, self._lines.find(_LINE, start)) >= 0

    def _lines_with(self, wanted: Sequence[bytes]) -> Iterator[int]:
        """Yield where the lines begin that hold all of these.

        Each time the needle that comes last says which line is the next that may hold all,
        so that no part of the text is searched twice for the same needle.
        """
        lines, start = self._lines, 0
        while True:
            hits = [lines.find(needle, start) for needle in wanted]
            if min(hits) < 0:
                return
            last = max(hits)
            line = lines.rfind(_LINE, 0, last) + 1
            if min(hits) >= line:
                yield line
                start = lines.find(_LINE, last)
            else:
                start = line

    def _named(self, entry: int) -> Named:
        shown = self._shown[self._shown_starts[entry] : self._shown_starts[entry + 1]]
        name, _, name_en = shown.decode("utf-8").partition(_FIELD.decode())
        return Named(name, name_en, *self._degrees[2 * entry : 2 * entry + 2])


def _packed(text: str) -> bytes:
    """Write a text without what parts names and lines."""
    return " ".join(text.split()).encode("utf-8", "replace")
