"""The rows of a list read as they will become, with everything that is wrong or odd about them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.domain.actor import Actor
from app.domain.contacts import Contact, read_day
from app.domain.errors import FieldError, InvalidInput
from app.domain.station import StationFacts
from app.domain.station_row import StationRow
from app.files.notes import chinese
from app.files.stations import StationFile, read_stations
from app.service import _list_seal as seals
from app.service import import_staging
from app.service._list_rows import Content, Twin, sealed, sealed_people
from app.service.import_staging import MOST_ROWS, Plan, StagedList, Union
from app.service.jobs import Tell
from app.service.list_checks import PlaceFindings, Twins, check_places
from app.service.network import in_use
from app.service.runtime import Runtime
from app.store import batches, lists
from app.store.database import Connection
from app.store.lists import StagedRow
from app.store.networks import NetworkRecord
from app.store.rights import acting_as
from geo.datum import to_wgs84

_SYNTAX = re.compile(r"\b(?:Mo|Tu|We|Th|Fr|Sa|Su|PH)\b|24/7")
# so many rows between two words about how far it is
STEP = 250


class Home:
    """The unions to which stations belong that name none: their district's, else the city's."""

    def __init__(self, unions: Sequence[Union]) -> None:
        self._of_district = {one.code: one for one in unions if one.kind == "district"}
        self._of_city = next((one for one in unions if one.kind == "city"), None)

    def of(self, adcode: str | None, typed: str) -> Union | None:
        """Return the union of a district by its code, else by the word a list has for it."""
        if adcode in self._of_district:
            return self._of_district[adcode]
        named = [one for one in self._of_district.values() if typed and typed in one.name]
        return named[0] if len(named) == 1 and adcode is None else self._of_city


@dataclass(frozen=True, slots=True)
class _Reader:
    """What every row of a list is read with."""

    key: bytes
    plan: Plan
    source: StationFile
    places: dict[int, PlaceFindings]
    facts: dict[int, StationFacts]
    twins: Twins
    unions: tuple[Union, ...]
    union: Union | None
    home: Home
    today: date


def read(runtime: Runtime, actor: Actor, list_id: int, tell: Tell) -> None:
    """Read the rows of a list on a connection of its own, as :func:`read_rows`."""
    with runtime.connection() as connection:
        read_rows(connection, runtime, actor, list_id, tell)


def read_rows(
    connection: Connection, runtime: Runtime, actor: Actor | None, list_id: int, tell: Tell
) -> None:
    """Read the rows of a list and keep them sealed, all or none.

    Args:
        actor: who brought it; None for the operator of the server.
        tell: is told how far it is, and ends it by raising.

    Raises:
        NotFound, Conflict: if the list is gone, or entered already.
        UnreadableFile, InvalidInput: if it cannot be read by its plan.
    """
    tell("读取文件", "Reading the file", 0.02)
    today = datetime.now(runtime.settings.zone).date()
    network = in_use(connection)
    with acting_as(connection, actor):
        staged = import_staging.seen(connection, list_id, lock=True)
        if staged.state not in ("columns", "rows"):
            return
        reader = _reader(connection, runtime, staged, network, tell, today=today)
        rows = list(_rows(reader, tell))
        tell("保存预览", "Keeping the preview", 0.95)
        lists.write_rows(connection, list_id, rows)
        plan = {
            **reader.plan.as_json(),
            "notes": [list(pair) for pair in _notes(reader.source)],
            "personal": dict(reader.source.personal_columns),
            "datum": reader.source.datum or "",
        }
        lists.decide(connection, list_id, plan=plan, state="rows", union_id=staged.union_id)


def _reader(
    connection: Connection,
    runtime: Runtime,
    staged: StagedList,
    network: NetworkRecord | None,
    tell: Tell,
    *,
    today: date,
) -> _Reader:
    key = seals.unwrap(runtime.vault, staged.wrapped_key)
    plan = Plan.of(staged)
    content = seals.open_(key, seals.FILE, lists.content(connection, staged.id) or b"")
    source = read_stations(
        content, datum=plan.datum or None, file_name=staged.file_name,
        sheet=plan.sheet or None, bounds=network.bounds if network else None, given=plan.columns,
    )  # fmt: skip
    if len(source.rows) > MOST_ROWS:
        raise InvalidInput(
            [FieldError(
                "file", f"has {len(source.rows):,} rows; at most {MOST_ROWS:,} are taken at once",
                f"有 {len(source.rows):,} 行,一次最多导入 {MOST_ROWS:,} 行,请拆成几份",
            )],
            attempted="read the list",
        )  # fmt: skip
    tell("核对位置", "Looking at the places", 0.2)
    facts = {row.number: _located(row, source.datum) for row in source.accepted}
    placed = {number: one for number, one in facts.items() if one.placed}
    places = check_places(connection, runtime.settings, network, placed, day=today)
    tell("比对已有站点", "Comparing with what is known", 0.4)
    unions = tuple(Union(*row) for row in batches.unions(connection, on=today))
    # the operator may ask for nothing, and is told of every station
    mine = None if staged.user_id is None else [one.id for one in unions]
    return _Reader(
        key, plan, source, places, facts, Twins(connection, mine), unions,
        next((one for one in unions if one.id == staged.union_id), None), Home(unions), today,
    )  # fmt: skip


def _located(row: StationRow, datum: str | None) -> StationFacts:
    """Return what a row says with its place in WGS-84."""
    facts = row.facts
    if facts is None:
        raise ValueError(f"row {row.number} was rejected")
    if facts.longitude is None or facts.latitude is None:
        return facts
    longitude, latitude = to_wgs84(facts.longitude, facts.latitude, datum=str(datum))
    return replace(facts, longitude=longitude, latitude=latitude)


def _rows(reader: _Reader, tell: Tell) -> Iterator[StagedRow]:
    total = len(reader.source.rows)
    for position, row in enumerate(reader.source.rows):
        if position % STEP == 0:
            tell(f"检查 {position}/{total} 行", f"Checking row {position} of {total}",
                 0.45 + 0.5 * position / total)  # fmt: skip
        yield _row(reader, row, position)


def _row(reader: _Reader, row: StationRow, position: int) -> StagedRow:
    facts = reader.facts.get(row.number)
    place = reader.places.get(row.number)
    union, union_errors = _union(reader, row, place)
    warnings = [*row.warnings, *(place.warnings if place else ())]
    people = _people(reader, row.number)
    errors = (*row.errors, *union_errors)
    present, twins = False, tuple[Twin, ...]()
    if facts is not None and not errors:
        present, twins = reader.twins.of(row.number, facts)
    text = "" if facts is None else facts.hours_text
    content = Content(
        row.number, row.source, facts, row.further, _given(row), row.draft,
        union.id if union else None, union.name if union else "",
        place.district if place else "", text, errors, tuple(warnings), twins,
        tuple(_people_notes(people)),
    )  # fmt: skip
    return StagedRow(
        row.number, position, sealed(reader.key, content), sealed_people(reader.key, people),
        content.severity, _marks(content, place, people, present=present),
        _choice(content, present=present),
        seals.print_of(reader.key, text) if text and facts is not None else None,
        # an export of ours, in the syntax itself, says what it means
        bool(facts and facts.hours == text and _SYNTAX.search(text)),
    )  # fmt: skip


def _given(row: StationRow) -> tuple[float, float] | None:
    facts = row.facts
    if facts is None or facts.longitude is None or facts.latitude is None:
        return None
    return facts.longitude, facts.latitude


def _union(
    reader: _Reader, row: StationRow, place: PlaceFindings | None
) -> tuple[Union | None, tuple[FieldError, ...]]:
    """Find the union that a row will belong to: its own word, the list's, that of its place."""
    word = reader.source.unions.get(row.number, "")
    if word:
        named = [one for one in reader.unions if word in (one.code, one.name, one.name_en)]
        if not named:
            named = [one for one in reader.unions if word in one.name]
        if len(named) == 1:
            return named[0], ()
        return None, (FieldError(
            "union", f"{word!r} is no union that you enter stations for",
            f"“{word}”不是您可以录入的工会",
        ),)  # fmt: skip
    union = reader.union
    if union is None and reader.plan.by_place:
        if not reader.unions:
            return None, ()
        typed = row.facts.area_name if row.facts else ""
        union = reader.home.of(place.adcode if place else None, typed)
    if union is None:
        return None, (FieldError("union", "names no union", "没有写明所属工会"),)
    return union, ()


def _people(reader: _Reader, number: int) -> tuple[Contact, ...]:
    agreed = read_day(reader.plan.consented_on)
    return tuple(
        replace(one, consented_on=one.consented_on or agreed)
        for one in reader.source.contacts.get(number, ())
    )


def _people_notes(people: tuple[Contact, ...]) -> Iterator[FieldError]:
    """Say what is wrong with phones, without the phones."""
    for one in people:
        if one.problem is not None:
            yield one.problem


def _marks(
    content: Content, place: PlaceFindings | None, people: tuple[Contact, ...], *, present: bool
) -> tuple[str, ...]:
    marks = list(place.marks) if place else []
    if content.facts is not None and not content.facts.placed:
        marks.append("unplaced")
    if content.hours_text:
        marks.append("hours")
    if people:
        marks.append("people")
    if any(one.problem for one in people):
        marks.append("people_problem")
    if content.twins:
        marks.append("present" if present else "duplicate")
    return tuple(marks)


def _choice(content: Content, *, present: bool) -> str | None:
    """What becomes of a row if nobody says otherwise; None where somebody has to."""
    if content.errors or present:
        return "skip"
    return None if content.twins else "enter"


def _notes(source: StationFile) -> Iterator[tuple[str, str]]:
    for note in source.warnings:
        yield chinese(note), str(note)
