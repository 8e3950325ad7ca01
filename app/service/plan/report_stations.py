"""The tables of a report about stations: their worth, a scenario, what came and went, sites."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.domain import number
from app.files.paper import Block, Column, Paragraph, Table, Value
from app.service.plan.report_say import DAYS, Say, heads

_CHANGES = {
    "open": ("新设", "new station"), "move": ("挪动", "moved"), "close": ("关闭", "closed"),
    "hours": ("改时间", "other hours"), "services": ("改服务", "other services"),
}  # fmt: skip
MOST_TOP, MOST_EVENTS, MOST_SITES = 10, 6, 20


def worth(material: dict[str, Any], say: Say) -> Table:
    """The stations that alone cover the most."""
    return _worth(material["worth"][:MOST_TOP], say("最不可少的站点", "Most needed"), say)


def idle(material: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the stations that alone cover nobody, at the asked hour and by night."""
    return [one for one in material["worth"] if one["sole"] == 0 and one["night"] == 0]


def nothing(listed: list[dict[str, Any]], there: int, say: Say) -> Table:
    """Stations that alone cover nobody; a workbook has all of them."""
    columns = heads(
        say,
        ("编号", "Number", "text", 1.75),
        ("站点", "Station", "text", 1.8),
        ("工会", "Union", "text", 1.4),
        ("与别处共同覆盖", "Covers with others", "number", 1.2),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (_number(one), one["name"], one["union"], one["covers"]) for one in listed
    )
    note = say(
        f"此处列 {len(listed)} 个,全部 {there} 个见工作簿。",
        f"{len(listed)} of {there}; the workbook has all of them.",
    )
    name = say("不独自覆盖的站点", "Alone cover nobody")
    return Table(name, columns, rows, note if there > len(listed) else "")


def _number(station: dict[str, Any]) -> str:
    return number.display(station["code"]) if station["code"] else ""


def _worth(stations: list[dict[str, Any]], name: str, say: Say) -> Table:
    columns = heads(
        say,
        ("编号", "Number", "text", 1.75),
        ("站点", "Station", "text", 1.8),
        ("工会", "Union", "text", 1.4),
        ("覆盖", "Covers", "number", 0.7),
        ("只有它", "It alone", "number", 0.7),
        ("夜里只有它", "Alone, by night", "number", 0.8),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            _number(one), one["name"], one["union"],
            one["covers"], one["sole"], one["night"],
        )
        for one in stations
    )  # fmt: skip
    return Table(name, columns, rows)


def changes(material: dict[str, Any], say: Say) -> Table:
    """What the scenario does, change by change."""
    names = material["names"]
    rows: list[tuple[Value, ...]] = []
    for change in material["changes"]:
        station = change.get("station")
        name = (
            change.get("name") or names.get(station) or say(f"站点 {station}", f"station {station}")
        )
        place = f"{change['lon']:.5f}, {change['lat']:.5f}" if "lon" in change else ""
        rows.append((say(*_CHANGES[change["kind"]]), name, place, change.get("hours") or ""))
    lapsed = " ".join(say(one["zh"], one["en"]) for one in material["figures"]["lapsed"])
    columns = heads(
        say,
        ("改动", "Change", "text", 0.8),
        ("站点", "Station", "text", 2),
        ("经度, 纬度", "lon, lat", "text", 1.3),
        ("时间", "Hours", "text", 1.4),
    )
    return Table(say("方案改动", "Scenario"), columns, tuple(rows), lapsed)


def events(material: dict[str, Any], say: Say) -> Table:
    """What opened and closed, the newest first."""
    found = material["curve"]["events"][::-1][:MOST_EVENTS]
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (one["day"], _names(one, "opened", say), _names(one, "closed", say)) for one in found
    )
    columns = heads(
        say,
        ("日期", "Day", "text", 0.7),
        ("新开", "Opened", "text", 2),
        ("关闭", "Closed", "text", 2),
    )
    return Table(say("开闭", "Opened and closed"), columns, rows)


def _names(event: dict[str, Any], which: str, say: Say) -> str:
    names, there = event[which][:4], event[f"{which}_count"]
    more = say(f" 等 {there} 个", f" and {there - len(names)} more") if there > len(names) else ""
    return say("、", ", ").join(names) + more


def siting(found: dict[str, Any], say: Say) -> Iterator[Block]:
    """What siting proposes, and how much better anything could be; a workbook has every site."""
    yield Paragraph(say(found["zh"], found["en"]), "lead")
    whole = sites(found, say)
    there = len(whole.rows)
    note = say(
        f"此处列 {MOST_SITES} 处,全部 {there} 处见工作簿。",
        f"{MOST_SITES} of {there}; the workbook has all of them.",
    )
    yield replace(whole, rows=whole.rows[:MOST_SITES], note=note if there > MOST_SITES else "")


def sites(found: dict[str, Any], say: Say) -> Table:
    """Every proposed site, in the order in which they gain most."""
    columns = heads(
        say,
        ("#", "#", "text", 0.38),
        ("选址", "Site", "text", 2.4),
        ("多覆盖", "More people", "number", 1.0),
        ("累计覆盖", "Covered so far", "share", 1.0),
        ("经度, 纬度", "lon, lat", "text", 1.4),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            str(one["rank"]), say(one["name"], one.get("name_en", "")), one["people"], one["share"],
            f"{one['lon']:.5f}, {one['lat']:.5f}",
        )
        for one in found["sites"]
    )  # fmt: skip
    return Table(say("选址建议", "Sites"), columns, rows)


def appendix(material: dict[str, Any], say: Say) -> Iterator[Table]:
    """Tables that only a workbook holds: all stations, the week by district, the whole curve."""
    yield _worth(material["worth"], say("全部站点", "All stations"), say)
    week = material["week"]
    hours = tuple(
        Column(f"{say(zh, en[:3])} {hour:02}", "share") for zh, en in DAYS for hour in range(24)
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (say(one["name"], one["name_en"]), *(value / one["total"] for value in one["hours"]))
        for one in week["districts"]
        if one["total"]
    )
    yield Table(say("区县一周", "Week by district"), (Column(""), *hours), rows)
    if material["siting"] and len(material["siting"]["sites"]) > MOST_SITES:
        yield sites(material["siting"], say)
    if material["curve"]:
        curve = material["curve"]
        days: tuple[tuple[Value, ...], ...] = tuple(
            zip(curve["days"], curve["share"], curve["people"], curve["stations"], strict=True)
        )
        columns = (
            Column(say("日期", "Day")), Column(say("覆盖", "Covered"), "share"),
            Column(say("人数", "People"), "number"), Column(say("站点", "Stations"), "number"),
        )  # fmt: skip
        yield Table(say("变化", "Over time"), columns, days)
