"""Lakes and rivers for tests, random ones too, and shapely's word on legs across them."""

import math

import shapely
from hypothesis import strategies as st
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geo.plane import metres_per_degree
from tests.geo import plans

# shores are stored to the centimetre: nearer than this to a change of the answer is no answer
DOUBT_METRES = 0.1


def lake(cell: tuple[float, float], radii: list[float]) -> Polygon:
    """Return a lake around a cell of a drawn plan, as far as its radii in metres go."""
    turn = 2 * math.pi / len(radii)
    return Polygon(
        [
            plans.place(
                cell[0] + radius / plans.CELL_METRES * math.cos(turn * i),
                cell[1] + radius / plans.CELL_METRES * math.sin(turn * i),
            )
            for i, radius in enumerate(radii)
        ]
    )


@st.composite
def lakes(draw: st.DrawFn) -> Polygon:
    """Draw a lake among the streets of a random plan, perhaps with an island."""
    cell = draw(st.floats(-1, 9)), draw(st.floats(-1, 9))
    radii = draw(st.lists(st.floats(30, 200), min_size=4, max_size=7))
    shape = lake(cell, radii)
    if draw(st.booleans()):
        shape = shape.difference(lake(cell, [radius / 2 for radius in radii]))
    return shape


@st.composite
def rivers(draw: st.DrawFn) -> LineString:
    """Draw a river that winds from the west of a random plan to its east."""
    rows = draw(st.lists(st.floats(-1, 9), min_size=2, max_size=5))
    step = 14 / (len(rows) - 1)
    return LineString([plans.place(-3 + step * i, row) for i, row in enumerate(rows)])


def plane(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape in metres from the corner of the plans."""
    per_longitude, per_latitude = metres_per_degree(plans.NORTH)
    return shapely.transform(
        shape, lambda at: (at - (plans.WEST, plans.NORTH)) * (per_longitude, per_latitude)
    )


def leg_is_dry(leg: LineString, water: BaseGeometry, river: BaseGeometry) -> bool | None:
    """Say whether a leg neither enters water nor crosses a river; None where it is close."""
    ends = shapely.MultiPoint([leg.coords[0], leg.coords[-1]])
    bends = shapely.MultiPoint(shapely.get_coordinates(river))
    near = [ends.distance(river), leg.distance(bends), ends.distance(water.boundary)]
    # what is not there is at no distance
    if min([metres for metres in near if metres == metres], default=1.0) < DOUBT_METRES:
        return None
    strict = _is_dry(leg, water.buffer(DOUBT_METRES), river)
    lenient = _is_dry(leg, water.buffer(-DOUBT_METRES), river)
    return strict if strict == lenient else None


def _is_dry(leg: LineString, water: BaseGeometry, river: BaseGeometry) -> bool:
    if leg.intersects(river):
        return False
    wet = leg.intersection(water)
    if leg.length == 0 or wet.is_empty:
        return True
    # all that is wet of it is its beginning
    return wet.geom_type == "LineString" and wet.distance(shapely.get_point(leg, 0)) < 1e-6
