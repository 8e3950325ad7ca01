"""What the form of a station shows of the facts, as texts by the name of the input."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Sheet = Mapping[str, Sequence[str]]

# columns of one text each, with how many signs they may hold
TEXTS: dict[str, int] = {
    "name": 200,
    "name_en": 200,
    "address": 500,
    "area_name": 100,
    "host_name": 200,
}
# columns that are read as lists are, one text each
FURTHER = (
    "union_built", "area_square_metres", "seats", "host_credit_code", "agreement_number",
    "agreement_from", "agreement_to",
)  # fmt: skip
# what belongs to one decision of a person, by the fact that pages name it by
GROUPS: dict[str, tuple[str, ...]] = {
    "place": ("place", "source_datum", "source_longitude", "source_latitude"),
    "services": ("services", "service_details"),
    "hours": ("hours", "hours_text"),
}
DATUMS: tuple[tuple[str, str, str], ...] = (
    ("wgs84", "WGS-84(手机、GPS、本系统地图)", "WGS-84 (phone, GPS, the map here)"),
    ("gcj02", "GCJ-02(高德、腾讯、微信)", "GCJ-02 (Amap, Tencent, WeChat)"),
    ("bd09", "BD-09(百度)", "BD-09 (Baidu)"),
    ("cgcs2000", "CGCS2000(天地图、测绘成果)", "CGCS2000 (Tianditu, surveys)"),
)


@dataclass(frozen=True, slots=True)
class GivenPlace:
    """Degrees as they were typed, and the datum that was chosen for them."""

    longitude: float
    latitude: float
    datum: str


def text(sheet: Sheet, name: str) -> str:
    """Return the first text under a name, empty if there is none."""
    values = sheet.get(name) or ("",)
    return values[0]


def sheet_of(facts: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what the inputs show of the facts, hours left out."""
    shown: dict[str, list[str]] = {name: [str(facts.get(name) or "")] for name in TEXTS}
    for name in ("door", "host_kind", "union_id", *FURTHER):
        value = facts.get(name)
        whole = isinstance(value, float) and value.is_integer()
        shown[name] = ["" if value is None else f"{value:.0f}" if whole else str(value)]
    built = facts.get("union_built")
    shown["union_built"] = ["" if built is None else "yes" if built else "no"]
    for name in ("services", "functions", "venues"):
        shown[name] = list(facts.get(name) or ())
    shown |= _shown_place(facts) | _shown_details(facts.get("service_details") or {})
    return shown


def shown_place(facts: Mapping[str, Any]) -> GivenPlace | None:
    """Return the place as the form shows it: as it was given, or in WGS-84."""
    if facts.get("place") is None:
        return None
    longitude, latitude = facts.get("source_longitude"), facts.get("source_latitude")
    datum = facts.get("source_datum")
    if longitude is None or latitude is None or datum is None:
        longitude, latitude = facts["place"]
        datum = "wgs84"
    return GivenPlace(float(longitude), float(latitude), str(datum))


def _shown_place(facts: Mapping[str, Any]) -> dict[str, list[str]]:
    place = shown_place(facts)
    if place is None:
        return {"longitude": [""], "latitude": [""], "datum": [""]}
    return {
        "longitude": [repr(place.longitude)], "latitude": [repr(place.latitude)],
        "datum": [place.datum],
    }  # fmt: skip


def _shown_details(details: Mapping[str, Any]) -> dict[str, list[str]]:
    shown: dict[str, list[str]] = {"near": []}
    for code, detail in details.items():
        if detail.get("where") == "nearest":
            shown["near"].append(code)
        for part in ("from", "to", "note"):
            shown[f"{part}.{code}"] = [str(detail.get(part) or "")]
    return shown


def clean(typed: str) -> str:
    """Drop control signs and blanks around; make blanks within one each."""
    kept = "".join(s for s in typed if s in "\n\t" or unicodedata.category(s) not in ("Cc", "Cf"))
    return " ".join(kept.split())


def group_of(name: str) -> str:
    """Return the fact, or the group of facts, that an input belongs to."""
    head = name.partition(".")[0]
    if name in ("longitude", "latitude", "datum", "shared"):
        return "place"
    if head in ("services", "near", "from", "to", "note"):
        return "services"
    if head.startswith("hours") or name.endswith((".kind", ".from", ".to")) or head == "exception":
        return "hours"
    return name


def group_of_column(column: str) -> str:
    """Return the fact, or the group of facts, that a column belongs to."""
    return next((group for group, columns in GROUPS.items() if column in columns), column)


def columns_of(group: str) -> tuple[str, ...]:
    """Return the columns of a fact or a group of facts."""
    return GROUPS.get(group, (group,))


def same_inputs(shown: Sheet, sent: Sheet, group: str) -> bool:
    """Whether the inputs of a group were sent as they were shown, empty ones aside."""
    return all(_told(name, shown) == _told(name, sent) for name in sent if group_of(name) == group)


def _told(name: str, sheet: Sheet) -> list[str]:
    values = [value.strip() for value in sheet.get(name, ())]
    if name.startswith("exception."):
        # rows belong together by their place, so only the empty ones at the end go
        while values and not values[-1]:
            values.pop()
        return values
    told = [value for value in values if value]
    return sorted(told) if name in ("services", "near", "functions", "venues") else told
