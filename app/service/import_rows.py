"""The step of the rows: looked at in pages, hours confirmed or corrected, duplicates decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.actor import Actor
from app.domain.contacts import Contact
from app.domain.errors import Conflict, FieldError, InvalidInput, NotFound
from app.domain.hours_text import read_hours
from app.domain.hours_words import spoken
from app.files.rejects import reason, rejects_sheet
from app.service import _list_seal as seals
from app.service import import_staging
from app.service._list_rows import Content, opened, opened_people, sealed
from app.service.import_staging import StagedList
from app.service.runtime import Runtime
from app.store import lists
from app.store.database import Connection
from app.store.lists import FILTERS
from app.store.rights import acting_as, refusals

__all__ = [
    "FILTERS", "Hours", "Page", "Row", "choose", "confirm_all_hours", "correct_hours", "every",
    "hours", "page", "rejected_sheet",
]  # fmt: skip

PAGE_ROWS = 50
CHOICES = ("enter", "skip", "update")


CHOICE_WORDS = {
    "skip": ("选择了跳过", "was left out by choice"),
    "update": ("选择了更新已有站点", "was chosen to change a station that is there"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row as a page shows it.

    Attributes:
        people: name and phone masked, and what is wrong with each.
        choice: enter, skip, update; None while somebody has to decide.
        station_id: what it became.
        refused: why the update that was chosen was not made, in Chinese and English.
    """

    content: Content
    people: tuple[Contact, ...]
    choice: str | None
    marks: tuple[str, ...]
    severity: str
    hours_confirmed: bool
    station_id: int | None
    refused: tuple[str, str] = ("", "")

    @property
    def hours_words(self) -> tuple[str, str]:
        """The hours as they were read, in words."""
        return spoken(self.content.facts.hours if self.content.facts else None)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page, and how many there are of each kind."""

    staged: StagedList
    rows: tuple[Row, ...]
    shown: str
    number: int
    pages: int
    tallies: Mapping[str, int]

    @property
    def ready(self) -> bool:
        """Whether everything is decided that has to be before the list is entered."""
        return not self.tallies["undecided"] and not self.tallies["hours"]


@dataclass(frozen=True, slots=True)
class Hours:
    """One way in which a list writes hours.

    Attributes:
        handle: what it is called in forms.
        rows: how many rows write them so.
        text, rule: the words, and what they were read as; None if they were not understood.
    """

    handle: str
    rows: int
    text: str
    rule: str | None
    confirmed: bool

    @property
    def words(self) -> tuple[str, str]:
        """The reading in Chinese and English."""
        return spoken(self.rule)


def page(
    connection: Connection,
    runtime: Runtime,
    actor: Actor,
    list_id: int,
    *,
    shown: str = "all",
    number: int = 1,
) -> Page:
    """Return one page of rows.

    Args:
        shown: one of :data:`FILTERS`; anything else shows all.
        number: of the page, from 1; beyond the last one is the last one.
    """
    kind = shown if shown in FILTERS else "all"
    with acting_as(connection, actor):
        staged = import_staging.seen(connection, list_id)
        tallies = lists.tallies(connection, list_id)
        pages = max(1, -(-tallies[kind] // PAGE_ROWS))
        at = min(max(number, 1), pages)
        found = lists.rows(
            connection, list_id, shown=kind, offset=(at - 1) * PAGE_ROWS, most=PAGE_ROWS
        )
    key = seals.unwrap(runtime.vault, staged.wrapped_key)
    return Page(staged, tuple(_row(key, one) for one in found), kind, at, pages, tallies)


def every(
    connection: Connection, runtime: Runtime, actor: Actor | None, list_id: int
) -> tuple[Row, ...]:
    """Return all rows of a list."""
    with acting_as(connection, actor):
        staged = import_staging.seen(connection, list_id)
        found = lists.rows(connection, list_id, most=None)
    key = seals.unwrap(runtime.vault, staged.wrapped_key)
    return tuple(_row(key, one) for one in found)


def hours(
    connection: Connection, runtime: Runtime, actor: Actor | None, list_id: int
) -> tuple[Hours, ...]:
    """Return every way in which the list writes hours, in its order, with the readings."""
    with acting_as(connection, actor):
        staged = import_staging.seen(connection, list_id)
        found = lists.hours(connection, list_id)
    key = seals.unwrap(runtime.vault, staged.wrapped_key)
    shown = []
    for handle, count, first, confirmed in found:
        values = seals.open_json(key, seals.ROW, first)
        shown.append(Hours(
            handle.hex(), count, values["hours_text"],
            values["facts"]["hours"] if values["facts"] else None, confirmed,
        ))  # fmt: skip
    return tuple(shown)


def confirm_all_hours(connection: Connection, actor: Actor | None, list_id: int) -> None:
    """Note that the person has seen every reading of hours and finds it right."""
    with acting_as(connection, actor):
        _open_list(connection, list_id)
        lists.confirm_hours(connection, list_id, None)


def correct_hours(
    connection: Connection,
    runtime: Runtime,
    actor: Actor,
    list_id: int,
    handle: str,
    text: str,
) -> int:
    """Confirm one reading of hours, or write what was meant; return for how many rows.

    Args:
        handle: which way of writing.
        text: what was meant, in Chinese or in OpenStreetMap syntax; empty confirms what was
            read. A text that is not understood either is refused.

    Raises:
        NotFound: if no row writes its hours so.
        InvalidInput: if the correction is not understood.
    """
    try:
        hours_key = bytes.fromhex(handle)
    except ValueError:
        hours_key = b""
    with acting_as(connection, actor):
        staged = _open_list(connection, list_id)
        found = lists.rows_of_hours(connection, list_id, hours_key)
        if not found:
            raise NotFound("No row writes its hours so.", zh="没有这种写法的营业时间。")
        if not text.strip():
            lists.confirm_hours(connection, list_id, hours_key)
            return len(found)
        rule = read_hours(text)
        if rule is None:
            raise InvalidInput(
                [
                    FieldError(
                        f"hours-{handle}",
                        f"{text!r} is not understood; write it like 周一至周五 09:00-17:00",
                        f"“{text}”也读不懂,请写成“周一至周五 09:00-17:00”",
                    )
                ],
                attempted="correct the hours",
            )
        key = seals.unwrap(runtime.vault, staged.wrapped_key)
        changed = []
        for one in found:
            content = opened(key, one)
            mended = content.with_hours(rule, content.hours_text)
            changed.append(
                replace(one, sealed=sealed(key, mended), severity=mended.severity,
                        hours_confirmed=True)
            )  # fmt: skip
        lists.reseal(connection, list_id, changed)
        return len(changed)


def choose(
    connection: Connection,
    actor: Actor | None,
    list_id: int,
    choice: str,
    *,
    numbers: Sequence[int] | None,
) -> int:
    """Decide what becomes of rows; of all that are undecided if none is named.

    Raises:
        InvalidInput: for a choice that is none.
        Conflict: if the list was entered.
    """
    if choice not in CHOICES:
        raise InvalidInput(
            [FieldError("choice", f"is none of {', '.join(CHOICES)}", "请选择一种处理方式")],
            attempted="decide about the rows",
        )
    with acting_as(connection, actor), refusals("decide about the rows"):
        _open_list(connection, list_id)
        return lists.choose(connection, list_id, choice, numbers=numbers)


def rejected_sheet(
    connection: Connection, runtime: Runtime, actor: Actor, list_id: int
) -> tuple[str, bytes]:
    """Return the rows that stayed out as a spreadsheet with reasons: its name and content.

    People's columns are not in it.
    """
    with acting_as(connection, actor):
        staged = import_staging.seen(connection, list_id)
        found = lists.rows(connection, list_id, shown="left", most=None)
    key = seals.unwrap(runtime.vault, staged.wrapped_key)
    shown = [_row(key, one) for one in found]
    columns = list(dict.fromkeys(name for row in shown for name in row.content.source))
    lines = [(row.content.number, row.content.source, _reason(row)) for row in shown]
    stem = staged.file_name.rsplit(".", 1)[0]
    return f"{stem}-未导入.xlsx", rejects_sheet(lines, columns=columns)


def _reason(row: Row) -> str:
    """Say why a row stayed out, in Chinese with English beside."""
    if row.content.errors:
        return reason(row.content.errors)
    if row.refused[0]:
        return f"更新未成:{row.refused[0]}({row.refused[1]})"
    zh, en = CHOICE_WORDS.get(row.choice or "", ("尚未决定", "undecided"))
    said = [f"{zh}({en})"]
    for twin in row.content.twins:
        where = f"第 {twin.row} 行" if twin.row else f"已有站点 {twin.code or twin.station_id}"
        said.append(f"{where}“{twin.name}”")
    return ";".join(said)


def _row(key: bytes, one: lists.StagedRow) -> Row:
    return Row(
        opened(key, one), opened_people(key, one), one.choice, one.marks, one.severity,
        one.hours_confirmed, one.station_id, one.refused,
    )  # fmt: skip


def _open_list(connection: Connection, list_id: int) -> StagedList:
    staged = import_staging.seen(connection, list_id, lock=True)
    if staged.state != "rows":
        raise Conflict(
            "The rows of this list are not to be decided about now.",
            zh="这份表格现在不能再改:正在读取,或已经导入。",
        )
    return staged
