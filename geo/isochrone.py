"""What lies within a walk of a place: streets, cut where the time ends, and polygons."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from geo._bounded import BoundedSearch, ways_in
from geo._isochrone_pieces import Reached
from geo._isochrone_polygons import Plan, draw_polygons, plan_lattice
from geo._isochrone_streets import Touched, cut_streets, search_streets
from geo._isochrone_stretches import Streets
from geo._views import WeightsView
from geo.errors import InvalidValue, SourcesOutside
from geo.network import Network
from geo.reach import Reach, Sources, check_weights
from geo.snap import Positions
from geo.weights import Weights

__all__ = ["Isochrones", "Streets", "check_limits", "union_polygons", "union_streets"]

CELL_METRES = 20.0
OFF_STREET_METRES = 100.0
MOST_LIMITS = 32


class Isochrones:
    """Draw what is within a walk of single places, on one network by one pace.

    Safe to share between threads; each keeps its own working memory.

    Args:
        network: where one walks.
        weights: how fast.
        outward: walks from the place instead of walks to it.

    What a polygon promises. The plane is divided into square cells of
    ``cell_metres``, the same for every polygon of a network.

    - A cell that a reached stretch crosses has its centre inside: no reached
      point is farther from the polygon than half a cell's diagonal.
    - A cell that only unreached streets cross has its centre outside: an
      unreached point that lies inside is no farther than that from the
      outline, or shares its cell with a reached stretch.
    - Any other centre is inside if the nearest street is a reached one, no
      farther than ``off_street_metres``; if two are equally near, the reached one
      counts. Streets are those open to the mode of the weights in either direction.
      Distances spread from cell to cell and may be too long by a part of a
      cell, a fifth at most in the tests: only near ties can go the other way.
    - Between centres the outline runs straight, near where the two distances are
      equal. No point inside is farther from a reached stretch than
      ``off_street_metres`` and a cell's diagonal.
    - In one call, the polygon of a larger limit covers that of a smaller one
      exactly. Polygons are valid, without a repair, with outer rings
      anticlockwise, in WGS-84, longitude first.
    """

    def __init__(self, network: Network, weights: Weights, *, outward: bool = False) -> None:
        check_weights(network, weights)
        self.network = network
        self.weights = weights
        # a walk outward is one inward on the reversed network
        self._towards = _turned(weights.view) if outward else weights.view
        self._view = network.view
        self._search = BoundedSearch(network, weights, towards=self._towards)

    def streets(
        self, position: Positions, *, limits_seconds: Sequence[float]
    ) -> tuple[Streets, ...]:
        """Return for each limit the streets within a walk, the access leg counted.

        Args:
            position: one place on the network, as from :func:`geo.snap.snap_one`.
            limits_seconds: ascending.

        Returns:
            one a limit, in their order; edges in the order in which they are met.

        Raises:
            InvalidValue: if there is no limit, one is not finite or not positive,
                they do not ascend, or there is not one place.
            SourcesOutside: if the place lies outside the network or on an edge that is shut.
        """
        limits = check_limits(limits_seconds)
        return _streets(self._reach_one(position, limits), limits)

    def polygons(
        self,
        position: Positions,
        *,
        limits_seconds: Sequence[float],
        cell_metres: float = CELL_METRES,
        off_street_metres: float = OFF_STREET_METRES,
    ) -> NDArray[np.object_]:
        """Return for each limit the area within a walk, see the class for what it promises.

        Returns:
            shapely Polygon or MultiPolygon in WGS-84, shape (limits,); an empty
            Polygon where the access leg takes all the time.

        Raises:
            InvalidValue, SourcesOutside: as :meth:`streets`.
            InvalidValue: if a length is not from a millimetre to 1,000 km, or cells
                are too small for so large a reach.
        """
        limits = check_limits(limits_seconds)
        plan = plan_lattice(self.network, cell_metres, off_street_metres)
        return self._draw(self._reach_one(position, limits), plan)

    def many(
        self,
        positions: Positions,
        *,
        limits_seconds: Sequence[float],
        cell_metres: float = CELL_METRES,
        off_street_metres: float = OFF_STREET_METRES,
        progress: Callable[[int, int], None] | None = None,
    ) -> NDArray[np.object_]:
        """Return the polygons of many places, each for itself.

        Args:
            positions: places, some perhaps outside the network.
            limits_seconds, cell_metres, off_street_metres: as :meth:`polygons`.
            progress: told after each place how many are done, and of how many.

        Returns:
            object array of shape (n, limits), None where a place lies outside the
            network or on an edge that is shut.

        Raises:
            InvalidValue: as :meth:`polygons`.
        """
        limits = check_limits(limits_seconds)
        plan = plan_lattice(self.network, cell_metres, off_street_metres)
        count = len(positions)
        result = np.full((count, len(limits)), None, dtype=object)
        for i in range(count):
            if self._open(positions, i):
                result[i] = self._draw(self._reach(positions, i, limits), plan)
            if progress is not None:
                progress(i + 1, count)
        return result

    def _draw(self, reached: Reached, plan: Plan) -> NDArray[np.object_]:
        return draw_polygons(self._view, self._towards, self.network.grid, plan, reached)

    def _reach_one(self, position: Positions, limits: NDArray[np.float64]) -> Reached:
        if len(position) != 1:
            raise InvalidValue("position", f"{len(position)} places", "a single place")
        if not self._open(position, 0):
            raise SourcesOutside([0], total=1)
        return self._reach(position, 0, limits)

    def _open(self, positions: Positions, index: int) -> bool:
        """Say whether a place stands on an edge that is open in either direction."""
        edge = positions.edge[index]
        ways = self._towards.edge_forward[edge], self._towards.edge_backward[edge]
        return bool(edge >= 0 and (ways[0] < np.inf or ways[1] < np.inf))

    def _reach(self, positions: Positions, index: int, limits: NDArray[np.float64]) -> Reached:
        """Search from one place and cut the streets it comes to."""
        station, scratch = self._search.station(positions, index), self._search.scratch()
        touched = search_streets(self._view, self._towards, station, scratch, float(limits[-1]))
        stretches = cut_streets(self._view, self._towards, station, touched, limits)
        return Reached(
            touched.edge, stretches, len(limits), scratch.edge_stamp, scratch.slot, scratch.turn
        )


def union_streets(
    network: Network,
    weights: Weights,
    stations: Sources,
    reach: Reach,
    *,
    limits_seconds: Sequence[float],
) -> tuple[Streets, ...]:
    """Return for each limit the streets within a walk of any station, edges ascending.

    Args:
        network, weights, stations, reach: as of :func:`geo.reach.flood`.
        limits_seconds: ascending, none above the flood's.

    Raises:
        InvalidValue: as :meth:`Isochrones.streets`, or if the flood ended before a limit.
    """
    limits = check_limits(limits_seconds)
    return _streets(_reach_any(network, weights, stations, reach, limits), limits)


def union_polygons(
    network: Network,
    weights: Weights,
    stations: Sources,
    reach: Reach,
    *,
    limits_seconds: Sequence[float],
    cell_metres: float = CELL_METRES,
    off_street_metres: float = OFF_STREET_METRES,
) -> NDArray[np.object_]:
    """Return for each limit the area within a walk of any station, as :class:`Isochrones` draws it.

    Worked out strip by strip; what is kept of all is 2 bytes a cell and limit,
    and 4 more of one limit at a time.

    Returns:
        shapely geometries in WGS-84, shape (limits,).

    Raises:
        InvalidValue: as :meth:`Isochrones.polygons`, or if the flood ended before a limit.
    """
    limits = check_limits(limits_seconds)
    plan = plan_lattice(network, cell_metres, off_street_metres)
    reached = _reach_any(network, weights, stations, reach, limits)
    return draw_polygons(network.view, weights.view, network.grid, plan, reached)


def check_limits(limits_seconds: Sequence[float]) -> NDArray[np.float64]:
    """Return limits as float64, or raise :class:`InvalidValue`."""
    limits = np.atleast_1d(np.asarray(limits_seconds, dtype=np.float64))
    good = (
        limits.ndim == 1
        and 1 <= len(limits) <= MOST_LIMITS
        and bool(np.isfinite(limits).all())
        and limits[0] > 0
        and bool((np.diff(limits) > 0).all())
    )
    if not good:
        raise InvalidValue(
            "limits_seconds",
            limits.tolist(),
            f"1 to {MOST_LIMITS} finite times above 0 s, each larger than the one before",
        )
    return limits


def _turned(view: WeightsView) -> WeightsView:
    """Return the weights of the reversed network."""
    return WeightsView(
        vertex_forward=view.vertex_backward,
        vertex_backward=view.vertex_forward,
        edge_forward=view.edge_backward,
        edge_backward=view.edge_forward,
        arc_out=view.arc_in,
        arc_in=view.arc_out,
    )


def _reach_any(
    network: Network,
    weights: Weights,
    stations: Sources,
    reach: Reach,
    limits: NDArray[np.float64],
) -> Reached:
    if limits[-1] > reach.max_seconds:
        raise InvalidValue(
            "limits_seconds", limits.tolist(), f"at most the flood's {reach.max_seconds:g} s"
        )
    edges = np.arange(network.edges, dtype=np.int32)
    nearest = reach.seconds[:, 0].astype(np.float64)
    touched = Touched(edges, nearest[network.edge_start], nearest[network.edge_end])
    stretches = cut_streets(network.view, weights.view, ways_in(network, stations), touched, limits)
    return Reached(edges, stretches, len(limits), np.zeros(network.edges, np.int32), edges, 0)


def _streets(reached: Reached, limits: NDArray[np.float64]) -> tuple[Streets, ...]:
    """Sort the stretches by limit."""
    edges, (pointer, low, high) = len(reached.edge), reached.stretches
    result = []
    for i, limit in enumerate(limits):
        own = pointer[i * edges : (i + 1) * edges + 1]
        part = slice(own[0], own[-1])
        result.append(
            Streets(
                limit_seconds=float(limit),
                edge=np.repeat(reached.edge, np.diff(own)),
                begin=low[part],
                end=high[part],
            )
        )
    return tuple(result)
