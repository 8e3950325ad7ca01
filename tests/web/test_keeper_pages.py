"""Keepers on staff's pages, and a keeper's own way in: card, PIN, one station, large buttons."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
import structlog
from apiflask import APIFlask
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.domain.actor import Actor
from app.domain.errors import ForbiddenHere, InvalidInput
from app.domain.roles import Role
from app.files import qr
from app.service import _passwords, accounts, edits
from app.service.runtime import Runtime
from app.store.cluster import Cluster
from app.web.factory import create_app
from tests.service import towns
from tests.service.towns import Town

OWN = "kites over jialing 41"
HTML = {"Accept": "text/html"}
SAME = {**HTML, "Sec-Fetch-Site": "same-origin"}
AFAR: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.9"}
FIRST = {"name": "欧阳晓岚", "phone": "139 0000 7711", "employer": "嘉陵江畔某银行"}
SECOND = {"name": "诸葛明远", "phone": "13900007722", "employer": "朝天门某邮局"}
WHY = "核对站点开放时间"


@pytest.fixture(scope="module")
def whole(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("keeper_pages")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_passwords, "_hasher", PasswordHasher(1, 8, 1))


@pytest.fixture
def town(whole: Town) -> Town:
    """The town with one clerk, and no keeper yet."""
    whole.run("DELETE FROM keeper")
    for table in ("user_session", "login_attempt", "notice", "form_receipt", "station_closure"):
        whole.run(f"DELETE FROM {table}")
    if not whole.run("SELECT 1 FROM user_account WHERE name = 'anna'"):
        with whole.runtime.connection() as connection:
            accounts.add(connection, "anna", Role.CITY_ADMIN)
        whole.run(
            "UPDATE user_account SET must_change = false, password_hash = %s WHERE name = 'anna'",
            _passwords.hashed(OWN),
        )
    return whole


@pytest.fixture
def station(town: Town) -> int:
    ((found,),) = town.run("SELECT id FROM station WHERE name = '解放碑站'")
    return int(str(found))


@cache
def app_of(runtime: Runtime) -> APIFlask:
    app = create_app(runtime)
    app.testing = True
    return app


def client_of(town: Town) -> FlaskClient:
    return app_of(town.runtime).test_client()


def field(page: TestResponse, name: str, within: str = "") -> str:
    """The value of a hidden field, the first after some text."""
    text = page.get_data(as_text=True)
    found = re.search(rf'name="{name}" value="([^"]*)"', text[text.index(within) :])
    assert found, f"no field {name} in\n{text}"
    return html.unescape(found[1])


def send(client: FlaskClient, path: str, data: dict[str, Any], **headers: str) -> TestResponse:
    return client.post(path, data=data, headers={**SAME, **headers}, environ_base=AFAR)


def get(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    return client.get(path, headers={**HTML, **headers}, environ_base=AFAR)


@pytest.fixture
def anna(town: Town) -> FlaskClient:
    client = client_of(town)
    form = {"csrf_token": field(get(client, "/login"), "csrf_token"), "name": "anna"}
    assert send(client, "/login", {**form, "password": OWN}).status_code == 303
    return client


def filled(client: FlaskClient, station: int, values: dict[str, str]) -> dict[str, str]:
    page = get(client, f"/manage/stations/{station}/keepers")
    return {
        "csrf_token": field(page, "csrf_token"),
        "once": field(page, "once", 'id="form-add"'),
        "consented_on": "2026-03-02",
        **values,
    }


def named(town: Town, client: FlaskClient, station: int) -> int:
    """Name the first keeper; return the id."""
    form = filled(client, station, FIRST)
    assert send(client, f"/manage/stations/{station}/keepers", form).status_code == 303
    ((keeper,),) = town.run("SELECT max(id) FROM keeper")
    return int(str(keeper))


# Staff ------------------------------------------------------------------------------------------


def test_a_keeper_is_named_and_the_page_shows_masks_alone(
    town: Town, anna: FlaskClient, station: int
) -> None:
    path = f"/manage/stations/{station}/keepers"
    empty = get(anna, path).get_data(as_text=True)
    assert "还没有负责人" in empty
    form = filled(anna, station, FIRST)
    sent = send(anna, path, form)
    assert (sent.status_code, sent.location) == (303, f"{path}?done=added")
    # a double click names nobody twice
    assert send(anna, path, form).location == f"{path}?done=added"
    assert town.run("SELECT count(*) FROM keeper") == [(1,)]
    for headers in ({}, {"HX-Request": "true"}):
        page = get(anna, f"{path}?done=added", **headers)
        text = page.get_data(as_text=True)
        assert page.headers["Cache-Control"] == "no-store"
        assert "欧**" in text
        assert "139****7711" in text
        assert not any(value in text for value in (*FIRST.values(), "13900007711"))
        assert ("<html" in text) == (not headers)


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    anna: FlaskClient, town: Town, station: int
) -> None:
    card = "110105194912310" + "02X"
    form = filled(anna, station, {"name": "", "phone": "1390000", "employer": f"某行 {card}"})
    form["consented_on"] = "2999-01-01"
    page = send(anna, f"/manage/stations/{station}/keepers", form)
    text = page.get_data(as_text=True)
    assert page.status_code == 422
    for said in ("请填写真实姓名", "有 7 位数字", "has 7 digits", "不收集身份证号", "不能晚于今天"):
        assert said in text, said
    assert 'value="1390000"' in text
    assert text.count('aria-invalid="true"') == 4
    assert town.run("SELECT count(*) FROM keeper") == [(0,)]
    form["consented_on"] = "gestern"
    assert "2026-01-31" in send(
        anna, f"/manage/stations/{station}/keepers", form
    ).get_data(as_text=True)  # fmt: skip


def test_the_values_are_shown_for_a_reason_once_and_an_hour_has_its_limit(
    town: Town, anna: FlaskClient, station: int
) -> None:
    keeper = named(town, anna, station)
    path = f"/manage/stations/{station}/keepers"
    token = field(get(anna, path), "csrf_token")
    refused = send(anna, f"{path}/{keeper}/unmask", {"csrf_token": token, "reason": ""})
    assert refused.status_code == 422
    assert "请写明查看的原因" in refused.get_data(as_text=True)
    shown = send(anna, f"{path}/{keeper}/unmask", {"csrf_token": token, "reason": WHY})
    text = shown.get_data(as_text=True)
    assert shown.status_code == 200
    assert FIRST["name"] in text
    assert "tel:13900007711" in text
    assert FIRST["name"] not in get(anna, path).get_data(as_text=True)
    for _ in range(town.settings.unmask_per_hour - 1):
        send(anna, f"{path}/{keeper}/unmask", {"csrf_token": token, "reason": WHY})
    limited = send(anna, f"{path}/{keeper}/unmask", {"csrf_token": token, "reason": WHY})
    assert limited.status_code == 429
    assert "分钟后再试" in limited.get_data(as_text=True)
    assert FIRST["name"] not in limited.get_data(as_text=True)
    town.run("ALTER TABLE audit_event DISABLE TRIGGER USER")
    town.run("UPDATE audit_event SET at = at - interval '2 hours' WHERE action = 'keeper.unmask'")
    town.run("ALTER TABLE audit_event ENABLE TRIGGER USER")


def test_staff_hand_over_correct_and_end(town: Town, anna: FlaskClient, station: int) -> None:
    first = named(town, anna, station)
    path = f"/manage/stations/{station}/keepers"
    form = filled(anna, station, SECOND)
    handed = send(anna, f"{path}/{first}/hand-over", form, **{"HX-Request": "true"})
    text = handed.get_data(as_text=True)
    assert handed.status_code == 200
    assert "已移交" in text
    assert "诸**" in text
    ((second,),) = town.run("SELECT id FROM keeper WHERE state = 'serving'")
    again = {**filled(anna, station, {}), "phone": "13900008822"}
    assert send(anna, f"{path}/{second}/change", again).status_code == 303
    assert "139****8822" in get(anna, path).get_data(as_text=True)
    ended = {**filled(anna, station, {}), "because": "mistaken"}
    assert send(anna, f"{path}/{second}/end", ended).location == f"{path}?done=ended"
    assert "已清除" in get(anna, path).get_data(as_text=True)
    late = {**filled(anna, station, {}), "because": "left"}
    refused = send(anna, f"{path}/{second}/end", late)
    assert refused.status_code == 422


def test_a_keeper_is_looked_up_without_the_phone_in_an_address(
    town: Town, anna: FlaskClient, station: int
) -> None:
    named(town, anna, station)
    token = field(get(anna, "/manage/keepers"), "csrf_token")
    found = send(anna, "/manage/keepers", {"csrf_token": token, "sought": "+86 139 0000 7711"})
    assert "解放碑站" in found.get_data(as_text=True)
    assert "欧**" in found.get_data(as_text=True)
    none = send(anna, "/manage/keepers", {"csrf_token": token, "sought": "13900007712"})
    assert "没有找到" in none.get_data(as_text=True)


def test_nobody_of_another_role_sees_keepers(town: Town, station: int, anna: FlaskClient) -> None:
    named(town, anna, station)
    stranger = client_of(town)
    assert get(stranger, f"/manage/stations/{station}/keepers").status_code == 303
    with town.runtime.connection() as connection:
        town.run("DELETE FROM user_grant WHERE user_id IN"
                 " (SELECT id FROM user_account WHERE name = 'paul')")  # fmt: skip
        if not town.run("SELECT 1 FROM user_account WHERE name = 'paul'"):
            accounts.add(connection, "paul", Role.PLANNER)
        else:
            accounts.grant(connection, "paul", Role.PLANNER)
    town.run(
        "UPDATE user_account SET must_change = false, password_hash = %s WHERE name = 'paul'",
        _passwords.hashed(OWN),
    )
    form = {"csrf_token": field(get(stranger, "/login"), "csrf_token"), "name": "paul"}
    send(stranger, "/login", {**form, "password": OWN})
    page = get(stranger, f"/manage/stations/{station}/keepers").get_data(as_text=True)
    assert "只有所属工会可见" in page
    assert "欧**" not in page


# The keeper's own way in ------------------------------------------------------------------------


def card(town: Town, client: FlaskClient, station: int, keeper: int) -> tuple[str, str]:
    """Give a card; return the path of its link, and the PIN."""
    path = f"/manage/stations/{station}/keepers"
    token = field(get(client, path), "csrf_token")
    given = send(client, f"{path}/{keeper}/link", {"csrf_token": token})
    text = given.get_data(as_text=True)
    assert given.status_code == 200
    assert given.headers["Cache-Control"] == "no-store"
    pin = re.search(r'class="pin-digits">(\d{3}) (\d{3})<', text)
    assert pin
    assert "欧" not in text
    return link_of(text), pin[1] + pin[2]


def link_of(text: str) -> str:
    """The path of the link on a card, which the QR code says too."""
    picture = re.search(r'src="(data:image/svg[^"]*)"', text)
    address = re.search(r'id="address" value="([^"]*)"', text)
    assert picture
    assert address
    assert html.unescape(picture[1]) == qr.data_uri(address[1], scale=6)
    return address[1].removeprefix("http://127.0.0.1:8080")


def enter(client: FlaskClient, link: str, pin: str) -> TestResponse:
    form = {"csrf_token": field(get(client, link), "csrf_token"), "pin": pin}
    return send(client, link, form)


@pytest.fixture
def given(town: Town, anna: FlaskClient, station: int) -> tuple[int, str, str]:
    keeper = named(town, anna, station)
    return keeper, *card(town, anna, station, keeper)


@pytest.fixture
def kept(town: Town, given: tuple[int, str, str]) -> FlaskClient:
    """A keeper's phone, logged in."""
    client = client_of(town)
    _, link, pin = given
    entered = enter(client, link, pin)
    assert (entered.status_code, entered.location) == (303, "/k")
    return client


def test_a_card_and_its_pin_lead_to_the_one_station_and_to_no_page_of_staff(
    town: Town, kept: FlaskClient, station: int, given: tuple[int, str, str]
) -> None:
    page = get(kept, "/k")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "解放碑站" in text
    assert "欧**" in text
    assert FIRST["name"] not in text
    for path in ("/manage/map", f"/manage/stations/{station}/keepers", "/manage/keepers"):
        assert get(kept, path).status_code == 403, path
    assert get(kept, given[1]).location == "/k"
    stored = town.run("SELECT l::text FROM keeper_link l") + town.run(
        "SELECT a::text FROM audit_event a"
    )
    assert all(given[1][3:] not in str(row) and given[2] not in str(row) for row in stored)


def test_neither_link_nor_pin_nor_values_are_logged(
    town: Town, given: tuple[int, str, str], station: int
) -> None:
    with structlog.testing.capture_logs() as lines:
        client = client_of(town)
        enter(client, given[1], given[2])
        get(client, "/k")
    assert {line["path"] for line in lines if line["event"] == "request"} == {"/k/…", "/k"}
    written = str(lines)
    assert given[1][3:] not in written
    assert given[2] not in written
    assert "7711" not in written


def test_a_wrong_pin_shuts_the_link_after_five_and_for_a_while(
    town: Town, given: tuple[int, str, str]
) -> None:
    _, link, pin = given
    wrong = f"{(int(pin) + 1) % 1_000_000:06}"
    client = client_of(town)
    for _ in range(5):
        refused = enter(client, link, wrong)
        assert refused.status_code == 401
        assert "PIN 不对" in refused.get_data(as_text=True)
    for guess in (wrong, pin):
        shut = enter(client_of(town), link, guess)
        assert shut.status_code == 429
        assert int(shut.headers["Retry-After"]) > 600
    town.run("UPDATE login_attempt SET at = at - interval '16 minutes'")
    assert enter(client, link, pin).status_code == 303
    ((failed,),) = town.run("SELECT count(*) FROM audit_event WHERE action = 'keeper.login_failed'")
    assert failed == 5


def test_twenty_wrong_pins_shut_the_link_for_a_day(town: Town, given: tuple[int, str, str]) -> None:
    _, link, pin = given
    ((number,),) = town.run("SELECT id FROM keeper_link WHERE revoked_at IS NULL")
    for step in range(20):
        town.run(
            "INSERT INTO login_attempt (at, name, network, succeeded)"
            " VALUES (clock_timestamp() - make_interval(mins => %s), %s, '198.51.100.0/24', false)",
            20 + step, f"?link-{number}",
        )  # fmt: skip
    shut = enter(client_of(town), link, pin)
    assert shut.status_code == 429
    assert int(shut.headers["Retry-After"]) > 80_000


def test_a_new_card_shuts_the_one_before_and_so_does_ending(
    town: Town, anna: FlaskClient, kept: FlaskClient, station: int, given: tuple[int, str, str]
) -> None:
    keeper, link, _ = given
    other, fresh = card(town, anna, station, keeper)
    assert get(kept, link).status_code == 404
    assert "已失效" in get(kept, link).get_data(as_text=True)
    assert field(get(kept, "/k"), "csrf_token")
    phone = client_of(town)
    assert enter(phone, other, fresh).status_code == 303
    path = f"/manage/stations/{station}/keepers"
    form = {**filled(anna, station, {}), "because": "left"}
    assert send(anna, f"{path}/{keeper}/end", form).status_code == 303
    assert get(phone, other).status_code == 404
    assert "已失效" in get(phone, "/k").get_data(as_text=True)
    token = field(get(phone, "/login"), "csrf_token")
    again = send(phone, "/k/again", {"csrf_token": token, "pin": fresh})
    assert again.status_code == 401


def test_a_card_is_shut_by_staff_at_once(
    town: Town, anna: FlaskClient, kept: FlaskClient, station: int, given: tuple[int, str, str]
) -> None:
    path = f"/manage/stations/{station}/keepers/{given[0]}/link/revoke"
    token = field(get(kept, "/k"), "csrf_token")
    shut = send(anna, path, filled(anna, station, {}))
    assert shut.location.endswith("?done=revoked")
    assert send(anna, path, filled(anna, station, {})).location.endswith("?done=not-revoked")
    assert send(kept, "/k/confirm", {"csrf_token": token}).status_code == 404
    assert get(client_of(town), given[1]).status_code == 404


def test_one_tap_confirms_and_a_closure_is_made_and_called_off(
    town: Town, kept: FlaskClient, station: int
) -> None:
    token = field(get(kept, "/k"), "csrf_token")
    assert send(kept, "/k/confirm", {"csrf_token": token}).location == "/k?done=confirmed"
    by = town.run(
        "SELECT a.name FROM station s JOIN user_account a ON a.id = s.confirmed_by WHERE s.id = %s",
        station,
    )
    assert str(by[0][0]).startswith("keeper-")
    page = get(kept, "/k")
    form = {"csrf_token": token, "once": field(page, "once", 'action="/k/close"'),
            "until": "tomorrow", "reason": "停水停电"}  # fmt: skip
    for _ in range(2):
        assert send(kept, "/k/close", form).location == "/k?done=closed"
    ((closure, ends),) = town.run(
        "SELECT id, ends FROM station_closure WHERE station_id = %s", station
    )
    local = ends.astimezone(town.settings.zone)  # type: ignore[attr-defined]
    assert (local.hour, local.minute) == (0, 0)
    assert timedelta(days=1) < ends - datetime.now(UTC) <= timedelta(days=2)  # type: ignore[operator]
    assert "临时关闭中" in get(kept, "/k").get_data(as_text=True)
    assert send(kept, f"/k/reopen/{closure}", {"csrf_token": token}).location == "/k?done=reopened"
    assert "临时关闭中" not in get(kept, "/k").get_data(as_text=True)


def test_a_closure_without_an_end_or_a_reason_is_explained_and_keeps_what_was_typed(
    kept: FlaskClient,
) -> None:
    page = get(kept, "/k")
    form = {"csrf_token": field(page, "csrf_token"), "until": "other", "ends": "",
            "once": field(page, "once", 'action="/k/close"'), "other_reason": "贴瓷砖"}  # fmt: skip
    wrong = send(kept, "/k/close", form)
    text = wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    assert "请选择关闭到什么时候" in text
    assert 'value="贴瓷砖"' in text
    without = send(kept, "/k/close", {**form, "until": "today", "other_reason": ""})
    assert "请填写原因" in without.get_data(as_text=True)


# A keeper says what has changed ------------------------------------------------------------------


def reported(client: FlaskClient, **typed: Any) -> TestResponse:
    """Send the form of what has changed, as it was shown but for what was typed."""
    page = get(client, "/k")
    text = page.get_data(as_text=True)
    boxes = re.findall(r'name="services" value="(\w+)"( checked)?', text)
    door = re.search(r'<option value="(\w+)" selected>', text)
    hours = re.search(r'name="hours_text"[^>]*>([^<]*)</textarea>', text)
    assert hours
    form = {
        "csrf_token": field(page, "csrf_token"),
        "once": field(page, "once", 'action="/k/change"'),
        "revision": field(page, "revision", 'action="/k/change"'),
        "services": [code for code, checked in boxes if checked],
        "door": door[1] if door else "",
        "hours_text": html.unescape(hours[1]),
        **typed,
    }
    return send(client, "/k/change", form)


@pytest.fixture
def quiet(town: Town) -> Iterator[None]:
    """No request is open before and after."""
    end = (
        "UPDATE change_request SET state = 'withdrawn', decided_at = clock_timestamp()"
        " WHERE state = 'open'"
    )
    town.run(end)
    yield
    town.run(end)


@pytest.mark.usefixtures("quiet")
def test_a_keeper_reports_a_change_in_one_go_and_it_waits_for_the_union(
    town: Town, kept: FlaskClient, anna: FlaskClient, station: int
) -> None:
    ((before, services),) = town.run(
        "SELECT revision, services FROM station WHERE id = %s", station
    )
    now = sorted({*services, "aed"} - {services[0]})  # type: ignore[misc]
    sent = reported(
        kept, hours_text="周一至周五 9点到17点", services=now, door="scan", note="换了门禁"
    )
    assert sent.location == "/k?done=asked"
    ((reason, changes),) = town.run(
        "SELECT reason, changes FROM change_request WHERE station_id = %s AND state = 'open'",
        station,
    )
    assert reason == "负责人反映有变化:换了门禁"
    assert changes["hours"] == "Mo-Fr 09:00-17:00"  # type: ignore[index]
    assert (changes["services"], changes["door"]) == (now, "scan")  # type: ignore[index]
    page = get(kept, "/k").get_data(as_text=True)
    assert "等待工会审核" in page
    assert "周一至周五 09:00-17:00" in page
    waiting = get(anna, "/manage/changes").get_data(as_text=True)
    assert "负责人反映有变化:换了门禁" in waiting
    ((change,),) = town.run("SELECT id FROM change_request WHERE state = 'open'")
    token = field(get(anna, "/manage"), "csrf_token")
    once = field(get(anna, "/manage/changes"), "once")
    done = send(anna, f"/manage/changes/{change}/accept", {"csrf_token": token, "once": once})
    assert done.status_code == 303
    assert town.run(
        "SELECT revision, door, hours, services FROM station WHERE id = %s", station
    ) == [(int(str(before)) + 1, "scan", "Mo-Fr 09:00-17:00", now)]
    assert town.run("SELECT recipient LIKE 'keeper:%%' FROM notice WHERE kind = 'change.decided'"
                    ) == [(True,)]  # fmt: skip
    assert "等待工会审核" not in get(kept, "/k").get_data(as_text=True)


@pytest.mark.usefixtures("quiet")
def test_what_a_keeper_types_is_read_before_and_what_cannot_be_read_is_said(
    kept: FlaskClient, town: Town
) -> None:
    token = field(get(kept, "/k"), "csrf_token")
    for typed, said in (("每天9点到17点", "每天 09:00–17:00"), ("看心情", None)):
        answer = send(kept, "/k/change/reading", {"csrf_token": token, "hours_text": typed})
        words = answer.get_json()["said"]
        assert (words and words[0].split(";")[0]) == said
    refused = reported(kept, hours_text="看心情", note="打 13900001234 <b>")
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    for words in ("没能读懂", "请不要填写电话", ">看心情</textarea>", "13900001234 &lt;b&gt;"):
        assert words in page
    assert town.run("SELECT 1 FROM change_request WHERE state = 'open'") == []


@pytest.mark.usefixtures("quiet")
def test_a_report_without_a_change_or_beside_another_is_explained(
    kept: FlaskClient, town: Town, station: int
) -> None:
    nothing = reported(kept)
    assert nothing.status_code == 422
    assert "没有任何改动" in nothing.get_data(as_text=True)
    town.run(
        "INSERT INTO change_request (station_id, revision, changes, reason)"
        " VALUES (%s, 1, '{\"name\": \"x\"}', '改名')", station,
    )  # fmt: skip
    second = reported(kept, door="face")
    assert second.status_code == 422
    assert "已有一份变更申请待审" in second.get_data(as_text=True)
    assert "改名" not in get(kept, "/k").get_data(as_text=True), "another's request is not shown"


@pytest.mark.usefixtures("quiet")
def test_a_report_is_taken_back_and_one_on_old_facts_is_to_be_looked_at_again(
    kept: FlaskClient, town: Town, station: int
) -> None:
    assert reported(kept, door="key").status_code == 303
    ((change,),) = town.run("SELECT id FROM change_request WHERE state = 'open'")
    token = field(get(kept, "/k"), "csrf_token")
    taken = send(kept, f"/k/change/{change}/withdraw", {"csrf_token": token})
    assert taken.location == "/k?done=withdrawn"
    assert town.run("SELECT state FROM change_request WHERE id = %s", change) == [("withdrawn",)]
    late = reported(kept, door="key", revision="0", note="门锁坏了")
    assert late.status_code == 409
    assert "您填写的内容还在" in late.get_data(as_text=True)
    assert 'value="门锁坏了"' in late.get_data(as_text=True)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    "changes", [{"name": "改了名"}, {"door": "face", "address": "别处"}, {"union_id": 1}]
)
def test_a_keeper_asks_for_nothing_else_and_at_no_other_station(
    town: Town, kept: FlaskClient, station: int, changes: dict[str, Any]
) -> None:
    ((user,),) = town.run("SELECT user_id FROM keeper WHERE state = 'serving' AND station_id = %s",
                          station)  # fmt: skip
    ((other,),) = town.run(
        "SELECT id FROM station WHERE state = 'active' AND id <> %s LIMIT 1", station
    )
    actor = Actor(int(str(user)))
    ((revision,),) = town.run("SELECT revision FROM station WHERE id = %s", station)
    with town.runtime.connection() as connection:
        for at, wanted in ((station, changes), (int(str(other)), {"door": "face"})):
            with pytest.raises((ForbiddenHere, InvalidInput)):
                edits.ask_for_change(
                    connection, actor, at, wanted, revision=int(str(revision)), reason="x"
                )
    assert town.run("SELECT 1 FROM change_request WHERE state = 'open'") == []


def proposed(client: FlaskClient) -> TestResponse:
    page = get(client, "/k")
    return send(client, "/k/hand-over", {
        "csrf_token": field(page, "csrf_token"), "consented_on": "yes",
        "once": field(page, "once", 'action="/k/hand-over"'), **SECOND,
    })  # fmt: skip


def test_a_keeper_names_who_follows_and_the_union_confirms(
    town: Town, anna: FlaskClient, kept: FlaskClient, station: int, given: tuple[int, str, str]
) -> None:
    assert proposed(kept).location == "/k?done=proposed"
    text = get(kept, "/k").get_data(as_text=True)
    assert "等待工会确认" in text
    assert "诸**" in text
    assert SECOND["name"] not in text
    path = f"/manage/stations/{station}/keepers"
    assert "确认接任" in get(anna, path).get_data(as_text=True)
    ((successor,),) = town.run("SELECT id FROM keeper WHERE state = 'proposed'")
    confirmed = send(anna, f"{path}/{successor}/confirm", filled(anna, station, {}))
    assert confirmed.location == f"{path}?done=confirmed"
    assert town.run("SELECT id, state FROM keeper ORDER BY id") == [
        (given[0], "ended"), (successor, "serving"),
    ]  # fmt: skip
    # whose duty ended is out at once
    assert get(kept, given[1]).status_code == 404
    assert "解放碑站" not in get(kept, "/k").get_data(as_text=True)


def test_a_proposal_that_is_refused_leaves_nothing_and_the_keeper_goes_on(
    town: Town, anna: FlaskClient, kept: FlaskClient, station: int
) -> None:
    proposed(kept)
    proposed(kept)
    ((successor,),) = town.run("SELECT id FROM keeper WHERE state = 'proposed'")
    path = f"/manage/stations/{station}/keepers"
    assert send(anna, f"{path}/{successor}/end", filled(anna, station, {})).status_code == 303
    assert town.run("SELECT count(*) FROM keeper_key") == [(1,)]
    assert "解放碑站" in get(kept, "/k").get_data(as_text=True)
    assert "等待工会确认" not in get(kept, "/k").get_data(as_text=True)


def test_a_proposal_with_faults_keeps_what_was_typed(kept: FlaskClient) -> None:
    page = get(kept, "/k")
    wrong = send(kept, "/k/hand-over", {
        "csrf_token": field(page, "csrf_token"), "once": field(page, "once", "/k/hand-over"),
        "name": "诸葛明远", "phone": "123", "employer": "",
    })  # fmt: skip
    text = wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    for said in ("手机号码应为", "请填写工作单位", "同意登记的日期", 'value="诸葛明远"'):
        assert said in text, said


def test_a_login_that_ended_asks_for_the_pin_alone_and_loses_nothing(
    town: Town, kept: FlaskClient, given: tuple[int, str, str]
) -> None:
    page = get(kept, "/k")
    form = {"csrf_token": field(page, "csrf_token"), "consented_on": "yes",
            "once": field(page, "once", 'action="/k/hand-over"'), **SECOND}  # fmt: skip
    town.run("UPDATE user_session SET seen_at = seen_at - interval '9 hours'")
    late = send(kept, "/k/hand-over", form)
    assert late.status_code == 401
    assert "已填写的内容会保留" in late.get_data(as_text=True)
    assert SECOND["name"] not in late.get_data(as_text=True)
    back = send(kept, "/k/again", {
        "csrf_token": field(late, "csrf_token"), "carried": field(late, "carried"),
        "pin": given[2],
    })  # fmt: skip
    text = back.get_data(as_text=True)
    assert back.status_code == 200
    assert 'action="/k/hand-over"' in text
    assert "data-auto" in text
    carried = dict(re.findall(r'<textarea name="([^"]+)" hidden>\n([^<]*)</textarea>', text))
    assert carried["name"] == SECOND["name"]
    again = send(kept, "/k/hand-over", {**carried, "csrf_token": field(back, "csrf_token")})
    assert again.location == "/k?done=proposed"


def test_who_has_no_card_is_told_to_scan_one(town: Town) -> None:
    client = client_of(town)
    assert "扫描" in get(client, "/k").get_data(as_text=True)
    assert get(client, "/k/" + "x" * 32).status_code == 404
    token = field(get(client, "/login"), "csrf_token")
    assert send(client, "/k/confirm", {"csrf_token": token}).status_code == 200
    left = send(client, "/k/leave", {"csrf_token": token})
    assert "扫描" in left.get_data(as_text=True)
    assert town.run("SELECT count(*) FROM keeper") == [(0,)]


def test_a_keeper_logs_out(kept: FlaskClient, town: Town) -> None:
    token = field(get(kept, "/k"), "csrf_token")
    send(kept, "/k/leave", {"csrf_token": token})
    assert "扫描" in get(kept, "/k").get_data(as_text=True)
    ((ended,),) = town.run("SELECT count(*) FROM user_session s JOIN user_account a"
                           " ON a.id = s.user_id WHERE a.name LIKE 'keeper-%%'"
                           " AND ended_at IS NULL")  # fmt: skip
    assert ended == 0
