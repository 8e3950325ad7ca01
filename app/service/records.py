"""One station's record for staff: as it is or was, who may move it on, and its past in steps."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from app.domain import number
from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput, NotFound
from app.domain.lifecycle import Move, State, moves_from
from app.domain.roles import Role
from app.service import history
from app.service.history import Happening, Step
from app.store import changes, moves, records, staff
from app.store.database import Connection
from app.store.records import Other, Paper, Row
from app.store.rights import acting_as
from app.store.staff import Holder

__all__ = [
    "Connection", "Explained", "Happening", "Holder", "Other", "Paper", "Past", "Record", "Step",
    "explained", "issuers", "known_papers", "look", "numbered", "past", "unions",
]  # fmt: skip

BIGGEST_ID = 2**63 - 1
STEPS_A_PAGE = 20
PAPERS_OFFERED = 20


@dataclass(frozen=True, slots=True)
class Record:
    """A station's record, as it is or as it was at a moment.

    Attributes:
        station_id, code, state, revision, verified: of that moment.
        facts: every column, as JSON; a place is [longitude, latitude].
        union: the names of the owner in Chinese and English, None if it has none.
        district: the names of the district its place lies in, None if not known.
        paper: the document of the last move that took one.
        survivor: what it was merged into; ``swallowed`` was merged into it.
        people: names of those who had to do with it, by id; of one's own scope alone.
        whole: whether the person sees history and change requests.
        kept: whether somebody serves as its keeper, now.
        roles: the person's roles in the scope of the owner, now.
        moment: when it was so; None is now.
    """

    station_id: int
    code: str | None
    state: State
    revision: int | None
    verified: bool
    facts: Mapping[str, Any]
    union: tuple[str, str] | None
    district: tuple[str, str] | None
    paper: Paper | None
    survivor: Other | None
    swallowed: tuple[Other, ...]
    aliases: tuple[tuple[str, str], ...]
    people: Mapping[int, str]
    whole: bool
    kept: bool
    roles: frozenset[Role]
    moment: datetime | None = None

    def person(self, column: str) -> str:
        """Return the name of who a column names, empty if it names none."""
        found = self.facts.get(column)
        return self.people.get(int(found), "") if found is not None else ""


@dataclass(frozen=True, slots=True)
class Explained:
    """A move out of a station's state, and whether a person may make it.

    Attributes:
        why: empty if they may; else ``role``, or what they were before: ``submitter``.
        others: who else may, the nearest scope first.
    """

    move: Move
    why: str
    others: tuple[Holder, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """A page of a station's timeline, the newest first.

    Attributes:
        events: versions with their differences, and what happened between them.
        before: the version to go on from, None at the beginning.
    """

    events: tuple[Step | Happening, ...]
    before: int | None = None


def look(
    connection: Connection, actor: Actor, station_id: int, *, moment: datetime | None = None
) -> Record:
    """Return a station's record, as it is or as it was at a moment.

    Raises:
        NotFound: if there is none in the person's sight, or was none then.
    """
    with acting_as(connection, actor):
        row = _row(connection, station_id)
        if moment is None:
            return _record(connection, row)
        then = changes.version_at(connection, station_id, moment=moment)
        if then is None:
            raise NotFound(
                f"Station {station_id} was not there at {moment.isoformat(timespec='seconds')}.",
                remedy="Look at a later day.", zh="那时还没有这条记录,请选择更晚的日期。",
            )  # fmt: skip
        facts = {**then.facts, "state": then.state}
        was = Row(
            row.id, facts.get("code"), then.state, then.revision or 0, bool(facts["verified"]),
            facts.get("union_id"), row.whole, row.roles, facts,
        )  # fmt: skip
        return _record(connection, was, moment)


def explained(connection: Connection, actor: Actor, station_id: int) -> tuple[Explained, ...]:
    """Return the moves out of a station's state, why not each, and who else may.

    The names of colleagues are read by the application itself, and only for who
    sees the record whole; no database role of staff may list grants.

    Raises:
        NotFound: if there is no such station in the person's sight.
    """
    with acting_as(connection, actor):
        row = _row(connection, station_id)
        was = _was(row)
    found = staff.holders(connection, row.union_id) if row.whole else []
    return tuple(
        _explained(move, actor, row.roles, was, found) for move in moves_from(State(row.state))
    )


def past(
    connection: Connection,
    actor: Actor,
    station_id: int,
    *,
    before: int | None = None,
    most: int = STEPS_A_PAGE,
) -> Past:
    """Return a page of the past of a station, the newest first; empty for who sees none of it."""
    with acting_as(connection, actor):
        steps, more = history.newest(connection, station_id, before=before, most=most)
        if not steps:
            return Past(())
        # what is newer than this was shown on the page before
        newest = None if before is None else history.begins(connection, station_id, before)
        between = history.between(
            connection, station_id, since=steps[-1].at if more else None, until=newest
        )
    events: list[Step | Happening] = [*steps, *between]
    events.sort(key=lambda event: event.at, reverse=True)
    return Past(tuple(events), steps[-1].version if more else None)


def numbered(connection: Connection, actor: Actor, written: str) -> Other:
    """Return the station that has or had a number, however written.

    Raises:
        InvalidInput: about ``survivor``, if it is mistyped or leads to none in sight.
    """
    plain = written.strip()
    with acting_as(connection, actor):
        found = records.by_number(connection, plain) if plain.isprintable() else None
        if found is None:
            found = records.by_number(connection, _digits(plain))
    if found is None:
        raise InvalidInput(
            [FieldError("survivor", f"no station has the number {plain}", "没有这个编号的站点")],
            attempted="find the station",
            remedy="Compare it with the plaque.",
        )
    return found


def issuers(
    connection: Connection, actor: Actor, station_id: int
) -> list[tuple[int | None, str, str]]:
    """Return whose documents a person may record about a station: id, names; None is the city."""
    with acting_as(connection, actor):
        return records.issuers(connection, _row(connection, station_id).union_id)


def known_papers(connection: Connection, actor: Actor) -> list[Paper]:
    """Return the documents that were recorded last."""
    with acting_as(connection, actor):
        return records.papers(connection, most=PAPERS_OFFERED)


def unions(connection: Connection, actor: Actor) -> dict[int, tuple[str, str]]:
    """Return the names of all unions in Chinese and English, by id."""
    with acting_as(connection, actor):
        return records.union_names(connection, None)


def _row(connection: Connection, station_id: int) -> Row:
    row = records.row(connection, station_id) if station_id <= BIGGEST_ID else None
    if row is None:
        raise NotFound(f"There is no station {station_id} among those you may see.")
    return row


def _record(connection: Connection, row: Row, moment: datetime | None = None) -> Record:
    facts = row.facts
    names = records.union_names(connection, [row.union_id]) if row.union_id is not None else {}
    adcode, document, survivor = (
        facts.get(name) for name in ("adcode", "document_id", "merged_into")
    )
    day = (moment or datetime.now(UTC)).date()
    return Record(
        station_id=row.id,
        code=row.code,
        state=State(row.state),
        revision=row.revision,
        verified=row.verified,
        facts=facts,
        union=names.get(row.union_id or 0),
        district=_district(connection, adcode, day),
        paper=records.paper(connection, int(document)) if document is not None else None,
        survivor=records.station(connection, int(survivor)) if survivor is not None else None,
        swallowed=() if moment else tuple(records.merged_into(connection, row.id)),
        aliases=tuple(records.aliases(connection, row.id)),
        people=changes.people(connection, row.id),
        whole=row.whole,
        kept=moves.has_keeper(connection, row.id),
        roles=frozenset(Role(role) for role in row.roles),
        moment=moment,
    )


def _district(connection: Connection, adcode: object, day: date) -> tuple[str, str] | None:
    return records.district_name(connection, str(adcode), day) if adcode else None


def _was(row: Row) -> dict[str, int | None]:
    return {"submitter": row.facts.get("submitted_by"), "reviewer": row.facts.get("reviewed_by")}


def _explained(
    move: Move,
    actor: Actor,
    roles: frozenset[str],
    was: Mapping[str, int | None],
    found: list[Holder],
) -> Explained:
    same = [step for step in move.not_by if was[step] == actor.user_id]
    why = "role" if not roles & set(move.roles) else same[0] if same else ""
    barred = {was[step] for step in move.not_by} | {actor.user_id}
    others: dict[int, Holder] = {}
    for holder in found:
        if holder.role in move.roles and holder.user_id not in barred:
            others.setdefault(holder.user_id, holder)
    return Explained(move, why, tuple(others.values()))


def _digits(text: str) -> str:
    try:
        return number.check(text)
    except InvalidInput as error:
        said = [replace(item, field="survivor") for item in error.errors]
        raise InvalidInput(said, attempted="find the station", remedy=error.remedy) from error
