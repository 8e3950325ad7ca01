"""The form with which a station gets into the register, as browsers send it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.domain.lifecycle import State
from app.service import _passwords
from app.store.cluster import Cluster
from app.web.factory import create_app
from tests.service import towns
from tests.service.towns import NETWORK, Town, at_block
from tests.store.dumps import dumped
from tests.store.people import City, brought_to, one, rows, settle
from tests.web.desks import sent_form

OWN = "kites over jialing 41"
HTML = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
AFAR: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.9"}
NEW = "/manage/stations/new"
# a street corner of the town, in its western district
LON, LAT = at_block(5.0, 5.0)


@dataclass(frozen=True)
class Desk:
    """A town with unions and people, and a browser of one of them."""

    town: Town
    city: City
    client: FlaskClient

    def page(self, path: str) -> str:
        return self.client.get(path, headers=HTML, environ_base=AFAR).get_data(as_text=True)

    def send(self, path: str, form: dict[str, Any], *, shown: str | None = None) -> TestResponse:
        """Send a form as the page it stands on carries it."""
        page = self.page(shown or path)
        hidden = {name: value_of(page, name) for name in ("csrf_token", "once", "revision")}
        return self.client.post(path, data={**hidden, **form}, headers=HTML, environ_base=AFAR)

    def facts(self, station: int) -> dict[str, Any]:
        with psycopg.connect(self.town.url) as connection:
            return dict(one(connection, "SELECT to_jsonb(s) FROM station s WHERE id = %s", station))

    def station(self, state: State, union: str = "north", **facts: Any) -> int:
        with psycopg.connect(self.town.url, autocommit=True) as connection:
            return brought_to(connection, self.city.unions[union], state, **facts)

    def named(self, name: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.town.url) as connection:
            return rows(connection, "SELECT id, state, revision FROM station WHERE name = %s", name)


def value_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no {name} in\n{page}"
    return unescape(found[1])


def id_of(answer: TestResponse) -> int:
    assert answer.status_code == 303, answer.get_data(as_text=True)
    found = re.search(r"/manage/stations/(\d+)", answer.location or "")
    assert found, answer.location
    return int(found[1])


@pytest.fixture(scope="module")
def place(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Town, City]]:
    with towns.opened(cluster, tmp_path_factory.mktemp("forms")) as opened:
        city = settle(opened.url)
        opened.run(
            "UPDATE user_account SET must_change = false, password_hash = %s",
            PasswordHasher(1, 8, 1).hash(OWN),
        )
        # the union of the north is that of the western district
        opened.run("UPDATE union_body SET code = '500103' WHERE name = 'north'")
        yield opened, city


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_passwords, "_hasher", PasswordHasher(1, 8, 1))


def desk_of(place: tuple[Town, City], person: str) -> Desk:
    app = create_app(place[0].runtime)
    app.testing = True
    client = app.test_client()
    page = client.get("/login", headers=HTML, environ_base=AFAR).get_data(as_text=True)
    form = {"csrf_token": value_of(page, "csrf_token"), "name": person, "password": OWN}
    entered = client.post("/login", data=form, headers=HTML, environ_base=AFAR)
    assert entered.status_code == 303
    return Desk(place[0], place[1], client)


@pytest.fixture
def desk(place: tuple[Town, City]) -> Desk:
    return desk_of(place, "north_clerk")


def must_haves(desk: Desk, **more: Any) -> dict[str, Any]:
    return {
        "name": "七星岗驿站",
        "union_id": str(desk.city.unions["north"]),
        "address": "中山一路 1 号",
        "longitude": f"{LON:.6f}",
        "latitude": f"{LAT:.6f}",
        "datum": "wgs84",
        "services": ["", "toilet", "water"],
        "hours_mode": "text",
        "hours_text": "周一至周五 08:30-12:00,13:00-17:30",
        "door": "open",
        **more,
    }


KEEPER: dict[str, Any] = {
    "keeper_name": "诸葛明岚", "keeper_phone": "139 0000 7312", "keeper_employer": "磁川物流三队",
    "keeper_agreed": "yes", "keeper_consented_on": "2026-02-01",
}  # fmt: skip
CLEAR = ("诸葛明岚", "13900007312", "139 0000 7312", "磁川物流三队")


def keepers_of(desk: Desk, station: int) -> list[tuple[Any, ...]]:
    with psycopg.connect(desk.town.url) as connection:
        return rows(
            connection, "SELECT state, consented_on::text, added_by FROM keeper"
            " WHERE station_id = %s", station,
        )  # fmt: skip


# A new station ----------------------------------------------------------------------------------


def test_the_must_haves_make_a_draft_and_the_only_union_is_chosen_already(desk: Desk) -> None:
    page = desk.page(NEW)
    assert f'name="union_id" value="{desk.city.unions["north"]}"' in page
    saved = desk.send(NEW, must_haves(desk, name="甲一"))
    facts = desk.facts(id_of(saved))
    assert (facts["state"], facts["name"], facts["door"]) == ("draft", "甲一", "open")
    assert facts["hours"] == "Mo-Fr 08:30-12:00,13:00-17:30"
    assert facts["services"] == ["toilet", "water"]
    assert (facts["source_datum"], facts["source_longitude"]) == ("wgs84", round(LON, 6))
    assert facts["adcode"] == "500103"


def test_saving_and_submitting_is_one_step(desk: Desk) -> None:
    sent = desk.send(NEW, must_haves(desk, name="甲二", action="submit", **KEEPER))
    assert desk.facts(id_of(sent))["state"] == "submitted"
    assert keepers_of(desk, id_of(sent)) == [
        ("serving", "2026-02-01", desk.city.people["north_clerk"])
    ]


def test_what_a_submission_lacks_is_said_beside_the_field_and_the_draft_is_kept(desk: Desk) -> None:
    form = must_haves(desk, name="甲三", action="submit", longitude="", latitude="", datum="")
    answer = desk.send(NEW, form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="place-fault"' in page
    ((station, state, revision),) = desk.named("甲三")
    assert state == "draft"
    assert f'action="/manage/stations/{station}/edit"' in page
    again = desk.client.post(
        f"/manage/stations/{station}/edit",
        data={
            **must_haves(desk, name="甲三", action="submit", **KEEPER),
            "csrf_token": value_of(page, "csrf_token"), "once": value_of(page, "once"),
            "revision": value_of(page, "revision"),
        },
        headers=HTML, environ_base=AFAR,
    )  # fmt: skip
    assert desk.facts(id_of(again))["state"] == "submitted"
    assert revision == 1


def test_a_double_click_makes_one_station_and_what_is_new_in_the_second_is_kept(desk: Desk) -> None:
    page = desk.page(NEW)
    form = {
        **must_haves(desk, name="甲四"),
        **{name: value_of(page, name) for name in ("csrf_token", "once", "revision")},
    }
    answers = [
        desk.client.post(NEW, data={**form, **more}, headers=HTML, environ_base=AFAR)
        for more in ({}, {}, {"address": "改过的地址"})
    ]
    ids = {id_of(answer) for answer in answers}
    assert len(ids) == len(desk.named("甲四")) == 1
    assert desk.facts(ids.pop())["address"] == "改过的地址"


def test_the_next_station_of_the_same_union_is_one_click_away(place: tuple[Town, City]) -> None:
    chief = desk_of(place, "chief")
    union = str(chief.city.unions["south"])
    answer = chief.send(NEW, must_haves(chief, name="甲五", union_id=union, action="next"))
    assert answer.location == f"{NEW}?union={union}&done=saved"
    assert f'<option value="{union}"' in (page := chief.page(str(answer.location)))
    assert re.search(rf'<option value="{union}"[^>]* selected', page)


@pytest.mark.parametrize(
    ("wrong", "beside"),
    [
        ({"name": " "}, "name"),
        ({"name": "长" * 201}, "name"),
        ({"longitude": "106.5"}, None),
        ({"longitude": "abc"}, "longitude"),
        ({"latitude": ""}, "latitude"),
        ({"longitude": "29.5", "latitude": "106.5"}, "latitude"),
        ({"datum": ""}, "datum"),
        ({"shared": "https://surl.amap.com/a1b2c3"}, "shared"),
        (
            {"hours_mode": "week", "Mo.kind": "open", "Mo.from": ["25:00"], "Mo.to": ["26:00"]},
            "Mo.from",
        ),
        ({"hours_mode": "week"}, "Mo.from"),
        ({"door": "window"}, "door"),
        ({"host_credit_code": "91500000MA5U0QAX3"}, "host_credit_code"),
        ({"area_square_metres": "很大"}, "area_square_metres"),
        ({"seats": "-1"}, "seats"),
        ({"agreement_from": "2026-05-01", "agreement_to": "2026-04-01"}, "agreement_to"),
        ({"services": ["", "sauna"]}, "services"),
        ({"near": ["", "toilet"]}, "near.toilet"),
        ({"near": [""], "from.water": "13-40", "to.water": "09-30"}, "from.water"),
        ({"union_id": "99999999"}, ""),
        ({"once": "short"}, "once"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    desk: Desk, wrong: dict[str, Any], beside: str | None
) -> None:
    name = f"乙 <b>&{abs(hash(str(wrong))) % 10**9}"
    form = (
        must_haves(desk, name=name, **wrong) if "name" not in wrong else must_haves(desk, **wrong)
    )
    answer = desk.send(NEW, form)
    if beside is None:
        assert answer.status_code == 303
        return
    page = answer.get_data(as_text=True)
    assert answer.status_code == (403 if beside == "" else 422)
    assert "<b>&" not in page
    assert "中山一路 1 号" in page
    assert desk.named(name) == []
    if beside not in ("", "once"):
        assert f'id="{beside}-fault"' in page
        assert f'href="#{beside}"' in page


def test_a_shared_text_is_read_without_any_script(desk: Desk) -> None:
    shared = "我在 https://www.openstreetmap.org/?mlat=29.5561&mlon=106.5612 等你"
    form = must_haves(desk, name="甲六", longitude="", latitude="", datum="", shared=shared)
    facts = desk.facts(id_of(desk.send(NEW, form)))
    assert (facts["source_longitude"], facts["source_latitude"]) == (106.5612, 29.5561)
    asked = {**form, "name": "甲七", "shared": "106.5612,29.5561"}
    answer = desk.send(NEW, asked)
    assert 'id="datum-fault"' in answer.get_data(as_text=True)
    facts = desk.facts(id_of(desk.send(NEW, {**asked, "datum": "gcj02"})))
    assert facts["source_datum"] == "gcj02"
    moved = facts["place"]["coordinates"]
    assert 0.001 < abs(moved[0] - 106.5612) < 0.01


def test_who_may_enter_nothing_is_told_whom_to_ask(place: tuple[Town, City]) -> None:
    judge = desk_of(place, "north_judge")
    answer = judge.client.get(NEW, headers=HTML, environ_base=AFAR)
    assert answer.status_code == 403


def test_everything_further_is_taken_too(desk: Desk) -> None:
    further = {
        "name_en": "Qixinggang", "host_name": "岚江银行七星岗支行", "host_kind": "bank",
        "host_credit_code": "91350100M000100Y43", "union_built": "no",
        "area_square_metres": "32.5 ㎡",
        "seats": "8", "agreement_number": "协 2026-1", "agreement_from": "2026-01-01",
        "agreement_to": "2027-01-01", "functions": ["", "reading_corner"],
        "venues": ["", "fitness"],
        "near": ["", "aed"], "note.aed": "社区医院", "from.water": "6月1日", "to.water": "09-30",
    }  # fmt: skip
    facts = desk.facts(id_of(desk.send(NEW, must_haves(desk, name="甲八", **further))))
    assert facts["service_details"] == {
        "water": {"where": "on_site", "from": "06-01", "to": "09-30"},
        "aed": {"where": "nearest", "note": "社区医院"},
    }
    assert (facts["area_square_metres"], facts["seats"], facts["union_built"]) == (32.5, 8, False)
    assert (facts["functions"], facts["venues"]) == (["reading_corner"], ["fitness"])
    assert facts["host_credit_code"] == "91350100M000100Y43"
    page = desk.page(f"/manage/stations/{facts['id']}/edit")
    for shown in ("岚江银行七星岗支行", "32.5", "社区医院", "06-01", "协 2026-1"):
        assert f'value="{shown}"' in page


# The keeper -------------------------------------------------------------------------------------


def test_without_a_keeper_a_draft_is_saved_and_not_submitted(desk: Desk) -> None:
    answer = desk.send(NEW, must_haves(desk, name="实一", action="submit"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="keeper-fault"' in page
    assert 'href="#keeper"' in page
    ((station, state, _),) = desk.named("实一")
    assert (state, keepers_of(desk, station)) == ("draft", [])


def test_a_keeper_that_is_kept_is_masked_and_named_no_second_time(desk: Desk) -> None:
    # the place is missing, so that it is saved and not submitted
    form = must_haves(desk, name="实二", action="submit", longitude="", latitude="", **KEEPER)
    refused = desk.send(NEW, form)
    ((station, _, _),) = desk.named("实二")
    path = f"/manage/stations/{station}/edit"
    for page in (refused.get_data(as_text=True), desk.page(path)):
        assert "诸**" in page
        assert "139****7312" in page
        assert f'href="/manage/stations/{station}/keepers"' in page
        assert 'name="keeper_phone"' not in page
        assert not [value for value in CLEAR if value in page]
    assert refused.status_code == 422
    again = desk.send(path, {**must_haves(desk, name="实二"), **KEEPER})
    assert again.status_code == 422
    assert 'id="keeper_phone-fault"' in again.get_data(as_text=True)
    assert len(keepers_of(desk, station)) == 1


@pytest.mark.parametrize(
    ("wrong", "beside"),
    [
        ({"keeper_name": ""}, "keeper_name"),
        ({"keeper_phone": "1390000"}, "keeper_phone"),
        ({"keeper_phone": ""}, "keeper_phone"),
        ({"keeper_employer": "11010519491231002X"}, "keeper_employer"),
        ({"keeper_agreed": ""}, "keeper_agreed"),
        ({"keeper_consented_on": ""}, "keeper_consented_on"),
        ({"keeper_consented_on": "2999-01-01"}, "keeper_consented_on"),
        ({"keeper_consented_on": "gestern"}, "keeper_consented_on"),
    ],
)
def test_what_is_wrong_with_a_keeper_stands_beside_it_and_nothing_is_saved(
    desk: Desk, wrong: dict[str, str], beside: str
) -> None:
    form = must_haves(desk, name="实三", door="window", **{**KEEPER, **wrong})
    answer = desk.send(NEW, form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{beside}-fault"' in page
    # what else is wrong is said at the same time, and what was typed is still there
    assert 'id="door-fault"' in page
    for name, value in {**KEEPER, **wrong}.items():
        if value not in ("", "yes"):
            assert re.search(rf'name="{name}"[^>]* value="{re.escape(value)}"', page), name
    assert desk.named("实三") == []


def test_a_form_that_saves_itself_leaves_the_keeper_out(desk: Desk) -> None:
    saved = desk.send(NEW, {**must_haves(desk, name="实四"), **KEEPER, "autosave": "1"}).get_json()
    assert keepers_of(desk, saved["id"]) == []
    path = f"/manage/stations/{saved['id']}/edit"
    desk.send(path, {**must_haves(desk, name="实四"), "address": "新", **KEEPER, "autosave": "1"})
    assert keepers_of(desk, saved["id"]) == []
    everything = str(desk.facts(saved["id"])) + str(
        desk.town.run("SELECT facts FROM station_version WHERE station_id = %s", saved["id"])
    )
    assert not [value for value in CLEAR if value in everything]


def test_a_double_click_names_one_keeper(desk: Desk) -> None:
    page = desk.page(NEW)
    hidden = {name: value_of(page, name) for name in ("csrf_token", "once", "revision")}
    form = {**must_haves(desk, name="实五"), **KEEPER, **hidden}
    answers = [desk.client.post(NEW, data=form, headers=HTML, environ_base=AFAR) for _ in range(3)]
    ids = {id_of(answer) for answer in answers}
    assert len(ids) == 1
    assert len(keepers_of(desk, ids.pop())) == 1


def test_a_change_of_what_is_locked_carries_no_keeper(desk: Desk) -> None:
    station = desk.station(State.ACTIVE, name="实六")
    path = f"/manage/stations/{station}/edit"
    page = desk.page(path)
    assert 'name="keeper_phone"' not in page
    assert f'href="/manage/stations/{station}/keepers"' in page
    form = {**sent_form(page), "name": ["实七"], "reason": ["换牌"], **KEEPER}
    preview = desk.client.post(
        path, data={**form, "action": "preview"}, headers=HTML, environ_base=AFAR
    )
    asked = {**form, **sent_form(preview.get_data(as_text=True)), "reason": ["换牌"]}
    desk.client.post(
        path, data={**asked, **KEEPER, "action": "ask"}, headers=HTML, environ_base=AFAR
    )
    changes = desk.town.run("SELECT changes FROM change_request WHERE station_id = %s", station)
    assert changes == [({"name": "实七"},)]
    assert keepers_of(desk, station) == []


def test_a_login_that_ended_carries_no_keeper_and_says_so(place: tuple[Town, City]) -> None:
    desk = desk_of(place, "north_second")
    page = desk.page(NEW)
    hidden = {name: value_of(page, name) for name in ("csrf_token", "once", "revision")}
    desk.town.run(
        "UPDATE user_session SET ended_at = clock_timestamp() WHERE user_id = %s",
        desk.city.people["north_second"],
    )
    form = {**must_haves(desk, name="实八"), **KEEPER, **hidden}
    login = desk.client.post(NEW, data=form, headers=HTML, environ_base=AFAR)
    again = {
        "csrf_token": value_of(login.get_data(as_text=True), "csrf_token"),
        "carried": value_of(login.get_data(as_text=True), "carried"),
        "name": "north_second", "password": OWN,
    }  # fmt: skip
    replay = desk.client.post("/login", data=again, headers=HTML, environ_base=AFAR)
    kept = replay.get_data(as_text=True)
    assert "实八" in kept
    assert not [value for value in CLEAR if value in kept]
    fields = re.findall(r'<textarea name="([^"]*)" hidden>\n(.*?)</textarea>', kept, re.S)
    carried = {name: unescape(value) for name, value in fields}
    carried["csrf_token"] = value_of(kept, "csrf_token")
    late = desk.client.post(NEW, data=carried, headers=HTML, environ_base=AFAR)
    assert late.status_code == 422
    assert 'id="keeper_name-fault"' in late.get_data(as_text=True)
    assert desk.named("实八") == []


def test_a_dump_after_registering_holds_nothing_of_the_keeper(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    form = must_haves(desk, name="实九", action="submit", **KEEPER)
    desk.send(NEW, {**form, "keeper_phone": "139 0000 73"})
    desk.send(NEW, {**form, "autosave": "1"})
    station = id_of(desk.send(NEW, form))
    assert len(keepers_of(desk, station)) == 1
    text = dumped(desk.town.url)
    assert "实九" in text
    for value in (*CLEAR, "139 0000 73", "诸**", "139****"):
        assert value not in text
        assert value.encode().hex() not in text
    logged = "".join(capfd.readouterr())
    assert "/manage/stations/new" in logged
    assert not [value for value in CLEAR if value in logged]


# Hints ------------------------------------------------------------------------------------------


def ask(desk: Desk, **form: Any) -> dict[str, Any]:
    answer = desk.send("/manage/stations/form/hints", form, shown=NEW)
    assert answer.status_code == 200
    return dict(answer.get_json())


def test_the_place_is_compared_with_district_union_streets_and_water(desk: Desk) -> None:
    found = ask(desk, **must_haves(desk))
    assert "西区" in found["slots"]["place-found"]
    assert "doubt" not in found["slots"]["place-found"]
    assert found["place"] == [pytest.approx(LON, abs=1e-5), pytest.approx(LAT, abs=1e-5)]
    east = at_block(10.0, 5.0)
    other = must_haves(desk, longitude=f"{east[0]:.6f}", latitude=f"{east[1]:.6f}")
    assert "位置在东区,而所属工会是north" in ask(desk, **other)["slots"]["place-found"]
    typed = ask(desk, **other, area_name="西区")["slots"]["place-found"]
    assert "填写的区县是“西区”" in typed
    assert "填写的区县" not in ask(desk, **other, area_name="东区")["slots"]["place-found"]
    far = must_haves(desk, longitude="106.9", latitude=f"{LAT:.6f}")
    said = ask(desk, **far)["slots"]["place-found"]
    assert "不在任何区县内" in said
    assert "离最近的街道" in said
    lon, lat = at_block(5.0, 5.0)
    desk.town.run(
        "INSERT INTO basemap_feature (network, layer, kind, name, min_zoom, geometry) VALUES"
        " (%s, 'water', 'lake', '小湖', 10, ST_Transform(ST_Expand(ST_SetSRID(ST_MakePoint(%s, %s),"
        " 4326), 0.0001), 3857))", NETWORK, lon, lat,
    )  # fmt: skip
    try:
        assert "在水里" in ask(desk, **must_haves(desk))["slots"]["place-found"]
    finally:
        desk.town.run("DELETE FROM basemap_feature WHERE name = '小湖'")


def test_likely_twins_are_shown_and_other_unions_drafts_are_not(desk: Desk) -> None:
    lon, lat = at_block(2.0, 2.0)
    near = desk.station(State.DRAFT, name="近处站", longitude=lon + 0.0003, latitude=lat)
    same = desk.station(State.DRAFT, name="同名站", longitude=106.0, latitude=29.0)
    hidden = desk.station(State.DRAFT, "south", name="同名站", longitude=lon, latitude=lat)
    form = must_haves(desk, name="同 名站", longitude=f"{lon:.6f}", latitude=f"{lat:.6f}")
    found = ask(desk, **form)["slots"]["twins-found"]
    assert f"/manage/stations/{near}" in found
    assert f"/manage/stations/{same}" in found
    assert f"/manage/stations/{hidden}" not in found
    assert (
        f"/manage/stations/{same}" not in ask(desk, **form, about=str(same))["slots"]["twins-found"]
    )


def test_hours_in_words_are_shown_back_and_can_be_put_into_the_week(desk: Desk) -> None:
    found = ask(desk, hours_mode="text", hours_text="每天 8:00-20:00,法定节假日休息")
    assert "每天 08:00–20:00;法定节假日休息" in found["slots"]["hours-read"]
    assert found["week"]["Mo.from"] == ["08:00"]
    assert found["week"]["hours_holidays"] == ["closed"]
    doubt = ask(desk, hours_mode="text", hours_text="看心情开门")
    assert "没能识别" in doubt["slots"]["hours-read"]
    assert doubt["week"] is None


def test_a_credit_code_is_checked_while_it_is_typed(desk: Desk) -> None:
    wrong = ask(desk, host_credit_code="91350100M000100Y44")["errors"]
    assert "host_credit_code" in wrong
    assert ask(desk, host_credit_code="91350100M000100Y43")["errors"] == {}


def test_a_pasted_place_is_read_or_refused_in_both_languages(desk: Desk) -> None:
    path = "/manage/stations/form/shared"
    read = desk.send(path, {"shared": "geo:29.5561,106.5612"}, shown=NEW).get_json()
    assert (read["longitude"], read["latitude"], read["datum"]) == ("106.5612", "29.5561", "wgs84")
    refused = desk.send(path, {"shared": "解放碑旁边"}, shown=NEW)
    assert refused.status_code == 422
    assert len(refused.get_json()["errors"]["shared"][0]) == 2


# Saving by itself -------------------------------------------------------------------------------


def test_a_form_saves_itself_as_one_draft_and_leaves_out_what_is_half_typed(desk: Desk) -> None:
    page = desk.page(NEW)
    hidden = {name: value_of(page, name) for name in ("csrf_token", "once", "revision")}
    union = str(desk.city.unions["north"])
    half = {
        **hidden,
        "autosave": "1",
        "union_id": union,
        "name": "丙一",
        "host_credit_code": "9135",
    }

    def send(path: str, form: dict[str, Any]) -> TestResponse:
        return desk.client.post(path, data=form, headers=HTML, environ_base=AFAR)

    first = send(NEW, half).get_json()
    # the answer was lost, and the page sends it again with more
    second = send(NEW, {**half, "address": "新华路"}).get_json()
    assert first["id"] == second["id"]
    assert "host_credit_code" in first["errors"]
    assert re.fullmatch(r"\d\d:\d\d", first["at"])
    facts = desk.facts(first["id"])
    assert (facts["address"], facts["host_credit_code"], facts["state"]) == (
        "新华路",
        None,
        "draft",
    )
    edit = f"/manage/stations/{first['id']}/edit"
    assert second["location"] == edit
    later = {**half, "revision": str(second["revision"]), "address": "新华路 2 号"}
    third = send(edit, later).get_json()
    again = send(edit, later).get_json()
    assert third["revision"] == again["revision"] == second["revision"] + 1
    other = {**hidden, "once": "y" * 20}
    nameless = send(NEW, {**other, "autosave": "1", "union_id": union, "name": ""})
    assert nameless.status_code == 422


# Editing ----------------------------------------------------------------------------------------


def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(desk: Desk) -> None:
    draft = desk.station(
        State.DRAFT, name="丁  一", services=("water", "toilet"), hours="09:00-21:00; PH closed",
        hours_text="每天 9:00-21:00 法定节假日除外", area_name="渝中",
    )  # fmt: skip
    path = f"/manage/stations/{draft}/edit"
    desk.client.post(path, data=sent_form(desk.page(path)), headers=HTML, environ_base=AFAR)
    told = desk.town.run(
        "SELECT facts FROM station_version WHERE station_id = %s ORDER BY version", draft
    )
    assert desk.facts(draft)["revision"] == 1, told


def test_of_two_at_one_draft_the_second_chooses_field_by_field(place: tuple[Town, City]) -> None:
    first, second = desk_of(place, "north_clerk"), desk_of(place, "north_second")
    draft = first.station(State.DRAFT, name="戊一", address="旧路")
    path = f"/manage/stations/{draft}/edit"
    mine = sent_form(second.page(path))
    theirs = {
        **sent_form(first.page(path)),
        "name": ["戊二"],
        "address": ["他的路"],
        "door": ["key"],
    }
    first.client.post(path, data=theirs, headers=HTML, environ_base=AFAR)
    mine |= {"address": ["我的路"], "host_name": ["我的单位"]}
    answer = second.client.post(path, data=mine, headers=HTML, environ_base=AFAR)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    # what only the other changed stands in the form; where both did there is a choice
    assert 'value="戊二"' in page
    assert re.search(r'<option value="key"[^>]* selected', page)
    assert set(re.findall(r'name="(choice\.[^"]*)"', page)) == {"choice.address"}
    assert 'value="我的路"' in page
    assert first.facts(draft)["address"] == "他的路"
    again = {**sent_form(page), "choice.address": ["theirs"]}
    second.client.post(path, data=again, headers=HTML, environ_base=AFAR)
    facts = first.facts(draft)
    assert (facts["name"], facts["address"], facts["door"], facts["host_name"]) == (
        "戊二", "他的路", "key", "我的单位",
    )  # fmt: skip


def test_an_autosave_never_overwrites_what_somebody_else_did(place: tuple[Town, City]) -> None:
    first, second = desk_of(place, "north_clerk"), desk_of(place, "north_second")
    draft = first.station(State.DRAFT, name="己一", address="旧路")
    path = f"/manage/stations/{draft}/edit"
    mine = {**sent_form(second.page(path)), "address": ["我的路"], "autosave": ["1"]}
    theirs = {**sent_form(first.page(path)), "address": ["他的路"]}
    first.client.post(path, data=theirs, headers=HTML, environ_base=AFAR)
    answer = second.client.post(path, data=mine, headers=HTML, environ_base=AFAR)
    assert (answer.status_code, answer.get_json()) == (409, {"meanwhile": True})
    assert first.facts(draft)["address"] == "他的路"


def test_a_record_that_went_on_meanwhile_keeps_what_was_typed_on_the_page(desk: Desk) -> None:
    station = desk.station(State.SUBMITTED, name="庚一")
    path = f"/manage/stations/{station}/edit"
    assert "现在不能修改" in desk.page(path)
    answer = desk.send(path, must_haves(desk, name="庚二"))
    assert answer.status_code == 409
    assert 'value="庚二"' in answer.get_data(as_text=True)
    assert desk.facts(station)["name"] == "庚一"


def test_only_staff_of_the_union_open_the_form(place: tuple[Town, City]) -> None:
    clerk = desk_of(place, "north_clerk")
    draft = clerk.station(State.DRAFT, name="辛一")
    open_one = clerk.station(State.ACTIVE, name="辛二")
    for person, station, status in (
        ("south_clerk", draft, 404), ("south_clerk", open_one, 403), ("auditor", draft, 403),
        ("north_judge", draft, 403), ("chief", draft, 200),
    ):  # fmt: skip
        other = desk_of(place, person).client
        answer = other.get(f"/manage/stations/{station}/edit", headers=HTML, environ_base=AFAR)
        assert answer.status_code == status, person


# Changes of what is locked ----------------------------------------------------------------------


def test_a_locked_station_is_asked_to_be_changed_after_a_preview(desk: Desk) -> None:
    station = desk.station(State.ACTIVE, name="壬一", hours="Mo-Su 08:00-20:00")
    path = f"/manage/stations/{station}/edit"
    form = sent_form(desk.page(path))
    same = desk.client.post(
        path, data={**form, "action": "preview"}, headers=HTML, environ_base=AFAR
    )
    assert same.status_code == 422
    assert "没有任何改动" in same.get_data(as_text=True)
    wanted = {
        **form,
        "name": ["壬二"],
        "Su.kind": ["closed"],
        "Su.from": ["", ""],
        "Su.to": ["", ""],
    }
    preview = desk.client.post(
        path, data={**wanted, "action": "preview"}, headers=HTML, environ_base=AFAR
    )
    page = preview.get_data(as_text=True)
    shown = page[page.index('id="preview"') : page.index('id="basics"')]
    assert "壬二" in shown
    assert shown.count('<th scope="row">') == 2
    reasonless = desk.client.post(
        path, data={**wanted, "action": "ask"}, headers=HTML, environ_base=AFAR
    )
    assert reasonless.status_code == 422
    assert 'id="reason-fault"' in reasonless.get_data(as_text=True)
    send = {**sent_form(page), "reason": ["换牌"], "action": ["ask"]}
    for _ in range(2):
        done = desk.client.post(path, data=send, headers=HTML, environ_base=AFAR)
        assert id_of(done) == station
    asked = desk.town.run(
        "SELECT changes, reason FROM change_request WHERE station_id = %s", station
    )
    assert asked == [
        ({"name": "壬二", "hours": "Mo-Sa 08:00-20:00", }, "换牌")
    ]  # fmt: skip
    assert desk.facts(station)["name"] == "壬一"
    assert "已有一份修改申请" in desk.page(path)
    twice = desk.send(path, {**wanted, "reason": "再换", "action": "ask", "once": "x" * 20})
    assert twice.status_code == 409


def test_a_login_that_ended_in_the_middle_loses_nothing(place: tuple[Town, City]) -> None:
    desk = desk_of(place, "north_second")
    page = desk.page(NEW)
    form = {
        **must_haves(desk, name="癸一"),
        **{name: value_of(page, name) for name in ("csrf_token", "once", "revision")},
    }
    desk.town.run(
        "UPDATE user_session SET ended_at = clock_timestamp() WHERE user_id = %s",
        desk.city.people["north_second"],
    )
    asked = desk.client.post(NEW, data=form, headers=HTML, environ_base=AFAR)
    login = asked.get_data(as_text=True)
    assert asked.status_code == 401
    again = {
        "csrf_token": value_of(login, "csrf_token"), "carried": value_of(login, "carried"),
        "name": "north_second", "password": OWN,
    }  # fmt: skip
    replay = desk.client.post("/login", data=again, headers=HTML, environ_base=AFAR)
    kept = replay.get_data(as_text=True)
    assert f'action="{NEW}"' in kept
    assert "癸一" in kept
