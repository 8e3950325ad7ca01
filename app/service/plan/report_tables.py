"""The tables of a report about people: by rule, district and service, gaps and their mends."""

from collections.abc import Sequence
from typing import Any

from app.files.paper import Column, Table, Value
from app.service.plan.question import RULES
from app.service.plan.report_say import DAYS, Say, count, heads, reached

_SHARES = (
    ("people_share", "人,至少一个站点", "people, one station or more"),
    ("twice_share", "人,至少两个", "people, two or more"),
    ("thrice_share", "人,至少三个", "people, three or more"),
    ("street_share", "街道长度,至少一个", "street length, one or more"),
    ("street_twice_share", "街道长度,至少两个", "street length, two or more"),
    ("area_share", "面积,至少一个", "area, one or more"),
)
RULE_HEADS = {
    "radius_1km": ("直线半径", "straight line"),
    "walk_official": ("路网,4 公里/小时", "streets at 4 km/h"),
    "walk_terrain": ("路网,按地形", "streets, by terrain"),
}
_REASONS = {
    "far": ("太远", "too far"), "closed": ("那时关门", "closed then"),
    "unknown": ("时间不明", "hours not known"), "service": ("缺服务", "lacks a service"),
    "suspended": ("暂停中", "suspended"), "outside": ("附近没有街道", "no street near"),
}  # fmt: skip
_DAYTIME, _NIGHT = range(9, 18), (22, 23, 0, 1, 2, 3, 4, 5)
MOST_MENDS = 8


def rules(material: dict[str, Any], say: Say) -> Table:
    """The shares by the three rules, beside those without the scenario if there is one."""
    figures = material["figures"]
    columns = [Column("", width=1.7)]
    parts = [figures["rules"]]
    if figures["base"] is not None:
        parts = [figures["base"], figures["rules"]]
    before_after = [("现状", "today"), ("方案", "scenario")] if len(parts) > 1 else [("", "")]
    for zh, en in RULE_HEADS.values():
        columns += [
            Column(" · ".join(filter(None, (say(*which), say(zh, en)))), "share")
            for which in before_after
        ]
    rows: list[tuple[Value, ...]] = [
        (say(zh, en), *(part[rule].get(key) for rule in RULE_HEADS for part in parts))
        for key, zh, en in _SHARES
        if key in figures["rules"]["walk_terrain"]
    ]
    metres = material["inputs"]["radius_metres"]
    note = say(
        f"直线半径为 {metres:,.0f} 米,不管路网与高差,偏乐观;4 公里/小时为国家服务圈口径;"
        "按地形另计坡度、台阶与电梯等候。",
        f"The straight line is {metres:,.0f} m and knows neither streets nor hills; 4 km/h is the"
        " national rule; by terrain counts slopes, stairs and waiting for lifts.",
    )
    return Table(say("三种口径", "Three rules"), tuple(columns), tuple(rows), note)


def districts(material: dict[str, Any], say: Say) -> Table:
    """The districts, those with the largest share first."""
    figures, depth = material["figures"], material["depth"]
    rule = RULES[figures["rule"]][0]
    found = [(one, one["rules"][rule]) for one in figures["districts"]]
    found = [(one, part) for one, part in found if part["people_total"]]
    found.sort(key=lambda pair: -(reached(pair[1], depth)[0] or 0))
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            say(one["name"], one["name_en"]), part["people_total"],
            (part["people_total"] or 0) - (reached(part, depth)[1] or 0), reached(part, depth)[0],
            part["twice_share"],
        )
        for one, part in found
    )  # fmt: skip
    columns = heads(
        say,
        ("区县", "District", "text", 1.3),
        ("人数", "People", "number", 0.9),
        ("圈外", "Left out", "number", 0.8),
        ("覆盖", "Covered", "bar", 2.6),
        ("两个以上", "Two or more", "share", 1.0),
    )
    note = say(
        "各区县全部人数,不限于统计范围之内。",
        "All people of each district, not of the scope alone.",
    )
    return Table(say("各区县", "Districts"), columns, rows, note)


def by_service(material: dict[str, Any], say: Say) -> Table:
    """The week of each core service: a mean of the day, of the night, and the least."""
    week, total = material["week"], material["week"]["total"]
    lines = [(say("全部站点", "All stations"), week["hours"])]
    lines += [(say(one["name"], one["name_en"]), one["hours"]) for one in week["services"]]
    rows: list[tuple[Value, ...]] = []
    for name, hours in lines:
        least = min(range(168), key=lambda hour: hours[hour])
        when = f"{say(DAYS[least // 24][0], DAYS[least // 24][1][:3])} {least % 24:02}:00"
        rows.append((
            name, _mean(hours, _DAYTIME) / total, _mean(hours, _NIGHT) / total,
            hours[least] / total, when,
        ))  # fmt: skip
    columns = heads(
        say,
        ("服务", "Service", "text", 1.4),
        ("白天(9–18 时)", "Day (9–18)", "share", 1.0),
        ("夜里(22–6 时)", "Night (22–6)", "share", 1.0),
        ("最少", "Least", "share", 1.0),
        ("最少的时刻", "When", "text", 1.1),
    )
    note = say(
        "走得到至少一个当时开门、并有该项服务的站点的人所占比例;白天与夜里为一周的平均。",
        "Share of people in reach of a station that is open then and has the service; day and"
        " night are means over the week.",
    )
    return Table(say("分服务的一周", "Week by service"), columns, tuple(rows), note)


def _mean(hours: list[float], of_day: Sequence[int]) -> float:
    chosen = [hours[day * 24 + hour] for day in range(7) for hour in of_day]
    return sum(chosen) / len(chosen)


def gaps(material: dict[str, Any], say: Say) -> Table:
    """The places where most people are left out, why, and what mends it first."""
    columns = heads(
        say,
        ("#", "#", "text", 0.38),
        ("地点", "Place", "text", 1.5),
        ("圈外人数", "Left out", "number", 0.78),
        ("平均步行(分)", "Mean walk (min)", "minutes", 0.7),
        ("最近的站点", "Nearest station", "text", 1.35),
        ("原因", "Why", "text", 1.25),
        ("怎样补上", "What mends it", "text", 2.2),
    )
    rows = tuple(_gap(place, say) for place in material["gaps"]["places"])
    return Table(say("缺口", "Gaps"), columns, rows)


def _gap(place: dict[str, Any], say: Say) -> tuple[Value, ...]:
    nearest, mends = place["nearest"], place["mends"]
    where = dict.fromkeys((place["name"], place["street"], place["district"]))
    near = ""
    if nearest is not None:
        walk = f"{nearest['minutes']:.0f}"
        near = say(f"{nearest['name']},走 {walk} 分钟", f"{nearest['name']}, {walk} min")
    reasons = " · ".join(
        f"{say(*_REASONS.get(one['why'], (one['why'], one['why'])))} {count(one['people'])}"
        for one in place["reasons"]
    )
    return (
        str(place["rank"]), " · ".join(part for part in where if part), place["people"],
        place["minutes"], near, reasons, say(mends[0]["zh"], mends[0]["en"]) if mends else "",
    )  # fmt: skip


def mends(material: dict[str, Any], say: Say) -> Table:
    """What would cover most people, whatever it takes."""
    found = material["gaps"]["mends"][:MOST_MENDS]
    columns = heads(
        say,
        ("#", "#", "text", 0.22),
        ("怎样补上", "What mends it", "text", 4),
        ("可多覆盖", "More people", "number", 0.7),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (str(at), say(one["zh"], one["en"]), one["people"]) for at, one in enumerate(found, 1)
    )
    note = say(
        "各项单独计算,不能相加;延长现有站点的时间往往比新建便宜。",
        "Each by itself: they do not add up. Longer hours often cost less than a new station.",
    )
    return Table(say("补法", "Mends"), columns, rows, note)
