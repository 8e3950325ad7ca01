"""The nearest stations from one point, by a search outward that stops when it knows enough."""

import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo._heap import MOST_TURNS
from geo._search import Scratch
from geo._trace import Place, Stations, search_and_trace
from geo.errors import InvalidValue, NoSources
from geo.legs import Leg, legs_of
from geo.network import Network
from geo.plane import UNITS_PER_DEGREE
from geo.reach import (
    Sources,
    check_count,
    check_limit,
    check_wanted,
    check_weights,
    sources,
)
from geo.snap import MAX_METRES, Positions, snap_one
from geo.weights import Weights


class Walk(NamedTuple):
    """A walk from a point to a station.

    Attributes:
        station: index of the station.
        source: index of the way in that was taken, see :class:`geo.reach.Sources`.
        seconds: by the pace of the search, both access legs included.
        metres: along the streets, both access legs included.
        ascent, descent: metres climbed and descended, both positive.
        vertices: int64 of shape (n,), vertices of the network passed, in order.
    """

    station: int
    source: int
    seconds: float
    metres: float
    ascent: float
    descent: float
    vertices: NDArray[np.int64]


class Finder:
    """Find the nearest stations on one network by one way to move.

    Safe to share between threads; each keeps its own working memory.

    Args:
        network: where one moves.
        weights: how fast.
        stations: where they stand; those outside the network are never found. Or
            their ways in, where one station has several.

    Raises:
        InvalidValue: if the weights are those of another network.
    """

    def __init__(self, network: Network, weights: Weights, stations: Positions | Sources) -> None:
        check_weights(network, weights)
        self.network = network
        self.weights = weights
        if isinstance(stations, Positions):
            stations = sources(weights, stations, outside="leave out")
        self.stations = stations
        # made once: a search takes less time than putting them together
        occupied = np.zeros(network.edges, np.bool_)
        occupied[self.stations.edge] = True
        self._views = network.view, weights.view, self.stations.view
        at = self.stations
        self._places = Stations(at.place, at.fraction, at.metres, occupied)
        self._everybody = np.ones(self.stations.stations, np.bool_)
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
            InvalidValue: if k is not 1 to the number of stations, or the limit is not positive.
            NoSources: if there is no station.
        """
        self._check(k, max_seconds)
        origin = snap_one(
            self.network, longitude, latitude, max_metres=max_snap_metres, mode=self.weights.mode
        )
        return origin, self.from_position(origin, k=k, wanted=wanted, max_seconds=max_seconds)

    def from_position(
        self,
        origin: Positions,
        *,
        k: int,
        wanted: NDArray[np.bool_] | None = None,
        max_seconds: float = np.inf,
    ) -> list[Walk]:
        """Return the k nearest stations from a single place on the network.

        Raises:
            InvalidValue, NoSources: as :meth:`nearest`, and if the place lies outside.
        """
        self._check(k, max_seconds)
        if len(origin) != 1 or origin.edge[0] < 0:
            raise InvalidValue("origin", origin.edge.tolist(), "one place on the network")
        wanted = self._everybody if wanted is None else wanted
        check_wanted(wanted, self.stations.stations)
        metres = float(origin.metres[0])
        found = search_and_trace(
            *self._views,
            self._places,
            int(origin.edge[0]),
            Place(int(origin.segment[0]), float(origin.fraction[0])),
            (metres, metres / self.weights.access_metres_per_second),
            self._scratch(),
            wanted,
            float(max_seconds),
            k,
        )
        return _walks(*found)

    def path(self, origin: Positions, walk: Walk) -> NDArray[np.float64]:
        """Return lon, lat of a walk on the streets, shape (n, 2), from origin to way in."""
        network = self.network
        ends = np.vstack(
            (origin.coordinates(network), self.place(walk.source).coordinates(network))
        )
        middle = np.column_stack(
            (
                network.vertex_longitude[walk.vertices],
                network.vertex_latitude[walk.vertices],
            )
        )
        return np.vstack((ends[:1], middle / UNITS_PER_DEGREE, ends[1:]))

    def legs(self, origin: Positions, walk: Walk) -> list[Leg]:
        """Return a walk part by part, from where the origin stands on the streets to the way in.

        With the access legs at both ends its metres and seconds are those of the walk.
        """
        return legs_of(self.network, self.weights, walk.vertices, origin, self.place(walk.source))

    def place(self, source: int) -> Positions:
        """Return where a way in lies on the network."""
        part = slice(source, source + 1)
        return Positions(
            edge=self.stations.edge[part],
            segment=self.stations.place[part],
            fraction=self.stations.fraction[part],
            metres=self.stations.metres[part],
        )

    def _check(self, k: int, max_seconds: float) -> None:
        if self.stations.stations == 0:
            raise NoSources
        check_count("k", k, most=self.stations.stations)
        check_limit(max_seconds)

    def _scratch(self) -> Scratch:
        """Return this thread's working memory, with a turn that no search before it had."""
        scratch: Scratch | None = getattr(self._local, "scratch", None)
        if scratch is None or scratch.turn >= MOST_TURNS:
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


def _walks(
    whole: NDArray[np.int64], measured: NDArray[np.float64], vertices: NDArray[np.int64]
) -> list[Walk]:
    """Tell what :func:`geo._trace.search_and_trace` found."""
    walks, begin = [], 0
    for (station, source, end), (seconds, metres, ascent, descent) in zip(
        whole.tolist(), measured.tolist(), strict=True
    ):
        walks.append(
            Walk(
                station=station,
                source=source,
                seconds=seconds,
                metres=metres,
                ascent=ascent,
                descent=descent,
                vertices=vertices[begin:end],
            )
        )
        begin = end
    return walks
