"""Which column of a list of stations means what, in Chinese and English."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.errors import FieldError, InvalidInput
from app.domain.services import SERVICES

DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")

_NAMES: dict[str, tuple[str, ...]] = {
    "name": ("name", "stationname", "名称", "站点", "站点名称", "驿站名称", "港湾名称", "站名"),
    "name_en": ("nameen", "englishname", "英文名", "英文名称"),
    "address": ("address", "location", "地址", "详细地址", "站点地址", "具体地址", "位置"),
    "area_name": (
        "district", "area", "areaname", "区县", "所属区", "所属区县", "区域", "行政区", "所在区县",
    ),
    "longitude": ("longitude", "lon", "lng", "long", "x", "经度"),
    "latitude": ("latitude", "lat", "y", "纬度"),
    "place": ("coordinates", "coordinate", "坐标", "经纬度", "坐标位置"),
    "services": (
        "services", "service", "servicecodes", "服务", "设施", "服务项目", "服务设施", "配套设施",
        "服务内容",
    ),
    "service_details": (
        "servicedetails", "服务详情", "就近或季节性服务", "服务说明", "季节性服务",
    ),
    "functions": ("functions", "拓展功能", "功能", "附加功能"),
    "venues": ("venues", "同址工会阵地", "工会阵地", "同址阵地", "其他阵地"),
    "hours": (
        "hours", "openhours", "openinghours", "开放时间", "营业时间", "服务时间",
    ),
    "door": ("door", "开门方式", "进入方式"),
    "host_name": ("host", "hostname", "共建单位", "所属单位", "依托单位", "场所单位"),
    "host_kind": ("hostkind", "hosttype", "场所类型", "单位类型"),
    "hours_text": ("hourstext",),
    "state": ("state", "状态", "站点状态"),
    "number": (
        "number", "code", "id", "stationcode", "stationnumber", "编号", "站点编号", "编码",
    ),
    "earlier_numbers": ("earliernumbers", "原编号", "旧编号"),
    "union": ("union", "unionname", "unioncode", "工会", "所属工会", "主管工会"),
    "union_built": ("unionbuilt", "工会自建", "是否自建"),
    "area_square_metres": (
        "areasquaremetres", "squaremetres", "sqm", "面积", "建筑面积", "使用面积",
    ),
    "seats": ("seats", "座位", "座位数", "容纳人数"),
    "host_credit_code": (
        "hostcreditcode", "creditcode", "统一社会信用代码", "社会信用代码", "信用代码",
    ),
    "agreement_number": ("agreementnumber", "协议编号", "共建协议编号"),
    "agreement_from": ("agreementfrom", "协议开始", "协议开始日期", "协议起"),
    "agreement_to": ("agreementto", "协议结束", "协议到期", "协议到期日期", "协议止"),
}  # fmt: skip
# columns with people's data that is read: they become keepers, and are never kept in clear
_PEOPLE: dict[str, tuple[str, ...]] = {
    "keeper_name": (
        "keeper", "keepername", "contactname", "contactperson", "person", "负责人", "负责人姓名",
        "站点负责人", "联系人", "联系人姓名", "姓名",
    ),
    "keeper_phone": (
        "contact", "contacts", "phone", "mobile", "tel", "telephone", "keeperphone",
        "contactphone", "电话", "手机", "手机号", "联系电话", "联系方式", "负责人手机",
        "负责人电话", "联系人电话", "联系人手机", "手机号码", "电话号码", "站点电话",
    ),
    "keeper_employer": (
        "keeperemployer", "负责人单位", "负责人工作单位", "联系人单位", "工作单位",
    ),
    "consented_on": ("consentedon", "consent", "同意登记日期", "同意日期", "授权日期"),
}  # fmt: skip
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names}
_PERSON_OF = {name: field for field, names in _PEOPLE.items() for name in names}
PEOPLE = tuple(_PEOPLE)
# what a column may mean, for a person who corrects it; a service is "service:CODE"
SERVICE = "service:"
NOTHING, NEVER = "", "never"
MEANINGS: dict[str, tuple[str, str]] = {
    "name": ("名称", "Name"),
    "name_en": ("英文名", "English name"),
    "address": ("地址", "Address"),
    "area_name": ("区县", "District"),
    "union": ("所属工会", "Union"),
    "longitude": ("经度", "Longitude"),
    "latitude": ("纬度", "Latitude"),
    "place": ("坐标(经度,纬度)", "Coordinates (longitude, latitude)"),
    "services": ("服务项目", "Services"),
    "service_details": ("就近或季节性服务", "Services near by or in season"),
    "functions": ("拓展功能", "Functions"),
    "venues": ("同址工会阵地", "Other venues"),
    "hours": ("开放时间", "Opening hours"),
    "hours_text": ("开放时间(原文)", "Opening hours as written"),
    "door": ("开门方式", "Door"),
    "host_name": ("共建单位", "Host"),
    "host_kind": ("场所类型", "Kind of host"),
    "host_credit_code": ("统一社会信用代码", "Credit code of the host"),
    "agreement_number": ("协议编号", "Number of the agreement"),
    "agreement_from": ("协议开始日期", "Agreement from"),
    "agreement_to": ("协议到期日期", "Agreement to"),
    "union_built": ("工会自建", "Union-built"),
    "area_square_metres": ("面积(平方米)", "Area in square metres"),
    "seats": ("座位数", "Seats"),
    "number": ("编号", "Number"),
    "earlier_numbers": ("原编号", "Earlier numbers"),
    "state": ("状态", "State"),
    "keeper_name": ("负责人姓名", "Keeper's name"),
    "keeper_phone": ("负责人电话", "Keeper's phone"),
    "keeper_employer": ("负责人单位", "Keeper's employer"),
    "consented_on": ("同意登记日期", "Day of consent"),
    NEVER: ("个人信息,不读取", "Personal, never read"),
}
# columns in which services are written as codes, so that a wrong one is an error
_CODED = ("services", "service", "servicecodes")

_PERSONAL = re.compile(
    r"电话|手机|联系人|联系方式|负责人|身份证|姓名|微信|邮箱|"
    r"phone|mobile|contact|keeper|email|\btel\b|wechat|id ?card|person"
)
_DATUM_HINTS = (
    ("gcj02", re.compile(r"gcj[-_ ]?(?:02)?|火星|高德|腾讯")),
    ("bd09", re.compile(r"bd[-_ ]?09(?:ll)?|百度")),
    ("wgs84", re.compile(r"wgs[-_ ]?(?:19)?(?:84)?|gps")),
    ("cgcs2000", re.compile(r"cgcs[-_ ]?(?:2000)?|国家2000")),
)
_SERVICE_OF = {
    re.sub(r"[\W_]+", "", word.casefold()): service.code
    for service in SERVICES
    for word in (service.code, service.name, service.name_en, *service.aliases)
}


@dataclass(frozen=True, slots=True)
class StationColumns:
    """What a list's columns mean.

    Attributes:
        fields: column by field of :func:`app.domain.station_row.read_row`.
        flags: column by service code, where each service has a column.
        people: the columns of people's data that are read, by what they hold.
        personal: all columns with people's data; their content is in no row's source.
        unused: columns that mean nothing here.
        datum: the datum that the names of the coordinate columns state, if any.
        coded_services: whether services are written as codes.
    """

    fields: Mapping[str, str]
    flags: Mapping[str, str]
    people: Mapping[str, tuple[str, ...]]
    personal: tuple[str, ...]
    unused: tuple[str, ...]
    datum: str | None
    coded_services: bool


def recognise(
    columns: tuple[str, ...],
    *,
    file_name: str,
    has_points: bool,
    given: Mapping[str, str] | None = None,
) -> StationColumns:
    """Find out what each column means.

    Args:
        has_points: rows bring their place as a geometry (GeoJSON).
        given: meanings that somebody said, by column; they win over what is recognised.

    Raises:
        InvalidInput: if no column holds the name, if one of longitude and latitude is
            missing, if two columns are said to mean the same, or if two coordinate
            columns state different datums.
    """
    known = meanings(columns)
    found = {column: (given or {}).get(column, known[column]) for column in columns}
    fields: dict[str, str] = {}
    flags: dict[str, str] = {}
    people: dict[str, list[str]] = {}
    personal, unused = [], []
    errors: list[FieldError] = []
    for column, meaning in found.items():
        if meaning in _PEOPLE or meaning == NEVER or _PERSONAL.search(column.casefold()):
            personal.append(column)
        if meaning in _PEOPLE:
            people.setdefault(meaning, []).append(column)
        elif meaning.startswith(SERVICE):
            _take(flags, meaning.removeprefix(SERVICE), column, errors)
        elif meaning in _NAMES:
            _take(fields, meaning, column, errors)
        elif meaning != NEVER and column not in personal:
            unused.append(column)
    hints = {
        hint for field in ("longitude", "latitude", "place")
        if field in fields and (hint := _key(fields[field])[1])
    }  # fmt: skip
    _check(fields, columns, hints, errors, file_name=file_name, has_points=has_points)
    coded = "services" in fields and _key(fields["services"])[0] in _CODED
    return StationColumns(
        fields, flags, {key: tuple(names) for key, names in people.items()}, tuple(personal),
        tuple(unused), hints.pop() if hints else None, coded,
    )  # fmt: skip


def _take(found: dict[str, str], meaning: str, column: str, errors: list[FieldError]) -> None:
    if meaning in found:
        zh, en = MEANINGS.get(meaning, (meaning, meaning))
        errors.append(FieldError(
            column, f"means {en}, and so does {found[meaning]}",
            f"与“{found[meaning]}”同为“{zh}”,请只选一列",
        ))  # fmt: skip
    found.setdefault(meaning, column)


def meanings(columns: tuple[str, ...]) -> dict[str, str]:
    """Return what each column means by its name: a key of :data:`MEANINGS`, a service, or ""."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for column in columns:
        key, _ = _key(column)
        meaning = NOTHING
        if key in _PERSON_OF:
            meaning = _PERSON_OF[key]
        elif _PERSONAL.search(column.casefold()):
            meaning = _by_words(column)
        elif key in _FIELD_OF:
            meaning = _FIELD_OF[key]
        elif key in _SERVICE_OF:
            meaning = SERVICE + _SERVICE_OF[key]
        if meaning in taken and meaning not in _PEOPLE and meaning != NEVER:
            meaning = NOTHING
        taken.add(meaning)
        found[column] = meaning
    return found


def _by_words(column: str) -> str:
    """Judge a column of people's data by the words in its name."""
    plain = column.casefold()
    if re.search(r"身份证|微信|邮箱|email|wechat|id ?card", plain):
        return NEVER
    if re.search(r"电话|手机|联系方式|phone|mobile|\btel\b", plain):
        return "keeper_phone"
    if re.search(r"姓名|联系人|负责人|person|keeper|contact", plain):
        return "keeper_name"
    return NEVER


def _key(column: str) -> tuple[str, str | None]:
    """Reduce a column's name to what it is looked up by, and the datum it states."""
    plain = unicodedata.normalize("NFKC", column).casefold()
    hint = None
    for datum, pattern in _DATUM_HINTS:
        if pattern.search(plain):
            hint = datum
            plain = pattern.sub(" ", plain)
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]|坐标系", " ", plain)
    return re.sub(r"[\W_]+", "", plain), hint


def _check(
    fields: Mapping[str, str],
    columns: tuple[str, ...],
    hints: set[str],
    errors: list[FieldError],
    *,
    file_name: str,
    has_points: bool,
) -> None:
    if "name" not in fields:
        errors.append(FieldError("name", _missing("name", columns), "没有哪一列是名称"))
    if not has_points and "place" not in fields:
        for one, other in (("longitude", "latitude"), ("latitude", "longitude")):
            if one in fields and other not in fields:
                said = f"只有{MEANINGS[one][0]},没有{MEANINGS[other][0]}"
                errors.append(FieldError(other, _missing(other, columns), said))
    if len(hints) > 1:
        said = " and ".join(sorted(hints))
        errors.append(
            FieldError("datum", f"the columns state two: {said}", "各坐标列的坐标系不一致")
        )
    if errors:
        raise InvalidInput(
            errors,
            attempted=f"read the stations in {file_name}",
            remedy="Rename the column in the header row, and leave the rows as they are.",
        )


def _missing(field: str, columns: tuple[str, ...]) -> str:
    return (
        f"no column holds it; expected one of {', '.join(_NAMES[field])}; "
        f"found {', '.join(columns)}"
    )
