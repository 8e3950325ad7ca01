"""What opening or closing one station changes, without a new flood and with one."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from geo.marginal import Marginal
from tests.bench.case import MAX_SECONDS, Case
from tests.bench.machine import version
from tests.bench.measure import Row, Target, clock, duration, median_over
from tests.bench.peers import matrix

QUESTIONS = 100
_FEW = 15
_TARGET = Target(bound=0.5, unit="ms")


def rows(case: Case) -> Iterator[Row]:
    """Open stations at random nodes and close some of those that are there."""
    people = np.flatnonzero(case.vertex >= 0)
    made: list[Marginal] = []
    preparation = clock(
        lambda: made.append(
            Marginal(
                case.network,
                case.weights,
                case.stations,
                case.at(people),
                max_seconds=MAX_SECONDS,
            )
        )
    )
    marginal = made[0]
    note = (
        f"weight of {len(people):,} points and metres of street; set up in {duration(preparation)}"
    )
    fresh = np.setdiff1d(case.sample_node, case.station_node)[:QUESTIONS]
    closed = np.arange(len(case.station_node))[:: max(len(case.station_node) // QUESTIONS, 1)]
    again = _Again(case, people)
    places = [case.at(fresh[i : i + 1]) for i in range(len(fresh))]
    gains: list[Callable[[], float]] = [
        lambda place=place: marginal.gain(place).weight for place in places
    ]
    losses: list[Callable[[], float]] = [
        lambda station=int(i): -marginal.loss(station).weight for i in closed
    ]
    yield from _both(
        case, "gain of one station", gains, [lambda n=n: again.gain(int(n)) for n in fresh], note
    )
    yield from _both(
        case, "loss of one station", losses, [lambda i=i: again.loss(int(i)) for i in closed], note
    )


class _Again:
    """Answer by a second flood over the uncontracted graph; the first is not counted."""

    def __init__(self, case: Case, people: NDArray[np.int64]) -> None:
        self._graph = matrix(case, reverse=True)
        self._stations = case.station_node
        self._people = people
        self._before = self._within(self._stations)

    def gain(self, node: int) -> float:
        return float((self._within(np.append(self._stations, node)) & ~self._before).sum())

    def loss(self, station: int) -> float:
        return float((self._before & ~self._within(np.delete(self._stations, station))).sum())

    def _within(self, seeds: NDArray[np.int64]) -> NDArray[np.bool_]:
        seconds = dijkstra(self._graph, indices=seeds, min_only=True, limit=MAX_SECONDS)
        return np.isfinite(seconds[self._people])


def _both(
    case: Case,
    work: str,
    ours: list[Callable[[], float]],
    theirs: list[Callable[[], float]],
    note: str,
) -> Iterator[Row]:
    seconds = median_over(ours)
    yield Row(
        work=work,
        size=case.network.junctions,
        seconds=seconds,
        target=_TARGET,
        value=seconds * 1e3,
        note=f"{len(ours)} asked; {note}",
    )
    few = min(_FEW, len(ours))
    answers = [(mine(), other()) for mine, other in zip(ours[:few], theirs[:few], strict=True)]
    apart = max(abs(mine - other) for mine, other in answers)
    most = max(other for _, other in answers)
    yield Row(
        work=work,
        size=case.network.junctions,
        seconds=median_over(ours),
        peer=f"scipy {version('scipy')}",
        peer_seconds=median_over(theirs[:few]),
        note=f"a second flood and its difference to the first; {few} answers of up to {most:,.0f} "
        f"points apart by {apart:,.0f} at most",
        facts={"difference_max": apart},
    )
