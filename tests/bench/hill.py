"""One station on a hill: its 15 minutes by the flat rule, and what the terrain leaves of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.elevation import with_heights
from geo.isochrone import Isochrones, Streets
from geo.nearest import Finder
from geo.network import Network, contract
from geo.osm import read_streets
from geo.pace import OFFICIAL, TERRAIN, Pace
from geo.plane import UNITS_PER_DEGREE, metres_per_degree
from geo.reach import flood, sources
from geo.snap import Positions
from geo.streets import Access, Kind, Mode, StreetGraph
from geo.weights import weigh

LIMITS = [300.0, 600.0, 900.0]
# how many junctions away a hill must still be one
NEIGHBOURS = 3
PACES = (OFFICIAL, TERRAIN)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One walk to the station.

    Attributes:
        line: lon, lat of shape (n, 2), from where it begins to the station.
        metres, heights: float64 of shape (n,), way from the beginning and height there.
        seconds: what it takes.
        ascent: metres climbed.
    """

    line: NDArray[np.float64]
    metres: NDArray[np.float64]
    heights: NDArray[np.float64]
    seconds: float
    ascent: float


@dataclass(frozen=True, kw_only=True)
class Reached:
    """What is within a walk of the station by one pace: streets and polygons for each limit."""

    pace: Pace
    streets: tuple[Streets, ...]
    polygons: NDArray[np.object_]
    metres: float
    walk: Profile


@dataclass(frozen=True, kw_only=True)
class Hill:
    """The station, its city, and its reach by both paces; ``place`` is lon, lat."""

    network: Network
    place: tuple[float, float]
    height: float
    official: Reached
    terrain: Reached


def find(extract: Path, elevation: Path) -> Hill:
    """Choose the junction that loses most metres of street by terrain, heights known all around.

    It counts as little as those around it lose: a single steep street, which may be an error of
    the elevation model, makes no hill.
    """
    streets = with_heights(read_streets(extract).streets, [elevation])[0]
    network = contract(streets)
    drawn = [Isochrones(network, weigh(network, pace)) for pace in PACES]
    lost = np.array([_lost(network, drawn, junction) for junction in range(network.junctions)])
    for _ in range(NEIGHBOURS):
        around = np.minimum.reduceat(lost[network.arc_far], network.junction_arc[:-1])
        lost = np.minimum(lost, around)
    place = at_junction(network, int(np.argmax(lost)))
    begin = _hardest_walk(network, place)
    reached = [_reached(network, streets, pace, place, begin) for pace in PACES]
    lon, lat = place.coordinates(network)[0].tolist()
    return Hill(
        network=network,
        place=(lon, lat),
        height=float(reached[0].walk.heights[-1]),
        official=reached[0],
        terrain=reached[1],
    )


def at_junction(network: Network, junction: int) -> Positions:
    """Return a junction as a place on one of its edges that walkers may use, or outside."""
    arcs = network.arc_edge[network.junction_arc[junction] : network.junction_arc[junction + 1]]
    for arc in arcs.tolist():
        edge = arc if arc >= 0 else ~arc
        if network.edge_connected[edge] & Mode.WALK:
            ends = arc < 0
            bound = network.edge_vertex[edge + 1] - 2 if ends else network.edge_vertex[edge]
            return _place(edge, int(bound), float(ends))
    return _place(-1, 0, 0.0)


def _place(edge: int, segment: int, fraction: float) -> Positions:
    return Positions(
        edge=np.array([edge], np.int32),
        segment=np.array([segment], np.int64),
        fraction=np.array([fraction]),
        metres=np.zeros(1),
    )


def _lost(network: Network, drawn: list[Isochrones], junction: int) -> float:
    """Return how many metres the flat rule counts and the terrain does not; 0 if unsure."""
    place = at_junction(network, junction)
    if place.edge[0] < 0:
        return 0.0
    flat, honest = (one.streets(place, limits_seconds=LIMITS[-1:])[0] for one in drawn)
    if (network.edge_access[flat.edge] & Access.HEIGHT_UNKNOWN).any():
        return 0.0
    return flat.metres(network) - honest.metres(network)


def _hardest_walk(network: Network, place: Positions) -> Positions:
    """Return the junction within the flat rule's reach that the terrain delays most."""
    seconds = []
    for pace in PACES:
        weights = weigh(network, pace)
        reach = flood(network, weights, sources(weights, place), max_seconds=np.inf)
        seconds.append(reach.seconds[:, 0].astype(np.float64))
    near = np.flatnonzero(seconds[0] <= LIMITS[-1])
    return at_junction(network, int(near[np.argmax(seconds[1][near] - seconds[0][near])]))


def _reached(
    network: Network, streets: StreetGraph, pace: Pace, place: Positions, begin: Positions
) -> Reached:
    weights = weigh(network, pace)
    isochrones = Isochrones(network, weights)
    found = isochrones.streets(place, limits_seconds=LIMITS)
    finder = Finder(network, weights, place)
    walk = finder.from_position(begin, k=1)[0]
    line = finder.path(begin, walk)
    return Reached(
        pace=pace,
        streets=found,
        polygons=isochrones.polygons(place, limits_seconds=LIMITS, cell_metres=10.0),
        metres=found[-1].metres(network),
        walk=_profile(streets, line, walk.seconds, walk.ascent),
    )


def _profile(
    streets: StreetGraph, line: NDArray[np.float64], seconds: float, ascent: float
) -> Profile:
    """Take the heights of the nodes that a walk passes."""
    node = np.column_stack((streets.longitude, streets.latitude))
    tree = shapely.STRtree(shapely.points(node))
    nearest = tree.nearest(shapely.points(line))
    step = np.hypot(*(np.diff(line, axis=0) * metres_per_degree(float(line[0, 1]))).T)
    return Profile(
        line=line,
        metres=np.concatenate(([0.0], np.cumsum(step))),
        heights=streets.height[nearest].astype(np.float64),
        seconds=seconds,
        ascent=ascent,
    )


def street_lines(network: Network, *, stairs: bool = False) -> NDArray[np.object_]:
    """Return all edges, or every single segment of stairs, as shapely lines in WGS-84."""
    lonlat = np.column_stack((network.vertex_longitude, network.vertex_latitude)) / UNITS_PER_DEGREE
    if not stairs:
        return np.asarray(shapely.linestrings(lonlat, indices=network.vertex_edge))
    steps = np.flatnonzero((network.segment_class & 15) == Kind.STEPS)
    ends = np.column_stack((steps, steps + 1)).ravel()
    return np.asarray(shapely.linestrings(lonlat[ends].reshape(-1, 2, 2)))
