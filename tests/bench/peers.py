"""The same flood by others, each set up the way its own guide says, on the uncontracted graph.

Their set-up is not counted but told. All answer: how many seconds is it from every node to the
nearest of the stations, within the limit?
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from tests.bench.case import MAX_SECONDS, Case
from tests.bench.machine import version

Seconds = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Somebody who floods.

    Attributes:
        name: with the version.
        how: what of it was called.
        flood: runs it for the k nearest and returns what it returns.
        at: reads seconds, shape (n, k), at nodes from that; infinite beyond the limit.
        most: the largest k it can do.
        preparation_seconds: what setting it up took.
    """

    name: str
    how: str
    flood: Callable[[int], Any]
    at: Callable[[Any, NDArray[np.int64]], Seconds]
    most: int
    preparation_seconds: float


def peers(case: Case, packages: Iterable[str] | None = None) -> tuple[list[Peer], list[str]]:
    """Return who of these (or of all) is installed, and a sentence for each who is not."""
    found, absent = [], []
    for package in _MAKERS if packages is None else packages:
        make = _MAKERS[package]
        if version(package) is None:
            absent.append(f"{package} is left out: its wheel is not installed here")
            continue
        begun = time.perf_counter()
        how, flood, at, most = make(case, import_module(package))
        found.append(
            Peer(
                name=f"{package} {version(package)}",
                how=how,
                flood=flood,
                at=at,
                most=most,
                preparation_seconds=time.perf_counter() - begun,
            )
        )
    return found, absent


def matrix(case: Case, *, reverse: bool) -> csr_matrix:
    """Return the uncontracted graph as scipy takes it, forward or against the arcs."""
    origin, target, seconds = case.arcs
    if reverse:
        origin, target = target, origin
    return csr_matrix((seconds, (origin, target)), (case.streets.nodes, case.streets.nodes))


# how, flood, at and most of a peer
_Made = tuple[str, Callable[[int], Any], Callable[[Any, NDArray[np.int64]], Seconds], int]


def _scipy(case: Case, _: Any) -> _Made:
    graph = matrix(case, reverse=True)
    return (
        "csgraph.dijkstra, min_only, limit",
        lambda _: dijkstra(graph, indices=case.station_node, min_only=True, limit=MAX_SECONDS),
        lambda answer, node: np.asarray(answer)[node][:, None],
        1,
    )


def _networkx(case: Case, nx: Any) -> _Made:
    graph = case.truth.reverse(copy=True)
    seeds = set(case.station_node.tolist())
    return (
        "multi_source_dijkstra_path_length, cutoff",
        lambda _: nx.multi_source_dijkstra_path_length(
            graph, seeds, cutoff=MAX_SECONDS, weight="seconds"
        ),
        lambda answer, node: np.array([[answer.get(n, np.inf)] for n in node.tolist()]),
        1,
    )


def _networkit(case: Case, nk: Any) -> _Made:
    """Join all stations to one source more, at no cost: there is no flood from many."""
    nk.setNumberOfThreads(1)
    origin, target, seconds = case.arcs
    count, seeds = case.streets.nodes, case.station_node
    graph = nk.GraphFromCoo(
        (
            np.concatenate((seconds, np.zeros(len(seeds)))),
            (
                np.concatenate((target, np.full(len(seeds), count))).astype(np.uint64),
                np.concatenate((origin, seeds)).astype(np.uint64),
            ),
        ),
        count + 1,
        weighted=True,
        directed=True,
    )

    def flood(_: int) -> object:
        run = nk.distance.Dijkstra(graph, count, storePaths=False)
        run.run()
        return run.getDistances(asarray=True)

    def at(answer: object, node: NDArray[np.int64]) -> Seconds:
        return _within(np.asarray(answer, np.float64)[node][:, None])

    return "Dijkstra from one source joined to all stations; it knows no limit", flood, at, 1


def _pandana(case: Case, pandana: Any) -> _Made:
    pd = import_module("pandas")
    origin, target, seconds = case.arcs
    lon, lat = pd.Series(case.streets.longitude), pd.Series(case.streets.latitude)
    network = pandana.Network(
        lon,
        lat,
        pd.Series(origin),
        pd.Series(target),
        pd.DataFrame({"seconds": seconds}),
        twoway=False,
    )
    node = case.station_node
    network.set_pois("stations", MAX_SECONDS, 3, lon[node], lat[node])
    return (
        "nearest_pois",
        lambda k: network.nearest_pois(MAX_SECONDS, "stations", num_pois=k),
        lambda answer, at: _within(answer.loc[at].to_numpy(np.float64)),
        3,
    )


def _within(seconds: Seconds) -> Seconds:
    """Take for absent what a peer returns beyond the limit."""
    return np.where(seconds < MAX_SECONDS, seconds, np.inf)


_MAKERS: dict[str, Callable[[Case, Any], _Made]] = {
    "pandana": _pandana,
    "networkit": _networkit,
    "scipy": _scipy,
    "networkx": _networkx,
}


def difference(ours: Seconds, theirs: Seconds) -> dict[str, float]:
    """Compare answers; those of one alone count unless the limit is a blink away.

    Both are in seconds and of one shape, infinite where there is no answer.
    """
    both = np.isfinite(ours) & np.isfinite(theirs)
    apart = np.abs(ours[both] - theirs[both])
    lone = np.isfinite(ours) != np.isfinite(theirs)
    nearly = np.minimum(ours[lone], theirs[lone]) > MAX_SECONDS - 0.1
    return {
        "compared": int(both.sum()),
        "difference_median": float(np.median(apart)) if len(apart) else 0.0,
        "difference_max": float(apart.max()) if len(apart) else 0.0,
        "answered_by_one": int((~nearly).sum()),
    }
