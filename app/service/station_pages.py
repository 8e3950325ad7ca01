"""One station as a page shows it, and public stations as GeoJSON."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from app.domain import number
from app.domain.calendar import Calendar
from app.domain.closures import Closure
from app.domain.errors import DatabaseDown, FieldError, InvalidInput, NotFound
from app.domain.facts import FUNCTIONS, PHOTO_KINDS, VENUES, Named, Provision, provisions
from app.domain.hours import open_intervals
from app.domain.lifecycle import FACTS, State
from app.domain.services import BY_CODE
from app.domain.station import DOOR_NAMES, Door
from app.domain.supplies import SUPPLY_NAMES
from app.service import opening_words
from app.service.question import check_services
from app.service.runtime import Runtime
from app.service.snapshot import Snapshot
from app.store import merges, station_photos, stations
from app.store.station_photos import PhotoRecord
from app.store.stations import StationRecord
from geo.datum import from_wgs84, parse_datum

_DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_KINDS = {kind.code: (kind.name, kind.name_en) for kind in PHOTO_KINDS}


def find(harbor: Runtime, text: str) -> tuple[StationRecord, StationRecord | None]:
    """Return the station with a number, however written, and its survivor if it was merged.

    A draft has no number and is not found here. A public station is read from
    memory; only what is not public, and earlier numbers, need the database.

    Raises:
        InvalidInput: if a digit of the number is mistyped.
        NotFound: if no station has or had this number.
        DatabaseDown: if the number is not a public station's and the database is down.
    """
    current = harbor.snapshot().by_code.get(_digits(text))
    if current is not None:
        return current, None
    wanted = text.strip()
    with harbor.connection() as connection, connection.transaction():
        record = stations.find(connection, code=wanted) if wanted.isprintable() else None
        if record is None:
            record = stations.find(connection, code=number.check(text))
        if record is None or record.code is None:
            raise NotFound(
                f"No station has the number {text}.", remedy="Compare it with the plaque."
            )
        # a survivor may itself have been merged: the number leads to the end of the chain
        end = merges.end_of_chain(connection, record.id) if record.merged_into else None
        survivor = stations.by_id(connection, end) if end is not None else None
    return record, survivor


def _digits(text: str) -> str:
    """Return the twelve digits of a number however written, empty for what is none."""
    try:
        return number.check(text)
    except InvalidInput:
        return ""


def besides(harbor: Runtime, record: StationRecord) -> tuple[list[PhotoRecord], list[str]]:
    """Return a station's photos and former names; none while the database is down."""
    if not FACTS[State(record.state)].public:
        return [], []
    try:
        with harbor.connection() as connection, connection.transaction():
            photos = station_photos.of_station(connection, record.id)
            return photos, station_photos.former_names(connection, record.id)
    except DatabaseDown:
        return [], []


def page(
    record: StationRecord,
    survivor: StationRecord | None,
    *,
    zone: tzinfo,
    calendar: Calendar,
    photos: Sequence[PhotoRecord] = (),
    former_names: Sequence[str] = (),
) -> dict[str, Any]:
    """Return what the page of a station shows."""
    now = datetime.now(UTC)
    today = now.astimezone(zone).date()
    state = State(record.state)
    return {
        "code": record.code or "",
        "display": number.display(record.code) if record.code else "",
        "name": record.name,
        "name_en": record.name_en,
        "state": record.state,
        "state_name": FACTS[state].name,
        "state_name_en": FACTS[state].name_en,
        "address": record.address,
        "lon": record.longitude,
        "lat": record.latitude,
        "services": [
            _provision(provision, today)
            for provision in provisions(record.services, record.service_details)
        ],
        "functions": _names(FUNCTIONS, record.functions),
        "venues": _names(VENUES, record.venues),
        "area": f"{record.area_square_metres:g}" if record.area_square_metres else "",
        "seats": record.seats,
        "union_built": record.union_built,
        "confirmed_on": record.confirmed_at and record.confirmed_at.astimezone(zone).date(),
        "closures": [_closure(closure, now, zone) for closure in record.closures],
        "photos": [
            {
                "id": photo.id,
                "caption": photo.caption,
                "kind": _KINDS[photo.kind],
                "width": photo.width,
                "height": photo.height,
            }
            for photo in photos
        ],
        "former_names": list(former_names),
        "hours": record.hours,
        "hours_text": record.hours_text,
        "week": _week(record.hours, now.astimezone(zone), zone, calendar),
        "open": opening_words.said(record, now, zone=zone, calendar=calendar),
        "out": [SUPPLY_NAMES[code] for code in record.out],
        "door": DOOR_NAMES[Door(record.door)] if record.door else None,
        "host_name": record.host_name,
        "union": record.union_name,
        "verified": record.verified,
        "merged_into": survivor
        and {"code": survivor.code, "name": survivor.name, "name_en": survivor.name_en},
    }


def _provision(provision: Provision, today: date) -> dict[str, Any]:
    """Say where a service is, when, and whether one finds it there today."""
    service, season = BY_CODE[provision.code], provision.season
    return {
        "code": service.code,
        "name": service.name,
        "name_en": service.name_en,
        "on_site": provision.on_site,
        "now": provision.holds(today),
        "season": season and (_day(season.first), _day(season.last)),
        "note": provision.note,
    }


def _day(text: str) -> str:
    return f"{int(text[:2])}/{int(text[3:])}"


def _names(known: Sequence[Named], codes: Sequence[str]) -> list[tuple[str, str]]:
    return [(one.name, one.name_en) for one in known if one.code in codes]


def _closure(closure: Closure, now: datetime, zone: tzinfo) -> dict[str, Any]:
    begins, ends = closure.begins.astimezone(zone), closure.ends.astimezone(zone)
    return {
        "begins": f"{begins:%Y-%m-%d %H:%M}",
        "ends": f"{ends:%Y-%m-%d %H:%M}",
        "reason": closure.reason,
        "now": closure.begins <= now < closure.ends,
    }


def _week(
    hours: str | None, now: datetime, zone: tzinfo, calendar: Calendar
) -> list[dict[str, Any]]:
    """Return the open intervals of seven days from this Monday on; empty if hours are unknown."""
    if hours is None:
        return []
    monday = now.date() - timedelta(days=now.weekday())
    week = []
    for i in range(7):
        day = monday + timedelta(days=i)
        begins = datetime.combine(day, time(), zone)
        ends = datetime.combine(day + timedelta(days=1), time(), zone)
        spans = [
            f"{start:%H:%M}-{'24:00' if end == ends else format(end, '%H:%M')}"
            for start, end in open_intervals(hours, begins, ends, zone=zone, calendar=calendar)
        ]
        week.append(
            {
                "day": _DAYS[i],
                "day_en": _DAYS_EN[i],
                "text": ", ".join(spans) or "–",
                "today": day == now.date(),
            }
        )
    return week


def _properties(record: StationRecord) -> dict[str, Any]:
    return {
        "code": record.code,
        "name": record.name,
        "name_en": record.name_en,
        "state": record.state,
        "verified": record.verified,
        "address": record.address,
        "services": list(record.services),
        "service_details": {code: dict(said) for code, said in record.service_details.items()},
        "functions": list(record.functions),
        "venues": list(record.venues),
        "area_square_metres": record.area_square_metres,
        "seats": record.seats,
        "adcode": record.adcode,
        "confirmed_at": record.confirmed_at and record.confirmed_at.isoformat(timespec="seconds"),
        "closures": [
            {
                "begins": closure.begins.isoformat(timespec="minutes"),
                "ends": closure.ends.isoformat(timespec="minutes"),
                "reason": closure.reason,
            }
            for closure in record.closures
        ],
        "doubts": [
            {
                "begins": doubt.begins.isoformat(timespec="seconds"),
                "ends": doubt.ends.isoformat(timespec="seconds"),
                "reported_at": doubt.reported_at.isoformat(timespec="seconds"),
            }
            for doubt in record.doubts
        ],
        "out": list(record.out),
        "last_proved": record.last_proved and record.last_proved.isoformat(timespec="seconds"),
        "hours": record.hours,
        "hours_text": record.hours_text,
        "door": record.door,
        "host_name": record.host_name,
        "union": record.union_name,
    }


def _feature(record: StationRecord, datum: str) -> dict[str, Any]:
    longitude, latitude = from_wgs84(record.longitude or 0.0, record.latitude or 0.0, datum=datum)
    return {
        "type": "Feature",
        "id": record.code,
        "geometry": {
            "type": "Point",
            "coordinates": [round(longitude, 7), round(latitude, 7)],
        },
        "properties": _properties(record),
    }


def feature(harbor: Runtime, text: str, *, datum: str) -> dict[str, Any]:
    """Return a public station as a GeoJSON feature.

    Raises:
        NotFound: if there is none; one that is gone says where its number leads.
    """
    record, survivor = find(harbor, text)
    if not FACTS[State(record.state)].public:
        leads = f" Its number leads to {survivor.code}." if survivor is not None else ""
        raise NotFound(
            f"Station {record.code} is {FACTS[State(record.state)].name_en.lower()}.{leads}"
        )
    return _feature(record, parse_datum(datum))


def collection(
    snapshot: Snapshot,
    *,
    services: tuple[str, ...],
    bbox: str | None,
    limit: int,
    offset: int,
    datum: str,
) -> dict[str, Any]:
    """Return a page of public stations as a GeoJSON feature collection, by record."""
    errors = check_services(services)
    box = _box(bbox, errors)
    if errors:
        raise InvalidInput(errors, attempted="list stations")
    known = parse_datum(datum)
    needs = set(services)
    features = [
        _feature(record, known) for record in snapshot.stations if needs <= set(record.services)
    ]
    if box is not None:
        west, south, east, north = box
        features = [
            f
            for f in features
            if west <= f["geometry"]["coordinates"][0] <= east
            and south <= f["geometry"]["coordinates"][1] <= north
        ]
    return {
        "type": "FeatureCollection",
        "numberMatched": len(features),
        "numberReturned": len(features[offset : offset + limit]),
        "features": features[offset : offset + limit],
    }


def _box(text: str | None, errors: list[FieldError]) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        errors.append(FieldError("bbox", f"{text!r} is not four numbers west,south,east,north"))
        return None
    # no comparison holds with NaN
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        errors.append(
            FieldError("bbox", f"{text!r} is no box: west and south come before east and north")
        )
        return None
    return west, south, east, north
