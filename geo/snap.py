"""From a point to its place on the network: the nearest connected edge, at an offset.

The access leg between the two is straight and crosses no water (:mod:`geo.shores`).
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from geo._grid import Grid
from geo._views import NetworkView
from geo.errors import InvalidValue, OutsideNetwork
from geo.network import Network
from geo.plane import UNITS_PER_DEGREE, check_degrees, metres_per_degree
from geo.shores import ShoresView, crosses_water
from geo.streets import Kind, Mode

MAX_METRES = 500.0
# how far the search goes to tell how far away the nearest street is
FAR_METRES = 50_000.0
# a sphere on which every distance is shorter than on the ellipsoid
_SMALL_RADIUS_METRES = 6_335_000.0

# one enters no bridge, tunnel, lift or escalator from the side
ENTERED_AT_ENDS = (Kind.BRIDGE, Kind.TUNNEL, Kind.ESCALATOR, Kind.LIFT, Kind.FERRY)
_BARRED = np.zeros(16, np.bool_)
_BARRED[list(ENTERED_AT_ENDS)] = True
_MODES = (Mode.WALK, Mode.EBIKE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Positions:
    """Places on a network, in the order of the points they come from.

    Attributes:
        edge: int32 of shape (n,), -1 where the point lies outside the network.
        segment: int64 of shape (n,), the vertex that the segment leaves.
        fraction: float64 of shape (n,), 0 to 1 along the segment.
        metres: float64 of shape (n,), straight access leg; infinite outside.
    """

    edge: NDArray[np.int32]
    segment: NDArray[np.int64]
    fraction: NDArray[np.float64]
    metres: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.edge)

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Bool of shape (n,): whether the point found a street."""
        return self.edge >= 0

    def take(self, indices: ArrayLike) -> "Positions":
        """Return some of the places, in the order of their indices."""
        at = np.atleast_1d(np.asarray(indices))
        # an empty list would be one of floats
        at = at if at.size else at.astype(np.intp)
        return Positions(
            edge=self.edge[at],
            segment=self.segment[at],
            fraction=self.fraction[at],
            metres=self.metres[at],
        )

    def coordinates(self, network: Network) -> NDArray[np.float64]:
        """Return lon, lat of the places on the streets, shape (n, 2), NaN outside."""
        v = np.where(self.inside, self.segment, 0)
        w = np.where(self.inside, v + 1, 0)
        lon, lat = network.vertex_longitude, network.vertex_latitude
        result = np.column_stack(
            (
                lon[v] + self.fraction * (lon[w].astype(np.float64) - lon[v]),
                lat[v] + self.fraction * (lat[w].astype(np.float64) - lat[v]),
            )
        )
        result[~self.inside] = np.nan
        return result / UNITS_PER_DEGREE


def snap(
    network: Network,
    longitude: ArrayLike,
    latitude: ArrayLike,
    *,
    max_metres: float = MAX_METRES,
    mode: Mode = Mode.WALK,
) -> Positions:
    """Find for each WGS-84 point the nearest place on a connected edge, on this side of water.

    Of every segment the place nearest to the point counts, and of these the nearest whose
    straight leg crosses no river drawn as a line and enters no area of water. A leg may leave
    an area that the point lies in, as a bad fix on a bank does, but then enter no other.
    Bridges, tunnels, lifts and escalators are entered at their ends, never from the side. Of
    equally near segments the first in memory wins.

    Args:
        network: where to look.
        longitude, latitude: degrees, both of shape (n,).
        max_metres: points farther than this from any such place lie outside.
        mode: by what means the edge has to be connected.

    Raises:
        InvalidValue: if a coordinate is not finite, the limit is not positive, or the mode is
            none.
    """
    return _snap(network, longitude, latitude, max_metres=max_metres, mode=mode)


def snap_one(
    network: Network,
    longitude: float,
    latitude: float,
    *,
    max_metres: float = MAX_METRES,
    mode: Mode = Mode.WALK,
) -> Positions:
    """Snap a single point.

    Raises:
        OutsideNetwork: with the distance of the nearest street, be it across water, if that is
            under 50 km, else with what it is more than.
    """
    found = snap(network, longitude, latitude, max_metres=max_metres, mode=mode)
    if found.edge[0] >= 0:
        return found
    if not (network.edge_connected & mode).any():
        raise OutsideNetwork(longitude, latitude, max_metres=max_metres, nearest_metres=None)
    far_metres = max(FAR_METRES, max_metres)
    far = _snap(network, longitude, latitude, max_metres=far_metres, mode=mode, across_water=True)
    raise OutsideNetwork(
        longitude,
        latitude,
        max_metres=max_metres,
        nearest_metres=float(far.metres[0]) if far.edge[0] >= 0 else None,
        at_least_metres=max(far_metres, _metres_to_box(longitude, latitude, network.bounds)),
    )


def _snap(
    network: Network,
    longitude: ArrayLike,
    latitude: ArrayLike,
    *,
    max_metres: float,
    mode: Mode,
    across_water: bool = False,
) -> Positions:
    lon = np.atleast_1d(np.asarray(longitude, dtype=np.float64))
    lat = np.atleast_1d(np.asarray(latitude, dtype=np.float64))
    check_degrees(lon, lat)
    if not (math.isfinite(max_metres) and max_metres > 0):
        raise InvalidValue("max_metres", max_metres, "a finite distance above 0 m")
    if mode not in _MODES:
        raise InvalidValue("mode", mode, "Mode.WALK or Mode.EBIKE")
    kernel = _snap_point if len(lon) == 1 else _snap_points
    edge, segment, fraction, metres = kernel(
        network.view,
        network.grid,
        network.shores.view,
        lon,
        lat,
        float(max_metres),
        _BARRED,
        int(mode),
        across_water,
    )
    return Positions(edge=edge, segment=segment, fraction=fraction, metres=metres)


def _metres_to_box(
    longitude: float, latitude: float, bounds: tuple[float, float, float, float]
) -> float:
    """Return metres that no point of a box in degrees is nearer than, on a sphere.

    Beside the box the nearest point lies on its western or eastern meridian, where the
    cosine of the distance is one wave of the latitude (spherical law of cosines).
    """
    west, south, east, north = bounds
    if west <= longitude <= east:
        return _SMALL_RADIUS_METRES * math.radians(max(south - latitude, latitude - north, 0.0))
    phi, best = math.radians(latitude), -1.0
    for edge in (west, east):
        turn = math.radians(edge - longitude)
        foot = math.degrees(math.atan2(math.sin(phi), math.cos(phi) * math.cos(turn)))
        for degrees in (south, north, min(max(foot, south), north)):
            theta = math.radians(degrees)
            cosine = math.sin(phi) * math.sin(theta)
            cosine += math.cos(phi) * math.cos(theta) * math.cos(turn)
            best = max(best, cosine)
    return _SMALL_RADIUS_METRES * math.acos(min(best, 1.0))


@njit(cache=True, nogil=True)
def _snap_points(
    network: NetworkView,
    grid: Grid,
    shores: ShoresView,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    max_metres: float,
    barred: NDArray[np.bool_],
    mode: int,
    across_water: bool,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Search cells ring by ring until no nearer segment can follow."""
    n = len(longitude)
    out_edge = np.full(n, -1, np.int32)
    out_segment = np.zeros(n, np.int64)
    out_fraction = np.zeros(n, np.float64)
    out_metres = np.full(n, np.inf, np.float64)
    wet = len(shores.kind) > 0 and not across_water
    for p in range(n):
        kx, ky = metres_per_degree(latitude[p])
        kx /= 1e7
        ky /= 1e7
        px = longitude[p] * 1e7
        py = latitude[p] * 1e7
        column = int(np.floor((longitude[p] - grid.west) / grid.cell_longitude))
        row = int(np.floor((latitude[p] - grid.south) / grid.cell_latitude))
        cell = min(grid.cell_longitude * kx, grid.cell_latitude * ky) * 1e7
        best = max_metres
        # rings that lie wholly outside the grid hold nothing; near a pole, where a cell has
        # hardly any width, there would be no end of them
        ring = max(0, -column, column - grid.columns + 1, -row, row - grid.rows + 1)
        last_ring = max(column, grid.columns - 1 - column, row, grid.rows - 1 - row)
        while ring <= last_ring and (ring - 1) * cell <= best:
            for r in range(max(row - ring, 0), min(row + ring, grid.rows - 1) + 1):
                full = r == row - ring or r == row + ring
                step = 1 if full or ring == 0 else 2 * ring
                first = max(column - ring, 0) if full else column - ring
                for c in range(first, min(column + ring, grid.columns - 1) + 1, step):
                    if c < 0:
                        continue
                    index = r * grid.columns + c
                    for i in range(network.grid_pointer[index], network.grid_pointer[index + 1]):
                        v = network.grid_segment[i]
                        if (
                            barred[network.segment_class[v] & 15]
                            or not network.edge_connected[network.vertex_edge[v]] & mode
                        ):
                            continue
                        ax = (network.vertex_longitude[v] - px) * kx
                        ay = (network.vertex_latitude[v] - py) * ky
                        dx = (network.vertex_longitude[v + 1] - px) * kx - ax
                        dy = (network.vertex_latitude[v + 1] - py) * ky - ay
                        squared = dx * dx + dy * dy
                        f = 0.0
                        if squared > 0.0:
                            f = min(max(-(ax * dx + ay * dy) / squared, 0.0), 1.0)
                        lx, ly = ax + f * dx, ay + f * dy
                        metres = np.hypot(lx, ly)
                        if metres < best or (out_edge[p] < 0 and metres <= best):
                            if wet and crosses_water(px, py, px + lx / kx, py + ly / ky, shores):
                                continue
                            best = metres
                            out_edge[p] = network.vertex_edge[v]
                            out_segment[p] = v
                            out_fraction[p] = f
                            out_metres[p] = metres
            ring += 1
    return out_edge, out_segment, out_fraction, out_metres


@njit(cache=True)
def _snap_point(
    network: NetworkView,
    grid: Grid,
    shores: ShoresView,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    max_metres: float,
    barred: NDArray[np.bool_],
    mode: int,
    across_water: bool,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Search for one point with the lock held: letting go of it takes longer than that."""
    return _snap_points(
        network, grid, shores, longitude, latitude, max_metres, barred, mode, across_water
    )
