"""Pairs that may be one station: side by side, merged by choice, put aside, split again."""

from typing import Any

from apiflask import APIBlueprint
from flask import request, url_for
from werkzeug.wrappers import Response

from app.domain.alike import REASON_NAMES
from app.domain.errors import Conflict, FieldError, HarborError, InvalidInput
from app.domain.lifecycle import FACTS, State
from app.domain.merging import GROUP_NAMES, GROUPS, groups_of
from app.domain.roles import Role
from app.service import duplicates, merging, receipts
from app.service.duplicates import Compared, Pair, Side
from app.service.merging import Brought, SplitPlan
from app.web import console
from app.web.console import Words
from app.web.context import map_config, runtime
from app.web.fact_words import value
from app.web.record_words import refusal

blueprint = APIBlueprint("duplicates", __name__, url_prefix="/manage", enable_openapi=False)

STATES: dict[str, Words] = {
    "proposed": ("待判断", "To be looked at"),
    "dismissed": ("不是重复", "No duplicates"),
    "merged": ("已合并", "Merged"),
}
STATE_NAMES: dict[str, Words] = {s.value: (f.name, f.name_en) for s, f in FACTS.items()}
NOTICES: dict[str, Words] = {
    "merged": ("已合并。编号、旧名称会指向保留的站点;需要时可以拆分。",
               "Merged. Numbers and names lead to the survivor; it can be split again."),
    "dismissed": ("已记下:不是同一个站点。", "Noted: they are two."),
    "proposed": ("已放回待判断。", "Back among those to be looked at."),
    "split": ("已拆分恢复。", "Split again."),
}  # fmt: skip
# nobody turns so many, and the database counts no further than a bigint
MOST_PAGES = 100_000
_GONE = frozenset({State.MERGED, State.DISCARDED, State.EXITED})
_DECIDERS = frozenset({Role.REVIEWER, Role.CITY_ADMIN, Role.UNION_STAFF})


@blueprint.get("/duplicates")
def listing() -> Response:
    """List pairs, the likeliest first."""
    state = request.args.get("state", "proposed")
    state = state if state in STATES else "proposed"
    page = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    actor = console.actor()
    with runtime().connection() as connection:
        found = duplicates.listing(connection, actor, state=state, page=page)
    return console.answer(
        console.page(
            "duplicates.html", at="duplicates", found=found, state=state, states=STATES,
            state_names=STATE_NAMES, number=page, reasons=_reasons,
            notice=NOTICES.get(request.args.get("done", "")),
        )
    )  # fmt: skip


@blueprint.get("/duplicates/<int:pair_id>")
def pair(pair_id: int) -> Response:
    """Show a pair side by side."""
    actor = console.actor()
    with runtime().connection() as connection:
        found = duplicates.compared(connection, actor, pair_id)
    return console.answer(_side_by_side(found))


@blueprint.get("/duplicates/compare")
def compare() -> Response:
    """Show any two stations side by side."""
    actor = console.actor()
    one, other = request.args.get("first", 0, type=int), request.args.get("second", 0, type=int)
    with runtime().connection() as connection:
        found = duplicates.two(connection, actor, one, other)
    return console.answer(_side_by_side(found))


@blueprint.post("/duplicates/merge")
def merge() -> Response:
    """Merge one of two into the other, with the fields that were chosen."""
    actor, form = console.actor(), request.form
    first, second = form.get("first", 0, type=int), form.get("second", 0, type=int)
    survivor = form.get("survivor", 0, type=int)
    with runtime().connection() as connection:
        try:
            if survivor not in (first, second):
                raise InvalidInput(
                    [FieldError("survivor", "choose which one stays", "请选择保留哪一个")]
                )
            other = second if survivor == first else first
            # a group without a choice stays as the survivor has it
            groups = [name for name in GROUPS if form.get(f"field_{name}") == str(other)]

            def work() -> str:
                merging.merge(
                    connection, actor, survivor=survivor, other=other, groups=groups,
                    reason=form.get("reason", ""), revisions=_revisions(first, second),
                )  # fmt: skip
                return url_for("duplicates.listing", done="merged")

            return console.moved_to(receipts.once(connection, actor, form.get("once", ""), work))
        except HarborError as error:
            found = duplicates.two(connection, actor, first, second)
            return console.answer(_side_by_side(found, wrong=_wrong(error)), _status(error))


@blueprint.post("/duplicates/<int:pair_id>/<any(dismissed, proposed):state>")
def decide(pair_id: int, state: str) -> Response:
    """Put a proposal aside, or take it up again."""
    actor = console.actor()
    with runtime().connection() as connection:
        try:
            duplicates.decide(
                connection, actor, pair_id, state=state, note=request.form.get("note", "")
            )
        except (InvalidInput, Conflict) as error:
            found = duplicates.compared(connection, actor, pair_id)
            return console.answer(_side_by_side(found, wrong=_wrong(error)), _status(error))
    return console.moved_to(url_for("duplicates.listing", done=state))


@blueprint.get("/duplicates/split/<int:station_id>")
def offer_split(station_id: int) -> Response:
    """Show what a split would do."""
    actor = console.actor()
    with runtime().connection() as connection:
        plan = merging.plan_split(connection, actor, station_id)
    return console.answer(_split_page(plan))


@blueprint.post("/duplicates/split/<int:station_id>")
def split(station_id: int) -> Response:
    """Split a merged station off again."""
    actor, form = console.actor(), request.form
    with runtime().connection() as connection:

        def work() -> str:
            merging.split(
                connection, actor, station_id, reason=form.get("reason", ""),
                revision=form.get("revision", 0, type=int), also_back=form.getlist("back"),
            )  # fmt: skip
            return f"/manage/stations/{station_id}"

        try:
            return console.moved_to(receipts.once(connection, actor, form.get("once", ""), work))
        except HarborError as error:
            plan = merging.plan_split(connection, actor, station_id)
            return console.answer(_split_page(plan, wrong=_wrong(error)), _status(error))


@blueprint.get("/stations/<int:station_id>/duplicates")
def section(station_id: int) -> str:
    """Show proposals and merges that a station is in."""
    actor = console.actor()
    with runtime().connection() as connection:
        found = duplicates.around(connection, actor, station_id)
    return console.fragment(
        "_duplicates.html", found=found, reasons=_reasons, state_names=STATE_NAMES
    )


def _revisions(*ids: int) -> dict[int, int]:
    return {id_: request.form.get(f"revision_{id_}", 0, type=int) for id_ in ids}


def _wrong(error: HarborError) -> dict[str, list[Words]]:
    if isinstance(error, InvalidInput):
        return dict(console.wrong_of(error))
    return {"": [refusal(error)]}


def _status(error: HarborError) -> int:
    return 422 if isinstance(error, InvalidInput) else 409 if isinstance(error, Conflict) else 403


def _reasons(pair: Pair) -> list[Words]:
    """Say why two may be one."""
    said: list[Words] = []
    for key, (zh, en) in REASON_NAMES.items():
        given = pair.reasons.get(key)
        if key == "metres" and given is not None:
            said.append((f"{zh} {given} 米", f"{given} m {en}"))
        elif key in ("name", "address") and float(given or 0) >= 0.3:
            share = round(100 * float(given or 0))
            said.append((f"{zh} {share}%", f"{en} {share} %"))
        elif given is True:
            said.append((zh, en))
    return said


def _side_by_side(found: Compared, **more: Any) -> str:
    first, second = found.first, found.second
    typed = request.form
    rows = [_row(group, first, second, typed.get(f"field_{group}")) for group in GROUPS]
    chosen = typed.get("survivor") or str(_likely_survivor(first, second))
    config = map_config()
    places = [
        {"id": side.station.id, "mark": mark, "name": side.station.name,
         "lon": side.facts["place"][0], "lat": side.facts["place"][1]}
        for side, mark in ((first, "A"), (second, "B"))
        if side.facts.get("place")
    ]  # fmt: skip
    return console.page(
        "duplicate.html", at="duplicates", pair=found.pair, sides=(first, second),
        rows=[row for row in rows if row["shown"]], survivor=chosen, typed=typed,
        once=receipts.token(), reasons=_reasons, state_names=STATE_NAMES,
        may=bool(console.me().roles & _DECIDERS),
        open_both=not {first.station.state, second.station.state} & _GONE,
        map_config={**config, "places": places},
        **more,
    )  # fmt: skip


def _row(group: str, first: Side, second: Side, typed: str | None) -> dict[str, Any]:
    """Return one line of the comparison: what both have, and which of them is to stay."""
    columns = GROUPS[group]
    values = [[side.facts.get(column) for column in columns] for side in (first, second)]
    return {
        "group": group,
        "name": GROUP_NAMES[group],
        "differs": values[0] != values[1],
        "shown": any(part not in (None, "", [], {}) for side in values for part in side),
        "first": _said(group, first),
        "second": _said(group, second),
        "choice": typed,
        # what one of them lacks is taken from the other, unless somebody chooses otherwise
        "lacking": [
            side.station.id
            for side, held in zip((first, second), values, strict=True)
            if held[0] in (None, "", [], {})
        ],
    }


def _said(group: str, side: Side) -> list[Words]:
    said = []
    for column in GROUPS[group]:
        given = side.facts.get(column)
        if given in (None, "", [], {}) or column in ("source_longitude", "source_latitude"):
            continue
        words = value(column, given)
        if words not in said:
            said.append(words)
    return said


def _likely_survivor(first: Side, second: Side) -> int:
    """Return which one stays if nobody says otherwise: open before draft, then the older one."""

    def rank(side: Side) -> tuple[bool, bool, int]:
        station = side.station
        return (not FACTS[State(station.state)].public, station.code is None, station.id)

    return min((first, second), key=rank).station.id


def _split_page(plan: SplitPlan, **more: Any) -> str:
    return console.page(
        "duplicate_split.html", at="duplicates", plan=plan, unchanged=_brought(plan.unchanged),
        changed=_brought(plan.changed), typed=request.form, once=receipts.token(), **more,
    )  # fmt: skip


def _brought(fields: tuple[Brought, ...]) -> list[dict[str, Any]]:
    """Return what a merge brought, a line a group, in words."""
    lines: dict[str, dict[str, Any]] = {}
    for one in fields:
        if one.field in ("source_datum", "source_longitude", "source_latitude"):
            continue
        group = groups_of().get(one.field, one.field)
        line = lines.setdefault(
            group, {"group": group, "name": GROUP_NAMES.get(group, (group, group)),
                    "before": [], "brought": [], "now": []},
        )  # fmt: skip
        for when, given in (("before", one.before), ("brought", one.brought), ("now", one.now)):
            line[when].append(value(one.field, given))
    return list(lines.values())
