"""The life of one station, from a row of a spreadsheet to its exit, in windows of five people."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect

from app.store.cluster import Cluster
from geo.datum import from_wgs84
from tests.e2e.browser import DESK, PHONE, Visit
from tests.e2e.server import Server, staff_session

pytestmark = pytest.mark.browser

NAME = "渝工港湾(黄桷坪)"
PHONE_NUMBER = "13900000417"
ROW = {
    "名称": NAME,
    "地址": "黄桷坪正街 88 号",
    "场所类型": "银行",
    "共建单位": "黄桷坪支行",
    "开放时间": "周一至周五 09:00-17:00",
    "开门方式": "推门即入",
    "饮水": "是",
    "歇脚": "是",
    "负责人姓名": "秦守望",
    "负责人手机": PHONE_NUMBER,
    "负责人单位": "黄桷坪支行",
    "同意登记日期": "2026-05-01",
}
MEMBERS = ("clerk", "reviewer", "inspector", "admin")
Places = tuple[float, float]


# What people bring ------------------------------------------------------------------------------


def spreadsheet() -> FilePayload:
    """A list of one station, as a clerk keeps it."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(ROW))
    sheet.append(list(ROW.values()))
    written = io.BytesIO()
    book.save(written)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "台账.xlsx", "mimeType": kind, "buffer": written.getvalue()}


def photo(colour: str = "teal") -> FilePayload:
    made = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(made, "JPEG")
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": made.getvalue()}


def shared_from_amap(place: Places) -> str:
    """What Amap's share button puts on the clipboard for a place on the ground."""
    longitude, latitude = from_wgs84(*place, datum="gcj02")
    link = f"https://uri.amap.com/marker?position={longitude:.6f},{latitude:.6f}&name=黄桷坪支行"
    return f"【高德地图】黄桷坪支行 黄桷坪正街 88 号 {link}"


def day(ahead: int) -> str:
    return (datetime.now(UTC) + timedelta(days=ahead)).date().isoformat()


# What people do ---------------------------------------------------------------------------------


def pressed(visit: Visit, name: str) -> None:
    """Press a button of the page and wait for what it leads to."""
    visit.page.get_by_role("button", name=name).click()
    visit.rest()


def read_list(visit: Visit) -> None:
    """Bring the list, say what its columns are, and wait until its rows are read."""
    visit.go("/manage/import")
    visit.page.set_input_files("#file", spreadsheet())
    pressed(visit, "上传并看列")
    visit.page.wait_for_url("**/columns")
    pressed(visit, "读取并逐行核对")
    visit.page.wait_for_url("**/rows")
    visit.rest()


def enter_list(visit: Visit) -> None:
    """Confirm how the hours were read, and have the rows entered."""
    pressed(visit, "以下读法都对")
    pressed(visit, "导入 1 行")
    visit.page.wait_for_url("**/done")
    visit.rest()


def turn_of(visit: Visit, name: str) -> None:
    """Skip through the placing queue until a draft's turn has come."""
    total = int(visit.page.locator("#counter").get_attribute("data-total") or "0")
    for _ in range(total):
        if visit.page.inner_text("#whom-title") == name:
            return
        visit.page.click("#skip")
        visit.rest()
    assert visit.page.inner_text("#whom-title") == name


def open_record(visit: Visit, record: str) -> Page:
    visit.go(record)
    return visit.page


def move(visit: Visit, record: str, name: str, done: str, **filled: str) -> None:
    """Make a move in its dialog on the station's page."""
    page = open_record(visit, record)
    page.locator(".move-buttons").get_by_role("link", name=name, exact=True).click()
    page.wait_for_selector("#move-dialog[open]")
    visit.rest()
    for field, value in filled.items():
        control = page.locator(f"#move-dialog #{field}")
        if control.evaluate("control => control.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
    page.locator("#move-dialog button[type=submit]").click()
    page.wait_for_url(f"**?done={done}")
    visit.rest()


def begin_inspection(visit: Visit, record: str, button: str) -> None:
    visit.go(f"{record}/inspect")
    pressed(visit, button)
    visit.page.wait_for_url("**/manage/inspections/*")
    visit.rest()


def criteria(visit: Visit) -> list[str]:
    """The criteria that the sheet asks for."""
    asked = visit.page.locator("[data-criterion]").all()
    return [one.get_attribute("data-criterion") or "" for one in asked]


def passes(visit: Visit, criterion: str) -> None:
    """Find a criterion fulfilled, with a photo where one is wanted."""
    visit.page.locator(f'label[for="v-{criterion}-fulfilled"]').click()
    if "照片" in visit.page.inner_text(f"#c-{criterion} legend"):
        photographed(visit, criterion)


def fails(visit: Visit, criterion: str, note: str) -> None:
    visit.page.locator(f'label[for="v-{criterion}-failed"]').click()
    visit.page.fill(f"#n-{criterion}", note)


def photographed(visit: Visit, criterion: str, colour: str = "teal") -> None:
    thumbnails = visit.page.locator(f"#c-{criterion} .thumbs img")
    before = thumbnails.count()
    visit.page.set_input_files(f"#p-{criterion}", photo(colour))
    expect(thumbnails).to_have_count(before + 1)


def hand_in(visit: Visit) -> None:
    visit.page.get_by_role("button", name="提交", exact=True).click()
    visit.page.wait_for_selector(".outcome-line")
    visit.rest()


def give_stars(visit: Visit, document: str) -> None:
    """Give the stars that the last inspection earned."""
    visit.page.get_by_text("授予星级或荣誉").click()
    visit.page.select_option("#award-kind", "star")
    visit.page.fill("#award-document", document)
    pressed(visit, "授予")


def handed_out(visit: Visit, name: str) -> bytes:
    """Download what a link of the page hands out."""
    with visit.page.expect_download() as download:
        visit.page.get_by_role("link", name=name).click()
    content = Path(download.value.path()).read_bytes()
    visit.rest()
    return content


def state_of(page: Page) -> str:
    return page.locator(".record-head .state").inner_text()


def told(page: Page) -> list[str]:
    """The timeline's sentences, the oldest first."""
    return [line.inner_text() for line in page.locator(".past > li").all()][::-1]


def in_order(expected: Sequence[str], steps: Sequence[str]) -> list[str]:
    """What of the expected words does not stand in the steps, one after the other."""
    left = list(expected)
    for step in steps:
        if left and left[0] in step:
            left.pop(0)
    return left


@pytest.fixture
def people(browser: Browser, server: Server, cluster: Cluster) -> Iterator[dict[str, Visit]]:
    """Four people of the staff and a passer-by; none of their windows has anything to complain."""
    windows = {name: Visit(browser, server.address, size=DESK) for name in MEMBERS}
    windows["inspector"].page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    for name, window in windows.items():
        window.enter(staff_session(cluster.url("browsed"), f"demo-{name}"))
    windows["passer-by"] = Visit(browser, server.address)
    yield windows
    said = {name: window.close() for name, window in windows.items()}
    assert not any(said.values()), said


@pytest.fixture
def place(stations: list[dict[str, Any]]) -> Places:
    """A place of the city: some steps from a station that is in use."""
    longitude, latitude = next(one["place"] for one in stations if one["state"] == "active")
    return longitude + 0.0004, latitude + 0.0003


def test_a_station_lives_from_a_row_of_a_spreadsheet_to_its_exit(
    people: dict[str, Visit], place: Places
) -> None:
    clerk, reviewer, admin = people["clerk"], people["reviewer"], people["admin"]
    inspector, passer_by = people["inspector"], people["passer-by"]

    # a row becomes a draft with a keeper, whose phone is shown to nobody
    read_list(clerk)
    expect(clerk.page.locator("table.rows")).to_contain_text(NAME)
    assert PHONE_NUMBER not in clerk.page.content()
    enter_list(clerk)
    expect(clerk.page.locator(".figures")).to_contain_text("负责人已登记")
    clerk.page.get_by_role("link", name="去给 1 个草稿定位").click()
    clerk.rest()

    # the draft is placed by what a map app shared
    turn_of(clerk, NAME)
    record = clerk.page.locator("#whom-title a").get_attribute("href") or ""
    clerk.page.fill("#shared", shared_from_amap(place))
    clerk.page.press("#shared", "Enter")
    expect(clerk.page.locator("#chosen")).to_contain_text("高德地图")
    shown = clerk.page.locator("#chosen .mono").inner_text().split(", ")
    assert [float(one) for one in shown] == pytest.approx(place, abs=0.00002)
    pressed(clerk, "保存,下一个")

    # submitted, returned with a reason, mended, submitted again
    move(clerk, record, "提交", "submit")
    move(reviewer, record, "退回", "return", reason="请补上座位数")
    page = open_record(clerk, record)
    assert state_of(page) == "已退回"
    expect(page.locator(".past > li").first).to_contain_text("请补上座位数")
    page.get_by_role("link", name="编辑").click()
    clerk.rest()
    page.click("#more > summary")
    page.fill("#seats", "12")
    pressed(clerk, "保存")
    move(clerk, record, "再次提交", "submit")

    # another person reviews it, a third approves it: it has its number, and a plaque
    move(reviewer, record, "审核通过", "review")
    assert open_record(clerk, record).locator(".record-line .mono").inner_text() == "尚无编号"
    move(admin, record, "批准并编号", "approve", document="渝工〔2026〕41号")
    page = open_record(admin, record)
    assert state_of(page) == "在用"
    number = page.locator(".record-line .mono").inner_text()
    code = re.sub(r"\D", "", number)
    assert len(code) == 12
    assert handed_out(admin, "打印牌子 (PDF)").startswith(b"%PDF-")
    passer_by.go(f"/s/{code}")
    assert passer_by.page.inner_text(".facts h1") == NAME

    # inspected on a phone: one mandatory criterion fails, shown by a photo
    begin_inspection(inspector, record, "开始全面检查")
    for criterion in criteria(inspector):
        passes(inspector, criterion)
    fails(inspector, "facilities", "饮水机不出水")
    photographed(inspector, "facilities", "brown")
    assert inspector.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    hand_in(inspector)
    expect(inspector.page.locator(".outcome-line")).to_contain_text("不合格")
    page = open_record(clerk, record)
    assert state_of(page) == "整改中"
    expect(page.locator("#inspections .alert-warning")).to_contain_text("整改期限")
    expect(page.locator("#inspections .alert-warning")).to_contain_text("饮水机不出水")

    # mended in time: the follow-up asks for what had failed alone, and passes
    begin_inspection(inspector, record, "开始复查")
    assert criteria(inspector) == ["facilities"]
    passes(inspector, "facilities")
    hand_in(inspector)
    expect(inspector.page.locator(".outcome-line")).to_contain_text("合格")

    # stars by a document of the city
    page = open_record(admin, record)
    assert state_of(page) == "在用"
    give_stars(admin, "渝工〔2026〕66号")
    expect(page.locator("#inspections")).to_contain_text("渝工〔2026〕66号")

    # suspended until a date, and open again
    until = day(20)
    move(clerk, record, "暂停开放", "suspend", until=until, reason="门厅翻修")
    expect(clerk.page.locator(".record-head")).to_contain_text(until)
    move(clerk, record, "恢复开放", "reopen", reason="翻修完成")

    # let go by a coded reason and a document
    move(
        admin, record, "退出", "exit",
        exit_code="premises_gone", reason="片区拆迁", document="渝工〔2026〕88号",
    )  # fmt: skip
    page = open_record(admin, record)
    assert state_of(page) == "已退出"
    steps = told(page)
    expected = (
        "导入", "录入了站点", "登记了负责人", "地图位置", "提交审核", "退回修改", "座位",
        "提交审核", "审核通过", "批准并编号", "打印了牌子", "检查了站点:不合格", "责令整改",
        "复查了站点:合格", "确认整改合格", "星,文号 渝工〔2026〕66号", f"暂停开放,至 {until}",
        "恢复开放", "让站点退出",
    )  # fmt: skip
    assert in_order(expected, steps) == []

    # the audit tells of it in words, not in codes
    admin.go(f"/manage/audit?subject={code}")
    actions = admin.texts("table.audit tbody td:nth-child(3)")
    assert len(actions) >= len(expected)
    assert not [one for one in actions if re.search(r"[a-z]+\.[a-z_]+", one)]

    # its page says that it left, and everything about it is one file
    passer_by.go(f"/s/{code}")
    expect(passer_by.page.locator(".gone")).to_contain_text("此站已退出")
    open_record(admin, record)
    dossier = zipfile.ZipFile(io.BytesIO(handed_out(admin, "下载档案 (ZIP)")))
    assert dossier.testzip() is None
    assert dossier.read("dossier.pdf").startswith(b"%PDF-")
    record_as_data = dossier.read("record.json").decode()
    assert NAME in record_as_data
    assert PHONE_NUMBER not in record_as_data
