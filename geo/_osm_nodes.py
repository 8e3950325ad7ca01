"""Nodes of OpenStreetMap that do not join all the ways that share them.

Barriers stop walkers, riders or both; lifts join floors by a ride; halls that lie above each
other may be drawn through the same nodes.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.plane import segment_metres
from geo.streets import WAIT_PARTS, Access, Kind, Rank

# floors of a lift lie half a metre apart on the map: what has no length takes no time
_FLOOR_DEGREES = 5e-6
# one whom a barrier stops comes this near
_STUB_METRES = 1.0

COLUMNS = np.dtype(
    [
        ("kind", np.uint8),
        ("rank", np.uint8),
        ("access", np.uint8),
        ("name", np.int32),
        ("steps", np.int32),
        ("incline", np.float32),
        ("wait", np.uint8),
    ]
)
_LIFT = np.array([(Kind.LIFT, Rank.PATH, Access.BOTH, -1, 0, np.nan, WAIT_PARTS)], dtype=COLUMNS)[0]

_Place = NDArray[np.float64]


@dataclass(slots=True)
class Segments:
    """Segments between nodes, changed in place.

    Attributes:
        ends: int64 of shape (2, n), ids of nodes.
        where: float64 of shape (2, n, 2), their longitudes and latitudes.
        columns: of shape (n,) and type :data:`COLUMNS`, as in :class:`geo.streets.StreetGraph`.
    """

    ends: NDArray[np.int64]
    where: NDArray[np.float64]
    columns: NDArray[np.void]

    def touching(self, nodes: Mapping[int, object]) -> Iterator[tuple[int, int, int]]:
        """Yield side, segment and node wherever a segment ends at one of some nodes, in order."""
        at = np.isin(self.ends, np.fromiter(sorted(nodes), dtype=np.int64))
        for side, segment in np.argwhere(at).tolist():
            yield side, segment, int(self.ends[side, segment])

    def extend(
        self,
        ends: Sequence[tuple[int, int]],
        where: Sequence[tuple[_Place, _Place]],
        columns: Sequence[np.void],
    ) -> None:
        """Add segments behind those that are there."""
        if ends:
            self.ends = np.concatenate([self.ends, np.array(ends, np.int64).T], axis=1)
            self.where = np.concatenate(
                [self.where, np.array(where, np.float64).transpose(1, 0, 2)], axis=1
            )
            self.columns = np.concatenate([self.columns, np.array(columns, COLUMNS)])


def part_floors(
    segments: Segments, owner: NDArray[np.int64], levels: Sequence[str], outlines: Set[int]
) -> None:
    """Part the outlines of halls on different levels where nothing but outlines meet.

    A way that passes there, stairs or a door from outside, joins all that share its node.
    """
    if not outlines:
        return
    outline = np.isin(owner, np.fromiter(sorted(outlines), dtype=np.int64))
    stacked = np.setdiff1d(segments.ends[:, outline], segments.ends[:, ~outline])
    fresh = int(segments.ends.max()) + 1
    first: dict[int, str] = {}
    of_floor: dict[tuple[int, str], int] = {}
    for side, segment, node in segments.touching(dict.fromkeys(stacked.tolist())):
        floor = levels[owner[segment]]
        if first.setdefault(node, floor) != floor:
            number = of_floor.setdefault((node, floor), fresh)
            fresh += number == fresh
            segments.ends[side, segment] = number


def split_lifts(
    segments: Segments,
    owner: NDArray[np.int64],
    levels: Sequence[str],
    lifts: Mapping[int, int],
    shut: Set[int],
) -> None:
    """Give lifts a node for every floor and door, each joined to each by a ride.

    Args:
        segments: those of ways, ``owner`` and ``levels`` telling on which floor each lies.
        owner: the way of each segment.
        levels: the floor of each way.
        lifts: nodes that are doors, and the cabin of each.
        shut: cabins that nobody rides in: their floors are parted and not joined.
    """
    doors: dict[int, dict[tuple[str, int], list[tuple[int, int]]]] = {}
    for side, segment, node in segments.touching(lifts):
        floor = levels[owner[segment]], node
        doors.setdefault(lifts[node], {}).setdefault(floor, []).append((side, segment))
    fresh = int(segments.ends.max()) + 1
    ends: list[tuple[int, int]] = []
    where: list[tuple[_Place, _Place]] = []
    for cabin in sorted(doors):
        taken: set[int] = set()
        nodes: list[tuple[int, _Place]] = []
        for (_, node), members in sorted(doors[cabin].items()):
            place = segments.where[members[0]] + (len(nodes) * _FLOOR_DEGREES, 0.0)
            number = node
            if node in taken:
                number, fresh = fresh, fresh + 1
            taken.add(node)
            for member in members:
                segments.ends[member] = number
                segments.where[member] = place
            if cabin not in shut:
                # from every floor to every other: a lift is waited for once
                ends.extend((other, number) for other, _ in nodes)
                where.extend((other_place, place) for _, other_place in nodes)
            nodes.append((number, place))
    segments.extend(ends, where, [_LIFT] * len(ends))


def clear_barriers(segments: Segments, barriers: Mapping[int, Access]) -> tuple[int, int]:
    """End the ways of those whom a barrier stops.

    Where nobody passes, every segment gets an end of its own. Where only walkers or only riders
    pass, the segments go on, but their last metre is open to those alone.

    Args:
        segments: changed in place.
        barriers: nodes, and the directions that end there.

    Returns:
        how many barriers stop walkers, and how many riders alone.
    """
    fresh = int(segments.ends.max()) + 1
    stopped: dict[int, Access] = {}
    ends: list[tuple[int, int]] = []
    where: list[tuple[_Place, _Place]] = []
    columns: list[np.void] = []
    for side, segment, node in segments.touching(barriers):
        shut = stopped[node] = barriers[node]
        column = segments.columns[segment]
        if shut == Access.ALL:
            segments.ends[side, segment] = fresh
        elif not column["access"] & shut:
            continue
        else:
            near, far = segments.where[side, segment], segments.where[1 - side, segment]
            metres = float(segment_metres(*near[:, None], *far[:, None])[0])
            if metres <= 2 * _STUB_METRES:
                column["access"] &= ~np.uint8(shut)
                continue
            place = near + (far - near) * (_STUB_METRES / metres)
            stub = column.copy()
            stub["access"] &= ~np.uint8(shut)
            stub["steps"] = stub["wait"] = 0
            ends.append((node, fresh) if side == 0 else (fresh, node))
            where.append((near.copy(), place) if side == 0 else (place, near.copy()))
            columns.append(stub)
            segments.ends[side, segment] = fresh
            segments.where[side, segment] = place
        fresh += 1
    segments.extend(ends, where, columns)
    walkers = sum(bool(shut & Access.BOTH) for shut in stopped.values())
    return walkers, len(stopped) - walkers
