"""The desk: my queue, and the list of stations with its views and files."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from apiflask import APIBlueprint
from flask import Response as FlaskResponse
from flask import g, redirect, request
from werkzeug.wrappers import Response

from app.domain import number
from app.domain.accounts import STAFF
from app.domain.errors import HarborError
from app.domain.hours_words import spoken
from app.domain.lifecycle import STATES
from app.domain.roles import Role
from app.domain.services import BY_CODE, SERVICES
from app.domain.station_list import COLUMNS, SORTS, STANDINGS, View, query_of, read_view
from app.service import queue, station_list
from app.service.station_list import Choices, Listing, Row
from app.web import console, sessions
from app.web.context import runtime
from app.web.fact_words import HOST_KINDS

blueprint = APIBlueprint("desk", __name__, url_prefix="/manage", enable_openapi=False)

ENTER = frozenset({Role.UNION_STAFF, Role.CITY_ADMIN})
REVIEW = frozenset({Role.REVIEWER, Role.CITY_ADMIN})
APPROVE = frozenset({Role.CITY_ADMIN})
FILES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LIST = "/manage/stations"
_STATE_NAMES = {facts.state.value: (facts.name, facts.name_en) for facts in STATES}
_YES_NO = {
    "verified": (("已核实", "Verified"), ("未核实", "Not verified")),
    "placed": (("已定位", "Placed"), ("未定位", "Not placed")),
}


@blueprint.get("", strict_slashes=False)
def my_queue() -> str | Response:
    """Show what waits for the person; without any account, lead this machine to the map."""
    if sessions.require(*STAFF) is None:
        return redirect("/manage/map")
    # the rail shows what the cards have counted
    g.counts = {}
    person, harbor = console.actor(), runtime()
    with harbor.connection() as connection:
        cards = queue.cards(
            connection, person, zone=harbor.settings.zone,
            confirm_days=harbor.settings.confirm_days,
        )  # fmt: skip
    g.counts = queue.by_place({one.card.key: one.total for one in cards})
    shown = [(one, [(row, display(row.code)) for row in one.first]) for one in cards]
    return console.page(
        "queue.html", at="queue", cards=shown, states=_STATE_NAMES, many=queue.MANY,
        may_enter=bool(console.me().roles & ENTER),
    )  # fmt: skip


@blueprint.get("/stations", strict_slashes=False)
def listed() -> Response:
    """List stations: the whole page, or the list alone when the page asks for it."""
    person, harbor = console.actor(), runtime()
    view = read_view(request.args.items(multi=True))
    with harbor.connection() as connection:
        choices = station_list.choices(connection, person, on=view.filters.as_of)
        view = _reachable(view, choices)
        found = station_list.listing(
            connection, person, view, zone=harbor.settings.zone,
            after=request.args.get("after", ""),
        )  # fmt: skip
        context = _context(found, choices)
        if console.wants_fragment():
            answered = console.answer(console.fragment("_stations.html", **context))
            answered.headers["HX-Push-Url"] = context["address"]
            return answered
        context["views"] = station_list.kept_views(connection, person)
    context["notice"] = _NOTICES.get(request.args.get("done", ""))
    return console.answer(console.page("stations.html", at="stations", **context))


@blueprint.get("/stations/export.<any(csv, xlsx):format>")
def export(format: str) -> Response:
    """Hand out everything that a view shows as a file."""
    person, harbor = console.actor(), runtime()
    view = read_view(request.args.items(multi=True))
    with harbor.connection() as connection:
        view = _reachable(view, station_list.choices(connection, person))
        content, _ = station_list.export(
            connection, person, view, format=format, zone=harbor.settings.zone
        )
    headers = {
        "Content-Disposition": f'attachment; filename="stations.{format}"',
        "Cache-Control": "no-store",
    }
    return FlaskResponse(content, content_type=FILES[format], headers=headers)


@blueprint.post("/stations/views")
def keep_view() -> Response:
    """Keep the view that is shown under a name."""
    person = console.actor()
    view = read_view(parse_qsl(request.form.get("query", "")))
    query = urlencode(query_of(view))
    with runtime().connection() as connection:
        try:
            station_list.keep_view(connection, person, name=request.form.get("name", ""), view=view)
        except HarborError as error:
            choices = station_list.choices(connection, person, on=view.filters.as_of)
            zone = runtime().settings.zone
            context = _context(station_list.listing(connection, person, view, zone=zone), choices)
            context |= {
                "views": station_list.kept_views(connection, person),
                "wrong": console.wrong_of(error), "view_name": request.form.get("name", ""),
            }  # fmt: skip
            return console.answer(console.page("stations.html", at="stations", **context), 422)
    return console.moved_to(f"{LIST}?{query}{'&' if query else ''}done=kept")


@blueprint.post("/stations/views/<int:view_id>/remove")
def remove_view(view_id: int) -> Response:
    """Remove a view of one's own."""
    with runtime().connection() as connection:
        station_list.remove_view(connection, console.actor(), view_id)
    return console.moved_to(f"{LIST}?done=removed")


_NOTICES = {
    "kept": ("视图已保存,随时可在上方打开。", "The view is kept; it stands above the list."),
    "removed": ("视图已删除。", "The view is removed."),
}


# what was asked of a day of the past and is not applied
_REFUSED = {
    "unconfirmed": (
        "过去某日的名单不能按“未确认”筛选:登记只保留最近一次确认。此条件没有使用。",
        "The list of a past day cannot be narrowed to what was not confirmed: the record keeps the"
        " last confirmation alone. This filter is not applied.",
    ),
    "sort": (
        "过去某日的名单只按登记先后排列,所选排序没有使用。",
        "The list of a past day is in the order of entering; the order chosen is not applied.",
    ),
}


def display(code: str | None) -> str:
    """Write a number as on the plaque, nothing for a record without one."""
    return number.display(code) if code else ""


def _reachable(view: View, choices: Choices) -> View:
    """Show who has no union of their own whatever they may see."""
    if choices.everywhere or choices.own or view.filters.whose == "all":
        return view
    return replace(view, filters=replace(view.filters, whose="all"))


def _context(found: Listing, choices: Choices) -> dict[str, Any]:
    """What the list shows, whole page or fragment."""
    view, roles = found.view, console.me().roles
    query = query_of(view)
    actions = (("submit", ENTER), ("review", REVIEW), ("approve", APPROVE))
    return {
        "view": view,
        "filters": view.filters,
        "rows": [row_shown(row) for row in found.rows],
        "total": found.total,
        "next": _address([*query, ("after", found.after)]) if found.after else None,
        "first": _address(query) if request.args.get("after") else None,
        "address": _address(query, request.args.get("after")),
        "query": urlencode(query),
        "chips": _chips(view, choices),
        "refused": [_REFUSED[name] for name in view.refused],
        "choices": choices,
        "as_of": view.filters.as_of,
        "columns": COLUMNS,
        "sorts": SORTS,
        "states": list(_STATE_NAMES.items()),
        "services": SERVICES,
        "hosts": HOST_KINDS,
        "standings": STANDINGS,
        "actions": [action for action, who in actions if roles & who],
        "may_enter": bool(roles & ENTER),
        "view_name": "",
    }


def _address(query: list[tuple[str, str]], after: str | None = None) -> str:
    pairs = [*query, ("after", after)] if after else query
    return f"{LIST}?{urlencode(pairs)}" if pairs else LIST


def row_shown(row: Row) -> dict[str, Any]:
    """Return a row as templates show it."""
    return {
        "station": row,
        "number": display(row.code),
        "state": _STATE_NAMES[row.state],
        "services": [
            (BY_CODE[code].name, BY_CODE[code].name_en) if code in BY_CODE else (code, code)
            for code in row.services
        ],
        "host_kind": HOST_KINDS.get(row.host_kind or ""),
        "hours": spoken(row.hours) if row.hours else None,
    }


def _chips(view: View, choices: Choices) -> list[tuple[tuple[str, str], str]]:
    """What the list is narrowed to, each with the address without it."""
    chips = []
    query = query_of(view)
    for name, value in query:
        if name in ("sort", "columns", "whose"):
            continue
        parts = value.split(",") if name in _PARTS else [value]
        for part in parts:
            rest = [p for p in parts if p != part]
            kept = [pair for pair in query if pair[0] != name]
            kept += [(name, ",".join(rest))] if rest else []
            chips.append((_said(name, part, choices), _address(kept)))
    return chips


# filters whose values have names of their own
_NAMED: dict[str, Mapping[str, tuple[str, str]]] = {
    "state": _STATE_NAMES,
    "service": {code: (service.name, service.name_en) for code, service in BY_CODE.items()},
    "host": HOST_KINDS,
    "standing": STANDINGS,
}
_PARTS = {"state", "union", "district", "service", "host"}


def _said(name: str, value: str, choices: Choices) -> tuple[str, str]:
    """Say one thing that the list is narrowed to."""
    if name in _YES_NO:
        return _YES_NO[name][0 if value == "yes" else 1]
    if name in _NAMED:
        return _NAMED[name][value]
    if name in ("union", "district"):
        named = choices.unions if name == "union" else choices.districts
        return next(
            ((zh, en or zh) for key, zh, en in named if str(key) == value), (value, value)
        )  # fmt: skip
    return {
        "q": (f"“{value}”", f"“{value}”"),
        "stars": (f"{value} 星以上", f"{value} stars or more"),
        "unconfirmed": (f"{value} 起未确认", f"not confirmed since {value}"),
        "as_of": (f"{value} 当日", f"as of {value}"),
    }[name]
