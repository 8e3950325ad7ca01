"""Scenarios saved, shared, overtaken, copied, and turned into what the register knows."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.domain.errors import Conflict, ForbiddenHere, InvalidInput, NotFound
from app.domain.lifecycle import State
from app.domain.scenario import apply, content_digest, parse
from app.service import edits
from app.service.plan import scenarios, turning
from app.service.plan.drafts import to_drafts
from app.service.plan.lists import changes_from_list
from app.service.plan.scenarios import SavedMeanwhile
from app.store.cluster import Cluster
from app.store.station_versions import CountedStation
from tests.service.lists import Desk, csv_of, open_desk
from tests.store.people import PEOPLE, brought_to

QUESTION: dict[str, Any] = {"minutes": 15, "services": ["toilet"], "rule": "terrain"}
# in the square of the north, and in that of nobody
NORTH, NOWHERE = (106.5, 29.6), (107.9, 29.6)
# north_alone is admin of one district, and plans for no city
PLANNERS = {"planner", "chief", "deputy"}


@pytest.fixture(scope="module")
def desk(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_desk(cluster, "plan_scenarios", tmp_path_factory.mktemp("scenarios")) as opened:
        for code, west in (("500112", 106.4), ("500108", 106.8)):
            opened.run(
                "INSERT INTO district (adcode, name, geometry, valid_from) VALUES (%s, %s,"
                " ST_Multi(ST_MakeEnvelope(%s, 29.4, %s, 29.8, 4326)), '2000-01-01')",
                code, f"区{code}", west, west + 0.4,
            )  # fmt: skip
        yield opened


def new(key: str, at: tuple[float, float] = NORTH, **more: Any) -> dict[str, Any]:
    return {
        "kind": "open", "key": key, "name": f"新站{key}", "lon": at[0], "lat": at[1],
        "services": ["toilet", "water"], "hours": "Mo-Su 08:00-22:00", **more,
    }  # fmt: skip


def saved(desk: Desk, *items: dict[str, Any], name: str = "夜间补点") -> dict[str, Any]:
    return scenarios.save_new(
        desk.runtime, desk.actor("planner"), name=name, question=QUESTION, changes=list(items)
    )


def again(desk: Desk, before: dict[str, Any], person: str = "planner", **new: Any) -> Any:
    kept = {name: before[name] for name in ("name", "note", "question", "changes", "revision")}
    return scenarios.save(desk.runtime, desk.actor(person), before["id"], **{**kept, **new})


def active(desk: Desk, union: str = "north", **facts: Any) -> int:
    with desk.runtime.connection() as connection:
        return brought_to(connection, desk.city.unions[union], State.ACTIVE, **facts)


def events(desk: Desk, scenario_id: int) -> list[str]:
    found = desk.run(
        "SELECT action FROM audit_event WHERE subject = %s ORDER BY id", f"scenario {scenario_id}"
    )
    return [row[0] for row in found]


def turned(desk: Desk, person: str, id_: int, *keys: str) -> dict[str, dict[str, Any]]:
    told = to_drafts(desk.runtime, desk.actor(person), id_, list(keys) or None)
    return {item["key"]: item for item in told["items"]}


def test_a_scenario_is_saved_and_read_by_all_staff(desk: Desk) -> None:
    made = saved(desk, new("n1"), {"kind": "close", "station": 77})
    for person in set(PEOPLE) - {"nobody"}:
        read = scenarios.get(desk.runtime, desk.actor(person), made["id"])
        assert read["changes"] == [new("n1"), {"kind": "close", "station": 77}], person
        assert (read["question"], read["revision"]) == (QUESTION, 1)
        assert read["made_by"] == "Person planner"
        assert read["may_save"] == (person in PLANNERS), person
        assert made["id"] in {
            one["id"] for one in scenarios.list_(desk.runtime, desk.actor(person))["scenarios"]
        }
    with pytest.raises(NotFound):
        scenarios.get(desk.runtime, desk.actor("nobody"), made["id"])


@pytest.mark.parametrize("person", sorted(set(PEOPLE) - PLANNERS))
def test_who_plans_nothing_saves_and_deletes_nothing(desk: Desk, person: str) -> None:
    made = saved(desk, new("n1"))
    actor = desk.actor(person)
    with pytest.raises(ForbiddenHere) as caught:
        scenarios.save_new(desk.runtime, actor, name="我的", question={}, changes=[])
    assert "规划人员" in caught.value.zh
    for attempt in (
        lambda: again(desk, made, person, name="改名"),
        lambda: scenarios.delete(desk.runtime, actor, made["id"]),
    ):
        with pytest.raises((ForbiddenHere, NotFound)):
            attempt()
    assert scenarios.get(desk.runtime, desk.actor("planner"), made["id"]) == made


def test_everything_wrong_with_a_scenario_is_told_at_once(desk: Desk) -> None:
    with pytest.raises(InvalidInput) as caught:
        scenarios.save_new(
            desk.runtime, desk.actor("planner"), name=" ", note="注" * 2001,
            question={"color": "red"}, changes=[{"kind": "close"}, new("n1", hours="now and then")],
        )  # fmt: skip
    assert [error.field for error in caught.value.errors] == [
        "name", "note", "question", "changes.0.station", "changes.1.hours",
    ]  # fmt: skip
    assert caught.value.zh


@pytest.mark.parametrize("note", ["甲\u202e乙", "甲\x07", "甲\u200b乙", "甲\u2028乙"])
def test_a_note_has_lines_but_no_signs_that_cannot_be_seen(desk: Desk, note: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        scenarios.save_new(
            desk.runtime, desk.actor("planner"), name="夜", note=note, question={}, changes=[]
        )
    assert [error.field for error in caught.value.errors] == ["note"]
    assert again(desk, saved(desk, new("n1")), note="第一行\r\n第二行\n")["note"]


def test_saving_anew_counts_up_and_is_told_in_the_audit(desk: Desk) -> None:
    made = saved(desk, new("n1"))
    changed = again(desk, made, "chief", name="夜间补点二", changes=[new("n1"), new("n2")])
    assert (changed["revision"], changed["changed_by"]) == (2, "Person chief")
    assert changed["made_by"] == "Person planner"
    scenarios.delete(desk.runtime, desk.actor("planner"), made["id"])
    assert events(desk, made["id"]) == ["scenario.make", "scenario.change", "scenario.delete"]
    for use in (scenarios.get, scenarios.delete):
        with pytest.raises(NotFound) as caught:
            use(desk.runtime, desk.actor("planner"), made["id"])
        assert "已被删除" in caught.value.zh


def test_who_was_overtaken_keeps_both(desk: Desk) -> None:
    made = saved(desk, new("n1"))
    theirs = again(desk, made, "chief", changes=[new("n9")])
    with pytest.raises(SavedMeanwhile) as caught:
        again(desk, made, changes=[new("n2")])
    assert caught.value.theirs["changes"] == theirs["changes"] == [new("n9")]
    assert caught.value.mine["changes"] == [new("n2")]
    assert "Person chief" in caught.value.zh
    assert scenarios.get(desk.runtime, desk.actor("chief"), made["id"])["changes"] == [new("n9")]
    # an answer that was lost on its way is asked for again
    assert again(desk, made, changes=[new("n9")])["revision"] == 2


def test_of_many_who_save_at_once_one_is_first(desk: Desk) -> None:
    made = saved(desk, new("n1"))

    def attempt(number: int) -> bool:
        try:
            again(desk, made, changes=[new(f"n{number}")])
        except SavedMeanwhile:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(2, 6))) == 1


def test_new_stations_become_drafts_once(desk: Desk) -> None:
    made = saved(desk, new("n1", host_name="某银行", host_kind="bank", cost=20000.0), new("n2"))
    first = turned(desk, "north_clerk", made["id"], "n1")
    assert first.keys() == {"n1"}
    assert first["n1"]["outcome"] == "draft"
    draft = first["n1"]["station"]
    [row] = desk.run(
        "SELECT s.state, s.name, s.hours, s.services, s.host_kind, round(ST_X(s.place)::numeric, 4)"
        ", u.code FROM station s JOIN union_body u ON u.id = s.union_id WHERE s.id = %s", draft,
    )  # fmt: skip
    assert row[:5] == ("draft", "新站n1", "Mo-Su 08:00-22:00", ["toilet", "water"], "bank")
    assert (float(row[5]), row[6]) == (106.5, "500112")
    second = turned(desk, "chief", made["id"])
    assert (second["n1"]["outcome"], second["n1"]["station"]) == ("known", draft)
    assert second["n2"]["outcome"] == "draft"
    read = scenarios.get(desk.runtime, desk.actor("planner"), made["id"])
    assert [item["draft"] for item in read["changes"]] == [draft, second["n2"]["station"]]
    assert parse(read["changes"]).digest() == parse(made["changes"]).digest()
    assert events(desk, made["id"]) == ["scenario.make", "scenario.enter", "scenario.enter"]
    # what became of an item outlives that the planner saves on, and is nothing they could say
    same = {**made["changes"][0], "draft": 12345}
    kept = again(desk, made, changes=[same, new("n3")])
    assert [item.get("draft") for item in kept["changes"]] == [draft, None]


def test_an_item_that_says_something_else_is_another_item(desk: Desk) -> None:
    station = active(desk)
    move = {"kind": "move", "station": station, "lon": 106.51, "lat": 29.61}
    made = saved(desk, new("n1"), new("n2"), move)
    first = turned(desk, "chief", made["id"])
    draft = first["n1"]["station"]
    with desk.runtime.connection() as connection:
        edits.refuse(connection, desk.actor("north_judge"), first[f"move:{station}"]["request"],
                     reason="不行")  # fmt: skip
    other = {**move, "lon": 106.52}
    kept = again(desk, made, changes=[new("n1", (106.51, 29.6)), new("n2"), other])
    assert [item.get("draft") for item in kept["changes"]] == [None, first["n2"]["station"], None]
    assert "request" not in kept["changes"][2]
    # once the first draft counts, the new station of the same key stays beside it
    there = [CountedStation(draft, None, 1, "新站n1", *NORTH, ("toilet",), None, None)]
    planned, lapsed = apply(
        there, parse(kept["changes"][:1]),
        new=lambda id_, item: CountedStation(
            id_, None, 0, item.name, item.longitude, item.latitude, item.services, item.hours, None
        ),
    )  # fmt: skip
    assert ([one.id for one in planned], lapsed) == ([draft, -1], ())
    second = turned(desk, "chief", made["id"])
    assert (second["n1"]["outcome"], second["n2"]["outcome"]) == ("draft", "known")
    assert second["n1"]["station"] != draft
    assert second[f"move:{station}"]["outcome"] == "request"


def test_what_was_turned_while_the_planner_saved_something_else_is_not_taken_for_it(
    desk: Desk,
) -> None:
    made = saved(desk, new("n1"))
    again(desk, made, changes=[new("n1", name="另一个")])
    draft = desk.run("SELECT min(id) FROM station")[0][0]
    desk.run(
        "INSERT INTO scenario_entry (scenario_id, item, content, station_id)"
        " VALUES (%s, 'n1', %s, %s)", made["id"], content_digest(parse([new("n1")]).items[0]), draft
    )  # fmt: skip
    assert turned(desk, "chief", made["id"])["n1"]["outcome"] == "draft"


def test_a_long_scenario_is_turned_by_a_worker_that_tells_how_far_it_is(desk: Desk) -> None:
    items = [new(f"n{number}") for number in range(1, turning.MOST_AT_ONCE + 1)]
    made = saved(desk, *items, new("lost", NOWHERE), {"kind": "close", "station": 1})
    clerk = desk.actor("north_clerk")
    assert turning.look(desk.runtime, clerk, made["id"])["state"] == "none"
    for _ in range(2):
        job = turning.turn(desk.runtime, clerk, made["id"])["job"]
        assert (job["state"], job["turned"]) == ("waiting", 0)
    with pytest.raises(Conflict):
        turning.turn(desk.runtime, desk.actor("north_second"), made["id"])
    with pytest.raises(ForbiddenHere):
        turning.turn(desk.runtime, desk.actor("planner"), made["id"])
    desk.work()
    job = turning.look(desk.runtime, clerk, made["id"])
    assert (job["state"], job["problem"]) == ("done", None)
    assert (job["turned"], job["left"]) == (turning.MOST_AT_ONCE, ["lost", "close:1"])
    told = turning.turn(desk.runtime, clerk, made["id"], job["left"])
    assert [item["outcome"] for item in told["items"]] == ["refused", "todo"]
    assert turning.look(desk.runtime, desk.actor("planner"), made["id"])["state"] == "none"


def test_few_items_are_turned_at_once_and_too_many_named_ones_refused(desk: Desk) -> None:
    made = saved(desk, *(new(f"n{number}") for number in range(60)))
    told = turning.turn(desk.runtime, desk.actor("chief"), made["id"], ["n3"])
    assert [item["outcome"] for item in told["items"]] == ["draft"]
    with pytest.raises(InvalidInput) as caught:
        turning.turn(
            desk.runtime, desk.actor("chief"), made["id"], [f"n{number}" for number in range(51)]
        )
    assert "50" in caught.value.zh


def test_pressed_twice_at_once_makes_one_draft(desk: Desk) -> None:
    made = saved(desk, new("twice"))
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda _: turned(desk, "chief", made["id"])["twice"], range(2)))
    assert sorted(item["outcome"] for item in told) == ["draft", "known"]
    assert len({item["station"] for item in told}) == 1


def test_a_draft_that_was_discarded_can_be_made_again(desk: Desk) -> None:
    made = saved(desk, new("n1"))
    draft = turned(desk, "chief", made["id"])["n1"]["station"]
    desk.run("UPDATE station SET state = 'discarded' WHERE id = %s", draft)
    anew = turned(desk, "chief", made["id"])["n1"]
    assert anew["outcome"] == "draft"
    assert anew["station"] != draft


def test_what_the_register_does_not_take_is_told_item_by_item(desk: Desk) -> None:
    made = saved(desk, new("n1", NOWHERE), new("n2", (106.9, 29.6)), new("n3"))
    told = turned(desk, "north_clerk", made["id"])
    assert {key: item["outcome"] for key, item in told.items()} == {
        "n1": "refused", "n2": "refused", "n3": "draft",
    }  # fmt: skip
    assert "没有登记权限" in told["n2"]["zh"]
    assert "may not enter" in told["n2"]["en"]


@pytest.mark.parametrize("person", ["planner", "auditor", "north_judge", "north_inspector"])
def test_who_enters_no_stations_turns_nothing_into_drafts(desk: Desk, person: str) -> None:
    made = saved(desk, new("n1"))
    with pytest.raises(ForbiddenHere) as caught:
        turned(desk, person, made["id"])
    assert "没有登记站点的权限" in caught.value.zh
    assert str(caught.value)


def test_items_that_are_none_are_refused(desk: Desk) -> None:
    made = saved(desk, new("n1"))
    with pytest.raises(InvalidInput) as caught:
        turned(desk, "chief", made["id"], "n1", "n77")
    assert "n77" in caught.value.zh


def test_changes_of_a_station_become_one_request_and_closing_is_named(desk: Desk) -> None:
    station = active(desk, services=("toilet",), hours="Mo-Fr 09:00-17:00")
    desk.run(
        "UPDATE station SET service_details = %s::jsonb WHERE id = %s",
        '{"toilet": {"where": "on_site", "note": "一楼"}, "aed": {"where": "nearest"}}', station,
    )  # fmt: skip
    other = active(desk)
    made = saved(
        desk,
        {"kind": "hours", "station": station, "hours": "Mo-Su 06:00-24:00"},
        {"kind": "services", "station": station, "services": ["aed", "water"]},
        {"kind": "move", "station": station, "lon": 106.51, "lat": 29.61},
        {"kind": "close", "station": other},
    )
    told = turned(desk, "north_clerk", made["id"])
    assert {key: item["outcome"] for key, item in told.items()} == {
        f"hours:{station}": "request", f"services:{station}": "request",
        f"move:{station}": "request", f"close:{other}": "todo",
    }  # fmt: skip
    assert told[f"close:{other}"]["station"] == other
    with desk.runtime.connection() as connection:
        [asked] = edits.open_requests(connection, desk.actor("north_judge"), station_id=station)
    wanted = {one.field: one.new for one in asked.differences}
    assert wanted["hours"] == "Mo-Su 06:00-24:00"
    assert wanted["services"] == ["aed", "water"]
    assert wanted["service_details"] == {}
    assert wanted["place"] == [106.51, 29.61]
    assert "夜间补点" in asked.reason
    again_ = turned(desk, "north_clerk", made["id"])
    assert again_[f"hours:{station}"]["outcome"] == "known"
    assert again_[f"hours:{station}"]["request"] == asked.id
    # refused, it may be asked for once more
    with desk.runtime.connection() as connection:
        edits.refuse(connection, desk.actor("north_judge"), asked.id, reason="不行")
    assert turned(desk, "north_clerk", made["id"])[f"hours:{station}"]["outcome"] == "request"


def test_a_station_of_another_union_and_one_that_left_are_told(desk: Desk) -> None:
    theirs = active(desk, "south")
    with desk.runtime.connection() as connection:
        gone = brought_to(connection, desk.city.unions["north"], State.EXITED)
    made = saved(
        desk,
        {"kind": "hours", "station": theirs, "hours": "24/7"},
        {"kind": "hours", "station": gone, "hours": "24/7"},
        {"kind": "hours", "station": 10**9, "hours": "24/7"},
    )
    told = turned(desk, "north_clerk", made["id"])
    assert {item["outcome"] for item in told.values()} == {"refused"}
    assert "别的工会" in told[f"hours:{theirs}"]["zh"]
    assert all(item["zh"] and item["en"] for item in told.values())


LIST = csv_of(
    ("站点名称", "经度", "纬度", "服务", "开放时间", "共建单位", "负责人电话"),
    ("一号点", "106.55", "29.56", "厕所、饮水", "周一至周五 8:30-17:30", "重庆银行", "13900001111"),
    ("二号点", "29.56", "106.55", "厕所", "", "", ""),
    ("三号点", "", "", "厕所", "", "", ""),
    ("", "106.55", "29.56", "厕所", "", "", ""),
)


def test_a_list_becomes_new_stations_and_says_what_it_could_not_take(desk: Desk) -> None:
    read = changes_from_list(desk.runtime, LIST, datum="gcj02", file_name="点位.csv")
    [item] = read["changes"]
    assert item["name"] == "一号点"
    assert item["services"] == ["toilet", "water"]
    assert item["hours"] == "Mo-Fr 08:30-17:30"
    assert item["host_kind"] == "bank"
    # half a kilometre from where the list has it
    assert item["lon"] == pytest.approx(106.546, abs=0.002)
    assert item["lon"] != 106.55
    assert {(error["row"], error["field"]) for error in read["errors"]} == {
        (3, "latitude"), (4, "longitude"), (5, "name"),
    }  # fmt: skip
    assert all(error["zh"] and error["en"] for error in read["errors"])
    assert read["rows"] == 4
    assert "13900001111" not in str(read)
    assert saved(desk, *read["changes"])["changes"] == read["changes"]


def test_a_list_needs_its_datum_and_no_more_rows_than_a_scenario_holds(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="datum"):
        changes_from_list(desk.runtime, LIST, datum="mars", file_name="点位.csv")
    many = csv_of(("名称", "经度", "纬度"), *(("点", "106.5", "29.5") for _ in range(2001)))
    with pytest.raises(InvalidInput) as caught:
        changes_from_list(desk.runtime, many, datum="wgs84", file_name="点位.csv")
    assert "2,001" in caught.value.zh
