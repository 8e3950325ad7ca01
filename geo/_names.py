"""Street names as they lie on disk: one run of UTF-8, decoded when asked for."""

from collections.abc import Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray


class Names(Sequence[str]):
    """A sequence of names over mapped memory; opening it reads nothing."""

    def __init__(self, utf8: NDArray[np.uint8], pointer: NDArray[np.int64]) -> None:
        self._utf8 = utf8
        self._pointer = pointer

    def __len__(self) -> int:
        return len(self._pointer) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...

    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(index)
        return self._utf8[self._pointer[at] : self._pointer[at + 1]].tobytes().decode()


def pack(names: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return all names as one run of UTF-8, and pointers of shape (names + 1,) into it."""
    encoded = [name.encode() for name in names]
    pointer = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(part) for part in encoded], out=pointer[1:])
    return np.frombuffer(b"".join(encoded), np.uint8), pointer
