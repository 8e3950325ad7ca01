"""A person's own account: password, second factor, sessions."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response as FlaskResponse
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain.accounts import FAULT_WORDS, Person, password_faults
from app.domain.errors import InvalidInput
from app.domain.roles import ROLES
from app.service import accounts, logins, second_factor
from app.service.logins import LoginRefused, LoginSlowed
from app.web import forms, sessions
from app.web.context import page_frame, runtime
from app.web.forms import Carried
from app.web.sessions import LoginNeeded, caller, current, standing

blueprint = APIBlueprint("account", __name__, enable_openapi=False)

Words = tuple[str, str]
WRONG_PASSWORD: Words = ("当前密码不对。", "This is not your current password.")
WRONG_CODE: Words = (
    "验证码不对。请核对手机时间,输入最新的 6 位数字。",
    "Not the code. Check the phone's clock and type the newest 6 digits.",
)
DIFFERENT: Words = ("两次输入的新密码不一样。", "The two new passwords differ.")
MUST_CHANGE: Words = (
    "这是别人设的密码,请先换成自己的。",
    "Somebody else knows this password: choose one of your own first.",
)
NOTICES: dict[str, Words] = {
    "password": ("密码已更改,其他设备已退出。", "Password changed; other devices are logged out."),
    "factor-on": ("两步验证已启用。", "The second factor is on."),
    "factor-off": ("两步验证已停用。", "The second factor is off."),
    "session": ("已退出该设备。", "That device is logged out."),
}


@blueprint.get("/account")
def own() -> str:
    """Show one's own account."""
    return account_page(me(), notice=NOTICES.get(request.args.get("done", "")))


@blueprint.post("/account/password")
def change_password() -> Response:
    """Change one's own password."""
    person = me()
    new = request.form.get("new_password", "")
    sealed = request.form.get("carried", "")
    if new != request.form.get("new_password_again", ""):
        wrong = {"new_password_again": [DIFFERENT]}
        return answer(account_page(person, wrong=wrong, carried=sealed), 422)
    try:
        entered = logins.change_password(
            runtime(),
            person,
            current=request.form.get("password", ""),
            new=new,
            caller=caller(),
        )
    except InvalidInput:
        faults = password_faults(new, names=(person.name, person.full_name))
        words = [FAULT_WORDS[fault] for fault in faults]
        return answer(account_page(person, wrong={"new_password": words}, carried=sealed), 422)
    except (LoginRefused, LoginSlowed) as error:
        return _unconfirmed(person, error, "password", carried=sealed)
    late = forms.carried(sealed)
    if late is not None:
        forms.rebind(entered.token)
        page = replay_page(late, auto=late.user_id == person.id and not late.files)
        return sessions.keep(answer(page, 200), entered.token)
    return sessions.keep(_done("password"), entered.token)


@blueprint.get("/account/second-factor")
def offer_second_factor() -> str:
    """Show a new secret as a QR code."""
    return account_page(me(), offer=second_factor.offer(runtime(), me()))


@blueprint.post("/account/second-factor")
def set_up_second_factor() -> Response:
    """Put the secret into force, once password and code have shown who asks."""
    person, harbor, asked = me(), runtime(), caller()
    ticket = request.form.get("ticket", "")
    try:
        with harbor.connection() as connection:
            logins.confirm(connection, person, request.form.get("password", ""), asked)
            second_factor.set_up(
                harbor,
                connection,
                person,
                ticket=ticket,
                code=request.form.get("one_time_code", ""),
                at=asked.at,
                request=asked.request,
            )
    except InvalidInput:
        wrong = {"one_time_code": [WRONG_CODE]}
        offered = second_factor.offer(harbor, person, ticket)
        return answer(account_page(person, offer=offered, wrong=wrong), 422)
    except (LoginRefused, LoginSlowed) as error:
        offered = second_factor.offer(harbor, person, ticket)
        return _unconfirmed(person, error, "factor_password", offer=offered)
    return _done("factor-on")


@blueprint.post("/account/second-factor/remove")
def remove_second_factor() -> Response:
    """Take one's own second factor away."""
    person, asked = me(), caller()
    try:
        with runtime().connection() as connection:
            logins.confirm(connection, person, request.form.get("password", ""), asked)
            second_factor.remove(
                runtime(), connection, person, code=request.form.get("one_time_code", ""),
                at=asked.at, request=asked.request,
            )  # fmt: skip
    except InvalidInput:
        return answer(account_page(person, wrong={"one_time_code": [WRONG_CODE]}), 422)
    except (LoginRefused, LoginSlowed) as error:
        return _unconfirmed(person, error, "factor_password")
    return _done("factor-off")


@blueprint.post("/account/sessions/<handle>/end")
def end_session(handle: str) -> Response:
    """End one of one's own sessions."""
    person, asked = me(), caller()
    with runtime().connection() as connection:
        accounts.end_session(
            connection, person.name, handle, by=person.id, request=asked.request, at=asked.at
        )
    return _done("session")


@blueprint.post("/account/sessions/end-others")
def end_other_sessions() -> Response:
    """End all of one's own sessions but this one."""
    digest = standing().digest
    if digest is not None:
        logins.end_other_sessions(runtime(), me(), digest, caller())
    return _done("session")


def me() -> Person:
    """Return who is logged in, or ask for a login."""
    person = current()
    if person is None:
        raise LoginNeeded("This page shows your own account.", remedy="Log in first.")
    return person


def _done(what: str) -> Response:
    return redirect(url_for("account.own", done=what), 303)


def _unconfirmed(
    person: Person, error: LoginRefused | LoginSlowed, field: str, **more: Any
) -> Response:
    words, status = WRONG_PASSWORD, 422
    if isinstance(error, LoginSlowed):
        wait, status = error.wait_seconds, 429
        words = (f"尝试次数过多,请 {wait} 秒后再试。", f"Try again in {wait} seconds.")
    return answer(account_page(person, wrong={field: [words]}, **more), status)


def account_page(person: Person, **more: Any) -> str:
    """Show the account of a person, with what was wrong or is to be said."""
    harbor, here = runtime(), standing().digest
    with harbor.connection() as connection:
        listed = accounts.sessions(connection, person.name, here=here, at=sessions.now())
        scopes = accounts.scopes(connection, person)
    names = {facts.role: (facts.name, facts.name_en) for facts in ROLES}
    return render_template(
        "account.html",
        person=person,
        roles=[(names[role], scope) for role, scope in scopes],
        sessions=listed,
        zone=harbor.settings.zone,
        must_change=MUST_CHANGE,
        **{"wrong": {}, "offer": None, "notice": None, "carried": "", **more},
        **page_frame(),
    )


def answer(page: str, status: int) -> Response:
    """Return a page with a status."""
    return FlaskResponse(page, status=status, mimetype="text/html")


def replay_page(late: Carried, *, auto: bool) -> str:
    """Show a form that came too late, to be sent once more."""
    return render_template("replay.html", late=late, auto=auto, **page_frame())
