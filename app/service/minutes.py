"""Streets by walking minutes to the nearest station that counts: for maps."""

import threading
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from app.service.snapshot import Snapshot
from geo.coverage import nearest_seconds
from geo.network import Network
from geo.plane import UNITS_PER_DEGREE
from geo.reach import Sources
from geo.snap import Positions
from geo.street_features import stretch_lines
from geo.streets import Access, Rank

BANDS = (5, 10, 15)
BEYOND = 99
PACE = "terrain"

# the least important street that a tile holds up to its zoom
_RANKS = ((10, Rank.SECONDARY), (11, Rank.RESIDENTIAL))
# streets are drawn in three widths, by the least important rank of each
_WIDTHS = (Rank.TERTIARY, Rank.RESIDENTIAL)


@dataclass(frozen=True, slots=True, eq=False)
class StreetMinutes:
    """Stretches of street of one band each, cut where the band changes.

    Attributes:
        band: int16 of shape (n,), 5, 10, 15 or 99.
        rank: uint8 of shape (n,), the street's importance, 0 the highest.
        first, last: int64 of shape (n,), vertices of the network at both ends.
        box: float64 of shape (n, 4), west, south, east, north in degrees.
    """

    network: Network
    band: NDArray[np.int16]
    rank: NDArray[np.uint8]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    box: NDArray[np.float64]

    def within(
        self, bounds: tuple[float, float, float, float], *, zoom: int
    ) -> list[tuple[bytes, int, int]]:
        """Return WKB in WGS-84, band and width of what touches bounds, as a zoom shows it."""
        west, south, east, north = bounds
        least = next((rank for limit, rank in _RANKS if zoom <= limit), Rank.STEPS)
        box = self.box
        chosen = np.flatnonzero(
            (box[:, 0] <= east)
            & (box[:, 2] >= west)
            & (box[:, 1] <= north)
            & (box[:, 3] >= south)
            & (self.rank <= least)
        )
        wkb = shapely.to_wkb(self.lines(chosen))
        width = self.width[chosen]
        return list(zip(wkb.tolist(), self.band[chosen].tolist(), width.tolist(), strict=True))

    @property
    def width(self) -> NDArray[np.intp]:
        """How wide each is drawn: 0 for main streets, 1 for local ones, 2 for the rest."""
        return np.searchsorted(_WIDTHS, self.rank)

    def lines(self, chosen: NDArray[np.int64]) -> NDArray[np.object_]:
        """Return shapely lines in WGS-84 of some stretches."""
        return stretch_lines(self.network, self.first[chosen], self.last[chosen])


class MinutesCache:
    """Keep the street minutes of the last snapshot asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = ""
        self._minutes: StreetMinutes | None = None

    def of(self, snapshot: Snapshot) -> StreetMinutes:
        """Return the minutes of a snapshot, computing them once."""
        with self._lock:
            if self._minutes is None or self._version != snapshot.version:
                self._minutes = street_minutes(snapshot)
                self._version = snapshot.version
            return self._minutes


def counting(snapshot: Snapshot) -> Sources:
    """Return the kernels' view of the stations that count for coverage."""
    return snapshot.finders[PACE].stations.only(snapshot.counts)


def street_minutes(snapshot: Snapshot) -> StreetMinutes:
    """Time every segment at its middle and join neighbours of one band."""
    streets = snapshot.streets
    network, weights = streets.network, streets.weights[PACE]
    seconds = nearest_seconds(
        network,
        weights,
        counting(snapshot),
        segment_middles(network),
        max_seconds=BANDS[-1] * 60,
    )
    band = np.full(len(seconds), BEYOND, np.int16)
    for limit in reversed(BANDS):
        band[seconds <= limit * 60] = limit
    return stretches(network, band)


def segment_middles(network: Network) -> Positions:
    """Return the middle of the segment that each vertex leaves; an edge's last leaves none."""
    segment = np.arange(len(network.vertex_edge))
    # a place there is as good as any: nobody reads it
    ends = network.edge_vertex[1:] - 1
    segment[ends] = np.maximum(ends - 1, 0)
    return Positions(
        # a copy: kernels are compiled for arrays that may be written
        edge=network.vertex_edge.copy(),
        segment=segment,
        fraction=np.full(len(segment), 0.5),
        metres=np.zeros(len(segment)),
    )


def stretches(network: Network, band: NDArray[np.int16]) -> StreetMinutes:
    """Join neighbouring segments of one band, given for the segment that each vertex leaves."""
    edge = network.vertex_edge
    inner = np.ones(len(edge), np.bool_)
    inner[network.edge_vertex[1:] - 1] = False
    # what riders alone may use is no street to a walker
    inner &= (network.edge_access & Access.BOTH)[edge] != 0
    segments = np.flatnonzero(inner)
    rank = (network.segment_class >> 4).astype(np.uint8)
    changes = (
        (np.diff(edge[segments]) != 0)
        | (np.diff(band[segments]) != 0)
        | (np.diff(rank[segments]) != 0)
    )
    begins = np.concatenate(([0], np.flatnonzero(changes) + 1))
    first = segments[begins]
    last = np.concatenate((segments[begins[1:] - 1], segments[-1:])) + 1
    lon = network.vertex_longitude.astype(np.float64) / UNITS_PER_DEGREE
    lat = network.vertex_latitude.astype(np.float64) / UNITS_PER_DEGREE
    # reduceat over [first, last + 1): neighbours on one edge share a vertex, so odd slots are gaps
    cuts = np.column_stack((first, last + 1)).ravel()
    cuts = cuts[:-1] if cuts[-1] == len(lon) else cuts
    box = np.column_stack(
        (
            np.minimum.reduceat(lon, cuts)[::2],
            np.minimum.reduceat(lat, cuts)[::2],
            np.maximum.reduceat(lon, cuts)[::2],
            np.maximum.reduceat(lat, cuts)[::2],
        )
    )
    return StreetMinutes(network, band[first], rank[first], first, last, box)
