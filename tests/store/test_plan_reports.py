"""Who asks for reports and freezes figures in a database shell, and that the audit is told."""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import errors

from app.store.cluster import Cluster
from app.store.database import Connection
from tests.store.people import PEOPLE, City, logins, one, own_database, rows, settle

# north_alone is admin of one district, and plans for no city
PLANNERS = {"planner", "chief", "deputy"}
ASKING = "INSERT INTO plan_report (question) VALUES ('{}') RETURNING id"
FREEZING = "INSERT INTO frozen_figure (title, run) VALUES ('年报', %s) RETURNING id"


@dataclass(frozen=True)
class Shell:
    """A city with a run, its operator, and sessions of its people's own."""

    city: City
    operator: Connection
    sessions: dict[str, Connection]
    run: int


@pytest.fixture(scope="module")
def shell(cluster: Cluster) -> Iterator[Shell]:
    with own_database(cluster, "plan_report_rights") as url:
        city = settle(url)
        with psycopg.connect(url, autocommit=True) as operator, logins(city) as session:
            run = one(
                operator,
                "INSERT INTO coverage_run (inputs, inputs_digest, result)"
                " VALUES ('{\"method\": \"1: on foot\"}', repeat('a', 32), '{}') RETURNING id",
            )
            yield Shell(city, operator, {name: session(name) for name in PEOPLE}, run)


def may(session: Connection, statement: str, *values: object) -> bool:
    try:
        with session.transaction(force_rollback=True):
            return session.execute(statement, values).rowcount > 0  # type: ignore[arg-type]
    except errors.InsufficientPrivilege:
        return False


def told(shell: Shell, subject: str) -> list[tuple[object, ...]]:
    return rows(
        shell.operator, "SELECT action, user_id FROM audit_event WHERE subject = %s ORDER BY id",
        subject,
    )  # fmt: skip


def test_who_plans_for_the_whole_city_asks_and_freezes(shell: Shell) -> None:
    for statement, values in ((ASKING, ()), (FREEZING, (shell.run,))):
        able = {name for name, one_ in shell.sessions.items() if may(one_, statement, *values)}
        assert able == PLANNERS


def test_the_method_is_that_of_the_run_and_nobody_says_another(shell: Shell) -> None:
    planner = shell.sessions["planner"]
    number = one(planner, FREEZING, shell.run)
    assert one(planner, "SELECT method FROM frozen_figure WHERE id = %s", number) == "1: on foot"
    with pytest.raises(errors.InsufficientPrivilege):
        planner.execute(
            "INSERT INTO frozen_figure (title, run, method) VALUES ('x', %s, 'mine')", (shell.run,)
        )


def test_what_is_done_by_hand_is_told_in_the_audit_all_the_same(shell: Shell) -> None:
    planner, chief = shell.sessions["planner"], shell.sessions["chief"]
    people = shell.city.people
    report = one(planner, ASKING)
    planner.execute(
        "UPDATE plan_report SET (run, material, shapes) = (%s, '{}', '') WHERE id = %s",
        (shell.run, report),
    )
    assert told(shell, f"report {report}") == [
        ("plan.report", people["planner"]), ("plan.report_made", people["planner"]),
    ]  # fmt: skip
    figure = one(planner, FREEZING, shell.run)
    chief.execute(
        "UPDATE frozen_figure SET signed_by = %s WHERE id = %s", (people["chief"], figure)
    )
    assert told(shell, f"figure {figure}") == [
        ("plan.freeze", people["planner"]), ("plan.sign", people["chief"]),
    ]  # fmt: skip
