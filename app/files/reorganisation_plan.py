"""Plans of reorganisations: TOML files that people write."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app.domain.errors import FieldError, InvalidInput, UnreadableFile
from app.domain.reorganisation import EndingUnion, NewUnion, Plan, Transfer
from app.files.tables import read_bytes

_KEYS = {"on", "document", "title", "areas", "datum", "districts_end", "unions", "transfers"}


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan, and the file of the outlines that are new on its day.

    Attributes:
        areas: districts that begin or change, None if none does.
        datum: what the outlines' coordinates refer to.
    """

    plan: Plan
    areas: Path | None
    datum: str | None


def read_plan(path: Path) -> PlanFile:
    """Read a plan.

    Raises:
        UnreadableFile: if it is no TOML in UTF-8.
        InvalidInput: naming what is missing, unknown or contradicts itself.
    """
    try:
        told = tomllib.loads(read_bytes(path, file_name=path.name).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"Could not read {path.name}: it is no TOML file in UTF-8 ({error}).",
            remedy="See the README for a plan to begin with.",
        ) from None
    attempted = f"read {path.name}"
    unknown = sorted(set(told) - _KEYS)
    if unknown:
        raise InvalidInput(
            [
                FieldError(key, f"is not known; known are {', '.join(sorted(_KEYS))}")
                for key in unknown
            ],
            attempted=attempted,
        )
    day = told.get("on")
    if not isinstance(day, date) or isinstance(day, datetime):
        raise InvalidInput(
            [FieldError("on", "is needed: the day, as 2025-11-06 without quotes")],
            attempted=attempted,
        )
    try:
        plan = _plan(told, day)
    except (TypeError, AttributeError, KeyError) as error:
        raise InvalidInput(
            [FieldError("plan", f"has a part of the wrong shape: {error}")], attempted=attempted
        ) from None
    areas = told.get("areas")
    return PlanFile(plan, None if areas is None else path.parent / str(areas), told.get("datum"))


def _plan(told: dict[str, Any], day: date) -> Plan:
    unions = told.get("unions", {})
    return Plan(
        day=day,
        document=str(told.get("document", "")),
        title=str(told.get("title", "")),
        ending_districts=tuple(map(str, told.get("districts_end", ()))),
        new_unions=tuple(NewUnion(**entry) for entry in unions.get("begin", ())),
        ending_unions=tuple(
            EndingUnion(str(entry["code"]), str(entry["successor"]))
            for entry in unions.get("end", ())
        ),
        transfers=tuple(
            Transfer(str(entry["from"]), str(entry["to"]), str(entry["within"]))
            for entry in told.get("transfers", ())
        ),
    )
