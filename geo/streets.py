"""Streets as they are read: one node per shape point, one segment between two.

Every reader (OpenStreetMap, a city's own lines, the demo city) makes a
:class:`StreetGraph`; :mod:`geo.network` contracts it.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidValue

# one wait, for a lift or at a crossing, is this many parts: they are shared out over its segments
WAIT_PARTS = 240
# of public outdoor stairs: a riser of 16 cm on a tread of 32 cm
STAIR_SLOPE = 0.5


class Kind(IntEnum):
    """How a segment is walked. Stored in four bits."""

    STREET = 0
    PATH = 1
    STEPS = 2
    BRIDGE = 3
    TUNNEL = 4
    ESCALATOR = 5
    LIFT = 6
    CROSSING = 7
    FERRY = 8


class Rank(IntEnum):
    """How important a street is on a map, the widest first. Stored in four bits."""

    MOTORWAY = 0
    TRUNK = 1
    PRIMARY = 2
    SECONDARY = 3
    TERTIARY = 4
    RESIDENTIAL = 5
    SERVICE = 6
    PEDESTRIAN = 7
    PATH = 8
    STEPS = 9


class Mode(IntFlag):
    """By what means one moves on the network."""

    WALK = 1
    EBIKE = 2


class Access(IntFlag):
    """In which direction a walker and a rider may pass, and what is not known of a segment."""

    FORWARD = 1
    BACKWARD = 2
    BOTH = 3
    HEIGHT_UNKNOWN = 4
    RIDE_FORWARD = 8
    RIDE_BACKWARD = 16
    RIDE_BOTH = 24
    ALL = 27


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetGraph:
    """Hold an uncontracted street graph in WGS-84 (EPSG:4326).

    Two segments meet only where they share a node: a bridge has nodes of its
    own and so does not connect to what it crosses. A segment that only riders
    may use (a cycleway closed to walkers) is there as well.

    Attributes:
        longitude, latitude: float64 of shape (nodes,), degrees.
        height: float32 of shape (nodes,), metres above the sea, NaN where unknown.
        start, end: int32 of shape (segments,), indices of nodes; never equal.
        kind: uint8 of shape (segments,), a :class:`Kind`.
        rank: uint8 of shape (segments,), a :class:`Rank`.
        access: uint8 of shape (segments,), :class:`Access` flags; at least one direction.
        name: int32 of shape (segments,), index into ``names``, -1 for none.
        steps: int32 of shape (segments,), known number of stair steps on the segment, 0 unknown.
        incline: float32 of shape (segments,), rise over length walking forward as a sign or a
            survey gives it, NaN where nothing does; infinite where only up or down is known.
        wait: uint8 of shape (segments,), the parts of one wait (of :data:`WAIT_PARTS`) that
            fall on the segment of a lift, escalator, crossing or ferry, 0 elsewhere.
        names: street names.
    """

    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    height: NDArray[np.float32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    kind: NDArray[np.uint8]
    rank: NDArray[np.uint8]
    access: NDArray[np.uint8]
    name: NDArray[np.int32]
    steps: NDArray[np.int32]
    incline: NDArray[np.float32]
    wait: NDArray[np.uint8]
    names: tuple[str, ...]

    @property
    def nodes(self) -> int:
        """Number of shape points."""
        return len(self.longitude)

    @property
    def segments(self) -> int:
        """Number of segments."""
        return len(self.start)


def check_streets(streets: StreetGraph) -> None:
    """Refuse arrays that do not belong together, before a kernel reads beyond one of them.

    Raises:
        InvalidValue: naming the first that is of another length, points to no node, joins a
            node to itself, is open to nobody, or is an infinite height.
    """
    for names, count in (
        (("latitude", "height"), streets.nodes),
        (("end", "kind", "rank", "access", "name", "steps", "incline", "wait"), streets.segments),
    ):
        for name in names:
            values = getattr(streets, name)
            if values.shape != (count,):
                raise InvalidValue(name, values.shape, f"the shape ({count},)")
    for name in ("start", "end"):
        node = getattr(streets, name)
        _refuse(name, node, (node < 0) | (node >= streets.nodes), f"nodes below {streets.nodes}")
    _refuse("end", streets.end, streets.start == streets.end, "another node than start")
    shut = (streets.access & np.uint8(Access.ALL)) == 0
    _refuse("access", streets.access, shut, "at least one open direction")
    _refuse("height", streets.height, np.isinf(streets.height), "metres, or NaN where unknown")


def _refuse(name: str, values: NDArray[Any], wrong: NDArray[np.bool_], expected: str) -> None:
    if wrong.any():
        raise InvalidValue(name, values[wrong][0].item(), expected)


def whole_waits(kind: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return one whole wait for every segment that has one: uint8 of shape (segments,)."""
    waits = np.isin(kind, (Kind.LIFT, Kind.ESCALATOR, Kind.CROSSING, Kind.FERRY))
    return np.where(waits, np.uint8(WAIT_PARTS), np.uint8(0))


def segment_climb(streets: StreetGraph, metres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the climb of every segment in metres walking forward, 0 where nothing is known.

    Heights say it where both ends have one, else a tagged incline. On stairs and escalators
    the tagged direction outweighs an elevation model, which is too coarse to see them.

    Args:
        streets: the streets.
        metres: float64 of shape (segments,), lengths of the segments.
    """
    rise = (streets.height[streets.end] - streets.height[streets.start]).astype(np.float64)
    steep = np.isin(streets.kind, (Kind.STEPS, Kind.ESCALATOR))
    slope = streets.incline.astype(np.float64)
    # only up or down is known: stairs have a slope of their own, a street may have any
    slope = np.where(np.isinf(slope), np.where(steep, np.sign(slope) * STAIR_SLOPE, np.nan), slope)
    tagged = slope * metres
    against = steep & np.isfinite(tagged) & (np.sign(rise) != np.sign(tagged))
    return np.nan_to_num(np.where(np.isnan(rise) | against, tagged, rise))
