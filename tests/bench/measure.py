"""Stopwatches, rows, and the table they make."""

import gc
import json
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

_RUNS_A_TURN = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a figure is to reach: at most or at least ``bound``, in ``unit``."""

    bound: float
    unit: str
    at_least: bool = False

    def met(self, value: float) -> bool:
        """Say whether a value reaches it."""
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One work, measured for us and, if ``peer`` is not None, for somebody else.

    Attributes:
        work: what was done.
        size: junctions of the network it was done on.
        seconds: median of ours; None where bytes are measured.
        peer, peer_seconds: who else, and the median of theirs.
        target: what ``value`` is to reach; ``value`` is the ratio where there is a peer.
        value: the figure that the target speaks of, in the target's unit.
        note: what one has to know to read the row.
        facts: what else a machine may want.
    """

    work: str
    size: int
    seconds: float | None
    peer: str | None = None
    peer_seconds: float | None = None
    target: Target | None = None
    value: float | None = None
    note: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """How many times as long the peer takes."""
        if self.seconds is None or self.peer_seconds is None:
            return None
        return self.peer_seconds / self.seconds

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None if there is none."""
        if self.target is None:
            return None
        value = self.ratio if self.value is None else self.value
        return value is not None and self.target.met(value)

    def plain(self) -> dict[str, Any]:
        """Return the row as JSON takes it."""
        return {
            "work": self.work,
            "size": self.size,
            "seconds": self.seconds,
            "peer": self.peer,
            "peer_seconds": self.peer_seconds,
            "ratio": self.ratio,
            "target": None if self.target is None else str(self.target),
            "value": self.ratio if self.value is None else self.value,
            "met": self.met,
            "note": self.note,
            **self.facts,
        }


def clock(work: Callable[[], object]) -> float:
    """Return the seconds of one call."""
    return _timed(work)[0]


def median_seconds(work: Callable[[], object], *, runs: int) -> float:
    """Return the median of the runs in seconds, after one that does not count."""
    return median_over([work] * runs)


def median_over(works: Sequence[Callable[[], object]]) -> float:
    """Return the median of several calls in seconds; the first is made once before."""
    works[0]()
    with _undisturbed():
        return _median([_timed(work) for work in works])


def side_by_side(
    ours: Callable[[], object], theirs: Callable[[], object], *, budget_seconds: float = 1.5
) -> tuple[float, float]:
    """Return the medians of two works, measured in turns so that noise meets both alike.

    The second gets at least three runs, more of them if it is fast.
    """
    ours()
    slow = clock(theirs)
    turns = 3 if slow * 3 > budget_seconds else 5
    first: list[_Time] = []
    second: list[_Time] = []
    with _undisturbed():
        for _ in range(turns):
            first += [_timed(ours) for _ in range(_RUNS_A_TURN)]
            second += [_timed(theirs) for _ in range(_runs(slow, budget_seconds / turns))]
    return _median(first), _median(second)


# seconds, and whether the system took the processor away meanwhile
_Time = tuple[float, bool]


def _timed(work: Callable[[], object]) -> _Time:
    switched = getrusage(RUSAGE_SELF).ru_nivcsw
    begun = time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    return seconds, getrusage(RUSAGE_SELF).ru_nivcsw != switched


def _median(times: list[_Time]) -> float:
    """Return the median of the calls that had the processor to themselves, if a few had."""
    alone = [seconds for seconds, switched in times if not switched]
    enough = len(alone) >= min(3, len(times))
    return statistics.median(alone if enough else [seconds for seconds, _ in times])


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Collect garbage before the measurements of all alike, never within one."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _runs(seconds: float, budget_seconds: float) -> int:
    return max(1, min(_RUNS_A_TURN, int(budget_seconds / max(seconds, 1e-9))))


def duration(seconds: float) -> str:
    """Write seconds in the unit that suits them."""
    if seconds < 1e-6:
        return f"{seconds * 1e9:,.0f} ns"
    if seconds < 1e-3:
        return f"{seconds * 1e6:,.0f} µs"
    if seconds < 1.0:
        return f"{seconds * 1e3:,.2f} ms"
    return f"{seconds:,.2f} s"


_HEAD = ("work", "ours", "peer", "peer's", "ratio", "target", "", "note")
_RIGHT = (1, 3, 4)


def table(rows: Iterable[Row]) -> str:
    """Lay rows out as text; a work's name stands in its first row only."""
    cells: list[tuple[str, ...]] = [_HEAD]
    last = ""
    for row in rows:
        cells.append(_cells(row, named=row.work != last))
        last = row.work
    # notes are long and come last: nothing stands behind them
    width = [max(len(line[i]) for line in cells) for i in range(len(_HEAD))]
    lines = [
        "  ".join(
            text.rjust(width[i]) if i in _RIGHT else text.ljust(width[i])
            for i, text in enumerate(line)
        ).rstrip()
        for line in cells
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _cells(row: Row, *, named: bool) -> tuple[str, ...]:
    return (
        row.work if named else "",
        "" if row.seconds is None else duration(row.seconds),
        row.peer or "",
        "" if row.peer_seconds is None else duration(row.peer_seconds),
        "" if row.ratio is None else f"{row.ratio:,.1f} ×",
        "" if row.target is None else str(row.target),
        {None: "", True: "met", False: "MISSED"}[row.met],
        row.note,
    )


def judged(rows: Iterable[Row]) -> int:
    """Say which targets are missed, each with its figure; return 1 if any is, as a shell wants."""
    missed = [row for row in rows if row.met is False]
    if not missed:
        print("every target is met")
        return 0
    print(f"targets MISSED: {len(missed)}")
    for row in missed:
        beside = f" beside {row.peer}" if row.peer else ""
        value = row.ratio if row.value is None else row.value
        figure = "nothing" if value is None else f"{value:,.4g}"
        print(f"  {row.work}{beside}: {figure}, wanted {row.target}")
    return 1


def write(rows: Iterable[Row], path: Path) -> None:
    """Write rows as one JSON list, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".json.new")
    draft.write_text(
        json.dumps([row.plain() for row in rows], ensure_ascii=False, indent=1) + "\n",
        encoding="utf-8",
    )
    draft.replace(path)
