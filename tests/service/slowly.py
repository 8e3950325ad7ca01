"""The same questions answered slowly and obviously, sharing nothing with the fast kernels.

Distances by pyproj's geodesics, places on streets by shapely in a projection of
their own, times by formulas written out again, paths by networkx on every node.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
import shapely
from pyproj import Geod, Transformer

from geo.streets import Access, Kind, StreetGraph

ELLIPSOID = Geod(ellps="WGS84")
FLAT = 4000 / 3600
FROM_THE_ENDS_ALONE = (Kind.BRIDGE, Kind.TUNNEL, Kind.ESCALATOR, Kind.LIFT, Kind.FERRY)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on a segment: how far along it, and how far from the point it stands for."""

    segment: int
    fraction: float
    metres: float


def straight(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the geodesic between two places in metres."""
    return float(ELLIPSOID.inv(*a, *b)[2])


def speed(kind: int, slope: float, *, terrain: bool) -> float:
    """Return metres a second: 4 km/h, or Tobler's function scaled to it and measured stairs."""
    if not terrain:
        return FLAT
    if kind == Kind.STEPS:
        return 0.61 if slope >= 0 else 0.694
    return FLAT * math.exp(-3.5 * abs(slope + 0.05)) / math.exp(-3.5 * 0.05)


class Slow:
    """Walks on an uncontracted street graph."""

    def __init__(self, streets: StreetGraph, *, terrain: bool) -> None:
        self.streets = streets
        middle = float(streets.longitude.mean()), float(streets.latitude.mean())
        plane = f"+proj=tmerc +lon_0={middle[0]} +lat_0={middle[1]} +ellps=WGS84 +units=m"
        self._project = Transformer.from_crs("EPSG:4326", plane, always_xy=True)
        x, y = self._project.transform(streets.longitude, streets.latitude)
        ends = np.column_stack((streets.start, streets.end))
        self.metres = np.array([straight(self._node(a), self._node(b)) for a, b in ends])
        self.forward, self.backward = self._seconds(terrain=terrain)
        self.graph = nx.DiGraph()
        self.graph.add_nodes_from(range(streets.nodes))
        for i, (a, b) in enumerate(ends):
            if streets.access[i] & Access.FORWARD:
                self.graph.add_edge(a, b, seconds=self.forward[i])
            if streets.access[i] & Access.BACKWARD:
                self.graph.add_edge(b, a, seconds=self.backward[i])
        connected = max(nx.strongly_connected_components(self.graph), key=len)
        self.entered = [
            i
            for i, (a, b) in enumerate(ends)
            if a in connected and b in connected and streets.kind[i] not in FROM_THE_ENDS_ALONE
        ]
        self._lines = shapely.linestrings(
            np.stack([np.column_stack((x[pair], y[pair])) for pair in ends[self.entered]])
        )

    def _node(self, n: int) -> tuple[float, float]:
        return float(self.streets.longitude[n]), float(self.streets.latitude[n])

    def _seconds(self, *, terrain: bool) -> tuple[np.ndarray, np.ndarray]:
        streets = self.streets
        rise = streets.height[streets.end].astype(float) - streets.height[streets.start]
        slopes = rise / self.metres
        there = [speed(k, s, terrain=terrain) for k, s in zip(streets.kind, slopes, strict=True)]
        back = [speed(k, -s, terrain=terrain) for k, s in zip(streets.kind, slopes, strict=True)]
        return self.metres / there, self.metres / back

    def spot(self, lon: float, lat: float, *, limit: float = 500.0) -> Spot | None:
        """Return the nearest place on a street one may enter, None beyond the limit."""
        point = shapely.Point(*self._project.transform(lon, lat))
        distances = shapely.distance(point, self._lines)
        best = int(distances.argmin())
        if distances[best] > limit:
            return None
        along = float(shapely.line_locate_point(self._lines[best], point, normalized=True))
        return Spot(self.entered[best], along, float(distances[best]))

    def times_to(self, station: Spot) -> dict[int, float]:
        """Return the seconds from every node to a station, its access leg included."""
        a, b = (int(v[station.segment]) for v in (self.streets.start, self.streets.end))
        access = int(self.streets.access[station.segment])
        walk = self.graph.reverse(copy=True)
        walk.add_node("station")
        if access & Access.FORWARD or station.fraction == 0:
            onward = station.fraction * self.forward[station.segment]
            walk.add_edge("station", a, seconds=onward + station.metres / FLAT)
        if access & Access.BACKWARD or station.fraction == 1:
            onward = (1 - station.fraction) * self.backward[station.segment]
            walk.add_edge("station", b, seconds=onward + station.metres / FLAT)
        found: dict[int, float] = nx.single_source_dijkstra_path_length(
            walk, "station", weight="seconds"
        )
        return found

    def seconds(self, person: Spot | None, station: Spot | None, times: dict[int, float]) -> float:
        """Return the walk from a person to a station in seconds, infinite if there is none."""
        if person is None or station is None:
            return math.inf
        walk = float(
            self.from_segment(person.segment, np.array([person.fraction]), station, times)[0]
        )
        return walk + person.metres / FLAT

    def from_segment(
        self, segment: int, fraction: np.ndarray, station: Spot, times: dict[int, float]
    ) -> np.ndarray:
        """Return the seconds from places on one segment to a station."""
        a, b = int(self.streets.start[segment]), int(self.streets.end[segment])
        access = int(self.streets.access[segment])
        onward = times.get(b, math.inf) + (1 - fraction) * self.forward[segment]
        back = times.get(a, math.inf) + fraction * self.backward[segment]
        ahead = bool(access & Access.FORWARD)
        behind = bool(access & Access.BACKWARD)
        best = np.minimum(
            np.where(ahead | (fraction == 1), onward, np.inf),
            np.where(behind | (fraction == 0), back, np.inf),
        )
        if segment != station.segment:
            return best
        leg = station.metres / FLAT
        along = station.fraction - fraction
        direct = np.where(
            along >= 0,
            along * self.forward[segment] if ahead else np.inf,
            -along * self.backward[segment] if behind else np.inf,
        )
        return np.minimum(best, direct + leg)


def walk_seconds(
    slow: Slow, people: Sequence[tuple[float, float]], places: Sequence[tuple[float, float]]
) -> np.ndarray:
    """Return the seconds of every walk from people (rows) to stations (columns)."""
    spots = [slow.spot(*person) for person in people]
    columns = []
    for place in places:
        station = slow.spot(*place)
        times = {} if station is None else slow.times_to(station)
        columns.append([slow.seconds(spot, station, times) for spot in spots])
    return np.array(columns).T
