"""Levels and heights of the vertices of lines, from what their rows and they themselves say."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from geo._lines_rows import Rows
from geo.plane import segment_metres


def end_levels(
    rows: Rows, row: NDArray[np.int64], part: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return levels of the ends of all parts; -1 where parts of a row meet between two levels."""
    first = np.flatnonzero(np.diff(part, prepend=-1))
    of_row = row[first]
    number: dict[str, int] = {}

    def numbered(texts: Iterable[str]) -> NDArray[np.int64]:
        return np.array([number.setdefault(text, len(number)) for text in texts], np.int64)

    start = numbered(rows.level_start[i] for i in of_row.tolist())
    end = numbered(rows.level_end[i] for i in of_row.tolist())
    changes = start != end
    opens = np.append(True, of_row[1:] != of_row[:-1])
    closes = np.append(of_row[1:] != of_row[:-1], True)
    return np.where(changes & ~opens, -1, start), np.where(changes & ~closes, -1, end)


def vertex_heights(
    rows: Rows,
    row: NDArray[np.int64],
    height: NDArray[np.float64],
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    part: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return heights of vertices: between those of a row's ends, by length, or their own."""
    step = np.zeros(len(row))
    inner = np.flatnonzero(part[1:] == part[:-1])
    a, b = inner, inner + 1
    step[b] = segment_metres(longitude[a], latitude[a], longitude[b], latitude[b])
    first = np.flatnonzero(np.diff(row, prepend=-1))
    run = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(row))))
    passed = np.cumsum(step)
    passed -= passed[first][run]
    length = np.maximum(np.bincount(run, step), 1e-9)[run]
    low, high = rows.height_start[row], rows.height_end[row]
    told = np.isfinite(low) & np.isfinite(high)
    between = low + (high - low) * passed / length
    # a row that tells one end alone tells it of that end
    only = np.where(passed == 0, low, np.where(passed >= length, high, np.nan))
    found: NDArray[np.float64] = np.where(told, between, np.where(np.isnan(only), height, only))
    return found


def node_heights(
    node: NDArray[np.int64], height: NDArray[np.float64], nodes: int
) -> NDArray[np.float32]:
    """Take for each node the first of its vertices that has a height."""
    known = np.flatnonzero(np.isfinite(height))
    result = np.full(nodes, np.nan, np.float32)
    which, first = np.unique(node[known], return_index=True)
    result[which] = height[known[first]]
    return result
