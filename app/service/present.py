"""Answers as the public API writes them: one shape for page, API and shell."""

from datetime import tzinfo
from typing import Any

import numpy as np

from app.domain.hours import OpenAnswer, OpenState
from app.domain.reports import ANSWER_NAMES, ReportAnswer, shown_ticket
from app.service.cards import DIGITS
from app.service.nearest import Answer, Found, Missing
from app.service.reports import Ticketed
from app.service.route import Part, Route
from app.store.runs import CoverageRun
from app.store.stations import StationRecord
from geo.datum import Datum, from_wgs84


def answer_json(answer: Answer, *, datum: str = "wgs84") -> dict[str, Any]:
    """Write an answer to a rider; coordinates in ``datum``."""
    longitude, latitude = from_wgs84(answer.longitude, answer.latitude, datum=datum)
    return {
        "origin": {
            "lon": round(longitude, DIGITS),
            "lat": round(latitude, DIGITS),
            "snap_metres": round(answer.snap_metres, 1),
        },
        "mode": answer.mode,
        "network": answer.network,
        "as_of": answer.as_of.isoformat(timespec="seconds"),
        "stations": [_found_json(found, datum) for found in answer.stations],
        "missing": None if answer.missing is None else _missing_json(answer.missing, datum),
    }


def _missing_json(missing: Missing, datum: str) -> dict[str, Any]:
    found = missing.found
    return {
        "services": list(missing.services),
        "station": None if found is None else _found_json(found, datum),
    }


def _found_json(found: Found, datum: str) -> dict[str, Any]:
    way, opening = found.way, found.opening
    return {
        **found.card.facts,
        **_place_in(found.station, datum),
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
        "brief": found.brief,
        "reason": opening.reason.value,
        "note": opening.note,
        "reported_at": _iso(opening.reported_at),
        "out": list(found.station.out),
    }


def _place_in(station: StationRecord, datum: str) -> dict[str, float]:
    """Return the station's place where it is another than its card says."""
    if datum == Datum.WGS84:
        return {}
    longitude, latitude = from_wgs84(station.longitude or 0.0, station.latitude or 0.0, datum=datum)
    return {"lon": round(longitude, DIGITS), "lat": round(latitude, DIGITS)}


def route_json(route: Route, *, datum: str = "wgs84") -> dict[str, Any]:
    """Write a route; coordinates in ``datum``."""
    return {
        "seconds": round(route.seconds, 1),
        "metres": round(route.metres, 1),
        "climb_metres": round(route.ascent, 1),
        "descent_metres": round(route.descent, 1),
        "stairs_metres": round(route.stairs_metres, 1),
        "steps": route.steps,
        "parts": [_part_json(part, datum) for part in route.parts],
    }


def _part_json(part: Part, datum: str) -> dict[str, Any]:
    leg = part.leg
    line = np.column_stack(from_wgs84(*leg.coordinates.T, datum=datum))
    return {
        "mode": part.mode,
        "kind": "access" if leg.kind is None else leg.kind.name.lower(),
        "name": leg.name,
        "metres": round(leg.metres, 1),
        "seconds": round(leg.seconds, 1),
        "climb_metres": round(leg.ascent, 1),
        "descent_metres": round(leg.descent, 1),
        "steps": leg.steps,
        "coordinates": line.round(DIGITS).tolist(),
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
