"""Logging in and out: passwords, the code of a second factor, sessions."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from app.domain.accounts import (
    IDLE,
    LONGEST_LOGIN,
    NAME,
    REMEMBERED,
    Person,
    check_password,
    plain_form,
)
from app.service import second_factor
from app.service._attempts import (
    Caller,
    LoginRefused,
    LoginSlowed,
    admit,
    device_mark,
    key_of,
)
from app.service._passwords import fits, hashed, is_outdated
from app.service.runtime import Runtime
from app.service.vault import KeyUnknown, SealBroken
from app.store import accounts as stored
from app.store import sessions as stored_sessions
from app.store.accounts import Account
from app.store.database import Connection

__all__ = [
    "Caller",
    "CodeWanted",
    "LoggedIn",
    "LoginRefused",
    "LoginSlowed",
    "Standing",
    "anybody",
    "change_password",
    "confirm",
    "device_mark",
    "digest_of",
    "end_other_sessions",
    "log_in",
    "log_in_with_code",
    "log_out",
    "standing",
]

TOKEN_BYTES = 32
# a session is noted as seen at most so often
TOUCH = timedelta(minutes=1)
TICKET = timedelta(minutes=5)
UNKNOWN = "user (unknown)"


@dataclass(frozen=True, slots=True, repr=False)
class LoggedIn:
    """A login that succeeded: the token is for the cookie, and kept nowhere."""

    user_id: int
    token: str
    must_change: bool


@dataclass(frozen=True, slots=True, repr=False)
class CodeWanted:
    """The password was right; the ticket goes with the code of the second factor."""

    ticket: str


@dataclass(frozen=True, slots=True, repr=False)
class Standing:
    """What a cookie stands for.

    Attributes:
        person: who is logged in; None if nobody is.
        digest: of the token, where there was one.
        former_user_id: whose session it was, where it is over.
    """

    person: Person | None = None
    digest: bytes | None = None
    former_user_id: int | None = None


def anybody(harbor: Runtime) -> bool:
    """Whether there is an account at all; without one the machine itself is trusted."""
    with harbor.connection() as connection:
        return stored.any_account(connection)


def log_in(harbor: Runtime, name: str, password: str, caller: Caller) -> LoggedIn | CodeWanted:
    """Check a name and a password.

    Raises:
        LoginRefused: if they are not right, or the account is disabled.
        LoginSlowed: if too many attempts failed before.
    """
    with harbor.connection() as connection:
        typed = name.strip().lower()
        account = stored.find(connection, typed) if NAME.fullmatch(typed) else None
        key = key_of(harbor, account, name, caller)
        admit(connection, key, caller)
    # a hash takes long, and whoever waits for its turn holds no connection
    right = fits(account.password_hash if account else None, password)
    with harbor.connection() as connection:
        if account is None or not right or account.disabled_at is not None:
            _refuse(connection, account, caller)
        if account.second_factor is not None:
            return CodeWanted(_ticket(harbor, account, caller.at))
        if account.password_hash is not None and is_outdated(account.password_hash):
            after = hashed(plain_form(password))
            stored.rehash(connection, account.id, before=account.password_hash, after=after)
        return _enter(connection, account, caller, key=key, attempts=1)


def log_in_with_code(harbor: Runtime, ticket: str, code: str, caller: Caller) -> LoggedIn:
    """Check the code of the second factor after the password was right.

    Raises:
        LoginRefused: if the ticket is over, or the code wrong or used before.
        LoginSlowed: if too many attempts failed before.
    """
    user, password_hash = _read_ticket(harbor, ticket, caller.at)
    with harbor.connection() as connection:
        account = stored.by_id(connection, user)
        if account is None or account.password_hash is None or account.disabled_at is not None:
            raise LoginRefused("The login is not complete.")
        if _mark(account.password_hash) != password_hash:
            raise LoginRefused("The password was changed meanwhile.")
        key = key_of(harbor, account, account.name, caller)
        admit(connection, key, caller)
        if not second_factor.take(harbor, connection, account, code, at=caller.at):
            _refuse(connection, account, caller, what="code")
        return _enter(connection, account, caller, key=key, attempts=2)


def standing(harbor: Runtime, token: str | None, *, at: datetime) -> Standing:
    """Return who a token stands for at a moment; a session in use lasts on."""
    if not token:
        return Standing()
    digest = digest_of(token)
    with harbor.connection() as connection:
        session = stored_sessions.session(connection, digest)
        if session is None:
            return Standing()
        account = stored.by_id(connection, session.user_id)
        over = (
            session.ended_at is not None
            or at - session.seen_at >= IDLE
            or at - session.begun_at >= LONGEST_LOGIN
        )
        if account is None or account.disabled_at is not None or over:
            return Standing(None, digest, session.user_id)
        if at - session.seen_at >= TOUCH:
            stored_sessions.touch_session(connection, digest, at)
        person = Person(
            account.id,
            account.name,
            account.full_name,
            stored.grants(connection, account.id),
            must_change=account.must_change,
            has_second_factor=account.second_factor is not None,
        )
    return Standing(person, digest)


def log_out(harbor: Runtime, token: str, caller: Caller) -> None:
    """End the session of a token; one that is over stays so."""
    digest = digest_of(token)
    with harbor.connection() as connection, connection.transaction():
        session = stored_sessions.session(connection, digest)
        if session is None or not stored_sessions.end_session(connection, digest, caller.at):
            return
        account = stored.by_id(connection, session.user_id)
        if account is not None:
            _record(connection, "account.logout", account, caller)


def change_password(
    harbor: Runtime, person: Person, *, current: str, new: str, caller: Caller
) -> LoggedIn:
    """Change one's own password; every session ends, and a new one begins.

    Raises:
        InvalidInput: if the new password is too easy, with its faults.
        LoginRefused: if the current one is wrong.
        LoginSlowed: if it was wrong too often.
    """
    fresh = hashed(check_password(new, names=(person.name, person.full_name)))
    with harbor.connection() as connection:
        account = confirm(connection, person, current, caller)
        with connection.transaction():
            stored.set_password(connection, person.id, fresh, must_change=False)
            ended = stored_sessions.end_sessions(connection, person.id, caller.at)
            _record(
                connection, "account.password", account, caller, by="oneself", sessions_ended=ended
            )
            token = _begin(connection, account, caller)
    return LoggedIn(person.id, token, must_change=False)


def end_other_sessions(harbor: Runtime, person: Person, digest: bytes, caller: Caller) -> int:
    """End all of one's sessions but this one; return how many."""
    with harbor.connection() as connection, connection.transaction():
        ended = stored_sessions.end_sessions(connection, person.id, caller.at, but=digest)
        account = stored.by_id(connection, person.id)
        if account is not None and ended:
            _record(connection, "account.session_end", account, caller, sessions_ended=ended)
    return ended


def confirm(connection: Connection, person: Person, password: str, caller: Caller) -> Account:
    """Check the password of who is logged in already, as slowly as at a login.

    Raises:
        LoginRefused: if it is wrong.
        LoginSlowed: if it was wrong too often.
    """
    account = stored.by_id(connection, person.id)
    admit(connection, person.name, caller)
    if account is None or not fits(account.password_hash, password):
        _refuse(connection, account, caller)
    stored_sessions.add_attempt(
        connection, account.name, caller.network, succeeded=True, at=caller.at
    )
    return account


def digest_of(token: str) -> bytes:
    """Return what the database knows of a token."""
    return hashlib.sha256(token.encode()).digest()


def _refuse(
    connection: Connection, account: Account | None, caller: Caller, *, what: str = "password"
) -> NoReturn:
    details = {"network": caller.network, "what": what}
    stored.record(
        connection,
        "account.login_failed",
        UNKNOWN if account is None else f"user {account.name}",
        details,
        request=caller.request,
    )
    raise LoginRefused("Name, password or code are not right.")


def _enter(
    connection: Connection, account: Account, caller: Caller, *, key: str, attempts: int
) -> LoggedIn:
    with connection.transaction():
        for _ in range(attempts):
            stored_sessions.add_attempt(
                connection, key, caller.network, succeeded=True, at=caller.at
            )
        stored_sessions.forget(
            connection,
            attempts_before=caller.at - 2 * REMEMBERED,
            sessions_before=caller.at - 2 * LONGEST_LOGIN,
        )
        _record(connection, "account.login", account, caller, device=caller.device)
        token = _begin(connection, account, caller)
    return LoggedIn(account.id, token, must_change=account.must_change)


def _begin(connection: Connection, account: Account, caller: Caller) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    stored_sessions.begin_session(
        connection, digest_of(token), account.id, device=caller.device, at=caller.at
    )
    return token


def _record(
    connection: Connection, action: str, account: Account, caller: Caller, **details: object
) -> None:
    stored.record(
        connection,
        action,
        f"user {account.name}",
        {"network": caller.network, **details},
        user=account.id,
        request=caller.request,
    )


def _mark(password_hash: str) -> str:
    return hashlib.sha256(password_hash.encode()).hexdigest()


def _ticket(harbor: Runtime, account: Account, at: datetime) -> str:
    facts = {
        "user": account.id,
        "until": (at + TICKET).timestamp(),
        "password": _mark(account.password_hash or ""),
    }
    return urlsafe_b64encode(harbor.vault.seal("login", json.dumps(facts).encode())).decode()


def _read_ticket(harbor: Runtime, ticket: str, at: datetime) -> tuple[int, str]:
    try:
        facts = json.loads(harbor.vault.open_("login", urlsafe_b64decode(ticket.encode())))
    except (SealBroken, KeyUnknown, Base64Error, ValueError):
        raise LoginRefused("The login is not complete.") from None
    if at.timestamp() > facts["until"]:
        raise LoginRefused("The login took too long.")
    return int(facts["user"]), str(facts["password"])
