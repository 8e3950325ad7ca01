"""A batch taken back as one: only while nothing of it was changed, submitted or approved since.

Drafts are discarded by the state machine. What a cut-over entered is public and has a number:
it cannot be discarded, only exited, which takes the city's admin, a document number and a
reason; record and number stay, as with every exit. Of stations that the batch changed, drafts
get back what they were, and requests that nobody decided are closed.

It is done by who brought the list, or by a reviewer or admin in the batch's scope, whether the
list is kept still or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.actor import Actor
from app.domain.difference import FACT_NAMES
from app.domain.errors import Conflict, FieldError, ForbiddenHere, InvalidInput, NotFound
from app.domain.keepers import EndCode
from app.domain.lifecycle import ExitCode, State
from app.service import edits, jobs, keepers, moves
from app.service.edits import EDITABLE
from app.service.import_staging import UNDO
from app.service.jobs import Tell
from app.service.moves import Document, With
from app.service.runtime import Runtime
from app.store import batches, changes, import_contacts
from app.store.batches import Batch, Changed, Entered, Wanted
from app.store.database import Connection
from app.store.rights import acting_as, refusals

__all__ = ["UNDO", "Batch", "Undoing", "ask", "latest", "look", "undo", "undo_now"]

STEP = 50
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Undoing:
    """Whether a batch can be undone.

    Attributes:
        drafts, active: how many of its stations are drafts, and how many a cut-over entered.
        edits, requests: the drafts that it edited, and its requests that are open.
        changed: stations that somebody changed since, or whose request was accepted; while there
            is one, nothing is undone.
        allowed: whether the person may undo it.
    """

    batch: Batch
    drafts: int
    active: int
    edits: tuple[Changed, ...]
    requests: tuple[Changed, ...]
    changed: tuple[Entered | Changed, ...]
    allowed: bool

    @property
    def needs_document(self) -> bool:
        """Whether stations would exit, which is decided by a document."""
        return self.active > 0


def latest(connection: Connection, actor: Actor, *, most: int = 50) -> list[Batch]:
    """Return the batches in the person's scope, the newest first."""
    with acting_as(connection, actor):
        return batches.newest(connection, most=most)


def look(connection: Connection, actor: Actor | None, batch_id: int) -> Undoing:
    """Say whether a batch can be undone.

    Raises:
        NotFound: if there is none in the person's scope.
    """
    with acting_as(connection, actor):
        return _look(connection, batch_id)


def _look(connection: Connection, batch_id: int, *, lock: bool = False) -> Undoing:
    batch = batches.batch(connection, batch_id, lock=lock)
    if batch is None:
        raise NotFound(
            f"There is no batch {batch_id} in your scope.", zh="您的范围内没有这个导入批次。"
        )
    entered = batches.entered(connection, batch_id)
    left = [one for one in entered if one.revision == 1 and not one.added_to]
    drafts = [one for one in left if one.state == State.DRAFT]
    active = [one for one in left if one.state == State.ACTIVE]
    fresh = {one.id for one in (*drafts, *active)}
    made = batches.changed(connection, batch_id)
    edited = [one for one in made if one.revision == one.left_at and one.state in EDITABLE]
    # a request that was refused or withdrawn has left nothing to take back
    asked = [one for one in made if one.request_id is not None]
    stuck = [one for one in made if one.request_id is None and one not in edited]
    stuck += [one for one in asked if one.request_state == "accepted"]
    return Undoing(
        batch, len(drafts), len(active), tuple(edited),
        tuple(one for one in asked if one.request_state == "open"),
        (*(one for one in entered if one.id not in fresh), *stuck),
        batches.may_undo(connection, batch_id),
    )  # fmt: skip


def ask(
    connection: Connection, actor: Actor, batch_id: int, *, reason: str, document: str = ""
) -> int:
    """Ask for a batch to be undone; return the job's id.

    Args:
        reason: why, as every discarded draft will say.
        document: number of the document by which stations of a cut-over exit.

    Raises:
        InvalidInput: if the reason, or the document it takes, is missing.
        NotFound, ForbiddenHere: if the person does not see the batch, or may not undo it.
        Conflict: if something of it was changed since, which it names, or it was undone.
    """
    with acting_as(connection, actor), refusals("undo the batch"):
        _want(connection, batch_id, Wanted(reason.strip(), document.strip()))
        return jobs.ask(connection, UNDO, batch_id)


def undo_now(
    connection: Connection, batch_id: int, *, reason: str, document: str, tell: Tell
) -> Undoing:
    """Undo a batch on the spot, as the operator of the server; return what there was to undo.

    Raises:
        InvalidInput, NotFound, Conflict: as :func:`ask`.
    """
    with connection.transaction(), refusals("undo the batch"):
        found = _want(connection, batch_id, Wanted(reason.strip(), document.strip()))
        _undo(connection, None, batch_id, tell)
        return found


def _want(connection: Connection, batch_id: int, wanted: Wanted) -> Undoing:
    found = _look(connection, batch_id, lock=True)
    if found.batch.undone_at is not None:
        raise Conflict("The batch was undone already.", zh="这一批已经撤销过了。")
    errors = []
    if not wanted.reason:
        errors.append(FieldError("reason", "a reason is needed", "请填写撤销的原因"))
    if found.needs_document and not wanted.document:
        errors.append(FieldError(
            "document", "its stations are public: they exit under a document number",
            "其中的站点已对外公开,只能凭文号退出;请填写文号",
        ))  # fmt: skip
    if errors:
        raise InvalidInput(errors, attempted="undo the batch")
    _refuse_changed(found)
    batches.want_undone(connection, batch_id, reason=wanted.reason, document=wanted.document)
    return found


def undo(runtime: Runtime, actor: Actor, batch_id: int, tell: Tell) -> None:
    """Undo a batch in one transaction, as it was asked for.

    Raises:
        Conflict: if something of it was changed since; nothing is undone then.
        RoleMissing, InvalidInput: as the moves of its stations ask.
    """
    tell("准备撤销", "Preparing", 0.01)
    with runtime.connection() as connection, acting_as(connection, actor), refusals("undo it"):
        _undo(connection, actor, batch_id, tell)


def _undo(connection: Connection, actor: Actor | None, batch_id: int, tell: Tell) -> None:
    found = _look(connection, batch_id, lock=True)
    # the job was killed between its end and the queue's
    if found.batch.undone_at is not None:
        return
    _refuse_changed(found)
    wanted = batches.begin_undo(connection, batch_id)
    if wanted is None:
        raise ForbiddenHere(
            "A batch is undone by who brought it, or by a reviewer or city admin.",
            zh="只有导入人,或本范围的审核人、市总管理员可以撤销这一批。",
        )
    reason = f"撤销导入:{wanted.reason}"
    _end_duties(connection, actor, batches.keepers_of_batch(connection, batch_id), tell)
    entered = batches.entered(connection, batch_id)
    _discard(connection, [one.id for one in entered if one.state == State.DRAFT], reason, tell)
    brings = With(
        reason=reason, exit_code=ExitCode.OTHER,
        document=Document(wanted.document, found.batch.union_id),
    )  # fmt: skip
    _exit(connection, actor, [one for one in entered if one.state == State.ACTIVE], brings, tell)
    _take_back(connection, actor, found, reason)
    import_contacts.drop_batch(connection, batch_id)
    batches.mark_undone(connection, batch_id)
    counts = {
        "discarded": found.drafts, "exited": found.active, "restored": len(found.edits),
        "withdrawn": len(found.requests),
    }  # fmt: skip
    batches.record(connection, "stations.import.undo", f"batch {batch_id}", counts)


def _end_duties(
    connection: Connection, actor: Actor | None, ids: Sequence[int], tell: Tell
) -> None:
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
    connection: Connection,
    actor: Actor | None,
    public: Sequence[Entered],
    brings: With,
    tell: Tell,
) -> None:
    for at, station in enumerate(public):
        if at % STEP == 0:
            tell(f"退出站点 {at}/{len(public)}", f"Letting stations go, {at} of {len(public)}",
                 0.7 + 0.25 * at / len(public))  # fmt: skip
        moves.make_move(
            connection, actor, station.id, State.EXITED, revision=station.revision, brings=brings
        )


def _take_back(connection: Connection, actor: Actor | None, found: Undoing, reason: str) -> None:
    """Give drafts back what the batch wrote over, and close what it asked for."""
    for one in found.edits:
        before = changes.version_of(connection, one.id, revision=one.revision - 1)
        if before is None:
            raise Conflict(
                f"What station {one.id} was before the batch is not known.",
                zh=f"“{one.name}”导入前的内容已查不到,不能整批撤销。",
            )
        facts = {name: before.facts.get(name) for name in FACT_NAMES}
        edits.edit_draft(connection, actor, one.id, facts, revision=one.revision)
    for one in found.requests:
        if actor is None or one.requested_by == actor.user_id:
            edits.withdraw(connection, actor, int(one.request_id or 0))
        else:
            edits.refuse(connection, actor, int(one.request_id or 0), reason=reason)


def _refuse_changed(found: Undoing) -> None:
    if not found.changed:
        return
    named = "、".join(f"{one.name}({one.state})" for one in found.changed[:MOST_NAMED])
    more = len(found.changed) - MOST_NAMED
    raise Conflict(
        f"Could not undo the batch: {len(found.changed)} of its stations were changed since,"
        f" or what it asked for was accepted: {named}{f' and {more} more' if more > 0 else ''}.",
        remedy="Discard or exit the others one by one; what was changed is somebody's work.",
        zh=f"不能整批撤销:其中 {len(found.changed)} 个站点之后有人改过、已提交,"
        f"或变更已获批准:{named}{f' 等另外 {more} 个' if more > 0 else ''}。请逐个处理。",
    )
