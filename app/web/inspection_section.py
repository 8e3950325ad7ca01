"""The section of a station's page about inspections: faults, deadlines, stars, maps.

A fragment for htmx, and a page of its own for a browser without scripts.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from apiflask import APIBlueprint
from flask import request
from werkzeug.wrappers import Response

from app.domain.actor import Actor
from app.domain.award import AWARD_KINDS
from app.domain.errors import FieldError, HarborError, InvalidInput, NotFound
from app.domain.lifecycle import EXIT_NAMES, ExitCode
from app.service import awards, inspections, map_listings, receipts, rectification
from app.service.inspections import Connection
from app.service.moves import Document
from app.web import console, inspection_pages
from app.web.console import Words
from app.web.context import runtime

blueprint = APIBlueprint("inspection_section", __name__, enable_openapi=False)

_STATION = "/manage/stations/<int:station_id>"
TITLE: Words = ("巡检与星级", "Inspections and stars")
DONE: dict[str, Words] = {
    "extended": ("已延期。", "The last day was put off."),
    "proposed": ("已提出退出建议,等待市总决定。", "Proposed: the city decides."),
    "given": ("已授予。", "The award is given."),
    "withdrawn": ("已撤销。", "The award is withdrawn."),
    "recorded": ("地图收录已记录。", "The record of the map is kept."),
}
VISIBLE: dict[str, bool | None] = {"yes": True, "no": False, "": None}
LONGEST = 2000
Wrong = Mapping[str, list[Words]]


@blueprint.get(f"{_STATION}/inspections")
def shown(station_id: int) -> Response:
    """Show everything of this kind at a station."""
    return _section(station_id, said=DONE.get(request.args.get("done", "")))


@blueprint.post(f"{_STATION}/extension")
def extended(station_id: int) -> Response:
    """Put off the last day of a suspension or a rectification."""

    def work(connection: Connection, actor: Actor) -> None:
        rectification.extend(
            connection, actor, station_id, until=_date("until"), reason=_text("reason")
        )

    return _do(station_id, "extension", "extended", work)


@blueprint.post(f"{_STATION}/exit-proposal")
def proposed(station_id: int) -> Response:
    """Propose to let a station go."""

    def work(connection: Connection, actor: Actor) -> None:
        code = _text("exit_code")
        if code not in list(ExitCode):
            raise _one("exit_code", "choose one of the list", "请选择退出原因")
        rectification.propose_exit(
            connection, actor, station_id, exit_code=ExitCode(code), reason=_text("reason")
        )

    return _do(station_id, "proposal", "proposed", work)


@blueprint.post(f"{_STATION}/awards")
def given(station_id: int) -> Response:
    """Give an award."""

    def work(connection: Connection, actor: Actor) -> None:
        subsidy = awards.amount(_text("subsidy_yuan"))
        if subsidy is None:
            raise _one("subsidy_yuan", "expected yuan, like 5000", "请填写金额(元),如 5000")
        kind, stars = _text("kind"), _text("stars")
        awards.give(
            connection, actor, station_id, kind=kind, year=_number("year"),
            stars=int(stars) if kind == awards.STAR and stars in set("12345") else None,
            document=Document(
                _text("document"), awards.document_union(connection, actor, station_id),
                dated=_date("dated"),
            ),
            subsidy_yuan=subsidy, note=_text("note"),
        )  # fmt: skip

    return _do(station_id, "award", "given", work)


@blueprint.post(f"{_STATION}/awards/<int:award_id>/withdraw")
def withdrawn(station_id: int, award_id: int) -> Response:
    """Withdraw an award."""

    def work(connection: Connection, actor: Actor) -> None:
        awards.withdraw(connection, actor, award_id, reason=_text("reason"))

    return _do(station_id, f"withdraw-{award_id}", "withdrawn", work)


@blueprint.post(f"{_STATION}/map-listings/<company>")
def recorded(station_id: int, company: str) -> Response:
    """Keep what is known of a station on one company's map."""

    def work(connection: Connection, actor: Actor) -> None:
        map_listings.record(
            connection, actor, station_id, company, submitted_on=_date("submitted_on"),
            visible=VISIBLE.get(_text("visible")), checked_on=_date("checked_on"),
            external_id=_text("external_id"), note=_text("note"),
        )  # fmt: skip

    return _do(station_id, f"map-{company}", "recorded", work)


def _do(
    station_id: int, form: str, done: str, work: Callable[[Connection, Actor], None]
) -> Response:
    """Do what a form asks, once; what is refused stands beside its fields with what was typed."""
    actor = console.actor()
    place = f"/manage/stations/{station_id}/inspections?done={done}"
    with runtime().connection() as connection:

        def once() -> str:
            work(connection, actor)
            return place

        try:
            receipts.once(connection, actor, request.form.get("once", ""), once)
        except NotFound:
            raise
        except HarborError as error:
            wrong = {
                f"{form}-{name}" if name else form: words
                for name, words in console.wrong_of(error).items()
            }
            return _section(station_id, wrong=wrong, form=form, status=422)
    if console.wants_fragment():
        return _section(station_id, said=DONE[done])
    return console.moved_to(place)


def _section(
    station_id: int,
    *,
    wrong: Wrong | None = None,
    form: str = "",
    said: Words | None = None,
    status: int = 200,
) -> Response:
    actor, day = console.actor(), inspection_pages.today()
    with runtime().connection() as connection:
        past = rectification.of_station(connection, actor, station_id)
        context: dict[str, Any] = {
            "past": past,
            "beginning": inspections.beginning(connection, actor, station_id, day=day),
            "history": inspections.of_station(connection, actor, station_id),
            "honours": awards.of_station(connection, actor, station_id),
            "listings": map_listings.of_station(connection, actor, station_id),
        }
    # what was typed goes back to its own form alone
    typed = {form: request.form} if form else {}
    context |= {
        "title": TITLE, "station_id": station_id, "station_name": past.station.name, "day": day,
        "base": f"/manage/stations/{station_id}", "wrong": wrong or {}, "typed": typed,
        "said": said, "once": receipts.token(), "exits": EXIT_NAMES, "award_kinds": AWARD_KINDS,
        "state": inspection_pages.state_words(past.station.state),
    }  # fmt: skip
    if console.wants_fragment():
        return console.answer(console.fragment("_inspections.html", **context), status)
    context["section"] = "_inspections.html"
    return console.answer(console.page("fact_section.html", at="stations", **context), status)


def _one(field: str, message: str, zh: str) -> InvalidInput:
    return InvalidInput([FieldError(field, message, zh)], attempted="read the form")


def _text(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "").strip()[: LONGEST + 1]


def _date(name: str) -> date | None:
    text = _text(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _one(name, "expected a date such as 2026-03-01", "日期应写成 2026-03-01") from None


def _number(name: str) -> int | None:
    text = _text(name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
