"""The door before Flask answers as the route behind it does, byte for byte, or not at all."""

import gzip
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.store.cluster import Cluster
from app.web.factory import create_app
from app.web.rider_door import MOST_BODY_BYTES, RiderDoor
from app.web.schemas import AreaAnswer, NearestAnswer, RouteAnswer
from tests.service import towns
from tests.service.towns import Town, at_block

LON, LAT = (round(value, 6) for value in at_block(7.0, 7.0))
ASK = f"/api/v1/nearest?lon={LON}&lat={LAT}"
PLAIN = (
    "", "&k=50", "&services=toilet,water", "&services=toilet, water", "&open=arrival&k=3",
    "&open=now", "&mode=ebike", "&datum=gcj02", "&max_minutes=2", "&services=hot_meal",
    "&max_minutes=0.1&services=water",
)  # fmt: skip
UNUSUAL = (
    "&k=0", "&k=x", "&lon=7", "&services=toilet&services=water", "&what=1", "&open=ever",
    "&services=moon", "&datum=mars", "&lat=", "&max_minutes=nan",
)  # fmt: skip
BODIES = (
    {}, {"lon": LON}, {"lon": LON, "lat": LAT, "k": 2}, {"lon": LON, "lat": LAT, "at": 1},
    {"lon": LON, "lat": LAT, "services": ["toilet"], "open": "any"}, [1], "words", None,
    {"lon": str(LON), "lat": LAT}, {"lon": 0, "lat": 0},
    {"lon": LON, "lat": LAT, "datum": "x" * MOST_BODY_BYTES},
)  # fmt: skip


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("door")) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(town: Town) -> Flask:
    made = create_app(town.runtime)
    made.testing = True
    return made


def both(app: Flask, ask: "object") -> tuple[TestResponse, TestResponse]:
    """Ask before the door, and behind it."""
    door = app.wsgi_app
    assert isinstance(door, RiderDoor)
    before = ask(app.test_client())  # type: ignore[operator]
    app.wsgi_app = door.inside  # type: ignore[method-assign]
    try:
        return before, ask(app.test_client())  # type: ignore[operator]
    finally:
        app.wsgi_app = door  # type: ignore[method-assign]


def check_same(before: TestResponse, behind: TestResponse) -> None:
    assert before.status_code == behind.status_code
    assert before.data == behind.data
    assert dict(before.headers) | {"X-Request-Id": ""} == dict(behind.headers) | {
        "X-Request-Id": ""
    }
    assert len(before.headers["X-Request-Id"]) == 12


@pytest.mark.parametrize("encoding", ["", "gzip, br", "gzip;q=0", "identity"])
@pytest.mark.parametrize("more", [*PLAIN, *UNUSUAL])
def test_a_question_in_the_address(app: Flask, more: str, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding} if encoding else {}

    def ask(client: FlaskClient) -> TestResponse:
        return client.get(ASK + more, headers=headers)

    check_same(*both(app, ask))


@pytest.mark.parametrize("body", BODIES, ids=str)
def test_a_question_in_the_body(app: Flask, body: object) -> None:
    check_same(*both(app, lambda client: client.post("/api/v1/nearest", json=body)))


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"{", "application/json"), (b"\xff", "application/json"), (b"{}", "text/plain"), (b"", "")],
)
def test_a_body_that_is_no_question(app: Flask, content: bytes, kind: str) -> None:
    check_same(
        *both(app, lambda client: client.post("/api/v1/nearest", data=content, content_type=kind))
    )


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS"])
def test_other_methods(app: Flask, method: str) -> None:
    check_same(*both(app, lambda client: client.open(ASK, method=method)))


def test_plain_questions_never_reach_flask(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    door = app.wsgi_app
    assert isinstance(door, RiderDoor)
    reached: list[str] = []
    inside = door.inside
    monkeypatch.setattr(
        door, "inside", lambda environ, start: reached.append("") or inside(environ, start)
    )
    client = app.test_client()
    for more in PLAIN:
        assert client.get(ASK + more).status_code == 200
    assert client.post("/api/v1/nearest", json={"lon": LON, "lat": LAT}).status_code == 200
    assert reached == []
    assert client.get(ASK + "&k=0").status_code == 422
    assert len(reached) == 1


def test_its_line_in_the_log_holds_no_place(app: Flask) -> None:
    with structlog.testing.capture_logs() as lines:
        app.test_client().get(ASK)
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["path"], line["method"], line["status"]) == ("/api/v1/nearest", "GET", 200)
    assert line["client"] == "127.0.0.0/24"
    assert str(LON) not in str(line)


def test_what_is_written_past_the_schemas_fits_them(app: Flask, town: Town) -> None:
    client = app.test_client()
    for more in PLAIN:
        NearestAnswer.model_validate_json(client.get(ASK + more).data, strict=False)
    here = {"lon": LON, "lat": LAT}
    for mode in ("walk", "ebike"):
        asked = {**here, "to": town.code("七星岗站"), "mode": mode}
        answer = client.post("/api/v1/route", json=asked, headers={"Accept-Encoding": "gzip"})
        told = RouteAnswer.model_validate_json(gzip.decompress(answer.data))
        assert told.parts[0].coordinates[0] == pytest.approx((LON, LAT), abs=1e-7)
    told = client.post("/api/v1/area", json=here).get_json()
    AreaAnswer.model_validate(told)
    assert {len(column) for column in told["stations"].values()} == {8}
    again = client.post("/api/v1/area", json={**here, "known": told["version"]}).get_json()
    assert again == {"version": told["version"], "unchanged": True, "as_of": told["as_of"]}
    page = client.get("/api/v1/stations/changes?limit=3").get_json()
    assert page["more"]
    assert client.get(f"/api/v1/stations/changes?since={page['cursor']}").status_code == 200
    assert client.get("/api/v1/stations/changes?since=x").status_code == 422
