"""The form with which staff get a station in: opened, read, saved, submitted, asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from app.domain.actor import Actor
from app.domain.difference import Difference, differences
from app.domain.errors import (
    ChangedMeanwhile,
    FieldError,
    ForbiddenHere,
    HarborError,
    InvalidInput,
    NotFound,
)
from app.domain.hours_sheet import hours_sheet
from app.domain.lifecycle import LOCKED, State
from app.domain.place import Bounds
from app.domain.station_sheet import Sheet, columns_of, group_of, same_inputs, sheet_of, text
from app.service import edits, first_keeper, moves
from app.service.edits import EDITABLE, Request
from app.service.first_keeper import NewKeeper
from app.service.network import claim_real
from app.service.station_sheets import filled, shown_sheet, takeable
from app.store import changes, register, rights, station_forms
from app.store import moves as subjects
from app.store.database import Connection
from app.store.rights import acting_as, refusals
from app.store.station_forms import UnionChoice

__all__ = [
    "Connection", "Mode", "Opened", "Saved", "Submitted", "UnionChoice", "ask", "begin", "create",
    "open_form", "preview", "save", "submit",
]  # fmt: skip

# a conflict is settled by one choice a fact: one's own value, or the other person's
CHOICE, THEIRS = "choice.", "theirs"
_ENTER = frozenset({"union_staff", "city_admin"})


class Mode(StrEnum):
    """What saving the form means."""

    NEW = "new"
    DRAFT = "draft"
    LOCKED = "locked"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Opened:
    """A form as it is opened.

    Attributes:
        unions: those whose stations the person may enter.
        open_request: the change request that waits for a decision, None if there is none.
    """

    mode: Mode
    sheet: Mapping[str, list[str]]
    unions: tuple[UnionChoice, ...]
    station_id: int | None = None
    revision: int = 0
    state: State | None = None
    code: str | None = None
    name: str = ""
    open_request: int | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """A record after saving; ``left`` are inputs that could not be taken and were left out."""

    station_id: int
    revision: int
    left: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class Submitted:
    """A record that was saved, and why it could not be submitted, None if it was."""

    saved: Saved
    refusal: HarborError | None = field(default=None)


def begin(connection: Connection, actor: Actor, *, day: date) -> Opened:
    """Open the form of a new station; the union is chosen already if there is but one.

    Raises:
        ForbiddenHere: if the person may enter stations of no union.
    """
    with acting_as(connection, actor):
        unions = station_forms.enterable_unions(connection, day=day)
    if not unions:
        raise ForbiddenHere(
            "You may not enter stations of any union.",
            remedy="Ask a city admin for the role of union staff.",
            zh="您没有登记站点的权限,请联系市总管理员授予“工会经办人”角色。",
        )
    sheet = sheet_of({}) | hours_sheet(None, "")
    if len(unions) == 1:
        sheet["union_id"] = [str(unions[0].id)]
    return Opened(Mode.NEW, sheet, tuple(unions))


def open_form(connection: Connection, actor: Actor, station_id: int, *, day: date) -> Opened:
    """Open the form of a station: to edit a draft, or to ask for a change of what is locked.

    Raises:
        NotFound: if there is no such station in the person's sight.
        ForbiddenHere: if the person may not edit it.
    """
    with acting_as(connection, actor):
        station = subjects.subject(connection, station_id)
        facts = changes.facts(connection, station_id)
        if station is None or facts is None:
            raise NotFound(
                f"There is no station {station_id} among those you may see.",
                zh="没有这个站点,或者您看不到它。",
            )
        if not rights.roles(connection, union_id=station.union_id) & _ENTER:
            raise ForbiddenHere(
                f"You may not edit station {station_id}.",
                remedy="Staff of the union that owns the record may.",
                zh="您不能修改这个站点,请由所属工会的经办人办理。",
            )
        unions = station_forms.enterable_unions(connection, day=day)
        owner = None
        if station.union_id is not None and station.union_id not in {u.id for u in unions}:
            # a union of the past may still own a record
            owner = station_forms.union(connection, station.union_id)
        asked = changes.open_requests(connection, station_id=station_id)
    state = State(station.state)
    return Opened(
        _mode(state), shown_sheet(facts), (*unions, *filter(None, (owner,))), station_id,
        station.revision, state, station.code, station.name, asked[0].id if asked else None,
    )  # fmt: skip


def _mode(state: State) -> Mode:
    if state in EDITABLE:
        return Mode.DRAFT
    return Mode.LOCKED if state in LOCKED else Mode.FIXED


def create(
    connection: Connection,
    actor: Actor,
    sheet: Sheet,
    *,
    bounds: Bounds | None,
    partly: bool,
    keeper: NewKeeper | None = None,
) -> Saved:
    """Enter a draft.

    Args:
        partly: leave out what cannot be taken, and say what that was.
        keeper: whom to name as its keeper, in the same transaction.

    Raises:
        InvalidInput: for what cannot be taken; a name and a union are always needed.
        ForbiddenHere: if the person may not enter stations of the union.
    """
    attempted = "enter the station"
    found = filled(sheet, bounds=bounds)
    fields = takeable(found, attempted, partly=True)
    wrong = () if partly else (*found.errors, *first_keeper.wrong(keeper))
    lacking = [
        FieldError(name, message, zh)
        for name, message, zh in (
            ("name", "A station needs a name", "请填写名称"),
            ("union_id", "Choose the union that owns the record", "请选择所属工会"),
        )
        if not fields.get(name)
    ]
    if lacking or wrong:
        raise InvalidInput(_besides(lacking, wrong or found.errors), attempted=attempted)
    with connection.transaction():
        # what a person enters into an empty register is no demo
        if register.read(connection).kind == "empty":
            claim_real(connection, attempted)
        with acting_as(connection, actor), refusals(attempted):
            station_id = changes.enter(connection, fields)
            first_keeper.enter(connection, actor, station_id, keeper)
        return Saved(station_id, 1, found.errors)


def _besides(lacking: list[FieldError], errors: Sequence[FieldError]) -> list[FieldError]:
    named = {error.field for error in errors}
    return [*errors, *(error for error in lacking if error.field not in named)]


def save(
    connection: Connection,
    actor: Actor,
    station_id: int,
    sheet: Sheet,
    *,
    revision: int,
    bounds: Bounds | None,
    partly: bool = False,
    keeper: NewKeeper | None = None,
) -> Saved:
    """Save a draft: what differs from what the form showed at ``revision``.

    The same sheet sent again changes nothing and is no conflict.

    Args:
        keeper: whom to name as a keeper, in the same transaction.

    Raises:
        InvalidInput: for what cannot be taken, unless ``partly``.
        ChangedMeanwhile: if somebody else was faster.
        NotFound, ForbiddenHere, Conflict: as :func:`app.service.edits.edit_draft`.
    """
    attempted = f"save station {station_id}"
    found = filled(sheet, bounds=bounds)
    if wrong := first_keeper.wrong(keeper):
        raise InvalidInput([*found.errors, *wrong], attempted=attempted)
    fields = takeable(found, attempted, partly=partly)
    with connection.transaction():
        fields = _touched(connection, actor, station_id, sheet, fields, revision)
        after = _edited(connection, actor, station_id, fields, revision) if fields else revision
        first_keeper.enter(connection, actor, station_id, keeper)
    return Saved(station_id, after, found.errors)


def _edited(
    connection: Connection,
    actor: Actor,
    station_id: int,
    fields: Mapping[str, Any],
    revision: int,
) -> int:
    try:
        return edits.edit_draft(connection, actor, station_id, fields, revision=revision)
    except ChangedMeanwhile as error:
        facts = [change for change in error.changes if change.field != "state"]
        if not facts or any(change.now != change.wanted for change in facts):
            raise
        # it is in already: the answer to the first time was lost on its way
        return error.revision


def _touched(
    connection: Connection,
    actor: Actor,
    station_id: int,
    sheet: Sheet,
    fields: Mapping[str, Any],
    revision: int,
) -> dict[str, Any]:
    """Return the fields whose inputs the person changed, and did not give up for the other's."""
    with acting_as(connection, actor):
        version = changes.version_of(connection, station_id, revision=revision)
    shown: Sheet = {} if version is None else shown_sheet(version.facts)
    groups = {group_of(name) for name in sheet}
    left = {group for group in groups if text(sheet, CHOICE + group) == THEIRS}
    if version is not None:
        left |= {group for group in groups if same_inputs(shown, sheet, group)}
    skipped = {column for group in left for column in columns_of(group)}
    return {name: value for name, value in fields.items() if name not in skipped}


def submit(
    connection: Connection,
    actor: Actor,
    station_id: int | None,
    sheet: Sheet,
    *,
    revision: int,
    bounds: Bounds | None,
    keeper: NewKeeper | None = None,
) -> Submitted:
    """Save a record, which may be new, and submit it in one go.

    What is lacking for the submission does not undo the saving, that of the keeper included.

    Raises:
        HarborError: as :func:`create` and :func:`save`, with nothing saved.
    """
    with connection.transaction():
        if station_id is None:
            saved = create(connection, actor, sheet, bounds=bounds, partly=False, keeper=keeper)
        else:
            saved = save(
                connection, actor, station_id, sheet, revision=revision, bounds=bounds,
                keeper=keeper,
            )  # fmt: skip
        try:
            moved = moves.make_move(
                connection, actor, saved.station_id, State.SUBMITTED, revision=saved.revision
            )
        except HarborError as refusal:
            return Submitted(saved, refusal)
        return Submitted(Saved(saved.station_id, moved.revision))


def preview(
    connection: Connection,
    actor: Actor,
    station_id: int,
    sheet: Sheet,
    *,
    revision: int,
    bounds: Bounds | None,
) -> tuple[Difference, ...]:
    """Return what a change request would ask for, against the facts of ``revision``.

    Raises:
        InvalidInput: for what cannot be taken, or if nothing would change.
        NotFound: if there is no such station in the person's sight.
    """
    found = filled(sheet, bounds=bounds)
    fields = takeable(found, f"ask for a change of station {station_id}", partly=False)
    fields = _touched(connection, actor, station_id, sheet, fields, revision)
    with acting_as(connection, actor):
        version = changes.version_of(connection, station_id, revision=revision)
        now = changes.facts(connection, station_id)
    if now is None:
        raise NotFound(f"There is no station {station_id} among those you may see.")
    before = now if version is None else version.facts
    found_differences = differences({name: before.get(name) for name in fields}, fields)
    if not found_differences:
        raise InvalidInput(
            [FieldError("", "Nothing would change", "没有任何改动")],
            attempted=f"ask for a change of station {station_id}",
        )
    return found_differences


def ask(
    connection: Connection,
    actor: Actor,
    station_id: int,
    sheet: Sheet,
    *,
    revision: int,
    reason: str,
    bounds: Bounds | None,
) -> Request:
    """Ask for the change that a sheet describes.

    Raises:
        HarborError: as :func:`preview` and :func:`app.service.edits.ask_for_change`.
    """
    if not reason.strip():
        raise InvalidInput(
            [FieldError("reason", "Say why the change is needed", "请写明修改原因")],
            attempted=f"ask for a change of station {station_id}",
        )
    wanted = preview(connection, actor, station_id, sheet, revision=revision, bounds=bounds)
    return edits.ask_for_change(
        connection, actor, station_id, {one.field: one.new for one in wanted},
        revision=revision, reason=reason,
    )  # fmt: skip
