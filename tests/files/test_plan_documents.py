"""Reports as documents: each kind opened by what reads it, and holding what was said."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import docx
import numpy as np
import openpyxl
import pyogrio
import pyogrio.raw
import pytest
import shapely

from app.files.map_drawing import draw
from app.files.paper import (
    Column,
    Heading,
    Headline,
    Heat,
    Paper,
    Paragraph,
    Picture,
    Points,
    Table,
    heat_colour,
    shown,
)
from app.files.paper_docx import paper_docx
from app.files.paper_pdf import paper_pdf
from app.files.paper_sheets import paper_sheets
from app.files.plan_layers import layers, plan_geojson, plan_geopackage
from tests.files.drawn import collection, feature, quarter, square
from tests.files.test_plaque import pages

EVIL = '=HYPERLINK("http://x","y") #read("/etc/passwd") <b> \x07'
DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
TABLE = Table(
    "缺口/1", (Column("地点", width=2), Column("人", "number"), Column("覆盖", "bar", 2)),
    ((EVIL, 12345.0, 0.25), ("磁器口", None, None)), "一条说明",
)  # fmt: skip
HEAT = Heat("一周", DAYS, tuple(tuple((h + d) / 40 for h in range(24)) for d in range(7)))


def paper(**more: Any) -> Paper:
    values: dict[str, Any] = {
        "language": "zh", "title": "主城区 15 分钟服务圈", "kicker": "渝工港湾",
        "cover": (("统计范围", "主城区"), ("运行编号", "7")),
        "blocks": (
            Headline("76.4 %", "的居民", "口径"), Points(("一", "二")), Heading("三种口径"), TABLE,
            Paragraph("夜里最少", "lead"), HEAT, Heading("地图"), Picture("map", "一张地图", "注"),
            Paragraph("小字", "small"), Paragraph(EVIL),
        ),
        "label": "演示城市", "footer": "报告 3",
        "appendix": (Table("缺口:1", (Column("甲"),), (("乙",),)),),
    }  # fmt: skip
    return Paper(**{**values, **more})


@pytest.fixture(scope="module")
def pictures() -> dict[str, str]:
    return {"map": draw(quarter())}


def test_a_document_can_be_edited_and_holds_every_part(pictures: dict[str, str]) -> None:
    content = paper_docx(paper(), pictures)
    document = docx.Document(io.BytesIO(content))
    words = [place.text for place in document.paragraphs]
    styles = {place.text: place.style.name for place in document.paragraphs if place.style}
    assert styles["三种口径"] == "Heading 1"
    assert styles["主城区 15 分钟服务圈"] == "Title"
    assert styles["一"] == "List Bullet"
    assert "76.4 %" in words
    assert EVIL.replace("\x07", "") in words
    cover, table, heat = document.tables
    assert cover.cell(1, 1).text == "7"
    assert [cell.text for cell in table.rows[0].cells] == ["地点", "人", "覆盖"]
    assert table.cell(1, 1).text == "12,345"
    assert table.cell(1, 2).text.endswith("25.0 %")
    assert "█" in table.cell(1, 2).text
    assert table.cell(2, 1).text == "–"
    assert (len(heat.rows), len(heat.columns)) == (8, 25)
    assert heat.cell(7, 24).text == f"{(23 + 6) / 40 * 100:.0f}"
    assert document.core_properties.title == "主城区 15 分钟服务圈"
    assert document.sections[0].header.paragraphs[0].text == "演示城市"


def test_a_document_has_its_picture_described_and_its_heads_repeated(
    pictures: dict[str, str],
) -> None:
    content = paper_docx(paper(), pictures)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        body = archive.read("word/document.xml").decode()
        media = [name for name in archive.namelist() if name.startswith("word/media/")]
    assert 'descr="一张地图"' in body
    assert "<w:tblHeader" in body
    assert 'w:eastAsia="Microsoft YaHei"' in body
    assert len(media) == 1


def test_a_pdf_has_its_pages_and_what_it_says_is_no_code(pictures: dict[str, str]) -> None:
    made = paper_pdf(paper(), pictures)
    assert made.startswith(b"%PDF-")
    assert pages(made) >= 2
    assert made == paper_pdf(paper(), pictures)
    assert paper_pdf(paper(language="en", label=""), pictures) != made


def test_a_workbook_has_every_table_and_runs_nothing() -> None:
    book = openpyxl.load_workbook(io.BytesIO(paper_sheets(paper())))
    # a sheet's name takes neither slash nor colon, and no two are one
    assert book.sheetnames == ["说明", "缺口 1", "一周", "缺口 1 2"]
    sheet = book["缺口 1"]
    assert [cell.value for cell in sheet[1]] == ["地点", "人", "覆盖"]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert str(sheet["A2"].value).startswith("'=")
    assert (sheet["B2"].value, sheet["C2"].value) == (12345.0, 0.25)
    assert sheet["C2"].number_format == "0.0%"
    assert sheet["B3"].value is None
    assert sheet.freeze_panes == "A2"
    assert book["一周"].max_column == 25
    about = [row[0].value for row in book["说明"].iter_rows()]
    assert {"统计范围", "运行编号", "76.4 %"} <= set(about)


def test_a_geopackage_has_a_layer_for_each_kind(tmp_path: Path) -> None:
    file = tmp_path / "plan.gpkg"
    file.write_bytes(plan_geopackage(quarter()))
    found = {str(name): str(kind) for name, kind in pyogrio.list_layers(file)}
    assert found == {
        "stations": "Point", "gaps": "Point", "districts": "MultiPolygon",
        "scope": "MultiPolygon", "streets": "LineString",
    }  # fmt: skip
    meta, _, shapes, fields = pyogrio.raw.read(file, layer="streets")
    assert str(meta["crs"]) == "EPSG:4326"
    # the bands of a limit of twelve minutes, and what lies beyond
    assert sorted(fields[list(meta["fields"]).index("within_minutes")]) == [4, 8, 12, 99]
    assert shapely.from_wkb(shapes[0]).geom_type == "LineString"
    meta, _, _, fields = pyogrio.raw.read(file, layer="gaps")
    by_name = dict(zip(meta["fields"], fields, strict=True))
    assert list(by_name["rank"]) == [1, 2]
    assert np.isnan(by_name["minutes"][0])


def test_geojson_names_the_layer_of_each_feature_and_leaves_gaps_of_knowledge_null() -> None:
    document = json.loads(plan_geojson(quarter()))
    names = [feature["properties"]["layer"] for feature in document["features"]]
    assert {name: names.count(name) for name in names} == {
        "stations": 4, "gaps": 2, "districts": 1, "scope": 1, "streets": 4,
    }  # fmt: skip
    gap = next(f for f in document["features"] if f["properties"].get("rank") == 1)
    assert gap["properties"]["minutes"] is None
    assert gap["geometry"]["coordinates"] == [106.516, 29.504]


def test_new_stations_and_listed_streets_of_a_scope_have_their_layers() -> None:
    scope = collection(
        feature("Polygon", square(0, 1), part="region", name="范围"),
        feature("MultiLineString", [[[106.5, 29.5], [106.6, 29.6]]], part="streets", name="范围"),
    )
    added = collection(feature("Point", [106.51, 29.51], name="新站"))
    found = {layer.name: layer for layer in layers(quarter(scope=scope, added=added))}
    assert list(found["new_stations"].fields["name"]) == ["新站"]
    assert list(found["scope"].fields["part"]) == ["region"]


def test_cells_are_shown_as_people_read_them() -> None:
    assert shown(0.7644, "share") == "76.4 %"
    assert shown(1234.4, "number") == "1,234"
    assert shown(12.25, "number") == "12.2"
    assert shown(7.0, "number") == "7"
    assert shown(12.34, "minutes") == "12.3"
    assert shown(None, "share") == "–"
    assert heat_colour(None)[0] != heat_colour(0.0)[0]
    assert heat_colour(1.0) == ("#0b5c56", "#ffffff")
