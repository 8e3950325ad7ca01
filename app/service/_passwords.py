"""Passwords as argon2id hashes; a check takes as long for a name that nobody has."""

import secrets
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.accounts import LONGEST, password_faults, plain_form

# letters and digits that nobody confuses on paper
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 5
# 64 MiB each: so many at once, whoever asks
_AT_ONCE = 2

_hasher = PasswordHasher()
_turn = threading.BoundedSemaphore(_AT_ONCE)


def hashed(password: str) -> str:
    """Return the hash of a password in its plain form."""
    with _turn:
        return _hasher.hash(password)


def fits(stored: str | None, password: str) -> bool:
    """Whether a password is the one of a hash; without a hash it takes as long and is not."""
    text = plain_form(password[: LONGEST + 1])
    with _turn:
        try:
            matched = _hasher.verify(stored or _nobodys(), text)
        except (VerificationError, InvalidHashError):
            return False
    return matched and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def random_password() -> str:
    """Return a password of 98 bits that can be read out over the telephone."""
    while True:
        signs = ["".join(secrets.choice(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS)]
        password = "-".join(signs)
        if not password_faults(password):
            return password


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_hex(16))
