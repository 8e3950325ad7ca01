"""Compile every kernel once, into the cache that later processes read: ``python -m geo.warm``."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from shapely.geometry import box

from geo._damping import Links, State, Tube, descend
from geo.aggregation import Aggregation
from geo.catchment import Walks
from geo.circle import Points, RadiusRule, WalkRule
from geo.cover_table import counts, covered, sole
from geo.isochrone import Isochrones
from geo.marginal import Marginal
from geo.nearest import Finder
from geo.network import contract
from geo.pace import OFFICIAL, TERRAIN
from geo.parking import RideFinder
from geo.reach import sources
from geo.ride import EBIKE
from geo.siting import Goal, Limits, nearest_cost, site
from geo.snap import snap
from geo.storage import open_network, save
from geo.streets import Access, Kind, Rank, StreetGraph
from geo.weights_storage import open_weights


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


def warm(folder: Path) -> int:
    """Run every kernel on a saved network; return how many walks were found."""
    network = open_network(folder)
    official, terrain, ebike = (
        open_weights(folder, network, movement) for movement in (OFFICIAL, TERRAIN, EBIKE)
    )
    longitude, latitude = np.array([0.0, 0.002]), np.zeros(2)
    positions = snap(network, longitude, latitude)
    points = Points(longitude=longitude, latitude=latitude, positions=positions)
    radius = RadiusRule(network, points, radius_metres=1000)
    radius.count(points)
    radius.metres()
    for weights in (official, terrain):
        rule = WalkRule(network, weights, points, max_seconds=900)
        rule.count(points)
        rule.metres()
        rule.nearest_seconds(points)
    two = np.zeros(2)
    alone = Links(np.zeros(3, np.int32), np.zeros(0, np.int32), np.zeros(0))
    descend(alone, Tube(two, two.copy(), two.copy()), State(two.copy(), two.copy(), 1.0), 1, 1.0)
    marginal = Marginal(network, terrain, sources(terrain, positions), positions, max_seconds=900)
    marginal.loss(0)
    marginal.gain(positions.take(1))
    walks = Walks(network, terrain, positions).catchments(positions, max_seconds=900)
    covered(walks, np.ones((1, 2), np.bool_), np.ones(2))
    sole(walks, np.ones((1, 2), np.bool_), np.ones(2))
    counts(walks, np.ones(2, np.bool_))
    standing = nearest_cost(walks.take(np.array([0])))
    site(walks, np.ones(2), goal=Goal.WALK, limits=Limits(number=1), current=standing)
    square = box(-0.01, -0.01, 0.01, 0.01)
    Aggregation(network, [square], points, np.ones(2)).tally(rule)
    isochrones = Isochrones(network, terrain)
    isochrones.polygons(positions.take(0), limits_seconds=[60, 120])
    _, found = Finder(network, terrain, positions).nearest(0.001, 0.0005, k=2)
    RideFinder(network, ebike, terrain, positions).nearest(0.001, 0.0005, k=2)
    return len(found)


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        save(contract(cross()), Path(name) / "cross")
        warm(Path(name) / "cross")
