"""Lists of stations on their way in: brought, looked at, decided about, forgotten."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.actor import Actor
from app.domain.contacts import read_day
from app.domain.errors import Conflict, FieldError, HarborError, InvalidInput, NotFound
from app.domain.services import SERVICES
from app.files.notes import chinese
from app.files.station_columns import DATUMS, MEANINGS, NEVER, NOTHING, SERVICE, meanings, recognise
from app.files.stations import EXAMPLE_MARK
from app.files.tables import Preview, preview
from app.service import _list_seal as seals
from app.service import import_contacts, jobs
from app.service.runtime import Runtime
from app.store import batches, lists, moves, sealed
from app.store.database import Connection
from app.store.lists import StagedList
from app.store.rights import acting_as, refusals

__all__ = [
    "JOBS", "Columns", "Plan", "StagedList", "Union", "ask_to_read", "columns", "decide",
    "discard", "get", "known_meanings", "mine", "stage", "unions",
]  # fmt: skip

MOST_BYTES = 15 * 1024 * 1024
MOST_ROWS = 20_000
READ, ENTER, UNDO = "import.read", "import.enter", "import.undo"
JOBS = [READ, ENTER]
# one who names every union in the rows
EVERY_UNION = 0


@dataclass(frozen=True, slots=True)
class Union:
    """A union for which the person may enter stations."""

    id: int
    code: str
    name: str
    name_en: str
    kind: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided about a list before its rows were read.

    Attributes:
        sheet: of a workbook, empty for others.
        datum: what its coordinates refer to, empty if it has none.
        columns: what each column means.
        consented_on: the day on which all people of the list agreed to be named.
        cut_over: whether rows with a place enter straight as active.
        document, dated: the document that orders the cut-over.
        by_place: whether rows that name no union go to that of the district they lie in, else
            to the city's.
    """

    sheet: str = ""
    datum: str = ""
    columns: Mapping[str, str] | None = None
    consented_on: str = ""
    cut_over: bool = False
    document: str = ""
    dated: str = ""
    by_place: bool = False

    @classmethod
    def of(cls, staged: StagedList) -> "Plan":
        """Read the plan of a list."""
        known = {name: staged.plan[name] for name in cls.__slots__ if name in staged.plan}
        return cls(**known)

    def as_json(self) -> dict[str, Any]:
        """Write it as it is kept; no cell of the list is in it."""
        return {
            name: dict(value) if isinstance(value := getattr(self, name), Mapping) else value
            for name in self.__slots__
        }


@dataclass(frozen=True, slots=True)
class Columns:
    """The step of the columns: what the file holds and what each column is taken for.

    Attributes:
        meanings: by column, as remembered or recognised.
        remembered: the columns whose meaning is that of the last time.
        samples: a few cells of each column; of people's columns none.
        datum: what the names of the coordinate columns state, empty if nothing.
        placed: whether a column holds coordinates.
    """

    staged: StagedList
    plan: Plan
    preview: Preview
    meanings: Mapping[str, str]
    remembered: frozenset[str]
    samples: Mapping[str, tuple[str, ...]]
    notes: tuple[tuple[str, str], ...]
    datum: str
    placed: bool


def unions(connection: Connection, actor: Actor | None) -> tuple[Union, ...]:
    """Return the unions for which a person may enter stations, by code."""
    with acting_as(connection, actor):
        return tuple(Union(*row) for row in batches.unions(connection, on=moves.today(connection)))


def known_meanings() -> list[tuple[str, str, str]]:
    """Return what a column may mean, for a list to choose from: code, Chinese, English."""
    found = [(NOTHING, "不导入", "Not imported")]
    found += [(code, zh, en) for code, (zh, en) in MEANINGS.items()]
    found += [(SERVICE + s.code, f"服务:{s.name}", f"Service: {s.name_en}") for s in SERVICES]
    return found


def stage(
    connection: Connection,
    runtime: Runtime,
    actor: Actor | None,
    *,
    file_name: str,
    content: bytes,
    union_id: int | None,
) -> int:
    """Keep a list that a person brought, sealed, for some days; return its id.

    Args:
        actor: who brought it; None for the operator of the server.
        union_id: whose stations it holds; None if each row names its own.

    Raises:
        InvalidInput: for a file that is missing or too large.
        UnreadableFile: if it is no list.
        ForbiddenHere: if the person enters no stations for the union.
    """
    name = file_name.replace("\\", "/").rsplit("/", 1)[-1].strip()[-200:]
    if not name or not content:
        raise _wrong("file", "choose a file", "请选择一个文件")
    if len(content) > MOST_BYTES:
        most = MOST_BYTES // 2**20
        raise _wrong("file", f"is larger than {most} MB", f"文件超过 {most} MB,请拆成几份")
    try:
        preview(content, file_name=name)
    except HarborError as error:
        raise InvalidInput(
            [FieldError("file", f"{error} {error.remedy}".strip(), error.zh)],
            attempted=f"read {name}",
        ) from error
    key = seals.new_key()
    with acting_as(connection, actor), refusals("bring a list"):
        sealed.hold_keys(connection)
        return lists.stage(
            connection, user_id=actor.user_id if actor else None, union_id=union_id, file_name=name,
            file_digest=hashlib.sha256(content).hexdigest(),
            wrapped_key=seals.wrap(runtime.vault, key),
            content=seals.seal(key, seals.FILE, content), plan={},
            expires_at=datetime.now(UTC) + timedelta(days=runtime.settings.staged_days),
        )  # fmt: skip


def get(connection: Connection, actor: Actor | None, list_id: int) -> StagedList:
    """Return a list that the person brought.

    Raises:
        NotFound: if there is none, or its time is over.
    """
    with acting_as(connection, actor):
        return seen(connection, list_id)


def seen(connection: Connection, list_id: int, *, lock: bool = False) -> StagedList:
    """Return a list inside the transaction of who acts."""
    staged = lists.get(connection, list_id, lock=lock)
    if staged is None:
        raise NotFound(
            f"There is no list {list_id} of yours; lists are forgotten after some days.",
            remedy="Bring the file again.",
            zh="没有这份表格,可能已过期清除。请重新上传。",
        )
    return staged


def mine(connection: Connection, actor: Actor, *, most: int = 20) -> list[StagedList]:
    """Return the lists that a person brought, the newest first."""
    with acting_as(connection, actor):
        return lists.every(connection, most=most)


def discard(connection: Connection, actor: Actor | None, list_id: int) -> None:
    """Forget a list at once, with its key; stations that it became stay.

    Raises:
        NotFound: if there is none.
    """
    with acting_as(connection, actor):
        seen(connection, list_id, lock=True)
        lists.drop(connection, list_id)


def columns(
    connection: Connection, runtime: Runtime, actor: Actor | None, list_id: int, *, sheet: str = ""
) -> Columns:
    """Look at the columns of a list: recognised, or as they were corrected the last time.

    Raises:
        NotFound, UnreadableFile: if it is gone, or cannot be read.
    """
    with acting_as(connection, actor):
        staged = seen(connection, list_id)
        content = lists.content(connection, list_id)
        before = {} if staged.union_id is None else lists.columns(connection, staged.union_id)
    if content is None:
        raise Conflict("The list was entered already.", zh="这份表格已经导入过了。")
    plain = seals.open_(seals.unwrap(runtime.vault, staged.wrapped_key), seals.FILE, content)
    plan = Plan.of(staged)
    shown = preview(plain, file_name=staged.file_name, sheet=sheet or plan.sheet or None)
    names = shown.table.columns
    codes = {code for code, _, _ in known_meanings()}
    found = meanings(names)
    known = {name: before[name] for name in names if before.get(name) in codes}
    decided = {n: m for n, m in (plan.columns or {}).items() if n in found}
    taken = {**found, **known, **decided}
    return Columns(
        staged, plan, shown, taken, frozenset(n for n in known if known[n] != found[n]),
        _samples(shown, taken), tuple((chinese(n), str(n)) for n in shown.table.warnings),
        _stated(shown, taken), _placed(shown, taken),
    )  # fmt: skip


def _samples(shown: Preview, taken: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Show cells of columns, but never of people."""
    rows = [r for r in shown.table.rows if EXAMPLE_MARK not in "".join(r.values.values())]
    personal = set(recognise_personal(taken))
    return {
        name: () if name in personal else tuple(
            text[:60] for row in rows if (text := row.values[name].strip())
        )[:3]
        for name in shown.table.columns
    }  # fmt: skip


def recognise_personal(taken: Mapping[str, str]) -> list[str]:
    """Return the columns that hold people's data, by name or by what they are said to mean."""
    people = ("keeper_name", "keeper_phone", "keeper_employer", NEVER)
    by_name = meanings(tuple(taken))
    return [name for name, meaning in taken.items() if meaning in people or by_name[name] in people]


def _stated(shown: Preview, taken: Mapping[str, str]) -> str:
    try:
        found = recognise(shown.table.columns, file_name="", has_points=True, given=taken)
    except InvalidInput:
        return ""
    return found.datum or ""


def _placed(shown: Preview, taken: Mapping[str, str]) -> bool:
    points = any(row.point or row.geometry_kind for row in shown.table.rows)
    return points or bool({"longitude", "latitude", "place"} & set(taken.values()))


def ask_to_read(
    connection: Connection, actor: Actor, list_id: int, plan: Plan, *, union_id: int | None
) -> int:
    """Decide about the columns of a list and ask for its rows to be read; return the job's id.

    Raises:
        InvalidInput, NotFound, Conflict: as :func:`decide`, and if it is being read.
    """
    with acting_as(connection, actor), refusals("read the list"):
        decide(connection, actor, list_id, plan, union_id=union_id)
        return jobs.ask(connection, READ, list_id)


def decide(
    connection: Connection, actor: Actor | None, list_id: int, plan: Plan, *, union_id: int | None
) -> None:
    """Decide about the columns of a list; what they mean is remembered for the union.

    Raises:
        InvalidInput: for what cannot be, beside its field.
        NotFound, Conflict: if the list is gone, or entered.
    """
    _check(plan)
    with acting_as(connection, actor), refusals("read the list"):
        staged = seen(connection, list_id, lock=True)
        _check_open(staged)
        lists.decide(connection, list_id, plan=plan.as_json(), state="columns", union_id=union_id)
        if union_id is not None and plan.columns:
            lists.remember(connection, union_id, plan.columns)


def _check(plan: Plan) -> None:
    given = dict(plan.columns or {})
    errors = []
    try:
        recognise(tuple(given), file_name="the list", has_points=True, given=given)
    except InvalidInput as error:
        errors += error.errors
    placed = {"longitude", "latitude", "place"} & set(given.values())
    if (placed or plan.datum) and plan.datum not in DATUMS:
        said = f"the list has coordinates: name one of {', '.join(DATUMS)}"
        errors.append(FieldError("datum", said, "请选择坐标系"))
    if plan.consented_on and read_day(plan.consented_on) is None:
        errors.append(FieldError("consented_on", "is no date, such as 2026-06-01", "不是有效日期"))
    if plan.cut_over and not plan.document.strip():
        errors.append(FieldError("document", "a cut-over needs a document number", "请填写文号"))
    if plan.dated and read_day(plan.dated) is None:
        errors.append(FieldError("dated", "is no date, such as 2026-06-01", "不是有效日期"))
    if errors:
        raise InvalidInput(errors, attempted="read the list")


def _check_open(staged: StagedList) -> None:
    if staged.state not in ("columns", "rows"):
        raise Conflict(
            "The list was entered already.", zh="这份表格已经导入过了。",
            remedy="Bring a corrected list, or undo the import first.",
        )  # fmt: skip


def forget_expired(connection: Connection) -> int:
    """Remove lists and people of lists whose time is over, keys and all; return how many."""
    return lists.forget(connection) + import_contacts.forget_expired(connection)


def _wrong(field: str, message: str, zh: str) -> InvalidInput:
    return InvalidInput([FieldError(field, message, zh)], attempted="bring a list")
