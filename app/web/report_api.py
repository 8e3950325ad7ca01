"""Reports and check-ins of riders under ``/api/v1``: no account, and nothing kept of who sends."""

from typing import Any

from apiflask import APIBlueprint
from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from app.domain.errors import ForbiddenHere
from app.domain.reports import MOST_PHOTO_BYTES
from app.service import reports, visits
from app.service.present import report_json
from app.service.reports import Draft, Source, Spot
from app.service.visits import Visit
from app.web.context import runtime
from app.web.schemas import (
    ReportAnswered,
    ReportBody,
    ReportMade,
    Sent,
    VisitAnswer,
    VisitBody,
)
from app.web.security import client_address, neighbourhood

blueprint = APIBlueprint("report_api", __name__, url_prefix="/api/v1", tag="Harbor")

# a photo and the fields beside it
MOST_BODY_BYTES = MOST_PHOTO_BYTES + 500_000
MULTIPART = "multipart/form-data"


@blueprint.before_request
def _take_json_or_a_form() -> None:
    """Let a report with a photo be larger than other bodies; refuse what is neither."""
    if request.method != "POST" or request.is_json:
        return
    if request.mimetype != MULTIPART or request.endpoint != "report_api.report":
        raise UnsupportedMediaType
    # a form, unlike JSON, is sent from another site's page without this server being asked
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        raise ForbiddenHere(
            "Reports are not taken from another site's page.",
            remedy="Open the station's page here and report there.",
            zh="请在本站的站点页面里报告。",
        )
    request.max_content_length = MOST_BODY_BYTES


@blueprint.post("/reports")
@blueprint.input(ReportBody, location="json_or_form")
@blueprint.output(ReportMade, status_code=201)
def report(json_or_form_data: ReportBody) -> tuple[dict[str, Any], int]:
    """Report about a station: as JSON, or as a form with a photo.

    The same report sent again, or by the same device within twelve hours, is answered
    with its ticket and 200. Where the phone is decides whether the report was made at the
    place, and is not kept.
    """
    body = json_or_form_data
    sent = request.files.get("photo")
    draft = Draft(
        station=body.station, kind=body.kind, text=body.text, once=body.once, proof=body.proof,
        photo=sent.read() if sent is not None else None, spot=_spot(body),
    )  # fmt: skip
    made = reports.make(runtime(), draft, _source(body))
    return report_json(made.report), 201 if made.fresh else 200


@blueprint.get("/reports/<ticket>")
@blueprint.output(ReportAnswered)
def report_by_ticket(ticket: str) -> dict[str, Any]:
    """Show what became of a report; its text and photo are shown to nobody here."""
    with runtime().connection() as connection:
        found = reports.find(connection, ticket)
    return report_json(found, answered=True)


@blueprint.post("/visits")
@blueprint.input(VisitBody, location="json")
@blueprint.output(VisitAnswer)
def visit(json_data: VisitBody) -> dict[str, Any]:
    """Say that one got in: a visit is counted by the hour, without who.

    By the plaque's QR code, or at the place, it proves that the station is open.
    """
    sent = Visit(
        station=json_data.station, once=json_data.once, proof=json_data.proof,
        spot=_spot(json_data),
    )  # fmt: skip
    done = visits.check_in(runtime(), sent, _source(json_data))
    return {"counted": done.counted, "proved": done.proved}


def _source(body: Sent) -> Source:
    return Source(network=neighbourhood(client_address()), device=body.device)


def _spot(body: Sent) -> Spot | None:
    if body.lon is None or body.lat is None:
        return None
    return Spot(body.lon, body.lat, body.datum)
