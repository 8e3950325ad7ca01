"""Facts of a station in words: labels in groups, and every value as people read it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from app.domain.difference import FACT_NAMES, Difference
from app.domain.errors import FieldChange
from app.domain.facts import FUNCTIONS, VENUES
from app.domain.lifecycle import EXIT_NAMES, FACTS, ExitCode, State
from app.domain.services import BY_CODE
from app.domain.station import DOOR_NAMES, HostKind
from app.web.hours_words import week

Words = tuple[str, str]
NOTHING: Words = ("未填", "not filled in")
YES, NO = ("是", "Yes"), ("否", "No")

HOST_KINDS: dict[str, Words] = {
    HostKind.UNION: ("工会", "Trade union"),
    HostKind.BANK: ("银行", "Bank"),
    HostKind.POST_OFFICE: ("邮政", "Post office"),
    HostKind.FUEL: ("加油站", "Fuel station"),
    HostKind.PARTY_CENTRE: ("党群服务中心", "Party service centre"),
    HostKind.COMMUNITY: ("社区", "Community"),
    HostKind.PHARMACY: ("药店", "Pharmacy"),
    HostKind.LIBRARY: ("图书馆", "Library"),
    HostKind.TOILET: ("公共厕所", "Public toilet"),
    HostKind.OTHER: ("其他", "Other"),
}
MORE_CODES: dict[str, Words] = {one.code: (one.name, one.name_en) for one in (*FUNCTIONS, *VENUES)}
DATUMS: dict[str, Words] = {
    "wgs84": ("WGS-84(手机定位)", "WGS-84 (GPS)"),
    "gcj02": ("GCJ-02(高德、腾讯地图)", "GCJ-02 (Amap, Tencent)"),
    "bd09": ("BD-09(百度地图)", "BD-09 (Baidu)"),
    "cgcs2000": ("CGCS2000(天地图)", "CGCS2000 (Tianditu)"),
}
# what the names of facts do not name: columns that follow from others, or that a move sets
MORE_NAMES: dict[str, Words] = {
    "state": ("状态", "State"),
    "code": ("编号", "Number"),
    "state_reason": ("原因", "Reason"),
    "state_until": ("截止日期", "Until"),
    "exit_code": ("退出原因", "Reason of exit"),
    "document_id": ("文件", "Document"),
    "merged_into": ("合并到", "Merged into"),
    "verified": ("已核实", "Verified"),
    "last_proved": ("最近实地核实", "Last proved on the spot"),
    "adcode": ("行政区", "District"),
    "confirmed_at": ("最近确认", "Last confirmed"),
    "union_built": ("工会自建", "Built by the union"),
    "area_square_metres": ("面积", "Area"),
    "seats": ("座位", "Seats"),
    "service_details": ("服务说明", "About the services"),
    "functions": ("附加功能", "Further functions"),
    "venues": ("同址工会阵地", "Other union venues here"),
    "host_credit_code": ("统一社会信用代码", "Unified social credit code"),
    "agreement_number": ("协议编号", "Agreement"),
    "agreement_from": ("协议开始", "Agreement from"),
    "agreement_to": ("协议到期", "Agreement until"),
}
GROUPS: tuple[tuple[Words, tuple[str, ...]], ...] = (
    (("名称和单位", "Name and host"),
     ("name", "name_en", "host_name", "host_kind", "host_credit_code", "union_built",
      "agreement_number", "agreement_from", "agreement_to")),
    (("位置", "Place"),
     ("address", "area_name", "adcode", "place", "source_datum", "source_longitude",
      "source_latitude")),
    (("服务和设施", "Services and kit"),
     ("services", "service_details", "functions", "venues", "area_square_metres", "seats")),
    (("开放", "When and how it opens"), ("hours", "hours_text", "door")),
    (("核实", "Confirmed"), ("confirmed_at", "last_proved")),
)  # fmt: skip
_MOMENTS = frozenset({"confirmed_at", "last_proved"})
# shown in the heading, or no fact that anybody reads
_ELSEWHERE = frozenset(
    {"id", "code", "state", "revision", "verified", "union_id", "state_since", "state_reason",
     "state_until", "exit_code", "document_id", "merged_into", "submitted_by", "reviewed_by",
     "approved_by", "change_request_id", "batch_id", "batch_row", "created_at", "changed_at",
     "confirmed_by"}
)  # fmt: skip
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun",
           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A fact with its label."""

    field: str
    label: Words
    value: Words
    missing: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Facts that belong together."""

    title: Words
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A field in words: what it was, and what it became or is wanted to be."""

    field: str
    label: Words
    old: Words
    new: Words


def groups(facts: Mapping[str, Any], *, zone: tzinfo, district: Words | None = None) -> list[Group]:
    """Return all facts of a record by groups; what no group names comes last.

    Args:
        zone: what moments are said in.
        district: the names of the district whose code is among the facts.
    """
    named = {column for _, columns in GROUPS for column in columns}
    rest = tuple(sorted(set(facts) - named - _ELSEWHERE))
    found = []
    for title, columns in (*GROUPS, (("其他", "Further"), rest)):
        lines = tuple(
            _line(column, facts[column], zone, district) for column in columns if column in facts
        )
        if lines:
            found.append(Group(title, lines))
    return found


def _line(column: str, given: Any, zone: tzinfo, district: Words | None) -> Line:
    if column in _MOMENTS and given:
        given = datetime.fromisoformat(given).astimezone(zone).isoformat()
    said = value(column, given)
    if column == "adcode" and given and district is not None:
        said = (f"{district[0]}({given})", f"{district[1] or district[0]} ({given})")
    return Line(column, label(column), said, said == NOTHING)


def label(column: str) -> Words:
    """Return what a field is called; its own name if nobody named it."""
    return FACT_NAMES.get(column) or MORE_NAMES.get(column) or (column, column)


def changed(
    differences: Sequence[Difference], unions: Mapping[int, Words] | None = None
) -> list[Changed]:
    """Return differences in words."""
    return [
        Changed(one.field, label(one.field), value(one.field, one.old, unions),
                value(one.field, one.new, unions))
        for one in differences
    ]  # fmt: skip


def meanwhile(changes: Sequence[FieldChange], unions: Mapping[int, Words]) -> list[Changed]:
    """Return what somebody else changed, in words."""
    return [
        Changed(one.field, label(one.field), value(one.field, one.before, unions),
                value(one.field, one.now, unions))
        for one in changes
        if one.before != one.now
    ]  # fmt: skip


def value(column: str, given: Any, unions: Mapping[int, Words] | None = None) -> Words:
    """Return the value of a field in words, :data:`NOTHING` for none."""
    if given is None or given in ("", [], {}):
        return NOTHING
    if column == "union_id":
        return _both((unions or {}).get(int(given), (f"工会 {given}", f"union {given}")))
    known = _KNOWN.get(column, _plain)
    return known(given)


def _plain(given: Any) -> Words:
    if isinstance(given, bool):
        return YES if given else NO
    if isinstance(given, list):
        return _listed([MORE_CODES.get(str(one), (str(one), str(one))) for one in given])
    if isinstance(given, Mapping):
        return _listed([(f"{key}: {one}", f"{key}: {one}") for key, one in given.items()])
    return (str(given), str(given))


def _both(words: Words) -> Words:
    return (words[0], words[1] or words[0])


def _listed(words: list[Words]) -> Words:
    return ("、".join(zh for zh, _ in words), ", ".join(en for _, en in words))


def _named(names: Mapping[Any, Words], given: object) -> Words:
    return _both(names.get(given, (str(given), str(given))))


def _service(code: str) -> Words:
    known = BY_CODE.get(code)
    return (known.name, known.name_en) if known is not None else (code, code)


def _details(given: Mapping[str, Mapping[str, str]]) -> Words:
    return _listed([_detail(code, about) for code, about in given.items()])


def _detail(code: str, about: Mapping[str, str]) -> Words:
    zh, en = _service(code)
    said, said_en = [], []
    if about.get("where") == "nearest":
        said.append("最近处提供")
        said_en.append("nearest elsewhere")
    if about.get("from") and about.get("to"):
        first, last = (_day_of_year(about[end]) for end in ("from", "to"))
        said.append(f"{first[0]}至{last[0]}")
        said_en.append(f"{first[1]} to {last[1]}")
    if about.get("note"):
        said.append(about["note"])
        said_en.append(about["note"])
    if not said:
        return (f"{zh}:站内", f"{en}: on site")
    return (f"{zh}:{','.join(said)}", f"{en}: {', '.join(said_en)}")


def _day_of_year(written: str) -> Words:
    month, _, day = written.partition("-")
    if not (month.isdecimal() and day.isdecimal() and 1 <= int(month) <= 12):
        return (written, written)
    return (f"{int(month)}月{int(day)}日", f"{int(day)} {_MONTHS[int(month) - 1]}")


def _place(given: Sequence[float]) -> Words:
    longitude, latitude = given
    said = f"{latitude:.6f}, {longitude:.6f}"
    return (f"{said}(纬度, 经度)", f"{said} (latitude, longitude)")


def _hours(given: str) -> Words:
    said = [(f"{days[0]} {spans[0]}", f"{days[1]} {spans[1]}") for days, spans in week(given)]
    return _listed(said) if said else (given, given)


def _moment(given: str) -> Words:
    said = given[:16].replace("T", " ")
    return (said, said)


_KNOWN: dict[str, Callable[[Any], Words]] = {
    "state": lambda given: _both((FACTS[State(given)].name, FACTS[State(given)].name_en)),
    "door": lambda given: _named({door.value: name for door, name in DOOR_NAMES.items()}, given),
    "host_kind": lambda given: _named(HOST_KINDS, given),
    "source_datum": lambda given: _named(DATUMS, given),
    "exit_code": lambda given: _named(EXIT_NAMES, ExitCode(given)),
    "services": lambda given: _listed([_service(code) for code in given]),
    "service_details": _details,
    "place": _place,
    "hours": _hours,
    "confirmed_at": _moment,
    "last_proved": _moment,
    "area_square_metres": lambda given: (f"{given} 平方米", f"{given} m²"),
    "seats": lambda given: (f"{given} 个", f"{given}"),
    "union_built": lambda given: YES if given else ("共享共建", "No, shared"),
}
