"""Where new stations may go: premises, hosts of a list, street corners, places on the map."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from app.domain.errors import FieldError, InvalidInput
from app.service.coverage_ground import on_streets
from app.service.plan.siting_options import (
    ANY,
    CORNER,
    HOST,
    KINDS,
    OTHERS,
    PICKED,
    SitingOptions,
)
from app.service.plan.standing import Standing
from app.store import basemap
from app.store.database import Connection
from geo.circle import Points
from geo.plane import UNITS_PER_DEGREE, earth_centred, metres_per_degree
from geo.regions import holds
from geo.streets import Mode

MOST_CANDIDATES = 50_000
# as near to an existing station a new one would be the same place
SAME_PLACE_METRES = 30.0
# a tap on the map means what is so near
FORBIDDEN_METRES = 150.0
_WIDER = 1.25
# why candidates are left out, in Chinese and English
LEFT_OUT = {
    "outside": ("离连通的街道太远,或在不连通的街道上",
                "too far from the streets, or on streets that lead nowhere"),
    "elsewhere": ("在范围之外", "outside the scope"),
    "taken": ("已有站点", "at an existing station"),
    "twice": ("重复", "named twice"),
    "forbidden": ("禁选", "forbidden"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """A place a station may go to; ``cost`` is None if nobody says."""

    name: str
    kind: str
    longitude: float
    latitude: float
    cost: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Places that can be chosen, on the streets.

    Attributes:
        forced: int64, which of the places have to be chosen.
        left_out: how many were left out, by the keys of :data:`LEFT_OUT`.
    """

    spots: list[Spot]
    where: Points
    forced: NDArray[np.int64]
    left_out: Counter[str] = field(default_factory=Counter)


def gather(connection: Connection, standing: Standing, options: SitingOptions) -> Candidates:
    """Gather candidates; the connection is used for a moment.

    Premises and corners count inside the scope, a list's hosts and forced places wherever they
    are.

    Raises:
        InvalidInput: if none is left, there are too many, or a forced place is off the streets.
    """
    left_out: Counter[str] = Counter()
    given = [Spot("", PICKED, lon, lat) for lon, lat in options.forced]
    given += [Spot(h.name, HOST, h.longitude, h.latitude, h.cost) for h in options.hosts]
    with connection.transaction():
        found = basemap.premises(connection, standing.material.streets.name, options.kinds)
    premises = [Spot(one.name, one.kind, one.longitude, one.latitude) for one in found]
    inside = _inside(standing, premises)
    left_out["elsewhere"] += len(premises) - len(inside)
    spots = [*given, *inside]
    if len(spots) > MOST_CANDIDATES:
        raise _refused("kinds", f"{len(spots):,} candidates; at most {MOST_CANDIDATES:,}",
                       f"候选地点有 {len(spots):,} 处,最多 {MOST_CANDIDATES:,} 处")  # fmt: skip
    if options.corners:
        spots += corners(standing, options.spacing_metres, most=MOST_CANDIDATES - len(spots))
    if not spots and not left_out.total():
        raise _nothing(options)
    return _usable(standing, options, spots, left_out)


def costs(candidates: Candidates, options: SitingOptions) -> NDArray[np.float64] | None:
    """Return what each candidate costs, None where no budget asks for it.

    Raises:
        InvalidInput: if a budget is given and nobody says what some candidates cost.
    """
    if options.budget is None:
        return None
    otherwise = options.costs.get(ANY)
    told = [
        spot.cost if spot.cost is not None else options.costs.get(spot.kind, otherwise)
        for spot in candidates.spots
    ]
    unknown = sorted({s.kind for s, cost in zip(candidates.spots, told, strict=True)
                      if cost is None})  # fmt: skip
    if unknown:
        called = [OTHERS[kind] if kind in OTHERS else KINDS[kind][:2] for kind in unknown]
        raise _refused(
            "costs", "a budget needs a cost for every candidate; none for"
            f" {', '.join(en.lower() for _, en in called)}",
            f"有预算时,每处候选地点都要有费用;还缺:{'、'.join(zh for zh, _ in called)}",
        )  # fmt: skip
    return np.array(told, np.float64)


def corners(standing: Standing, spacing_metres: float, *, most: int) -> list[Spot]:
    """Return junctions of the scope's streets, thinned until they are at most so many."""
    network = standing.material.streets.network
    open_ = np.flatnonzero(network.edge_connected & Mode.WALK)
    first, index = np.unique(network.edge_start[open_], return_index=True)
    vertex = network.edge_vertex[open_[index]]
    longitude = network.vertex_longitude[vertex] / UNITS_PER_DEGREE
    latitude = network.vertex_latitude[vertex] / UNITS_PER_DEGREE
    inside = holds(standing.material.scope.shape, longitude, latitude) & (first >= 0)
    longitude, latitude = longitude[inside], latitude[inside]
    if not len(longitude) or most <= 0:
        return []
    per_longitude, per_latitude = metres_per_degree(float(latitude.mean()))
    while True:
        column = np.floor(longitude * per_longitude / spacing_metres).astype(np.int64)
        row = np.floor(latitude * per_latitude / spacing_metres).astype(np.int64)
        _, kept = np.unique(np.column_stack((row, column)), axis=0, return_index=True)
        if len(kept) <= most:
            break
        spacing_metres *= _WIDER
    kept = np.sort(kept)
    return [
        Spot("", CORNER, lon, lat)
        for lon, lat in zip(longitude[kept].tolist(), latitude[kept].tolist(), strict=True)
    ]


def _inside(standing: Standing, spots: list[Spot]) -> list[Spot]:
    longitude, latitude = _degrees(spots)
    inside = holds(standing.material.scope.shape, longitude, latitude)
    return [spot for spot, there in zip(spots, inside.tolist(), strict=True) if there]


def _usable(
    standing: Standing, options: SitingOptions, spots: list[Spot], left_out: Counter[str]
) -> Candidates:
    forced = len(options.forced)
    streets, settings = standing.material.streets, standing.harbor.settings
    longitude, latitude = _degrees(spots)
    where = on_streets(streets, settings, longitude, latitude)
    if not where.positions.inside[:forced].all():
        number = int(np.argmin(where.positions.inside[:forced])) + 1
        raise _refused("forced", f"place {number} is too far from any street that leads somewhere",
                       f"第 {number} 处必选地点离连通的街道太远")  # fmt: skip
    taken = [(s.longitude, s.latitude) for s in standing.stations]
    reasons = (
        ("outside", ~where.positions.inside),
        ("forbidden", _near(longitude, latitude, options.forbidden, FORBIDDEN_METRES)),
        ("taken", _near(longitude, latitude, taken, SAME_PLACE_METRES)),
        ("twice", _repeated(longitude, latitude)),
    )
    kept = np.ones(len(spots), np.bool_)
    for why, wrong in reasons:
        wrong[:forced] = False
        left_out[why] += int((kept & wrong).sum())
        kept &= ~wrong
    index = np.flatnonzero(kept)
    if not len(index):
        raise _refused("kinds", "no candidate is left: " + "; ".join(_said(left_out, 1)),
                       "没有可用的候选地点:" + ";".join(_said(left_out, 0)))  # fmt: skip
    return Candidates(
        [spots[i] for i in index.tolist()],
        Points(
            longitude=longitude[index],
            latitude=latitude[index],
            positions=where.positions.take(index),
        ),
        np.arange(forced),
        left_out,
    )


def _nothing(options: SitingOptions) -> InvalidInput:
    """Return what is to be done where neither premises nor corners give a candidate."""
    if options.corners:
        return _refused(
            "kinds", "the scope has no street corner, nor premises of these kinds; give a list of"
            " hosts, or another scope",
            "范围内没有路口,也没有这几类地点。请改用单位名单,或换一个范围。",
        )  # fmt: skip
    kinds = [KINDS[kind] for kind in options.kinds]
    return _refused(
        "kinds", f"the street extract names no premises of these kinds"
        f" ({', '.join(en.lower() for _, en, _ in kinds)}); take street corners or give a list of"
        " hosts",
        f"街道数据里没有这几类地点({'、'.join(zh for zh, _, _ in kinds)})。"
        "请改用任意路口,或提供单位名单。",
    )  # fmt: skip


def _said(left_out: Counter[str], language: int) -> Iterator[str]:
    for why, count in left_out.items():
        if count:
            yield f"{LEFT_OUT[why][language]} {count}"


def _degrees(spots: Iterable[Spot]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    places = np.array([(s.longitude, s.latitude) for s in spots], np.float64).reshape(-1, 2)
    return places[:, 0], places[:, 1]


def _near(
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    places: Iterable[tuple[float, float]],
    metres: float,
) -> NDArray[np.bool_]:
    """Return bool of shape (n,): which points are within some metres of any place."""
    listed = np.array(list(places), np.float64).reshape(-1, 2)
    if not len(listed):
        return np.zeros(len(longitude), np.bool_)
    tree = cKDTree(earth_centred(listed[:, 0], listed[:, 1]))
    far = tree.query(earth_centred(longitude, latitude), distance_upper_bound=metres)[0]
    near: NDArray[np.bool_] = np.isfinite(far)
    return near


def _repeated(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return bool of shape (n,): which points stand where an earlier one does."""
    _, first = np.unique(
        np.round(np.column_stack((longitude, latitude)), 6), axis=0, return_index=True
    )
    again = np.ones(len(longitude), np.bool_)
    again[first] = False
    return again


def _refused(name: str, english: str, chinese: str) -> InvalidInput:
    return InvalidInput(
        [FieldError(name, english, chinese)], attempted="look for places of new stations"
    )
