"""The seconds that a way to move gives a network: what the kernels add up."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._views import WeightsView, seal
from geo.errors import InvalidValue
from geo.network import Network
from geo.pace import Movement, segments_of
from geo.streets import Access, Mode


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """Hold the seconds of one way to move on one network.

    Attributes:
        name: of the pace or ride they come from.
        mode: by what means.
        access_metres_per_second: speed between a point and its street.
        vertex_forward: float32 of shape (vertices,), seconds from the start of a
            vertex' edge to the vertex, moving forward.
        vertex_backward: float32 of shape (vertices,), seconds from the vertex to
            the start of its edge, moving backward.
        edge_forward, edge_backward: float32 of shape (edges,), seconds of the
            whole edge; infinite where that direction is not open.
        arc_out: float32 of shape (2 * edges,), seconds from an arc's junction to
            its far end.
        arc_in: float32 of shape (2 * edges,), seconds from an arc's far end to
            its junction.
    """

    name: str
    mode: Mode
    access_metres_per_second: float
    vertex_forward: NDArray[np.float32]
    vertex_backward: NDArray[np.float32]
    edge_forward: NDArray[np.float32]
    edge_backward: NDArray[np.float32]
    arc_out: NDArray[np.float32]
    arc_in: NDArray[np.float32]

    def __post_init__(self) -> None:
        seal(self)

    @property
    def view(self) -> WeightsView:
        """What kernels read."""
        return WeightsView(*(getattr(self, name) for name in WeightsView._fields))


def weigh(network: Network, movement: Movement) -> Weights:
    """Return the seconds that a pace or a ride gives the segments and arcs of ``network``.

    Raises:
        InvalidValue: if it gives a segment negative seconds or none at all, or does not move
            between a point and its street.
    """
    speed = movement.access_metres_per_second
    if not (np.isfinite(speed) and speed > 0):
        raise InvalidValue(f"access speed of {movement.name}", speed, "a speed above 0 m/s")
    forward, backward = movement.seconds(segments_of(network))
    for seconds in (forward, backward):
        if seconds.shape != network.segment_metres.shape:
            raise InvalidValue(
                f"seconds of {movement.name}",
                seconds.shape,
                f"the shape {network.segment_metres.shape}, one for each segment",
            )
        wrong = ~(np.isfinite(seconds) & (seconds >= 0))
        if wrong.any():
            raise InvalidValue(
                f"seconds of {movement.name}",
                float(seconds[wrong][0]),
                "a finite time of 0 s or more on every segment",
            )
    last = network.edge_vertex[1:] - 1
    vertex_forward = _accumulate(forward, network.edge_vertex)
    vertex_backward = _accumulate(backward, network.edge_vertex)
    ahead, behind = open_directions(network, movement.mode)
    edge_forward = np.where(ahead, vertex_forward[last], np.float32(np.inf))
    edge_backward = np.where(behind, vertex_backward[last], np.float32(np.inf))
    leaves_start = network.arc_edge >= 0
    edge = np.where(leaves_start, network.arc_edge, ~network.arc_edge)
    return Weights(
        name=movement.name,
        mode=movement.mode,
        access_metres_per_second=movement.access_metres_per_second,
        vertex_forward=vertex_forward,
        vertex_backward=vertex_backward,
        edge_forward=edge_forward,
        edge_backward=edge_backward,
        arc_out=np.where(leaves_start, edge_forward[edge], edge_backward[edge]),
        arc_in=np.where(leaves_start, edge_backward[edge], edge_forward[edge]),
    )


def open_directions(network: Network, mode: Mode) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which edges are open forward and backward, bool of shape (edges,) each."""
    if mode is Mode.EBIKE:
        ahead, behind = Access.RIDE_FORWARD, Access.RIDE_BACKWARD
    else:
        ahead, behind = Access.FORWARD, Access.BACKWARD
    return (network.edge_access & ahead) != 0, (network.edge_access & behind) != 0


@njit(cache=True, nogil=True)
def _accumulate(
    seconds: NDArray[np.float64], edge_vertex: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Sum seconds along each edge; the value at a vertex is that of all segments before it."""
    total = np.empty(len(seconds), np.float32)
    for e in range(len(edge_vertex) - 1):
        run = 0.0
        for v in range(edge_vertex[e], edge_vertex[e + 1]):
            total[v] = run
            run += seconds[v]
    return total
