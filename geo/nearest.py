"""The nearest stations from one point, by a search outward that stops when it knows enough."""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo._search import Origin, Scratch, search
from geo._trace import Place, trace
from geo.errors import InvalidValue
from geo.network import Network
from geo.pace import Weights
from geo.plane import UNITS_PER_DEGREE
from geo.reach import Sources, along, check_limit, sources
from geo.snap import MAX_METRES, Positions, snap_one


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A walk from a point to a station.

    Attributes:
        station: index of the station.
        seconds: by the pace of the search, both access legs included.
        metres: along the streets, both access legs included.
        ascent, descent: metres climbed and descended, both positive.
        vertices: int64 of shape (n,), vertices of the network passed, in order.
    """

    station: int
    seconds: float
    metres: float
    ascent: float
    descent: float
    vertices: NDArray[np.int64]


class Finder:
    """Find the nearest stations on one network by one pace.

    Safe to share between threads; each keeps its own working memory.
    """

    def __init__(self, network: Network, weights: Weights, positions: Positions) -> None:
        self.network = network
        self.weights = weights
        self.stations: Sources = sources(weights, positions)
        # made once: a search takes less time than putting them together
        self._views = network.view, weights.view, self.stations.view
        self._local = threading.local()

    def nearest(
        self,
        longitude: float,
        latitude: float,
        *,
        k: int,
        wanted: NDArray[np.bool_] | None = None,
        max_seconds: float = np.inf,
        max_snap_metres: float = MAX_METRES,
    ) -> tuple[Positions, list[Walk]]:
        """Return where the point stands on the network and its k nearest stations.

        Args:
            longitude, latitude: WGS-84 degrees.
            k: how many; fewer come back if fewer can be reached.
            wanted: bool of shape (stations,); only these count.
            max_seconds: no walk longer than this is returned.
            max_snap_metres: how far from a street the point may lie.

        Returns:
            the origin, and walks in strict order of seconds, ties by station index.

        Raises:
            OutsideNetwork: if no street is near enough.
            InvalidValue: if k is below 1 or the limit is not positive.
        """
        if k < 1:
            raise InvalidValue("k", k, "a whole number of 1 or more")
        check_limit(max_seconds)
        origin = snap_one(self.network, longitude, latitude, max_metres=max_snap_metres)
        return origin, self.from_position(origin, k=k, wanted=wanted, max_seconds=max_seconds)

    def from_position(
        self,
        origin: Positions,
        *,
        k: int,
        wanted: NDArray[np.bool_] | None = None,
        max_seconds: float = np.inf,
    ) -> list[Walk]:
        """Return the k nearest stations from a single place on the network."""
        weights, stations = self.weights, self.stations
        count = len(stations.positions)
        wanted = np.ones(count, np.bool_) if wanted is None else wanted
        if wanted.shape != (count,):
            raise InvalidValue("wanted", wanted.shape, f"one flag for each of {count} stations")
        k = min(k, max(count, 1))
        at = along(weights, origin)
        scratch = self._scratch()
        seconds, found, entry = search(
            *self._views,
            Origin(
                int(at.edge[0]), float(at.forward[0]), float(at.backward[0]), float(at.access[0])
            ),
            scratch,
            wanted,
            float(max_seconds),
            k,
        )
        return [
            self._trace(origin, scratch, int(found[i]), float(seconds[i]), int(entry[i]))
            for i in range(k)
            if found[i] >= 0
        ]

    def path(self, origin: Positions, walk: Walk) -> NDArray[np.float64]:
        """Return lon, lat of a walk on the streets, shape (n, 2), from origin to station."""
        network = self.network
        target = self.stations.positions
        ends = np.vstack(
            (
                origin.coordinates(network)[0],
                _slice(target, walk.station).coordinates(network)[0],
            )
        )
        middle = np.column_stack(
            (
                network.vertex_longitude[walk.vertices],
                network.vertex_latitude[walk.vertices],
            )
        )
        return np.vstack((ends[:1], middle / UNITS_PER_DEGREE, ends[1:]))

    def _scratch(self) -> Scratch:
        """Return this thread's working memory, with a turn that no search before it had."""
        scratch: Scratch | None = getattr(self._local, "scratch", None)
        if scratch is None:
            n = self.network.junctions
            scratch = Scratch(
                seconds=np.empty(n, np.float32),
                arc=np.empty(n, np.int64),
                stamp=np.zeros(n, np.int32),
                heap=np.empty(len(self.network.arc_far) + 3, np.uint64),
                turn=0,
            )
        scratch = scratch._replace(turn=scratch.turn + 1)
        self._local.scratch = scratch
        return scratch

    def _trace(
        self, origin: Positions, scratch: Scratch, station: int, seconds: float, entry: int
    ) -> Walk:
        """Follow the arcs back from a station and measure what was walked."""
        target = _slice(self.stations.positions, station)
        vertices, metres, ascent, descent = trace(
            self._views[0], scratch.arc, entry, _place(origin), _place(target)
        )
        legs = float(origin.metres[0] + target.metres[0])
        return Walk(
            station=station,
            seconds=seconds,
            metres=metres + legs,
            ascent=ascent,
            descent=descent,
            vertices=vertices,
        )


def _slice(positions: Positions, index: int) -> Positions:
    part = slice(index, index + 1)
    return Positions(
        edge=positions.edge[part],
        segment=positions.segment[part],
        fraction=positions.fraction[part],
        metres=positions.metres[part],
    )


def _place(positions: Positions) -> Place:
    return Place(int(positions.segment[0]), float(positions.fraction[0]))
