"""The form with which a station gets into the register, and is edited there."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from apiflask import APIBlueprint
from flask import jsonify, request, url_for
from werkzeug.wrappers import Response

from app.domain.actor import Actor
from app.domain.errors import ChangedMeanwhile, Conflict, ForbiddenHere, HarborError, InvalidInput
from app.domain.hours_form import read as read_week
from app.domain.hours_sheet import week_sheet
from app.domain.station_sheet import Sheet
from app.service import receipts, station_forms, station_hints
from app.service.first_keeper import PREFIX, NewKeeper
from app.service.station_forms import Connection, Mode, Opened, Saved
from app.service.station_sheets import merged_sheet
from app.web import console, keeper_fields, record_words
from app.web.console import Words
from app.web.context import runtime
from app.web.forms import LEFT_OUT
from app.web.station_form_page import form_page, hint_slots, said

blueprint = APIBlueprint(
    "station_forms", __name__, url_prefix="/manage/stations", enable_openapi=False
)

# what the form carries for us and not for the record
_OURS = frozenset(
    {"csrf_token", "once", "revision", "action", "about", "autosave", "reason", LEFT_OUT}
)
_STATUS: tuple[tuple[type[HarborError], int], ...] = (
    (InvalidInput, 422), (ForbiddenHere, 403), (Conflict, 409),
)  # fmt: skip
PLACE_NEEDED: Words = ("提交前请在地图上标出位置", "Mark the place on the map before submitting")
SAVED: Words = ("已保存。", "Saved.")
SAVED_NOT_SUBMITTED: Words = (
    "内容已保存为草稿,还不能提交,原因见下。",
    "Saved as a draft; it cannot be submitted yet, as said below.",
)
GONE_ON: Words = (
    "这条记录现在不能修改,您填写的内容还在下面,没有保存。",
    "The record cannot be edited now. What you typed is below, and was not saved.",
)


@blueprint.get("/new")
def enter() -> Response:
    """Show the form of a new station."""
    person = console.actor()
    with runtime().connection() as connection:
        opened = station_forms.begin(connection, person, day=_today())
        keeper = keeper_fields.shown(connection, person, opened)
    sheet = dict(opened.sheet)
    wanted = request.args.get("union", "")
    if wanted in {str(one.id) for one in opened.unions}:
        sheet["union_id"] = [wanted]
    notice = SAVED if request.args.get("done") == "saved" else None
    return console.answer(form_page(opened, sheet, keeper=keeper, notice=notice))


@blueprint.post("/new")
def enter_sent() -> Response:
    """Take the form of a new station."""
    return _take(None)


@blueprint.get("/<int:station_id>/edit")
def change(station_id: int) -> Response:
    """Show the form of a station that is in the register."""
    person = console.actor()
    with runtime().connection() as connection:
        opened = station_forms.open_form(connection, person, station_id, day=_today())
        return console.answer(_page(connection, person, opened, opened.sheet))


@blueprint.post("/<int:station_id>/edit")
def change_sent(station_id: int) -> Response:
    """Take the form of a station that is in the register."""
    return _take(station_id)


@blueprint.post("/form/hints")
def hints() -> Response:
    """Say what is found at the place, who may be the same, how the hours are read."""
    person = console.actor()
    about = request.form.get("about", "")
    with runtime().connection() as connection:
        found = _hints(connection, person, _sheet(), int(about) if _small(about) else None)
    rule = found.hours[0] if found.hours else None
    week = read_week(rule) if rule else None
    place = found.place
    return jsonify(
        slots=hint_slots(found),
        errors=said(found.errors),
        warnings=said(found.warnings),
        place=None if place is None else [place.longitude, place.latitude],
        week=None if week is None else week_sheet(week),
    )


@blueprint.post("/form/shared")
def shared() -> Response:
    """Read a place out of a text that a map app shares."""
    console.actor()
    try:
        found = station_hints.shared(request.form.get("shared", ""))
    except InvalidInput as error:
        response: Response = jsonify(errors=said(error.errors))
        response.status_code = 422
        return response
    return jsonify(
        longitude=repr(found.longitude), latitude=repr(found.latitude),
        datum=found.datum, likely=found.likely, source=list(found.source),
    )  # fmt: skip


def _take(station_id: int | None) -> Response:
    person, sheet = console.actor(), _sheet()
    with runtime().connection() as connection:
        opened = _opened(connection, person, station_id)
        autosave = request.form.get("autosave") == "1"
        try:
            if autosave:
                return _autosaved(connection, person, opened, sheet)
            return _DO[opened.mode](connection, person, opened, sheet)
        except ChangedMeanwhile as error:
            if autosave:
                return _told(409, meanwhile=True)
            return _overtaken(connection, person, station_id, sheet, error)
        except (InvalidInput, ForbiddenHere, Conflict) as error:
            wrong = record_words.wrong(error)
            status = next(status for kind, status in _STATUS if isinstance(error, kind))
            if autosave:
                return _told(status, errors=wrong)
            markup = _page(connection, person, opened, sheet, wrong=wrong, revision=_revision())
            return console.answer(markup, status)


def _opened(connection: Connection, person: Actor, station_id: int | None) -> Opened:
    if station_id is None:
        return station_forms.begin(connection, person, day=_today())
    return station_forms.open_form(connection, person, station_id, day=_today())


# What the buttons do ----------------------------------------------------------------------------


def _save(connection: Connection, person: Actor, opened: Opened, sheet: Sheet) -> Response:
    """Save a draft and, if that was asked for, submit it in one go."""
    action = request.form.get("action", "save")
    bounds, keeper = runtime().snapshot().bounds, keeper_fields.given()
    outcome: list[station_forms.Submitted] = []

    def work() -> str:
        if action == "submit":
            done = station_forms.submit(
                connection, person, opened.station_id, sheet, revision=_revision(), bounds=bounds,
                keeper=keeper,
            )  # fmt: skip
        else:
            done = station_forms.Submitted(_saved(connection, person, opened, sheet, keeper))
        outcome.append(done)
        return _after(action, done, sheet)

    location = receipts.once(connection, person, request.form.get("once", ""), work)
    if not outcome:
        # sent twice: whatever is new in the second is saved too
        _again(connection, person, opened, sheet, location)
        return console.moved_to(location)
    refusal = outcome[0].refusal
    if refusal is None:
        return console.moved_to(location)
    wrong = dict(record_words.wrong(refusal))
    if "place" in wrong:
        wrong["place"] = [PLACE_NEEDED]
    kept = _opened(connection, person, outcome[0].saved.station_id)
    markup = _page(
        connection, person, kept, kept.sheet, wrong=wrong, kept=True, notice=SAVED_NOT_SUBMITTED
    )
    return console.answer(markup, 422)


def _saved(
    connection: Connection, person: Actor, opened: Opened, sheet: Sheet, keeper: NewKeeper | None
) -> Saved:
    bounds = runtime().snapshot().bounds
    if opened.station_id is None:
        return station_forms.create(
            connection, person, sheet, bounds=bounds, partly=False, keeper=keeper
        )
    return station_forms.save(
        connection, person, opened.station_id, sheet, revision=_revision(), bounds=bounds,
        keeper=keeper,
    )  # fmt: skip


def _after(action: str, done: station_forms.Submitted, sheet: Sheet) -> str:
    station_id = done.saved.station_id
    if done.refusal is not None:
        return url_for("station_forms.change", station_id=station_id)
    if action == "next":
        union = (sheet.get("union_id") or [""])[0]
        return url_for("station_forms.enter", union=union, done="saved")
    return f"/manage/stations/{station_id}?done={'edited' if action != 'submit' else 'submit'}"


def _again(
    connection: Connection, person: Actor, opened: Opened, sheet: Sheet, location: str
) -> None:
    """Save what a form holds that was taken before; the same again is no change."""
    station_id, revision = opened.station_id, _revision()
    if station_id is None:
        found = [part for part in location.split("?", maxsplit=1)[0].split("/") if part.isdecimal()]
        if not found:
            return
        station_id, revision = int(found[-1]), 1
    kept = station_forms.open_form(connection, person, station_id, day=_today())
    if kept.mode is Mode.DRAFT:
        station_forms.save(
            connection, person, station_id, sheet, revision=revision,
            bounds=runtime().snapshot().bounds, keeper=keeper_fields.given(again=True),
        )  # fmt: skip


def _ask(connection: Connection, person: Actor, opened: Opened, sheet: Sheet) -> Response:
    """Show what a change request would ask for, or ask for it."""
    station_id = opened.station_id or 0
    reason = request.form.get("reason", "")
    bounds = runtime().snapshot().bounds
    if request.form.get("action") != "ask":
        wanted = station_forms.preview(
            connection, person, station_id, sheet, revision=_revision(), bounds=bounds
        )
        markup = _page(
            connection, person, opened, sheet, preview=wanted, reason=reason, revision=_revision()
        )
        return console.answer(markup)

    def work() -> str:
        station_forms.ask(
            connection, person, station_id, sheet, revision=_revision(), reason=reason,
            bounds=bounds,
        )  # fmt: skip
        return f"/manage/stations/{station_id}?done=asked"

    return console.moved_to(receipts.once(connection, person, request.form.get("once", ""), work))


def _keep(connection: Connection, person: Actor, opened: Opened, sheet: Sheet) -> Response:
    """Show what was typed into a form whose record went on meanwhile."""
    markup = _page(connection, person, opened, sheet, wrong={"": [GONE_ON]}, revision=_revision())
    return console.answer(markup, 409)


_DO: dict[Mode, Callable[[Connection, Actor, Opened, Sheet], Response]] = {
    Mode.NEW: _save, Mode.DRAFT: _save, Mode.LOCKED: _ask, Mode.FIXED: _keep,
}  # fmt: skip


# Saving by itself -------------------------------------------------------------------------------


def _autosaved(connection: Connection, person: Actor, opened: Opened, sheet: Sheet) -> Response:
    """Save what can be taken, and say what was left out."""
    bounds = runtime().snapshot().bounds
    if opened.mode is Mode.DRAFT and opened.station_id is not None:
        saved = station_forms.save(
            connection, person, opened.station_id, sheet, revision=_revision(), bounds=bounds,
            partly=True,
        )  # fmt: skip
        return _kept(saved)
    if opened.mode is not Mode.NEW:
        return _told(409, errors={"": [GONE_ON]})
    made: list[Saved] = []

    def work() -> str:
        made.append(station_forms.create(connection, person, sheet, bounds=bounds, partly=True))
        return url_for("station_forms.change", station_id=made[0].station_id)

    location = receipts.once(connection, person, request.form.get("once", ""), work)
    if not made:
        station_id = int(location.split("/")[3]) if location.endswith("/edit") else 0
        made.append(
            station_forms.save(
                connection, person, station_id, sheet, revision=1, bounds=bounds, partly=True
            )
        )
    return _kept(made[0], location=location)


def _kept(saved: Saved, *, location: str = "") -> Response:
    return jsonify(
        id=saved.station_id, revision=saved.revision, errors=said(saved.left),
        at=f"{datetime.now(runtime().settings.zone):%H:%M}", location=location,
        once=receipts.token() if location else "",
    )  # fmt: skip


def _told(status: int, **told: Any) -> Response:
    response: Response = jsonify(**told)
    response.status_code = status
    return response


# Pages ------------------------------------------------------------------------------------------


def _overtaken(
    connection: Connection,
    person: Actor,
    station_id: int | None,
    sheet: Sheet,
    error: ChangedMeanwhile,
) -> Response:
    """Show what both wanted, the other's facts taken over where only they were changed."""
    opened = _opened(connection, person, station_id)
    merged = merged_sheet(sheet, error, opened.sheet)
    markup = _page(
        connection, person, opened, merged, wrong=record_words.wrong(error), error=error,
        reason=request.form.get("reason", ""),
    )  # fmt: skip
    return console.answer(markup, 409)


def _page(
    connection: Connection,
    person: Actor,
    opened: Opened,
    sheet: Sheet,
    *,
    kept: bool = False,
    **more: Any,
) -> str:
    """Write the page; ``kept`` says that the keeper who was sent is in the register by now."""
    found = _hints(connection, person, sheet, opened.station_id)
    keeper = keeper_fields.shown(connection, person, opened, kept=kept)
    return form_page(opened, sheet, hints=found, keeper=keeper, **more)


def _hints(
    connection: Connection, person: Actor, sheet: Sheet, station_id: int | None
) -> station_hints.Hints:
    harbor = runtime()
    return station_hints.hints(
        connection, person, harbor.snapshot(), sheet, station_id=station_id, day=_today(),
        max_metres=harbor.settings.max_snap_metres,
    )  # fmt: skip


def _sheet() -> dict[str, list[str]]:
    return {
        name: values for name, values in request.form.to_dict(flat=False).items()
        # a keeper is no fact of the station: neither drafts nor requests know of one
        if name not in _OURS and not name.startswith(PREFIX)
    }  # fmt: skip


def _revision() -> int:
    given = request.form.get("revision", "")
    return int(given) if _small(given) else 0


def _small(given: str) -> bool:
    return given.isascii() and given.isdecimal() and len(given) < 10


def _today() -> date:
    return datetime.now(runtime().settings.zone).date()
