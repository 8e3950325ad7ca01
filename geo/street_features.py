"""Streets of a network as base-map features, where no extract brings its own."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo._osm_kinds import STREET_ZOOMS
from geo.basemap import Feature, Layer
from geo.network import Network
from geo.plane import UNITS_PER_DEGREE
from geo.streets import Rank


def street_features(network: Network) -> Iterator[Feature]:
    """Draw every street once, edges of one name and rank joined, so that a label finds room."""
    rank = network.segment_class[network.edge_vertex[:-1]] >> 4
    order = np.lexsort((network.edge_name, rank))
    key = rank[order].astype(np.int64) << 32 | (network.edge_name[order].astype(np.int64) + 1)
    groups = np.split(order, np.flatnonzero(np.diff(key)) + 1)
    for group in groups:
        street_rank = Rank(int(rank[group[0]]))
        name = int(network.edge_name[group[0]])
        lines = stretch_lines(
            network, network.edge_vertex[group], network.edge_vertex[group + 1] - 1
        )
        if name >= 0:
            lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))
        for wkb in shapely.to_wkb(lines):
            yield Feature(
                layer=Layer.STREET,
                kind=street_rank.name.lower(),
                name=network.names[name] if name >= 0 else "",
                min_zoom=STREET_ZOOMS[street_rank],
                geometry=wkb,
            )


def stretch_lines(
    network: Network, first: NDArray[np.integer[Any]], last: NDArray[np.integer[Any]]
) -> NDArray[np.object_]:
    """Return shapely lines in WGS-84, shape (n,), each from vertex ``first`` to ``last``.

    Both are of shape (n,); the two vertices of a line lie on one edge.
    """
    sizes = last - first + 1
    owner = np.repeat(np.arange(len(first)), sizes)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    vertex = first[owner] + offset
    coordinates = np.column_stack(
        (network.vertex_longitude[vertex], network.vertex_latitude[vertex])
    )
    return np.asarray(shapely.linestrings(coordinates / UNITS_PER_DEGREE, indices=owner))
