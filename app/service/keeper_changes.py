"""What a keeper says has changed at the station, asked for as a change of the station's record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput
from app.domain.facts import ON_SITE
from app.domain.hours_sheet import WORDS, read_hours_sheet, said
from app.domain.keepers import holds_card_number, holds_phone
from app.domain.services import BY_CODE
from app.domain.station import Door
from app.service import edits
from app.service.edits import Request
from app.service.keeper_links import kept
from app.store import changes, moves
from app.store.database import Connection
from app.store.rights import acting_as

__all__ = ["Known", "Request", "Said", "ask", "known", "read_hours", "withdraw"]

LONGEST_NOTE = 200
REASON = "负责人反映有变化"


@dataclass(frozen=True, slots=True)
class Known:
    """What the register says of a keeper's station, and what the keeper asked to be changed.

    Attributes:
        hours_text: the hours as the form shows them, to be typed over.
        waiting: the keeper's own request, while the union has not decided.
    """

    station_id: int
    revision: int
    services: tuple[str, ...]
    hours_text: str
    hours_said: tuple[str, str]
    door: str
    waiting: Request | None


@dataclass(frozen=True, slots=True)
class Said:
    """What a keeper typed; ``revision`` is that of the facts the form showed."""

    revision: int
    hours_text: str
    services: Sequence[str]
    door: str
    note: str = ""


def known(connection: Connection, actor: Actor) -> Known:
    """Return what is known of the station that a person keeps.

    Raises:
        ForbiddenHere: if the person keeps none.
    """
    station = kept(connection, actor)
    with acting_as(connection, actor):
        subject = moves.subject(connection, station.station_id)
        facts = changes.facts(connection, station.station_id) or {}
    asked = edits.open_requests(connection, actor, station_id=station.station_id)
    return Known(
        station.station_id,
        0 if subject is None else subject.revision,
        tuple(facts.get("services") or ()),
        _shown_hours(facts),
        said(facts.get("hours")),
        str(facts.get("door") or ""),
        asked[0] if asked else None,
    )


def read_hours(typed: str) -> tuple[str, str] | None:
    """Say how typed hours are understood, in Chinese and English; None if they are not."""
    hours = read_hours_sheet({"hours_mode": [WORDS], "hours_text": [typed]}).fields.get("hours")
    return None if hours is None else said(str(hours))


def ask(connection: Connection, actor: Actor, given: Said) -> Request:
    """Ask for the change that a keeper describes; it waits for the union's reviewers.

    Raises:
        InvalidInput: for hours that cannot be read, a note that cannot be kept, or if nothing
            would change.
        ForbiddenHere: if the person keeps no station.
        ChangedMeanwhile, Conflict: as :func:`app.service.edits.ask_for_change`.
    """
    now = known(connection, actor)
    with acting_as(connection, actor):
        facts = changes.facts(connection, now.station_id) or {}
    note = given.note.strip()
    errors = _faults(given, note)
    fields = _services(given, facts) | {"door": given.door or None}
    if given.hours_text.strip() != now.hours_text:
        read = read_hours_sheet({"hours_mode": [WORDS], "hours_text": [given.hours_text]})
        fields |= read.fields
        if read.fields.get("hours") is None:
            errors.append(FieldError(
                "hours_text", "could not be read; try: Mo-Fr 08:30-18:00",
                "没能读懂。请照这样写:周一至周五 8:30-18:00,周末休息",
            ))  # fmt: skip
    if errors:
        raise InvalidInput(errors, attempted="tell the union what changed")
    return edits.ask_for_change(
        connection, actor, now.station_id, fields, revision=given.revision,
        reason=f"{REASON}:{note}" if note else REASON,
    )  # fmt: skip


def withdraw(connection: Connection, actor: Actor, request_id: int) -> None:
    """Take back what one asked for.

    Raises:
        NotFound, Conflict: as :func:`app.service.edits.withdraw`.
    """
    edits.withdraw(connection, actor, request_id)


def _shown_hours(facts: Mapping[str, Any]) -> str:
    hours = facts.get("hours")
    return str(facts.get("hours_text") or "").strip() or (said(hours)[0] if hours else "")


def _faults(given: Said, note: str) -> list[FieldError]:
    errors = []
    if len(note) > LONGEST_NOTE:
        errors.append(
            FieldError("note", f"at most {LONGEST_NOTE} signs", f"最多 {LONGEST_NOTE} 字")
        )
    if holds_phone(note) or holds_card_number(note):
        errors.append(FieldError("note", "leave phones out", "请不要填写电话或证件号码。"))
    if given.door not in ("", *Door) or set(given.services) - BY_CODE.keys():
        errors.append(FieldError("services", "choose from the list", "请从列表中选择。"))
    return errors


def _services(given: Said, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the services that are there, with the details of those that stayed as they were."""
    there = set(given.services)
    before: Mapping[str, Mapping[str, Any]] = facts.get("service_details") or {}
    details = {
        code: dict(about) for code, about in before.items()
        if (about.get("where", ON_SITE) == ON_SITE) == (code in there)
    }  # fmt: skip
    return {"services": sorted(there), "service_details": details}
