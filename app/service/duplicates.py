"""The search for records that may be one station, and what people decide about its proposals."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from app.domain import alike
from app.domain.actor import Actor
from app.domain.alike import Likeness
from app.domain.errors import FieldError, InvalidInput, NotFound
from app.store import changes, duplicates, merges, moves, rights
from app.store.database import Connection
from app.store.duplicates import Brief, Named, Near, Pair
from app.store.merges import Merge
from app.store.moves import Subject
from app.store.rights import acting_as, refusals

__all__ = [
    "Around",
    "Compared",
    "Likely",
    "Listed",
    "Pair",
    "Searched",
    "Side",
    "around",
    "compared",
    "decide",
    "likely",
    "listing",
    "search",
    "two",
]

log = structlog.get_logger(__name__)

# first id, second id, score, reasons
Proposal = tuple[int, int, float, dict[str, Any]]

PAGE = 25
# proposals that one station is in
MOST_OF_ONE = 8
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found: pairs in all, new ones, and proposals that no longer hold."""

    compared: int
    proposed: int
    new: int
    gone: int


@dataclass(frozen=True, slots=True)
class Side:
    """A station of a pair with its facts as JSON values."""

    station: Subject
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two stations side by side; the pair is None if no search proposed them."""

    pair: Pair | None
    first: Side
    second: Side


@dataclass(frozen=True, slots=True)
class Listed:
    """Pairs of a state with the stations they name, and how many there are in each state."""

    pairs: tuple[tuple[Pair, Brief, Brief], ...]
    counts: dict[str, int]
    more: bool


@dataclass(frozen=True, slots=True)
class Around:
    """What a station's page says of duplicates.

    Attributes:
        proposals: open ones, each with the other station.
        taken_over: records that were merged into this one, with their stations.
        merged_by: the merge by which this one is gone, with the survivor at the end.
    """

    station: Brief
    proposals: tuple[tuple[Pair, Brief], ...]
    taken_over: tuple[tuple[Merge, Brief], ...]
    merged_by: tuple[Merge, Brief] | None


@dataclass(frozen=True, slots=True)
class Likely:
    """A station that somebody is perhaps about to enter a second time."""

    id: int
    name: str
    address: str
    metres: float
    score: float


def search(connection: Connection) -> Searched:
    """Propose pairs anew, as the operator; what was dismissed or merged stays so.

    Repeated without a change in between it changes nothing.
    """
    with connection.transaction():
        named = duplicates.candidates(connection)
        bare = [(s.id, alike.bare_name(s.name), alike.bare_address(s.address)) for s in named]
        near = duplicates.compare(
            connection, bare, metres=alike.NEAR_METRES, least_name=alike.LEAST_NAME
        )
        found = _judged({s.id: s for s in named}, near)
        new, gone = duplicates.replace_proposals(connection, found)
    searched = Searched(len(named), len(found), new, gone)
    log.info("duplicates.searched", compared=len(named), proposed=len(found), new=new, gone=gone)
    return searched


def _judged(stations: dict[int, Named], near: Sequence[Near]) -> list[Proposal]:
    numbers = {id_: alike.numbers_of(station.name) for id_, station in stations.items()}
    found: list[Proposal] = []
    for pair in near:
        likeness = Likeness(
            metres=pair.metres, name=pair.name, address=pair.address, same_phone=pair.same_phone,
            same_number=pair.same_number,
            numbered_apart=numbers[pair.first_id] != numbers[pair.second_id],
        )  # fmt: skip
        score = alike.score(likeness)
        if score is not None:
            found.append((pair.first_id, pair.second_id, score, _reasons(likeness)))
    return _best(found)


def _best(found: list[Proposal]) -> list[Proposal]:
    """Keep the likeliest of each station: a thousand at one spot are a list's mistake."""
    count: Counter[int] = Counter()
    kept = []
    for proposal in sorted(found, key=lambda one: (-one[2], one[0], one[1])):
        first, second = proposal[:2]
        if max(count[first], count[second]) < MOST_OF_ONE:
            count[first] += 1
            count[second] += 1
            kept.append(proposal)
    return kept


def _reasons(likeness: Likeness) -> dict[str, Any]:
    """Return why, without the phone or the number that is the same."""
    reasons: dict[str, Any] = {}
    if likeness.metres is not None:
        reasons["metres"] = round(likeness.metres)
    reasons["name"] = round(likeness.name, 2)
    reasons["address"] = round(likeness.address, 2)
    if likeness.same_phone:
        reasons["same_phone"] = True
    if likeness.same_number:
        reasons["same_number"] = True
    return reasons


def likely(
    connection: Connection,
    actor: Actor,
    *,
    name: str,
    address: str,
    place: tuple[float, float],
    besides: int | None = None,
    most: int = 5,
) -> list[Likely]:
    """Return stations around a place in WGS-84 that what is being entered may be, likeliest first.

    Args:
        besides: the record that is being edited itself.
    """
    with acting_as(connection, actor):
        near = duplicates.neighbours(
            connection, place=place, metres=alike.NEAR_METRES, besides=besides
        )
        bare = [(alike.bare_name(other), alike.bare_address(at)) for _, other, at, _ in near]
        mine = alike.bare_name(name), alike.bare_address(address)
        like = duplicates.likenesses(connection, mine, bare)
    found = []
    for (id_, other, at, metres), (like_name, like_address) in zip(near, like, strict=True):
        apart = alike.numbers_of(name) != alike.numbers_of(other)
        score = alike.score(Likeness(metres, like_name, like_address, numbered_apart=apart))
        if score is not None:
            found.append(Likely(id_, other, at, round(metres), score))
    return sorted(found, key=lambda one: (-one.score, one.id))[:most]


def listing(connection: Connection, actor: Actor, *, state: str, page: int = 1) -> Listed:
    """Return a page of pairs of the person's scope, the likeliest first."""
    with acting_as(connection, actor):
        found = duplicates.pairs(
            connection, state=state, most=PAGE + 1, offset=PAGE * (max(page, 1) - 1)
        )
        ids = {id_ for pair in found[:PAGE] for id_ in (pair.first_id, pair.second_id)}
        known = duplicates.briefs(connection, ids)
        shown = tuple(
            (pair, known[pair.first_id], known[pair.second_id])
            for pair in found[:PAGE]
            if {pair.first_id, pair.second_id} <= set(known)
        )
        return Listed(shown, duplicates.counts(connection), len(found) > PAGE)


def compared(connection: Connection, actor: Actor, pair_id: int) -> Compared:
    """Return a pair with both stations.

    Raises:
        NotFound: if there is no such pair in the person's sight.
    """
    with acting_as(connection, actor):
        return _compared(connection, _known(connection, pair_id))


def two(connection: Connection, actor: Actor, one: int, other: int) -> Compared:
    """Return two stations side by side, whether a search proposed them or not.

    Raises:
        NotFound: if the person does not see both.
    """
    with acting_as(connection, actor):
        found = duplicates.pair_of(connection, one, other)
        sides = _side(connection, min(one, other)), _side(connection, max(one, other))
    return Compared(found, *sides)


def around(connection: Connection, actor: Actor, station_id: int) -> Around:
    """Return proposals and merges that a station is in.

    Raises:
        NotFound: if there is no such station in the person's sight.
    """
    with acting_as(connection, actor):
        pairs = duplicates.pairs_of(connection, station_id)
        taken = merges.taken_over(connection, station_id)
        gone = merges.open_merge(connection, station_id)
        end = None if gone is None else merges.end_of_chain(connection, station_id)
        others = {pair.id: _other(pair, station_id) for pair in pairs}
        ids = {station_id, *others.values(), *(merge.merged_id for merge in taken)}
        known = duplicates.briefs(connection, ids if end is None else ids | {end})
    if station_id not in known:
        raise NotFound(f"There is no station {station_id} among those you may see.")
    return Around(
        known[station_id],
        tuple((pair, known[others[pair.id]]) for pair in pairs if others[pair.id] in known),
        tuple((merge, known[merge.merged_id]) for merge in taken if merge.merged_id in known),
        None if gone is None or end not in known else (gone, known[end]),
    )


def _other(pair: Pair, station_id: int) -> int:
    return pair.second_id if pair.first_id == station_id else pair.first_id


def decide(connection: Connection, actor: Actor, pair_id: int, *, state: str, note: str) -> None:
    """Put a proposal aside as ``dismissed`` with a note, or take it up again as ``proposed``.

    Raises:
        NotFound: if there is no such pair in the person's sight.
        InvalidInput: if a dismissal says nothing, or too much.
        ForbiddenHere: without a role in the union of one of the two.
        Conflict: if the pair is merged.
    """
    attempted = f"decide about pair {pair_id}"
    if state == "dismissed" and not note.strip():
        raise InvalidInput(
            [FieldError("note", "say why they are two", "请写明为什么不是同一个站点")],
            attempted=attempted,
        )
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(
            [FieldError("note", f"longer than {LONGEST_NOTE} signs", f"超过 {LONGEST_NOTE} 字")],
            attempted=attempted,
        )

    def once() -> None:
        with acting_as(connection, actor):
            _known(connection, pair_id)
            with refusals(attempted):
                duplicates.decide(connection, pair_id, state=state, note=note.strip())

    rights.settled(once)


def _known(connection: Connection, pair_id: int) -> Pair:
    found = duplicates.pair(connection, pair_id)
    if found is None:
        raise NotFound(f"There is no pair {pair_id} among those you may see.")
    return found


def _compared(connection: Connection, pair: Pair) -> Compared:
    return Compared(pair, _side(connection, pair.first_id), _side(connection, pair.second_id))


def _side(connection: Connection, station_id: int) -> Side:
    station = _seen(connection, station_id)
    return Side(station, changes.facts(connection, station_id) or {})


def _seen(connection: Connection, station_id: int) -> Subject:
    station = moves.subject(connection, station_id)
    if station is None:
        raise NotFound(f"There is no station {station_id} among those you may see.")
    return station
