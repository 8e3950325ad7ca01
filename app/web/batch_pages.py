"""Batches of stations that were entered together: listed, and taken back as one."""

from apiflask import APIBlueprint
from flask import request
from werkzeug.wrappers import Response

from app.domain.errors import HarborError
from app.domain.lifecycle import FACTS
from app.domain.roles import Role
from app.service import import_undoing, jobs, receipts
from app.web import console, sessions
from app.web.context import runtime

blueprint = APIBlueprint("batches", __name__, url_prefix="/manage/batches", enable_openapi=False)

AT = "batches"
_ROLES = (Role.UNION_STAFF, Role.REVIEWER, Role.CITY_ADMIN)


@blueprint.before_request
def guard() -> None:
    """Let in only who may have brought lists, or judges them."""
    sessions.require(*_ROLES)


@blueprint.get("")
def listing() -> str:
    """List the batches of the person's scope, the newest first."""
    with runtime().connection() as connection:
        found = import_undoing.latest(connection, console.actor())
    return console.page("batches.html", at=AT, found=found)


@blueprint.get("/<int:batch_id>")
def batch(batch_id: int) -> str:
    """Show a batch, and what undoing it would do."""
    return _batch(batch_id)


def _batch(batch_id: int, error: HarborError | None = None) -> str:
    actor = console.actor()
    with runtime().connection() as connection:
        undoing = import_undoing.look(connection, actor, batch_id)
        job = jobs.look(connection, actor, [import_undoing.UNDO], batch_id)
    return console.page(
        "batch.html", at=AT, undoing=undoing, states=FACTS, typed=request.form,
        once=receipts.token(), working=job is not None and not job.over,
        job=job if job and job.state in ("failed", "cancelled") else None,
        wrong=console.wrong_of(error) if error else {},
    )  # fmt: skip


@blueprint.post("/<int:batch_id>/undo")
def undo(batch_id: int) -> Response | str:
    """Take a batch back as one."""
    actor = console.actor()
    form = request.form
    try:
        with runtime().connection() as connection:

            def work() -> str:
                import_undoing.ask(
                    connection, actor, batch_id, reason=form.get("reason", ""),
                    document=form.get("document", "").strip(),
                )  # fmt: skip
                return f"/manage/batches/{batch_id}"

            led = receipts.once(connection, actor, form.get("once", ""), work)
    except HarborError as error:
        return console.answer(_batch(batch_id, error), 422)
    return console.moved_to(led)
