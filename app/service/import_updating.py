"""Rows of a list that change stations which are there: drafts at once, others by a request."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from app.domain.actor import Actor
from app.domain.errors import Conflict, HarborError, InvalidInput
from app.domain.facts import NEAREST
from app.domain.lifecycle import LOCKED, State
from app.service import edits
from app.service._list_rows import Content
from app.service.import_staging import Plan, StagedList
from app.store import batches, changes, lists, moves
from app.store.database import Connection

log = structlog.get_logger(__name__)


def make(
    connection: Connection,
    actor: Actor | None,
    staged: StagedList,
    batch_id: int,
    updates: Sequence[Content],
) -> int:
    """Make the changes that rows of a list were chosen for; return how many were made.

    One that is refused is noted with its row and its reason, and the others are made.
    """
    done: list[tuple[int, int]] = []
    refused: list[tuple[int, str, str]] = []
    for content in updates:
        try:
            station_id = _twin(content, {station for _, station in done})
            with connection.transaction():
                _change(connection, actor, staged, batch_id, content, station_id)
        except HarborError as error:
            log.info("import.update_refused", row=content.number, error=type(error).__name__)
            refused.append((content.number, *_said(error)))
        else:
            done.append((content.number, station_id))
    lists.link(connection, staged.id, done)
    lists.refuse(connection, staged.id, refused)
    return len(done)


def _twin(content: Content, changed: set[int]) -> int:
    """Return the station that a row changes."""
    found = next((t.station_id for t in content.twins if t.station_id and t.mine), None)
    if found is None:
        raise Conflict(
            "There is no station of one's own that the row could change.",
            zh="没有您可以更新的同名站点。",
        )
    if found in changed:
        raise Conflict(
            f"An earlier row of the list changes station {found} already.",
            zh="表中前面已有一行更新了同一个站点。",
        )
    return found


def _change(
    connection: Connection,
    actor: Actor | None,
    staged: StagedList,
    batch_id: int,
    content: Content,
    station_id: int,
) -> None:
    subject = moves.subject(connection, station_id)
    if subject is None:
        raise Conflict("The station is gone.", zh="站点已不在。")
    now = changes.facts(connection, station_id) or {}
    fields = fields_of(content, Plan.of(staged).datum, now)
    if State(subject.state) in LOCKED:
        asked = edits.ask_for_change(
            connection, actor, station_id, fields, revision=subject.revision,
            reason=f"导入 {staged.file_name} 第 {content.number} 行", tell=False,
        )  # fmt: skip
        batches.note_change(connection, batch_id, station_id, content.number, request_id=asked.id)
        return
    saved = edits.edit_draft(connection, actor, station_id, fields, revision=subject.revision)
    if saved != subject.revision:
        batches.note_change(connection, batch_id, station_id, content.number, revision=saved)


def fields_of(content: Content, datum: str, now: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row fills in; what it leaves empty stays as it is.

    What belongs together is written together: hours with their words, also where these are not
    understood; a place with the coordinates it was given in; services with their details.

    Args:
        datum: what the list's coordinates refer to.
        now: the facts of the station as they are.
    """
    facts = content.facts
    if facts is None:
        return {}
    further = dict(content.further)
    details = further.pop("service_details", {})
    found: dict[str, Any] = {
        "name": facts.name, "name_en": facts.name_en, "address": facts.address,
        "door": facts.door, "host_name": facts.host_name, "host_kind": facts.host_kind, **further,
    }  # fmt: skip
    found = {name: value for name, value in found.items() if value not in (None, "", [])}
    if facts.hours_text:
        found |= {"hours": facts.hours, "hours_text": facts.hours_text}
    if content.given is not None and facts.placed:
        found["place"] = [facts.longitude, facts.latitude]
        found["source_datum"] = datum
        found["source_longitude"], found["source_latitude"] = content.given
    if facts.services or details:
        found["services"] = list(facts.services or now.get("services", ()))
        found["service_details"] = _details(found["services"], details, now)
    return found


def _details(
    services: Sequence[str], details: Mapping[str, Any], now: Mapping[str, Any]
) -> dict[str, Any]:
    """Keep what is known of services, but for what the row says and what contradicts it."""
    kept = {
        code: detail for code, detail in (now.get("service_details") or {}).items()
        if (detail["where"] == NEAREST) != (code in services)
    }  # fmt: skip
    return {**kept, **details}


def _said(error: HarborError) -> tuple[str, str]:
    """Return why in Chinese and English."""
    if isinstance(error, InvalidInput):
        zh = ";".join(one.zh or one.message for one in error.errors)
        return zh, "; ".join(f"{one.field}: {one.message}" for one in error.errors)
    return error.zh or str(error), str(error)
