"""Accounts, grants, and whom a login of the database stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from app.domain.accounts import Grant
from app.domain.roles import Role
from app.store.database import Connection

_HOLDS = "valid_from <= clock_timestamp() AND (valid_to IS NULL OR valid_to > clock_timestamp())"
_ACCOUNT = (
    "id, name, full_name, password_hash, must_change, second_factor, second_factor_used,"
    " login_role, disabled_at, created_at"
)


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """A row of ``user_account``."""

    id: int
    name: str
    full_name: str
    password_hash: str | None
    must_change: bool
    second_factor: bytes | None
    second_factor_used: int
    login_role: str | None
    disabled_at: datetime | None
    created_at: datetime


def any_account(connection: Connection) -> bool:
    """Whether there is an account at all, disabled ones included."""
    row = connection.execute("SELECT EXISTS (SELECT FROM user_account)").fetchone()
    return row is not None and bool(row[0])


def find(connection: Connection, name: str, *, lock: bool = False) -> Account | None:
    """Return the account of a name; with ``lock`` nobody else changes it until the end."""
    return _account(connection, "name = %s", name, lock=lock)


def by_id(connection: Connection, user: int, *, lock: bool = False) -> Account | None:
    """Return an account."""
    return _account(connection, "id = %s", user, lock=lock)


def _account(
    connection: Connection, condition: str, value: object, *, lock: bool
) -> Account | None:
    statement = f"SELECT {_ACCOUNT} FROM user_account WHERE {condition}"
    row = connection.execute(
        statement + (" FOR UPDATE" if lock else ""),
        (value,),
    ).fetchone()
    return None if row is None else Account(*row)


def every(connection: Connection) -> list[Account]:
    """Return all accounts by name."""
    rows = connection.execute(f"SELECT {_ACCOUNT} FROM user_account ORDER BY name")
    return [Account(*row) for row in rows]


def insert(connection: Connection, name: str, *, full_name: str, password_hash: str) -> int | None:
    """Add an account whose password is to be changed; None if the name is taken."""
    row = connection.execute(
        "INSERT INTO user_account (name, full_name, password_hash, password_changed_at)"
        " VALUES (%s, %s, %s, clock_timestamp()) ON CONFLICT (name) DO NOTHING RETURNING id",
        (name, full_name, password_hash),
    ).fetchone()
    return None if row is None else int(row[0])


def set_password(
    connection: Connection, user: int, password_hash: str, *, must_change: bool
) -> None:
    """Give an account another password."""
    connection.execute(
        "UPDATE user_account SET password_hash = %s, must_change = %s,"
        " password_changed_at = clock_timestamp() WHERE id = %s",
        (password_hash, must_change, user),
    )


def rehash(connection: Connection, user: int, *, before: str, after: str) -> None:
    """Keep the same password in a stronger form, unless it was changed meanwhile."""
    connection.execute(
        "UPDATE user_account SET password_hash = %s WHERE id = %s AND password_hash = %s",
        (after, user, before),
    )


def set_second_factor(connection: Connection, user: int, sealed: bytes | None, step: int) -> None:
    """Give an account a second factor whose steps up to ``step`` are used, or take it away."""
    connection.execute(
        "UPDATE user_account SET second_factor = %s, second_factor_used = %s WHERE id = %s",
        (sealed, step, user),
    )


def use_step(connection: Connection, user: int, step: int) -> bool:
    """Take a time step of the second factor; false if it or a later one was taken before."""
    found = connection.execute(
        "UPDATE user_account SET second_factor_used = %s"
        " WHERE id = %s AND second_factor_used < %s RETURNING id",
        (step, user, step),
    ).fetchone()
    return found is not None


def disable(connection: Connection, user: int, *, disabled: bool) -> None:
    """Shut an account out or let it in again."""
    connection.execute(
        "UPDATE user_account SET disabled_at ="
        " CASE WHEN %s THEN coalesce(disabled_at, clock_timestamp()) END WHERE id = %s",
        (disabled, user),
    )


# Grants -----------------------------------------------------------------------------------------


def grants(connection: Connection, user: int) -> tuple[Grant, ...]:
    """Return the grants that hold now, oldest first."""
    rows = connection.execute(
        f"SELECT role, union_id, station_id FROM user_grant WHERE user_id = %s AND {_HOLDS}"
        " ORDER BY id",
        (user,),
    )
    return tuple(Grant(Role(role), union, station) for role, union, station in rows)


def add_grant(
    connection: Connection, user: int, grant: Grant, *, granted_by: int | None = None
) -> bool:
    """Grant a role; false if it is held already. The account has to be locked."""
    if grant in grants(connection, user):
        return False
    connection.execute(
        "INSERT INTO user_grant (user_id, role, union_id, station_id, granted_by)"
        " VALUES (%s, %s, %s, %s, %s)",
        (user, grant.role, grant.union_id, grant.station_id, granted_by),
    )
    return True


def end_grants(
    connection: Connection, user: int, role: Role, *, union_id: int | None, everywhere: bool
) -> int:
    """End grants of a role now: of one union, or of whatever scope; return how many."""
    return connection.execute(
        "UPDATE user_grant SET valid_to = greatest(clock_timestamp(), valid_from)"
        f" WHERE user_id = %s AND role = %s AND {_HOLDS}"
        " AND (%s OR union_id IS NOT DISTINCT FROM %s)",
        (user, role, everywhere, union_id),
    ).rowcount


def union_by_code(connection: Connection, code: str) -> int | None:
    """Return the union that has a code today."""
    row = connection.execute(
        "SELECT id FROM union_body WHERE code = %s AND valid_from <= register_today()"
        " AND (valid_to IS NULL OR valid_to > register_today()) ORDER BY valid_from DESC LIMIT 1",
        (code,),
    ).fetchone()
    return None if row is None else int(row[0])


def union_names(connection: Connection) -> dict[int, tuple[str, str]]:
    """Return code and name of every union."""
    rows = connection.execute("SELECT id, code, name FROM union_body")
    return {identity: (code, name) for identity, code, name in rows}


# Logins of the database -------------------------------------------------------------------------


def is_personal_login(connection: Connection, role: str) -> bool | None:
    """Whether a database role may stand for a person; None if there is no such role."""
    row = connection.execute(
        "SELECT rolcanlogin AND NOT rolsuper AND NOT rolbypassrls AND NOT rolcreaterole"
        " AND NOT rolcreatedb AND NOT rolreplication"
        " AND NOT has_schema_privilege(rolname, 'public', 'CREATE')"
        " AND NOT has_database_privilege(rolname, current_database(), 'CREATE')"
        " AND NOT EXISTS (SELECT FROM application_login l WHERE l.name = rolname"
        "   OR pg_has_role(rolname, l.name, 'MEMBER'))"
        # a right that it may take on by SET ROLE is a right that it has
        " AND NOT EXISTS (SELECT FROM pg_roles o WHERE o.oid <> r.oid"
        "   AND (o.rolsuper OR o.rolbypassrls OR o.rolcreaterole OR o.rolreplication"
        "        OR o.rolname LIKE 'pg\\_%%')"
        "   AND pg_has_role(r.oid, o.oid, 'MEMBER'))"
        " FROM pg_roles r WHERE rolname = %s",
        (role,),
    ).fetchone()
    return None if row is None else bool(row[0])


def map_login(connection: Connection, user: int, role: str | None) -> None:
    """Let a database role stand for a person, or none; it is made a member of the staff."""
    row = connection.execute("SELECT login_role FROM user_account WHERE id = %s", (user,))
    found = row.fetchone()
    before = found[0] if found else None
    connection.execute("UPDATE user_account SET login_role = %s WHERE id = %s", (role, user))
    if before is not None and before != role and is_personal_login(connection, before) is not None:
        connection.execute(sql.SQL("REVOKE harbor_staff FROM {}").format(sql.Identifier(before)))
    if role is not None:
        connection.execute(sql.SQL("GRANT harbor_staff TO {}").format(sql.Identifier(role)))


def holder_of_login(connection: Connection, role: str) -> str | None:
    """Return the name of the account a database role stands for."""
    row = connection.execute(
        "SELECT name FROM user_account WHERE login_role = %s", (role,)
    ).fetchone()
    return None if row is None else str(row[0])


# Audit ------------------------------------------------------------------------------------------


def record(
    connection: Connection,
    action: str,
    subject: str,
    details: Mapping[str, Any] | None = None,
    *,
    user: int | None = None,
    request: str | None = None,
) -> None:
    """Append an event of an account to the audit; ``user`` is who did it."""
    connection.execute(
        "INSERT INTO audit_event (action, subject, details, user_id, request_id)"
        " VALUES (%s, %s, %s, %s, %s)",
        (action, subject, Jsonb(dict(details or {})), user, request),
    )


def unions_by_stations(connection: Connection, *, but: str) -> list[str]:
    """Return the codes of district unions of today, the one with the most stations first."""
    rows = connection.execute(
        "SELECT u.code FROM union_body u LEFT JOIN station s ON s.union_id = u.id"
        " WHERE u.valid_to IS NULL AND u.kind = 'district' AND u.code <> %s"
        " GROUP BY u.code ORDER BY count(s.id) DESC, u.code",
        (but,),
    ).fetchall()
    return [str(row[0]) for row in rows]
