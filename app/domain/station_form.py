"""The form of a station: what was typed into it, read into facts.

A sheet is the form as it is sent: texts by the name of the input. What a sheet does not
name is left as it is, so a part of the form may be sent alone. A group of boxes is named
by an empty text too, or nobody could tell that all were cleared.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.errors import FieldError, InvalidInput
from app.domain.facts import LONGEST_NOTE, check_facts, day_of_year
from app.domain.keepers import no_card_number
from app.domain.place import Bounds, place_problem
from app.domain.services import BY_CODE, SERVICES
from app.domain.station import Door, HostKind
from app.domain.station_sheet import (
    DATUMS,
    FURTHER,
    TEXTS,
    GivenPlace,
    Sheet,
    clean,
    text,
)

_PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8})(?!\d)")


@dataclass
class Reading:
    """What a sheet says.

    Attributes:
        fields: column to JSON value, without the place.
        place: where it is; None if the sheet says that it has no place.
        names_place: whether the sheet says anything of the place.
        errors: what cannot be taken, by the name of the input.
        warnings: what can, and should be looked at again.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    place: GivenPlace | None = None
    names_place: bool = False
    errors: list[FieldError] = field(default_factory=list)
    warnings: list[FieldError] = field(default_factory=list)

    def wrong(self, name: str, zh: str, message: str) -> None:
        self.errors.append(FieldError(name, message, zh))

    def doubt(self, name: str, zh: str, message: str) -> None:
        self.warnings.append(FieldError(name, message, zh))


def read(sheet: Sheet, *, bounds: Bounds | None = None) -> Reading:
    """Read what was typed, all of it but the hours; say everything that is wrong at once.

    Args:
        bounds: where places are expected, as :func:`app.domain.place.place_problem` takes them.
    """
    found = Reading()
    for name, most in TEXTS.items():
        if name in sheet:
            _read_text(found, name, text(sheet, name), most)
    if found.fields.get("name") == "":
        found.wrong("name", "请填写名称", "A station needs a name")
    _read_choice(found, sheet, "door", list(Door))
    _read_choice(found, sheet, "host_kind", list(HostKind))
    _read_union(found, sheet)
    _read_further(found, sheet)
    _read_services(found, sheet)
    _read_place(found, sheet, bounds)
    return found


def _read_further(found: Reading, sheet: Sheet) -> None:
    """Read what lists and forms share."""
    given: dict[str, Any] = {name: text(sheet, name) for name in FURTHER if name in sheet}
    given |= {name: list(sheet[name]) for name in ("functions", "venues") if name in sheet}
    for group in [("agreement_from", "agreement_to"), *((name,) for name in given)]:
        values = {name: given.pop(name) for name in group if name in given}
        try:
            found.fields |= check_facts(values, attempted="read the form")
        except InvalidInput as error:
            found.errors += error.errors


def _read_text(found: Reading, name: str, typed: str, most: int) -> None:
    value = clean(typed)
    if len(value) > most:
        found.wrong(name, f"最多 {most} 个字,现在有 {len(value)} 个",
                    f"At most {most} signs are kept; these are {len(value)}")  # fmt: skip
        return
    found.errors += no_card_number(name, value)
    if _PHONE.search(value):
        found.doubt(name, "里面好像有电话号码,这一项会公开显示",
                    "This seems to hold a phone number, and it will be public")  # fmt: skip
    found.fields[name] = value


def _read_choice(found: Reading, sheet: Sheet, name: str, codes: Sequence[str]) -> None:
    if name not in sheet:
        return
    value = text(sheet, name)
    if value and value not in codes:
        found.wrong(name, "请从列表中选择", "Choose one of the list")
        return
    found.fields[name] = value or None


def _read_union(found: Reading, sheet: Sheet) -> None:
    if "union_id" not in sheet:
        return
    value = text(sheet, "union_id")
    if not (value.isascii() and value.isdigit() and len(value) < 18):
        found.wrong("union_id", "请选择所属工会", "Choose the union that owns the record")
        return
    found.fields["union_id"] = int(value)


def _codes(found: Reading, sheet: Sheet, name: str, known: Sequence[str]) -> list[str]:
    given = {code for code in sheet.get(name, ()) if code}
    if given - set(known):
        found.wrong(name, "有不认识的选项", "There is a choice that is not known")
    return [code for code in known if code in given]


def _read_services(found: Reading, sheet: Sheet) -> None:
    known = [service.code for service in SERVICES]
    if "services" in sheet:
        found.fields["services"] = sorted(_codes(found, sheet, "services", known))
    if "near" not in sheet:
        return
    near = _codes(found, sheet, "near", known)
    on_site = found.fields.get("services", [])
    for code in set(near) & set(on_site):
        name = BY_CODE[code]
        found.wrong(f"near.{code}", f"“{name.name}”已选为站内提供,不用再选最近处",
                    f"{name.name_en} is on site, so it is not the nearest elsewhere")  # fmt: skip
    details: dict[str, dict[str, str]] = {}
    for code in known:
        if code in on_site or code in near:
            where = "on_site" if code in on_site else "nearest"
            detail = _detail(found, sheet, code)
            if detail or where == "nearest":
                details[code] = {"where": where, **detail}
    found.fields["service_details"] = details


def _detail(found: Reading, sheet: Sheet, code: str) -> dict[str, str]:
    detail: dict[str, str] = {}
    for part in ("from", "to"):
        typed = text(sheet, f"{part}.{code}").strip()
        if not typed:
            continue
        day = day_of_year(typed)
        if day is None:
            found.wrong(f"{part}.{code}", "应为月-日,如 06-01", "Expected month and day: 06-01")
        else:
            detail[part] = day
    if ("from" in detail) != ("to" in detail):
        lacking = "to" if "from" in detail else "from"
        if not text(sheet, f"{lacking}.{code}").strip():
            found.wrong(f"{lacking}.{code}", "起止日期要一起填", "Give both days of the season")
    note = clean(text(sheet, f"note.{code}"))
    if len(note) > LONGEST_NOTE:
        found.wrong(f"note.{code}", f"最多 {LONGEST_NOTE} 个字", f"At most {LONGEST_NOTE} signs")
    elif note:
        detail["note"] = note
    return detail


def _read_place(found: Reading, sheet: Sheet, bounds: Bounds | None) -> None:
    if "longitude" not in sheet and "latitude" not in sheet:
        return
    typed = [text(sheet, name).strip() for name in ("longitude", "latitude")]
    if not any(typed):
        found.names_place = True
        return
    degrees = []
    for name, value in zip(("longitude", "latitude"), typed, strict=True):
        number = _degrees(value)
        if number is None:
            found.wrong(name, "应为度数,如 106.5516" if value else "经度和纬度要一起填",
                        "Expected degrees such as 106.5516" if value
                        else "Give both longitude and latitude")  # fmt: skip
        else:
            degrees.append(number)
    datum = text(sheet, "datum")
    if datum not in {code for code, _, _ in DATUMS}:
        found.wrong("datum", "请选择坐标来自哪种地图,选错会差几百米",
                    "Say which map they come from: another is hundreds of metres off")  # fmt: skip
        return
    if len(degrees) < 2:
        return
    problem = place_problem(*degrees, bounds=bounds)
    if problem is not None:
        found.wrong(problem[0], "不像站点的位置,请检查经度和纬度是否填反", f"This {problem[1]}")
        return
    found.place, found.names_place = GivenPlace(degrees[0], degrees[1], datum), True


def _degrees(typed: str) -> float | None:
    plain = unicodedata.normalize("NFKC", typed).strip().rstrip("°")
    if not re.fullmatch(r"[-+]?\d{1,3}(?:\.\d{1,17})?", plain):
        return None
    return float(plain)
