"""How tangled drawn lines are, found without untangling them: what a union would have to do."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

# stretches that are looked at together, so that pairs of them fit into memory
_TOGETHER = 16


def crossings(shapes: Sequence[BaseGeometry], *, most: int, most_near: int) -> int | None:
    """Return how often the lines and boundaries of shapes cross themselves and each other.

    Args:
        most: counting ends beyond so many.
        most_near: of pairs of stretches that lie so near that they have to be compared.

    Returns:
        The number, or None where there are more than ``most``, or more near pairs to compare.
    """
    begins, ends = _stretches(shapes)
    stretches = np.array(shapely.linestrings(np.stack((begins, ends), axis=1)))
    tree, found, near = shapely.STRtree(stretches), 0, 0
    for start in range(0, len(stretches), _TOGETHER):
        one, other = tree.query(stretches[start : start + _TOGETHER])
        one += start
        near += len(one)
        # every pair comes up twice
        first = one < other
        one, other = one[first], other[first]
        found += int(_cross(begins[one], ends[one], begins[other], ends[other]).sum())
        if found > most or near > most_near:
            return None
    return found


def _stretches(shapes: Sequence[BaseGeometry]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the stretches between neighbouring corners begin and end."""
    parts = shapely.get_parts(np.array(list(shapes), object))
    rings = [*shapely.get_rings(parts), *(one for one in parts if one.geom_type == "LineString")]
    corners, of = shapely.get_coordinates(rings, return_index=True)
    joined = of[:-1] == of[1:]
    return corners[:-1][joined], corners[1:][joined]


def _cross(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    c: NDArray[np.float64],
    d: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return whether stretches a–b and c–d cross within; touching at an end is none."""
    parted = _side(a, b, c) * _side(a, b, d) < 0
    crossed: NDArray[np.bool_] = parted & (_side(c, d, a) * _side(c, d, b) < 0)
    return crossed


def _side(
    a: NDArray[np.float64], b: NDArray[np.float64], point: NDArray[np.float64]
) -> NDArray[np.float64]:
    along, towards = b - a, point - a
    side: NDArray[np.float64] = np.sign(along[:, 0] * towards[:, 1] - along[:, 1] * towards[:, 0])
    return side
