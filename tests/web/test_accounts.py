"""Who sees what: cookies, guards, forms that only our pages send, logins that end in the middle."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pyotp
import pytest
import structlog
from apiflask import APIFlask
from argon2 import PasswordHasher
from flask import request
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from app.domain.roles import Role
from app.service import _passwords, accounts
from app.service.runtime import Runtime
from app.settings import Settings
from app.store.cluster import Cluster
from app.web import sessions
from app.web.factory import create_app
from tests.service import towns
from tests.service.towns import Town

OWN = "kites over jialing 41"
HTML = {"Accept": "text/html"}
AFAR: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.9"}
LOCAL: dict[str, Any] = {"REMOTE_ADDR": "127.0.0.1"}
SAME = {**HTML, "Sec-Fetch-Site": "same-origin"}
WORDS = "站点说明 <b>\n第二行 & 更多"


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("accounts")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_passwords, "_hasher", PasswordHasher(1, 8, 1))


@pytest.fixture
def app(town: Town) -> APIFlask:
    """An application with a form of staff, in a register without accounts."""
    town.run("TRUNCATE user_account, user_grant, user_session, login_attempt CASCADE")
    made = create_app(town.runtime)
    made.testing = True

    @made.post("/manage/probe")
    def probe() -> dict[str, Any]:
        person = sessions.require(Role.CITY_ADMIN, Role.REVIEWER)
        return {
            "by": person and person.name,
            "fields": [list(pair) for pair in request.form.items(multi=True)],
        }

    return made


def account(town: Town, name: str = "anna", role: Role = Role.CITY_ADMIN) -> None:
    """Add an account with a password of its own."""
    with town.runtime.connection() as connection:
        accounts.add(connection, name, role, everywhere=role is Role.REVIEWER)
    town.run(
        "UPDATE user_account SET must_change = false, password_hash = %s WHERE name = %s",
        _passwords.hashed(OWN), name,
    )  # fmt: skip


def field(page: TestResponse, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.get_data(as_text=True))
    assert found, f"no field {name} in\n{page.get_data(as_text=True)}"
    return unescape(found[1])


def token(client: FlaskClient, path: str = "/login", **environ: Any) -> str:
    return field(client.get(path, headers=HTML, environ_base=environ or AFAR), "csrf_token")


def send(
    client: FlaskClient, path: str, data: dict[str, Any], *, headers: dict[str, str] = SAME
) -> TestResponse:
    return client.post(path, data=data, headers=headers, environ_base=AFAR)


def enter(client: FlaskClient, name: str = "anna", **more: str) -> TestResponse:
    """Log in as a browser does."""
    form = {"csrf_token": token(client), "name": name, "password": OWN, **more}
    return send(client, "/login", form)


def end_all(town: Town) -> None:
    town.run("UPDATE user_session SET seen_at = seen_at - interval '9 hours'")


# Who sees staff pages ---------------------------------------------------------------------------


def test_without_an_account_this_machine_alone_sees_staff_pages(app: APIFlask) -> None:
    client = app.test_client()
    assert client.get("/manage", environ_base=LOCAL).status_code == 302
    refused = client.get("/manage", environ_base=AFAR)
    assert refused.status_code == 403
    assert "harbor users add" in refused.get_json()["detail"]


def test_from_the_first_account_on_everybody_logs_in(app: APIFlask, town: Town) -> None:
    account(town)
    for environ in (LOCAL, AFAR):
        client = app.test_client()
        asked = client.get("/manage/map?a=1", headers=HTML, environ_base=environ)
        assert (asked.status_code, asked.location) == (303, "/login?next=%2Fmanage%2Fmap%3Fa%3D1")
        layer = client.get("/manage/map/stations.geojson", environ_base=environ)
        assert layer.status_code == 401
        assert layer.get_json()["type"] == "urn:harbor:problem:login-needed"


def test_who_is_logged_in_sees_staff_pages_from_anywhere(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    entered = enter(client, next="/manage/map")
    assert (entered.status_code, entered.location) == (303, "/manage/map")
    assert client.get("/manage/map/stations.geojson", environ_base=AFAR).status_code == 200
    assert client.get("/login", environ_base=AFAR).location == "/manage"


def test_a_role_that_does_not_fit_is_refused(app: APIFlask, town: Town) -> None:
    account(town, "paul", Role.PLANNER)
    client = app.test_client()
    enter(client, "paul")
    assert client.get("/manage", environ_base=AFAR).status_code == 200
    probe = send(client, "/manage/probe", {"csrf_token": token(client, "/account")})
    assert probe.status_code == 403


def test_new_coverage_runs_are_made_for_staff_alone(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    question = "/api/v1/coverage?minutes=7"
    for environ in (LOCAL, AFAR):
        assert client.get(question, environ_base=environ).status_code in (403, 404)
    enter(client)
    abroad = {"Sec-Fetch-Site": "cross-site"}
    refused = client.get(question, headers=abroad, environ_base=AFAR)
    assert refused.status_code in (403, 404)
    assert client.get(question, environ_base=AFAR).status_code == 200


@pytest.mark.parametrize(
    "target",
    ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:1", "/a\nb"],
)
def test_a_login_never_leads_to_another_site(app: APIFlask, town: Town, target: str) -> None:
    account(town)
    assert enter(app.test_client(), next=target).location == "/manage"


# Cookies ----------------------------------------------------------------------------------------


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: APIFlask, town: Town) -> None:
    account(town)
    (cookie,) = (
        line for line in enter(app.test_client()).headers.getlist("Set-Cookie")
        if line.startswith("harbor_session=")
    )  # fmt: skip
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie


def test_under_https_the_cookies_go_over_https_alone(town: Town) -> None:
    settings = Settings(var=town.settings.var, public_url="https://harbor.example")
    runtime = Runtime(settings, town.url)
    runtime.start(watch=False)
    try:
        town.run("TRUNCATE user_account, user_grant, user_session, login_attempt CASCADE")
        account(town)
        client = create_app(runtime).test_client()
        https = {**AFAR, "wsgi.url_scheme": "https"}
        page = client.get("/login", headers=HTML, environ_base=https)
        form = {"csrf_token": field(page, "csrf_token"), "name": "anna", "password": OWN}
        entered = client.post("/login", data=form, headers=SAME, environ_base=https)
        cookies = page.headers.getlist("Set-Cookie") + entered.headers.getlist("Set-Cookie")
        assert entered.status_code == 303
        assert len(cookies) == 3
        assert all("Secure" in cookie for cookie in cookies)
    finally:
        runtime.stop()


def test_a_login_gives_a_new_token_whatever_cookie_was_there(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    client.set_cookie("harbor_session", "chosen-by-somebody-else")
    enter(client)
    cookie = client.get_cookie("harbor_session")
    assert cookie is not None
    assert cookie.value != "chosen-by-somebody-else"


def test_logging_out_takes_the_cookie_and_the_session(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    enter(client)
    kept = client.get_cookie("harbor_session")
    assert kept is not None
    send(client, "/logout", {"csrf_token": token(client, "/account")})
    assert client.get_cookie("harbor_session") is None
    client.set_cookie("harbor_session", kept.value)
    assert client.get("/manage", environ_base=AFAR).status_code == 401


def test_a_session_is_ended_from_another_device(app: APIFlask, town: Town) -> None:
    account(town)
    desk, phone = app.test_client(), app.test_client()
    enter(desk)
    enter(phone)
    page = desk.get("/account", headers=HTML, environ_base=AFAR)
    handles = re.findall(r"/account/sessions/([0-9a-f]+)/end", page.get_data(as_text=True))
    assert len(handles) == 1
    send(desk, f"/account/sessions/{handles[0]}/end", {"csrf_token": field(page, "csrf_token")})
    assert phone.get("/manage", environ_base=AFAR).status_code == 401
    assert desk.get("/manage", environ_base=AFAR).status_code == 200


def test_a_disabled_account_is_out_at_once(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    enter(client)
    with town.runtime.connection() as connection:
        accounts.disable(connection, "anna")
    assert client.get("/manage", environ_base=AFAR).status_code == 401


# Forms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["", "0" * 64, "é"])
def test_a_form_without_the_token_of_this_browser_is_refused(
    app: APIFlask, town: Town, given: str
) -> None:
    account(town)
    client = app.test_client()
    enter(client)
    for headers in (HTML, {**HTML, "Sec-Fetch-Site": "cross-site"}, {"Accept": "*/*"}):
        data = {"csrf_token": given, "note": "x"}
        refused = send(client, "/manage/probe", data, headers=headers)
        assert refused.status_code == 403
        assert "表单已过期" in refused.get_data(as_text=True)


def test_a_token_of_another_persons_session_is_refused(app: APIFlask, town: Town) -> None:
    account(town)
    one, other = app.test_client(), app.test_client()
    enter(one)
    enter(other)
    data = {"csrf_token": token(one, "/account")}
    assert send(other, "/manage/probe", data, headers=HTML).status_code == 403
    assert send(one, "/manage/probe", data, headers=HTML).status_code == 200


def test_a_script_of_ours_sends_the_token_as_a_header(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    enter(client)
    headers = {"X-CSRF-Token": token(client, "/account")}
    assert send(client, "/manage/probe", {"a": "1"}, headers=headers).get_json()["by"] == "anna"


def test_a_login_that_ended_in_the_middle_loses_nothing_typed(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    enter(client)
    typed = {"note": WORDS, "kit": ["水", "针线"], "password": "hidden", "csrf_token": ""}
    typed["csrf_token"] = token(client, "/account")
    end_all(town)
    late = send(client, "/manage/probe?draft=7", typed)
    assert late.status_code == 401
    assert WORDS not in late.get_data(as_text=True)
    form = {"csrf_token": field(late, "csrf_token"), "name": "anna", "password": OWN}
    again = send(client, "/login", {**form, "carried": field(late, "carried")})
    assert again.status_code == 200
    page = again.get_data(as_text=True)
    assert "data-auto" in page
    assert 'action="/manage/probe?draft=7"' in page
    areas = re.findall(r'<textarea name="([^"]+)" hidden>\r?\n(.*?)</textarea>', page, re.DOTALL)
    fields = [(name, unescape(value)) for name, value in areas]
    assert fields == [("note", WORDS), ("kit", "水"), ("kit", "针线")]
    data = {"csrf_token": field(again, "csrf_token"), "note": WORDS, "kit": ["水", "针线"]}
    answer = send(client, "/manage/probe?draft=7", data).get_json()
    assert answer["by"] == "anna"
    assert answer["fields"][1:] == [["note", WORDS], ["kit", "水"], ["kit", "针线"]]


def test_a_wrong_password_on_the_way_back_loses_nothing_either(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    enter(client)
    csrf = token(client, "/account")
    end_all(town)
    late = send(client, "/manage/probe", {"note": WORDS, "csrf_token": csrf})
    form = {"csrf_token": csrf, "name": "anna", "carried": field(late, "carried")}
    wrong = send(client, "/login", {**form, "password": "wrong password"})
    assert wrong.status_code == 401
    right = send(client, "/login", {**form, "carried": field(wrong, "carried"), "password": OWN})
    assert "第二行" in right.get_data(as_text=True)


def test_what_one_person_typed_is_neither_shown_to_another_nor_sent_in_their_name(
    app: APIFlask, town: Town
) -> None:
    account(town)
    account(town, "bert")
    client = app.test_client()
    enter(client)
    csrf = token(client, "/account")
    end_all(town)
    late = send(client, "/manage/probe", {"note": WORDS, "csrf_token": csrf})
    form = {"csrf_token": csrf, "name": "bert", "password": OWN}
    page = send(client, "/login", {**form, "carried": field(late, "carried")})
    assert (page.status_code, page.location) == (303, "/manage")
    assert "第二行" not in page.get_data(as_text=True)


def test_files_are_not_carried_and_the_page_says_so(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    enter(client)
    csrf = token(client, "/account")
    end_all(town)
    scan = FileStorage(io.BytesIO(b"scan"), "scan.pdf")
    late = send(client, "/manage/probe", {"note": "x", "scan": scan, "csrf_token": csrf})
    form = {"csrf_token": csrf, "name": "anna", "password": OWN}
    page = send(client, "/login", {**form, "carried": field(late, "carried")})
    assert "附件没有保留" in page.get_data(as_text=True)
    assert "data-auto" not in page.get_data(as_text=True)


def test_a_large_scan_after_the_login_ended_loses_nothing_typed(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    enter(client)
    body = with_scan({"csrf_token": token(client, "/account"), "note": WORDS}, 2_000_000)
    end_all(town)
    late = client.post("/manage/probe", **body, headers=SAME, environ_base=AFAR)
    assert late.status_code == 401
    assert "附件登录后要重新选择" in late.get_data(as_text=True)
    form = {"csrf_token": field(late, "csrf_token"), "name": "anna", "password": OWN}
    page = send(client, "/login", {**form, "carried": field(late, "carried")})
    assert "附件没有保留" in page.get_data(as_text=True)
    assert "第二行" in page.get_data(as_text=True)


def test_a_large_scan_under_a_cookie_that_nobody_had_is_not_read(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    body = with_scan({"csrf_token": token(client)}, 2_000_000)
    client.set_cookie(sessions.COOKIE, "made up")
    assert client.post("/manage/probe", **body, environ_base=AFAR).status_code == 413


def with_scan(fields: dict[str, str], size: int) -> dict[str, Any]:
    """A body with a scan, written by hand: the test client leaves what it spools open."""
    parts = [(f'"{name}"', value) for name, value in fields.items()]
    parts.append(('"scan"; filename="scan.pdf"', "x" * size))
    body = "".join(
        f"--b\r\nContent-Disposition: form-data; name={name}\r\n\r\n{value}\r\n"
        for name, value in parts
    )
    return {
        "data": f"{body}--b--\r\n".encode(), "content_type": "multipart/form-data; boundary=b",
    }  # fmt: skip


def test_a_form_of_an_earlier_session_of_ours_is_offered_again(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    enter(client)
    old = token(client, "/account")
    send(client, "/logout", {"csrf_token": old})
    enter(client)
    offered = send(client, "/manage/probe", {"note": WORDS, "csrf_token": old})
    assert offered.status_code == 403
    page = offered.get_data(as_text=True)
    assert "第二行" in page
    assert "data-auto" not in page
    assert field(offered, "csrf_token") == token(client, "/account")


def test_what_was_not_carried_by_us_is_ignored(app: APIFlask, town: Town) -> None:
    account(town)
    for carried in ("nonsense", "é", "AAAA" * 30):
        assert enter(app.test_client(), carried=carried).location == "/manage"


# One's own account ------------------------------------------------------------------------------


def test_a_password_that_somebody_else_knows_is_changed_first(app: APIFlask, town: Town) -> None:
    with town.runtime.connection() as connection:
        password = accounts.add(connection, "anna", Role.CITY_ADMIN)
    client = app.test_client()
    entered = enter(client, password=password, next="/manage/map")
    assert "这是别人设的密码" in entered.get_data(as_text=True)
    stopped = client.get("/manage", headers=HTML, environ_base=AFAR)
    assert (stopped.status_code, stopped.location) == (303, "/account")
    form = {
        "csrf_token": token(client, "/account"),
        "password": password,
        "new_password": OWN,
        "new_password_again": OWN,
    }
    easy = send(
        client, "/account/password", {**form, "new_password": "a", "new_password_again": "a"}
    )
    assert easy.status_code == 422
    assert "至少 10 个字符" in easy.get_data(as_text=True)
    differing = send(client, "/account/password", {**form, "new_password_again": "a"})
    assert "不一样" in differing.get_data(as_text=True)
    wrong = send(client, "/account/password", {**form, "password": "x"})
    assert "当前密码不对" in wrong.get_data(as_text=True)
    assert send(client, "/account/password", form).status_code == 303
    assert client.get("/manage", environ_base=AFAR).status_code == 200


def test_a_second_factor_is_set_up_asked_for_and_removed(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    enter(client)
    page = client.get("/account/second-factor", headers=HTML, environ_base=AFAR)
    assert 'src="data:image/svg+xml' in page.get_data(as_text=True)
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.get_data(as_text=True))
    assert secret
    phone = pyotp.TOTP(secret[1].replace(" ", ""))
    form = {
        "csrf_token": field(page, "csrf_token"),
        "ticket": field(page, "ticket"),
        "password": OWN,
    }
    wrong = send(client, "/account/second-factor", {**form, "one_time_code": "000000"})
    assert wrong.status_code == 422
    assert secret[1] in wrong.get_data(as_text=True)
    # the step before this one, so that this one's code is still good for the login
    code = phone.at(datetime.now(UTC) - timedelta(seconds=30))
    assert (
        send(client, "/account/second-factor", {**form, "one_time_code": code}).status_code == 303
    )
    other = app.test_client()
    second = enter(other, next="/manage/map")
    assert second.status_code == 200
    assert other.get("/manage", environ_base=AFAR).status_code == 401
    form = {
        "csrf_token": field(second, "csrf_token"),
        "ticket": field(second, "ticket"),
        "next": field(second, "next"),
    }
    refused = send(other, "/login/code", {**form, "one_time_code": "000000"})
    assert refused.status_code == 401
    assert field(refused, "ticket") == form["ticket"]
    entered = send(other, "/login/code", {**form, "one_time_code": phone.now()})
    assert (entered.status_code, entered.location) == (303, "/manage/map")
    removal = {"csrf_token": token(other, "/account"), "password": OWN}
    kept = send(other, "/account/second-factor/remove", removal)
    assert kept.status_code == 422, "the password alone does not take it away"
    later = phone.at(datetime.now(UTC) + timedelta(seconds=30))
    removal["one_time_code"] = later
    assert send(other, "/account/second-factor/remove", removal).status_code == 303
    assert enter(app.test_client()).status_code == 303


def test_too_many_failures_are_answered_with_when_to_come_again(app: APIFlask, town: Town) -> None:
    account(town)
    pages = []
    for name in ("anna", "nobody"):
        client = app.test_client()
        for _ in range(4):
            assert enter(client, name, password="wrong").status_code == 401
        slowed = enter(client, name)
        assert slowed.status_code == 429
        assert 1 <= int(slowed.headers["Retry-After"]) <= 3
        pages.append(re.sub(r"\d|[0-9a-f]{64}|nonce=\S+", "", slowed.get_data(as_text=True)))
        pages[-1] = re.sub(r'value="[^"]*"|nonce="[^"]*"', "", pages[-1])
    assert pages[0] == pages[1]


def test_guessing_strangers_do_not_keep_out_who_comes_from_a_known_device(
    app: APIFlask, town: Town
) -> None:
    account(town)
    known, stranger = app.test_client(), app.test_client()
    assert enter(known).status_code == 303
    for _ in range(5):
        enter(stranger, password="wrong")
    assert enter(stranger).status_code == 429
    end_all(town)
    assert enter(known).status_code == 303
    end_all(town)
    forged = app.test_client()
    forged.set_cookie("harbor_device", "0123456789abcdef." + "0" * 64, path="/login")
    assert enter(forged).status_code == 429
    for _ in range(4):
        enter(known, password="wrong")
    assert enter(known).status_code == 429, "a known device guesses no faster"


def test_no_secret_stands_in_the_log(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    with structlog.testing.capture_logs() as entries:
        enter(client, password="not the one")
        enter(client, next="/manage/map")
    cookie = client.get_cookie("harbor_session")
    assert cookie is not None
    assert "/login" in {entry.get("path") for entry in entries}
    for secret in (OWN, "not the one", cookie.value, "203.0.113.9"):
        assert secret not in repr(entries)


def test_the_account_page_wants_a_login(app: APIFlask, town: Town) -> None:
    account(town)
    client = app.test_client()
    assert client.get("/account", headers=HTML, environ_base=AFAR).location.startswith("/login?")


def test_without_an_account_the_login_page_says_how_to_add_one(app: APIFlask) -> None:
    page = app.test_client().get("/login", headers=HTML, environ_base=AFAR)
    assert "harbor users add" in page.get_data(as_text=True)


@pytest.mark.parametrize("name", ["", "an\x00na", "安娜", "'; DROP TABLE x; --", "a" * 5000])
def test_whatever_is_typed_as_a_name_is_answered_like_any_other(
    app: APIFlask, town: Town, name: str
) -> None:
    account(town)
    assert enter(app.test_client(), name).status_code == 401
