"""Siting of a town: against every choice there is, by figures; limits, jobs and rights."""

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from app.domain.actor import Actor
from app.domain.errors import Conflict, ForbiddenHere, InvalidInput, NotFound
from app.domain.scenario import NONE, Changes, parse
from app.service.jobs import MOST_ATTEMPTS, Cancelled
from app.service.plan import siting
from app.service.plan.figures import figures
from app.service.plan.question import PlanQuestion
from app.service.plan.siting import SitingOptions, as_changes, ask, cancel, look, run, wanted
from app.store.cluster import Cluster
from tests.service import towns
from tests.service.planners import person, work
from tests.service.towns import NETWORK, Town, at_block

QUESTION = PlanQuestion(minutes=5)
BLOCKS = ((1.0, 1.0), (13.0, 12.0), (5.0, 5.2), (11.0, 8.0), (14.0, 1.5), (1.3, 7.8))
BANKS = ((2.0, 4.0, "甲银行"), (12.0, 10.0, "乙银行"), (6.5, 12.5, ""))


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("plan-siting")) as opened:
        for column, row, name in BANKS:
            lon, lat = at_block(column, row)
            opened.run(
                "INSERT INTO basemap_feature (network, layer, kind, name, min_zoom, geometry)"
                " VALUES (%s, 'premises', 'bank', %s, 16,"
                " ST_Transform(ST_SetSRID(ST_MakePoint(%s, %s), 4326), 3857))",
                NETWORK, name, lon, lat,
            )  # fmt: skip
        yield opened


@pytest.fixture(scope="module")
def planner(town: Town) -> Actor:
    return person(town, "planner", "planner")


def hosts(*costs: float) -> str:
    """Return the list of hosts as somebody pastes it."""
    lines = []
    for number, block in enumerate(BLOCKS):
        lon, lat = at_block(*block)
        cost = f", {costs[number]:g}" if costs else ""
        lines.append(f"单位{number}, {lon:.6f}, {lat:.6f}{cost}")
    return "\n".join(lines)


def options(**given: Any) -> SitingOptions:
    return wanted({"hosts": hosts(), "kinds": [], **given})


def opened(number: int, lon: float, lat: float) -> dict[str, Any]:
    return {
        "kind": "open", "key": f"n{number}", "name": f"新{number}", "lon": lon, "lat": lat,
        "services": [], "hours": None,
    }  # fmt: skip


def people(town: Town, changes: Changes) -> float:
    told = figures(town.runtime, None, QUESTION, changes, parts="people")
    return float(told["rules"]["walk_terrain"]["people"])


def with_hosts(chosen: tuple[int, ...]) -> Changes:
    return parse([opened(n, *(round(x, 6) for x in at_block(*BLOCKS[n]))) for n in chosen])


def test_the_best_of_a_list_is_the_best_of_every_choice(town: Town) -> None:
    found = run(town.runtime, QUESTION, NONE, options(number=2))
    every = [people(town, with_hosts(pair)) for pair in combinations(range(len(BLOCKS)), 2)]
    assert found["exact"]
    assert found["gap"] == 0
    assert found["people"] == pytest.approx(max(every), abs=0.2)
    assert found["people_before"] == pytest.approx(people(town, NONE), abs=0.2)
    gains = [site["people"] for site in found["sites"]]
    assert gains == sorted(gains, reverse=True)
    assert found["people_before"] + sum(gains) == pytest.approx(found["people"], abs=0.5)
    assert found["sites"][-1]["share"] == found["share"]
    assert "已证明" in found["zh"]
    assert f"{100 * found['share']:.1f}% covered with 2 new stations" in found["en"]


def test_the_fewest_for_a_share_are_the_fewest(town: Town) -> None:
    total = run(town.runtime, QUESTION, NONE, options(number=1))["people_total"]
    three = [people(town, with_hosts(c)) for c in combinations(range(len(BLOCKS)), 3)]
    two = [people(town, with_hosts(c)) for c in combinations(range(len(BLOCKS)), 2)]
    assert max(two) + 1 < max(three)
    target = (max(two) + max(three)) / 2 / total
    found = run(town.runtime, QUESTION, NONE, options(goal="fewest", target=target))
    assert len(found["sites"]) == found["fewest"] == 3
    assert found["exact"]
    assert found["share"] >= target
    beyond = run(town.runtime, QUESTION, NONE, options(goal="share", target=1.0))
    assert beyond["reason"] == "out of reach"
    assert "达不到 100.0%" in beyond["zh"]
    enough = run(town.runtime, QUESTION, NONE, options(goal="share", target=0.01))
    assert enough["sites"] == []
    assert "不需要新站点" in enough["zh"]


def test_the_mean_walk_becomes_shorter(town: Town) -> None:
    found = run(town.runtime, QUESTION, NONE, options(goal="walk", number=2))
    assert found["minutes_bound"] <= found["minutes"] < found["minutes_before"] < QUESTION.minutes


@pytest.mark.parametrize("rule", ["radius", "official"])
def test_other_rules_and_a_scenario_are_kept_to(town: Town, rule: str) -> None:
    question = PlanQuestion(minutes=5, rule=rule)
    changes = with_hosts((0,))
    found = run(town.runtime, question, changes, options(number=1))
    assert found["left_out"] == [
        {"why": "taken", "count": 1, "zh": "已有站点", "en": "at an existing station"}
    ]
    name = {"radius": "radius_1km", "official": "walk_official"}[rule]
    before = figures(town.runtime, None, question, changes, parts="people")["rules"][name]
    assert found["people_before"] == pytest.approx(before["people"], abs=0.2)


def test_premises_and_corners_are_named_and_those_in_no_use_are_counted(town: Town) -> None:
    lon, lat = at_block(*towns.STATIONS[0][1:3])
    # beside the islet's street, and too far from any that leads somewhere
    away = at_block(towns.SIDE + 2.0, 7.0)
    listed = (
        f"name,lon,lat\n站旁,{lon:.7f},{lat:.7f}\n岛上,{away[0]:.7f},{away[1]:.7f}\n"
        f"远方,{lon + 3:.6f},{lat:.6f}\n{hosts().splitlines()[0]}\n{hosts().splitlines()[0]}"
    )
    found = run(
        town.runtime, QUESTION, NONE,
        wanted({"number": 40, "hosts": listed, "kinds": ["bank"], "corners": True,
                "spacing": 200}),
    )  # fmt: skip
    left_out = {one["why"]: one["count"] for one in found["left_out"]}
    assert left_out["outside"] == 2
    assert left_out["twice"] == 1
    assert left_out["taken"] >= 1
    kinds = {site["kind"] for site in found["sites"]}
    assert "corner" in kinds
    assert all(site["name"] for site in found["sites"])
    banks = run(town.runtime, QUESTION, NONE, wanted({"number": 3, "kinds": ["bank"]}))
    assert banks["candidates"] == 3
    named = {site["name"] for site in banks["sites"]}
    assert {"甲银行", "乙银行"} <= named
    assert {site["host_kind"] for site in banks["sites"]} == {"bank"}
    assert siting.kinds(town.runtime) == [
        {"kind": "bank", "name": "银行", "name_en": "Bank", "count": 3}
    ]


def test_budget_quotas_forced_and_forbidden_hold(town: Town) -> None:
    spots = [tuple(round(x, 6) for x in at_block(*block)) for block in BLOCKS]
    paid = run(
        town.runtime, QUESTION, NONE,
        wanted({"hosts": hosts(5, 5, 1, 1, 1, 9), "kinds": [], "budget": 3, "number": 4}),
    )  # fmt: skip
    assert paid["cost"] <= 3
    assert {site["cost"] for site in paid["sites"]} == {1.0}
    east = run(town.runtime, QUESTION, NONE, options(number=3, quotas={"500103": 0}))
    assert {site["district"] for site in east["sites"]} == {"东区"}
    picked = run(
        town.runtime, QUESTION, NONE,
        options(number=2, forced=[[spots[5][0], spots[5][1]]],
                forbidden=[list(spot) for spot in spots[:4]]),
    )  # fmt: skip
    assert picked["sites"][0]["forced"]
    assert (picked["sites"][0]["lon"], picked["sites"][0]["lat"]) == spots[5]
    assert {site["name"] for site in picked["sites"][1:]} <= {"单位4"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"number": 7}, "number"),
        ({"number": 0}, "number"),
        ({"number": 1.5}, "number"),
        ({}, "number"),
        ({"budget": 0}, "budget"),
        ({"budget": 5}, "costs"),
        ({"number": 1, "goal": "beauty"}, "goal"),
        ({"goal": "share"}, "target"),
        ({"goal": "share", "target": 0.5, "number": 2}, "number"),
        ({"number": 5, "quotas": {"500103": 1, "500105": 1}}, "quotas"),
        ({"number": 5, "quotas": {"999999": 1}}, "quotas.999999"),
        ({"number": 5, "quotas": {"500103": -1}}, "quotas.500103"),
        ({"number": 1, "kinds": ["palace"]}, "kinds"),
        ({"number": 1, "hosts": ""}, "kinds"),
        ({"number": 1, "hosts": "甲, 200, 29"}, "hosts"),
        ({"number": 1, "hosts": "甲, 106.5, 29.5, 贵"}, "hosts"),
        ({"number": 1, "hosts": "名称,地址\n甲,乙"}, "hosts"),
        ({"number": 1, "datum": "mars"}, "datum"),
        ({"number": 1, "forced": [[0.0, 0.0]]}, "forced"),
        ({"number": 1, "forced": [[106.5, 29.5], [106.6, 29.5]]}, "forced"),
        ({"number": 1, "forced": [[106.5, 29.5]], "forbidden": [[106.5, 29.5]]}, "forced"),
        ({"number": 1, "forced": [[200, 29.5]]}, "forced"),
        ({"number": 1, "costs": {"bank": -1}}, "costs.bank"),
        ({"number": 1, "costs": {"palace": 1}}, "costs.palace"),
        ({"number": 1, "quotas": {"500103": 1.9}}, "quotas.500103"),
        ({"number": 1, "spacing": 1}, "spacing"),
    ],
)
def test_what_cannot_be_is_said_in_both_languages(
    town: Town, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(town.runtime, QUESTION, NONE, options(**given))
    named = {error.field: error for error in caught.value.errors}
    assert field in named
    assert named[field].message
    assert named[field].zh


def test_a_place_forced_twice_is_one_station(town: Town) -> None:
    spot = list(at_block(*BLOCKS[5]))
    given = {"kinds": [], "forced": [spot, spot, [spot[0] + 1e-8, spot[1]]]}
    found = run(town.runtime, QUESTION, NONE, wanted({**given, "number": 1}))
    assert len(found["sites"]) == 1
    assert run(town.runtime, QUESTION, NONE, options(**given, number=3))["candidates"] == 6


def test_a_budget_below_every_cost_says_so(town: Town) -> None:
    paid = {"hosts": hosts(5, 5, 4, 6, 7, 9), "kinds": [], "number": 4}
    found = run(town.runtime, QUESTION, NONE, wanted({**paid, "budget": 3}))
    assert (found["sites"], found["reason"]) == ([], "budget")
    assert found["zh"].startswith("预算太少")
    assert found["en"].startswith("The budget is too small for any candidate")
    spent = run(
        town.runtime, QUESTION, NONE,
        wanted({**paid, "budget": 3, "costs": {"picked": 2}, "forced": [at_block(9.0, 3.0)]}),
    )  # fmt: skip
    assert len(spent["sites"]) == 1
    assert spent["zh"].endswith("剩下的预算不够再设一处。")
    assert spent["en"].endswith("What is left of the budget pays for no other.")


def test_what_costs_nothing_known_is_named_in_words(town: Town) -> None:
    given = {"number": 1, "kinds": ["bank"], "corners": True, "budget": 5}
    with pytest.raises(InvalidInput) as caught:
        run(town.runtime, QUESTION, NONE, wanted(given))
    (error,) = caught.value.errors
    assert error.field == "costs"
    assert error.message.endswith("none for bank, street corners")
    assert error.zh.endswith("银行、路口")


def test_streets_that_came_without_premises_say_what_to_take_instead(town: Town) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(town.runtime, QUESTION, NONE, wanted({"number": 1, "kinds": ["fuel", "library"]}))
    (error,) = caught.value.errors
    assert "no premises of these kinds (filling station, library)" in error.message
    assert "street corners or give a list of hosts" in error.message
    assert "没有这几类地点(加油站、图书馆)" in error.zh


def test_what_has_no_name_is_called_in_both_languages(town: Town) -> None:
    found = run(
        town.runtime, QUESTION, NONE,
        wanted({"number": 30, "kinds": ["bank"], "corners": True, "spacing": 300,
                "forced": [at_block(3.4, 3.4)]}),
    )  # fmt: skip
    named = {site["kind"]: (site["name"], site["name_en"]) for site in found["sites"]}
    assert named["picked"][0].endswith("拟建 1")
    for site in found["sites"]:
        made = site["name_en"]
        for known in (site["district"], "甲银行", "乙银行", "磁器口", "石桥铺", site["street"]):
            made = made.replace(known, "") if known else made
        assert site["name_en"]
        assert not re.search("[一-龥]", made), site


def test_one_station_is_enough_for_siting(town: Town, planner: Actor) -> None:
    with pytest.raises(InvalidInput) as caught:
        ask(town.runtime, planner, PlanQuestion(depth=2), NONE, options(number=1))
    assert [error.field for error in caught.value.errors] == ["depth"]


def test_a_search_is_asked_for_made_and_becomes_a_scenario(town: Town, planner: Actor) -> None:
    changes = with_hosts((0,))
    number = ask(town.runtime, planner, QUESTION, changes, options(number=2))
    assert look(town.runtime, planner, number)["state"] == "waiting"
    with pytest.raises(Conflict):
        as_changes(town.runtime, planner, number)
    work(town)
    found = look(town.runtime, planner, number)
    assert found["state"] == "done"
    assert found["share"] == 1
    assert len(found["result"]["sites"]) == 2
    listed = as_changes(town.runtime, planner, number)
    assert [item["key"] for item in listed] == ["n0", f"s{number}-1", f"s{number}-2"]
    assert people(town, parse(listed)) == pytest.approx(found["result"]["people"], abs=0.2)
    auditor = person(town, "auditor", "auditor")
    assert look(town.runtime, auditor, number)["result"] == found["result"]
    with pytest.raises(Conflict):
        cancel(town.runtime, planner, number)


def test_a_search_stops_when_it_is_told_to_and_never_fails_in_silence(
    town: Town, planner: Actor
) -> None:
    stopped = ask(town.runtime, planner, QUESTION, NONE, options(number=1))
    cancel(town.runtime, planner, stopped)
    work(town)
    assert look(town.runtime, planner, stopped)["state"] == "cancelled"
    assert look(town.runtime, planner, stopped)["note"] is None
    broken = ask(town.runtime, planner, QUESTION, NONE, options(number=30))
    work(town)
    found = look(town.runtime, planner, broken)
    assert found["state"] == "failed"
    assert "候选地点" in found["problem"]["zh"]
    assert "candidates" in found["problem"]["en"]

    def tell(_: str, __: str, share: float) -> None:
        if share > 0.04:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        run(town.runtime, QUESTION, NONE, options(number=1), tell=tell)


def test_what_is_stopped_at_the_last_moment_is_not_kept(town: Town, planner: Actor) -> None:
    number = ask(town.runtime, planner, QUESTION, NONE, options(number=1))
    assert "Waiting" in look(town.runtime, planner, number)["note"]["en"]
    begun("working", number, town)

    def tell(_: str, __: str, share: float) -> None:
        if share > 0.96:
            cancel(town.runtime, planner, number)
            # its worker has not heard of it yet
            assert look(town.runtime, planner, number)["state"] == "cancelled"

    with pytest.raises(Cancelled):
        siting.make(town.runtime, planner, number, tell)
    assert look(town.runtime, planner, number)["result"] is None
    work(town)
    assert look(town.runtime, planner, number)["state"] == "cancelled"
    with pytest.raises(Conflict):
        as_changes(town.runtime, planner, number)


def begun(state: str, number: int, town: Town, *, attempts: int = 1) -> None:
    """Let a worker have begun a search some times."""
    town.run(
        "UPDATE background_job SET state = %s, attempts = %s WHERE kind = %s AND subject = %s",
        state, attempts, siting.KIND, number,
    )  # fmt: skip


def test_a_search_whose_worker_died_says_so_and_ends_in_words(town: Town, planner: Actor) -> None:
    number = ask(town.runtime, planner, QUESTION, NONE, options(number=1))
    begun("working", number, town, attempts=2)
    found = look(town.runtime, planner, number)
    assert found["state"] == "running"
    assert found["note"] == {
        "zh": "中断过,已从头重来。", "en": "It was interrupted and began anew.",
    }  # fmt: skip
    begun("working", number, town, attempts=MOST_ATTEMPTS)
    work(town)
    found = look(town.runtime, planner, number)
    assert (found["state"], found["note"]) == ("failed", None)
    assert "多次中断" in found["problem"]["zh"]
    assert "interrupted too often" in found["problem"]["en"]


def test_only_planners_ask_and_staff_reads(town: Town, planner: Actor) -> None:
    auditor, nobody = person(town, "reads", "auditor"), person(town, "nobody")
    with pytest.raises(ForbiddenHere):
        ask(town.runtime, auditor, QUESTION, NONE, options(number=1))
    number = ask(town.runtime, planner, QUESTION, NONE, options(number=1))
    assert look(town.runtime, auditor, number)["state"] in ("waiting", "running")
    with pytest.raises(NotFound):
        look(town.runtime, nobody, number)
    with pytest.raises(NotFound):
        look(town.runtime, planner, number + 99)
    work(town)
