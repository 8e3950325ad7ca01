"""A list entered as the person who brought it.

New stations enter whole or not at all. Changes of stations that are there are asked for one by
one: one that is refused keeps its reason with its row, and the rest stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.actor import Actor
from app.domain.contacts import Contact, read_day
from app.domain.errors import Conflict, FieldError, InvalidInput
from app.domain.lifecycle import State
from app.domain.roles import Role
from app.service import _list_seal as seals
from app.service import import_contacts, import_staging, import_updating, jobs, notices
from app.service._list_rows import Content, opened, opened_people
from app.service.import_contacts import Handled
from app.service.import_staging import ENTER, Plan, StagedList
from app.service.jobs import Tell
from app.service.runtime import Runtime
from app.store import batches, lists, moves, stations
from app.store.database import Connection
from app.store.lists import StagedRow
from app.store.rights import acting_as, refusals
from app.store.stations import NewStation

STEP = 100


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A row that is entered, opened."""

    row: StagedRow
    content: Content
    people: tuple[Contact, ...]


def ask(connection: Connection, actor: Actor, list_id: int, *, hours_confirmed: bool) -> int:
    """Ask for a list to be entered; return the job's id.

    Args:
        hours_confirmed: the person has seen every reading of hours and finds it right.

    Raises:
        InvalidInput: if something is still to be decided, or nothing is left to enter.
        NotFound, Conflict: if the list is gone, entered, or being entered.
    """
    with acting_as(connection, actor), refusals("enter the list"):
        staged = import_staging.seen(connection, list_id, lock=True)
        if hours_confirmed:
            lists.confirm_hours(connection, list_id, None)
        _check(connection, staged)
        return jobs.ask(connection, ENTER, list_id)


def _check(connection: Connection, staged: StagedList) -> None:
    if staged.state != "rows":
        raise Conflict(
            "The list was entered already, or is not read yet.",
            zh="这份表格已经导入过了,或尚未读取。",
        )
    tallies = lists.tallies(connection, staged.id)
    errors = []
    if tallies["undecided"]:
        count = tallies["undecided"]
        errors.append(FieldError(
            "choice", f"{count} likely duplicates are to be decided about",
            f"还有 {count} 行疑似重复没有决定",
        ))  # fmt: skip
    if tallies["hours"]:
        count = tallies["hours"]
        errors.append(FieldError(
            "hours", f"{count} readings of opening hours are to be confirmed",
            f"还有 {count} 种营业时间的读法没有核对",
        ))  # fmt: skip
    if not tallies["entering"] and not tallies["updating"]:
        errors.append(FieldError("rows", "no row is left to enter", "没有可以导入的行"))
    batch = earlier(connection, staged)
    if batch is not None:
        errors.append(FieldError(
            "file", f"this very list was imported before, as batch {batch}",
            f"这份表格以前导入过(批次 {batch});如需重来,请先撤销那一批",
        ))  # fmt: skip
    if errors:
        raise InvalidInput(errors, attempted="enter the list")


def earlier(connection: Connection, staged: StagedList) -> int | None:
    """Return the batch that this very list was entered as before, None if it was not."""
    return batches.batch_of_digest(connection, _digest(staged), staged.union_id)


def _digest(staged: StagedList) -> str:
    sheet = Plan.of(staged).sheet
    return f"{staged.file_digest}:{sheet}" if sheet else staged.file_digest


def enter(runtime: Runtime, actor: Actor, list_id: int, tell: Tell) -> None:
    """Enter a list on a connection of its own, as :func:`enter_rows`."""
    with runtime.connection() as connection:
        enter_rows(connection, runtime, actor, list_id, tell)


def enter_rows(
    connection: Connection, runtime: Runtime, actor: Actor | None, list_id: int, tell: Tell
) -> None:
    """Enter a list in one transaction; a list that is entered already stays as it is.

    Args:
        actor: who brought it; None for the operator of the server.

    Raises:
        InvalidInput, Conflict, ForbiddenHere: if it cannot be; nothing is kept then.
    """
    tell("准备导入", "Preparing", 0.01)
    today = datetime.now(runtime.settings.zone).date()
    with acting_as(connection, actor), refusals("enter it"):
        staged = import_staging.seen(connection, list_id, lock=True)
        # the job was killed between its end and the queue's
        if staged.state in ("done", "undone"):
            return
        _check(connection, staged)
        batches.claim(connection)
        chosen = _chosen(runtime, staged, lists.rows(connection, list_id, most=None))
        batch = _open_batch(connection, staged)
        entered = [one for one in chosen if one.row.choice == "enter"]
        pairs = _insert(connection, staged, entered, batch, tell)
        tell("登记联系人", "Naming keepers", 0.8)
        handled = Handled()
        people = [(station, person) for one, station in pairs for person in one.people]
        _handle(connection, runtime, actor, people, batch, handled, tell, today=today)
        updates = [one.content for one in chosen if one.row.choice == "update"]
        changed = import_updating.make(connection, actor, staged, batch, updates)
        tell("收尾", "Finishing", 0.97)
        counts = _counts(connection, staged, pairs, changed, len(updates), handled)
        stations.close_batch(connection, batch, counts)
        lists.finish(connection, list_id, batch_id=batch, counts=counts)
        batches.record(connection, "stations.import", f"batch {batch}", counts)
        _tell(connection, actor, staged, batch, changed)


def _tell(
    connection: Connection, actor: Actor | None, staged: StagedList, batch: int, changed: int
) -> None:
    """Tell who brought the list that it is in, and reviewers, once, of what they are to decide."""
    if actor is not None:
        notices.announce(
            connection, event=f"import.done:{batch}", kind="import.done",
            user_ids=[actor.user_id], says={"file": staged.file_name},
        )  # fmt: skip
    if changed:
        notices.announce(
            connection, event=f"change.requested:batch:{batch}", kind="change.requested",
            union_id=staged.union_id, roles=(Role.REVIEWER,),
            says={"station": f"{staged.file_name}({changed})"},
        )  # fmt: skip


def _chosen(runtime: Runtime, staged: StagedList, rows: Sequence[StagedRow]) -> list[_Chosen]:
    """Open what is entered, in the order in which number counters are locked."""
    key = seals.unwrap(runtime.vault, staged.wrapped_key)
    found = [
        _Chosen(row, opened(key, row), opened_people(key, row))
        for row in rows
        if row.severity != "error" and row.choice in ("enter", "update")
    ]
    return sorted(
        found,
        key=lambda one: (one.content.union_id or 0, one.content.district, one.row.position),
    )


def _open_batch(connection: Connection, staged: StagedList) -> int:
    plan = Plan.of(staged)
    document = None
    if plan.cut_over:
        document = moves.document(
            connection, number=plan.document.strip(), union_id=staged.union_id,
            dated=read_day(plan.dated),
        )  # fmt: skip
    batch = stations.start_batch(
        connection, file_name=staged.file_name, file_digest=_digest(staged),
        datum=plan.datum or None, document_number=plan.document.strip() or None,
        union_id=staged.union_id, cut_over=plan.cut_over, document_id=document,
    )  # fmt: skip
    if batch is None:
        raise Conflict(
            "This very list was imported before.", remedy="Undo that batch first.",
            zh="这份表格以前导入过;如需重来,请先撤销那一批。",
        )  # fmt: skip
    return batch


def _insert(
    connection: Connection,
    staged: StagedList,
    entered: Sequence[_Chosen],
    batch: int,
    tell: Tell,
) -> list[tuple[_Chosen, int]]:
    plan = Plan.of(staged)
    pairs: list[tuple[_Chosen, int]] = []
    for start in range(0, len(entered), STEP):
        part = entered[start : start + STEP]
        tell(f"写入 {start}/{len(entered)}", f"Entering {start} of {len(entered)}",
             0.05 + 0.75 * start / max(len(entered), 1))  # fmt: skip
        new = [_station(one.content, plan, batch) for one in part]
        ids = stations.insert(connection, new, as_person=True)
        pairs += zip(part, ids, strict=True)
    lists.link(connection, staged.id, [(one.row.number, station) for one, station in pairs])
    return pairs


def _station(content: Content, plan: Plan, batch: int) -> NewStation:
    facts = content.facts
    if facts is None:
        raise ValueError(f"row {content.number} has errors")
    active = plan.cut_over and facts.placed and not content.draft
    given = content.given or (None, None)
    return NewStation(
        facts, State.ACTIVE if active else State.DRAFT, union_id=content.union_id,
        source_datum=plan.datum if content.given else None, source_longitude=given[0],
        source_latitude=given[1], batch_id=batch, batch_row=content.number,
        further=content.further,
    )  # fmt: skip


def _handle(
    connection: Connection,
    runtime: Runtime,
    actor: Actor | None,
    people: Sequence[tuple[int, Contact]],
    batch: int,
    handled: Handled,
    tell: Tell,
    *,
    today: date,
) -> None:
    for start in range(0, len(people), STEP):
        tell(f"登记联系人 {start}/{len(people)}", f"Naming keepers, {start} of {len(people)}",
             0.8 + 0.15 * start / len(people))  # fmt: skip
        import_contacts.handle(
            connection, runtime.vault, actor, list(people[start : start + STEP]),
            batch_id=batch, done=handled, today=today,
        )  # fmt: skip


def _counts(
    connection: Connection,
    staged: StagedList,
    pairs: Sequence[tuple[_Chosen, int]],
    changed: int,
    updates: int,
    handled: Handled,
) -> dict[str, int]:
    tallies = lists.tallies(connection, staged.id)
    plan = Plan.of(staged)
    facts = [one.content for one, _ in pairs]
    active = sum(
        plan.cut_over and not c.draft and c.facts is not None and c.facts.placed for c in facts
    )
    return {
        "rows": tallies["all"],
        "active": active,
        "waiting": len(pairs) - active,
        "unplaced": sum(c.facts is not None and not c.facts.placed for c in facts),
        "rejected": tallies["errors"],
        "left": tallies["left"],
        "changed": changed,
        "changes_refused": updates - changed,
        "hours_read": sum(c.facts is not None and c.facts.hours is not None for c in facts),
        **handled.as_json(),
    }
