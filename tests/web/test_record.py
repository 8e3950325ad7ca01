"""The page of a station: what it shows to whom, as it is and as it was."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.domain import number
from app.domain.lifecycle import State
from app.service import edits
from app.service.moves import Document, With, make_move
from app.store.cluster import Cluster
from tests.store.people import PEOPLE, roles_in, sees_whole
from tests.web.desks import Office, open_office

PAPER = Document("渝工〔2026〕3号", title="批复")
NOTHING = With()
TOMORROW = datetime.now(UTC).date() + timedelta(days=1)


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("record"), "record") as opened:
        yield opened


def page(office: Office, person: str, station: int, query: str = "", **more: bool) -> str:
    answer = office.desk(person).get(f"/manage/stations/{station}{query}", **more)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def moved(office: Office, person: str, station: int, target: State, brings: With = NOTHING) -> None:
    with office.runtime.connection() as connection:
        make_move(
            connection, office.desk(person).actor, station, target,
            revision=office.revision(station), brings=brings,
        )  # fmt: skip


def approved(office: Office) -> int:
    """A station that went the whole way to its number."""
    station = office.station("north")
    moved(office, "north_clerk", station, State.SUBMITTED)
    moved(office, "north_judge", station, State.REVIEWED)
    moved(office, "chief", station, State.ACTIVE, With(document=PAPER))
    return station


# Who sees what ----------------------------------------------------------------------------------


def test_a_draft_is_there_for_people_of_its_scope_alone(office: Office) -> None:
    station = office.station("north")
    for person in PEOPLE:
        answer = office.desk(person).get(f"/manage/stations/{station}")
        staff = bool(PEOPLE[person])
        expected = 200 if sees_whole(person, "north") else 404 if staff else 403
        assert answer.status_code == expected, person


def test_an_open_station_of_another_union_shows_its_facts_and_no_past(office: Office) -> None:
    station = office.station("north", State.ACTIVE, name="公开站")
    text = page(office, "south_clerk", station)
    assert "公开站" in text
    assert "历史只给所属工会的人看" in text
    assert "系统管理员" not in text
    assert office.desk("south_clerk").get(
        f"/manage/stations/{station}?as_of={TOMORROW}"
    ).status_code == 404  # fmt: skip


@pytest.mark.parametrize("tail", ["", "/timeline", "/moves/submit", "?as_of=2026-01-01"])
@pytest.mark.parametrize("station", ["99999999", "99999999999999999999999"])
def test_what_is_not_there_is_not_found(office: Office, station: str, tail: str) -> None:
    assert office.desk("chief").get(f"/manage/stations/{station}{tail}").status_code == 404


def test_names_are_written_as_text(office: Office) -> None:
    station = office.station("north", name="驿站<script>alert(1)</script>", host_name='"><b>')
    text = page(office, "north_clerk", station)
    assert "<script>alert(1)" not in text
    assert '"><b>' not in text
    assert "驿站&lt;script&gt;" in text


# What it shows ----------------------------------------------------------------------------------


def test_the_heading_says_state_number_owner_and_document(office: Office) -> None:
    station = approved(office)
    code = office.one("SELECT code FROM station WHERE id = %s", station)
    text = page(office, "north_clerk", station)
    for said in ("state-active", number.display(code), "north", "渝工〔2026〕3号", "资料未核实"):
        assert said in text
    moved(office, "north_clerk", station, State.SUSPENDED, With(reason="装修", until=TOMORROW))
    text = page(office, "north_clerk", station)
    assert "暂停开放" in text
    assert "装修" in text
    assert TOMORROW.isoformat() in text


def test_facts_are_said_in_words(office: Office) -> None:
    station = office.station(
        "north", services=("toilet", "water"), hours="Mo-Fr 09:00-17:00; Sa 22:00-02:00",
        door="scan", host_kind="bank",
    )  # fmt: skip
    text = page(office, "north_clerk", station)
    for said in ("厕所、饮水", "周一至周五", "09:00-17:00", "22:00-次日02:00", "扫码开门", "银行",
                 "法定节假日是否开放不明"):  # fmt: skip
        assert said in text


def test_buttons_are_the_moves_that_one_may_make(office: Office) -> None:
    submitted = office.station("north", State.SUBMITTED)
    for person in PEOPLE:
        if not sees_whole(person, "north"):
            continue
        text = page(office, person, submitted)
        judges = bool(roles_in(person, "north") & {"reviewer", "city_admin"})
        for action in ("review", "return"):
            offered = f'hx-get="/manage/stations/{submitted}/moves/{action}"' in text
            assert offered == judges, (person, action)
        assert "/moves/approve" not in text


def test_who_submits_is_told_who_reviews(office: Office) -> None:
    station = office.station("north")
    moved(office, "north_alone", station, State.SUBMITTED)
    text = page(office, "north_alone", station)
    assert f"/manage/stations/{station}/moves/review" not in text
    assert "您是提交人,须由另一人办理" in text
    assert "Person north_judge(north 工会审核人)" in text
    assert "Person chief(全市 市总管理员)" in text
    assert "Person south_judge" not in text


def test_a_union_of_one_passes_it_upward(office: Office) -> None:
    station = office.station("west")
    moved(office, "south_judge", station, State.SUBMITTED)
    text = page(office, "south_judge", station)
    assert "由工会审核人、市总管理员办理" in text
    assert "Person city_judge(city 工会审核人)" in text
    assert "Person deputy(city 市总管理员)" in text


def test_the_drawer_is_the_same_without_the_frame(office: Office) -> None:
    station = office.station("north", name="抽屉站")
    whole, drawer = (page(office, "north_clerk", station, htmx=htmx) for htmx in (False, True))
    assert "<html" in whole
    assert "<html" not in drawer
    for said in ("抽屉站", "/moves/submit", 'id="move-dialog"', "时间线"):
        assert said in whole
        assert said in drawer


def test_parts_of_the_page_are_fetched_where_there_are_any(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    paths = re.findall(r'hx-get="([^"]+)" hx-trigger="load"', page(office, "north_clerk", station))
    desk = office.desk("north_clerk")
    assert all(desk.get(path, htmx=True).status_code == 200 for path in paths)
    foreign = page(office, "south_clerk", station)
    assert 'hx-trigger="load"' not in foreign


def test_what_was_merged_names_where_it_went_and_what_came_in(office: Office) -> None:
    survivor = office.station("south", State.ACTIVE, name="留下的站")
    station = office.station("north", State.ACTIVE, name="并入的站")
    moved(office, "north_judge", station, State.MERGED, With(survivor=survivor))
    assert "留下的站" in page(office, "north_clerk", station)
    assert "并入的站" in page(office, "chief", survivor)


# The past ---------------------------------------------------------------------------------------


def test_the_timeline_tells_every_step_in_both_languages(office: Office) -> None:
    station = approved(office)
    moved(office, "north_clerk", station, State.SUSPENDED, With(reason="装修", until=TOMORROW))
    text = page(office, "north_clerk", station)
    told = re.findall(r'<b><span class="zh"[^>]*>([^<]*)</span>.*?</b> <span class="zh"[^>]*>'
                      r'([^<]*)</span><span class="en"[^>]*>([^<]*)<', text)  # fmt: skip
    assert told == [
        ("Person north_clerk", f"暂停开放,至 {TOMORROW}", f"suspended it until {TOMORROW}"),
        ("Person chief", "批准并编号", "approved it and gave it its number"),
        ("Person north_judge", "审核通过", "passed the review"),
        ("Person north_clerk", "提交审核", "submitted it for review"),
        ("系统管理员", "录入了站点", "entered the station"),
    ]


def test_an_edit_says_what_became_of_which_field(office: Office) -> None:
    station = office.station("north", name="甲站")
    with office.runtime.connection() as connection:
        actor = office.desk("north_clerk").actor
        edits.edit_draft(connection, actor, station, {"name": "乙站"}, revision=1)
        fields = {
            "services": ["water"],
            "address": "新街 1 号",
            "union_id": office.city.unions["north"],
        }
        edits.edit_draft(connection, actor, station, fields, revision=2)
    text = page(office, "north_clerk", station)
    assert "将名称由“甲站”改为“乙站”" in text
    assert "renamed it from 甲站 to 乙站" in text
    assert "修改了地址、服务" in text
    assert '<ins><span class="zh" lang="zh">饮水</span>' in text


def test_change_requests_are_told_too(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    clerk, judge = office.desk("north_clerk").actor, office.desk("north_judge").actor
    with office.runtime.connection() as connection:
        for name in ("第一次", "第二次"):
            asked = edits.ask_for_change(
                connection, clerk, station, {"name": name},
                revision=office.revision(station), reason=f"因为{name}",
            )  # fmt: skip
            if name == "第一次":
                edits.refuse(connection, judge, asked.id, reason="不合适")
            else:
                edits.accept(connection, judge, asked.id)
    text = page(office, "north_clerk", station)
    for said in ("申请变更", "“因为第一次”", "不同意变更", "“不合适”", "按变更申请将名称由"):
        assert said in text


def test_a_long_past_comes_in_pages_and_tells_each_step_once(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    for i in range(23):
        moved(
            office, "north_clerk", station, State.SUSPENDED, With(reason=f"关{i}", until=TOMORROW)
        )
        moved(office, "north_clerk", station, State.ACTIVE, With(reason=f"开{i}"))
    desk, seen = office.desk("north_clerk"), []
    text = page(office, "north_clerk", station)
    while True:
        seen += re.findall(r"“([关开]\d+)”", text)
        more = re.search(r'hx-get="(/manage/stations/\d+/timeline\?before=\d+)"', text)
        if more is None:
            break
        text = desk.get(more[1], htmx=True).get_data(as_text=True)
    assert seen == [f"{word}{i}" for i in range(22, -1, -1) for word in ("开", "关")]
    assert "录入了站点" in text
    whole = desk.get(f"/manage/stations/{station}/timeline?before=3").get_data(as_text=True)
    assert "<html" in whole


# As it was --------------------------------------------------------------------------------------


def test_the_record_is_shown_as_it_was_on_a_day(office: Office) -> None:
    station = approved(office)
    # everything before the approval was nine days ago
    office.rows(
        "UPDATE station_version v SET valid_from = valid_from - interval '9 days',"
        " valid_to = CASE version WHEN 3 THEN valid_to ELSE valid_to - interval '9 days' END"
        " WHERE station_id = %s AND version < 4 RETURNING 1",
        station,
    )
    day = (datetime.now(UTC) - timedelta(days=3)).date()
    text = page(office, "north_clerk", station, f"?as_of={day}")
    assert "不是现在的" in text
    assert "state-reviewed" in text
    assert "尚无编号" in text
    assert "/moves/" not in text
    now = page(office, "north_clerk", station, f"?as_of={TOMORROW}")
    assert "state-active" in now


def test_a_day_before_it_was_entered_says_so(office: Office) -> None:
    station = office.station("north")
    answer = office.desk("north_clerk").get(f"/manage/stations/{station}?as_of=2001-01-01")
    assert answer.status_code == 404


@pytest.mark.parametrize("text", ["gestern", "2026-13-01", "9999-12-31", "2026-01-01T99"])
def test_a_day_that_is_none_is_said_beside_the_field(office: Office, text: str) -> None:
    station = office.station("north")
    answer = office.desk("north_clerk").get(f"/manage/stations/{station}?as_of={text}")
    assert answer.status_code == 422
    assert "日期应写成" in answer.get_data(as_text=True)


# Rights as a page -------------------------------------------------------------------------------


def test_the_page_of_rights_has_every_move_with_its_roles(office: Office) -> None:
    text = office.desk("planner").get("/manage/rights").get_data(as_text=True)
    assert text.count('<th scope="row">') >= 19
    row = re.search(r'<th scope="row">\s*<span class="zh" lang="zh">批准并编号.*?</tr>', text, re.S)
    assert row
    assert row[0].count("✓") == 1
    assert "提交人、审核人" in row[0]
