"""Stations of the made-up city: where, whose, what they offer, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import shapely
from scipy.spatial import cKDTree

from app.domain import number
from app.domain.lifecycle import State
from app.domain.services import SERVICES
from app.domain.station import Door, HostKind, StationFacts
from app.service.demo.districts import DemoDistrict
from app.service.demo.frame import Floats, Frame, Ints
from app.service.demo.history import DemoVersion, make_history
from app.service.demo.hosts import CORE, HOSTS, WORDS, Host
from app.service.demo.places import Neighbourhood
from app.service.demo.sites import choose_sites
from app.service.demo.streets import Streets
from app.service.demo.unions import TRADE_CODE

# how common each state of today is; the rest is active
SHARES: dict[State, float] = {
    State.DRAFT: 0.045, State.SUBMITTED: 0.03, State.RETURNED: 0.018, State.REVIEWED: 0.022,
    State.SUSPENDED: 0.035, State.RECTIFYING: 0.035, State.EXITED: 0.045, State.MERGED: 0.018,
    State.DISCARDED: 0.014,
}  # fmt: skip
CUT_OVER_SHARE = 0.62
TRADE_SHARE = 0.04
UNPLACED_SHARE = 0.55
NAME_TURNS = ("", "二", "三", "四", "五", "六", "七", "八", "九", "十")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoStation:
    """A station and its history.

    Attributes:
        union_code: the union that owns the record today.
        code: its number, None if it was never approved.
        history: at least one version, the last is how it is today.
        merged_into: index of the surviving station, for a merged one.
    """

    facts: StationFacts
    union_code: str
    code: str | None
    history: tuple[DemoVersion, ...]
    merged_into: int | None = None


def make_stations(
    frame: Frame,
    streets: Streets,
    pull: Floats,
    named: Sequence[Neighbourhood],
    districts: Sequence[DemoDistrict],
    *,
    count: int,
    today: date,
) -> tuple[DemoStation, ...]:
    """Place stations, tell their histories and number them."""
    rng = frame.rng(40)
    sites, street = choose_sites(frame, streets, pull, count=count)
    states = _states(len(sites), rng)
    cut_over = rng.random(len(sites)) < CUT_OVER_SHARE
    histories = [
        make_history(state, today=today, cut_over=bool(first), rng=rng)
        for state, first in zip(states, cut_over, strict=True)
    ]
    facts = _facts(frame, streets, sites, street, named=named, rng=rng)
    owners = [_district(districts, one) for one in frame.degrees(sites)]
    trade = rng.random(len(sites)) < TRADE_SHARE
    stations = []
    for row, (known, history) in enumerate(zip(facts, histories, strict=True)):
        then, now = owners[row]
        ever = history[0].valid_from.date()
        area = next(d for d in (now, then) if d.valid_from <= ever)
        older = row + 1 if cut_over[row] else None
        entered = _as_entered(known, states[row], area, older=older, rng=rng)
        code = TRADE_CODE if trade[row] else now.adcode
        stations.append(DemoStation(facts=entered, union_code=code, code=None, history=history))
    return _numbered(_merged(stations, sites), owners)


def _states(count: int, rng: np.random.Generator) -> list[State]:
    """Deal out the states of today, each at least once while there are enough stations."""
    states: list[State] = []
    for state, share in SHARES.items():
        states += [state] * max(1, round(share * count))
    states = states[: max(count - 1, 0)]
    states += [State.ACTIVE] * (count - len(states))
    return [states[index] for index in rng.permutation(count)]


def _facts(
    frame: Frame,
    streets: Streets,
    sites: Floats,
    street: Ints,
    *,
    named: Sequence[Neighbourhood],
    rng: np.random.Generator,
) -> list[StationFacts]:
    degrees = np.round(frame.degrees(sites), 6)
    _, near = cKDTree(np.array([one.xy for one in named])).query(sites)
    share = np.array([host.share for host in HOSTS])
    pick = rng.choice(len(HOSTS), len(sites), p=share / share.sum())
    pick[: len(HOSTS)] = np.arange(len(HOSTS))[: len(sites)]
    used: dict[str, int] = {}
    found = []
    for row, at in enumerate(degrees):
        host = HOSTS[pick[row]]
        place = named[near[row]]
        name = _once(used, f"{place.name}{host.short}", "港湾")
        turn = used[f"{place.name}{host.short}"]
        road = int(streets.graph.name[street[row]])
        address = streets.names[road].name if road >= 0 else place.name
        hours = host.hours[int(rng.integers(len(host.hours)))]
        found.append(
            StationFacts(
                name=name,
                name_en=f"{place.name_en} {host.short_en} Harbor {turn}".removesuffix(" 1"),
                longitude=float(at[0]),
                latitude=float(at[1]),
                address=f"{address}{int(rng.integers(1, 280))}号",
                services=_services(host, rng),
                hours=hours,
                hours_text=WORDS[hours],
                door=host.doors[int(rng.integers(len(host.doors)))],
                host_name=host.host.format(place.name),
                host_kind=host.kind,
            )
        )
    return _all_occur(found)


def _once(used: dict[str, int], stem: str, ending: str) -> str:
    used[stem] = used.get(stem, 0) + 1
    turn = used[stem]
    return f"{stem}{NAME_TURNS[turn - 1] if turn <= len(NAME_TURNS) else turn}{ending}"


def _services(host: Host, rng: np.random.Generator) -> tuple[str, ...]:
    more = [code for code in host.services if rng.random() < 0.68]
    basic = [code for code in CORE if rng.random() < 0.95]
    return tuple(sorted({*basic, *more, "seat"}))


def _all_occur(facts: list[StationFacts]) -> list[StationFacts]:
    """See that every service and every kind of door occurs, however few stations there are."""
    union = [row for row, one in enumerate(facts) if one.host_kind == HostKind.UNION]
    offered = {code for one in facts for code in one.services}
    missing = {service.code for service in SERVICES} - offered
    if union and missing:
        first = facts[union[0]]
        facts[union[0]] = replace(first, services=tuple(sorted({*first.services, *missing})))
    doors = {one.door for one in facts}
    for row, door in enumerate(door for door in Door if door not in doors):
        if row < len(facts):
            facts[-1 - row] = replace(facts[-1 - row], door=door)
    return facts


def _district(
    districts: Sequence[DemoDistrict], degrees: Floats
) -> tuple[DemoDistrict, DemoDistrict]:
    """Return the district at the beginning and the one of today."""
    place = shapely.Point(degrees)
    first = districts[0].valid_from

    def nearest(some: list[DemoDistrict]) -> DemoDistrict:
        return min(some, key=lambda one: float(one.shape.distance(place)))

    then = nearest([one for one in districts if one.valid_from == first])
    if then.valid_to is None:
        return then, then
    return then, next(one for one in districts if one.valid_from == then.valid_to)


def _as_entered(
    facts: StationFacts,
    state: State,
    area: DemoDistrict,
    *,
    older: int | None,
    rng: np.random.Generator,
) -> StationFacts:
    """Complete the facts: some drafts have an address only, older stations an older plaque."""
    facts = replace(facts, area_name=area.name, address=area.name + facts.address)
    if state == State.DRAFT and rng.random() < UNPLACED_SHARE:
        return replace(facts, longitude=None, latitude=None)
    if older is not None and rng.random() < 0.35:
        return replace(facts, earlier_numbers=(f"爱心驿站-{older:05d}",))
    return facts


def _merged(stations: list[DemoStation], sites: Floats) -> list[DemoStation]:
    """Lead each merged station to the nearest that has been active all the time."""
    steady = [
        row
        for row, one in enumerate(stations)
        if all(version.state == State.ACTIVE for version in one.history)
    ]
    gone = [row for row, one in enumerate(stations) if one.history[-1].state == State.MERGED]
    if not steady:
        return stations
    _, near = cKDTree(sites[steady]).query(sites[gone]) if gone else (None, [])
    for row, survivor in zip(gone, near, strict=True):
        stations[row] = replace(stations[row], merged_into=steady[int(survivor)])
    return stations


def _numbered(
    stations: list[DemoStation], owners: Sequence[tuple[DemoDistrict, DemoDistrict]]
) -> tuple[DemoStation, ...]:
    """Issue numbers in order of first approval, by the union of that day."""
    approved: list[tuple[datetime, int]] = []
    for row, one in enumerate(stations):
        first = next((v.valid_from for v in one.history if v.state == State.ACTIVE), None)
        if first is not None:
            approved.append((first, row))
    serials: dict[str, int] = {}
    for at, row in sorted(approved):
        then, now = owners[row]
        area = then if then.valid_to is None or at.date() < then.valid_to else now
        code = TRADE_CODE if stations[row].union_code == TRADE_CODE else area.adcode
        serials[code] = serials.get(code, 0) + 1
        stations[row] = replace(stations[row], code=number.make(code, serials[code]))
    return tuple(stations)
