"""Coverage over time, against a run of the same question as of each of its days."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.errors import InvalidInput
from app.domain.scenario import NONE, parse
from app.service import coverage
from app.service.coverage import CoverageQuestion
from app.service.plan.curve import curve
from app.service.plan.figures import figures
from app.service.plan.question import RULES, PlanQuestion
from app.service.runtime import Runtime
from app.store.cluster import Cluster
from tests.service import towns
from tests.service.towns import Town, at_block

ZONE = ZoneInfo("Asia/Shanghai")
END = datetime(2026, 6, 15, 12, 0, tzinfo=ZONE)
NIGHT = datetime(2026, 3, 15, 3, 0, tzinfo=ZONE)
DAYS = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-15"]

# name of a station: when each version begins, its state, what was otherwise then
PAST: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "解放碑站": [("2026-01-10", "active", {})],
    "较场口站": [("2026-02-03", "draft", {}), ("2026-02-20", "active", {})],
    # moved in April, and got a toilet in May
    "朝天门站": [
        ("2026-01-10", "active", {"at": (2.0, 4.0), "services": '["water"]'}),
        ("2026-04-11", "active", {"services": '["water"]'}),
        ("2026-05-05", "active", {}),
    ],
    # closed and opened again within a month
    "临江门站": [
        ("2026-01-10", "active", {}), ("2026-03-05", "suspended", {}),
        ("2026-03-20", "active", {}), ("2026-04-30 23:59:59.9", "rectifying", {}),
    ],
    # open at night until April
    "七星岗站": [
        ("2026-01-10", "active", {}), ("2026-04-15", "active", {"hours": "Mo-Fr 09:00-17:00"}),
    ],
    "旧站": [("2026-01-10", "active", {}), ("2026-05-20", "exited", {})],
    "两路口站": [("2026-06-15 11:59", "active", {})],
    "菜园坝站": [("2026-06-15 12:01", "active", {})],
}  # fmt: skip


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("curve")) as opened:
        _give_past(opened)
        yield opened


def _give_past(town: Town) -> None:
    town.run("DELETE FROM station_version")
    for name, versions in PAST.items():
        ends = [begins for begins, _, _ in versions[1:]] + [None]
        for number, ((begins, state, other), until) in enumerate(zip(versions, ends, strict=True)):
            place = at_block(*other["at"]) if "at" in other else (None, None)
            town.run(
                "INSERT INTO station_version (station_id, version, valid_from, valid_to, state,"
                " verified, place, facts, revision) SELECT s.id, %s, %s::timestamp AT TIME ZONE"
                " 'Asia/Shanghai', %s::timestamp AT TIME ZONE 'Asia/Shanghai', %s, true,"
                " coalesce(ST_SetSRID(ST_MakePoint(%s, %s), 4326), s.place), station_facts(s)"
                " || jsonb_strip_nulls(jsonb_build_object('services', %s::jsonb, 'hours',"
                " %s::text)), %s FROM station s WHERE s.name = %s",
                number + 1, begins, until, state, *place, other.get("services"),
                other.get("hours"), number + 1, name,
            )  # fmt: skip


def slowly(town: Town, moment: datetime, question: PlanQuestion) -> dict[str, Any]:
    """The run of a question as of a moment."""
    asked = CoverageQuestion(
        minutes=question.minutes, services=question.services, at=question.at, as_of=moment
    )
    streets = town.runtime.snapshot().streets
    with town.runtime.connection() as connection:
        run = coverage.measure(connection, streets, town.settings, asked)
    name = RULES[question.rule][0]
    return {
        **run.result["rules"][name],
        "stations": run.inputs["stations"],
        "districts": [one["rules"][name]["people_share"] for one in run.result["districts"]],
    }


def moment_of(day: str) -> datetime:
    if day == DAYS[-1]:
        return END
    midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), ZONE)
    return midnight + timedelta(days=1) - timedelta(microseconds=1)


@pytest.mark.parametrize(
    "more",
    [{}, {"services": ("toilet",)}, {"at": NIGHT}, {"rule": "radius", "minutes": 9.0},
     {"rule": "official", "services": ("water",), "at": NIGHT}],
)  # fmt: skip
def test_each_day_is_what_a_run_as_of_that_day_says(town: Town, more: dict[str, Any]) -> None:
    question = PlanQuestion(as_of=END, **more)
    found = curve(town.runtime, None, question)
    assert found["days"] == DAYS
    runs = [slowly(town, moment_of(day), question) for day in DAYS]
    assert found["people"] == [run["people"] for run in runs]
    assert found["stations"] == [run["stations"] for run in runs]
    for name, of_run in (
        ("share", "people_share"), ("twice_share", "twice_share"), ("thrice_share", "thrice_share"),
    ):  # fmt: skip
        assert found[name] == [run[of_run] for run in runs]
    for number, district in enumerate(found["districts"]):
        assert district["share"] == [run["districts"][number] for run in runs]
    assert len({*found["people"]}) >= 3


def test_what_opened_and_closed_in_between_is_named(town: Town) -> None:
    found = curve(town.runtime, None, PlanQuestion(as_of=END))
    told = {event["day"]: (event["opened"], event["closed"]) for event in found["events"]}
    # a move, other hours, and a rectification are neither
    assert told == {
        "2026-02-28": (["较场口站"], []),
        "2026-03-31": (["临江门站"], ["临江门站"]),
        "2026-05-31": ([], ["旧站"]),
        "2026-06-15": (["两路口站"], []),
    }
    assert all(
        (event["opened_count"], event["closed_count"])
        == (len(event["opened"]), len(event["closed"]))
        for event in found["events"]
    )


def test_so_many_months_go_back_and_no_further_than_the_first_record(town: Town) -> None:
    def days(months: int | None, as_of: datetime = END) -> list[str]:
        found: list[str] = curve(town.runtime, None, PlanQuestion(as_of=as_of), months=months)[
            "days"
        ]
        return found

    assert days(2) == DAYS[-3:]
    assert days(200) == days(None) == DAYS
    assert days(None, datetime(2026, 1, 31, 10, tzinfo=ZONE)) == ["2026-01-31"]
    assert days(None, datetime(2026, 1, 10, tzinfo=ZONE)) == ["2026-01-10"]
    for months in (0, 241):
        with pytest.raises(InvalidInput) as caught:
            days(months)
        assert caught.value.zh


def test_a_day_before_the_first_record_is_refused_and_names_that(town: Town) -> None:
    question = PlanQuestion(as_of=datetime(2026, 1, 9, 23, tzinfo=ZONE))
    for ask in (curve, figures):
        with pytest.raises(InvalidInput, match="2026-01-10") as caught:
            ask(town.runtime, None, question)
        assert caught.value.zh == "2026-01-09 早于登记册的第一条记录(2026-01-10)"


def test_a_scenario_changes_the_last_day_alone(town: Town) -> None:
    question = PlanQuestion(as_of=END)
    [gone] = [row[0] for row in town.run("SELECT id FROM station WHERE name = '旧站'")]
    [kept] = [row[0] for row in town.run("SELECT id FROM station WHERE name = '解放碑站'")]
    changes = parse([{"kind": "close", "station": kept}, {"kind": "close", "station": gone}])
    plain, found = (curve(town.runtime, None, question, one) for one in (NONE, changes))
    assert found["people"] == plain["people"]
    planned = found["planned"]
    assert (
        planned["people"]
        == figures(town.runtime, None, question, changes)["rules"]["walk_terrain"]["people"]
    )
    assert planned["stations"] == plain["stations"][-1] - 1
    assert [one["station"] for one in planned["lapsed"]] == [gone]
    assert plain["planned"] is None


def test_a_register_without_stations_has_a_curve_of_nobody(cluster: Cluster, tmp_path: Any) -> None:
    with towns.opened(cluster, tmp_path) as empty:
        empty.run("DELETE FROM station_version")
        found = curve(empty.runtime, None, PlanQuestion())
        assert (len(found["days"]), found["people"], found["events"]) == (1, [0.0], [])
        assert found["first_record"] is None


def test_the_runtime_of_today_has_a_curve_that_ends_today(town: Town) -> None:
    harbor: Runtime = town.runtime
    found = curve(harbor, None, PlanQuestion(), months=1)
    assert found["days"][-1] == datetime.now(ZONE).date().isoformat()
