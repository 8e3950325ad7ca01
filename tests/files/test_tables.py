"""Lists read into one shape, whatever they are kept in."""

import io
import json
import re
import tracemalloc
import zipfile
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from app.domain.errors import UnreadableFile
from app.files.cells import cell_text, guarded, unguarded
from app.files.station_export import write_csv
from app.files.tables import Table, preview, read_table
from app.files.workbook import write_sheet

TEXT = "name,address\n桥头驿站,民权路1号\n山城驿站,中山路2号\n"


def values(table: Table) -> list[tuple[str, ...]]:
    return [tuple(row.values.values()) for row in table.rows]


def workbook(*rows: list[object], title: str = "Sheet") -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("codec", "named"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gbk", "GB18030"), ("gb18030", "GB18030"),
     ("utf-16", "UTF-16")],
)  # fmt: skip
def test_a_text_file_is_read_in_its_encoding(codec: str, named: str) -> None:
    table = read_table(TEXT.encode(codec))
    assert table.encoding == named
    assert table.columns == ("name", "address")
    assert values(table) == [("桥头驿站", "民权路1号"), ("山城驿站", "中山路2号")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = TEXT.replace(",", delimiter).replace("民权路1号", '"民权路,1;号"')
    assert values(read_table(text.encode()))[0] == ("桥头驿站", "民权路,1;号")


def test_lists_inside_cells_do_not_pass_for_the_delimiter() -> None:
    table = read_table(b"name,services\nA,water;seat;toilet\nB,water;seat;toilet\n")
    assert values(table)[0] == ("A", "water;seat;toilet")


def test_rows_are_numbered_as_a_person_counts_them() -> None:
    text = 'name,address\n甲,"two\nlines"\n\n乙,x\n'
    table = read_table(text.encode())
    assert [row.number for row in table.rows] == [2, 4]
    assert table.warnings == ("1 blank rows were passed over",)


def test_titles_above_the_header_are_passed_over() -> None:
    table = read_table("站点一览表,,\n\n名称,地址,电话\n甲,x,1\n".encode())
    assert table.columns == ("名称", "地址", "电话")
    assert table.rows[0].number == 4
    assert "taken from row 3" in table.warnings[0]


def test_odd_headers_and_rows_are_reported_and_kept() -> None:
    table = read_table(b"a,a,,b\n1,2,3,4,5\n6\n")
    assert table.columns == ("a", "a (2)", "column 3", "b")
    assert values(table) == [("1", "2", "3", "4"), ("6", "", "", "")]
    assert any("row 2 has more cells" in warning for warning in table.warnings)


def test_a_workbook_is_read_with_its_own_row_numbers_and_plain_numbers() -> None:
    rows = [["名称", "经度", "编号", "开放"], ["甲", 106.5516, 17, time(8, 30)], [None] * 4, ["乙"]]
    table = read_table(workbook(*rows))
    assert [row.number for row in table.rows] == [2, 4]
    assert values(table)[0] == ("甲", "106.5516", "17", "08:30")
    assert values(table)[1] == ("乙", "", "", "")


def test_formulas_are_not_evaluated() -> None:
    table = read_table(workbook(["name", "x"], ["甲", "=1+1"]))
    assert values(table) == [("甲", "")]


def test_a_second_sheet_is_named_and_can_be_asked_for() -> None:
    book = Workbook()
    assert book.active is not None
    book.active.title = "空"
    for title in ("一", "二"):
        sheet = book.create_sheet(title)
        sheet.append(["name", "x"])
        sheet.append([title, 1])
    buffer = io.BytesIO()
    book.save(buffer)
    first = read_table(buffer.getvalue())
    assert values(first) == [("一", "1")]
    assert "not read: 二" in first.warnings[0]
    assert values(read_table(buffer.getvalue(), sheet="二")) == [("二", "1")]
    with pytest.raises(UnreadableFile, match="no sheet '三'; it has 空, 一, 二"):
        read_table(buffer.getvalue(), sheet="三")


def test_a_feature_collection_is_read_with_its_points() -> None:
    document = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"name": "甲", "services": ["water", "seat"]},
             "geometry": {"type": "Point", "coordinates": [106.5, 29.5, 240]}},
            {"type": "Feature", "properties": {"name": "乙"}, "geometry": None},
            {"type": "Feature", "properties": None,
             "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}},
        ],
    }  # fmt: skip
    table = read_table(json.dumps(document).encode())
    assert table.kind == "geojson"
    assert [row.number for row in table.rows] == [1, 2, 3]
    assert [row.point for row in table.rows] == [(106.5, 29.5), None, None]
    assert [row.geometry_kind for row in table.rows] == ["", "", "LineString"]
    assert values(table) == [("甲", "water;seat"), ("乙", ""), ("", "")]


def test_a_byte_too_few_is_noticed() -> None:
    with pytest.raises(UnreadableFile, match="cut short"):
        read_table(TEXT.encode()[:-2])
    with pytest.raises(UnreadableFile, match="cut short"):
        read_table(workbook(["name", "x"], ["甲", 1])[:-200])


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "is empty"), (b" \n\n", "is empty"), (b",,\n,,\n", "holds no row"),
     (b"\xd0\xcf\x11\xe0rest", r"old \.xls"), (b"<html><table></table>", "web page"),
     (b"\x89PNG\0\0", "zero bytes"), (b"name,x\n\xff\xfe\xfd,1\n", "neither UTF-8 nor GB18030"),
     (b'{"features": [', "no complete JSON"), (b'{"a": 1}', "no GeoJSON feature collection"),
     (b'{"features": []}', "holds no feature"), (b'{"features": [7]}', "as GeoJSON asks"),
     (b"name,x\n" + b"a" * 200_000 + b",1\n", "line 2"),
     (b"PK\x03\x04rest", "cut short or damaged")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(UnreadableFile, match=says) as caught:
        read_table(content, file_name="list")
    assert "list" in str(caught.value)
    assert caught.value.remedy


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"Could not open none\.csv"):
        read_table(tmp_path / "none.csv")


def test_an_archive_that_unpacks_to_too_much_is_refused_unread() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    with pytest.raises(UnreadableFile, match="unpacks to"):
        read_table(buffer.getvalue())


def with_parts(content: bytes, parts: dict[str, bytes]) -> bytes:
    """A workbook with some of its parts exchanged."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for item in old.infolist():
            new.writestr(item.filename, parts.get(item.filename) or old.read(item))
    return changed.getvalue()


@pytest.mark.parametrize(
    "name", ["[Content_Types].xml", "xl/workbook.xml", "xl/styles.xml", "xl/theme/theme1.xml"]
)
def test_a_part_that_is_parsed_whole_is_refused_before_it_is_if_it_is_large(name: str) -> None:
    plain = workbook(["name", "x"], ["甲", 1])
    padding = "".join(f"<!--{n:09}-->" for n in range(400_000)).encode()
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        part = archive.read(name)
    content = with_parts(plain, {name: part.replace(b">", b">" + padding, 1)})
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableFile, match=f"more than 2 MB: {re.escape(name)}") as caught:
            read_table(content)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "超过 2 MB" in caught.value.zh
    assert most < 20_000_000


def test_a_part_that_says_it_is_small_and_is_not_takes_no_room() -> None:
    content = bytearray(
        with_parts(workbook(["name", "x"], ["甲", 1]), {"xl/styles.xml": b" " * 100_000_000})
    )
    # in the directory at the end, which is believed
    entry = content.rindex(b"PK\1\2", 0, content.rindex(b"xl/styles.xml"))
    content[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableFile):
            read_table(bytes(content))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 20_000_000


def test_a_long_and_wide_list_is_within_the_limits() -> None:
    columns = [f"列{n}" for n in range(60)]
    rows = [[f"第{row}行第{n}列的文字" for n in range(60)] for row in range(5_000)]
    table = read_table(write_sheet(columns, rows, title="名单"))
    assert (len(table.rows), len(table.columns)) == (5_000, 60)


_WHOLE = workbook(["name", "address", "x"], *[[f"驿站{n}", "民权路1号", n] for n in range(8)])


# what the reader mutters about parts that it leaves out
@pytest.mark.filterwarnings("ignore::UserWarning")
@given(
    st.lists(
        st.tuples(st.integers(4, len(_WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6
    )
)
@settings(max_examples=150, deadline=None)
def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(
    damage: list[tuple[int, int]],
) -> None:
    content = bytearray(_WHOLE)
    for place, value in damage:
        content[place] = value
    for look in (
        lambda: read_table(bytes(content)),
        lambda: preview(bytes(content), file_name="x"),
    ):
        refused = None
        try:
            look()
        except UnreadableFile as error:
            refused = error
        assert refused is None or refused.zh


@pytest.mark.parametrize(("at", "value"), [(6, 1), (8, 99), (8, 12)])
def test_an_encrypted_or_oddly_packed_workbook_is_refused_in_words(at: int, value: int) -> None:
    content = bytearray(_WHOLE)
    # flags and method, in the head of each part and in the directory
    for sign, further in ((b"PK\3\4", 0), (b"PK\1\2", 2)):
        place = content.find(sign)
        while place >= 0:
            content[place + at + further] = value
            place = content.find(sign, place + 1)
    with pytest.raises(UnreadableFile, match="not a workbook") as caught:
        read_table(bytes(content))
    assert "另存为" in caught.value.zh


def far_cells(rows: int) -> bytes:
    """A workbook of two columns whose every row has one more, empty cell in the last of all."""
    plain, far = io.BytesIO(workbook(["name", "x"], ["1", "2"])), io.BytesIO()
    cells = "".join(
        f'<row r="{r}"><c r="A{r}" t="inlineStr"><is><t>a</t></is></c><c r="XFD{r}"/></row>'
        for r in range(3, rows + 3)
    )
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(far, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            part = old.read(item).replace(b"</sheetData>", cells.encode() + b"</sheetData>")
            new.writestr(item.filename, part)
    return far.getvalue()


def test_empty_cells_far_to_the_right_take_no_room() -> None:
    content = far_cells(2_000)
    tracemalloc.start()
    try:
        table = read_table(content)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (len(table.rows), table.columns) == (2_001, ("name", "x"))
    # filled up to the last column they would be 2,000 times 16,384 pointers
    assert most < 20_000_000


def test_more_cells_than_are_kept_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.files.tables.MAX_CELLS", 7)
    with pytest.raises(UnreadableFile, match="4 rows of 2 columns"):
        read_table(b"name,x\n1,1\n2,2\n3,3\n")


def test_another_archive_is_no_workbook() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(UnreadableFile, match="not a workbook"):
        read_table(buffer.getvalue())


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.files.tables.MAX_ROWS", 3)
    with pytest.raises(UnreadableFile, match="more than 3 rows"):
        read_table(b"name,x\n1,1\n2,2\n3,3\n")
    with pytest.raises(UnreadableFile, match="more than 3 rows"):
        read_table(workbook(["name", "x"], ["1", 1], ["2", 2], ["3", 3]))


CELL = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029"),
    min_size=1,
    max_size=20,
).filter(lambda text: bool(text.strip()))


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5))
def test_what_is_written_as_csv_is_read_again(rows: list[tuple[str, str]]) -> None:
    table = read_table(write_csv(["name", "x"], rows))
    assert [tuple(map(unguarded, row)) for row in values(table)] == rows


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=3))
@settings(max_examples=25, deadline=None)
def test_what_is_written_as_a_workbook_is_read_again(rows: list[tuple[str, str]]) -> None:
    table = read_table(write_sheet(["name", "x"], rows, title="s"))
    assert [tuple(map(unguarded, row)) for row in values(table)] == rows


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@sum",
        "\t=1",
        "\n=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff201",
        "'=1",
        "''=1",
    ],
)
def test_what_could_run_as_a_formula_is_guarded_and_comes_back(text: str) -> None:
    assert guarded(text) == "'" + text
    assert unguarded(guarded(text)) == text
    assert guarded("民权路") == unguarded("民权路") == "民权路"
    assert guarded("it's") == unguarded("it's") == "it's"


def test_values_are_written_as_a_person_would() -> None:
    written = [cell_text(value) for value in (None, True, 17.0, 0.5, [1, "a"], 13_800_001_234.0)]
    assert written == ["", "true", "17", "0.5", "1;a", "13800001234"]
