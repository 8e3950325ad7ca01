"""Logging in and out, and forms whose login ended before they were sent."""

from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint, APIFlask
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain.accounts import STAFF
from app.service import logins
from app.service.logins import CodeWanted, LoggedIn, LoginRefused, LoginSlowed
from app.web import forms, problems, sessions
from app.web.account_pages import account_page, answer, me, replay_page
from app.web.context import page_frame, runtime
from app.web.forms import FormStale
from app.web.sessions import LoginNeeded, PasswordChangeNeeded, caller, current, standing

blueprint = APIBlueprint("login", __name__, enable_openapi=False)

Words = tuple[str, str]
WRONG: Words = (
    "账号、密码或验证码不对,请重新输入。",
    "Name, password or code are not right. Try again.",
)
LATE: Words = (
    "登录已过期,请重新登录;已填写的内容会保留。",
    "Your login has ended. Log in again; nothing you typed is lost.",
)
LATE_WITH_FILES: Words = (
    "登录已过期,请重新登录;已填写的内容会保留,附件登录后要重新选择。",
    "Your login has ended. Log in again; nothing you typed is lost, but choose files anew.",
)
NEEDED: Words = ("请先登录。", "Please log in.")


def init_app(app: APIFlask) -> None:
    """Let views ask for a login by raising."""
    app.register_error_handler(LoginNeeded, _ask)
    app.register_error_handler(PasswordChangeNeeded, _ask_for_password)
    app.register_error_handler(FormStale, _send_again)


# Logging in -------------------------------------------------------------------------------------


@blueprint.get("/login")
def form() -> str | Response:
    """Show the form; who is logged in already goes on."""
    target = _target(request.args.get("next", ""))
    if current() is not None:
        return redirect(target)
    needed = NEEDED if "next" in request.args else None
    return _page(target=target, message=needed, empty=not logins.anybody(runtime()))


@blueprint.post("/login")
def log_in() -> Response:
    """Check name and password."""
    name = request.form.get("name", "")
    try:
        outcome = logins.log_in(runtime(), name, request.form.get("password", ""), caller())
    except (LoginRefused, LoginSlowed) as error:
        return _again(error, name=name)
    if isinstance(outcome, CodeWanted):
        return answer(_page(**_kept(), ticket=outcome.ticket), 200)
    return _enter(outcome)


@blueprint.post("/login/code")
def log_in_with_code() -> Response:
    """Check the code of the second factor."""
    ticket = request.form.get("ticket", "")
    code = request.form.get("one_time_code", "")
    try:
        return _enter(logins.log_in_with_code(runtime(), ticket, code, caller()))
    except (LoginRefused, LoginSlowed) as error:
        return _again(error, ticket=ticket)


@blueprint.post("/logout")
def log_out() -> Response:
    """End this session."""
    logins.log_out(runtime(), sessions.token(), caller())
    return sessions.drop(redirect(url_for("login.form"), 303))


def _enter(entered: LoggedIn) -> Response:
    """Go where the person wanted, or send again what came too late."""
    sealed = request.form.get("carried", "")
    late = forms.carried(sealed)
    if late is not None and late.user_id not in (None, entered.user_id):
        # what another person typed is not shown to the next one at the same screen
        late = None
    forms.rebind(entered.token)
    sessions.enter(entered.token)
    target = _target(request.form.get("next", ""))
    if entered.must_change:
        page = account_page(me(), carried=sealed if late else "")
        return _known(sessions.keep(answer(page, 200), entered.token), entered)
    if late is not None:
        page = replay_page(late, auto=late.user_id == entered.user_id and not late.files)
        return _known(sessions.keep(answer(page, 200), entered.token), entered)
    return _known(sessions.keep(redirect(target, 303), entered.token), entered)


def _known(response: Response, entered: LoggedIn) -> Response:
    return sessions.know(response, logins.device_mark(runtime(), entered.user_id))


def _again(error: LoginRefused | LoginSlowed, **kept: str) -> Response:
    if isinstance(error, LoginSlowed):
        wait = error.wait_seconds
        words = (
            f"尝试次数过多,请 {wait} 秒后再试。",
            f"Too many attempts. Try again in {wait} seconds.",
        )
        response = answer(_page(**_kept(), **kept, message=words, bad=True), 429)
        response.headers["Retry-After"] = str(wait)
        return response
    return answer(_page(**_kept(), **kept, message=WRONG, bad=True), 401)


def _kept() -> dict[str, str]:
    return {
        "target": _target(request.form.get("next", "")),
        "carried": request.form.get("carried", ""),
    }


def _target(wanted: str) -> str:
    if wanted and forms.is_ours(wanted):
        return wanted
    person = current()
    staff = person is None or bool(person.roles & STAFF)
    return url_for("desk.my_queue") if staff else url_for("account.own")


def _page(**more: Any) -> str:
    return render_template("login.html", **{"carried": "", **more}, **page_frame())


# Forms that came too late -----------------------------------------------------------------------


def _ask(error: LoginNeeded) -> Response:
    """Show the form in the place of what was asked, and keep what was typed."""
    if not problems.wants_page():
        return problems.respond(
            problems.Problem(
                problems.Kind(401, "login-needed", "请先登录", "Log in first"),
                f"{error} {error.remedy}",
            )
        )
    if request.method in forms.SAFE:
        path = request.full_path.rstrip("?")
        return redirect(f"{url_for('login.form')}?{urlencode({'next': path})}", 303)
    sealed = forms.carry(standing().former_user_id)
    message = LATE_WITH_FILES if forms.has_files() else LATE
    return answer(_page(target="", carried=sealed, message=message), 401)


def _ask_for_password(error: PasswordChangeNeeded) -> Response:
    if not problems.wants_page():
        kind = problems.Kind(403, "password-change-needed", "请先更改密码", "Change the password")
        return problems.respond(problems.Problem(kind, f"{error} {error.remedy}"))
    person = current()
    if request.method not in forms.SAFE and person is not None:
        return answer(account_page(person, carried=forms.carry(person.id)), 403)
    return redirect(url_for("account.own"), 303)


def _send_again(error: FormStale) -> Response:
    """Offer a form of our own page to be sent anew; refuse everybody else's."""
    if not (problems.wants_page() and forms.is_same_origin()):
        kind = problems.Kind(403, "form-stale", "表单已过期", "The form is out of date")
        return problems.respond(problems.Problem(kind, f"{error} {error.remedy}"))
    if request.path.startswith("/k/"):
        return redirect("/k", 303)
    if request.path.startswith(("/login", "/logout", "/account")):
        return redirect(url_for("account.own" if current() else "login.form"), 303)
    if current() is None and logins.anybody(runtime()):
        return _ask(LoginNeeded(str(error)))
    late = forms.carried(forms.carry(None))
    if late is None:
        abort(400)
    return answer(replay_page(late, auto=False), 403)
