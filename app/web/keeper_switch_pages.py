"""What a keeper does in one or two taps: open now, closed until, supplies, answers to reports."""

from apiflask import APIBlueprint
from flask import redirect, request
from werkzeug.wrappers import Response

from app.domain.errors import HarborError
from app.service import closures, keeper_links, receipts, reports, visits
from app.web import console, file_pages, keeper_switches
from app.web.context import runtime
from app.web.keeper_own_pages import acting, ask_again, keeper, own_page

blueprint = APIBlueprint("keeper_switch", __name__, url_prefix="/k", enable_openapi=False)


@blueprint.post("/open")
def open_now() -> Response:
    """Say that the door is open now."""
    person = keeper()
    if person is None:
        return ask_again()
    actor = acting(person)
    try:
        with runtime().connection() as connection:
            station = keeper_links.kept(connection, actor)
            visits.say_open(connection, actor, station.station_id)
    except HarborError as error:
        return own_page(
            person, form=keeper_switches.SWITCH, wrong=console.wrong_of(error), status=422
        )
    return redirect("/k?done=opened", 303)


@blueprint.post("/supplies")
def supplies() -> Response:
    """Say that one supply ran out, or is there again."""
    person = keeper()
    if person is None:
        return ask_again()
    actor = acting(person)
    there = "there" in request.form
    supply = request.form.get("there" if there else "out", "")
    try:
        with runtime().connection() as connection:
            station = keeper_links.kept(connection, actor)
            visits.say_supply(connection, actor, station.station_id, supply, there=there)
    except HarborError as error:
        return own_page(
            person, form=keeper_switches.SWITCH, wrong=console.wrong_of(error), status=422
        )
    return redirect(f"/k?done={'filled' if there else 'ran-out'}", 303)


@blueprint.post("/close")
def close() -> Response:
    """Close the station for a time, from now on."""
    person = keeper()
    if person is None:
        return ask_again()
    actor = acting(person)
    try:
        closure = keeper_switches.closure()
        with runtime().connection() as connection:
            station = keeper_links.kept(connection, actor)

            def work() -> str:
                closures.close(connection, actor, station.station_id, closure)
                return "/k?done=closed"

            location = receipts.once(connection, actor, request.form.get("once", ""), work)
    except HarborError as error:
        return own_page(
            person, form=keeper_switches.CLOSE, wrong=console.wrong_of(error), status=422
        )
    return redirect(location, 303)


@blueprint.post("/reopen/<int:closure_id>")
def reopen(closure_id: int) -> Response:
    """Call a closure off."""
    person = keeper()
    if person is None:
        return ask_again()
    actor = acting(person)
    try:
        with runtime().connection() as connection:
            station = keeper_links.kept(connection, actor)
            closures.cancel(connection, actor, station.station_id, closure_id)
    except HarborError as error:
        return own_page(
            person, form=keeper_switches.SWITCH, wrong=console.wrong_of(error), status=422
        )
    return redirect("/k?done=reopened", 303)


@blueprint.post("/reports/<int:report_id>")
def answer(report_id: int) -> Response:
    """Answer a report, and with it those that say the same."""
    person = keeper()
    if person is None:
        return ask_again()
    actor, said = acting(person), request.form.get("answer", "")
    try:
        with runtime().connection() as connection:

            def work() -> str:
                reports.answer(connection, actor, report_id, answer=said)
                return "/k?done=answered"

            location = receipts.once(connection, actor, request.form.get("once", ""), work)
    except HarborError as error:
        return own_page(
            person, form=keeper_switches.REPORTS, wrong=console.wrong_of(error), status=409
        )
    return redirect(location, 303)


@blueprint.get("/reports/<int:report_id>/photo")
def photo(report_id: int) -> Response:
    """Show the photo of a report of the keeper's station."""
    person = keeper()
    if person is None:
        return ask_again()
    with runtime().connection() as connection:
        found = reports.photo_of(connection, acting(person), report_id)
    return file_pages.handed_out(found)
