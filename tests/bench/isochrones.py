"""Fifteen minutes from one place: the streets, the polygon, and the same by others."""

from collections.abc import Callable, Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from geo.isochrone import Isochrones
from geo.pace import OFFICIAL
from geo.plane import segment_metres
from geo.snap import snap_one
from geo.weights import weigh
from tests.bench import valhalla_peer
from tests.bench.case import MAX_SECONDS, Case
from tests.bench.machine import version
from tests.bench.measure import Row, Target, duration, median_over
from tests.bench.peers import matrix

LIMITS = [MAX_SECONDS]
STATIONS = 100
PLACES = 100
# cells of a polygon, and what drawing one may take on top of the streets
_CELLS = ((20.0, 2.5), (10.0, 5.0))
KILOMETRES_AN_HOUR = 4.0


def rows(case: Case) -> Iterator[Row]:
    """Draw what is within a walk of stations, then of riders as Valhalla does."""
    nodes = case.station_node[:: max(len(case.station_node) // STATIONS, 1)]
    places = [case.at(nodes[i : i + 1]) for i in range(len(nodes))]
    isochrones = Isochrones(case.network, case.weights)

    def streets() -> float:
        return _median([lambda p=p: isochrones.streets(p, limits_seconds=LIMITS) for p in places])

    alone = streets()
    yield Row(
        work="15-minute isochrone, streets",
        size=case.network.junctions,
        seconds=alone,
        target=Target(bound=0.2, unit="ms"),
        value=alone * 1e3,
        note=f"{len(places)} stations, cut where the time ends",
    )
    metres = np.array(
        [isochrones.streets(p, limits_seconds=LIMITS)[0].metres(case.network) for p in places]
    )
    yield _scipy(case, nodes, streets(), metres)
    for cell, bound in _CELLS:
        seconds = _median(
            [
                lambda p=p, c=cell: isochrones.polygons(p, limits_seconds=LIMITS, cell_metres=c)
                for p in places
            ]
        )
        yield Row(
            work=f"15-minute isochrone, streets and polygon, {cell:g} m cells",
            size=case.network.junctions,
            seconds=seconds,
            target=Target(bound=bound, unit="ms more"),
            value=(seconds - alone) * 1e3,
            note=f"{(seconds - alone) * 1e3:.2f} ms more than the streets alone",
        )
    yield from _valhalla(case)


def _median(works: list[Callable[[], object]]) -> float:
    return median_over(works)


def _scipy(case: Case, nodes: NDArray[np.int64], seconds: float, ours: NDArray[np.float64]) -> Row:
    """Search the whole uncontracted graph and cut every segment where the time ends."""
    graph = matrix(case, reverse=True)
    cut = _cutter(case)

    def metres(node: int) -> float:
        return cut(dijkstra(graph, indices=node, limit=MAX_SECONDS))

    theirs = np.array([metres(int(node)) for node in nodes])
    apart = np.abs(theirs - ours) / np.maximum(ours, 1.0)
    return Row(
        work="15-minute isochrone, streets",
        size=case.network.junctions,
        seconds=seconds,
        peer=f"scipy {version('scipy')}",
        peer_seconds=_median([lambda n=n: metres(int(n)) for n in nodes]),
        note="csgraph.dijkstra with limit, segments cut in numpy; metres reached apart by "
        f"{np.median(apart):.2%} in the middle, {apart.max():.1%} at most "
        "(ways mapped twice count once here)",
        facts={"difference_median": float(np.median(apart)), "difference_max": float(apart.max())},
    )


def _cutter(case: Case) -> Callable[[NDArray[np.float64]], float]:
    """Return what tells, from the seconds at all nodes, the metres of street within the limit."""
    origin, target, seconds = case.arcs
    streets = case.streets
    metres = segment_metres(
        streets.longitude[origin],
        streets.latitude[origin],
        streets.longitude[target],
        streets.latitude[target],
    )
    low, high = np.minimum(origin, target), np.maximum(origin, target)
    _, pair = np.unique(low * streets.nodes + high, return_inverse=True)
    length = np.zeros(pair.max() + 1)
    length[pair] = metres
    spend = np.maximum(seconds, 1e-9)

    def cut(at: NDArray[np.float64]) -> float:
        share = np.clip((MAX_SECONDS - at[target]) / spend, 0.0, 1.0)
        both = np.bincount(pair, weights=share, minlength=len(length))
        return float((np.minimum(both, 1.0) * length).sum())

    return cut


def _valhalla(case: Case) -> Iterator[Row]:
    """Ask from riders' places at 4 km/h, snapping included on both sides."""
    lonlat = case.places[:PLACES].tolist()
    answer, reason = valhalla_peer.ask(
        case.extract, lonlat, minutes=MAX_SECONDS / 60, kilometres_an_hour=KILOMETRES_AN_HOUR
    )
    if answer is None:
        print(reason)
        return
    isochrones = Isochrones(case.network, weigh(case.network, OFFICIAL), outward=True)

    def draw(lon: float, lat: float) -> shapely.Geometry:
        return isochrones.polygons(snap_one(case.network, lon, lat), limits_seconds=LIMITS)[0]

    seconds = _median([lambda place=place: draw(*place) for place in lonlat])
    shared = [
        _overlap(draw(*place), shapely.geometry.shape(shape))
        for place, shape in zip(lonlat, answer["shapes"], strict=True)
    ]
    yield Row(
        work="15-minute isochrone, polygon, from a rider's place at 4 km/h",
        size=case.network.junctions,
        seconds=seconds,
        peer=f"valhalla {answer['version']}",
        peer_seconds=float(np.median(answer["seconds"])),
        note=f"Actor.isochrone, pedestrian; its tiles took {duration(answer['build_seconds'])}; "
        f"shared area over all area {np.median(shared):.0%} in the middle "
        "(its streets and costs are its own)",
        facts={"overlap_median": float(np.median(shared))},
    )


def _overlap(one: shapely.Geometry, other: shapely.Geometry) -> float:
    whole = one.union(shapely.make_valid(other)).area
    return one.intersection(shapely.make_valid(other)).area / whole if whole else 0.0
