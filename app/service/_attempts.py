"""Attempts to log in: every one is counted, and after some failures the next has to wait.

An attempt is noted as failed before it is looked at, so that many at once
cannot outrun the count; one that succeeds is noted once more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.accounts import FREE_NETWORK_FAILURES, REMEMBERED, delay
from app.domain.errors import HarborError
from app.service.runtime import Runtime
from app.store import sessions as stored_sessions
from app.store.accounts import Account
from app.store.database import Connection
from app.store.sessions import Failures


class LoginRefused(HarborError):
    """Name, password or code are not right; which of them is nobody's business."""


class LoginSlowed(HarborError):
    """Too many attempts failed; the next one has to wait."""

    def __init__(self, wait_seconds: int) -> None:
        self.wait_seconds = wait_seconds
        super().__init__(f"Too many attempts failed; try again in {wait_seconds} seconds.")


@dataclass(frozen=True, slots=True)
class Caller:
    """Where an attempt comes from.

    Attributes:
        network: the network of the caller's address, never the address.
        device: browser and system in a few words.
        request: the name of the request in the logs.
        at: the moment.
    """

    network: str
    device: str
    request: str
    at: datetime


def key_of(harbor: Runtime, account: Account | None, name: str) -> str:
    """What attempts are counted under: people type passwords into the field of the name."""
    if account is not None:
        return account.name
    typed = name.strip().lower()[:200].encode()
    return "?" + harbor.vault.fingerprint("unknown-name", typed).hex()[:32]


def admit(connection: Connection, key: str, caller: Caller) -> None:
    """Note an attempt as failed, or refuse to look at it at all."""
    since = caller.at - REMEMBERED
    with connection.transaction():
        stored_sessions.lock_attempts(connection, key, caller.network)
        waits = [
            _wait(stored_sessions.failures_of_name(connection, key, since=since), caller.at),
            _wait(
                stored_sessions.failures_of_network(connection, caller.network, since=since),
                caller.at,
                free=FREE_NETWORK_FAILURES,
            ),
        ]
        longest = max(waits)
        if longest > timedelta(0):
            raise LoginSlowed(int(longest.total_seconds()) + 1)
        stored_sessions.add_attempt(connection, key, caller.network, succeeded=False, at=caller.at)


def _wait(failures: Failures, at: datetime, **options: int) -> timedelta:
    if failures.last is None:
        return timedelta(0)
    return failures.last + delay(failures.count, **options) - at
