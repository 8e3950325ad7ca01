"""The second factor: one-time passwords of a phone (TOTP, RFC 6238), each taken once."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import datetime

import pyotp

from app.domain.accounts import Person
from app.domain.errors import Conflict, FieldError, InvalidInput
from app.files import qr
from app.service.runtime import Runtime
from app.service.vault import KeyUnknown, SealBroken
from app.store import accounts as stored
from app.store import sealed as sealed_values
from app.store.accounts import Account
from app.store.database import Connection

ISSUER = "Harbor"
STEP_SECONDS, DIGITS = 30, 6
# a phone's clock may be a step off either way
TOLERATED = (0, -1, 1)


@dataclass(frozen=True, slots=True, repr=False)
class Offer:
    """A secret that is not in force yet.

    Attributes:
        secret: to type in where no camera is, in groups of four.
        picture: its QR code, as a ``data:`` address.
        ticket: the secret, sealed; it goes with the first code.
    """

    secret: str
    picture: str
    ticket: str


def offer(harbor: Runtime, person: Person, ticket: str | None = None) -> Offer:
    """Return a new secret to set up, or the one of a ticket again."""
    secret = (ticket and _opened(harbor, person, ticket)) or pyotp.random_base32()
    address = pyotp.TOTP(secret).provisioning_uri(name=person.name, issuer_name=ISSUER)
    sealed = harbor.vault.seal(_offered(person.id), secret.encode())
    return Offer(
        " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        qr.data_uri(address),
        urlsafe_b64encode(sealed).decode(),
    )


def set_up(
    harbor: Runtime,
    connection: Connection,
    person: Person,
    *,
    ticket: str,
    code: str,
    at: datetime,
    request: str,
) -> None:
    """Put a secret into force once the phone has shown that it has it.

    Raises:
        InvalidInput: if the code is not the secret's.
        Conflict: if another one is in force: it is removed first, with its own code.
    """
    if person.has_second_factor:
        raise Conflict(
            "A second factor is in force already.",
            remedy="Remove it with a code of it first; if the phone is lost, have it taken away.",
        )
    secret = _opened(harbor, person, ticket)
    step = None if secret is None else _step(secret, code, at)
    if secret is None or step is None:
        raise InvalidInput(
            [FieldError("one_time_code", "is not the code of this secret")],
            attempted="set up the second factor",
        )
    with connection.transaction():
        # no key of the vault is dropped between sealing and keeping
        sealed_values.hold_keys(connection)
        sealed = harbor.vault.seal(purpose_of(person.id), secret.encode())
        stored.set_second_factor(connection, person.id, sealed, step)
        stored.record(
            connection,
            "account.second_factor_on",
            f"user {person.name}",
            user=person.id,
            request=request,
        )


def remove(
    harbor: Runtime,
    connection: Connection,
    person: Person,
    *,
    code: str,
    at: datetime,
    request: str,
) -> None:
    """Take one's own second factor away, with a code of it; its used steps stay used.

    Raises:
        InvalidInput: if the code is wrong or was used before.
    """
    with connection.transaction():
        account = stored.by_id(connection, person.id, lock=True)
        if account is None or account.second_factor is None:
            return
        if not take(harbor, connection, account, code, at=at):
            raise InvalidInput(
                [FieldError("one_time_code", "is not a code of this phone")],
                attempted="remove the second factor",
            )
        account = stored.by_id(connection, person.id) or account
        stored.set_second_factor(connection, person.id, None, account.second_factor_used)
        stored.record(
            connection,
            "account.second_factor_off",
            f"user {person.name}",
            {"by": "oneself"},
            user=person.id,
            request=request,
        )


def take(
    harbor: Runtime, connection: Connection, account: Account, code: str, *, at: datetime
) -> bool:
    """Take a code; false if it is wrong, or its time step was taken before.

    Raises:
        VaultError: if the secret cannot be opened: the key file is another one.
    """
    if account.second_factor is None:
        return False
    secret = harbor.vault.open_(purpose_of(account.id), account.second_factor).decode()
    step = _step(secret, code, at)
    return step is not None and stored.use_step(connection, account.id, step)


def _step(secret: str, code: str, at: datetime) -> int | None:
    """Return the time step whose code was given."""
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    generator = pyotp.TOTP(secret)
    now = int(at.timestamp()) // STEP_SECONDS
    found = [
        now + apart
        for apart in TOLERATED
        if hmac.compare_digest(generator.generate_otp(now + apart), typed)
    ]
    return found[0] if found else None


def _opened(harbor: Runtime, person: Person, ticket: str) -> str | None:
    try:
        sealed = urlsafe_b64decode(ticket.encode())
        return harbor.vault.open_(_offered(person.id), sealed).decode()
    except (SealBroken, KeyUnknown, Base64Error, ValueError):
        return None


def purpose_of(user: int) -> str:
    """Return what a person's secret is sealed for."""
    return f"second-factor:{user}"


def _offered(user: int) -> str:
    return f"second-factor-offer:{user}"
