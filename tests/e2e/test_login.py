"""Logging in, in a real browser: a fresh account, its own password, and a form that came late.

On a server of its own: from the first account on, everybody else would have to log in too.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser

from app.store.cluster import Cluster
from tests.e2e.browser import DESK, PHONE, Visit
from tests.e2e.server import HARBOR, Server, environment, free_port, serving

pytestmark = pytest.mark.browser
OWN = "kites over jialing 41"


@dataclass(frozen=True, slots=True)
class Guarded:
    """A server with one account, and the password that was printed for it."""

    server: Server
    password: str
    url: str
    log: Path


@pytest.fixture
def guarded(cluster: Cluster, tmp_path: Path) -> Iterator[Guarded]:
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE guarded TEMPLATE pattern")
    url = cluster.url("guarded")
    settings = environment(tmp_path / "var", database_url=url, port=free_port(), workers=2)
    added = subprocess.run(
        [str(HARBOR), "users", "add", "anna", "--role", "city_admin", "--full-name", "安娜"],
        env=settings, capture_output=True, text=True, check=True,
    )  # fmt: skip
    with serving(settings, log=tmp_path / "serve.log") as server:
        yield Guarded(server, added.stdout.splitlines()[-1], url, tmp_path / "serve.log")


def log_in(visit: Visit, password: str) -> None:
    visit.page.fill("#name", "anna")
    visit.page.fill("#password", password)
    visit.page.click("form button.main")
    visit.rest()


def test_a_person_gets_in_makes_the_account_her_own_and_loses_no_form(
    browser: Browser, guarded: Guarded
) -> None:
    visit = Visit(browser, guarded.server.address, size=PHONE)
    visit.go("/manage")
    assert visit.page.url.endswith("/login?next=%2Fmanage")
    visit.expect(401)
    log_in(visit, "not the password")
    assert "不对" in visit.page.inner_text("[role=alert]")
    assert visit.page.input_value("#name") == "anna"
    log_in(visit, guarded.password)
    assert "先换成自己的" in visit.page.inner_text("[role=alert]")
    visit.page.fill("#password", guarded.password)
    visit.page.fill("#new_password", OWN)
    visit.page.fill("#new_password_again", OWN)
    visit.page.click("section button.main")
    visit.rest()
    assert "密码已更改" in visit.page.inner_text("[role=status]")
    assert visit.page.inner_text(".who h1") == "安娜"
    # nothing is wider than the phone
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]

    # the login ends while a form is open; sending it asks for the password and goes on
    desk = Visit(browser, guarded.server.address, size=DESK)
    desk.go("/login")
    log_in(desk, OWN)
    desk.go("/account")
    assert len(desk.texts(".rows time")) == 4
    with psycopg.connect(guarded.url, autocommit=True) as connection:
        connection.execute("UPDATE user_session SET ended_at = clock_timestamp()")
    desk.expect(401)
    desk.page.click("text=退出其他所有设备")
    desk.rest()
    assert "已填写的内容会保留" in desk.page.inner_text("[role=status]")
    log_in(desk, OWN)
    desk.page.wait_for_url("**/account?done=session")
    desk.page.click("#language")
    assert "logged out" in desk.page.inner_text("[role=status]")
    assert visit.close() + desk.close() == []
    log = guarded.log.read_text("utf-8")
    assert OWN not in log
    assert guarded.password not in log
