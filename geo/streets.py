"""Streets as they are read: one node per shape point, one segment between two.

Every reader (OpenStreetMap, a city's own lines, the demo city) makes a
:class:`StreetGraph`; :mod:`geo.network` contracts it.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray


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
    names: tuple[str, ...]

    @property
    def nodes(self) -> int:
        """Number of shape points."""
        return len(self.longitude)

    @property
    def segments(self) -> int:
        """Number of segments."""
        return len(self.start)
