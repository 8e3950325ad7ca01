"""What speaks for or against a place: its district, water, the streets around it."""

from dataclasses import dataclass
from datetime import date

from app.domain.errors import FieldError
from app.service.snapshot import Snapshot
from app.store import station_forms
from app.store.database import Connection
from app.store.station_forms import UnionChoice
from geo.errors import OutsideNetwork
from geo.snap import snap_one

FIELD = "place"
DISTRICT_UNION = "district"
# with a district's name in a list these say no more than the name alone
_SUFFIXES = ("自治县", "新区", "区", "县", "市")


@dataclass(frozen=True, slots=True)
class PlaceCheck:
    """What was found at a place in WGS-84.

    Attributes:
        district: adcode, name and English name; None outside of all.
        metres: to the nearest street of the network in use, None if that is not known.
        warnings: what should be looked at again; none of it forbids the place.
    """

    longitude: float
    latitude: float
    district: tuple[str, str, str] | None
    metres: float | None
    warnings: tuple[FieldError, ...]


def check_place(
    connection: Connection,
    snapshot: Snapshot,
    *,
    longitude: float,
    latitude: float,
    day: date,
    max_metres: float,
    union: UnionChoice | None = None,
    area_name: str = "",
) -> PlaceCheck:
    """Look at a place in WGS-84.

    Args:
        day: whose districts count.
        max_metres: how far from a street it may lie.
        union: the owner of the record; that of a district should own what lies in it.
        area_name: the district that was typed, empty for none.
    """
    network = snapshot.streets.name if snapshot.has_streets else ""
    spot = station_forms.spot(
        connection, longitude=longitude, latitude=latitude, day=day, network=network
    )
    warnings: list[FieldError] = []
    if spot.in_water:
        _warn(warnings, "这个位置在水里", "This place is in the water")
    metres = _metres(snapshot, longitude, latitude, max_metres, warnings)
    if spot.district is not None:
        _compare(spot.district, union, area_name, warnings)
    elif spot.known_districts:
        _warn(warnings, "这个位置不在任何区县内", "This place lies in no known district")
    return PlaceCheck(longitude, latitude, spot.district, metres, tuple(warnings))


def _warn(warnings: list[FieldError], zh: str, message: str) -> None:
    warnings.append(FieldError(FIELD, message, zh))


def _metres(
    snapshot: Snapshot,
    longitude: float,
    latitude: float,
    max_metres: float,
    warnings: list[FieldError],
) -> float | None:
    if not snapshot.has_streets:
        return None
    try:
        found = snap_one(snapshot.streets.network, longitude, latitude, max_metres=max_metres)
    except OutsideNetwork as error:
        if error.nearest_metres is None:
            _warn(warnings, "附近没有步行路网", "There is no walking network near it")
            return None
        away = round(error.nearest_metres)
        if error.nearest_metres <= max_metres:
            zh, message = (
                f"离最近的街道 {away} 米,但隔着水面",
                (f"The nearest street, {away} m away, lies across water"),
            )
        else:
            zh, message = (
                f"离最近的街道 {away} 米,太远",
                (f"The nearest street is {away} m away, which is too far"),
            )
        _warn(warnings, f"{zh},不会计入覆盖", f"{message}: the station will not count for coverage")
        return error.nearest_metres
    return float(found.metres[0])


def _compare(
    district: tuple[str, str, str],
    union: UnionChoice | None,
    area_name: str,
    warnings: list[FieldError],
) -> None:
    code, name, name_en = district
    shown_en = name_en or name
    if union is not None and union.kind == DISTRICT_UNION and union.code != code:
        _warn(
            warnings,
            f"位置在{name},而所属工会是{union.name}",
            f"The place lies in {shown_en}, and the record belongs to"
            f" {union.name_en or union.name}",
        )
    if area_name and not _same_area(area_name, name):
        _warn(
            warnings,
            f"位置在{name},而填写的区县是“{area_name}”",
            f"The place lies in {shown_en}, and the district that was typed is {area_name}",
        )


def _same_area(typed: str, name: str) -> bool:
    short = next((name.removesuffix(s) for s in _SUFFIXES if name.endswith(s)), name)
    return short in typed or typed in name
