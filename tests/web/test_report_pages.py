"""Reports at the desk: who sees which, what is overdue, and what an answer leads to."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.lifecycle import State
from app.service import reports
from app.service.reports import Draft, Source
from app.store.cluster import Cluster
from tests.web.desks import Desk, Office, open_office


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("report_pages"), "report_pages") as opened:
        yield opened


@pytest.fixture(autouse=True)
def _empty(office: Office) -> None:
    office.rows("DELETE FROM report RETURNING 1")
    office.rows("DELETE FROM report_tally RETURNING 1")


def report(office: Office, station: int, kind: str = "locked", *, days: float = 0) -> int:
    office.runtime.refresh()
    code = str(office.one("SELECT code FROM station WHERE id = %s", station))
    at = datetime.now(UTC) - timedelta(days=days)
    draft = Draft(station=code, kind=kind, text="厕所门坏了")
    reports.make(office.runtime, draft, Source("10.1.1.0/24", f"{days} {kind}"), at=at)
    return int(office.one("SELECT max(id) FROM report"))


def page(desk: Desk, path: str = "/manage/reports") -> str:
    shown = desk.get(path)
    assert shown.status_code == 200
    return shown.get_data(as_text=True)


def once(text: str) -> str:
    return re.findall(r'name="once" value="([^"]+)"', text)[0]


def test_open_reports_stand_the_oldest_first_and_the_overdue_are_marked(office: Office) -> None:
    station = office.station("north", State.ACTIVE, name="解放碑驿站")
    fresh, old = report(office, station), report(office, station, "no_water", days=3)
    text = page(office.desk("north_clerk"))
    assert re.findall(r'id="report-(\d+)"', text) == [str(old), str(fresh)]
    assert text.count("is-overdue") == 1
    assert "厕所门坏了" in text
    assert "解放碑驿站" in text
    assert len(re.findall(r'name="answer" value="(\w+)"', text)) == 6


def test_other_unions_see_none_and_who_only_looks_on_has_no_button(office: Office) -> None:
    report(office, office.station("north", State.ACTIVE))
    assert 'id="report-' not in page(office.desk("south_clerk"))
    auditor = page(office.desk("auditor"))
    assert "厕所门坏了" in auditor
    assert 'name="answer"' not in auditor


def test_the_rail_and_the_queue_count_what_waits(office: Office) -> None:
    desk, station = office.desk("north_clerk"), office.station("north", State.ACTIVE)
    report(office, station)
    report(office, station, "no_water")
    queue = page(desk, "/manage")
    assert 'class="panel card-reports is-urgent"' in queue
    rail = r'href="/manage/reports"[^>]*>.*?<b class="count">(\d+)</b>'
    assert re.findall(rail, queue)[0] == "2"
    assert "card-reports" not in page(office.desk("south_clerk"), "/manage")


def test_an_answer_moves_the_report_to_the_answered_ones(office: Office) -> None:
    desk, station = office.desk("north_clerk"), office.station("north", State.ACTIVE)
    made = report(office, station)
    text = page(desk)
    form = {"answer": "not_so", "note": "电话核实过", "once": once(text)}
    for _ in range(2):  # a double click
        sent = desk.post(f"/manage/reports/{made}", form)
        assert (sent.status_code, sent.headers["Location"]) == (
            303, "/manage/reports?said=answered",
        )  # fmt: skip
    assert f"report-{made}" not in page(desk)
    closed = page(desk, "/manage/reports?state=closed")
    assert "情况不属实" in closed
    assert "电话核实过" in closed
    late = desk.post(f"/manage/reports/{made}", {**form, "once": "x" * 20})
    assert late.status_code == 409
    assert "已有人答复" in late.get_data(as_text=True)


def test_what_cannot_be_answered_is_said_and_the_note_stays(office: Office) -> None:
    desk = office.desk("north_clerk")
    made = report(office, office.station("north", State.ACTIVE))
    token = once(page(desk))
    wrong = desk.post(f"/manage/reports/{made}", {"answer": "shrug", "note": "想想", "once": token})
    assert wrong.status_code == 422
    text = wrong.get_data(as_text=True)
    assert "请选择一种答复" in text
    assert 'value="想想"' in text
    other = office.desk("south_clerk")
    refused = other.post(f"/manage/reports/{made}", {"answer": "mended", "once": "y" * 20})
    assert refused.status_code == 404


def test_the_list_of_one_station_is_its_own(office: Office) -> None:
    desk = office.desk("north_clerk")
    one, two = (office.station("north", State.ACTIVE) for _ in range(2))
    mine = report(office, one)
    report(office, two, "no_water")
    for station, expected in ((one, [str(mine)]), (2**70, []), ("x", None)):
        found = re.findall(r'id="report-(\d+)"', page(desk, f"/manage/reports?station={station}"))
        assert found == expected or (expected is None and len(found) == 2)
