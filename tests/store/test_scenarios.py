"""Who reads and writes scenarios and areas, in a database shell of their own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import errors

from app.domain.lifecycle import State
from app.store.cluster import Cluster
from app.store.database import Connection
from tests.store.people import PEOPLE, City, enter, logins, one, own_database, rows, settle

# north_alone is admin of one district, and plans for no city
PLANNERS = {"planner", "chief", "deputy"}
ENTER_NORTH = {"chief", "deputy", "north_clerk", "north_second", "north_alone"}
REFUSED = (errors.InsufficientPrivilege, errors.CheckViolation)
SQUARE = "ST_Multi(ST_MakeEnvelope(106.5, 29.5, 106.6, 29.6, 4326))"


@dataclass(frozen=True)
class Shell:
    """A city, the operator with a scenario of theirs, and sessions of the people's own."""

    city: City
    operator: Connection
    session: Callable[[str], Connection]
    scenario: int
    draft: int


@pytest.fixture(scope="module")
def shell(cluster: Cluster) -> Iterator[Shell]:
    with own_database(cluster, "scenario_rights") as url:
        city = settle(url)
        with psycopg.connect(url, autocommit=True) as operator, logins(city) as session:
            made = one(operator, "INSERT INTO scenario (name) VALUES ('试') RETURNING id")
            draft = enter(operator, city.unions["north"])
            active = enter(operator, city.unions["north"], State.ACTIVE)
            # somebody who keeps a station and is on no staff
            operator.execute(
                "INSERT INTO user_grant (user_id, role, station_id) VALUES (%s, 'keeper', %s)",
                (city.people["nobody"], active),
            )
            operator.execute(
                "INSERT INTO scope (name, title, areas, drawn) VALUES ('official', '官方',"
                f" {SQUARE}, false), ('drawn', '划定', {SQUARE}, true)"
            )
            yield Shell(city, operator, session, made, draft)


def may(session: Connection, statement: str, *values: object) -> bool:
    """Whether a statement touches a row; whatever it does is taken back."""
    with session.transaction(force_rollback=True):
        try:
            return session.execute(statement, values).rowcount > 0  # type: ignore[arg-type]
        except REFUSED:
            return False


def who(shell: Shell, statement: str, *values: object) -> set[str]:
    return {person for person in PEOPLE if may(shell.session(person), statement, *values)}


def test_all_staff_reads_scenarios_and_who_keeps_a_station_does_not(shell: Shell) -> None:
    read = who(shell, "SELECT FROM scenario WHERE id = %s", shell.scenario)
    assert read == set(PEOPLE) - {"nobody"}
    named = who(shell, "SELECT FROM scenario_people(%s)", shell.scenario)
    # the operator made it, who is nobody by name
    assert named == set()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO scenario (name) VALUES ('新')",
        "UPDATE scenario SET name = '改' WHERE id = {scenario}",
        "UPDATE scenario SET deleted_at = now() WHERE id = {scenario}",
        "SELECT FROM scenario WHERE id = {scenario} FOR UPDATE",
        f"INSERT INTO scope (name, title, areas, drawn) VALUES ('mine', '我', {SQUARE}, true)",
        "DELETE FROM scope WHERE name = 'drawn'",
    ],
)
def test_planners_and_city_admins_alone_write(shell: Shell, statement: str) -> None:
    assert who(shell, statement.format(scenario=shell.scenario)) == PLANNERS


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM scenario WHERE id = {scenario}",
        "UPDATE scenario SET made_by = NULL, revision = 1 WHERE id = {scenario}",
        "INSERT INTO scenario (name, revision) VALUES ('新', 9)",
        f"INSERT INTO scope (name, title, areas) VALUES ('mine', '我', {SQUARE})",
        "UPDATE scope SET title = '改'",
        "DELETE FROM scope WHERE name = 'official'",
        "UPDATE audit_event SET details = '{{}}' WHERE action = 'scenario.make'",
        "DELETE FROM audit_event WHERE action = 'scenario.make'",
    ],
)
def test_nobody_writes_what_is_not_to_be_written(shell: Shell, statement: str) -> None:
    assert who(shell, statement.format(scenario=shell.scenario)) == set()


def test_who_enters_the_station_says_what_became_of_an_item(shell: Shell) -> None:
    entering = (
        "INSERT INTO scenario_entry (scenario_id, item, station_id, content) VALUES"
        f" ({shell.scenario}, 'n1', {shell.draft}, repeat('0', 32))"
    )
    assert who(shell, entering) == ENTER_NORTH
    shell.operator.execute(entering)  # type: ignore[arg-type]
    assert who(shell, "UPDATE scenario_entry SET station_id = station_id") == ENTER_NORTH
    assert who(shell, "DELETE FROM scenario_entry") == PLANNERS
    assert who(shell, "SELECT FROM scenario_entry") == set(PEOPLE) - {"nobody"}


def test_everybody_reads_where_it_is_measured(shell: Shell) -> None:
    assert who(shell, "SELECT FROM scope") == set(PEOPLE)


def test_a_save_by_hand_is_stamped_counted_and_told_all_the_same(shell: Shell) -> None:
    session = shell.session("planner")
    with session.transaction(force_rollback=True):
        made = one(session, "INSERT INTO scenario (name) VALUES ('手工') RETURNING id")
        session.execute("UPDATE scenario SET name = '手工二' WHERE id = %s", (made,))
        [row] = rows(
            session, "SELECT revision, made_by, changed_by FROM scenario WHERE id = %s", made
        )
        mine = shell.city.people["planner"]
        assert row == (2, mine, mine)
        session.execute("UPDATE scenario SET deleted_at = now() WHERE id = %s", (made,))
        with pytest.raises(errors.CheckViolation), session.transaction():
            session.execute("UPDATE scenario SET name = '又' WHERE id = %s", (made,))
    made = one(shell.operator, "INSERT INTO scenario (name) VALUES ('账') RETURNING id")
    shell.operator.execute("UPDATE scenario SET deleted_at = now() WHERE id = %s", (made,))
    told = rows(
        shell.operator, "SELECT action, details->>'name' FROM audit_event WHERE subject = %s"
        " ORDER BY id", f"scenario {made}",
    )  # fmt: skip
    assert told == [("scenario.make", "账"), ("scenario.delete", "账")]


@pytest.mark.parametrize(
    "values",
    ["('', '{}', '[]')", "('x', '[]', '[]')", "('x', '{}', '{}')",
     "(repeat('x', 101), '{}', '[]')", "('x', jsonb_build_object('a', repeat('x', 20000)), '[]')"],
)  # fmt: skip
def test_what_is_no_scenario_is_refused_by_the_table_itself(shell: Shell, values: str) -> None:
    with pytest.raises(errors.CheckViolation):
        shell.operator.execute(
            f"INSERT INTO scenario (name, question, changes) VALUES {values}"  # type: ignore[arg-type]
        )
