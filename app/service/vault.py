"""Values sealed under a key that lies outside the database.

Every sealed value begins with the id of its cipher and of its key, so that
another cipher can follow and a key can be changed while old values still open:

    cipher (1 byte) · key id (4) · nonce (12) · ciphertext with its tag

The key file holds a line a key, ``ID KEY``: eight hexadecimal digits and 32
bytes in base64. The last line seals; every line opens. A line ``print ID KEY``
is a key of fingerprints, of a kind of its own, so that a key which seals can be
dropped without making a stored fingerprint useless; the last of them makes new
ones. A file without such a line makes them under its first key.

A change of keys has two steps, so that it can be taken up again after a crash:
:meth:`Vault.begin_rotation` adds a key of either kind, and when nothing is left
under the old ones, :meth:`Vault.drop_old` takes them away. ``app/service/keys.py``
does what lies between. The file is looked at before every use: a process that
runs on sees a change of keys at once.
"""

import base64
import binascii
import fcntl
import hashlib
import hmac
import os
import secrets
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import HarborError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

AES_256_GCM = 1
PRINT = "print"
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
    # the newest last; of a file without such lines the first key
    prints: tuple[bytes, ...]
    # what the file was when it was read
    mark: tuple[int, ...] = ()


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
            + cipher_of(keys.by_id[keys.current]).encrypt(nonce, plain, header + purpose.encode())
        )

    def open_(self, purpose: str, sealed: bytes) -> bytes:
        """Decrypt a value that was sealed for the same purpose.

        Raises:
            SealBroken: if it was not, or was changed.
            KeyUnknown: if its key is not in the key file.
            KeyUnusable: if there is no key.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as in cipher_of

        header, rest = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES:]
        if len(rest) < NONCE_BYTES or header[0] != AES_256_GCM:
            raise SealBroken(f"Could not open a sealed value ({purpose}): it is not one of ours.")
        key = self._key(header[1:])
        nonce, text = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
        try:
            return bytes(cipher_of(key).decrypt(nonce, text, header + purpose.encode()))
        except InvalidTag:
            raise SealBroken(
                f"Could not open a sealed value ({purpose}): it was changed or meant otherwise."
            ) from None

    def fingerprint(self, purpose: str, plain: bytes) -> bytes:
        """Return 32 bytes that are the same for the same value, and say nothing without the key.

        A change of keys changes them: what is stored is made anew in its course,
        and looked up by :meth:`fingerprints` meanwhile.
        """
        return _print(self._read().prints[-1], purpose, plain)

    def fingerprints(self, purpose: str, plain: bytes) -> list[bytes]:
        """Return the fingerprints of a value under every key, for looking up what is stored."""
        return [_print(key, purpose, plain) for key in self._read().prints]

    def is_current(self, sealed: bytes) -> bool:
        """Whether a value was sealed under the key that seals now."""
        return sealed[1:_HEADER_BYTES] == self._read().current

    @property
    def current_key(self) -> bytes:
        """The id of the key that seals now."""
        return self._read().current

    @property
    def key_ids(self) -> tuple[bytes, ...]:
        """The ids of all keys that open, the oldest first."""
        return tuple(self._read().by_id)

    def begin_rotation(self) -> bool:
        """Add a key that seals from now on, and one of fingerprints; the others go on opening.

        Returns:
            False where another change of keys was begun and is not finished: nothing is added.
        """
        with self._lock, self._alone():
            keys = _load(self.file, made_at_need=self._made_at_need)
            lines = self.file.read_text("ascii").splitlines()
            prints = [line for line in lines if line.startswith(PRINT)]
            if prints and len(keys.by_id) > 1:
                return False
            # the key that fingerprints were made under so far gets a line of their own kind
            kept = prints or [f"{PRINT} {lines[0]}"]
            seals = [line for line in lines if not line.startswith(PRINT)]
            self._put([*seals, _line(), *kept, f"{PRINT} {_line()}"])
        return True

    def drop_old(self) -> tuple[bytes, ...]:
        """Take every key but the newest of either kind out of the file; return the ids dropped.

        Whatever is still sealed under one of them never opens again.
        """
        with self._lock, self._alone():
            keys = _load(self.file, made_at_need=False)
            lines = self.file.read_text("ascii").splitlines()
            prints = [line for line in lines if line.startswith(PRINT)]
            seals = [line for line in lines if not line.startswith(PRINT)]
            if len(keys.by_id) > 1 or len(prints) > 1:
                self._put([seals[-1], *(prints[-1:] or [f"{PRINT} {seals[0]}"])])
        return tuple(identity for identity in keys.by_id if identity != keys.current)

    def _put(self, lines: list[str]) -> None:
        """Put lines in the place of the file's, whole or not at all."""
        fresh = self.file.with_name(f"{self.file.name}.{secrets.token_hex(4)}")
        _write(fresh, "".join(f"{line.strip()}\n" for line in lines))
        fresh.replace(self.file)
        _settle(self.file.parent)
        self._keys = _load(self.file, made_at_need=False)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from changing the file at the same time."""
        descriptor = os.open(self.file.parent, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _read(self) -> _Keys:
        with self._lock:
            # another process may have changed the keys since; a file that is gone is no change
            if self._keys is None or self._keys.mark != (_mark(self.file) or self._keys.mark):
                self._keys = _load(self.file, made_at_need=self._made_at_need)
            return self._keys

    def _key(self, identity: bytes) -> bytes:
        key = self._read().by_id.get(identity)
        if key is None:
            raise KeyUnknown(
                f"Could not open a sealed value: its key {identity.hex()} is not in {self.file}.",
                remedy="Put the key file back that belongs to this database.",
            )
        return key


def cipher_of(key: bytes) -> "AESGCM":
    """Return the cipher of a key, for this vault and for keys that it wraps."""
    # a command that seals nothing starts without the library
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM(key)


def _print(key: bytes, purpose: str, plain: bytes) -> bytes:
    derived = hmac.digest(key, b"fingerprint:" + purpose.encode(), hashlib.sha256)
    return hmac.digest(derived, plain, hashlib.sha256)


def _line() -> str:
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")
    return f"{secrets.token_hex(ID_BYTES)} {key}"


def _mark(file: Path) -> tuple[int, ...]:
    """What tells one file under a name from another; nothing where there is none."""
    try:
        found = file.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _settle(folder: Path) -> None:
    """Let the folder's new entries outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
    _write(fresh, f"{_line()}\n{PRINT} {_line()}\n")
    try:
        with suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        fresh.unlink()


def _load(file: Path, *, made_at_need: bool) -> _Keys:
    if made_at_need and not file.exists():
        _make(file)
    mark = _mark(file)
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
    return replace(_parse(file, text), mark=mark)


def _parse(file: Path, text: str) -> _Keys:
    found: dict[str, dict[bytes, bytes]] = {"": {}, PRINT: {}}
    for number, line in enumerate(text.splitlines(), start=1):
        *kind, identity, key = line.split() if len(line.split()) > 1 else ("", "")
        try:
            kept = found[" ".join(kind)]
            raw, secret = bytes.fromhex(identity), base64.b64decode(key, validate=True)
        except (KeyError, ValueError, binascii.Error):
            kept, raw, secret = {}, b"", b""
        if len(raw) != ID_BYTES or len(secret) != KEY_BYTES:
            raise KeyUnusable(
                f"Line {number} of the key file {file} is no key.",
                remedy="A line is eight hexadecimal digits, a space, and 32 bytes in base64,"
                f" with the word {PRINT} before them in a line of fingerprints.",
            )
        kept[raw] = secret
    seals = found[""]
    if not seals:
        raise KeyUnusable(f"The key file {file} holds no key.")
    prints = tuple(found[PRINT].values()) or (next(iter(seals.values())),)
    return _Keys(seals, next(reversed(seals)), prints)
