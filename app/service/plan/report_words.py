"""A report's material said in one language: cover, findings, sections."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from app.domain.services import BY_CODE
from app.files.map_marks import Language
from app.files.paper import (
    Block,
    Heading,
    Headline,
    Heat,
    Paper,
    Paragraph,
    Picture,
    Points,
)
from app.service import map_sources
from app.service.plan import report_notes as notes
from app.service.plan import report_stations as stations
from app.service.plan import report_tables as tables
from app.service.plan.question import RULES
from app.service.plan.report_say import DAYS, Say, count, reached, share

MAP, CURVE = "map", "curve"
# what one is to reach, by how many are asked for
_STATIONS = (
    ("可去的站点", "a station"), ("两个以上可去的站点", "two stations"),
    ("三个以上可去的站点", "three stations"),
)  # fmt: skip
# what most documents leave to a workbook
MOST_NOTHING = 12


def paper(material: dict[str, Any], language: Language, *, number: int, maker: str) -> Paper:
    """Say a report in a language.

    Args:
        material: as :mod:`app.service.plan.report_material` collects it.
        number: of the report.
        maker: who asked for it, empty for the server's operator.
    """
    say = Say(language)
    title = say.of(material["title"])
    return Paper(
        language=language,
        title=title,
        kicker=say(
            f"渝工港湾 · 规划报告 第 {number} 号", f"Yugong Harbor · planning report {number}"
        ),
        cover=tuple(_cover(material, say, maker)),
        blocks=tuple(_blocks(material, say)),
        label=say(*map_sources.demo_label(material["kind"])),
        footer=say(
            f"{title} · 报告 {number} · 运行编号 {material['run']}",
            f"{title} · report {number} · run {material['run']}",
        ),
        appendix=tuple(stations.appendix(material, say)),
    )


def _cover(material: dict[str, Any], say: Say, maker: str) -> Iterator[tuple[str, str]]:
    figures, dates = material["figures"], material["dates"]
    scope, demand = figures["scope"], figures["demand"]
    _, zh, en = RULES[figures["rule"]]
    minutes, total = f"{figures['minutes']:g}", count(demand["total"])
    needed = [BY_CODE[code] for code in material["services"]]
    chinese = "、".join(service.name for service in needed) or "不限"
    english = ", ".join(service.name_en.lower() for service in needed) or "any"
    hour = say("不论钟点", "whatever the hour")
    if dates["at"] is not None:
        hour = _moment(dates["at"], say)
    counted = say(f"{demand['title']},{total}", f"{demand['title_en']}, {total}")
    yield say("统计范围", "Scope"), say(scope["name"], scope["name_en"])
    yield say("统计对象", "Counted"), counted
    yield say("主口径", "Rule"), say(f"{zh} {minutes} 分钟", f"{minutes} minutes {en}")
    yield say("时刻", "Hour"), hour
    yield say("所需服务", "Services"), say(chinese, english)
    yield say("登记截至", "Register as of"), _minute(dates["as_of"])
    yield say("运行编号", "Run"), str(material["run"])
    yield say("制作", "Made"), f"{_minute(material['made_at'])} {maker}".strip()


def _minute(iso: str) -> str:
    return f"{datetime.fromisoformat(iso):%Y-%m-%d %H:%M}"


def _moment(iso: str, say: Say) -> str:
    at = datetime.fromisoformat(iso)
    return say(
        f"{at:%Y-%m-%d}({DAYS[at.weekday()][0]}){at:%H:%M} 确定开门",
        f"surely open on {at:%A %Y-%m-%d, %H:%M}",
    )


def _blocks(material: dict[str, Any], say: Say) -> Iterator[Block]:
    yield _headline(material, say)
    yield Points(tuple(_findings(material, say)))
    yield Heading(say("三种口径并列", "By three rules, side by side"))
    yield tables.rules(material, say)
    if material["changes"]:
        yield Heading(say("方案改动", "What the scenario changes"))
        yield stations.changes(material, say)
    yield from _week(material, say)
    yield Heading(say("地图", "Map"))
    yield Picture(MAP, *notes.of_map(material, say))
    yield from _places(material, say)
    yield from _stations(material, say)
    yield from _times(material, say)
    if material["siting"]:
        yield Heading(say("选址建议", "Proposed sites"))
        yield from stations.siting(material["siting"], say)
    yield Heading(say("指标定义", "Definitions"))
    yield Points(tuple(notes.definitions(material, say)))
    yield Heading(say("数据日期与来源", "Data, dates and sources"))
    yield notes.sources(material, say)
    yield Heading(say("方法与复现", "Method, and how to repeat it"))
    yield Points(tuple(notes.method(material, say)))


def _headline(material: dict[str, Any], say: Say) -> Headline:
    figures, depth = material["figures"], material["depth"]
    rule, zh, en = RULES[figures["rule"]]
    part, demand = figures["rules"][rule], figures["demand"]
    found, people = reached(part, depth)
    covered = f"{count(people)} / {count(part['people_total'])}"
    minutes = f"{figures['minutes']:g}"
    stations_zh, stations_en = _STATIONS[depth - 1]
    words = say(
        f"的{demand['title']},{zh} {minutes} 分钟内有{stations_zh}({covered})",
        f"of {demand['title_en'].lower()} have {stations_en} they can use within {minutes}"
        f" minutes {en} ({covered})",
    )
    return Headline(share(found), words, say.of(figures["definition"]))


def _findings(material: dict[str, Any], say: Say) -> Iterator[str]:
    figures, left = material["figures"], material["gaps"]
    part = figures["rules"][RULES[figures["rule"]][0]]
    if figures["base"] is not None:
        yield _gained(material, say)
    if left["places"]:
        gathered = sum(place["people"] for place in left["places"])
        yield say(
            f"圈外还有 {count(left['uncovered'])} 人;最大的 {len(left['places'])} 处缺口里有 "
            f"{count(gathered)} 人。",
            f"{count(left['uncovered'])} people are left out; {count(gathered)} of them live in the"
            f" {len(left['places'])} largest gaps.",
        )
    if part["twice_share"] is not None:
        yield say(
            f"{share(part['twice_share'])} 的人有两个以上站点可去:一处关门,另有一处。",
            f"{share(part['twice_share'])} have two or more: where one is shut, another is open.",
        )
    idle = len(stations.idle(material))
    if idle:
        yield say(
            f"{idle} 个站点不独自覆盖任何人:关掉其中任何一个,覆盖人数不变。",
            f"{idle} stations alone cover nobody: without any one of them, as many are covered.",
        )


def _gained(material: dict[str, Any], say: Say) -> str:
    """Say what the scenario does to the one figure."""
    figures, depth = material["figures"], material["depth"]
    rule = RULES[figures["rule"]][0]
    share_before, before = reached(figures["base"][rule], depth)
    share_after, after = reached(figures["rules"][rule], depth)
    gained = (after or 0.0) - (before or 0.0)
    more = ("多", "more") if gained >= 0 else ("少", "fewer")
    return say(
        f"按方案,覆盖从 {share(share_before)} 到 {share(share_after)},"
        f"{more[0]} {count(abs(gained))} 人。",
        f"With the scenario, cover goes from {share(share_before)} to {share(share_after)}:"
        f" {count(abs(gained))} people {more[1]}.",
    )


def _week(material: dict[str, Any], say: Say) -> Iterator[Block]:
    hours, total = material["week"]["hours"], material["week"]["total"]
    yield Heading(say("一周的每个小时", "Every hour of a week"))
    if material["week"]["finding"]:
        yield Paragraph(say.of(material["week"]["finding"]), "lead")
    if total > 0:
        rows = tuple(
            tuple(hours[day * 24 + hour] / total for hour in range(24)) for day in range(7)
        )
        yield Heat(
            say("一周热表", "Week"), tuple(say(zh, en[:3]) for zh, en in DAYS), rows,
            say(
                "格内是该整点走得到开着门的站点的人所占的百分比;横向为钟点,"
                f"周一为 {material['week']['start']}。",
                "Per cent of the people who reach an open station as the hour begins; the"
                f" Monday is {material['week']['start']}.",
            ),
        )  # fmt: skip
        yield tables.by_service(material, say)


def _places(material: dict[str, Any], say: Say) -> Iterator[Block]:
    if material["figures"]["districts"]:
        yield Heading(say("各区县", "By district"))
        yield tables.districts(material, say)
    yield Heading(say("最大的缺口", "The largest gaps"))
    if material["gaps"]["places"]:
        yield tables.gaps(material, say)
        yield tables.mends(material, say)
    else:
        yield Paragraph(say("范围内没有圈外的人。", "Nobody in the scope is left out."))


def _stations(material: dict[str, Any], say: Say) -> Iterator[Block]:
    yield Heading(say("站点的作用", "What stations are worth"))
    if material["worth"]:
        yield Paragraph(say(
            "只有它覆盖的人最多的站点;它们退出或暂停,这些人就没有站点可去。",
            "Those that alone cover the most: without them, these people have no station.",
        ))  # fmt: skip
        yield stations.worth(material, say)
    if idle := stations.idle(material):
        yield Paragraph(say(
            f"不独自覆盖任何人的站点({len(idle)} 个)。它们仍可能分担客流、提供特定服务;"
            "是退出、挪动还是保留,由工会决定。",
            f"Stations that alone cover nobody ({len(idle)}). They may still share the load or"
            " have a service of their own; whether they go, move or stay is for the union to say.",
        ))  # fmt: skip
        yield stations.nothing(idle[:MOST_NOTHING], len(idle), say)


def _times(material: dict[str, Any], say: Say) -> Iterator[Block]:
    if material["curve"] and len(material["curve"]["days"]) > 1:
        yield Heading(say("覆盖的变化", "Over time"))
        yield Picture(CURVE, *notes.of_curve(material, say))
        if material["curve"]["events"]:
            yield stations.events(material, say)
