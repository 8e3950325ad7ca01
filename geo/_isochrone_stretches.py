"""Reached stretches of street, as arrays and as lines."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.network import Network
from geo.plane import UNITS_PER_DEGREE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Streets:
    """Stretches of street reached within a limit, each on one edge.

    Attributes:
        limit_seconds: the limit.
        edge: int32 of shape (n,).
        begin, end: float64 of shape (n,), offsets from the edge's start in
            segments: 2.25 is a quarter into the third. ``begin`` is below
            ``end``; stretches of one edge stand together, ascending, apart.
    """

    limit_seconds: float
    edge: NDArray[np.int32]
    begin: NDArray[np.float64]
    end: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.edge)

    def segments(
        self, network: Network
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the stretches segment by segment, shape (parts,): vertex left, from, to."""
        owner, number = self._parts()
        return (
            network.edge_vertex[self.edge[owner]] + number,
            np.clip(self.begin[owner] - number, 0.0, 1.0),
            np.clip(self.end[owner] - number, 0.0, 1.0),
        )

    def metres(self, network: Network) -> float:
        """Return the length of all stretches."""
        segment, begin, end = self.segments(network)
        return float((network.segment_metres[segment] * (end - begin)).sum())

    def lines(self, network: Network) -> NDArray[np.object_]:
        """Return shapely lines in WGS-84, shape (n,), each from ``begin`` to ``end``."""
        owner, _ = self._parts()
        segment, begin, end = self.segments(network)
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        # the begin of each stretch, and the end of every part
        places = np.insert(segment, starts, segment[starts])
        fraction = np.insert(end, starts, begin[starts])[:, None]
        here, after = (
            np.column_stack((network.vertex_longitude[v], network.vertex_latitude[v]))
            for v in (places, places + 1)
        )
        points = here + fraction * (after - here)
        lines = np.insert(owner, starts, owner[starts])
        return np.asarray(shapely.linestrings(points / UNITS_PER_DEGREE, indices=lines))

    def _parts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return for each segment touched its stretch, and its number on the edge."""
        first = np.floor(self.begin).astype(np.int64)
        sizes = np.ceil(self.end).astype(np.int64) - first
        owner = np.repeat(np.arange(len(self)), sizes)
        before = np.cumsum(sizes) - sizes
        return owner, first[owner] + np.arange(len(owner)) - before[owner]
