"""An answer to a rider as JSON text, put together from parts that were written before."""

from datetime import datetime, tzinfo
from functools import lru_cache

from app.domain.hours import OpenState
from app.service.cards import DIGITS, encoded
from app.service.nearest import Answer, Found, Missing
from app.store.stations import StationRecord
from geo.datum import Datum, from_wgs84


def answer_text(answer: Answer, *, datum: str = "wgs84") -> str:
    """Write what :func:`app.service.present.answer_json` returns, in a third of the time."""
    longitude, latitude = from_wgs84(answer.longitude, answer.latitude, datum=datum)
    missing = "null" if answer.missing is None else _missing_text(answer.missing, datum)
    stations = ",".join([_found_text(found, datum) for found in answer.stations])
    return (
        f'{{"origin":{{"lon":{round(longitude, DIGITS)!r},"lat":{round(latitude, DIGITS)!r},'
        f'"snap_metres":{answer.snap_metres:.1f}}},"mode":{_quoted(answer.mode)},'
        f'"network":{_quoted(answer.network)},"as_of":"{answer.as_of.isoformat("T", "seconds")}",'
        f'"stations":[{stations}],"missing":{missing}}}'
    )


def _missing_text(missing: Missing, datum: str) -> str:
    station = "null" if missing.found is None else _found_text(missing.found, datum)
    return f'{{"services":{_listed(missing.services)},"station":{station}}}'


def _found_text(found: Found, datum: str) -> str:
    card, way, opening = found.card, found.way, found.opening
    place = card.place if datum == Datum.WGS84 else _place_in(found.station, datum)
    until = opening.until if opening.state is OpenState.OPEN else None
    # a tenth is written as ``round`` has it
    return (
        f'{card.before}{place}{card.after},"seconds":{way.seconds:.1f},"metres":{way.metres:.1f},'
        f'"walk_seconds":{way.walk_seconds:.1f},"walk_metres":{way.walk_metres:.1f},'
        f'"straight_metres":{found.straight_metres:.1f},"climb_metres":{way.ascent:.1f},'
        f'"services":{_listed(found.services)},"open":"{opening.state}",'
        f'"open_until":{_moment(until)},"opens_at":{_moment(opening.opens_at)},'
        f'"brief":{"true" if found.brief else "false"},"reason":"{opening.reason}",'
        f'"note":{_quoted(opening.note)},"reported_at":{_moment(opening.reported_at)},'
        f'"out":{_listed(found.station.out)}}}'
    )


def _place_in(station: StationRecord, datum: str) -> str:
    longitude, latitude = from_wgs84(station.longitude or 0.0, station.latitude or 0.0, datum=datum)
    return f',"lon":{round(longitude, DIGITS)!r},"lat":{round(latitude, DIGITS)!r},'


def _moment(moment: datetime | None) -> str:
    return "null" if moment is None else _written(moment, moment.tzinfo, moment.fold)


# hours give the same moments again and again; of equal ones the zone decides how they are written
@lru_cache(maxsize=4096)
def _written(moment: datetime, _zone: tzinfo | None, _fold: int) -> str:
    return f'"{moment.isoformat("T", "minutes")}"'


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    return encoded(text)


@lru_cache(maxsize=4096)
def _listed(words: tuple[str, ...]) -> str:
    return encoded(list(words))
