"""A dated day of change: districts merge or give towns away, unions and rights follow.

Everything happens in one transaction. Numbers stay, and so does what was: the
history of stations and the outlines of earlier days keep every earlier figure.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app.domain.errors import Conflict, FieldError, InvalidInput
from app.domain.reorganisation import NewUnion, Plan
from app.files.reorganisation_plan import PlanFile, read_plan
from app.service.area_import import import_districts
from app.settings import Settings
from app.store import areas, register, reorganisation
from app.store.database import Connection
from app.store.reorganisation import UnionRecord

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """Stations that went from one union to another, both by code."""

    giver: str
    taker: str
    within: str | None
    stations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a reorganisation did, or in a rehearsal would do.

    Attributes:
        districts: codes with an outline of the day.
        ended_districts: codes that ended.
        moved: stations by giver and taker, in the order they moved.
        grants: rights of people passed on, by the code of the union that ended.
        adopted: unions that were below one that ended and are now below its successor.
        settled: stations whose district is another one now.
        outside: public stations that lie in no district of the day.
        unplaced: records without a place: they went with their union, for no district decides.
    """

    id: int | None
    rehearsal: bool
    day: date
    districts: tuple[str, ...]
    ended_districts: tuple[str, ...]
    moved: tuple[Moved, ...]
    grants: dict[str, int] = field(default_factory=dict)
    adopted: int = 0
    settled: int = 0
    outside: int = 0
    unplaced: int = 0

    @property
    def stations(self) -> int:
        """How many stations changed their union."""
        return sum(part.stations for part in self.moved)

    def as_json(self) -> dict[str, Any]:
        """Return the report as values that JSON takes."""
        told = asdict(self)
        return {**told, "day": self.day.isoformat(), "stations": self.stations}


def reorganise(
    connection: Connection,
    settings: Settings,
    path: Path,
    *,
    rehearsal: bool,
    say: Progress = lambda _: None,
) -> Report:
    """Carry out the plan in a file, whole or not at all, or rehearse it.

    A rehearsal does everything and takes it back, so what it reports is what the
    day will bring, as of the records of this moment.

    Args:
        say: is told each step as it begins.

    Raises:
        UnreadableFile, InvalidInput: if the plan cannot be used, or names a union or a
            district that is not there on the day.
        Conflict: if the day has not come, or this very plan was carried out.
    """
    file = read_plan(path)
    today = datetime.now(settings.zone).date()
    if file.plan.day > today and not rehearsal:
        raise Conflict(
            f"Could not carry out {path.name}: its day, {file.plan.day}, has not come.",
            remedy="Rehearse it with --rehearse, and carry it out on the day.",
        )
    with connection.transaction(force_rollback=rehearsal):
        return _carry_out(connection, file, path, rehearsal=rehearsal, say=say)


def _carry_out(
    connection: Connection, file: PlanFile, path: Path, *, rehearsal: bool, say: Progress
) -> Report:
    plan = file.plan
    told = json.loads(json.dumps(asdict(plan), default=str))
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    number = reorganisation.begin(
        connection, held_on=plan.day, document_number=plan.document, title=plan.title, plan=told,
        digest=digest,
    )  # fmt: skip
    if number is None:
        raise Conflict(
            f"Could not carry out {path.name}: this very plan was carried out before.",
            remedy="Nothing was changed.",
        )
    reorganisation.name_request(connection, f"reorganisation:{number}")
    reorganisation.lock_unions(connection)
    say("districts")
    began, ended = _districts(connection, file)
    say("unions")
    before = reorganisation.unions(connection, on=plan.day)
    now = _begin_unions(connection, plan, before)
    _check_districts(connection, plan)
    say("stations")
    moved = _move_stations(connection, plan, before, now)
    say("rights")
    grants, adopted = _pass_on(connection, plan, before, now)
    report = Report(
        id=None if rehearsal else number,
        rehearsal=rehearsal,
        day=plan.day,
        districts=began,
        ended_districts=ended,
        moved=moved,
        grants=grants,
        adopted=adopted,
        settled=reorganisation.settle_districts(connection, on=plan.day),
        outside=reorganisation.outside(connection),
        unplaced=reorganisation.unplaced(connection, sorted(_concerned(plan, now))),
    )
    _nothing_is_left(connection, plan, before)
    reorganisation.close(connection, number, report.as_json())
    register.record(connection, "reorganisation", f"reorganisation {number}", report.as_json())
    reorganisation.name_request(connection, "")
    return report


def _concerned(plan: Plan, now: dict[str, int]) -> set[int]:
    """Return the ids of the unions that gave or took stations and go on."""
    codes = {end.successor for end in plan.ending_unions}
    codes |= {code for transfer in plan.transfers for code in (transfer.giver, transfer.taker)}
    return {now[code] for code in codes if code in now}


def _nothing_is_left(connection: Connection, plan: Plan, before: dict[str, UnionRecord]) -> None:
    left = reorganisation.left_with(connection, [before[end.code].id for end in plan.ending_unions])
    if left:
        raise Conflict(
            f"Could not reorganise: {left} records would stay with unions that end.",
            remedy="Nothing was changed. Name a successor for each union that ends.",
        )


def _districts(connection: Connection, file: PlanFile) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Take the outlines of the day and end what ends without one."""
    plan = file.plan
    began: tuple[str, ...] = ()
    if file.areas is not None:
        if file.datum is None:
            raise InvalidInput(
                [FieldError("datum", "is needed beside areas: wgs84, cgcs2000, gcj02 or bd09")],
                attempted="read the plan of a reorganisation",
            )
        report = import_districts(connection, file.areas, datum=file.datum, valid_from=plan.day)
        began = tuple(code for code, _ in report.districts)
    known = {record.adcode for record in areas.districts(connection, as_of=plan.day)}
    missing = [code for code in plan.ending_districts if code not in known]
    if missing:
        raise InvalidInput(
            [FieldError("districts_end", f"there is no district {code} on the day")
             for code in missing],
            attempted="end districts",
        )  # fmt: skip
    twice = sorted(set(began) & set(plan.ending_districts))
    if twice:
        raise InvalidInput(
            [
                FieldError("districts_end", f"{code} has a new outline and is to end")
                for code in twice
            ],
            attempted="end districts",
        )
    keep = sorted(known - set(plan.ending_districts))
    ended = areas.end_districts(connection, before=plan.day, keep=keep)
    return began, tuple(sorted(ended))


def _begin_unions(
    connection: Connection, plan: Plan, before: dict[str, UnionRecord]
) -> dict[str, int]:
    """End and begin unions; return the ids of those there are on the day, by code."""
    ending = {end.code for end in plan.ending_unions}
    named = [
        *(("unions.end", code) for code in sorted(ending)),
        *(("transfers", transfer.giver) for transfer in plan.transfers),
    ]
    errors = [
        FieldError(field_, f"there is no union {code} on the day")
        for field_, code in named
        if code not in before
    ]
    fresh = {union.code for union in plan.new_unions}
    errors += [
        FieldError("unions.begin", f"the union {code} is there already")
        for code in sorted(fresh & (before.keys() - ending))
    ]
    after = (before.keys() - ending) | fresh
    wanted = [
        *(("unions.end", end.successor) for end in plan.ending_unions),
        *(("transfers", transfer.taker) for transfer in plan.transfers),
        *(("unions.begin", union.parent) for union in plan.new_unions if union.parent),
    ]
    errors += [
        FieldError(field_, f"there is no union {code} after the change")
        for field_, code in wanted
        if code not in after
    ]
    if errors:
        raise InvalidInput(errors, attempted="reorganise unions", remedy="Nothing was changed.")
    for code in sorted(ending):
        reorganisation.end_union(connection, before[code].id, on=plan.day)
    ids = {code: record.id for code, record in before.items() if code not in ending}
    for union in _parents_first(plan):
        ids[union.code] = reorganisation.begin_union(
            connection, code=union.code, name=union.name, name_en=union.name_en, kind=union.kind,
            parent_id=ids.get(union.parent or ""), on=plan.day,
        )  # fmt: skip
    return ids


def _parents_first(plan: Plan) -> list[NewUnion]:
    fresh = {union.code: union for union in plan.new_unions}
    ordered: list[NewUnion] = []
    while fresh:
        ready = [union for union in fresh.values() if union.parent not in fresh]
        if not ready:
            raise InvalidInput(
                [FieldError("unions.begin", f"{', '.join(sorted(fresh))} are above each other")],
                attempted="reorganise unions",
            )
        ordered += ready
        for union in ready:
            del fresh[union.code]
    return ordered


def _check_districts(connection: Connection, plan: Plan) -> None:
    known = {record.adcode for record in areas.districts(connection, as_of=plan.day)}
    missing = [transfer.within for transfer in plan.transfers if transfer.within not in known]
    if missing:
        raise InvalidInput(
            [
                FieldError("transfers", f"there is no district {code} on the day")
                for code in missing
            ],
            attempted="move stations",
        )


def _move_stations(
    connection: Connection, plan: Plan, before: dict[str, UnionRecord], now: dict[str, int]
) -> tuple[Moved, ...]:
    moved = []
    for transfer in plan.transfers:
        ids = reorganisation.transfer(
            connection, giver=before[transfer.giver].id, taker=now[transfer.taker],
            within=transfer.within, on=plan.day,
        )  # fmt: skip
        moved.append(Moved(transfer.giver, transfer.taker, transfer.within, len(ids)))
    for end in plan.ending_unions:
        ids = reorganisation.transfer(
            connection, giver=before[end.code].id, taker=now[end.successor], within=None,
            on=plan.day,
        )  # fmt: skip
        moved.append(Moved(end.code, end.successor, None, len(ids)))
    return tuple(moved)


def _pass_on(
    connection: Connection, plan: Plan, before: dict[str, UnionRecord], now: dict[str, int]
) -> tuple[dict[str, int], int]:
    """Let people and lower unions of an ended one follow to its successor."""
    grants, adopted = {}, 0
    for end in plan.ending_unions:
        old, new = before[end.code].id, now[end.successor]
        reorganisation.succeed(connection, old, by=new)
        grants[end.code] = reorganisation.pass_grants(connection, giver=old, taker=new)
        adopted += reorganisation.adopt(connection, orphan_of=old, parent_id=new)
    return grants, adopted
