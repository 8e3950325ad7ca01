"""What a keeper's page shows of changes: what is known, what was typed, what waits."""

from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from app.domain.services import SERVICES
from app.domain.station import DOOR_NAMES
from app.service.keeper_changes import Known, Said
from app.web import fact_words

FORM = "change"


def context(known: Known, *, typed: bool) -> dict[str, Any]:
    """Return what the part of the page needs.

    Args:
        typed: whether the form was sent and could not be taken.
    """
    sent: MultiDict[str, str] = request.form if typed else MultiDict()
    waiting = known.waiting
    return {
        "known": known,
        "services": [(one.code, one.name, one.name_en) for one in SERVICES],
        "doors": [(door.value, *words) for door, words in DOOR_NAMES.items()],
        "there": sent.getlist("services") if typed else list(known.services),
        "door": sent.get("door", "") if typed else known.door,
        "hours_text": sent.get("hours_text", "") if typed else known.hours_text,
        "note": sent.get("note", ""),
        "differences": fact_words.changed(waiting.differences) if waiting else [],
    }


def said() -> Said:
    """Return what the form says."""
    revision = request.form.get("revision", "")
    return Said(
        int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else 0,
        request.form.get("hours_text", "").replace("\x00", ""),
        request.form.getlist("services"),
        request.form.get("door", ""),
        request.form.get("note", "").replace("\x00", ""),
    )
