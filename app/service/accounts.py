"""Accounts as an operator keeps them: people, roles, passwords, sessions, database logins.

Who a person may keep is asked in :mod:`app.service.staffing`, which names itself by ``by``.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.domain.accounts import LONGEST_LOGIN, SCOPED, Grant, Person, check_name, check_password
from app.domain.actor import Actor
from app.domain.errors import Conflict, FieldError, InvalidInput, NotFound
from app.domain.roles import Role
from app.service._passwords import hashed, random_password
from app.store import accounts as stored
from app.store import sessions as stored_sessions
from app.store.accounts import Account
from app.store.database import Connection

HANDLE_SIGNS = 16


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as it is listed.

    Attributes:
        handle: its name in lists and addresses; it opens nothing.
        device: browser and system, as they called themselves.
        here: whether it is the one that asks.
    """

    handle: str
    begun_at: datetime
    seen_at: datetime
    device: str
    here: bool = False


def add(
    connection: Connection,
    name: str,
    role: Role,
    *,
    union_code: str | None = None,
    everywhere: bool = False,
    full_name: str = "",
    by: Actor | None = None,
) -> str:
    """Add an account with its first role; return its random password, which is shown once.

    Raises:
        InvalidInput: if name, role or scope cannot be used.
        NotFound: if no union has the code.
        Conflict: if the name is taken.
    """
    kept = check_name(name)
    password = random_password()
    digest = hashed(password)
    with connection.transaction():
        grant_ = _scope(connection, role, union_code, everywhere=everywhere)
        user = stored.insert(connection, kept, full_name=full_name.strip(), password_hash=digest)
        if user is None:
            raise Conflict(
                f"There is an account {kept} already.",
                remedy="Choose another name, or give it a role with `harbor users grant`.",
                zh=f"账号 {kept} 已存在,请换一个名字。",
            )
        stored.add_grant(connection, user, grant_, granted_by=by.user_id if by else None)
        _tell(connection, "account.add", kept, {"full_name": full_name.strip()}, by)
        _tell(connection, "account.grant", kept, _said(grant_, union_code), by)
    return password


def every(connection: Connection) -> list[dict[str, Any]]:
    """Return all accounts by name, with their grants; nothing secret."""
    with connection.transaction():
        unions = stored.union_names(connection)
        return [
            {
                "name": account.name,
                "full_name": account.full_name,
                "grants": [
                    {
                        "role": one.role.value,
                        "union": unions[one.union_id][0] if one.union_id else None,
                        "union_name": unions[one.union_id][1] if one.union_id else None,
                        "station": one.station_id,
                    }
                    for one in stored.grants(connection, account.id)
                ],
                "second_factor": account.second_factor is not None,
                "must_change": account.must_change,
                "database_role": account.login_role,
                "disabled_at": account.disabled_at and account.disabled_at.isoformat(),
            }
            for account in stored.every(connection)
        ]


def grant(
    connection: Connection,
    name: str,
    role: Role,
    *,
    union_code: str | None = None,
    everywhere: bool = False,
    by: Actor | None = None,
) -> bool:
    """Give an account a role; false if it has it already."""
    with connection.transaction():
        account = _locked(connection, name)
        wanted = _scope(connection, role, union_code, everywhere=everywhere)
        added = stored.add_grant(
            connection, account.id, wanted, granted_by=by.user_id if by else None
        )
        if added:
            _tell(connection, "account.grant", account.name, _said(wanted, union_code), by)
    return added


def revoke(connection: Connection, name: str, role: Role, *, union_code: str | None = None) -> int:
    """Take a role away, of one union or of whatever scope; return how many grants ended."""
    with connection.transaction():
        account = _locked(connection, name)
        union = _union(connection, union_code)
        ended = stored.end_grants(
            connection, account.id, role, union_id=union, everywhere=union is None
        )
        if ended:
            details = {"role": role.value, "union": union_code, "grants": ended}
            stored.record(connection, "account.revoke", _subject(account.name), details)
    return ended


def set_password(
    connection: Connection, name: str, password: str | None = None, *, by: Actor | None = None
) -> str:
    """Give an account another password, a random one if none is given, and end its sessions.

    It is to be changed at the next login, because two people know it.

    Raises:
        NotFound: if there is no such account.
        InvalidInput: if the password is too easy.
    """
    account = _known(connection, name)
    given = random_password() if password is None else password
    digest = hashed(check_password(given, names=(account.name, account.full_name)))
    with connection.transaction():
        account = _locked(connection, name)
        stored.set_password(connection, account.id, digest, must_change=True)
        ended = stored_sessions.end_sessions(connection, account.id, _now())
        details = {"by": _office(by), "sessions_ended": ended}
        _tell(connection, "account.password", account.name, details, by)
    return given


def disable(connection: Connection, name: str, *, by: Actor | None = None) -> int:
    """Shut an account out at once; return how many sessions ended."""
    with connection.transaction():
        account = _locked(connection, name)
        stored.disable(connection, account.id, disabled=True)
        ended = stored_sessions.end_sessions(connection, account.id, _now())
        _tell(connection, "account.disable", account.name, {"sessions_ended": ended}, by)
    return ended


def enable(connection: Connection, name: str, *, by: Actor | None = None) -> None:
    """Let an account in again."""
    with connection.transaction():
        account = _locked(connection, name)
        stored.disable(connection, account.id, disabled=False)
        _tell(connection, "account.enable", account.name, {}, by)


def reset_second_factor(connection: Connection, name: str, *, by: Actor | None = None) -> bool:
    """Take the second factor of an account away; false if it has none."""
    with connection.transaction():
        account = _locked(connection, name)
        if account.second_factor is None:
            return False
        stored.set_second_factor(connection, account.id, None, account.second_factor_used)
        _tell(connection, "account.second_factor_off", account.name, {"by": _office(by)}, by)
    return True


def sessions(
    connection: Connection, name: str, *, here: bytes | None = None, at: datetime | None = None
) -> list[SessionFacts]:
    """Return the sessions of an account that were not ended, last seen first."""
    account = _known(connection, name)
    since = (at or _now()) - LONGEST_LOGIN
    return [
        SessionFacts(
            one.token_digest.hex()[:HANDLE_SIGNS],
            one.begun_at,
            one.seen_at,
            one.device,
            here=one.token_digest == here,
        )
        for one in stored_sessions.sessions(connection, account.id, begun_after=since)
    ]


def scopes(connection: Connection, person: Person) -> list[tuple[Role, str]]:
    """Return the roles of a person, each with the name of its union, empty for every union."""
    unions = stored.union_names(connection)
    return [
        (one.role, unions[one.union_id][1] if one.union_id in unions else "")
        for one in person.grants
    ]


def end_session(
    connection: Connection,
    name: str,
    handle: str,
    *,
    by: int | None = None,
    request: str | None = None,
    at: datetime | None = None,
) -> None:
    """End a session by its handle.

    Raises:
        NotFound: if the account has no such session.
    """
    moment = at or _now()
    with connection.transaction():
        account = _locked(connection, name)
        found = [
            one
            for one in stored_sessions.sessions(
                connection, account.id, begun_after=moment - LONGEST_LOGIN
            )
            if one.token_digest.hex()[:HANDLE_SIGNS] == handle
        ]
        if not found:
            raise NotFound(f"{account.name} has no session {handle!r}.")
        stored_sessions.end_session(connection, found[0].token_digest, moment)
        stored.record(
            connection,
            "account.session_end",
            _subject(account.name),
            {"session": handle},
            user=by,
            request=request,
        )


def map_login(connection: Connection, name: str, database_role: str | None) -> None:
    """Let a login of the database stand for a person, with that person's rights; None ends it.

    Raises:
        NotFound: if there is no such account or role.
        Conflict: if the role is too mighty, the application's own, or somebody else's.
    """
    with connection.transaction():
        account = _locked(connection, name)
        if database_role is not None:
            _check_login(connection, account, database_role)
        stored.map_login(connection, account.id, database_role)
        details = {"database_role": database_role}
        stored.record(connection, "account.login_role", _subject(account.name), details)


def _check_login(connection: Connection, account: Account, role: str) -> None:
    personal = stored.is_personal_login(connection, role)
    if personal is None:
        raise NotFound(
            f"The database has no role {role!r}.",
            remedy=f'Make it first: CREATE ROLE "{role}" LOGIN; with a password or another way in.',
        )
    if not personal:
        raise Conflict(
            f"The database role {role!r} cannot stand for a person: it may not log in, or it may"
            " do what no person may.",
            remedy="Take a plain role of its own: LOGIN, no SUPERUSER, CREATEROLE or BYPASSRLS.",
        )
    holder = stored.holder_of_login(connection, role)
    if holder not in (None, account.name):
        raise Conflict(f"The database role {role!r} stands for {holder} already.")


def _scope(
    connection: Connection, role: Role, union_code: str | None, *, everywhere: bool
) -> Grant:
    if role is Role.KEEPER:
        raise InvalidInput(
            [
                FieldError(
                    "role", "a keeper is named on the page of the station", "负责人在站点页面上登记"
                )
            ],
            attempted="grant a role",
        )
    if union_code is None and role in SCOPED and not everywhere:
        message = f"{role.value} is for one union and those below it; name it, or say everywhere"
        raise InvalidInput(
            [FieldError("union", message, "请选择工会,或选择全市范围")],
            attempted="grant a role",
            remedy="Add --union CODE, or --everywhere.",
        )
    if union_code is not None and everywhere:
        raise InvalidInput(
            [FieldError("union", "either one union or everywhere", "工会和全市范围只能选一个")],
            attempted="grant a role",
        )
    return Grant(role, _union(connection, union_code))


def _union(connection: Connection, code: str | None) -> int | None:
    if code is None:
        return None
    found = stored.union_by_code(connection, code)
    if found is None:
        raise NotFound(f"No union has the code {code!r} today.")
    return found


def _known(connection: Connection, name: str) -> Account:
    account = stored.find(connection, name.strip().lower())
    if account is None:
        raise NotFound(
            f"There is no account {name!r}.", remedy="`harbor users list` names them all."
        )
    return account


def _locked(connection: Connection, name: str) -> Account:
    _known(connection, name)
    account = stored.find(connection, name.strip().lower(), lock=True)
    if account is None:
        raise NotFound(f"There is no account {name!r}.")
    return account


def _tell(
    connection: Connection, action: str, name: str, details: dict[str, Any], by: Actor | None
) -> None:
    """Note in the audit what was done to an account, and by whom if not by the operator."""
    stored.record(
        connection, action, _subject(name), details,
        user=by.user_id if by else None, request=(by.request_id or None) if by else None,
    )  # fmt: skip


def _office(by: Actor | None) -> str:
    return "operator" if by is None else "admin"


def _said(wanted: Grant, union_code: str | None) -> dict[str, Any]:
    return {"role": wanted.role.value, "union": union_code}


def _subject(name: str) -> str:
    return f"user {name}"


def _now() -> datetime:
    return datetime.now(UTC)
