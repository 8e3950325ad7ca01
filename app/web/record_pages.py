"""The page of one station for staff: as a page, as a drawer, and as it once was."""

from datetime import datetime, time, timedelta
from typing import Any

from apiflask import APIBlueprint
from flask import current_app, request
from werkzeug.wrappers import Response

from app.domain import number
from app.domain.actor import Actor
from app.domain.errors import HarborError
from app.domain.lifecycle import EXIT_NAMES, FACTS, LOCKED, MOVES, ExitCode, Move, State
from app.domain.roles import Role
from app.service import edits, receipts, records
from app.service.edits import Request
from app.service.records import Connection, Explained, Record
from app.web import console, fact_words, hours_words, record_words
from app.web.context import map_config, runtime
from app.web.fact_words import Words

blueprint = APIBlueprint("record", __name__, url_prefix="/manage/stations", enable_openapi=False)

EDITORS = frozenset({Role.UNION_STAFF, Role.CITY_ADMIN})
DECIDERS = frozenset({Role.REVIEWER, Role.CITY_ADMIN})
# what other pages show of a station, as far as they are there
SECTIONS: tuple[tuple[str, Words], ...] = (
    ("confirmation", ("信息确认", "Confirmation")),
    ("numbers", ("编号与牌子", "Number and plaque")),
    ("keepers", ("负责人", "Keepers")),
    ("photos", ("照片", "Photos")),
    ("closures", ("临时关闭", "Closed for a time")),
    ("worth", ("站点作用", "What it is worth")),
    ("inspections", ("巡检与星级", "Inspections and stars")),
    ("duplicates", ("可能重复", "Possible duplicates")),
)
# a step forward is the first thing to press, and one that ends things looks like it
_FORWARD = frozenset({"submit", "review", "approve", "reopen", "clear"})
_ENDING = frozenset({"discard", "exit"})
ALIAS_KINDS: dict[str, Words] = {
    "number": ("旧编号", "Earlier number"),
    "name": ("曾用名", "Former name"),
}
DONE_CHANGES: dict[str, Words] = {
    "accepted": ("已同意变更,资料已更新。", "The change was accepted, and the record has it."),
    "refused": ("已拒绝变更申请。", "The change was refused."),
    "withdrawn": ("已撤回变更申请。", "The request was withdrawn."),
    "edited": ("已保存。", "Saved."),
    "asked": ("变更申请已提交,等待审核。", "The change was asked for, and waits to be decided."),
}


@blueprint.get("/<int:station_id>")
def station(station_id: int) -> Response:
    """Show a station's record, as it is or as it was."""
    person = console.actor()
    try:
        moment, wrong = asked_moment(request.args.get("as_of", "")), {}
    except ValueError:
        moment = None
        wrong = {"as_of": [("日期应写成 2026-01-31", "Expected a date such as 2026-01-31")]}
    with runtime().connection() as connection:
        context = shown(connection, person, station_id, moment=moment)
    context |= {"notice": _notice(), "wrong": wrong}
    return console.answer(markup(context), 422 if wrong else 200)


@blueprint.get("/<int:station_id>/timeline")
def timeline(station_id: int) -> Response:
    """Show more of a station's past."""
    person = console.actor()
    before = request.args.get("before", "")
    with runtime().connection() as connection:
        found = records.look(connection, person, station_id)
        past = _past(connection, person, station_id, int(before) if _small(before) else None)
    context = {"record": found, "past": past, "number": number_of(found)}
    if console.wants_fragment():
        return console.answer(console.fragment("_record_past.html", **context))
    return console.answer(console.page("record_past.html", at="stations", **context))


def shown(
    connection: Connection, person: Actor, station_id: int, *, moment: datetime | None = None
) -> dict[str, Any]:
    """Return what the page of a station shows.

    Raises:
        NotFound: if the person may not see it, or it was not there then.
    """
    found = records.look(connection, person, station_id, moment=moment)
    explained = records.explained(connection, person, station_id) if moment is None else ()
    asked = edits.open_requests(connection, person, station_id=station_id) if found.whole else []
    names = records.unions(connection, person)
    return {
        "record": found,
        "number": number_of(found),
        "state": state_words(found.state),
        "since": _since(found),
        "state_lines": _state_lines(found),
        "groups": fact_words.groups(
            found.facts, district=found.district, zone=runtime().settings.zone
        ),
        "week": hours_words.week(found.facts.get("hours"), day=moment and moment.date()),
        "holidays": hours_words.holidays(found.facts.get("hours")),
        "aliases": [(ALIAS_KINDS.get(kind, (kind, kind)), value) for kind, value in found.aliases],
        "buttons": [_button(one.move) for one in explained if not one.why],
        "others": [_other(one) for one in explained],
        "edit": _edit_words(found, bool(asked)),
        "asked": [request_shown(one, person, names) for one in asked],
        "past": _past(connection, person, station_id, None) if moment is None else None,
        "sections": _sections(found) if moment is None else [],
        "map_config": map_config(),
        "once": receipts.token(),
        "wrong": {},
        "notice": None,
    }


def markup(context: dict[str, Any]) -> str:
    """Write the page of a station, or the drawer that htmx asks for."""
    if console.wants_fragment():
        return console.fragment("_record.html", drawer=True, **context)
    return console.page("record.html", at="stations", drawer=False, **context)


def asked_moment(text: str) -> datetime | None:
    """Read the moment of ``as_of``: of a day its end, in the city's time.

    Raises:
        ValueError: if it is none.
    """
    plain = text.strip()
    if not plain:
        return None
    zone = runtime().settings.zone
    if len(plain) <= len("2026-01-31"):
        try:
            begins = datetime.combine(datetime.fromisoformat(plain).date(), time(), zone)
            return begins + timedelta(days=1) - timedelta(microseconds=1)
        except OverflowError as error:
            raise ValueError(plain) from error
    moment = datetime.fromisoformat(plain.replace(" ", "+"))
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def request_shown(
    asked: Request, person: Actor, names: dict[int, Words], error: HarborError | None = None
) -> dict[str, Any]:
    """Return a change request as pages show it, with what the person may do about it."""
    mine = asked.requested_by == person.user_id
    decides = bool(asked.roles & {role.value for role in DECIDERS})
    return {
        "asked": asked,
        "changes": fact_words.changed(asked.differences, names),
        "may_decide": decides and not mine,
        "may_refuse": decides,
        "may_withdraw": mine,
        "state": state_words(State(asked.station_state)),
        "number": number.display(asked.code) if asked.code else "",
        "error": record_words.refusal(error) if error is not None else None,
    }


def _past(
    connection: Connection, person: Actor, station_id: int, before: int | None
) -> dict[str, Any]:
    found = records.past(connection, person, station_id, before=before)
    names = records.unions(connection, person)
    return {
        "events": [
            record_words.told(event, names, runtime().settings.zone) for event in found.events
        ],
        "before": found.before,
    }


def _small(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def number_of(found: Record) -> str:
    """Return the number as it is printed, empty while there is none."""
    return number.display(found.code) if found.code else ""


def state_words(state: State) -> Words:
    """Return what a state is called."""
    return (FACTS[state].name, FACTS[state].name_en)


def _since(found: Record) -> datetime | None:
    written = found.facts.get("state_since")
    return datetime.fromisoformat(str(written)) if written else None


def _state_lines(found: Record) -> list[tuple[Words, str]]:
    """What a state came with: reason, until, code of exit."""
    facts = found.facts
    lines: list[tuple[Words, str]] = []
    if facts.get("state_until"):
        lines.append((("至", "until"), str(facts["state_until"])))
    if facts.get("exit_code"):
        name = EXIT_NAMES[ExitCode(facts["exit_code"])]
        lines.append((name, ""))
    if facts.get("state_reason"):
        lines.append((("原因", "reason"), str(facts["state_reason"])))
    return lines


def _button(move: Move) -> dict[str, Any]:
    kind = "primary" if move.action in _FORWARD else "danger" if move.action in _ENDING else ""
    return {"move": move, "kind": kind}


def _other(one: Explained) -> dict[str, Any]:
    return {
        "move": one.move,
        "target": state_words(one.move.target),
        "why": record_words.why_not(one),
        "who": record_words.who_can(one.others),
        "needs": record_words.needs_said(one.move),
        "may": not one.why,
    }


def _edit_words(found: Record, open_request: bool) -> Words | None:
    """What the link to the edit page is called; None for who may not edit or ask."""
    if found.moment is not None or not found.roles & EDITORS:
        return None
    if found.state in (State.DRAFT, State.RETURNED):
        return ("编辑", "Edit")
    if found.state in LOCKED and not open_request:
        return ("申请变更", "Ask for a change")
    return None


def _sections(found: Record) -> list[dict[str, Any]]:
    """The parts of the page that are fetched by themselves, as far as there are any."""
    if not found.whole:
        return []
    routes = current_app.url_map.bind("")
    base = f"/manage/stations/{found.station_id}"
    return [
        {"key": key, "title": title, "path": f"{base}/{key}"}
        for key, title in SECTIONS
        if routes.test(f"{base}/{key}", "GET")
    ]


def _notice() -> Words | None:
    done = request.args.get("done", "")
    return DONE_CHANGES.get(done) or done_words(done)


def done_words(action: str) -> Words | None:
    """Say that a move was made, None for what is none."""
    for move in MOVES:
        if move.action == action:
            return (f"已办理:{move.name}。", f"Done: {move.name_en.lower()}.")
    return None
