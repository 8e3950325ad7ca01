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
}  # fmt: skip
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names}
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
        personal: columns with people's data, which are never read on.
        unused: columns that mean nothing here.
        datum: the datum that the names of the coordinate columns state, if any.
        coded_services: whether services are written as codes.
    """

    fields: Mapping[str, str]
    flags: Mapping[str, str]
    personal: tuple[str, ...]
    unused: tuple[str, ...]
    datum: str | None
    coded_services: bool


def recognise(columns: tuple[str, ...], *, file_name: str, has_points: bool) -> StationColumns:
    """Find out what each column means.

    Args:
        has_points: rows bring their place as a geometry (GeoJSON).

    Raises:
        InvalidInput: if no column holds the name, if one of longitude and latitude is
            missing, or if two coordinate columns state different datums.
    """
    fields: dict[str, str] = {}
    flags: dict[str, str] = {}
    personal, unused = [], []
    hints: set[str] = set()
    for column in columns:
        key, hint = _key(column)
        field = _FIELD_OF.get(key)
        if _PERSONAL.search(column.casefold()):
            personal.append(column)
        elif field is not None and field not in fields:
            fields[field] = column
            if field in ("longitude", "latitude", "place") and hint:
                hints.add(hint)
        elif field is None and key in _SERVICE_OF and _SERVICE_OF[key] not in flags:
            flags[_SERVICE_OF[key]] = column
        else:
            unused.append(column)
    _check(fields, columns, hints, file_name=file_name, has_points=has_points)
    coded = "services" in fields and _key(fields["services"])[0] in _CODED
    datum = hints.pop() if hints else None
    return StationColumns(fields, flags, tuple(personal), tuple(unused), datum, coded)


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
    *,
    file_name: str,
    has_points: bool,
) -> None:
    errors = []
    if "name" not in fields:
        errors.append(FieldError("name", _missing("name", columns)))
    if not has_points and "place" not in fields:
        for one, other in (("longitude", "latitude"), ("latitude", "longitude")):
            if one in fields and other not in fields:
                errors.append(FieldError(other, _missing(other, columns)))
    if len(hints) > 1:
        errors.append(FieldError("datum", f"the columns state two: {' and '.join(sorted(hints))}"))
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
