"""A street graph under correction: its segments can be found, cut, changed and taken out.

Only what is touched is copied; the graph that is corrected stays as it is.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geo._contraction import incidence
from geo.plane import metres_per_degree
from geo.streets import StreetGraph

_CELL_DEGREES = 0.002
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of the draft; ``origin`` is the kind it had before any change."""

    start: int
    end: int
    kind: int
    rank: int
    access: int
    name: int
    steps: int
    incline: float
    wait: int
    origin: int


class Draft:
    """Hold a street graph and what corrections make of it."""

    def __init__(self, streets: StreetGraph) -> None:
        self._streets = streets
        self._pointer, self._incident = incidence(streets.nodes, streets.start, streets.end)
        self._longitude: list[float] = []
        self._latitude: list[float] = []
        self._height: list[float] = []
        self._edited: dict[int, Segment] = {}
        self._gone: set[int] = set()
        self._next = streets.segments
        self._at: dict[int, list[int]] = {}
        self._cells: dict[tuple[int, int], list[int]] = {}
        self._names = {name: i for i, name in enumerate(streets.names)}
        place = np.column_stack((streets.longitude, streets.latitude))
        ends = np.stack((place[streets.start], place[streets.end]), axis=1)
        self._tree = shapely.STRtree(np.asarray(shapely.linestrings(ends)))

    def segment(self, number: int) -> Segment:
        """Return a segment as it is now."""
        found = self._edited.get(number)
        if found is not None:
            return found
        s = self._streets
        kind = int(s.kind[number])
        return Segment(
            int(s.start[number]), int(s.end[number]), kind, int(s.rank[number]),
            int(s.access[number]), int(s.name[number]), int(s.steps[number]),
            float(s.incline[number]), int(s.wait[number]), kind,
        )  # fmt: skip

    def place(self, node: int) -> Place:
        """Return longitude and latitude of a node."""
        own = node - self._streets.nodes
        if own >= 0:
            return self._longitude[own], self._latitude[own]
        return float(self._streets.longitude[node]), float(self._streets.latitude[node])

    def height(self, node: int) -> float:
        """Return the height of a node, NaN where unknown."""
        own = node - self._streets.nodes
        return self._height[own] if own >= 0 else float(self._streets.height[node])

    def metres(self, number: int) -> float:
        """Return the length of a segment."""
        one = self.segment(number)
        return metres_between(self.place(one.start), self.place(one.end))

    def at(self, node: int) -> list[int]:
        """Return the segments that touch a node, in order."""
        found = list(self._at.get(node, ()))
        if node < self._streets.nodes:
            begin, stop = self._pointer[node], self._pointer[node + 1]
            found += self._incident[begin:stop].tolist()
        return sorted(
            n
            for n in set(found)
            if n not in self._gone and node in (self.segment(n).start, self.segment(n).end)
        )

    def near(self, west: float, south: float, east: float, north: float) -> list[int]:
        """Return the segments whose box meets a box in degrees, in order."""
        box = shapely.box(west, south, east, north)
        found = set(self._tree.query(box).tolist())
        for cell in _cells(west, south, east, north):
            found.update(self._cells.get(cell, ()))
        return sorted(number for number in found if number not in self._gone)

    def add_node(self, place: Place, height: float) -> int:
        """Add a node and return its number."""
        self._longitude.append(place[0])
        self._latitude.append(place[1])
        self._height.append(height)
        return self._streets.nodes + len(self._longitude) - 1

    def set_heights(self, nodes: Iterable[int], heights: Iterable[float]) -> None:
        """Give heights to nodes that were added."""
        for node, height in zip(nodes, heights, strict=True):
            self._height[node - self._streets.nodes] = height

    def add(self, one: Segment) -> int:
        """Add a segment and return its number."""
        number = self._next
        self._next += 1
        self._edited[number] = one
        self._file(number, one)
        return number

    def put(self, number: int, one: Segment) -> None:
        """Put something else in place of a segment; it may end in other nodes of its place."""
        self._edited[number] = one
        self._file(number, one)

    def remove(self, number: int) -> None:
        """Take a segment out."""
        self._gone.add(number)

    def name(self, text: str) -> int:
        """Return the number of a street name."""
        return self._names.setdefault(text, len(self._names)) if text else -1

    def names(self) -> tuple[str, ...]:
        """Return all street names."""
        return tuple(self._names)

    def cut(self, number: int, fraction: float, *, apart: bool = False) -> tuple[int, int]:
        """Cut a segment in two at a fraction of its length; return both, the first one first.

        Args:
            apart: leave a gap that nobody passes: either half ends in a node of its own.
        """
        one = self.segment(number)
        (x, y), (u, v) = self.place(one.start), self.place(one.end)
        place = x + (u - x) * fraction, y + (v - y) * fraction
        low, high = self.height(one.start), self.height(one.end)
        node = self.add_node(place, low + (high - low) * fraction)
        other = self.add_node(place, self.height(node)) if apart else node
        steps, wait = round(one.steps * fraction), round(one.wait * fraction)
        self.remove(number)
        return (
            self.add(replace(one, end=node, steps=steps, wait=wait)),
            self.add(replace(one, start=other, steps=one.steps - steps, wait=one.wait - wait)),
        )

    def finish(self) -> StreetGraph:
        """Return the corrected graph: what is left of the source first, then what is new."""
        s = self._streets
        count = self._next
        columns = {
            name: np.concatenate((getattr(s, name), np.zeros(count - s.segments, _dtype(s, name))))
            for name in _COLUMNS
        }
        for number, one in self._edited.items():
            for name in _COLUMNS:
                columns[name][number] = getattr(one, name)
        kept = np.ones(count, np.bool_)
        kept[sorted(self._gone)] = False
        columns = {name: column[kept] for name, column in columns.items()}
        both = np.concatenate((columns.pop("start"), columns.pop("end")))
        used, numbered = np.unique(both, return_inverse=True)
        ends: NDArray[np.int32] = numbered.astype(np.int32)
        half = len(ends) // 2
        return StreetGraph(
            longitude=np.append(s.longitude, self._longitude)[used],
            latitude=np.append(s.latitude, self._latitude)[used],
            height=np.append(s.height, np.array(self._height, np.float32))[used],
            start=ends[:half],
            end=ends[half:],
            names=self.names(),
            **columns,
        )

    def _file(self, number: int, one: Segment) -> None:
        for node in (one.start, one.end):
            at = self._at.setdefault(node, [])
            if number not in at:
                at.append(number)
        if number >= self._streets.segments:
            (x, y), (u, v) = self.place(one.start), self.place(one.end)
            for cell in _cells(min(x, u), min(y, v), max(x, u), max(y, v)):
                members = self._cells.setdefault(cell, [])
                if number not in members:
                    members.append(number)


_COLUMNS = ("start", "end", "kind", "rank", "access", "name", "steps", "incline", "wait")


def _dtype(streets: StreetGraph, name: str) -> np.dtype[np.generic]:
    column: NDArray[np.generic] = getattr(streets, name)
    return column.dtype


def _cells(west: float, south: float, east: float, north: float) -> Iterator[tuple[int, int]]:
    for x in range(math.floor(west / _CELL_DEGREES), math.floor(east / _CELL_DEGREES) + 1):
        for y in range(math.floor(south / _CELL_DEGREES), math.floor(north / _CELL_DEGREES) + 1):
            yield x, y


def metres_between(a: Place, b: Place) -> float:
    """Return the metres between two near places in WGS-84 degrees."""
    east, north = metres_per_degree((a[1] + b[1]) / 2)
    return math.hypot((b[0] - a[0]) * east, (b[1] - a[1]) * north)
