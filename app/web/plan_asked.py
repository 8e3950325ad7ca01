"""A planner's question as a page sends it, read with everything that is wrong with it."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from app.domain.errors import FieldError, InvalidInput
from app.service.plan.question import PlanQuestion


def question_of(told: Mapping[str, Any], *, zone: tzinfo) -> PlanQuestion:
    """Read a question out of JSON, or out of the fields of a form.

    Args:
        zone: in which a moment without one is meant.

    Raises:
        InvalidInput: naming every field that cannot be read.
    """
    errors: list[FieldError] = []
    question = PlanQuestion(
        scope=_text(told, "scope", errors),
        demand=_text(told, "demand", errors),
        minutes=_minutes(told, errors),
        services=_services(told, errors),
        at=_moment(told, "at", zone, errors),
        as_of=_moment(told, "as_of", zone, errors),
        rule=_text(told, "rule", errors) or "terrain",
    )
    if errors:
        raise InvalidInput(errors, attempted="read the question")
    return question


def _text(told: Mapping[str, Any], field: str, errors: list[FieldError]) -> str | None:
    value = told.get(field)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        errors.append(FieldError(field, "expected a name", "应为名称"))
        return None
    return value.strip() or None


def _minutes(told: Mapping[str, Any], errors: list[FieldError]) -> float:
    value = told.get("minutes")
    if value is None or value == "":
        return PlanQuestion().minutes
    try:
        return float(value)
    except (TypeError, ValueError):
        errors.append(FieldError("minutes", "expected a number of minutes", "步行分钟数应为数字"))
        return PlanQuestion().minutes


def _services(told: Mapping[str, Any], errors: list[FieldError]) -> tuple[str, ...]:
    value = told.get("services") or ()
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        errors.append(FieldError("services", "expected a list of services", "应为服务的列表"))
        return ()
    return tuple(word.strip() for word in words if word.strip())


def _moment(
    told: Mapping[str, Any], field: str, zone: tzinfo, errors: list[FieldError]
) -> datetime | None:
    value = told.get(field)
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        errors.append(FieldError(
            field, "expected a moment such as 2026-12-04T22:00", "时刻应写成 2026-12-04T22:00"
        ))  # fmt: skip
        return None
    return moment.replace(tzinfo=moment.tzinfo or zone)
