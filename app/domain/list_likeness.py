"""Rows of a list beside the stations that are known: which may be the same.

The score is that of :mod:`app.domain.alike`; here it is found fast for thousands of rows:
by the squares of a grid for what lies near, by rare pairs of signs for what has no place.
"""

import math
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from app.domain.alike import (
    NEAR_METRES,
    SAME_SPOT_METRES,
    Likeness,
    bare_address,
    bare_name,
    numbers_of,
    score,
)

_METRES_A_DEGREE = 111_320.0
_CELL_DEGREES = 0.002
# a pair of signs that so many names share tells nothing
_COMMON = 60
_RARE_PAIRS = 5
MOST_SHOWN = 3
# what one name alone says, where nothing else tells two stations apart
_NAME_ALONE = 0.6


@dataclass(frozen=True, slots=True)
class Known:
    """A station, or an earlier row of the list, that a row may repeat.

    Attributes:
        key: what it is found by: an id, or minus the number of a row.
        longitude, latitude: WGS-84, None without a place.
    """

    key: int
    name: str
    address: str
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True)
class Likely:
    """A known one that a row may repeat, and how alike they are."""

    key: int
    score: float
    metres: float | None
    name: float
    address: float


class _Bare:
    """A known one laid bare, each part when it is first asked for."""

    def __init__(self, known: Known) -> None:
        self.known = known

    @cached_property
    def pairs(self) -> frozenset[str]:
        return _pairs(bare_name(self.known.name))

    @cached_property
    def address(self) -> frozenset[str]:
        return _pairs(bare_address(self.known.address))

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        return numbers_of(self.known.name)


class Likenesses:
    """The known ones, to be asked which of them a row may repeat."""

    def __init__(self, known: Iterable[Known] = ()) -> None:
        self._by_cell: dict[tuple[int, int], list[_Bare]] = defaultdict(list)
        # names tell only where a place is missing: those with one wait until a row has none
        self._by_pair: dict[str, list[_Bare]] = defaultdict(list)
        self._by_pair_unplaced: dict[str, list[_Bare]] = defaultdict(list)
        self._waiting: list[_Bare] = []
        self._by_name: dict[str, list[_Bare]] = defaultdict(list)
        self._addressed: dict[tuple[str, str], int] = {}
        for one in known:
            self.add(one)

    def add(self, known: Known) -> None:
        """Let later rows be compared with this one."""
        bare = _Bare(known)
        if known.address:
            self._addressed.setdefault((known.name, known.address), known.key)
        self._by_name[known.name].append(bare)
        if known.longitude is not None and known.latitude is not None:
            self._by_cell[_cell(known.longitude, known.latitude)].append(bare)
        else:
            for pair in bare.pairs:
                self._by_pair_unplaced[pair].append(bare)
        self._waiting.append(bare)

    def same(self, row: Known) -> int | None:
        """Return the key of the first one of exactly this name at its address, or on its spot.

        A name alone is not enough: a chain calls all its stations 工会驿站.
        """
        if row.address and (row.name, row.address) in self._addressed:
            return self._addressed[row.name, row.address]
        for one in self._near(row):
            metres = _metres(one.known, row)
            if one.known.name == row.name and metres is not None and metres <= SAME_SPOT_METRES:
                return one.known.key
        return None

    def likely(self, row: Known) -> tuple[Likely, ...]:
        """Return those that a row may repeat, the likeliest first."""
        bare = _Bare(row)
        found = {one.key: one for one in self._of_one_name(row)}
        for one in self._candidates(bare):
            metres = _metres(row, one.known)
            # two places far apart are two stations, whatever they are called; and without a
            # place, a number that differs tells two branches of one bank apart
            if bare.numbers != one.numbers if metres is None else metres > NEAR_METRES:
                continue
            likeness = _likeness(bare, one, metres)
            points = score(likeness)
            if points is not None:
                found[one.known.key] = Likely(
                    one.known.key, points, likeness.metres, likeness.name, likeness.address
                )
        return tuple(sorted(found.values(), key=lambda one: -one.score)[:MOST_SHOWN])

    def _of_one_name(self, row: Known) -> Iterable[Likely]:
        """Return those of exactly this name which neither place nor address tells from it."""
        for one in self._by_name.get(row.name, ())[:_COMMON]:
            apart = _metres(one.known, row) is not None or (one.known.address and row.address)
            if not apart:
                yield Likely(one.known.key, _NAME_ALONE, None, 1.0, 0.0)

    def _near(self, known: Known) -> Iterable[_Bare]:
        if known.longitude is None or known.latitude is None:
            return
        line = math.floor(known.latitude / _CELL_DEGREES)
        for y in (line - 1, line, line + 1):
            x = _column(known.longitude, y)
            for column in (x - 1, x, x + 1):
                yield from self._by_cell.get((column, y), ())

    def _candidates(self, bare: _Bare) -> Iterable[_Bare]:
        yield from self._near(bare.known)
        by_pair = self._by_pair_unplaced if bare.known.longitude is not None else self._all_pairs()
        rare = sorted(
            (len(held), pair)
            for pair in bare.pairs
            if 0 < len(held := by_pair.get(pair, ())) <= _COMMON
        )
        for _, pair in rare[:_RARE_PAIRS]:
            yield from by_pair[pair]

    def _all_pairs(self) -> dict[str, list[_Bare]]:
        for bare in self._waiting:
            for pair in bare.pairs:
                self._by_pair[pair].append(bare)
        self._waiting.clear()
        return self._by_pair


def _pairs(text: str) -> frozenset[str]:
    padded = f" {text} "
    if not text:
        return frozenset()
    # the same pairs stand in thousands of names
    return frozenset(sys.intern(padded[i : i + 2]) for i in range(len(padded) - 1))


def _likeness(one: _Bare, other: _Bare, metres: float | None) -> Likeness:
    return Likeness(
        metres=metres,
        name=_share(one.pairs, other.pairs),
        address=_share(one.address, other.address),
        numbered_apart=one.numbers != other.numbers,
    )


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    if not one or not other:
        return 0.0
    return len(one & other) / len(one | other)


def _metres(one: Known, other: Known) -> float | None:
    if None in (one.longitude, one.latitude, other.longitude, other.latitude):
        return None
    x1, y1 = one.longitude or 0.0, one.latitude or 0.0
    x2, y2 = other.longitude or 0.0, other.latitude or 0.0
    east = (x2 - x1) * math.cos(math.radians((y1 + y2) / 2))
    return math.hypot(east, y2 - y1) * _METRES_A_DEGREE


def _cell(longitude: float, latitude: float) -> tuple[int, int]:
    line = math.floor(latitude / _CELL_DEGREES)
    return _column(longitude, line), line


def _column(longitude: float, line: int) -> int:
    # squares of one line are equally wide; each is wider than what counts as near
    wide = _CELL_DEGREES / max(math.cos(math.radians(line * _CELL_DEGREES)), 0.2)
    return math.floor(longitude / wide)
