"""Attempts to log in: every one is counted, and after some failures the next has to wait.

An attempt is noted as failed before it is looked at, so that many at once
cannot outrun the count; one that succeeds is noted once more.
"""

import hmac
import secrets
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
        known: the mark of a device on which somebody logged in before.
    """

    network: str
    device: str
    request: str
    at: datetime
    known: str = ""


# parts a person's name from the device that is known to be theirs
DEVICE_SIGN = "#"


def device_mark(harbor: Runtime, user: int) -> str:
    """Return a mark for a device on which a person has logged in."""
    nonce = secrets.token_hex(8)
    return f"{nonce}.{_device_seal(harbor, user, nonce)}"


def key_of(harbor: Runtime, account: Account | None, name: str, caller: Caller) -> str:
    """What attempts are counted under: people type passwords into the field of the name.

    A device on which the person has logged in before is counted by itself, so that
    strangers who guess cannot keep the person out.
    """
    if account is not None:
        nonce, _, seal = caller.known.partition(".")
        known = bool(nonce) and hmac.compare_digest(
            seal.encode(), _device_seal(harbor, account.id, nonce).encode()
        )
        return f"{account.name}{DEVICE_SIGN}{nonce}" if known else account.name
    typed = name.strip().lower()[:200].encode()
    return "?" + harbor.vault.fingerprint("unknown-name", typed).hex()[:32]


def admit(connection: Connection, key: str, caller: Caller) -> None:
    """Note an attempt as failed, or refuse to look at it at all."""
    since = caller.at - REMEMBERED
    with connection.transaction():
        stored_sessions.lock_attempts(connection, key, caller.network)
        longest = _wait(stored_sessions.failures_of_name(connection, key, since=since), caller.at)
        if DEVICE_SIGN not in key:
            network = stored_sessions.failures_of_network(connection, caller.network, since=since)
            longest = max(longest, _wait(network, caller.at, free=FREE_NETWORK_FAILURES))
        if longest > timedelta(0):
            raise LoginSlowed(int(longest.total_seconds()) + 1)
        stored_sessions.add_attempt(connection, key, caller.network, succeeded=False, at=caller.at)


def _device_seal(harbor: Runtime, user: int, nonce: str) -> str:
    return harbor.vault.fingerprint("device", f"{user}:{nonce}".encode()).hex()


def _wait(failures: Failures, at: datetime, **options: int) -> timedelta:
    if failures.last is None:
        return timedelta(0)
    return failures.last + delay(failures.count, **options) - at
