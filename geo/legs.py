"""A way told part by part: street after street, stairs, bridges, with metres, seconds and climb."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from geo.network import Network
from geo.plane import UNITS_PER_DEGREE
from geo.snap import Positions
from geo.streets import Kind
from geo.weights import Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A part of a way on segments of one kind and name.

    Attributes:
        kind: how it is walked; None between a place and its street.
        name: of the street, empty for none.
        metres, seconds: of the part.
        ascent, descent: metres climbed and descended, both positive.
        steps: stair steps; None where it has stairs that nobody counted.
        coordinates: lon, lat of shape (n, 2), n at least 2; it begins where the one before ends.
    """

    kind: Kind | None
    name: str
    metres: float
    seconds: float
    ascent: float
    descent: float
    steps: int | None
    coordinates: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of one segment, from one share of it to another; backward if that is less."""

    segment: int
    begin: float
    end: float


def legs_of(
    network: Network,
    weights: Weights,
    vertices: NDArray[np.int64],
    origin: Positions,
    target: Positions,
) -> list[Leg]:
    """Tell the way between two places on the streets, as :class:`geo.nearest.Walk` passes it.

    The straight legs to the places' streets are not among them, see :func:`access_leg`.
    """
    at, to = int(origin.segment[0]), int(target.segment[0])
    pieces = _pieces(
        network, vertices.tolist(), _Piece(at, float(origin.fraction[0]), 0.0),
        _Piece(to, 0.0, float(target.fraction[0])),
    )  # fmt: skip
    moved = [piece for piece in pieces if piece.begin != piece.end]
    return [
        _leg(network, weights, kind, name, list(alike))
        for (kind, name), alike in groupby(moved, key=lambda piece: _look(network, piece))
    ]


def access_leg(
    weights: Weights, metres: float, begin: tuple[float, float], end: tuple[float, float]
) -> Leg:
    """Return the straight leg between a place and its street; both as lon, lat."""
    return Leg(
        kind=None, name="", metres=metres, seconds=metres / weights.access_metres_per_second,
        ascent=0.0, descent=0.0, steps=0, coordinates=np.array([begin, end], np.float64),
    )  # fmt: skip


def _pieces(
    network: Network, vertices: Sequence[int], origin: _Piece, target: _Piece
) -> Iterator[_Piece]:
    """Yield what is walked of each segment, in order; the kernel that measures does the same."""
    if not vertices:
        yield _Piece(origin.segment, origin.begin, target.end)
        return
    yield _Piece(origin.segment, origin.begin, 0.0 if vertices[0] == origin.segment else 1.0)
    edge = network.vertex_edge
    for v, w in pairwise(vertices):
        # where two edges meet, two vertices share one junction and nothing is walked
        if edge[v] == edge[w] and abs(w - v) == 1:
            yield _Piece(v, 0.0, 1.0) if w > v else _Piece(w, 1.0, 0.0)
    yield _Piece(target.segment, 0.0 if vertices[-1] == target.segment else 1.0, target.end)


def _look(network: Network, piece: _Piece) -> tuple[Kind, int]:
    kind = Kind(int(network.segment_class[piece.segment]) & 15)
    return kind, int(network.edge_name[network.vertex_edge[piece.segment]])


def _leg(
    network: Network, weights: Weights, kind: Kind, name: int, pieces: Sequence[_Piece]
) -> Leg:
    segment = np.array([piece.segment for piece in pieces], np.int64)
    begin = np.array([piece.begin for piece in pieces], np.float64)
    end = np.array([piece.end for piece in pieces], np.float64)
    share = np.abs(end - begin)
    climb = (end - begin) * network.segment_climb[segment]
    ahead = np.diff(_column(weights.vertex_forward, segment))[:, 0]
    behind = np.diff(_column(weights.vertex_backward, segment))[:, 0]
    return Leg(
        kind=kind,
        name=network.names[name] if name >= 0 else "",
        metres=float((share * network.segment_metres[segment]).sum()),
        seconds=float((share * np.where(end > begin, ahead, behind)).sum()),
        ascent=float(climb[climb > 0].sum()),
        descent=float(-climb[climb < 0].sum()),
        steps=_steps(network, kind, segment, share),
        coordinates=_line(network, segment, begin, end),
    )


def _steps(
    network: Network, kind: Kind, segment: NDArray[np.int64], share: NDArray[np.float64]
) -> int | None:
    if kind is not Kind.STEPS:
        return 0
    counted = network.segment_steps[segment]
    return round(float((share * counted).sum())) if counted.all() else None


def _line(
    network: Network,
    segment: NDArray[np.int64],
    begin: NDArray[np.float64],
    end: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where the pieces begin, and where the last of them ends."""
    segment = np.append(segment, segment[-1])
    share = np.append(begin, end[-1])
    corners = [
        _column(values, segment) for values in (network.vertex_longitude, network.vertex_latitude)
    ]
    lon, lat = (ends[:, 0] + share * (ends[:, 1] - ends[:, 0]) for ends in corners)
    return np.column_stack((lon, lat)) / UNITS_PER_DEGREE


def _column(values: NDArray[np.generic], segment: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the values at both ends of segments, shape (n, 2)."""
    return np.column_stack((values[segment], values[segment + 1])).astype(np.float64)
