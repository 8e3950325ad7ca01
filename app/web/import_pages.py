"""The import wizard: file, columns, rows, done; every step can be left and taken up again."""

from datetime import datetime
from urllib.parse import quote

from apiflask import APIBlueprint
from flask import Response as FlaskResponse
from flask import request
from werkzeug.wrappers import Response

from app.domain.accounts import Person
from app.domain.contacts import LACK_NAMES
from app.domain.errors import FieldError, ForbiddenHere, HarborError, InvalidInput
from app.domain.lifecycle import FACTS
from app.domain.roles import Role
from app.domain.services import BY_CODE
from app.domain.station import DOOR_NAMES
from app.domain.station_sheet import DATUMS
from app.service import (
    import_entering,
    import_rows,
    import_staging,
    jobs,
    list_template,
    receipts,
)
from app.service.import_staging import EVERY_UNION, Plan, StagedList
from app.service.jobs import Job
from app.web import console, forms
from app.web.context import map_config, runtime

blueprint = APIBlueprint("imports", __name__, url_prefix="/manage/import", enable_openapi=False)

AT = "import"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ENTERS = frozenset({Role.UNION_STAFF, Role.CITY_ADMIN})
FILTER_WORDS: dict[str, tuple[str, str]] = {
    "all": ("全部", "All"),
    "problems": ("只看有问题的", "Only problems"),
    "errors": ("不能导入", "Cannot be entered"),
    "undecided": ("疑似重复待决定", "Duplicates to decide"),
    "duplicates": ("疑似重复", "Likely duplicates"),
    "places": ("位置可疑", "Odd places"),
    "people": ("有联系人", "With people"),
    "unplaced": ("没有坐标", "Without a place"),
    "left": ("不导入的", "Left out"),
}
# what a point on the map stands for
KIND_WORDS: dict[str, tuple[str, str]] = {
    "fine": ("没有发现问题", "Nothing against it"),
    "district": ("区县不符", "Wrong district"),
    "water": ("在水里", "In the water"),
    "duplicate": ("疑似重复", "Likely duplicate"),
    "far": ("附近没有街道", "No street near it"),
}


def _me() -> Person:
    """Return who is at the desk, if they enter stations.

    Raises:
        ForbiddenHere: if they do not.
    """
    person = console.me()
    if not person.roles & _ENTERS:
        raise ForbiddenHere(
            "Lists are brought by staff who enter stations.",
            remedy="Ask a city admin for the role.",
            zh="导入由工会经办人办理。请向市总管理员申请角色。",
        )
    return person


@blueprint.before_request
def guard() -> None:
    """Let in only who enters stations, before anything is read."""
    _me()


def path_of(list_id: int, step: str = "") -> str:
    """Return the address of a list, or of one of its steps."""
    return f"/manage/import/{list_id}{'/' + step if step else ''}"


# File -------------------------------------------------------------------------------------------


@blueprint.get("")
def start() -> str:
    """Show where a file is brought, and the lists brought before."""
    return _start()


def _start(error: HarborError | None = None, typed: dict[str, str] | None = None) -> str:
    actor = console.actor()
    with runtime().connection() as connection:
        unions = import_staging.unions(connection, actor)
        before = import_staging.mine(connection, actor)
    wide = any(
        grant.role is Role.CITY_ADMIN and grant.union_id is None for grant in console.me().grants
    )
    return console.page(
        "import_start.html", at=AT, unions=unions, before=before, wide=wide,
        once=receipts.token(), typed=typed or {},
        wrong=console.wrong_of(error) if error else {},
        days=runtime().settings.staged_days,
    )  # fmt: skip


def _too_large() -> Response:
    return console.answer(_start(forms.too_large("file")), 422)


@blueprint.post("")
@forms.shown_if_too_large(_too_large)
def bring() -> Response | str:
    """Take a file."""
    actor = console.actor()
    file = request.files.get("file")
    typed = {"union": request.form.get("union", "")}
    content = file.read(import_staging.MOST_BYTES + 1) if file else b""
    try:
        with runtime().connection() as connection:
            union_id = _union_id(typed["union"])
            led = receipts.once(
                connection, actor, request.form.get("once", ""),
                lambda: path_of(import_staging.stage(
                    connection, runtime(), actor, file_name=(file and file.filename) or "",
                    content=content, union_id=union_id,
                )),
            )  # fmt: skip
    except (InvalidInput, ForbiddenHere) as error:
        return console.answer(_start(error, typed), 422)
    return console.moved_to(led)


def _union_id(text: str) -> int | None:
    if not text.isascii() or not text.isdigit():
        raise InvalidInput(
            [FieldError("union", "choose a union", "请选择工会")], attempted="bring a list"
        )
    return None if int(text) == EVERY_UNION else int(text)


@blueprint.get("/template.xlsx")
def template() -> Response:
    """Hand out the list to fill in."""
    actor = console.actor()
    with runtime().connection() as connection:
        content = list_template.content(connection, runtime().settings, actor)
    return download("渝工港湾-站点导入模板.xlsx", content)


def download(name: str, content: bytes) -> Response:
    """Hand out a workbook that nobody else keeps a copy of."""
    response = FlaskResponse(content, mimetype=XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


# Where a list stands ----------------------------------------------------------------------------


@blueprint.get("/<int:list_id>")
def look(list_id: int) -> Response | str:
    """Lead to the step a list is at, or show how far its work is."""
    staged, job = standing(list_id)
    if job is not None and not job.over:
        return progress_page(staged, job)
    step = {"columns": "columns", "rows": "rows"}.get(staged.state, "done")
    if job is not None and job.state == "failed" and staged.state == "columns":
        return _columns(list_id, failed=job)
    return console.moved_to(path_of(list_id, step))


@blueprint.get("/<int:list_id>/progress")
def progress(list_id: int) -> Response | str:
    """Show how far the work is: a piece of a page every second, until it is over."""
    staged, job = standing(list_id)
    if job is None or job.over:
        return console.moved_to(path_of(list_id))
    if console.wants_fragment():
        return console.fragment("_import_progress.html", staged=staged, job=job)
    return progress_page(staged, job)


def progress_page(staged: StagedList, job: Job) -> str:
    """Show how far the work on a list is."""
    return console.page("import_progress.html", at=AT, staged=staged, job=job)


def standing(list_id: int) -> tuple[StagedList, Job | None]:
    """Return a list of the person's own, and the newest work on it."""
    actor = console.actor()
    with runtime().connection() as connection:
        staged = import_staging.get(connection, actor, list_id)
        job = jobs.look(connection, actor, import_staging.JOBS, list_id)
        if staged.batch_id is not None:
            undoing = jobs.look(connection, actor, [import_staging.UNDO], staged.batch_id)
            job = undoing or job
    return staged, job


@blueprint.post("/<int:list_id>/cancel")
def cancel(list_id: int) -> Response:
    """Stop the work; nothing of it is kept."""
    actor = console.actor()
    _, job = standing(list_id)
    if job is not None and not job.over:
        with runtime().connection() as connection:
            jobs.cancel(connection, actor, job.id)
    return console.moved_to(path_of(list_id))


@blueprint.post("/<int:list_id>/discard")
def discard(list_id: int) -> Response:
    """Forget a list; what it became stays."""
    with runtime().connection() as connection:
        import_staging.discard(connection, console.actor(), list_id)
    return console.moved_to("/manage/import")


# Columns ----------------------------------------------------------------------------------------


@blueprint.get("/<int:list_id>/columns")
def columns(list_id: int) -> Response | str:
    """Show what each column is taken for."""
    staged, job = standing(list_id)
    if job is not None and not job.over:
        return progress_page(staged, job)
    if staged.state not in ("columns", "rows"):
        return console.moved_to(path_of(list_id, "done"))
    return _columns(list_id)


def _columns(list_id: int, error: HarborError | None = None, failed: Job | None = None) -> str:
    actor = console.actor()
    form = request.form
    sheet = form.get("sheet") or request.args.get("sheet", "")
    with runtime().connection() as connection:
        found = import_staging.columns(connection, runtime(), actor, list_id, sheet=sheet)
    names = list(found.meanings)
    plan = _plan(names, found.preview.sheet) if error else found.plan
    return console.page(
        "import_columns.html", at=AT, found=found, plan=plan, names=names,
        meanings={**found.meanings, **(plan.columns or {})} if error else found.meanings,
        known=import_staging.known_meanings(), datums=DATUMS,
        may_cut_over=Role.CITY_ADMIN in console.me().roles, once=receipts.token(),
        failed=failed, wrong=console.wrong_of(error) if error else {},
    )  # fmt: skip


@blueprint.post("/<int:list_id>/columns")
def read(list_id: int) -> Response | str:
    """Take what the columns mean, and let the rows be read."""
    actor = console.actor()
    names = request.form.getlist("column")
    plan = _plan(names, request.form.get("sheet", ""))
    try:
        with runtime().connection() as connection:
            staged = import_staging.get(connection, actor, list_id)

            def work() -> str:
                import_staging.ask_to_read(
                    connection, actor, list_id, plan, union_id=staged.union_id
                )
                return path_of(list_id)

            led = receipts.once(connection, actor, request.form.get("once", ""), work)
    except InvalidInput as error:
        return console.answer(_columns(list_id, error), 422)
    return console.moved_to(led)


def _plan(names: list[str], sheet: str) -> Plan:
    form = request.form
    given = dict(zip(names, form.getlist("meaning"), strict=False))
    return Plan(
        sheet=sheet, datum=form.get("datum", ""), columns=given,
        consented_on=form.get("consented_on", "").strip(), cut_over="cut_over" in form,
        document=form.get("document", "").strip(), dated=form.get("dated", "").strip(),
    )  # fmt: skip


# Rows -------------------------------------------------------------------------------------------


@blueprint.get("/<int:list_id>/rows")
def rows(list_id: int) -> Response | str:
    """Show the rows as they will become."""
    staged, job = standing(list_id)
    if job is not None and not job.over:
        return progress_page(staged, job)
    if staged.state == "columns":
        return console.moved_to(path_of(list_id, "columns"))
    if staged.state != "rows":
        return console.moved_to(path_of(list_id, "done"))
    return _rows(list_id, job=job)


def _rows(list_id: int, error: HarborError | None = None, job: Job | None = None) -> str:
    actor = console.actor()
    shown = request.values.get("show", "all")
    number = request.values.get("page", 1, type=int)
    with runtime().connection() as connection:
        page = import_rows.page(connection, runtime(), actor, list_id, shown=shown, number=number)
        hours = import_rows.hours(connection, runtime(), actor, list_id)
    return console.page(
        "import_rows.html", at=AT, page=page, plan=Plan.of(page.staged), hours=hours,
        filters=FILTER_WORDS, services=BY_CODE, doors=DOOR_NAMES, states=FACTS,
        once=receipts.token(), job=job if job and job.state in ("failed", "cancelled") else None,
        notes=page.staged.plan.get("notes", ()), lack_names=LACK_NAMES,
        today=datetime.now(runtime().settings.zone).date(),
        wrong=console.wrong_of(error) if error else {}, kinds=KIND_WORDS, map_config=map_config(),
    )  # fmt: skip


@blueprint.post("/<int:list_id>/rows")
def choose(list_id: int) -> Response | str:
    """Decide about one row, or about all that wait for a decision."""
    form = request.form
    row = form.get("row", type=int)
    try:
        with runtime().connection() as connection:
            import_rows.choose(
                connection, console.actor(), list_id, form.get("choice", ""),
                numbers=None if row is None else [row],
            )  # fmt: skip
    except InvalidInput as error:
        return console.answer(_rows(list_id, error), 422)
    back = f"rows?show={quote(form.get('show', 'all'))}&page={form.get('page', 1, type=int)}"
    return console.moved_to(path_of(list_id, back) + (f"#row-{row}" if row else "#decide"))


@blueprint.post("/<int:list_id>/hours")
def hours(list_id: int) -> Response | str:
    """Confirm or correct one reading of hours, or confirm them all."""
    form = request.form
    actor = console.actor()
    try:
        with runtime().connection() as connection:
            if "all" in form:
                import_rows.confirm_all_hours(connection, actor, list_id)
            else:
                import_rows.correct_hours(
                    connection, runtime(), actor, list_id, form.get("handle", ""),
                    form.get("text", ""),
                )  # fmt: skip
    except InvalidInput as error:
        return console.answer(_rows(list_id, error), 422)
    return console.moved_to(path_of(list_id, "rows") + "#hours")


@blueprint.post("/<int:list_id>/enter")
def enter(list_id: int) -> Response | str:
    """Let the list be entered, whole or not at all."""
    actor = console.actor()
    try:
        with runtime().connection() as connection:

            def work() -> str:
                import_entering.ask(
                    connection, actor, list_id, hours_confirmed="hours_confirmed" in request.form
                )
                return path_of(list_id)

            led = receipts.once(connection, actor, request.form.get("once", ""), work)
    except InvalidInput as error:
        return console.answer(_rows(list_id, error), 422)
    return console.moved_to(led)
