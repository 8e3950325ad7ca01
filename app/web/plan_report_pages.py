"""Reports of the planner's workbench: asked for, watched, read as a page, taken as files."""

from collections.abc import Mapping
from typing import Any, get_args

from apiflask import APIBlueprint
from flask import Response as FlaskResponse
from flask import jsonify, request
from werkzeug.wrappers import Response

from app.domain.errors import FieldError, HarborError, InvalidInput, NotFound
from app.service.plan import reports
from app.service.plan.planners import may_plan
from app.service.plan.question import RULES
from app.web import console, plan_question
from app.web.context import runtime
from app.web.plan_report_map import one_file
from app.web.sessions import require_staff

blueprint = APIBlueprint("plan_reports", __name__, url_prefix="/plan", enable_openapi=False)
blueprint.before_request(require_staff)

AT = "plan"
_BIGGEST = 2**63
LANGUAGES: tuple[reports.Language, ...] = ("zh", "en")
# what is offered for download, in Chinese and English
FILES: tuple[tuple[str, str, str], ...] = (
    ("docx", "可编辑文档", "Document to edit"),
    ("pdf", "PDF", "PDF"),
    ("xlsx", "全部表格", "All tables"),
    ("png", "地图图片", "Picture of the map"),
    ("html", "单文件地图", "Map as one file"),
    ("gpkg", "GeoPackage", "GeoPackage"),
    ("geojson", "GeoJSON", "GeoJSON"),
)


def may_write() -> bool:
    """Whether the person at the desk asks for reports and freezes figures."""
    return may_plan(runtime(), console.actor())


@blueprint.get("/reports")
def listing() -> str:
    """List the newest reports, and take the question of another."""
    return _listing()


def _listing(error: HarborError | None = None) -> str:
    found = reports.latest(runtime(), console.actor())
    return console.page(
        "plan_reports.html", at=AT, found=found, rules=RULES, typed=request.form,
        may=may_write(), wrong=console.wrong_of(error) if error else {},
    )  # fmt: skip


@blueprint.post("/reports")
def ask_for_one() -> Response | str:
    """Ask for a report: the workbench sends JSON, a page its form."""
    actor = console.actor()
    if request.is_json:
        given = plan_question.asked()
        number = reports.ask(
            runtime(), actor, given.question, given.changes, siting=_siting(given.body)
        )
        answer = jsonify({"id": number, "path": path_of(number)})
        answer.status_code = 202
        return answer
    try:
        question = plan_question.read_form(request.form)
        number = reports.ask(runtime(), actor, question)
    except InvalidInput as error:
        return console.answer(_listing(error), 422)
    return console.moved_to(path_of(number))


def _siting(body: Mapping[str, Any]) -> int | None:
    """Return the number of the siting that a report is to tell of, None for none.

    Raises:
        InvalidInput: if it is no number.
    """
    number = body.get("siting")
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < _BIGGEST:
        raise InvalidInput(
            [FieldError("siting", "is not the number of a siting", "应为选址的编号")],
            attempted="ask for a report",
        )
    return number


def path_of(number: int) -> str:
    """Return the address of a report."""
    return f"/plan/reports/{number}"


@blueprint.get("/reports/<int:number>")
def shown(number: int) -> str:
    """Show a report; while it is made, how far it is."""
    actor = console.actor()
    look = reports.look(runtime(), actor, number)
    if not look.made:
        return console.page("plan_report_progress.html", at=AT, look=look)
    papers = [(code, reports.written(runtime(), actor, number, code)) for code in LANGUAGES]
    return console.page(
        "plan_report.html", at=AT, look=look, papers=papers, files=FILES, cells=reports.cells,
        may=may_write(),
    )  # fmt: skip


@blueprint.get("/reports/<int:number>/progress")
def progress(number: int) -> Response:
    """Say how far a report is, as a piece of its page; lead there when it is made or failed."""
    look = reports.look(runtime(), console.actor(), number)
    if look.made or (look.job is not None and look.job.over):
        return console.moved_to(path_of(number))
    return console.answer(console.fragment("_plan_report_progress.html", look=look))


@blueprint.post("/reports/<int:number>/cancel")
def cancelled(number: int) -> Response:
    """Stop the making of a report."""
    reports.cancel(runtime(), console.actor(), number)
    return console.moved_to(path_of(number))


@blueprint.get("/reports/<int:number>.<kind>")
def downloaded(number: int, kind: str) -> Response:
    """Hand out a report as a file of a kind, in the language of ``lang``."""
    actor, language = console.actor(), _language()
    if kind == "html":
        content = one_file(runtime(), actor, number, language)
        return _file(content.encode(), "text/html", f"harbor-plan-{number}.html")
    if kind not in get_args(reports.Format):
        raise NotFound(f"A report has no {kind} file.", zh="没有这种格式的文件。")
    made = reports.file(runtime(), actor, number, kind, language)  # type: ignore[arg-type]
    return _file(made.content, made.media, made.name, inline=kind in ("svg", "png", "pdf"))


@blueprint.get("/reports/<int:number>/curve.svg")
def curve(number: int) -> Response:
    """Draw the curve of a report."""
    svg = reports.curve(runtime(), console.actor(), number, _language())
    return _file(svg.encode(), "image/svg+xml", "curve.svg", inline=True)


def _language() -> reports.Language:
    return "en" if request.args.get("lang") == "en" else "zh"


def _file(content: bytes, media: str, name: str, *, inline: bool = False) -> Response:
    shown = inline and "download" not in request.args
    headers = {
        "Content-Disposition": f'{"inline" if shown else "attachment"}; filename="{name}"',
        # a drawing or a map is looked at by itself, and does nothing here
        "Content-Security-Policy": "sandbox",
    }
    if media == "application/pdf":
        # a browser's reader of PDF does not start in a sandbox
        del headers["Content-Security-Policy"]
    return FlaskResponse(content, mimetype=media, headers=headers)
