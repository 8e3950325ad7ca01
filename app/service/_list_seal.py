"""The key of one list, or of one person in it: made, wrapped by the vault, and what it seals.

Destroying the wrapped key silences every copy of what it sealed.
"""

import hashlib
import hmac
import json
import secrets
from typing import Any

from app.service.vault import AES_256_GCM, KEY_BYTES, NONCE_BYTES, SealBroken, Vault, cipher_of

FILE, ROW, PEOPLE, CONTACT = "file", "row", "people", "contact"
_LIST_KEY = "staged-list"


def new_key() -> bytes:
    """Return a key of one's own for a list."""
    return secrets.token_bytes(KEY_BYTES)


def wrap(vault: Vault, key: bytes) -> bytes:
    """Seal a list's key under the key outside the database."""
    return vault.seal(_LIST_KEY, key)


def unwrap(vault: Vault, wrapped: bytes | None) -> bytes:
    """Open a list's key.

    Raises:
        VaultError: if it was destroyed, changed, or what wrapped it is gone.
    """
    if wrapped is None:
        raise SealBroken("The list's key was destroyed.", zh="这份表格已过期清除,请重新上传。")
    return vault.open_(_LIST_KEY, wrapped)


def seal(key: bytes, purpose: str, plain: bytes) -> bytes:
    """Encrypt a part of a list under its key and a new nonce."""
    header, nonce = bytes([AES_256_GCM]), secrets.token_bytes(NONCE_BYTES)
    return header + nonce + cipher_of(key).encrypt(nonce, plain, header + purpose.encode())


def open_(key: bytes, purpose: str, sealed: bytes) -> bytes:
    """Decrypt a part of a list.

    Raises:
        SealBroken: if it is another list's, another part's, or was changed.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as in the vault

    header, nonce, text = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return bytes(cipher_of(key).decrypt(nonce, text, header + purpose.encode()))
    except (InvalidTag, ValueError):
        raise SealBroken("Could not open a part of a list: it was changed.") from None


def seal_json(key: bytes, purpose: str, value: Any) -> bytes:
    """Encrypt a JSON value; a data class with slots is an object of its fields."""
    text = json.dumps(value, ensure_ascii=False, default=_fields)
    return seal(key, purpose, text.encode())


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def open_json(key: bytes, purpose: str, sealed: bytes) -> Any:
    """Decrypt a JSON value.

    Raises:
        SealBroken: as :func:`open_`.
    """
    return json.loads(open_(key, purpose, sealed))


def print_of(key: bytes, text: str) -> bytes:
    """Return what is the same for the same text in one list, and says nothing without its key."""
    return hmac.digest(key, text.encode(), hashlib.sha256)[:16]
