"""Heights of streets from elevation models.

A model of the ground knows no bridges, and its noise makes a flat street go up and down. So
heights are taken in three steps: sample the model at every node; damp what is below its vertical
noise; let bridges and tunnels run evenly from end to end.

**Damping.** Heights move within a tube of ``noise_metres`` around the sampled ones, to where the
sum of squared rises over lengths is least. Along a street between two junctions this is the
*taut string*: of all profiles within the tube, the one with the least total climb (P. L. Davies
and A. Kovac, "Local extremes, runs, strings and multiresolution", Annals of Statistics 29 (2001)
1-65). Ripples smaller than the tube vanish entirely, and no height ever moves by more than
``noise_metres``, so that a hill keeps its height to within twice that, however short it is. The
default is one metre: half the step of a model in whole metres, and the same again. The random
error of the shuttle-mission models is some metres (E. Rodriguez, C. Morris and J. Belz, "A
global assessment of the SRTM performance", Photogrammetric Engineering and Remote Sensing 72
(2006) 249-260); a wider tube would take real stairs and ramps with it. Stairs, escalators and
lifts are meant to climb and do not pull at the heights of their ends.

**Bridges and tunnels.** What hangs between fixed ends takes the height at which, at every node,
the slopes balance: the solution of Laplace's equation on the segments of bridges and tunnels,
weighted by one over length. On a single bridge that is a straight line; where bridges fork, one
surface for all. Ends are nodes that also lie on a street or path. A structure that only stairs
reach ends where they begin.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

from geo._damping import Links, State, Tube, descend
from geo._osm_file import Progress
from geo._raster import sample_raster
from geo.errors import ElevationOutside, InvalidValue
from geo.plane import segment_metres
from geo.streets import Access, Kind, StreetGraph

NOISE_METRES = 1.0
# shorter ones would drown all others in a sum weighted by one over length
_LEAST_METRES = 0.5
_SMOOTHING_STEPS = 500
_SMOOTH_ENOUGH_METRES = 1e-3
_TELL_EVERY = 50

Heights = NDArray[np.float32]
_STRUCTURES = (Kind.BRIDGE, Kind.TUNNEL, Kind.FERRY)
_CLIMBS = (Kind.STEPS, Kind.ESCALATOR, Kind.LIFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElevationReport:
    """How much of the streets has a height.

    Attributes:
        share_covered: share of the nodes that have a height, 0 to 1.
        nodes_without: number of nodes that have none.
        segments_without: number of segments marked ``HEIGHT_UNKNOWN``.
        spanned_nodes: nodes of bridges, tunnels and ferries that took their height from the ends.
        lowest_metres, highest_metres: the range of the heights.
    """

    share_covered: float
    nodes_without: int
    segments_without: int
    spanned_nodes: int
    lowest_metres: float
    highest_metres: float


def sample(
    paths: Sequence[Path],
    *,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    progress: Progress | None = None,
) -> Heights:
    """Sample elevation models at points; where they overlap, the first with a value counts.

    Args:
        paths: GeoTIFFs in any coordinate system and ``.hgt`` tiles, heights in metres.
        longitude, latitude: float64 of shape (n,), WGS-84 degrees.
        progress: called with what is being done and the share of it that is done, 0 to 1.

    Returns:
        float32 of shape (n,), metres, interpolated bilinearly between pixel centres; NaN outside,
        where no value was declared or -32768 stands for none, and where a value cannot be a
        height on land (below -500 m or above 9,000 m).

    Raises:
        SourceUnreadable: a file cannot be read, or does not say where on earth it lies.
    """
    heights = np.full(len(longitude), np.nan, dtype=np.float32)
    for done, path in enumerate(paths):
        if progress:
            progress("sampling heights", done / len(paths))
        # also with nothing left to sample: a file that cannot be read is named in any case
        open_points = np.flatnonzero(np.isnan(heights))
        heights[open_points] = sample_raster(path, longitude[open_points], latitude[open_points])
    if progress:
        progress("sampling heights", 1.0)
    return heights


def with_heights(
    streets: StreetGraph,
    paths: Sequence[Path],
    *,
    noise_metres: float = NOISE_METRES,
    progress: Progress | None = None,
) -> tuple[StreetGraph, ElevationReport]:
    """Return the same streets with heights from elevation models, and how far they reach.

    Segments with an end of unknown height are marked ``Access.HEIGHT_UNKNOWN``, all others are
    not.

    Args:
        streets: left as they are.
        paths: elevation models, see :func:`sample`.
        noise_metres: by how much a height may move so that a street climbs less; 0 for not.
        progress: called with what is being done and the share of it that is done, 0 to 1.

    Raises:
        SourceUnreadable: a file cannot be read.
        ElevationOutside: the models cover no node at all.
        InvalidValue: ``noise_metres`` is negative or not a number.
    """
    if not 0 <= noise_metres < np.inf:
        raise InvalidValue("noise_metres", noise_metres, "a number of metres, 0 or more")
    sampled = sample(
        paths, longitude=streets.longitude, latitude=streets.latitude, progress=progress
    )
    if np.isnan(sampled).all():
        raise ElevationOutside([str(path) for path in paths], _bounds(streets))
    conductance = _conductance(streets)
    structure = np.isin(streets.kind, _STRUCTURES)
    ground = ~structure & ~np.isin(streets.kind, _CLIMBS)
    heights = _damp(
        sampled.astype(np.float64),
        _laplacian(streets, conductance, ground),
        noise_metres=noise_metres,
        progress=progress,
    )
    spanned = _span(streets, heights, conductance, structure=structure, ground=ground)
    return _finish(streets, heights.astype(np.float32), spanned=spanned)


def _finish(
    streets: StreetGraph, heights: Heights, *, spanned: int
) -> tuple[StreetGraph, ElevationReport]:
    unknown = np.isnan(heights)
    marked = unknown[streets.start] | unknown[streets.end]
    access = streets.access & np.uint8(Access.ALL)
    access[marked] |= np.uint8(Access.HEIGHT_UNKNOWN)
    report = ElevationReport(
        share_covered=1.0 - float(unknown.mean()),
        nodes_without=int(unknown.sum()),
        segments_without=int(marked.sum()),
        spanned_nodes=spanned,
        lowest_metres=float(np.nanmin(heights)),
        highest_metres=float(np.nanmax(heights)),
    )
    return replace(streets, height=heights, access=access), report


def _bounds(streets: StreetGraph) -> tuple[float, float, float, float]:
    return (
        float(streets.longitude.min()),
        float(streets.latitude.min()),
        float(streets.longitude.max()),
        float(streets.latitude.max()),
    )


def _conductance(streets: StreetGraph) -> NDArray[np.float64]:
    """Return one over length of every segment."""
    a, b = streets.start, streets.end
    metres = segment_metres(
        streets.longitude[a], streets.latitude[a], streets.longitude[b], streets.latitude[b]
    )
    return 1.0 / np.maximum(metres, _LEAST_METRES)


def _laplacian(
    streets: StreetGraph, conductance: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> csr_array:
    """Return the weighted Laplace matrix, (nodes, nodes), of the chosen segments."""
    a, b, weight = streets.start[chosen], streets.end[chosen], conductance[chosen]
    rows, columns = np.concatenate([a, b]), np.concatenate([b, a])
    shape = (streets.nodes, streets.nodes)
    links = coo_array((np.concatenate([weight, weight]), (rows, columns)), shape=shape).tocsr()
    return (diags_array(np.asarray(links.sum(axis=1))) - links).tocsr()


def _damp(
    sampled: NDArray[np.float64],
    laplacian: csr_array,
    *,
    noise_metres: float,
    progress: Progress | None,
) -> NDArray[np.float64]:
    """Pull heights taut within a tube: accelerated projected descent, scaled by the diagonal.

    Only nodes of known height take part. (A. Beck and M. Teboulle, "A fast iterative
    shrinkage-thresholding algorithm", SIAM Journal on Imaging Sciences 2 (2009) 183-202, with
    the restart of B. O'Donoghue and E. Candes, Foundations of Computational Mathematics 15
    (2015) 715-732.)
    """
    known = np.flatnonzero(~np.isnan(sampled))
    links = -(laplacian[known][:, known])
    links.setdiag(0.0)
    links.eliminate_zeros()
    degree = np.asarray(links.sum(axis=1), np.float64)
    half = np.divide(0.5, degree, out=np.zeros_like(degree), where=degree > 0)
    rows = Links(links.indptr, links.indices, links.data * np.repeat(half, np.diff(links.indptr)))
    tube = Tube(sampled[known] - noise_metres, sampled[known] + noise_metres, degree)
    state, done = State(sampled[known], sampled[known], 1.0), not noise_metres
    for begun in range(0, _SMOOTHING_STEPS, _TELL_EVERY):
        if done:
            break
        if progress:
            progress("damping noise", begun / _SMOOTHING_STEPS)
        state, done = descend(rows, tube, state, _TELL_EVERY, _SMOOTH_ENOUGH_METRES)
    if progress:
        progress("damping noise", 1.0)
    heights = sampled.copy()
    heights[known] = state.now
    return heights


def _span(
    streets: StreetGraph,
    heights: NDArray[np.float64],
    conductance: NDArray[np.float64],
    *,
    structure: NDArray[np.bool_],
    ground: NDArray[np.bool_],
) -> int:
    """Hang bridges and tunnels between their ends, in place; return how many nodes moved."""
    laplacian = _laplacian(streets, conductance, structure)
    ends = _structure_ends(streets, heights, laplacian, structure=structure, ground=ground)
    hanging = _touched(streets, structure) & ~ends
    component = connected_components(laplacian, directed=False)[1]
    held = np.zeros(streets.nodes, dtype=bool)
    held[component[ends]] = True
    free = np.flatnonzero(hanging & held[component])
    fixed = np.flatnonzero(ends)
    if len(free):
        of_free = laplacian[free]
        pull = -(of_free[:, fixed] @ heights[fixed])
        heights[free] = spsolve(of_free[:, free].tocsc(), pull)
    return len(free)


def _touched(streets: StreetGraph, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    touched = np.zeros(streets.nodes, dtype=bool)
    touched[streets.start[chosen]] = True
    touched[streets.end[chosen]] = True
    return touched


def _structure_ends(
    streets: StreetGraph,
    heights: NDArray[np.float64],
    laplacian: csr_array,
    *,
    structure: NDArray[np.bool_],
    ground: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Say which nodes hold the bridges and tunnels: the best kind that each structure has."""
    on_structure = _touched(streets, structure) & ~np.isnan(heights)
    component = connected_components(laplacian, directed=False)[1]
    degree = np.diff(laplacian.indptr) - 1
    on_stairs = _touched(streets, np.isin(streets.kind, _CLIMBS))
    ends = np.zeros(streets.nodes, dtype=bool)
    for kind in (_touched(streets, ground), on_stairs, degree == 1):
        held = np.zeros(streets.nodes, dtype=bool)
        held[component[ends]] = True
        ends |= on_structure & kind & ~held[component]
    return ends
