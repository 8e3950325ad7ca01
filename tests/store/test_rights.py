"""What a person can do in a database shell of their own, and what nobody can."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from app.domain import number
from app.domain.lifecycle import EXIT_NAMES, State
from app.store import audit
from app.store.cluster import Cluster
from app.store.database import Connection
from app.store.rights import acting
from tests.store.people import (
    PEOPLE,
    UNIONS,
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

REFUSED = (errors.InsufficientPrivilege, errors.CheckViolation)
# what `public_station` may show of a station; a column more is a decision
OPEN_COLUMNS = [
    "id", "code", "state", "verified", "name", "name_en", "place", "address", "services", "hours",
    "hours_text", "door", "host_name", "host_kind", "union_id", "last_proved", "changed_at",
    "union_built", "area_square_metres", "seats", "service_details", "functions", "venues",
    "adcode", "confirmed_at",
]  # fmt: skip


@dataclass(frozen=True)
class Shell:
    """A city with stations, the operator, and sessions of the people's own."""

    city: City
    operator: Connection
    session: Callable[[str], Connection]
    drafts: dict[str, int]
    active: dict[str, int]


@pytest.fixture(scope="module")
def shell(cluster: Cluster) -> Iterator[Shell]:
    with own_database(cluster, "rights") as url:
        city = settle(url)
        with psycopg.connect(url, autocommit=True) as operator, logins(city) as session:
            drafts = {u: enter(operator, id_, name=f"草稿{u}") for u, id_ in city.unions.items()}
            active = {
                u: enter(operator, id_, State.ACTIVE, name=f"在用{u}")
                for u, id_ in city.unions.items()
            }
            audit.record(operator, "test.began", "something")
            operator.execute("INSERT INTO keeper (station_id) VALUES (%s)", (active["north"],))
            yield Shell(city, operator, session, drafts, active)


def refused(connection: Connection, statement: str, *values: object) -> None:
    """The statement is refused, or touches nothing."""
    with connection.transaction(force_rollback=True):
        try:
            assert connection.execute(statement, values).rowcount == 0  # type: ignore[arg-type]
        except REFUSED:
            return


def test_people_see_the_drafts_of_their_unions_and_those_below(shell: Shell) -> None:
    for person in PEOPLE:
        found = rows(shell.session(person), "SELECT id FROM station WHERE state = 'draft'")
        expected = {id_ for union, id_ in shell.drafts.items() if sees_whole(person, union)}
        assert {row[0] for row in found} == expected, person


def test_everybody_on_the_staff_sees_stations_that_are_open(shell: Shell) -> None:
    found = rows(shell.session("nobody"), "SELECT id FROM station")
    assert {row[0] for row in found} == set(shell.active.values())


def test_versions_are_seen_with_the_record(shell: Shell) -> None:
    for person in PEOPLE:
        found = rows(shell.session(person), "SELECT DISTINCT union_id FROM station_version")
        expected = {shell.city.unions[u] for u in UNIONS if sees_whole(person, u)}
        assert {row[0] for row in found} == expected, person


def test_who_owns_a_record_now_sees_what_was_before(shell: Shell) -> None:
    with shell.operator.transaction(force_rollback=True):
        moving = enter(shell.operator, shell.city.unions["north"])
        shell.operator.execute(
            "UPDATE station SET union_id = %s WHERE id = %s", (shell.city.unions["south"], moving)
        )
        seen = "SELECT count(*) FROM station_version WHERE station_id = %s"
        for person, count in {"south_clerk": 2, "north_clerk": 1, "rail_clerk": 0}.items():
            with acting(shell.operator, user_id=shell.city.people[person]):
                assert one(shell.operator, seen, moving) == count, person


def test_the_audit_is_seen_by_auditors_and_admins_of_the_city(shell: Shell) -> None:
    for person in PEOPLE:
        seen = one(shell.session(person), "SELECT count(*) FROM audit_event")
        assert (seen > 0) == (person in {"chief", "auditor"}), person


def test_accounts_of_others_are_invisible(shell: Shell) -> None:
    found = rows(shell.session("north_clerk"), "SELECT name FROM user_account")
    assert found == [("north_clerk",)]
    for column in ("password_hash", "second_factor", "login_role"):
        with pytest.raises(errors.InsufficientPrivilege):
            shell.session("north_clerk").execute(f"SELECT {column} FROM user_account")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "table",
    ["keeper", "user_grant", "user_session", "login_attempt", "number_counter", "register",
     "keeper_key", "application_login"],
)  # fmt: skip
def test_other_tables_are_shut(shell: Shell, table: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        shell.session("chief").execute(f"SELECT * FROM {table}")  # type: ignore[arg-type]


def test_a_setting_makes_nobody_another_person_in_a_shell(shell: Shell) -> None:
    session = shell.session("nobody")
    mine = shell.city.people["nobody"]
    chief = str(shell.city.people["chief"])
    with session.transaction(force_rollback=True):
        session.execute("SELECT set_config('harbor.user', %s, false)", (chief,))
        session.execute("SELECT set_config('harbor.request', 'forged', false)")
        session.execute("SET ROLE harbor_staff")
        assert one(session, "SELECT acting_user()") == mine
        assert one(session, "SELECT acting_request()") is None
        assert one(session, "SELECT acts_as_operator()") is False
        assert one(session, "SELECT count(*) FROM station WHERE state = 'draft'") == 0


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE harbor_admin",
        "SET ROLE harbor_owner",
        "SET SESSION AUTHORIZATION harbor_owner",
        "SELECT set_config('role', 'harbor_admin', true)",
        "GRANT harbor_admin TO CURRENT_USER",
        "ALTER TABLE station DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE station DISABLE TRIGGER station_guard",
        "SET session_replication_role = replica",
        "CREATE POLICY mine ON station USING (true)",
        "CREATE TABLE leak (x int)",
        "CREATE TEMPORARY TABLE leak (x int)",
        "CREATE FUNCTION pg_temp.leak(text) RETURNS bool LANGUAGE sql AS 'SELECT true'",
        "INSERT INTO application_login VALUES (session_user)",
        "INSERT INTO user_grant (user_id, role) VALUES (1, 'city_admin')",
        "UPDATE user_account SET login_role = 'x'",
        "COPY station TO PROGRAM 'cat'",
    ],
)
def test_nobody_lifts_themselves_up(shell: Shell, statement: str) -> None:
    session = shell.session("north_alone")
    with pytest.raises(errors.InsufficientPrivilege), session.transaction(force_rollback=True):
        session.execute(statement)  # type: ignore[arg-type]


def test_row_security_cannot_be_turned_off_for_a_query(shell: Shell) -> None:
    session = shell.session("nobody")
    with session.transaction(force_rollback=True):
        session.execute("SET LOCAL row_security = off")
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute("SELECT name FROM station")


def test_a_disabled_account_has_no_rights_left(shell: Shell) -> None:
    disable = "UPDATE user_account SET disabled_at = {} WHERE name = 'north_clerk'"
    count = "SELECT count(*) FROM station WHERE state = 'draft'"
    assert one(shell.session("north_clerk"), count) == 1
    shell.operator.execute(disable.format("now()"))  # type: ignore[arg-type]
    try:
        assert one(shell.session("north_clerk"), count) == 0
        with acting(shell.operator, user_id=shell.city.people["north_clerk"]):
            assert one(shell.operator, count) == 0
    finally:
        shell.operator.execute(disable.format("NULL"))  # type: ignore[arg-type]


def test_a_grant_that_ended_or_has_not_begun_gives_nothing(shell: Shell) -> None:
    nobody, north = shell.city.people["nobody"], shell.city.unions["north"]
    for since, until in (("-2 day", "-1 day"), ("1 day", "2 day")):
        with shell.operator.transaction(force_rollback=True):
            shell.operator.execute(
                "INSERT INTO user_grant (user_id, role, union_id, valid_from, valid_to) VALUES"
                " (%s, 'union_staff', %s, now() + %s::interval, now() + %s::interval)",
                (nobody, north, since, until),
            )
            with acting(shell.operator, user_id=nobody):
                assert one(shell.operator, "SELECT acting_roles(%s)", north) == []


def test_a_function_or_an_operator_that_tells_reads_no_hidden_row(shell: Shell) -> None:
    """Both see only rows that the policy let through: a hidden name would show in the notice."""
    database = conninfo_to_dict(shell.city.url)["dbname"]
    login = f"{database}_nobody"
    shell.operator.execute(f'GRANT TEMPORARY ON DATABASE {database} TO "{login}"')  # type: ignore[arg-type]
    try:
        session = shell.session("nobody")
        told: list[str] = []
        session.add_notice_handler(lambda d: told.append(d.message_primary or ""))
        with session.transaction(force_rollback=True):
            session.execute(
                "CREATE FUNCTION pg_temp.leak(t text) RETURNS bool LANGUAGE plpgsql"
                " COST 0.0000001 AS $$ BEGIN RAISE NOTICE '%', t; RETURN true; END $$"
            )
            session.execute("SELECT name FROM station WHERE pg_temp.leak(name)")
            session.execute("SELECT facts FROM station_version WHERE pg_temp.leak(facts::text)")
            session.execute("SELECT name FROM public_station WHERE pg_temp.leak(name)")
        assert told
        assert not [text for text in told if "草稿" in text]
    finally:
        shell.operator.execute(f'REVOKE TEMPORARY ON DATABASE {database} FROM "{login}"')  # type: ignore[arg-type]


def test_a_division_by_zero_on_hidden_rows_does_not_happen(shell: Shell) -> None:
    probe = (
        "SELECT 1 / (CASE WHEN name = '草稿south' THEN length(name) - 7 ELSE 1 END) FROM station"
    )
    rows(shell.session("north_clerk"), probe)
    # it fails where the row is seen, so it would have told
    with pytest.raises(errors.DivisionByZero):
        rows(shell.session("south_clerk"), probe)


def test_the_public_sees_the_open_columns_of_open_stations_alone(shell: Shell) -> None:
    with shell.operator.transaction(force_rollback=True):
        shell.operator.execute("SET LOCAL ROLE harbor_public")
        found = shell.operator.execute("SELECT * FROM public_station")
        assert [column.name for column in found.description or []] == OPEN_COLUMNS
        assert {row[0] for row in found} == set(shell.active.values())
        readable = rows(
            shell.operator,
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'v', 'm', 'p')"
            " AND has_any_column_privilege('harbor_public', c.oid, 'SELECT')"
            " AND c.relname NOT IN ('geometry_columns', 'geography_columns', 'spatial_ref_sys')",
        )
        assert {row[0] for row in readable} == {
            "public_station", "public_closure", "service", "station_state", "district",
            "union_body",
        }  # fmt: skip


COLUMNS_OF_THE_MACHINE = {
    "code": "'500103000428'",
    "verified": "true",
    "submitted_by": "NULL",
    "reviewed_by": "NULL",
    "approved_by": "1",
    "revision": "7",
    "state_since": "now()",
    "created_at": "now()",
    "changed_at": "now()",
    "last_proved": "now()",
    # to be given at the beginning, and only with a batch of one's own that is open
    "batch_id": "999999",
    "adcode": "'500103'",
    "confirmed_at": "now()",
    "confirmed_by": "NULL",
}


@pytest.mark.parametrize("column", COLUMNS_OF_THE_MACHINE)
@pytest.mark.parametrize("person", ["chief", "north_alone"])
def test_what_the_machine_writes_nobody_writes(shell: Shell, person: str, column: str) -> None:
    value = COLUMNS_OF_THE_MACHINE[column]
    for role in ("harbor_staff", "harbor_admin"):
        with shell.operator.transaction(force_rollback=True):
            shell.operator.execute(f"SET LOCAL ROLE {role}")  # type: ignore[arg-type]
            with pytest.raises(errors.InsufficientPrivilege):
                shell.operator.execute(f"UPDATE station SET {column} = {value}")  # type: ignore[arg-type]
    session = shell.session(person)
    with pytest.raises(errors.InsufficientPrivilege), session.transaction(force_rollback=True):
        session.execute(f"UPDATE station SET {column} = {value}")  # type: ignore[arg-type]
    with pytest.raises(errors.InsufficientPrivilege), session.transaction(force_rollback=True):
        session.execute(
            f"INSERT INTO station (name, state, {column}) VALUES ('x', 'draft', {value})"
        )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        "name = 'x'", "name_en = 'x'", "place = NULL", "address = 'x'", "area_name = 'x'",
        "services = '{toilet}'", "hours = '24/7'", "hours_text = 'x'", "door = 'key'",
        "host_name = 'x'", "host_kind = 'bank'", "source_longitude = 106", "source_datum = 'gcj02'",
        "union_id = NULL",
        "union_built = true", "area_square_metres = 30", "seats = 4",
        "functions = '{reading_corner}'",
        "venues = '{fitness}'", "service_details = '{\"toilet\": {\"where\": \"nearest\"}}'",
        "host_credit_code = '91500000202801713P'", "agreement_number = 'x'",
        "agreement_from = '2025-01-01'", "agreement_to = '2025-01-01'",
        "state_reason = 'x'", "state_until = '2099-01-01'", "exit_code = 'other'",
        "document_id = NULL, merged_into = id", "change_request_id = NULL, name = 'x'",
    ],
)  # fmt: skip
@pytest.mark.parametrize("person", ["chief", "north_alone", "north_judge", "auditor"])
def test_an_active_station_stays_as_it_was_approved(shell: Shell, person: str, change: str) -> None:
    session = shell.session(person)
    before = one(
        shell.operator, "SELECT to_jsonb(s) FROM station s WHERE id = %s", shell.active["north"]
    )
    with pytest.raises(REFUSED), session.transaction(force_rollback=True):
        session.execute(
            f"UPDATE station SET {change} WHERE id = %s",  # type: ignore[arg-type]
            (shell.active["north"],),
        )
    assert (
        one(
            shell.operator, "SELECT to_jsonb(s) FROM station s WHERE id = %s", shell.active["north"]
        )
        == before
    )


@pytest.mark.parametrize(
    "person", ["auditor", "north_auditor", "north_judge", "north_inspector", "planner"]
)
def test_who_is_not_on_the_unions_staff_edits_no_draft(shell: Shell, person: str) -> None:
    for change in ("name = 'x'", "hours_text = 'x'", "area_name = 'x'", "state_reason = 'x'"):
        refused(
            shell.session(person), f"UPDATE station SET {change} WHERE id = %s",
            shell.drafts["north"],
        )  # fmt: skip


@pytest.mark.parametrize("person", ["auditor", "north_auditor", "planner", "nobody"])
def test_who_only_reads_does_not_even_save_what_was_there(shell: Shell, person: str) -> None:
    refused(shell.session(person), "UPDATE station SET name = name WHERE state = 'draft'")


def test_staff_edit_their_drafts_and_give_none_away(shell: Shell) -> None:
    session, draft = shell.session("north_clerk"), shell.drafts["north"]
    with session.transaction(force_rollback=True):
        done = session.execute("UPDATE station SET name = '新名' WHERE id = %s", (draft,))
        assert done.rowcount == 1
    for union in ("south", "city", "rail"):
        refused(
            session, "UPDATE station SET union_id = %s WHERE id = %s",
            shell.city.unions[union], draft,
        )  # fmt: skip
    refused(session, "UPDATE station SET name = 'x' WHERE id = %s", shell.drafts["south"])


def test_a_record_is_entered_by_staff_of_its_union_as_a_draft(shell: Shell) -> None:
    entered = "INSERT INTO station (name, state, union_id) VALUES ('新站', %s, %s) RETURNING id"
    session, unions = shell.session("north_clerk"), shell.city.unions
    with session.transaction(force_rollback=True):
        assert one(session, entered, "draft", unions["north"])
    for state, union in (("active", "north"), ("submitted", "north"), ("draft", "south")):
        with pytest.raises(REFUSED), session.transaction():
            session.execute(entered, (state, unions[union]))
    with pytest.raises(REFUSED), session.transaction():
        session.execute(entered, ("draft", None))


@pytest.mark.parametrize(
    "table", ["station", "station_version", "change_request", "audit_event", "document",
              "import_batch", "keeper", "user_account"],
)  # fmt: skip
@pytest.mark.parametrize("person", ["chief", "north_alone"])
def test_nothing_is_deleted(shell: Shell, person: str, table: str) -> None:
    session = shell.session(person)
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(errors.InsufficientPrivilege), session.transaction():
            session.execute(statement)  # type: ignore[arg-type]


def test_an_earlier_number_is_taken_away_by_its_union_alone_and_the_audit_keeps_it(
    shell: Shell,
) -> None:
    station = shell.active["north"]
    with shell.operator.transaction(force_rollback=True):
        enter = "INSERT INTO station_alias (station_id, kind, value) VALUES (%s, 'number', %s)"
        shell.operator.execute(enter, (station, "旧 0"))
        with acting(shell.operator, user_id=shell.city.people["north_second"]):
            shell.operator.execute(enter, (station, "旧 1"))
        take = "DELETE FROM station_alias WHERE station_id = %s"
        for person, count in {"south_clerk": 0, "north_inspector": 0, "north_clerk": 1}.items():
            with acting(shell.operator, user_id=shell.city.people[person]):
                assert shell.operator.execute(take, (station,)).rowcount == count, person
        told = one(
            shell.operator, "SELECT details ->> 'value' FROM audit_event"
            " WHERE action = 'station.alias_remove' AND subject = %s", f"station {station}",
        )  # fmt: skip
        assert told == "旧 1"
        left = one(shell.operator, "SELECT value FROM station_alias WHERE station_id = %s", station)
        assert left == "旧 0", "what a list left stays"
    with pytest.raises(errors.InsufficientPrivilege), shell.session("chief").transaction():
        shell.session("chief").execute("TRUNCATE station_alias")


def test_lists_that_were_brought_in_are_seen_with_the_drafts_of_their_union(shell: Shell) -> None:
    with shell.operator.transaction(force_rollback=True):
        batch = one(
            shell.operator, "INSERT INTO import_batch (file_name, file_digest, union_id)"
            " VALUES ('north.csv', 'x', %s) RETURNING id", shell.city.unions["north"],
        )  # fmt: skip
        seen = "SELECT count(*) FROM import_batch WHERE id = %s"
        undo = "UPDATE import_batch SET undone_at = now() WHERE id = %s"
        for person in PEOPLE:
            with acting(shell.operator, user_id=shell.city.people[person]):
                assert one(shell.operator, seen, batch) == sees_whole(person, "north"), person
                if "union_staff" in roles_in(person, "north") or person in ("chief", "deputy"):
                    continue
                refused(shell.operator, undo, batch)


@pytest.mark.parametrize("role", ["harbor_staff", "harbor_admin", "harbor_public"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'x'",
        "DELETE FROM audit_event",
        "INSERT INTO audit_event (action, subject) VALUES ('a', 'b')",
        "UPDATE station_version SET state = 'active'",
        "DELETE FROM station_version",
        "INSERT INTO station_version SELECT * FROM station_version LIMIT 1",
    ],
)
def test_no_role_changes_versions_or_the_audit(shell: Shell, role: str, statement: str) -> None:
    with (
        acting(shell.operator, user_id=shell.city.people["chief"], admin=True),
        shell.operator.transaction(force_rollback=True),
    ):
        shell.operator.execute(f"SET LOCAL ROLE {role}")  # type: ignore[arg-type]
        with pytest.raises(errors.InsufficientPrivilege):
            shell.operator.execute(statement)  # type: ignore[arg-type]


def test_the_audit_is_not_written_by_hand_in_a_shell(shell: Shell) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="by hand"):
        audit.record(shell.session("chief"), "station.approve", "station 1")


@pytest.mark.parametrize(
    "call",
    [
        "issue_number(1)",
        "check_station_move(s, s, '{}')",
        "check_station_edit(s, s)",
        "check_station_rest(s, s)",
        "check_beginning(s)",
    ],
)
def test_the_guards_own_functions_are_not_called_by_hand(shell: Shell, call: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied for function"):
        shell.session("chief").execute(f"SELECT {call} FROM station s")  # type: ignore[arg-type]


def asked(shell: Shell, session: Connection) -> int:
    return int(
        one(
            session,
            "INSERT INTO change_request (station_id, revision, changes, reason)"
            " VALUES (%s, 1, '{\"name\": \"新名\"}', '换牌') RETURNING id",
            shell.active["north"],
        )
    )


ACCEPT = "UPDATE station SET name = %s, change_request_id = %s WHERE id = %s"


@pytest.fixture
def open_request(shell: Shell) -> Iterator[int]:
    """A change that the north's person of all roles asked for; gone after the test."""
    yield asked(shell, shell.session("north_alone"))
    shell.operator.execute(
        "UPDATE station SET change_request_id = NULL WHERE id = %s", (shell.active["north"],)
    )
    shell.operator.execute("DELETE FROM change_request")


def test_a_change_is_accepted_by_another_person_with_the_change_itself(
    shell: Shell, open_request: int
) -> None:
    station = shell.active["north"]
    for person in ("north_alone", "north_clerk", "north_inspector", "south_judge", "auditor"):
        refused(shell.session(person), ACCEPT, "新名", open_request, station)
    judge = shell.session("north_judge")
    for name in ("另一名", "在用north"):
        refused(judge, ACCEPT, name, open_request, station)
    refused(judge, ACCEPT.replace("SET", "SET hours = '24/7',"), "新名", open_request, station)
    with judge.transaction(force_rollback=True):
        assert judge.execute(ACCEPT, ("新名", open_request, station)).rowcount == 1
        decided = "SELECT state, decided_by FROM change_request WHERE id = %s"
        assert rows(judge, decided, open_request) == [
            ("accepted", shell.city.people["north_judge"])
        ]


def test_a_change_request_is_not_accepted_alone(shell: Shell, open_request: int) -> None:
    for person in PEOPLE:
        refused(shell.session(person), "UPDATE change_request SET state = 'accepted'")
    for column in ("changes = '{}'", "requested_by = 1", "reason = 'x'", "station_id = 1"):
        with pytest.raises(errors.InsufficientPrivilege):
            shell.session("chief").execute(f"UPDATE change_request SET {column}")  # type: ignore[arg-type]


def test_a_request_is_withdrawn_by_who_asked_and_refused_by_a_reviewer(
    shell: Shell, open_request: int
) -> None:
    close = "UPDATE change_request SET state = %s WHERE id = %s"
    for person in PEOPLE:
        session = shell.session(person)
        if person != "north_alone":
            refused(session, close, "withdrawn", open_request)
        if person in ("chief", "deputy", "north_judge", "north_alone", "city_judge"):
            with session.transaction(force_rollback=True):
                assert session.execute(close, ("refused", open_request)).rowcount == 1
        else:
            refused(session, close, "refused", open_request)
    with shell.session("north_alone").transaction(force_rollback=True):
        mine = shell.session("north_alone").execute(close, ("withdrawn", open_request))
        assert mine.rowcount == 1


@pytest.mark.parametrize(
    "changes", ['{"code": "1"}', '{"state": "exited"}', '{"name": "在用north"}', '{"sauna": 1}']
)
def test_only_a_change_of_locked_facts_is_asked_for(shell: Shell, changes: str) -> None:
    with pytest.raises(errors.CheckViolation):
        shell.session("north_clerk").execute(
            "INSERT INTO change_request (station_id, revision, changes, reason)"
            " VALUES (%s, 1, %s, '换牌')",
            (shell.active["north"], changes),
        )


def test_others_requests_are_neither_seen_nor_made(shell: Shell, open_request: int) -> None:
    assert rows(shell.session("south_judge"), "SELECT id FROM change_request") == []
    assert rows(shell.session("north_clerk"), "SELECT id FROM change_request") == [(open_request,)]
    refused(
        shell.session("south_clerk"),
        "INSERT INTO change_request (station_id, revision, changes, reason)"
        " VALUES (%s, 1, '{\"hours\": \"24/7\"}', 'x')",
        shell.active["north"],
    )


def test_documents_of_other_unions_are_neither_seen_nor_made(shell: Shell) -> None:
    make = (
        "INSERT INTO document (number, union_id, title) VALUES ('1号', %s, 'x')"
        " RETURNING recorded_by"
    )
    session, north = shell.session("north_clerk"), shell.city.unions["north"]
    with session.transaction(force_rollback=True):
        assert one(session, make, north) == shell.city.people["north_clerk"]
    refused(session, make, shell.city.unions["south"])
    refused(session, make, None)
    refused(shell.session("north_auditor"), make, north)


def test_every_version_and_event_names_person_and_request(shell: Shell) -> None:
    clerk = shell.city.people["north_clerk"]
    with shell.operator.transaction(force_rollback=True):
        with acting(shell.operator, user_id=clerk, request_id="req-1"):
            draft = one(
                shell.operator,
                "INSERT INTO station (name, state, union_id) VALUES ('新站', 'draft', %s)"
                " RETURNING id",
                shell.city.unions["north"],
            )
            shell.operator.execute("UPDATE station SET name = '新名' WHERE id = %s", (draft,))
            shell.operator.execute(
                "UPDATE station SET state = 'discarded', state_reason = '重复' WHERE id = %s",
                (draft,),
            )
            audit.record(shell.operator, "station.looked_at", f"station {draft}", {"why": "test"})
        versions = rows(
            shell.operator,
            "SELECT version, revision, actor_id, request_id FROM station_version"
            " WHERE station_id = %s ORDER BY version",
            draft,
        )
        assert versions == [(n, n, clerk, "req-1") for n in (1, 2, 3)]
        events = audit.search(shell.operator, subject=f"station {draft}")
        assert [(e.action, e.user_id, e.request_id) for e in reversed(events)] == [
            (f"station.{action}", clerk, "req-1")
            for action in ("enter", "edit", "discard", "looked_at")
        ]
        assert events[1].details["reason"] == "重复"
        found = audit.search(
            shell.operator, action="station", user_id=clerk, before_id=events[0].id
        )
        assert [e.id for e in found] == [e.id for e in events[1:]]
        assert audit.search(shell.operator, action="stat") == []


def test_acting_puts_back_role_and_person_however_it_nests(shell: Shell) -> None:
    state = (
        "SELECT current_user, coalesce(current_setting('harbor.user', true), ''),"
        " coalesce(current_setting('harbor.request', true), ''), acts_as_operator()"
    )
    operator, people = shell.operator, shell.city.people
    begun = rows(operator, state)
    with operator.transaction(force_rollback=True):
        with acting(operator, user_id=people["north_clerk"], request_id="a"):
            outer = rows(operator, state)
            assert outer == [("harbor_staff", str(people["north_clerk"]), "a", False)]
            with acting(operator, user_id=people["chief"], admin=True, request_id="b"):
                assert rows(operator, state) == [("harbor_admin", str(people["chief"]), "b", False)]
            assert rows(operator, state) == outer
            with pytest.raises(errors.DivisionByZero), acting(operator, user_id=people["chief"]):
                operator.execute("SELECT 1 / 0")
            assert rows(operator, state) == outer
        assert rows(operator, state)[0][0] == begun[0][0]
        assert rows(operator, state)[0][1:] == ("", "", True)
    with acting(operator, user_id=people["chief"]):
        pass
    assert rows(operator, state) == begun


@given(st.text("0123456789", min_size=1, max_size=30))
def test_the_check_digit_of_the_database_is_the_domains(shell: Shell, body: str) -> None:
    assert one(shell.operator, "SELECT number_check_digit(%s)", body) == number.check_digit(body)


def test_coded_reasons_of_exit_are_the_domains(shell: Shell) -> None:
    found = rows(shell.operator, "SELECT code, name, name_en FROM exit_reason ORDER BY position")
    assert found == [(code.value, *names) for code, names in EXIT_NAMES.items()]
