"""Notices on their way through a gateway that answers over HTTP, and reminders."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from app.domain.lifecycle import State
from app.service import keepers, notices, outbox
from app.settings import Settings
from app.store.cluster import Cluster
from tests.web.desks import Office, open_office

PHONE = "13900000815"


@dataclass
class Gateway:
    """A gateway on this machine; it answers as it is told to and keeps what it was handed."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    taken: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    seconds: float = 0.0


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    found = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.taken.append((dict(self.headers), body))
            time.sleep(found.seconds)
            self.send_response(found.answers.pop(0) if found.answers else 202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}/notices"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("outbox"), "office_outbox") as opened:
        yield opened


@pytest.fixture
def station(office: Office) -> int:
    """A station with a keeper that nobody has confirmed for a year."""
    office.rows("DELETE FROM notice RETURNING 1")
    office.rows("UPDATE station SET confirmed_at = clock_timestamp() RETURNING 1")
    made = office.station("north", State.ACTIVE)
    with office.runtime.connection() as connection:
        keepers.add(
            connection, office.runtime.vault, office.desk("north_clerk").actor, made,
            name="演示负责人", phone=PHONE, employer="演示银行", consented_on=date(2026, 1, 1),
        )  # fmt: skip
        connection.execute(
            "UPDATE station SET confirmed_at = clock_timestamp() - interval '1 year' WHERE id = %s",
            (made,),
        )
    return made


def settings_of(gateway: Gateway) -> Settings:
    return Settings(notice_gateway_url=gateway.url, notice_gateway_token=SecretStr("a token"))


def send(office: Office, settings: Settings) -> Any:
    with office.runtime.connection() as connection:
        return outbox.send(connection, office.runtime.vault, settings)


def remind(office: Office, at: datetime | None = None) -> int:
    with office.runtime.connection() as connection:
        return outbox.remind(connection, Settings(), at or datetime.now(UTC))


def test_a_keeper_is_reminded_once_and_the_message_goes_to_his_phone(
    office: Office, station: int, gateway: Gateway
) -> None:
    assert remind(office) == 1
    assert remind(office) == 0
    assert send(office, settings_of(gateway)).sent == 1
    assert send(office, settings_of(gateway)).sent == 0
    ((headers, body),) = gateway.taken
    assert body["to"] == PHONE
    assert "较场口驿站" in body["text"]
    assert headers["Idempotency-Key"] == body["id"]
    assert headers["Authorization"] == "Bearer a token"


def test_a_gateway_that_is_down_gets_the_same_message_again_and_one_that_knows_it_is_believed(
    office: Office, station: int, gateway: Gateway
) -> None:
    remind(office)
    gateway.answers = [503, 409]
    assert send(office, settings_of(gateway)).later == 1
    office.rows("UPDATE notice SET due_at = clock_timestamp() RETURNING 1")
    assert send(office, settings_of(gateway)).sent == 1
    assert gateway.taken[0][1] == gateway.taken[1][1]


def test_a_gateway_that_refuses_leaves_the_call_list(
    office: Office, station: int, gateway: Gateway
) -> None:
    remind(office)
    gateway.answers = [404]
    assert send(office, settings_of(gateway)).failed == 1
    assert "需要电话通知" in office.desk("north_clerk").get("/manage/notices").text


def test_nobody_listening_is_no_loss(office: Office, station: int) -> None:
    remind(office)
    nowhere = Settings(notice_gateway_url="http://127.0.0.1:9/notices")
    assert send(office, nowhere).later == 1
    assert "127.0.0.1" not in office.one("SELECT answer FROM notice")


def test_two_slow_rounds_that_overlap_send_nothing_twice(
    office: Office, station: int, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office.runtime.connection() as connection:
        for number, name in enumerate("甲乙丙丁戊己庚"):
            keepers.add(
                connection, office.runtime.vault, office.desk("north_clerk").actor, station,
                name=f"演示{name}", phone=f"1390000090{number}", employer="演示银行",
                consented_on=date(2026, 1, 1),
            )  # fmt: skip
    remind(office)
    # a round takes several times as long as one may hold what it has taken
    monkeypatch.setattr(notices, "STALE", timedelta(seconds=1))
    gateway.seconds = 0.4
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(send, office, settings_of(gateway))
        time.sleep(1.3)
        second = pool.submit(send, office, settings_of(gateway))
        assert first.result().sent + second.result().sent == 8
    keys = [body["id"] for _, body in gateway.taken]
    assert len(keys) == len(set(keys)) == 8


def test_however_many_wait_for_longer_everybody_is_reminded(office: Office, station: int) -> None:
    for name in ("无人站", "空站", "后来的站"):
        made = office.station("north", State.ACTIVE, name=name)
        office.rows(
            "UPDATE station SET confirmed_at = clock_timestamp() - interval '3 years'"
            " WHERE id = %s RETURNING 1", made,
        )  # fmt: skip
    with office.runtime.connection() as connection:
        assert outbox.remind(connection, Settings(), datetime.now(UTC), page=2) == 1
    assert office.one("SELECT count(*) FROM notice WHERE station_id = %s", station) == 1


def test_an_erased_keeper_is_not_written_to(office: Office, station: int, gateway: Gateway) -> None:
    remind(office)
    with office.runtime.connection() as connection:
        connection.execute("DELETE FROM keeper_key")
    assert send(office, settings_of(gateway)).failed == 1
    assert gateway.taken == []


def test_who_confirmed_lately_is_left_in_peace(office: Office, station: int) -> None:
    office.rows("UPDATE station SET confirmed_at = clock_timestamp() RETURNING 1")
    assert remind(office) == 0
    assert remind(office, datetime.now(UTC) + timedelta(days=80)) >= 1
