"""Maps drawn without a browser: what is on them, where, and in which words."""

import io
import re
from collections.abc import Iterator
from datetime import date
from xml.etree import ElementTree

import pytest
from PIL import Image

from app.files import typeset
from app.files.curve_drawing import draw_curve
from app.files.map_drawing import BAND_COLOURS, WIDTH, draw
from app.files.map_legend import minutes_words
from app.files.map_marks import added_mark, station_mark
from app.files.map_shapes import MapShapes
from app.settings import PROJECT
from tests.files.drawn import EVIL, SIDE, at, collection, feature, quarter

SVG = "{http://www.w3.org/2000/svg}"
METRES_PER_DEGREE = 111_320


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in drawn(svg).iter(f"{SVG}text")]


def height(svg: str) -> float:
    """How high the sheet is, without the legend below it."""
    return float(re.findall(r'<clipPath id="sheet"><rect width="1200" height="(\d+)"', svg)[0])


def paths(svg: str, colour: str) -> Iterator[ElementTree.Element]:
    return (node for node in drawn(svg).iter(f"{SVG}path") if node.get("stroke") == colour)


def test_streets_have_the_colours_of_their_band_and_lie_where_they_are() -> None:
    svg = draw(quarter())
    for band, north in ((0, 0.5), (1, 0.4), (2, 0.3), (9, 0.1)):
        street = next(iter(paths(svg, BAND_COLOURS[band])))
        x, y = (float(part) for part in re.findall(r"-?[\d.]+", street.get("d") or "")[:2])
        # the square is drawn in the middle, with 3 % of its height above and below
        assert y == pytest.approx(height(svg) * (0.03 + (1 - north)) / 1.06, abs=1.5)
        assert x >= -4


def test_the_colours_of_bands_are_those_of_every_other_map() -> None:
    tokens = (PROJECT / "static/tokens.css").read_text()
    for band, name in ((0, "min-5"), (1, "min-10"), (2, "min-15"), (9, "min-99")):
        assert f"--{name}: {BAND_COLOURS[band]}" in tokens.split("@media")[0]


def test_an_open_station_and_a_closed_one_differ_in_shape() -> None:
    marks = {state: station_mark(0, 0, state) for state in ("open", "closed", "unknown")}
    shapes = {re.match(r"<(\w+)", mark)[1] for mark in marks.values()}  # type: ignore[index]
    assert shapes == {"circle", "rect", "polygon"}
    # each on the sheet and in the legend
    discs = list(drawn(draw(quarter())).iter(f"{SVG}circle"))
    assert [node.get("fill") for node in discs].count("#0f766e") == 2


def test_gaps_are_numbered_and_new_stations_have_a_mark_of_their_own() -> None:
    new = collection(feature("Point", at(0.5, 0.5), name="新站"))
    before, after = draw(quarter()), draw(quarter(added=new))
    assert {"1", "2"} <= set(texts(before))
    cross = added_mark(0, 0).rsplit("<path", 1)[1].split("M")[0]
    assert after.count(cross) > before.count(cross)
    assert "新站点" in texts(after)
    assert "新站点" not in texts(before)


def test_the_legend_speaks_one_language_and_names_the_thirds_of_the_limit() -> None:
    chinese, english = texts(draw(quarter(), "zh")), texts(draw(quarter(), "en"))
    assert "0–4 分钟" in chinese
    assert "8–12 min" in english
    assert "over 12 min, or no way" in english
    assert minutes_words(10.0, "en")[0] == "0–3.33 min"
    for state in ("closed then", "hours not known", "lacks a service", "scope"):
        assert state in english


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    svg = draw(quarter())
    long = float(re.findall(r'd="M24 [\d.]+v8h([\d.]+)v-8"', svg)[0])
    said = next(text for text in texts(svg) if text.endswith("米"))
    metres_per_pixel = SIDE * 1.06 * METRES_PER_DEGREE / height(svg)
    assert long * metres_per_pixel == pytest.approx(float(said.split()[0]), rel=0.01)


def test_names_are_text_whatever_they_hold() -> None:
    svg = draw(quarter())
    assert "<script" not in svg
    assert EVIL in texts(svg)
    assert "石桥铺" in texts(svg)


def test_made_up_data_say_so_and_sources_are_named() -> None:
    words = texts(draw(quarter(label=("演示城市", "Demo city")), "en"))
    assert "Demo city" in words
    assert "© 某人" in words


def test_what_was_kept_draws_the_same_map() -> None:
    shapes = quarter()
    kept = MapShapes.unpacked(shapes.packed())
    assert kept == shapes
    assert draw(kept) == draw(shapes)


def test_a_map_without_scope_stations_or_streets_is_still_a_map() -> None:
    empty = {name: collection() for name in ("scope", "districts", "stations", "gaps")}
    ground = {name: collection() for name in ("landuse", "water", "street", "place")}
    svg = draw(quarter(streets=[], basemap=ground, **empty))
    assert "0–4 分钟" in texts(svg)


def test_a_picture_is_as_wide_as_asked_and_shows_the_map() -> None:
    picture = Image.open(io.BytesIO(typeset.png(draw(quarter()), pixels=900))).convert("RGB")
    assert abs(picture.width - 900) <= 1
    ratio = picture.height / picture.width
    assert 0.6 < ratio < 1.3
    colours = {colour for _, colour in picture.getcolors(1 << 24) or []}
    for wanted in ("#0a3d4d", "#1d8a8c", "#b4d5e4"):
        assert tuple(int(wanted[i : i + 2], 16) for i in (1, 3, 5)) in colours


def test_a_curve_ends_at_its_last_share_and_marks_what_opened_and_closed() -> None:
    days = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    svg = draw_curve(days, [None, 0.5, 0.625], [(days[1], 3, 0), (days[2], 0, 2)], title=EVIL)
    assert "62.5%" in texts(svg)
    assert {"2026-01-31", "2026-03-31"} <= set(texts(svg))
    assert "<script" not in svg
    ticks = re.findall(r"M[\d.]+ 336v(-?9)", svg)
    assert ticks == ["-9", "9"]
    assert float(drawn(svg).get("width") or 0) == WIDTH
