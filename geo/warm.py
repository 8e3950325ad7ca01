"""Compile every kernel once, into the cache that later processes read: ``python -m geo.warm``."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from geo.circle import Points, RadiusRule, WalkRule
from geo.nearest import Finder
from geo.network import Network, contract
from geo.pace import OFFICIAL, TERRAIN
from geo.snap import snap
from geo.storage import open_network, save
from geo.streets import Access, Kind, Rank, StreetGraph
from geo.weights import weigh


def cross() -> StreetGraph:
    """Return a street crossing with a bend: small, but with every kind of node."""
    count = 5
    return StreetGraph(
        longitude=np.array([0.0, 0.001, 0.002, 0.001, 0.0015]),
        latitude=np.array([0.0, 0.0, 0.0, 0.001, 0.0015]),
        height=np.zeros(count, np.float32),
        start=np.array([0, 1, 1, 3], np.int32),
        end=np.array([1, 2, 3, 4], np.int32),
        kind=np.full(4, Kind.STREET, np.uint8),
        rank=np.full(4, Rank.RESIDENTIAL, np.uint8),
        access=np.full(4, Access.ALL, np.uint8),
        name=np.full(4, -1, np.int32),
        steps=np.zeros(4, np.int32),
        incline=np.full(4, np.nan, np.float32),
        wait=np.zeros(4, np.uint8),
        names=(),
    )


def warm(network: Network) -> int:
    """Run every kernel on a network; return how many walks were found."""
    longitude, latitude = np.array([0.0, 0.002]), np.zeros(2)
    positions = snap(network, longitude, latitude)
    points = Points(longitude=longitude, latitude=latitude, positions=positions)
    RadiusRule(network, points, radius_metres=1000).metres()
    for pace in (OFFICIAL, TERRAIN):
        rule = WalkRule(network, weigh(network, pace), points, max_seconds=900)
        rule.count(points)
        rule.metres()
        rule.nearest_seconds(points)
    _, walks = Finder(network, weigh(network, TERRAIN), positions).nearest(0.001, 0.0005, k=2)
    return len(walks)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        save(contract(cross()), Path(folder) / "cross")
        # kernels are compiled for the read-only arrays of an opened network
        warm(open_network(Path(folder) / "cross"))
