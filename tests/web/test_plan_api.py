"""The workbench's page and questions: who may ask, what is refused, what comes back."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.jobs import tasks
from app.service.plan import siting
from app.store.cluster import Cluster
from app.web.factory import create_app
from tests.service import towns
from tests.service.towns import at_block
from tests.store.people import settle
from tests.web.desks import AFAR, Desk, Office

ROUTES = (
    "/plan/figures", "/plan/uncovered", "/plan/week", "/plan/gaps", "/plan/worth",
    "/plan/catchment", "/plan/curve", "/plan/compare",
)  # fmt: skip
STAFF = ("planner", "chief", "north_clerk", "north_judge", "north_inspector", "auditor")
PLANNERS = ("planner", "chief")
MIDDLE = at_block(7.0, 7.0)
OPEN = {
    "kind": "open", "key": "n1", "name": "新站", "lon": MIDDLE[0], "lat": MIDDLE[1],
    "services": ["toilet"], "hours": "24/7",
}  # fmt: skip
SQUARE = {
    "type": "Polygon",
    "coordinates": [[*(list(at_block(c, r)) for c, r in ((2, 2), (9, 2), (9, 9), (2, 9), (2, 2)))]],
}


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with towns.opened(cluster, tmp_path_factory.mktemp("plan_api")) as town:
        city = settle(town.url)
        town.run("UPDATE user_account SET must_change = false")
        app = create_app(town.runtime)
        app.testing = True
        yield Office(city, town.runtime, app)


@pytest.fixture(scope="module")
def planner(office: Office) -> Desk:
    return office.desk("planner")


def ask(desk: Desk, path: str, body: Any, *, method: str = "POST") -> TestResponse:
    """Send JSON as the page does."""
    return desk.client.open(
        path, method=method, json=body, environ_base=AFAR,
        headers={"X-CSRF-Token": desk.csrf(), "Accept": "application/json"},
    )  # fmt: skip


def told(answer: TestResponse) -> Any:
    assert answer.status_code in (200, 201), answer.get_data(as_text=True)
    return answer.get_json()


def chinese(desk: Desk, path: str, body: Any) -> str:
    """Ask as a reader of Chinese does, and return what is said of what went wrong."""
    answer = desk.client.post(
        path, json=body, environ_base=AFAR,
        headers={"X-CSRF-Token": desk.csrf(), "Accept": "application/json",
                 "Accept-Language": "zh-CN"},
    )  # fmt: skip
    return str(answer.get_json()["detail"])


def fields(answer: TestResponse) -> list[str]:
    assert answer.status_code == 422, answer.get_data(as_text=True)
    return [error["field"] for error in answer.get_json()["errors"]]


# Who may ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", STAFF)
def test_every_member_of_staff_reads_the_figures(office: Office, person: str) -> None:
    desk = office.desk(person)
    assert desk.get("/plan").status_code == 200
    found = told(ask(desk, "/plan/figures", {"question": {}}))
    assert set(found["rules"]) == {"radius_1km", "walk_official", "walk_terrain"}


def test_the_page_stands_in_the_rail_of_all(planner: Desk) -> None:
    assert 'href="/plan"' in planner.get("/manage").get_data(as_text=True)


@pytest.mark.parametrize("path", ROUTES)
def test_nobody_else_does(office: Office, path: str) -> None:
    stranger = office.app.test_client()
    headers = {"Accept": "application/json"}
    answer = stranger.post(path, json={"question": {}}, headers=headers, environ_base=AFAR)
    assert answer.status_code in (401, 403)
    nobody = ask(office.desk("nobody"), path, {"question": {}})
    assert nobody.status_code == 403
    assert "rules" not in nobody.get_data(as_text=True)


def test_the_page_leads_a_stranger_to_the_login(office: Office) -> None:
    answer = office.app.test_client().get(
        "/plan?minutes=20", headers={"Accept": "text/html"}, environ_base=AFAR
    )
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next=%2Fplan%3Fminutes%3D20")


@pytest.mark.parametrize("path", ROUTES)
def test_a_question_without_the_token_is_refused(planner: Desk, path: str) -> None:
    answer = planner.client.post(
        path, json={"question": {}}, headers={"Accept": "application/json"}, environ_base=AFAR
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("person", [*(one for one in STAFF if one not in PLANNERS), "north_alone"])
def test_only_planners_and_city_admins_save(office: Office, person: str) -> None:
    desk = office.desk(person)
    scenario = {"name": "方案", "question": {}, "changes": [OPEN]}
    area = {"title": "片区", "geojson": SQUARE}
    assert ask(desk, "/plan/scenarios", scenario).status_code == 403
    assert ask(desk, "/plan/areas", area).status_code == 403
    assert '"may_save": false' in desk.get("/plan").get_data(as_text=True)


# What is refused -------------------------------------------------------------------------------

BAD = (
    ({"minutes": 4}, "minutes"),
    ({"minutes": 31}, "minutes"),
    ({"minutes": "15"}, "minutes"),
    ({"minutes": True}, "minutes"),
    ({"minutes": 1e400}, "minutes"),
    ({"services": "toilet"}, "services"),
    ({"services": ["toilet", 3]}, "services"),
    ({"services": ["sauna"]}, "services"),
    ({"at": "tomorrow"}, "at"),
    ({"at": "2026-13-01T00:00"}, "at"),
    ({"at": "0001-01-01T00:00"}, "at"),
    ({"at": 5}, "at"),
    ({"as_of": "2026-02-30"}, "as_of"),
    ({"as_of": "9999-12-31"}, "as_of"),
    ({"as_of": "2199-01-01T00:00"}, "as_of"),
    ({"rule": "crow"}, "rule"),
    ({"scope": 7}, "scope"),
    ({"scope": "a\u0000b"}, "scope"),
    ({"demand": "x" * 101}, "demand"),
    ({"pace": "fast"}, "pace"),
    ({"depth": 4}, "depth"),
    ({"depth": 0}, "depth"),
    ({"depth": 1.5}, "depth"),
    ({"depth": "2"}, "depth"),
    ({"depth": True}, "depth"),
)


@pytest.mark.parametrize(("question", "field"), BAD, ids=str)
def test_a_wrong_setting_is_named(planner: Desk, question: dict[str, Any], field: str) -> None:
    answer = ask(planner, "/plan/figures", {"question": question})
    assert fields(answer) == [field]
    chinese = planner.client.post(
        "/plan/week", json={"question": question}, environ_base=AFAR,
        headers={"X-CSRF-Token": planner.csrf(), "Accept": "application/json",
                 "Accept-Language": "zh"},
    ).get_json()  # fmt: skip
    assert re.search("[一-龥]", chinese["errors"][0]["message"])


def test_everything_that_is_wrong_is_told_at_once(planner: Desk) -> None:
    body = {"question": {"minutes": 99, "rule": "crow", "at": "x"}, "changes": [{"kind": "paint"}]}
    assert set(fields(ask(planner, "/plan/gaps", body))) == {
        "minutes", "rule", "at", "changes.0.kind",
    }  # fmt: skip


@pytest.mark.parametrize("body", [[], "x", 3, {"question": []}, {"question": "x"}], ids=str)
def test_what_is_no_object_is_refused(planner: Desk, body: Any) -> None:
    assert ask(planner, "/plan/worth", body).status_code == 422


def test_a_body_that_is_no_json_is_refused(planner: Desk) -> None:
    answer = planner.client.post(
        "/plan/figures", data="{", content_type="application/json", environ_base=AFAR,
        headers={"X-CSRF-Token": planner.csrf(), "Accept": "application/json"},
    )  # fmt: skip
    assert fields(answer) == ["body"]


@pytest.mark.parametrize(
    ("path", "more", "field"),
    [
        ("/plan/figures", {"parts": "some"}, "parts"),
        ("/plan/figures", {"parts": ["all"]}, "parts"),
        ("/plan/uncovered", {"question": {"depth": 4}}, "depth"),
        ("/plan/week", {"question": {"depth": 1.5}}, "depth"),
        ("/plan/gaps", {"question": {"depth": "2"}}, "depth"),
        ("/plan/catchment", {}, "lon"),
        ("/plan/catchment", {"lon": 200, "lat": 29}, "lon"),
        ("/plan/catchment", {"lon": 106, "lat": "29"}, "lat"),
        ("/plan/catchment", {"station": "3"}, "station"),
        ("/plan/catchment", {"station": 2**70}, "station"),
        ("/plan/compare", {}, "scenarios"),
        ("/plan/compare", {"scenarios": []}, "scenarios"),
        ("/plan/compare", {"scenarios": [0]}, "scenarios"),
        ("/plan/compare", {"scenarios": list(range(1, 9))}, "scenarios"),
    ],
)
def test_what_a_question_needs_beside_is_checked(
    planner: Desk, path: str, more: dict[str, Any], field: str
) -> None:
    assert field in fields(ask(planner, path, {"question": {}, **more}))


@pytest.mark.parametrize(
    ("path", "question", "more"),
    [
        ("/plan/figures", {"scope": "nowhere"}, {}),
        ("/plan/figures", {"demand": "ghosts"}, {}),
        ("/plan/worth/99999999", {}, {}),
        ("/plan/worth/-1", {}, {}),
        ("/plan/catchment", {}, {"station": 99999999}),
        ("/plan/compare", {}, {"scenarios": [99999999]}),
    ],
)
def test_what_is_not_there_is_not_found(
    planner: Desk, path: str, question: dict[str, Any], more: dict[str, Any]
) -> None:
    assert ask(planner, path, {"question": question, **more}).status_code == 404


def test_a_place_on_no_street_is_told(planner: Desk) -> None:
    answer = ask(planner, "/plan/catchment", {"question": {}, "lon": 121.0, "lat": 31.0})
    assert answer.status_code == 422
    assert answer.get_json()["type"].endswith("outside-network")
    assert chinese(planner, "/plan/catchment", {"question": {}, "lon": 121.0, "lat": 31.0}) == (
        "这个位置不在步行路网内,附近没有走得到的街道。请在街道旁另选一处。"
    )


@pytest.mark.parametrize("name", ["scope", "demand"])
def test_names_of_nothing_are_told_in_chinese_with_those_there_are(
    planner: Desk, name: str
) -> None:
    said = chinese(planner, "/plan/figures", {"question": {name: "nowhere"}})
    assert "nowhere" in said
    assert "现有" in said


# What comes back -------------------------------------------------------------------------------


def test_a_moment_without_a_zone_is_the_registers_own(planner: Desk) -> None:
    plain = told(ask(planner, "/plan/figures", {"question": {"at": "2026-03-15T03:00"}}))
    zoned = told(ask(planner, "/plan/figures", {"question": {"at": "2026-03-14T19:00Z"}}))
    assert plain["rules"] == zoned["rules"]
    assert plain["stations"]["closed"] > 0


def test_today_is_the_register_as_it_is(office: Office, planner: Desk) -> None:
    today = office.one("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date::text")
    said = told(ask(planner, "/plan/figures", {"question": {"as_of": today}}))
    assert said["key"] == told(ask(planner, "/plan/figures", {"question": {}}))["key"]


def test_a_day_before_the_first_record_is_told(planner: Desk) -> None:
    answer = ask(planner, "/plan/figures", {"question": {"as_of": "2001-01-01"}})
    assert fields(answer) == ["as_of"]
    assert "2001-01-01" in answer.get_json()["detail"]


def test_the_figures_of_people_alone_are_those_of_all(planner: Desk) -> None:
    whole = told(ask(planner, "/plan/figures", {"question": {}, "changes": [OPEN]}))
    people = told(
        ask(planner, "/plan/figures", {"question": {}, "changes": [OPEN], "parts": "people"})
    )
    for rule, figures in people["rules"].items():
        assert figures.items() <= whole["rules"][rule].items()
    assert whole["rules"]["walk_terrain"]["street_share"] > 0
    assert whole["base"]["walk_terrain"]["people"] <= whole["rules"]["walk_terrain"]["people"]


def test_the_key_leads_to_tiles(planner: Desk) -> None:
    key = told(ask(planner, "/plan/figures", {"question": {"minutes": 9}}))["key"]
    answer = planner.get(f"/tiles/plan/0/0/0.mvt?key={key}")
    assert answer.status_code == 200


def test_week_gaps_worth_and_circle_of_a_station_agree(planner: Desk) -> None:
    question = {"question": {"services": ["toilet"]}}
    week = told(ask(planner, "/plan/week", question))
    assert len(week["hours"]) == len(week["open"]) == 168
    stations = told(ask(planner, "/plan/worth", question))["stations"]
    best = stations[0]
    one = told(ask(planner, f"/plan/worth/{best['id']}", question))
    around = told(ask(planner, "/plan/catchment", {**question, "station": best["id"]}))
    assert one["sole"] == best["sole"] == around["sole"]
    assert around["polygon"]["type"] in ("Polygon", "MultiPolygon")
    left = told(ask(planner, "/plan/gaps", question))["uncovered"]
    spots = told(ask(planner, "/plan/uncovered", question))
    assert left == spots["people"] > 0


def test_a_new_station_of_a_scenario_has_a_circle(planner: Desk) -> None:
    body = {"question": {}, "changes": [OPEN], "station": -1}
    assert told(ask(planner, "/plan/catchment", body))["name"] == "新站"


def test_the_course_of_the_years_is_told(planner: Desk) -> None:
    found = told(ask(planner, "/plan/curve", {"question": {}}))
    assert len(found["days"]) == len(found["share"]) == len(found["stations"])


# Scenarios -------------------------------------------------------------------------------------


def test_a_scenario_is_saved_opened_changed_compared_and_deleted(planner: Desk) -> None:
    body = {"name": "夜间补点", "question": {"minutes": 10}, "changes": [OPEN]}
    answer = ask(planner, "/plan/scenarios", body)
    assert answer.status_code == 201
    made = answer.get_json()
    path = f"/plan/scenarios/{made['id']}"
    assert planner.get(path).get_json()["changes"] == made["changes"]
    listed = planner.get("/plan/scenarios").get_json()["scenarios"]
    assert made["id"] in [one["id"] for one in listed]
    again = {**body, "name": "夜间补点二", "revision": made["revision"]}
    renamed = told(ask(planner, path, again, method="PUT"))
    assert renamed["name"] == "夜间补点二"
    late = ask(planner, path, {**again, "name": "别的"}, method="PUT")
    assert late.status_code == 409
    beside = told(ask(planner, "/plan/compare", {"question": {}, "scenarios": [made["id"]]}))
    now, planned = beside["compared"]
    assert (now["id"], planned["name"]) == (0, "夜间补点二")
    gained = planned["rules"]["walk_terrain"]["people"] - now["rules"]["walk_terrain"]["people"]
    assert gained >= 0
    assert planned["base"] == {r: {**f} for r, f in now["rules"].items()}
    assert ask(planner, path, {}, method="DELETE").status_code == 204
    assert (
        planner.get(
            path,
        ).status_code
        == 404
    )


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"note": {"a": 1}}, "note"),
        ({"note": ["a"]}, "note"),
        ({"note": "甲\u202e乙"}, "note"),
        ({"note": "x" * 2001}, "note"),
        ({"question": {"minutes": 99}}, "minutes"),
        ({"question": "x"}, "question"),
        ({"changes": "x"}, "changes"),
        ({"changes": [{"kind": "paint"}]}, "changes.0.kind"),
    ],
)
def test_a_scenario_that_cannot_be_kept_is_refused(
    planner: Desk, more: dict[str, Any], field: str
) -> None:
    body = {"name": "方案", "question": {}, "changes": [OPEN], **more}
    assert field in fields(ask(planner, "/plan/scenarios", body))


@pytest.mark.parametrize("revision", [None, "1", "abc", [], {}, 1.5, 1e400, 0, -1, 2**63, True])
def test_saving_over_takes_the_revision_that_was_read(planner: Desk, revision: Any) -> None:
    body = {"name": "方案", "question": {}, "changes": [OPEN], "revision": revision}
    assert "revision" in fields(ask(planner, "/plan/scenarios/1", body, method="PUT"))


@pytest.mark.parametrize("revision", [None, "abc", [], 1e400])
def test_a_new_scenario_has_no_revision_to_be_read(planner: Desk, revision: Any) -> None:
    body = {"name": "方案", "question": {}, "changes": [OPEN], "revision": revision}
    assert ask(planner, "/plan/scenarios", body).status_code == 201


def test_a_long_scenario_is_turned_in_the_background(office: Office) -> None:
    chief = office.desk("chief")
    many = [{**OPEN, "key": f"n{number}"} for number in range(51)]
    made = told(ask(chief, "/plan/scenarios", {"name": "长", "question": {}, "changes": many}))
    path = f"/plan/scenarios/{made['id']}/drafts"
    answer = ask(chief, path, {})
    assert answer.status_code == 202
    assert answer.get_json()["job"]["state"] == "waiting"
    assert chief.get(path).get_json()["left"] == [one["key"] for one in many]


def test_a_list_becomes_changes(planner: Desk) -> None:
    lines = f"名称,经度,纬度\n甲,{MIDDLE[0]},{MIDDLE[1]}\n乙,,\n"
    answer = sent_list(planner, lines.encode(), "wgs84")
    found = told(answer)
    assert [one["name"] for one in found["changes"]] == ["甲"]
    assert [one["row"] for one in found["errors"]] == [3]


@pytest.mark.parametrize(
    ("content", "datum"), [(b"", "wgs84"), (b"\x00\x01", "wgs84"), (b"a,b\n1,2\n", "mars")]
)
def test_a_list_that_is_none_is_refused(planner: Desk, content: bytes, datum: str) -> None:
    assert sent_list(planner, content, datum).status_code == 422


def test_a_list_needs_a_file(planner: Desk) -> None:
    assert fields(sent_list(planner, None, "wgs84")) == ["file"]


def sent_list(desk: Desk, content: bytes | None, datum: str) -> TestResponse:
    data: dict[str, Any] = {"datum": datum}
    if content is not None:
        data["file"] = (io.BytesIO(content), "list.csv")
    return desk.client.post(
        "/plan/list", data=data, content_type="multipart/form-data", environ_base=AFAR,
        headers={"X-CSRF-Token": desk.csrf(), "Accept": "application/json"},
    )  # fmt: skip


# Areas -----------------------------------------------------------------------------------------


def test_an_area_that_is_drawn_is_a_scope(planner: Desk) -> None:
    made = ask(planner, "/plan/areas", {"title": "老城", "geojson": SQUARE})
    assert made.status_code == 201
    name = made.get_json()["name"]
    found = told(ask(planner, "/plan/figures", {"question": {"scope": name}}))
    assert found["scope"]["name"] == "老城"
    assert name in planner.get("/plan").get_data(as_text=True)
    assert ask(planner, f"/plan/areas/{name}", {}, method="DELETE").status_code == 204
    assert ask(planner, f"/plan/areas/{name}", {}, method="DELETE").status_code == 404


CROSSED = {
    "type": "Polygon",
    "coordinates": [[*(list(at_block(c, r)) for c, r in ((2, 2), (9, 9), (9, 2), (2, 9), (2, 2)))]],
}
ELSEWHERE = {
    "type": "Polygon", "coordinates": [[[121, 31], [121.1, 31], [121.1, 31.1], [121, 31]]],
}  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        {"title": ""},
        {"title": 5},
        {"geojson": None},
        {"geojson": []},
        {"geojson": {"type": "Polygon"}},
        {"geojson": {"type": "Point", "coordinates": list(MIDDLE)}},
        {"geojson": CROSSED},
        {"geojson": ELSEWHERE},
        {"datum": "mars"},
        {"street_buffer_metres": "wide"},
    ],
    ids=str,
)
def test_an_area_that_is_none_is_refused(planner: Desk, more: dict[str, Any]) -> None:
    answer = ask(planner, "/plan/areas", {"title": "片区", "geojson": SQUARE, **more})
    assert answer.status_code == 422, answer.get_data(as_text=True)


# Siting ----------------------------------------------------------------------------------------

SITING = {"question": {}, "goal": "cover", "number": 3, "streets": True, "kinds": []}


def test_a_search_is_asked_for_watched_and_stopped(office: Office, planner: Desk) -> None:
    answer = ask(planner, "/plan/sitings", SITING)
    assert answer.status_code == 202, answer.get_data(as_text=True)
    path = f"/plan/sitings/{answer.get_json()['id']}"
    assert planner.get(path).get_json()["state"] == "waiting"
    assert ask(planner, f"{path}/scenario", {}).status_code == 409
    assert ask(office.desk("chief"), f"{path}/cancel", {}).status_code == 409
    assert ask(planner, f"{path}/cancel", {}).status_code == 204
    assert planner.get(path).get_json()["state"] == "cancelled"


def test_what_was_found_is_a_list_of_changes(office: Office, planner: Desk) -> None:
    number = ask(planner, "/plan/sitings", SITING).get_json()["id"]
    siting.make(office.runtime, planner.actor, number, lambda zh, en, share: None)
    found = planner.get(f"/plan/sitings/{number}").get_json()
    assert found["state"] == "done"
    changes = told(ask(planner, f"/plan/sitings/{number}/scenario", {}))["changes"]
    assert [one["kind"] for one in changes] == ["open"] * len(found["result"]["sites"])
    planned = told(ask(planner, "/plan/figures", {"question": {}, "changes": changes}))
    share = planned["rules"]["walk_terrain"]["people_share"]
    assert share == pytest.approx(found["result"]["share"], abs=1e-3)


def test_a_budget_and_a_quota_as_the_page_sends_them_hold(office: Office, planner: Desk) -> None:
    districts = told(ask(planner, "/plan/figures", {"question": {}}))["districts"]
    west = next(one for one in districts if one["name"] == "西区")
    config = planner.get("/plan").get_data(as_text=True)
    assert all(f'"{kind}"' in config for kind in ("host", "corner", "picked"))
    body = {
        **SITING, "number": 10, "budget": 7, "costs": {"corner": 2},
        "quotas": {west["adcode"]: 1},
    }  # fmt: skip
    number = ask(planner, "/plan/sitings", body).get_json()["id"]
    tasks.perform(office.runtime, siting.KIND, job_of(office, number), stopping=bool)
    found = planner.get(f"/plan/sitings/{number}").get_json()
    assert found["state"] == "done", found["problem"]
    sites = found["result"]["sites"]
    assert len(sites) == 3
    assert found["result"]["cost"] == sum(one["cost"] for one in sites) == 6
    assert sum(one["district"] == "西区" for one in sites) <= 1
    free = ask(planner, "/plan/sitings", {**SITING, "number": 10}).get_json()["id"]
    tasks.perform(office.runtime, siting.KIND, job_of(office, free), stopping=bool)
    unlimited = planner.get(f"/plan/sitings/{free}").get_json()["result"]["sites"]
    assert sum(one["district"] == "西区" for one in unlimited) > 1
    report = ask(planner, "/plan/reports", {"question": {}, "siting": number})
    assert report.status_code == 202


def job_of(office: Office, number: int) -> int:
    """Return the id of the job that searches."""
    return int(
        office.one(
            "SELECT id FROM background_job WHERE kind = %s AND subject = %s", siting.KIND, number
        )
    )


@pytest.mark.parametrize("person", [*(one for one in STAFF if one not in PLANNERS), "north_alone"])
def test_only_planners_look_for_places(office: Office, person: str) -> None:
    assert ask(office.desk(person), "/plan/sitings", SITING).status_code == 403


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"goal": "glory"}, "goal"),
        ({"number": 0}, "number"),
        ({"number": 1.5}, "number"),
        ({"number": 2_001}, "number"),
        ({"number": None}, "number"),
        ({"budget": 0}, "budget"),
        ({"goal": "fewest", "number": None, "target": 1.2}, "target"),
        ({"streets": False}, "kinds"),
        ({"kinds": ["palace"]}, "kinds"),
        ({"forced": [[500, 0]]}, "forced"),
        ({"quotas": {"500103": -1}}, "quotas.500103"),
        ({"quotas": {"500103": 1.9}}, "quotas.500103"),
        ({"question": {"depth": 2}}, "depth"),
    ],
    ids=str,
)
def test_a_wish_that_cannot_be_is_refused(planner: Desk, more: dict[str, Any], field: str) -> None:
    assert field in fields(ask(planner, "/plan/sitings", {**SITING, **more}))


def test_a_search_that_is_not_there_is_not_found(planner: Desk) -> None:
    assert planner.get("/plan/sitings/999999").status_code == 404
