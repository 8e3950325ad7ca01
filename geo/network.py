"""The walking network: junctions joined by edges, each with its shape.

An edge is a chain of segments without a junction inside. It runs from
``edge_start`` to ``edge_end``; walking it *forward* means in that direction.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from geo import _contraction
from geo._views import NetworkView
from geo.errors import NoStreets
from geo.plane import UNITS_PER_DEGREE, check_degrees, metres_per_degree, segment_metres
from geo.streets import Access, StreetGraph

GRID_METRES = 100.0
# a part with fewer junctions than this share is an islet: a rider is not led onto it
CONNECTED_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """Hold a contracted walking network in WGS-84 (EPSG:4326).

    Coordinates are fixed-point: int32 in units of 1e-7 degree.

    Attributes:
        junction_longitude, junction_latitude: int32 of shape (junctions,).
        junction_component: int32 of shape (junctions,), number of the strongly
            connected part a junction belongs to, the largest being 0.
        junction_arc: int64 of shape (junctions + 1,), pointers into the arcs.
        arc_edge: int32 of shape (2 * edges,): edge ``e`` where the arc leaves
            from the edge's start, ``~e`` where it leaves from its end.
        arc_far: int32 of shape (2 * edges,), the junction the arc leads to.
        edge_start, edge_end: int32 of shape (edges,), junctions.
        edge_access: uint8 of shape (edges,), :class:`geo.streets.Access`.
        edge_connected: bool of shape (edges,), whether both ends lie in a part
            with at least 1 % of all junctions.
        edge_name: int32 of shape (edges,), index into ``names``, -1 for none.
        edge_vertex: int64 of shape (edges + 1,), pointers into the vertices.
        vertex_longitude, vertex_latitude: int32 of shape (vertices,).
        segment_metres: float32 of shape (vertices,), length from a vertex to the
            next of its edge; 0 at the last vertex of an edge.
        segment_climb: float32 of shape (vertices,), signed metres walked forward.
        segment_class: uint8 of shape (vertices,), kind in the low four bits,
            rank in the high four (see :mod:`geo.streets`).
        segment_steps: uint16 of shape (vertices,), known stair steps, 0 unknown.
        vertex_edge: int32 of shape (vertices,), the edge of a vertex.
        grid_pointer: int64 of shape (cells + 1,), grid_segment: int32; segments
            by cell of a grid of ``columns`` by ``rows``.
        names: street names.
    """

    junction_longitude: NDArray[np.int32]
    junction_latitude: NDArray[np.int32]
    junction_component: NDArray[np.int32]
    junction_arc: NDArray[np.int64]
    arc_edge: NDArray[np.int32]
    arc_far: NDArray[np.int32]
    edge_start: NDArray[np.int32]
    edge_end: NDArray[np.int32]
    edge_access: NDArray[np.uint8]
    edge_connected: NDArray[np.bool_]
    edge_name: NDArray[np.int32]
    edge_vertex: NDArray[np.int64]
    vertex_longitude: NDArray[np.int32]
    vertex_latitude: NDArray[np.int32]
    vertex_edge: NDArray[np.int32]
    segment_metres: NDArray[np.float32]
    segment_climb: NDArray[np.float32]
    segment_class: NDArray[np.uint8]
    segment_steps: NDArray[np.uint16]
    grid_pointer: NDArray[np.int64]
    grid_segment: NDArray[np.int32]
    grid: "Grid"
    names: tuple[str, ...] = field(repr=False)
    height_share: float
    digest: str = ""

    @property
    def view(self) -> NetworkView:
        """What kernels read."""
        return NetworkView(*(getattr(self, name) for name in NetworkView._fields))

    @property
    def junctions(self) -> int:
        """Number of junctions."""
        return len(self.junction_longitude)

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
    def metres(self) -> float:
        """Length of all edges in metres."""
        return float(self.segment_metres.sum(dtype=np.float64))


class Grid(NamedTuple):
    """Cells of equal degrees, about :data:`GRID_METRES` wide; origin in the south-west."""

    west: float
    south: float
    cell_longitude: float
    cell_latitude: float
    columns: int
    rows: int


def contract(streets: StreetGraph) -> Network:
    """Contract chains of degree-2 nodes and order what remains along a Hilbert curve.

    Junctions and edges that are near on the ground are near in memory. Heights
    that are unknown give no climb; their segments keep ``Access.HEIGHT_UNKNOWN``
    on the edge.

    Raises:
        NoStreets: if there is no segment.
        InvalidValue: if a coordinate is not finite or out of range.
    """
    if streets.segments == 0:
        raise NoStreets("the street graph")
    check_degrees(streets.longitude, streets.latitude)
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
    component, connected = _components(len(ordered), edge_start, edge_end, edge_access)
    shape = _shape(streets, node, segment, turned)
    grid, grid_pointer, grid_segment = _index(shape[0], shape[1], edge_vertex)
    return Network(
        junction_longitude=shape[0][_first_vertex(edge_vertex, edge_start, edge_end, ordered)],
        junction_latitude=shape[1][_first_vertex(edge_vertex, edge_start, edge_end, ordered)],
        junction_component=component,
        junction_arc=junction_arc,
        arc_edge=arc_edge,
        arc_far=arc_far,
        edge_start=edge_start,
        edge_end=edge_end,
        edge_access=edge_access,
        edge_connected=connected[edge_start] & connected[edge_end],
        edge_name=_edge_names(streets.name, shape[2], edge_vertex, segment),
        edge_vertex=edge_vertex,
        vertex_longitude=shape[0],
        vertex_latitude=shape[1],
        vertex_edge=np.repeat(np.arange(len(edge_start), dtype=np.int32), np.diff(edge_vertex)),
        segment_metres=shape[2],
        segment_climb=shape[3],
        segment_class=shape[4],
        segment_steps=shape[5],
        grid_pointer=grid_pointer,
        grid_segment=grid_segment,
        grid=grid,
        names=streets.names,
        height_share=shape[6],
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
    """Take the direction of an edge's first segment; its unknown heights from any of them."""
    first = edge_vertex[:-1]
    way = access[segment[first]] & Access.BOTH
    swapped = ((way & 1) << 1) | (way >> 1)
    direction = np.where(turned[first], swapped, way)
    unknown = np.where(segment >= 0, access[segment] & Access.HEIGHT_UNKNOWN, 0)
    return (direction | np.bitwise_or.reduceat(unknown, first)).astype(np.uint8)


def _components(
    junctions: int,
    edge_start: NDArray[np.int32],
    edge_end: NDArray[np.int32],
    edge_access: NDArray[np.uint8],
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the strongly connected part of each junction, and whether that part is large."""
    forward = (edge_access & Access.FORWARD) != 0
    backward = (edge_access & Access.BACKWARD) != 0
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
    NDArray[np.uint16],
    float,
]:
    """Return per vertex longitude, latitude, and metres, climb, class and steps of what follows."""
    longitude = np.round(streets.longitude * UNITS_PER_DEGREE).astype(np.int32)
    latitude = np.round(streets.latitude * UNITS_PER_DEGREE).astype(np.int32)
    inside = segment >= 0
    metres = segment_metres(
        streets.longitude[streets.start],
        streets.latitude[streets.start],
        streets.longitude[streets.end],
        streets.latitude[streets.end],
    )
    climb = streets.height[streets.end] - streets.height[streets.start]
    known = np.isfinite(climb)
    height_share = float(metres[known].sum() / max(metres.sum(), 1e-9))
    climb = np.where(known, climb, 0.0)
    signed = np.where(turned, -climb[segment], climb[segment])
    class_ = streets.kind | (streets.rank << 4)
    return (
        longitude[node],
        latitude[node],
        np.where(inside, metres[segment], 0.0).astype(np.float32),
        np.where(inside, signed, 0.0).astype(np.float32),
        np.where(inside, class_[segment], 0).astype(np.uint8),
        np.where(inside, np.minimum(streets.steps[segment], 65535), 0).astype(np.uint16),
        height_share,
    )


def _first_vertex(
    edge_vertex: NDArray[np.int64],
    edge_start: NDArray[np.int32],
    edge_end: NDArray[np.int32],
    ordered: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return one vertex that lies on each junction."""
    vertex = np.empty(len(ordered), np.int64)
    vertex[edge_end] = edge_vertex[1:] - 1
    vertex[edge_start] = edge_vertex[:-1]
    return vertex


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


def _index(
    longitude: NDArray[np.int32], latitude: NDArray[np.int32], edge_vertex: NDArray[np.int64]
) -> tuple[Grid, NDArray[np.int64], NDArray[np.int32]]:
    """Sort segments into grid cells, coarser ones where streets are few and far between."""
    west, south = longitude.min() / UNITS_PER_DEGREE, latitude.min() / UNITS_PER_DEGREE
    east, north = longitude.max() / UNITS_PER_DEGREE, latitude.max() / UNITS_PER_DEGREE
    per_longitude, per_latitude = metres_per_degree((south + north) / 2)
    area = max((east - west) * per_longitude, 1.0) * max((north - south) * per_latitude, 1.0)
    cell = max(GRID_METRES, float(np.sqrt(area / (4 * len(longitude) + 64))))
    grid = Grid(
        west=float(west),
        south=float(south),
        cell_longitude=cell / per_longitude,
        cell_latitude=cell / per_latitude,
        columns=int((east - west) * per_longitude / cell) + 1,
        rows=int((north - south) * per_latitude / cell) + 1,
    )
    column = ((longitude / UNITS_PER_DEGREE - grid.west) / grid.cell_longitude).astype(np.int32)
    row = ((latitude / UNITS_PER_DEGREE - grid.south) / grid.cell_latitude).astype(np.int32)
    pointer, members = _contraction.grid_cells(
        edge_vertex,
        np.minimum(column, grid.columns - 1),
        np.minimum(row, grid.rows - 1),
        grid.columns,
        grid.rows,
    )
    return grid, pointer, members
