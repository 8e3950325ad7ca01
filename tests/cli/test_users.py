"""``harbor users``: what it prints, once, and with which exit code."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner

from app.cli.main import main
from app.service import _passwords, logins
from app.service.logins import Caller, LoggedIn
from app.store.cluster import Cluster
from tests.cli.test_commands import FAILED, OK, WRONG_USAGE, on
from tests.service import towns
from tests.service.towns import Town

CALLER = Caller("203.0.113.0/24", "Firefox · Linux", "req1", datetime.now(UTC))


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("users")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _fresh(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_passwords, "_hasher", PasswordHasher(1, 8, 1))
    town.run("TRUNCATE user_account, user_grant, user_session, login_attempt CASCADE")


def added(town: Town, name: str = "anna") -> str:
    """Add an account; return its password, the last line."""
    result = on(town, "users", "add", name, "--role", "city_admin", "--full-name", "安娜")
    assert result.exit_code == OK, result.output
    return result.output.splitlines()[-1]


def entered(town: Town, password: str) -> LoggedIn:
    outcome = logins.log_in(town.runtime, "anna", password, CALLER)
    assert isinstance(outcome, LoggedIn)
    return outcome


def test_the_first_account_is_added_with_a_password_that_lets_it_in(town: Town) -> None:
    assert "no account" in on(town, "users", "list").output
    assert entered(town, added(town)).must_change
    (listed,) = json.loads(on(town, "users", "list", "--json").output)
    assert (listed["name"], listed["full_name"]) == ("anna", "安娜")
    assert [one["role"] for one in listed["grants"]] == ["city_admin"]
    assert not {"password_hash", "second_factor_secret", "id"} & set(listed)
    assert "city_admin" in on(town, "users", "list").output


def test_a_password_is_printed_once_and_stored_nowhere(town: Town) -> None:
    password = added(town)
    for table in ("user_account", "audit_event"):
        assert all(password not in str(row) for row in town.run(f"SELECT t::text FROM {table} t"))
    assert password not in on(town, "users", "list", "--json").output


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["add", "安娜", "--role", "planner"], WRONG_USAGE, "cannot be a name"),
        (["add", "bert", "--role", "boss"], WRONG_USAGE, "boss"),
        (["add", "bert", "--role", "keeper"], WRONG_USAGE, "keeper"),
        (["add", "bert", "--role", "reviewer"], WRONG_USAGE, "--everywhere"),
        (["add", "bert", "--role", "reviewer", "--union", "999999"], FAILED, "999999"),
        (["add", "anna", "--role", "planner"], FAILED, "already"),
        (["grant", "nobody", "--role", "planner"], FAILED, "harbor users list"),
        (["disable", "nobody"], FAILED, "nobody"),
        (["end-session", "anna", "0123"], FAILED, "0123"),
        (["login-role", "anna"], WRONG_USAGE, "--none"),
        (["login-role", "anna", "--database-role", "ghost"], FAILED, "CREATE ROLE"),
    ],
)
def test_a_mistake_is_named_with_what_to_do(
    town: Town, arguments: list[str], code: int, said: str
) -> None:
    added(town)
    result = on(town, "users", *arguments)
    assert result.exit_code == code
    assert said in result.output


def test_roles_are_granted_and_revoked(town: Town) -> None:
    added(town)
    assert "is auditor now" in on(town, "users", "grant", "anna", "--role", "auditor").output
    assert "already" in on(town, "users", "grant", "anna", "--role", "auditor").output
    assert "not auditor any" in on(town, "users", "revoke", "anna", "--role", "auditor").output
    assert "was not auditor" in on(town, "users", "revoke", "anna", "--role", "auditor").output


def test_sessions_are_listed_and_ended(town: Town) -> None:
    token = entered(town, added(town)).token
    (listed,) = json.loads(on(town, "users", "sessions", "anna", "--json").output)
    assert listed["device"] == CALLER.device
    assert listed["session"] in on(town, "users", "sessions", "anna").output
    assert on(town, "users", "end-session", "anna", listed["session"]).exit_code == OK
    assert logins.standing(town.runtime, token, at=CALLER.at).person is None


def test_disabling_shuts_out_and_enabling_lets_in_again(town: Town) -> None:
    password = added(town)
    token = entered(town, password).token
    assert "1 sessions ended" in on(town, "users", "disable", "anna").output
    assert "disabled" in on(town, "users", "list").output
    assert logins.standing(town.runtime, token, at=CALLER.at).person is None
    assert on(town, "users", "enable", "anna").exit_code == OK
    entered(town, password)


def test_another_password_is_random_or_asked_for_and_never_shown_while_typed(town: Town) -> None:
    first = added(town)
    second = on(town, "users", "password", "anna").output.splitlines()[-1]
    assert second != first
    entered(town, second)
    environment = {"HARBOR_VAR": str(town.settings.var), "HARBOR_DATABASE_URL": town.url}
    asked = ["users", "password", "anna", "--ask"]
    own = "kites over jialing 41"
    typed = CliRunner().invoke(main, asked, env=environment, input=f"{own}\n{own}\n")
    assert typed.exit_code == OK, typed.output
    assert own not in typed.output
    entered(town, own)
    easy = CliRunner().invoke(main, asked, env=environment, input="1234567890\n1234567890\n")
    assert easy.exit_code == WRONG_USAGE
    assert "Too easy" in easy.output


def test_a_second_factor_is_taken_away_only_when_asked_to(town: Town) -> None:
    added(town)
    assert on(town, "users", "factor", "anna").exit_code == WRONG_USAGE
    assert "had none" in on(town, "users", "factor", "anna", "--reset").output
