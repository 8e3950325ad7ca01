"""The data key of one keeper: made, wrapped by the vault's key, and what it seals.

    cipher (1 byte) · nonce (12) · ciphertext with its tag

A value opens under its own keeper's key, for its own field, and not otherwise.
Destroying the wrapped key silences every copy of what it sealed.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from uuid import UUID, uuid4

from app.domain.keepers import EMPLOYER, NAME, PHONE, Masks, Values, name_key
from app.service.vault import (
    AES_256_GCM,
    KEY_BYTES,
    NONCE_BYTES,
    SealBroken,
    Vault,
    cipher_of,
)

MASKS = "masks"
NAME_PRINT, PHONE_PRINT = "keeper-name", "keeper-phone"


@dataclass(frozen=True, slots=True, repr=False)
class DataKey:
    """The key of one keeper; it does not show in a picture of the object."""

    id: UUID
    secret: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Prints:
    """What a keeper is looked up by."""

    name: bytes
    phone: bytes


def new_key() -> DataKey:
    """Return a key for one keeper."""
    return DataKey(uuid4(), secrets.token_bytes(KEY_BYTES))


def wrap(vault: Vault, key: DataKey) -> bytes:
    """Seal a keeper's key under the key outside the database."""
    return vault.seal(purpose_of(key.id), key.secret)


def unwrap(vault: Vault, key_id: UUID, wrapped: bytes) -> DataKey:
    """Open a keeper's key.

    Raises:
        VaultError: if what wrapped it is gone, or it was changed.
    """
    return DataKey(key_id, vault.open_(purpose_of(key_id), wrapped))


def purpose_of(key_id: UUID) -> str:
    """Return what a keeper's wrapped key is sealed for."""
    return f"keeper-key:{key_id}"


def seal(key: DataKey, field: str, text: str) -> bytes:
    """Encrypt one value of a keeper under its key and a new nonce."""
    header, nonce = bytes([AES_256_GCM]), secrets.token_bytes(NONCE_BYTES)
    sealed = cipher_of(key.secret).encrypt(nonce, text.encode(), header + _bound(key, field))
    return header + nonce + sealed


def open_(key: DataKey, field: str, sealed: bytes) -> str:
    """Decrypt one value of a keeper.

    Raises:
        SealBroken: if it is another keeper's, another field's, or was changed.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as in the vault

    header, nonce, text = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if header != bytes([AES_256_GCM]) or not text:
        raise SealBroken("Could not open a keeper's value: it is not one of ours.")
    try:
        plain = cipher_of(key.secret).decrypt(nonce, text, header + _bound(key, field))
    except InvalidTag:
        raise SealBroken(
            "Could not open a keeper's value: it was changed or is another keeper's."
        ) from None
    return plain.decode()


def seal_masks(key: DataKey, masks: Masks) -> bytes:
    """Encrypt what lists show of a keeper."""
    return seal(key, MASKS, json.dumps(asdict(masks), ensure_ascii=False))


def open_masks(key: DataKey, sealed: bytes) -> Masks:
    """Decrypt what lists show of a keeper.

    Raises:
        SealBroken: as :func:`open_`.
    """
    return Masks(**json.loads(open_(key, MASKS, sealed)))


def open_values(key: DataKey, sealed: Mapping[str, bytes]) -> Values:
    """Decrypt the values of a keeper.

    Raises:
        SealBroken: as :func:`open_`.
    """
    return Values(*(open_(key, field, sealed[field]) for field in (NAME, PHONE, EMPLOYER)))


def prints(vault: Vault, *, name: str, phone: str) -> Prints:
    """Return what a name and a phone are looked up by."""
    return Prints(
        vault.fingerprint(NAME_PRINT, name_key(name).encode()),
        vault.fingerprint(PHONE_PRINT, phone.encode()),
    )


def _bound(key: DataKey, field: str) -> bytes:
    return f"keeper:{key.id}:{field}".encode()
