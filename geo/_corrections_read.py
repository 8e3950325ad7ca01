"""Corrections as GeoJSON, in and out, judged one by one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

import shapely
from shapely.geometry import LineString, MultiLineString, MultiPoint, Point, mapping, shape
from shapely.geometry.base import BaseGeometry

from geo.datum import Datum, geometry_from_wgs84, geometry_to_wgs84, parse_datum
from geo.errors import InvalidCorrections, InvalidValue
from geo.streets import Kind

Word = TypeVar("Word", bound=StrEnum)

MAX_STEPS = 9_999
MAX_ID_CHARACTERS = 100
MAX_TEXT_CHARACTERS = 1_000


class Action(StrEnum):
    """What a correction does."""

    ADD = "add"
    CHANGE = "change"
    SHUT = "shut"


class Way(StrEnum):
    """In which direction one may pass, seen along a line as it is drawn."""

    BOTH = "both"
    FORWARD = "forward"
    BACKWARD = "backward"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One correction; what is None is left as it is, or is the usual for what is added.

    Attributes:
        id: stable, unique.
        geometry: a line, or a point for ``shut`` and ``change``; WGS-84.
        kind: what the street is; needed to add one.
        steps: how many steps the whole line, or the stretch under it, has.
        direction: for walkers; ride: for riders.
        expects: the kind the source has there; picks the street where several are near, and
            ends the correction's match once the source says another kind.
        note: why, for people.
        since: the day it holds from; for people as well.
    """

    id: str
    action: Action
    geometry: LineString | Point
    kind: Kind | None = None
    steps: int | None = None
    direction: Way | None = None
    ride: Way | None = None
    name: str | None = None
    expects: Kind | None = None
    note: str = ""
    since: date | None = None


# what may be said of each action, beside id, action, note and since
_SAYS: Mapping[Action, tuple[str, ...]] = {
    Action.ADD: ("kind", "steps", "direction", "ride", "name", "expects"),
    Action.CHANGE: ("kind", "steps", "direction", "ride", "name", "expects"),
    Action.SHUT: ("expects",),
}
_ALWAYS = ("id", "action", "note", "since")
_CHANGES = ("kind", "steps", "direction", "ride", "name")
_DEGREES = ("crs84", "4326", "4490")


class _Wrong(Exception):
    """What is wrong with one correction."""


def parse_corrections(document: object, *, datum: Datum | str = Datum.WGS84) -> list[Correction]:
    """Read corrections from a parsed GeoJSON feature collection, ordered by id.

    Args:
        document: the collection as :func:`json.load` returns it.
        datum: what its coordinates refer to.

    Raises:
        InvalidCorrections: naming everything that is wrong with each of them.
        UnknownDatum: for an unknown datum.
    """
    known = parse_datum(datum)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(features, list):
        raise InvalidCorrections((("the file", "is no GeoJSON feature collection"),))
    if not _in_degrees(document.get("crs")):
        problem = "its crs is not longitude and latitude; export it in EPSG:4326 or EPSG:4490"
        raise InvalidCorrections((("the file", problem),))
    found: dict[str, Correction] = {}
    problems: list[tuple[str, str]] = []
    for number, feature in enumerate(features, start=1):
        which = f"feature {number}"
        try:
            properties = _properties(feature)
            which = str(properties.get("id") or which)
            correction = _correction(properties, feature.get("geometry"), known)
            if correction.id in found:
                raise _Wrong("its id is used twice")
            found[correction.id] = correction
        except _Wrong as wrong:
            problems.append((which, str(wrong)))
    if problems:
        raise InvalidCorrections(tuple(problems))
    return [found[key] for key in sorted(found)]


def to_geojson(
    corrections: list[Correction], *, datum: Datum | str = Datum.WGS84
) -> dict[str, Any]:
    """Return corrections as a GeoJSON feature collection that :func:`parse_corrections` reads."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": mapping(geometry_from_wgs84(one.geometry, datum=datum)),
                "properties": properties_of(one),
            }
            for one in corrections
        ],
    }


def properties_of(correction: Correction) -> dict[str, Any]:
    """Return what is said of a correction beside its geometry, as GeoJSON has it."""
    values: dict[str, Any] = {"id": correction.id, "action": correction.action.value}
    for key in (*_CHANGES, "expects"):
        value = getattr(correction, key)
        if value is not None:
            values[key] = value.name.lower() if isinstance(value, Kind) else value
    values["note"] = correction.note
    if correction.since is not None:
        values["since"] = correction.since.isoformat()
    return values


def _in_degrees(crs: object) -> bool:
    """Say whether the ``crs`` of old GeoJSON files, if there is one, is in degrees."""
    if crs is None:
        return True
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return isinstance(name, str) and name.lower().endswith(_DEGREES)


def _properties(feature: object) -> dict[str, Any]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(feature, dict) or not isinstance(properties, dict):
        raise _Wrong("is not written as GeoJSON asks")
    given = {str(key): value for key, value in properties.items() if value is not None}
    if "id" not in given and feature.get("id") is not None:
        given["id"] = feature["id"]
    return given


def _correction(given: dict[str, Any], drawn: object, datum: Datum) -> Correction:
    action = _word(given, "action", Action)
    if action is None:
        raise _Wrong("says no action; expected add, change or shut")
    unheard = sorted(set(given) - set(_ALWAYS) - set(_SAYS[action]))
    if unheard:
        may = ", ".join(_ALWAYS + _SAYS[action])
        raise _Wrong(f"says {', '.join(unheard)}, which {action} does not know; expected {may}")
    correction = Correction(
        id=_id(given.get("id")),
        action=action,
        geometry=_geometry(drawn, datum),
        kind=_kind(given, "kind"),
        steps=_steps(given.get("steps")),
        direction=_word(given, "direction", Way),
        ride=_word(given, "ride", Way),
        name=_text(given, "name"),
        expects=_kind(given, "expects"),
        note=_text(given, "note") or "",
        since=_since(given.get("since")),
    )
    _check(correction)
    return correction


def _check(correction: Correction) -> None:
    """Refuse what makes no sense together."""
    point = isinstance(correction.geometry, Point)
    if correction.action is Action.ADD:
        if point:
            raise _Wrong("adds a point; draw the line that is missing")
        if correction.kind is None:
            raise _Wrong("adds a line without saying its kind")
        if correction.direction is Way.CLOSED and correction.ride in (None, Way.CLOSED):
            raise _Wrong("adds a line that is closed to all")
    if correction.steps and correction.kind not in (None, Kind.STEPS):
        raise _Wrong("has steps, but its kind is not steps")
    if correction.action is Action.CHANGE:
        if all(getattr(correction, key) is None for key in _CHANGES):
            raise _Wrong("changes nothing; expected " + ", ".join(_CHANGES))
        one_way = (Way.FORWARD, Way.BACKWARD)
        if point and (correction.direction in one_way or correction.ride in one_way):
            raise _Wrong("gives a point a direction; draw a line along the street")


def _id(value: object) -> str:
    text = str(value).strip() if isinstance(value, str | int) else ""
    if not text or len(text) > MAX_ID_CHARACTERS or not text.isprintable():
        raise _Wrong(f"needs an id of 1 to {MAX_ID_CHARACTERS} characters")
    return text


def _word(given: dict[str, Any], key: str, words: type[Word]) -> Word | None:
    value = given.get(key)
    if value is None:
        return None
    try:
        return words(str(value).lower())
    except ValueError:
        raise _Wrong(f"{key} is {value!r}; expected {', '.join(words)}") from None


def _kind(given: dict[str, Any], key: str) -> Kind | None:
    value = given.get(key)
    if value is None:
        return None
    try:
        return Kind[str(value).upper()]
    except KeyError:
        known = ", ".join(kind.name.lower() for kind in Kind)
        raise _Wrong(f"{key} is {value!r}; expected {known}") from None


def _steps(value: object) -> int | None:
    if value is None:
        return None
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    if not (whole and 0 <= float(str(value)) <= MAX_STEPS):
        raise _Wrong(f"steps is {value!r}; expected a whole number from 0 to {MAX_STEPS:,}")
    return int(float(str(value)))


def _text(given: dict[str, Any], key: str) -> str | None:
    value = given.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_TEXT_CHARACTERS or "\0" in value:
        raise _Wrong(f"{key} is no text of at most {MAX_TEXT_CHARACTERS:,} characters")
    return value.strip()


def _since(value: object) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _Wrong(f"since is {value!r}; expected a day like 2026-05-01") from None


def _geometry(drawn: object, datum: Datum) -> LineString | Point:
    try:
        geometry: BaseGeometry = shape(drawn)  # type: ignore[arg-type]
    except (shapely.errors.ShapelyError, ValueError, TypeError, KeyError, AttributeError):
        raise _Wrong("its geometry is not written as GeoJSON asks") from None
    if isinstance(geometry, MultiLineString | MultiPoint) and len(geometry.geoms) == 1:
        geometry = geometry.geoms[0]
    if not isinstance(geometry, LineString | Point) or geometry.is_empty:
        raise _Wrong(f"is a {geometry.geom_type or 'nothing'}; expected one LineString or Point")
    geometry = shapely.force_2d(geometry)
    if not all(math.isfinite(value) for value in shapely.get_coordinates(geometry).ravel()):
        raise _Wrong("holds coordinates that are no numbers")
    if isinstance(geometry, LineString) and geometry.length == 0:
        raise _Wrong("is a line without a length")
    try:
        return geometry_to_wgs84(geometry, datum=datum)
    except InvalidValue as error:
        raise _Wrong(f"holds no degrees: {error}") from None
