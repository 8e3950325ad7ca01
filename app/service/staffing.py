"""People and their roles as an admin of the city, or of a part of it, keeps them.

The database lets no role of staff write accounts or read grants, so these rights
are held here: the application does the work as the server's operator, after this
module has asked who acts. An admin of one union keeps people all of whose grants
lie in that union and those below it; whoever has a role beyond is not his to keep,
or he could take a password that opens more than he may. Nobody keeps himself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.accounts import LONGEST_LOGIN
from app.domain.actor import Actor
from app.domain.errors import FieldError, ForbiddenHere, InvalidInput, NotFound
from app.domain.roles import Role
from app.service import accounts
from app.service.accounts import SessionFacts
from app.store import accounts as stored
from app.store import sessions as stored_sessions
from app.store import staff
from app.store.database import Connection
from app.store.staff import HeldGrant, Member

__all__ = [
    "HeldGrant", "Member", "Scope", "add", "disable", "enable", "end_sessions", "grant", "listed",
    "member", "reset_password", "reset_second_factor", "revoke", "scope", "sessions",
]  # fmt: skip

A_PAGE = 100
BIGGEST_ID = 2**63 - 1
GRANTED = frozenset(Role) - {Role.KEEPER}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom an admin keeps.

    Attributes:
        everywhere: whether everybody.
        unions: id, code and names of the unions of today for which he grants roles.
    """

    everywhere: bool
    unions: tuple[tuple[int, str, str, str], ...]


def scope(connection: Connection, actor: Actor) -> Scope:
    """Return whom a person keeps.

    Raises:
        ForbiddenHere: if nobody: it takes a city admin.
    """
    with connection.transaction():
        reach = _reach(connection, actor)
        found = staff.unions(connection)
    kept = tuple(one for one in found if reach is None or one[0] in reach)
    return Scope(reach is None, kept)


def listed(
    connection: Connection,
    actor: Actor,
    *,
    words: str = "",
    role: Role | None = None,
    union_id: int | None = None,
    after: str = "",
    most: int = A_PAGE,
) -> list[Member]:
    """Return the people a person keeps, by name.

    Raises:
        ForbiddenHere: as :func:`scope`.
    """
    with connection.transaction():
        return staff.members(
            connection, unions=_reach(connection, actor), since=_since(),
            words=words.replace("\0", "").strip(),
            role=role.value if role else "", union_id=union_id, after=after, most=most,
        )  # fmt: skip


def member(connection: Connection, actor: Actor, user_id: int) -> Member:
    """Return one of the people a person keeps, or oneself.

    Raises:
        ForbiddenHere: as :func:`scope`.
        NotFound: for everybody else's people.
    """
    with connection.transaction():
        return _kept(connection, actor, user_id)


def sessions(connection: Connection, actor: Actor, user_id: int) -> list[SessionFacts]:
    """Return where one of the people is logged in.

    Raises:
        ForbiddenHere, NotFound: as :func:`member`.
    """
    return accounts.sessions(connection, member(connection, actor, user_id).name)


def add(
    connection: Connection,
    actor: Actor,
    name: str,
    *,
    full_name: str,
    role: Role,
    union_id: int | None,
) -> tuple[int, str]:
    """Add an account with its first role; return its id and its password, to be shown once.

    Args:
        union_id: whose stations the role is for; None for all there are.

    Raises:
        ForbiddenHere: as :func:`scope`.
        InvalidInput: if name, role or scope cannot be used or granted.
        Conflict: if the name is taken.
    """
    with connection.transaction():
        code = _grantable(connection, actor, role, union_id)
        password = accounts.add(
            connection, name, role, union_code=code, everywhere=code is None,
            full_name=full_name, by=actor,
        )  # fmt: skip
        found = stored.find(connection, name.strip().lower())
    return (found.id if found is not None else 0), password


def grant(
    connection: Connection, actor: Actor, user_id: int, role: Role, union_id: int | None
) -> bool:
    """Give a person a role; false if they have it already.

    Raises:
        ForbiddenHere, NotFound: as :func:`member`, and for oneself.
        InvalidInput: if the scope is not the person's to grant.
    """
    with _changing(connection, actor, user_id) as found:
        code = _grantable(connection, actor, role, union_id)
        return accounts.grant(
            connection, found.name, role, union_code=code, everywhere=code is None, by=actor
        )


def revoke(connection: Connection, actor: Actor, user_id: int, grant_id: int) -> None:
    """Take a role away.

    Raises:
        ForbiddenHere, NotFound: as :func:`member`, for oneself, and for no such grant.
    """
    with _changing(connection, actor, user_id) as found:
        held = next((one for one in found.grants if one.id == grant_id), None)
        if held is None or held.role == Role.KEEPER:
            raise NotFound(f"{found.name} has no such role.", zh="该账号没有这个角色。")
        staff.end_grant(connection, user_id, grant_id)
        codes = stored.union_names(connection)
        union = codes[held.union_id][0] if held.union_id is not None else None
        stored.record(
            connection, "account.revoke", f"user {found.name}",
            {"role": held.role, "union": union, "grants": 1},
            user=actor.user_id, request=actor.request_id or None,
        )  # fmt: skip


def reset_password(connection: Connection, actor: Actor, user_id: int) -> str:
    """Give a person a random password, to be shown once and changed at the next login.

    Raises:
        ForbiddenHere, NotFound: as :func:`member`, and for oneself.
    """
    with _changing(connection, actor, user_id) as found:
        return accounts.set_password(connection, found.name, by=actor)


def disable(connection: Connection, actor: Actor, user_id: int) -> None:
    """Shut a person out at once.

    Raises:
        ForbiddenHere, NotFound: as :func:`member`, and for oneself.
    """
    with _changing(connection, actor, user_id) as found:
        accounts.disable(connection, found.name, by=actor)


def enable(connection: Connection, actor: Actor, user_id: int) -> None:
    """Let a person in again.

    Raises:
        ForbiddenHere, NotFound: as :func:`member`, and for oneself.
    """
    with _changing(connection, actor, user_id) as found:
        accounts.enable(connection, found.name, by=actor)


def reset_second_factor(connection: Connection, actor: Actor, user_id: int) -> None:
    """Take away the second factor of who lost it.

    Raises:
        ForbiddenHere, NotFound: as :func:`member`, and for oneself.
    """
    with _changing(connection, actor, user_id) as found:
        accounts.reset_second_factor(connection, found.name, by=actor)


def end_sessions(connection: Connection, actor: Actor, user_id: int) -> int:
    """Log a person out everywhere; return how many sessions ended.

    Raises:
        ForbiddenHere, NotFound: as :func:`member`, and for oneself.
    """
    with _changing(connection, actor, user_id) as found:
        ended = stored_sessions.end_sessions(connection, user_id, datetime.now(UTC))
        stored.record(
            connection, "account.session_end", f"user {found.name}", {"sessions_ended": ended},
            user=actor.user_id, request=actor.request_id or None,
        )  # fmt: skip
        return ended


@contextmanager
def _changing(connection: Connection, actor: Actor, user_id: int) -> Iterator[Member]:
    """Lend one of the people, whom nobody else changes meanwhile, nor who acts."""
    if user_id == actor.user_id:
        raise ForbiddenHere(
            "Nobody changes rights of their own.", remedy="Ask another admin.",
            zh="自己的账号和角色要由另一位管理员办理;改密码请到“我的账号”。",
        )  # fmt: skip
    with connection.transaction():
        staff.lock(connection, [actor.user_id, user_id])
        yield _kept(connection, actor, user_id)


def _kept(connection: Connection, actor: Actor, user_id: int) -> Member:
    reach = _reach(connection, actor)
    found = (
        staff.members(
            connection, unions=None if user_id == actor.user_id else reach, since=_since(),
            user_id=user_id,
        )
        if user_id <= BIGGEST_ID
        else []
    )  # fmt: skip
    if not found:
        raise NotFound(
            f"There is no account {user_id} among the people you keep.",
            zh="您管理的范围内没有这个账号。",
        )
    return found[0]


def _reach(connection: Connection, actor: Actor) -> frozenset[int] | None:
    """The unions a person is city admin of, with those below; None for all there are."""
    account = stored.by_id(connection, actor.user_id)
    grants = stored.grants(connection, actor.user_id)
    held = [one.union_id for one in grants if one.role is Role.CITY_ADMIN]
    if account is None or account.disabled_at is not None or not held:
        raise ForbiddenHere(
            "Accounts are kept by city admins.", remedy="Ask one of them.",
            zh="只有市总管理员可以管理账号。",
        )  # fmt: skip
    if None in held:
        return None
    return staff.unions_below(connection, [one for one in held if one is not None])


def _grantable(
    connection: Connection, actor: Actor, role: Role, union_id: int | None
) -> str | None:
    """Return the code of the union a role is granted for, None for all there are."""
    if role not in GRANTED:
        raise _unfit("role", "a keeper is named on the page of the station", "负责人在站点页面指定")
    reach = _reach(connection, actor)
    if union_id is None:
        if reach is not None:
            raise _unfit("union", "choose a union of your own scope", "请选择您管理范围内的工会")
        return None
    found = next((one for one in staff.unions(connection) if one[0] == union_id), None)
    if found is None or (reach is not None and union_id not in reach):
        raise _unfit("union", "choose a union of your own scope", "请选择您管理范围内的工会")
    return found[1]


def _unfit(field: str, message: str, zh: str) -> InvalidInput:
    return InvalidInput([FieldError(field, message, zh)], attempted="grant a role")


def _since() -> datetime:
    return datetime.now(UTC) - LONGEST_LOGIN
