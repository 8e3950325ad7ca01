"""Further facts of a station: size, functions, venues, services with place and season, agreement.

Values are JSON values under the columns of ``station``, as change requests carry them.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain import credit_code
from app.domain.errors import FieldError, InvalidInput
from app.domain.services import BY_CODE, SERVICES

MOST_SQUARE_METRES = 100_000
MOST_SEATS = 10_000
LONGEST_NUMBER = 100
LONGEST_NOTE = 200
ON_SITE, NEAREST = "on_site", "nearest"


@dataclass(frozen=True, slots=True)
class Named:
    """A word of a short list, as the database knows it and as people read it."""

    code: str
    name: str
    name_en: str


# what a rider looks for is a service, also advice on law and a room for mothers
FUNCTIONS: tuple[Named, ...] = (Named("reading_corner", "便利型职工阅读站点", "Reading corner"),)
VENUES: tuple[Named, ...] = (
    Named("child_care", "爱心托管班", "Child-care class"),
    Named("health_canteen", "职工健康食堂", "Health canteen"),
    Named("fitness", "健身站", "Fitness station"),
)
PHOTO_KINDS: tuple[Named, ...] = (
    Named("outside", "门头外景", "Outside"),
    Named("sign", "标识牌", "Sign and plaque"),
    Named("inside", "室内", "Inside"),
    Named("kit", "设施", "Facilities"),
    Named("rules", "制度上墙", "Rules on the wall"),
    Named("other", "其他", "Other"),
)
PLACES: tuple[Named, ...] = (
    Named(ON_SITE, "站内", "On site"),
    Named(NEAREST, "就近", "Nearest elsewhere"),
)

# days a month may have in some year
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Season:
    """Days of any year, ``MM-DD``, both included; an end before the start wraps the new year."""

    first: str
    last: str

    def holds(self, day: date) -> bool:
        """Whether a day lies in the season; 29 February stands for 28 where there is none."""
        key = f"{day:%m-%d}"
        # the texts sort as the days of a year do
        if self.first <= self.last:
            return self.first <= key <= self.last
        return key >= self.first or key <= self.last


@dataclass(frozen=True, slots=True)
class Provision:
    """One service of a station: here or the nearest elsewhere, when, and a note."""

    code: str
    on_site: bool
    season: Season | None
    note: str

    def holds(self, day: date) -> bool:
        """Whether it is on site and in season on a day."""
        return self.on_site and (self.season is None or self.season.holds(day))


def provisions(services: Collection[str], details: Mapping[str, Any]) -> tuple[Provision, ...]:
    """Return what a station has or points to, in the order of pages.

    ``services`` say what is on site; of ``details``, those of services that are neither there
    nor said to be elsewhere are left out.
    """
    found = []
    for service in SERVICES:
        detail = details.get(service.code) or {}
        on_site = service.code in services
        if on_site or detail.get("where") == NEAREST:
            found.append(
                Provision(service.code, on_site, _season_of(detail), str(detail.get("note") or ""))
            )
    return tuple(found)


def _season_of(detail: Mapping[str, Any]) -> Season | None:
    first, last = detail.get("from"), detail.get("to")
    return Season(str(first), str(last)) if first and last else None


def check_facts(values: Mapping[str, Any], *, attempted: str) -> dict[str, Any]:
    """Read what a form or a file gives for the columns below, and return JSON values for them.

    Texts are read as people type them (``"32.5 ㎡"``, ``"５０"``, ``"是"``); an empty one is
    None, or the empty value of its column. Fields that are not of this module are left out.

    Raises:
        InvalidInput: with everything that is wrong, in both languages.
    """
    found: dict[str, Any] = {}
    errors: list[FieldError] = []
    for field, read in _READERS.items():
        if field in values:
            try:
                found[field] = read(field, values[field])
            except InvalidInput as error:
                errors += [FieldError(field, e.message, e.zh) if e.field == "credit_code" else e
                           for e in error.errors]  # fmt: skip
    if not errors:
        errors = _contradictions(found, values)
    if errors:
        raise InvalidInput(errors, attempted=attempted)
    return found


def _contradictions(found: Mapping[str, Any], values: Mapping[str, Any]) -> list[FieldError]:
    errors = []
    begins, ends = found.get("agreement_from"), found.get("agreement_to")
    if begins and ends and ends < begins:
        errors.append(
            FieldError("agreement_to", f"{ends} is before {begins}", "协议截止日期早于起始日期")
        )
    details, services = found.get("service_details"), values.get("services")
    if details is None or services is None:
        return errors
    for code, detail in details.items():
        name, name_en = BY_CODE[code].name, BY_CODE[code].name_en
        if detail["where"] == ON_SITE and code not in services:
            errors.append(FieldError(
                "service_details",
                f"{name_en}: said to be on site, and not among the services",
                f"{name}:写明在站内,但服务项目中没有勾选",
            ))  # fmt: skip
        if detail["where"] == NEAREST and code in services:
            errors.append(FieldError(
                "service_details",
                f"{name_en}: is among the services on site, and said to be elsewhere",
                f"{name}:已勾选为站内服务,又写明为就近提供",
            ))  # fmt: skip
    return errors


def _wrong(field: str, message: str, zh: str) -> InvalidInput:
    return InvalidInput([FieldError(field, message, zh)])


def _text(value: object) -> str:
    plain = unicodedata.normalize("NFKC", "" if value is None else str(value))
    kept = "".join(s if unicodedata.category(s) not in ("Cc", "Cf") else " " for s in plain)
    return " ".join(kept.split())


def _yes_no(field: str, value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    text = _text(value).casefold()
    if text in ("", "?", "unknown"):
        return None
    if text in ("true", "yes", "y", "1", "on", "是", "有", "√", "自建", "工会自建"):
        return True
    if text in ("false", "no", "n", "0", "off", "否", "无", "×", "共建"):
        return False
    raise _wrong(field, f"{text!r} is neither yes nor no", f"“{text}”既不是“是”也不是“否”")


def _square_metres(field: str, value: object) -> float | None:
    text = re.sub(r"(平方米|平米|平|m2|m²|㎡)$", "", _text(value), flags=re.IGNORECASE)
    text = text.replace(",", "").strip()
    if not text:
        return None
    try:
        number = float(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError):
        number = math.nan
    if not 0 < number <= MOST_SQUARE_METRES:
        raise _wrong(
            field,
            f"{text!r} is no number of square metres above 0 and up to {MOST_SQUARE_METRES:,}",
            f"“{text}”不是有效的面积,请填大于 0、不超过 {MOST_SQUARE_METRES} 的平方米数",
        )
    return round(number, 2) or 0.01


def _seats(field: str, value: object) -> int | None:
    text = re.sub(r"(个座位|个|座|席|人)$", "", _text(value))
    if not text:
        return None
    whole = re.sub(r"\.0+$", "", text)
    if not re.fullmatch(r"[0-9]{1,6}", whole) or int(whole) > MOST_SEATS:
        raise _wrong(
            field,
            f"{text!r} is no whole number from 0 to {MOST_SEATS:,}",
            f"“{text}”不是有效的座位数,请填 0 到 {MOST_SEATS} 的整数",
        )
    return int(whole)


def _listed(known: tuple[Named, ...]) -> Callable[[str, object], list[str]]:
    words = {word: one.code for one in known for word in (one.code, one.name, one.name_en)}

    def read(field: str, value: object) -> list[str]:
        parts = re.split(r"[,;、|\n]+", value) if isinstance(value, str) else _parts(value)
        found = {code: words.get(code) for code in map(_text, parts) if code}
        unknown = [word for word, code in found.items() if code is None]
        if unknown:
            listed = ", ".join(one.code for one in known)
            raise _wrong(
                field,
                f"{', '.join(unknown)} is not known; known are {listed}",
                f"不认识“{'、'.join(unknown)}”,可选:{'、'.join(one.name for one in known)}",
            )
        return [one.code for one in known if one.code in found.values()]

    return read


def _parts(value: object) -> Iterable[object]:
    return value if isinstance(value, Iterable) else ()


def _details(field: str, value: object) -> dict[str, dict[str, str]]:
    if value is None or value == "":
        return {}
    if not isinstance(value, Mapping):
        raise _wrong(field, "is no table of services", "服务详情格式不对")
    errors: list[FieldError] = []
    found: dict[str, dict[str, str]] = {}
    for service in SERVICES:
        if service.code in value:
            detail = _detail(field, service.code, value[service.code], errors)
            if detail:
                found[service.code] = detail
    errors += [
        FieldError(field, f"unknown service {code!r}", f"不认识的服务“{code}”")
        for code in value
        if code not in BY_CODE
    ]
    if errors:
        raise InvalidInput(errors)
    return found


def _detail(
    field: str, code: str, value: object, errors: list[FieldError]
) -> dict[str, str] | None:
    service = BY_CODE[code]

    def wrong(message: str, zh: str) -> None:
        errors.append(FieldError(field, f"{service.name_en}: {message}", f"{service.name}:{zh}"))

    given: Mapping[Any, Any] = value if isinstance(value, Mapping) else {}
    where = _text(given.get("where")) or ON_SITE
    note = _text(given.get("note"))
    first, last = _text(given.get("from")), _text(given.get("to"))
    if not isinstance(value, Mapping) or set(given) - {"where", "from", "to", "note"}:
        wrong("is not where, from, to and note", "只能填写地点、起止日期和说明")
    if where not in (ON_SITE, NEAREST):
        wrong(f"{where!r} is neither on_site nor nearest", "请选“站内”或“就近”")
    if len(note) > LONGEST_NOTE:
        wrong(f"the note is longer than {LONGEST_NOTE} characters", f"说明超过 {LONGEST_NOTE} 字")
    if bool(first) != bool(last):
        wrong("a season has a first and a last day", "季节性服务要同时填写起、止日期")
    days = [day_of_year(text) if text else "" for text in (first, last)]
    for text, day in zip((first, last), days, strict=True):
        if day is None:
            wrong(f"{text!r} is no day of a year, such as 06-01", f"“{text}”不是日期,例:06-01")
    detail = {"where": where}
    if days[0] and days[1]:
        detail |= {"from": days[0], "to": days[1]}
    if note:
        detail["note"] = note
    # what says no more than the services themselves is not kept
    return None if detail == {"where": ON_SITE} else detail


def day_of_year(text: str) -> str | None:
    """Read a day of any year as ``MM-DD``: 6-1, 06-01, 6月1日, 6/1; None if it is none."""
    match = re.fullmatch(r"(\d{1,2})(?:[-/.]|月)(\d{1,2})(?:日|号)?", _text(text))
    if match is None:
        return None
    month, day = int(match[1]), int(match[2])
    if not 1 <= month <= 12 or not 1 <= day <= _LONGEST_MONTHS[month - 1]:
        return None
    return f"{month:02}-{day:02}"


def _credit_code(field: str, value: object) -> str | None:
    text = _text(value)
    if not text:
        return None
    try:
        return credit_code.check(text)
    except InvalidInput as error:
        said = [e.message for e in error.errors]
        zh = f"“{text}”不是有效的统一社会信用代码:应为 18 位,末位为校验码,请对照执照逐位核对"
        raise InvalidInput([FieldError(field, message, zh) for message in said]) from None


def _agreement_number(field: str, value: object) -> str:
    text = _text(value)
    if len(text) > LONGEST_NUMBER:
        raise _wrong(
            field, f"is longer than {LONGEST_NUMBER} characters", f"超过 {LONGEST_NUMBER} 字"
        )
    return text


def _day(field: str, value: object) -> str | None:
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    text = _text(value)
    if not text:
        return None
    match = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
    try:
        day = date(*map(int, match.groups())) if match else None
    except ValueError:
        day = None
    if day is None or not 1950 <= day.year <= 2150:
        raise _wrong(field, f"{text!r} is no date, such as 2026-06-01", f"“{text}”不是有效日期")
    return day.isoformat()


_READERS: dict[str, Callable[[str, object], Any]] = {
    "union_built": _yes_no,
    "area_square_metres": _square_metres,
    "seats": _seats,
    "service_details": _details,
    "functions": _listed(FUNCTIONS),
    "venues": _listed(VENUES),
    "host_credit_code": _credit_code,
    "agreement_number": _agreement_number,
    "agreement_from": _day,
    "agreement_to": _day,
}
