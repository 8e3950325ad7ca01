"""The audit as auditors and admins of the whole city read it: searched, and as a file."""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from app.domain import number
from app.domain.actor import Actor
from app.domain.errors import FieldError, ForbiddenHere, InvalidInput
from app.files.station_export import write_csv
from app.store import audit, records
from app.store.audit import Event
from app.store.database import Connection
from app.store.rights import acting_as

__all__ = ["Event", "Found", "Question", "export", "search"]

PAGE = 100
MOST_EXPORTED = 200_000
BIGGEST_ID = 2**63 - 1
HEADER = ("时间", "谁", "登录名", "动作", "对象", "请求", "详情")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is looked for; empty values are not.

    Attributes:
        user_id: who did it.
        action: its name, or the beginning of it up to a dot.
        subject: what it was done to: ``station 42``, ``user anna``, or a station's number.
        request_id: the request it belongs to.
        since, until: days, both included.
    """

    user_id: int | None = None
    action: str = ""
    subject: str = ""
    request_id: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of events, newest first.

    Attributes:
        people: names of accounts by id.
        actions: the names of all actions there are.
        before: what the next page comes before; None if this is the last one.
    """

    events: tuple[Event, ...]
    people: dict[int, str]
    actions: tuple[str, ...]
    before: int | None


def search(
    connection: Connection,
    actor: Actor,
    question: Question,
    *,
    zone: tzinfo,
    before: int | None = None,
    most: int = PAGE,
) -> Found:
    """Return a page of events.

    Raises:
        ForbiddenHere: if the person is neither an auditor nor an admin of every union.
    """
    with acting_as(connection, actor):
        _check_reader(connection)
        narrowed = _narrowed(connection, question, zone)
        events = audit.search(connection, **narrowed, before_id=before, most=most + 1)
        people, actions = audit.people(connection), audit.actions(connection)
    more = len(events) > most
    return Found(
        tuple(events[:most]), people, tuple(actions), events[most - 1].id if more else None
    )


def export(
    connection: Connection, actor: Actor, question: Question, *, zone: tzinfo
) -> tuple[bytes, int]:
    """Return the events as CSV, and how many; taking them out is an event, too.

    Raises:
        ForbiddenHere: as :func:`search`.
        InvalidInput: if they are too many for one file.
    """
    with acting_as(connection, actor):
        _check_reader(connection)
        narrowed = _narrowed(connection, question, zone)
        events = audit.search(connection, **narrowed, most=MOST_EXPORTED + 1)
        if len(events) > MOST_EXPORTED:
            raise _too_many()
        people = audit.people(connection)
        asked = {name: str(value) for name, value in _asked(question).items()}
        audit.record(
            connection, "audit.export", "audit", {"rows": len(events), "asked": urlencode(asked)}
        )
    rows = [
        [
            event.at.astimezone(zone).isoformat(" ", "seconds"),
            people.get(event.user_id or 0, ""),
            event.login,
            event.action,
            event.subject,
            event.request_id or "",
            json.dumps(event.details, ensure_ascii=False) if event.details else "",
        ]
        for event in events
    ]
    return write_csv(HEADER, rows), len(rows)


def _check_reader(connection: Connection) -> None:
    if not audit.may_read(connection):
        raise ForbiddenHere(
            "The audit tells of everybody: it is for auditors and admins of every union.",
            remedy="What happened to one station stands on its page.",
            zh="审计涉及所有人员,只对审计人员和全市范围的管理员开放。单个站点的经过请看站点页面。",
        )


def _too_many() -> InvalidInput:
    return InvalidInput(
        [FieldError(
            "since", f"more than {MOST_EXPORTED:,} events; choose fewer days",
            f"超过 {MOST_EXPORTED:,} 条,请缩短日期范围",
        )],
        attempted="export the audit",
    )  # fmt: skip


def _asked(question: Question) -> dict[str, Any]:
    values = {
        "user": question.user_id, "action": question.action, "subject": question.subject,
        "request": question.request_id, "since": question.since, "until": question.until,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value}


def _narrowed(connection: Connection, question: Question, zone: tzinfo) -> dict[str, Any]:
    since, until = question.since, question.until
    return {
        "subject": _subject(connection, question.subject),
        "user_id": question.user_id,
        "action": question.action or None,
        "request_id": question.request_id or None,
        "since": None if since is None else _begin(since, zone),
        "until": None if until is None else _begin(until + timedelta(days=1), zone),
    }


def _begin(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _subject(connection: Connection, asked: str) -> str | None:
    """Name a subject as events do; a station is also found by its number."""
    plain = asked.strip()
    if not plain:
        return None
    try:
        found = records.by_number(connection, number.check(plain))
    except InvalidInput:
        return plain
    return plain if found is None else f"station {found.id}"
