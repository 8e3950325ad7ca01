"""How long a segment takes to walk: paces, and the seconds they give a network.

Two paces are ready made. ``OFFICIAL`` is the rule of the service circle: 4 km/h
on everything, so that 15 minutes are 1 km. ``TERRAIN`` is honest about slopes
and stairs.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo._views import WeightsView
from geo.errors import InvalidValue
from geo.network import Network
from geo.streets import Access, Kind

STEP_METRES = 0.16  # a common riser of outdoor public stairs
MAX_SLOPE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Say how fast a person walks, from named parts.

    Attributes:
        name: what runs and answers call it.
        flat_metres_per_second: speed on the flat.
        slope_factor, slope_optimum: the walker's speed on slope ``S`` (climb over
            length) is flat speed times ``exp(-factor * |S + optimum|)`` over
            ``exp(-factor * optimum)``. With 3.5 and 0.05 this is Tobler's hiking
            function (Tobler 1993, Three Presentations on Geographical Analysis
            and Modeling, NCGIA TR 93-1), scaled to the flat speed. A factor of
            0 ignores slopes.
        stairs_up_metres_per_second, stairs_down_metres_per_second: horizontal
            speed on stairs; None walks them like a street. 0.61 and 0.694 m/s
            are the means of Weidmann 1993, Transporttechnik der Fussgänger,
            ETH Zürich, IVT 90.
        escalator_wait_seconds, lift_wait_seconds: added once a segment (assumption:
            10 s to step on, 40 s for a lift to come and open).
        escalator_metres_per_second: along its length (0.5 m/s, the usual rated speed).
        lift_metres_per_second: along its length (assumption: 1 m/s).
    """

    name: str
    flat_metres_per_second: float = 4.0 / 3.6
    slope_factor: float = 0.0
    slope_optimum: float = 0.0
    stairs_up_metres_per_second: float | None = None
    stairs_down_metres_per_second: float | None = None
    escalator_wait_seconds: float = 0.0
    escalator_metres_per_second: float | None = None
    lift_wait_seconds: float = 0.0
    lift_metres_per_second: float | None = None

    def __post_init__(self) -> None:
        for name in (
            "flat_metres_per_second",
            "stairs_up_metres_per_second",
            "stairs_down_metres_per_second",
            "escalator_metres_per_second",
            "lift_metres_per_second",
        ):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise InvalidValue(name, value, "a speed above 0 m/s")
        for name in (
            "slope_factor",
            "slope_optimum",
            "escalator_wait_seconds",
            "lift_wait_seconds",
        ):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise InvalidValue(name, value, "a number of 0 or more")


OFFICIAL = Pace(name="official")
TERRAIN = Pace(
    name="terrain",
    slope_factor=3.5,
    slope_optimum=0.05,
    stairs_up_metres_per_second=0.61,
    stairs_down_metres_per_second=0.694,
    escalator_wait_seconds=10.0,
    escalator_metres_per_second=0.5,
    lift_wait_seconds=40.0,
    lift_metres_per_second=1.0,
)
PACES: dict[str, Pace] = {pace.name: pace for pace in (OFFICIAL, TERRAIN)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """Hold the seconds of one pace on one network.

    Attributes:
        pace: the pace they come from.
        vertex_forward: float32 of shape (vertices,), seconds from the start of a
            vertex' edge to the vertex, walking forward.
        vertex_backward: float32 of shape (vertices,), seconds from the vertex to
            the start of its edge, walking backward.
        edge_forward, edge_backward: float32 of shape (edges,), seconds of the
            whole edge; infinite where that direction is not open to walkers.
        arc_out: float32 of shape (2 * edges,), seconds from an arc's junction to
            its far end.
        arc_in: float32 of shape (2 * edges,), seconds from an arc's far end to
            its junction.
    """

    pace: Pace
    vertex_forward: NDArray[np.float32]
    vertex_backward: NDArray[np.float32]
    edge_forward: NDArray[np.float32]
    edge_backward: NDArray[np.float32]
    arc_out: NDArray[np.float32]
    arc_in: NDArray[np.float32]

    @property
    def view(self) -> WeightsView:
        """What kernels read."""
        return WeightsView(*(getattr(self, name) for name in WeightsView._fields))


def weigh(network: Network, pace: Pace) -> Weights:
    """Return the seconds that ``pace`` gives the segments and arcs of ``network``."""
    forward, backward = segment_seconds(
        network.segment_metres,
        network.segment_climb,
        (network.segment_class & 15).astype(np.uint8),
        network.segment_steps,
        pace=pace,
    )
    last = network.edge_vertex[1:] - 1
    vertex_forward = _accumulate(forward, network.edge_vertex)
    vertex_backward = _accumulate(backward, network.edge_vertex)
    open_forward = (network.edge_access & Access.FORWARD) != 0
    open_backward = (network.edge_access & Access.BACKWARD) != 0
    edge_forward = np.where(open_forward, vertex_forward[last], np.float32(np.inf))
    edge_backward = np.where(open_backward, vertex_backward[last], np.float32(np.inf))
    leaves_start = network.arc_edge >= 0
    edge = np.where(leaves_start, network.arc_edge, ~network.arc_edge)
    return Weights(
        pace=pace,
        vertex_forward=vertex_forward,
        vertex_backward=vertex_backward,
        edge_forward=edge_forward,
        edge_backward=edge_backward,
        arc_out=np.where(leaves_start, edge_forward[edge], edge_backward[edge]),
        arc_in=np.where(leaves_start, edge_backward[edge], edge_forward[edge]),
    )


def segment_seconds(
    metres: NDArray[np.float32],
    climb: NDArray[np.float32],
    kind: NDArray[np.uint8],
    steps: NDArray[np.uint16],
    *,
    pace: Pace,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return seconds to walk each segment forward and backward, each of shape (segments,).

    Where a stair's steps were counted, their rise stands in for a climb that a
    coarse elevation model has smoothed away; its sign is the model's.
    """
    length = metres.astype(np.float64)
    rise = climb.astype(np.float64)
    counted = steps.astype(np.float64) * STEP_METRES
    rise = np.where(counted > np.abs(rise), np.where(rise < 0, -counted, counted), rise)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(length > 0, rise / length, 0.0)
    slope = np.clip(np.nan_to_num(slope), -MAX_SLOPE, MAX_SLOPE)
    return (
        _directed_seconds(length, slope, kind, pace),
        _directed_seconds(length, -slope, kind, pace),
    )


def _directed_seconds(
    length: NDArray[np.float64], slope: NDArray[np.float64], kind: NDArray[np.uint8], pace: Pace
) -> NDArray[np.float64]:
    factor, optimum = pace.slope_factor, pace.slope_optimum
    speed = pace.flat_metres_per_second * np.exp(factor * (optimum - np.abs(slope + optimum)))
    stairs = kind == Kind.STEPS
    if pace.stairs_up_metres_per_second is not None:
        speed = np.where(stairs & (slope >= 0), pace.stairs_up_metres_per_second, speed)
    if pace.stairs_down_metres_per_second is not None:
        speed = np.where(stairs & (slope < 0), pace.stairs_down_metres_per_second, speed)
    wait = np.zeros_like(length)
    if pace.escalator_metres_per_second is not None:
        moving = kind == Kind.ESCALATOR
        speed = np.where(moving, pace.escalator_metres_per_second, speed)
        wait = np.where(moving & (length > 0), pace.escalator_wait_seconds, wait)
    if pace.lift_metres_per_second is not None:
        lifted = kind == Kind.LIFT
        speed = np.where(lifted, pace.lift_metres_per_second, speed)
        wait = np.where(lifted & (length > 0), pace.lift_wait_seconds, wait)
    seconds: NDArray[np.float64] = length / speed + wait
    return seconds


@njit(cache=True, nogil=True)
def _accumulate(
    seconds: NDArray[np.float64], edge_vertex: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Sum seconds along each edge; the value at a vertex is that of all segments before it."""
    total = np.empty(len(seconds), np.float32)
    for e in range(len(edge_vertex) - 1):
        run = 0.0
        for v in range(edge_vertex[e], edge_vertex[e + 1]):
            total[v] = run
            run += seconds[v]
    return total
