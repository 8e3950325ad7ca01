"""The dialogs of moves: what they ask, what they refuse and how, sent twice, sent too late."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from argon2 import PasswordHasher
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from app.domain.lifecycle import MOVES, ExitCode, Move, Need, State
from app.service import _passwords, receipts
from app.service.moves import With, make_move
from app.store.cluster import Cluster
from app.web.move_pages import ASKED
from tests.web.desks import AFAR, BROWSER, Office, hidden, open_office

TODAY = datetime.now(UTC).date()
# today of the page may be a day ahead of that of the database
TOMORROW = TODAY + timedelta(days=1)
PDF = b"%PDF-1.4 a scan"
OWN = "kites over jialing 41"


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("moves"), "move_pages") as opened:
        yield opened


def scan(content: bytes = PDF, name: str = "批复.pdf") -> FileStorage:
    return FileStorage(io.BytesIO(content), name)


def filled(office: Office, move: Move, **more: Any) -> dict[str, Any]:
    """What the form of a move is filled in with."""
    typed: dict[Need, dict[str, Any]] = {
        Need.REASON: {"reason": "因为这样"},
        Need.UNTIL: {"until": TOMORROW.isoformat()},
        Need.EXIT_CODE: {"exit_code": ExitCode.PREMISES_GONE.value},
        Need.DOCUMENT: {"document": "渝工〔2026〕3号", "document_title": "批复",
                        "document_dated": "2026-03-01"},
        Need.SURVIVOR: {"survivor": survivor(office)},
    }  # fmt: skip
    found: dict[str, Any] = {}
    for need in move.needs:
        found |= typed.get(need, {})
    return found | more


def survivor(office: Office) -> str:
    station = office.station("south", State.ACTIVE)
    return str(office.one("SELECT code FROM station WHERE id = %s", station))


def path(station: int, action: str) -> str:
    return f"/manage/stations/{station}/moves/{action}"


def send(
    office: Office, person: str, station: int, action: str, data: dict[str, Any], *,
    revision: int | None = None, once: str | None = None, htmx: bool = False,
) -> TestResponse:  # fmt: skip
    seen = office.revision(station) if revision is None else revision
    form = {"once": receipts.token() if once is None else once, "revision": str(seen), **data}
    return office.desk(person).post(path(station, action), form, htmx=htmx)


def state(office: Office, station: int) -> str:
    return str(office.one("SELECT state FROM station WHERE id = %s", station))


def approve(office: Office, station: int, **data: Any) -> TestResponse:
    return send(office, "chief", station, "approve", {"document": "渝工〔2026〕9号", **data})


# Every dialog -----------------------------------------------------------------------------------


@pytest.mark.parametrize("move", MOVES, ids=lambda move: f"{move.action}-{move.origin}")
def test_every_dialog_asks_for_what_its_move_needs_and_makes_it(office: Office, move: Move) -> None:
    station = office.station("north", move.origin)
    desk = office.desk("chief")
    asked = desk.get(path(station, move.action))
    text = asked.get_data(as_text=True)
    assert asked.status_code == 200
    names = set(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', text))
    fields = {Need.REASON: "reason", Need.UNTIL: "until", Need.EXIT_CODE: "exit_code",
              Need.DOCUMENT: "document", Need.SURVIVOR: "survivor"}  # fmt: skip
    assert names & set(fields.values()) == {fields[n] for n in move.needs if n in fields}
    form = {"once": hidden(asked, "once"), "revision": hidden(asked, "revision")}
    done = desk.post(path(station, move.action), filled(office, move, **form))
    assert (done.status_code, done.location) == (
        303, f"/manage/stations/{station}?done={move.action}",
    )  # fmt: skip
    assert state(office, station) == move.target
    said = desk.get(done.location or "").get_data(as_text=True)
    called = next(other.name for other in MOVES if other.action == move.action)
    assert f"已办理:{called}。" in said


@pytest.mark.parametrize("move", [move for move in MOVES if set(move.needs) & ASKED],
                         ids=lambda move: f"{move.action}-{move.origin}")  # fmt: skip
def test_what_is_missing_is_said_beside_its_field_in_both_languages(
    office: Office, move: Move
) -> None:
    station = office.station("north", move.origin)
    missed = send(office, "chief", station, move.action, {})
    text = missed.get_data(as_text=True)
    assert missed.status_code == 422
    for need in set(move.needs) & ASKED:
        fault = re.search(rf'id="{need}-fault".*?</p>', text, re.S)
        assert fault, need
        assert 'class="zh"' in fault[0]
        assert re.search(r'class="en" lang="en">[A-Z]', fault[0])
    assert state(office, station) == move.origin
    once = hidden(missed, "once")
    done = send(office, "chief", station, move.action, filled(office, move), once=once)
    assert done.status_code == 303


@pytest.mark.parametrize(
    ("lacking", "said", "where"),
    [({"longitude": None, "latitude": None}, "还没有地图位置", "/edit"),
     ({"keeper": False}, "还没有负责人", "#keepers")],
)  # fmt: skip
def test_what_is_set_elsewhere_is_named_with_the_way_there(
    office: Office, lacking: dict[str, Any], said: str, where: str
) -> None:
    station = office.station("north", **lacking)
    desk = office.desk("north_clerk")
    for answer, status in (
        (desk.get(path(station, "submit")), 200),
        (send(office, "north_clerk", station, "submit", {}), 422),
    ):
        text = answer.get_data(as_text=True)
        assert answer.status_code == status
        assert said in text
        assert f'href="/manage/stations/{station}{where}"' in text
    assert state(office, station) == "draft"


BAD = [
    ("suspend", "until", "morgen", "日期应写成"),
    ("suspend", "until", "2026-02-30", "日期应写成"),
    ("suspend", "until", "2001-01-01", "今天或以后"),
    ("suspend", "reason", "  \t ", "请写明原因"),
    ("suspend", "reason", "长" * 2001, "最多 2000 个字"),
    ("exit", "exit_code", "boredom", "请从列表中选择"),
    ("exit", "document", "号" * 101, "最多 100 个字"),
    ("exit", "document_dated", "1", "日期应写成"),
    ("exit", "document_union", "x", "请从列表中选择"),
    ("merge", "survivor", "500100000011", "请对照牌子逐位核对"),
    ("merge", "survivor", "港湾", "里有数字以外的字符"),
    ("merge", "survivor", "500100000019", "没有这个编号|逐位核对"),
]


@pytest.mark.parametrize(("action", "field", "value", "said"), BAD)
def test_what_cannot_be_read_is_said_and_everything_typed_is_kept(
    office: Office, action: str, field: str, value: str, said: str
) -> None:
    station = office.station("north", State.ACTIVE)
    move = next(move for move in MOVES if move.action == action)
    data = filled(office, move, **{field: value})
    answer = send(office, "chief", station, action, data)
    text = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    fault = re.search(rf'id="{field}-fault".*?</p>', text, re.S)
    assert fault
    assert re.search(said, fault[0])
    for name, typed in data.items():
        # what no list holds cannot stay chosen
        assert str(typed).strip() in text or (name, value) == (field, "boredom"), name
    assert state(office, station) == "active"


def test_a_station_is_not_merged_into_itself_or_into_a_draft(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    code = office.one("SELECT code FROM station WHERE id = %s", station)
    answer = send(office, "north_judge", station, "merge", {"survivor": code})
    assert answer.status_code == 422
    assert "另一个正在使用的站点" in answer.get_data(as_text=True)


def test_an_earlier_number_leads_to_the_survivor_too(office: Office) -> None:
    station, other = office.station("north", State.ACTIVE), office.station("south", State.ACTIVE)
    office.rows(
        "INSERT INTO station_alias (station_id, kind, value) VALUES (%s, 'number', '旧-17')"
        " RETURNING 1", other,
    )  # fmt: skip
    assert send(office, "north_judge", station, "merge", {"survivor": " 旧-17 "}).status_code == 303
    assert office.one("SELECT merged_into FROM station WHERE id = %s", station) == other


# Documents and scans ----------------------------------------------------------------------------


def test_the_scan_is_kept_with_its_document(office: Office) -> None:
    station = office.station("north", State.REVIEWED)
    done = approve(office, station, document="渝工〔2026〕11号", document_title="批复",
                   document_dated="2026-03-01", scan=scan())  # fmt: skip
    assert done.status_code == 303
    (kept,) = office.rows(
        "SELECT d.title, d.dated, d.union_id, f.content, f.media_type, f.name FROM document d"
        " JOIN stored_file f ON f.id = d.file_id WHERE d.number = '渝工〔2026〕11号'"
    )
    assert kept == ("批复", date(2026, 3, 1), None, PDF, "application/pdf", "批复.pdf")
    again = office.station("north", State.REVIEWED)
    twice = approve(office, again, document="渝工〔2026〕11号", scan=scan())
    assert twice.status_code == 422
    assert "已有扫描件" in twice.get_data(as_text=True)
    assert approve(office, again, document="渝工〔2026〕11号").status_code == 303


@pytest.mark.parametrize("content", [b"", b"MZ no scan", b"<html>%PDF-"])
def test_a_scan_that_is_none_is_refused_and_nothing_is_done(office: Office, content: bytes) -> None:
    station = office.station("north", State.REVIEWED)
    answer = approve(office, station, document="渝工〔2026〕12号", scan=scan(content))
    assert answer.status_code == 422
    assert "扫描件须为" in answer.get_data(as_text=True)
    assert state(office, station) == "reviewed"
    assert office.one("SELECT count(*) FROM document WHERE number = '渝工〔2026〕12号'") == 0


def test_an_admin_of_one_union_issues_documents_of_that_union(office: Office) -> None:
    station = office.station("north", State.REVIEWED)
    text = office.desk("deputy").get(path(station, "approve")).get_data(as_text=True)
    offered = re.findall(r'<option value="(\d*)" data-zh="(north|city|全市)"', text)
    assert [name for _, name in offered] == ["city", "north"]
    forged = send(office, "deputy", station, "approve", {"document": "x", "document_union": ""})
    assert forged.status_code == 403
    assert state(office, station) == "reviewed"
    union = offered[0][0]
    done = send(office, "deputy", station, "approve", {"document": "x", "document_union": union})
    assert done.status_code == 303


# Refusals ---------------------------------------------------------------------------------------


def test_who_has_not_the_role_is_told_who_has(office: Office) -> None:
    station = office.station("north", State.SUBMITTED)
    for answer in (
        office.desk("north_clerk").get(path(station, "review")),
        send(office, "north_clerk", station, "review", {}),
    ):
        text = answer.get_data(as_text=True)
        assert answer.status_code == 403
        assert "这一步要由本工会范围内的工会审核人、市总管理员办理" in text
        assert "Person north_judge" in text
    assert state(office, station) == "submitted"


def test_who_submitted_is_told_that_it_takes_another_person(office: Office) -> None:
    station = office.station("north")
    assert send(office, "north_alone", station, "submit", {}).status_code == 303
    answer = send(office, "north_alone", station, "review", {})
    assert answer.status_code == 403
    assert "您是提交人" in answer.get_data(as_text=True)
    assert "Person north_judge" in answer.get_data(as_text=True)


def test_a_move_that_the_state_has_not_names_those_it_has(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    for answer in (
        office.desk("chief").get(path(station, "approve")),
        send(office, "chief", station, "approve", {"document": "x"}),
    ):
        text = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert "站点现在是“在用”" in text
        assert path(station, "suspend") in text
    assert office.desk("chief").get(path(station, "dance")).status_code == 404


def test_another_unions_open_station_is_seen_and_not_moved(office: Office) -> None:
    station = office.station("north", State.ACTIVE)
    data = {"reason": "x", "until": TOMORROW.isoformat()}
    answer = send(office, "south_clerk", station, "suspend", data)
    assert answer.status_code == 403
    assert "Person north" not in answer.get_data(as_text=True)
    draft = office.station("north")
    assert send(office, "south_clerk", draft, "submit", {}).status_code == 404
    assert (state(office, station), state(office, draft)) == ("active", "draft")


def test_an_action_is_not_taken_for_another_that_leads_to_the_same_state(office: Office) -> None:
    station = office.station("north", State.RECTIFYING)
    answer = send(office, "north_inspector", station, "reopen", {"reason": "好了"})
    assert answer.status_code == 409
    assert state(office, station) == "rectifying"


# Changed meanwhile ------------------------------------------------------------------------------


def test_what_somebody_changed_meanwhile_is_a_table_and_the_dialog_stays(office: Office) -> None:
    station = office.station("north", name="甲站")
    actor = office.desk("north_second").actor
    with office.runtime.connection() as connection:
        make_move(connection, actor, station, State.SUBMITTED, revision=1)
    judge = office.desk("north_judge").actor
    with office.runtime.connection() as connection:
        make_move(
            connection, judge, station, State.RETURNED, revision=2, brings=With(reason="缺照片")
        )
    answer = send(office, "north_clerk", station, "discard", {"reason": "重复录入"}, revision=1)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "别人改动了这条记录" in text
    row = re.search(r"<tr><th scope=\"row\">.*?状态.*?</tr>", text, re.S)
    assert row
    assert re.search(r"<del>.*草稿.*</del>.*<ins>.*已退回.*</ins>", row[0], re.S)
    assert ">重复录入</textarea>" in text
    assert hidden(answer, "revision") == "3"
    form = {"once": hidden(answer, "once"), "reason": "重复录入"}
    assert send(office, "north_clerk", station, "discard", form).status_code == 303


@pytest.mark.parametrize("revision", ["", "x", "-1", "99999999999999999999", "0"])
def test_a_revision_that_is_none_moves_nothing(office: Office, revision: str) -> None:
    station = office.station("north")
    form = {"once": receipts.token(), "revision": revision}
    answer = office.desk("north_clerk").post(path(station, "submit"), form)
    assert answer.status_code in (409, 422)
    assert state(office, station) == "draft"


# Sent twice, sent too late ----------------------------------------------------------------------


def test_a_double_click_moves_once_and_leads_to_the_same_place(office: Office) -> None:
    station = office.station("north", State.REVIEWED)
    once, revision = receipts.token(), office.revision(station)
    answers = [
        send(office, "chief", station, "approve", {"document": "渝工〔2026〕4号"},
             once=once, revision=revision)
        for _ in range(2)
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert office.revision(station) == revision + 1


@pytest.mark.parametrize("once", ["", "short", "é" * 20])
def test_a_form_without_a_token_of_ours_moves_nothing(office: Office, once: str) -> None:
    station = office.station("north")
    answer = send(office, "north_clerk", station, "submit", {}, once=once)
    assert answer.status_code == 422
    assert "表单已失效" in answer.get_data(as_text=True)
    assert state(office, station) == "draft"


def test_a_login_that_ended_in_the_middle_loses_nothing_typed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_passwords, "_hasher", PasswordHasher(1, 8, 1))
    office.rows(
        "UPDATE user_account SET password_hash = %s WHERE name = 'north_second' RETURNING 1",
        _passwords.hashed(OWN),
    )
    station = office.station("north", State.ACTIVE)
    desk = office.desk("north_second")
    asked = desk.get(path(station, "suspend"))
    form = {name: hidden(asked, name) for name in ("once", "revision")}
    desk.csrf()
    office.rows("UPDATE user_session SET ended_at = now() WHERE user_id = %s RETURNING 1",
                desk.actor.user_id)  # fmt: skip
    reason = "装修 <三天>\n第二行"
    typed = {**form, "reason": reason, "until": TOMORROW.isoformat()}
    late = desk.post(path(station, "suspend"), typed)
    assert late.status_code == 401
    assert state(office, station) == "active"
    login = {"csrf_token": hidden(late, "csrf_token"), "name": "north_second", "password": OWN,
             "carried": hidden(late, "carried")}  # fmt: skip
    again = desk.client.post("/login", data=login, headers=BROWSER, environ_base=AFAR)
    page = again.get_data(as_text=True)
    areas = re.findall(r'<textarea name="([^"]+)" hidden>\r?\n(.*?)</textarea>', page, re.S)
    fields = {name: unescape(value) for name, value in areas}
    assert fields["reason"].replace("\r\n", "\n") == reason
    assert f'action="{path(station, "suspend")}"' in page
    data = {**fields, "csrf_token": hidden(again, "csrf_token")}
    done = desk.client.post(path(station, "suspend"), data=data, headers=BROWSER, environ_base=AFAR)
    assert done.status_code == 303
    kept = office.one("SELECT state_reason FROM station WHERE id = %s", station)
    assert kept.replace("\r\n", "\n") == reason


# With htmx --------------------------------------------------------------------------------------


def test_a_dialog_comes_without_the_frame_and_leads_on_by_a_header(office: Office) -> None:
    station = office.station("north")
    desk = office.desk("north_clerk")
    asked = desk.get(path(station, "submit"), htmx=True)
    assert "<html" not in asked.get_data(as_text=True)
    assert 'hx-target="#move-slot"' in asked.get_data(as_text=True)
    done = send(office, "north_clerk", station, "submit", {}, htmx=True)
    assert (done.status_code, done.headers["HX-Redirect"]) == (
        204, f"/manage/stations/{station}?done=submit",
    )  # fmt: skip


def test_a_refusal_in_a_dialog_is_shown_in_it(office: Office) -> None:
    station = office.station("north", State.SUBMITTED)
    refused = send(office, "north_clerk", station, "review", {}, htmx=True)
    assert refused.status_code == 403
    assert refused.headers["HX-Reswap"] == "innerHTML"
    assert "<html" not in refused.get_data(as_text=True)


def test_in_a_drawer_the_list_stays_and_the_drawer_is_made_anew(office: Office) -> None:
    station = office.station("north")
    desk = office.desk("north_clerk")
    form = {"once": receipts.token(), "revision": "1", "csrf_token": desk.csrf()}
    headers = {
        **BROWSER,
        "HX-Request": "true",
        "HX-Current-URL": "http://localhost/manage/stations",
    }
    done = desk.client.post(path(station, "submit"), data=form, headers=headers, environ_base=AFAR)
    assert done.status_code == 200
    assert done.headers["HX-Retarget"] == "#drawer-body"
    assert "已办理:提交" in done.get_data(as_text=True)
    assert "state-submitted" in done.get_data(as_text=True)
