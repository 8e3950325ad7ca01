"""The services and kit a station may offer; known to the database as table ``service``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """One thing a worker may use at a station.

    Attributes:
        code: what files, filters and the API call it.
        core: one of the six every station is measured by.
        aliases: other words that lists use for it, and what it was called here once.
    """

    code: str
    name: str
    name_en: str
    core: bool = False
    aliases: tuple[str, ...] = ()


SERVICES: tuple[Service, ...] = (
    Service("toilet", "厕所", "Toilet", True, ("如厕", "卫生间", "洗手间", "急可如厕")),
    Service("water", "饮水", "Drinking water", True, ("喝水", "热水", "渴可喝水", "饮水机")),
    Service("seat", "歇脚", "Seat", True, ("休息", "座椅", "累可歇脚")),
    Service("cooling", "纳凉", "Cooling", True, ("空调", "热可纳凉", "避暑")),
    Service("warmth", "取暖", "Warmth", True, ("冷可取暖", "暖气")),
    Service("first_aid", "药箱", "First aid", True, ("急救", "药品", "伤可用药", "医药箱")),
    Service("hot_meal", "热饭", "Microwave", aliases=("微波炉", "热餐")),
    Service("charging", "充电", "Phone charging", aliases=("手机充电",)),
    Service("wifi", "无线网", "Wi-Fi", aliases=("WiFi", "wifi", "无线网络")),
    Service("fridge", "爱心冰柜", "Fridge", aliases=("冰箱", "冰柜")),
    Service("books", "图书", "Books", aliases=("书刊", "阅读", "职工阅读站点")),
    Service("umbrella", "雨伞", "Umbrella", aliases=("雨具",)),
    Service("tools", "工具箱", "Tool kit", aliases=("维修工具",)),
    Service("aed", "AED", "AED", aliases=("除颤仪", "除颤器")),
    Service("battery_swap", "换电", "Battery swap", aliases=("电动车换电",)),
    Service("air_pump", "打气", "Air pump", aliases=("打气筒",)),
    Service("lockers", "储物柜", "Lockers", aliases=("储物",)),
    Service("bike_parking", "停车位", "Bike parking", aliases=("停车", "电动车停放")),
    Service("truck_parking", "货车停车", "Truck parking"),
    Service(
        "baby_room",
        "母婴室",
        "Mother-and-baby room",
        aliases=("爱心妈咪小屋", "妈咪小屋", "mother_room"),
    ),
    Service(
        "legal_advice", "普法角", "Legal advice", aliases=("法律援助", "法律咨询", "legal_corner")
    ),
)

BY_CODE: dict[str, Service] = {service.code: service for service in SERVICES}
