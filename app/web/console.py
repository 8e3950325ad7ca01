"""The frame of staff pages: who is at the desk, where they may go, errors beside fields."""

from dataclasses import dataclass
from typing import Any

from flask import Response as FlaskResponse
from flask import g, render_template, request
from werkzeug.wrappers import Response

from app.domain.accounts import STAFF, Person
from app.domain.actor import Actor
from app.domain.errors import ForbiddenHere
from app.domain.roles import Role
from app.service import notices, queue
from app.web import sessions
from app.web.context import page_frame, runtime
from app.web.refusals import Words
from app.web.refusals import wrong as wrong_of

__all__ = [
    "RAIL", "Item", "Words", "actor", "answer", "fragment", "me", "moved_to", "page",
    "wants_fragment", "wrong_of",
]  # fmt: skip

_WRITERS = frozenset({Role.CITY_ADMIN, Role.UNION_STAFF, Role.REVIEWER, Role.INSPECTOR})
_ENTER = frozenset({Role.CITY_ADMIN, Role.UNION_STAFF})


@dataclass(frozen=True, slots=True)
class Item:
    """A place in the rail.

    Attributes:
        key: what a page names itself by, to be marked as the current one.
        path: its address.
        name, name_en: what it is called.
        roles: who sees it.
        everywhere: whether the role has to hold for every union.
    """

    key: str
    path: str
    name: str
    name_en: str
    roles: frozenset[Role] = STAFF
    everywhere: bool = False

    def is_for(self, person: Person) -> bool:
        """Whether a person finds it in the rail."""
        return any(
            grant.role in self.roles and not (self.everywhere and grant.union_id is not None)
            for grant in person.grants
        )


RAIL: tuple[Item, ...] = (
    Item("queue", "/manage", "我的待办", "My queue"),
    Item("stations", "/manage/stations", "站点", "Stations"),
    Item("map", "/manage/map", "地图", "Map"),
    Item("plan", "/plan", "规划", "Plan"),
    Item("import", "/manage/import", "导入", "Import", _ENTER),
    Item("batches", "/manage/batches", "导入批次", "Batches", frozenset({Role.REVIEWER})),
    Item("placing", "/manage/placing", "待定位", "Placing", _ENTER),
    Item("inspections", "/manage/inspections", "巡检", "Inspections"),
    Item("reports", "/manage/reports", "反映", "Reports"),
    Item("duplicates", "/manage/duplicates", "查重", "Duplicates", _WRITERS),
    Item("documents", "/manage/documents", "文件", "Documents"),
    Item("notices", "/manage/notices", "通知", "Notices"),
    Item("users", "/manage/users", "用户", "Users", frozenset({Role.CITY_ADMIN})),
    Item(
        "audit",
        "/manage/audit",
        "审计",
        "Audit",
        frozenset({Role.CITY_ADMIN, Role.AUDITOR}),
        everywhere=True,
    ),
)


def me() -> Person:
    """Return who is at the desk.

    Raises:
        LoginNeeded, PasswordChangeNeeded, ForbiddenHere: if nobody of the staff is.
    """
    person = sessions.require(*STAFF)
    if person is None:
        raise ForbiddenHere(
            "The register has no account yet, and every entry names its person.",
            remedy="Add the first one on the server: harbor users add NAME --role city_admin.",
            zh="还没有账号。请在服务器上建立第一个:harbor users add 姓名 --role city_admin。",
        )
    return person


def actor() -> Actor:
    """Return who acts, for the services."""
    person = me()
    wide = any(
        grant.role in (Role.CITY_ADMIN, Role.AUDITOR) and grant.union_id is None
        for grant in person.grants
    )
    found = Actor(person.id, admin=wide, request_id=str(g.get("request_id", "")))
    _count(found)
    return found


def page(template: str, *, at: str, **context: Any) -> str:
    """Write a page in the frame, ``at`` naming its place in the rail."""
    person = me()
    rail = [item for item in RAIL if item.is_for(person)]
    return render_template(
        template,
        **{"wrong": {}, "notice": None, "me": person, "rail": rail, "at": at,
           "counts": g.get("counts", {}),
           "zone": runtime().settings.zone, **context, **page_frame()},
    )  # fmt: skip


def _count(person: Actor) -> None:
    """Count what waits at each place of the rail, for a page that a browser opens.

    Before the handler takes a connection: whoever held one and asked for a second
    would starve the pool.
    """
    opened = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
    if not opened or wants_fragment() or "counts" in g:
        return
    harbor = runtime()
    with harbor.connection() as connection:
        waiting = queue.counts(
            connection, person, zone=harbor.settings.zone,
            confirm_days=harbor.settings.confirm_days,
        )  # fmt: skip
        g.counts = {**waiting, "notices": notices.unseen(connection, person)}


def fragment(template: str, **context: Any) -> str:
    """Write a piece of a page, for htmx to put in place."""
    return render_template(
        template,
        **{"wrong": {}, "me": me(), "zone": runtime().settings.zone, **context, **page_frame()},
    )


def wants_fragment() -> bool:
    """Whether htmx asks for a piece, rather than a browser for a page."""
    asked = request.headers.get("HX-Request") == "true"
    # going back is a page to htmx, which asks for it itself
    whole = ("HX-Boosted", "HX-History-Restore-Request")
    return asked and not any(request.headers.get(name) == "true" for name in whole)


def answer(markup: str, status: int = 200) -> Response:
    """Return markup with a status."""
    return FlaskResponse(markup, status=status, mimetype="text/html")


def moved_to(location: str) -> Response:
    """Lead to another page after a form, whether a browser or htmx sent it."""
    if request.headers.get("HX-Request") == "true":
        return FlaskResponse("", status=204, headers={"HX-Redirect": location})
    return FlaskResponse("", status=303, headers={"Location": location})
