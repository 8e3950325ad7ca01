"""Whether what is imported lies where the streets of the network in use are."""

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from app.domain.errors import FieldError, InvalidInput
from app.store.networks import NetworkRecord
from geo.datum import swapped

# a city's network may be a part of what a layer covers, but hardly the lesser part
FEW_OUTSIDE = 0.5


def refuse_swapped_shapes(
    shapes: list[BaseGeometry], network: NetworkRecord | None, *, attempted: str
) -> None:
    """Judge areas as they stand in their file by the middle of each.

    Raises:
        InvalidInput: naming the first whose middle looks as if latitude had been given first.
    """
    bounds = None if network is None else network.bounds
    for number, shape in enumerate(shapes, 1):
        west, south, east, north = shape.bounds
        problem = swapped((west + east) / 2, (south + north) / 2, bounds=bounds)
        if problem is not None:
            raise InvalidInput(
                [
                    FieldError(
                        f"area {number}",
                        f"longitude and latitude look swapped: {problem}",
                        f"第 {number} 个区域的经度和纬度好像写反了,请核对",
                    )
                ],
                attempted=attempted,
                remedy="Nothing was changed. Export it with longitude before latitude.",
            )


def away_from_streets(shapes: list[BaseGeometry], network: NetworkRecord | None) -> tuple[str, ...]:
    """Warn of shapes in WGS-84 of which none touches the box of the network in use."""
    if network is None or any(_touches(shape.bounds, network.bounds) for shape in shapes):
        return ()
    return (
        f"nothing of it touches the streets of network {network.name}, {_box(network)};"
        " check the datum and which network is in use",
    )


def outside_streets(
    longitude: NDArray[np.float64], latitude: NDArray[np.float64], network: NetworkRecord | None
) -> tuple[str, ...]:
    """Warn of WGS-84 points of which most lie outside the box of the network in use."""
    if network is None:
        return ()
    west, south, east, north = network.bounds
    inside = (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
    share = 1.0 - float(inside.mean())
    if share <= FEW_OUTSIDE:
        return ()
    return (
        f"{100 * share:.0f} % of the points lie outside the streets of network {network.name},"
        f" {_box(network)}",
    )


def _touches(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> bool:
    return not (one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1])


def _box(network: NetworkRecord) -> str:
    west, south, east, north = network.bounds
    return f"longitude {west:.3f} to {east:.3f}, latitude {south:.3f} to {north:.3f}"
