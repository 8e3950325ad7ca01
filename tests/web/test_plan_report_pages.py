"""Pages of reports and frozen figures: asked for, watched, read, taken, frozen, signed off."""

import json
import re
from collections.abc import Iterator

import pytest

from app.store.cluster import Cluster
from app.web.factory import create_app
from tests.service import towns
from tests.service.planners import work
from tests.service.towns import Town
from tests.store.people import settle
from tests.web.desks import AFAR, BROWSER, Desk, Office
from tests.web.test_folium_map import STATIC

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("plan-pages")) as opened:
        yield opened


@pytest.fixture(scope="module")
def office(town: Town) -> Office:
    city = settle(town.url)
    town.run("UPDATE user_account SET must_change = false")
    app = create_app(town.runtime)
    app.testing = True
    return Office(city, town.runtime, app)


@pytest.fixture(scope="module")
def report(town: Town, office: Office) -> str:
    """The address of a report that is made."""
    answer = office.desk("planner").post(
        "/plan/reports", {"minutes": "12", "rule": "terrain", "at": "2026-03-15T03:00"}
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    work(town)
    return str(answer.location)


def text_of(desk: Desk, path: str) -> str:
    answer = desk.get(path)
    assert answer.status_code == 200, (answer.status_code, answer.location)
    return answer.get_data(as_text=True)


def test_a_report_is_watched_and_then_read(town: Town, office: Office) -> None:
    desk = office.desk("planner")
    path = str(desk.post("/plan/reports", {"minutes": "10"}).location)
    assert "排队等待" in text_of(desk, path)
    piece = desk.get(f"{path}/progress", htmx=True)
    assert 'id="progress"' in piece.get_data(as_text=True)
    work(town)
    done = desk.get(f"{path}/progress", htmx=True)
    assert (done.status_code, done.headers["HX-Redirect"]) == (204, path)
    page = text_of(desk, path)
    assert "10 分钟服务圈" in page
    assert "The 10-minute circle" in page
    assert text_of(desk, "/plan/reports").count(f'href="{path}"') == 1


def test_the_page_says_what_the_documents_say(office: Office, report: str) -> None:
    page = text_of(office.desk("auditor"), report)
    for words in ("三种口径并列", "一周的每个小时", "最大的缺口", "数据日期与来源", "Tobler"):
        assert words in page
    assert len(re.findall(r'<td class="heat-\d+"', page)) == 2 * 168
    assert f"{report}.docx?lang=en" in page
    # an inline style would not get past the page's own policy
    assert " style=" not in page


@pytest.mark.parametrize(
    ("kind", "begins"),
    [("docx", b"PK"), ("pdf", b"%PDF-"), ("xlsx", b"PK"), ("gpkg", b"SQLite"), ("png", b"\x89PNG"),
     ("geojson", b"{"), ("svg", b"<svg"), ("html", b"<!DOCTYPE html>")],
)  # fmt: skip
def test_every_file_is_handed_out_under_its_name(
    office: Office, report: str, kind: str, begins: bytes
) -> None:
    answer = office.desk("north_clerk").get(f"{report}.{kind}?lang=en&download")
    assert answer.status_code == 200
    assert answer.data.startswith(begins)
    name = f"harbor-plan-{report.rsplit('/', 1)[1]}.{kind}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_the_one_file_map_has_the_plans_layers_and_asks_nobody(office: Office, report: str) -> None:
    page = office.desk("planner").get(f"{report}.html").get_data(as_text=True)
    config = json.loads(
        re.findall(r'<script[^>]*id="harbor-map"[^>]*>(.*?)</script>', page, re.DOTALL)[0]
    )
    assert config["limits"] == [4.0, 8.0, 12.0]
    assert config["layers"] == ["stations", "minutes", "scope", "districts", "gaps"]
    assert {state["state"] for state in config["states"]} == {"open", "closed", "unknown"}
    data = json.loads(
        re.findall(r'<script[^>]*id="harbor-data"[^>]*>(.*?)</script>', page, re.DOTALL)[0]
    )
    assert [f["properties"]["rank"] for f in data["gaps"]["features"]][:2] == [1, 2]
    assert "default-src 'none'" in page
    assert (STATIC / "manage_map.js").read_text().count("gapsLayer") == 2


def test_there_is_no_other_file_and_no_other_report(office: Office, report: str) -> None:
    desk = office.desk("planner")
    assert desk.get(f"{report}.exe").status_code == 404
    assert desk.get("/plan/reports/999999").status_code == 404
    assert desk.get("/plan/reports/999999.pdf").status_code == 404


def test_the_workbench_asks_in_json(town: Town, office: Office) -> None:
    desk = office.desk("planner")
    body = {
        "question": {"minutes": 15, "services": ["toilet"], "at": None, "rule": "official"},
        "changes": [{"kind": "close", "station": 1}],
    }  # fmt: skip
    headers = {**BROWSER, "X-CSRF-Token": desk.csrf()}
    answer = desk.client.post("/plan/reports", json=body, headers=headers, environ_base=AFAR)
    assert answer.status_code == 202
    told = answer.get_json()
    assert told["path"] == f"/plan/reports/{told['id']}"
    work(town)
    assert "关闭" in text_of(desk, told["path"])
    for wrong in ({"minutes": "x"}, {"at": "gestern"}, {"services": 3}):
        bad = desk.client.post(
            "/plan/reports", json={"question": wrong}, headers=headers, environ_base=AFAR
        )
        assert bad.status_code == 422, wrong
    for number, status in (("1", 422), (True, 422), (-1, 422), (2**80, 422), (999_999, 404)):
        bad = desk.client.post(
            "/plan/reports", json={"question": {}, "siting": number}, headers=headers,
            environ_base=AFAR,
        )  # fmt: skip
        assert bad.status_code == status, number
    assert desk.client.post("/plan/reports", json=body, environ_base=AFAR).status_code == 403


def test_what_is_wrong_with_a_question_stands_beside_its_field(office: Office) -> None:
    answer = office.desk("planner").post("/plan/reports", {"minutes": "90"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="minutes-fault"' in page
    assert 'value="90"' in page


def test_only_planners_and_admins_ask_and_freeze(office: Office, report: str) -> None:
    clerk = office.desk("north_clerk")
    assert 'action="/plan/reports"' not in text_of(clerk, "/plan/reports")
    assert 'action="/plan/frozen"' not in text_of(clerk, report)
    assert clerk.post("/plan/reports", {"minutes": "15"}).status_code == 403
    assert office.desk("nobody").get(report).status_code in (302, 303, 403)


def test_a_report_that_waits_can_be_stopped(town: Town, office: Office) -> None:
    desk = office.desk("planner")
    path = str(desk.post("/plan/reports", {"minutes": "15"}).location)
    assert desk.post(f"{path}/cancel").status_code == 303
    assert "已取消" in text_of(desk, path)
    work(town)
    assert desk.get(f"{path}.pdf").status_code == 409


def test_a_figure_is_frozen_shown_beside_todays_and_signed_off(
    town: Town, office: Office, report: str
) -> None:
    desk, chief = office.desk("planner"), office.desk("chief")
    run = re.findall(r'name="run" value="(\d+)"', text_of(desk, report))[0]
    form = {"run": run, "title": EVIL, "note": "报市总"}
    assert desk.post("/plan/frozen", form).status_code == 303
    town.run("UPDATE station SET state = 'suspended' WHERE name = '七星岗站'")
    runs = town.run("SELECT count(*) FROM coverage_run")
    page = text_of(desk, "/plan/frozen")
    assert EVIL not in page
    assert "待签发" in page
    number = re.findall(r'id="figure-(\d+)"', page)[0]
    assert f'hx-get="/plan/frozen/{number}/today"' in page
    assert "/sign" not in page
    beside = text_of(desk, f"/plan/frozen/{number}/today")
    assert EVIL not in beside
    assert "站点登记" in beside
    assert "is-other" in beside
    assert "hx-get" not in beside
    assert "<html" not in beside
    assert desk.post(f"/plan/frozen/{number}/sign").status_code == 403
    assert f'action="/plan/frozen/{number}/sign"' in text_of(chief, "/plan/frozen")
    assert chief.post(f"/plan/frozen/{number}/sign").status_code == 303
    one = text_of(office.desk("auditor"), f"/plan/frozen/{number}")
    assert "已签发" in one
    assert "Person chief" in one
    assert "network_digest" in one
    assert "站点登记" in one
    # who looks makes no run
    assert town.run("SELECT count(*) FROM coverage_run") == runs
    assert chief.post(f"/plan/frozen/{number}/sign").status_code == 409


@pytest.mark.parametrize("person", ["north_clerk", "north_alone", "auditor"])
def test_who_may_not_freeze_is_refused_whatever_is_sent(office: Office, person: str) -> None:
    for form in ({"run": "1", "title": "好"}, {"run": "x", "title": ""}):
        assert office.desk(person).post("/plan/frozen", form).status_code == 403


def test_freezing_says_what_it_needs(office: Office) -> None:
    desk = office.desk("planner")
    for form, field in (({"run": "x", "title": "好"}, "run"), ({"run": "1", "title": ""}, "title")):
        answer = desk.post("/plan/frozen", form)
        assert answer.status_code == 422
        assert f'id="{field}-fault"' in answer.get_data(as_text=True)
    gone = desk.post("/plan/frozen", {"run": "999999", "title": "好"})
    assert gone.status_code == 422
    assert "999999" in gone.get_data(as_text=True)
