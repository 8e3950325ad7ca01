"""The management map: folium makes the frame, our own elements bring data, legend and popups.

Every script and style comes from our own server, or stands in the page itself.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import folium
from branca.element import Figure, MacroElement
from jinja2 import Template
from markupsafe import Markup

from app.domain.lifecycle import STATES
from app.domain.services import SERVICES
from app.web.folium_assets import (
    FILE_MODULE,
    SERVER_MODULE,
    Assets,
    bundle,
    data_block,
    inlined_head,
    joined_markup,
    linked_head,
    with_nonce,
)
from app.web.folium_embedded import InlineData, StreetBand, encode

__all__ = [
    "Assets",
    "InlineData",
    "MapUrls",
    "MapView",
    "StreetBand",
    "management_map",
    "one_file_map",
]

MIN_ZOOM, MAX_ZOOM, FIRST_ZOOM = 9, 19, 12
MAP_ID = "harbor"

# a file that asks nobody for anything: the browser itself is told to hold it to that
_SEALED = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapUrls:
    """Where the page fetches its layers; all on our own server."""

    stations: str = "/manage/map/stations.json"
    scope: str = "/manage/map/scope.geojson"
    districts: str = "/manage/map/districts.geojson"
    uncovered: str = "/manage/map/uncovered.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapView:
    """What the management map shows, apart from its layers.

    Attributes:
        title, title_en: what stands in the bar above the map.
        note, note_en: the line under the title, as of when and by which figures.
        centre: latitude, longitude in WGS-84.
        bounds: south-west and north-east corner, each latitude, longitude in WGS-84.
        counts: stations by the code of their state; states without any are not listed.
        states: code, Chinese and English name of each state; those of a record unless given.
        state_notes: what the signs of stations say beside their state, Chinese and English.
        limits: minutes to which the three bands of streets go, for the legend.
        layers: ids of the layers that one may switch.
        minutes_rule: how streets were timed, in Chinese and English, for the legend.
        demo_label: a label that everything is made up, empty for a real register.
        csp_nonce: the nonce of the answer's Content-Security-Policy.
        tiles_version: what the addresses of tiles carry; another one when tiles change.
        basemap_attribution: who made the data of the base map.
        urls: where layers are fetched.
        export_url: where the one-file copy is, empty for no link.
        record_base: put before a record's path in the one-file copy, ``https://…``;
            empty leaves its popups without links.
        person: who is at the desk, empty for nobody; leads back to the other pages of staff.
        day: the day of the past that is shown, empty for now.
    """

    title: str
    centre: tuple[float, float]
    bounds: tuple[tuple[float, float], tuple[float, float]]
    counts: Mapping[str, int]
    title_en: str = ""
    note: str = ""
    note_en: str = ""
    states: Sequence[tuple[str, str, str]] = tuple(
        (facts.state.value, facts.name, facts.name_en) for facts in STATES
    )
    state_notes: Sequence[tuple[str, str]] = (
        ("空心 = 未核实", "Hollow = not verified yet"),
        ("圆环 = 在用的比例", "Ring = share that is active"),
    )
    limits: tuple[float, float, float] = (5, 10, 15)
    layers: tuple[str, ...] = ("stations", "minutes", "scope", "districts", "uncovered")
    minutes_rule: tuple[str, str] = (
        "按步行路网和地形计时",
        "Timed on the walking network, by terrain",
    )
    demo_label: str = ""
    csp_nonce: str = ""
    tiles_version: str = ""
    basemap_attribution: str = ""
    urls: MapUrls = field(default_factory=MapUrls)
    export_url: str = ""
    record_base: str = ""
    person: str = ""
    day: str = ""


class _Part(MacroElement):
    """A piece of the page in folium's three places: head, body, closing script."""

    _template = Template(
        "{% macro header(this, kwargs) %}{{ this.head }}{% endmacro %}"
        "{% macro html(this, kwargs) %}{{ this.body }}{% endmacro %}"
        "{% macro script(this, kwargs) %}{{ this.code }}{% endmacro %}"
    )

    def __init__(self, name: str, *, head: str = "", body: str = "", code: str = "") -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca's has no types
        self._name = name
        # folium's own ids are random; equal input is to give an equal page
        self._id = MAP_ID
        self.head = head
        self.body = body
        self.code = code


def management_map(view: MapView, *, assets: Assets) -> str:
    """Write the page that fetches its tiles and layers from our server."""
    figure, frame = _framed(view)
    frame.default_js, frame.default_css = linked_head(assets)
    module = assets.address(SERVER_MODULE)
    frame.add_child(
        _Part(
            "Layers",
            body=joined_markup(
                [
                    data_block("harbor-map", _config(view, live=True)),
                    f'<script type="module" src="{escape(module)}"></script>',
                ]
            ),
        )
    )
    return with_nonce(_page(figure), view.csp_nonce)


def one_file_map(view: MapView, data: InlineData, *, assets: Assets) -> str:
    """Write one HTML file that holds everything and works without any server."""
    figure, frame = _framed(view)
    frame.default_js, frame.default_css = [], []
    block = data_block("harbor-data", encode(data))
    nonce = hashlib.sha256(block.encode()).hexdigest()[:32]
    policy = _SEALED.format(nonce=nonce)
    seal = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    figure.add_child(_Part("Head", head=joined_markup([seal, inlined_head(assets)])), index=0)
    frame.add_child(
        _Part(
            "Layers",
            body=joined_markup([data_block("harbor-map", _config(view, live=False)), block]),
            code=bundle(assets, FILE_MODULE),
        )
    )
    return with_nonce(_page(figure), nonce)


def _framed(view: MapView) -> tuple[Figure, folium.Map]:
    """Make folium's map in a page of ours, without tiles, pins, popups or controls of its own."""
    frame = folium.Map(
        location=view.centre,
        zoom_start=FIRST_ZOOM,
        tiles=None,
        zoom_control=False,
        font_size="13px",
    )
    frame._id = MAP_ID
    # without tiles folium gives the map no limits, and clusters need one
    frame.options["maxZoom"] = MAX_ZOOM
    frame.options["minZoom"] = MIN_ZOOM
    # half steps let a whole city fill a narrow screen
    frame.options["zoomSnap"] = 0.5
    figure = Figure(title=escape(view.title))
    figure.add_child(frame)
    figure.add_child(_Part("Bar", head='<link rel="icon" href="data:,">', body=_bar(view)), index=0)
    return figure, frame


def _bar(view: MapView) -> str:
    label = view.demo_label.split(" / ")
    demo = Markup('<p class="demo-label">{}</p>').format(_two(label[0], label[-1]))
    export = Markup('<a class="export" href="{}" download>{}</a>').format(
        view.export_url,
        Markup(
            '<span class="pair"><span lang="zh">{}</span><span lang="en">{}</span></span>'
        ).format("导出单文件", "Export"),
    )
    ways = (("/manage", "待办", "Queue"), ("/manage/stations", "站点", "Stations"))
    desk = Markup('<nav class="desk-links" aria-label="管理页面 Pages of staff">{}{}</nav>').format(
        Markup("").join(
            Markup('<a href="{}">{}</a>').format(path, _two(zh, en)) for path, zh, en in ways
        ),
        Markup('<a href="/account">{}</a>').format(view.person),
    )
    past = Markup(
        '<form class="as-of" method="get" action="/manage/map"><label for="as_of">{}</label>'
        '<input type="date" id="as_of" name="as_of" value="{}"><button>{}</button></form>'
    ).format(_two("看某日", "As of"), view.day, _two("查看", "Show"))
    note = Markup("<small>{}</small>").format(_two(view.note, view.note_en))
    bar = Markup(
        '<header class="bar"><h1>{title}{note}</h1>{past}{desk}{export}'
        '<button type="button" class="language" id="language">'
        '<span class="to-zh">中</span>/<span class="to-en">EN</span></button></header>'
        '<aside class="panel" id="panel" aria-label="图层与图例 Layers and legend"></aside>'
        "<noscript><p>这张地图需要 JavaScript。 This map needs JavaScript.</p></noscript>"
    ).format(
        title=_two(view.title, view.title_en),
        note=note if view.note else "",
        export=export if view.export_url else "",
        desk=desk if view.person else "",
        past=past if view.person else "",
    )
    return str((demo if view.demo_label else Markup("")) + bar)


def _two(zh: str, en: str) -> Markup:
    """Both languages; the style sheet shows the one in use."""
    return Markup(
        '<span class="zh" lang="zh">{}</span><span class="en" lang="en">{}</span>'
    ).format(zh, en or zh)


def _config(view: MapView, *, live: bool) -> dict[str, object]:
    """What our modules need to know; ``live`` says that a server is there."""
    return {
        "map": f"map_{MAP_ID}",
        "live": live,
        "day": view.day,
        "bounds": view.bounds,
        "states": [
            {"state": code, "name": name, "name_en": name_en, "count": view.counts[code]}
            for code, name, name_en in view.states
            if view.counts.get(code)
        ],
        "services": [
            {"code": service.code, "name": service.name, "name_en": service.name_en}
            for service in SERVICES
        ],
        "state_notes": list(view.state_notes),
        "layers": view.layers,
        "limits": view.limits,
        "minutes_rule": view.minutes_rule,
        "tiles_version": view.tiles_version,
        "basemap_attribution": view.basemap_attribution,
        "record_base": view.record_base.rstrip("/"),
        "urls": {
            "stations": view.urls.stations,
            "scope": view.urls.scope,
            "districts": view.urls.districts,
            "uncovered": view.urls.uncovered,
        }
        if live
        else {},
    }


def _page(figure: Figure) -> str:
    """Render, and set right what folium's page leaves out: language, zooming by hand, our class."""
    page: str = figure.render()
    head, body = page.split("<body>", 1)
    head = head.replace("<html>", '<html lang="zh" data-lang="zh">', 1)
    head = head.replace("maximum-scale=1.0, user-scalable=no", "viewport-fit=cover", 1)
    return f'{head}<body class="manage">{body}'
