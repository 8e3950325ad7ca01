"""Rows of accounts: grants by time, steps taken once, failures counted, sessions ended."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from app.domain.accounts import Grant
from app.domain.roles import Role
from app.store import accounts, sessions
from app.store.database import Connection

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NETWORK = "203.0.113.0/24"


@pytest.fixture
def anna(connection: Connection) -> int:
    user = accounts.insert(connection, "anna", full_name="安娜", password_hash="x")
    assert user is not None
    return user


def test_a_name_is_taken_once(connection: Connection, anna: int) -> None:
    assert accounts.insert(connection, "anna", full_name="", password_hash="y") is None
    found = accounts.find(connection, "anna")
    assert found is not None
    assert (found.id, found.password_hash, found.must_change) == (anna, "x", True)


def test_a_hash_does_not_show(connection: Connection, anna: int) -> None:
    accounts.set_password(connection, anna, "geheim", must_change=False)
    assert "geheim" not in repr(accounts.by_id(connection, anna))


def test_grants_hold_from_one_moment_to_another(connection: Connection, anna: int) -> None:
    auditor = Grant(Role.AUDITOR)
    assert accounts.add_grant(connection, anna, auditor)
    assert not accounts.add_grant(connection, anna, auditor)
    connection.execute(
        "INSERT INTO user_grant (user_id, role, valid_from, valid_to) VALUES"
        " (%(user)s, 'planner', now() - interval '2 days', now() - interval '1 day'),"
        " (%(user)s, 'reviewer', now() + interval '1 day', NULL)",
        {"user": anna},
    )
    assert accounts.grants(connection, anna) == (auditor,)
    ended = accounts.end_grants(connection, anna, Role.AUDITOR, union_id=None, everywhere=True)
    assert ended == 1
    assert accounts.grants(connection, anna) == ()
    row = connection.execute("SELECT count(*) FROM user_grant").fetchone()
    assert row == (3,)


def test_a_step_is_taken_once_and_none_before_it(connection: Connection, anna: int) -> None:
    accounts.set_second_factor(connection, anna, b"sealed", 10)
    taken = [accounts.use_step(connection, anna, step) for step in (10, 9, 11, 11, 12)]
    assert taken == [False, False, True, False, True]


def test_a_hash_is_renewed_only_while_the_password_is_the_same(
    connection: Connection, anna: int
) -> None:
    accounts.rehash(connection, anna, before="x", after="stronger")
    accounts.rehash(connection, anna, before="x", after="late")
    found = accounts.by_id(connection, anna)
    assert found is not None
    assert found.password_hash == "stronger"


def test_failures_count_since_the_last_success_and_within_the_time(connection: Connection) -> None:
    def attempt(minutes: int, *, succeeded: bool = False, name: str = "anna") -> None:
        at = NOW + timedelta(minutes=minutes)
        sessions.add_attempt(connection, name, NETWORK, succeeded=succeeded, at=at)

    for minutes in (0, 1, 2):
        attempt(minutes)
    attempt(3, name="bert")
    since = NOW + timedelta(minutes=1)
    assert sessions.failures_of_name(connection, "anna", since=since).count == 1
    early = NOW - timedelta(days=1)
    found = sessions.failures_of_name(connection, "anna", since=early)
    assert found == sessions.Failures(3, NOW + timedelta(minutes=2))
    assert sessions.failures_of_network(connection, NETWORK, since=early).count == 4
    attempt(4, succeeded=True)
    attempt(5)
    assert sessions.failures_of_name(connection, "anna", since=early).count == 1
    assert sessions.failures_of_network(connection, NETWORK, since=early).count == 4
    assert sessions.failures_of_name(connection, "carl", since=early).last is None


def test_sessions_end_one_by_one_or_all_but_one(connection: Connection, anna: int) -> None:
    digests = [bytes([number]) * 32 for number in range(4)]
    for digest in digests:
        sessions.begin_session(connection, digest, anna, device="", at=NOW)
    assert sessions.end_session(connection, digests[0], NOW)
    assert not sessions.end_session(connection, digests[0], NOW)
    assert sessions.end_sessions(connection, anna, NOW, but=digests[3]) == 2
    before = NOW - timedelta(days=30)
    listed = sessions.sessions(connection, anna, begun_after=before)
    assert [one.token_digest for one in listed] == [digests[3]]
    assert sessions.sessions(connection, anna, begun_after=NOW) == []


def test_what_is_of_no_use_any_more_is_forgotten(connection: Connection, anna: int) -> None:
    sessions.begin_session(connection, b"old", anna, device="", at=NOW)
    sessions.begin_session(connection, b"new", anna, device="", at=NOW + timedelta(days=90))
    sessions.add_attempt(connection, "anna", NETWORK, succeeded=False, at=NOW)
    later = NOW + timedelta(days=30)
    sessions.forget(connection, attempts_before=later, sessions_before=later)
    assert sessions.session(connection, b"old") is None
    assert sessions.session(connection, b"new") is not None
    row = connection.execute("SELECT count(*) FROM login_attempt").fetchone()
    assert row == (0,)


def test_a_disabled_account_keeps_the_day_it_was_disabled(
    connection: Connection, anna: int
) -> None:
    accounts.disable(connection, anna, disabled=True)
    first = accounts.by_id(connection, anna)
    accounts.disable(connection, anna, disabled=True)
    assert accounts.by_id(connection, anna) == first
    assert first is not None
    assert first.disabled_at is not None
    accounts.disable(connection, anna, disabled=False)
    again = accounts.by_id(connection, anna)
    assert again is not None
    assert again.disabled_at is None


def test_staff_reach_neither_hashes_nor_sessions(connection: Connection, anna: int) -> None:
    for question in (
        "SELECT password_hash FROM user_account",
        "SELECT second_factor FROM user_account",
        "SELECT * FROM user_session",
        "SELECT * FROM login_attempt",
        "UPDATE user_account SET disabled_at = NULL",
        "INSERT INTO user_grant (user_id, role) VALUES (1, 'city_admin')",
    ):
        with connection.transaction(force_rollback=True):
            connection.execute("SET LOCAL ROLE harbor_staff")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(question)  # type: ignore[arg-type]
