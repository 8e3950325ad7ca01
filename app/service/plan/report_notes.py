"""The small print of a report: definitions, sources and their dates, method, how to repeat it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from app.files.paper import Table, Value
from app.service.plan.report_say import Say, heads


def of_map(material: dict[str, Any], say: Say) -> tuple[str, str]:
    """What the map shows, for who cannot see it, and its note."""
    minutes = material["figures"]["minutes"]
    says = say(
        "地图:街道按走到最近的计入站点的分钟数着色,标有站点与编号的缺口",
        "Map: streets coloured by minutes to the nearest counted station; stations, numbered gaps",
    )
    note = say(
        f"街道按走到最近的计入站点的时间着色,三档各为 {minutes:g} 分钟的三分之一;"
        "编号的缺口见后面的表。坐标系 WGS-84,上北。",
        f"Streets are coloured by the walk to the nearest counted station, in thirds of"
        f" {minutes:g} minutes; numbered gaps are those of the table below. WGS-84, north up.",
    )
    return says, note


def of_curve(material: dict[str, Any], say: Say) -> tuple[str, str]:
    """What the curve shows, for who cannot see it, and its note."""
    curve = material["curve"]
    says = say(
        f"曲线:{curve['days'][0]} 至 {curve['days'][-1]} 的覆盖比例",
        f"Curve: the share covered from {curve['days'][0]} to {curve['days'][-1]}",
    )
    note = say(
        "人口与路网按今天的,站点按各月末的登记;短线向上为该月开的多,向下为关的多。",
        "People and streets of today, stations as registered at the end of each month; ticks: more"
        " opened (up) or more closed (down) in it.",
    )
    return says, note


def definitions(material: dict[str, Any], say: Say) -> Iterator[str]:
    """What each figure counts."""
    minutes, metres = material["figures"]["minutes"], material["inputs"]["radius_metres"]
    yield say(
        f"覆盖:从居住或工作的点走到至少一个计入的站点,不超过 {minutes:g} 分钟(直线半径口径为 "
        f"{metres:,.0f} 米)。点到街道的一段也计时。",
        f"Covered: the walk from where people are to a counted station takes at most {minutes:g}"
        f" minutes (or is {metres:,.0f} m in a straight line). The way to the street counts.",
    )
    yield say(
        "计入的站点:登记为在用或整改中、已定位的站点;给定时刻的,只计那时确定开门的;"
        "要求服务的,只计服务齐全的。时间不明的不计入。",
        "Counted stations: active or under rectification, with a place; at a given hour only those"
        " surely open, for needed services only those with all. Unknown hours do not count.",
    )
    yield say(
        "两个以上、三个以上:圈内的计入站点数,说明一处关门时有没有别处可去。",
        "Two or more: how many counted stations are in reach, so whether one may shut.",
    )
    yield say(
        "圈外、缺口:范围内没有被覆盖的人;相近的归并为半径约 500 米的一处,按人数排列。",
        "Left out, gaps: people of the scope who are not covered; those near each other are one"
        " place of some 500 m around, ranked by people.",
    )
    yield say(
        "只有它:站点独自覆盖的人,即它一关就没有站点可去的人;夜里为 22 时至 6 时的平均。",
        "It alone: people whom no other station covers, and who would have none without it; by"
        " night is the mean from ten to six.",
    )


def sources(material: dict[str, Any], say: Say) -> Table:
    """Every input of the figures: what it is, where it is from, which state of it."""
    inputs, demand = material["inputs"], material["figures"]["demand"]
    as_of = f"{datetime.fromisoformat(material['dates']['as_of']):%Y-%m-%d %H:%M}"
    day = as_of.split(maxsplit=1)[0]
    scope = material["figures"]["scope"]
    dates = material["dates"]
    entered, built, origin = dates["demand"][:10], dates["network"][:10], dates["network_source"]
    streets = " · ".join(filter(None, (inputs["network"], origin)))
    height = f"{inputs['height_share']:.0%}"
    lines: list[tuple[Value, ...]] = [
        (
            say("站点", "Stations"), say("本登记册", "this register"),
            say(f"{as_of},计入 {inputs['stations']} 个", f"{as_of}, {inputs['stations']} counted"),
            inputs["stations_digest"][:12],
        ),
        (
            say(demand["title"], demand["title_en"]), demand["source"] or "–",
            say(f"{entered} 导入", f"imported {entered}"), inputs["demand_digest"][:12],
        ),
        (
            say("步行路网", "Walking network"), streets,
            say(f"{built} 生成,高程覆盖 {height}", f"built {built}, heights for {height}"),
            inputs["network_digest"][:12],
        ),
        (
            say("统计范围", "Scope"), say(scope["name"], scope["name_en"]),
            say(*_beyond(inputs)), inputs["scope_digest"][:12],
        ),
        (
            say("区县", "Districts"), say("导入的区划", "as imported"),
            say(f"{day} 有效", f"as of {day}"), inputs["districts_digest"][:12],
        ),
    ]  # fmt: skip
    if inputs["calendar_digest"]:
        lines.append((
            say("节假日历", "Calendar"), say("导入的放假安排", "as announced"),
            say(f"{day} 所知", f"known on {day}"), inputs["calendar_digest"][:12],
        ))  # fmt: skip
    columns = heads(
        say,
        ("数据", "Data", "text", 1.1),
        ("来源", "Source", "text", 2),
        ("日期或状态", "Date or state", "text", 1.5),
        ("摘要", "Digest", "text", 1),
    )
    note = say(
        "摘要是内容的指纹:内容有一处不同,摘要就不同。",
        "A digest is the fingerprint of the content: where anything differs, it does.",
    )
    return Table(say("数据来源", "Sources"), columns, tuple(lines), note)


def _beyond(inputs: dict[str, Any]) -> tuple[str, str]:
    share = inputs["scope_beyond_streets"]
    if share < 0.005:
        return "全部在路网之内", "all of it within the streets"
    return f"{share:.0%} 在路网之外,按未覆盖计", f"{share:.0%} beyond the streets, not covered"


def method(material: dict[str, Any], say: Say) -> Iterator[str]:
    """How the figures are computed, whose measurements they rest on, and how they repeat."""
    run = material["run"]
    yield say(
        "步行时间沿路网逐段计算,上坡与下坡不同;人流不跨河,不穿墙,只走步行可达的街道、台阶、"
        "桥与电梯。",
        "Walks follow the network segment by segment, uphill and downhill apart: streets, stairs,"
        " bridges and lifts one may walk, never across water.",
    )
    yield say(
        "按地形:Tobler(1993)徒步函数,按平地 4 公里/小时折算;台阶用 Weidmann(1993)"
        "实测的上下行速度;自动扶梯候 10 秒、电梯候 40 秒为假定值。",
        "By terrain: Tobler's hiking function (1993, NCGIA TR 93-1) scaled to 4 km/h on the flat;"
        " stairs at the speeds that Weidmann measured (1993, ETH Zürich, IVT 90); waits of 10 s"
        " for escalators and 40 s for lifts are assumptions.",
    )
    yield say(
        "街道按长度、面积按方格统计,与人数同时按三种口径得出;一周按每个整点站点是否确定开门计算。",
        "Street length is cut where the time ends, area is counted in squares; both by the same"
        " rules as people. The week asks for each full hour which stations are surely open.",
    )
    yield say(
        f"复现:在服务器上运行 harbor coverage --repeat {run},按同样的输入重算并逐项核对。",
        f"To repeat: harbor coverage --repeat {run} on the server computes it again from the same"
        " inputs and compares every figure.",
    )
    yield say(f"软件:Harbor {material['harbor']}。", f"Software: Harbor {material['harbor']}.")
