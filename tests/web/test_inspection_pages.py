"""Pages of inspections: the sheet on a phone, what it keeps, its result; standards; deadlines."""

import io
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage

from app.domain.lifecycle import State
from app.domain.six_haves import SIX_HAVES
from app.service import receipts
from app.store.cluster import Cluster
from tests.web.desks import Desk, Office, hidden, open_office

TODAY = datetime.now(UTC).date()
EVIDENCE = [c.code for c in SIX_HAVES.criteria if c.evidence]


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("inspections"), "inspection_pages") as opened:
        yield opened


def photo(name: str = "门头.jpg", colour: str = "teal") -> FileStorage:
    made = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(made, "JPEG")
    return FileStorage(io.BytesIO(made.getvalue()), name)


def begin(desk: Desk, station: int, kind: str = "full") -> str:
    """Begin an inspection; return its address."""
    started = desk.post(f"/manage/stations/{station}/inspect", {"kind": kind})
    assert started.status_code == 303
    return str(started.location)


def answers(failing: dict[str, str] | None = None, codes: Any = SIX_HAVES.codes) -> dict[str, Any]:
    found: dict[str, Any] = {f"verdict-{code}": "fulfilled" for code in codes}
    for code, note in (failing or {}).items():
        found |= {f"verdict-{code}": "failed", f"note-{code}": note}
    return found


def photos(codes: Any = EVIDENCE) -> dict[str, Any]:
    return {f"photo-{code}": photo() for code in codes}


def submit(desk: Desk, place: str, form: dict[str, Any], once: str | None = None) -> Any:
    return desk.post(place, {"do": "submit", "once": once or receipts.token(), **form})


def test_a_sheet_is_filled_in_and_submitted_in_one_go_without_a_script(office: Office) -> None:
    station = office.station("north", State.ACTIVE, name="解放碑站")
    desk = office.desk("north_inspector")
    offered = desk.get(f"/manage/stations/{station}/inspect").get_data(as_text=True)
    assert "开始全面检查" in offered
    assert "共 18 项" in offered
    place = begin(desk, station)
    sheet = desk.get(place).get_data(as_text=True)
    assert sheet.count('class="panel criterion') == 18
    assert sheet.count('value="not_applicable"') == 1
    assert desk.get(f"/manage/stations/{station}/inspect").location == place
    done = submit(desk, place, answers() | photos())
    assert (done.status_code, done.location) == (303, f"{place}?done=submitted")
    result = desk.get(place).get_data(as_text=True)
    assert "★★★★★" in result
    assert result.count('<img src="/manage/files/') == len(EVIDENCE)
    assert office.one("SELECT verified FROM station WHERE id = %s", station)
    file = re.search(r'href="(/manage/files/\d+)"', result)
    assert file is not None
    assert desk.get(file[1]).mimetype == "image/jpeg"
    assert office.desk("south_clerk").get(file[1]).status_code == 404


def test_what_is_missing_stands_beside_its_criterion_and_everything_typed_is_kept(
    office: Office,
) -> None:
    station = office.station("north", State.ACTIVE)
    desk = office.desk("north_inspector")
    place = begin(desk, station)
    form = answers({"wifi": ""}, SIX_HAVES.codes - {"water"})
    form |= {"note-seat": "椅子<b>两把</b>", "remark": "雨天", "photo-sign": photo()}
    refused = submit(desk, place, form)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    for words in ("渴可喝水:还没有填", "无线网络:请写明问题", "有布局:需要照片",
                  "渴可喝水: not answered"):  # fmt: skip
        assert words in page
    assert "有标识:需要照片" not in page
    assert 'id="c-water"' in page
    assert 'href="#c-water"' in page
    assert "椅子&lt;b&gt;两把&lt;/b&gt;" in page
    assert ">雨天</textarea>" in page
    assert re.search(r'id="v-seat-fulfilled"[^>]* checked', page)
    assert office.one("SELECT state FROM inspection WHERE station_id = %s", station) == "draft"


def test_a_sheet_sent_twice_is_submitted_once(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    desk = office.desk("north_inspector")
    place = begin(desk, station)
    desk.post(place, {"do": "save", **photos()})
    once = receipts.token()
    first = submit(desk, place, answers({"rules": "没有"}), once)
    again = submit(desk, place, answers({"rules": "没有"}), once)
    assert (first.status_code, first.location) == (again.status_code, again.location)
    assert office.rows(
        "SELECT count(*), min(state) FROM rectification WHERE station_id = %s", station
    ) == [(1, "open")]


def test_it_is_saved_while_it_is_filled_in_and_photos_go_up_one_by_one(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    desk = office.desk("north_inspector")
    place = begin(desk, station)
    kept = desk.post(f"{place}/save", {"verdict-sign": "failed", "note-sign": "掉了一半"})
    assert kept.status_code == 200
    taken = desk.post(f"{place}/photos", {"criterion": "sign", "photo": photo()})
    assert taken.status_code == 201
    page = desk.get(place).get_data(as_text=True)
    assert ">掉了一半</textarea>" in page
    assert f'/manage/files/{taken.json["thumbnail"]}"' in page
    for criterion, sent, words in (
        ("sign", FileStorage(io.BytesIO(b"no picture"), "a.jpg"), ""),
        ("sign", FileStorage(io.BytesIO(b""), ""), "没有收到照片"),
    ):
        refused = desk.post(f"{place}/photos", {"criterion": criterion, "photo": sent})
        assert refused.status_code == 422
        assert words in refused.json["wrong"][0][0]
    removed = desk.post(place, {"do": f"remove:{taken.json['id']}"})
    assert removed.status_code == 303
    left = "SELECT count(*) FROM inspection_photo p JOIN inspection i ON i.id = p.inspection_id"
    assert office.one(f"{left} WHERE i.station_id = %s", station) == 0
    assert office.desk("north_judge").post(f"{place}/save", {}).status_code == 404
    gone = desk.post(place, {"do": "discard"})
    assert gone.location == "/manage/inspections?done=discarded"
    assert "已作废" in desk.get(place).get_data(as_text=True)


def test_a_photo_that_is_sent_again_is_the_one_that_is_there(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    desk = office.desk("north_inspector")
    place = begin(desk, station)

    def send(criterion: str, colour: str = "teal") -> int:
        sent = {"criterion": criterion, "photo": photo(colour=colour)}
        return int(desk.post(f"{place}/photos", sent).json["id"])

    first = send("sign")
    assert send("sign") == first
    # with the whole form, as a phone without a network leaves it
    desk.post(place, {"do": "save", "photo-sign": photo()})
    assert send("sign", "red") != first
    assert send("layout") != first
    count = (
        "SELECT count(*) FROM inspection_photo p JOIN inspection i ON i.id = p.inspection_id"
        " WHERE i.station_id = %s"
    )
    assert office.one(count, station) == 3


def test_many_at_once_of_one_photo_are_one(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    place = begin(office.desk("north_inspector"), station)

    def send(_: int) -> int:
        sent = {"criterion": "sign", "photo": photo()}
        return int(office.desk("north_inspector").post(f"{place}/photos", sent).json["id"])

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(8)))) == 1


def test_a_phone_that_was_away_gets_the_newer_answers_instead_of_overwriting_them(
    office: Office,
) -> None:
    station = office.station("north", State.ACTIVE)
    desk = office.desk("north_inspector")
    place = begin(desk, station)
    page = desk.get(place).get_data(as_text=True)
    base = page.split('data-revision="')[1].split('"')[0]
    answered = {"verdict-sign": "failed", "note-sign": "掉了", "revision": base}
    newer = desk.post(f"{place}/save", answered).json["revision"]
    late = desk.post(f"{place}/save", {"verdict-sign": "fulfilled", "revision": base})
    assert late.status_code == 409
    assert late.json["revision"] == newer
    assert late.json["answers"]["verdict-sign"] == "failed"
    assert late.json["answers"]["note-sign"] == "掉了"


def test_a_draft_of_long_ago_says_so_and_is_begun_anew(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    desk = office.desk("north_inspector")
    place = begin(desk, station)
    with office.runtime.connection() as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            "UPDATE inspection SET inspected_on = inspected_on - 90 WHERE station_id = %s",
            (station,),
        )
    assert "超过 7 天不能再提交" in desk.get(place).get_data(as_text=True)
    refused = submit(desk, place, answers() | photos())
    assert refused.status_code == 422
    assert "请作废后重新检查" in refused.get_data(as_text=True)
    again = desk.post(place, {"do": "restart"})
    assert again.location == f"/manage/stations/{station}/inspect"
    assert begin(desk, station) != place


def test_what_is_seen_on_a_map_is_recorded_from_the_sheet(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    desk = office.desk("north_inspector")
    place = begin(desk, station)
    desk.post(place, {"do": "map:amap:yes", "note-sign": "还在写"})
    assert office.rows(
        "SELECT company, visible, checked_on FROM map_listing WHERE station_id = %s", station
    ) == [("amap", True, office.one("SELECT max(inspected_on) FROM inspection"
                                    " WHERE station_id = %s", station))]  # fmt: skip
    page = desk.get(place).get_data(as_text=True)
    assert ">还在写</textarea>" in page
    form = answers() | photos([code for code in EVIDENCE if code != "map"])
    assert submit(desk, place, form).status_code == 303


def test_from_failed_to_mended_to_stars_on_pages(office: Office) -> None:
    station = office.station("north", State.ACTIVE, name="七星岗站")
    desk, chief = office.desk("north_inspector"), office.desk("chief")
    place = begin(desk, station)
    submit(desk, place, answers({"rules": "没有上墙"}) | photos())
    section = f"/manage/stations/{station}/inspections"
    shown = desk.get(section, htmx=True).get_data(as_text=True)
    assert "<html" not in shown
    assert "没有上墙" in shown
    listed = chief.get("/manage/inspections").get_data(as_text=True)
    assert "七星岗站" in listed
    assert "还有 15 天" in listed or "还有 14 天" in listed
    later = (TODAY + timedelta(days=40)).isoformat()
    early = desk.post(
        f"/manage/stations/{station}/extension",
        {"once": receipts.token(), "until": TODAY.isoformat(), "reason": "等牌子"},
        htmx=True,
    )
    assert early.status_code == 422
    assert "须晚于" in early.get_data(as_text=True)
    assert 'value="等牌子"' in early.get_data(as_text=True)
    done = desk.post(
        f"/manage/stations/{station}/extension",
        {"once": receipts.token(), "until": later, "reason": "等牌子"},
        htmx=True,
    )
    assert done.status_code == 200
    assert later in done.get_data(as_text=True)
    again = begin(desk, station, "follow_up")
    sheet = desk.get(again).get_data(as_text=True)
    assert sheet.count('class="panel criterion') == 1
    cleared = submit(desk, again, {"verdict-rules": "fulfilled", **photos(["rules"])})
    assert cleared.status_code == 303
    assert office.one("SELECT state FROM station WHERE id = %s", station) == "active"
    award = {"once": receipts.token(), "kind": "star", "stars": "5", "year": "2026",
             "document": "渝工〔2026〕8号", "subsidy_yuan": "5,000"}  # fmt: skip
    assert desk.post(f"/manage/stations/{station}/awards", award).status_code == 422
    bad = chief.post(f"/manage/stations/{station}/awards",
                     {**award, "document": "", "subsidy_yuan": "viel"})  # fmt: skip
    assert "请填写金额" in bad.get_data(as_text=True)
    given = chief.post(f"/manage/stations/{station}/awards", award)
    assert given.location == f"{section}?done=given"
    page = chief.get(section).get_data(as_text=True)
    assert "<html" in page
    assert "渝工〔2026〕8号" in page
    assert "5000.00" in page
    assert office.one("SELECT stars FROM station_award WHERE station_id = %s", station) == 5


def test_a_proposal_to_exit_leads_to_the_dialog_and_is_declined_with_a_reason(
    office: Office,
) -> None:
    station = office.station("north", State.ACTIVE, name="通远门站")
    clerk, chief = office.desk("north_clerk"), office.desk("chief")
    address = f"/manage/stations/{station}/exit-proposal"
    empty = clerk.post(address, {"once": receipts.token(), "exit_code": "", "reason": "x"})
    assert "请选择退出原因" in empty.get_data(as_text=True)
    made = clerk.post(
        address, {"once": receipts.token(), "exit_code": "little_used", "reason": "一天 3 人 & 少"}
    )
    assert made.status_code == 303
    page = chief.get("/manage/inspections").get_data(as_text=True)
    link = re.search(rf'href="(/manage/stations/{station}/moves/exit[^"]*)"', page)
    assert link is not None
    dialog = chief.get(link[1].replace("&amp;", "&")).get_data(as_text=True)
    assert "一天 3 人 &amp; 少</textarea>" in dialog
    assert 'value="little_used"' in dialog
    id_ = office.one("SELECT id FROM exit_proposal WHERE station_id = %s", station)
    assert "moves/exit" not in clerk.get("/manage/inspections").get_data(as_text=True)
    refused = chief.post(f"/manage/exit-proposals/{id_}/decline", {"reason": " "})
    assert refused.status_code == 422
    assert "请填写理由" in refused.get_data(as_text=True)
    assert clerk.post(f"/manage/exit-proposals/{id_}/decline", {"reason": "不"}).status_code == 422
    done = chief.post(f"/manage/exit-proposals/{id_}/decline", {"reason": "再看半年"})
    assert done.status_code == 303
    assert office.rows("SELECT state, decision FROM exit_proposal WHERE id = %s", id_) == [
        ("declined", "再看半年")
    ]


def test_who_may_not_inspect_is_told_why_and_sees_no_form(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    clerk = office.desk("north_clerk")
    page = clerk.get(f"/manage/stations/{station}/inspect").get_data(as_text=True)
    assert "检查需要该工会的检查员" in page
    assert "开始全面检查" not in page
    sent = clerk.post(f"/manage/stations/{station}/inspect", {"kind": "full"})
    assert sent.status_code == 422
    assert office.desk("north_inspector").get("/manage/inspections/999999").status_code == 404


def test_records_of_maps_are_written_on_the_page_of_the_station(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    clerk = office.desk("north_clerk")
    address = f"/manage/stations/{station}/map-listings/baidu"
    form = {"once": receipts.token(), "submitted_on": TODAY.isoformat(), "visible": "yes",
            "checked_on": "", "external_id": "ID-0001"}  # fmt: skip
    refused = clerk.post(address, form, htmx=True)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "是否可见须与核查日期一起填写" in page
    assert 'value="ID-0001"' in page
    done = clerk.post(address, {**form, "checked_on": TODAY.isoformat()}, htmx=True)
    assert done.status_code == 200
    assert "ID-0001" in done.get_data(as_text=True)
    other = clerk.post(
        address.replace("baidu", "bing"),
        {**form, "once": receipts.token(), "checked_on": TODAY.isoformat()},
    )
    assert other.status_code == 404


# Standards ---------------------------------------------------------------------------------------


def draft_form(page: str) -> dict[str, Any]:
    """What a browser would send of a draft's page as it is shown."""
    form: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name is None or 'type="file"' in tag:
            continue
        if 'type="checkbox"' in tag and " checked" not in tag:
            continue
        form[name[1]] = unescape(value[1]) if value else "on"
    return form


def test_a_draft_of_a_standard_is_written_on_a_page_and_released(office: Office) -> None:
    chief, clerk = office.desk("chief"), office.desk("north_clerk")
    assert clerk.post("/manage/standards/six_haves/draft", {}).status_code == 403
    place = chief.post("/manage/standards/six_haves/draft", {}).location
    assert place is not None
    page = chief.get(place).get_data(as_text=True)
    form = draft_form(page)
    assert form["code-0"] == "sign"
    assert form["requires-5"] == "area_30 seats_20 aed"
    form |= {"code-18": "bike", "name-18": "停车<位>", "weight-18": "4", "place-18": "1"}
    form |= {"code-14": "", "name-14": ""}
    bad = chief.post(place, {**form, "do": "save", "weight-3": "viel", "requires-4": "pool"})
    words = bad.get_data(as_text=True)
    assert bad.status_code == 422
    assert "services:请填写数字" in words
    assert 'value="viel"' in words
    assert 'value="停车&lt;位&gt;"' in words
    assert chief.post(place, {**form, "do": "save", "requires-4": "pool"}).status_code == 422
    assert chief.post(place, {**form, "do": "save"}).status_code == 303
    stale = chief.post(place, {**form, "do": "save"})
    assert stale.status_code == 422
    fresh = draft_form(chief.get(place).get_data(as_text=True))
    assert (fresh["code-0"], fresh["code-1"]) in {("bike", "sign"), ("sign", "bike")}
    assert "wifi" not in fresh.values()
    late = chief.post(place, {**fresh, "do": "release", "valid_from": "2020-01-01"})
    assert "须为今天或以后" in late.get_data(as_text=True)
    fresh = draft_form(late.get_data(as_text=True))
    soon = (TODAY + timedelta(days=30)).isoformat()
    done = chief.post(place, {**fresh, "do": "release", "valid_from": soon})
    assert done.location == f"{place}?done=released"
    assert office.rows(
        "SELECT state, valid_from::text FROM standard_version WHERE version = 2"
    ) == [("released", soon)]
    assert chief.post(place, {**fresh, "do": "save"}).status_code == 422
    shown = clerk.get(place).get_data(as_text=True)
    assert "停车&lt;位&gt;" in shown
    assert '<form method="post" id="draft"' not in shown


def test_a_file_that_was_downloaded_is_imported_as_the_next_version(office: Office) -> None:
    chief = office.desk("chief")
    first = office.one("SELECT id FROM standard_version WHERE version = 1")
    file = json.loads(chief.get(f"/manage/standards/{first}.json").get_data(as_text=True))
    assert file["criteria"][5]["record"] == "map_listing"
    file |= {"standard": "eight_haves", "name": "八有标准", "criteria": file["criteria"][:3],
             "stars": []}  # fmt: skip

    def send(content: dict[str, Any] | bytes) -> Any:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        sent = FileStorage(io.BytesIO(raw), "八有.json")
        return chief.post("/manage/standards/import", {"file": sent})

    for wrong, words in (
        (b"{", "不是 UTF-8 编码的 JSON 文件"),
        ("标准".encode("gbk"), "不是 UTF-8 编码的 JSON 文件"),
        ({**file, "criteria": []}, "criteria: "),
        ({**file, "criteria": [{"code": "A b", "name": "x"}]}, "criteria.0.code: "),
        ({**file, "sauna": 1}, "sauna: "),
        ({**file, "stars": [{"stars": 1, "least_score": 9, "requires": ["pool"]}]}, "pool"),
    ):
        refused = send(wrong)
        assert refused.status_code == 422, words
        assert words in refused.get_data(as_text=True)
    made = send(file)
    assert made.status_code == 303
    assert office.rows(
        "SELECT v.version, v.state, s.name FROM standard_version v"
        " JOIN standard s ON s.code = v.standard WHERE v.standard = 'eight_haves'"
    ) == [(1, "draft", "八有标准")]
    assert send(file).status_code == 422
    place = made.location.partition("?")[0]
    assert chief.post(place, {"do": "drop"}).status_code == 303


def test_steps_of_escalation_are_changed_on_a_page_by_the_city_alone(office: Office) -> None:
    chief = office.desk("chief")
    page = chief.get("/manage/standards").get_data(as_text=True)
    form = {name: value for name, value in draft_form(page).items()
            if name.startswith("step-") or name == "for_days"}  # fmt: skip
    assert form["step-suspend"] == "15"
    bad = chief.post("/manage/standards/escalation", {**form, "step-suspend": "-2"})
    assert bad.status_code == 422
    assert 'value="-2"' in bad.get_data(as_text=True)
    assert chief.post("/manage/standards/escalation", {**form, "step-suspend": "20"}).location
    assert office.one(
        "SELECT after_days FROM escalation_step WHERE action = 'suspend'"
    ) == 20  # fmt: skip
    clerk = office.desk("north_clerk").post("/manage/standards/escalation", form)
    assert clerk.status_code == 422
    assert hidden(chief.get("/manage/standards"), "csrf_token")
