"""A batch taken back as one: only while nothing of it was changed, submitted or approved since.

Drafts are discarded by the state machine. What a cut-over entered is public and has a number:
it cannot be discarded, only exited, which takes the city's admin, a document number and a
reason; record and number stay, as with every exit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.actor import Actor
from app.domain.errors import Conflict, FieldError, InvalidInput, NotFound
from app.domain.keepers import EndCode
from app.domain.lifecycle import ExitCode, State
from app.service import import_staging, jobs, keepers, moves
from app.service.import_staging import UNDO, StagedList
from app.service.jobs import Tell
from app.service.moves import Document, With
from app.service.runtime import Runtime
from app.store import batches, import_contacts, lists
from app.store.batches import Entered
from app.store.database import Connection
from app.store.rights import acting_as, refusals

STEP = 50
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Undoing:
    """Whether a batch can be undone.

    Attributes:
        drafts, active: how many of its stations are drafts, and how many a cut-over entered.
        changed: those that somebody changed since; while there is one, nothing is undone.
        needs_document: whether it takes a document number.
    """

    staged: StagedList
    drafts: int
    active: int
    changed: tuple[Entered, ...]

    @property
    def needs_document(self) -> bool:
        """Whether stations would exit, which is decided by a document."""
        return self.active > 0


def look(connection: Connection, actor: Actor, list_id: int) -> Undoing:
    """Say whether the batch of a list can be undone.

    Raises:
        NotFound: if there is none.
        Conflict: if it was undone.
    """
    with acting_as(connection, actor):
        return _look(connection, list_id)


def _look(connection: Connection, list_id: int, *, lock: bool = False) -> Undoing:
    staged = import_staging.seen(connection, list_id, lock=lock)
    if staged.batch_id is None or batches.batch(connection, staged.batch_id, lock=lock) is None:
        raise NotFound(f"List {list_id} was not entered.", zh="这份表格没有导入。")
    if staged.state == "undone" or staged.undone_at is not None:
        raise Conflict("The batch was undone already.", zh="这一批已经撤销过了。")
    found = batches.entered(connection, staged.batch_id)
    left = [one for one in found if one.revision == 1 and not one.added_to]
    drafts = [one for one in left if one.state == State.DRAFT]
    active = [one for one in left if one.state == State.ACTIVE]
    fresh = {one.id for one in (*drafts, *active)}
    return Undoing(
        staged, len(drafts), len(active), tuple(one for one in found if one.id not in fresh)
    )


def ask(
    connection: Connection, actor: Actor, list_id: int, *, reason: str, document: str = ""
) -> int:
    """Ask for a batch to be undone; return the job's id.

    Args:
        reason: why, as every discarded draft will say.
        document: number of the document by which stations of a cut-over exit.

    Raises:
        InvalidInput: if the reason, or the document it takes, is missing.
        Conflict: if something of it was changed since; it names what.
    """
    with acting_as(connection, actor), refusals("undo the batch"):
        found = _look(connection, list_id, lock=True)
        errors = []
        if not reason.strip():
            errors.append(FieldError("reason", "a reason is needed", "请填写撤销的原因"))
        if found.needs_document and not document.strip():
            errors.append(FieldError(
                "document", "its stations are public: they exit under a document number",
                "其中的站点已对外公开,只能凭文号退出;请填写文号",
            ))  # fmt: skip
        if errors:
            raise InvalidInput(errors, attempted="undo the batch")
        _refuse_changed(found)
        plan = {**found.staged.plan, "undo": {"reason": reason.strip(), "document": document}}
        lists.decide(connection, list_id, plan=plan, state="done", union_id=found.staged.union_id)
        return jobs.ask(connection, UNDO, list_id)


def undo(runtime: Runtime, actor: Actor, list_id: int, tell: Tell) -> None:
    """Undo the batch of a list in one transaction.

    Raises:
        Conflict: if something of it was changed since; nothing is undone then.
        RoleMissing, InvalidInput: as the moves of its stations ask.
    """
    tell("准备撤销", "Preparing", 0.01)
    with runtime.connection() as connection, acting_as(connection, actor), refusals("undo it"):
        staged = import_staging.seen(connection, list_id, lock=True)
        if staged.state == "undone":
            return
        found = _look(connection, list_id, lock=True)
        _refuse_changed(found)
        batch = int(found.staged.batch_id or 0)
        told = found.staged.plan.get("undo", {})
        reason = f"撤销导入:{told.get('reason', '')}"
        _end_duties(connection, actor, batches.keepers_of_batch(connection, batch), tell)
        entered = batches.entered(connection, batch)
        _discard(connection, [one.id for one in entered if one.state == State.DRAFT], reason, tell)
        brings = With(
            reason=reason, exit_code=ExitCode.OTHER,
            document=Document(told.get("document", ""), found.staged.union_id),
        )  # fmt: skip
        _exit(
            connection, actor, [one for one in entered if one.state == State.ACTIVE], brings, tell
        )
        import_contacts.drop_batch(connection, batch)
        batches.mark_undone(connection, batch, list_id)
        counts = {"discarded": found.drafts, "exited": found.active}
        batches.record(connection, "stations.import.undo", f"batch {batch}", counts)


def _end_duties(connection: Connection, actor: Actor, ids: Sequence[int], tell: Tell) -> None:
    """Let the keepers that came with the batch go; what is kept of them is erased at once."""
    for at, keeper in enumerate(ids):
        if at % STEP == 0:
            tell(f"清除负责人 {at}/{len(ids)}", f"Erasing keepers, {at} of {len(ids)}",
                 0.02 + 0.4 * at / len(ids))  # fmt: skip
        keepers.end(connection, actor, keeper, EndCode.MISTAKEN)


def _discard(connection: Connection, ids: Sequence[int], reason: str, tell: Tell) -> None:
    for at in range(0, len(ids), STEP):
        tell(f"作废草稿 {at}/{len(ids)}", f"Discarding drafts, {at} of {len(ids)}",
             0.42 + 0.28 * at / len(ids))  # fmt: skip
        part = ids[at : at + STEP]
        if batches.discard_drafts(connection, part, reason=reason) != len(part):
            raise Conflict(
                "Some drafts of the batch belong to another union by now.",
                zh="这一批里有草稿已经归其他工会,不能整批撤销。",
            )


def _exit(
    connection: Connection, actor: Actor, public: Sequence[Entered], brings: With, tell: Tell
) -> None:
    for at, station in enumerate(public):
        if at % STEP == 0:
            tell(f"退出站点 {at}/{len(public)}", f"Letting stations go, {at} of {len(public)}",
                 0.7 + 0.25 * at / len(public))  # fmt: skip
        moves.make_move(
            connection, actor, station.id, State.EXITED, revision=station.revision, brings=brings
        )


def _refuse_changed(found: Undoing) -> None:
    if not found.changed:
        return
    named = "、".join(f"{one.name}({one.state})" for one in found.changed[:MOST_NAMED])
    more = len(found.changed) - MOST_NAMED
    raise Conflict(
        f"Could not undo the batch: {len(found.changed)} of its stations were changed since:"
        f" {named}{f' and {more} more' if more > 0 else ''}.",
        remedy="Discard or exit the others one by one; what was changed is somebody's work.",
        zh=f"不能整批撤销:其中 {len(found.changed)} 个站点之后有人改过或已提交:{named}"
        f"{f' 等另外 {more} 个' if more > 0 else ''}。请逐个处理。",
    )
