"""Where a rider leaves the e-bike: the ways in of a station, and the nearest ones by riding.

A rider may stop where he stands, at any junction open to riders, or on the station's own street,
if it is a few minutes' walk to the station, and walks on from there along the walking network.
So the answer is the shortest way of a network in two layers, joined by parking. A flood from
:func:`doors` knows of no rider, so it leaves out the first of the three.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from geo._bounded import BoundedSearch
from geo.errors import InvalidValue
from geo.nearest import Finder, Walk
from geo.network import Network
from geo.reach import Sources, along, check_weights
from geo.ride import EBIKE, Ebike
from geo.snap import MAX_METRES, Positions, snap_one
from geo.streets import Mode
from geo.weights import Weights

# assumption: nobody parks farther away than this on foot
MAX_FOOT_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A ride and the last metres on foot.

    Attributes:
        station: index of the station.
        seconds: riding, parking and walking.
        metres: riding and walking.
        ride: the ride, to where the e-bike is left; its seconds are those of the whole trip.
            None if it is best left where the rider stands.
        foot: the walk from there.
        ascent, descent: of both, in metres.
    """

    station: int
    seconds: float
    metres: float
    ride: Walk | None
    foot: Walk
    ascent: float
    descent: float


class RideFinder:
    """Find the nearest stations by e-bike; safe to share between threads.

    Args:
        network: where one rides and walks.
        ride_weights: of :data:`geo.ride.EBIKE` or another :class:`geo.ride.Ebike`.
        walk_weights: of a pace, for the last metres.
        positions: where the stations stand, snapped for walkers.
        ebike: what the ride weights were made of.
        max_foot_seconds: how long a walk from the e-bike may be.
    """

    def __init__(
        self,
        network: Network,
        ride_weights: Weights,
        walk_weights: Weights,
        positions: Positions,
        *,
        ebike: Ebike = EBIKE,
        max_foot_seconds: float = MAX_FOOT_SECONDS,
    ) -> None:
        self.network = network
        self._parking_seconds = ebike.parking_seconds
        self._max_foot_seconds = max_foot_seconds
        ways_in = doors(
            network,
            ride_weights,
            walk_weights,
            positions,
            parking_seconds=ebike.parking_seconds,
            max_foot_seconds=max_foot_seconds,
        )
        self._ride = Finder(network, ride_weights, ways_in)
        self._foot = Finder(network, walk_weights, positions)

    def nearest(
        self,
        longitude: float,
        latitude: float,
        *,
        k: int,
        wanted: NDArray[np.bool_] | None = None,
        max_seconds: float = np.inf,
        max_snap_metres: float = MAX_METRES,
    ) -> tuple[Positions, list[Trip]]:
        """Return where the rider stands on the network, and the k nearest stations.

        Args, order and errors are those of :meth:`geo.nearest.Finder.nearest`.
        """
        origin = snap_one(
            self.network, longitude, latitude, max_metres=max_snap_metres, mode=Mode.EBIKE
        )
        return origin, self.from_position(origin, k=k, wanted=wanted, max_seconds=max_seconds)

    def from_position(
        self,
        origin: Positions,
        *,
        k: int,
        wanted: NDArray[np.bool_] | None = None,
        max_seconds: float = np.inf,
    ) -> list[Trip]:
        """Return the k nearest stations from a single place open to riders."""
        rides = self._ride.from_position(origin, k=k, wanted=wanted, max_seconds=max_seconds)
        walks = self._at_once(origin, k=k, wanted=wanted, max_seconds=max_seconds)
        ways: list[tuple[float, int, Walk, Callable[[Walk], Trip]]] = [
            (ride.seconds, ride.station, ride, self._trip) for ride in rides
        ]
        ways += [
            (walk.seconds + self._parking_seconds, walk.station, walk, self._parked_at_once)
            for walk in walks
        ]
        # of equal ways to a station the ride stays, which stands first
        nearest: dict[int, tuple[Walk, Callable[[Walk], Trip]]] = {}
        for _, station, way, trip_of in sorted(ways, key=lambda way: way[:2]):
            nearest.setdefault(station, (way, trip_of))
        return [trip_of(way) for way, trip_of in islice(nearest.values(), k)]

    def path(
        self, origin: Positions, trip: Trip
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return lon, lat of the ride and of the walk, each of shape (n, 2); (1, 2) for no ride."""
        if trip.ride is None:
            return origin.coordinates(self.network), self._foot.path(origin, trip.foot)
        parked = self._ride.place(trip.ride.source)
        return self._ride.path(origin, trip.ride), self._foot.path(parked, trip.foot)

    @property
    def parking_seconds(self) -> float:
        """How long it takes to leave the e-bike."""
        return self._parking_seconds

    @property
    def foot(self) -> Finder:
        """The search of those who go on on foot."""
        return self._foot

    @property
    def ride(self) -> Finder:
        """The search of those who ride to where they leave the e-bike."""
        return self._ride

    def _at_once(
        self,
        origin: Positions,
        *,
        k: int,
        wanted: NDArray[np.bool_] | None,
        max_seconds: float,
    ) -> list[Walk]:
        """Return the walks of a rider who parks where he stands."""
        left = min(self._max_foot_seconds, max_seconds - self._parking_seconds)
        if left <= 0:
            return []
        return self._foot.from_position(origin, k=k, wanted=wanted, max_seconds=left)

    def _parked_at_once(self, foot: Walk) -> Trip:
        return Trip(
            station=foot.station,
            seconds=foot.seconds + self._parking_seconds,
            metres=foot.metres,
            ride=None,
            foot=foot,
            ascent=foot.ascent,
            descent=foot.descent,
        )

    def _trip(self, ride: Walk) -> Trip:
        only = np.zeros(self._foot.stations.stations, np.bool_)
        only[ride.station] = True
        (foot,) = self._foot.from_position(self._ride.place(ride.source), k=1, wanted=only)
        return Trip(
            station=ride.station,
            seconds=ride.seconds,
            metres=ride.metres + foot.metres,
            ride=ride,
            foot=foot,
            ascent=ride.ascent + foot.ascent,
            descent=ride.descent + foot.descent,
        )


def doors(
    network: Network,
    ride_weights: Weights,
    walk_weights: Weights,
    positions: Positions,
    *,
    parking_seconds: float,
    max_foot_seconds: float = MAX_FOOT_SECONDS,
) -> Sources:
    """Return where riders may leave the e-bike for each station, as ways in with their seconds.

    Raises:
        InvalidValue: if the weights are not those of riders and of walkers on this network, or
            a time is negative or not finite.
    """
    for weights, mode in ((ride_weights, Mode.EBIKE), (walk_weights, Mode.WALK)):
        if weights.mode is not mode:
            raise InvalidValue("weights", weights.name, f"weights of the mode {mode.name}")
        check_weights(network, weights)
    for name, value in (
        ("parking_seconds", parking_seconds), ("max_foot_seconds", max_foot_seconds)
    ):  # fmt: skip
        if not (np.isfinite(value) and value >= 0):
            raise InvalidValue(name, value, "finite seconds, 0 or more")
    edge_at, at_end = _parking_edges(network)
    search = BoundedSearch(network, walk_weights)
    owner, edge, place, fraction, seconds = [], [], [], [], []
    for station in np.flatnonzero(positions.inside).tolist():
        junction, walk = _junctions_near(network, search, positions, station, max_foot_seconds)
        keep = edge_at[junction] >= 0
        junction, walk = junction[keep], walk[keep]
        e, end = edge_at[junction], at_end[junction]
        owner.append(np.full(len(junction), station))
        edge.append(e)
        place.append(np.where(end, network.edge_vertex[e + 1] - 2, network.edge_vertex[e]))
        fraction.append(end.astype(np.float64))
        seconds.append(walk)
    own = np.flatnonzero(positions.inside)
    own = own[(network.edge_connected[positions.edge[own]] & Mode.EBIKE) != 0]
    own_walk = positions.metres[own] / walk_weights.access_metres_per_second
    return _sorted(
        ride_weights,
        len(positions),
        owner=np.concatenate([*owner, own]).astype(np.int32),
        at=Positions(
            edge=np.concatenate([*edge, positions.edge[own]]).astype(np.int32),
            segment=np.concatenate([*place, positions.segment[own]]).astype(np.int64),
            fraction=np.concatenate([*fraction, positions.fraction[own]]),
            metres=np.zeros(sum(map(len, owner)) + len(own)),
        ),
        seconds=np.concatenate([*seconds, own_walk]) + parking_seconds,
    )


def _junctions_near(
    network: Network,
    search: BoundedSearch,
    positions: Positions,
    station: int,
    max_seconds: float,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the junctions from which a station is a short walk, and the seconds of the walks."""
    touched, _ = search.from_place(positions.take(station), max_seconds)
    junction = np.concatenate((network.edge_start[touched.edge], network.edge_end[touched.edge]))
    seconds = np.concatenate((touched.start_seconds, touched.end_seconds))
    unique, first = np.unique(junction, return_index=True)
    seconds = seconds[first]
    within = seconds <= max_seconds
    return unique[within], seconds[within]


def _parking_edges(network: Network) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return for each junction an edge by which riders come and go, -1 for none, and which end."""
    ridden = (network.edge_connected & Mode.EBIKE) != 0
    edges = np.flatnonzero(ridden).astype(np.int32)
    edge_at = np.full(network.junctions, -1, np.int32)
    at_end = np.zeros(network.junctions, np.bool_)
    for junction, end in ((network.edge_end[edges], True), (network.edge_start[edges], False)):
        edge_at[junction] = edges
        at_end[junction] = end
    return edge_at, at_end


def _sorted(
    weights: Weights,
    stations: int,
    *,
    owner: NDArray[np.int32],
    at: Positions,
    seconds: NDArray[np.float64],
) -> Sources:
    places = along(weights, at)
    order = np.lexsort((owner, at.edge))
    return Sources(
        stations=stations,
        edge=at.edge[order],
        owner=owner[order],
        place=at.segment[order],
        fraction=at.fraction[order],
        metres=at.metres[order],
        forward=places.forward[order],
        backward=places.backward[order],
        access=seconds[order],
    )
