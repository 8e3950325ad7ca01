"""The city-wide flood: ours, and that of others on the uncontracted graph."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from geo.coverage import times_at
from geo.reach import Reach, flood
from tests.bench.case import MAX_SECONDS, Case
from tests.bench.measure import Row, Target, duration, median_seconds, side_by_side
from tests.bench.peers import Peer, difference

RUNS = 15
_TARGETS = {
    "pandana": Target(bound=50, unit="×", at_least=True),
    "networkit": Target(bound=10, unit="×", at_least=True),
    "scipy": Target(bound=4, unit="×", at_least=True),
}


def rows(case: Case, peers: list[Peer]) -> Iterator[Row]:
    """Flood for the nearest and for the three nearest, then everybody else does."""
    count = len(case.stations.edge)
    one, three = side_by_side(lambda: _flood(case, 1), lambda: _flood(case, 3))
    yield Row(
        work=_work(1),
        size=case.network.junctions,
        seconds=one,
        note=f"{count:,} stations, {MAX_SECONDS:g} s",
    )
    yield from _beside_all(case, peers, 1)
    yield Row(
        work=_work(3),
        size=case.network.junctions,
        seconds=three,
        target=Target(bound=4, unit="× k=1"),
        value=three / one,
        note=f"{three / one:.1f} times k=1",
    )
    yield from _beside_all(case, peers, 3)
    yield _everywhere(case)


def at_sample(case: Case, reach: Reach) -> NDArray[np.float64]:
    """Return our seconds at the nodes where answers are compared, shape (n, k)."""
    found = times_at(case.network, case.weights, case.stations, reach, case.sample)
    seconds = found.seconds.astype(np.float64)
    return np.where(seconds <= MAX_SECONDS, seconds, np.inf)


def _flood(case: Case, k: int) -> Reach:
    return flood(case.network, case.weights, case.stations, max_seconds=MAX_SECONDS, k=k)


def _work(k: int) -> str:
    return f"city-wide flood, k={k}"


def _beside_all(case: Case, peers: list[Peer], k: int) -> Iterator[Row]:
    answer = at_sample(case, _flood(case, k))
    for peer in peers:
        if k <= peer.most:
            yield _beside(case, peer, k, answer)


def _beside(case: Case, peer: Peer, k: int, ours: NDArray[np.float64]) -> Row:
    """Measure a peer in turns with ours, and compare the answers."""
    apart = difference(ours, peer.at(peer.flood(k), case.sample_node))
    seconds, theirs = side_by_side(lambda: _flood(case, k), lambda: peer.flood(k))
    package = peer.name.split()[0]
    note = f"{peer.how}; its preparation took {duration(peer.preparation_seconds)}; {spoken(apart)}"
    return Row(
        work=_work(k),
        size=case.network.junctions,
        seconds=seconds,
        peer=peer.name,
        peer_seconds=theirs,
        target=_TARGETS.get(package) if k == 1 else None,
        note=note,
        facts={**apart, "preparation_seconds": peer.preparation_seconds},
    )


def spoken(apart: dict[str, float]) -> str:
    """Say how far two sets of answers are apart."""
    text = (
        f"{apart['compared']:,} answers apart by {apart['difference_median']:.3f} s in the middle, "
        f"{apart['difference_max']:.2f} s at most"
    )
    lone = apart["answered_by_one"]
    return f"{text}; {lone} answered by one alone" if lone else text


def _everywhere(case: Case) -> Row:
    """Flood, and tell the time at every node too, as those on the uncontracted graph do."""
    vertex = np.arange(len(case.network.vertex_edge))
    nodes = case.places_of(vertex)

    def work() -> None:
        reach = _flood(case, 1)
        times_at(case.network, case.weights, case.stations, reach, nodes)

    return Row(
        work="city-wide flood, k=1, and the time at every shape point",
        size=case.network.junctions,
        seconds=median_seconds(work, runs=RUNS),
        note=f"{len(vertex):,} shape points of {case.streets.nodes:,} nodes; "
        "what peers on the uncontracted graph give besides",
    )
