"""What the columns of a layer say of each of its rows."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo._lines_columns import WORDS, LineColumns
from geo._lines_words import KIND_RANKS, NOT_RIDDEN, USUAL_COLUMNS, WIDTH_RANKS
from geo.errors import InvalidValue
from geo.streets import Access, Kind, Rank

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
# beside the numbers of kinds and ranks
_CLOSED, _LEFT_OUT, _NONE = -1, -2, -3
_MEASURES = ("steps", "height_start", "height_end", "width")
_Texts = tuple[list[str], NDArray[np.int64]]


class Rows(NamedTuple):
    """What is known of each row, each of shape (rows,).

    ``kept`` is whether it can be used at all; ``name`` and ``level_*`` are texts by row, in
    ``texts`` one after the other; heights are NaN where not known. ``unknown`` counts, by role,
    the values that nobody explained; ``closed`` the values that are shut to all.
    """

    kept: NDArray[np.bool_]
    kind: NDArray[np.uint8]
    rank: NDArray[np.uint8]
    access: NDArray[np.uint8]
    steps: NDArray[np.int64]
    name: list[str]
    level_start: list[str]
    level_end: list[str]
    height_start: NDArray[np.float64]
    height_end: NDArray[np.float64]
    columns: dict[str, str]
    unknown: dict[str, dict[str, int]]
    closed: dict[str, int]


def read_rows(values: Mapping[str, NDArray[Any]], rows: int, columns: LineColumns) -> Rows:
    """Read all roles of all rows.

    Raises:
        InvalidValue: a column that was named is not there.
    """
    found = _find(values, columns)
    texts: dict[str, _Texts] = {
        role: _texts(values[name]) for role, name in found.items() if role not in _MEASURES
    }
    unknown: dict[str, dict[str, int]] = {}

    def words(role: str, coded: Mapping[str, int], usual: int, other: int) -> NDArray[np.int64]:
        return _words(role, texts.get(role), rows, columns, coded, usual, other, unknown)

    def numbers(role: str) -> NDArray[np.float64]:
        if role in _MEASURES and role in found:
            return _numbers(values[found[role]])
        return np.full(rows, np.nan)

    steps = numbers("steps")
    counted = np.where(np.isfinite(steps) & (steps > 0), steps, 0).astype(np.int64)
    kind = words("kind", _codes("kind"), _NONE, _LEFT_OUT)
    kind = np.where(kind == _NONE, np.where(counted > 0, Kind.STEPS, Kind.STREET), kind)
    rank = _rank(kind, words("rank", _codes("rank"), _NONE, _NONE), _of_kind(texts, columns, rows))
    rank = _by_width(rank, numbers("width"), kind)
    walk = words("direction", _codes("direction"), int(Access.BOTH), int(Access.BOTH))
    walk = np.where(kind == _CLOSED, 0, walk)
    ride = words("ride", _codes("ride"), _NONE, _NONE)
    usual = np.where((rank <= Rank.SERVICE) & (kind >= 0), int(Access.RIDE_BOTH), 0)
    ride = np.where(np.isin(kind, NOT_RIDDEN), 0, np.where(ride == _NONE, usual, ride))
    access = walk | ride
    closed = (kind != _LEFT_OUT) & (access == 0)
    return Rows(
        kept=(kind != _LEFT_OUT) & ~closed,
        kind=np.where(kind < 0, Kind.STREET, kind).astype(np.uint8),
        rank=rank.astype(np.uint8),
        access=access.astype(np.uint8),
        steps=np.where(kind == Kind.STEPS, counted, 0),
        name=_row_texts(texts.get("name"), rows),
        level_start=_levels(texts, "level_start", rows),
        level_end=_levels(texts, "level_end", rows),
        height_start=numbers("height_start"),
        height_end=numbers("height_end"),
        columns=found,
        unknown=unknown,
        closed=_tally(texts.get("kind"), closed),
    )


def join_rows(read: Sequence[Rows]) -> Rows:
    """Lay the rows of several files one after the other and add up what was counted."""

    def laid(role: str) -> NDArray[Any]:
        return np.concatenate([getattr(rows, role) for rows in read])

    return Rows(
        kept=laid("kept"),
        kind=laid("kind"),
        rank=laid("rank"),
        access=laid("access"),
        steps=laid("steps"),
        name=[text for rows in read for text in rows.name],
        level_start=[text for rows in read for text in rows.level_start],
        level_end=[text for rows in read for text in rows.level_end],
        height_start=laid("height_start"),
        height_end=laid("height_end"),
        columns={role: name for rows in read for role, name in rows.columns.items()},
        unknown={
            role: _summed([rows.unknown.get(role, {}) for rows in read])
            for role in WORDS
            if any(role in rows.unknown for rows in read)
        },
        closed=_summed([rows.closed for rows in read]),
    )


def _summed(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(total)


def _find(values: Mapping[str, NDArray[Any]], columns: LineColumns) -> dict[str, str]:
    """Return which column tells each role."""
    folded = {name.casefold(): name for name in reversed(list(values))}
    found: dict[str, str] = {}
    for role, usual in USUAL_COLUMNS.items():
        given = columns.column(role)
        if given:
            name = folded.get(given.casefold(), "")
            if not name:
                listed = ", ".join(values) or "none"
                raise InvalidValue(f"columns.{role}", given, f"a column of the layer: {listed}")
            found[role] = name
        elif given is None:
            name = next((folded[word] for word in usual if word in folded), "")
            if name:
                found[role] = name
    return found


def _texts(column: NDArray[Any]) -> _Texts:
    """Return the different texts of a column, and which of them each row has."""
    if column.dtype != object:
        different, inverse = np.unique(column, return_inverse=True)
        return [_text(value) for value in different.tolist()], inverse.astype(np.int64)
    place: dict[str, int] = {}
    index = [place.setdefault(_text(value), len(place)) for value in column.tolist()]
    return list(place), np.array(index, np.int64)


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip()


def _codes(role: str) -> dict[str, int]:
    """Return our words as numbers: kinds, ranks or access bits; closed kinds are negative."""
    return {
        word: _CLOSED if meaning is None else int(meaning) for word, meaning in WORDS[role].items()
    }


def _words(
    role: str,
    texts: _Texts | None,
    rows: int,
    columns: LineColumns,
    coded: Mapping[str, int],
    usual: int,
    other: int,
    unknown: dict[str, dict[str, int]],
) -> NDArray[np.int64]:
    valued = columns.valued(role)
    empty = coded[valued.empty.casefold()] if valued.empty else usual
    if texts is None:
        return np.full(rows, empty, np.int64)
    own = {value.casefold(): coded[word.casefold()] for value, word in valued.values.items()}
    strange = coded[valued.unknown.casefold()] if valued.unknown else other
    meanings, counts = [], np.bincount(texts[1], minlength=len(texts[0]))
    for text, count in zip(texts[0], counts.tolist(), strict=True):
        key = text.casefold()
        meaning = own.get(key, coded.get(key)) if text else own.get(key, empty)
        if meaning is None:
            unknown.setdefault(role, {})[text] = count
            meaning = strange
        meanings.append(meaning)
    return np.array(meanings, np.int64)[texts[1]]


def _of_kind(texts: Mapping[str, _Texts], columns: LineColumns, rows: int) -> NDArray[np.int64]:
    """Return the ranks that the words for kinds imply, as 主干道 or 人行道 do."""
    if "kind" not in texts:
        return np.full(rows, _NONE, np.int64)
    coded = _codes("rank")
    words, index = texts["kind"]
    return np.array([coded.get(word.casefold(), _NONE) for word in words], np.int64)[index]


def _rank(
    kind: NDArray[np.int64], stated: NDArray[np.int64], implied: NDArray[np.int64]
) -> NDArray[np.int64]:
    return np.where(stated != _NONE, stated, np.where(kind >= 0, implied, _NONE))


def _by_width(
    rank: NDArray[np.int64], width: NDArray[np.float64], kind: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Fill ranks that no word gave: of streets by their width, of all else by kind."""
    usual = np.full(len(Kind), int(Rank.PATH))
    for known, of_kind in KIND_RANKS.items():
        usual[known] = of_kind
    guess = usual[np.maximum(kind, 0)]
    wide = (kind == Kind.STREET) & (width > 0)
    for least, of_width in reversed(WIDTH_RANKS):
        guess[wide & (width >= least)] = of_width
    return np.where(rank == _NONE, guess, rank)


def _numbers(column: NDArray[Any]) -> NDArray[np.float64]:
    """Read numbers, also out of text such as ``23级``; NaN where there is none."""
    if column.dtype != object:
        return column.astype(np.float64)
    found = (_NUMBER.search(_text(value)) for value in column.tolist())
    return np.array([float(match.group()) if match else np.nan for match in found], np.float64)


def _row_texts(texts: _Texts | None, rows: int) -> list[str]:
    return [""] * rows if texts is None else [texts[0][i] for i in texts[1].tolist()]


def _levels(texts: Mapping[str, _Texts], role: str, rows: int) -> list[str]:
    chosen = texts.get(role) or texts.get("level")
    return [text or "0" for text in _row_texts(chosen, rows)]


def _tally(texts: _Texts | None, chosen: NDArray[np.bool_]) -> dict[str, int]:
    """Count chosen rows by their text."""
    if texts is None:
        return {"": int(chosen.sum())} if chosen.any() else {}
    counts = np.bincount(texts[1][chosen], minlength=len(texts[0])).tolist()
    return {text: count for text, count in zip(texts[0], counts, strict=True) if count}
