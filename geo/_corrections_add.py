"""Add lines that the source lacks, and join them to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import LineString

from geo._corrections_change import ALREADY, RIDE_BITS, WALK_BITS, has_wait
from geo._corrections_draft import Draft, Place, Segment, metres_between
from geo._corrections_match import nearest, share_matched
from geo._corrections_read import Correction, Way
from geo._lines_share import share_out
from geo._lines_words import KIND_RANKS, NOT_RIDDEN
from geo.streets import WAIT_PARTS, Kind, Rank

JOIN_METRES = 5.0
NODE_METRES = 2.0
SAME_METRES = 3.0
SAME_SHARE = 0.9
_STRUCTURES = (Kind.BRIDGE, Kind.TUNNEL)


@dataclass(slots=True)
class _Added:
    """A line in the draft: its nodes and segments in order, and which ends join something."""

    correction: Correction
    nodes: list[int] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)
    joined: list[bool] = field(default_factory=lambda: [False, False])


def add_all(draft: Draft, corrections: Sequence[Correction]) -> list[tuple[Correction, bool, str]]:
    """Add lines in order; return each with whether it was, and why not or what is odd.

    A line that joins nothing yet waits for those after it.
    """
    outcomes: list[tuple[Correction, bool, str]] = []
    waiting = []
    for one in corrections:
        kind = one.kind if one.kind is not None else Kind.PATH
        line = LineString(one.geometry.coords)
        if share_matched(draft, line, metres=SAME_METRES, kind=kind) >= SAME_SHARE:
            outcomes.append((one, False, ALREADY))
        else:
            waiting.append(one)
    added: list[_Added] = []
    while waiting:
        left = []
        for one in waiting:
            found = _add(draft, one)
            if found is None:
                left.append(one)
            elif isinstance(found, str):
                outcomes.append((one, False, found))
            else:
                added.append(found)
        if len(left) == len(waiting):
            break
        waiting = left
    nowhere = f"no street within {JOIN_METRES:g} m of either of its ends"
    outcomes += [(one, False, nowhere) for one in waiting]
    for placed in added:
        _join_later(draft, placed)
    return outcomes + [(placed.correction, True, _odd(placed)) for placed in added]


def _odd(placed: _Added) -> str:
    sides = zip(("first", "last"), placed.joined, strict=True)
    free = [name for name, joined in sides if not joined]
    return f"its {free[0]} end joins nothing within {JOIN_METRES:g} m" if free else ""


def _add(draft: Draft, correction: Correction) -> _Added | str | None:
    """Add one line; return why it cannot be, or None as long as none of its ends joins anything."""
    places = _places(correction)
    ends = [_join(draft, places[0], correction, set())]
    # the first end may have cut the segment that the last end joins
    ends.append(_join(draft, places[-1], correction, set()))
    if ends == [None, None]:
        return None
    if ends[0] == ends[1] and len(places) == 2:
        return "both its ends join the same place"
    nodes = [
        end if end is not None else draft.add_node(place, np.nan)
        for end, place in zip(ends, (places[0], places[-1]), strict=True)
    ]
    inner = [draft.add_node(place, np.nan) for place in places[1:-1]]
    added = _Added(correction, [nodes[0], *inner, nodes[1]], [], [end is not None for end in ends])
    metres = np.array(
        [
            metres_between(draft.place(a), draft.place(b))
            for a, b in zip(added.nodes[:-1], added.nodes[1:], strict=True)
        ]
    )
    _set_heights(draft, added.nodes, metres)
    owner = np.zeros(len(metres), np.int64)
    pattern = _pattern(draft, correction)
    steps = share_out(np.array([pattern.steps]), owner, metres).tolist()
    waits = share_out(np.array([pattern.wait]), owner, metres).tolist()
    for i in range(len(metres)):
        one = replace(
            pattern, start=added.nodes[i], end=added.nodes[i + 1], steps=steps[i], wait=waits[i]
        )
        added.segments.append(draft.add(one))
    return added


def _places(correction: Correction) -> list[Place]:
    places: list[Place] = []
    for x, y in np.asarray(correction.geometry.coords)[:, :2].tolist():
        if not places or places[-1] != (x, y):
            places.append((x, y))
    return places


def _pattern(draft: Draft, correction: Correction) -> Segment:
    """Return what all segments of an added line have in common."""
    kind = correction.kind if correction.kind is not None else Kind.PATH
    rank = KIND_RANKS.get(kind, Rank.PATH)
    ridden = rank <= Rank.SERVICE and kind not in NOT_RIDDEN
    ride = correction.ride or (Way.BOTH if ridden else Way.CLOSED)
    return Segment(
        start=-1,
        end=-1,
        kind=int(kind),
        rank=int(rank),
        access=int(WALK_BITS[correction.direction or Way.BOTH] | RIDE_BITS[ride]),
        name=draft.name(correction.name or ""),
        steps=correction.steps or 0,
        incline=float("nan"),
        wait=WAIT_PARTS if has_wait(kind) else 0,
        origin=int(kind),
    )


def _join(draft: Draft, place: Place, correction: Correction, without: set[int]) -> int | None:
    """Return the node that an end joins, made by a cut if need be; None if nothing is near."""
    hits = nearest(draft, place, metres=JOIN_METRES, expects=None, without=without)
    wanted = [hit for hit in hits if draft.segment(hit.number).kind == correction.expects]
    hits = wanted or hits
    if not hits:
        return None
    hit = min(
        hits,
        key=lambda hit: (
            round(hit.metres, 2),
            draft.segment(hit.number).kind in _STRUCTURES,
            hit.number,
        ),
    )
    one, length = draft.segment(hit.number), draft.metres(hit.number)
    along = hit.fraction * length
    metres, node = min((along, one.start), (length - along, one.end))
    if metres <= NODE_METRES:
        return node
    first, _ = draft.cut(hit.number, hit.fraction)
    return draft.segment(first).end


def _join_later(draft: Draft, added: _Added) -> None:
    """Join a free end to a line that was added after it."""
    for side in (0, -1):
        if added.joined[side]:
            continue
        node = added.nodes[side]
        if len(draft.at(node)) > 1:
            # another line has joined it meanwhile
            added.joined[side] = True
            continue
        own = set(draft.at(node)) | set(added.segments)
        found = _join(draft, draft.place(node), added.correction, own)
        if found is None or found in added.nodes:
            continue
        [number] = draft.at(node)
        one = draft.segment(number)
        ends = {"start": found} if one.start == node else {"end": found}
        draft.put(number, replace(one, **ends))
        added.joined[side] = True


def _set_heights(draft: Draft, nodes: list[int], metres: NDArray[np.float64]) -> None:
    """Let an added line run evenly between the heights of its ends."""
    low, high = draft.height(nodes[0]), draft.height(nodes[-1])
    share = np.cumsum(metres)[:-1] / metres.sum()
    draft.set_heights(nodes[1:-1], (low + (high - low) * share).tolist())
