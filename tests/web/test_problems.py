"""Every failure is a problem document (RFC 9457) that says what to do and gives nothing away."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.domain.number import make
from app.service import logs
from app.service.runtime import Runtime
from app.settings import Settings
from app.store.cluster import Cluster
from app.web.factory import create_app
from tests.service import towns
from tests.service.towns import Town, at_block

LON, LAT = (round(value, 6) for value in at_block(7.0, 7.0))
ASK = f"/api/v1/nearest?lon={LON}&lat={LAT}"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("problems")) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(town: Town) -> FlaskClient:
    app = create_app(town.runtime)
    app.testing = True
    return app.test_client()


def problem(response: TestResponse, *, status: int) -> dict[str, Any]:
    """Check the shape that every problem has, and return it."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.mimetype == "application/problem+json"
    body = response.get_json()
    assert isinstance(body, dict)
    assert set(body) - {"errors"} == {"type", "title", "status", "detail"}
    assert re.fullmatch(r"urn:harbor:problem:[a-z-]+", body["type"])
    assert body["status"] == status
    assert body["title"]
    assert re.search(r"[.!?…]$", body["detail"]), body["detail"]
    for error in body.get("errors", []):
        assert set(error) == {"field", "message"}
        assert error["field"]
        assert error["message"]
    text = response.get_data(as_text=True)
    for inside in ("Traceback", "psycopg", "/work", "site-packages", "SELECT", ".py"):
        assert inside not in text
    return body


INVALID = [
    (f"{ASK}&k=0", "k", "0 is not a whole number from 1 to 50"),
    (f"{ASK}&k=51", "k", "1 to 50"),
    (f"{ASK}&k=2.5", "k", "is not a whole number"),
    (f"{ASK}&k=99999999999999999999999", "k", "1 to 50"),
    (f"/api/v1/nearest?lon=abc&lat={LAT}", "lon", "number"),
    (f"/api/v1/nearest?lon={LON}", "lat", "required"),
    (f"/api/v1/nearest?lon=nan&lat={LAT}", "lon", "degrees"),
    (f"/api/v1/nearest?lon={LON}&lat=inf", "lat", "degrees"),
    (f"/api/v1/nearest?lon=-inf&lat={LAT}", "lon", "degrees"),
    (f"/api/v1/nearest?lon={LAT}&lat={LON}", "lon", "swap them"),
    (f"/api/v1/nearest?lon=190&lat={LAT}", "lon", "degrees"),
    (f"{ASK}&services=sauna", "services", "unknown service 'sauna'; known are aed"),
    (f"{ASK}&services=%00", "services", "unknown"),
    (f"{ASK}&radius=3", "radius", "is not known here"),
    (f"{ASK}&k=2&k=3", "k", "more than once"),
    (f"{ASK}&lat=29.5", "lat", "more than once"),
    (f"{ASK}&datum=mars", "datum", "wgs84, cgcs2000, gcj02, bd09"),
    (f"{ASK}&open=maybe", "open", "any, now, arrival"),
    (f"{ASK}&mode=car", "mode", "walk"),
    (f"{ASK}&max_minutes=-1", "max_minutes", "above 0"),
    (f"{ASK}&max_minutes=nan", "max_minutes", "above 0"),
    ("/api/v1/stations?bbox=1,2,3", "bbox", "four numbers"),
    ("/api/v1/stations?bbox=a,b,c,d", "bbox", "four numbers"),
    ("/api/v1/stations?bbox=107,29,106,30", "bbox", "west and south come before"),
    ("/api/v1/stations?bbox=nan,29,106,30", "bbox", "no box"),
    ("/api/v1/stations?limit=0", "limit", "is less than 1"),
    ("/api/v1/stations?limit=1001", "limit", "is more than 1000"),
    ("/api/v1/stations?offset=-1", "offset", "is less than 0"),
    ("/api/v1/stations?services=sauna", "services", "unknown"),
    ("/api/v1/stations?state=draft", "state", "is not known here"),
    ("/api/v1/stations/500103000429", "code", "mistyped"),
    ("/api/v1/stations/123", "code", "12"),
    ("/api/v1/stations/%00", "code", "other signs than digits"),
    ("/api/v1/stations/500103000428?datum=mars&x=1", "x", "is not known here"),
    ("/api/v1/search?q=", "q", "fewer signs than 1"),
    ("/api/v1/search?q=%00", "q", "printed"),
    ("/api/v1/search?q=a&lang=zh", "lang", "is not known here"),
    ("/api/v1/coverage?minutes=nan", "minutes", "from 1 to 120"),
    ("/api/v1/coverage?minutes=0", "minutes", "from 1 to 120"),
    ("/api/v1/coverage?services=sauna", "services", "unknown"),
    ("/api/v1/coverage?at=yesterday", "at", "is not a moment"),
    ("/api/v1/coverage?at=9999-12-31T23:00:00Z", "at", "the year 9999"),
    ("/api/v1/coverage?as_of=0001-01-01", "as_of", "the year 1 "),
    ("/api/v1/coverage?demand=%00", "demand", "printed"),
    ("/tiles/basemap/21/0/0.mvt", "tile", "outside the world"),
    ("/tiles/basemap/1/2/0.mvt", "tile", "outside the world"),
]


@pytest.mark.parametrize(("address", "field", "words"), INVALID)
def test_what_cannot_be_used_is_named_by_field(
    client: FlaskClient, address: str, field: str, words: str
) -> None:
    body = problem(client.get(address, headers=ENGLISH), status=422)
    assert body["type"] == "urn:harbor:problem:invalid-input"
    assert [error["field"] for error in body["errors"]] == [field]
    assert words in body["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"lon": LON, "lat": LAT, "k": 0}, "k"),
        ({"lon": "abc", "lat": LAT}, "lon"),
        ({"lon": LON}, "lat"),
        ({"lon": LON, "lat": LAT, "services": 5}, "services"),
        ({"lon": LON, "lat": LAT, "services": ["\ud800"]}, "services"),
        ({"lon": LON, "lat": LAT, "datum": "\ud800"}, "datum"),
        ({"lon": LON, "lat": LAT, "radius": 3}, "radius"),
        ([LON, LAT], "body"),
        ("here", "body"),
    ],
)
def test_a_body_is_checked_like_an_address(client: FlaskClient, body: Any, field: str) -> None:
    response = client.post(
        "/api/v1/nearest",
        data=json.dumps(body),
        content_type="application/json",
        headers=ENGLISH,
    )
    found = problem(response, status=422)
    assert [error["field"] for error in found["errors"]] == [field]


@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        ([], "body", "has to be a JSON object that holds the parameters"),
        ("x", "body", "has to be a JSON object that holds the parameters"),
        ({"lon": LON, "lat": [1]}, "lat", "is not a number"),
        ({"lon": LON, "lat": LAT, "k": None}, "k", "is not a whole number"),
        ({"lon": LON, "lat": LAT, "services": 3}, "services", "is neither a list nor words with"),
        ({"lon": LON, "lat": LAT, "services": [3]}, "services.0", "is not a text"),
    ],
)
def test_a_body_that_cannot_be_used_is_explained_in_our_own_words(
    client: FlaskClient, content: object, field: str, words: str
) -> None:
    response = client.post("/api/v1/nearest", json=content, headers=ENGLISH)
    body = problem(response, status=422)
    [error] = body["errors"]
    assert error["field"] == field
    assert error["message"].startswith(words)
    for library in ("Input should", "NearestQuery", "Value error", "Extra inputs", "a valid"):
        assert library not in str(body)


def test_everything_wrong_is_said_at_once(client: FlaskClient) -> None:
    body = problem(client.get("/api/v1/nearest?k=x&lon=abc", headers=ENGLISH), status=422)
    assert {error["field"] for error in body["errors"]} == {"k", "lon", "lat"}


def test_a_point_outside_the_network_is_told_the_distance(client: FlaskClient) -> None:
    lon, lat = at_block(-8.0, 8.0)
    body = problem(client.get(f"/api/v1/nearest?lon={lon}&lat={lat}", headers=ENGLISH), status=422)
    assert body["type"] == "urn:harbor:problem:outside-network"
    assert re.search(r"the nearest street is [\d,]+ m away", body["detail"])


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"lon=1&lat=2", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b'{"lon": "' + b"1" * 1_100_000 + b'"}', "application/json", 413),
    ],
)
def test_a_body_that_is_no_question_is_refused(
    client: FlaskClient, content: bytes, media: str, status: int
) -> None:
    response = client.post("/api/v1/nearest", data=content, content_type=media, headers=ENGLISH)
    body = problem(response, status=status)
    assert body["detail"] != body["title"]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/api/v1/nope", "not-found"),
        ("/api/v1/nearest/", "not-found"),
        (f"/api/v1/stations/{make('500103', 99_999)}", "not-found"),
        ("/api/v1/coverage?scope=nowhere", "not-found"),
        ("/api/v1/coverage?demand=nobody", "not-found"),
        ("/api/v1/coverage/runs/4711", "not-found"),
        ("/api/v1/coverage/runs/99999999999999999999", "not-found"),
        ("/api/v1/coverage/runs/x", "not-found"),
        ("/tiles/mars/1/0/0.mvt", "not-found"),
        ("/tiles/basemap/x/0/0.mvt", "not-found"),
        ("/tiles/basemap/1/-1/0.mvt", "not-found"),
        ("/manage/stations/no-number", "not-found"),
        ("/static/../pyproject.toml", "not-found"),
        ("/static/%2e%2e/pyproject.toml", "not-found"),
    ],
)
def test_what_is_not_there_is_a_problem_too(client: FlaskClient, address: str, kind: str) -> None:
    body = problem(
        client.get(address, headers={**ENGLISH, "Accept": "application/json"}), status=404
    )
    assert body["type"] == f"urn:harbor:problem:{kind}"


def test_another_method_is_refused_with_those_that_are_answered(client: FlaskClient) -> None:
    response = client.delete("/api/v1/nearest", headers=ENGLISH)
    problem(response, status=405)
    assert {"GET", "POST"} <= {m.strip() for m in response.headers["Allow"].split(",")}


def test_staff_pages_from_elsewhere_are_a_problem_with_a_way_out(client: FlaskClient) -> None:
    for page in ("/manage", "/manage/map/stations.geojson"):
        response = client.get(
            page,
            environ_base={"REMOTE_ADDR": "10.0.0.1"},
            headers={**ENGLISH, "Accept": "application/json"},
        )
        assert "ssh -L" in problem(response, status=403)["detail"]


def test_a_title_is_chinese_unless_english_is_asked_for(client: FlaskClient) -> None:
    titles = [
        client.get(f"{ASK}&k=0", headers={"Accept-Language": language}).get_json()["title"]
        for language in ("", "zh-CN,zh;q=0.9,en;q=0.8", "en-GB,en;q=0.9", "de")
    ]
    assert titles == ["填写有误", "填写有误", "Input cannot be used", "填写有误"]


def test_a_person_in_a_browser_gets_a_page_and_a_script_a_document(client: FlaskClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = client.get("/nope", headers=browser)
    assert (page.status_code, page.mimetype) == (404, "text/html")
    problem(client.get("/api/v1/nope", headers=browser | ENGLISH), status=404)


def test_a_failure_nobody_thought_of_gives_nothing_away(town: Town) -> None:
    app = create_app(town.runtime)
    app.config["HIDE_ERRORS"] = True

    def fail() -> str:
        longitude = 106.123456
        raise RuntimeError(f"secret word of {type(longitude).__name__}")

    app.add_url_rule("/api/v1/fail", view_func=fail)
    said = io.StringIO()
    with redirect_stderr(said):
        logs.configure(town.settings)
        try:
            response = app.test_client().get("/api/v1/fail?lon=106.123456", headers=ENGLISH)
        finally:
            structlog.reset_defaults()
    body = problem(response, status=500)
    assert "secret" not in body["detail"]
    assert response.headers["X-Request-Id"] in body["detail"]
    log = said.getvalue()
    assert "secret word of float" in log
    assert response.headers["X-Request-Id"] in log
    # a traceback has lines of code and no values of variables
    assert "lon=106" not in log
    assert "'longitude'" not in log


def test_a_database_that_is_down_is_said_to_be_down(settings: Settings, tmp_path: Path) -> None:
    runtime = Runtime(settings, f"postgresql://harbor:secret@/harbor?host={tmp_path}")
    runtime.start(watch=False)
    try:
        response = create_app(runtime).test_client().get("/api/v1/coverage/latest", headers=ENGLISH)
    finally:
        runtime.stop()
    body = problem(response, status=503)
    assert body["type"] == "urn:harbor:problem:database-down"
    assert body["detail"] == "The register's database does not answer; try again in a minute."
    assert str(tmp_path) not in body["detail"]
    assert "secret" not in body["detail"]
