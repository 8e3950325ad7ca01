"""The planner's figures against slow counts that share none of their code."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.domain.errors import InvalidInput, NotFound
from app.domain.hours import OpenState, state_at
from app.domain.lifecycle import FACTS, State
from app.domain.scenario import parse
from app.service import coverage
from app.service.coverage import CoverageQuestion
from app.service.plan.around import catchment
from app.service.plan.figures import figures
from app.service.plan.gaps import gaps
from app.service.plan.question import RULES, PlanQuestion
from app.service.plan.uncovered import uncovered
from app.service.plan.week import week
from app.service.plan.worth import worth, worth_of
from app.store.cluster import Cluster
from tests.service import towns
from tests.service.slowly import Slow, straight, walk_seconds
from tests.service.towns import DISTRICTS, SIDE, STATIONS, Town, at_block, town_people, town_streets

ZONE = ZoneInfo("Asia/Shanghai")
COUNTING = [s for s in STATIONS if FACTS[s[3]].counts]
NIGHT = datetime(2026, 3, 15, 3, 0, tzinfo=ZONE)
MONDAY = datetime(2026, 3, 9, tzinfo=ZONE)


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("plan")) as opened:
        yield opened


@cache
def walker(rule: str) -> Slow:
    return Slow(town_streets(), terrain=rule == "terrain")


@cache
def people() -> tuple[list[tuple[float, float]], np.ndarray, np.ndarray]:
    """Return places, weights, and who is in the scope: the whole town."""
    lon, lat, weight = town_people()
    (left, top), (right, bottom) = at_block(0, 0), at_block(SIDE - 1.0, SIDE - 1.0)
    here = (left < lon) & (lon < right) & (bottom < lat) & (lat < top)
    return list(zip(lon.tolist(), lat.tolist(), strict=True)), weight, here


@cache
def costs(rule: str, places: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Return minutes from each person (rows) to each place, as the rule counts them."""
    where = people()[0]
    if rule == "radius":
        metres = np.array([[straight(one, place) for place in places] for one in where])
        return metres / (1000 / 15)
    return walk_seconds(walker(rule), where, list(places)) / 60


def reached(
    rule: str, chosen: list[Any], *, minutes: float = 15.0, more: tuple[Any, ...] = ()
) -> np.ndarray:
    """Return bool of shape (people, places): who is in reach of which."""
    places = (*(at_block(s[1], s[2]) for s in chosen), *more)
    found = costs(rule, places)
    # a walk this near to the limit could fall on either side
    assert np.abs(found - minutes).min() > 0.0003
    return found <= minutes


def weigh(mask: np.ndarray) -> float:
    _, weight, here = people()
    return float(weight[here & mask].sum())


def is_open(station: Any, at: datetime) -> bool:
    return state_at(station[4], at, zone=ZONE).state is OpenState.OPEN


def ids(town: Town) -> dict[str, int]:
    return {str(name): int(str(id_)) for name, id_ in town.run("SELECT name, id FROM station")}


@pytest.mark.parametrize("parts", ["people", "all"])
@pytest.mark.parametrize(
    ("minutes", "services", "at"),
    [(15.0, (), None), (9.0, ("toilet",), None), (22.0, (), NIGHT), (15.0, ("water",), NIGHT)],
)
def test_people_by_three_rules_are_those_counted_slowly(
    town: Town, minutes: float, services: tuple[str, ...], at: datetime | None, parts: str
) -> None:
    question = PlanQuestion(minutes=minutes, services=services, at=at)
    found = figures(town.runtime, None, question, parts=parts)
    chosen = [s for s in COUNTING if set(services) <= set(s[5]) and (at is None or is_open(s, at))]
    assert found["stations"]["used"] == len(chosen)
    for rule, (name, _, _) in RULES.items():
        number = reached(rule, chosen, minutes=minutes).sum(axis=1)
        told = found["rules"][name]
        assert told["people_total"] == weigh(number >= 0)
        assert told["people"] == weigh(number >= 1)
        for depth, share in enumerate(("people_share", "twice_share", "thrice_share"), start=1):
            assert told[share] == pytest.approx(
                weigh(number >= depth) / told["people_total"], abs=1e-6
            )
        for (code, _, west, east), district in zip(DISTRICTS, found["districts"], strict=True):
            edge = [at_block(column, 0)[0] for column in (west, east)]
            there = np.array([edge[0] < lon < edge[1] for lon, _ in people()[0]])
            assert district["adcode"] == code
            assert district["rules"][name]["people"] == weigh(there & (number >= 1))


def test_the_answer_is_that_of_a_stored_run_and_names_it(town: Town) -> None:
    question = PlanQuestion(minutes=11)
    before = figures(town.runtime, None, question)
    assert before["run"] is None
    streets = town.runtime.snapshot().streets
    with town.runtime.connection() as connection:
        run = coverage.measure(connection, streets, town.settings, CoverageQuestion(minutes=11))
    after = figures(town.runtime, None, question)
    assert after["run"] == run.id
    assert after["rules"] == run.result["rules"]
    assert after["districts"] == run.result["districts"]
    json.dumps(after)


@pytest.mark.parametrize("rule", RULES)
def test_each_hour_of_the_week_counts_what_is_open_then(town: Town, rule: str) -> None:
    found = week(town.runtime, None, PlanQuestion(rule=rule, at=MONDAY + timedelta(days=3)))
    assert found["start"] == "2026-03-09"
    reach = reached(rule, COUNTING)
    moments = [MONDAY + timedelta(hours=hour) for hour in range(168)]
    open_at = np.array([[is_open(s, moment) for s in COUNTING] for moment in moments])
    expected = [weigh((reach & now).any(axis=1)) for now in open_at]
    assert found["hours"] == expected
    assert len(set(expected)) >= 3
    assert found["open"] == open_at.sum(axis=1).tolist()
    toilet = np.array(["toilet" in s[5] for s in COUNTING])
    by_service = next(row for row in found["services"] if row["code"] == "toilet")
    assert by_service["hours"] == [weigh((reach & now & toilet).any(axis=1)) for now in open_at]
    nights = [hour for hour in range(168) if hour % 24 in (22, 23, 0, 1, 2, 3, 4, 5)]
    worst = min(nights, key=lambda hour: expected[hour])
    assert found["finding"]["hour"] == worst
    assert f"{expected[worst] / found['total']:.1%}" in found["finding"]["zh"]
    twice = week(town.runtime, None, PlanQuestion(rule=rule, at=MONDAY, depth=2))["hours"]
    assert twice == [weigh((reach & now).sum(axis=1) >= 2) for now in open_at]
    both = np.array([row["hours"] for row in found["districts"]]).sum(axis=0)
    assert both == pytest.approx(expected)


@pytest.mark.parametrize("rule", RULES)
def test_a_station_is_worth_the_people_that_it_alone_covers(town: Town, rule: str) -> None:
    question = PlanQuestion(rule=rule)
    found = worth(town.runtime, None, question)
    reach = reached(rule, COUNTING)
    number = reach.sum(axis=1)
    by_name = {row["name"]: row for row in found["stations"]}
    assert set(by_name) == {s[0] for s in COUNTING}
    for index, station in enumerate(COUNTING):
        alone = weigh(reach[:, index] & (number == 1))
        assert by_name[station[0]]["sole"] == alone
        assert by_name[station[0]]["covers"] == weigh(reach[:, index])
        # it is what closing the station costs
        closed = parse([{"kind": "close", "station": by_name[station[0]]["id"]}])
        less = figures(town.runtime, None, question, closed, parts="people")
        name = RULES[rule][0]
        assert less["base"][name]["people"] - less["rules"][name]["people"] == pytest.approx(alone)
    order = [row["sole"] for row in found["stations"]]
    assert order == sorted(order, reverse=True)


def test_the_worth_of_one_is_told_by_hour_with_who_takes_over(town: Town) -> None:
    index = 7
    station = COUNTING[-1]
    assert station is COUNTING[index - 1]
    number = ids(town)[station[0]]
    found = worth_of(town.runtime, None, PlanQuestion(at=MONDAY), number)
    places = tuple(at_block(s[1], s[2]) for s in COUNTING)
    reach, cost = reached("terrain", COUNTING), costs("terrain", places)
    own = index - 1
    for hour in range(0, 168, 5):
        now = np.array([is_open(s, MONDAY + timedelta(hours=hour)) for s in COUNTING])
        alone = now[own] & reach[:, own] & ((reach & now).sum(axis=1) == 1)
        assert found["hours"][hour] == weigh(alone)
    counted = np.array([is_open(s, MONDAY) for s in COUNTING])
    heirs: dict[str, float] = {}
    for person in range(len(cost)):
        others = [i for i in range(len(COUNTING)) if counted[i] and i != own and reach[person, i]]
        if reach[person, own] and others:
            best = min(others, key=lambda i: cost[person, i])
            if cost[person, best] >= cost[person, own]:
                mask = np.arange(len(cost)) == person
                heirs[COUNTING[best][0]] = heirs.get(COUNTING[best][0], 0.0) + weigh(mask)
    assert {row["name"]: row["people"] for row in found["falls_to"]} == {
        name: count for name, count in heirs.items() if count
    }


def test_a_scenario_s_differences_are_those_of_two_slow_counts(town: Town) -> None:
    known = ids(town)
    new, moved = at_block(11.0, 9.5), at_block(5.0, 8.0)
    changes = parse(
        [
            {"kind": "open", "key": "n1", "name": "新站", "lon": new[0], "lat": new[1],
             "services": ["toilet"], "hours": "24/7"},
            {"kind": "move", "station": known["解放碑站"], "lon": moved[0], "lat": moved[1]},
            {"kind": "close", "station": known["七星岗站"]},
            {"kind": "hours", "station": known["朝天门站"], "hours": "24/7"},
            {"kind": "services", "station": known["临江门站"], "services": ["toilet", "water"]},
        ]
    )  # fmt: skip
    question = PlanQuestion(services=("toilet",), at=NIGHT)
    found = figures(town.runtime, None, question, changes, parts="people")
    assert found["lapsed"] == []
    before = [s for s in COUNTING if "toilet" in s[5] and is_open(s, NIGHT)]
    kept = {"朝天门站", "临江门站"} | {s[0] for s in before} - {"解放碑站", "七星岗站"}
    after = [
        s for s in COUNTING
        if s[0] in kept and (s[0] == "朝天门站" or is_open(s, NIGHT))
    ]  # fmt: skip
    for rule, (name, _, _) in RULES.items():
        plain = reached(rule, before).any(axis=1)
        then = reached(rule, after, more=(new, moved)).any(axis=1)
        assert found["base"][name]["people"] == weigh(plain)
        assert found["rules"][name]["people"] == weigh(then)
    assert weigh(then) != weigh(plain)


def test_a_change_of_a_station_that_left_is_told_and_ignored(town: Town) -> None:
    gone = ids(town)["旧站"]
    changes = parse([{"kind": "hours", "station": gone, "hours": "24/7"}])
    found = figures(town.runtime, None, PlanQuestion(), changes, parts="people")
    [told] = found["lapsed"]
    assert told["station"] == gone
    assert told["zh"].startswith("旧站 ")
    assert "已退出" in told["zh"]
    assert "旧站" in told["en"]
    assert " left " in told["en"]
    assert found["rules"] == found["base"]


@pytest.mark.parametrize(
    ("services", "at"), [((), None), (("toilet",), None), (("toilet",), NIGHT)]
)
def test_gaps_hold_all_who_are_left_out_and_say_why(
    town: Town, services: tuple[str, ...], at: datetime | None
) -> None:
    question = PlanQuestion(services=services, at=at, minutes=9)
    found = gaps(town.runtime, None, question)
    every = [s for s in STATIONS if s[3] in (State.ACTIVE, State.RECTIFYING, State.SUSPENDED)]
    reach = reached("terrain", every, minutes=9)
    counts = np.array([s[3] is not State.SUSPENDED for s in every])
    serves = np.array([set(services) <= set(s[5]) for s in every])
    opens = np.array([at is None or is_open(s, at) for s in every])
    left = ~(reach & counts & serves & opens).any(axis=1)
    assert found["uncovered"] == weigh(left)
    places = found["places"]
    listed = sum(place["people"] for place in places)
    assert listed + found["elsewhere"] == pytest.approx(weigh(left))
    assert found["elsewhere"] < 0.05 * weigh(left)
    assert [place["rank"] for place in places] == list(range(1, len(places) + 1))
    inside = costs("terrain", tuple(at_block(s[1], s[2]) for s in every))
    outside = np.isinf(inside).all(axis=1)
    closed = (reach & counts & serves & ~opens).any(axis=1)
    lacking = (reach & counts & ~serves).any(axis=1) & ~closed
    resting = (reach & ~counts).any(axis=1) & ~closed & ~lacking
    far = ~closed & ~lacking & ~resting & ~outside
    for place in places:
        assert sum(r["people"] for r in place["reasons"]) == pytest.approx(place["people"])
    told = {reason["why"]: reason["people"] for reason in found["reasons"]}
    expected = {"closed": closed, "service": lacking, "suspended": resting, "far": far}
    for why, mask in expected.items():
        assert told.get(why, 0.0) == pytest.approx(weigh(left & mask))
    _try_every_mend(town, question, found)


def _try_every_mend(town: Town, question: PlanQuestion, found: dict[str, Any]) -> None:
    """A mend brings in a scenario exactly the people that it is said to."""
    assert found["mends"] == sorted(found["mends"], key=lambda m: -m["people"] / m["effort"])
    tried = [mend for mend in found["mends"] if mend["change"] is not None]
    assert tried
    for mend in tried[:8]:
        done = figures(town.runtime, None, question, parse([mend["change"]]), parts="people")
        gained = done["rules"]["walk_terrain"]["people"] - done["base"]["walk_terrain"]["people"]
        assert gained == pytest.approx(mend["people"])


def test_a_gap_may_be_of_those_who_reach_one_station_only(town: Town) -> None:
    question = PlanQuestion(minutes=9, depth=2)
    found = gaps(town.runtime, None, question)
    number = reached("terrain", COUNTING, minutes=9).sum(axis=1)
    assert found["uncovered"] == weigh(number < 2)
    for mend in [one for one in found["mends"] if one["change"]][:4]:
        done = figures(town.runtime, None, question, parse([mend["change"]]), parts="people")
        shares = [done[part]["walk_terrain"]["twice_share"] for part in ("base", "rules")]
        whole = done["rules"]["walk_terrain"]["people_total"]
        assert (shares[1] - shares[0]) * whole == pytest.approx(mend["people"], abs=0.01)


@pytest.mark.parametrize("rule", RULES)
def test_the_uncovered_and_a_catchment_are_those_counted_slowly(town: Town, rule: str) -> None:
    question = PlanQuestion(rule=rule, minutes=9)
    reach = reached(rule, COUNTING, minutes=9)
    number = reach.sum(axis=1)
    left = uncovered(town.runtime, None, question)
    assert left["people"] == weigh(number == 0)
    assert sum(point[2] for point in left["points"]) == pytest.approx(left["people"])
    twice = uncovered(town.runtime, None, PlanQuestion(rule=rule, minutes=9, depth=2))
    assert twice["people"] == weigh(number < 2)
    around = catchment(town.runtime, None, question, station=ids(town)["解放碑站"])
    assert around["people"] == weigh(reach[:, 0])
    assert around["sole"] == weigh(reach[:, 0] & (number == 1))
    place = at_block(11.0, 9.5)
    free = catchment(town.runtime, None, question, place=place)
    new = reached(rule, [], minutes=9, more=(place,))[:, 0]
    assert free["people"] == weigh(new)
    assert free["sole"] == weigh(new & (number == 0))


def test_what_cannot_be_asked_is_refused_in_words(town: Town) -> None:
    question = PlanQuestion(minutes=45, services=("sauna",), rule="bus")
    with pytest.raises(InvalidInput) as refused:
        figures(town.runtime, None, question)
    assert [error.field for error in refused.value.errors] == ["minutes", "services", "rule"]
    assert all(error.zh for error in refused.value.errors)
    with pytest.raises(NotFound):
        worth_of(town.runtime, None, PlanQuestion(), 10**9)
    with pytest.raises(NotFound, match="scope"):
        figures(town.runtime, None, PlanQuestion(scope="nowhere"))


def test_a_holiday_s_hours_are_mended_so_that_the_door_opens(town: Town) -> None:
    # National Day: posted hours without a word on holidays leave it open whether it opens
    holiday = datetime(2026, 10, 2, 10, 0, tzinfo=ZONE)
    question = PlanQuestion(at=holiday, minutes=9)
    mends = [one for one in gaps(town.runtime, None, question)["mends"] if one["kind"] == "hours"]
    assert mends
    for mend in mends:
        done = figures(town.runtime, None, question, parse([mend["change"]]), parts="people")
        assert done["stations"]["used"] == done_before(town, question) + 1


def done_before(town: Town, question: PlanQuestion) -> int:
    used: int = figures(town.runtime, None, question, parts="people")["stations"]["used"]
    return used


def test_a_suspended_station_mends_nothing_that_it_does_not_offer(town: Town) -> None:
    found = gaps(town.runtime, None, PlanQuestion(services=("charging",)))
    assert not [mend for mend in found["mends"] if mend["kind"] == "reopen"]
    assert "suspended" not in {reason["why"] for reason in found["reasons"]}


def test_a_scenario_s_own_station_is_mended_in_its_own_place(town: Town) -> None:
    lon, lat = at_block(13.5, 13.5)
    item = {"kind": "open", "key": "n7", "name": "新站", "lon": lon, "lat": lat,
            "services": ["toilet"], "hours": "Mo-Su 08:00-18:00"}  # fmt: skip
    question = PlanQuestion(at=NIGHT, minutes=9)
    mends = gaps(town.runtime, None, question, parse([item]))["mends"]
    own = next(mend for mend in mends if mend["station"] == -1)
    assert own["change"]["key"] == "n7"
    done = figures(town.runtime, None, question, parse([own["change"]]), parts="people")
    gained = done["rules"]["walk_terrain"]["people"] - done["base"]["walk_terrain"]["people"]
    assert gained == pytest.approx(own["people"])


def test_a_station_off_the_streets_is_named(town: Town) -> None:
    item = {"kind": "open", "key": "n1", "name": "江心", "lon": 0.5, "lat": 0.5,
            "services": [], "hours": "24/7"}  # fmt: skip
    found = figures(town.runtime, None, PlanQuestion(), parse([item]), parts="people")
    assert found["off_streets"] == [{"id": -1, "name": "江心"}]
    assert found["rules"] == found["base"]


def test_a_report_s_moment_chooses_its_week(town: Town) -> None:
    looked_at = datetime(2026, 3, 12, 12, 0, tzinfo=ZONE)
    changed = datetime.now(ZONE)
    question = PlanQuestion(looked_at=looked_at, as_of=changed)
    assert week(town.runtime, None, question)["start"] == "2026-03-09"
