"""A planner's question and a scenario's changes, read from JSON; all that is wrong is told."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, TypeVar

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from app.domain.errors import FieldError, InvalidInput
from app.domain.scenario import Changes, parse
from app.service.plan.question import PlanQuestion, check
from app.web.context import runtime

_ATTEMPTED = "answer the planner's question"
_QUESTION = ("scope", "demand", "minutes", "services", "at", "as_of", "rule", "depth")
_LONGEST_NAME = 100
# a scenario of two thousand items, and a drawn area besides
MOST_JSON_BYTES = 6_000_000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page of the workbench sends.

    Attributes:
        question, changes: what is asked, of which scenario.
        body: everything that was sent.
    """

    question: PlanQuestion
    changes: Changes
    body: Mapping[str, Any]


@dataclass(slots=True)
class Reader:
    """Reads the fields of a JSON object, and gathers what is wrong with them."""

    given: Mapping[str, Any]
    errors: list[FieldError] = field(default_factory=list)

    def wrong(self, name: str, english: str, chinese: str) -> None:
        """Note what is wrong with a field."""
        self.errors.append(FieldError(name, english, chinese))

    def text(self, name: str, *, needed: bool = False, most: int = _LONGEST_NAME) -> str:
        """Return a text on one line, empty where none is given."""
        value = self.given.get(name)
        if value is not None and not isinstance(value, str):
            self.wrong(name, "is not a text", "应为文字")
            return ""
        found = (value or "").strip()
        if needed and not found:
            self.wrong(name, "is required", "请填写")
        elif len(found) > most:
            self.wrong(name, f"has more signs than {most}", f"最多 {most} 个字")
        elif not found.isprintable():
            self.wrong(name, "holds a character that cannot be printed", "含有不可见字符")
        return found

    def lines(self, name: str) -> str:
        """Return a text of several lines, empty where none is given; who keeps it checks it."""
        value = self.given.get(name)
        if value is not None and not isinstance(value, str):
            self.wrong(name, "is not a text", "应为文字")
            return ""
        return value or ""

    def choice(self, name: str, known: tuple[str, ...]) -> str:
        """Return one of some words; the first where none is given."""
        value = self.given.get(name)
        if value is None:
            return known[0]
        if value not in known:
            listed = ", ".join(known)
            self.wrong(name, f"is not one of {listed}", f"应为以下之一:{listed}")
            return known[0]
        return str(value)

    def number(self, name: str, otherwise: float) -> float:
        """Return a finite number."""
        value = self.given.get(name, otherwise)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
            self.wrong(name, "is not a number", "应为数字")
            return otherwise
        return float(value)

    def words(self, name: str) -> tuple[str, ...]:
        """Return a list of words, each once."""
        value = self.given.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.wrong(name, "is not a list of words", "应为文字的列表")
            return ()
        return tuple(dict.fromkeys(value))

    def done(self, attempted: str = _ATTEMPTED) -> None:
        """Raise :class:`InvalidInput` if anything was wrong."""
        if self.errors:
            raise InvalidInput(self.errors, attempted=attempted)


def body() -> Mapping[str, Any]:
    """Return the JSON object of this request.

    Raises:
        InvalidInput: if it holds something else, or text that is none.
    """
    if (request.content_length or 0) > MOST_JSON_BYTES:
        raise RequestEntityTooLarge
    try:
        sent = request.get_json(silent=False)
        # half a sign of two, which no answer and no database can write
        json.dumps(sent, ensure_ascii=False).encode()
    except (BadRequest, RecursionError, UnicodeEncodeError):
        sent = None
    if not isinstance(sent, dict):
        raise InvalidInput(
            [FieldError("body", "is not a JSON object", "请求应为 JSON 对象")], attempted=_ATTEMPTED
        )
    return sent


def asked() -> Asked:
    """Read question and changes of this request.

    Raises:
        InvalidInput: naming every field that cannot be used.
    """
    sent = body()
    errors: list[FieldError] = []
    question = _gathered(lambda: read_question(sent.get("question", {})), errors)
    changes = _gathered(lambda: parse(sent.get("changes") or []), errors)
    if question is None or changes is None:
        raise InvalidInput(errors, attempted=_ATTEMPTED)
    return Asked(question, changes, sent)


def _gathered(read: Callable[[], _T], errors: list[FieldError]) -> _T | None:
    try:
        return read()
    except InvalidInput as error:
        errors.extend(error.errors)
        return None


def read_question(given: object) -> PlanQuestion:
    """Read a question as an address spells it; what is left out is what is usual.

    Raises:
        InvalidInput: naming every field that cannot be used.
    """
    if not isinstance(given, dict):
        raise InvalidInput(
            [FieldError("question", "is not a JSON object", "应为 JSON 对象")], attempted=_ATTEMPTED
        )
    reader = Reader(given)
    for name in sorted(map(str, given.keys() - set(_QUESTION)))[:5]:
        reader.wrong(name[:40], "is no part of a question", "没有这项设置")
    question = PlanQuestion(
        scope=reader.text("scope") or None,
        demand=reader.text("demand") or None,
        minutes=reader.number("minutes", 15.0),
        services=reader.words("services"),
        at=_moment(reader, "at"),
        as_of=_as_of(reader),
        rule=reader.text("rule") or "terrain",
        depth=_whole(reader.number("depth", 1)),
    )
    known = {error.field for error in reader.errors}
    try:
        check(question)
    except InvalidInput as error:
        reader.errors += [one for one in error.errors if one.field not in known]
    reader.done()
    return question


def _whole(value: float) -> int:
    """Return a number that is whole, -1 for one that is not."""
    return int(value) if value == int(value) else -1


def read_form(form: Mapping[str, str]) -> PlanQuestion:
    """Read a question from the fields of a form; one that is left empty is as usual.

    Raises:
        InvalidInput: as :func:`read_question`.
    """
    given: dict[str, Any] = {name: form[name].strip() for name in _QUESTION if form.get(name)}
    if "services" in given:
        given["services"] = [word.strip() for word in given["services"].split(",") if word.strip()]
    for name in ("minutes", "depth"):
        if name in given:
            with suppress(ValueError):
                given[name] = float(given[name])
    return read_question(given)


def _moment(reader: Reader, name: str) -> datetime | None:
    """Return a moment; without a zone it is the register's own clock."""
    text = reader.text(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        reader.wrong(name, "is not a moment such as 2026-12-04T22:00", "应写成 2026-12-04T22:00")
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=runtime().settings.zone)


def _as_of(reader: Reader) -> datetime | None:
    """Return the moment that a day or moment of the past names; a day is meant to its end.

    Today is the register as it is now.
    """
    text = reader.text("as_of")
    zone = runtime().settings.zone
    now = datetime.now(zone)
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-12-04") else None
    except ValueError:
        reader.wrong("as_of", "is not a day such as 2026-12-04", "日期应写成 2026-12-04")
        return None
    moment = _moment(reader, "as_of")
    if day is not None:
        if day == now.date():
            return None
        moment = datetime.combine(day, time.max, zone)
    if moment is not None and moment > now:
        reader.wrong("as_of", "lies in the future", "日期不能晚于今天")
        return None
    return moment
