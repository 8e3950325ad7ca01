"""The last step of the import wizard: what became of a list, its people, its undoing."""

from apiflask import APIBlueprint
from flask import request
from werkzeug.wrappers import Response

from app.domain.contacts import read_day
from app.domain.errors import HarborError, InvalidInput
from app.domain.lifecycle import FACTS
from app.service import (
    import_contacts,
    import_rows,
    import_staging,
    import_undoing,
    receipts,
)
from app.service.import_staging import Plan
from app.service.jobs import Job
from app.web import console
from app.web.context import runtime
from app.web.import_pages import AT, download, guard, path_of, progress_page, standing

blueprint = APIBlueprint("imported", __name__, url_prefix="/manage/import", enable_openapi=False)
blueprint.before_request(guard)


@blueprint.get("/<int:list_id>/done")
def done(list_id: int) -> Response | str:
    """Show what became of a list."""
    staged, job = standing(list_id)
    if job is not None and not job.over:
        return progress_page(staged, job)
    if staged.state in ("columns", "rows"):
        return console.moved_to(path_of(list_id))
    return _done(list_id, job=job)


def _done(
    list_id: int,
    error: HarborError | None = None,
    job: Job | None = None,
    about: int | None = None,
) -> str:
    actor = console.actor()
    undoing = None
    with runtime().connection() as connection:
        staged = import_staging.get(connection, actor, list_id)
        if staged.state == "done" and staged.undone_at is None:
            undoing = import_undoing.look(connection, actor, int(staged.batch_id or 0))
        people = (
            import_contacts.of_batch(connection, runtime().vault, actor, staged.batch_id)
            if staged.batch_id else ()
        )  # fmt: skip
    return console.page(
        "import_done.html", at=AT, staged=staged, plan=Plan.of(staged), undoing=undoing,
        people=people, states=FACTS, about=about, typed=request.form, once=receipts.token(),
        job=job if job and job.state in ("failed", "cancelled") else None,
        wrong=console.wrong_of(error) if error else {},
    )  # fmt: skip


@blueprint.post("/<int:list_id>/undo")
def undo(list_id: int) -> Response | str:
    """Take a batch back as one."""
    actor = console.actor()
    form = request.form
    try:
        with runtime().connection() as connection:

            def work() -> str:
                staged = import_staging.get(connection, actor, list_id)
                import_undoing.ask(
                    connection, actor, int(staged.batch_id or 0), reason=form.get("reason", ""),
                    document=form.get("document", "").strip(),
                )  # fmt: skip
                return path_of(list_id)

            led = receipts.once(connection, actor, form.get("once", ""), work)
    except HarborError as error:
        return console.answer(_done(list_id, error), 422)
    return console.moved_to(led)


@blueprint.get("/<int:list_id>/rejected.xlsx")
def rejected(list_id: int) -> Response:
    """Hand out the rows that stayed out, with reasons."""
    with runtime().connection() as connection:
        name, content = import_rows.rejected_sheet(connection, runtime(), console.actor(), list_id)
    return download(name, content)


@blueprint.post("/<int:list_id>/people/<int:contact_id>")
def complete(list_id: int, contact_id: int) -> Response | str:
    """Name one of the list's people as a keeper, or forget them."""
    actor = console.actor()
    form = request.form
    try:
        with runtime().connection() as connection:
            if "drop" in form:
                import_contacts.drop(connection, actor, contact_id)
            else:
                import_contacts.complete(
                    connection, runtime().vault, actor, contact_id, name=form.get("name", ""),
                    phone=form.get("phone", ""), employer=form.get("employer", ""),
                    consented_on=read_day(form.get("consented_on", "")),
                )  # fmt: skip
    except InvalidInput as error:
        return console.answer(_done(list_id, error, about=contact_id), 422)
    return console.moved_to(path_of(list_id, "done") + "#people")
