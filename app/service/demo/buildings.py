"""Houses along the streets of the made-up city."""

from collections.abc import Iterator

import numpy as np
import shapely

from app.service.demo.blocks import Blocks, Use
from app.service.demo.frame import Frame, Shapes
from app.service.demo.streets import Streets
from geo.basemap import Feature, Layer
from geo.streets import Kind, Rank

MOST_JUNCTIONS = 100_000
SET_BACK_METRES = 7.0
DEPTHS = {Use.HOMES: (9.0, 15.0), Use.SHOPS: (14.0, 24.0), Use.INDUSTRY: (18.0, 34.0)}


def buildings(frame: Frame, blocks: Blocks, streets: Streets) -> Iterator[Feature]:
    """Yield houses on both sides of streets, none over another or over a street.

    A city larger than the limit has none: they would be millions.
    """
    if frame.junctions > MOST_JUNCTIONS:
        return
    graph = streets.graph
    boxes = _boxes(frame, blocks, streets)
    lines = shapely.linestrings(np.stack([streets.xy[graph.start], streets.xy[graph.end]], axis=1))
    touched, _ = shapely.STRtree(np.asarray(lines)).query(boxes, predicate="dwithin", distance=2.5)
    boxes = np.delete(boxes, np.unique(touched))
    one, other = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    boxes = np.delete(boxes, np.unique(one[one > other]))
    for shape in frame.to_degrees_all(boxes):
        yield Feature(
            layer=Layer.BUILDING, kind="building", name="", min_zoom=15, geometry=shape.wkb
        )


def _boxes(frame: Frame, blocks: Blocks, streets: Streets) -> Shapes:
    rng = frame.rng(16)
    graph, xy = streets.graph, streets.xy
    run = xy[graph.end] - xy[graph.start]
    length = np.hypot(run[:, 0], run[:, 1])
    along = np.isin(graph.rank, (Rank.SECONDARY, Rank.TERTIARY, Rank.RESIDENTIAL, Rank.SERVICE))
    rows = np.flatnonzero(along & (graph.kind == Kind.STREET) & (length > 22))
    rows = np.repeat(rows, 2)
    side = np.tile([1.0, -1.0], len(rows) // 2)
    middle = (xy[graph.start[rows]] + xy[graph.end[rows]]) / 2
    _, cell = blocks.tree.query(frame.plan(middle), workers=-1)
    use = blocks.use[cell]
    keep = np.isin(use, list(DEPTHS)) & (rng.random(len(rows)) < 0.72)
    rows, side, middle, use = rows[keep], side[keep], middle[keep], use[keep]
    low = np.select([use == one for one in DEPTHS], [depth[0] for depth in DEPTHS.values()])
    high = np.select([use == one for one in DEPTHS], [depth[1] for depth in DEPTHS.values()])
    depth = rng.uniform(low, high)
    half = length[rows] * rng.uniform(0.28, 0.42, len(rows))
    u = run[rows] / length[rows][:, None]
    v = side[:, None] * np.column_stack([-u[:, 1], u[:, 0]])
    near = middle + SET_BACK_METRES * v
    far = near + depth[:, None] * v
    span = half[:, None] * u
    corners = np.stack([near - span, near + span, far + span, far - span, near - span], axis=1)
    return np.asarray(shapely.polygons(corners))
