"""People and their roles, for admins: who is there, what they may, how they get in."""

from typing import Any

from apiflask import APIBlueprint
from flask import request
from werkzeug.wrappers import Response

from app.domain.accounts import check_name
from app.domain.actor import Actor
from app.domain.errors import FieldError, HarborError, InvalidInput, NotFound
from app.domain.roles import ROLES, Role
from app.service import receipts, staffing
from app.service.records import Connection
from app.service.staffing import Member, Scope
from app.web import console, record_words
from app.web.context import runtime
from app.web.fact_words import Words

blueprint = APIBlueprint("users", __name__, url_prefix="/manage/users", enable_openapi=False)

LONGEST_FULL_NAME = 100
EVERYWHERE = "all"
DONE: dict[str, Words] = {
    "added": (
        "账号已建立。密码只显示一次,没有记下就请重设密码。",
        "The account was added. Its password is shown once: reset it if nobody wrote it down.",
    ),
    "password": (
        "密码已重设。新密码只显示一次,没有记下就请再重设。",
        "The password was reset. It is shown once: reset it again if nobody wrote it down.",
    ),
    "granted": ("已授予角色。", "The role was granted."),
    "held": ("该账号已有这个角色。", "They have that role already."),
    "revoked": ("已收回角色。", "The role was taken away."),
    "disabled": ("账号已停用,所有设备已退出。", "The account is shut out, and logged out."),
    "enabled": ("账号已恢复。", "The account is let in again."),
    "ended": ("已退出所有设备。", "Logged out everywhere."),
    "factor": ("两步验证已取消。", "The second factor was taken away."),
}


@blueprint.get("", strict_slashes=False)
def listed() -> Response:
    """List the people one keeps."""
    person = console.actor()
    asked = {name: request.args.get(name, "").strip() for name in ("q", "role", "union", "after")}
    with runtime().connection() as connection:
        reach = staffing.scope(connection, person)
        people = staffing.listed(
            connection, person, words=asked["q"][:100], role=_role(asked["role"]),
            union_id=_number(asked["union"]), after=asked["after"], most=staffing.A_PAGE + 1,
        )  # fmt: skip
    shown = people[: staffing.A_PAGE]
    context = {
        "people": [_shown(one, reach) for one in shown],
        "after": shown[-1].name if len(people) > len(shown) else None,
        "asked": asked,
        "roles": _roles(),
        "unions": _unions(reach, everywhere=False),
    }
    if console.wants_fragment():
        return console.answer(console.fragment("_users.html", **context))
    return console.answer(console.page("users.html", at="users", **context))


@blueprint.get("/new")
def new() -> str:
    """Show the form of a new account."""
    person = console.actor()
    with runtime().connection() as connection:
        return _new_page(staffing.scope(connection, person), {}, receipts.token())


@blueprint.post("/new")
def add() -> Response:
    """Add an account and show its password, once."""
    person, once = console.actor(), request.form.get("once", "")
    made: list[tuple[int, str]] = []
    with runtime().connection() as connection:
        reach = staffing.scope(connection, person)

        def work() -> str:
            name, full_name, role, union = _typed()
            made.append(
                staffing.add(
                    connection, person, name, full_name=full_name, role=role, union_id=union
                )
            )
            return f"/manage/users/{made[-1][0]}?done=added"

        try:
            location = receipts.once(connection, person, once, work)
        except HarborError as error:
            wrong = record_words.wrong(error)
            return console.answer(_new_page(reach, wrong, once or receipts.token()), 422)
        if not made:
            return console.moved_to(location)
        return _password_page(connection, person, *made[-1])


@blueprint.get("/<int:user_id>")
def member(user_id: int) -> str:
    """Show one of the people."""
    person = console.actor()
    with runtime().connection() as connection:
        context = _context(connection, person, user_id)
    context["notice"] = DONE.get(request.args.get("done", ""))
    return console.page("user.html", at="users", **context)


@blueprint.post(
    "/<int:user_id>/<any(grant, revoke, disable, enable, password, sessions, factor):what>"
)
def change(user_id: int, what: str) -> Response:
    """Change what one of the people may, or how they get in."""
    person, once = console.actor(), request.form.get("once", "")
    made: list[str] = []
    with runtime().connection() as connection:

        def work() -> str:
            done = _change(connection, person, user_id, what, made)
            return f"/manage/users/{user_id}?done={done}"

        try:
            location = receipts.once(connection, person, once, work)
        except NotFound:
            raise
        except HarborError as error:
            context = _context(connection, person, user_id)
            context["wrong"] = record_words.wrong(error)
            status = 422 if isinstance(error, InvalidInput) else 403
            return console.answer(console.page("user.html", at="users", **context), status)
        if not made:
            return console.moved_to(location)
        return _password_page(connection, person, user_id, made[-1])


def _change(connection: Connection, person: Actor, user_id: int, what: str, made: list[str]) -> str:
    """Do what a form of the page asks; return the word for what was done."""
    if what == "grant":
        role, union = _asked_role()
        given = staffing.grant(connection, person, user_id, role, union)
        return "granted" if given else "held"
    if what == "revoke":
        grant_id = _number(request.form.get("grant", "")) or 0
        staffing.revoke(connection, person, user_id, grant_id)
        return "revoked"
    if what == "password":
        made.append(staffing.reset_password(connection, person, user_id))
        return "password"
    work, done = {
        "disable": (staffing.disable, "disabled"),
        "enable": (staffing.enable, "enabled"),
        "sessions": (staffing.end_sessions, "ended"),
        "factor": (staffing.reset_second_factor, "factor"),
    }[what]
    work(connection, person, user_id)
    return done


def _context(connection: Connection, person: Actor, user_id: int) -> dict[str, Any]:
    found = staffing.member(connection, person, user_id)
    reach = staffing.scope(connection, person)
    return {
        "one": _shown(found, reach),
        "sessions": staffing.sessions(connection, person, user_id),
        "myself": user_id == person.user_id,
        "roles": _roles(),
        "unions": _unions(reach),
        "typed": {name: request.form.get(name, "") for name in ("role", "union")},
        "once": receipts.token(),
        "wrong": {},
        "notice": None,
    }


def _password_page(connection: Connection, person: Actor, user_id: int, password: str) -> Response:
    """Show a password in the answer to the form that made it, and nowhere again."""
    found = staffing.member(connection, person, user_id)
    return console.answer(
        console.page("user_password.html", at="users", name=found.name, user_id=user_id,
                     full_name=found.full_name, password=password)
    )  # fmt: skip


def _new_page(reach: Scope, wrong: Any, once: str) -> str:
    typed = {name: request.form.get(name, "") for name in ("name", "full_name", "role", "union")}
    return console.page(
        "user_new.html", at="users", roles=_roles(), unions=_unions(reach), typed=typed,
        wrong=wrong, once=once,
    )  # fmt: skip


def _shown(one: Member, reach: Scope) -> dict[str, Any]:
    """One of the people as pages list them, grants named."""
    names = {id_: (name, name_en or name) for id_, _, name, name_en in reach.unions}
    grants = []
    for held in one.grants:
        if held.station_id is not None:
            where = (f"站点 {held.station_id}", f"station {held.station_id}")
        elif held.union_id is None:
            where = ("全部工会", "every union")
        else:
            where = names.get(held.union_id, (f"工会 {held.union_id}", f"union {held.union_id}"))
        grants.append(
            {"held": held, "role": record_words.ROLE_NAMES[held.role], "where": where,
             "keeper": held.role == Role.KEEPER}
        )  # fmt: skip
    return {"person": one, "grants": grants}


def _roles() -> list[tuple[str, str, str]]:
    return [
        (facts.role.value, facts.name, facts.name_en)
        for facts in ROLES
        if facts.role in staffing.GRANTED
    ]


def _unions(reach: Scope, *, everywhere: bool = True) -> list[tuple[str, str, str]]:
    listed = [
        (str(id_), f"{name}({code})", f"{name_en or name} ({code})")
        for id_, code, name, name_en in reach.unions
    ]
    if everywhere and reach.everywhere:
        return [(EVERYWHERE, "全部工会", "Every union"), *listed]
    return listed


# What was typed ---------------------------------------------------------------------------------


def _typed() -> tuple[str, str, Role, int | None]:
    """Read the form of a new account; say everything that is wrong at once."""
    errors: list[FieldError] = []
    name = request.form.get("name", "")
    full_name = " ".join(request.form.get("full_name", "").replace("\x00", "").split())
    try:
        check_name(name)
    except InvalidInput as error:
        errors += error.errors
    if not full_name or len(full_name) > LONGEST_FULL_NAME:
        errors.append(
            FieldError("full_name", f"1 to {LONGEST_FULL_NAME} signs",
                       f"请填写姓名,最多 {LONGEST_FULL_NAME} 个字")
        )  # fmt: skip
    try:
        role, union = _asked_role()
    except InvalidInput as error:
        raise InvalidInput([*errors, *error.errors], attempted="add an account") from error
    if errors:
        raise InvalidInput(errors, attempted="add an account")
    return name, full_name, role, union


def _asked_role() -> tuple[Role, int | None]:
    """Read role and scope; nobody gets every union by leaving a field empty."""
    errors = []
    role = _role(request.form.get("role", ""))
    if role is None:
        errors.append(FieldError("role", "choose a role", "请选择角色"))
    scope = request.form.get("union", "")
    union = _number(scope)
    if scope != EVERYWHERE and union is None:
        errors.append(FieldError("union", "choose for which union", "请选择范围"))
    if role is None or errors:
        raise InvalidInput(errors, attempted="grant a role")
    return role, union


def _role(text: str) -> Role | None:
    return next((role for role in staffing.GRANTED if role.value == text), None)


def _number(text: str) -> int | None:
    small = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if small else None
