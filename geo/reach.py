"""How long the walk to a station is, from everywhere at once.

The flood runs against the arcs, from the stations outward, so that its times
are those of a walk *to* the station. It is Dijkstra's algorithm from many
sources, keeping at each junction the k nearest distinct ones.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo._flood import Seeds, flood_many, flood_one
from geo._views import PlacesView, ReachView, SourcesView
from geo.errors import InvalidValue
from geo.network import Network
from geo.pace import Weights
from geo.snap import Positions

MAX_NEAREST = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sources:
    """Stations on a network as the kernels read them; owners are indices into ``positions``.

    Attributes:
        positions: places, some perhaps outside (those serve nobody).
        edge: int32 of shape (inside,), edges in ascending order.
        owner: int32 of shape (inside,), the station at each.
        forward, backward: float64 of shape (inside,), seconds along the edge
            from its start to the station, walking forward, and from the station
            to its start, walking backward.
        access: float64 of shape (inside,), seconds of the access leg.
    """

    positions: Positions
    edge: NDArray[np.int32]
    owner: NDArray[np.int32]
    forward: NDArray[np.float64]
    backward: NDArray[np.float64]
    access: NDArray[np.float64]

    @property
    def view(self) -> SourcesView:
        """What kernels read."""
        return SourcesView(self.edge, self.owner, self.forward, self.backward, self.access)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reach:
    """Times from every junction to its nearest stations.

    Attributes:
        seconds: float32 of shape (junctions, k), ascending; infinite if there is none.
        owner: int32 of shape (junctions, k), the station reached, -1 if there is none.
        max_seconds: the limit of the flood; what lies beyond is absent.
    """

    seconds: NDArray[np.float32]
    owner: NDArray[np.int32]
    max_seconds: float

    @property
    def view(self) -> ReachView:
        """What kernels read."""
        return ReachView(self.seconds, self.owner)

    @property
    def k(self) -> int:
        """How many stations are kept for each junction."""
        return int(self.seconds.shape[1])


def along(weights: Weights, positions: Positions) -> PlacesView:
    """Return forward, backward and access seconds of positions, each of shape (n,).

    Forward runs from the start of the edge to the position, backward from the
    position to that start; the access leg is walked at the flat speed.
    """
    inside = positions.inside
    v = np.where(inside, positions.segment, 0)
    w = np.where(inside, v + 1, 0)
    f = positions.fraction
    forward = weights.vertex_forward[v].astype(np.float64)
    forward += f * (weights.vertex_forward[w].astype(np.float64) - forward)
    backward = weights.vertex_backward[v].astype(np.float64)
    backward += f * (weights.vertex_backward[w].astype(np.float64) - backward)
    access = positions.metres / weights.pace.flat_metres_per_second
    return PlacesView(positions.edge, forward, backward, access)


def sources(weights: Weights, positions: Positions) -> Sources:
    """Prepare stations for the kernels; those outside the network are left out."""
    places = along(weights, positions)
    index = np.flatnonzero(positions.inside)
    order = index[np.argsort(positions.edge[index], kind="stable")]
    return Sources(
        positions=positions,
        edge=positions.edge[order],
        owner=order.astype(np.int32),
        forward=places.forward[order],
        backward=places.backward[order],
        access=places.access[order],
    )


def flood(
    network: Network, weights: Weights, stations: Sources, *, max_seconds: float, k: int = 1
) -> Reach:
    """Walk from every junction to its k nearest distinct stations.

    Of equally near stations the one with the smaller index is kept first. With no
    station at all every junction is unreached.

    Raises:
        InvalidValue: if the limit is not positive or k is not 1 to 5.
    """
    check_limit(max_seconds)
    if not 1 <= k <= MAX_NEAREST:
        raise InvalidValue("k", k, f"a whole number from 1 to {MAX_NEAREST}")
    seeds = _seeds(network, weights, stations)
    run = flood_one if k == 1 else flood_many
    reached, owners = run(network.view, weights.arc_in, seeds, np.float32(max_seconds), k)
    return Reach(seconds=reached, owner=owners, max_seconds=max_seconds)


def check_limit(max_seconds: float) -> None:
    """Raise :class:`InvalidValue` unless a time limit is above 0; it may be infinite."""
    if not max_seconds > 0:
        raise InvalidValue("max_seconds", max_seconds, "a time above 0 s")


def _seeds(network: Network, weights: Weights, stations: Sources) -> Seeds:
    """Return where the flood begins: both ends of each station's edge."""
    edge = stations.edge
    last = network.edge_vertex[edge + 1] - 1
    # a station at the very end of an edge stands on the junction, whatever the edge allows
    at_start = stations.forward <= 0
    at_end = stations.forward >= weights.vertex_forward[last]
    from_start = np.where(
        np.isfinite(weights.edge_forward[edge]) | at_start,
        stations.forward + stations.access,
        np.inf,
    )
    from_end = np.where(
        np.isfinite(weights.edge_backward[edge]) | at_end,
        weights.vertex_backward[last] - stations.backward + stations.access,
        np.inf,
    )
    junction = np.concatenate((network.edge_start[edge], network.edge_end[edge]))
    seconds = np.concatenate((from_start, from_end)).astype(np.float32)
    owner = np.concatenate((stations.owner, stations.owner))
    order = np.lexsort((owner, seconds))
    order = order[np.isfinite(seconds[order])]
    return Seeds(junction[order], seconds[order], owner[order])
