"""Which street a drawn line or point means."""

import itertools
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString

from geo._corrections_draft import Draft, Place, metres_between
from geo._corrections_follow import follow
from geo.plane import metres_per_degree
from geo.streets import Kind

# how far from a street it may be drawn, and how far off its direction
MATCH_METRES = 8.0
MATCH_DEGREES = 30.0
# this much of a line must have a street
MATCH_SHARE = 0.5
# a line that ends this near to a junction ends at the junction
END_METRES = 5.0
_SAMPLE_METRES = 1.0
_LEAST_METRES = 0.25
_SAME_METRES = 0.01


class Piece(NamedTuple):
    """A part of a segment, in the direction of the drawn line: ``enter`` > ``leave`` is backward.

    Both are fractions of the segment's length from its start.
    """

    number: int
    enter: float
    leave: float


class Hit(NamedTuple):
    """The nearest point of a segment, as a fraction of its length, and its distance."""

    number: int
    fraction: float
    metres: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """Segments near a place, in metres about it: ``a`` and ``b`` of shape (n, 2)."""

    number: NDArray[np.int64]
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    origin: NDArray[np.int64]


def candidates(
    draft: Draft, centre: Place, coordinates: NDArray[np.float64], metres: float
) -> Candidates:
    """Return the segments whose box comes within ``metres`` of the box of some coordinates."""
    east, north = metres_per_degree(centre[1])
    margin = np.array((metres / east, metres / north))
    low, high = coordinates.min(axis=0) - margin, coordinates.max(axis=0) + margin
    numbers = draft.near(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    found = [draft.segment(number) for number in numbers]
    a = np.array([draft.place(one.start) for one in found], np.float64).reshape(-1, 2)
    b = np.array([draft.place(one.end) for one in found], np.float64).reshape(-1, 2)
    origin = [one.origin for one in found]
    scale = (east, north)
    return Candidates(
        np.array(numbers, np.int64),
        (a - centre) * scale,
        (b - centre) * scale,
        np.array(origin, np.int64),
    )


def nearest(
    draft: Draft, place: Place, *, metres: float, expects: Kind | None, without: set[int]
) -> list[Hit]:
    """Return the segments within ``metres`` of a place, nearest first, then by number.

    Args:
        expects: keep segments of this kind in the source alone.
        without: segments that do not count.
    """
    near = candidates(draft, place, np.array([place]), metres)
    if not len(near.number):
        return []
    fraction, distance = _project(np.zeros((1, 2)), near)
    chosen = distance[0] <= metres
    if expects is not None:
        chosen &= near.origin == expects
    hits = [
        Hit(int(near.number[i]), float(fraction[0, i]), float(distance[0, i]))
        for i in np.flatnonzero(chosen)
        if int(near.number[i]) not in without
    ]
    return sorted(hits, key=lambda hit: (round(hit.metres, 3), hit.number))


def share_matched(draft: Draft, line: LineString, *, metres: float, kind: Kind) -> float:
    """Return the share of a line that runs along streets of the source of one kind."""
    samples = _sample(draft, line, metres=metres, expects=kind)
    return float(np.mean(samples[0] >= 0))


def stretch(draft: Draft, line: LineString, *, expects: Kind | None) -> list[Piece]:
    """Return the stretch of street under a line, in the order and direction of the line.

    At every metre the line means a segment within 8 m that runs within 30 degrees of it, either
    way: the nearest ones that follow each other (see :mod:`geo._corrections_follow`), of two
    equally near the one of the better direction, then of the lower number. Between the pieces
    so found the stretch goes on without a gap. Where it ends within 5 m of a junction, or of the
    end of a street, it ends there: neither a line drawn a little too far nor one too short cuts
    a street in pieces. Elsewhere it ends where the line does.

    Returns:
        The pieces; none if less than half of the line has a street.
    """
    number, fraction, along = _sample(draft, line, metres=MATCH_METRES, expects=expects)
    if np.mean(number >= 0) < MATCH_SHARE:
        return []
    pieces = []
    _, first = np.unique(number, return_index=True)
    for chosen in number[np.sort(first)].tolist():
        if chosen < 0:
            continue
        of_it = number == chosen
        low, high = float(fraction[of_it].min()), float(fraction[of_it].max())
        length = draft.metres(chosen)
        if (high - low) * length < _LEAST_METRES:
            if length > 2 * _SAMPLE_METRES:
                continue
            low, high = 0.0, 1.0
        forward = float(along[of_it].sum()) >= 0
        pieces.append(Piece(chosen, low, high) if forward else Piece(chosen, high, low))
    pieces = _without_gaps(draft, pieces)
    pieces = _end_at_junction(draft, pieces)
    turned = _end_at_junction(draft, [Piece(n, b, a) for n, a, b in reversed(pieces)])
    return [_snapped(draft, Piece(n, b, a)) for n, a, b in reversed(turned)]


def _sample(
    draft: Draft, line: LineString, *, metres: float, expects: Kind | None
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return segment (-1 for none), fraction and cosine of the angle at samples of a line."""
    points = shapely.get_coordinates(line)
    centre = (float(points[:, 0].mean()), float(points[:, 1].mean()))
    near = candidates(draft, centre, points, metres)
    corners = (points - centre) * metres_per_degree(centre[1])
    samples, direction = [], []
    for a, b in itertools.pairwise(corners):
        length = float(np.hypot(*(b - a)))
        if length > 0:
            share = np.linspace(0, 1, math.ceil(length / _SAMPLE_METRES) + 1)
            samples.append(a + share[:, None] * (b - a))
            direction.append(np.tile((b - a) / length, (len(share), 1)))
    place = np.concatenate(samples)
    if not len(near.number):
        nothing = np.zeros(len(place))
        return np.full(len(place), -1, np.int64), nothing, nothing
    fraction, costs, cosine = _costs(place, np.concatenate(direction), near, metres, expects)
    # by place and not by node, so that a street goes on behind a gate
    ends = np.round(np.concatenate((near.a, near.b)) / _SAME_METRES).astype(np.int64)
    _, nodes = np.unique(ends, axis=0, return_inverse=True)
    start, end = nodes.reshape(2, -1)
    short = np.hypot(*(near.b - near.a).T) <= 2 * _SAMPLE_METRES
    chosen = follow(costs, start, end, short, none=metres)
    rows = np.arange(len(place))
    number = np.where(chosen >= 0, near.number[chosen], -1)
    return number, fraction[rows, chosen], cosine[rows, chosen]


def _costs(
    samples: NDArray[np.float64],
    direction: NDArray[np.float64],
    near: Candidates,
    metres: float,
    expects: Kind | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return fractions, costs and cosines, each of shape (samples, segments)."""
    fraction, distance = _project(samples, near)
    span = near.b - near.a
    span = span / np.maximum(np.hypot(span[:, 0], span[:, 1]), 1e-9)[:, None]
    cosine = direction @ span.T
    apart = np.abs(cosine) < math.cos(math.radians(MATCH_DEGREES))
    if expects is not None:
        apart |= (near.origin != expects)[None, :]
    # to the millimetre, so that direction decides what is equally near
    costs = np.round(distance, 3) + 1e-4 * (1 - np.abs(cosine))
    return fraction, np.where(apart | (distance > metres), np.inf, costs), cosine


def _project(
    points: NDArray[np.float64], near: Candidates
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return fractions and distances, each of shape (points, segments)."""
    span = near.b - near.a
    squared = np.maximum((span**2).sum(axis=1), 1e-12)
    offset = points[:, None, :] - near.a[None, :, :]
    fraction = np.clip((offset * span).sum(axis=2) / squared, 0, 1)
    gap = offset - fraction[:, :, None] * span
    return fraction, np.hypot(gap[:, :, 0], gap[:, :, 1])


def exit_node(draft: Draft, piece: Piece) -> int:
    """Return the node at the end of the piece's segment that the piece runs to."""
    one = draft.segment(piece.number)
    return one.end if piece.leave >= piece.enter else one.start


def _entry_node(draft: Draft, piece: Piece) -> int:
    one = draft.segment(piece.number)
    return one.start if piece.leave >= piece.enter else one.end


def _to_exit(piece: Piece) -> Piece:
    return piece._replace(leave=1.0 if piece.leave >= piece.enter else 0.0)


def _from_entry(piece: Piece) -> Piece:
    return piece._replace(enter=0.0 if piece.leave >= piece.enter else 1.0)


def _without_gaps(draft: Draft, pieces: list[Piece]) -> list[Piece]:
    """Draw pieces that follow each other up to their common node, or to a short link between."""
    result: list[Piece] = []
    for piece in pieces:
        if result:
            leave, enter = exit_node(draft, result[-1]), _entry_node(draft, piece)
            meet = metres_between(draft.place(leave), draft.place(enter)) <= _SAME_METRES
            between = None if meet else _link(draft, leave, enter)
            if meet or between is not None:
                result[-1] = _to_exit(result[-1])
                result += [between] if between else []
                result.append(_from_entry(piece))
                continue
        result.append(piece)
    return result


def _link(draft: Draft, leave: int, enter: int) -> Piece | None:
    for number in draft.at(leave):
        one = draft.segment(number)
        if {one.start, one.end} == {leave, enter} and draft.metres(number) <= MATCH_METRES:
            return Piece(number, 0.0, 1.0) if one.start == leave else Piece(number, 1.0, 0.0)
    return None


def _end_at_junction(draft: Draft, pieces: list[Piece]) -> list[Piece]:
    """Draw the end of a stretch back, or on, to a junction within 5 m."""
    lengths = [abs(p.leave - p.enter) * draft.metres(p.number) for p in pieces]
    beyond = 0.0
    for k in range(len(pieces) - 1, 0, -1):
        beyond += lengths[k]
        if beyond > END_METRES or beyond > sum(lengths) / 2:
            break
        if len(draft.at(_entry_node(draft, pieces[k]))) > 2:
            return pieces[:k]
    ahead, missing, added = pieces[-1:], 0.0, list[Piece]()
    seen = {piece.number for piece in pieces}
    while ahead:
        last = ahead[0]
        missing += abs(_to_exit(last).leave - (last.enter if added else last.leave)) * draft.metres(
            last.number
        )
        if missing > END_METRES:
            return pieces
        added.append(_to_exit(last))
        node = exit_node(draft, last)
        at = draft.at(node)
        if len(at) != 2:
            return pieces[:-1] + added
        ahead = [_onward(draft, number, node) for number in at if number not in seen]
        seen.update(piece.number for piece in ahead)
    return pieces


def _onward(draft: Draft, number: int, node: int) -> Piece:
    forward = draft.segment(number).start == node
    return Piece(number, 0.0, 1.0) if forward else Piece(number, 1.0, 0.0)


def _snapped(draft: Draft, piece: Piece) -> Piece:
    """Leave no crumb of a segment behind."""
    crumb = _LEAST_METRES / max(draft.metres(piece.number), _LEAST_METRES)

    def snap(fraction: float) -> float:
        return 0.0 if fraction < crumb else 1.0 if fraction > 1 - crumb else fraction

    low, high = sorted((snap(piece.enter), snap(piece.leave)))
    if low == high:
        low, high = 0.0, 1.0
    forward = piece.leave >= piece.enter
    return Piece(piece.number, low, high) if forward else Piece(piece.number, high, low)
