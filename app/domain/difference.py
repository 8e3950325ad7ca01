"""Facts of a station compared field by field, with the names that pages give the fields."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.errors import FieldChange, FieldError, InvalidInput

# what staff enter, by its column; a place is [longitude, latitude] in WGS-84, or None
FACT_NAMES: dict[str, tuple[str, str]] = {
    "name": ("名称", "Name"),
    "name_en": ("英文名称", "English name"),
    "place": ("地图位置", "Place"),
    "address": ("地址", "Address"),
    "area_name": ("区域", "Area"),
    "services": ("服务", "Services"),
    "hours": ("开放时间", "Opening hours"),
    "hours_text": ("开放时间原文", "Opening hours as written"),
    "door": ("开门方式", "Door"),
    "host_name": ("共建单位", "Host"),
    "host_kind": ("单位类型", "Kind of host"),
    "host_credit_code": ("统一社会信用代码", "Unified social credit code"),
    "agreement_number": ("协议编号", "Agreement number"),
    "agreement_from": ("协议起始", "Agreement from"),
    "agreement_to": ("协议截止", "Agreement to"),
    "union_built": ("工会自建", "Union-built"),
    "area_square_metres": ("面积(平方米)", "Area (m²)"),
    "seats": ("座位数", "Seats"),
    "service_details": ("服务详情", "Services in detail"),
    "functions": ("拓展功能", "Functions"),
    "venues": ("同址工会阵地", "Union venues at the place"),
    "union_id": ("所属工会", "Union"),
    "source_datum": ("原坐标系", "Datum as given"),
    "source_longitude": ("原经度", "Longitude as given"),
    "source_latitude": ("原纬度", "Latitude as given"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of two records, as JSON values."""

    field: str
    name: str
    name_en: str
    old: object
    new: object


def differences(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[Difference, ...]:
    """Return the fields that differ, in the order of pages; one that is absent is None."""
    order = list(FACT_NAMES)
    fields = sorted(
        set(old) | set(new),
        key=lambda field: (order.index(field) if field in FACT_NAMES else len(order), field),
    )
    return tuple(
        Difference(field, *FACT_NAMES.get(field, (field, field)), old.get(field), new.get(field))
        for field in fields
        if old.get(field) != new.get(field)
    )


def meanwhile(
    before: Mapping[str, object], now: Mapping[str, object], wanted: Mapping[str, object]
) -> tuple[FieldChange, ...]:
    """Return what somebody else changed and what the editor wanted, field by field."""
    mine = {**before, **wanted}
    fields = {d.field: None for d in (*differences(before, now), *differences(before, mine))}
    return tuple(
        FieldChange(field, before.get(field), now.get(field), mine.get(field)) for field in fields
    )


def check_fields(changes: Mapping[str, object], *, attempted: str) -> None:
    """Raise :class:`InvalidInput` for nothing at all and for fields that nobody enters."""
    unknown = [
        FieldError(field, f"is no fact of a station; known are {', '.join(FACT_NAMES)}")
        for field in changes
        if field not in FACT_NAMES
    ]
    if unknown:
        raise InvalidInput(unknown, attempted=attempted)
    if not changes:
        raise InvalidInput(
            [FieldError("changes", "nothing is to be changed", "没有任何改动")], attempted=attempted
        )
