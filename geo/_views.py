"""What compiled kernels read of a network, of weights and of stations: named tuples of arrays."""

from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class NetworkView(NamedTuple):
    """Arrays of :class:`geo.network.Network`, under the same names."""

    junction_arc: NDArray[np.int32]
    arc_edge: NDArray[np.int32]
    arc_far: NDArray[np.int32]
    edge_start: NDArray[np.int32]
    edge_end: NDArray[np.int32]
    edge_access: NDArray[np.uint8]
    edge_connected: NDArray[np.uint8]
    edge_vertex: NDArray[np.int32]
    vertex_longitude: NDArray[np.int32]
    vertex_latitude: NDArray[np.int32]
    vertex_edge: NDArray[np.int32]
    segment_metres: NDArray[np.float32]
    segment_climb: NDArray[np.float32]
    segment_class: NDArray[np.uint8]
    grid_pointer: NDArray[np.int32]
    grid_segment: NDArray[np.int32]


class WeightsView(NamedTuple):
    """Arrays of :class:`geo.weights.Weights`, under the same names."""

    vertex_forward: NDArray[np.float32]
    vertex_backward: NDArray[np.float32]
    edge_forward: NDArray[np.float32]
    edge_backward: NDArray[np.float32]
    arc_out: NDArray[np.float32]
    arc_in: NDArray[np.float32]


class SourcesView(NamedTuple):
    """Arrays of :class:`geo.reach.Sources`, under the same names."""

    edge: NDArray[np.int32]
    owner: NDArray[np.int32]
    forward: NDArray[np.float64]
    backward: NDArray[np.float64]
    access: NDArray[np.float64]


class PlacesView(NamedTuple):
    """Where points stand: edge, and seconds along it and to it as in :func:`geo.reach.along`."""

    edge: NDArray[np.int32]
    forward: NDArray[np.float64]
    backward: NDArray[np.float64]
    access: NDArray[np.float64]


class ReachView(NamedTuple):
    """Arrays of :class:`geo.reach.Reach`, under the same names."""

    seconds: NDArray[np.float32]
    owner: NDArray[np.int32]


def seal(holder: Any) -> None:
    """Make every array of a dataclass read-only, as those are that were opened from disk.

    Nobody changes them by accident, and a kernel is compiled once for both.
    """
    for field in fields(holder):
        value = getattr(holder, field.name)
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
