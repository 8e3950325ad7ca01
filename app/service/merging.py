"""Merging two records into one, and splitting them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.actor import Actor
from app.domain.errors import Conflict, FieldError, ForbiddenHere, InvalidInput, NotFound
from app.domain.lifecycle import FACTS, LOCKED, State
from app.domain.merging import GROUPS, groups_of
from app.service import _change_notices
from app.store import merges, moves, rights
from app.store.database import Connection
from app.store.merges import Brought, Merge
from app.store.moves import Subject
from app.store.rights import acting_as, refusals

__all__ = ["Brought", "SplitPlan", "merge", "plan_split", "split"]

EDITABLE = (State.DRAFT, State.RETURNED)
LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """What a split would do.

    Attributes:
        merged, survivor: the two stations.
        unchanged: what the merge brought and nobody changed since: it goes back.
        changed: what it brought and somebody changed since: to be chosen.
        locked_out: whether the survivor's facts cannot be changed any more.
    """

    merge: Merge
    merged: Subject
    survivor: Subject
    unchanged: tuple[Brought, ...]
    changed: tuple[Brought, ...]
    locked_out: bool


def merge(
    connection: Connection,
    actor: Actor,
    *,
    survivor: int,
    other: int,
    groups: Sequence[str],
    reason: str,
    revisions: Mapping[int, int],
) -> int:
    """Merge one record into another; return the id of the merge.

    An active station becomes *merged* and its number leads to the survivor; a draft
    is discarded with the reason. The merge is the document by which the survivor
    takes over what was chosen of the other.

    Args:
        groups: names of :data:`app.domain.merging.GROUPS` that the survivor takes over.
        revisions: station id to the revision that the person looked at, of both.

    Raises:
        NotFound: if the person does not see both.
        ForbiddenHere: without rights on both.
        Conflict: if one of them changed meanwhile, or their states do not allow it.
        InvalidInput: without a reason, or for groups that are none.
    """
    attempted = f"merge station {other} into {survivor}"
    _check_reason(reason, attempted)
    unknown = [name for name in groups if name not in GROUPS]
    if unknown:
        raise InvalidInput(
            [
                FieldError(name, "is nothing that a merge can bring", "合并时没有这一项可选")
                for name in unknown
            ],
            attempted=attempted,
        )
    fields = [field for name in groups for field in GROUPS[name]]

    def once() -> int:
        with acting_as(connection, actor):
            kept, gone = _both(connection, survivor, other, attempted)
            for station in (kept, gone):
                _check_revision(station, revisions, attempted)
            _check_states(kept, gone, fields, attempted)
            with refusals(attempted):
                made = merges.merge(
                    connection, survivor=survivor, other=other, fields=fields,
                    reason=reason.strip(),
                )  # fmt: skip
            _change_notices.lapsed(connection, other)
            return made

    return rights.settled(once)


def plan_split(connection: Connection, actor: Actor, merged_id: int) -> SplitPlan:
    """Say what a split of a merged station would do.

    Raises:
        NotFound: if the person does not see both.
        Conflict: if it is not merged.
    """
    with acting_as(connection, actor):
        return _plan(connection, merged_id)


def split(
    connection: Connection,
    actor: Actor,
    merged_id: int,
    *,
    reason: str,
    revision: int,
    also_back: Sequence[str] = (),
) -> int:
    """Split a merged station off again; return the id of the merge.

    The station is active again as it was. What the merge brought to the survivor
    goes back to what it was before, where nobody changed it since.

    Args:
        revision: the revision of the merged station that the person looked at.
        also_back: groups that were changed since, and are to go back nevertheless.

    Raises:
        NotFound, ForbiddenHere, Conflict, InvalidInput: as :func:`merge`.
    """
    attempted = f"split station {merged_id} off again"
    _check_reason(reason, attempted)

    def once() -> int:
        with acting_as(connection, actor):
            plan = _plan(connection, merged_id)
            _both(connection, plan.survivor.id, merged_id, attempted)
            plan = _plan(connection, merged_id)
            _check_revision(plan.merged, {merged_id: revision}, attempted)
            back = [] if plan.locked_out else [one.field for one in plan.unchanged]
            if not plan.locked_out:
                back += [one.field for one in plan.changed if _group(one.field) in also_back]
            with refusals(attempted):
                return merges.split(connection, merged_id, reason=reason.strip(), back=back)

    return rights.settled(once)


def _plan(connection: Connection, merged_id: int) -> SplitPlan:
    merged = moves.subject(connection, merged_id)
    made = merges.open_merge(connection, merged_id)
    if merged is None:
        raise _unknown(merged_id)
    if made is None or merged.state != State.MERGED:
        raise Conflict(
            f"Station {merged_id} is not merged into another.", zh="这个站点没有合并到别的站点。"
        )
    survivor = moves.subject(connection, made.survivor_id)
    if survivor is None:
        raise NotFound(
            "The station it was merged into is not among those you may see.",
            zh="您无权查看它合并到的那个站点。",
        )
    brought = merges.brought(connection, made.id)
    kept = {_group(one.field) for one in brought if one.now != one.brought}
    # what belongs together goes back together
    changed = tuple(one for one in brought if _group(one.field) in kept)
    unchanged = tuple(one for one in brought if _group(one.field) not in kept)
    locked_out = survivor.state not in (*LOCKED, *EDITABLE)
    return SplitPlan(made, merged, survivor, unchanged, changed, locked_out)


def _group(field: str) -> str:
    return groups_of().get(field, field)


def _both(
    connection: Connection, survivor: int, other: int, attempted: str
) -> tuple[Subject, Subject]:
    """Lock both, in one order for everybody."""
    found: dict[int, Subject] = {}
    for id_ in sorted((survivor, other)):
        station = moves.subject(connection, id_, lock=True)
        if station is not None:
            found[id_] = station
        elif moves.subject(connection, id_) is None:
            raise _unknown(id_)
        else:
            raise ForbiddenHere(
                f"Could not {attempted}: station {id_} belongs to another union.",
                remedy="Ask the city union, which has rights on both.",
                zh="其中一个站点属于别的工会,请由市总工会合并。",
            )
    if len(found) < 2:
        raise InvalidInput(
            [FieldError("survivor", "a station is not merged into itself", "不能与自己合并")],
            attempted=attempted,
        )
    return found[survivor], found[other]


def _unknown(station_id: int) -> NotFound:
    return NotFound(
        f"There is no station {station_id} among those you may see.",
        zh="没有这个站点,或您无权查看。",
    )


def _check_reason(reason: str, attempted: str) -> None:
    if not reason.strip():
        raise InvalidInput(
            [FieldError("reason", "a reason is needed", "请填写原因")], attempted=attempted
        )
    if len(reason) > LONGEST_REASON:
        raise InvalidInput(
            [FieldError("reason", f"longer than {LONGEST_REASON} signs", "原因太长")],
            attempted=attempted,
        )


def _check_revision(station: Subject, revisions: Mapping[int, int], attempted: str) -> None:
    if station.revision != revisions.get(station.id):
        raise Conflict(
            f"Could not {attempted}: {station.name} was changed meanwhile.",
            remedy="Look at both again, and choose anew.",
            zh=f"{station.name} 刚刚被别人改过,请核对后重新选择。",
        )


def _check_states(kept: Subject, gone: Subject, fields: Sequence[str], attempted: str) -> None:
    if gone.state not in (State.ACTIVE, *EDITABLE):
        raise _unfit(gone, attempted, "is not merged into another", "不能合并到别的站点")
    open_to_public = FACTS[State(kept.state)].public
    if gone.state == State.ACTIVE and not open_to_public:
        raise _unfit(kept, attempted, "takes over no open station", "不能接收在用站点")
    if kept.state in (State.EXITED, State.MERGED, State.DISCARDED):
        raise _unfit(kept, attempted, "takes over no other", "不能接收别的站点")
    if fields and kept.state not in (*LOCKED, *EDITABLE):
        raise _unfit(kept, attempted, "keeps its facts until it is decided", "审批中不能改动事实")


def _unfit(station: Subject, attempted: str, why: str, zh: str) -> Conflict:
    state = FACTS[State(station.state)]
    return Conflict(
        f"Could not {attempted}: {station.name} is {state.name_en.lower()} and {why}.",
        remedy="Choose the other one as the survivor, or change its state first.",
        zh=f"{station.name} 的状态是“{state.name}”,{zh}。可以改选另一个保留,或先变更状态。",
    )
