"""Edits of drafts, and changes of approved facts that one person asks for and another accepts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.actor import Actor
from app.domain.difference import Difference, check_fields, differences, meanwhile
from app.domain.errors import (
    ChangedMeanwhile,
    Conflict,
    FieldError,
    ForbiddenHere,
    HarborError,
    InvalidInput,
    NotFound,
    SamePerson,
)
from app.domain.keepers import no_card_number
from app.domain.lifecycle import LOCKED, State
from app.service import _change_notices
from app.store import changes, keeper_links, moves, rights
from app.store.changes import ChangeRequest
from app.store.database import Connection
from app.store.moves import Subject
from app.store.rights import acting_as, refusals

__all__ = [
    "Decided", "Request", "accept", "ask_for_change", "decide_all", "edit_draft", "open_requests",
    "refuse", "station_of", "withdraw",
]  # fmt: skip

EDITABLE = (State.DRAFT, State.RETURNED)


@dataclass(frozen=True, slots=True)
class Request:
    """A change request with its difference to the facts as they are.

    Attributes:
        name, code, station_state: of the station.
        requester: the name of who asked.
        roles: those the person who reads has in the scope of the station's union.
    """

    id: int
    station_id: int
    reason: str
    state: str
    requested_by: int | None
    decision: str
    differences: tuple[Difference, ...]
    requested_at: datetime
    requester: str
    name: str
    code: str | None
    station_state: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of many requests: those decided, and why others were not."""

    done: tuple[int, ...]
    refused: Mapping[int, HarborError]


def edit_draft(
    connection: Connection,
    actor: Actor | None,
    station_id: int,
    fields: Mapping[str, Any],
    *,
    revision: int,
) -> int:
    """Write fields of a draft or a returned record; return its new revision.

    Fields that are as they were are left; if none is left nothing is written.

    Args:
        fields: column to JSON value; a place is [longitude, latitude] in WGS-84.
        revision: the revision that the editor read.

    Raises:
        NotFound, ForbiddenHere: if the person may not see or not edit it.
        ChangedMeanwhile: if somebody else was faster; it carries what each wanted.
        Conflict: if the facts are locked.
        InvalidInput: for fields that are none, or values that they do not take.
    """
    attempted = f"edit station {station_id}"
    check_fields(fields, attempted=attempted)

    def once() -> int:
        with acting_as(connection, actor):
            station = _locked_for(connection, station_id, attempted)
            now = _facts(connection, station_id)
            if station.revision != revision:
                raise _overtaken(connection, station, now, fields, revision, attempted)
            _check_editable(station, attempted)
            given = _given(now, fields)
            if not given:
                return revision
            with refusals(attempted):
                saved = changes.edit(connection, station_id, given)
        if saved is None:
            raise _unknown(station_id)
        return saved

    return rights.settled(once)


def ask_for_change(
    connection: Connection,
    actor: Actor | None,
    station_id: int,
    fields: Mapping[str, Any],
    *,
    revision: int,
    reason: str,
    tell: bool = True,
) -> Request:
    """Ask for a change of the locked facts of a station, and tell its reviewers.

    Who keeps the station may ask, too: for a change of hours, services and door.

    Args:
        tell: whether reviewers are told now; who asks for many at once tells them once.

    Raises:
        NotFound, ForbiddenHere: if the person may not see it, or not ask.
        ChangedMeanwhile: if somebody else was faster.
        Conflict: if the facts are not locked, or another request is open.
        InvalidInput: if nothing would change, or the reason is missing.
    """
    attempted = f"ask for a change of station {station_id}"
    check_fields(fields, attempted=attempted)
    _check_reason(reason, attempted=attempted)
    with acting_as(connection, actor):
        station = _asked_about(connection, station_id, attempted)
        now = _facts(connection, station_id)
        if station.revision != revision:
            raise _overtaken(connection, station, now, fields, revision, attempted)
        if station.state not in LOCKED:
            raise Conflict(
                f"Could not {attempted}: the facts of a station that is {station.state}"
                " are not locked.",
                remedy="Edit a draft; what has left is left as it is.",
                zh="这个状态的站点不用申请变更:草稿可以直接修改,已退出的保持原样。",
            )
        given = _given(now, fields)
        if not given:
            raise InvalidInput(
                [FieldError("changes", "nothing would change", "没有任何改动")], attempted=attempted
            )
        with refusals(attempted):
            id_ = changes.ask(connection, station_id, given, reason=reason.strip())
        if id_ is None:
            raise Conflict(
                f"Could not {attempted}: another change request is open.",
                remedy="Wait until it is decided, or have it withdrawn.",
                zh="这个站点已有一份变更申请待审,请等它办结或撤回后再提交。",
            )
        asked = _known(connection, id_)
        if tell:
            _change_notices.asked(connection, asked)
        return _request(asked)


def open_requests(
    connection: Connection,
    actor: Actor,
    *,
    station_id: int | None = None,
    after_id: int = 0,
    most: int = 200,
) -> list[Request]:
    """Return the open requests in the person's scope, the oldest first, with differences."""
    with acting_as(connection, actor):
        found = changes.open_requests(
            connection, station_id=station_id, after_id=after_id, most=most
        )
        return [_request(one) for one in found]


def station_of(connection: Connection, actor: Actor, request_id: int) -> int:
    """Return the station that a request is about, decided or not.

    Raises:
        NotFound: if there is no such request in the person's sight.
    """
    with acting_as(connection, actor):
        return _known(connection, request_id).station_id


def accept(connection: Connection, actor: Actor, request_id: int) -> int:
    """Make the change that was asked for; return the station's new revision.

    Raises:
        NotFound: if there is no such request in the person's sight.
        SamePerson: to who asked for it.
        ForbiddenHere: without the role of a reviewer.
        Conflict: if it is decided already, or does not fit the facts any more.
    """

    def once() -> int:
        attempted = f"accept change request {request_id}"
        with acting_as(connection, actor):
            asked = _known(connection, request_id)
            _locked_for(connection, asked.station_id, attempted)
            # decided by somebody else while we waited for the station
            asked = _known(connection, request_id)
            _check_open(asked, attempted)
            if asked.requested_by == actor.user_id:
                raise SamePerson(attempted, "one who asked")
            with refusals(attempted):
                saved = changes.edit(
                    connection, asked.station_id, asked.changes, request_id=asked.id
                )
            if saved is None:
                raise _unknown(asked.station_id)
            _change_notices.decided(connection, asked, "accepted")
        return saved

    return rights.settled(once)


def refuse(connection: Connection, actor: Actor | None, request_id: int, *, reason: str) -> None:
    """Refuse a change that was asked for, with a reason.

    Raises:
        InvalidInput: without a reason.
        NotFound, ForbiddenHere, Conflict: as :func:`accept`.
    """
    attempted = f"refuse change request {request_id}"
    _check_reason(reason, attempted=attempted)
    _close(connection, actor, request_id, "refused", reason.strip(), attempted)


def _check_reason(reason: str, *, attempted: str) -> None:
    """Raise :class:`InvalidInput` for a reason that is missing, or that history must not keep."""
    errors = no_card_number("reason", reason)
    if not reason.strip():
        errors = [FieldError("reason", "a reason is needed", "请填写理由")]
    if errors:
        raise InvalidInput(errors, attempted=attempted)


def decide_all(
    connection: Connection, actor: Actor, request_ids: Iterable[int], *, reason: str | None = None
) -> Decided:
    """Accept many requests, or refuse them for a reason; each by itself, in order.

    Raises:
        InvalidInput: if they are refused without a reason.
    """
    done: list[int] = []
    refused: dict[int, HarborError] = {}
    if reason is not None:
        _check_reason(reason, attempted="refuse changes")
    for id_ in sorted(set(request_ids)):
        try:
            if reason is None:
                accept(connection, actor, id_)
            else:
                refuse(connection, actor, id_, reason=reason)
            done.append(id_)
        except HarborError as error:
            refused[id_] = error
    return Decided(tuple(done), refused)


def withdraw(connection: Connection, actor: Actor | None, request_id: int) -> None:
    """Take back a change that one asked for oneself.

    Raises:
        NotFound, ForbiddenHere, Conflict: as :func:`accept`.
    """
    attempted = f"withdraw change request {request_id}"
    _close(connection, actor, request_id, "withdrawn", "", attempted)


def _close(
    connection: Connection,
    actor: Actor | None,
    request_id: int,
    state: str,
    decision: str,
    attempted: str,
) -> None:
    with acting_as(connection, actor):
        asked = _known(connection, request_id)
        _check_open(asked, attempted)
        with refusals(attempted):
            done = changes.close(connection, request_id, state=state, decision=decision)
        if not done:
            _check_open(_known(connection, request_id), attempted)
        elif state == "refused":
            _change_notices.decided(connection, asked, state, decision)


def _locked_for(connection: Connection, station_id: int, attempted: str) -> Subject:
    station = moves.subject(connection, station_id, lock=True)
    if station is not None:
        return station
    if moves.subject(connection, station_id) is None:
        raise _unknown(station_id)
    raise ForbiddenHere(
        f"Could not {attempted}: it belongs to another union.",
        remedy="Ask the union that owns it.",
        zh="这个站点属于别的工会,请由该工会办理。",
    )


def _asked_about(connection: Connection, station_id: int, attempted: str) -> Subject:
    """Return a station that a change is asked of; its keeper, who may not write it, locks nothing.

    The database compares the request with the facts of its very moment in either case.
    """
    kept = keeper_links.kept(connection)
    station = moves.subject(connection, station_id) if kept is not None else None
    if kept is None or kept.station_id != station_id or station is None:
        return _locked_for(connection, station_id, attempted)
    return station


def _unknown(station_id: int) -> NotFound:
    return NotFound(
        f"There is no station {station_id} among those you may see.",
        zh="没有这个站点,或您无权查看。",
    )


def _facts(connection: Connection, station_id: int) -> dict[str, Any]:
    found = changes.facts(connection, station_id)
    if found is None:
        raise _unknown(station_id)
    return found


def _given(now: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    return {d.field: d.new for d in differences({field: now[field] for field in fields}, fields)}


def _check_editable(station: Subject, attempted: str) -> None:
    if station.state in EDITABLE:
        return
    locked = station.state in LOCKED
    raise Conflict(
        f"Could not {attempted}: the facts of a station that is {station.state} are locked.",
        remedy="Ask for a change with a reason." if locked else "Have it returned first.",
        zh="资料已锁定,不能直接修改。"
        + ("请填写理由申请变更。" if locked else "请先请审核人退回。"),
    )


def _overtaken(
    connection: Connection,
    station: Subject,
    now: Mapping[str, Any],
    fields: Mapping[str, Any],
    revision: int,
    attempted: str,
) -> ChangedMeanwhile:
    read = changes.version_of(connection, station.id, revision=revision)
    state = {} if read is None else {"state": read.state}
    before = {name: None if read is None else read.facts.get(name) for name in now} | state
    return ChangedMeanwhile(
        attempted=attempted, expected=revision, revision=station.revision,
        changes=meanwhile(before, {**now, "state": station.state}, fields),
    )  # fmt: skip


def _known(connection: Connection, request_id: int) -> ChangeRequest:
    found = changes.request(connection, request_id)
    if found is None:
        raise NotFound(
            f"There is no change request {request_id} among those you may see.",
            zh="没有这个变更申请,或您无权查看。",
        )
    return found


def _check_open(asked: ChangeRequest, attempted: str) -> None:
    if asked.state != "open":
        raise Conflict(
            f"Could not {attempted}: it is {asked.state} already.",
            zh="这个变更申请已经处理过了。",
        )


def _request(asked: ChangeRequest) -> Request:
    old = {field: asked.current.get(field) for field in asked.changes}
    return Request(
        asked.id, asked.station_id, asked.reason, asked.state, asked.requested_by, asked.decision,
        differences(old, asked.changes), asked.requested_at, asked.requester,
        str(asked.current.get("name", "")), asked.code, asked.station_state, asked.roles,
    )  # fmt: skip
