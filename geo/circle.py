"""The service circle by its three rules: a radius, the streets, honest terrain.

Each rule counts, for points and for metres of street, how many distinct
stations (up to three) lie within it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo.coverage import (
    count_within_radius,
    nearest_seconds,
    street_metres,
    street_metres_within_radius,
    times_at,
)
from geo.network import Network
from geo.plane import earth_centred
from geo.reach import Reach, Sources, check_limit, check_weights, flood, sources
from geo.snap import Positions
from geo.weights import Weights

DEPTH = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Points:
    """Points with their places on the network.

    Attributes:
        longitude, latitude: float64 of shape (n,), WGS-84 degrees.
        positions: their places on the network.
    """

    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    positions: Positions

    @cached_property
    def centred(self) -> NDArray[np.float64]:
        """Earth-centred metres, float64 of shape (n, 3)."""
        return earth_centred(self.longitude, self.latitude)


class Rule(Protocol):
    """What it means to be within the circle."""

    def count(self, points: Points) -> NDArray[np.int8]:
        """Return how many stations, up to three, each point is within reach of: shape (n,)."""
        ...

    def metres(self) -> NDArray[np.float32]:
        """Return metres of each segment within reach of 1, 2, 3 stations: shape (vertices, 3)."""
        ...


class RadiusRule:
    """A straight-line radius, as the national programme states it first."""

    def __init__(self, network: Network, stations: Points, *, radius_metres: float) -> None:
        self._network = network
        self._stations = stations
        self.radius_metres = radius_metres

    def count(self, points: Points) -> NDArray[np.int8]:
        """Count stations within the radius."""
        return count_within_radius(
            points.longitude,
            points.latitude,
            self._stations.longitude,
            self._stations.latitude,
            k=DEPTH,
            radius_metres=self.radius_metres,
            centred=points.centred,
        )

    def metres(self) -> NDArray[np.float32]:
        """Measure streets exactly, cut where they leave a circle."""
        return street_metres_within_radius(
            self._network,
            self._stations.longitude,
            self._stations.latitude,
            k=DEPTH,
            radius_metres=self.radius_metres,
        )


class WalkRule:
    """A walk along the streets to the station within a time, by one pace."""

    def __init__(
        self, network: Network, weights: Weights, stations: Points, *, max_seconds: float
    ) -> None:
        check_limit(max_seconds)
        check_weights(network, weights)
        self._network = network
        self._weights = weights
        self._stations: Sources = sources(weights, stations.positions, outside="leave out")
        self._k = min(DEPTH, self._stations.served)
        self.max_seconds = max_seconds
        # where there is no station there is nothing to flood
        self._reach: Reach | None = (
            flood(network, weights, self._stations, max_seconds=max_seconds, k=self._k)
            if self._k
            else None
        )

    def count(self, points: Points) -> NDArray[np.int8]:
        """Count stations within the walk, access legs included."""
        if self._reach is None:
            return np.zeros(len(points.positions), np.int8)
        found = times_at(
            self._network, self._weights, self._stations, self._reach, points.positions
        )
        counts: NDArray[np.int8] = (found.seconds <= self.max_seconds).sum(axis=1, dtype=np.int8)
        return counts

    def metres(self) -> NDArray[np.float32]:
        """Measure streets exactly, cut where the time ends."""
        metres = np.zeros((len(self._network.segment_metres), DEPTH), np.float32)
        if self._reach is not None:
            metres[:, : self._k] = street_metres(
                self._network,
                self._weights,
                self._stations,
                self._reach,
                max_seconds=self.max_seconds,
            )
        return metres

    def nearest_seconds(self, points: Points) -> NDArray[np.float32]:
        """Return the walk from each point to its nearest station, however long: shape (n,)."""
        return nearest_seconds(self._network, self._weights, self._stations, points.positions)
