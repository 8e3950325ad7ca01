"""Plaques, earlier numbers, documents and dossiers at people's desks."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date

import pytest

from app.domain import number
from app.domain.lifecycle import State
from app.service import moves
from app.service.moves import Document, With
from app.store.cluster import Cluster
from tests.web.desks import Office, open_office

PDF = b"%PDF-1.7\nmade up"


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("numbers"), "office_numbers") as opened:
        yield opened


def approved(office: Office, paper: str) -> int:
    """A station of the north that was approved by a document."""
    station = office.station("north", State.REVIEWED)
    with office.runtime.connection() as connection:
        moves.make_move(
            connection, office.desk("chief").actor, station, State.ACTIVE,
            revision=office.revision(station),
            brings=With(document=Document(paper, title="批复", dated=date(2026, 3, 2))),
        )  # fmt: skip
    return station


def test_a_plaque_is_printed_for_who_sees_the_station(office: Office) -> None:
    station = approved(office, "渝工发〔2026〕1号")
    answer = office.desk("north_clerk").get(f"/manage/stations/{station}/plaque.pdf")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF-")
    both = office.desk("north_clerk").get(f"/manage/plaques.pdf?id={station}&id={station}")
    assert len(both.data) > len(answer.data) / 2


def test_a_draft_has_no_plaque_and_others_drafts_are_not_there(office: Office) -> None:
    draft = office.station("north")
    path = f"/manage/stations/{draft}/plaque.pdf"
    assert office.desk("north_clerk").get(path).status_code == 409
    assert office.desk("south_clerk").get(path).status_code == 404
    assert office.desk("north_clerk").get("/manage/plaques.pdf").status_code == 422
    assert office.desk("north_clerk").get("/manage/plaques.pdf?id=9999999999").status_code == 404


def test_an_earlier_number_finds_the_station_and_is_audited(office: Office) -> None:
    station = approved(office, "渝工发〔2026〕2号")
    clerk = office.desk("north_clerk")
    path = f"/manage/stations/{station}/numbers"
    form = {"kind": "number", "value": "旧-0815", "source": "城管驿站"}
    assert clerk.post(path, form).status_code == 303
    assert "旧-0815" in clerk.get(path).text
    assert "城管驿站" in clerk.get(path, htmx=True).text
    code = office.one("SELECT code FROM station WHERE id = %s", station)
    public = office.app.test_client().get("/s/旧-0815", headers={"Accept": "text/html"})
    assert public.location == f"/s/{code}"
    added = "SELECT count(*) FROM audit_event WHERE action = 'station.alias_add' AND subject = %s"
    assert office.one(added, f"station {station}") == 1
    assert clerk.post(f"{path}/remove", {"kind": "number", "value": "旧-0815"}).status_code == 303
    assert "旧-0815" not in clerk.get(path).text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "number", "value": " "}, "请填写编号或名称"),
        ({"kind": "external", "value": "B0FF"}, "请写明是哪个系统的编号"),
        ({"kind": "phone", "value": "1"}, "请选择类型"),
        ({"kind": "number", "value": "x" * 101}, "最多 100 个"),
    ],
)
def test_what_is_wrong_with_an_alias_stands_beside_its_field_and_nothing_is_lost(
    office: Office, form: dict[str, str], said: str
) -> None:
    station = office.station("north")
    answer = office.desk("north_clerk").post(f"/manage/stations/{station}/numbers", form)
    assert answer.status_code == 422
    assert said in answer.text
    assert form["value"].strip() in answer.text


def test_an_earlier_number_leads_to_one_station_alone(office: Office) -> None:
    first, second = office.station("north"), office.station("north")
    clerk, form = office.desk("north_clerk"), {"kind": "number", "value": "P-77"}
    assert clerk.post(f"/manage/stations/{first}/numbers", form).status_code == 303
    answer = clerk.post(f"/manage/stations/{second}/numbers", form)
    assert answer.status_code == 422
    assert f"已经对应站点 {first}" in answer.text


@pytest.mark.parametrize("person", ["south_clerk", "planner", "auditor", "north_inspector"])
def test_who_does_not_write_for_the_union_enters_and_removes_no_alias(
    office: Office, person: str
) -> None:
    station = office.station("north", State.ACTIVE)
    path = f"/manage/stations/{station}/numbers"
    assert office.desk("north_clerk").post(path, {"kind": "number", "value": "K1"}).status_code in (
        303, 422,
    )  # fmt: skip
    before = office.rows("SELECT * FROM station_alias WHERE station_id = %s", station)
    desk = office.desk(person)
    assert desk.post(path, {"kind": "number", "value": "K2"}).status_code in (403, 404)
    assert desk.post(f"{path}/remove", {"kind": "number", "value": "K1"}).status_code in (403, 404)
    assert office.rows("SELECT * FROM station_alias WHERE station_id = %s", station) == before


def test_a_document_is_listed_with_what_was_decided_by_it_and_takes_one_scan(
    office: Office,
) -> None:
    station = approved(office, "渝工发〔2026〕30号")
    chief = office.desk("chief")
    document = office.one("SELECT document_id FROM station WHERE id = %s", station)
    assert "渝工发〔2026〕30号" in chief.get("/manage/documents?q=2026〕30").text
    assert "没有符合的文件" in chief.get("/manage/documents?q=%25").text
    path = f"/manage/documents/{document}"
    assert "较场口驿站" in chief.get(path).text
    scan = {"scan": (io.BytesIO(b"GIF89a"), "a.pdf")}
    assert "扫描件须为" in chief.post(f"{path}/scan", scan).text
    scan = {"scan": (io.BytesIO(PDF), "批复.pdf")}
    assert chief.post(f"{path}/scan", scan).status_code == 303
    scan = {"scan": (io.BytesIO(PDF), "另一份.pdf")}
    assert "不能更换" in chief.post(f"{path}/scan", scan).text
    assert "下载扫描件" in chief.get(path).text


def test_a_dossier_holds_the_record_its_history_and_its_scans(office: Office) -> None:
    station = approved(office, "渝工发〔2026〕4号")
    chief = office.desk("chief")
    document = office.one("SELECT document_id FROM station WHERE id = %s", station)
    chief.post(f"/manage/documents/{document}/scan", {"scan": (io.BytesIO(PDF), "批复.pdf")})
    answer = chief.get(f"/manage/stations/{station}/dossier.zip")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        names = archive.namelist()
        record = json.loads(archive.read("record.json"))
        assert archive.read("dossier.pdf").startswith(b"%PDF-")
        assert archive.read(names[2]) == PDF
    assert names[2].startswith("files/01-渝工发〔2026〕4号")
    assert number.check(record["code"]) == record["code"]
    assert [one["number"] for one in record["documents"]] == ["渝工发〔2026〕4号"]
    assert len(record["history"]) >= 2
    taken = "SELECT user_id FROM audit_event WHERE action = 'station.dossier' AND subject = %s"
    assert office.one(taken, f"station {station}") == office.city.people["chief"]


def test_a_dossier_is_its_unions_alone(office: Office) -> None:
    station = approved(office, "渝工发〔2026〕5号")
    path = f"/manage/stations/{station}/dossier.zip"
    assert office.desk("north_clerk").get(path).status_code == 200
    assert office.desk("south_clerk").get(path).status_code == 403
    assert office.desk("auditor").get(path).status_code == 200
