"""The import wizard in a browser: every step, what is refused, what a double click does."""

import asyncio
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from werkzeug.datastructures import FileStorage

from app.files.tables import read_table
from app.jobs import wiring
from app.store.cluster import Cluster
from tests.service.lists import csv_of
from tests.web.desks import BROWSER, Desk, Office, hidden, open_office

HEADER = ("名称", "地址", "经度", "纬度", "开放时间", "联系电话")
GOOD = ("较场口驿站", "较场口1号", 106.577, 29.557, "周一至周五 09:00-17:00", "13900001234")
BARE = ("七星岗驿站", "七星岗2号", "", "", "随缘", "139****5678")
# what a browser announces before it sends a body
MUCH = {"CONTENT_LENGTH": "41000000", "CONTENT_TYPE": "multipart/form-data; boundary=x"}
BAD = ("", "无名路3号", 106.5, 29.5, "", "")


# every row of the list of Zhengzhou that names hours, and what they mean
WEEKDAYS = "Mo-Fr 09:00-17:00"
HOURS = {
    11: WEEKDAYS, 12: "Mo-Fr 08:30-12:00,13:00-17:30", 15: WEEKDAYS,
    16: "Mo-Fr 08:00-12:00,14:00-18:00", 19: WEEKDAYS, 25: "07:30-22:30", 29: "08:00-22:00",
    32: "08:00-18:30", 34: "Mo-Fr 09:00-20:00", 36: "08:30-19:30", 38: "09:00-20:00",
    40: "08:00-12:00,14:00-16:00", 41: "08:30-12:00,14:00-17:30", 45: "08:00-20:00",
    46: "Mo-Fr unknown; PH closed", 47: "Mo-Fr unknown; PH closed", 50: "05:00-17:30",
    51: "07:30-22:30", 52: "08:45-23:45", 55: "24/7", 67: "08:30-18:00", 69: "24/7",
}  # fmt: skip
# the fifteen rows that name a phone: whole ones, two of them in one cell, and masked ones
WHOLE_PHONES = {5: 1, 13: 1, 14: 1, 19: 1, 25: 1, 29: 2, 30: 1, 36: 1}
MASKED_PHONES = [7, 11, 12, 15, 16, 32, 38]


@pytest.fixture(scope="module")
def whole(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("import_pages"), "import_pages") as opened:
        yield opened


@pytest.fixture
def office(whole: Office) -> Office:
    """The office with no list and no station."""
    for table in ("staged_import", "background_job", "procrastinate_jobs", "import_contact",
                  "import_change", "keeper", "station_version", "station_alias", "station",
                  "import_batch", "import_column", "form_receipt"):  # fmt: skip
        with whole.runtime.connection() as connection:
            connection.execute(f"DELETE FROM {table}")  # type: ignore[arg-type]
    return whole


def work(office: Office) -> None:
    """Do what waits in the queue."""
    asyncio.run(wiring.work(wiring.wire(office.runtime), alive=lambda: True, wait=False))


def upload(office: Office, desk: Desk, content: bytes, *, name: str = "清单.csv",
           union: str = "north", once: str = "") -> str:  # fmt: skip
    """Bring a file and return where it leads."""
    form = {
        "file": FileStorage(io.BytesIO(content), name),
        "union": str(office.city.unions[union]),
        "once": once or hidden(desk.get("/manage/import"), "once"),
    }
    answer = desk.post("/manage/import", form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.location)


def confirm_columns(desk: Desk, path: str, **more: str) -> None:
    """Send the form of the columns as it is shown, with the datum chosen."""
    page = desk.get(f"{path}/columns")
    text = page.get_data(as_text=True)
    names = re.findall(r'name="column" value="([^"]*)"', text)
    selects = re.findall(r'<select[^>]*name="meaning">(.*?)</select>', text, re.DOTALL)
    chosen = [re.search(r'value="([^"]*)"[^>]*selected', one) for one in selects]
    form = {
        "once": hidden(page, "once"), "sheet": hidden(page, "sheet"), "column": names,
        "meaning": [found[1] if found else "" for found in chosen], "datum": "gcj02", **more,
    }  # fmt: skip
    answer = desk.post(f"{path}/columns", form)
    assert answer.status_code == 303, answer.get_data(as_text=True)


def read(office: Office, desk: Desk, *rows: tuple[object, ...], **more: str) -> str:
    """Bring a list and have it read; return its address."""
    path = upload(office, desk, csv_of(HEADER, *rows))
    confirm_columns(desk, path, **more)
    work(office)
    return path


def text_of(desk: Desk, path: str) -> str:
    answer = desk.get(path)
    assert answer.status_code == 200, (answer.status_code, answer.location)
    return answer.get_data(as_text=True)


def test_a_list_goes_from_file_to_register_and_back(office: Office) -> None:
    desk = office.desk("north_clerk")
    path = read(office, desk, GOOD, BARE, BAD)
    page = text_of(desk, f"{path}/rows")
    assert "周一至周五 09:00–17:00" in page
    assert "读不懂" in page
    assert "名称为空" in page
    assert "139****1234" in page
    assert "13900001234" not in page
    assert "没有坐标" in page
    # what each row lacks before it can be submitted
    rows = dict(re.findall(r'<tr id="row-(\d+)"(.*?)</tr>', page, re.DOTALL))
    assert [number for number, row in rows.items() if "本人同意登记的日期" in row] == ["2"]
    assert [number for number, row in rows.items() if "号码被打码" in row] == ["3"]
    form = {"once": hidden(desk.get(f"{path}/rows"), "once"), "hours_confirmed": "yes"}
    assert desk.post(f"{path}/enter", form).location == path
    assert "排队等待" in text_of(desk, path)
    work(office)
    assert desk.get(path).location == f"{path}/done"
    done = text_of(desk, f"{path}/done")
    assert "去给 1 个草稿定位" in done
    assert office.rows("SELECT name, state, hours FROM station ORDER BY batch_row") == [
        ("较场口驿站", "draft", "Mo-Fr 09:00-17:00"), ("七星岗驿站", "draft", None),
    ]  # fmt: skip
    rejected = desk.get(f"{path}/rejected.xlsx")
    table = read_table(rejected.get_data())
    assert [row.values["未导入原因"] for row in table.rows] == [
        "名称为空(name: is empty; a station needs a name)"
    ]
    undo = {"once": hidden(desk.get(f"{path}/done"), "once"), "reason": "传错了文件"}
    desk.post(f"{path}/undo", undo)
    work(office)
    assert "已整批撤销" in text_of(desk, f"{path}/done")
    assert office.rows("SELECT DISTINCT state, state_reason FROM station") == [
        ("discarded", "撤销导入:传错了文件")
    ]


def test_the_list_of_another_city_goes_through_the_pages_to_the_placing_queue(
    office: Office, test_data: Path
) -> None:
    content = (test_data / "messy" / "zhengzhou_stations.csv").read_bytes()
    numbers = set(re.findall(r"\d{4}-?\d{7,8}", content.decode("utf-8-sig")))
    assert len(numbers) >= 9
    desk = office.desk("north_clerk")
    path = upload(office, desk, content, name="zhengzhou_stations.csv")
    confirm_columns(desk, path, consented_on="2026-05-01")
    work(office)
    pages = [text_of(desk, f"{path}/rows?page={number}") for number in (1, 2)]
    shown = dict(re.findall(r'<tr id="row-(\d+)"(.*?)</tr>', "".join(pages), re.DOTALL))
    assert len(shown) == 82
    assert [int(number) for number, row in shown.items() if "号码被打码" in row] == MASKED_PHONES
    assert {
        int(number): row.count("037****") for number, row in shown.items() if "037****" in row
    } == WHOLE_PHONES  # fmt: skip
    # each way of writing hours with its reading, which is confirmed as a whole
    for rule in set(HOURS.values()):
        assert f"<code>{rule}</code>" in pages[0]
    assert desk.post(f"{path}/hours", {"all": "yes"}).status_code == 303
    form = {"once": hidden(desk.get(f"{path}/rows"), "once")}
    assert desk.post(f"{path}/enter", form).location == path
    work(office)
    assert desk.get(path).location == f"{path}/done"
    done = text_of(desk, f"{path}/done")
    figures = dict(re.findall(r'lang="zh">([^<]*)</span>[^/]*/span></dt><dd>(\d+)', done))
    assert figures == {
        "表里的行": "82", "草稿": "82", "其中待定位": "64", "读懂营业时间": "22",
        "负责人已登记": "0", "联系人待补全": "9", "电话不可用": "7", "没有导入": "0",
    }  # fmt: skip
    assert dict(
        office.rows("SELECT batch_row, hours FROM station WHERE hours IS NOT NULL")
    ) == HOURS  # fmt: skip
    assert dict(office.rows(
        "SELECT s.batch_row, count(*) FROM import_contact c JOIN station s ON s.id = c.station_id"
        " GROUP BY 1"
    )) == WHOLE_PHONES  # fmt: skip
    assert done.count('class="panel person"') == 9
    for page in (*pages, done):
        assert not numbers & set(re.findall(r"\d{4}-?\d{7,8}", page))
    queue = text_of(desk, "/manage/placing")
    assert 'data-total="64"' in queue
    assert "第 1 个,共 64 个" in queue


def test_the_rows_lie_on_a_map_coloured_by_what_speaks_against_them(office: Office) -> None:
    office.station("north", name="较场口工会驿站", address="较场口1号", longitude=106.5735,
                   latitude=29.5597)  # fmt: skip
    desk = office.desk("north_clerk")
    many = [(f"驿站{n}", f"长江路{n}号", 106.4 + n / 1000, 29.4, "", "") for n in range(50)]
    path = read(office, desk, GOOD, BARE, BAD, *many)
    page = text_of(desk, f"{path}/rows")
    assert 'id="points-map"' in page
    assert f'"source": "{path}/points?show=all"' in page
    found = desk.get(f"{path}/points").get_json()["points"]
    # neither the row without a place nor the one with an error
    assert len(found) == 51
    assert (found[0]["kind"], found[0]["zh"]) == ("duplicate", "第 2 行 较场口驿站:疑似重复")
    assert abs(found[0]["lon"] - 106.5735) < 0.001
    assert found[0]["href"] == f"{path}/rows?show=all&page=1#row-2"
    assert (found[-1]["kind"], found[-1]["href"]) == (
        "fine", f"{path}/rows?show=all&page=2#row-54",
    )  # fmt: skip
    assert 'id="row-54"' in text_of(desk, found[-1]["href"])
    few = desk.get(f"{path}/points?show=duplicates").get_json()["points"]
    assert [one["href"] for one in few] == [f"{path}/rows?show=duplicates&page=1#row-2"]
    assert office.desk("south_clerk").get(f"{path}/points").status_code == 404
    assert office.desk("auditor").get(f"{path}/points").status_code == 403


def test_a_row_that_names_nobody_says_that_a_keeper_is_needed(office: Office) -> None:
    desk = office.desk("north_clerk")
    path = read(office, desk, GOOD, ("观音桥驿站", "观音桥1号", 106.531, 29.571, "", ""))
    page = text_of(desk, f"{path}/rows")
    rows = dict(re.findall(r'<tr id="row-(\d+)"(.*?)</tr>', page, re.DOTALL))
    assert [number for number, row in rows.items() if "没有负责人" in row] == ["3"]


def test_a_page_for_bringing_lists_is_for_who_enters_stations(office: Office) -> None:
    for person in ("north_judge", "auditor", "planner"):
        assert office.desk(person).get("/manage/import").status_code == 403


def test_a_file_that_is_none_is_refused_beside_the_field_and_the_choice_stays(
    office: Office,
) -> None:
    desk = office.desk("chief")
    union = str(office.city.unions["south"])
    for content, said in (
        (b"", "请选择一个文件"), (b"\xd0\xcf\x11\xe0old", ".xls"), (b"<html>", "网页"),
        (b"PK\x03\x04 half a zip", "损坏"), (b"  \n ", "空的"),
    ):  # fmt: skip
        form = {
            "file": FileStorage(io.BytesIO(content), "名单.xlsx"), "union": union,
            "once": hidden(desk.get("/manage/import"), "once"),
        }  # fmt: skip
        answer = desk.post("/manage/import", form)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert 'id="file-fault"' in page
        assert said in page
        assert re.search(rf'value="{union}"[^>]*selected', page)


def test_files_that_are_too_large_together_are_refused_beside_the_field(office: Office) -> None:
    desk = office.desk("north_clerk")
    station = office.station("north")
    for path, field in (
        ("/manage/import", "file"), (f"/manage/stations/{station}/photos", "photo_files"),
    ):  # fmt: skip
        answer = desk.client.post(path, headers=BROWSER, environ_overrides=MUCH)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert f'id="{field}-fault"' in page
        assert "合计超过 40 MB" in page
        assert "more than 40 MB" in page
    # a stranger's is not looked at any further
    stranger = office.app.test_client().post("/manage/import", environ_overrides=MUCH)
    assert stranger.status_code == 413


def test_a_workbook_that_is_a_bomb_is_refused_beside_the_field(office: Office) -> None:
    desk = office.desk("north_clerk")
    book = io.BytesIO()
    openpyxl.Workbook().save(book)
    for part in ("xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"):
        bomb = io.BytesIO()
        with zipfile.ZipFile(book) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
            for item in old.infolist():
                padding = b" " * 9_000_000 if item.filename == part else b""
                new.writestr(item.filename, old.read(item) + padding)
        form = {
            "file": FileStorage(io.BytesIO(bomb.getvalue()), "名单.xlsx"),
            "union": str(office.city.unions["north"]),
            "once": hidden(desk.get("/manage/import"), "once"),
        }
        answer = desk.post("/manage/import", form)
        assert answer.status_code == 422
        assert "解压后超过 2 MB" in answer.get_data(as_text=True)


def test_words_of_drop_downs_cannot_run_as_formulas(office: Office) -> None:
    with office.runtime.connection() as connection:
        connection.execute("UPDATE union_body SET name = '=1+1' WHERE id = %s",
                           (office.city.unions["north"],))  # fmt: skip
    try:
        content = office.desk("chief").get("/manage/import/template.xlsx").get_data()
    finally:
        with office.runtime.connection() as connection:
            connection.execute("UPDATE union_body SET name = 'north' WHERE id = %s",
                               (office.city.unions["north"],))  # fmt: skip
    cells = [c for row in openpyxl.load_workbook(io.BytesIO(content))["选项"] for c in row]
    assert "'=1+1" in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} <= {"s", "n"}


def test_a_list_for_a_union_of_others_is_refused(office: Office) -> None:
    desk = office.desk("north_clerk")
    form = {
        "file": FileStorage(io.BytesIO(csv_of(HEADER, GOOD)), "a.csv"),
        "union": str(office.city.unions["south"]),
        "once": hidden(desk.get("/manage/import"), "once"),
    }
    assert desk.post("/manage/import", form).status_code == 422
    assert office.one("SELECT count(*) FROM staged_import") == 0


def test_another_person_sees_nothing_of_a_list(office: Office) -> None:
    path = read(office, office.desk("north_clerk"), GOOD)
    for person in ("north_second", "chief", "south_clerk"):
        for step in ("", "/columns", "/rows", "/done", "/rejected.xlsx"):
            assert office.desk(person).get(path + step).status_code == 404


def test_columns_that_were_corrected_are_remembered_for_the_union(office: Office) -> None:
    desk = office.desk("north_clerk")
    content = csv_of(("港湾", "在哪", "乱七八糟"), ("甲驿站", "一路1号", "09:00-17:00"))
    path = upload(office, desk, content)
    form = {
        "once": hidden(desk.get(f"{path}/columns"), "once"), "sheet": "",
        "column": ["港湾", "在哪", "乱七八糟"], "meaning": ["name", "address", "hours"],
    }  # fmt: skip
    assert desk.post(f"{path}/columns", form).status_code == 303
    again = upload(office, desk, content + b"\n", name="again.csv")
    page = text_of(desk, f"{again}/columns")
    assert page.count("按上次的选择") == 3
    other = upload(office, office.desk("south_clerk"), content, union="south")
    assert "按上次的选择" not in text_of(office.desk("south_clerk"), f"{other}/columns")


def test_wrong_columns_stand_beside_their_fields_and_nothing_chosen_is_lost(
    office: Office,
) -> None:
    desk = office.desk("chief")
    path = upload(office, desk, csv_of(HEADER, GOOD))
    form = {
        "once": hidden(desk.get(f"{path}/columns"), "once"), "sheet": "", "cut_over": "yes",
        "column": list(HEADER), "consented_on": "gestern", "dated": "2026-05-01",
        "meaning": ["address", "address", "longitude", "", "hours", "keeper_phone"],
    }  # fmt: skip
    answer = desk.post(f"{path}/columns", form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for said in ("没有哪一列是名称", "请只选一列", "请选择坐标系", "不是有效日期", "请填写文号"):
        assert said in page
    assert 'value="gestern"' in page
    assert page.count('value="address" data-zh="地址" data-en="Address" selected') == 2


def test_cells_of_people_are_not_shown_among_the_samples(office: Office) -> None:
    desk = office.desk("north_clerk")
    path = upload(office, desk, csv_of(HEADER, GOOD))
    page = text_of(desk, f"{path}/columns")
    assert "较场口1号" in page
    assert "13900001234" not in page


def test_a_double_click_brings_and_enters_a_list_once(office: Office) -> None:
    desk = office.desk("north_clerk")
    once = hidden(desk.get("/manage/import"), "once")
    content = csv_of(HEADER, GOOD)
    first, second = (upload(office, desk, content, once=once) for _ in range(2))
    assert first == second
    confirm_columns(desk, first)
    work(office)
    form = {"once": hidden(desk.get(f"{first}/rows"), "once"), "hours_confirmed": "yes"}
    answers = [desk.post(f"{first}/enter", form).location for _ in range(2)]
    assert answers == [first, first]
    work(office)
    assert office.one("SELECT count(*) FROM station") == 1
    assert office.one("SELECT count(*) FROM background_job WHERE kind = 'import.enter'") == 1


def test_likely_duplicates_have_to_be_decided_before_anything_is_entered(office: Office) -> None:
    office.station("north", name="较场口工会驿站", address="较场口1号", longitude=106.5735,
                   latitude=29.5597)  # fmt: skip
    desk = office.desk("north_clerk")
    path = read(office, desk, GOOD)
    page = text_of(desk, f"{path}/rows")
    assert "疑似重复" in page
    assert "较场口工会驿站" in page
    form = {"once": hidden(desk.get(f"{path}/rows"), "once"), "hours_confirmed": "yes"}
    refused = desk.post(f"{path}/enter", form)
    assert refused.status_code == 422
    assert "还有 1 行疑似重复没有决定" in refused.get_data(as_text=True)
    chosen = desk.post(f"{path}/rows", {"row": "2", "choice": "skip", "show": "all"})
    assert chosen.location.startswith(f"{path}/rows")
    refused = desk.post(f"{path}/enter", {**form, "once": form["once"] + "x"})
    assert "没有可以导入的行" in refused.get_data(as_text=True)


def test_hours_are_corrected_for_every_row_that_writes_them_so(office: Office) -> None:
    desk = office.desk("north_clerk")
    other = ("观音桥驿站", "观音桥9号", "", "", "随缘", "")
    path = read(office, desk, BARE, other)
    handle = re.findall(r'name="handle" value="([0-9a-f]+)"', text_of(desk, f"{path}/rows"))
    assert len(handle) == 1
    refused = desk.post(f"{path}/hours", {"handle": handle[0], "text": "也是随缘"})
    assert refused.status_code == 422
    assert "也读不懂" in refused.get_data(as_text=True)
    assert (
        desk.post(f"{path}/hours", {"handle": handle[0], "text": "每天9点到17点"}).status_code
        == 303
    )
    form = {"once": hidden(desk.get(f"{path}/rows"), "once")}
    desk.post(f"{path}/enter", form)
    work(office)
    assert office.rows("SELECT DISTINCT hours, hours_text FROM station") == [
        ("09:00-17:00", "随缘")
    ]


def test_a_job_that_waits_is_cancelled_and_nothing_is_changed(office: Office) -> None:
    desk = office.desk("north_clerk")
    path = read(office, desk, GOOD)
    form = {"once": hidden(desk.get(f"{path}/rows"), "once"), "hours_confirmed": "yes"}
    desk.post(f"{path}/enter", form)
    piece = desk.get(f"{path}/progress", htmx=True).get_data(as_text=True)
    assert "<progress" in piece
    assert "<html" not in piece
    desk.post(f"{path}/cancel", {})
    work(office)
    assert "已取消" in text_of(desk, f"{path}/rows")
    assert office.one("SELECT count(*) FROM station") == 0


def test_a_person_of_a_list_is_completed_as_a_keeper(office: Office) -> None:
    desk = office.desk("north_clerk")
    path = read(office, desk, GOOD, consented_on="2026-05-01")
    form = {"once": hidden(desk.get(f"{path}/rows"), "once"), "hours_confirmed": "yes"}
    desk.post(f"{path}/enter", form)
    work(office)
    page = text_of(desk, f"{path}/done")
    contact = re.findall(rf"{path}/people/(\d+)", page)[0]
    assert "139****1234" in page
    missing = desk.post(f"{path}/people/{contact}", {"name": "诸葛明"})
    assert missing.status_code == 422
    assert 'value="诸葛明"' in missing.get_data(as_text=True)
    named = {"name": "诸葛明", "employer": "较场口某银行"}
    assert desk.post(f"{path}/people/{contact}", named).status_code == 303
    assert office.one("SELECT count(*) FROM import_contact") == 0
    assert office.one("SELECT count(*) FROM keeper WHERE state = 'serving'") == 1


def test_an_undo_that_has_to_be_refused_says_which_stations_were_changed(office: Office) -> None:
    desk = office.desk("north_clerk")
    path = read(office, desk, GOOD, BARE)
    form = {"once": hidden(desk.get(f"{path}/rows"), "once"), "hours_confirmed": "yes"}
    desk.post(f"{path}/enter", form)
    work(office)
    once = hidden(desk.get(f"{path}/done"), "once")
    with office.runtime.connection() as connection:
        connection.execute("UPDATE station SET address = '搬走了' WHERE name = '七星岗驿站'")
    refused = desk.post(f"{path}/undo", {"once": once, "reason": "传错了"})
    assert refused.status_code == 422
    assert "七星岗驿站" in refused.get_data(as_text=True)
    work(office)
    assert office.rows("SELECT DISTINCT state FROM station") == [("draft",)]


def test_the_template_is_filled_in_and_read_back(office: Office) -> None:
    desk = office.desk("north_clerk")
    book = openpyxl.load_workbook(io.BytesIO(desk.get("/manage/import/template.xlsx").get_data()))
    sheet = book["站点"]
    names = [cell.value for cell in sheet[1]]
    offered = {str(rule.sqref).split(":")[0] for rule in sheet.data_validations.dataValidation}
    assert len(offered) >= 3
    assert all(cell.number_format == "@" for cell in sheet[2])
    filled = {"名称": "新站", "地址": "新路1号", "厕所": "是", "饮水": "否", "所属工会": "north",
              "场所类型": "药店", "开门方式": "扫码开门", "座位数": "8"}  # fmt: skip
    for name, value in filled.items():
        sheet.cell(3, names.index(name) + 1, value)
    content = io.BytesIO()
    book.save(content)
    path = upload(office, desk, content.getvalue(), name="填好的模板.xlsx")
    confirm_columns(desk, path)
    work(office)
    form = {"once": hidden(desk.get(f"{path}/rows"), "once")}
    assert desk.post(f"{path}/enter", form).status_code == 303
    work(office)
    assert office.rows("SELECT name, services, host_kind, door, seats FROM station") == [
        ("新站", ["toilet"], "pharmacy", "scan", 8)
    ]


def test_markup_in_a_name_is_text_on_every_page(office: Office) -> None:
    desk = office.desk("north_clerk")
    evil = ("<script>alert(1)</script>", "<b>路", 106.577, 29.557, "<i>随缘", "")
    path = read(office, desk, evil)
    page = text_of(desk, f"{path}/rows")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    assert "<i>随缘" not in page


@pytest.mark.parametrize("step", ["", "/columns", "/rows", "/done"])
def test_every_step_of_a_list_leads_to_the_one_it_is_at(office: Office, step: str) -> None:
    desk = office.desk("north_clerk")
    path = read(office, desk, GOOD)
    answer = desk.get(path + step)
    if step in ("/rows", "/columns"):
        assert answer.status_code == 200
    else:
        assert answer.location.startswith(path)


def test_forgetting_a_list_takes_its_key_along(office: Office, tmp_path: Path) -> None:
    desk = office.desk("north_clerk")
    path = read(office, desk, GOOD)
    assert desk.post(f"{path}/discard", {}).location == "/manage/import"
    assert office.one("SELECT count(*) FROM staged_import") == 0
    assert office.one("SELECT count(*) FROM staged_row") == 0
    assert desk.get(f"{path}/rows").status_code == 404


def test_a_reviewer_undoes_a_batch_whose_list_is_gone(office: Office) -> None:
    clerk, judge = office.desk("north_clerk"), office.desk("north_judge")
    path = read(office, clerk, GOOD)
    once = hidden(clerk.get(f"{path}/rows"), "once")
    clerk.post(f"{path}/enter", {"once": once, "hours_confirmed": "yes"})
    work(office)
    clerk.post(f"{path}/discard", {})
    (batch,) = re.findall(r'href="(/manage/batches/\d+)"', text_of(judge, "/manage/batches"))
    # a colleague sees it and may not, another union does not see it
    assert "只有导入人" in text_of(office.desk("north_second"), batch)
    assert office.desk("south_clerk").get(batch).status_code == 404
    once = hidden(judge.get(batch), "once")
    refused = judge.post(f"{batch}/undo", {"once": once, "reason": " "})
    assert "请填写撤销的原因" in refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert judge.post(f"{batch}/undo", {"once": once, "reason": "传错了"}).location == batch
    assert "正在撤销" in text_of(judge, batch)
    work(office)
    assert "已整批撤销" in text_of(judge, batch)
    assert office.rows("SELECT state FROM station") == [("discarded",)]
