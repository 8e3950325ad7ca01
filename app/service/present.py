"""Answers as the public API writes them: one shape for page, API and shell."""

from datetime import tzinfo
from typing import Any

from app.domain.hours import OpenAnswer, OpenState
from app.domain.reports import ANSWER_NAMES, ReportAnswer, shown_ticket
from app.service.nearest import Answer, Found
from app.service.reports import Ticketed
from app.store.runs import CoverageRun
from geo.datum import from_wgs84


def answer_json(answer: Answer, *, datum: str = "wgs84") -> dict[str, Any]:
    """Write an answer to a rider; coordinates in ``datum``."""
    longitude, latitude = from_wgs84(answer.longitude, answer.latitude, datum=datum)
    return {
        "origin": {
            "lon": round(longitude, 7),
            "lat": round(latitude, 7),
            "snap_metres": round(answer.snap_metres, 1),
        },
        "mode": answer.mode,
        "network": answer.network,
        "as_of": answer.as_of.isoformat(timespec="seconds"),
        "stations": [_found_json(found, datum) for found in answer.stations],
    }


def _found_json(found: Found, datum: str) -> dict[str, Any]:
    station, way, opening = found.station, found.way, found.opening
    longitude, latitude = from_wgs84(station.longitude or 0.0, station.latitude or 0.0, datum=datum)
    return {
        "code": station.code,
        "name": station.name,
        "name_en": station.name_en,
        "lon": round(longitude, 7),
        "lat": round(latitude, 7),
        "seconds": round(way.seconds, 1),
        "metres": round(way.metres, 1),
        "walk_seconds": round(way.walk_seconds, 1),
        "walk_metres": round(way.walk_metres, 1),
        "straight_metres": round(found.straight_metres, 1),
        "climb_metres": round(way.ascent, 1),
        "services": list(found.services),
        "open": opening.state.value,
        "open_until": _iso(opening.until if opening.state is OpenState.OPEN else None),
        "opens_at": _iso(opening.opens_at),
        "reason": opening.reason.value,
        "note": opening.note,
        "reported_at": _iso(opening.reported_at),
        "out": list(station.out),
        "door": station.door,
        "last_proved": _iso(station.last_proved),
        "verified": station.verified,
    }


def _iso(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat(timespec="minutes")


def report_json(report: Ticketed, *, answered: bool = False) -> dict[str, Any]:
    """Write a report as its reporter sees it.

    Args:
        answered: whether the answer and the names of the station are wanted, too.
    """
    made: dict[str, Any] = {
        "ticket": shown_ticket(report.ticket),
        "station": report.code,
        "kind": report.kind,
        "made_at": report.made_at.isoformat(timespec="seconds"),
        "state": "open" if report.closed_at is None else "closed",
    }
    if not answered:
        return made
    words = (None, None) if report.answer is None else ANSWER_NAMES[ReportAnswer(report.answer)]
    station = {"code": report.code, "name": report.name, "name_en": report.name_en}
    return {
        **made,
        "station": station,
        "answer": report.answer,
        "answer_zh": words[0],
        "answer_en": words[1],
        "answered_at": report.closed_at and report.closed_at.isoformat(timespec="seconds"),
    }


def open_words(opening: OpenAnswer, zone: tzinfo) -> str:
    """Say an opening state in a few words."""
    if opening.state is OpenState.OPEN:
        if opening.until is None:
            return "open 开"
        return f"open until {opening.until.astimezone(zone):%H:%M}"
    if opening.reported_at is not None:
        return f"not known (reported locked {opening.reported_at.astimezone(zone):%H:%M})"
    if opening.state is OpenState.UNKNOWN:
        return f"not known ({opening.reason.value})"
    if opening.opens_at is None:
        return "closed"
    return f"closed, opens {opening.opens_at.astimezone(zone):%a %H:%M}"


def coverage_json(run: CoverageRun) -> dict[str, Any]:
    """Write a coverage run: number, inputs, rules, districts, worst-served places."""
    return {
        "run": run.id,
        "made_at": run.made_at.isoformat(timespec="seconds"),
        "inputs": run.inputs,
        **run.result,
    }
