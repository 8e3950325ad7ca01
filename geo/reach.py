"""How long the walk to a station is, from everywhere at once.

The flood runs against the arcs, from the stations outward, so that its times
are those of a walk *to* the station. It is Dijkstra's algorithm from many
sources, keeping at each junction the k nearest distinct ones.
"""

import sys
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geo._flood import Seeds, flood_layers
from geo._views import PlacesView, ReachView, SourcesView
from geo.errors import InvalidValue, NoSources, SourcesOutside
from geo.network import Network
from geo.snap import Positions
from geo.weights import Weights

MAX_NEAREST = 5
# an infinite label would stand for no label
_LONGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sources:
    """Stations on a network as the kernels read them, an entry for each way in.

    On foot a station has one way in, the place where it stands; for riders it
    has every place where one may park and walk on (:mod:`geo.parking`).

    Attributes:
        stations: how many stations there are, those without a way in included.
        edge: int32 of shape (entries,), edges in ascending order.
        owner: int32 of shape (entries,), the station of each.
        place: int64 of shape (entries,), the vertex that the entry's segment leaves.
        fraction: float64 of shape (entries,), 0 to 1 along that segment.
        metres: float64 of shape (entries,), the straight access leg.
        forward, backward: float64 of shape (entries,), seconds along the edge
            from its start to the entry, forward, and from the entry to its
            start, backward.
        access: float64 of shape (entries,), seconds from the entry to the station.
    """

    stations: int
    edge: NDArray[np.int32]
    owner: NDArray[np.int32]
    place: NDArray[np.int64]
    fraction: NDArray[np.float64]
    metres: NDArray[np.float64]
    forward: NDArray[np.float64]
    backward: NDArray[np.float64]
    access: NDArray[np.float64]

    @property
    def view(self) -> SourcesView:
        """What kernels read."""
        return SourcesView(self.edge, self.owner, self.forward, self.backward, self.access)

    @property
    def served(self) -> int:
        """How many stations have a way in."""
        return len(np.unique(self.owner))

    def only(self, wanted: NDArray[np.bool_]) -> "Sources":
        """Return the same with the ways in of some stations alone; they keep their numbers.

        Args:
            wanted: bool of shape (stations,).

        Raises:
            InvalidValue: if it has another shape.
        """
        check_wanted(wanted, self.stations)
        return self.take(np.flatnonzero(wanted[self.owner]))

    def take(self, entries: NDArray[np.intp]) -> "Sources":
        """Return some of the entries, named in ascending order."""
        return Sources(
            stations=self.stations,
            **{name: getattr(self, name)[entries] for name in _ENTRY_FIELDS},
        )


_ENTRY_FIELDS = (
    "edge", "owner", "place", "fraction", "metres", "forward", "backward", "access",
)  # fmt: skip


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
    access = positions.metres / weights.access_metres_per_second
    return PlacesView(positions.edge, forward, backward, access)


def sources(
    weights: Weights, positions: Positions, *, outside: Literal["refuse", "leave out"] = "refuse"
) -> Sources:
    """Prepare stations for the kernels.

    Args:
        weights: of what moves.
        positions: where the stations stand, of shape (n,).
        outside: what to do with stations that lie outside the network or on an edge that is
            shut to what moves; left out, they serve nobody and keep their numbers.

    Raises:
        SourcesOutside: naming those stations, if they are to be refused.
        InvalidValue: if ``outside`` is neither.
    """
    if outside not in {"refuse", "leave out"}:
        raise InvalidValue("outside", outside, "'refuse' or 'leave out'")
    places = along(weights, positions)
    edge = np.where(positions.inside, positions.edge, 0)
    usable = np.isfinite(weights.edge_forward[edge]) | np.isfinite(weights.edge_backward[edge])
    usable &= positions.inside
    if outside == "refuse" and not usable.all():
        raise SourcesOutside(np.flatnonzero(~usable).tolist(), total=len(positions))
    index = np.flatnonzero(usable)
    order = index[np.argsort(positions.edge[index], kind="stable")]
    return Sources(
        stations=len(positions),
        edge=positions.edge[order],
        owner=order.astype(np.int32),
        place=positions.segment[order],
        fraction=positions.fraction[order],
        metres=positions.metres[order],
        forward=places.forward[order],
        backward=places.backward[order],
        access=places.access[order],
    )


def flood(
    network: Network, weights: Weights, stations: Sources, *, max_seconds: float, k: int = 1
) -> Reach:
    """Walk from every junction to its k nearest distinct stations.

    Of equally near stations the one with the smaller index comes first.

    Raises:
        NoSources: if no station has a way in.
        InvalidValue: if the limit is not positive, if k is not 1 to 5 or more than
            the stations with a way in, or if the weights are those of another network.
    """
    check_limit(max_seconds)
    check_weights(network, weights)
    if len(stations.edge) == 0:
        raise NoSources
    check_count("k", k, most=MAX_NEAREST)
    if k > 1 and k > stations.served:
        raise InvalidValue("k", k, f"at most {stations.served}, the stations with a way in")
    seeds = seeds_of(network, weights, stations)
    labels = flood_layers(
        network.view,
        weights.arc_in,
        weights.arc_out,
        seeds,
        np.float32(min(_LONGEST, float(max_seconds))),
        k,
    )
    # the two halves of a label: the station in the low word, float bits in the high one
    words = labels.view(np.uint32).reshape(network.junctions, k, 2)
    low, high = (0, 1) if sys.byteorder == "little" else (1, 0)
    return Reach(
        seconds=np.ascontiguousarray(words[:, :, high]).view(np.float32),
        owner=np.ascontiguousarray(words[:, :, low]).view(np.int32),
        max_seconds=max_seconds,
    )


def check_limit(max_seconds: float) -> None:
    """Raise :class:`InvalidValue` unless a time limit is above 0; it may be infinite."""
    if not max_seconds > 0:
        raise InvalidValue("max_seconds", max_seconds, "a time above 0 s")


def check_count(name: str, value: int, *, most: int) -> None:
    """Raise :class:`InvalidValue` unless a number is whole and from 1 to the most there can be."""
    if not isinstance(value, int | np.integer) or not 1 <= value <= most:
        raise InvalidValue(name, value, f"a whole number from 1 to {most}")


def check_wanted(wanted: NDArray[np.bool_], stations: int) -> None:
    """Raise :class:`InvalidValue` unless there is a flag for each station."""
    if wanted.shape != (stations,) or wanted.dtype != np.bool_:
        found = f"{wanted.dtype} of shape {wanted.shape}"
        raise InvalidValue("wanted", found, f"bool of shape ({stations},), one for each station")


def check_weights(network: Network, weights: Weights) -> None:
    """Raise :class:`InvalidValue` if weights cannot be those of a network."""
    shapes = len(weights.arc_out), len(weights.vertex_forward)
    if shapes != (len(network.arc_far), len(network.vertex_longitude)):
        raise InvalidValue(
            f"weights {weights.name}", shapes, "the arcs and vertices of the network itself"
        )


def seeds_of(network: Network, weights: Weights, stations: Sources) -> Seeds:
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
    known = np.isfinite(seconds)
    return Seeds(junction[known], seconds[known], owner[known])
