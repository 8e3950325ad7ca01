"""Reports and check-ins over HTTP: without an account, idempotent, limited, and nothing told."""

import io
import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from app.domain.lifecycle import State
from app.service import plaques
from app.store import report_sources, stations
from app.store.cluster import Cluster
from tests.web.desks import AFAR, Office, open_office


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("report_api"), "report_api") as opened:
        yield opened


@pytest.fixture(autouse=True)
def _fresh(office: Office) -> None:
    office.rows("DELETE FROM report_tally RETURNING 1")


@pytest.fixture
def client(office: Office) -> FlaskClient:
    return office.app.test_client()


def code_of(office: Office, state: State = State.ACTIVE) -> str:
    station = office.station("north", state, hours="24/7")
    office.runtime.refresh()
    return str(office.one("SELECT code FROM station WHERE id = %s", station))


def post(client: FlaskClient, path: str, body: Any, **more: Any) -> TestResponse:
    return client.post(f"/api/v1/{path}", json=body, environ_base=AFAR, **more)


def proof_of(office: Office, code: str) -> str:
    with office.runtime.connection() as connection:
        return plaques.proof_of(report_sources.plaque_secret(connection), code)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(out, "JPEG")
    return out.getvalue()


def test_a_report_goes_from_a_tap_to_a_closed_ticket(office: Office, client: FlaskClient) -> None:
    code, once = code_of(office), str(uuid.uuid4())
    body = {"station": code, "kind": "locked", "once": once, "device": "d" * 22,
            "lon": 106.577, "lat": 29.557}  # fmt: skip
    made = post(client, "reports", body)
    assert made.status_code == 201
    told = made.get_json()
    assert set(told) == {"ticket", "station", "kind", "made_at", "state"}
    assert (told["station"], told["kind"], told["state"]) == (code, "locked", "open")
    assert [len(part) for part in told["ticket"].split("-")] == [4, 3, 3]
    again = post(client, "reports", body)
    assert (again.status_code, again.get_json()) == (200, told)
    found = client.get(f"/api/v1/reports/{told['ticket'].lower()}").get_json()
    assert found["station"]["code"] == code
    assert [found[k] for k in ("state", "answer", "answered_at")] == ["open", None, None]
    report = office.one("SELECT max(id) FROM report")
    desk = office.desk("north_clerk")
    page = desk.get("/manage/reports").get_data(as_text=True)
    token = page.split('name="once" value="')[1].split('"')[0]
    sent = desk.post(f"/manage/reports/{report}", {"answer": "open_now", "once": token})
    assert sent.status_code == 303
    found = client.get(f"/api/v1/reports/{told['ticket']}").get_json()
    assert (found["state"], found["answer"], found["answer_zh"], found["answer_en"]) == (
        "closed", "open_now", "现在开门", "It is open now",
    )  # fmt: skip
    assert found["answered_at"] >= found["made_at"]


def test_a_report_with_a_photo_is_a_form(office: Office, client: FlaskClient) -> None:
    form = {
        "station": code_of(office), "kind": "other", "text": "<script>alert(1)</script>",
        "photo": (io.BytesIO(picture()), "x.jpg"),
    }  # fmt: skip
    made = client.post("/api/v1/reports", data=form, environ_base=AFAR)
    assert made.status_code == 201
    assert "script" not in made.get_data(as_text=True)
    ticket = made.get_json()["ticket"]
    assert "script" not in client.get(f"/api/v1/reports/{ticket}").get_data(as_text=True)
    photo = office.one("SELECT max(photo_id) FROM report")
    assert client.get(f"/manage/files/{photo}", environ_base=AFAR).status_code in (302, 303, 401)
    assert office.desk("south_clerk").get(f"/manage/files/{photo}").status_code == 404
    shown = office.desk("north_clerk").get("/manage/reports").get_data(as_text=True)
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert(1)" not in shown


def test_another_site_cannot_make_its_visitors_report(office: Office, client: FlaskClient) -> None:
    before = office.one("SELECT count(*) FROM report")
    refused = client.post(
        "/api/v1/reports", data={"station": code_of(office), "kind": "no_water"},
        content_type="multipart/form-data", environ_base=AFAR,
        headers={"Sec-Fetch-Site": "cross-site"},
    )  # fmt: skip
    assert refused.status_code == 403
    assert office.one("SELECT count(*) FROM report") == before


def test_what_is_wrong_is_said_in_the_language_that_was_asked_for(
    office: Office, client: FlaskClient
) -> None:
    said = {
        language: client.post(
            "/api/v1/reports", json={"station": code_of(office), "kind": "other"},
            environ_base=AFAR, headers={"Accept-Language": language} if language else {},
        ).get_json()["errors"][0]["message"]
        for language in ("zh", "en", "")
    }  # fmt: skip
    assert re.search(r"[一-龥]", said["zh"])
    assert said["en"] == said[""] == "is needed with other"


@pytest.mark.parametrize(
    ("photo", "status"),
    [(b"<html>", 422), (b"\xff\xd8\xff" + b"\0" * 8_000_000, 422), (b"\0" * 10_000_000, 413)],
)
def test_what_is_no_photo_or_too_large_is_refused(
    office: Office, client: FlaskClient, photo: bytes, status: int
) -> None:
    file = FileStorage(io.BytesIO(photo), "x.jpg", name="photo")
    # encoded here, as the client would leave a temporary file open
    boundary, body = encode_multipart({"station": code_of(office), "kind": "locked", "photo": file})
    refused = client.post(
        "/api/v1/reports", data=body, environ_base=AFAR,
        content_type=f"multipart/form-data; boundary={boundary}",
    )  # fmt: skip
    assert refused.status_code == status
    assert refused.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"kind": "noise"}, {"kind"}), ({"kind": None}, {"kind"}), ({"lon": 106.5}, {"body"}),
        ({"once": "twice"}, {"once"}), ({"device": "x" * 101}, {"device"}),
        ({"device": "a\0b"}, {"device"}), ({"text": "长" * 201}, {"text"}),
        ({"colour": "red"}, {"colour"}), ({"lon": 500, "lat": 29}, {"lon"}),
        ({"lon": 106, "lat": 29, "datum": "mars"}, {"datum"}),
        ({"station": "500112000018"}, {"code"}), ({"kind": "other"}, {"text"}),
    ],
)  # fmt: skip
def test_every_wrong_part_is_named(
    office: Office, client: FlaskClient, change: dict[str, Any], fields: set[str]
) -> None:
    body = {"station": code_of(office), "kind": "locked", **change}
    refused = post(client, "reports", body)
    assert refused.status_code == 422, refused.get_json()
    assert {error["field"] for error in refused.get_json()["errors"]} == fields


def test_what_is_no_report_is_a_problem(office: Office, client: FlaskClient) -> None:
    assert post(client, "reports", []).status_code == 422
    for path in ("reports", "visits"):
        plain = client.post(f"/api/v1/{path}", data="x", content_type="text/plain")
        assert plain.status_code == 415
    assert client.post("/api/v1/visits", data={"station": code_of(office)}).status_code == 415
    for ticket, status in (("nonsense", 422), ("0000-000-000", 404), ("%00", 422)):
        assert client.get(f"/api/v1/reports/{ticket}").status_code == status


def test_a_station_that_is_gone_is_said_to_be(office: Office, client: FlaskClient) -> None:
    for state in (State.EXITED, State.MERGED):
        refused = post(client, "reports", {"station": code_of(office, state), "kind": "locked"})
        assert refused.status_code == 409
    assert "exited" in post(
        client, "visits", {"station": code_of(office, State.EXITED), "once": str(uuid.uuid4())}
    ).get_json()["detail"]  # fmt: skip


def test_a_thousand_reports_from_one_address_are_told_when_to_come_back(
    office: Office, client: FlaskClient
) -> None:
    code, seen = code_of(office), []
    for i in range(30):
        body = {"station": code, "kind": "locked", "device": f"device-{i}"}
        seen.append(post(client, "reports", body))
    assert [one.status_code for one in seen] == [201] * 20 + [429] * 10
    assert 0 < int(seen[-1].headers["Retry-After"]) <= 3600
    assert seen[-1].get_json()["type"] == "urn:harbor:problem:too-many"
    elsewhere = client.post(
        "/api/v1/reports", json={"station": code, "kind": "no_water"},
        environ_base={"REMOTE_ADDR": "198.51.100.7"},
    )  # fmt: skip
    assert elsewhere.status_code == 201


def test_who_got_in_by_the_code_of_the_plaque_lifts_the_doubt(
    office: Office, client: FlaskClient
) -> None:
    code = code_of(office)
    proof = proof_of(office, code)
    assert post(
        client, "reports", {"station": code, "kind": "locked", "proof": proof}
    ).status_code == 201  # fmt: skip
    office.runtime.refresh()
    listed = client.get(f"/api/v1/stations/{code}").get_json()["properties"]
    assert len(listed["doubts"]) == 1
    page = client.get(f"/s/{code}", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "有人反映锁门" in page
    body = {"station": code, "once": str(uuid.uuid4()), "device": "d", "proof": proof.lower()}
    assert post(client, "visits", body).get_json() == {"counted": True, "proved": True}
    assert post(client, "visits", body).get_json()["counted"] is False
    office.runtime.refresh()
    listed = client.get(f"/api/v1/stations/{code}").get_json()["properties"]
    assert (listed["doubts"], listed["last_proved"] is not None) == ([], True)


def test_the_plaque_says_where_it_hangs_and_an_old_one_leads_there_too(
    office: Office, client: FlaskClient
) -> None:
    code = code_of(office)
    with office.runtime.connection() as connection:
        secret = report_sources.plaque_secret(connection)
        record = stations.find(connection, code=code)
    assert record is not None
    address = plaques.address_of(office.runtime.settings, secret, code)
    assert address.endswith(f"/s/{code}?p={proof_of(office, code)}")
    typed = client.get(f"/s/{code[:6]}-{code[6:]}?p=ABCD1234", headers={"Accept": "text/html"})
    assert typed.headers["Location"].endswith(f"/s/{code}?p=ABCD1234")
    assert client.get(f"/s/{code}", headers={"Accept": "text/html"}).status_code == 200


def test_the_document_says_that_a_report_may_hold_a_photo(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    body = document["paths"]["/api/v1/reports"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "multipart/form-data"}
    assert '"binary"' in json.dumps(body["multipart/form-data"])
