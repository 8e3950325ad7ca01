"""Keepers of a station for staff: masked, named, handed over, shown for a reason, given cards."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from apiflask import APIBlueprint
from flask import render_template, request
from werkzeug.wrappers import Response

from app.domain.actor import Actor
from app.domain.errors import FieldError, HarborError, InvalidInput
from app.domain.keepers import CONFIRMERS, END_NAMES, NAMERS, UNMASKERS, EndCode
from app.service import keeper_links, keepers, receipts
from app.service.keepers import Connection, FoundKeeper, LimitReached
from app.web import console, sessions
from app.web.console import Words
from app.web.context import page_frame, runtime

blueprint = APIBlueprint("keepers", __name__, url_prefix="/manage", enable_openapi=False)

PLACE = "/stations/<int:station_id>/keepers"
ONE = f"{PLACE}/<int:keeper_id>"
DONE: dict[str, Words] = {
    "added": ("已登记负责人。", "The keeper is named."),
    "handed": ("已移交。", "The duty is handed over."),
    "confirmed": ("已确认,接任人现在是负责人。", "Confirmed: the successor keeps the station now."),
    "ended": ("已结束任期,其链接已失效。", "The duty has ended, and the link is shut."),
    "changed": ("已更新。", "Changed."),
    "revoked": ("链接已失效。", "The link is shut."),
    "not-revoked": ("没有有效的链接。", "There was no link in force."),
}
FOUND_NONE: Words = ("没有找到这个电话或姓名的负责人。", "No keeper has this phone or name.")


@blueprint.get(PLACE)
def of_station(station_id: int) -> Response:
    """Show the keepers of a station."""
    done = DONE.get(request.args.get("done", ""))
    with runtime().connection() as connection:
        return _section(connection, console.actor(), station_id, notice=done)


@blueprint.post(PLACE)
def add(station_id: int) -> Response:
    """Name a keeper."""

    def work(connection: Connection, actor: Actor) -> str:
        keepers.add(connection, runtime().vault, actor, station_id, **_values())
        return "added"

    return _done(station_id, work, form="add")


@blueprint.post(f"{ONE}/hand-over")
def hand_over(station_id: int, keeper_id: int) -> Response:
    """Let somebody else take over."""

    def work(connection: Connection, actor: Actor) -> str:
        keepers.hand_over(connection, runtime().vault, actor, keeper_id, **_values())
        return "handed"

    return _done(station_id, work, form=f"hand-over-{keeper_id}")


@blueprint.post(f"{ONE}/change")
def change(station_id: int, keeper_id: int) -> Response:
    """Change what is kept of a keeper."""

    def work(connection: Connection, actor: Actor) -> str:
        given = {name: request.form.get(name, "") for name in ("name", "phone", "employer")}
        keepers.change(connection, runtime().vault, actor, keeper_id, **given)
        return "changed"

    return _done(station_id, work, form=f"change-{keeper_id}")


@blueprint.post(f"{ONE}/confirm")
def confirm(station_id: int, keeper_id: int) -> Response:
    """Confirm who was proposed."""

    def work(connection: Connection, actor: Actor) -> str:
        keepers.confirm(connection, actor, keeper_id)
        return "confirmed"

    return _done(station_id, work, form=f"answer-{keeper_id}")


@blueprint.post(f"{ONE}/end")
def end(station_id: int, keeper_id: int) -> Response:
    """End a duty, or refuse a proposal."""

    def work(connection: Connection, actor: Actor) -> str:
        wrong = request.form.get("because") == EndCode.MISTAKEN
        keepers.end(connection, actor, keeper_id, EndCode.MISTAKEN if wrong else EndCode.LEFT)
        return "ended"

    return _done(station_id, work, form=f"end-{keeper_id}")


@blueprint.post(f"{ONE}/link/revoke")
def revoke(station_id: int, keeper_id: int) -> Response:
    """Shut a keeper's link."""

    def work(connection: Connection, actor: Actor) -> str:
        shut = keeper_links.revoke(connection, actor, keeper_id)
        return "revoked" if shut else "not-revoked"

    return _done(station_id, work, form=f"link-{keeper_id}")


@blueprint.post(f"{ONE}/unmask")
def unmask(station_id: int, keeper_id: int) -> Response:
    """Show the values of a keeper once, for a reason."""
    actor, form = console.actor(), f"unmask-{keeper_id}"
    with runtime().connection() as connection:
        try:
            values = keepers.unmask(
                connection, runtime().vault, actor, keeper_id,
                reason=request.form.get("reason", ""), most=runtime().settings.unmask_per_hour,
            )  # fmt: skip
        except LimitReached as error:
            wrong = {"reason": [(error.zh, f"{error} {error.remedy}")]}
            return _section(connection, actor, station_id, form=form, wrong=wrong, status=429)
        except HarborError as error:
            return _section(connection, actor, station_id, form=form, wrong=console.wrong_of(error))
        return _section(connection, actor, station_id, shown={keeper_id: values})


@blueprint.post(f"{ONE}/link")
def issue(station_id: int, keeper_id: int) -> Response:
    """Give a keeper a link and a PIN, on a card to print; they are shown this once."""
    actor = console.actor()
    with runtime().connection() as connection:
        name, _ = keepers.powers(connection, actor, station_id)
        try:
            issued = keeper_links.issue(connection, actor, keeper_id)
        except HarborError as error:
            wrong = console.wrong_of(error)
            return _section(connection, actor, station_id, form=f"link-{keeper_id}", wrong=wrong)
    address = f"{runtime().settings.public_url.rstrip('/')}/k/{issued.token}"
    page = render_template(
        "keeper_card.html",
        station=name,
        back=f"/manage/stations/{station_id}",
        picture=keeper_links.picture(address),
        address=address,
        pin=issued.pin,
        today=_today(),
        **page_frame(),
    )
    return console.answer(page)


@blueprint.get("/keepers")
def look_up() -> str:
    """Ask for a phone or a name to look up."""
    return console.page("keepers_find.html", at="stations", found=None)


@blueprint.post("/keepers")
def found() -> str:
    """Look a phone or a name up; it is in the body, so that it stands in no log."""
    text = request.form.get("sought", "").strip()
    listed: Sequence[FoundKeeper] = ()
    wrong: Mapping[str, list[Words]] = {}
    try:
        if text:
            with runtime().connection() as connection:
                listed = keepers.find(connection, runtime().vault, console.actor(), text)
    except HarborError as error:
        wrong = {"sought": [words for said in console.wrong_of(error).values() for words in said]}
    nothing = None if listed or wrong else FOUND_NONE
    return console.page(
        "keepers_find.html", at="stations", found=listed, nothing=nothing, sought=text, wrong=wrong
    )


def _done(station_id: int, work: Callable[[Connection, Actor], str], *, form: str) -> Response:
    """Do a form's work once, and show the keepers again: changed, or with what is wrong."""
    actor = console.actor()
    with runtime().connection() as connection:
        try:
            location = receipts.once(
                connection, actor, request.form.get("once", ""),
                lambda: f"/manage/stations/{station_id}/keepers?done={work(connection, actor)}",
            )  # fmt: skip
        except HarborError as error:
            return _section(connection, actor, station_id, form=form, wrong=console.wrong_of(error))
        if not console.wants_fragment():
            return console.moved_to(location)
        done = DONE.get(location.rpartition("=")[2])
        return _section(connection, actor, station_id, notice=done)


def _section(
    connection: Connection,
    actor: Actor,
    station_id: int,
    *,
    form: str = "",
    wrong: Mapping[str, list[Words]] | None = None,
    status: int = 422,
    **more: Any,
) -> Response:
    """Write the keepers of a station: the piece that htmx asks for, or a page.

    Args:
        form: the form that was sent and is to be shown again as it was.
        wrong: what is wrong with it, by field.
    """
    name, roles = keepers.powers(connection, actor, station_id)
    listed = keepers.masked(connection, actor, station_id, vault=runtime().vault)
    context = {
        "station_id": station_id,
        "station": name,
        "current": [one for one in listed if one.duty.state in ("serving", "proposed")],
        "former": [one for one in listed if one.duty.state in ("ended", "refused")],
        "may_name": bool(roles & NAMERS),
        "may_answer": bool(roles & CONFIRMERS),
        "may_see": bool(roles & UNMASKERS),
        "end_names": END_NAMES,
        "today": _today(),
        "once": receipts.token,
        "form": form,
        "wrong_of": wrong or {},
        "typed": request.form if wrong else {},
        "shown": {},
        "notice": None,
        **more,
    }
    if console.wants_fragment():
        markup = console.fragment("_keepers.html", **context)
    else:
        markup = console.page("keepers.html", at="stations", **context)
    return console.answer(markup, status if wrong else 200)


def _values() -> dict[str, Any]:
    """Return what a form says of a keeper."""
    return {
        "name": request.form.get("name", ""),
        "phone": request.form.get("phone", ""),
        "employer": request.form.get("employer", ""),
        "consented_on": _day(request.form.get("consented_on", "")),
        "today": _today(),
    }


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(
            [FieldError(
                "consented_on", "write it as 2026-01-31", "日期应写成 2026-01-31 的样子。"
            )],
            attempted="read the day of consent",
        ) from None  # fmt: skip


def _today() -> date:
    return sessions.now().astimezone(runtime().settings.zone).date()
