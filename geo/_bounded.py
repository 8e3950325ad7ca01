"""A search from one place that ends where the time ends, with the memory it works in."""

import threading

import numpy as np

from geo._heap import MOST_TURNS
from geo._isochrone_streets import Scratch, Stations, Touched, search_streets
from geo._views import WeightsView
from geo.errors import InvalidValue
from geo.network import Network
from geo.reach import Sources
from geo.snap import Positions
from geo.weights import Weights


def ways_in(network: Network, stations: Sources) -> Stations:
    """Return the ways in of stations as the kernels that cut streets read them."""
    offset = stations.place - network.edge_vertex[stations.edge] + stations.fraction
    return Stations(stations.edge, offset, stations.forward, stations.backward, stations.access)


class BoundedSearch:
    """Search outward from single places; safe to share between threads.

    Args:
        network, weights: where one moves, and how fast.
        towards: the view of the weights to use instead, for the reversed network.
    """

    def __init__(
        self, network: Network, weights: Weights, *, towards: WeightsView | None = None
    ) -> None:
        self._network = network
        self._view = network.view
        self._towards = weights.view if towards is None else towards
        self._metres_per_second = weights.access_metres_per_second
        self._local = threading.local()

    def from_place(self, position: Positions, max_seconds: float) -> tuple[Touched, Stations]:
        """Return the edges from which one gets to a place in time, and the place as kernels do.

        Raises:
            InvalidValue: if it is not one place on the network.
        """
        if len(position) != 1 or position.edge[0] < 0:
            raise InvalidValue("position", position.edge.tolist(), "one place on the network")
        station = self.station(position)
        return (
            search_streets(self._view, self._towards, station, self.scratch(), max_seconds),
            station,
        )

    def station(self, position: Positions, index: int = 0) -> Stations:
        """Return one of several places as kernels read it."""
        edge, v = int(position.edge[index]), int(position.segment[index])
        fraction = float(position.fraction[index])
        seconds = []
        for along in (self._towards.vertex_forward, self._towards.vertex_backward):
            before = float(along[v])
            seconds.append(before + fraction * (float(along[v + 1]) - before))
        access = float(position.metres[index]) / self._metres_per_second
        offset = v - int(self._network.edge_vertex[edge]) + fraction
        return Stations(
            np.array([edge], np.int32),
            *(np.array([value]) for value in (offset, *seconds, access)),
        )

    def scratch(self) -> Scratch:
        """Return this thread's working memory, with a turn that no search before it had."""
        scratch: Scratch | None = getattr(self._local, "scratch", None)
        if scratch is None or scratch.turn >= MOST_TURNS:
            junctions, edges = self._network.junctions, self._network.edges
            scratch = Scratch(
                seconds=np.empty(junctions, np.float32),
                stamp=np.zeros(junctions, np.int32),
                edge_stamp=np.zeros(edges, np.int32),
                slot=np.empty(edges, np.int32),
                heap=np.empty(2 * edges + 3, np.uint64),
                settled=np.empty(junctions, np.int32),
                turn=0,
            )
        scratch = scratch._replace(turn=scratch.turn + 1)
        self._local.scratch = scratch
        return scratch
