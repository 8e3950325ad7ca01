"""The walking network: junctions joined by edges, each with its shape.

An edge is a chain of segments without a junction inside. It runs from
``edge_start`` to ``edge_end``; walking it *forward* means in that direction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from geo import _contraction
from geo._grid import Grid, index_segments
from geo._views import NetworkView, seal
from geo.errors import InvalidValue, NoStreets
from geo.plane import UNITS_PER_DEGREE, check_degrees, segment_metres
from geo.shores import Shores, no_shores
from geo.streets import Access, Mode, StreetGraph, check_streets, segment_climb

# a part with fewer junctions than this share is an islet: a rider is not led onto it
CONNECTED_SHARE = 0.01
HALF_TURN_DEGREES = 180.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """Hold a contracted walking network in WGS-84 (EPSG:4326).

    Coordinates are fixed-point: int32 in units of 1e-7 degree.

    Attributes:
        junction_arc: int32 of shape (junctions + 1,), pointers into the arcs.
        arc_edge: int32 of shape (2 * edges,): edge ``e`` where the arc leaves
            from the edge's start, ``~e`` where it leaves from its end.
        arc_far: int32 of shape (2 * edges,), the junction the arc leads to.
        edge_start, edge_end: int32 of shape (edges,), junctions.
        edge_access: uint8 of shape (edges,), :class:`geo.streets.Access`.
        edge_connected: uint8 of shape (edges,), flags of :class:`geo.streets.Mode`
            by which the edge is open and both its ends lie in a part with at
            least 1 % of all junctions.
        edge_name: int32 of shape (edges,), index into ``names``, -1 for none.
        edge_vertex: int32 of shape (edges + 1,), pointers into the vertices.
        vertex_longitude, vertex_latitude: int32 of shape (vertices,).
        segment_metres: float32 of shape (vertices,), length from a vertex to the
            next of its edge; 0 at the last vertex of an edge.
        segment_climb: float32 of shape (vertices,), signed metres walked forward.
        segment_class: uint8 of shape (vertices,), kind in the low four bits,
            rank in the high four (see :mod:`geo.streets`).
        segment_steps: uint8 of shape (vertices,), known stair steps, 0 unknown.
        segment_wait: uint8 of shape (vertices,), parts of a wait, see :mod:`geo.streets`.
        vertex_edge: int32 of shape (vertices,), the edge of a vertex.
        grid_pointer: int32 of shape (cells + 1,), grid_segment: int32; segments
            by cell of a grid of ``columns`` by ``rows``.
        shores: the water that no access leg crosses.
        names: street names.
    """

    junction_arc: NDArray[np.int32]
    arc_edge: NDArray[np.int32]
    arc_far: NDArray[np.int32]
    edge_start: NDArray[np.int32]
    edge_end: NDArray[np.int32]
    edge_access: NDArray[np.uint8]
    edge_connected: NDArray[np.uint8]
    edge_name: NDArray[np.int32]
    edge_vertex: NDArray[np.int32]
    vertex_longitude: NDArray[np.int32]
    vertex_latitude: NDArray[np.int32]
    vertex_edge: NDArray[np.int32]
    segment_metres: NDArray[np.float32]
    segment_climb: NDArray[np.float32]
    segment_class: NDArray[np.uint8]
    segment_steps: NDArray[np.uint8]
    segment_wait: NDArray[np.uint8]
    grid_pointer: NDArray[np.int32]
    grid_segment: NDArray[np.int32]
    grid: Grid
    shores: Shores
    names: Sequence[str] = field(repr=False)
    height_share: float
    digest: str = ""
    # what kernels read; put together once
    view: NetworkView = field(init=False, repr=False)

    def __post_init__(self) -> None:
        view = NetworkView(*(getattr(self, name) for name in NetworkView._fields))
        object.__setattr__(self, "view", view)
        seal(self)

    @property
    def junctions(self) -> int:
        """Number of junctions."""
        return len(self.junction_arc) - 1

    @property
    def junction_longitude(self) -> NDArray[np.int32]:
        """Longitudes of junctions, shape (junctions,)."""
        return self.vertex_longitude[self._junction_vertex()]

    @property
    def junction_latitude(self) -> NDArray[np.int32]:
        """Latitudes of junctions, shape (junctions,)."""
        return self.vertex_latitude[self._junction_vertex()]

    @property
    def junction_component(self) -> NDArray[np.int32]:
        """Number of the strongly connected part for walkers of each junction, the largest 0."""
        return _parts(self.junctions, self.edge_start, self.edge_end, self.edge_access)[0]

    def _junction_vertex(self) -> NDArray[np.int32]:
        """Return one vertex that lies on each junction."""
        vertex = np.empty(self.junctions, np.int32)
        vertex[self.edge_end] = self.edge_vertex[1:] - 1
        vertex[self.edge_start] = self.edge_vertex[:-1]
        return vertex

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.edge_start)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north in WGS-84 degrees."""
        return (
            float(self.vertex_longitude.min()) / UNITS_PER_DEGREE,
            float(self.vertex_latitude.min()) / UNITS_PER_DEGREE,
            float(self.vertex_longitude.max()) / UNITS_PER_DEGREE,
            float(self.vertex_latitude.max()) / UNITS_PER_DEGREE,
        )

    @property
    def walkable_metres(self) -> NDArray[np.float32]:
        """Lengths of segments, shape (vertices,), 0 where riders alone may go."""
        walkable = (self.edge_access & Access.BOTH) != 0
        return np.where(walkable[self.vertex_edge], self.segment_metres, np.float32(0.0))

    @property
    def metres(self) -> float:
        """Length of all edges in metres."""
        return float(self.segment_metres.sum(dtype=np.float64))


def contract(streets: StreetGraph, *, shores: Shores | None = None) -> Network:
    """Contract chains of degree-2 nodes and order what remains along a Hilbert curve.

    Junctions and edges that are near on the ground are near in memory. Heights
    that are unknown give no climb; their segments keep ``Access.HEIGHT_UNKNOWN``
    on the edge.

    Args:
        streets: what is walked and ridden.
        shores: where water begins; without them legs are straight across everything.

    Raises:
        NoStreets: if there is no segment.
        InvalidValue: if a coordinate is no degree, a segment crosses the 180th meridian, or
            arrays do not belong together.
    """
    check_streets(streets)
    if streets.segments == 0:
        raise NoStreets("the street graph")
    check_degrees(streets.longitude, streets.latitude)
    span = streets.longitude[streets.end] - streets.longitude[streets.start]
    longest = float(span[np.argmax(np.abs(span))])
    if abs(longest) > HALF_TURN_DEGREES:
        raise InvalidValue("longitude of a segment", longest, "a span without the 180th meridian")
    start, end, access = streets.start, streets.end, streets.access
    pointer, incident = _contraction.incidence(streets.nodes, start, end)
    junction = _contraction.find_junctions(start, end, access, pointer, incident)
    order = _curve_order(streets, junction)
    edge_vertex, node, segment, turned = _contraction.walk_chains(
        order, junction, start, end, pointer, incident
    )
    number = np.full(streets.nodes, -1, np.int32)
    ordered = order[junction[order]]
    number[ordered] = np.arange(len(ordered), dtype=np.int32)
    last = edge_vertex[1:] - 1
    edge_start, edge_end = number[node[edge_vertex[:-1]]], number[node[last]]
    junction_arc, arc_edge, arc_far = _contraction.arcs_of(len(ordered), edge_start, edge_end)
    edge_access = _edge_access(access, edge_vertex, segment, turned)
    edge_connected = _connected(len(ordered), edge_start, edge_end, edge_access)
    shape = _shape(streets, node, segment, turned)
    grid, grid_pointer, grid_segment = index_segments(shape[0], shape[1], edge_vertex)
    return Network(
        junction_arc=junction_arc.astype(np.int32),
        arc_edge=arc_edge,
        arc_far=arc_far,
        edge_start=edge_start,
        edge_end=edge_end,
        edge_access=edge_access,
        edge_connected=edge_connected,
        edge_name=_edge_names(streets.name, shape[2], edge_vertex, segment),
        edge_vertex=edge_vertex.astype(np.int32),
        vertex_longitude=shape[0],
        vertex_latitude=shape[1],
        vertex_edge=np.repeat(np.arange(len(edge_start), dtype=np.int32), np.diff(edge_vertex)),
        segment_metres=shape[2],
        segment_climb=shape[3],
        segment_class=shape[4],
        segment_steps=shape[5],
        segment_wait=shape[6],
        grid_pointer=grid_pointer,
        grid_segment=grid_segment,
        grid=grid,
        shores=shores or no_shores(),
        names=streets.names,
        height_share=shape[7],
    )


def _curve_order(streets: StreetGraph, junction: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return all junctions along a Hilbert curve, then all other nodes."""
    scale = (1 << _contraction.HILBERT_BITS) - 1
    span = max(np.ptp(streets.longitude), np.ptp(streets.latitude)) or 1.0
    x = ((streets.longitude - streets.longitude.min()) / span * scale).astype(np.int64)
    y = ((streets.latitude - streets.latitude.min()) / span * scale).astype(np.int64)
    position = _contraction.hilbert(x, y)
    position[~junction] += np.int64(1) << 62
    return np.argsort(position, kind="stable")


def _edge_access(
    access: NDArray[np.uint8],
    edge_vertex: NDArray[np.int64],
    segment: NDArray[np.int32],
    turned: NDArray[np.bool_],
) -> NDArray[np.uint8]:
    """Take the directions of an edge's first segment; its unknown heights from any of them."""
    first = edge_vertex[:-1]
    way = access[segment[first]] & np.uint8(Access.ALL)
    ahead = np.uint8(Access.FORWARD | Access.RIDE_FORWARD)
    swapped = ((way & ahead) << 1) | ((way >> 1) & ahead)
    direction = np.where(turned[first], swapped, way)
    unknown = np.where(segment >= 0, access[segment] & Access.HEIGHT_UNKNOWN, 0)
    return (direction | np.bitwise_or.reduceat(unknown, first)).astype(np.uint8)


def _connected(
    junctions: int,
    edge_start: NDArray[np.int32],
    edge_end: NDArray[np.int32],
    edge_access: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Return by which modes each edge is connected, as flags."""
    _, large = _parts(junctions, edge_start, edge_end, edge_access)
    # shifted so that a rider's directions stand where a walker's do
    ride_access = edge_access // np.uint8(Access.RIDE_FORWARD)
    _, ride_large = _parts(junctions, edge_start, edge_end, ride_access)
    flags = np.zeros(len(edge_start), np.uint8)
    for mode, access, inside in (
        (Mode.WALK, edge_access, large),
        (Mode.EBIKE, ride_access, ride_large),
    ):
        usable = (access & Access.BOTH) != 0
        flags[usable & inside[edge_start] & inside[edge_end]] |= np.uint8(mode)
    return flags


def _parts(
    junctions: int,
    edge_start: NDArray[np.int32],
    edge_end: NDArray[np.int32],
    access: NDArray[np.uint8],
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the strongly connected part of each junction, and whether that part is large."""
    forward = (access & Access.FORWARD) != 0
    backward = (access & Access.BACKWARD) != 0
    origin = np.concatenate((edge_start[forward], edge_end[backward]))
    target = np.concatenate((edge_end[forward], edge_start[backward]))
    graph = csr_matrix((np.ones(len(origin), np.int8), (origin, target)), (junctions, junctions))
    _, label = connected_components(graph, directed=True, connection="strong")
    size = np.bincount(label)
    by_size = np.empty(len(size), np.int32)
    by_size[np.argsort(-size, kind="stable")] = np.arange(len(size), dtype=np.int32)
    component = by_size[label]
    large = size[label] >= max(CONNECTED_SHARE * junctions, 2)
    return component, large | (component == 0)


def _shape(
    streets: StreetGraph,
    node: NDArray[np.int32],
    segment: NDArray[np.int32],
    turned: NDArray[np.bool_],
) -> tuple[
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.float32],
    NDArray[np.float32],
    NDArray[np.uint8],
    NDArray[np.uint8],
    NDArray[np.uint8],
    float,
]:
    """Return per vertex longitude, latitude, and what follows it, and the share with heights.

    What follows is a segment's metres, climb, class, steps and wait.
    """
    longitude = np.round(streets.longitude * UNITS_PER_DEGREE).astype(np.int32)
    latitude = np.round(streets.latitude * UNITS_PER_DEGREE).astype(np.int32)
    inside = segment >= 0
    metres = segment_metres(
        streets.longitude[streets.start],
        streets.latitude[streets.start],
        streets.longitude[streets.end],
        streets.latitude[streets.end],
    )
    known = np.isfinite(streets.height[streets.end] - streets.height[streets.start])
    height_share = float(metres[known].sum() / max(metres.sum(), 1e-9))
    climb = segment_climb(streets, metres)
    signed = np.where(turned, -climb[segment], climb[segment])
    class_ = streets.kind | (streets.rank << 4)
    return (
        longitude[node],
        latitude[node],
        np.where(inside, metres[segment], 0.0).astype(np.float32),
        np.where(inside, signed, 0.0).astype(np.float32),
        np.where(inside, class_[segment], 0).astype(np.uint8),
        np.where(inside, np.minimum(streets.steps[segment], 255), 0).astype(np.uint8),
        np.where(inside, streets.wait[segment], 0).astype(np.uint8),
        height_share,
    )


def _edge_names(
    name: NDArray[np.int32],
    metres: NDArray[np.float32],
    edge_vertex: NDArray[np.int64],
    segment: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Name an edge after its longest named segment."""
    named = np.where(segment >= 0, name[segment], -1)
    weight = np.where(named >= 0, metres + 1.0, 0.0)
    edge = np.repeat(np.arange(len(edge_vertex) - 1), np.diff(edge_vertex))
    order = np.lexsort((weight, edge))
    return np.asarray(named[order[edge_vertex[1:] - 1]], np.int32)
