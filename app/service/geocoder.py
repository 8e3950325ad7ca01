"""A geocoder that the operator configured: asked only when somebody presses its button.

It answers JSON: ``{"places": [{"name": "…", "address": "…", "lon": 106.577, "lat": 29.557}]}``,
the best one first, in the datum that the setting names. Without the setting nobody is asked.
"""

import json
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from app.domain.errors import Unavailable
from app.domain.place import place_problem
from app.settings import Settings
from geo.datum import parse_datum, to_wgs84

MOST_PLACES = 8
MOST_BYTES = 500_000
LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Geocoded:
    """A place that the geocoder named; longitude and latitude in its own datum."""

    name: str
    address: str
    longitude: float
    latitude: float
    datum: str
    wgs84: tuple[float, float]


class _NoRedirect(HTTPRedirectHandler):
    """An answer from elsewhere is none: the operator named one host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def host(settings: Settings) -> str:
    """Return whom a question would go to, empty if nobody is configured."""
    return urlsplit(settings.geocoder_url).netloc.rpartition("@")[2]


def ask(settings: Settings, words: str) -> list[Geocoded]:
    """Ask the configured geocoder where something is.

    Raises:
        Unavailable: if none is configured, it does not answer in time, or not as agreed.
    """
    if not settings.geocoder_url:
        raise Unavailable("No geocoder is configured.", zh="没有配置地理编码服务。")
    address = settings.geocoder_url.replace("{words}", quote(words[:LONGEST_WORDS], safe=""))
    request = Request(address, headers={"Accept": "application/json"})  # noqa: S310 - http(s) only
    try:
        with build_opener(_NoRedirect).open(request, timeout=settings.geocoder_seconds) as answer:
            content = answer.read(MOST_BYTES + 1)
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise _silent() from error
    if len(content) > MOST_BYTES:
        raise _unclear()
    return _read(content, settings.geocoder_datum)


def _read(content: bytes, datum: str) -> list[Geocoded]:
    try:
        places = json.loads(content)["places"]
        return [_place(place, datum) for place in places[:MOST_PLACES] if _is_place(place)]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _unclear() from error


def _is_place(place: dict[str, Any]) -> bool:
    return place_problem(float(place["lon"]), float(place["lat"])) is None


def _place(place: dict[str, Any], datum: str) -> Geocoded:
    longitude, latitude = float(place["lon"]), float(place["lat"])
    return Geocoded(
        str(place.get("name", ""))[:100], str(place.get("address", ""))[:200], longitude, latitude,
        parse_datum(datum).value, to_wgs84(longitude, latitude, datum=datum),
    )  # fmt: skip


def _silent() -> Unavailable:
    return Unavailable(
        "The geocoder does not answer.", remedy="Search by name, or try again later.",
        zh="地理编码服务没有回应。请按名称搜索,或稍后再试。",
    )  # fmt: skip


def _unclear() -> Unavailable:
    return Unavailable(
        "The geocoder's answer cannot be read.", remedy="Tell who runs the server.",
        zh="地理编码服务的回答无法读取,请联系管理员。",
    )  # fmt: skip
