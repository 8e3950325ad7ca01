"""What a merge may bring from one record to another: facts that belong together go together."""

from functools import cache

# what a choice is called, to the columns it decides
GROUPS: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "name_en": ("name_en",),
    "place": ("place", "source_datum", "source_longitude", "source_latitude"),
    "address": ("address",),
    "area_name": ("area_name",),
    "services": ("services", "service_details"),
    "hours": ("hours", "hours_text"),
    "door": ("door",),
    "host": ("host_name", "host_kind", "host_credit_code"),
    "agreement": ("agreement_number", "agreement_from", "agreement_to"),
    "union_built": ("union_built",),
    "area_square_metres": ("area_square_metres",),
    "seats": ("seats",),
    "functions": ("functions",),
    "venues": ("venues",),
}
GROUP_NAMES: dict[str, tuple[str, str]] = {
    "name": ("名称", "Name"),
    "name_en": ("英文名称", "English name"),
    "place": ("地图位置", "Place"),
    "address": ("地址", "Address"),
    "area_name": ("区域", "Area"),
    "services": ("服务", "Services"),
    "hours": ("开放时间", "Opening hours"),
    "door": ("开门方式", "Door"),
    "host": ("共建单位", "Host"),
    "agreement": ("共建协议", "Agreement"),
    "union_built": ("工会自建", "Union-built"),
    "area_square_metres": ("面积(平方米)", "Area (m²)"),
    "seats": ("座位数", "Seats"),
    "functions": ("拓展功能", "Functions"),
    "venues": ("同址工会阵地", "Union venues at the place"),
}


@cache
def groups_of() -> dict[str, str]:
    """Return the group that each column belongs to."""
    return {column: group for group, columns in GROUPS.items() for column in columns}
