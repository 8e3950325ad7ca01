"""Read the streets a person may walk from a city's own layers of lines.

Surveyors and planning offices keep streets as lines in a GeoPackage, a Shapefile or GeoJSON,
with columns and words of their own, mostly in CGCS2000 (EPSG:4490, or a Gauss-Krüger zone such
as EPSG:4544). :class:`LineColumns` says what those mean.

**What joins.** Lines join where their ends coincide within ``join_metres``, and where an end
lies that near a vertex of another line, or both have a vertex at the same place. Lines that
cross without a vertex in common do not join. Lines join on one level alone: given levels at
their ends, an overpass does not join the street below. A vertex inside a line that changes its
level joins nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo._lines_columns import LineColumns, Valued, read_columns
from geo._lines_file import Parts, join_parts, open_layer, take_apart
from geo._lines_graph import number_nodes
from geo._lines_rows import Rows, join_rows, read_rows
from geo._lines_share import share_out
from geo._lines_vertices import end_levels, node_heights, vertex_heights
from geo._osm_file import Progress
from geo.datum import Datum
from geo.errors import InvalidValue, NoUsableLines
from geo.plane import segment_metres
from geo.streets import WAIT_PARTS, Access, Kind, StreetGraph, whole_waits

__all__ = ["LineColumns", "LineReport", "LineStreets", "Valued", "read_columns", "read_lines"]

JOIN_METRES = 0.5
MAX_JOIN_METRES = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReport:
    """What a layer held, and what of it could not be kept.

    Attributes:
        rows: rows of all files; lines: parts of them that became segments.
        columns: which column was read for which role, of the last file.
        empty: rows without a geometry.
        invalid: rows whose geometry is no line, or holds what is no number.
        short: lines whose vertices all fall together.
        unknown: by role and value, the rows whose value nobody explained; a row of an unknown
            kind is left out, see :class:`Valued`.
        closed: by kind as the layer has it, the rows that are closed to all.
        joined: line ends that were moved, within ``join_metres``, onto what they join.
    """

    rows: int
    lines: int
    columns: dict[str, str]
    empty: int
    invalid: int
    short: int
    unknown: dict[str, dict[str, int]]
    closed: dict[str, int]
    joined: int

    def reasons(self) -> tuple[str, ...]:
        """Say in words why rows were left out or not understood."""
        said = [
            f"{count:,} {words}"
            for count, words in (
                (self.empty, "rows without a geometry"),
                (self.invalid, "rows that hold no line of numbers"),
                (self.short, "lines without a length"),
            )
            if count
        ]
        said += [
            f"{role} {value!r} is not known ({count:,} rows)"
            for role, values in sorted(self.unknown.items())
            for value, count in sorted(values.items(), key=lambda item: (-item[1], item[0]))
        ]
        said += [
            f"kind {value!r} is closed ({count:,} rows)" for value, count in self.closed.items()
        ]
        return tuple(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStreets:
    """The streets of a city's layers; ``stairways`` counts the lines that are steps."""

    streets: StreetGraph
    report: LineReport
    stairways: int


def read_lines(
    paths: Path | str | Sequence[Path | str],
    *,
    layer: str | None = None,
    columns: LineColumns | None = None,
    crs: str | None = None,
    datum: Datum | str | None = None,
    encoding: str | None = None,
    join_metres: float = JOIN_METRES,
    progress: Progress | None = None,
) -> LineStreets:
    """Read streets from layers of lines (GeoPackage, Shapefile, GeoJSON).

    Heights come from the columns for them, else from the third coordinate (a layer where that
    is 0 throughout has none); where neither says anything they are NaN. Nodes and segments come
    in the order of the files and rows: the same files give the same arrays.

    Args:
        paths: one file or several, which join each other.
        layer: its name, where a file holds more than one layer of lines.
        columns: what the columns are called and their words mean; None looks for usual ones.
        crs: the reference system the layer is really in, where the file names none or a wrong
            one: ``EPSG:4490``, or anything pyproj understands.
        datum: ``gcj02`` or ``bd09``, where the degrees are shifted; no file can say so itself.
        encoding: of a Shapefile's table; None takes its ``.cpg``, else UTF-8, else GB18030.
        join_metres: how far ends may lie apart that are meant to meet.
        progress: called with what is being done and the share of it that is done, 0 to 1.

    Raises:
        SourceUnreadable: a file is absent, damaged, cut short or of another kind.
        CrsUnusable: where a layer lies is not said, or cannot be true.
        InvalidValue: naming a column, layer, tolerance or datum that cannot be used.
        NoUsableLines: nothing is left that a person may walk; says why.
    """
    if not 0 <= join_metres <= MAX_JOIN_METRES:
        expected = f"a number of metres from 0 to {MAX_JOIN_METRES:g}"
        raise InvalidValue("join_metres", join_metres, expected)
    files = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    if not files:
        raise InvalidValue("paths", paths, "at least one file")
    read: list[tuple[Rows, Parts]] = []
    for done, path in enumerate(files):
        if progress:
            progress("reading lines", done / len(files))
        opened = open_layer(path, layer=layer, encoding=encoding)
        rows = read_rows(opened.values, len(opened.geometry), columns or LineColumns())
        read.append((rows, take_apart(opened, crs=crs, datum=datum)))
    if progress:
        progress("reading lines", 1.0)
        progress("connecting streets", 0.0)
    found = _connect(
        join_rows([rows for rows, _ in read]),
        join_parts([parts for _, parts in read]),
        join_metres,
        ", ".join(map(str, files)),
    )
    if progress:
        progress("connecting streets", 1.0)
    return found


def _connect(rows: Rows, parts: Parts, join_metres: float, source: str) -> LineStreets:
    used = rows.kept[parts.row]
    row, height = parts.row[used], parts.height[used]
    longitude, latitude = parts.longitude[used], parts.latitude[used]
    part = np.unique(parts.part[used], return_inverse=True)[1]
    count = int(part.max(initial=-1)) + 1
    if not count:
        raise NoUsableLines(source, _report(rows, parts, 0, 0, 0).reasons())
    nodes = number_nodes(
        longitude, latitude, part, *end_levels(rows, row, part), join_metres=join_metres
    )
    height = vertex_heights(rows, row, height, longitude, latitude, part)
    at = np.flatnonzero((part[1:] == part[:-1]) & (nodes.node[1:] != nodes.node[:-1]))
    whole = len(np.unique(part[at]))
    report = _report(rows, parts, whole, count - whole, nodes.joined)
    if not len(at):
        raise NoUsableLines(source, report.reasons())
    streets = _streets(
        longitude[nodes.first],
        latitude[nodes.first],
        node_heights(nodes.node, height, len(nodes.first)),
        nodes.node[at].astype(np.int32),
        nodes.node[at + 1].astype(np.int32),
        rows,
        row[at],
    )
    stairways = int((rows.kind[np.unique(row[at])] == Kind.STEPS).sum())
    return LineStreets(streets=streets, report=report, stairways=stairways)


def _streets(
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    height: NDArray[np.float32],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    rows: Rows,
    row: NDArray[np.int64],
) -> StreetGraph:
    """Give every segment what its row says."""
    metres = segment_metres(longitude[start], latitude[start], longitude[end], latitude[end])
    access = rows.access[row]
    if np.isfinite(height).any():
        unknown = np.isnan(height[start]) | np.isnan(height[end])
        access = access | np.where(unknown, np.uint8(Access.HEIGHT_UNKNOWN), np.uint8(0))
    number: dict[str, int] = {}
    named = [
        number.setdefault(name, len(number)) if name else -1
        for name in (rows.name[i] for i in row.tolist())
    ]
    waits = (whole_waits(rows.kind) > 0) * np.int64(WAIT_PARTS)
    return StreetGraph(
        longitude=longitude,
        latitude=latitude,
        height=height,
        start=start,
        end=end,
        kind=rows.kind[row],
        rank=rows.rank[row],
        access=access.astype(np.uint8),
        name=np.array(named, np.int32),
        steps=share_out(rows.steps, row, metres).astype(np.int32),
        incline=np.full(len(row), np.nan, np.float32),
        wait=share_out(waits, row, metres).astype(np.uint8),
        names=tuple(number),
    )


def _report(rows: Rows, parts: Parts, kept: int, short: int, joined: int) -> LineReport:
    return LineReport(
        rows=len(rows.kept),
        lines=kept,
        columns=rows.columns,
        empty=parts.empty,
        invalid=parts.invalid,
        short=short,
        unknown=rows.unknown,
        closed=rows.closed,
        joined=joined,
    )
