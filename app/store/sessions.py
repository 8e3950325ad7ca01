"""Sessions, and the attempts to log in that came before them."""

from dataclasses import dataclass
from datetime import datetime

from app.store.database import Connection

# two kinds of advisory locks, so that a name and a network never meet
_NAME_LOCK, _NETWORK_LOCK = 0x6E616D65, 0x6E657477


@dataclass(frozen=True, slots=True)
class Session:
    """A row of ``user_session``."""

    token_digest: bytes
    user_id: int
    begun_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    device: str


@dataclass(frozen=True, slots=True)
class Failures:
    """Attempts that failed: how many, and when the last one was."""

    count: int
    last: datetime | None


# Sessions ---------------------------------------------------------------------------------------


def begin_session(
    connection: Connection, token_digest: bytes, user: int, *, device: str, at: datetime
) -> None:
    """Add a session."""
    connection.execute(
        "INSERT INTO user_session (token_digest, user_id, begun_at, seen_at, device)"
        " VALUES (%s, %s, %s, %s, %s)",
        (token_digest, user, at, at, device),
    )


_SESSION = "token_digest, user_id, begun_at, seen_at, ended_at, device"


def session(connection: Connection, token_digest: bytes) -> Session | None:
    """Return a session, whether it still holds or not."""
    row = connection.execute(
        f"SELECT {_SESSION} FROM user_session WHERE token_digest = %s",
        (token_digest,),
    ).fetchone()
    return None if row is None else Session(*row)


def sessions(connection: Connection, user: int, *, begun_after: datetime) -> list[Session]:
    """Return the sessions of a person that were not ended, last seen first."""
    rows = connection.execute(
        f"SELECT {_SESSION} FROM user_session WHERE user_id = %s AND ended_at IS NULL"
        " AND begun_at > %s ORDER BY seen_at DESC, token_digest",
        (user, begun_after),
    )
    return [Session(*row) for row in rows]


def touch_session(connection: Connection, token_digest: bytes, at: datetime) -> None:
    """Note that a session is in use."""
    connection.execute(
        "UPDATE user_session SET seen_at = %s WHERE token_digest = %s AND seen_at < %s",
        (at, token_digest, at),
    )


def end_session(connection: Connection, token_digest: bytes, at: datetime) -> bool:
    """End a session; false if it was over."""
    row = connection.execute(
        "UPDATE user_session SET ended_at = %s WHERE token_digest = %s AND ended_at IS NULL"
        " RETURNING user_id",
        (at, token_digest),
    ).fetchone()
    return row is not None


def end_sessions(
    connection: Connection, user: int, at: datetime, *, but: bytes | None = None
) -> int:
    """End every session of a person but one; return how many."""
    return connection.execute(
        "UPDATE user_session SET ended_at = %s WHERE user_id = %s AND ended_at IS NULL"
        " AND token_digest IS DISTINCT FROM %s",
        (at, user, but),
    ).rowcount


def forget(connection: Connection, *, attempts_before: datetime, sessions_before: datetime) -> None:
    """Delete attempts and sessions that are of no use any more."""
    connection.execute("DELETE FROM login_attempt WHERE at < %s", (attempts_before,))
    connection.execute("DELETE FROM user_session WHERE begun_at < %s", (sessions_before,))


# Attempts ---------------------------------------------------------------------------------------


def lock_attempts(connection: Connection, name: str, network: str) -> None:
    """Let attempts under one name, or from one network, be counted one after the other."""
    # always in this order, so that two never wait for each other
    connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_NAME_LOCK, name))
    connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_NETWORK_LOCK, network))


def failures_of_name(connection: Connection, name: str, *, since: datetime) -> Failures:
    """Count the failures under a name since its last success."""
    row = connection.execute(
        "SELECT count(*), max(at) FROM login_attempt WHERE name = %(name)s AND NOT succeeded"
        " AND at > greatest(%(since)s, coalesce((SELECT max(at) FROM login_attempt"
        " WHERE name = %(name)s AND succeeded), %(since)s))",
        {"name": name, "since": since},
    ).fetchone()
    return Failures(*row) if row else Failures(0, None)


def failures_of_network(connection: Connection, network: str, *, since: datetime) -> Failures:
    """Count the failures from a network, less those that turned into a success."""
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE NOT succeeded) - count(*) FILTER (WHERE succeeded),"
        " max(at) FILTER (WHERE NOT succeeded)"
        " FROM login_attempt WHERE network = %s AND at > %s",
        (network, since),
    ).fetchone()
    return Failures(*row) if row else Failures(0, None)


def add_attempt(
    connection: Connection, name: str, network: str, *, succeeded: bool, at: datetime
) -> None:
    """Note an attempt to log in."""
    connection.execute(
        "INSERT INTO login_attempt (at, name, network, succeeded) VALUES (%s, %s, %s, %s)",
        (at, name, network, succeeded),
    )
