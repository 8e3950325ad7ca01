"""The desk: my queue, the list, review of many, the audit, each as the person may see it."""

import csv
import io
import re
from collections.abc import Iterator
from html import unescape

import pytest

from app.domain import number
from app.domain.lifecycle import State
from app.store.cluster import Cluster
from tests.web.desks import Office, hidden, open_office


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("desk"), "desk_pages") as opened:
        yield opened


@pytest.fixture(autouse=True)
def _empty(office: Office) -> None:
    with office.runtime.connection() as connection:
        connection.execute("DELETE FROM station")
        connection.execute("DELETE FROM station_version")
        connection.execute("DELETE FROM saved_view")


def names(text: str) -> list[str]:
    """The stations that a page lists, in order."""
    return [unescape(name) for name in re.findall(r'class="row-link"[^>]*>([^<]*)</a>', text)]


def text_of(answer: object) -> str:
    text: str = answer.get_data(as_text=True)  # type: ignore[attr-defined]
    return text


# My queue ---------------------------------------------------------------------------------------


def test_an_empty_queue_says_what_to_do_next(office: Office) -> None:
    page = text_of(office.desk("north_clerk").get("/manage"))
    assert "没有待办" in page
    assert 'href="/manage/stations/new"' in page


def test_the_queue_shows_what_waits_and_the_rail_how_much(office: Office) -> None:
    office.station("north", State.SUBMITTED, name="等审核的站")
    office.station("south", State.SUBMITTED, name="南区的站")
    page = text_of(office.desk("north_judge").get("/manage"))
    assert "等审核的站" in page
    assert "南区的站" not in page
    assert re.search(r'<span>[^/]*我的待办.*?<b class="count">1</b>', page, re.S)


def test_every_page_of_the_desk_loads_for_every_kind_of_staff(office: Office) -> None:
    office.station("north", State.REVIEWED)
    for person in ("chief", "deputy", "north_clerk", "city_judge", "planner", "auditor"):
        desk = office.desk(person)
        for path in ("/manage", "/manage/stations", "/manage/review"):
            assert desk.get(path).status_code == 200, (person, path)


# The list ---------------------------------------------------------------------------------------


def test_drafts_of_other_unions_are_not_listed_counted_found_or_exported(office: Office) -> None:
    office.station("north", name="北区草稿站")
    office.station("south", name="南区草稿站")
    desk = office.desk("north_clerk")
    for query in ("", "?whose=all", "?q=草稿", "?q=caogao", "?state=draft&whose=all"):
        page = text_of(desk.get(f"/manage/stations{query}"))
        assert names(page) == ["北区草稿站"], query
        assert "<b>1</b>" in page
        sheet = desk.get(f"/manage/stations/export.csv{query}").get_data().decode("utf-8-sig")
        assert [row["名称"] for row in csv.DictReader(io.StringIO(sheet))] == ["北区草稿站"]


def test_open_stations_of_others_are_there_when_asked_for(office: Office) -> None:
    office.station("south", State.ACTIVE, name="南区在用站")
    desk = office.desk("north_clerk")
    assert names(text_of(desk.get("/manage/stations"))) == []
    assert names(text_of(desk.get("/manage/stations?whose=all"))) == ["南区在用站"]
    # who has no union of his own sees what everybody sees
    assert names(text_of(office.desk("planner").get("/manage/stations"))) == ["南区在用站"]


@pytest.mark.parametrize(
    "words", ["解放碑", "放碑", "jiefangbei", "JFB", "Jiěfàngbēi", "jie fang bei"]
)
def test_a_station_is_found_by_its_name_and_by_its_reading(office: Office, words: str) -> None:
    office.station("north", State.ACTIVE, name="解放碑建行站")
    office.station("north", State.ACTIVE, name="朝天门站")
    found = office.desk("chief").get("/manage/stations", query_string={"q": words})
    assert names(text_of(found)) == ["解放碑建行站"]


def test_a_station_is_found_by_its_number_however_written(office: Office) -> None:
    station = office.station("north", State.ACTIVE, name="有号的站", earlier_numbers=("渝中-0042",))
    office.station("north", State.ACTIVE, name="别的站")
    code = str(office.one("SELECT code FROM station WHERE id = %s", station))
    desk = office.desk("chief")
    for words in (code, number.display(code), f"{code[:6]} {code[6:11]} {code[11]}", "渝中-0042",
                  "渝中0042"):  # fmt: skip
        found = desk.get("/manage/stations", query_string={"q": words})
        assert names(text_of(found)) == ["有号的站"], words


def test_a_renamed_station_is_found_by_both_names(office: Office) -> None:
    station = office.station("north", State.ACTIVE, name="老名字站")
    with office.runtime.connection() as connection:
        connection.execute("UPDATE station SET name = '新名字站' WHERE id = %s", (station,))
    desk = office.desk("chief")
    for words in ("老名字", "laomingzi", "新名字", "xmzz"):
        found = desk.get("/manage/stations", query_string={"q": words})
        assert names(text_of(found)) == ["新名字站"], words


def test_the_address_is_the_state_and_a_fragment_says_its_address(office: Office) -> None:
    office.station("north", State.ACTIVE, name="甲站", services=("toilet", "water"))
    office.station("north", State.ACTIVE, name="乙站", services=("water",))
    desk = office.desk("chief")
    asked = "/manage/stations?q=&state=active&service=toilet&service=water&union=&sort=changed"
    piece = desk.get(asked, htmx=True)
    assert piece.headers["HX-Push-Url"] == "/manage/stations?state=active&service=toilet%2Cwater"
    assert "<html" not in text_of(piece)
    again = text_of(desk.get(piece.headers["HX-Push-Url"]))
    assert names(again) == names(text_of(piece)) == ["甲站"]
    assert re.search(r'value="toilet" checked', again)


def test_what_cannot_be_read_in_an_address_is_left_out(office: Office) -> None:
    office.station("north", State.ACTIVE, name="甲站")
    strange = (
        "?state=odd&union=x&stars=9&verified=maybe&sort=-odd&unconfirmed=2026-13-99&as_of=soon"
        "&after=%%%&columns=odd&q=%00&union=99999999999999999999&host=%F0&district=12"
    )
    answer = office.desk("chief").get("/manage/stations" + strange)
    assert answer.status_code == 200
    assert names(text_of(answer)) == ["甲站"]


def test_names_with_markup_are_shown_as_they_are(office: Office) -> None:
    office.station("north", State.ACTIVE, name="<script>alert(1)</script>站")
    page = text_of(office.desk("chief").get("/manage/stations?q=%3Cscript"))
    assert "<script>alert" not in page
    assert names(page) == ["<script>alert(1)</script>站"]


def test_formulas_are_neutralised_in_files(office: Office) -> None:
    office.station("north", State.ACTIVE, name="=HYPERLINK(1)", address="+86")
    sheet = office.desk("chief").get("/manage/stations/export.csv").get_data().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(sheet))
    assert (row["名称"], row["地址"]) == ("'=HYPERLINK(1)", "'+86")
    book = office.desk("chief").get("/manage/stations/export.xlsx")
    assert book.get_data().startswith(b"PK")
    taken = office.rows("SELECT details FROM audit_event WHERE action = 'stations.export'")
    assert {event[0]["format"] for event in taken} >= {"csv", "xlsx"}


def test_words_that_were_looked_for_are_not_in_the_audit(office: Office) -> None:
    office.desk("chief").get("/manage/stations/export.csv?q=张某某&state=active")
    told = office.one("SELECT details::text FROM audit_event ORDER BY id DESC LIMIT 1")
    assert "state=active" in told
    assert "q=" not in told


def test_the_list_of_a_day_shows_the_register_of_that_day(office: Office) -> None:
    station = office.station("north", State.ACTIVE, name="当年的站")
    with office.runtime.connection() as connection:
        connection.execute(
            "UPDATE station_version SET valid_from = '2020-01-01' WHERE station_id = %s", (station,)
        )
        connection.execute("UPDATE station SET name = '今天的站' WHERE id = %s", (station,))
    desk = office.desk("north_clerk")
    assert names(text_of(desk.get("/manage/stations?as_of=2021-05-01"))) == ["当年的站"]
    assert names(text_of(desk.get("/manage/stations?as_of=2019-05-01"))) == []
    assert names(text_of(desk.get("/manage/stations"))) == ["今天的站"]
    assert names(text_of(office.desk("south_clerk").get("/manage/stations?as_of=2021-05-01"))) == []


def test_a_past_day_offers_its_own_unions_and_districts_in_both_languages(office: Office) -> None:
    with office.runtime.connection() as connection:
        connection.execute(
            "INSERT INTO district (adcode, name, name_en, geometry, valid_from, valid_to) VALUES"
            " ('500105', '江北区', 'Jiangbei', ST_Multi(ST_MakeEnvelope(0, 0, 1, 1, 4326)),"
            " '2000-01-01', '2025-11-01'),"
            " ('500157', '两江新区', 'Liangjiang', ST_Multi(ST_MakeEnvelope(0, 0, 1, 1, 4326)),"
            " '2025-11-01', NULL)"
        )
    desk = office.desk("chief")
    then = text_of(desk.get("/manage/stations?as_of=2025-10-31&district=500105"))
    assert re.search(r'value="500105" data-zh="江北区" data-en="Jiangbei" selected', then)
    assert 'value="500157"' not in then
    now = text_of(desk.get("/manage/stations"))
    assert 'value="500105"' not in now
    assert 'value="500157" data-zh="两江新区"' in now


def test_what_a_past_day_cannot_be_asked_is_refused_in_words(office: Office) -> None:
    desk = office.desk("chief")
    asked = "/manage/stations?as_of=2021-05-01&unconfirmed=2021-01-01&sort=name"
    text = text_of(desk.get(asked))
    assert "不能按“未确认”筛选" in text
    assert "所选排序没有使用" in text
    assert "unconfirmed=2021-01-01" not in text
    assert re.search(r'<select[^>]*id="f-sort"[^>]* disabled', text)
    assert "没有使用" not in text_of(desk.get("/manage/stations?as_of=2021-05-01&sort=changed"))


def test_pages_follow_each_other(office: Office) -> None:
    for i in range(53):
        office.station("north", name=f"站{i:02}")
    desk = office.desk("north_clerk")
    first = text_of(desk.get("/manage/stations?sort=name"))
    following = unescape(re.search(r'rel="next" href="([^"]*)"', first)[1])  # type: ignore[index]
    second = text_of(desk.get(following))
    assert names(first) + names(second) == [f"站{i:02}" for i in range(53)]
    assert 'rel="next"' not in second
    assert "回到第一页" in second


def test_a_view_is_kept_for_oneself_and_removed(office: Office) -> None:
    desk = office.desk("north_clerk")
    kept = desk.post("/manage/stations/views", {"name": "待改", "query": "state=returned&odd=1"})
    assert kept.location == "/manage/stations?state=returned&done=kept"
    assert 'href="/manage/stations?state=returned">待改</a>' in text_of(
        desk.get("/manage/stations")
    )
    assert "待改" not in text_of(office.desk("north_second").get("/manage/stations"))
    view = office.one("SELECT id FROM saved_view")
    other = office.desk("north_second").post(f"/manage/stations/views/{view}/remove")
    assert other.status_code == 404
    desk.post(f"/manage/stations/views/{view}/remove")
    assert office.one("SELECT count(*) FROM saved_view") == 0


def test_a_view_without_a_name_says_so_beside_the_field(office: Office) -> None:
    answer = office.desk("chief").post(
        "/manage/stations/views", {"name": " ", "query": "state=draft"}
    )
    assert answer.status_code == 422
    assert 'id="name-fault"' in text_of(answer)


# Review -----------------------------------------------------------------------------------------


def chosen(office: Office, *stations: int) -> list[str]:
    return [f"{station}:{office.revision(station)}" for station in stations]


def test_a_draft_without_a_keeper_is_not_submitted_in_bulk_and_says_so(office: Office) -> None:
    kept = office.station("north", name="有人的站")
    bare = office.station("north", name="没人的站", keeper=False)
    desk = office.desk("north_clerk")
    page = desk.get("/manage/review?stage=submit")
    (row,) = re.findall(r"<tr>(?:(?!</tr>).)*没人的站.*?</tr>", text_of(page), re.DOTALL)
    assert "还没有负责人" in row
    assert "disabled" in row
    form = {
        "action": "submit", "once": hidden(page, "once"), "chosen": chosen(office, kept, bare),
    }  # fmt: skip
    answer = desk.post("/manage/review", form)
    assert answer.status_code == 409
    assert "请先登记负责人" in text_of(answer)
    assert names(text_of(answer)) == ["没人的站"]
    assert office.one("SELECT state FROM station WHERE id = %s", kept) == "submitted"
    assert office.one("SELECT state FROM station WHERE id = %s", bare) == "draft"


def test_many_are_reviewed_and_those_that_cannot_be_stay_with_their_reason(office: Office) -> None:
    good = office.station("north", State.SUBMITTED, name="可以的站")
    stale = office.station("north", State.SUBMITTED, name="有人改过的站")
    desk = office.desk("north_judge")
    form = {
        "action": "review", "once": hidden(desk.get("/manage/review"), "once"),
        "chosen": chosen(office, good, stale),
    }  # fmt: skip
    with office.runtime.connection() as connection:
        connection.execute("UPDATE station SET address = '别处' WHERE id = %s", (stale,))
    answer = desk.post("/manage/review", form)
    page = text_of(answer)
    assert answer.status_code == 409
    assert "别人改动了这条记录" in page
    assert office.one("SELECT state FROM station WHERE id = %s", good) == "reviewed"
    assert office.one("SELECT state FROM station WHERE id = %s", stale) == "submitted"
    assert names(page) == ["有人改过的站"]
    # the same form again does nothing more, and leads to what was done and what was not
    again = desk.post("/manage/review", form)
    assert again.location == f"/manage/review?stage=review&done={good}&left={stale}"
    page = text_of(desk.get(again.location))
    assert "可以的站" in page
    assert names(page) == ["有人改过的站"]
    assert "刚才没有办成" in page
    assert re.search(rf'value="{stale}:\d+" aria-label="[^"]*">', page)
    with office.runtime.connection() as connection:
        connection.execute("UPDATE station SET state = 'returned' WHERE id = %s", (stale,))
    assert "已经不在这一步" in text_of(desk.get(again.location))


def test_many_are_approved_under_one_document_and_show_their_numbers(office: Office) -> None:
    stations = [office.station("north", State.REVIEWED, name=f"第{i}站") for i in (1, 2, 3)]
    desk = office.desk("chief")
    looked = desk.post("/manage/review", {"action": "approve", "chosen": chosen(office, *stations)})
    assert looked.status_code == 200
    form = {"action": "approve", "once": hidden(looked, "once"),
            "chosen": chosen(office, *stations), "document": "渝工〔2026〕3号"}  # fmt: skip
    done = desk.post("/manage/review", form)
    assert done.status_code == 303
    page = text_of(desk.get(done.location))
    codes = [office.one("SELECT code FROM station WHERE id = %s", station) for station in stations]
    for code in codes:
        assert number.display(code) in page
    assert office.one("SELECT count(DISTINCT document_id) FROM station") == 1


def test_approval_without_a_document_says_so_and_keeps_what_was_chosen(office: Office) -> None:
    station = office.station("north", State.REVIEWED, name="待批站")
    desk = office.desk("chief")
    form = {"action": "approve", "once": hidden(desk.get("/manage/review?stage=approve"), "once"),
            "chosen": chosen(office, station), "document": " "}  # fmt: skip
    answer = desk.post("/manage/review", form)
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'id="document-fault"' in page
    assert re.search(rf'value="{station}:\d+"[^>]*checked', page)
    assert office.one("SELECT state FROM station WHERE id = %s", station) == "reviewed"


def test_who_has_no_part_in_a_step_sees_and_does_nothing(office: Office) -> None:
    station = office.station("south", State.SUBMITTED, name="南区的站")
    desk = office.desk("north_judge")
    page = desk.get("/manage/review")
    assert "南区的站" not in text_of(page)
    once = hidden(office.desk("south_judge").get("/manage/review"), "once")
    answer = desk.post(
        "/manage/review",
        {"action": "review", "once": once, "chosen": [f"{station}:1"]},
    )
    assert answer.status_code == 409
    assert "南区的站" not in text_of(answer)
    assert office.one("SELECT state FROM station WHERE id = %s", station) == "submitted"


# The rail ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["chief", "deputy", "auditor", "north_auditor", "north_alone"])
def test_the_rail_leads_nowhere_that_is_closed_to_the_person(office: Office, person: str) -> None:
    desk = office.desk(person)
    rail = text_of(desk.get("/manage")).split('id="rail-list"')[1].split("</ul>")[0]
    paths = re.findall(r'href="(/manage[^"]*)"', rail)
    assert len(paths) >= 5
    assert ("/manage/audit" in paths) == (person in ("chief", "auditor"))
    for path in paths:
        assert desk.get(path).status_code == 200, path


# Audit ------------------------------------------------------------------------------------------


def test_the_audit_is_for_auditors_and_admins_of_every_union(office: Office) -> None:
    for person, status in (("chief", 200), ("auditor", 200), ("deputy", 403),
                           ("north_auditor", 403), ("north_clerk", 403)):  # fmt: skip
        desk = office.desk(person)
        assert desk.get("/manage/audit").status_code == status, person
        assert desk.get("/manage/audit/export.csv").status_code == status, person


def test_the_audit_is_searched_by_who_what_and_to_what(office: Office) -> None:
    station = office.station("north", State.SUBMITTED, name="审计站")
    judge = office.desk("north_judge")
    judge.post(
        "/manage/review",
        {"action": "review", "once": hidden(judge.get("/manage/review"), "once"),
         "chosen": chosen(office, station)},
    )  # fmt: skip
    desk = office.desk("auditor")
    user = office.city.people["north_judge"]
    for query in (f"user={user}", "action=station.review", "action=station",
                  f"subject=station+{station}", "since=2020-01-01"):  # fmt: skip
        page = text_of(desk.get(f"/manage/audit?{query}"))
        assert f"station {station}" in page, query
        assert "station.review" in page
    for query in ("action=keeper", "until=2020-01-01", "request=nothing", "user=1"):
        assert f">station {station}<" not in text_of(desk.get(f"/manage/audit?{query}")), query
    sheet = desk.get(f"/manage/audit/export.csv?subject=station+{station}").get_data()
    rows = list(csv.DictReader(io.StringIO(sheet.decode("utf-8-sig"))))
    assert [row["动作"] for row in rows] == ["station.review"]
    assert rows[0]["谁"] == "Person north_judge"


def test_a_day_that_is_none_is_said_beside_the_field(office: Office) -> None:
    answer = office.desk("auditor").get("/manage/audit?since=yesterday")
    assert answer.status_code == 422
    assert 'id="since-fault"' in text_of(answer)
