"""Figures that were frozen: kept for good, beside today's, signed off by somebody else."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest

from app.domain.actor import Actor
from app.domain.errors import Conflict, ForbiddenHere, InvalidInput, NotFound, SamePerson
from app.service import coverage, coverage_inputs
from app.service.coverage import CoverageQuestion
from app.service.plan import frozen
from app.store.cluster import Cluster
from app.store.database import Connection
from app.store.rights import acting
from app.store.runs import CoverageRun
from tests.service import towns
from tests.service.planners import person
from tests.service.towns import Town

NIGHT = datetime(2026, 3, 15, 3, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def town(cluster: Cluster, tmp_path: Path) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path) as opened:
        yield opened


@pytest.fixture
def planner(town: Town) -> Actor:
    return person(town, "planner", "planner")


def measured(town: Town, question: CoverageQuestion | None = None) -> CoverageRun:
    with town.runtime.connection() as connection:
        return coverage.measure(
            connection, town.runtime.snapshot().streets, town.settings,
            question or CoverageQuestion(),
        )  # fmt: skip


def close(town: Town, name: str) -> None:
    town.run("UPDATE station SET state = 'suspended' WHERE name = %s", name)


def test_a_frozen_figure_survives_later_data_and_both_are_shown(town: Town, planner: Actor) -> None:
    run = measured(town)
    number = frozen.freeze(town.runtime, planner, run.id, title=" 2026 年报 ", note="报市总")
    same = frozen.compared(town.runtime, planner, number)
    assert same.today is not None
    assert (same.today.run, same.changed) == (run.id, ())
    close(town, "解放碑站")
    (listed,) = frozen.listed(town.runtime, planner)
    found = frozen.compared(town.runtime, planner, listed.id)
    assert found.figure.title == "2026 年报"
    assert found.figure.freezer == "人planner"
    assert found.figure.result == run.result
    assert found.figure.inputs == run.inputs
    assert found.today is not None
    # looking stores nothing
    assert found.today.run is None
    assert town.run("SELECT count(*) FROM coverage_run") == [(1,)]
    then = found.figure.result["rules"]["walk_terrain"]["people"]
    assert found.today.result["rules"]["walk_terrain"]["people"] < then
    assert found.changed == (("站点登记", "the stations"),)


def test_todays_figure_is_of_the_same_hour_services_and_minutes(town: Town, planner: Actor) -> None:
    asked = CoverageQuestion(minutes=10, services=("toilet",), at=NIGHT)
    number = frozen.freeze(town.runtime, planner, measured(town, asked).id, title="夜里")
    close(town, "七星岗站")
    today = frozen.compared(town.runtime, None, number).today
    assert today is not None
    assert (today.inputs["minutes"], today.inputs["services"]) == (10, ["toilet"])
    assert today.inputs["at"] == NIGHT.isoformat()


def test_another_method_is_named_and_computed_anew(
    town: Town, planner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = measured(town)
    number = frozen.freeze(town.runtime, planner, run.id, title="旧方法")
    monkeypatch.setattr(coverage_inputs, "METHOD", "2: otherwise")
    found = frozen.compared(town.runtime, planner, number)
    assert found.figure.method.startswith("1:")
    assert found.changed == (("计算方法", "the method"),)
    assert found.today is not None
    assert found.today.run is None
    assert found.today.inputs["method"] == "2: otherwise"
    assert found.today.result["rules"] == run.result["rules"]


def test_a_question_that_no_longer_has_an_answer_says_so(town: Town, planner: Actor) -> None:
    number = frozen.freeze(town.runtime, planner, measured(town).id, title="人口没了")
    town.run("DELETE FROM demand_layer")
    found = frozen.compared(town.runtime, planner, number)
    assert found.today is None
    assert "demand layer" in found.problem[1]
    assert found.figure.result["rules"]["walk_terrain"]["people"] > 0


def test_another_admin_signs_off_and_only_once(town: Town, planner: Actor) -> None:
    chief, deputy = (person(town, name, "city_admin") for name in ("chief", "deputy"))
    number = frozen.freeze(town.runtime, chief, measured(town).id, title="报表")
    with pytest.raises(SamePerson):
        frozen.sign(town.runtime, chief, number)
    with pytest.raises(ForbiddenHere):
        frozen.sign(town.runtime, planner, number)
    frozen.sign(town.runtime, deputy, number)
    figure = frozen.compared(town.runtime, planner, number).figure
    assert (figure.signed_by, figure.signer) == (deputy.user_id, "人deputy")
    assert figure.signed_at is not None
    with pytest.raises(Conflict):
        frozen.sign(town.runtime, person(town, "third", "city_admin"), number)
    events = town.run(
        "SELECT action, user_id, details->>'title' FROM audit_event WHERE subject = %s ORDER BY id",
        f"figure {number}",
    )
    assert events == [
        ("plan.freeze", chief.user_id, "报表"), ("plan.sign", deputy.user_id, "报表"),
    ]  # fmt: skip


def test_nobody_changes_what_is_frozen_by_whatever_door(town: Town, planner: Actor) -> None:
    number = frozen.freeze(town.runtime, planner, measured(town).id, title="报表")
    admin = person(town, "chief", "city_admin")
    before = frozen.compared(town.runtime, None, number).figure
    statements = (
        "UPDATE frozen_figure SET result = '{}' WHERE id = %s",
        "UPDATE frozen_figure SET title = '别的' WHERE id = %s",
        "UPDATE frozen_figure SET signed_at = now() WHERE id = %s",
        "DELETE FROM frozen_figure WHERE id = %s",
        "DELETE FROM coverage_run WHERE id = (SELECT run FROM frozen_figure WHERE id = %s)",
    )
    for statement in statements:
        with pytest.raises(psycopg.Error):
            town.run(statement, number)
        with town.runtime.connection() as connection, pytest.raises(psycopg.Error):
            _as(connection, admin, statement, number)
    with pytest.raises(psycopg.Error):
        town.run("TRUNCATE frozen_figure")
    assert frozen.compared(town.runtime, None, number).figure == before


def _as(connection: Connection, actor: Actor, statement: str, number: int) -> None:
    with acting(connection, user_id=actor.user_id, admin=actor.admin):
        connection.execute(statement, (number,))  # type: ignore[arg-type]


def test_what_is_frozen_is_what_the_run_found(town: Town, planner: Actor) -> None:
    run = measured(town)
    town.run(
        "INSERT INTO frozen_figure (title, run, inputs, result, method, signed_by, signed_at)"
        " VALUES ('假的', %s, '{}', '{\"rules\": {}}', 'x', %s, now())", run.id, planner.user_id,
    )  # fmt: skip
    (found,) = frozen.listed(town.runtime, None)
    assert found.result == run.result
    assert found.method == run.inputs["method"]
    assert found.signed_at is None


def test_a_run_that_does_not_say_its_method_still_repeats_and_is_frozen_as_that(
    town: Town, planner: Actor
) -> None:
    run = measured(town)
    town.run(
        "INSERT INTO coverage_run (inputs, inputs_digest, result)"
        " SELECT inputs - 'method', repeat('0', 32), result FROM coverage_run WHERE id = %s", run.id
    )  # fmt: skip
    with town.runtime.connection() as connection:
        older, same = coverage.repeat(
            connection, town.runtime.snapshot().streets, town.settings, run.id + 1
        )
    assert same
    number = frozen.freeze(town.runtime, planner, older.id, title="旧的一次")
    found = frozen.compared(town.runtime, planner, number)
    assert found.figure.method == "not recorded"
    assert found.changed == (("计算方法", "the method"),)


def test_freezing_takes_a_title_a_run_and_the_right(town: Town, planner: Actor) -> None:
    run = measured(town).id
    with pytest.raises(InvalidInput):
        frozen.freeze(town.runtime, planner, run, title="  ")
    with pytest.raises(InvalidInput):
        frozen.freeze(town.runtime, planner, run, title="好", note="长" * 1001)
    with pytest.raises(NotFound):
        frozen.freeze(town.runtime, planner, 999_999, title="好")
    with pytest.raises(ForbiddenHere):
        frozen.freeze(town.runtime, person(town, "clerk", "union_staff"), run, title=" ")
    with pytest.raises(NotFound):
        frozen.compared(town.runtime, person(town, "nobody"), 1)
    with pytest.raises(NotFound):
        frozen.sign(town.runtime, person(town, "chief", "city_admin"), 999_999)
