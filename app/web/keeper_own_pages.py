"""A keeper's own pages: in by the card and a PIN, then one station and large buttons.

The link is half of what lets in, so it stands in no log, and once in, in no address either.
"""

from collections.abc import Mapping
from typing import Any

from apiflask import APIBlueprint
from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from app.domain import number
from app.domain.accounts import Person
from app.domain.actor import Actor
from app.domain.errors import ForbiddenHere, HarborError
from app.domain.lifecycle import FACTS, State
from app.domain.roles import Role
from app.service import (
    confirmations,
    keeper_changes,
    keeper_links,
    keepers,
    logins,
    receipts,
)
from app.service.keeper_links import LoginRefused, LoginSlowed
from app.service.logins import LoggedIn
from app.web import console, forms, keeper_change, keeper_switches, sessions
from app.web.account_pages import replay_page
from app.web.console import Words
from app.web.context import page_frame, runtime
from app.web.sessions import caller, standing

blueprint = APIBlueprint("keeper_own", __name__, url_prefix="/k", enable_openapi=False)

WRONG: Words = ("PIN 不对,请再试一次。", "The PIN is wrong. Try again.")
LATE: Words = (
    "登录已过期,请重新输入 PIN;已填写的内容会保留。",
    "Your login has ended. Type the PIN again; nothing you typed is lost.",
)
# said instead where it did not make the station open
STILL_SHUT: Words = (
    "已记下。但骑手看到的仍如下:不在登记的开放时间内,或另有临时关闭。",
    "Noted. Riders still see what stands below: it is outside the hours on record,"
    " or closed for a time.",
)
DONE: dict[str, Words] = {
    "opened": ("谢谢,已告诉骑手现在开门。", "Thank you: riders are told that it is open."),
    "ran-out": ("已告诉骑手缺什么。", "Riders are told what ran out."),
    "filled": ("谢谢,已补齐。", "Thank you, it is there again."),
    "answered": ("已答复,谢谢。", "Answered, thank you."),
    "confirmed": ("谢谢,已确认。", "Thank you, that is confirmed."),
    "closed": ("已登记临时关闭,站点页会显示。", "Closed for a time; riders see it."),
    "reopened": ("已恢复开放。", "Open again."),
    "asked": (
        "已报告,工会审核后会更新。",
        "Reported; the record changes once the union has accepted it.",
    ),
    "withdrawn": ("已撤回。", "Taken back."),
    "proposed": ("已提交,等待工会确认。", "Sent; the union confirms it."),
}


@blueprint.get("", strict_slashes=False)
def own() -> Response:
    """Show the keeper's station, or ask for the PIN, or for the card."""
    person = keeper()
    if person is None:
        return ask_again()
    return own_page(person, done=request.args.get("done", ""))


@blueprint.get("/<token>")
def arrive(token: str) -> Response:
    """Ask who scanned a card for the PIN."""
    holder = keeper_links.holder(runtime(), token)
    if holder is None:
        return _gone()
    person = keeper()
    if person is not None and person.id == holder:
        return redirect("/k", 303)
    return _pin(f"/k/{token}")


@blueprint.post("/<token>")
def enter(token: str) -> Response:
    """Check the PIN of a card."""
    if keeper_links.holder(runtime(), token) is None:
        return _gone()
    try:
        entered = keeper_links.enter(runtime(), token, request.form.get("pin", ""), caller())
    except (LoginRefused, LoginSlowed) as error:
        return _pin_again(f"/k/{token}", error)
    return _enter(entered)


@blueprint.post("/again")
def enter_again() -> Response:
    """Check the PIN on a phone whose login has ended."""
    user = standing().former_user_id
    if user is None:
        return _gone() if keeper() is None else redirect("/k", 303)
    try:
        entered = keeper_links.enter_again(runtime(), user, request.form.get("pin", ""), caller())
    except (LoginRefused, LoginSlowed) as error:
        return _pin_again("/k/again", error)
    return _enter(entered)


@blueprint.post("/leave")
def leave() -> Response:
    """End the session; the card lets in again."""
    logins.log_out(runtime(), sessions.token(), caller())
    return sessions.drop(_gone(left=True))


@blueprint.post("/confirm")
def confirm() -> Response:
    """Say that what is known of the station still holds."""
    person = keeper()
    if person is None:
        return ask_again()
    actor = acting(person)
    try:
        with runtime().connection() as connection:
            station = keeper_links.kept(connection, actor)
            confirmations.confirm(connection, actor, station.station_id)
    except HarborError as error:
        return own_page(person, form="confirm", wrong=console.wrong_of(error), status=422)
    return redirect("/k?done=confirmed", 303)


@blueprint.post("/hand-over")
def hand_over() -> Response:
    """Name who follows."""
    person = keeper()
    if person is None:
        return ask_again()
    actor, harbor = acting(person), runtime()
    today = sessions.now().astimezone(harbor.settings.zone).date()
    try:
        with harbor.connection() as connection:

            def work() -> str:
                keeper_links.propose(
                    connection, harbor.vault, actor, name=request.form.get("name", ""),
                    phone=request.form.get("phone", ""),
                    employer=request.form.get("employer", ""),
                    consented_on=today if request.form.get("consented_on") else None, today=today,
                )  # fmt: skip
                return "/k?done=proposed"

            location = receipts.once(connection, actor, request.form.get("once", ""), work)
    except HarborError as error:
        return own_page(person, form="hand-over", wrong=console.wrong_of(error), status=422)
    return redirect(location, 303)


# Within -----------------------------------------------------------------------------------------


def keeper() -> Person | None:
    """Return who is logged in, if it is a keeper."""
    person = sessions.current()
    return person if person is not None and Role.KEEPER in person.roles else None


def acting(person: Person) -> Actor:
    """Return the keeper who acts, for the services."""
    return Actor(person.id, request_id=caller().request)


def _enter(entered: LoggedIn) -> Response:
    """Go to the station's page, or send again what came too late."""
    late = forms.carried(request.form.get("carried", ""))
    forms.rebind(entered.token)
    sessions.enter(entered.token)
    if late is not None and late.user_id == entered.user_id:
        page = replay_page(late, auto=not late.files)
        return sessions.keep(console.answer(page), entered.token)
    return sessions.keep(redirect("/k", 303), entered.token)


def ask_again() -> Response:
    """Ask for the PIN where the phone held a login before, and keep what was typed."""
    former = standing().former_user_id
    if former is None:
        return _gone(left=True)
    if not keeper_links.is_open(runtime(), former):
        return _gone()
    if request.method in forms.SAFE:
        return _pin("/k/again")
    return _pin("/k/again", carried=forms.carry(former), message=LATE, status=401)


def _pin_again(action: str, error: LoginRefused | LoginSlowed) -> Response:
    words, status = WRONG, 401
    if isinstance(error, LoginSlowed):
        minutes, status = -(-error.wait_seconds // 60), 429
        words = (
            f"PIN 输错次数过多,请 {minutes} 分钟后再试,或请工会重新发卡。",
            f"Wrong too often. Try again in {minutes} minutes, or ask the union for a new card.",
        )
    response = _pin(
        action, carried=request.form.get("carried", ""), message=words, bad=True, status=status
    )
    if isinstance(error, LoginSlowed):
        response.headers["Retry-After"] = str(error.wait_seconds)
    return response


def _pin(action: str, *, status: int = 200, **more: Any) -> Response:
    context = {"action": action, "carried": "", "message": None, "bad": False, **more}
    return console.answer(render_template("keeper_pin.html", **context, **page_frame()), status)


def _gone(*, left: bool = False) -> Response:
    markup = render_template("keeper_gone.html", left=left, **page_frame())
    return console.answer(markup, 200 if left else 404)


def own_page(
    person: Person,
    *,
    form: str = "",
    wrong: Mapping[str, list[Words]] | None = None,
    done: str = "",
    status: int = 200,
) -> Response:
    """Show the keeper's page.

    Args:
        done: what was done last, by the keys of :data:`DONE`.
        form: the form that was sent and could not be taken; it keeps what was typed.
        wrong: what is wrong with it, by field.
    """
    actor, harbor, now = acting(person), runtime(), sessions.now()
    try:
        with harbor.connection() as connection:
            station = keeper_links.kept(connection, actor)
            facts = FACTS[State(station.state)]
            listed = keepers.masked(connection, actor, station.station_id, vault=harbor.vault)
            stand, change, switches = None, None, dict[str, Any]()
            if facts.public:
                stand = confirmations.of_station(
                    connection, actor, station.station_id, days=harbor.settings.confirm_days
                )
                switches = keeper_switches.context(
                    harbor, connection, actor, station.station_id, now
                )
                change = keeper_change.context(
                    keeper_changes.known(connection, actor), typed=form == keeper_change.FORM
                )
    except ForbiddenHere:
        return _gone()
    proposed = next((one for one in listed if one.duty.id == station.proposed), None)
    markup = render_template(
        "keeper_own.html",
        station=station,
        number=station.code and number.display(station.code),
        state=facts,
        me=next((one.masks for one in listed if one.duty.id == station.keeper_id), None),
        proposed=proposed and proposed.masks,
        waits=station.proposed is not None,
        standing=stand,
        change=change,
        overdue=bool(stand and stand.due_at and stand.due_at <= now),
        now=now,
        form=form,
        wrong=wrong or {},
        typed=request.form if form else {},
        notice=_notice(done, switches),
        once=receipts.token,
        zone=harbor.settings.zone,
        **switches,
        **page_frame(),
    )
    return console.answer(markup, status)


def _notice(done: str, switches: Mapping[str, Any]) -> Words | None:
    """Say what was done, and where it did not help."""
    said = switches.get("said")
    if done == "opened" and said is not None and said.state != "open":
        return STILL_SHUT
    return DONE.get(done)
