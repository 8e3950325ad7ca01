"""Frozen figures: what was reported, beside today's; signed off by another person."""

from apiflask import APIBlueprint
from flask import request
from werkzeug.wrappers import Response

from app.domain.errors import FieldError, HarborError, InvalidInput, NotFound
from app.domain.roles import Role
from app.service.plan import frozen
from app.service.plan.report_tables import RULE_HEADS
from app.web import console
from app.web.context import runtime
from app.web.plan_report_pages import AT, may_write
from app.web.sessions import require_staff

blueprint = APIBlueprint("plan_frozen", __name__, url_prefix="/plan/frozen", enable_openapi=False)
blueprint.before_request(require_staff)

# what the circle is measured by comes first, where a narrow screen shows it
HEADS = dict(reversed(RULE_HEADS.items()))
# what is compared, line by line: its name in a run, Chinese, English, whether it is a share
LINES: tuple[tuple[str, str, str, bool], ...] = (
    ("people_share", "人,至少一个站点", "people, one station or more", True),
    ("people", "覆盖人数", "people covered", False),
    ("twice_share", "人,至少两个", "people, two or more", True),
    ("street_share", "街道长度", "street length", True),
    ("area_share", "面积", "area", True),
)


@blueprint.get("")
def listing() -> str:
    """List frozen figures; today's are asked for one by one, as they come into view."""
    return _listing()


def _listing(error: HarborError | None = None) -> str:
    person = console.me()
    return console.page(
        "plan_frozen.html", at=AT, found=frozen.listed(runtime(), console.actor()),
        heads=HEADS, lines=LINES, may=may_write(), signs=_signs(), me_id=person.id,
        typed=request.form, wrong=console.wrong_of(error) if error else {},
        most_title=frozen.LONGEST_TITLE,
    )  # fmt: skip


def _signs() -> bool:
    return any(
        grant.role is Role.CITY_ADMIN and grant.union_id is None for grant in console.me().grants
    )


@blueprint.post("")
def freeze() -> Response:
    """Freeze the figures of a run."""
    actor = console.actor()
    frozen.check_freezer(runtime(), actor)
    try:
        number = frozen.freeze(
            runtime(), actor, _run(), title=request.form.get("title", ""),
            note=request.form.get("note", ""),
        )  # fmt: skip
    except (InvalidInput, NotFound) as error:
        return console.answer(_listing(error), 422)
    return console.moved_to(f"/plan/frozen#figure-{number}")


def _run() -> int:
    text = request.form.get("run", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise InvalidInput(
            [FieldError("run", "expected the number of a run", "请填写运行编号")],
            attempted="freeze the figures",
        )
    return int(text)


@blueprint.get("/<int:number>")
def shown(number: int) -> str:
    """Show one frozen figure beside today's."""
    person = console.me()
    return console.page(
        "plan_frozen_one.html", at=AT, heads=HEADS, lines=LINES, signs=_signs(),
        me_id=person.id, one=frozen.compared(runtime(), console.actor(), number),
    )  # fmt: skip


@blueprint.get("/<int:number>/today")
def beside_today(number: int) -> str:
    """Write one frozen figure beside today's, as a piece of the list."""
    person = console.me()
    return console.fragment(
        "_plan_frozen_beside.html", heads=HEADS, lines=LINES, signs=_signs(),
        me_id=person.id, one=frozen.compared(runtime(), console.actor(), number),
    )  # fmt: skip


@blueprint.post("/<int:number>/sign")
def signed(number: int) -> Response:
    """Sign a figure off."""
    frozen.sign(runtime(), console.actor(), number)
    return console.moved_to(f"/plan/frozen#figure-{number}")
