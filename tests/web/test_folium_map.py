"""The management map's markup: nothing foreign, nothing injected, one page for one view."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.web.folium_assets import (
    FILE_MODULE,
    LIBRARIES,
    SERVER_MODULE,
    STYLES,
    bundle,
    page_json,
    with_nonce,
)
from app.web.folium_embedded import run
from app.web.folium_map import (
    Assets,
    InlineData,
    MapView,
    StreetBand,
    management_map,
    one_file_map,
)

STATIC = Path(__file__).resolve().parents[2] / "static"
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
NONCE = "r4nd0m"


class _Markup(HTMLParser):
    """Collects what a browser would make of a page: elements, attributes, script texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: dict[str, str] = {}
        self.shown: list[str] = []
        self._open = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        self._open = found.get("id") or "" if tag == "script" else tag
        if tag == "script" and self._open:
            self.blocks[self._open] = ""

    def handle_data(self, data: str) -> None:
        if self._open in self.blocks:
            self.blocks[self._open] += data
        elif self._open not in ("", "style", "script"):
            self.shown.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._open = ""

    def every(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def loads(self) -> list[str]:
        """Every address the page fetches by itself."""
        return [
            attributes[name] or ""
            for tag, attributes in self.elements
            for name in ("src", "href", "srcset", "data", "poster")
            if name in attributes and tag != "a"
        ]


def _view(**changes: object) -> MapView:
    given: dict[str, object] = {
        "title": "站点管理地图",
        "title_en": "Stations",
        "note": "按地形步行",
        "centre": (29.56, 106.55),
        "bounds": ((29.4, 106.4), (29.7, 106.7)),
        "counts": {"active": 2, "suspended": 1},
        "demo_label": "演示城市 / Demo city",
        "csp_nonce": NONCE,
        "tiles_version": "7",
        "export_url": "/manage/map/export.html",
    }
    return MapView(**{**given, **changes})  # type: ignore[arg-type]


def _collection(*features: tuple[dict[str, object], dict[str, object]]) -> dict[str, object]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": geometry, "properties": properties}
            for geometry, properties in features
        ],
    }


def _data(name: str = "滨江港湾") -> InlineData:
    point = {"type": "Point", "coordinates": [106.55, 29.56]}
    square = [[106.5, 29.5], [106.6, 29.5], [106.6, 29.6], [106.5, 29.6], [106.5, 29.5]]
    area = {"type": "Polygon", "coordinates": [square]}
    line = {"type": "LineString", "coordinates": square[:3]}
    return InlineData(
        stations=_collection((point, {"id": 1, "name": name, "state": "active", "url": "/s/1"})),
        scope=_collection((area, {})),
        districts=_collection((area, {"name": name, "share": 0.5, "people": 10})),
        uncovered={"layer": name, "points": [[29.55, 106.52, 3.0]]},
        streets=[StreetBand(band=5, lines=[[(106.5, 29.5), (106.50012, 29.5)]])],
        basemap={
            "water": _collection((area, {"kind": "river", "name": name})),
            "street": _collection((line, {"kind": "primary"})),
            "place": _collection((point, {"kind": "town", "name": name})),
        },
    )


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Assets:
    """Our own files beside small libraries, so that no set-up is needed here."""
    folder = tmp_path_factory.mktemp("static")
    for path in STATIC.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    for name in (*LIBRARIES, *(style for style in STYLES if style.startswith("vendor/"))):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        text = "a{background:url(images/pin.png)}" if name.endswith(".css") else "var library=1;"
        (folder / name).write_text(text, encoding="utf-8")
    return Assets(url="/static", folder=folder)


def test_the_page_loads_from_our_own_server_alone(assets: Assets) -> None:
    page = management_map(_view(), assets=assets)
    loads = _Markup(page).loads()
    assert {load for load in loads if not load.startswith("/static/")} == {"data:,"}
    assert any("leaflet.js" in load for load in loads)
    assert not re.search(r"(?:https?:)?//[\w-]+\.\w", page)


def test_every_file_the_page_names_is_ours_or_put_in_place_by_the_set_up(assets: Assets) -> None:
    named = {
        load.removeprefix("/static/")
        for load in _Markup(management_map(_view(), assets=assets)).loads()
        if load.startswith("/static/")
    }
    ours = {name for name in named if not name.startswith("vendor/")}
    assert ours == {"tokens.css", "manage.css", SERVER_MODULE}
    assert all((STATIC / name).is_file() for name in ours)


def test_every_script_and_style_of_the_page_carries_the_nonce(assets: Assets) -> None:
    markup = _Markup(management_map(_view(), assets=assets))
    tagged = markup.every("script") + markup.every("style")
    assert len(tagged) > 6
    assert all(attributes.get("nonce") == NONCE for attributes in tagged)


def test_no_element_carries_a_style_or_a_handler_that_the_policy_forbids(assets: Assets) -> None:
    for tag, attributes in _Markup(management_map(_view(), assets=assets)).elements:
        forbidden = [name for name in attributes if name == "style" or name.startswith("on")]
        assert not forbidden, tag


def test_the_same_view_gives_the_same_page(assets: Assets) -> None:
    assert management_map(_view(), assets=assets) == management_map(_view(), assets=assets)


def test_markup_in_words_stays_words(assets: Assets) -> None:
    view = _view(title=EVIL, title_en=EVIL, note=EVIL, demo_label=EVIL, basemap_attribution=EVIL)
    plain = _Markup(management_map(_view(), assets=assets))
    markup = _Markup(management_map(view, assets=assets))
    assert [tag for tag, _ in markup.elements] == [tag for tag, _ in plain.elements]
    assert "".join(markup.shown).count("alert(1)") >= 3
    assert json.loads(markup.blocks["harbor-map"])["basemap_attribution"] == EVIL


def test_the_legend_lists_the_states_that_have_stations(assets: Assets) -> None:
    config = json.loads(_Markup(management_map(_view(), assets=assets)).blocks["harbor-map"])
    assert [(item["state"], item["name_en"], item["count"]) for item in config["states"]] == [
        ("active", "Active", 2),
        ("suspended", "Suspended", 1),
    ]


def test_the_page_may_be_zoomed_by_hand(assets: Assets) -> None:
    viewport = next(
        attributes["content"] or ""
        for attributes in _Markup(management_map(_view(), assets=assets)).every("meta")
        if attributes.get("name") == "viewport"
    )
    assert "user-scalable" not in viewport
    assert "maximum-scale" not in viewport


def test_the_one_file_map_loads_nothing(assets: Assets) -> None:
    page = one_file_map(_view(export_url=""), _data(), assets=assets)
    markup = _Markup(page)
    assert markup.loads() == ["data:,"]
    assert "url(" not in page
    assert "@import" not in page
    assert not re.search(r"^\s*(?:import|export) ", page, re.MULTILINE)


def test_the_one_file_map_tells_the_browser_to_ask_nobody(assets: Assets) -> None:
    markup = _Markup(one_file_map(_view(), _data(), assets=assets))
    policy = next(
        attributes["content"] or ""
        for attributes in markup.every("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    nonce = re.search(r"'nonce-(\w+)'", policy)
    assert nonce
    assert all(script.get("nonce") == nonce[1] for script in markup.every("script"))


def test_names_in_embedded_data_cannot_leave_their_block(assets: Assets) -> None:
    plain = _Markup(one_file_map(_view(), _data(), assets=assets))
    markup = _Markup(one_file_map(_view(), _data(EVIL), assets=assets))
    assert [tag for tag, _ in markup.elements] == [tag for tag, _ in plain.elements]
    data = json.loads(markup.blocks["harbor-data"])
    assert data["stations"]["features"][0]["properties"]["name"] == EVIL
    assert data["basemap"]["place"][0][1] == EVIL


def test_embedded_lines_are_whole_differences_of_about_a_metre() -> None:
    assert run([(106.5, 29.5), (106.50012, 29.49998)]) == [10650000, 2950000, 12, -2]


def test_points_that_round_to_the_one_before_are_left_out() -> None:
    assert run([(0.0, 0.0), (0.000001, 0.0), (0.00001, 0.0)]) == [0, 0, 1, 0]


def test_differences_do_not_add_up_to_a_drift() -> None:
    line = [(106.5 + 0.0000149 * step, 29.5) for step in range(1000)]
    numbers = run(line)
    assert sum(numbers[0::2]) == round(line[-1][0] * 1e5)


def test_an_area_with_a_hole_keeps_all_its_rings(assets: Assets) -> None:
    outer = [[0, 0], [1, 0], [1, 1], [0, 0]]
    inner = [[0.2, 0.1], [0.3, 0.1], [0.3, 0.2], [0.2, 0.1]]
    area = {"type": "MultiPolygon", "coordinates": [[outer, inner], [outer]]}
    data = _data()
    with_hole = InlineData(
        stations=data.stations,
        scope=data.scope,
        districts=data.districts,
        uncovered=data.uncovered,
        streets=[],
        basemap={"water": _collection((area, {"kind": "lake"}))},
    )
    markup = _Markup(one_file_map(_view(), with_hole, assets=assets))
    kind, name, geometry_type, rings = json.loads(markup.blocks["harbor-data"])["basemap"]["water"][
        0
    ]
    assert (kind, name, geometry_type, len(rings)) == ("lake", "", 3, 3)


def test_joined_modules_keep_their_order_and_their_names_apart(tmp_path: Path) -> None:
    (tmp_path / "leaf.js").write_text("const hidden = 1;\nexport const shown = () => hidden;\n")
    (tmp_path / "root.js").write_text(
        "import { shown } from './leaf.js';\n\nconst hidden = shown();\n"
    )
    joined = bundle(Assets(url="", folder=tmp_path), "root.js")
    assert joined.index("harbor_leaf = ") < joined.index("harbor_root = ")
    assert "const { shown } = harbor_leaf;" in joined
    assert "return { shown };" in joined


def test_a_module_written_in_another_way_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "odd.js").write_text("import * as all from './leaf.js';\n")
    with pytest.raises(ValueError, match=r"odd\.js"):
        bundle(Assets(url="", folder=tmp_path), "odd.js")


def test_all_modules_of_the_one_file_map_can_be_joined() -> None:
    joined = bundle(Assets(url="/static", folder=STATIC), FILE_MODULE)
    assert "</script" not in joined
    assert not re.search(r"^(?:import|export)\b", joined, re.MULTILINE)


def test_a_nonce_is_put_on_once() -> None:
    once = with_nonce("<script>1</script><style>a{}</style>", "n")
    assert once == '<script nonce="n">1</script><style nonce="n">a{}</style>'
    assert with_nonce(once, "n") == once


def test_data_for_a_script_element_holds_no_sign_that_could_end_it() -> None:
    text = page_json({"name": EVIL + "\u2028&"})
    assert not set(text) & set("<>&\u2028")
    assert json.loads(text) == {"name": EVIL + "\u2028&"}
