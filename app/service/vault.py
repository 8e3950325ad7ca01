"""Values sealed under a key that lies outside the database.

Every sealed value begins with the id of its cipher and of its key, so that
another cipher can follow and a key can be changed while old values still open:

    cipher (1 byte) · key id (4) · nonce (12) · ciphertext with its tag

The key file holds a line a key, ``ID KEY``: eight hexadecimal digits and 32
bytes in base64. The last line seals; every line opens.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import stat
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import HarborError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

AES_256_GCM = 1
KEY_BYTES, ID_BYTES, NONCE_BYTES = 32, 4, 12
_HEADER_BYTES = 1 + ID_BYTES
FILE_NAME = "key"


class VaultError(HarborError):
    """A value cannot be sealed or opened."""


class KeyUnusable(VaultError):
    """The key file is missing, open to others, or holds no keys."""


class KeyUnknown(VaultError):
    """A value was sealed under a key that the key file does not hold."""


class SealBroken(VaultError):
    """A value was changed, cut short, or sealed for another purpose."""


@dataclass(frozen=True, slots=True, repr=False)
class _Keys:
    by_id: dict[bytes, bytes]
    current: bytes


class Vault:
    """Seal and open small values.

    Args:
        file: the key file.
        made_at_need: whether a missing file is made; one that an operator named
            has to be there, because a new key in its place opens nothing.
    """

    def __init__(self, file: Path, *, made_at_need: bool) -> None:
        self.file = file
        self._made_at_need = made_at_need
        self._lock = threading.Lock()
        self._keys: _Keys | None = None

    def seal(self, purpose: str, plain: bytes) -> bytes:
        """Encrypt a value for one purpose, under the current key and a new nonce.

        Raises:
            KeyUnusable: if there is no key.
        """
        keys = self._read()
        nonce = secrets.token_bytes(NONCE_BYTES)
        header = bytes([AES_256_GCM]) + keys.current
        return (
            header
            + nonce
            + _cipher(keys.by_id[keys.current]).encrypt(nonce, plain, header + purpose.encode())
        )

    def open_(self, purpose: str, sealed: bytes) -> bytes:
        """Decrypt a value that was sealed for the same purpose.

        Raises:
            SealBroken: if it was not, or was changed.
            KeyUnknown: if its key is not in the key file.
            KeyUnusable: if there is no key.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as in _cipher

        header, rest = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES:]
        if len(rest) < NONCE_BYTES or header[0] != AES_256_GCM:
            raise SealBroken(f"Could not open a sealed value ({purpose}): it is not one of ours.")
        key = self._key(header[1:])
        nonce, text = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
        try:
            return bytes(_cipher(key).decrypt(nonce, text, header + purpose.encode()))
        except InvalidTag:
            raise SealBroken(
                f"Could not open a sealed value ({purpose}): it was changed or meant otherwise."
            ) from None

    def fingerprint(self, purpose: str, plain: bytes) -> bytes:
        """Return 32 bytes that are the same for the same value, and say nothing without the key.

        Made under the first key of the file, so that a new key changes none that are stored.
        """
        keys = self._read()
        first = next(iter(keys.by_id.values()))
        derived = hmac.digest(first, b"fingerprint:" + purpose.encode(), hashlib.sha256)
        return hmac.digest(derived, plain, hashlib.sha256)

    def is_current(self, sealed: bytes) -> bool:
        """Whether a value was sealed under the key that seals now."""
        return sealed[1:_HEADER_BYTES] == self._read().current

    def rotate(self) -> None:
        """Add a new key, which seals from now on; the others go on opening."""
        with self._lock:
            self._keys = _load(self.file, made_at_need=self._made_at_need)
            lines = self.file.read_text("ascii").rstrip("\n") + "\n" + _line()
            fresh = self.file.with_name(f"{self.file.name}.{secrets.token_hex(4)}")
            _write(fresh, lines)
            fresh.replace(self.file)
            self._keys = _load(self.file, made_at_need=False)

    def _read(self) -> _Keys:
        with self._lock:
            if self._keys is None:
                self._keys = _load(self.file, made_at_need=self._made_at_need)
            return self._keys

    def _key(self, identity: bytes) -> bytes:
        key = self._read().by_id.get(identity)
        if key is None:
            # another process may have added one since
            with self._lock:
                self._keys = _load(self.file, made_at_need=False)
                key = self._keys.by_id.get(identity)
        if key is None:
            raise KeyUnknown(
                f"Could not open a sealed value: its key {identity.hex()} is not in {self.file}.",
                remedy="Put the key file back that belongs to this database.",
            )
        return key


def _cipher(key: bytes) -> "AESGCM":
    # a command that seals nothing starts without the library
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM(key)


def _line() -> str:
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")
    return f"{secrets.token_hex(ID_BYTES)} {key}\n"


def _write(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _make(file: Path) -> None:
    """Make a key file whole or not at all; of several processes the first one's stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    _write(fresh, _line())
    try:
        with suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        fresh.unlink()


def _load(file: Path, *, made_at_need: bool) -> _Keys:
    if made_at_need and not file.exists():
        _make(file)
    try:
        mode = file.stat().st_mode
        text = file.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is not a text file"
        raise KeyUnusable(
            f"Could not read the key file {file}: {said}.",
            remedy="Put it back, or correct HARBOR_KEY_FILE. Without it nothing sealed opens.",
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise KeyUnusable(
            f"The key file {file} is open to other accounts.", remedy=f"Run: chmod 600 {file}"
        )
    return _parse(file, text)


def _parse(file: Path, text: str) -> _Keys:
    found: dict[bytes, bytes] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            identity, key = line.split()
            found[bytes.fromhex(identity)] = base64.b64decode(key, validate=True)
        except (ValueError, binascii.Error):
            found[b""] = b""
        if any(len(i) != ID_BYTES or len(k) != KEY_BYTES for i, k in found.items()):
            raise KeyUnusable(
                f"Line {number} of the key file {file} is no key.",
                remedy="A line is eight hexadecimal digits, a space, and 32 bytes in base64.",
            )
    if not found:
        raise KeyUnusable(f"The key file {file} holds no key.")
    return _Keys(found, next(reversed(found)))
