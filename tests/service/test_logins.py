"""Logging in: what is checked, what is noted, how long guesses wait, when a session ends.

The clock is handed in, so hours pass at once.
"""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pyotp
import pytest
from argon2 import PasswordHasher

from app.domain.accounts import (
    FREE_FAILURES,
    FREE_NETWORK_FAILURES,
    IDLE,
    LONGEST_DELAY,
    LONGEST_LOGIN,
    Person,
)
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.roles import Role
from app.service import _attempts, _passwords, accounts, logins, second_factor
from app.service.logins import Caller, CodeWanted, LoggedIn, LoginRefused, LoginSlowed
from app.service.runtime import Runtime
from app.settings import Settings
from app.store.cluster import Cluster

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
OWN = "kites over jialing 41"
CALLER = Caller("203.0.113.0/24", "Firefox · Linux", "req1", MORNING)


def later(caller: Caller = CALLER, **by: float) -> Caller:
    return replace(caller, at=caller.at + timedelta(**by))


@pytest.fixture(scope="module")
def opened(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A runtime on a database that the tests of this file share."""
    with psycopg.connect(cluster.url(), autocommit=True) as server:
        server.execute("CREATE DATABASE logins TEMPLATE pattern")
    made = Runtime(Settings(var=tmp_path_factory.mktemp("logins")), cluster.url("logins"))
    made.start(watch=False)
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash with the least work: hundreds of passwords are checked here."""
    monkeypatch.setattr(_passwords, "_hasher", PasswordHasher(1, 8, 1))
    _passwords._nobodys.cache_clear()
    yield
    _passwords._nobodys.cache_clear()


@pytest.fixture
def runtime(opened: Runtime) -> Runtime:
    """The runtime with no account in its register."""
    with opened.connection() as connection:
        connection.execute(
            "TRUNCATE user_account, user_grant, user_session, login_attempt, union_body"
            " RESTART IDENTITY CASCADE"
        )
    return opened


@pytest.fixture
def harbor(runtime: Runtime) -> Runtime:
    """A register with two accounts, whose passwords are their own."""
    with runtime.connection() as connection:
        for name in ("anna", "bert"):
            accounts.add(connection, name, Role.CITY_ADMIN)
        connection.execute(
            "UPDATE user_account SET must_change = false, password_hash = %s",
            (_passwords.hashed(OWN),),
        )
    return runtime


def entered(harbor: Runtime, caller: Caller = CALLER, name: str = "anna") -> LoggedIn:
    outcome = logins.log_in(harbor, name, OWN, caller)
    assert isinstance(outcome, LoggedIn)
    return outcome


def who(harbor: Runtime, token: str, at: datetime = MORNING) -> Person | None:
    return logins.standing(harbor, token, at=at).person


def events(harbor: Runtime) -> list[tuple[Any, ...]]:
    """The audit of this test: from the newest account of anna on."""
    with harbor.connection() as connection:
        return connection.execute(
            "SELECT action, subject, user_id, request_id, details FROM audit_event WHERE id >="
            " (SELECT max(id) FROM audit_event WHERE (action, subject) = ('account.add',"
            " 'user anna')) ORDER BY id"
        ).fetchall()


def test_the_right_password_opens_a_session_of_this_person(harbor: Runtime) -> None:
    token = entered(harbor, name=" Anna ").token
    person = who(harbor, token)
    assert person is not None
    assert (person.name, person.roles) == ("anna", {Role.CITY_ADMIN})


def test_the_database_knows_neither_token_nor_password(harbor: Runtime) -> None:
    token = entered(harbor).token
    with harbor.connection() as connection:
        for table in ("user_session", "user_account", "login_attempt", "audit_event"):
            rows = connection.execute(f"SELECT t::text FROM {table} t").fetchall()  # type: ignore[arg-type]
            assert rows
            for (row,) in rows:
                assert token not in row
                assert OWN not in row


def test_a_wrong_password_and_an_unknown_name_are_told_apart_by_nothing(harbor: Runtime) -> None:
    said = []
    for name in ("anna", "nobody"):
        with pytest.raises(LoginRefused) as caught:
            logins.log_in(harbor, name, "wrong password", CALLER)
        said.append(str(caught.value))
    assert said[0] == said[1]


def test_an_unknown_name_costs_as_much_work_as_a_known_one(
    harbor: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    verify = type(_passwords._hasher).verify

    def counted(hasher: Any, stored: str, password: str) -> Any:
        checked.append(stored)
        return verify(hasher, stored, password)

    monkeypatch.setattr(type(_passwords._hasher), "verify", counted)
    for name in ("anna", "nobody"):
        with pytest.raises(LoginRefused):
            logins.log_in(harbor, name, "wrong password", CALLER)
    assert len(checked) == 2
    parameters = {tuple(stored.split("$")[:4]) for stored in checked}
    assert len(parameters) == 1


def test_what_was_typed_as_a_name_is_kept_nowhere_unless_it_is_one(harbor: Runtime) -> None:
    with pytest.raises(LoginRefused):
        logins.log_in(harbor, OWN, "anna", CALLER)
    with harbor.connection() as connection:
        rows = connection.execute("SELECT name FROM login_attempt").fetchall()
    assert len(rows) == 1
    assert OWN not in rows[0][0]
    assert events(harbor)[-1][:2] == ("account.login_failed", "user (unknown)")


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_after_some_failures_every_attempt_waits_longer(harbor: Runtime, name: str) -> None:
    moment = CALLER
    for _ in range(FREE_FAILURES):
        with pytest.raises(LoginRefused):
            logins.log_in(harbor, name, "wrong password", moment)
    waits = []
    for _ in range(4):
        with pytest.raises(LoginSlowed) as caught:
            logins.log_in(harbor, name, OWN, moment)
        waits.append(caught.value.wait_seconds)
        moment = later(moment, seconds=caught.value.wait_seconds)
        with pytest.raises(LoginRefused):
            logins.log_in(harbor, name, "wrong password", moment)
    assert waits == [3, 5, 9, 17]


def test_waiting_long_enough_lets_the_right_password_in_and_forgets_the_failures(
    harbor: Runtime,
) -> None:
    for _ in range(FREE_FAILURES):
        with pytest.raises(LoginRefused):
            logins.log_in(harbor, "anna", "wrong password", CALLER)
    with pytest.raises(LoginSlowed):
        logins.log_in(harbor, "anna", OWN, CALLER)
    after = later(seconds=LONGEST_DELAY.total_seconds())
    entered(harbor, after)
    with pytest.raises(LoginRefused):
        logins.log_in(harbor, "anna", "wrong password", later(after, seconds=1))


def test_one_name_is_slowed_whatever_network_guesses(harbor: Runtime) -> None:
    for number in range(FREE_FAILURES):
        caller = replace(CALLER, network=f"198.51.{number}.0/24")
        with pytest.raises(LoginRefused):
            logins.log_in(harbor, "anna", "wrong password", caller)
    with pytest.raises(LoginSlowed):
        logins.log_in(harbor, "anna", OWN, CALLER)
    entered(harbor, name="bert")


def test_one_network_is_slowed_whatever_name_it_guesses(harbor: Runtime) -> None:
    for number in range(FREE_NETWORK_FAILURES):
        with harbor.connection() as connection:
            _attempts.admit(connection, f"name{number}", CALLER)
    with pytest.raises(LoginSlowed):
        logins.log_in(harbor, "anna", OWN, CALLER)
    entered(harbor, replace(CALLER, network="198.51.100.0/24"))


def test_an_office_that_logs_in_all_day_is_not_slowed(harbor: Runtime) -> None:
    for number in range(FREE_NETWORK_FAILURES + 5):
        entered(harbor, later(seconds=number))


def test_guesses_at_once_are_counted_one_after_the_other(harbor: Runtime) -> None:
    outcomes: list[str] = []

    def guess() -> None:
        try:
            logins.log_in(harbor, "anna", "wrong password", CALLER)
        except (LoginRefused, LoginSlowed) as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["LoginRefused"] * FREE_FAILURES + ["LoginSlowed"] * 4


def test_a_session_in_use_lasts_on_and_an_idle_one_ends(harbor: Runtime) -> None:
    token = entered(harbor).token
    almost = IDLE - timedelta(minutes=1)
    assert who(harbor, token, MORNING + almost)
    assert who(harbor, token, MORNING + 2 * almost)
    over = logins.standing(harbor, token, at=MORNING + 2 * almost + IDLE)
    assert over.person is None
    assert over.former_user_id is not None


def test_no_session_lasts_longer_than_thirty_days(harbor: Runtime) -> None:
    token = entered(harbor).token
    moment = MORNING
    while moment + timedelta(hours=7) < MORNING + LONGEST_LOGIN:
        moment += timedelta(hours=7)
        assert who(harbor, token, moment)
    assert who(harbor, token, MORNING + LONGEST_LOGIN) is None


@pytest.mark.parametrize("token", [None, "", "nonsense", "a" * 5000, "\x00"])
def test_a_token_that_was_never_given_stands_for_nobody(harbor: Runtime, token: str | None) -> None:
    assert logins.standing(harbor, token, at=MORNING).person is None


def test_logging_out_ends_this_session_alone(harbor: Runtime) -> None:
    first, second = entered(harbor).token, entered(harbor).token
    logins.log_out(harbor, first, CALLER)
    assert who(harbor, first) is None
    assert who(harbor, second)


def test_a_disabled_account_is_out_at_once_and_stays_out(harbor: Runtime) -> None:
    token = entered(harbor).token
    with harbor.connection() as connection:
        assert accounts.disable(connection, "anna") == 1
    assert who(harbor, token) is None
    with pytest.raises(LoginRefused):
        logins.log_in(harbor, "anna", OWN, later(hours=1))
    with harbor.connection() as connection:
        accounts.enable(connection, "anna")
    assert who(harbor, token) is None
    entered(harbor, later(hours=2))


def test_an_account_disabled_in_the_database_alone_is_out_too(harbor: Runtime) -> None:
    token = entered(harbor).token
    with harbor.connection() as connection:
        connection.execute("UPDATE user_account SET disabled_at = clock_timestamp()")
    assert who(harbor, token) is None


def test_a_revoked_role_is_gone_from_the_next_request(harbor: Runtime) -> None:
    token = entered(harbor).token
    with harbor.connection() as connection:
        assert accounts.revoke(connection, "anna", Role.CITY_ADMIN) == 1
        assert accounts.revoke(connection, "anna", Role.CITY_ADMIN) == 0
    person = who(harbor, token)
    assert person is not None
    assert person.roles == set()


def test_a_session_is_ended_by_its_handle_and_only_ones_own(harbor: Runtime) -> None:
    annas, berts = entered(harbor).token, entered(harbor, name="bert").token
    with harbor.connection() as connection:
        (listed,) = accounts.sessions(connection, "anna", at=MORNING)
        assert listed.device == CALLER.device
        with pytest.raises(NotFound):
            accounts.end_session(connection, "bert", listed.handle, at=MORNING)
        accounts.end_session(connection, "anna", listed.handle, at=MORNING)
        assert accounts.sessions(connection, "anna", at=MORNING) == []
    assert who(harbor, annas) is None
    assert who(harbor, berts)


def test_a_changed_password_ends_every_session_and_opens_a_new_one(harbor: Runtime) -> None:
    old = [entered(harbor).token, entered(harbor).token]
    person = who(harbor, old[0])
    assert person is not None
    fresh = logins.change_password(
        harbor, person, current=OWN, new="another row of kites", caller=CALLER
    )
    assert [who(harbor, token) for token in old] == [None, None]
    assert who(harbor, fresh.token)
    with pytest.raises(LoginRefused):
        logins.log_in(harbor, "anna", OWN, later(seconds=1))


def test_the_current_password_is_asked_and_guessing_it_is_slowed(harbor: Runtime) -> None:
    person = who(harbor, entered(harbor).token)
    assert person is not None
    for number in range(1, FREE_FAILURES + 1):
        with pytest.raises(LoginRefused):
            logins.change_password(
                harbor, person, current="wrong", new="a row of kites", caller=later(seconds=number)
            )
    with pytest.raises(LoginSlowed):
        logins.change_password(
            harbor, person, current=OWN, new="a row of kites", caller=later(seconds=5)
        )


def test_a_new_password_that_is_easy_is_refused(harbor: Runtime) -> None:
    person = who(harbor, entered(harbor).token)
    assert person is not None
    with pytest.raises(InvalidInput):
        logins.change_password(harbor, person, current=OWN, new="1234567890", caller=CALLER)


# The second factor ------------------------------------------------------------------------------


@pytest.fixture
def phone(harbor: Runtime) -> Iterator[pyotp.TOTP]:
    """Anna's phone, set up half an hour before."""
    person = who(harbor, entered(harbor).token)
    assert person is not None
    offer = second_factor.offer(harbor, person)
    phone = pyotp.TOTP(offer.secret.replace(" ", ""))
    before = MORNING - timedelta(minutes=30)
    with harbor.connection() as connection:
        second_factor.set_up(
            harbor, connection, person,
            ticket=offer.ticket, code=phone.at(before), at=before, request="",
        )  # fmt: skip
    return phone


def ticket(harbor: Runtime, caller: Caller = CALLER) -> str:
    outcome = logins.log_in(harbor, "anna", OWN, caller)
    assert isinstance(outcome, CodeWanted)
    return outcome.ticket


def test_with_a_second_factor_the_password_alone_opens_nothing(
    harbor: Runtime, phone: pyotp.TOTP
) -> None:
    given = ticket(harbor)
    with pytest.raises(LoginRefused):
        logins.log_in_with_code(harbor, given, "000000", CALLER)
    token = logins.log_in_with_code(harbor, given, phone.at(MORNING), CALLER).token
    person = who(harbor, token)
    assert person is not None
    assert person.has_second_factor


def test_no_code_is_taken_twice_even_at_once(harbor: Runtime, phone: pyotp.TOTP) -> None:
    code, given = phone.at(MORNING), ticket(harbor)
    outcomes: list[bool] = []

    def use() -> None:
        try:
            logins.log_in_with_code(harbor, given, code, CALLER)
            outcomes.append(True)
        except LoginRefused:
            outcomes.append(False)

    threads = [threading.Thread(target=use) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, True]


def test_a_code_of_an_earlier_step_is_not_taken_after_a_later_one(
    harbor: Runtime, phone: pyotp.TOTP
) -> None:
    given = ticket(harbor)
    logins.log_in_with_code(harbor, given, phone.at(MORNING), CALLER)
    before = phone.at(MORNING - timedelta(seconds=30))
    with pytest.raises(LoginRefused):
        logins.log_in_with_code(harbor, given, before, CALLER)


@pytest.mark.parametrize(("seconds", "taken"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_the_clock_of_a_phone_may_be_half_a_minute_off(
    harbor: Runtime, phone: pyotp.TOTP, seconds: int, taken: bool
) -> None:
    code, given = phone.at(MORNING + timedelta(seconds=seconds)), ticket(harbor)
    if taken:
        logins.log_in_with_code(harbor, given, code, CALLER)
    else:
        with pytest.raises(LoginRefused):
            logins.log_in_with_code(harbor, given, code, CALLER)


@pytest.mark.parametrize("code", ["", "abcdef", "12345", "1234567", "１２３４５６", "0" * 9999])
def test_what_is_no_code_is_refused(harbor: Runtime, phone: pyotp.TOTP, code: str) -> None:
    with pytest.raises(LoginRefused):
        logins.log_in_with_code(harbor, ticket(harbor), code, CALLER)


def test_a_right_password_does_not_give_more_guesses_at_the_code(
    harbor: Runtime, phone: pyotp.TOTP
) -> None:
    moment = later(seconds=1)
    for _ in range(FREE_FAILURES // 2):
        given = ticket(harbor, moment)
        with pytest.raises(LoginRefused):
            logins.log_in_with_code(harbor, given, "000000", moment)
    with pytest.raises(LoginSlowed):
        ticket(harbor, moment)
    with pytest.raises(LoginSlowed):
        logins.log_in_with_code(harbor, given, phone.at(MORNING), moment)


def test_a_ticket_is_good_for_five_minutes_and_for_its_password(
    harbor: Runtime, phone: pyotp.TOTP
) -> None:
    given, late = ticket(harbor), later(minutes=6)
    with pytest.raises(LoginRefused):
        logins.log_in_with_code(harbor, given, phone.at(late.at), late)
    with harbor.connection() as connection:
        accounts.set_password(connection, "anna")
    with pytest.raises(LoginRefused):
        logins.log_in_with_code(harbor, given, phone.at(MORNING), CALLER)


@pytest.mark.parametrize("given", ["", "nonsense", "é", "AAAA" * 20])
def test_a_ticket_that_was_never_given_is_refused(harbor: Runtime, given: str) -> None:
    with pytest.raises(LoginRefused):
        logins.log_in_with_code(harbor, given, "123456", CALLER)


def test_the_secret_is_sealed_and_the_first_code_is_used_up(
    harbor: Runtime, phone: pyotp.TOTP
) -> None:
    with harbor.connection() as connection:
        row = connection.execute(
            "SELECT second_factor, second_factor_used FROM user_account WHERE name = 'anna'"
        ).fetchone()
    assert row is not None
    assert phone.secret.encode() not in bytes(row[0])
    assert row[1] == int((MORNING - timedelta(minutes=30)).timestamp()) // 30


def test_a_second_factor_is_in_force_only_after_its_first_code(harbor: Runtime) -> None:
    person = who(harbor, entered(harbor).token)
    assert person is not None
    offer = second_factor.offer(harbor, person)
    with harbor.connection() as connection, pytest.raises(InvalidInput):
        second_factor.set_up(
            harbor, connection, person, ticket=offer.ticket, code="000000", at=MORNING, request=""
        )
    entered(harbor)
    again = second_factor.offer(harbor, person, offer.ticket)
    assert again.secret == offer.secret
    stranger = replace(person, id=person.id + 1)
    assert second_factor.offer(harbor, stranger, offer.ticket).secret != offer.secret


def test_an_operator_takes_the_second_factor_of_a_lost_phone_away(
    harbor: Runtime, phone: pyotp.TOTP
) -> None:
    with harbor.connection() as connection:
        assert accounts.reset_second_factor(connection, "anna")
        assert not accounts.reset_second_factor(connection, "anna")
    entered(harbor)


# Accounts ---------------------------------------------------------------------------------------


def test_every_login_failure_logout_and_grant_is_in_the_audit(harbor: Runtime) -> None:
    token = entered(harbor).token
    with pytest.raises(LoginRefused):
        logins.log_in(harbor, "anna", "wrong password", CALLER)
    logins.log_out(harbor, token, CALLER)
    with harbor.connection() as connection:
        accounts.grant(connection, "anna", Role.AUDITOR)
        accounts.revoke(connection, "anna", Role.AUDITOR)
    said = [event[:4] for event in events(harbor) if event[1] == "user anna"]
    anna = said[2][2]
    assert anna is not None
    assert said == [
        ("account.add", "user anna", None, None),
        ("account.grant", "user anna", None, None),
        ("account.login", "user anna", anna, "req1"),
        ("account.login_failed", "user anna", None, "req1"),
        ("account.logout", "user anna", anna, "req1"),
        ("account.grant", "user anna", None, None),
        ("account.revoke", "user anna", None, None),
    ]
    assert next(e[4] for e in events(harbor) if e[0] == "account.login") == {
        "network": "203.0.113.0/24",
        "device": "Firefox · Linux",
    }


def test_a_first_password_is_random_long_and_to_be_changed(runtime: Runtime) -> None:
    with runtime.connection() as connection:
        made = [accounts.add(connection, f"user{n}", Role.PLANNER) for n in range(3)]
    assert len(set(made)) == 3
    assert [len(password) for password in made] == [23, 23, 23]
    outcome = logins.log_in(runtime, "user1", made[1], CALLER)
    assert isinstance(outcome, LoggedIn)
    assert outcome.must_change


def test_a_role_for_one_union_wants_the_union_named(runtime: Runtime) -> None:
    with runtime.connection() as connection:
        with pytest.raises(InvalidInput) as caught:
            accounts.add(connection, "anna", Role.UNION_STAFF)
        assert caught.value.errors[0].field == "union"
        with pytest.raises(NotFound, match="999999"):
            accounts.add(connection, "anna", Role.UNION_STAFF, union_code="999999")
        with pytest.raises(InvalidInput):
            accounts.add(connection, "anna", Role.KEEPER)
        assert accounts.every(connection) == []
        connection.execute(
            "INSERT INTO union_body (code, name, kind, valid_from)"
            " VALUES ('500103', '渝中区总工会', 'district', '2020-01-01')"
        )
        accounts.add(connection, "anna", Role.UNION_STAFF, union_code="500103")
        assert accounts.grant(connection, "anna", Role.REVIEWER, everywhere=True)
        assert not accounts.grant(connection, "anna", Role.REVIEWER, everywhere=True)
        (listed,) = accounts.every(connection)
    assert [(one["role"], one["union"]) for one in listed["grants"]] == [
        ("union_staff", "500103"),
        ("reviewer", None),
    ]


def test_a_name_is_given_once(harbor: Runtime) -> None:
    with harbor.connection() as connection, pytest.raises(Conflict, match="anna"):
        accounts.add(connection, "ANNA", Role.PLANNER)


def test_a_database_login_stands_for_one_person_and_has_the_rights_of_staff(
    harbor: Runtime,
) -> None:
    role = "shell_of_anna"
    with harbor.connection() as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")  # type: ignore[arg-type]
        try:
            accounts.map_login(connection, "anna", role)
            with pytest.raises(Conflict, match="anna"):
                accounts.map_login(connection, "bert", role)
            assert _is_staff(connection, role)
            accounts.map_login(connection, "anna", None)
            assert not _is_staff(connection, role)
            with pytest.raises(NotFound):
                accounts.map_login(connection, "anna", "nobody_at_all")
            for mighty in ("harbor_staff", "postgres"):
                with pytest.raises((Conflict, NotFound)):
                    accounts.map_login(connection, "anna", mighty)
        finally:
            connection.execute(f"DROP ROLE {role}")  # type: ignore[arg-type]


def _is_staff(connection: psycopg.Connection[Any], role: str) -> bool:
    row = connection.execute("SELECT pg_has_role(%s, 'harbor_staff', 'USAGE')", (role,)).fetchone()
    return bool(row and row[0])
