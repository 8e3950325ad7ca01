"""What a person can do with reports in a database shell of their own, and what nobody can."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import errors

from app.domain.lifecycle import State
from app.domain.reports import KIND_NAMES, TICKET_SIGNS, ReportAnswer, signs
from app.domain.supplies import SUPPLIES
from app.store.cluster import Cluster
from app.store.database import Connection
from tests.store.people import (
    PEOPLE,
    City,
    enter,
    logins,
    one,
    own_database,
    roles_in,
    rows,
    sees_whole,
    settle,
)

TENDS = {"union_staff", "inspector", "reviewer", "city_admin"}
REFUSED = (errors.InsufficientPrivilege, errors.CheckViolation)


@dataclass(frozen=True)
class Shell:
    """A city with one report in every union, the operator, and sessions of the people's own."""

    city: City
    operator: Connection
    session: Callable[[str], Connection]
    stations: dict[str, int]
    reports: dict[str, int]


def reported(operator: Connection, station: int, kind: str = "locked") -> int:
    ticket = signs(secrets.randbits(64), TICKET_SIGNS)
    return int(one(
        operator,
        "INSERT INTO report (ticket, station_id, kind, words, strong, doubts_until, decides)"
        " VALUES (%s, %s, %s, '138 0000 0000', true,"
        " CASE WHEN %s = 'locked' THEN now() + interval '3 hours' END, %s = 'locked')"
        " RETURNING id",
        ticket, station, kind, kind, kind,
    ))  # fmt: skip


@pytest.fixture(scope="module")
def shell(cluster: Cluster) -> Iterator[Shell]:
    with own_database(cluster, "reports") as url:
        city = settle(url)
        with psycopg.connect(url, autocommit=True) as operator, logins(city) as session:
            stations = {u: enter(operator, id_, State.ACTIVE) for u, id_ in city.unions.items()}
            operator.execute(
                "INSERT INTO user_grant (user_id, role, station_id) VALUES (%s, 'keeper', %s)",
                (city.people["nobody"], stations["west"]),
            )
            made = {union: reported(operator, id_) for union, id_ in stations.items()}
            yield Shell(city, operator, session, stations, made)


def refused(connection: Connection, statement: str, *values: object) -> None:
    """The statement is refused, or touches nothing."""
    with connection.transaction(force_rollback=True):
        try:
            assert connection.execute(statement, values).rowcount == 0  # type: ignore[arg-type]
        except REFUSED:
            return


def test_the_words_of_the_domain_are_those_the_columns_take(connection: Connection) -> None:
    def taken(constraint: str) -> set[str]:
        said = one(
            connection,
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", constraint,
        )  # fmt: skip
        return set(said.split("'")[1::2])

    assert taken("report_kind_check") == {kind.value for kind in KIND_NAMES}
    assert taken("report_answer_check") == {answer.value for answer in ReportAnswer}
    assert taken("station_supply_supply_check") == {supply.code for supply in SUPPLIES}


def test_people_see_the_reports_of_their_unions_and_a_keeper_those_of_his_station(
    shell: Shell,
) -> None:
    for person in PEOPLE:
        expected = {id_ for union, id_ in shell.reports.items() if sees_whole(person, union)}
        if person == "nobody":
            expected.add(shell.reports["west"])
        assert {row[0] for row in rows(shell.session(person), "SELECT id FROM report")} == expected


def test_the_public_reads_nothing_of_reports(shell: Shell) -> None:
    for table in ("report", "report_salt", "report_tally", "plaque_secret", "station_proof",
                  "station_supply", "station_visit", "public_doubt"):  # fmt: skip
        with shell.operator.transaction(force_rollback=True):
            shell.operator.execute("SET LOCAL ROLE harbor_public")
            with pytest.raises(errors.InsufficientPrivilege):
                shell.operator.execute(f"SELECT * FROM {table}")  # type: ignore[arg-type]


@pytest.mark.parametrize("table", ["report_salt", "report_tally", "plaque_secret"])
def test_nobody_reads_salts_counts_or_the_secret_of_plaques(shell: Shell, table: str) -> None:
    for person in ("chief", "north_clerk"):
        with pytest.raises(errors.InsufficientPrivilege):
            shell.session(person).execute(f"SELECT * FROM {table}")  # type: ignore[arg-type]


@pytest.mark.parametrize("column", ["source_network", "source_device", "salt_id", "once"])
def test_nobody_reads_where_a_report_came_from(shell: Shell, column: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        shell.session("chief").execute(f"SELECT {column} FROM report")  # type: ignore[arg-type]


def test_nobody_makes_changes_or_removes_a_report_by_hand(shell: Shell) -> None:
    station = shell.stations["north"]
    for person in ("chief", "north_clerk", "north_alone"):
        for statement in (
            "INSERT INTO report (ticket, station_id, kind)"
            f" VALUES ('0000000000', {station}, 'other')",
            "UPDATE report SET words = ''",
            "UPDATE report SET answer = 'mended', closed_at = now()",
            "DELETE FROM report", "TRUNCATE report",
            f"INSERT INTO station_proof VALUES ({station}, now())", "DELETE FROM station_proof",
            f"INSERT INTO station_supply (station_id, supply) VALUES ({station}, 'water')",
            f"INSERT INTO station_visit VALUES ({station}, now(), 1)",
            f"SELECT prove_open({station}, now())",
        ):  # fmt: skip
            refused(shell.session(person), statement)


def test_who_tends_a_station_answers_and_nobody_else(shell: Shell) -> None:
    for person in PEOPLE:
        for union, station in shell.stations.items():
            may = bool(roles_in(person, union) & TENDS) or (person, union) == ("nobody", "west")
            session = shell.session(person)
            for call, subject in (
                (f"answer_report({shell.reports[union]}, 'will_mend', '')", "an answer"),
                (f"say_open({station})", "open"),
                (f"say_supplies({station}, '{{water}}')", "supplies"),
            ):
                with session.transaction(force_rollback=True):
                    try:
                        session.execute(f"SELECT {call}")  # type: ignore[arg-type]
                        done = True
                    except errors.InsufficientPrivilege:
                        done = False
                assert done == may, (person, union, subject)


def test_an_answer_is_given_once_and_stands_in_the_audit_for_good(shell: Shell) -> None:
    clerk, operator = shell.session("south_clerk"), shell.operator
    with operator.transaction(force_rollback=True):
        report = reported(operator, shell.stations["south"], "other")
        user = str(shell.city.people["south_clerk"])
        operator.execute("SELECT set_config('harbor.user', %s, true)", (user,))
        assert one(operator, "SELECT answer_report(%s, 'mended', '')", report) == 1
        assert one(operator, "SELECT answer_report(%s, 'not_so', '')", report) == 0
        assert rows(
            operator, "SELECT user_id, details ->> 'answer' FROM audit_event"
            " WHERE action = 'report.answer' AND details -> 'reports' @> %s::text::jsonb",
            str(report),
        ) == [(int(user), "mended")]  # fmt: skip
        for statement in (
            "UPDATE report SET answer = 'not_so' WHERE id = %s",
            "UPDATE report SET closed_at = NULL, answer = NULL WHERE id = %s",
            "UPDATE report SET kind = 'locked' WHERE id = %s",
            "UPDATE report SET words = 'else' WHERE id = %s",
        ):
            with pytest.raises(errors.CheckViolation), operator.transaction():
                operator.execute(statement, (report,))
        for statement in ("UPDATE audit_event SET details = '{}'", "DELETE FROM audit_event"):
            with pytest.raises(errors.InsufficientPrivilege), operator.transaction():
                operator.execute(statement)  # type: ignore[arg-type]
    refused(clerk, "UPDATE audit_event SET details = '{}'")


def test_a_doubt_is_seen_of_public_stations_alone(shell: Shell) -> None:
    with shell.operator.transaction(force_rollback=True):
        station = shell.stations["north"]
        seen = "SELECT count(*) FROM public_doubt WHERE station_id = %s"
        assert one(shell.operator, seen, station) == 1
        shell.operator.execute("UPDATE station SET state = 'exited' WHERE id = %s", (station,))
        assert one(shell.operator, seen, station) == 0
