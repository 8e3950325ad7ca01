"""Change, shut and gate: what is done to streets that are there."""

import math
from dataclasses import replace

import numpy as np
from shapely.geometry import LineString

from geo._corrections_draft import Draft, Segment, metres_between
from geo._corrections_match import MATCH_METRES, Hit, Piece, nearest, stretch
from geo._corrections_read import Correction, Way
from geo._lines_share import share_out
from geo._lines_words import NOT_RIDDEN
from geo.streets import WAIT_PARTS, Access, Kind, Rank, whole_waits

# a gate this near to a node stands at it
_AT_NODE_METRES = 0.5
_SAME_PLACE_METRES = 0.05
ALREADY = "already so in the source"

WALK_BITS = {
    Way.BOTH: Access.BOTH,
    Way.FORWARD: Access.FORWARD,
    Way.BACKWARD: Access.BACKWARD,
    Way.CLOSED: Access(0),
}
RIDE_BITS = {
    Way.BOTH: Access.RIDE_BOTH,
    Way.FORWARD: Access.RIDE_FORWARD,
    Way.BACKWARD: Access.RIDE_BACKWARD,
    Way.CLOSED: Access(0),
}


def change(draft: Draft, correction: Correction) -> str:
    """Change the street that is meant; return why not, empty if it was."""
    pieces = _meant(draft, correction)
    if isinstance(pieces, str):
        return pieces
    if _is_so(draft, correction, pieces):
        return ALREADY
    numbers = [_cut_out(draft, piece) for piece in pieces]
    metres = np.array([draft.metres(number) for number in numbers])
    owner = np.zeros(len(numbers), np.int64)
    steps = share_out(np.array([correction.steps or 0]), owner, metres).tolist()
    waits = share_out(np.array([WAIT_PARTS]), owner, metres).tolist()
    for i, (number, piece) in enumerate(zip(numbers, pieces, strict=True)):
        one = _changed(draft, draft.segment(number), correction, piece.leave < piece.enter)
        if correction.steps is not None and one.kind == Kind.STEPS:
            one = replace(one, steps=steps[i])
        if correction.kind is not None and has_wait(correction.kind):
            one = replace(one, wait=waits[i])
        draft.put(number, one)
        if not one.access & Access.ALL:
            draft.remove(number)
    return ""


def shut(draft: Draft, correction: Correction) -> str:
    """Close the stretch under a line; return why not, empty if it was."""
    pieces = _meant(draft, correction)
    if isinstance(pieces, str):
        return pieces
    for piece in pieces:
        draft.remove(_cut_out(draft, piece))
    return ""


def gate(draft: Draft, correction: Correction) -> str:
    """Cut the street at a point; return why not, empty if it was."""
    hit = _hit(draft, correction)
    if isinstance(hit, str):
        return hit
    one, length = draft.segment(hit.number), draft.metres(hit.number)
    for node, metres in (
        (one.start, hit.fraction * length),
        (one.end, length * (1 - hit.fraction)),
    ):
        if metres <= _AT_NODE_METRES:
            if len(draft.at(node)) == 1:
                return ALREADY if _stands_apart(draft, node) else "the street ends there"
            _cut_node(draft, node)
            return ""
    draft.cut(hit.number, hit.fraction, apart=True)
    return ""


def has_wait(kind: int) -> bool:
    """Say whether one waits on segments of a kind."""
    return bool(whole_waits(np.array([kind], np.uint8))[0])


def directed(bits: Access, turned: bool) -> int:
    """Return access bits seen along a segment that lies against the drawn line if ``turned``."""
    if not turned:
        return int(bits)
    forward = bits & (Access.FORWARD | Access.RIDE_FORWARD)
    backward = bits & (Access.BACKWARD | Access.RIDE_BACKWARD)
    return int(forward) << 1 | int(backward) >> 1


def _meant(draft: Draft, correction: Correction) -> list[Piece] | str:
    """Return the stretch that a correction means, or why there is none."""
    if isinstance(correction.geometry, LineString):
        pieces = stretch(draft, correction.geometry, expects=correction.expects)
        if pieces:
            return pieces
        others = stretch(draft, correction.geometry, expects=None) if correction.expects else []
        return _nothing(draft, correction, [piece.number for piece in others])
    hit = _hit(draft, correction)
    return hit if isinstance(hit, str) else _between_junctions(draft, hit.number)


def _hit(draft: Draft, correction: Correction) -> Hit | str:
    place = (correction.geometry.coords[0][0], correction.geometry.coords[0][1])
    hits = nearest(draft, place, metres=MATCH_METRES, expects=correction.expects, without=set())
    if hits:
        return hits[0]
    others = nearest(draft, place, metres=MATCH_METRES, expects=None, without=set())
    return _nothing(draft, correction, [hit.number for hit in others])


def _nothing(draft: Draft, correction: Correction, others: list[int]) -> str:
    if correction.expects is None or not others:
        where = "under it" if isinstance(correction.geometry, LineString) else "at it"
        return f"no street within {MATCH_METRES:g} m {where}"
    kinds = sorted({Kind(draft.segment(number).kind).name.lower() for number in others})
    expected = correction.expects.name.lower()
    return f"the kind has changed: expected {expected}, found {', '.join(kinds)}"


def _between_junctions(draft: Draft, number: int) -> list[Piece]:
    """Return the stretch of one kind, name and direction about a segment, whole segments."""
    pieces = [Piece(number, 0.0, 1.0)]
    seen = {number}
    for ahead in (True, False):
        last = pieces[-1] if ahead else pieces[0]
        while True:
            one = draft.segment(last.number)
            node = one.end if (last.leave == 1.0) == ahead else one.start
            onward = [other for other in draft.at(node) if other not in seen]
            if len(draft.at(node)) != 2 or not onward:
                break
            other = draft.segment(onward[0])
            forward = (other.start == node) == ahead
            if not _alike(one, other, same_way=forward == (last.leave == 1.0)):
                break
            last = Piece(onward[0], 0.0, 1.0) if forward else Piece(onward[0], 1.0, 0.0)
            seen.add(onward[0])
            pieces.insert(len(pieces) if ahead else 0, last)
    return pieces


def _alike(one: Segment, other: Segment, *, same_way: bool) -> bool:
    access = directed(Access(other.access & Access.ALL), not same_way)
    return (one.kind, one.name, one.access & Access.ALL) == (other.kind, other.name, access)


def _cut_out(draft: Draft, piece: Piece) -> int:
    """Cut a piece out of its segment; return the segment that is the piece alone."""
    number = piece.number
    low, high = sorted((piece.enter, piece.leave))
    if high < 1.0:
        number, _ = draft.cut(number, high)
        low /= high
    if low > 0.0:
        _, number = draft.cut(number, low)
    return number


def _changed(draft: Draft, one: Segment, correction: Correction, turned: bool) -> Segment:
    access, kind, rank = one.access, one.kind, one.rank
    if correction.kind is not None:
        kind = int(correction.kind)
        if kind in NOT_RIDDEN:
            access &= ~int(Access.RIDE_BOTH)
        if kind == Kind.STEPS:
            rank = int(Rank.STEPS)
        elif rank == Rank.STEPS:
            rank = int(Rank.PATH)
    for way, bits, whole in (
        (correction.direction, WALK_BITS, Access.BOTH),
        (correction.ride, RIDE_BITS, Access.RIDE_BOTH),
    ):
        if way is not None:
            access = access & ~int(whole) | directed(bits[way], turned)
    return replace(
        one,
        kind=kind,
        rank=rank,
        access=access,
        name=one.name if correction.name is None else draft.name(correction.name),
        steps=one.steps if kind == Kind.STEPS else 0,
        wait=one.wait if kind == one.kind or has_wait(kind) else 0,
    )


def _is_so(draft: Draft, correction: Correction, pieces: list[Piece]) -> bool:
    """Say whether nothing would change."""
    steps = 0.0
    for piece in pieces:
        one = draft.segment(piece.number)
        if _changed(draft, one, correction, piece.leave < piece.enter) != one:
            return False
        steps += one.steps * abs(piece.leave - piece.enter)
    return correction.steps is None or math.isclose(steps, correction.steps, abs_tol=0.5)


def _stands_apart(draft: Draft, node: int) -> bool:
    """Say whether another street ends in the same place without joining."""
    place = draft.place(node)
    hits = nearest(draft, place, metres=_SAME_PLACE_METRES, expects=None, without=set())
    ends = {
        end
        for hit in hits
        for end in (draft.segment(hit.number).start, draft.segment(hit.number).end)
    } - {node}
    return any(metres_between(place, draft.place(end)) <= _SAME_PLACE_METRES for end in ends)


def _cut_node(draft: Draft, node: int) -> None:
    """Give every segment at a node but the first an end of its own."""
    for number in draft.at(node)[1:]:
        own = draft.add_node(draft.place(node), draft.height(node))
        one = draft.segment(number)
        draft.put(
            number,
            replace(
                one,
                start=own if one.start == node else one.start,
                end=own if one.end == node else one.end,
            ),
        )
