"""Things that are slow to make and never out of date: made once, kept while they are asked for."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Once(Generic[V]):
    """Keep what was made last, by a key that names all it is made of.

    Safe to share between threads: while one thing is made, those that are there are handed
    out, and whoever asks for the same waits for it.

    Args:
        most: how many are kept; what was not asked for lately makes room.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Entry[V]] = OrderedDict()

    def of(self, key: Hashable, make: Callable[[], V]) -> V:
        """Return what a key names, making it if need be; what ``make`` raises is raised on."""
        with self._lock:
            entry = self._kept.pop(key, None) or _Entry()
            self._kept[key] = entry
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        with entry.lock:
            if not entry.made:
                entry.made.append(make())
            return entry.made[0]


class _Entry(Generic[V]):
    """A thing, or the place that is kept for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: list[V] = []
