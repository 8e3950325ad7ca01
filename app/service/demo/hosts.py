"""Who lends premises to a station, and what such a station is like."""

from dataclasses import dataclass

from app.domain.station import Door, HostKind

BANK_HOURS = "Mo-Fr 09:00-17:00; PH off"
OFFICE_HOURS = "Mo-Fr 08:30-12:00,13:00-17:30; PH off"
LONG_HOURS = "Mo-Su 06:00-22:00"
NIGHT_HOURS = "Mo-Su 18:00-02:00"
SUMMER_HOURS = "Jun-Sep 10:00-20:00"
SHOP_HOURS = "Mo-Su 08:00-21:30"
CORE = ("cooling", "seat", "water")

# how a list would write these hours
WORDS: dict[str | None, str] = {
    "24/7": "24小时",
    BANK_HOURS: "周一至周五 09:00-17:00，节假日休息",
    OFFICE_HOURS: "周一至周五 08:30-12:00,13:00-17:30，节假日休息",
    LONG_HOURS: "每天 06:00-22:00",
    NIGHT_HOURS: "每天 18:00-次日02:00",
    SUMMER_HOURS: "6月至9月 10:00-20:00",
    SHOP_HOURS: "每天 08:00-21:30",
    "Mo-Sa 09:00-18:00; PH off": "周一至周六 09:00-18:00，节假日休息",
    "Tu-Su 09:00-20:00": "周二至周日 09:00-20:00",
    "Mo-Fr 08:00-20:00; Sa,Su 09:00-17:00": "工作日 08:00-20:00，周末 09:00-17:00",
    "Mo-Su 07:00-23:00; Dec 31 off": "每天 07:00-23:00，12月31日休息",
    None: "",
}


@dataclass(frozen=True, slots=True)
class Host:
    """A kind of host.

    Attributes:
        share: how common it is.
        host, host_en: forms of the host's name around a place's.
        short, short_en: what a station's name says of it.
        hours, doors: what occurs, as often as it stands here.
        services: beyond water, seat and cooling; each is there more often than not.
    """

    kind: HostKind
    share: float
    host: str
    short: str
    short_en: str
    hours: tuple[str | None, ...]
    doors: tuple[Door | None, ...]
    services: tuple[str, ...]


HOSTS: tuple[Host, ...] = (
    Host(HostKind.UNION, 0.09, "{}工会驿站", "工会", "Union", ("24/7", "24/7", LONG_HOURS),
         (Door.SCAN, Door.FACE, Door.SCAN),
         ("toilet", "warmth", "first_aid", "hot_meal", "charging", "wifi", "fridge", "lockers",
          "battery_swap", "air_pump", "bike_parking", "aed", "legal_advice", "tools")),
    Host(HostKind.BANK, 0.24, "岚江银行{}支行", "银行", "Bank",
         (BANK_HOURS, BANK_HOURS, "Mo-Sa 09:00-18:00; PH off"), (Door.ATTENDED, Door.OPEN),
         ("warmth", "first_aid", "charging", "umbrella", "wifi", "toilet")),
    Host(HostKind.POST_OFFICE, 0.08, "{}邮政所", "邮政", "Post Office",
         (OFFICE_HOURS, "Mo-Sa 09:00-18:00; PH off"), (Door.ATTENDED, Door.OPEN),
         ("warmth", "first_aid", "charging", "books", "tools", "air_pump")),
    Host(HostKind.FUEL, 0.08, "{}加油站", "加油站", "Fuel Station", ("24/7", "24/7", LONG_HOURS),
         (Door.OPEN, Door.ATTENDED),
         ("toilet", "hot_meal", "tools", "air_pump", "truck_parking", "bike_parking")),
    Host(HostKind.PARTY_CENTRE, 0.15, "{}党群服务中心", "党群", "Party Service Centre",
         (OFFICE_HOURS, OFFICE_HOURS, "Mo-Fr 08:00-20:00; Sa,Su 09:00-17:00"),
         (Door.OPEN, Door.ATTENDED, Door.KEY),
         ("toilet", "warmth", "first_aid", "books", "legal_advice", "baby_room", "hot_meal",
          "wifi")),
    Host(HostKind.COMMUNITY, 0.16, "{}社区居委会", "社区", "Community Office",
         (OFFICE_HOURS, OFFICE_HOURS, None), (Door.OPEN, Door.KEY, None),
         ("toilet", "warmth", "first_aid", "umbrella", "books", "hot_meal")),
    Host(HostKind.PHARMACY, 0.07, "百草堂{}店", "药房", "Pharmacy", (SHOP_HOURS, LONG_HOURS),
         (Door.OPEN, Door.ATTENDED), ("first_aid", "warmth", "charging", "aed", "umbrella")),
    Host(HostKind.LIBRARY, 0.03, "{}图书馆", "书香", "Library", ("Tu-Su 09:00-20:00",),
         (Door.OPEN,), ("toilet", "warmth", "books", "wifi", "charging", "lockers")),
    Host(HostKind.TOILET, 0.05, "{}公厕", "公厕", "Rest Room", ("24/7", LONG_HOURS),
         (Door.OPEN,), ("toilet", "first_aid", "umbrella", "tools")),
    Host(HostKind.OTHER, 0.05, "{}便民超市", "便民", "Corner Shop",
         (NIGHT_HOURS, SUMMER_HOURS, "Mo-Su 07:00-23:00; Dec 31 off", None, SHOP_HOURS),
         (Door.OPEN, Door.ATTENDED), ("fridge", "charging", "hot_meal", "battery_swap")),
)  # fmt: skip
