"""A keeper's switches and reports: one or two taps each, and what riders see of them."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from app.domain.actor import Actor
from app.domain.closures import Closure
from app.domain.lifecycle import State
from app.service import closures, keeper_links, keepers, plaques, records
from app.store import report_sources
from app.store.cluster import Cluster
from app.web import record_words
from tests.web.desks import AFAR, BROWSER, Desk, Office, open_office

ZH = re.compile(r'<span class="zh" lang="zh">([^<]*)</span>')


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("switches"), "switches") as opened:
        yield opened


@dataclass(frozen=True)
class Kept:
    """A station open all day, its keeper's phone, and riders who report."""

    office: Office
    station: int
    code: str
    desk: Desk

    def page(self) -> str:
        return self.desk.get("/k").get_data(as_text=True)

    def said(self) -> str:
        """The state as the keeper's page says it."""
        text = self.page()
        return " ".join(ZH.findall(text[text.index("keeper-state") : text.index("switches")]))

    def seen(self) -> str:
        """The state as the station's page says it to riders."""
        self.office.runtime.refresh()
        page = self.office.app.test_client().get(f"/s/{self.code}", headers=BROWSER)
        text = page.get_data(as_text=True)
        return " ".join(ZH.findall(text[text.index("bigstate") : text.index("<dl>")]))

    def tap(self, path: str, **form: str) -> TestResponse:
        """Send one form of the page, with the token that stands in it."""
        text = self.page()
        found = re.search(rf'action="{path}".*?name="once" value="([^"]*)"', text, re.S)
        once = {"once": found[1]} if found else {}
        return self.desk.post(path, {**once, **form})

    def reported(self, kind: str, **more: Any) -> int:
        """A rider reports from the place; the id of the report."""
        self.office.rows("DELETE FROM report_tally RETURNING 1")
        self.office.runtime.refresh()
        with self.office.runtime.connection() as connection:
            proof = plaques.proof_of(report_sources.plaque_secret(connection), self.code)
        sent = self.office.app.test_client().post(
            "/api/v1/reports", content_type="multipart/form-data", environ_base=AFAR,
            data={"station": self.code, "kind": kind, "proof": proof, **more},
        )  # fmt: skip
        assert sent.status_code == 201, sent.get_data(as_text=True)
        return int(self.office.one("SELECT max(id) FROM report"))


@pytest.fixture
def kept(office: Office) -> Kept:
    return keeping(office, hours="24/7")


def keeping(office: Office, **facts: Any) -> Kept:
    station = office.station("north", State.ACTIVE, **facts)
    chief = Actor(office.city.people["chief"])
    with office.runtime.connection() as connection:
        keeper = keepers.add(
            connection, office.runtime.vault, chief, station, name="欧阳晓岚",
            phone="13900007711", employer="演示银行", consented_on=date(2026, 1, 1),
        )  # fmt: skip
        keeper_links.issue(connection, chief, keeper)
    user = office.one("SELECT user_id FROM keeper WHERE id = %s", keeper)
    code = str(office.one("SELECT code FROM station WHERE id = %s", station))
    office.runtime.refresh()
    return Kept(office, station, code, office.desk_of(int(user)))


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(out, "JPEG")
    out.seek(0)
    return out


def test_open_now_lifts_a_doubt_and_ends_the_keeper_s_own_closure(kept: Kept) -> None:
    kept.reported("locked")
    assert "情况不明" in kept.seen()
    assert "1 分钟前有人反映锁门" in kept.seen()
    assert "1 分钟前有人反映锁门" in kept.said()
    assert kept.tap("/k/open").location == "/k?done=opened"
    assert "开门中" in kept.said()
    assert kept.seen().startswith("开门中")
    assert "1 分钟前有人证实开门" in kept.seen()
    assert kept.tap("/k/close", until="today", reason="临时有事").location == "/k?done=closed"
    assert "临时关闭中" in kept.said()
    assert "已关门" in kept.seen()
    kept.tap("/k/open")
    assert kept.said().startswith("开门中")
    assert kept.seen().startswith("开门中")


def test_open_now_leaves_a_closure_of_the_union_and_says_so(kept: Kept) -> None:
    now = datetime.now(UTC)
    clerk = Actor(kept.office.city.people["north_clerk"])
    with kept.office.runtime.connection() as connection:
        closures.close(
            connection, clerk, kept.station, Closure(now, now + timedelta(hours=3), "检修")
        )
    kept.tap("/k/open")
    page = kept.desk.get("/k?done=opened").get_data(as_text=True)
    assert "但骑手看到的仍如下" in page
    assert "谢谢,已告诉骑手" not in page
    assert "临时关闭中" in kept.said()
    assert "已关门" in kept.seen()


@pytest.mark.parametrize(("until", "hours"), [("hour", 1), ("hours", 2)])
def test_closing_for_hours_takes_one_button(kept: Kept, until: str, hours: int) -> None:
    assert kept.tap("/k/close", until=until, reason="临时有事").status_code == 303
    ends = kept.office.one("SELECT ends FROM station_closure WHERE station_id = %s", kept.station)
    assert abs(ends - datetime.now(UTC) - timedelta(hours=hours)) < timedelta(minutes=1)


def test_one_tap_says_what_ran_out_and_one_that_it_is_back(kept: Kept) -> None:
    for code, name in (("water", "饮用水"), ("first_aid", "药品"), ("toilet_paper", "厕纸")):
        assert kept.tap("/k/supplies", out=code).location == "/k?done=ran-out"
        assert name in kept.seen()
        assert f'class="plain is-out" name="there" value="{code}"' in kept.page()
    assert kept.tap("/k/supplies", there="water").location == "/k?done=filled"
    assert "药品 厕纸" in kept.seen()
    assert "饮用水" not in kept.seen()
    wrong = kept.tap("/k/supplies", out="beer")
    assert wrong.status_code == 422
    assert "没有这种物资" in wrong.get_data(as_text=True)


def test_reports_stand_newest_first_with_words_and_photo_and_one_tap_answers(kept: Kept) -> None:
    old = kept.reported("no_water")
    kept.office.rows("SELECT pg_sleep(0.01)")
    new = kept.reported("other", text="<b>门口</b>没灯", photo=(picture(), "x.jpg"))
    page = kept.page()
    assert page.index(f'id="report-{new}"') < page.index(f'id="report-{old}"')
    assert "1 分钟前" in page
    assert "&lt;b&gt;门口&lt;/b&gt;没灯" in page
    photo = kept.desk.get(f"/k/reports/{new}/photo")
    assert photo.mimetype == "image/jpeg"
    answers = re.findall(r'name="answer" value="(\w+)"', page)
    assert answers == ["mended", "not_so", "will_mend"] * 2
    assert kept.tap(f"/k/reports/{new}", answer="mended").location == "/k?done=answered"
    assert kept.tap(f"/k/reports/{old}", answer="will_mend").location == "/k?done=answered"
    assert "没有待答复的反映" in kept.page()
    known = kept.office.rows("SELECT answer FROM report WHERE id = ANY(%s) ORDER BY id", [old, new])
    assert known == [("will_mend",), ("mended",)]
    # a page that was open meanwhile
    late = kept.desk.post(f"/k/reports/{new}", {"answer": "not_so", "once": "a" * 24})
    assert late.status_code == 409
    assert "已有人答复" in late.get_data(as_text=True)


def test_a_keeper_gets_at_no_report_of_another_station(kept: Kept) -> None:
    other = keeping(kept.office, hours="24/7")
    report = other.reported("other", text="这里", photo=(picture(), "x.jpg"))
    assert kept.desk.get(f"/k/reports/{report}/photo").status_code == 404
    refused = kept.desk.post(f"/k/reports/{report}", {"answer": "mended", "once": "b" * 24})
    assert refused.status_code == 409
    assert kept.office.one("SELECT closed_at FROM report WHERE id = %s", report) is None


def test_the_past_tells_reports_by_the_day_and_each_answer(kept: Kept) -> None:
    first = kept.reported("locked")
    kept.office.rows("UPDATE report SET source_device = NULL, source_network = NULL, salt_id = NULL"
                     " WHERE id = %s RETURNING 1", first)  # fmt: skip
    kept.reported("locked")
    kept.reported("no_water")
    kept.tap("/k/supplies", out="water")
    kept.tap(f"/k/reports/{first}", answer="open_now")
    kept.tap("/k/open")
    told = sentences(kept, "north_clerk")
    assert told == [
        ("负责人", "报告现在开门"),
        ("负责人", "答复了 2 条“开放时间内锁门”的反映:现在开门"),
        ("负责人", "报告饮用水用完"),
        ("骑手", "反映“没有饮用水”,当天 1 次"),
        ("骑手", "反映“开放时间内锁门”,当天 2 次"),
    ]
    assert sentences(kept, "south_clerk") == []


def sentences(kept: Kept, person: str) -> list[tuple[str, str]]:
    """Who did what beside versions and keepers, the newest first."""
    actor = Actor(kept.office.city.people[person])
    with kept.office.runtime.connection() as connection:
        past = records.past(connection, actor, kept.station, most=50)
    told = [record_words.told(one, {}, UTC) for one in past.events]
    return [(one.who[0], one.what[0]) for one in told if one.who[0] in ("骑手", "负责人")]
