"""The map of a report as one HTML file that works without any server."""

from collections import Counter
from typing import Any

from app.domain.actor import Actor
from app.service.plan import reports
from app.service.plan.question import RULES
from app.service.plan.reports import Language, MapShapes
from app.service.runtime import Runtime
from app.web.folium_map import Assets, InlineData, MapView, StreetBand, one_file_map
from app.web.static_files import FOLDER

# thirds of the limit by the tokens that colour them
_BANDS = {0: 5, 1: 10, 2: 15, 9: 99}
_STATES = (
    ("open", "开放的站点", "Open"), ("closed", "此时关闭", "Closed then"),
    ("unknown", "时间不明", "Hours not known"), ("lacking", "缺所需服务", "Lacks a service"),
    ("added", "新站点", "New station"),
)  # fmt: skip
_LAYERS = ("stations", "minutes", "scope", "districts", "gaps")


def one_file(harbor: Runtime, actor: Actor | None, number: int, language: Language) -> str:
    """Write the map of a report as one HTML file.

    Raises:
        NotFound, Conflict: if there is no such report, or it is not made.
    """
    told = reports.material(harbor, actor, number)
    shapes = reports.shapes(harbor, actor, number)
    stations = _stations(shapes)
    west, south, east, north = shapes.bounds
    thirds = tuple(round(shapes.minutes * at / 3, 1) for at in (1, 2, 3))
    _, rule, rule_en = RULES[told["figures"]["rule"]]
    title, definition = told["title"], told["figures"]["definition"]
    view = MapView(
        title=title["zh"],
        title_en=title["en"],
        note=f"报告 {number} · 运行编号 {told['run']} · {definition['zh']}",
        note_en=f"report {number} · run {told['run']} · {definition['en']}",
        centre=((south + north) / 2, (west + east) / 2),
        bounds=((south, west), (north, east)),
        counts=Counter(feature["properties"]["state"] for feature in stations),
        states=_STATES,
        limits=(thirds[0], thirds[1], thirds[2]),
        state_notes=(("圆环 = 开放的比例", "Ring = share that is open"),),
        layers=_LAYERS,
        minutes_rule=(rule, rule_en),
        demo_label=" / ".join(shapes.label) if shapes.label[0] else "",
        basemap_attribution=shapes.attribution,
    )
    page = one_file_map(view, _data(shapes, stations), assets=Assets(url="", folder=FOLDER))
    return page.replace('data-lang="zh"', f'data-lang="{language}"', 1)


def _data(shapes: MapShapes, stations: list[dict[str, Any]]) -> InlineData:
    outline = [f for f in shapes.scope["features"] if f["properties"]["part"] != "region"]
    if not outline:
        outline = [
            {**feature, "properties": {**feature["properties"], "part": "areas"}}
            for feature in shapes.scope["features"]
        ]
    return InlineData(
        stations={"type": "FeatureCollection", "features": stations},
        scope={"type": "FeatureCollection", "features": outline},
        districts=shapes.districts,
        uncovered={"layer": "", "points": []},
        streets=[
            StreetBand(band=_BANDS[part.band], width=part.width, lines=part.lines)
            for part in shapes.streets
        ],
        basemap=shapes.basemap,
        gaps=shapes.gaps,
    )


def _stations(shapes: MapShapes) -> list[dict[str, Any]]:
    """Return stations as the map's popups read them, the new ones of a scenario among them."""
    there = [
        {**feature, "properties": {**feature["properties"], "state": feature["properties"]["open"]}}
        for feature in shapes.stations["features"]
    ]
    new = [
        {**feature, "properties": {**feature["properties"], "state": "added"}}
        for feature in shapes.added["features"]
    ]
    return there + new
