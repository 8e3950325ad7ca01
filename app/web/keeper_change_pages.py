"""A keeper says what has changed at the station; the union's reviewers decide."""

from apiflask import APIBlueprint
from flask import jsonify, redirect, request
from werkzeug.wrappers import Response

from app.domain.errors import ChangedMeanwhile, HarborError
from app.service import keeper_changes, receipts
from app.web import console, keeper_change
from app.web.console import Words
from app.web.context import runtime
from app.web.keeper_own_pages import acting, ask_again, keeper, own_page

blueprint = APIBlueprint("keeper_change", __name__, url_prefix="/k/change", enable_openapi=False)

MEANWHILE: Words = (
    "工会刚刚改过站点信息,请对照后再提交一次;您填写的内容还在。",
    "The union changed the record just now. Compare and send again; what you typed is here.",
)


@blueprint.post("", strict_slashes=False)
def sent() -> Response:
    """Take what has changed, as one request."""
    person = keeper()
    if person is None:
        return ask_again()
    actor = acting(person)
    try:
        with runtime().connection() as connection:

            def work() -> str:
                keeper_changes.ask(connection, actor, keeper_change.said())
                return "/k?done=asked"

            location = receipts.once(connection, actor, request.form.get("once", ""), work)
    except ChangedMeanwhile:
        return own_page(person, form=keeper_change.FORM, wrong={"": [MEANWHILE]}, status=409)
    except HarborError as error:
        wrong = dict(console.wrong_of(error))
        # of a change as a whole, and not of one of its inputs
        wrong[""] = [*wrong.get("", []), *wrong.pop("changes", [])]
        return own_page(person, form=keeper_change.FORM, wrong=wrong, status=422)
    return redirect(location, 303)


@blueprint.post("/<int:request_id>/withdraw")
def withdrawn(request_id: int) -> Response:
    """Take a request back."""
    person = keeper()
    if person is None:
        return ask_again()
    try:
        with runtime().connection() as connection:
            keeper_changes.withdraw(connection, acting(person), request_id)
    except HarborError as error:
        return own_page(person, form=keeper_change.FORM, wrong=console.wrong_of(error), status=409)
    return redirect("/k?done=withdrawn", 303)


@blueprint.post("/reading")
def reading() -> Response:
    """Say how the hours that are being typed would be understood."""
    if keeper() is None:
        return ask_again()
    words = keeper_changes.read_hours(request.form.get("hours_text", "")[:2000])
    return jsonify(said=words)
