"""One row of a list of stations: what its texts mean, and everything that is wrong with it.

Nothing here knows files: a row is a mapping from the fields below to the text in its cell.
Coordinates stay in the datum of the list.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.errors import FieldError
from app.domain.facts import FUNCTIONS, NEAREST
from app.domain.hours_text import read_hours
from app.domain.lifecycle import STATES, State
from app.domain.place import Bounds, place_problem
from app.domain.row_findings import Findings, further, warn_of_formulas, warn_of_phones
from app.domain.service_words import read_answer, read_words
from app.domain.services import SERVICES
from app.domain.station import DOOR_NAMES, Door, HostKind, StationFacts

# what a row may hold, and how long its text may be
MAX_LENGTHS: dict[str, int] = {
    "name": 200,
    "name_en": 200,
    "address": 500,
    "area_name": 100,
    "host_name": 200,
    "hours": 500,
    "hours_text": 500,
    "number": 64,
    "earlier_numbers": 200,
}
_YES = frozenset({"是", "有", "1", "y", "yes", "true", "t", "√", "✓", "✔", "●", "on"})
_NO = frozenset(
    {"", "否", "无", "没有", "0", "n", "no", "false", "f", "×", "-", "/", "off", "none"}
)
_BREAK = re.compile(r"[,;、/|+\n]+")
_FUNCTION_WORDS = {word for one in FUNCTIONS for word in (one.code, one.name, one.name_en)}

_SERVICE_WORDS: dict[str, str] = {
    word.casefold(): service.code
    for service in SERVICES
    for word in (service.code, service.name, service.name_en, *service.aliases)
}
_DOOR_WORDS: dict[str, Door] = {
    **{str(door): door for door in Door},
    **{name.casefold(): door for door, names in DOOR_NAMES.items() for name in names},
    "开放": Door.OPEN,
    "敞开": Door.OPEN,
    "扫码": Door.SCAN,
    "扫码开锁": Door.SCAN,
    "刷脸": Door.FACE,
    "人脸识别": Door.FACE,
    "有人": Door.ATTENDED,
    "值守": Door.ATTENDED,
    "钥匙": Door.KEY,
}
_STATE_WORDS: dict[str, State] = {
    **{
        word.casefold(): facts.state
        for facts in STATES
        for word in (str(facts.state), facts.name, facts.name_en)
    },
    # as lists that are no exports call a station that is open
    **dict.fromkeys(("正常", "启用", "运营中", "使用中", "开放", "open"), State.ACTIVE),
}
_HOST_WORDS: tuple[tuple[str, HostKind], ...] = (
    ("总工会", HostKind.UNION),
    ("工会", HostKind.UNION),
    ("银行", HostKind.BANK),
    ("邮政", HostKind.POST_OFFICE),
    ("邮局", HostKind.POST_OFFICE),
    ("加油站", HostKind.FUEL),
    ("加气站", HostKind.FUEL),
    ("党群", HostKind.PARTY_CENTRE),
    ("党建", HostKind.PARTY_CENTRE),
    ("社区", HostKind.COMMUNITY),
    ("居委会", HostKind.COMMUNITY),
    ("药房", HostKind.PHARMACY),
    ("药店", HostKind.PHARMACY),
    ("图书馆", HostKind.LIBRARY),
    ("公厕", HostKind.TOILET),
    ("公共厕所", HostKind.TOILET),
)
# the one word that a template offers for each kind, which is read back as that kind
HOST_KIND_WORDS: dict[HostKind, str] = {
    HostKind.UNION: "工会自有场所",
    HostKind.BANK: "银行",
    HostKind.POST_OFFICE: "邮政",
    HostKind.FUEL: "加油站",
    HostKind.PARTY_CENTRE: "党群服务中心",
    HostKind.COMMUNITY: "社区",
    HostKind.PHARMACY: "药店",
    HostKind.LIBRARY: "图书馆",
    HostKind.TOILET: "公厕",
    HostKind.OTHER: "其他",
}


@dataclass(frozen=True, slots=True)
class StationRow:
    """One row of a list, read.

    Attributes:
        number: the row as a person counts it in the file.
        facts: what it says, coordinates in the list's datum; None if it has errors.
        errors: why it cannot be taken.
        warnings: what was not understood and is left out of the facts, but stays in
            ``source``.
        source: the cells as they stand, without the personal columns.
        draft: whether the list itself calls it a draft.
        further: column to JSON value, those of :data:`app.domain.row_findings.FURTHER` that
            the row fills in.
    """

    number: int
    facts: StationFacts | None
    errors: tuple[FieldError, ...]
    warnings: tuple[FieldError, ...]
    source: Mapping[str, str]
    draft: bool = False
    further: Mapping[str, Any] = field(default_factory=dict)


def read_row(
    number: int,
    cells: Mapping[str, str],
    *,
    flags: Mapping[str, str] | None = None,
    coded_services: bool = False,
    source: Mapping[str, str] | None = None,
    bounds: Bounds | None = None,
) -> StationRow:
    """Read one row.

    Args:
        number: the row's number in its file.
        cells: text by field: name, name_en, address, area_name, longitude, latitude,
            place (``"lng,lat"`` in one cell), state, services, service_details,
            hours, hours_text, door, host_name, host_kind, number, earlier_numbers, and those of
            :data:`app.domain.row_findings.FURTHER`. Absent fields are empty.
        flags: yes or no by service code, from a list with a column for each service.
        coded_services: the services are codes, so that an unknown word is an error; in
            free text it is a warning.
        source: what to keep of the row as it stands.
        bounds: where places are expected (west, south, east, north); a pair that lies
            there only when exchanged is refused.
    """
    findings = Findings()
    texts = {name: _clean(cells.get(name, "")) for name in _FIELDS}
    _check_lengths(texts, findings)
    if "\n" in cells.get("name", "").strip():
        findings.error(
            "name", "goes over several lines; in CSV, a quote above or in this row is not closed",
            "名称跨了多行;CSV 中此行或上方有引号没有闭合",
        )  # fmt: skip
    state = _state(texts["state"], findings)
    longitude, latitude = _place(texts, bounds, findings)
    functions, moved = _functions(cells.get("functions", ""))
    services, details = _services(
        [(texts["services"], coded_services), (texts["service_details"], False), (moved, False)],
        flags or {}, findings,
    )  # fmt: skip
    facts = StationFacts(
        name=texts["name"],
        name_en=texts["name_en"],
        longitude=longitude,
        latitude=latitude,
        address=texts["address"],
        services=services,
        hours=_hours(texts["hours"] or texts["hours_text"], findings),
        hours_text=texts["hours_text"] or texts["hours"],
        door=_door(texts["door"], findings),
        host_name=texts["host_name"],
        host_kind=_host_kind(texts, findings),
        area_name=texts["area_name"],
        earlier_numbers=_numbers(texts["number"], texts["earlier_numbers"]),
    )
    more = further(
        {**cells, "functions": functions, "service_details": ""}, findings,
        services=services, details=details,
    )  # fmt: skip
    warn_of_phones(texts, findings)
    warn_of_formulas(cells, findings, fields=MAX_LENGTHS)
    return StationRow(
        number,
        None if findings.errors else facts,
        tuple(findings.errors),
        tuple(findings.warnings),
        dict(source if source is not None else cells),
        state is State.DRAFT,
        more,
    )


_FIELDS = (
    *MAX_LENGTHS,
    "longitude",
    "latitude",
    "place",
    "services",
    "service_details",
    "door",
    "host_kind",
    "state",
)


def service_code(word: str) -> str | None:
    """Find the service a word means: a code, a name or an alias, upper or lower case."""
    return _SERVICE_WORDS.get(unicodedata.normalize("NFKC", word).strip().casefold())


def _clean(text: str) -> str:
    """Drop control characters and blanks around; keep the rest as it stands."""
    kept = "".join(s for s in text if s in "\n\t" or unicodedata.category(s) not in ("Cc", "Cf"))
    return re.sub(r"\s+", " ", kept).strip()


def _check_lengths(texts: dict[str, str], findings: Findings) -> None:
    if not texts["name"]:
        findings.error("name", "is empty; a station needs a name", "名称为空")
    for name, limit in MAX_LENGTHS.items():
        if len(texts[name]) > limit:
            findings.error(
                name, f"has {len(texts[name])} characters; at most {limit} are kept",
                f"有 {len(texts[name])} 个字,最多 {limit} 个",
            )  # fmt: skip


def _state(text: str, findings: Findings) -> State | None:
    """Read the state a list gives; any but active and draft keeps the row out."""
    state = _STATE_WORDS.get(unicodedata.normalize("NFKC", text).casefold())
    if text and state not in (State.ACTIVE, State.DRAFT):
        word = repr(text) if state is None else str(state)
        findings.error(
            "state", f"is {word}; only active stations and drafts are taken over",
            f"状态为 {text!r};只导入在用的站点和草稿",
        )  # fmt: skip
    return state


def _place(
    texts: dict[str, str], bounds: Bounds | None, findings: Findings
) -> tuple[float | None, float | None]:
    pair = (texts["longitude"], texts["latitude"])
    if texts["place"] and not any(pair):
        parts = [
            part for part in re.split(r"[,，;；\s]+", texts["place"].strip("()[]（）")) if part
        ]
        if len(parts) != 2:
            findings.error(
                "place", f"{texts['place']!r} is not a pair: longitude,latitude",
                f"{texts['place']!r} 不是“经度,纬度”",
            )  # fmt: skip
            return None, None
        pair = (parts[0], parts[1])
    if not any(pair):
        return None, None
    if not all(pair):
        missing = "latitude" if pair[0] else "longitude"
        findings.error(
            missing, "is empty; give both, or neither for a station without a place",
            "经度、纬度只填了一个;要么都填,要么都空着",
        )  # fmt: skip
        return None, None
    longitude = _degrees("longitude", pair[0], findings)
    latitude = _degrees("latitude", pair[1], findings)
    if longitude is None or latitude is None:
        return None, None
    problem = place_problem(longitude, latitude, bounds=bounds)
    if problem is not None:
        findings.error(*problem, f"坐标不可用:{pair[0]}, {pair[1]}(超出范围,或经纬度填反)")
        return None, None
    return longitude, latitude


def _degrees(name: str, text: str, findings: Findings) -> float | None:
    plain = unicodedata.normalize("NFKC", text).strip().rstrip("°")
    try:
        value = float(plain)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        findings.error(
            name, f"is {text!r}; expected decimal degrees such as 106.5516",
            f"{text!r} 不是小数度数,应如 106.5516",
        )  # fmt: skip
        return None
    return value


def _functions(text: str) -> tuple[str, str]:
    """Part what is a function of a station from what is a service that riders look for."""
    parts = [part.strip() for part in _BREAK.split(unicodedata.normalize("NFKC", text))]
    services = [part for part in parts if part not in _FUNCTION_WORDS and service_code(part)]
    return ";".join(part for part in parts if part not in services), ";".join(services)


def _services(
    texts: Sequence[tuple[str, bool]], flags: Mapping[str, str], findings: Findings
) -> tuple[tuple[str, ...], dict[str, dict[str, str]]]:
    """Read what is on site, and what is said of services beside: near, in season, a note.

    Args:
        texts: cells, and whether they hold codes, so that an unknown word is an error.
    """
    found: dict[str, dict[str, str]] = {}
    for text, coded in texts:
        for word in read_words(text, known=lambda name: service_code(name) is not None):
            code = service_code(word.name)
            if code is not None:
                found[code] = {**found.get(code, {}), **word.detail}
            else:
                _unknown_service(word.name, findings, coded=coded)
    for code, cell in flags.items():
        answer = unicodedata.normalize("NFKC", cell).strip().casefold()
        said = {} if answer in _YES else read_answer(answer.lstrip("是有"))
        if said is not None:
            found[code] = {**found.get(code, {}), **said}
        elif answer not in _NO:
            findings.error(
                code,
                f"is {cell!r}; expected yes or no (是, 否), near (就近) or a season (6/1-9/30)",
                f"填的是 {cell!r},应为“是”“否”“就近”或起止日期,如 6/1-9/30",
            )  # fmt: skip
    on_site = tuple(sorted(code for code, said in found.items() if said.get("where") != NEAREST))
    return on_site, {code: said for code, said in found.items() if said}


def _unknown_service(word: str, findings: Findings, *, coded: bool) -> None:
    if coded:
        known = ", ".join(service.code for service in SERVICES)
        findings.error(
            "services", f"{word!r} is not known; known are {known}",
            f"服务代码 {word!r} 不认识;可用:{known}",
        )  # fmt: skip
    else:
        findings.warn(
            "services", f"{word!r} is not known and was left out", f"服务 {word!r} 不认识,未导入"
        )


def _hours(text: str, findings: Findings) -> str | None:
    rule = read_hours(text) if text else None
    if text and rule is None:
        findings.warn(
            "hours", f"{text!r} could not be read; kept as text, hours unknown",
            f"{text!r} 读不懂,只保留原文,开放时间记为不明",
        )  # fmt: skip
    return rule


def _numbers(*texts: str) -> tuple[str, ...]:
    parts = (part for text in texts for part in re.split(r"[;；,，\s]+", text))
    return tuple(dict.fromkeys(filter(None, parts)))


def _door(text: str, findings: Findings) -> Door | None:
    door = _DOOR_WORDS.get(text.casefold())
    if text and door is None:
        findings.warn(
            "door", f"{text!r} is not known; known are {', '.join(Door)}",
            f"开门方式 {text!r} 不认识,未导入",
        )  # fmt: skip
    return door


def _host_kind(texts: dict[str, str], findings: Findings) -> HostKind | None:
    given = texts["host_kind"].casefold()
    if given in {str(kind) for kind in HostKind}:
        return HostKind(given)
    if given == "其他":
        return HostKind.OTHER
    for text in filter(None, (texts["host_kind"], texts["host_name"])):
        for word, kind in _HOST_WORDS:
            if word in text:
                return kind
    if given:
        findings.warn(
            "host_kind", f"{given!r} is not known; known are {', '.join(HostKind)}",
            f"场所类型 {given!r} 不认识,未导入",
        )  # fmt: skip
    return None
